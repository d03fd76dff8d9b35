"""The pictures of the mechanism and of the map in a real browser: what is drawn, and where it leads."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from browsers import DESKTOP, PHONE, Visit, visit
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, GRAPH, ID
from aidtrace.web.telling import Telling

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

ONE, TWO, SOFT = "#1f5fa8", "#b4540a", "#556070"
"""Colours of the light page."""

STYLED = "{a|styled} and {plain"
TELLING = Telling(lambda words: words)

SHOWN = """figure => [...document.querySelectorAll(`figure[data-script="${figure}"] svg path`)].map(one =>
    [one.getAttribute("fill"), one.getAttribute("stroke"), one.getAttribute("stroke-dasharray")])"""


def paths(page: Page, figure: str) -> list[tuple[str, str, str]]:
    return [tuple(one) for one in page.evaluate(SHOWN, figure)]


def texts(page: Page, figure: str) -> str:
    """Return all text of a picture without the spaces, where lines are broken."""
    found: list[str] = page.locator(f'figure[data-script="{figure}"] svg text').all_text_contents()
    return re.sub(r"\s", "", "".join(found))


def items(page: Page, figure: str) -> Any:
    return json.loads(page.locator(f'figure[data-script="{figure}"] script').text_content() or "")


def quiet(one: Visit) -> bool:
    return (one.errors, one.outside) == ([], [])


def test_each_fact_is_drawn_under_its_step_with_its_date(server: Server, chrome: Browser) -> None:
    rows = list(csv.DictReader(server.get("/queries/mechanism?format=csv").body.decode().splitlines()))
    with visit(chrome, server) as one:
        page = one.open("/mechanism")
        drawn, shown = texts(page, "mechanism"), paths(page, "mechanism")
        nodes = [node for node in items(page, "mechanism")["nodes"] if node["kind"] == "fact"]
        assert len(nodes) == len(rows)
        for row in rows:
            assert re.sub(r"[\s|]", "", row["label"]) in drawn
            told = ";".join(TELLING.told(one) for one in row["date"].split(" | ") if one)
            assert re.sub(r"\s", "", told) in drawn
        boxes = [stroke for fill, stroke, _ in shown if fill not in ("none", None) and stroke]
        assert len(boxes) == 30  # six steps and 24 ties
        assert sum(fill == ONE for fill, _, _ in shown) == 4  # an arrowhead from each step to the next
        assert quiet(one)


def test_only_what_is_stated_with_reserve_is_dashed(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/mechanism")
        edges = items(page, "causes")["edges"]
        lines = [dash for fill, stroke, dash in paths(page, "causes") if (fill, stroke) == ("none", SOFT)]
        assert len(lines) == len(edges) == 28
        assert sum(bool(dash) for dash in lines) == sum(edge["hedged"] for edge in edges) == 11


def press(page: Page, drawn: Locator) -> None:
    """Press the mouse where something is drawn: the picture draws it anew under the pointer."""
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_box_leads_to_the_page_of_what_it_stands_for(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/mechanism")
        press(page, page.locator('figure[data-script="mechanism"] svg text', has_text="Shusha"))  # fonts break lines
        page.wait_for_url("**/page/agreement/shusha-declaration")
        page = one.open("/mechanism")
        press(page, page.locator('figure[data-script="causes"] svg text', has_text="balancing"))
        page.wait_for_url("**/page/factor/balancing-motives")


def test_a_symbol_is_drawn_for_each_place_that_has_a_point(server: Server, chrome: Browser) -> None:
    placed = [one for one in server.get("/map?format=geojson").content["features"] if one["geometry"]]
    with visit(chrome, server) as one:
        page = one.open("/map")
        symbols = [stroke for _, stroke, _ in paths(page, "map") if stroke in (ONE, TWO)]
        assert len(symbols) == len(placed)
        assert (symbols.count(ONE), symbols.count(TWO)) == (11, 12)  # towns, and areas set by hand
        assert "Baku" in texts(page, "map")
        assert quiet(one)


def test_braces_in_labels_are_shown_as_they_are(cache: Path, tmp_path: Path, chrome: Browser) -> None:
    """A place in the Black Sea, and a step, whose labels look like markup of the library that draws them."""
    rdfs, geo = "http://www.w3.org/2000/01/rdf-schema#", "http://www.opengis.net/ont/geosparql#"
    place, point, step = ID("place/styled").value, ID("geometry/styled").value, ID("step/styled").value
    kind = "https://w3id.org/aidtrace/concept/styled"
    added = f"""INSERT DATA {{
        GRAPH <{GRAPH("article").value}> {{
            <{place}> a <{AT("Place").value}> ; <{rdfs}label> "{STYLED}"@en ; <{AT("placeKind").value}> <{kind}> .
            <{kind}> <{rdfs}label> "town"@en .
            <{step}> a <{AT("Step").value}> ; <{AT("order").value}> 6 ; <{rdfs}label> "{STYLED}"@en .
        }}
        GRAPH <{GRAPH("crosswalk").value}> {{
            <{place}> <{geo}hasGeometry> <{point}> . <{point}> <{geo}asWKT> "POINT(34.00 43.00)" .
        }} }}"""
    with (
        running(cache, "--store", str(tmp_path / "s"), "--no-gate", token=TOKEN) as served,
        visit(chrome, served) as one,
    ):
        assert served.update(added).status == 204
        for figure in ("map", "mechanism"):
            page = one.open(f"/{figure}")
            label = page.locator(f'figure[data-script="{figure}"] svg text', has_text="styled}").first
            label.scroll_into_view_if_needed()
            box = label.bounding_box()
            assert box
            assert texts(page, figure).replace("\u200b", "").count("{a|styled}and{plain") == 1
            page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
            page.wait_for_timeout(500)
            assert texts(page, figure).replace("\u200b", "").count("{a|styled}and{plain") == 2


def test_a_small_screen_shows_the_region_at_once(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, viewport=PHONE) as one:
        page = one.open("/map")
        for name in ("Ankara", "Baku"):
            box = page.locator('figure[data-script="map"] svg text', has_text=name).bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]


def test_a_symbol_leads_to_the_page_of_its_place(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/map")
        page.locator('figure[data-script="map"] svg text', has_text="Ankara").click()
        page.wait_for_url("**/page/place/ankara")


def test_the_map_moves_without_a_mouse(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/map")
        baku = page.locator('figure[data-script="map"] svg text', has_text="Baku")
        helsinki = page.locator('figure[data-script="map"] svg text', has_text="Helsinki")
        canvas = page.locator('figure[data-script="map"] .canvas').bounding_box()
        first, far = baku.bounding_box(), helsinki.bounding_box()
        assert canvas
        assert first
        assert not far or far["y"] < canvas["y"]
        page.get_by_role("button", name="Move east").focus()
        page.keyboard.press("Enter")
        moved = baku.bounding_box()
        assert moved
        assert moved["x"] < first["x"] - 50
        page.get_by_role("button", name="All places").focus()
        page.keyboard.press("Enter")
        seen = helsinki.bounding_box()
        assert seen
        assert seen["y"] > canvas["y"]
        page.get_by_role("button", name="Region").focus()
        page.keyboard.press("Enter")
        assert baku.bounding_box() == pytest.approx(first, abs=2)
        assert quiet(one)


def test_the_tables_are_reached_by_keyboard(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, viewport=PHONE) as one:
        for path, name in (("/mechanism", "Causal statements"), ("/map", "Places and what happened there")):
            page = one.open(path)
            region = page.get_by_role("region", name=name)
            page.locator("main h2").last.evaluate("one => { one.tabIndex = -1; one.focus() }")
            for _ in range(4):
                page.keyboard.press("Tab")
                if region.evaluate("one => one === document.activeElement"):
                    break
            assert region.evaluate("one => one === document.activeElement")
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(500)
            assert region.evaluate("one => one.scrollLeft") > 0


def test_the_pictures_take_the_colours_of_the_dark_page(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/map")
        page.emulate_media(color_scheme="dark")
        page.locator('figure svg path[stroke="#7db1ee"]').first.wait_for(state="attached")
        strokes = {stroke for _, stroke, _ in paths(page, "map")}
        assert not strokes & {ONE, TWO}


def test_a_picture_can_be_taken_away_as_svg(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/mechanism")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as SVG").first.click()
        text = saved.value.path().read_text("utf-8")
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        assert "Material inputs" in re.sub(r"<[^>]+>", "", unquote(text))


def test_without_scripts_the_tables_say_it_all_and_no_button_is_dead(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, java_script_enabled=False) as one:
        page = one.open("/map")
        assert page.get_by_role("button", name="Zoom in").count() == 0
        assert page.get_by_role("row").count() > 50
        page = one.open("/mechanism")
        assert page.locator(".canvas").first.is_hidden()
        assert page.get_by_role("link", name="Shusha Declaration").first.is_visible()


def test_the_map_says_it_is_ready_where_the_outlines_are_missing(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        one.page.route("**/outlines.json*", lambda route: route.fulfill(status=500, body=""))
        page = one.open("/map")
        assert page.locator("#map-controls").is_hidden()
        assert page.get_by_role("region", name="Places and what happened there").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_the_pictures(server: Server, chrome: Browser, axe: Path, scheme: str) -> None:
    for size in (DESKTOP, PHONE):
        with visit(chrome, server, color_scheme=scheme, viewport=size) as one:
            for path in ("/map", "/mechanism"):
                one.open(path)
                assert one.violations(axe) == []
                width, room = one.widths()
                assert width <= room
            assert quiet(one)

"""The timeline: that it drops nothing of the five questions, tells dates as they are told, and narrows down openly."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import ROOT
from servers import Server

from aidtrace.namespaces import ID
from aidtrace.web.pictures.timeline import Item, Span, Timeline
from aidtrace.web.telling import Telling

FIVE = {
    "agreement": "agreements",
    "flow": "aid-flows",
    "training": "training",
    "exercise": "exercises",
    "event": "events",
}
TELLING = Telling(lambda words: words)


def answers(name: str) -> list[dict[str, str]]:
    """Return the rows that lie beside a question."""
    with (ROOT / "queries" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(server: Server, **chosen: Any) -> list[dict[str, str]]:
    answer = server.get("/timeline?" + urlencode({**chosen, "format": "csv"}, doseq=True))
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/csv"), answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


def page(server: Server, **chosen: Any) -> str:
    answer = server.get("/timeline?" + urlencode(chosen, doseq=True), "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def items(html: str) -> list[dict[str, Any]]:
    """Return what the script draws."""
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    drawn: list[dict[str, Any]] = json.loads(found[1])["items"]
    return drawn


def spans(html: str, thing: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(one for one in items(html) if one["thing"] == ID(thing).value)["spans"]
    return found


def row(html: str, anchor: str) -> list[str]:
    """Return the cells of a row, by its anchor."""
    found = re.search(rf'<tr id="{anchor}">(.*?)</tr>', html, re.DOTALL)
    assert found, anchor
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", found[1], re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]


def test_the_file_has_every_item_of_the_five_questions(server: Server) -> None:
    found = rows(server)
    assert list(found[0]) == ["thing", "label", "kind", "date", "earliest", "latest", "paragraph"]
    told = {(next(iter(one.values())), kind, one["date"]) for kind, name in FIVE.items() for one in answers(name)}
    assert {(one["thing"], one["kind"], one["date"]) for one in found} == told
    assert len(found) == sum(len(answers(name)) for name in FIVE.values())


def test_every_dated_thing_is_drawn_and_every_undated_one_is_listed(server: Server) -> None:
    html = page(server)
    told = [one for name in FIVE.values() for one in answers(name)]
    dated = [next(iter(one.values())) for one in told if one["date"]]
    assert sorted(one["thing"] for one in items(html)) == sorted(dated)
    assert f'<h2 id="dated">{len(dated)} things with a date</h2>' in html
    assert f'<h2 id="undated">{len(told) - len(dated)} things without a date</h2>' in html
    listed = html.partition('<h2 id="undated">')[2]
    assert '<a href="/page/event/first-nagorno-karabakh-war">' in listed


def test_each_row_leads_to_its_thing_and_its_paragraphs_and_has_an_anchor(server: Server) -> None:
    html = page(server)
    assert row(html, "agreement-1992-military-training-cooperation")[:3] == [
        "11 August 1992",
        "Military Training Cooperation Agreement",
        "agreement or act: agreement",
    ]
    line = html.partition('<tr id="agreement-1992-military-training-cooperation">')[2].partition("</tr>")[0]
    assert '<a href="/page/agreement/1992-military-training-cooperation">' in line
    assert '<a href="/page/passage/military-training-2">military-training/2</a>' in line


def test_rival_dates_stay_apart(server: Server) -> None:
    """The agreement of 2004: June 2004 in the text, 22 June 2004 in the bibliography."""
    html = page(server)
    cells = row(html, "agreement-2004-military-financial-assistance")
    assert re.sub(r"\s+", " ", cells[0]) == "June 2004 22 June 2004 rival dates"
    assert [one["may"] for one in spans(html, "agreement/2004-military-financial-assistance")] == [
        ["2004-06-01", "2004-06-30"],
        ["2004-06-22", "2004-06-22"],
    ]


def test_what_lasts_and_what_falls_within_differ(server: Server) -> None:
    """The land forces were trained from 2001 to 2008; the NATO upgrade is only known to lie between 1994 and 2020."""
    html = page(server)
    (lasts,) = spans(html, "training/2001-2008-land-forces-programme")
    assert (lasts["may"], lasts["was"]) == (["2001-01-01", "2008-12-31"], ["2001-12-31", "2008-01-01"])
    (within,) = spans(html, "event/nato-standard-upgrade")
    assert (within["may"], within["was"]) == (["1994-01-01", "2020-12-31"], None)
    (open_,) = spans(html, "event/second-nagorno-karabakh-war")
    assert (open_["may"], open_["was"]) == (["2020-09-27", ""], ["2020-09-27", ""])


def test_kinds_and_actors_narrow_table_picture_and_file_alike(server: Server) -> None:
    dated = sum(bool(one["date"]) for one in answers("exercises"))
    html = page(server, kind="exercise")
    assert len(items(html)) == dated == 3
    assert html.count('<tr id="') == 3
    two = rows(server, kind=["exercise", "training"])
    assert {one["kind"] for one in two} == {"exercise", "training"}
    asked = rows(server, actor="Otokar")
    told = [one for one in answers("agreements") if "Otokar" in one["parties"].split(" | ")]
    sold = [one for one in answers("aid-flows") if "Otokar" in one["donor"].split(" | ")]
    assert {one["label"] for one in asked} == {one["label"] for one in (*told, *sold)}
    assert len(asked) == 2


def test_years_leave_out_only_what_is_certainly_outside(server: Server) -> None:
    found = {one["label"] for one in rows(server, **{"from": 2022, "to": 2023})}
    assert "TurAZ" in found  # 2022 or later
    assert "Training by the Turkish gendarmerie" in found  # from 1994 on
    assert "Azerbaijan controls Karabakh" in found  # 2023 or earlier
    assert "First Nagorno-Karabakh War" in found  # undated, so never left out
    assert "Shusha Declaration" not in found  # 2021
    assert "The article does not say whether these fall in the chosen years." in page(server, **{"from": 2022})


def test_the_description_counts_what_is_shown(server: Server) -> None:
    """The three exercises are told of the winter of 2021 and of 2022 or later."""
    html = page(server, kind="exercise")
    assert "3 of 3 things have a date. Exercises: 3." in html
    told = re.sub(r"\s+", " ", unescape(html.partition("<figcaption")[2].partition("</figcaption>")[0]))
    assert "“Winter-2021 combined joint battalion task force exercise” (winter 2021; 2022 or later)" in told


def test_the_busiest_year_is_told_with_how_much_lies_in_it(server: Server) -> None:
    """Read off the dates beside the questions: 6 agreements and acts and 15 events of 1992, none of them open."""
    told = [one["date"] for name in FIVE.values() for one in answers(name)]
    within = [date for date in told if set(re.findall("[0-9]{4}", date)) == {"1992"}]
    assert len(within) == 21
    assert "Most that lies within one year: 1992 (21), " in unescape(page(server))


def item(name: str, earliest: str, latest: str) -> Item:
    span = Span("told", (earliest, latest), None, about=False, unsure=False)
    return Item(name, name, "event", "", "told", earliest, latest, (), "", ("told",), (span,))


def test_what_has_no_beginning_stands_where_it_ends() -> None:
    found = Timeline([item("open", "", "2001-12-31"), item("early", "1992-01-01", "1992-12-31")], [])
    assert [one.label for one in found.dated] == ["early", "open"]


def test_what_is_open_on_both_sides_lies_in_no_year() -> None:
    found = Timeline([item("a", "", ""), item("b", "", ""), item("c", "1992-01-01", "1992-12-31")], [])
    assert found.busiest == [("1992", 1)]


def test_undated_things_are_counted_apart_where_years_are_chosen(server: Server) -> None:
    undated = sum(not one["date"] for one in answers("training"))
    html = page(server, kind="training", **{"from": 1999, "to": 1999})
    dated = len(items(html))
    assert undated > 0
    assert (
        f"{dated} things may fall in the chosen years, and {undated} without a date, of which it is not known" in html
    )
    assert "things have a date" not in html


def test_the_picture_spans_the_chosen_years(server: Server) -> None:
    html = page(server, **{"from": 1992, "to": 1994})
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    drawn = json.loads(found[1])
    assert drawn["years"] == [1992, 1994]
    bands = {one["label"] for one in drawn["bands"]}
    assert bands
    assert "Second Nagorno-Karabakh War" not in bands  # September 2020


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2001", "2000", "from is 2001 and to is 2000; expected a year that is not before the other"),
        ("0001" + "0" * 5000, "", "expected a year such as 1992"),
        ("", "19x2", "to is '19x2'; expected a year such as 1992"),
        ("0000", "", "expected a year such as 1992"),
    ],
    ids=["from after to", "5,004 digits", "no number", "no year nought"],
)
def test_years_that_make_no_sense_leave_the_form_as_it_was(server: Server, first: str, last: str, said: str) -> None:
    query = urlencode({"kind": "event", "from": first, "to": last})
    answer = server.get(f"/timeline?{query}", "text/html")
    assert answer.status == 400
    html = unescape(answer.body.decode())
    assert said in html
    assert f'name="from" inputmode="numeric" pattern="[0-9]{{1,4}}" size="4" maxlength="4" value="{first[:20]}"' in html
    assert f'maxlength="4" value="{last}"' in html
    assert '<input type="checkbox" name="kind" value="event" checked>' in html
    assert "<table" not in html
    assert server.get(f"/timeline?{query}&format=csv").status == 400


def test_rows_are_had_as_json(server: Server) -> None:
    answer = server.get("/timeline?kind=training&format=json")
    assert answer.headers["content-type"] == "application/json"
    assert [one["label"] for one in answer.content if one["date"] == "2001/2008"] == [
        "Extensive programme for land forces and internal security"
    ]


@pytest.mark.parametrize(
    "chosen", [{"kind": "visit"}, {"from": "x"}, {"to": "99999"}, {"from": "2001", "to": "2000"}, {"format": "xml"}]
)
def test_what_makes_no_sense_is_told(server: Server, chosen: dict[str, str]) -> None:
    answer = server.get("/timeline?" + urlencode(chosen))
    assert answer.status == 400
    assert "expected" in answer.content["detail"]


def test_an_empty_form_chooses_everything(server: Server) -> None:
    assert rows(server, **{"from": "", "to": "", "actor": ""}) == rows(server)


@pytest.mark.parametrize(
    ("edtf", "told"),
    [
        ("1992-08-11", "11 August 1992"),
        ("1991-21", "spring 1991"),
        ("1994-39/2020", "from the last third of 1994 to 2020"),
        ("[1992-11-01..1992-11-05]", "between 1 November 1992 and 5 November 1992"),
        ("[..1993-04]", "April 1993 or earlier"),
        ("[2008..]", "2008 or later"),
        ("[1992,1994]", "1992 or 1994"),
        ("1994/..", "from 1994 on"),
        ("../1994", "until 1994"),
        ("199X", "1990s"),
        ("1992~", "about 1992"),
        ("1992-05?", "perhaps May 1992"),
        ("1992%", "perhaps about 1992"),
        ("Y-17E7", "Y-17E7"),
    ],
)
def test_dates_are_told_in_words(edtf: str, told: str) -> None:
    assert TELLING.told(edtf) == told


def test_a_page_leads_to_its_row_on_the_timeline(server: Server) -> None:
    """An agreement, a flow without a date, and an actor, which is no happening."""
    rows = set(re.findall(r'<tr id="([^"]+)"', server.get("/timeline", "text/html").body.decode()))
    for thing in ("agreement/shusha-declaration", "flow/1999-attack-boats"):
        links = re.findall(r'href="/timeline#([^"]+)"', server.get(f"/page/{thing}", "text/html").body.decode())
        assert links == [thing.replace("/", "-")]
        assert set(links) <= rows
    assert "/timeline#" not in server.get("/page/actor/azerbaijan", "text/html").body.decode()

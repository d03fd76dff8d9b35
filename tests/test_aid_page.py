"""The page on aid: that its sums, splits and ways are those of the article, and that it says what they leave out."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any
from unittest.mock import Mock

import pytest
from conftest import ROOT
from servers import Server

from aidtrace.project import Project
from aidtrace.queries import Table
from aidtrace.web import create_app
from aidtrace.web.pictures.aid import FLOW_COLUMNS, Aid
from aidtrace.web.pictures.flows import flows
from aidtrace.web.pictures.thumbnails import given


class _Unworded(dict[str, str]):
    """Words that are called as they are keyed."""

    def __missing__(self, key: str) -> str:
        return key

    def get(self, key: str, default: Any = None) -> Any:
        return default


WORDS = _Unworded()


def page(server: Server, query: str = "") -> str:
    answer = server.get(f"/aid{query}", "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def cells(html: str, anchor: str) -> list[str]:
    found = re.search(rf'<tr id="{anchor}">(.*?)</tr>', html, re.DOTALL)
    assert found, anchor
    return [plain(one) for one in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", found[1], re.DOTALL)]


def pictures(html: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)]


def sums(html: str) -> list[list[str]]:
    table = html.partition('<h2 id="sums">')[2].partition("</table>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    return [[plain(one) for one in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line)][:4] for line in lines]


def test_a_row_tells_cash_kind_stage_and_what_is_computed(server: Server) -> None:
    """Paragraph 2 of the section: 3,450,000 dollars in July 1999, of which 165,000 in cash and the rest in kind."""
    found = cells(page(server), "flow-1999-military-financial-aid")
    assert found == [
        "July 1999",
        "Financial aid under the first agreement financial aid; stage: delivered",
        "Türkiye → Azerbaijan",
        "exact 3,450,000 USD cash 165,000 in kind 3,285,000 computed",
        "for goods and services",
        "First agreement on military financial aid",
        "military-financial-aid/2",
    ]


def test_sums_keep_kinds_and_qualifiers_apart(server: Server) -> None:
    """As the article has it: four exact sums and one of about 2,222,000; a total of 2010 stands for its items."""
    assert sums(page(server)) == [
        ["financial aid", "about", "2,222,000", "USD"],
        ["financial aid", "exact", "12,550,000", "USD"],
        ["arms sale", "about", "5,000,000", "USD"],
        ["arms sale", "exact", "503,000,000", "USD"],  # 2011, and the squad radios; no item of 2010
        ["arms sale", "more than", "300,000,000", "USD"],
    ]


def test_the_share_of_cash_is_told_of_the_sums_that_tell_it(server: Server) -> None:
    said = plain(page(server))
    whole = "Of the amounts of financial aid (exact) whose cash part is told, 6,550,000 USD in all, "
    assert whole + "405,000 were cash." in said


def test_what_sums_leave_out_is_named(server: Server) -> None:
    said = page(server)
    within = said.partition("Counted within their total")[2].partition("</li>")[0]
    assert re.findall(r'href="/page/flow/([^"]+)"', within) == [
        "2010-ammunition",
        "2010-armoured-vehicles",
        "2010-missiles",
    ]
    without = said.partition("Without an amount")[2].partition("</li>")[0]
    assert set(re.findall(r'href="/page/flow/([^"]+)"', without)) == {
        "1999-attack-boats",
        "2000-assault-boats",
        "2001-vehicles-for-nakhchivan",
        "2009-rocket-launchers",
        "post-war-arms-sales",
    }


def test_columns_split_cash_kind_and_unsaid_and_spread_what_was_to_be_spread(server: Server) -> None:
    aid, sales, _ = pictures(page(server))
    assert (aid["kind"], aid["currency"], aid["names"]) == (
        "financial aid",
        "USD",
        [str(year) for year in range(1999, 2010)],
    )
    by = {(one["part"], one["spread"]): dict(zip(aid["names"], one["values"], strict=True)) for one in aid["series"]}
    assert (by["cash", False]["1999"], by["inKind", False]["1999"]) == (165_000, 3_285_000)
    assert [by["notSaid", False][year] for year in ("2001", "2003", "2004")] == [3_000_000, 3_000_000, 2_222_000]
    spread = [by["cash", True][str(year)] + by["inKind", True][str(year)] for year in range(2000, 2010)]
    assert spread == [310_000] * 10  # 3,100,000 over ten years
    assert by["cash", False]["2000"] == 0
    assert (sales["kind"], sales["names"][-1]) == ("arms sale", "no date")
    price = dict(zip(sales["names"], sales["series"][0]["values"], strict=True))
    assert (price["2010"], price["no date"]) == (300_000_000, 3_000_000)
    assert dict(zip(sales["names"], sales["marks"], strict=True))["2010"] == "more than 300,000,000"


def test_a_column_is_labelled_with_its_whole_height_in_picture_and_text(server: Server) -> None:
    """The second agreement's 3,100,000 over 2000 to 2009 give each of these years 310,000 beside its own amount."""
    html = page(server)
    aid = pictures(html)[0]
    marks = dict(zip(aid["names"], aid["marks"], strict=True))
    alone = dict.fromkeys(("2000", "2002", *(str(year) for year in range(2005, 2010))), "310,000")
    assert marks == alone | {
        "1999": "3,450,000",
        "2001": "3,310,000",
        "2003": "3,310,000",
        "2004": "310,000 + about 2,222,000",
    }
    heights = [sum(one["values"][at] for one in aid["series"]) for at in range(len(aid["names"]))]
    assert heights == [sum(int(part.replace(",", "")) for part in re.findall("[0-9,]+", mark)) for mark in aid["marks"]]
    said = plain(html)
    assert all(f"{year}: {mark}" in said for year, mark in marks.items())
    assert any("310,000 in each" in tip for tip in aid["tips"][aid["names"].index("2001")])


def test_the_home_page_draws_the_same_columns(server: Server) -> None:
    aid = pictures(page(server))[0]
    wholes = [sum(one["values"][at] for one in aid["series"]) for at in range(len(aid["names"]))]
    home = server.get("/", "text/html").body.decode()
    drawing = re.findall(r'<svg class="small".*?</svg>', home, re.DOTALL)[1]
    heights: dict[str, float] = {}
    for x, height in re.findall(r'<rect class="[^"]+" x="([0-9.]+)".*? height="([0-9.]+)"', drawing):
        heights[x] = heights.get(x, 0) + float(height)
    drawn = [heights[x] for x in sorted(heights, key=float)]
    assert len(drawn) == len(wholes) == 11
    unit = max(wholes) / max(drawn)
    assert drawn == pytest.approx([whole / unit for whole in wholes], abs=0.2)
    assert re.findall(r"<text[^>]*>(\d+)</text>", drawing) == ["1999", "2009"]


def flow(**told: str) -> dict[str, str]:
    """Return an invented row: a gift of no amount by Eastland to Westland, unless *told* otherwise."""
    plain_row = {"kind": "financial aid", "donor": "Eastland", "recipient": "Westland", "label": told["flow"]}
    return dict.fromkeys(FLOW_COLUMNS, "") | plain_row | {"currency": "USD", "qualifier": "exact"} | told


ROWS = [
    flow(flow="one", date="2001", earliest="2001-01-01", latest="2001-12-31", amount="500"),
    flow(flow="rival", date="2002", earliest="2002-01-01", latest="2002-12-31", amount="1000000 | 2000000"),
    flow(flow="twice", date="2002", earliest="2002-01-01", latest="2002-12-31", amount="700 | 700.0"),
    flow(flow="none", date="2003", earliest="2003-01-01", latest="2003-12-31"),
    flow(flow="vague", date="2001/2004", earliest="2001-01-01", latest="2004-12-31", amount="1000", duration="P10Y"),
]


def test_amounts_that_differ_are_a_state_of_their_own() -> None:
    found = Aid(flows(ROWS, {}))
    assert [one["label"] for one in found.differing] == ["rival"]
    assert [one["label"] for one in found.unpriced] == ["none"]
    assert found.differing[0].money == "1,000,000 / 2,000,000 USD"
    assert found.untold == (1, 1, 5)
    assert [(one.amount, len(one.flows)) for one in found.sums] == [("2,200", 3)]  # 500, 700 and 1,000
    tips = [tip for node in found.ways(WORDS)["nodes"] for tip in node["tip"] if tip.startswith("rival")]
    assert set(tips) == {"rival: 1,000,000 / 2,000,000 USD; differs; 2002"}


def test_one_number_in_rival_currencies_is_an_amount_that_differs() -> None:
    found = Aid(flows([flow(flow="rival", amount="900", currency="EUR | USD"), ROWS[0]], {}))
    assert [one["label"] for one in found.differing] == ["rival"]
    assert [(one.currency, one.amount) for one in found.sums] == [("USD", "500")]


def test_amounts_that_differ_need_no_currency_to_be_shown() -> None:
    found = Aid(flows([flow(flow="rival", amount="1000000 | 2000000", currency="")], {}))
    assert [one.money for one in found.differing] == ["1,000,000 / 2,000,000"]
    assert (found.unpriced, found.untold[:2]) == ([], (0, 1))


DIVIDED = [
    flow(flow="rival", date="2001", earliest="2001-01-01", latest="2001-12-31", amount="900", cash="200 | 90"),
    flow(flow="goods", date="2002", earliest="2002-01-01", latest="2002-12-31", amount="70", cash="20", inKind="5 | 6"),
    flow(flow="twice", date="2003", earliest="2003-01-01", latest="2003-12-31", amount="40", cash="10 | 10.0"),
]


def test_rival_cash_or_goods_are_a_state_of_their_own_and_never_nothing() -> None:
    found = Aid(flows(DIVIDED, {}))
    assert [one["label"] for one in found.divided] == ["rival", "goods"]
    assert [(one.amount, cash) for one, cash in found.cash] == [("40", "10")]
    assert [one.amount for one in found.sums] == ["1,010"]
    (drawn,) = found.years(WORDS)
    heights = {one["part"]: one["values"] for one in drawn["series"]}
    assert heights == {"cash": [0, 0, 10], "notSaid": [0, 0, 30], "splitDiffers": [900, 70, 0]}
    assert drawn["tips"][0] == ["rival: 900 USD; splitDiffers; cash 200 / 90; 2001"]
    assert drawn["tips"][1] == ["goods: 70 USD; splitDiffers; cash 20; inKind 5 / 6; 2002"]
    assert given(DIVIDED).series["splitDiffers"] == {2001: 900, 2002: 70}


def test_the_page_lists_rival_cash_with_its_values() -> None:
    rows = tuple(tuple(row.values()) for row in DIVIDED)
    tables = {"aid-flows": Table(FLOW_COLUMNS, rows), "agreements": Table(("agreement", "label"), ())}
    questions = Mock(revision="0", question=lambda query, _: tables[query.name])
    said = plain(create_app(Project(ROOT), questions).test_client().get("/aid").get_data(as_text=True))
    assert "in no share of cash: rival (cash 200 / 90), goods (cash 20; in kind 5 / 6)." in said


def test_the_home_picture_stands_amounts_that_differ() -> None:
    columns = given(ROWS)
    assert columns.series["notSaid"] == {2001: 500, 2002: 700}
    assert len(list(columns.boxes)) == 2


def test_the_home_picture_draws_with_dashes_what_is_only_assumed() -> None:
    year = {"date": "2000", "earliest": "2000-01-01", "latest": "2000-12-31"}
    row = flow(flow="spread", amount="600", currency="USD", duration="P3Y", **year)
    columns = given([*ROWS, row])
    shared = [box for box in columns.boxes if box.assumed]
    assert columns.series["notSaidShared"] == {2000: 200, 2001: 200, 2002: 200}
    assert (len(shared), {box.colour for box in shared}) == (3, {"five"})


def test_what_was_to_be_spread_from_no_single_year_is_drawn_whole() -> None:
    (drawn,) = Aid(flows(ROWS, {})).years(WORDS)
    heights = [sum(one["values"][at] for one in drawn["series"]) for at in range(len(drawn["names"]))]
    assert dict(zip(drawn["names"], heights, strict=True)) == {"2001": 500, "2002": 700, "severalYears": 1000}
    assert drawn["marks"] == ["500", "700", "1,000"]


def test_no_spread_is_cut_short() -> None:
    row = flow(flow="long", date="1950", earliest="1950-01-01", latest="1950-12-31", amount="300", duration="P100Y")
    (drawn,) = Aid(flows([row], {})).years(WORDS)
    assert (drawn["names"][0], drawn["names"][-1], set(drawn["marks"])) == ("1950", "2049", {"3"})


def test_cash_is_added_only_where_amounts_are() -> None:
    told = {"currency": "USD", "cash": "1"}
    rows = [
        flow(flow="exact", amount="10", **told),
        flow(flow="more", amount="20", **told),
        flow(flow="vague", amount="40", **told, qualifier="about"),
        flow(flow="goods", amount="80", **told, kind="goods aid"),
        flow(flow="unsaid", amount="160"),
    ]
    assert [(one.kind, one.qualifier, one.amount, cash) for one, cash in Aid(flows(rows, {})).cash] == [
        ("financial aid", "about", "40", "1"),
        ("financial aid", "exact", "30", "2"),
        ("goods aid", "exact", "80", "1"),
    ]


def test_the_text_says_what_was_to_be_spread_and_that_shares_are_not_told(server: Server) -> None:
    said = plain(page(server, "?kind=financial%20aid"))
    assert "3,100,000 USD, was to be spread over 10 years from 2000" in said
    assert "the text does not say how much went in which year" in said


def test_ways_count_each_flow_once(server: Server) -> None:
    """Of 17 flows three are items of the total of 2010; of the others five have no amount."""
    html = page(server)
    ways = pictures(html)[-1]
    by_depth = [sum(one["value"] for one in ways["nodes"] if one["depth"] == depth) for depth in range(4)]
    assert by_depth == [14] * 4
    assert [
        sum(one["value"] for one in ways["links"] if one["source"].startswith(f"{depth} ")) for depth in range(3)
    ] == [14] * 3
    said = {one["said"]: one["value"] for one in ways["nodes"] if one["depth"] == 1}
    assert said["no agreement named"] == 6
    assert said["First agreement on military financial aid"] == 1
    assert "5 of them have no amount, 6 no agreement that is named." in plain(html)
    assert (
        "3 more are not drawn, since they are parts of a total that is: "
        "Ammunition bought in 2010, Armoured vehicles bought in 2010, Missiles bought in 2010." in plain(html)
    )


def test_kinds_are_chosen_by_links(server: Server) -> None:
    html = page(server, "?kind=goods%20aid")
    assert html.count('<tr id="flow-') == 3
    assert [one for one in pictures(html) if "currency" in one] == []
    assert '<a href="/aid?kind=arms%20sale">arms sale</a> (9)' in html


def test_the_file_holds_the_rows_of_the_question(server: Server) -> None:
    with (ROOT / "queries" / "aid-flows.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    found = list(csv.DictReader(io.StringIO(server.get("/aid?format=csv").body.decode())))
    assert list(found[0]) == list(told[0])
    assert sorted(found, key=lambda one: one["flow"]) == sorted(told, key=lambda one: one["flow"])
    goods = server.get("/aid?kind=goods%20aid&format=json").content
    assert [one["flow"] for one in goods] == [one["flow"] for one in found if one["kind"] == "goods aid"]


def test_what_makes_no_sense_is_told(server: Server) -> None:
    for query in ("kind=bribe", "format=xml"):
        answer = server.get(f"/aid?{query}")
        assert (answer.status, "expected" in answer.content["detail"]) == (400, True)

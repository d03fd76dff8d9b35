"""The page of the mechanism: who ties which fact to which step, what dates say, and the causal statements."""

from __future__ import annotations

import csv
import json
import re
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from servers import Server

from aidtrace.namespaces import ID
from aidtrace.queries import Table
from aidtrace.web.pictures.layers import layered
from aidtrace.web.pictures.mechanism import Step, draw_steps, read_steps

AUTHORS, CURATOR = ["Authors of the article"], ["Curator of aidtrace"]
STEPS = [
    "Material inputs",
    "Change of capability and doctrine",
    "Interoperability and recurrent exercises",
    "Institutionalisation in bodies and declarations",
    "Effectiveness",
    "Over-dependence on one partner",
]
"""In the order in which the theoretical framework names them; the last is the side mechanism."""

EVIDENCE = [
    (0, "flow/1999-military-financial-aid", AUTHORS),
    (0, "training/gendarmerie-training", CURATOR),
    (0, "flow/2010-arms-sales", CURATOR),
    (1, "event/western-curriculum-adoption", CURATOR),
    (1, "event/nato-standard-upgrade", AUTHORS),
    (2, "exercise/anatolian-eagle", CURATOR),
    (3, "agreement/shusha-declaration", AUTHORS),
    (3, "event/high-level-committee-initiation", AUTHORS),
    (4, "event/2020-victory", AUTHORS),
    (5, "event/joint-manufacturing-projects", AUTHORS),
]
"""Which step, the fact, and who says that it stands for the step; read off the article."""


@pytest.fixture(scope="module")
def page(server: Server) -> str:
    answer = server.get("/mechanism", "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


@pytest.fixture(scope="module")
def content(server: Server) -> Any:
    return server.get("/mechanism?format=json").content


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tables(page: str) -> list[list[str]]:
    """Return the rows of the bodies of each table, as HTML."""
    return [
        re.findall(r"<tr>.*?</tr>", body, re.DOTALL)[1:] for body in re.findall(r"<table.*?</table>", page, re.DOTALL)
    ]


def drawn(page: str, name: str) -> Any:
    found = re.search(rf'data-script="{name}".*?<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def rows_of(name: str) -> list[dict[str, str]]:
    with (ROOT / "queries" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_five_steps_come_in_their_order_and_the_side_mechanism_last(page: str, content: Any) -> None:
    assert [one["label"] for one in content["steps"]] == STEPS
    text = plain("".join(tables(page)[0]))
    places = [text.index(f"{number} {label}") for number, label in enumerate(STEPS[:5], 1)]
    assert [*places, text.index(f"Side mechanism: {STEPS[5]}")] == sorted([*places, text.index("Side mechanism:")])


@pytest.mark.parametrize(("step", "fact", "drawn_by"), EVIDENCE, ids=lambda one: one if isinstance(one, str) else None)
def test_a_fact_stands_for_its_step_as_who_tied_it_says(
    content: Any, step: int, fact: str, drawn_by: list[str]
) -> None:
    found = {one["page"]: one for one in content["steps"][step]["evidence"]}
    assert found[fact]["drawn_by"] == drawn_by


def test_the_table_names_the_fact_its_date_who_tied_it_and_both_paragraphs(page: str) -> None:
    row = next(one for one in tables(page)[0] if "flow/1999-military-financial-aid" in one)
    cells = [plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
    assert cells == [
        "Financial aid under the first agreement",
        "July 1999",
        "Authors of the article",
        "military-financial-aid/2",
        "military-financial-aid/6",
    ]
    assert 'href="/page/passage/military-financial-aid-2"' in row


def test_evidence_without_a_date_comes_last_and_says_so(content: Any, page: str) -> None:
    inputs = content["steps"][0]["evidence"]
    assert (
        [one["page"] for one in inputs if not one["dates"]]
        == [inputs[-1]["page"]]
        == ["training/gala-officer-training"]
    )
    row = next(one for one in tables(page)[0] if "training/gala-officer-training" in one)
    assert "no date" in row


def test_the_csv_is_the_named_question(server: Server) -> None:
    answer = server.get("/mechanism?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert list(csv.DictReader(answer.body.decode().splitlines())) == rows_of("mechanism")


def test_the_description_counts_what_is_drawn(page: str) -> None:
    """By hand: 11, 3, 4, 2, 2 and 2 ties, joint manufacturing twice; the authors draw 5, 1, 1, 2, 2 and 2 of them."""
    told = plain(page)
    assert "5 steps in columns" in told
    assert "24 ties of 23 facts: 13 drawn by the authors (solid line), 11 by the curator (dotted)" in told
    assert "of all 10 pairs of steps, 8 are certain" in told
    picture = drawn(page, "mechanism")
    assert len(picture["nodes"]) == 6 + 24
    assert [one["said"] for one in picture["edges"] if "said" in one] == ["certain", "certain", "possible", "certain"]


def test_which_step_came_first_is_told_with_what_decides_it(page: str) -> None:
    """Aid of July 1999 ended before the war of 2020; joint manufacture since 2010 may have ended before 2021."""
    rows = [[plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in tables(page)[1]]
    said = {(earlier, later): (chronology, decided) for earlier, later, chronology, decided in rows}
    assert len(said) == 10
    assert said[STEPS[0], STEPS[4]][0] == "certain"
    assert "July 1999" in said[STEPS[0], STEPS[4]][1]
    assert said[STEPS[2], STEPS[3]][0] == "possible"
    assert "Joint manufacturing projects" in said[STEPS[2], STEPS[3]][1]


def test_evidence_later_than_the_next_step_is_not_kept_silent(page: str) -> None:
    assert "Shusha Declaration is later than all evidence of the step after it: Effectiveness" in plain(page)


def test_every_causal_statement_has_its_row(page: str, content: Any) -> None:
    asked = rows_of("causal-links")
    links = {row["link"].partition("/id/")[2] for row in asked}
    rows = tables(page)[2]
    assert len(rows) == len(content["links"]) == len(asked)
    assert {found for row in rows for found in re.findall(r'href="/page/(causal-link/[^"]+)"', row)} == links


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (
            "support-primary-factor",
            ["Turkish support", "Azerbaijan's victory in the second war", "positive", "primary factor", "Ilham Aliyev"],
        ),
        (
            "h3-path-dependence-limits-autonomy",
            [
                "path dependence in training, logistics, maintenance and doctrine",
                "strategic autonomy of Azerbaijan",
                "negative",
                "may",
                "Authors of the article",
            ],
        ),
    ],
)
def test_a_causal_statement_keeps_its_polarity_its_reserve_and_who_says_it(
    page: str, link: str, told: list[str]
) -> None:
    row = next(one for one in tables(page)[2] if f"causal-link/{link}" in one)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    assert [plain(cell) for cell in cells[:5]] == told
    assert 'href="/page/factor/' in cells[0]
    assert 'href="/page/passage/' in cells[5]


def test_the_drawn_causes_lead_to_an_outcome_and_no_line_runs_through_a_factor(page: str) -> None:
    picture = drawn(page, "causes")
    at = {tuple(one["at"]): one for one in picture["nodes"]}
    assert {one["text"] for one in at.values() if one["kind"] == "outcome"} == {
        "Azerbaijan's victory in the second war",
        "formation of the alliance",
    }
    assert len(at) == len(picture["nodes"])
    leads_on = {tuple(one["route"][0]) for one in picture["edges"]}
    assert {spot for spot, one in at.items() if one["kind"] != "outcome"} <= leads_on
    for one in picture["edges"]:
        start, *passed, end = map(tuple, one["route"])
        assert {start, end} <= at.keys()
        assert all(abs(row - other) > 0.5 for column, row in passed for side, other in at if side == column)


def test_a_tie_is_dashed_only_if_nobody_states_it_without_reserve(page: str) -> None:
    """Aid and victory: three statements with reserve, and one without in hypotheses/1 and conclusion/2."""
    found = {one["text"]: one for one in drawn(page, "causes")["edges"]}
    aid = found["military aid → Azerbaijan's victory in the second war"]
    assert sorted(one["hedges"] for one in aid["statements"]) == [
        [],
        ["contributing factor", "important role"],
        ["important role", "suggests"],
        ["major factor"],
    ]
    assert not aid["hedged"]
    assert [one["with"] for one in aid["statements"] if one["with"]] == [["military collaboration"]]
    weakness = found["Armenian weakness → Azerbaijan's victory in the second war"]
    assert weakness["hedged"]
    assert {hedge for one in weakness["statements"] for hedge in one["hedges"]} == {"important role", "not sufficient"}


def test_two_evidence_lines_for_one_tie_are_both_kept_and_authors_are_known_by_their_address() -> None:
    columns = ("paragraph", "evidence", "step", "earliest")
    told = (ID("flow/gift").value, ID("step/inputs").value, "1999-07-01")
    rows = Table(columns, (("part/1", *told), ("part/2", *told)))
    ties = [
        {
            name: {"type": "uri", "value": ID(thing).value}
            for name, thing in (("step", "step/inputs"), ("fact", "flow/gift"), ("by", by))
        }
        for by in ("actor/curator", "actor/authors")
    ]
    fact = {"thing": "flow/gift", "label": "Gift", "dates": ["1999-07"], "paragraphs": []}
    evidence = [{"fact": fact, "drawn_by": ["Die Autoren"], "sources": 0}]
    traced = [{"thing": "step/inputs", "label": "Inputs", "order": "1", "evidence": evidence}]
    (step,) = read_steps(traced, rows, ties)
    (found,) = step.evidence
    assert (found.tied, found.by, found.by_authors) == (
        ["part/1", "part/2"],
        ["actor/curator", "actor/authors"],
        True,
    )
    (apart,) = read_steps(traced, rows, ties[:1])
    assert not apart.evidence[0].by_authors


def test_steps_of_one_name_are_told_apart_by_their_addresses() -> None:
    """Of three steps called Talks the first two are certainly in order, the last two only possibly."""
    steps = [Step(f"step/talks-{number}", "Talks", str(number), ()) for number in (1, 2, 3)]
    orders = [
        {"earlier_thing": f"step/talks-{one}", "later_thing": f"step/talks-{two}", "chronology": said}
        for one, two, said in ((1, 2, "certain"), (1, 3, "certain"), (2, 3, "possible"))
    ]
    drawn = draw_steps(steps, [{**one, "earlier": "Talks", "later": "Talks"} for one in orders], str)
    assert [one["said"] for one in drawn["edges"]] == ["certain", "possible"]


def test_another_format_is_refused_with_the_known_ones(server: Server) -> None:
    answer = server.get("/mechanism?format=pdf")
    assert answer.status == 400
    assert "json" in answer.content["detail"]


def test_a_graph_is_laid_out_from_left_to_right() -> None:
    found = layered([("training", "army"), ("money", "army"), ("army", "victory"), ("weather", "victory")])
    columns = {name: column for name, (column, _) in found.spots.items()}
    assert columns == {"training": 0, "money": 0, "army": 1, "weather": 1, "victory": 2}


@given(
    st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(lambda one: one[0] != one[1]))
)
def test_any_graph_even_one_with_circles_is_laid_out_without_two_things_in_one_place(
    edges: set[tuple[str, str]],
) -> None:
    found = layered(edges)
    assert found.spots.keys() == {name for edge in edges for name in edge}
    assert found.routes.keys() == edges
    for column in {spot[0] for spot in found.spots.values()}:
        rows = sorted(row for other, row in found.spots.values() if other == column)
        assert all(later - earlier > 0.98 for earlier, later in pairwise(rows))
    for (start, end), route in found.routes.items():
        assert (route[0], route[-1]) == (found.spots[start], found.spots[end])
        if route[0][0] < route[-1][0]:
            assert [column for column, _ in route] == list(range(route[0][0], route[-1][0] + 1))


def test_a_causal_statement_is_called_by_its_label(server: Server) -> None:
    html = server.get("/mechanism", "text/html").body.decode()
    assert ">The agreement of 1994 resulted in the gendarmerie&#39;s task</a>" in html

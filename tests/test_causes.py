"""The causal graph: what was worked out by hand from the article's causal sentences, and what holds of any graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx import parse_graphml
from pyoxigraph import Literal, Quad, Store, Triple

from aidtrace.errors import InputError, UnknownNameError
from aidtrace.namespaces import AT, ID, RDF, RDFS, K
from aidtrace.tracing import Options, Rules, causal_formats, loaded, trace
from aidtrace.tracing.causes import CausalReport, Path, causal_graph, causal_report
from aidtrace.validation import Ground, check

if TYPE_CHECKING:
    from pathlib import Path as File

    from conftest import Run
    from networkx import MultiDiGraph

    from aidtrace.project import Project

AID, ARMY, VICTORY = "military aid", "capability of Azerbaijan's army", "Azerbaijan's victory in the second war"
ALLIANCE = "formation of the alliance"
DATED = {
    "agreement-of-1992-builds-army": "possible",
    "aid-brings-victory": "certain",
    "aid-contributes-with-others": "certain",
    "assistance-changes-doctrine": "certain",
    "assistance-wins-war": "certain",
    "committee-results-in-agreements": "possible",
    "diplomacy-facilitates-cooperation": "certain",
    "dual-policy-leads-to-victory": "certain",
    "h2-aid-to-victory": "certain",
    "pledge-intensifies-training": "certain",
    "training-wins-war-abstract": "certain",
    "victory-boosts-arms-sales": "certain",  # undated, but the text says that these sales came after the war
    "visits-deepen-training": "certain",
    "visits-lead-to-agreement-of-2001": "certain",
}
"""Statements whose cause and effect both stand for dated facts, and what the dates say: read off the data by hand."""


def build(store: Store, project: Project, options: Options | None = None) -> tuple[MultiDiGraph[str], CausalReport]:
    rules = Rules.read(project).for_causes()
    run = trace(rules, store, "r", options)
    graph = causal_graph(rules, run, "article")
    return graph, causal_report(rules, run, graph)


@pytest.fixture(scope="module")
def built(project: Project, cache: File) -> tuple[MultiDiGraph[str], CausalReport]:
    return build(loaded(project, cache)[0], project)


def nodes(path: Path) -> list[str]:
    return [path.steps[0].cause, *(step.effect for step in path.steps)]


def told(path: Path) -> list[list[str]]:
    return [[one.thing.partition("/")[2] for one in step.statements] for step in path.steps]


def test_aid_leads_to_the_victory_by_two_paths(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    routes = {route.outcome: route for route in built[1].routes if route.cause == AID}
    direct, longer = routes[VICTORY].paths
    assert nodes(direct) == [AID, VICTORY]
    statements = ["aid-brings-victory", "aid-contributes-with-others", "assistance-wins-war", "h2-aid-to-victory"]
    assert told(direct) == [statements]
    facts = [(one.thing, one.dates) for one in direct.steps[0].statements[0].decided_by]
    assert facts == [("flow/1999-military-financial-aid", ("1999-07",)), ("event/2020-victory", ("2020",))]
    assert nodes(longer) == [AID, ARMY, VICTORY]
    assert [(step.cause, step.effect) for step in longer.weakest] == [(ARMY, VICTORY)]
    assert longer.weakest[0].statements[0].hedges == ("reasonable to assert", "major factor")
    assert {path.polarity for path in routes[VICTORY].paths} == {"positive"}
    assert [nodes(path) for path in routes[ALLIANCE].paths] == [[AID, ALLIANCE]]


def test_the_kinds_of_aid_have_paths_of_their_own(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    kinds = ["Turkish military financial aid", "Turkish military training", "arms sales"]
    assert sorted({route.cause for route in built[1].routes}) == sorted([AID, *kinds])
    for kind in kinds:
        paths = {r.outcome: [nodes(path) for path in r.paths] for r in built[1].routes if r.cause == kind}
        assert paths == {ALLIANCE: [], VICTORY: [[kind, VICTORY], [kind, ARMY, VICTORY]]}


def test_the_article_states_no_cycle(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    assert built[1].cycles == ()


def test_a_statement_names_what_stands_beside_its_cause(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    [one] = [
        data["statement"]
        for _, effect, key, data in built[0].edges(keys=True, data=True)
        if key == "causal-link/dual-policy-leads-to-victory" and data["statement"].chronology == "certain"
        and "integration" in data["statement"].together[0]
    ]  # fmt: skip
    assert one.together == ("integration of Azerbaijan's army into NATO",)
    assert one.paragraphs == ("interwar-period/1",)


def test_what_dates_support_is_what_was_read_off_by_hand(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    every = {key.partition("/")[2] for _, _, key in built[0].edges(keys=True)}
    undated = {
        one.thing.partition("/")[2] for one in built[1].unsupported if one.kind.endswith("without dated evidence")
    }
    assert every - undated == DATED.keys()
    assert not [one for one in built[1].unsupported if one.kind.endswith("against the dates")]
    assert all(one.paragraphs for one in built[1].unsupported)
    for name, expected in DATED.items():
        found = {
            data["statement"].chronology
            for _, _, key, data in built[0].edges(keys=True, data=True)
            if key == f"causal-link/{name}"
        }
        assert found - {"undatable"} == {expected}, name


def test_each_rival_has_the_paths_that_the_text_gives_it(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    rivals = {one.label: one for one in built[1].rivals}
    assert list(rivals) == [
        "Shared Identity", "Geopolitical Balancing", "Autonomous Azerbaijani Reform", "Armenian Military Weakness",
    ]  # fmt: skip
    identity = rivals["Shared Identity"]
    assert [nodes(path) for route in identity.beside for path in route.paths] == [["shared identity", ALLIANCE]]
    assert sorted(nodes(path) for route in identity.through for path in route.paths) == sorted(
        [
            ["shared identity", AID, ALLIANCE],
            ["shared identity", AID, VICTORY],
            ["shared identity", AID, ARMY, VICTORY],
        ]
    )
    balancing = rivals["Geopolitical Balancing"]
    assert balancing.factors == ("balancing motives", "geopolitical calculations")
    assert [nodes(path) for route in balancing.beside for path in route.paths] == [["balancing motives", ALLIANCE]]
    assert balancing.through == ()
    assert (rivals["Autonomous Azerbaijani Reform"].factors, rivals["Autonomous Azerbaijani Reform"].beside) == ((), ())
    [route] = rivals["Armenian Military Weakness"].beside
    assert told(route.paths[0]) == [["weakness-matters", "weakness-not-sufficient-for-victory"]]


def test_every_statement_can_be_followed_to_a_paragraph(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    text = causal_formats.to_text(built[1])
    for line in text.splitlines():
        if line.startswith("        ") and not line.strip().startswith(("weakest", "no path", "decided by")):
            assert line.rstrip().endswith(")"), line
            assert "/" in line.rpartition("(")[2] or line.strip().startswith(("beside", "through")), line


def test_graphml_and_dot_hold_every_factor_and_statement(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    graph = built[0]
    again: Any = parse_graphml(causal_formats.to_graphml(graph))
    assert set(again.nodes) == set(graph.nodes)
    assert again.number_of_edges() == graph.number_of_edges()
    edges = [data for cause, effect, data in again.edges(data=True) if data["iri"].endswith("/h2-aid-to-victory")]
    assert [(one["hedge"], one["paragraphs"], one["dates"]) for one in edges] == [
        ("major factor", "hypotheses/4", "certain")
    ]
    dot = causal_formats.to_dot(graph)
    assert dot.startswith("digraph")
    assert dot.count("->") == graph.number_of_edges()
    ElementTree.fromstring(causal_formats.to_graphml(graph))


def test_json_tells_the_weakest_step_of_each_path(built: tuple[MultiDiGraph[str], CausalReport]) -> None:
    content = json.loads(causal_formats.to_json(built[1]))
    [route] = [one for one in content["routes"] if (one["cause"], one["outcome"]) == (AID, VICTORY)]
    assert route["paths"][1]["weakest"] == [[ARMY, VICTORY]]
    assert content["rivals"][0]["beside"][0]["paths"][0]["polarity"] == "positive"


def test_ends_can_be_named_and_a_wrong_one_is_one_line(aidtrace: Run) -> None:
    done = aidtrace("causes", "--from", "turkish-training", "--to", "factor/azerbaijani-victory-2020")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"FROM Turkish military training TO {VICTORY}" in done.stdout
    wrong = aidtrace("causes", "--from", "turkish-trainin")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("aidtrace: no factor is called 'turkish-trainin'; expected")
    assert "factor/turkish-training" in wrong.stderr
    for more in (["--case", "nothing"], ["--format", "dot", "--to", "coup"]):
        assert (aidtrace("causes", *more).returncode, aidtrace("causes", *more).stdout) == (2, "")


def statements(*edges: tuple[int, int], hedge: str = "none", polarity: str = "positive") -> Store:
    """Make a case of causal statements between numbered factors, from 0 to 9."""
    store = Store()

    def add(subject: object, predicate: object, value: object) -> None:
        store.add(Quad(subject, predicate, value))  # type: ignore[arg-type]

    for word, order in (("none", 13), ("may", 1), ("positive", None), ("negative", None)):
        add(K(word), RDFS("label"), Literal(word, language="en"))
        if order:
            add(K(word), AT("order"), Literal(order))
    for word in ("violated", "undatable", "possible", "certain"):
        add(K(f"order-{word}"), RDFS("label"), Literal(word, language="en"))
    add(ID("mechanism/m"), RDF("type"), AT("Mechanism"))
    add(ID("mechanism/m"), AT("initialFactor"), ID("factor/0"))
    add(ID("mechanism/m"), AT("outcomeFactor"), ID("factor/9"))
    for number, (cause, effect) in enumerate(edges):
        link = ID(f"causal-link/{number}")
        add(link, RDF("type"), AT("CausalLink"))
        add(link, RDFS("label"), Literal(f"link {number}", language="en"))
        add(link, AT("polarity"), K(polarity))
        add(link, AT("hedge"), K(hedge))
        for role, end in (("cause", cause), ("effect", effect)):
            add(link, AT(role), ID(f"factor/{end}"))
            add(ID(f"factor/{end}"), RDF("type"), AT("Factor"))
            add(ID(f"factor/{end}"), RDFS("label"), Literal(f"f{end}", language="en"))
    return store


BOTH = ((0, 1), (1, 9))
edges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=14)


@settings(max_examples=40, deadline=None)
@given(edges, edges)
def test_another_statement_takes_no_path_and_no_cycle_away(project: Project, some: Any, more: Any) -> None:
    few, many = (build(statements(*BOTH, *chosen), project)[1] for chosen in (some, [*some, *more]))
    paths = [{tuple(nodes(path)) for path in one.routes[0].paths} for one in (few, many)]
    assert ("f0", "f1", "f9") in paths[0] <= paths[1]
    cycles = [{tuple(nodes(path)) for path in one.cycles} for one in (few, many)]
    assert cycles[0] <= cycles[1]
    for cycle in cycles[1]:
        assert cycle[0] == cycle[-1]


def test_a_cycle_is_found_and_two_negative_steps_make_a_positive_path(project: Project) -> None:
    _, found = build(statements((0, 1), (1, 2), (2, 0), (2, 9), polarity="negative"), project)
    assert [nodes(path) for path in found.cycles] == [["f0", "f1", "f2", "f0"]]
    assert (found.cycles[0].polarity, found.routes[0].paths[0].polarity) == ("negative", "negative")
    _, even = build(statements(*BOTH, polarity="negative"), project)
    assert even.routes[0].paths[0].polarity == "positive"


def test_very_many_paths_are_cut_and_that_is_said(project: Project) -> None:
    dense = [(one, other) for one in range(10) for other in range(10) if one != other]
    _, found = build(statements(*dense), project)
    assert (len(found.routes[0].paths), found.routes[0].more) == (1000, True)
    assert "only the first 1000 are told" in causal_formats.to_text(found)


def test_very_many_cycles_are_cut_the_same_way_each_time_and_that_is_said(project: Project) -> None:
    dense = [(one, other) for one in range(8) for other in range(8) if one != other]
    found = [build(statements(*chosen, (0, 9)), project)[1] for chosen in (dense, dense[::-1])]
    assert [(len(one.cycles), one.more_cycles) for one in found] == [(1000, True)] * 2
    told = [{tuple(nodes(path)) for path in one.cycles} for one in found]
    assert told[0] == told[1]
    assert "and more: only the first 1000 are told" in causal_formats.to_text(found[0])


def test_a_case_without_causes_or_ends_says_so(project: Project) -> None:
    with pytest.raises(InputError, match="states no causes"):
        build(statements(), project)
    store = statements((1, 2))
    with pytest.raises(InputError, match="expected --from FACTOR"):
        build(store, project)


def test_a_name_that_is_no_factor_is_told_with_close_ones(project: Project) -> None:
    rules = Rules.read(project).for_causes()
    run = trace(rules, statements(*BOTH), "r")
    graph = causal_graph(rules, run, "c")
    with pytest.raises(UnknownNameError, match="factor/9"):
        causal_report(rules, run, graph, "f0", "nothing")
    assert causal_report(rules, run, graph, "F0", "9").routes[0].outcome == "f9"


def test_what_the_rules_of_causes_make_keeps_the_shapes(project: Project, cache: File) -> None:
    store, revision = loaded(project, cache)
    run = trace(Rules.read(project).for_causes(), store, revision)
    made = {Triple(one.subject, one.predicate, one.object) for one in run.triples}
    assert any(str(one.object).endswith("link-undated>") for one in made)
    report = check((Quad(quad.subject, quad.predicate, quad.object) for quad in run.store), Ground(project).shapes)
    assert [
        one.message for one in report.findings if "trace-finding/link" in one.focus or "comparison/" in one.focus
    ] == []

"""Revalidation after a change: the outcome of a full run, without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, Store, Triple
from shacl_strategies import PREFIXES, bodies, ex, graphs, read, shapes_graphs, triples

from aidtrace.project import Project
from aidtrace.shacl.compiling import Compiled, compile_shapes
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.incremental import Revision, revalidate
from aidtrace.shacl.sent import Data, load
from aidtrace.store import read_quads


def loaded(data: Iterable[Triple]) -> Data:
    return load(Quad(*triple) for triple in data)


def changed(
    compiled: Compiled, data: list[Triple], added: list[Triple], removed: list[Triple]
) -> tuple[Outcome, Revision, Outcome]:
    """Validate before a change, revalidate after it, and validate again."""
    after = loaded([*(triple for triple in data if triple not in removed), *added])
    before = validate(compiled, loaded(data))
    return before, revalidate(compiled, before, after, added, removed), validate(compiled, after)


def agree(before: Outcome, found: Revision, full: Outcome) -> None:
    assert Counter(found.outcome.results) == Counter(full.results)
    assert Counter(found.appeared) == Counter(full.results) - Counter(before.results)
    assert Counter(found.gone) == Counter(before.results) - Counter(full.results)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), shapes_graphs(), st.lists(triples(), max_size=5), st.lists(st.integers(0, 40), max_size=5))
def test_what_a_change_leads_to_is_what_a_full_run_finds(
    data: list[Triple], turtle: str, added: list[Triple], picked: list[int]
) -> None:
    removed = [data[place] for place in picked if place < len(data)]
    agree(*changed(compile_shapes(read(turtle)), data, added, removed))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    graphs(),
    bodies(),
    st.sampled_from(["sh:targetObjectsOf ex:p", "sh:targetNode ex:a", "sh:targetClass ex:C"]),
    st.lists(triples(), max_size=5),
    st.lists(st.integers(0, 40), max_size=5),
)
def test_what_a_query_reads_is_told_from_its_text(
    data: list[Triple], body: str, target: str, added: list[Triple], picked: list[int]
) -> None:
    select = f"SELECT $this ?value WHERE {{ {body} }}"
    shape = f'ex:S a sh:NodeShape ; {target} ; sh:sparql [ sh:prefixes ex: ; sh:select "{select}" ] .'
    removed = [data[place] for place in picked if place < len(data)]
    agree(*changed(compile_shapes(read(PREFIXES + shape)), data, added, removed))


@pytest.fixture(scope="module")
def ours() -> Compiled:
    return compile_shapes(quad.triple for path in Project(ROOT).shape_files for quad in read_quads(path))


WORDS = [quad.triple for path in Project(ROOT).ontology_files for quad in read_quads(path)]
WORLD = [quad.triple for quad in read_quads(ROOT / "tests" / "shapes" / "pass" / "world.ttl")]
BROKEN = [
    quad.triple for path in sorted((ROOT / "tests" / "shapes" / "fail").glob("*.ttl")) for quad in read_quads(path)
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(WORLD), max_size=8, unique=True),
    st.lists(st.sampled_from(BROKEN), max_size=8, unique=True),
)
def test_a_change_of_facts_is_told_by_our_shapes_without_a_full_run(
    ours: Compiled, removed: list[Triple], added: list[Triple]
) -> None:
    added = [triple for triple in added if triple.predicate.value.rpartition("#")[2] != "subClassOf"]
    before, found, full = changed(ours, [*WORDS, *WORLD], added, removed)
    agree(before, found, full)
    assert found.in_full == ()


SHAPES = """
    ex:Person a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .
    ex:Friend a sh:NodeShape ; sh:targetSubjectsOf ex:q ; sh:property [ sh:path ( ex:q ex:p ) ; sh:maxCount 0 ] .
"""


def told(data: str, added: str, removed: str, shapes: str = SHAPES) -> Revision:
    before, found, full = changed(
        compile_shapes(read(PREFIXES + shapes)),
        *(read(PREFIXES + part)[4:] for part in (data, added, removed)),
    )
    agree(before, found, full)
    return found


def test_a_row_goes_when_its_node_is_no_target_any_more() -> None:
    found = told("ex:a a ex:C . ex:b a ex:C .", "", "ex:a a ex:C .")
    assert [result.focus for result in found.gone] == [ex("a")]
    assert [result.focus for result in found.outcome.results] == [ex("b")]


def test_a_change_two_steps_away_is_walked_back() -> None:
    found = told("ex:a ex:q ex:b . ex:c ex:q ex:d .", "ex:d ex:p ex:a .", "")
    assert [result.focus for result in found.appeared] == [ex("c")]


def test_a_way_that_is_gone_is_found_by_its_first_triple() -> None:
    found = told("ex:a ex:q ex:b . ex:b ex:p ex:c . ex:a ex:q ex:d .", "", "ex:a ex:q ex:b . ex:b ex:p ex:c .")
    assert [result.focus for result in found.gone] == [ex("a")]


def test_a_row_without_a_value_goes_when_there_is_one() -> None:
    query = "SELECT $this ?value WHERE { OPTIONAL { ?any ex:q ?value } }"
    shapes = f'ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex: ; sh:select "{query}" ] .'
    found = told("", "ex:b ex:q ex:c .", "", shapes)
    assert [result.value for result in found.gone] == [ex("a")]
    assert [result.value for result in found.appeared] == [ex("c")]


def test_a_change_of_the_class_tree_makes_targets() -> None:
    found = told("ex:a a ex:E .", "ex:E rdfs:subClassOf ex:D . ex:D rdfs:subClassOf ex:C .", "")
    assert [result.focus for result in found.appeared] == [ex("a")]


def test_a_class_tree_that_reaches_too_far_is_run_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidtrace.shacl.incremental.MOST", 2)
    things = " ".join(f"ex:a{number} a ex:E ." for number in range(5))
    found = told(things, "ex:E rdfs:subClassOf ex:C .", "")
    assert len(found.appeared) == 5
    assert [(one.shape, one.reason) for one in found.in_full] == [(ex("Person"), "the change reaches too many nodes")]


def test_a_shape_left_to_pyshacl_is_run_in_full_and_named() -> None:
    shapes = SHAPES + "ex:Round sh:targetClass ex:D ; sh:property [ sh:path ex:p ; sh:node ex:Round ; sh:minCount 1 ] ."
    found = told("ex:a a ex:D .", "ex:b a ex:D .", "", shapes)
    assert [result.focus for result in found.appeared] == [ex("b")]
    assert [one.shape for one in found.in_full] == [ex("Round")]


def test_a_query_of_the_whole_graph_is_asked_of_the_changed_values_only(ours: Compiled) -> None:
    names = {unit.shape.node.value.rpartition("#")[2] for unit in ours.dependencies.by_value}
    assert names >= {"Fact-type", "Graph-class", "Graph-dangling", "Graph-predicate", "Literal-date", "Date-inOrder"}


def test_a_store_that_was_not_loaded_here_is_revalidated_by_what_it_holds() -> None:
    shapes = compile_shapes(
        read(PREFIXES + "ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:maxCount 1 ] .")
    )
    store = Store()
    store.extend(Quad(*triple) for triple in read(PREFIXES + "ex:a ex:n 1 .")[4:])
    before = validate(shapes, Data(store))
    added = read(PREFIXES + "ex:a ex:n 007, 2 . ex:b ex:n 3, 03 .")[4:]
    store.extend(Quad(*triple) for triple in added)
    found = revalidate(shapes, before, Data(store), added, [])
    assert [result.focus for result in found.appeared] == [ex("a")]

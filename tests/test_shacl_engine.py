"""The engine: the report of pySHACL on random data and shapes, on our examples, and the reports of the W3C's suite."""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT, SHARED
from hypothesis import HealthCheck, assume, given, settings
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize
from shacl_strategies import PREFIXES, bodies, ex, graphs, read, shapes_graphs

from aidtrace.project import Project
from aidtrace.shacl import fallback
from aidtrace.shacl.compiling import Compiled, compile_shapes
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.results import Result, report_triples
from aidtrace.shacl.sent import load
from aidtrace.store import read_quads

SUITE, TOOLS = SHARED / "conformance" / "data-shapes", SHARED / "tools" / "conformance"
STYLE = "ontology-style.ttl"
EXAMPLES = sorted((ROOT / "tests" / "shapes").glob("*/*.ttl"))


def checked(data: list[Triple], compiled: Compiled) -> Outcome:
    return validate(compiled, load(Quad(*triple) for triple in data))


def reference(data: list[Triple], compiled: Compiled) -> list[Result]:
    """Run every shape with targets through pySHACL."""
    roots = {shape.node for shape in compiled.shapes.roots}
    return fallback.run(data, compiled.triples, compiled.shapes, roots)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), shapes_graphs())
def test_the_whole_report_is_that_of_pyshacl(data: list[Triple], turtle: str) -> None:
    compiled = compile_shapes(read(turtle))
    found = checked(data, compiled)
    assert found.fallen == ()
    assert Counter(found.results) == Counter(reference(data, compiled))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), bodies())
def test_a_query_finds_for_all_focus_nodes_what_it_finds_with_each_written_in_it(data: list[Triple], body: str) -> None:
    """The focus node in the place of ``$this`` is what SHACL means by binding it beforehand."""
    data = [triple for triple in data if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode)]
    shape = f'ex:S a sh:NodeShape ; sh:targetObjectsOf ex:p ; sh:sparql [ sh:prefixes ex: ; sh:select "{SELECT}" ] .'
    compiled = compile_shapes(read(PREFIXES + shape.replace("BODY", body.replace('"', "'"))))
    assume(not compiled.fallen)
    store, expected = load(Quad(*triple) for triple in data).store, set()
    for focus in {triple.object for triple in data if triple.predicate == ex("p")}:
        query = f"PREFIX ex: <http://example.org/> SELECT ?value {{ {body.replace('$this', str(focus))} }}"
        expected |= {(focus, row["value"] or focus) for row in store.query(query)}  # type: ignore[union-attr]
    assert {(result.focus, result.value) for result in checked(data, compiled).results} == expected


SELECT = "SELECT $this ?value WHERE { BODY }"


def of_files(paths: list[Path]) -> list[Triple]:
    return [quad.triple for path in paths for quad in read_quads(path)]


@pytest.fixture(scope="module")
def ours() -> Compiled:
    return compile_shapes(of_files(Project(ROOT).shape_files))


@pytest.fixture(scope="module")
def fact_rules() -> Compiled:
    return compile_shapes(of_files([path for path in Project(ROOT).shape_files if path.name != STYLE]))


@pytest.fixture(scope="module")
def style_rules() -> Compiled:
    prefixes = [triple for triple in of_files([ROOT / "shapes" / "aidtrace.ttl"]) if _declares(triple)]
    return compile_shapes([*prefixes, *of_files([ROOT / "shapes" / STYLE])])


def _declares(triple: Triple) -> bool:
    return triple.predicate.value.rpartition("#")[2] in ("declare", "prefix", "namespace")


@pytest.fixture(scope="module")
def words() -> list[Triple]:
    """Return what the ontology says of the kinds of its words, which the examples need."""
    told = {"type", "subClassOf", "disjointWith", "inScheme"}
    ontology = of_files(Project(ROOT).ontology_files)
    return [triple for triple in ontology if triple.predicate.value.replace("#", "/").rpartition("/")[2] in told]


def test_no_shape_of_ours_is_left_to_pyshacl(ours: Compiled) -> None:
    assert ours.fallen == ()
    assert {unit.shape.node for units in ours.units.values() for unit in units} >= {
        shape.node for shape in ours.shapes.by_name.values() if shape.messages
    }


def broken(data: list[Triple], rules: Compiled) -> set[str]:
    return {str(result.shape).rpartition("#")[2].rstrip(">") for result in checked(data, rules).results}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_breaks_the_rule_of_its_name_and_no_other(
    path: Path, fact_rules: Compiled, style_rules: Compiled, words: list[Triple]
) -> None:
    data = of_files([path])
    expected = {path.stem} if path.parent.name == "fail" else set()
    assert broken([*words, *data], fact_rules) | broken(data, style_rules) == expected


@pytest.mark.usefixtures("queries_parsed_once")
def test_all_examples_beside_each_other_have_the_report_of_pyshacl(ours: Compiled, words: list[Triple]) -> None:
    """In one graph, for one run of pySHACL on each would take minutes."""
    data = [*words, *(apart(triple, path.stem) for path in EXAMPLES for triple in of_files([path]))]
    found = checked(data, ours).results
    assert len({result.shape for result in found}) > len(EXAMPLES) * 0.9
    assert Counter(found) == Counter(reference(data, ours))


def apart(triple: Triple, example: str) -> Triple:
    """Give the things of one example names of their own."""

    def renamed(term: object) -> object:
        ours = isinstance(term, NamedNode) and "/aidtrace/id/" in term.value and "/id/concept/" not in term.value
        return NamedNode(f"{term.value}-{example.lower()}") if ours else term  # type: ignore[attr-defined]

    return Triple(renamed(triple.subject), triple.predicate, renamed(triple.object))  # type: ignore[arg-type]


def suite_engine(data: str, shapes: str) -> str:
    """Validate two files as the suite's harness asks for it."""

    def triples(path: str) -> list[Triple]:
        return [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE, base_iri=Path(path).as_uri())]

    found = checked(triples(data), compile_shapes(triples(shapes)))
    return (serialize(report_triples(found.results), format=RdfFormat.N_TRIPLES) or b"").decode()


@pytest.mark.skipif(
    not (SUITE.is_dir() and TOOLS.is_dir()),
    reason="the W3C's suite is not beside this checkout (../shared/conformance, ../shared/tools/conformance)",
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_the_suites_of_core_and_sparql_pass_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    harness = importlib.import_module("shacl_suite")
    told = tmp_path / "failures.json"
    arguments = ["shacl_suite.py", "--tests", str(SUITE / "data-shapes-test-suite" / "tests"), "--json", str(told)]
    monkeypatch.setattr(
        sys, "argv", [*arguments, "--engine", "test_shacl_engine:suite_engine", "--report-format", "nt"]
    )
    harness.main()
    found = json.loads(told.read_text())
    assert found["failures"] == []
    assert len(found["passes"]) == 120

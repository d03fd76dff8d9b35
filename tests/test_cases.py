"""A second case, written in the same words: nothing in the code or in the rules knows the first one."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import Run
from pyoxigraph import DefaultGraph, NamedNode, Store

from aidtrace.building import read_all
from aidtrace.namespaces import AT, GRAPH, ID, RDF, SEM
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.tracing import Rules, TraceReport, report, trace
from aidtrace.tracing.case import check, from_files
from aidtrace.tracing.causes import causal_graph, causal_report
from aidtrace.validation import validate

CASE = Path(__file__).parent / "cases" / "coal-and-steel"
SHORTEST = 6
"""A name of fewer letters may be a piece of an ordinary word."""
ORDINARY = {"authors", "curator", "annals"}


@pytest.fixture(scope="module")
def found(project: Project) -> TraceReport:
    store = from_files(project, [*project.ontology_files, CASE / "case.ttl"])
    check(store, "coal-and-steel")
    rules = Rules.read(project)
    return report(rules, trace(rules, store, "second"))


def test_the_second_case_comes_out_as_worked_out_by_hand(found: TraceReport) -> None:
    with (CASE / "traced.csv").open(encoding="utf-8") as file:
        expected = {row["test"]: row for row in csv.DictReader(file)}
    assert {one.thing for one in found.tests} == expected.keys()
    for one in found.tests:
        row = expected[one.thing]
        computed = (one.chronology, one.attribution, one.computed, one.agreement)
        assert computed == (row["chronology"], row["attribution"], row["computed"], row["agreement"]), row["reason"]
        assert row["authors"] in one.authors


def test_its_steps_come_in_order_and_its_findings_are_its_own(found: TraceReport) -> None:
    assert found.steps[0].label == "Aid is offered"
    orders = {(one.earlier, one.later): one.chronology for one in found.step_orders}
    assert orders["The aid is shared out together", "Payments are cleared together"] == "certain"
    assert len(orders) == 6  # four steps, each pair once
    kinds = {(one.kind, one.about) for one in found.findings}
    assert ("another verdict in the text", "test/coal-and-steel-security-smoking-gun") in kinds
    assert ("never run", "test/coal-and-steel-c1-double-decisive") in kinds
    assert ("finding contradicted by dates", "test/coal-and-steel-security-hoop") in kinds
    assert ("no date", "trace/coal-and-steel-talk") in kinds


def test_its_causes_have_a_cycle_and_a_weakest_link_of_their_own(project: Project) -> None:
    rules = Rules.read(project).for_causes()
    run = trace(rules, from_files(project, [*project.ontology_files, CASE / "case.ttl"]), "second")
    found = causal_report(rules, run, causal_graph(rules, run, "coal-and-steel"))
    pool, sharing, recovery = "a pool of coal and steel", "aid shared out together", "the recovery of output"
    [route] = found.routes
    [path] = route.paths
    assert [(step.cause, step.effect) for step in path.steps] == [("aid", sharing), (sharing, pool)]
    assert [step.statements[0].chronology for step in path.steps] == ["certain", "certain"]
    assert [(step.cause, step.effect) for step in path.weakest] == [(sharing, pool)]
    assert [[step.cause for step in one.steps] for one in found.cycles] == [[pool, recovery]]
    beside = {one.label: [route.cause for route in one.beside] for one in found.rivals}
    assert beside == {"Threat from outside": ["a threat from outside"], "Security of one state": []}
    assert found.unsupported == ()


def test_the_second_case_keeps_the_shapes(project: Project) -> None:
    assert str(validate(project, [CASE / "case.ttl"])).splitlines()[-1] == "conforms"


def names(project: Project) -> set[str]:
    """Return the slugs of the actors and places of both cases, and the words of what these are called."""
    store = Store()
    for path in [*project.article_files, CASE / "case.ttl"]:
        store.extend(read_quads(path))
    classes = [AT(one) for one in ("Actor", "State", "Person", "Organisation", "Government", "Place", "Company")]
    slugs = {
        quad.subject.value.removeprefix(ID.iri).partition("/")[2]
        for cls in classes
        for quad in store.quads_for_pattern(None, RDF("type"), cls, None)
        if isinstance(quad.subject, NamedNode)
    }
    return {slug for slug in slugs if len(slug) >= SHORTEST and slug not in ORDINARY}


def test_no_actor_or_place_of_a_case_stands_in_the_code_or_in_the_rules(project: Project) -> None:
    known = names(project)
    assert len(known) > 50
    code = [*(project.root / "src").rglob("*.py"), *project.tracing.rglob("*.r[qu]")]
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, known)))})\b", re.IGNORECASE)
    said = {(path.name, hit) for path in code for hit in pattern.findall(path.read_text("utf-8"))}
    assert said == set()


# the skeleton of a third one


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Path:
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(project.root / name, tmp_path / name)
    return tmp_path


def test_the_skeleton_of_a_case_keeps_the_shapes_and_is_traced(copy: Path, aidtrace: Run) -> None:
    written = aidtrace("new-case", "my-case", cwd=copy)
    assert (written.returncode, written.stderr) == (0, "")
    files = sorted((copy / "data" / "my-case").glob("*.ttl"))
    checked = aidtrace("validate", *files, cwd=copy)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "conforms")
    traced = aidtrace("trace", "--case", "my-case", cwd=copy)
    assert "authors: Supported; computed: passes; the two: agrees" in traced.stdout
    assert "NAME" not in "".join(path.read_text("utf-8") for path in files)


def test_another_case_moves_no_row_of_the_article(copy: Path, aidtrace: Run) -> None:
    def traced() -> dict[str, object]:
        found: dict[str, object] = json.loads(aidtrace("trace", "--format", "json", cwd=copy).stdout)
        del found["run"]  # it names the revision, which is another with each file of the project
        return found

    before = traced()
    aidtrace("new-case", "my-case", cwd=copy)
    assert traced() == before


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("My Case", "case 'My Case': is no name for a case; expected lower-case words"),
        ("../out", "case '../out': is no name for a case"),
        ("article", "is there already; expected another name"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(
    copy: Path, aidtrace: Run, name: str, complaint: str
) -> None:
    before = sorted(path.name for path in (copy / "data").iterdir())
    run = aidtrace("new-case", name, cwd=copy)
    assert (run.returncode, run.stdout, len(run.stderr.splitlines())) == (2, "", 1)
    assert complaint in run.stderr
    assert sorted(path.name for path in (copy / "data").iterdir()) == before


def test_another_case_has_graphs_of_its_own_in_the_store(copy: Path, aidtrace: Run) -> None:
    aidtrace("new-case", "my-case", cwd=copy)
    store = read_all(Project(copy))
    names = {graph.value.removeprefix(GRAPH.iri) for graph in store.named_graphs() if isinstance(graph, NamedNode)}
    assert {"case/my-case", "case/my-case/inferred", "trace"} < names
    written = {quad.triple for path in (copy / "data" / "my-case").glob("*.ttl") for quad in read_quads(path)}
    assert {quad.triple for quad in store.quads_for_pattern(None, None, None, GRAPH("case/my-case"))} == written
    content = {name: [quad.triple for quad in store.quads_for_pattern(None, None, None, GRAPH(name))] for name in names}
    inferred = set(content.pop("case/my-case/inferred"))
    others = {triple for name, triples in content.items() if name != "shapes" for triple in triples}
    assert inferred
    assert not inferred & others
    default = [quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())]
    assert len(default) == len(set(default))
    assert set(default) == inferred | others
    event = ID("event/my-case-cause")
    bounds = list(store.quads_for_pattern(event, SEM("hasEarliestBeginTimeStamp"), None, None))
    assert GRAPH("case/my-case/inferred") in {quad.graph_name for quad in bounds}

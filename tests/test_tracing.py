"""Process tracing: the table worked out by hand from the article, and what must hold for any case."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Triple, parse, serialize
from servers import Server

from aidtrace.errors import InputError, UnknownNameError
from aidtrace.inference import infer
from aidtrace.namespaces import AT, EDTF, GRAPH, ID, RDF, RDFS, K
from aidtrace.project import Project
from aidtrace.store import PUBLISHED
from aidtrace.tracing import Options, Rules, TraceReport, loaded, only, report, trace, traced
from aidtrace.tracing.case import check, from_files
from aidtrace.tracing.tables import phase_rates, sensitivity_table, told_elsewhere
from aidtrace.validation import validate

if TYPE_CHECKING:
    from conftest import Run

HERE = Path(__file__).parent
AFTERMATH = "the-second-nagorno-karabakh-war-and-aftermath"
CONGRUENCE = ("violated", "undatable", "possible", "certain")


@pytest.fixture(scope="module")
def found(project: Project, cache: Path) -> TraceReport:
    return report(Rules.read(project), traced(project, cache))


def asked(project: Project, cache: Path, **options: object) -> TraceReport:
    return report(Rules.read(project), traced(project, cache, options=Options(**options)))  # type: ignore[arg-type]


def verdicts(found: TraceReport) -> dict[str, str]:
    return {one.thing: one.computed for one in found.tests}


def test_the_computed_table_is_the_one_worked_out_by_hand(found: TraceReport) -> None:
    with (HERE / "traced.csv").open(encoding="utf-8") as file:
        expected = {row["test"]: row for row in csv.DictReader(file)}
    assert {one.thing for one in found.tests} == expected.keys()
    for one in found.tests:
        row = expected[one.thing]
        computed = (one.chronology, one.attribution, one.computed, one.agreement)
        assert computed == (row["chronology"], row["attribution"], row["computed"], row["agreement"]), row["reason"]
        assert row["authors"] in one.authors or (not row["authors"] and not one.authors)


@pytest.mark.parametrize(
    ("kind", "about", "paragraph"),
    [
        ("later than the next step", "step/interoperability-and-exercises", f"{AFTERMATH}/4"),
        ("later than what it explains", "trace/uav-doctrine", "table-1/5"),
        ("finding contradicted by dates", "test/shared-identity-hoop", "table-2/1"),
        ("another verdict in the text", "test/table-1-4", "evaluation-of-hypotheses-and-alternative-explanations/4"),
        ("never run", "test/h3-double-decisive", "evaluation-of-hypotheses-and-alternative-explanations/1"),
        ("fewer tests", "alternative/armenian-weakness", "table-2/4"),
        ("no date", "trace/procurement-lock-in", "table-1/2"),
        ("tie not stated", "trace/joint-exercises", "table-1/5"),
        ("computation differs", "test/table-1-6", "table-1/6"),
    ],
)  # fmt: skip
def test_each_kind_of_finding_is_there_and_leads_to_its_paragraph(
    found: TraceReport, kind: str, about: str, paragraph: str
) -> None:
    assert any((one.kind, one.about) == (kind, about) and paragraph in one.paragraphs for one in found.findings)


def test_every_line_can_be_followed_to_a_paragraph(found: TraceReport) -> None:
    facts = [fact for test in found.tests for one in test.traces for fact in one.facts]
    orders = [order for test in found.tests for order in test.orders]
    for lines in (found.tests, found.findings, facts, orders):
        assert all(one.paragraphs for one in lines)
    assert all(one.fact.paragraphs for step in found.steps for one in step.evidence)


def test_a_violated_or_certain_order_names_the_two_facts_that_decide_it(found: TraceReport) -> None:
    orders = [order for test in found.tests for order in test.orders]
    decided = [one for one in (*orders, *found.step_orders) if one.chronology != "undatable"]
    assert decided
    assert all(len(one.decided_by) == 2 for one in decided)


def test_the_verdicts_of_the_authors_are_left_as_they_are(project: Project, cache: Path) -> None:
    run = traced(project, cache)
    assert not [triple for triple in run.triples if triple.predicate == AT("verdict")]
    assert {one.predicate for one in run.triples} >= {AT("computedVerdict"), AT("agreesWith")}


def test_one_hypothesis_can_be_looked_at(found: TraceReport) -> None:
    assert {one.thing for one in only(found, "h3").tests} == {"test/table-1-9", "test/table-1-10"}
    assert {one.kind for one in only(found, "H3").findings} >= {"never run", "no date"}
    assert only(found, "step/effectiveness").steps[0].label == "Effectiveness"
    orders = only(found, "step/effectiveness").step_orders
    assert len(orders) == 4  # one with each other step
    assert all("step/effectiveness" in (one.earlier_thing, one.later_thing) for one in orders)
    with pytest.raises(UnknownNameError, match="no hypothesis, rival, test or step is called 'H9'"):
        only(found, "H9")


# what if


def test_without_its_only_source_a_trace_stands_for_nothing(project: Project, cache: Path) -> None:
    changed = asked(project, cache, without=("Ozsoy2023",))
    (straw,) = [one for one in changed.tests if one.thing == "test/table-1-7"]
    (training,) = [one for one in straw.traces if one.thing == "trace/uav-training"]
    assert (training.facts, training.chronology, straw.computed) == ((), "undatable", "cannot be told")


def test_only_official_sources_leave_the_training_of_the_table(project: Project, cache: Path) -> None:
    changed = asked(project, cache, only="official")
    (hoop,) = [one for one in changed.tests if one.thing == "test/table-1-5"]
    facts = {trace.thing: {fact.thing for fact in trace.facts} for trace in hoop.traces}
    assert facts["trace/joint-exercises"] == set()
    assert "training/gendarmerie-training" in facts["trace/training-pipeline"]


def test_as_of_a_year_nothing_later_counts(project: Project, cache: Path) -> None:
    changed = asked(project, cache, as_of="2015")
    dates = [day for test in changed.tests for one in test.traces for fact in one.facts for day in fact.dates]
    assert dates
    assert not [day for day in dates if day.strip("[")[:4] > "2015"]


def test_another_date_changes_the_verdicts_that_hang_on_it(found: TraceReport, project: Project, cache: Path) -> None:
    earlier = ("training/2021-uav-training=2018", "training/uav-first-year=2018")
    changed = asked(project, cache, assume=earlier)
    different = {thing for thing, verdict in verdicts(changed).items() if verdict != verdicts(found)[thing]}
    assert different == {"test/table-1-5", "test/table-1-6", "test/table-1-7", "test/armenian-weakness-hoop"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"without": ("source/nobody",)}, "--without: 'source/nobody' names nothing in this case; expected one of"),
        ({"without": ("",)}, "--without: '' names nothing"),
        ({"without": ("x:<>",)}, "--without: 'x:<>' names nothing"),
        ({"only": "offical"}, "--only: 'offical' is no class of sources; expected academic, official, party or press"),
        ({"as_of": "spring"}, "--as-of: EDTF date 'spring': not well-formed"),
        ({"as_of": "2003/.."}, "--as-of: 2003/.. has no end; expected a day, month or year"),
        ({"assume": ("event/2020-victory",)}, "--assume: 'event/2020-victory' has no date; expected THING=DATE"),
        ({"assume": ("event/2020-victory=2020-13",)}, "--assume: EDTF date '2020-13'"),
        ({"assume": ("event/nothing=2020",)}, "--assume: 'event/nothing' names nothing"),
    ],
)
def test_a_what_if_that_means_nothing_is_refused(
    project: Project, cache: Path, options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(InputError) as error:
        asked(project, cache, **options)
    assert str(error.value).startswith(complaint)
    assert "\n" not in str(error.value)


# any case


@dataclass(frozen=True)
class Item:
    """A dated thing of a generated case: the first day and how many days until the last, none for an open end."""

    begin: date
    days: int | None

    def edtf(self, shift: int = 0, wider: int = 0) -> str:
        first = self.begin + timedelta(days=shift - wider)
        if self.days is None:
            return f"{first.isoformat()}/.."
        return f"[{first.isoformat()}..{(self.begin + timedelta(days=shift + self.days + wider)).isoformat()}]"


items = st.builds(
    Item, st.dates(date(1950, 1, 1), date(1960, 1, 1)), st.one_of(st.none(), st.integers(min_value=0, max_value=900))
)
traces = st.lists(st.lists(items, max_size=3), min_size=1, max_size=3)


def case(project: Project, observed: list[list[Item]], outcome: Item, shift: int = 0, wider: int = 0) -> TraceReport:
    """Trace a case with one test, whose observed traces should come before an outcome."""
    store = Store()
    test, hypothesis, end = ID("test/x"), ID("hypothesis/x"), ID("event/end")
    said = [
        *_thing(hypothesis, "Hypothesis"), *_thing(test, "Test"), *_thing(end, "Event"),
        Triple(test, AT("tests"), hypothesis), Triple(test, AT("testKind"), K("hoop")),
        Triple(test, AT("verdict"), K("supported")),
        Triple(end, AT("onDate"), Literal(outcome.edtf(shift), datatype=EDTF("EDTF"))),
    ]  # fmt: skip
    for number, candidates in enumerate(observed):
        one, order = ID(f"trace/{number}"), ID(f"sequence/{number}")
        said += [*_thing(one, "Trace"), Triple(test, AT("observed"), one), *_thing(order, "Sequence")]
        said += [Triple(order, AT("sequenceOf"), test), Triple(order, AT("sequenceRole"), K("prediction"))]
        said += [Triple(order, AT("earlier"), one), Triple(order, AT("later"), end)]
        for place, item in enumerate(candidates):
            fact = ID(f"event/{number}-{place}")
            text = Literal(item.edtf(shift, wider), datatype=EDTF("EDTF"))
            said += [*_thing(fact, "Event"), Triple(one, AT("mayReferTo"), fact), Triple(fact, AT("onDate"), text)]
    words = [Quad(q.subject, q.predicate, q.object) for path in project.ontology_files for q in parse(path=str(path))]
    store.extend([*words, *(Quad(*triple) for triple in said)])
    store.extend([Quad(*triple) for triple in infer(store, [])])
    rules = Rules.read(project)
    return report(rules, trace(rules, store, "generated"))


def _thing(node: NamedNode, kind: str) -> list[Triple]:
    passage = ID("passage/x-1")
    return [
        Triple(node, RDF("type"), AT(kind)),
        Triple(node, RDFS("label"), Literal(node.value.rpartition("/id/")[2], language="en")),
        Triple(node, NamedNode("http://purl.org/dc/terms/source"), passage),
        Triple(passage, AT("paragraph"), Literal("x/1")),
    ]


def rank(found: TraceReport) -> int:
    return CONGRUENCE.index(found.tests[0].chronology)


def orders(found: TraceReport) -> list[str]:
    return [order.chronology for order in found.tests[0].orders]


SOME = settings(max_examples=25, deadline=None)


@SOME
@given(traces, items, st.integers(min_value=-3000, max_value=3000))
def test_shifting_all_dates_alike_changes_nothing(observed: list[list[Item]], outcome: Item, shift: int) -> None:
    project = Project(HERE.parent)
    assert orders(case(project, observed, outcome)) == orders(case(project, observed, outcome, shift))


@SOME
@given(traces, items, st.integers(min_value=1, max_value=2000))
def test_wider_dates_violate_no_order_that_was_possible(observed: list[list[Item]], outcome: Item, wider: int) -> None:
    project = Project(HERE.parent)
    before, after = orders(case(project, observed, outcome)), orders(case(project, observed, outcome, wider=wider))
    assert not [pair for pair in zip(before, after, strict=True) if pair[0] != "violated" and pair[1] == "violated"]


@SOME
@given(traces, items, st.data())
def test_taking_evidence_out_never_adds_congruence(
    observed: list[list[Item]], outcome: Item, data: st.DataObject
) -> None:
    project = Project(HERE.parent)
    less = [[item for item in candidates if data.draw(st.booleans())] for candidates in observed]
    before, after = rank(case(project, observed, outcome)), rank(case(project, less, outcome))
    assert after < CONGRUENCE.index("possible") or after <= before


@SOME
@given(items, items)
def test_an_order_of_two_days_is_what_plain_comparison_says(one: Item, other: Item) -> None:
    project = Project(HERE.parent)
    (found,) = orders(case(project, [[one]], other))
    last = one.begin + timedelta(days=one.days) if one.days is not None else None
    begins_by = other.begin + timedelta(days=other.days) if other.days is not None else other.begin
    if last is not None and last < other.begin:
        assert found == "certain"
    else:
        assert found == ("possible" if one.begin < begins_by else "violated")


# rules, triples, commands


def test_each_rule_says_what_it_rests_on_and_what_it_does_not_show(project: Project) -> None:
    rules = Rules.read(project).constructs
    assert rules
    for name, text in rules:
        assert [line.split(":")[0] for line in text.splitlines()[:4]] == [
            "# rule",
            "# source",
            "# limit",
            "# example",
        ], name


def test_what_is_computed_names_its_rule_and_its_run(project: Project, cache: Path) -> None:
    run = traced(project, cache, options=Options(without=("Ozsoy2023",)))
    made = {one.subject for one in run.triples if one.predicate == AT("byRule")}
    generated = {one.subject: one.object for one in run.triples if one.predicate.value.endswith("#wasGeneratedBy")}
    (node,) = {one.subject for one in run.triples if one.object == AT("TraceRun")}
    assert made
    assert made == generated.keys()
    assert set(generated.values()) == {node}
    assert Triple(node, AT("option"), Literal("--without Ozsoy2023")) in run.triples
    names = {
        one.object.value for one in run.triples if one.predicate == AT("byRule") and isinstance(one.object, Literal)
    }
    assert names <= {name for name, _ in Rules.read(project).constructs}


def test_the_command_prints_text_json_and_turtle(aidtrace: Run) -> None:
    text = aidtrace("trace", "H2")
    assert (text.returncode, text.stderr) == (0, "")
    assert "authors: Supported; computed: fails; the two: differs" in text.stdout
    run = json.loads(aidtrace("trace", "--format", "json", "--as-of", "2019").stdout)
    assert run["run"]["options"] == ["--as-of 2019"]
    assert len(run["tests"]) == 22
    turtle = aidtrace("trace", "--format", "turtle").stdout
    assert any(quad.object == AT("TraceFinding") for quad in parse(turtle, format=RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["H9"], "no hypothesis, rival, test or step is called 'H9'"),
        (["--case", "nothing"], "no case is called 'nothing'; expected article"),
        (["--as-of", "x"], "--as-of: EDTF date 'x'"),
        (["H2", "--format", "turtle"], "--format turtle: writes the whole run; expected no H2 with it"),
    ],
)
def test_what_cannot_be_traced_is_one_line(aidtrace: Run, arguments: list[str], complaint: str) -> None:
    run = aidtrace("trace", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"aidtrace: {complaint}")
    assert len(run.stderr.splitlines()) == 1


def test_a_case_without_hypotheses_is_refused(project: Project) -> None:
    store = from_files(project, project.ontology_files)
    with pytest.raises(InputError, match="case bare: no hypothesis has a test; expected an at:Test"):
        check(store, "bare")


def test_what_a_run_leaves_breaks_no_rule_of_the_shapes(project: Project, cache: Path, tmp_path: Path) -> None:
    run = traced(project, cache, options=Options(without=("Ozsoy2023",), assume=("event/2020-victory=2020-11",)))
    file = tmp_path / "run.nt"
    serialize(run.triples, str(file), RdfFormat.N_TRIPLES)
    found = validate(project, [file], with_graph=True, cache=cache)
    assert found.findings == ()


# over HTTP


def test_the_tracing_over_http_is_that_of_the_command(server: Server, aidtrace: Run) -> None:
    answer = server.get("/trace?format=json&as-of=2019")
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "application/json")
    assert json.loads(answer.body) == json.loads(aidtrace("trace", "--format", "json", "--as-of", "2019").stdout)
    turtle = server.get("/trace", accept="text/turtle")
    assert any(quad.object == AT("TraceFinding") for quad in parse(turtle.body, format=RdfFormat.TURTLE))


def test_the_tracing_has_a_page(server: Server) -> None:
    page = server.get("/trace?of=H2&without=Ozsoy2023", accept="text/html")
    assert page.status == 200
    assert b"--without Ozsoy2023" in page.body
    assert b"Hoop test of H2" in page.body
    assert b"Hoop test of H3" not in page.body


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("only=offical", "--only: 'offical' is no class of sources"),
        ("of=H9", "no hypothesis, rival, test or step is called 'H9'"),
        ("as-of=x", "--as-of: EDTF date 'x'"),
        ("assume=event/2020-victory", "--assume: 'event/2020-victory' has no date"),
        ("withuot=x", "no parameter is called 'withuot'; expected of, without"),
        ("of=H1&of=H2", "of is given more than once"),
    ],
)
def test_an_option_that_means_nothing_is_a_problem(server: Server, query: str, detail: str) -> None:
    answer = server.get(f"/trace?format=json&{query}")
    assert answer.status == 400
    assert json.loads(answer.body)["detail"].startswith(detail)


def test_the_smallest_set_of_works_is_one_whose_loss_changes_the_verdict_and_no_smaller_one_does(
    found: TraceReport, project: Project, cache: Path
) -> None:
    rows = {row[0]: row for row in sensitivity_table(Rules.read(project), *loaded(project, cache)).rows}
    assert rows["test/table-1-7"][3:] == ("source/ozsoy2023", "cannot be told")
    changed = asked(project, cache, without=("Ozsoy2023", "source/savunmasanayistcom2022"))
    assert rows["test/table-1-5"][3:] == ("source/ozsoy2023 | source/savunmasanayistcom2022", "cannot be told")
    assert verdicts(changed)["test/table-1-5"] == "cannot be told"
    for one in ("Ozsoy2023", "source/savunmasanayistcom2022"):
        assert verdicts(asked(project, cache, without=(one,)))["test/table-1-5"] == "fails"


def test_facts_are_counted_by_phase_and_told_where_another_section_tells_them(project: Project, cache: Path) -> None:
    rules, (store, _) = Rules.read(project), loaded(project, cache)
    rates = {(row[0], row[2]): row[3:] for row in phase_rates(rules, store).rows}
    # 24 January, July, 11 August and 1 to 5 November 1992, 9 February 1994, and that of 1994 without a day
    assert rates["phase/diplomacy", "agreements"] == ("6", "0", "4", "1.5")
    assert rates["phase/institutionalised-cooperation", "agreements"] == ("1", "0", "5", "0.2")
    assert [row[0] for row in told_elsewhere(rules, store).rows] == ["agreement/1997-border-incidents"]


def test_the_built_store_holds_what_the_tracing_comes_to_in_a_graph_of_its_own(store: Store) -> None:
    query = """PREFIX at: <https://w3id.org/aidtrace/ontology#> PREFIX prov: <http://www.w3.org/ns/prov#>
    SELECT (COUNT(DISTINCT ?finding) AS ?findings) (COUNT(DISTINCT ?run) AS ?runs) WHERE {
        GRAPH <https://w3id.org/aidtrace/graph/trace> {
            ?finding a at:TraceFinding ; at:byRule ?rule ; prov:wasGeneratedBy ?run .
            ?run prov:used ?revision ; prov:endedAtTime ?when
        }
    }"""
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    row = next(found)
    assert (row["findings"].value, row["runs"].value) == ("52", "1")
    kinds = {"Assessment", "Comparison", "TraceFinding", "TraceRun"}
    told = store.quads_for_pattern(None, None, None, GRAPH("trace"))
    for thing in {quad.subject for quad in told}:
        [kind] = {quad.object for quad in store.quads_for_pattern(thing, RDF("type"), None, GRAPH("trace"))}
        assert str(kind).rpartition("#")[2].rstrip(">") in kinds
    other = {quad.graph_name for quad in store.quads_for_pattern(None, RDF("type"), AT("TraceFinding"), None)}
    assert GRAPH("trace") in other
    assert not other & set(PUBLISHED)

"""The results of a run as a reader wants them: each test with its evidence, the steps, and the findings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import QuerySolutions, Store

from aidtrace.errors import unknown_name
from aidtrace.namespaces import short
from aidtrace.tracing.rules import Rules
from aidtrace.tracing.run import Tracing

Row = dict[str, str]
Works = dict[str, tuple[str, ...]]
"""The keys of works by the IRIs of traces."""


@dataclass(frozen=True)
class Fact:
    """A recorded fact: its short name, label, dates as printed, and paragraphs."""

    thing: str
    label: str
    dates: tuple[str, ...]
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class TraceResult:
    """An observed trace in a test, the works cited for it and their classes, and the facts that stand for it."""

    thing: str
    label: str
    chronology: str
    attribution: str
    sources: int
    classes: tuple[str, ...]
    works: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Order:
    """An order that a test asks for, or that two steps have, and the two facts that decide it."""

    role: str
    earlier_thing: str
    earlier: str
    later_thing: str
    later: str
    chronology: str
    decided_by: tuple[Fact, ...]
    drawn_by: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class TestResult:
    """A test: what the authors say, what was computed, and on what it rests."""

    thing: str
    label: str
    kind: str
    tested: tuple[str, ...]
    tested_labels: tuple[str, ...]
    codes: tuple[str, ...]
    authors: tuple[str, ...]
    computed: str
    chronology: str
    attribution: str
    agreement: str
    predicted: tuple[str, ...]
    traces: tuple[TraceResult, ...]
    orders: tuple[Order, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class StepFact:
    """Evidence of a step: the fact, who ties it to the step, and how many works are cited for it."""

    fact: Fact
    drawn_by: tuple[str, ...]
    sources: int


@dataclass(frozen=True)
class StepResult:
    """A step of a mechanism, with its evidence."""

    thing: str
    label: str
    order: str
    evidence: tuple[StepFact, ...]


@dataclass(frozen=True)
class TraceFinding:
    """Something that a rule found: its kind, in words, what it is about and where that is named, and the paragraphs."""

    thing: str
    kind: str
    label: str
    about: str
    named_in: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class TraceReport:
    """One run: its revision and options, and apart from these what it came to."""

    revision: str
    options: tuple[str, ...]
    tests: tuple[TestResult, ...]
    steps: tuple[StepResult, ...]
    step_orders: tuple[Order, ...]
    findings: tuple[TraceFinding, ...]


def report(rules: Rules, tracing: Tracing) -> TraceReport:
    """Read the report out of the triples that *tracing* left."""
    tables = {name: rows(tracing.store, query) for name, query in rules.report}
    traces, orders = grouped(tables["traces"], "test"), grouped(tables["orders"], "test")
    works = {trace: values(ones, "key") for trace, ones in grouped(tables["works"], "trace").items()}
    predicted = grouped(tables["predicted"], "test")
    return TraceReport(
        tracing.revision,
        tuple(tracing.options.told()),
        tuple(
            _test(rows, traces[test], orders[test], predicted[test], works)
            for test, rows in grouped(tables["tests"], "test").items()
        ),
        tuple(map(_step, grouped(tables["steps"], "step").values())),
        tuple(_order(rows) for rows in grouped(tables["step-pairs"], "earlier", "later").values()),
        tuple(map(_finding, grouped(tables["findings"], "finding", "about").values())),
    )


def only(found: TraceReport, name: str) -> TraceReport:
    """Return what *found* says of the hypothesis, rival, test or step *name*: its code, label or short name."""
    tests = tuple(
        one for one in found.tests if _called(name, one.thing, one.label, *one.codes, *one.tested, *one.tested_labels)
    )
    steps = tuple(one for one in found.steps if _called(name, one.thing, one.label))
    if not tests and not steps:
        known = {word for one in found.tests for word in (*one.codes, *one.tested)}
        raise unknown_name("hypothesis, rival, test or step", name, known | {one.thing for one in found.steps})
    chosen = {thing for one in tests for thing in (one.thing, *one.tested)} | {one.thing for one in steps}
    things = {one.thing for one in steps}
    return replace(
        found,
        tests=tests,
        steps=steps,
        step_orders=tuple(one for one in found.step_orders if {one.earlier_thing, one.later_thing} & things),
        findings=tuple(one for one in found.findings if {one.about, *one.named_in} & chosen),
    )


def _names(test: TestResult) -> tuple[str, ...]:
    return (*test.codes, *test.tested, *test.tested_labels)


def _called(name: str, *names: str) -> bool:
    return name.casefold() in {one.casefold() for one in names}


def rows(store: Store, query: str) -> list[Row]:
    """Return the rows of a SELECT, each with what is bound in it as text."""
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{one: row[one].value for one in names if row[one] is not None} for row in found]


def _test(rows: list[Row], traces: list[Row], orders: list[Row], predicted: list[Row], works: Works) -> TestResult:
    first = rows[0]
    return TestResult(
        thing=short(first["test"]),
        label=first["label"],
        kind=first["kind"],
        tested=tuple(map(short, values(rows, "tested"))),
        tested_labels=values(rows, "testedLabel"),
        codes=values(rows, "code"),
        authors=values(rows, "verdict"),
        computed=first["computed"],
        chronology=first["chronology"],
        attribution=first["attribution"],
        agreement=first["agreement"],
        predicted=values(predicted, "label"),
        traces=tuple(_trace(ones, works) for ones in grouped(traces, "trace").values()),
        orders=tuple(map(_order, grouped(orders, "node").values())),
        paragraphs=values(rows, "paragraph"),
    )


def _trace(rows: list[Row], works: Works) -> TraceResult:
    first = rows[0]
    facts = tuple(fact_of(ones) for ones in grouped(rows, "item").values() if "item" in ones[0])
    return TraceResult(
        short(first["trace"]),
        first["label"],
        first["chronology"],
        first["attribution"],
        int(first["sources"]),
        values(rows, "class"),
        works.get(first["trace"], ()),
        facts,
    )


def decided_by(rows: list[Row]) -> tuple[Fact, ...]:
    """Return the two facts that decide a comparison, where there are such."""
    return tuple(fact_of(rows, side) for side in ("earlierItem", "laterItem") if side in rows[0])


def fact_of(rows: list[Row], prefix: str = "item") -> Fact:
    """Return the fact that *rows* tell of in the columns that begin with *prefix*."""
    first = rows[0]
    date, paragraph = ("date", "paragraph") if prefix == "item" else (prefix.replace("Item", "Date"), "")
    return Fact(short(first[prefix]), first[f"{prefix}Label"], values(rows, date), values(rows, paragraph))


def _order(rows: list[Row]) -> Order:
    first = rows[0]
    return Order(
        first.get("role", ""),
        short(first["earlier"]),
        first["earlierLabel"],
        short(first["later"]),
        first["laterLabel"],
        first["chronology"],
        decided_by(rows),
        first.get("drawnBy", ""),
        values(rows, "paragraph"),
    )


def _step(rows: list[Row]) -> StepResult:
    first = rows[0]
    evidence = tuple(
        StepFact(fact_of(ones), values(ones, "drawnBy"), int(ones[0]["sources"]))
        for ones in grouped(rows, "item").values()
        if "item" in ones[0]
    )
    return StepResult(short(first["step"]), first["label"], first.get("order", ""), evidence)


def _finding(rows: list[Row]) -> TraceFinding:
    first = rows[0]
    named_in = tuple(map(short, values(rows, "holder")))
    where = values(rows, "paragraph")
    return TraceFinding(short(first["finding"]), first["kind"], first["label"], short(first["about"]), named_in, where)


def grouped(rows: Iterable[Row], *columns: str) -> dict[str, list[Row]]:
    """Group *rows* by what they have in *columns*, in the order in which these come."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[" ".join(row.get(column, "") for column in columns)].append(row)
    return groups


def values(rows: Sequence[Row], column: str) -> tuple[str, ...]:
    """Return what *rows* have in *column*, each once."""
    return tuple(dict.fromkeys(row[column] for row in rows if column in row))

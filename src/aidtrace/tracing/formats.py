"""A report of the tracing as text for a terminal, as JSON, and as Turtle."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from pyoxigraph import RdfFormat, Triple, serialize

from aidtrace.namespaces import ID, PREFIXES
from aidtrace.tracing.report import Fact, Order, StepResult, TestResult, TraceReport, TraceResult


def to_json(report: TraceReport) -> str:
    """Write the whole report; the revision and the options stand apart from the results."""
    run = {"revision": report.revision, "options": report.options}
    results = {key: value for key, value in asdict(report).items() if key not in run}
    return json.dumps({"run": run, **results}, ensure_ascii=False, indent=2) + "\n"


def to_turtle(triples: Iterable[Triple]) -> str:
    """Write the triples of a run, in a fixed order."""
    prefixes = {**PREFIXES, "id": ID.iri}
    return (serialize(sorted(set(triples), key=str), format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def to_text(report: TraceReport) -> str:
    """Write what a reader of the study wants to see: tests first, then the steps, then what was found."""
    lines = [f"Revision {report.revision}" + "".join(f"  {option}" for option in report.options)]
    for test in report.tests:
        lines += ["", *_test(test)]
    if report.steps:
        lines += ["", "STEPS"]
        for step in report.steps:
            lines += _step(step)
        lines += ["", "WHICH STEP CAME FIRST", *(line for order in report.step_orders for line in _order(order))]
    lines += ["", "FINDINGS", *_findings(report), "", summary(report).rstrip()]
    return "\n".join(lines) + "\n"


def summary(report: TraceReport) -> str:
    """Count the tests by how the computation stands to the authors."""
    counts = {word: sum(test.agreement == word for test in report.tests) for word in ("agrees", "differs", "open")}
    told = ", ".join(f"{word} {number}" for word, number in counts.items())
    return f"{len(report.tests)} tests: {told}; {len(report.findings)} findings\n"


def _test(test: TestResult) -> Iterator[str]:
    name = " and ".join(test.codes or test.tested_labels)
    yield f"{name}: {test.kind.lower()} test  ({', '.join(test.paragraphs)})"
    verdict = ", ".join(test.authors) or "no verdict word"
    yield f"    authors: {verdict}; computed: {test.computed}; the two: {test.agreement}"
    ties = f"; ties: {test.attribution}" if test.traces else ""
    yield f"    order: {test.chronology}{ties}"
    for label in test.predicted:
        yield f"    predicted: {label}"
    for trace in test.traces:
        yield from _trace(trace)
    for order in test.orders:
        yield from _order(order)


def _trace(trace: TraceResult) -> Iterator[str]:
    works = (
        "no work cited"
        if not trace.sources
        else f"{trace.sources} cited ({', '.join(trace.classes)}): {', '.join(trace.works)}"
    )
    yield f"    observed: {trace.label}: {trace.chronology}, {trace.attribution}, {works}"
    for fact in trace.facts:
        yield f"        {_fact(fact)}  ({', '.join(fact.paragraphs)})"


def _order(order: Order) -> Iterator[str]:
    where = f"  ({', '.join(order.paragraphs)})" if order.paragraphs else ""
    drawn = f", drawn by the {order.drawn_by.lower()}" if order.drawn_by else ""
    yield f"    {order.earlier}, before: {order.later}: {order.chronology}{drawn}{where}"
    yield from (f"        {line}" for line in decision(order.decided_by))


def decision(facts: tuple[Fact, ...]) -> Iterator[str]:
    """Tell which two facts decide an order, where there are two."""
    if len(facts) == 2:
        yield f"decided by {_fact(facts[0])}; and by {_fact(facts[1])}"


def _step(step: StepResult) -> Iterator[str]:
    yield f"    {step.order or '-'}  {step.label}"
    for one in step.evidence:
        who = " and ".join(word.lower() for word in one.drawn_by)
        works = "no work" if not one.sources else f"{one.sources} work{'s' if one.sources > 1 else ''}"
        yield f"        {_fact(one.fact)}; tied by the {who}; {works} cited  ({', '.join(one.fact.paragraphs)})"


def _findings(report: TraceReport) -> Iterator[str]:
    kind = ""
    for one in report.findings:
        if one.kind != kind:
            kind = one.kind
            yield f"  {kind}"
        yield f"    {one.label}  ({', '.join(one.paragraphs)})"


def _fact(fact: Fact) -> str:
    return f"{fact.label}, {' | '.join(fact.dates) or 'no date'}"

"""How long the tracing takes: the article, and generated cases of more and more evidence, which should be linear.

Run it with ``make benchmark-tracing``. A generated case has one mechanism of five steps with evidence spread over them,
and ten tests whose observed traces share the same evidence.
"""

import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store, parse

from aidtrace.inference import infer
from aidtrace.namespaces import AT, DCTERMS, EDTF, ID, RDF, RDFS, K
from aidtrace.project import Project
from aidtrace.tracing import Rules, loaded, report, trace

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3


def main() -> None:
    """Print a table."""
    project = Project(Path(__file__).parents[1])
    rules = Rules.read(project)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, pyoxigraph {version('pyoxigraph')}\n")
    print("| evidence items | rules, s | report, s | µs an item |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache:
        loaded(project, Path(cache))
        for items in (0, *SIZES):
            taken = [_run(project, rules, items, Path(cache)) for _ in range(ROUNDS)]
            ruled, told = (statistics.median(one) for one in zip(*taken, strict=True))
            each = f"{(ruled + told) / items * 1e6:.0f}" if items else ""
            print(f"| {items or 'the article'} | {ruled:.2f} | {told:.2f} | {each} |", flush=True)


def _run(project: Project, rules: Rules, items: int, cache: Path) -> tuple[float, float]:
    store, revision = (_case(project, items), "generated") if items else loaded(project, cache)
    begun = time.perf_counter()
    run = trace(rules, store, revision)
    ruled = time.perf_counter()
    report(rules, run)
    return ruled - begun, time.perf_counter() - ruled


def _case(project: Project, items: int) -> Store:
    store = Store()
    for path in project.ontology_files:
        store.extend(Quad(one.subject, one.predicate, one.object) for one in parse(path=str(path)))
    passage, mechanism = ID("passage/x-1"), ID("mechanism/x")
    store.add(Quad(passage, AT("paragraph"), Literal("x/1")))
    steps = [ID(f"step/{number}") for number in range(5)]
    for number, step in enumerate(steps):
        _thing(store, step, "Step", passage)
        store.extend([Quad(step, AT("stepOf"), mechanism), Quad(step, AT("order"), Literal(number))])
        if number:
            store.add(Quad(steps[number - 1], AT("precedes"), step))
    _thing(store, ID("hypothesis/x"), "Hypothesis", passage)
    for number in range(items):
        _item(store, number, items, steps, passage)
    for number in range(10):
        _test(store, number, items, passage)
    store.extend([Quad(*triple) for triple in infer(store, [])])
    return store


def _item(store: Store, number: int, items: int, steps: list[NamedNode], passage: NamedNode) -> None:
    fact, line = ID(f"event/{number}"), ID(f"evidence-line/{number}")
    _thing(store, fact, "Event", passage)
    _thing(store, line, "EvidenceLine", passage)
    day = date(1900, 1, 1) + timedelta(days=30_000 * number // items)
    store.add(Quad(fact, AT("onDate"), Literal(day.isoformat(), datatype=EDTF("EDTF"))))
    step = steps[number * len(steps) // items]
    store.extend(
        [
            Quad(line, AT("evidence"), fact),
            Quad(line, AT("evidenceFor"), step),
            Quad(line, AT("direction"), K("supports")),
            Quad(line, AT("drawnBy"), ID("actor/authors")),
        ]
    )


def _test(store: Store, number: int, items: int, passage: NamedNode) -> None:
    test, order, one = ID(f"test/{number}"), ID(f"sequence/{number}"), ID(f"trace/{number}")
    for node, kind in ((test, "Test"), (order, "Sequence"), (one, "Trace")):
        _thing(store, node, kind, passage)
    store.extend(
        [
            Quad(test, AT("tests"), ID("hypothesis/x")),
            Quad(test, AT("testKind"), K("hoop")),
            Quad(test, AT("verdict"), K("supported")),
            Quad(test, AT("observed"), one),
            Quad(order, AT("sequenceOf"), test),
            Quad(order, AT("sequenceRole"), K("prediction")),
            Quad(order, AT("earlier"), one),
            Quad(order, AT("later"), ID(f"step/{number % 5}")),
        ]
    )
    store.extend(Quad(one, AT("mayReferTo"), ID(f"event/{place}")) for place in range(number, items, 10))


def _thing(store: Store, node: NamedNode, kind: str, passage: NamedNode) -> None:
    label = Literal(node.value.rpartition("/id/")[2], language="en")
    store.extend(
        [Quad(node, RDF("type"), AT(kind)), Quad(node, RDFS("label"), label), Quad(node, DCTERMS("source"), passage)]
    )


if __name__ == "__main__":
    main()

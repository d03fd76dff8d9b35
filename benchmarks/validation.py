"""How validation does beside its peers: the same data, shapes and reports, each engine in a process of its own.

Run it with ``make benchmark-validation``; ``--large`` adds five million triples. The engines take turns, and their
reports must agree with each other and with what was planted in the data. Ratios within one run mean something, seconds
alone do not. Of a process as a whole (start, load, validate, write the report) the time and the largest resident memory
are told too: of Jena, a program, there is nothing else to tell.
"""

import gc
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from bundles import AT, ID, Planted, data, shapes
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from aidtrace.shacl.compiling import Compiled, compile_shapes
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.incremental import revalidate
from aidtrace.shacl.sent import Data, load

ROUNDS, CHANGES, CHANGED = 3, 7, 100
SIZES, LARGE = (5_000, 50_000, 500_000), 5_000_000
MOST = {"pySHACL": 50_000, "pyrudof": 500_000, "pyshifty": 500_000, "Jena": 500_000}
SH = "http://www.w3.org/ns/shacl#"
PEERS, MEASURED = (Path(__file__).with_name(name) for name in ("shacl_peers.py", "measured.py"))

Rows = Counter[tuple[str, ...]]


class Run(NamedTuple):
    """What one run of an engine took: seconds (of Jena those of the process), and MB of resident memory at most."""

    inside: float
    process: float
    memory: float


def main() -> None:
    """Print two tables: full validation beside the peers, and revalidation after a change."""
    options = ArgumentParser(description=__doc__)
    options.add_argument("programs", type=Path, help="the bin folder of the peers' environment")
    options.add_argument("--large", action="store_true", help="five million triples too")
    options.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    options.add_argument("--engines", nargs="+", default=["aidtrace", "pyshifty", "pyrudof", "pySHACL"])
    options.add_argument("--jena", type=Path, help="the folder of Apache Jena, whose program shacl is one more engine")
    given = options.parse_args()
    sizes = [*given.sizes, *([LARGE] if given.large else [])]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}, pyoxigraph {version('pyoxigraph')}, pySHACL {version('pyshacl')}\n"
    )
    print("| triples | engine | load and validate, s | beside ours | process, s | beside ours | MB | results |")
    print("|---|---|---|---|---|---|---|---|")
    engines = [*given.engines, *(["Jena"] if given.jena else [])]
    places = {"Jena": given.jena, "peers": given.programs}
    changes = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            triples, planted = data(size)
            for row in _beside_peers(Path(place), places, engines, triples, planted):
                print(row, flush=True)
            changes.append(_after_changes(triples))
    print("\n| triples | validate again, ms | after a change, ms | in full | equal |\n|---|---|---|---|---|")
    print("\n".join(changes))


def _beside_peers(
    place: Path, places: dict[str, Path], engines: list[str], triples: list[Triple], planted: Planted
) -> Iterator[str]:
    """Run the engines in turn on *triples*, and yield a row for each."""
    files = place / "data.nt", place / "shapes.nt"
    for path, content in zip(files, (triples, shapes()), strict=True):
        serialize(content, str(path), RdfFormat.N_TRIPLES)
    chosen = [engine for engine in engines if len(triples) <= MOST.get(engine, LARGE) * 1.1]
    taken: dict[str, list[Run]] = {engine: [] for engine in chosen}
    reports: dict[str, Rows] = {}
    for number in range(ROUNDS):
        for engine in chosen:
            if number == 0 or len(taken[engine]) * taken[engine][0].process < 60:  # a slow peer runs once
                run, reports[engine] = _run(engine, places, files, place / "report.nt")
                taken[engine].append(run)
    ours = _middle(taken["aidtrace"])
    for engine in chosen:
        found = _middle(taken[engine])
        agreed = "as planted" if _planted(reports[engine]) == planted else "NOT as planted"
        same = "same report" if reports[engine] == reports["aidtrace"] else "ANOTHER report"
        told = f"{sum(reports[engine].values())}, {agreed}, {same}"
        inside = ("", "") if engine == "Jena" else (f"{found.inside:.3f}", f"{found.inside / ours.inside:.1f} x")
        process = f"{found.process:.3f}", f"{found.process / ours.process:.1f} x", f"{found.memory:.0f}"
        print(f"{engine}: {', '.join(f'{one.inside:.3f}' for one in taken[engine])}", file=sys.stderr)
        yield f"| {' | '.join((str(len(triples)), engine, *inside, *process, told))} |"


def _middle(runs: list[Run]) -> Run:
    return Run(*map(statistics.median, zip(*runs, strict=True)))


def _run(engine: str, places: dict[str, Path], files: tuple[Path, Path], report: Path) -> tuple[Run, Rows]:
    shown, figures = report.with_suffix(".out"), report.with_suffix(".figures")
    measured = [sys.executable, str(MEASURED), str(figures), *_command(engine, places, files, report)]
    with shown.open("w") as out:
        if ended := subprocess.run(measured, stdout=out, check=False).returncode:
            raise SystemExit(f"{engine} ended with {ended}")
    whole, memory = map(float, figures.read_text(encoding="utf-8").split())
    if engine == "Jena":
        triples = (quad.triple for quad in parse(path=shown, format=RdfFormat.TURTLE))
        serialize(triples, str(report), RdfFormat.N_TRIPLES)
    inside = whole if engine == "Jena" else float(shown.read_text(encoding="utf-8").split()[-1])
    return Run(inside, whole, memory), _rows(report)


def _command(engine: str, places: dict[str, Path], files: tuple[Path, Path], report: Path) -> list[str]:
    if engine == "Jena":
        return [str(places["Jena"] / "bin" / "shacl"), "validate", "--data", str(files[0]), "--shapes", str(files[1])]
    python = sys.executable if engine in ("aidtrace", "pySHACL") else str(places["peers"] / "python")
    return [python, str(PEERS), engine, *map(str, files), str(report)]


def _rows(report: Path) -> Rows:
    """Read focus node, component, shape, path and value of each result."""
    store = Store()
    store.extend(parse(path=report, format=RdfFormat.N_TRIPLES))
    said = ("focusNode", "sourceConstraintComponent", "sourceShape", "resultPath", "value")
    optional = " ".join(f"OPTIONAL {{ ?result <{SH}{one}> ?{one} }}" for one in said)
    found = store.query(f"SELECT * {{ ?report <{SH}result> ?result . {optional} }}")
    return Counter(tuple(_text(row[one]) for one in said) for row in found)  # type: ignore[union-attr]


def _text(term: object) -> str:
    """Write a term; a path of several steps is a blank node, and only that."""
    return getattr(term, "value", "") if isinstance(term, NamedNode | Literal) else "_"


def _planted(rows: Rows) -> Planted:
    found: Planted = Counter()
    for row, number in rows.items():
        found[row[0], row[2]] += number
    return found


def _after_changes(triples: list[Triple]) -> str:
    """Change a hundred triples several times, and compare revalidation with a full run."""
    compiled = compile_shapes(shapes())
    before_data = load(Quad(*triple) for triple in triples)
    before = validate(compiled, before_data)
    full = _seconds_of_full(compiled, before_data)
    gc.collect()
    gc.freeze()  # the triples that this script holds on to are no part of what is measured
    taken, in_full, equal = list[float](), 0, True
    for number in range(CHANGES):
        added, removed = _change(before_data.store, triples, random.Random(number))
        _apply(before_data.store, added, removed)
        begun = time.perf_counter()
        found = revalidate(compiled, before, Data(before_data.store), added, removed)
        taken.append(time.perf_counter() - begun)
        in_full += len(found.in_full)
        if number < 2 or len(triples) < LARGE / 2:
            equal = equal and _same(found.outcome, validate(compiled, before_data))
        _apply(before_data.store, removed, added)
    middle, least, most = (1e3 * pick(taken) for pick in (statistics.median, min, max))
    return f"| {len(triples)} | {1e3 * full:.0f} | {middle:.1f} ({least:.1f} to {most:.1f}) | {in_full} | {equal} |"


def _seconds_of_full(compiled: Compiled, of: Data) -> float:
    begun = time.perf_counter()
    validate(compiled, of)
    return time.perf_counter() - begun


def _same(one: Outcome, other: Outcome) -> bool:
    return Counter(one.results) == Counter(other.results)


def _change(store: Store, triples: list[Triple], chance: random.Random) -> tuple[list[Triple], list[Triple]]:
    """Choose about a hundred triples to change: things that go, values that change, classes that are lost, notes."""
    added: list[Triple] = []
    removed: dict[Triple, None] = {}
    while len(added) + len(removed) < CHANGED:
        triple = chance.choice(triples)
        thing = triple.subject
        if not (isinstance(thing, NamedNode) and thing.value.startswith(ID) and "/concept/" not in thing.value):
            continue
        about = [quad.triple for quad in store.quads_for_pattern(thing, None, None)]
        turn = chance.randrange(4)
        if turn == 0:
            removed |= dict.fromkeys(about)
        elif turn == 1:
            removed |= dict.fromkeys(one for one in about if one.predicate.value.endswith("#type"))
        elif turn == 2:
            removed[triple] = None
            added.append(Triple(thing, triple.predicate, chance.choice(triples).subject))
        else:
            added.append(Triple(thing, NamedNode(AT + "note"), Literal(f"Note {chance.random()}", language="en")))
    known = {one for one in added if one not in removed and Quad(*one) not in store}
    return list(known), list(removed)


def _apply(store: Store, added: Iterable[Triple], removed: Iterable[Triple]) -> None:
    for triple in removed:
        store.remove(Quad(*triple))
    store.extend(Quad(*triple) for triple in added)


if __name__ == "__main__":
    main()

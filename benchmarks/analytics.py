"""How the server does on questions that look at much of a merged graph, beside Virtuoso and ``oxigraph serve``.

Run it with ``make benchmark-analytics``; it wants the cut of UCDP's events in ``../shared/datasets`` (or DATASETS=…),
and Virtuoso (Debian: virtuoso-opensource). The graph is the article, UCDP/PRIO's conflicts, and as many events as make
a million or ten million triples: those of the cut, again and again with shifted identifiers. Each question of
``analytics/`` is asked in turn with a comment that no cache has seen; all answers are compared.
"""

import argparse
import csv
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peers import Peer, aidtrace, oxigraph, virtuoso

HERE = Path(__file__).parent
CONFLICTS, EVENTS = Path("ucdp/ucdp-prio-acd-251.csv.gz"), Path("ucdp/ged_subset_juanr_1989-2020.csv.gz")
ROWS = {"1 M": 55_000, "10 M": 560_000}
ROUNDS, LONG, DEADLINE = 7, 5.0, 60
_SHIFT = 10_000_000
_ASKED = count()


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", type=Path)
    parser.add_argument("programs", type=Path, help="the bin folder of oxigraph")
    parser.add_argument("--size", choices=ROWS, action="append")
    args = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, medians of {ROUNDS}, ms")
    for size in args.size or ROWS:
        with tempfile.TemporaryDirectory() as place:
            _size(size, Path(place), args.datasets, args.programs)


def _size(size: str, place: Path, datasets: Path, programs: Path) -> None:
    ours = str(Path(sys.executable).with_name("aidtrace"))
    env = {**os.environ, "AIDTRACE_CACHE": str(place / "cache")}
    store, events = place / "store", place / "events.csv"
    _replicated(datasets / EVENTS, events, ROWS[size])
    taken = {}
    for name, command in {
        "conflicts": ["import", "ucdp-acd", str(datasets / CONFLICTS), "--store", str(store)],
        "events": ["import", "ucdp-ged", str(events), "--store", str(store)],
        "columns": ["columns", str(store)],
    }.items():
        begun = time.perf_counter()
        subprocess.run([ours, *command], env=env, check=True, capture_output=True)
        taken[name] = time.perf_counter() - begun
    revision = (store / "current").resolve()
    triples, quads = _dumped(revision, place)
    columns = next((store / "columns").glob("*.duckdb")).stat().st_size
    with ExitStack() as running:
        options = ("--store", str(store), "--deadline", str(DEADLINE))
        peers = [running.enter_context(aidtrace(ours, place / "cache", *options))]
        begun = time.perf_counter()
        peers.append(running.enter_context(virtuoso(place / "virtuoso", quads)))
        loaded = time.perf_counter() - begun
        peers.append(running.enter_context(oxigraph(str(programs / "oxigraph"), revision)))
        sizes = f"{columns / 1e6:.0f} MB beside the {_bytes(revision) / 1e6:.0f} MB of the store"
        print(f"\n{size}: {triples:,} triples, events imported in {taken['events']:.0f} s; ", end="")
        print(f"columns made in {taken['columns']:.0f} s, {sizes}; Virtuoso started and loaded in {loaded:.0f} s\n")
        _ask_all(peers)


def _ask_all(peers: list[Peer]) -> None:
    print(f"| question | {' | '.join(peer.name for peer in peers)} | Virtuoso / aidtrace | answers |")
    print(f"|---|{'---|' * len(peers)}---|---|")
    ratios = []
    for path in sorted((HERE / "analytics").glob("*.rq")):
        figures, answers = zip(*[_measured(peer, path.read_text("utf-8")) for peer in peers], strict=True)
        told = [f"{figure * 1e3:.1f}" if figure < DEADLINE else f"> {DEADLINE * 1000}" for figure in figures]
        ratio = figures[1] / figures[0]
        ratios.append(ratio)
        others = [peer.name for peer, answer in zip(peers, answers, strict=True) if answer not in (answers[0], None)]
        same = f"{' and '.join(others)} differs" if others else "the same"
        rows = f"{sum((answers[0] or Counter()).values())} rows"
        print(f"| {path.stem} | {' | '.join(told)} | {ratio:.1f} | {rows}, {same} |", flush=True)
    print(f"\nGeometric mean of Virtuoso / aidtrace: {statistics.geometric_mean(ratios):.1f}")


def _measured(peer: Peer, query: str) -> tuple[float, Counter[tuple[str, ...]] | None]:
    """Return the median of the seconds, and the rows; None where there is no answer before the deadline."""
    seconds, rows = _asked(peer, query)
    if rows is None or seconds > LONG:
        return seconds, rows
    return statistics.median(_asked(peer, query)[0] for _ in range(ROUNDS)), rows


def _asked(peer: Peer, query: str) -> tuple[float, Counter[tuple[str, ...]] | None]:
    connection = HTTPConnection("127.0.0.1", peer.port, timeout=DEADLINE + 5)
    target = f"{peer.path}?query={quote(f'{query}# {next(_ASKED)}')}"
    begun = time.perf_counter()
    try:
        connection.request("GET", target, headers={"Accept": "application/sparql-results+json"})
        response = connection.getresponse()
        body = response.read()
    except TimeoutError:
        return float(DEADLINE), None
    finally:
        connection.close()
    seconds = time.perf_counter() - begun
    return (seconds, _rows(json.loads(body))) if response.status == HTTPStatus.OK else (float(DEADLINE), None)


def _rows(table: dict[str, Any]) -> Counter[tuple[str, ...]]:
    names = sorted(table["head"]["vars"])
    return Counter(tuple(_cell(row.get(name)) for name in names) for row in table["results"]["bindings"])


def _cell(term: dict[str, str] | None) -> str:
    """Write a term; numbers without the digits in which the engines differ."""
    if term is None:
        return ""
    number = term.get("datatype", "").endswith(("integer", "decimal", "double"))
    return f"{float(term['value']):.9g}" if number else term["value"]


def _replicated(source: Path, target: Path, rows: int) -> None:
    """Write *rows* events: those of *source*, again and again with shifted identifiers."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        header, *events = csv.reader(file)
    place = header.index("id")
    shifted = (
        [str(int(cell) + turn * _SHIFT) if number == place else cell for number, cell in enumerate(event)]
        for turn in count()
        for event in events
    )
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *islice(shifted, rows)])


def _dumped(revision: Path, place: Path) -> tuple[int, Path]:
    """Write the graphs of a store but its shapes as N-Quads; return how many triples its default graph has too."""
    script = (
        "import sys; from pyoxigraph import DefaultGraph, RdfFormat, Store; from aidtrace.union import APART;"
        "store = Store.read_only(sys.argv[1]); out = open(sys.argv[2], 'wb');"
        "from pyoxigraph import serialize;"
        "graphs = [graph for graph in store.named_graphs() if graph != APART];"
        "[serialize(store.quads_for_pattern(None, None, None, graph), out, RdfFormat.N_QUADS) for graph in graphs];"
        "print(sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph())))"
    )
    path = place / "quads.nq"
    done = subprocess.run(
        [sys.executable, "-c", script, str(revision), str(path)], check=True, capture_output=True, text=True
    )
    return int(done.stdout), path


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()

"""How the server does beside its peers: the same data and queries, in turn, in one run.

Run it with ``make benchmark-serving``. Ratios within one run mean something, seconds alone do not. ``wrk`` makes the
load (Debian: wrk); Virtuoso is measured where it is installed (Debian: virtuoso-opensource).
"""

import os
import platform
import random
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, IncompleteRead
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peers import TOKEN, Peer, aidtrace, oxigraph, rdflib_endpoint, virtuoso

ROUNDS, SECONDS, CONNECTIONS = 5, 2, 8
JSON, CSV = "application/sparql-results+json", "text/csv"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
AT = "https://w3id.org/aidtrace/ontology#"
TINY = f"SELECT ?s ?l {{ ?s a <{AT}Agreement> ; <{RDFS}label> ?l }} LIMIT 10"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUESTIONS = (
    "agreements-of-1992", "agreements-of-mkek", "arms-sales-of-2010", "bodies-founded", "doctrine-changes",
    "expected-at-minsk", "gendarmerie-trains", "goods-counted", "limitations", "persons-trained",
)  # fmt: skip
EXPORT = "SELECT ?s ?p ?o { ?s ?p ?o }"
THRICE = "SELECT ?s ?p ?o { { ?s ?p ?o } UNION { ?s ?p ?o } UNION { ?s ?p ?o } }"
MILLION = 1_000_000
_NEVER_SEEN = """local n = {start}
request = function() n = n + 1; return wrk.format("GET", "{path}?query={query}%20%23" .. n) end
"""

_IN_DEFAULT = "INSERT DATA {{ <{name}> <urn:b> 1 }}"
_IN_GRAPH = "INSERT DATA {{ GRAPH <urn:g> {{ <{name}> <urn:b> 1 }} }}"
_BY_PATTERN = "WITH <urn:g> DELETE {{ ?s <urn:b> ?o }} INSERT {{ <{name}> <urn:b> ?o }} WHERE {{ ?s <urn:b> ?o }}"

Row = tuple[str, str, str]


def main(programs: Path) -> None:
    """Print a table of what was measured."""
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), programs)
        rows = [*bench.small(), *bench.hostile(), *bench.large(), *bench.united()]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")
    print(f"uvicorn {version('uvicorn')}, pyoxigraph {version('pyoxigraph')}, medians of {ROUNDS} rounds\n")
    print("| what | measured | beside its peers |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


class Bench:
    """One run: its folder, the programs of the peers, and what each measure needs."""

    def __init__(self, place: Path, programs: Path) -> None:
        self.place, self.programs = place, programs
        self.ours = str(Path(sys.executable).with_name("aidtrace"))
        self.cache = place / "cache"
        built = subprocess.run([self.ours, "build"], env=self._env(), capture_output=True, text=True, check=True)
        self.built = Path(built.stdout.strip())

    def _env(self) -> dict[str, str]:
        return {**os.environ, "AIDTRACE_CACHE": str(self.cache)}

    def small(self) -> list[Row]:
        """Measure tiny queries and questions over the article's graph."""
        with ExitStack() as running:
            peers = self._peers(running, self._article(), self._copy())
            repeated = self._rates(peers, self._repeated)
            fresh = self._rates(peers, self._fresh)
            asked = self._times(peers, self._questions)
        return [
            ("tiny query, repeated", *_beside(repeated, "/s", more_is_better=True)),
            ("tiny query, never seen", *_beside(fresh, "/s", more_is_better=True)),
            ("ten competency questions", *_beside(asked, "s", more_is_better=False)),
        ]

    def hostile(self) -> list[Row]:
        """Measure a tiny query beside queries that never end, how these end, and how their places are filled."""
        rows: list[Row] = []
        with ExitStack() as running:
            peer: Peer = running.enter_context(aidtrace(self.ours, self.cache, "--deadline", "60"))
            slow = {count: [_beside_hostile(peer, count) for _ in range(ROUNDS)] for count in (0, 2, 4, 8)}
            idle = statistics.median(slow[0])
            for count, taken in slow.items():
                told = f"{statistics.median(taken) * 1e3:.1f} ms ({min(taken) * 1e3:.1f} to {max(taken) * 1e3:.1f})"
                ratio = f"{statistics.median(taken) / idle:.1f} x idle"
                rows.append((f"p99 of a tiny query beside {count} hostile", told, ratio))
            rows.append(_median_ms("a hostile query ends after its deadline by", lambda: _ended(peer, 1)))
            rows.append(_median_ms("the place of a stopped worker is filled after", lambda: _filled(peer)))
        return rows

    def large(self) -> list[Row]:
        """Measure loading, exporting and updating a million triples."""
        data, rows = self._million(), []
        loaded = {"oxigraph serve": _taken(lambda: self._load_oxigraph(data))}
        with ExitStack() as running:
            token = self.place / "token"
            token.write_text(f"{TOKEN} write\n")
            store = self.place / "million"
            options = ("--empty", "--store", str(store), "--token-file", str(token), "--deadline", "60")
            ours: Peer = running.enter_context(aidtrace(self.ours, self.cache, *options))
            loaded["aidtrace"] = _taken(lambda: _load(ours, data))
            rows.append(("load a million triples", *_beside(loaded, "s", more_is_better=False)))
            files = {path.stat().st_ino: path.stat().st_size for path in (store / "revisions").rglob("*.sst")}
            size = sum(files.values())  # revisions share files by hard links
            rows.append(("bytes for each triple on disk", f"{size / MILLION:.0f}", ""))
            rows.append(_median_ms("an update is answered after", lambda: _taken(partial(_insert, ours)), 21))
            rows.append(_median_ms("an update is seen by every worker after", lambda: _seen(ours), 21))
            peers = [ours, running.enter_context(oxigraph(self._program("oxigraph"), self.place / "ox-million"))]
            if shutil.which("virtuoso-t"):
                peers.append(running.enter_context(virtuoso(self.place / "virtuoso-million", data)))
            exports = self._times(peers, _export)
            rows.append(("export a million rows", *_beside(exports, "s", more_is_better=False)))
            with Watched(ours.process.pid) as memory:
                _export(ours, THRICE, 3 * MILLION)
            front, tree, later = memory.grown()
            rows.append(("while three million rows leave, the web process grows by", f"{front:.1f} MB", ""))
            rows.append(("all its processes together", f"{tree:.1f} MB", f"{later:.1f} MB in the second half"))
        return rows

    def united(self) -> list[Row]:
        """Measure changes beside a million triples in one graph, where the default graph is the union of all."""
        token, options = self.place / "token", ("--no-gate", "--deadline", "60")
        store = ("--store", str(self.place / "united"), "--token-file", str(token))
        with aidtrace(self.ours, self.cache, *store, *options) as ours:
            with self._million().open("rb") as lines:
                _send(ours, "PUT", "/data?graph=urn:g", lines.read(), "application/n-triples")
            _insert(ours, _IN_GRAPH)
            return [
                _median_ms("in a union of as many, INSERT DATA is seen after", lambda: _seen(ours, _IN_GRAPH), 21),
                _median_ms("and DELETE, INSERT and WHERE after", lambda: _seen(ours, _BY_PATTERN), 21),
            ]

    def _peers(self, running: ExitStack, data: Path, store: Path) -> list[Peer]:
        peers: list[Any] = [
            running.enter_context(aidtrace(self.ours, self.cache)),
            running.enter_context(oxigraph(self._program("oxigraph"), store)),
            running.enter_context(rdflib_endpoint(self._program("rdflib-endpoint"), data)),
        ]
        if shutil.which("virtuoso-t"):
            peers.append(running.enter_context(virtuoso(self.place / "virtuoso", data)))
        else:
            print("Virtuoso is not installed; it is left out", file=sys.stderr)
        return peers

    def _program(self, name: str) -> str:
        return str(self.programs / name)

    def _article(self) -> Path:
        """Write the default graph of the built store as N-Triples."""
        from pyoxigraph import DefaultGraph, RdfFormat, Store, serialize

        path = self.place / "article.nt"
        quads = Store.read_only(str(self.built)).quads_for_pattern(None, None, None, DefaultGraph())
        serialize((quad.triple for quad in quads), str(path), RdfFormat.N_TRIPLES)
        return path

    def _copy(self) -> Path:
        """Copy the built store: two servers may not share one."""
        return Path(shutil.copytree(self.built, self.place / "ox"))

    def _rates(self, peers: list[Peer], measure: Callable[[Peer], float]) -> dict[str, float]:
        rounds = [{peer.name: measure(peer) for peer in peers} for _ in range(ROUNDS)]
        return {peer.name: statistics.median(one[peer.name] for one in rounds) for peer in peers}

    def _times(self, peers: list[Peer], run: Callable[[Peer], None]) -> dict[str, float]:
        return self._rates(peers, lambda peer: _taken(partial(run, peer)))

    def _repeated(self, peer: Peer) -> float:
        return _wrk(f"http://127.0.0.1:{peer.port}{peer.path}?query={quote(TINY)}")

    def _fresh(self, peer: Peer) -> float:
        script = self.place / "fresh.lua"
        start = random.randrange(10**9)
        script.write_text(_NEVER_SEEN.format(start=start, path=peer.path, query=quote(TINY)))
        return _wrk(f"http://127.0.0.1:{peer.port}{peer.path}", "-s", str(script))

    def _questions(self, peer: Peer) -> None:
        for name in QUESTIONS:
            text = (Path(__file__).parents[1] / "queries" / f"{name}.rq").read_text("utf-8")
            _ask(peer, f"{text} # {time.monotonic_ns()}", JSON)

    def _million(self) -> Path:
        """Write a million triples of 50,000 things, always the same."""
        chance, path = random.Random(7), self.place / "million.nt"
        with path.open("w") as file:
            for number in range(MILLION):
                value = f'"{chance.randrange(10**6)}"' if number % 2 else f"<urn:thing:{chance.randrange(50_000)}>"
                file.write(f"<urn:thing:{number // 20}> <urn:p:{number % 20}> {value} .\n")
        return path

    def _load_oxigraph(self, data: Path) -> None:
        place = str(self.place / "ox-million")
        command = [self._program("oxigraph"), "load", "--location", place, "--file", str(data)]
        subprocess.run(command, check=True, capture_output=True)


def _wrk(address: str, *more: str) -> float:
    """Return the requests in a second that were answered with 2xx."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-H", f"Accept: {JSON}", *more, address]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    if bad:
        raise RuntimeError(f"{address}: {bad[1]} answers were no 2xx")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]


def _ask(peer: Peer, query: str, accept: str) -> int:
    return _send(peer, "GET", f"{peer.path}?query={quote(query)}", None, accept=accept)


def _begin(peer: Peer, query: str, more: str = "") -> HTTPConnection:
    """Send a query and do not wait for its answer."""
    connection = HTTPConnection("127.0.0.1", peer.port, timeout=60)
    connection.request("GET", f"{peer.path}?{more}query={quote(f'{query} # {time.monotonic_ns()}')}")
    return connection


def _beside_hostile(peer: Peer, count: int) -> float:
    """Return the 99th percentile of a tiny query, one every 5 ms for 400 of them, while *count* others never end."""
    hostile = [_begin(peer, ENDLESS) for _ in range(count)]
    time.sleep(0.5)
    taken = []
    for number in range(400):
        query = f"{TINY} # {count} {number} {time.monotonic_ns()}"
        taken.append(_taken(partial(_ask, peer, query, JSON)))
        time.sleep(0.005)
    ended, _, _ = select.select([one.sock for one in hostile], [], [], 0)
    if ended:
        raise RuntimeError(f"{len(ended)} of {count} hostile queries had ended before the last tiny one")
    for one in hostile:
        one.close()
    time.sleep(0.5)
    return sorted(taken)[int(len(taken) * 0.99)]


def _ended(peer: Peer, seconds: float) -> float:
    """Return how much longer than its deadline a query took that never ends."""
    begun = time.perf_counter()
    connection = _begin(peer, ENDLESS, f"timeout={seconds}&")
    answer = connection.getresponse()
    answer.read()
    if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
        raise RuntimeError(f"a query that never ends was answered with {answer.status}")
    connection.close()
    return time.perf_counter() - begun - seconds


def _filled(peer: Peer) -> float:
    """Kill a worker at its deadline, before it is demoted, and wait until as many are idle as before."""
    before = _idle(peer)
    _ended(peer, 0.05)
    begun = time.perf_counter()
    while _idle(peer) < before:
        time.sleep(0.001)
    return time.perf_counter() - begun


def _idle(peer: Peer) -> float:
    """Return how many workers wait for a request."""
    connection = HTTPConnection("127.0.0.1", peer.port, timeout=10)
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    connection.close()
    return float(re.search(r"^aidtrace_workers_idle ([\d.]+)", told, re.MULTILINE)[1])  # type: ignore[index]


def _load(peer: Peer, data: Path) -> None:
    _send(peer, "PUT", "/data?default", data.read_bytes(), "application/n-triples")


def _export(peer: Peer, query: str = EXPORT, rows: int = MILLION) -> None:
    lines = _send(peer, "GET", f"{peer.path}?query={quote(query)}", None, accept=CSV)
    if lines < rows:
        raise RuntimeError(f"{peer.name} sent {lines} lines")


def _insert(peer: Peer, update: str = _IN_DEFAULT) -> str:
    """Insert a triple and return its subject."""
    name = f"urn:u:{time.monotonic_ns()}"
    _send(peer, "POST", "/sparql", update.format(name=name).encode(), "application/sparql-update")
    return name


def _seen(peer: Peer, update: str = _IN_DEFAULT) -> float:
    """Insert a triple and ask for it, twice as often at once as there are workers; all have to see it."""
    asked = 2 * (os.cpu_count() or 2) + 2
    begun = time.perf_counter()
    name = _insert(peer, update)
    waiting = [_begin(peer, f"ASK {{ <{name}> ?p ?o }}") for _ in range(asked)]
    seen = [b"true" in one.getresponse().read() for one in waiting]
    taken = time.perf_counter() - begun
    if not all(seen):
        raise RuntimeError(f"{seen.count(False)} of {asked} workers did not see an update that was answered")
    return taken


def _send(peer: Peer, method: str, path: str, body: bytes | None, kind: str = "", accept: str = "*/*") -> int:
    """Send one request and return how many lines came back; RuntimeError where it was not answered with 2xx."""
    headers = {"Accept": accept, "Authorization": f"Bearer {TOKEN}"} | ({"Content-Type": kind} if kind else {})
    if peer.name != "aidtrace":
        del headers["Authorization"]
    connection = HTTPConnection("127.0.0.1", peer.port, timeout=300)
    connection.request(method, path, body=body, headers=headers)
    response, lines = connection.getresponse(), 0
    try:
        while piece := response.read(1 << 18):
            lines += piece.count(b"\n")
    except IncompleteRead as error:
        raise RuntimeError(f"{peer.name}: {method} {path[:60]} broke off after {lines} lines") from error
    connection.close()
    if response.status >= 300:
        raise RuntimeError(f"{peer.name}: {method} {path[:60]} was answered with {response.status}")
    return lines


class Watched:
    """Looks, while its block runs, at the anonymous memory of a server's web process and of its whole tree."""

    def __init__(self, root: int) -> None:
        self._root, self._ended = root, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._seen: list[tuple[int, int]] = []

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def grown(self) -> tuple[float, float, float]:
        """Return by how many MB at most the web process grew, the whole tree, and the tree in the second half."""
        (front, tree), later = self._seen[0], self._seen[len(self._seen) // 2 :]
        return (
            (max(one for one, _ in self._seen) - front) / 1e6,
            (max(one for _, one in self._seen) - tree) / 1e6,
            (max(one for _, one in later) - later[0][1]) / 1e6,
        )

    def _look(self) -> None:
        while True:
            self._seen.append((_anonymous(self._root), sum(_anonymous(pid) for pid in _tree(self._root))))
            if self._ended.wait(0.05):
                return


def _tree(root: int) -> list[int]:
    children = Path(f"/proc/{root}/task/{root}/children")
    with suppress(OSError):
        return [root, *(pid for child in children.read_text().split() for pid in _tree(int(child)))]
    return []


def _anonymous(pid: int) -> int:
    with suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss_Anon:\s+(\d+)", rollup, re.MULTILINE)[1]) << 10  # type: ignore[index]
    return 0


def _taken(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _median_ms(what: str, measure: Callable[[], float], rounds: int = 11) -> Row:
    taken = sorted(measure() * 1e3 for _ in range(rounds))
    return what, f"{statistics.median(taken):.0f} ms ({taken[0]:.0f} to {taken[-1]:.0f})", ""


def _beside(found: dict[str, float], unit: str, *, more_is_better: bool) -> tuple[str, str]:
    """Return our figure, and how many times better it is than each peer's."""
    ours = found["aidtrace"]
    ratios = {
        name: ours / value if more_is_better else value / ours for name, value in found.items() if name != "aidtrace"
    }
    digits = 0 if more_is_better else 2
    return f"{ours:.{digits}f} {unit}", ", ".join(f"{ratio:.2f} x {name}" for name, ratio in ratios.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sys.executable).parent)

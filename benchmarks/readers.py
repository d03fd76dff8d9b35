"""What a second read server adds on a machine: answers a second over one store, and which process takes the time.

Run it with ``make benchmark-readers``. Every query is new, so none is answered from a cache. A server spreads queries
over processes, so one of them fills all cores; *each on a core of its own* is what another machine adds.
"""

import asyncio
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

SECONDS, ROUNDS, CLIENTS = 5.0, 3, 8
TICKS = os.sysconf("SC_CLK_TCK")
QUERIES = {
    "ten labels": "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } LIMIT 10",
    "a join and a sum": "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ORDER BY DESC(?n) LIMIT 10",
}
_NEW = count()


class Reader:
    """A read server on *store*, on *core* alone where one is given."""

    def __init__(self, store: Path, core: int | None) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port: int = one.getsockname()[1]
        command = [sys.executable, "-m", "aidtrace", "serve", "--port", str(self.port), "--store", str(store)]
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        self.process = subprocess.Popen(
            [*pinned, *command, "--read-only"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._ready():
            time.sleep(0.1)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def taken(self) -> tuple[float, float]:
        """Return the seconds of processor time of the front, and of all processes behind it."""
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
        found, new = set[int](), {self.process.pid}
        while new:
            found |= new
            new = {pid for pid, parent in parents.items() if parent in new} - found
        return _seconds(self.process.pid, 2), sum(_seconds(pid, 4) for pid in found - {self.process.pid})

    def _ready(self) -> bool:
        assert self.process.poll() is None
        try:
            one = HTTPConnection("127.0.0.1", self.port, timeout=10)
            one.request("GET", "/health")
            return one.getresponse().status == 200
        except OSError:
            return False


def _seconds(pid: int, fields: int) -> float:
    """Return what a process has taken: of its own (2 fields), or with children that have ended (4)."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11 : 11 + fields])) / TICKS


async def _client(port: int, query: str, end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    while time.monotonic() < end:
        text = urlencode({"query": f"{query} #{next(_NEW)}"})
        writer.write(f"GET /sparql?{text} HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        answered += 1
    writer.close()
    return answered


async def _load(ports: list[int], query: str) -> int:
    end = time.monotonic() + SECONDS
    return sum(await asyncio.gather(*(_client(ports[one % len(ports)], query, end) for one in range(CLIENTS))))


def _measured(readers: list[Reader], query: str) -> tuple[float, list[float]]:
    """Return answers a second, and the processor time of an answer in ms: client, front, behind it."""
    asyncio.run(_load([one.port for one in readers], query))
    rates, taken = [], []
    for _ in range(ROUNDS):
        before, own, begun = [one.taken() for one in readers], time.process_time(), time.monotonic()
        answered = asyncio.run(_load([one.port for one in readers], query))
        rates.append(answered / (time.monotonic() - begun))
        after = [one.taken() for one in readers]
        fronts, behind = (sum(b[n] - a[n] for a, b in zip(before, after, strict=True)) for n in (0, 1))
        taken.append([1000 * one / answered for one in (time.process_time() - own, fronts, behind)])
    return statistics.median(rates), [statistics.median(one) for one in zip(*taken, strict=True)]


def main() -> None:
    """Print a table."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {CLIENTS} clients, median of {ROUNDS}; load before: {load}\n")
    print("| query | servers | answers/s | beside one | ms: client | front | workers |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "store"
        (Path(place) / "t.csv").write_text("a\nb\n")
        (Path(place) / "t.rq").write_text("CONSTRUCT { <urn:a> <urn:b> ?a } WHERE { }")
        command = [sys.executable, "-m", "aidtrace", "import", "--mapping", "t.rq", "t.csv", "--graph", "urn:g"]
        subprocess.run([*command, "--store", str(store)], cwd=place, check=True, capture_output=True)
        for name, query in QUERIES.items():
            for what, cores in (("on all cores", [None, None]), ("each on a core of its own", [0, 1])):
                first = 0.0
                for number in (1, 2):
                    with ExitStack() as stack:
                        readers = [stack.enter_context(Reader(store, core)) for core in cores[:number]]
                        rate, taken = _measured(readers, query)
                    first = first or rate
                    told = " | ".join(f"{one:.2f}" for one in taken)
                    print(f"| {name} | {number}, {what} | {rate:,.0f} | {rate / first:.2f} x | {told} |", flush=True)


if __name__ == "__main__":
    main()

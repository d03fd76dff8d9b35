"""A soak: mixed load with hostile queries, clients that hang up, and writes; afterwards nothing has leaked.

``make soak`` runs it for ten minutes; a test, for one.
"""

import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

from servers import TOKEN, Server, running

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"
CLIENTS = 6
BEFORE = 5.0
"""Seconds of load after which the first measure is taken: caches are warm then."""


@dataclass
class Told:
    """What happened: outcomes of each kind of request, and the measures before and after."""

    outcomes: Counter[str] = field(default_factory=Counter)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)


def soak(cache: Path, store: Path, seconds: float) -> Told:
    """Load a server for so many *seconds* and measure it before and after."""
    told, end = Told(), time.monotonic() + seconds
    with running(cache, "--store", str(store), "--no-gate", token=TOKEN) as server:
        clients = [threading.Thread(target=client, args=(server, number, end, told)) for number in range(CLIENTS)]
        for one in clients:
            one.start()
        time.sleep(BEFORE)
        told.before = measure(server)
        for one in clients:
            one.join()
        time.sleep(3)
        told.after = measure(server) | {"revisions": len(list((store / "revisions").iterdir()))}
    return told


def client(server: Server, seed: int, end: float, told: Told) -> None:
    """Send one request after another, of kinds drawn by chance."""
    chance = random.Random(seed)
    kinds = [tiny, tiny, tiny, listing, hostile, hang_up, write]
    while time.monotonic() < end:
        kind = chance.choice(kinds)
        try:
            told.outcomes[f"{kind.__name__} {kind(server, chance)}"] += 1
        except (OSError, HTTPException) as error:
            told.outcomes[f"{kind.__name__} {type(error).__name__}"] += 1


def tiny(server: Server, chance: random.Random) -> int:
    """Ask something small and new."""
    return server.ask(f"ASK {{ ?s ?p {chance.random()} }}").status


def listing(server: Server, chance: random.Random) -> int:
    """Ask a named question, pinned or not."""
    return server.get(f"/queries/{chance.choice(['agreements', 'table-1', 'events'])}?format=csv").status


def hostile(server: Server, chance: random.Random) -> int:
    """Ask what never ends."""
    return server.ask(f"{ENDLESS} # {chance.random()}", timeout="0.5").status


def hang_up(server: Server, chance: random.Random) -> str:
    """Ask for many rows and go after the first."""
    path = "/sparql?" + urlencode({"query": f"{MANY} # {chance.random()}"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode())
        return "answered" if raw.recv(100).startswith(b"HTTP/1.1 ") else "closed"


def write(server: Server, chance: random.Random) -> int:
    """Add a triple, or take it away again."""
    verb, number = chance.choice(["INSERT", "DELETE"]), chance.randrange(50)
    return server.update(f"{verb} DATA {{ GRAPH <urn:soak> {{ <urn:a> <urn:b> {number} }} }}").status


def measure(server: Server) -> dict[str, int]:
    """Count processes, open files and bytes of the front, of the largest process behind it, and of all of them."""
    front = Path(f"/proc/{server.process.pid}")
    family = server.family()
    shares = [_share(process) for process in family]
    return {
        "processes": len(family),
        "files": len(list((front / "fd").iterdir())),
        "bytes": _share(server.process.pid),
        "of a worker": max(shares, default=0),
        "of all workers": sum(shares),
    }


def _share(process: int) -> int:
    """Return the bytes of *process*, shared ones counted in parts; none where it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def complaints(told: Told) -> list[str]:
    """Say what has leaked or failed."""
    found = []
    if any(" 500" in name for name in told.outcomes):
        found.append("a request was answered with 500")
    # The cache holds up to 64 MiB, and the engine of a worker or of the writer 32 MiB of blocks: three workers, a
    # spare and the writer are there for good, and up to three more may just have been started.
    most = {"processes": 3, "files": 12, "bytes": 80 << 20, "of a worker": 64 << 20, "of all workers": 8 * (48 << 20)}
    for name, more in most.items():
        if told.after[name] > told.before[name] + more:
            found.append(f"{name} grew from {told.before[name]} to {told.after[name]}")
    if told.after["revisions"] > 19:  # sixteen, one that may just be taken, a candidate, one that a query still reads
        found.append(f"{told.after['revisions']} revisions lie in the store")
    return found


def main(seconds: float) -> int:
    """Soak and print what happened; 1 where something leaked."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as store:
        told = soak(Path(cache), Path(store), seconds)
    lines = [*(f"{count:8} {name}" for name, count in sorted(told.outcomes.items())), f"before {told.before}"]
    sys.stdout.write("\n".join([*lines, f"after  {told.after}", *complaints(told)]) + "\n")
    return 1 if complaints(told) else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))

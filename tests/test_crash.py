"""A server that is killed at any moment keeps what it has acknowledged, and nothing by halves."""

import contextlib
import http.client
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from servers import TOKEN, Server, running, start

TOGETHER = 3
"""So many triples each update inserts; one seen without the others is half an update."""


def write_until_the_end(server: Server, writer: int, acknowledged: set[str], stop: threading.Event) -> None:
    for number in range(10_000):
        if stop.is_set():
            return
        name = f"urn:{writer}-{number}"
        triples = " ".join(f"<{name}> <urn:p{part}> {part} ." for part in range(TOGETHER))
        try:
            if server.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {triples} }} }}").status == 204:
                acknowledged.add(name)
        except (OSError, http.client.HTTPException):
            return


def load_and_kill(server: Server, victim: int, seconds: float, round_: int) -> set[str]:
    acknowledged, stop = set[str](), threading.Event()
    writers = [
        threading.Thread(target=write_until_the_end, args=(server, 10 * round_ + number, acknowledged, stop))
        for number in range(2)
    ]
    for writer in writers:
        writer.start()
    time.sleep(seconds)
    with suppress(ProcessLookupError):  # it may have gone with one that was killed before
        os.kill(victim, signal.SIGKILL)
    time.sleep(0.05)
    stop.set()
    for writer in writers:
        writer.join()
    return acknowledged


def written(server: Server) -> dict[str, int]:
    rows = server.rows("SELECT ?s (COUNT(*) AS ?n) { GRAPH <urn:g> { ?s ?p ?o } } GROUP BY ?s")
    return {row["s"]: int(row["n"]) for row in rows}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_server_keeps_every_acknowledged_update_whole(cache: Path, tmp_path: Path, seed: int) -> None:
    chance, acknowledged = random.Random(seed), set[str]()
    for round_ in range(4):
        server = start(cache, "--empty", "--store", str(tmp_path / "s"), token=TOKEN)
        acknowledged |= load_and_kill(server, server.process.pid, chance.uniform(0.1, 0.9), round_)
        server.process.wait(10)
    with running(cache, "--store", str(tmp_path / "s")) as again:
        found = written(again)
    assert len(acknowledged) > 4
    assert acknowledged - set(found) == set()
    assert set(found.values()) <= {TOGETHER}
    assert [path.name for path in (tmp_path / "s" / "revisions").glob("next-*")] == []


def test_a_killed_writer_is_replaced_and_nothing_is_lost(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--empty", "--store", str(tmp_path / "s"), token=TOKEN) as server:
        acknowledged = set[str]()
        for round_ in range(2):
            family = server.family()
            for pid in family:
                acknowledged |= load_and_kill(server, pid, 0.15, 10 * round_ + family.index(pid))
        time.sleep(1)
        assert server.update("INSERT DATA { GRAPH <urn:after> { <urn:a> <urn:b> 1 } }").status == 204
        found = written(server)
    assert len(acknowledged) > 4
    assert acknowledged - set(found) == set()
    assert set(found.values()) <= {TOGETHER}


def test_a_writer_that_never_lives_long_enough_is_no_failure_of_the_server(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--empty", "--store", str(tmp_path / "store"), token=TOKEN) as server:
        said, end = set[int](), time.monotonic() + 2
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                said.add(server.update("INSERT DATA { <urn:a> <urn:b> 1 }").status)

        writing = threading.Thread(target=write)
        writing.start()
        while time.monotonic() < end:
            for pid in writers(server):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        stop.set()
        writing.join()
        assert said <= {204, 503}
        assert server.update("INSERT DATA { <urn:a> <urn:b> 2 }").status == 204


def writers(server: Server) -> list[int]:
    """Return the processes that hold the next revision open."""
    found = []
    for pid in server.family():
        with contextlib.suppress(OSError):
            if any("/next-" in str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()):
                found.append(pid)
    return found

"""Turns among long queries: few run while short ones are asked, and all in a calm."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aidtrace.server.processes.lease import Process
from aidtrace.server.processes.turns import CALM, TURN, Turns


@pytest.fixture
def busy() -> Iterator[list[Process]]:
    """Three processes that never end, as the pool holds those that run long queries."""
    children = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    processes = [Process(cast(Any, SimpleNamespace())) for _ in children]
    for process, child in zip(processes, children, strict=True):
        process.pid = child.pid
        assert process.demote()
    yield processes
    for process, child in zip(processes, children, strict=True):
        process.forget()
        child.kill()
        child.wait()


def resting(processes: list[Process]) -> set[int]:
    states = [(Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()[0], one.pid) for one in processes]
    return {pid for state, pid in states if state == "T"}


async def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def test_while_short_queries_come_one_long_query_runs_at_a_time_and_each_has_its_turn(busy: list[Process]) -> None:
    async def look() -> None:
        turns, seen = Turns(at_once=1), set[frozenset[int]]()
        turns.asked()
        for process in busy:
            turns.join(process)
        end = time.monotonic() + 4 * TURN + 1
        while time.monotonic() < end:
            turns.asked()
            seen.add(frozenset(resting(busy)))
            await asyncio.sleep(TURN / 10)
        alone = {pid for stopped in seen if len(stopped) == 2 for pid in {one.pid for one in busy} - stopped}
        assert alone == {one.pid for one in busy}

    asyncio.run(look())


def test_in_a_calm_all_long_queries_run(busy: list[Process]) -> None:
    async def look() -> None:
        turns = Turns(at_once=1)
        turns.asked()
        for process in busy:
            turns.join(process)
        await until(lambda: len(resting(busy)) == 2)
        await until(lambda: not resting(busy), CALM + 30)
        turns.asked()
        await until(lambda: len(resting(busy)) == 2)

    asyncio.run(look())


def test_when_one_of_two_ends_the_other_goes_on(busy: list[Process]) -> None:
    async def look() -> None:
        turns = Turns(at_once=1)
        turns.asked()
        turns.join(busy[0])
        turns.join(busy[1])
        await until(lambda: resting(busy) == {busy[1].pid})
        turns.leave(busy[0])
        await until(lambda: not resting(busy))

    asyncio.run(look())

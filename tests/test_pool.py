"""The pool: who waits gets a worker, or an answer in time, and no worker is lost."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from aidtrace.server.problems import Problem
from aidtrace.server.processes.pool import Limits, Pool

Work = Callable[[Pool], Awaitable[None]]


def tiny(folder: Path) -> dict[str, Any]:
    return {
        "query": "ASK {}", "results": "text/csv", "graph": None, "base": "http://e/", "store": str(folder),
        "limit": 1 << 20,
    }  # fmt: skip


def run(folder: Path, limits: Limits, work: Work) -> None:
    async def whole() -> None:
        pool = Pool(folder, folder, limits)
        await pool.start()
        try:
            await filled(pool)
            async with asyncio.timeout(20):
                await work(pool)
        finally:
            await pool.close()

    asyncio.run(whole())


async def filled(pool: Pool) -> None:
    while pool.idle < pool.limits.workers + 1:
        await asyncio.sleep(0.01)


async def all_taken(pool: Pool, folder: Path, held: AsyncExitStack) -> None:
    """Lease every worker and keep it, as a client that reads slowly does."""
    for _ in range(pool.idle):
        await held.enter_async_context(pool.answer(tiny(folder), asyncio.Event().wait))


async def ask(pool: Pool, folder: Path, gone: Callable[[], Awaitable[object]], seconds: float = 10) -> bytes:
    async with pool.answer(tiny(folder), gone, seconds) as answer:
        return await answer.all()


async def waits(pool: Pool) -> None:
    while not pool.queued:
        await asyncio.sleep(0)


def test_who_waits_is_answered_by_the_next_worker_that_is_free(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        async with AsyncExitStack() as held:
            await all_taken(pool, folder, held)
            waiting = asyncio.create_task(ask(pool, folder, asyncio.Event().wait))
            await waits(pool)
        assert b"true" in await waiting
        assert pool.queued == 0

    run(folder, Limits(workers=1, moment=60), work)


def test_a_full_queue_is_busy_at_once_and_a_long_wait_in_the_end(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        async with AsyncExitStack() as held:
            await all_taken(pool, folder, held)
            waiting = asyncio.create_task(ask(pool, folder, asyncio.Event().wait, 0.3))
            await waits(pool)
            with pytest.raises(Problem, match="queue is full"):
                await ask(pool, folder, asyncio.Event().wait)
            with pytest.raises(Problem, match="no worker became free"):
                await waiting
            assert pool.queued == 0

    run(folder, Limits(workers=1, moment=60, queue=1), work)


def test_a_client_that_hangs_up_while_it_waits_gives_up_its_place(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        async with AsyncExitStack() as held:
            await all_taken(pool, folder, held)
            gone = asyncio.Event()
            waiting = asyncio.create_task(ask(pool, folder, gone.wait))
            await waits(pool)
            gone.set()
            with pytest.raises(Problem, match="hung up"):
                await waiting
            assert pool.queued == 0

    run(folder, Limits(workers=1, moment=0.1, long_running=0), work)


def counting(folder: Path, rows: int) -> dict[str, Any]:
    """Ask for the number of *rows* cubed: it takes a while, as a long query does."""
    values = " ".join(str(number) for number in range(rows))
    patterns = " ".join(f"VALUES ?{name} {{ {values} }}" for name in "abc")
    return {**tiny(folder), "query": f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"}


def test_a_long_query_takes_the_place_of_one_whose_client_does_not_read(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        never = asyncio.Event().wait
        async with pool.answer(tiny(folder), never) as unread:
            dropped = list[bool]()
            unread.streams_to(lambda: dropped.append(True))
            await asyncio.sleep(0.4)
            assert pool.demoted == 1
            async with pool.answer(counting(folder, 100), never) as answer:
                assert b"1000000" in await answer.all()
            assert dropped == [True]

    run(folder, Limits(workers=1, moment=0.05, long_running=1, patience=0.3), work)


def test_a_long_query_takes_no_place_of_one_that_still_runs(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        never = asyncio.Event().wait

        async def first() -> bytes:
            async with pool.answer(counting(folder, 250), never) as answer:
                return await answer.all()

        running = asyncio.create_task(first())
        while not pool.demoted:
            await asyncio.sleep(0.01)
        with pytest.raises(Problem, match="1 long queries are running already"):
            async with pool.answer(counting(folder, 200), never):
                pass
        assert b"15625000" in await running

    run(folder, Limits(workers=1, moment=0.05, long_running=1, patience=0), work)


def test_only_so_many_queries_reach_other_endpoints_at_once(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        never = asyncio.Event().wait
        async with pool.answer(tiny(folder), never, network=True):
            with pytest.raises(Problem, match="1 queries ask other endpoints already"):
                async with pool.answer(tiny(folder), never, network=True):
                    pass
        async with pool.answer(tiny(folder), never, network=True) as answer:
            assert b"true" in await answer.all()

    run(folder, Limits(workers=1, reaching=1), work)


def test_a_worker_that_is_given_to_a_request_just_cancelled_is_not_lost(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        idle = pool.idle
        async with AsyncExitStack() as held:
            await all_taken(pool, folder, held)
            waiting = asyncio.create_task(ask(pool, folder, asyncio.Event().wait))
            await waits(pool)
        waiting.cancel()  # the worker is handed over already, and the task has not run since
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert pool.idle == idle
        assert len({one.pid for one in pool._idle}) == idle

    run(folder, Limits(workers=1, moment=60), work)


def test_a_worker_that_dies_is_replaced(folder: Path) -> None:
    async def work(pool: Pool) -> None:
        killed = pool._idle[0].pid
        os.kill(killed, 9)
        while not pool._idle[0].line.lost:
            await asyncio.sleep(0.01)
        assert b"true" in await ask(pool, folder, asyncio.Event().wait)
        await ask(pool, folder, asyncio.Event().wait)
        assert killed not in {one.pid for one in pool._idle}

    run(folder, Limits(workers=1, moment=60), work)

"""A pool of workers: each query gets a process of its own for as long as it runs, and a deadline.

A worker that is past its deadline, or whose client has gone, is killed, and a new one takes its place. The pool
hides behind ``Pool.run``, an asynchronous stream of bytes, so that it may move into a process of its own.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidtrace.server.worker import DATA, END, ERROR, FRAME, HEAD


class Problem(Exception):  # noqa: N818  (the name that RFC 9457 gives it)
    """Something to tell the client: an HTTP status, a title and a detail."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


@dataclass(frozen=True)
class Request:
    """A query with its dataset and the media types that are accepted for tables and for graphs."""

    query: str
    results: str | None
    graph: str | None
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    base: str | None = None


@dataclass(eq=False)
class _Worker:
    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    graphs: frozenset[str]
    isolated: bool

    async def frame(self) -> tuple[bytes, bytes]:
        kind, length = FRAME.unpack(await self.reader.readexactly(FRAME.size))
        return kind, await self.reader.readexactly(length)

    async def kill(self) -> None:
        self.writer.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class Pool:
    """Workers over the built store in *folder*; *waiting* queries may queue, and each has *deadline* seconds."""

    def __init__(self, folder: Path, size: int | None = None, deadline: float = 10.0, waiting: int = 64) -> None:
        self.folder, self.deadline = folder, deadline
        self.size = size or (os.cpu_count() or 2) + 1
        self.graphs: frozenset[str] = frozenset()
        self.isolated = False
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._queue, self._waiting = waiting, 0
        self._starting: set[asyncio.Task[None]] = set()
        self._busy: set[_Worker] = set()
        self._closed = False

    async def start(self) -> None:
        """Start the first worker and wait for it; the others start behind it."""
        await self._add()
        for _ in range(self.size - 1):
            self._replace()

    async def close(self) -> None:
        """Kill every worker."""
        self._closed = True
        for task in list(self._starting):
            with contextlib.suppress(Exception):
                await task
        workers = [self._idle.get_nowait() for _ in range(self._idle.qsize())] + list(self._busy)
        await asyncio.gather(*(worker.kill() for worker in workers))

    async def run(self, request: Request, deadline: float | None = None) -> AsyncIterator[bytes]:
        """Yield the media type, then the body in pieces; raise Problem, before or after the first piece.

        The deadline counts the time that the worker takes, not the time that a slow reader takes.
        """
        worker = await self._take()
        left = min(deadline or self.deadline, self.deadline)
        done = False
        try:
            await self._ask(worker, request)
            while not done:
                begun = time.monotonic()
                kind, content = await self._next(worker, left)
                left -= time.monotonic() - begun
                done = kind in (END, ERROR)
                if kind == ERROR:
                    raise Problem(**json.loads(content))
                if kind in (HEAD, DATA):
                    yield content
        finally:
            await self._give_back(worker, whole=done)

    async def _ask(self, worker: _Worker, request: Request) -> None:
        content = json.dumps(request.__dict__).encode()
        worker.writer.write(FRAME.pack(b"Q", len(content)) + content)
        await worker.writer.drain()

    async def _next(self, worker: _Worker, left: float) -> tuple[bytes, bytes]:
        try:
            return await asyncio.wait_for(worker.frame(), max(left, 0.001))
        except TimeoutError as error:
            raise Problem(503, "Deadline exceeded", f"the query was stopped after {self.deadline:g} s") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Problem(503, "Query stopped", "the query used more memory than a worker may have") from error

    async def _take(self) -> _Worker:
        if self._waiting >= self._queue:
            raise Problem(503, "Too many queries", "every worker is busy and the queue is full")
        self._waiting += 1
        try:
            worker = await self._idle.get()
        finally:
            self._waiting -= 1
        self._busy.add(worker)
        return worker

    async def _give_back(self, worker: _Worker, *, whole: bool) -> None:
        self._busy.discard(worker)
        if whole and not self._closed:
            self._idle.put_nowait(worker)
            return
        self._replace()
        await asyncio.shield(worker.kill())

    def _replace(self) -> None:
        if not self._closed:
            task = asyncio.ensure_future(self._add())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _add(self) -> None:
        worker = await self._start()
        self.graphs, self.isolated = worker.graphs, worker.isolated
        self._idle.put_nowait(worker)

    async def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "aidtrace.server.worker", str(self.folder)]
        process = await asyncio.create_subprocess_exec(*command, stdin=theirs.fileno(), cwd="/")
        theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = _Worker(process, reader, writer, frozenset(), isolated=False)
        _, content = await worker.frame()
        ready: dict[str, Any] = json.loads(content)
        worker.graphs, worker.isolated = frozenset(ready["graphs"]), ready["isolated"]
        return worker

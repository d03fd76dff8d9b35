"""One process behind the server, and one request on it: frames in, frames out, a clock, an end."""

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from aidtrace.server.problems import Problem
from aidtrace.server.processes.frames import DATA, END, ERROR, FRAME, HEAD, READY, REQUEST, WHOLE, split_whole

_HIGH = 1 << 20
"""So many bytes wait for a slow client before the worker is no longer read from."""


class Line(asyncio.Protocol):
    """The socket to one process: cuts what arrives into frames and hands them on in order."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._buffer = bytearray()
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._held, self._paused = 0, False
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        """Cut *data* into frames (asyncio calls this)."""
        self._buffer += data
        size = FRAME.size
        while len(self._buffer) >= size:
            kind, length = FRAME.unpack_from(self._buffer)
            if len(self._buffer) < size + length:
                break
            self._frames.append((kind, bytes(self._buffer[size : size + length])))
            del self._buffer[: size + length]
            self._held += length
        if self._held > _HIGH and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        if self._frames:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell whoever waits that the process has gone (asyncio calls this)."""
        self.lost = True
        self._wake()

    def ask(self, request: dict[str, Any]) -> None:
        """Send a request."""
        self.send(REQUEST, json.dumps(request).encode())

    def send(self, kind: bytes, content: bytes) -> None:
        """Send a frame."""
        self.transport.write(FRAME.pack(kind, len(content)) + content)

    async def frame(self) -> tuple[bytes, bytes]:
        """Wait for the next frame; ConnectionError when the process has gone."""
        while not self._frames:
            if self.lost:
                raise ConnectionError
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        kind, content = self._frames.popleft()
        self._held -= len(content)
        if self._paused and self._held < _HIGH // 2:
            self._paused = False
            self.transport.resume_reading()
        return kind, content

    @property
    def waits(self) -> bool:
        """Whether nothing has arrived that was not read yet."""
        return not self._frames

    def interrupt(self, problem: Exception) -> None:
        """Fail whoever waits for a frame."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(problem)

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Process:
    """A worker or the writer, as the server sees it."""

    def __init__(self, line: Line) -> None:
        self.line, self.pid = line, 0
        self.handle = -1  # of a process that is demoted: it stays that process's, as a process id may not

    async def ready(self) -> dict[str, Any]:
        """Wait until the process has opened its store; return what it says: pid, isolated."""
        kind, content = await self.line.frame()
        if kind != READY:
            raise ConnectionError
        said: dict[str, Any] = json.loads(content)
        self.pid = said["pid"]
        return said

    def demote(self) -> bool:
        """Let everything else run first. This cannot be undone without privilege; say whether it worked."""
        with suppress(OSError, AttributeError):
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
            self.handle = os.pidfd_open(self.pid)
            return True
        return False

    def forget(self) -> None:
        """Let go of what `demote` has opened."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


class Lease:
    """One request on one process, with *seconds* to wait for frames: a slow reader's time does not count."""

    def __init__(self, process: Process, seconds: float, told: str, what: str = "query") -> None:
        self.process, self._left, self._told, self._what = process, seconds, told, what
        self._cut: Problem | None = None
        self.drop: Callable[[], None] = lambda: None
        self.finished = False
        self._taken: float | None = None  # when the client was last given something, and has not come back since

    @property
    def untaken(self) -> float:
        """For how many seconds the client has not come for more; 0 while it is the process that is waited for."""
        return 0.0 if self._taken is None else time.monotonic() - self._taken

    async def next(self) -> tuple[bytes, bytes]:
        """Wait for the next frame; Problem at the deadline, after a cut, or where the process died."""
        self._taken = None
        try:
            return await self._next()
        finally:
            self._taken = time.monotonic()

    async def _next(self) -> tuple[bytes, bytes]:
        line = self.process.line
        timer = None
        begun = time.monotonic()
        if line.waits:
            timer = asyncio.get_running_loop().call_later(max(self._left, 0), self._expire)
        try:
            if self._cut:
                raise self._cut
            kind, content = await line.frame()
        except ConnectionError as error:
            told = f"its process ended, as it does where a {self._what} needs more memory than it may have"
            raise Problem(503, "Query stopped", told) from error
        finally:
            if timer:
                timer.cancel()
                self._left -= time.monotonic() - begun
        if kind in (WHOLE, END, ERROR):
            self.finished = True
        if kind == ERROR:
            raise Problem(**json.loads(content))
        return kind, content

    @property
    def ending(self) -> bool:
        """Whether the request was ended from outside, though it may not have gone yet."""
        return self._cut is not None

    def cut(self, problem: Problem) -> None:
        """End the request from outside."""
        self._cut = self._cut or problem
        self.process.line.interrupt(self._cut)

    def stop(self, problem: Problem) -> None:
        """End the request from outside, and at once, also where its client reads nothing of the answer."""
        self.cut(problem)
        self.drop()

    def _expire(self) -> None:
        self.cut(
            Problem(
                503, "Deadline exceeded", f"the {self._what} was stopped after {self._told} s", {"Retry-After": "5"}
            )
        )


class Answer:
    """The answer to a query: its media type, and its body whole or in pieces."""

    def __init__(self, media_type: str, whole: bytes | None, lease: Lease) -> None:
        name, _, self.following = media_type.partition("\n")
        self.media_type, self.whole, self._lease = name, whole, lease

    @classmethod
    async def begin(cls, lease: Lease) -> "Answer":
        """Wait for the first frame of the answer."""
        kind, content = await lease.next()
        if kind == WHOLE:
            return cls(*split_whole(content), lease)
        assert kind == HEAD
        return cls(content.decode(), None, lease)

    async def all(self) -> bytes:
        """Return the whole body; Problem where it cannot be finished."""
        return self.whole if self.whole is not None else b"".join([piece async for piece in self.pieces()])

    def streams_to(self, drop: Callable[[], None]) -> None:
        """Take note of what drops the connection that the pieces go to."""
        self._lease.drop = drop

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; Problem where it cannot be finished."""
        while True:
            kind, content = await self._lease.next()
            if kind == END:
                return
            assert kind == DATA
            yield content

"""The nursery: a spawner, what it has forked, and a way to start and to kill one of them."""

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from aidtrace.server.processes.lease import Line, Process


class Nursery:
    """Processes of some *kinds*, each a module of this package with a function ``serve``.

    What a kind maps to is given to the module's ``prepare`` before anything is forked, where that is not None.
    *refill* is called when the spawner was killed, and its children with it, after another one has started.
    """

    def __init__(self, kinds: Mapping[str, dict[str, Any] | None], refill: Callable[[], None]) -> None:
        self._kinds, self._refill = kinds, refill
        self._control: socket.socket
        self._spawner: asyncio.subprocess.Process
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Start the spawner."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "aidtrace.server.processes.spawner", json.dumps(dict(self._kinds))]
        self._spawner = await asyncio.create_subprocess_exec(*command, stdin=theirs.fileno(), cwd="/")
        theirs.close()
        self.background(self._watch())

    async def close(self) -> None:
        """End every process."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        self._control.close()  # the spawner ends its children, then itself
        await self._spawner.wait()

    async def process(self, kind: str, **order: Any) -> tuple[Process, dict[str, Any]]:
        """Start a process of *kind*, wait until it is ready, and return it with what it said: pid, isolated."""
        ours, theirs = socket.socketpair()
        socket.send_fds(self._control, [json.dumps({"kind": kind, **order}).encode()], [theirs.fileno()])
        theirs.close()
        _, line = await asyncio.get_running_loop().create_unix_connection(Line, sock=ours)
        process = Process(line)
        try:
            return process, await process.ready()
        except BaseException:
            line.transport.abort()  # nobody wants it any more, and without its line it ends
            raise

    def kill(self, process: Process) -> None:
        """Kill *process*."""
        process.line.transport.abort()
        if not self._closed:
            with suppress(OSError):  # the spawner has gone, and its children with it
                self._control.send(json.dumps({"kill": process.pid}).encode())

    def background(self, work: Any) -> None:
        """Run a coroutine beside everything else, for as long as the nursery is open."""
        if self._closed:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        """Start another spawner should this one be killed, and its children with it."""
        await self._spawner.wait()
        if not self._closed:
            self._control.close()
            await self.start()
            self._refill()

"""A pool of workers: each query has a process of its own for as long as it runs, and a deadline.

A query that runs longer than a moment is demoted, so that everything else goes first, and its place in front is
filled from the spares; its worker is replaced when it ends, since demotion cannot be undone. A worker that is
past its deadline, or whose client has gone, is killed.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from aidtrace.columns import followed
from aidtrace.project import Project
from aidtrace.server.problems import Problem, busy
from aidtrace.server.processes.lease import Answer, Lease, Process
from aidtrace.server.processes.nursery import Nursery
from aidtrace.server.processes.turns import Turns

_AGAIN = 1.0
"""Seconds until a worker that did not start is tried once more."""

_REPLACED = 2.0
"""Seconds within which a worker that was killed is expected to be replaced, on a busy machine too."""

Gone = Callable[[], Awaitable[object]]
"""Waits until the client has hung up."""


@dataclass(frozen=True)
class Limits:
    """What a query may take. Times are seconds, sizes bytes."""

    deadline: float = 10.0
    moment: float = 0.1  # what runs longer is demoted
    stalled: float = 30.0  # a client that takes nothing for so long is dropped
    patience: float = 2.0  # one that takes nothing for so long, where its place is wanted
    queue: int = 64  # so many requests may wait for a worker
    long_running: int = 24  # so many demoted queries run at once
    reaching: int = 8  # so many queries ask other endpoints at once
    workers: int = field(default_factory=lambda: (os.cpu_count() or 2) + 1)
    memory: int = 0  # of one worker; 0 is a fair share of the machine's
    result: int = 1 << 30
    writing: float = 600.0
    checking: float = 60.0  # of one validation

    def share(self) -> int:
        """Return the memory of one worker: half of the machine's over all of them, from 256 MiB to 2 GiB."""
        fair = _memory() // 2 // (self.workers + self.long_running)
        return self.memory or min(max(fair, 1 << 28), 1 << 31)


@dataclass(eq=False)
class Running:
    """A query that is running: what /requests tells of it."""

    lease: Lease
    request: dict[str, Any]
    begun: float
    id: str
    demoted: bool = False

    @property
    def hash(self) -> str:
        """A hash of what was asked, the one that the line of the request is logged with."""
        text = self.request.get("query") or self.request.get("check") or self.request.get("graph_iri") or ""
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def store(self) -> str:
        """The folder of the revision that is read."""
        folder: str = self.request["store"]
        return folder


class Pool:
    """Workers that read the stores under *root*; *folder* is the revision that they open first.

    With a *project* they know its rules of the tracing too; with an *engine* (`Engine`, as it is told to
    processes) they ask it in place of the stores.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        limits: Limits | None = None,
        project: Project | None = None,
        engine: dict[str, Any] | None = None,
    ) -> None:
        self.root, self.folder, self.limits = root, folder, limits or Limits()
        self.running: dict[str, Running] = {}
        self.killed = 0
        self.isolated = False
        self._idle: deque[Process] = deque()
        self._waiting: deque[asyncio.Future[Process]] = deque()
        self._numbers, self._turns = count(1), Turns()
        self._starting = 0
        self._reaching = 0
        self._reopening = 0
        prepared: dict[str, Any] | None = {"project": str(project.root.resolve())} if project else None
        if prepared and not engine:
            prepared["columns"] = followed(root)
        self._engine = {"engine": engine} if engine else {}
        self._worker, self.writer = ("asker", "forwarder") if engine else ("worker", "writer")
        self._nursery = Nursery({self._worker: prepared, self.writer: None}, self._fill)

    @property
    def queued(self) -> int:
        """How many requests wait for a worker."""
        return sum(not place.done() for place in self._waiting)

    @property
    def _front(self) -> int:
        """How many workers run what is not demoted, those included that a request is about to take."""
        return len(self.running) - self.demoted + sum(map(_given, self._waiting))

    async def alive(self) -> bool:
        """Whether any worker could take a request or has one, those waited for that are just being replaced."""
        end = time.monotonic() + _REPLACED
        while not (there := self._alive) and time.monotonic() < end:
            await asyncio.sleep(_REPLACED / 100)
        return there

    @property
    def _alive(self) -> bool:
        return bool(self.running or self._reopening) or any(not process.line.lost for process in self._idle)

    @property
    def demoted(self) -> int:
        """How many queries run so long that all else goes first."""
        return sum(one.demoted for one in self.running.values())

    @property
    def idle(self) -> int:
        """How many workers wait for a request."""
        return len(self._idle)

    async def start(self) -> None:
        """Start the spawner and the first worker, and wait for it; the others start behind it."""
        await self._nursery.start()
        self._offer(await self.process(self._worker))
        self._fill()

    async def close(self) -> None:
        """End every process."""
        await self._nursery.close()

    async def process(self, kind: str, *, network: bool = False, **more: Any) -> Process:
        """Start a process of *kind* (a worker or the writer) and wait until it is ready."""
        order = {
            "root": str(self.root),
            "store": str(self.folder),
            "memory": self.limits.share(),
            "network": network,
            **self._engine,
            **more,
        }
        process, said = await self._nursery.process(kind, **order)
        self.isolated = said["isolated"]
        return process

    def kill(self, process: Process) -> None:
        """Kill *process*."""
        self._nursery.kill(process)

    @asynccontextmanager
    async def answer(
        self, request: dict[str, Any], gone: Gone, deadline: float | None = None, *, network: bool = False
    ) -> AsyncIterator[Answer]:
        """Run *request* on a worker and hand over its answer; Problem before, or while, it is read."""
        self._turns.asked()
        seconds = min(deadline or self.limits.deadline, self.limits.deadline)
        if network and self._reaching >= self.limits.reaching:
            raise busy(f"{self.limits.reaching} queries ask other endpoints already")
        self._reaching += network
        try:
            process = await (self._opened() if network else self._take(gone, seconds))
        except BaseException:
            self._reaching -= network
            raise
        lease = Lease(process, seconds, f"{seconds:g}")
        running = Running(lease, request, time.monotonic(), f"{next(self._numbers):x}")
        self.running[running.id] = running
        running.demoted = network  # a worker that may reach the network serves one query
        watch: list[asyncio.Task[None]] = []
        timer = asyncio.get_running_loop().call_later(self.limits.moment, self._slow, running, gone, watch)
        try:
            process.line.ask({**request, "seconds": seconds})
            yield await Answer.begin(lease)
        finally:
            timer.cancel()
            for task in watch:
                task.cancel()
            del self.running[running.id]
            self._reaching -= network
            self._release(running)

    def warm(self, folder: Path) -> None:
        """Let new workers begin at *folder*, and those that are idle open it."""
        self.folder = folder
        for process in list(self._idle):
            self._idle.remove(process)
            self._nursery.background(self._reopen(process))

    async def _reopen(self, process: Process) -> None:
        self._starting += 1
        self._reopening += 1
        try:
            process.line.ask({"store": str(self.folder)})
            await process.line.frame()
        except ConnectionError:
            return
        finally:
            self._starting -= 1
            self._reopening -= 1
        self._offer(process)

    def _slow(self, running: Running, gone: Gone, watch: list[asyncio.Task[None]]) -> None:
        """Meet a query that takes longer than a moment: watch its client, demote it, fill its place."""
        watch.append(asyncio.ensure_future(self._watch(running.lease, gone)))
        if running.demoted:
            return
        if self.demoted - self._reaching >= self.limits.long_running and not self._make_way():
            running.lease.cut(busy(f"{self.limits.long_running} long queries are running already"))
            return
        running.demoted = running.lease.process.demote()
        if running.demoted:
            self._turns.join(running.lease.process)
            self._fill()

    def _make_way(self) -> bool:
        """End the long query whose client lets it wait longest, if one does; say whether it did."""
        leases = [one.lease for one in self.running.values() if one.demoted and not one.lease.ending]
        slowest = max(leases, key=lambda lease: lease.untaken, default=None)
        if slowest is None or slowest.untaken <= self.limits.patience:
            return False
        slowest.stop(busy("its client was slow to read, and others wanted its place"))
        return True

    async def _opened(self) -> Process:
        """Start a worker that may reach the network; Problem 503 where it ends before it is ready."""
        try:
            return await self.process(self._worker, network=True)
        except OSError as error:
            raise busy("a worker was stopped before it was ready") from error

    async def _watch(self, lease: Lease, gone: Gone) -> None:
        await gone()
        lease.cut(Problem(499, "Client gone", "the client hung up"))

    async def _take(self, gone: Gone, seconds: float) -> Process:
        while self._idle:
            process = self._idle.popleft()
            if not process.line.lost:
                return process
        if self.queued >= self.limits.queue:
            raise busy("every worker is busy and the queue is full")
        self._fill()
        place: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        loop = asyncio.get_running_loop()
        late = loop.call_later(seconds, _fail, place, busy("no worker became free in time"))
        watch: list[asyncio.Task[None]] = []
        look = loop.call_later(self.limits.moment, lambda: watch.append(asyncio.ensure_future(_leave(place, gone))))
        try:
            return await place
        except asyncio.CancelledError:
            if _given(place):
                self._offer(place.result())
            raise
        finally:
            late.cancel()
            look.cancel()
            for one in watch:
                one.cancel()
            self._waiting.remove(place)

    def _release(self, running: Running) -> None:
        process = running.lease.process
        self._turns.leave(process)
        process.forget()
        if running.lease.finished and not running.demoted and not process.line.lost:
            self._offer(process)
        else:
            self.killed += not running.lease.finished
            self.kill(process)
            self._fill()

    def _offer(self, process: Process) -> None:
        place = next((place for place in self._waiting if not place.done()), None)
        if place:
            place.set_result(process)
        else:
            self._idle.append(process)

    def _fill(self) -> None:
        """Start as many workers as are missing: the size of the pool and one spare."""
        missing = self.limits.workers + 1 - self._front - len(self._idle) - self._starting
        for _ in range(missing):
            self._starting += 1
            self._nursery.background(self._add())

    async def _add(self) -> None:
        try:
            process = await self.process(self._worker)
        except OSError:
            asyncio.get_running_loop().call_later(_AGAIN, self._fill)
            return
        finally:
            self._starting -= 1
        self._offer(process)


def _memory() -> int:
    """Return the bytes of memory that there are: those of the machine, or fewer where its control group says so."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        group = Path("/proc/self/cgroup").read_text("ascii").partition("::")[2].strip()
        folder = Path("/sys/fs/cgroup") / group.lstrip("/")
        for place in (folder, *folder.parents):
            limit = place / "memory.max"
            if limit.is_file() and (text := limit.read_text("ascii").strip()).isdecimal():
                whole = min(whole, int(text))
    return whole


def _given(place: asyncio.Future[Process]) -> bool:
    """Whether a worker was handed to a request that waits, which has not run since."""
    return place.done() and not place.cancelled() and place.exception() is None


def _fail(place: asyncio.Future[Process], problem: Problem) -> None:
    """Let a request that waits for a worker go without one."""
    if not place.done():
        place.set_exception(problem)


async def _leave(place: asyncio.Future[Process], gone: Gone) -> None:
    """Give up a place in the queue when its client hangs up."""
    await gone()
    _fail(place, Problem(499, "Client gone", "the client hung up"))

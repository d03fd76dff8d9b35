"""Checks of strangers' data, each in a process of its own that was waiting for it."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aidtrace.merging import Meeting
from aidtrace.project import Project
from aidtrace.reports.findings import Finding, Report, Ruling, in_order
from aidtrace.server.checking.sent import Request
from aidtrace.server.problems import Problem, busy
from aidtrace.server.processes.frames import DATA, PROGRESS
from aidtrace.server.processes.lease import Lease, Process
from aidtrace.server.processes.nursery import Nursery
from aidtrace.server.processes.pool import Limits

_AT_ONCE = 2
_TITLES = {"Query stopped": "Not validated", "Deadline exceeded": "Not validated"}


@dataclass
class Stage:
    """How far a validation is: whether it runs, or still waits for others, and what it says of its constraints."""

    started: bool = False
    constraints: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """What a check looks at beside what was sent: a revision, how its server keeps it, and whether it takes writes."""

    folder: str
    union: bool
    gate: str
    writable: bool


class Checks:
    """Processes that validate, started behind the server; a few run at once, and one waits for the next request.

    They read *root*, where the revisions are that the server has.
    """

    def __init__(self, project: Project, root: Path, limits: Limits) -> None:
        self._root, self._limits = root, limits
        prepared = {"project": str(project.root.resolve()), "root": str(root.absolute())}
        self._nursery = Nursery({"checker": prepared}, self._refill)
        self._spare: asyncio.Task[Process] | None = None
        self._running, self._waiting = asyncio.Semaphore(_AT_ONCE), 0
        self._started: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start behind everything else: loading takes half a second."""
        self._started = asyncio.ensure_future(self._start())

    async def close(self) -> None:
        """End every process."""
        if self._started:
            await asyncio.gather(self._started, return_exceptions=True)
            if self._spare:
                self._spare.cancel()
            await self._nursery.close()

    async def check(self, request: Request, stage: Stage, served: Served | None = None) -> Report:
        """Validate what was sent, and say in *stage* when that begins.

        What is asked to be checked beside the graph is so beside what is *served*, or else the published graph.
        Problem 400 or 422 where it cannot be understood, 503 where it was not validated.
        """
        if self._waiting >= self._limits.queue:
            raise busy("too many validations wait already")
        assert self._started
        await self._started
        self._waiting += 1
        try:
            await self._running.acquire()
        finally:
            self._waiting -= 1
        stage.started = True
        try:
            return await self._run(request, stage, served if request.beside["with_graph"] else None)
        finally:
            self._running.release()

    async def _run(self, request: Request, stage: Stage, served: Served | None) -> Report:
        process = await self._take()
        lease = Lease(process, self._limits.checking, f"{self._limits.checking:g}", "validation")
        about = {"data": [one.about for one in request.data], "shapes": [one.about for one in request.shapes]}
        demotion = asyncio.get_running_loop().call_later(self._limits.moment, process.demote)
        try:
            process.line.ask({**about, "beside": request.beside, "served": asdict(served) if served else None})
            for one in (*request.data, *request.shapes):
                process.line.send(DATA, one.content)
            kind, content = await lease.next()
            while kind == PROGRESS:
                stage.constraints = json.loads(content)
                kind, content = await lease.next()
        except Problem as problem:
            title = _TITLES.get(problem.title, problem.title)
            raise Problem(problem.status, title, problem.detail, problem.headers) from problem
        finally:
            demotion.cancel()
            process.forget()
            self._nursery.kill(process)
        return await asyncio.to_thread(_report, content)

    async def _start(self) -> None:
        await self._nursery.start()
        self._refill()

    def _refill(self) -> None:
        self._spare = asyncio.ensure_future(self._fork())

    async def _fork(self) -> Process:
        order = {"root": str(self._root), "memory": self._limits.share(), "seconds": int(self._limits.checking)}
        process, _ = await self._nursery.process("checker", **order)
        return process

    def _drop(self, spare: "asyncio.Task[Process]") -> None:
        """Kill a process that came too late for its request."""
        if not spare.cancelled() and spare.exception() is None:
            self._nursery.kill(spare.result())

    async def _take(self) -> Process:
        """Take the process that waits, and let another one take its place; try once more where it has died."""
        for _ in range(2):
            spare = self._spare
            self._refill()
            assert spare
            try:
                process = await asyncio.shield(spare)
            except OSError:
                continue
            except asyncio.CancelledError:
                spare.add_done_callback(self._drop)
                raise
            if not process.line.lost:
                return process
        raise busy("no process could be started")


def _report(content: bytes) -> Report:
    said: dict[str, Any] = json.loads(content)
    found = in_order(map(_finding, said["findings"]))
    meeting = Meeting.read(said["meeting"]) if "meeting" in said else None
    ruling = _ruling(said["ruling"]) if "ruling" in said else None
    fallback, notes = tuple(said["fallback"]), tuple(said["notes"])
    return Report(found, said["turtle"], said["triples"], fallback, notes, meeting, ruling)


def _finding(said: dict[str, Any]) -> Finding:
    return Finding(**{name: value for name, value in said.items() if name != "id"})


def _ruling(said: dict[str, Any]) -> Ruling:
    new, out = tuple(map(_finding, said["new"])), set(said["keepingOut"])
    keeping_out = tuple(one for one in new if one.id in out)
    counts = said["fixed"], said["still"]
    return Ruling(said["gate"], said["revision"], said["refused"], new, keeping_out, *counts, writable=said["writable"])

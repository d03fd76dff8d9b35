"""The service in front of an engine: what stands for its revisions, and what is copied of it.

A revision lasts until a look at the engine finds other counts, or until we write. Where others may write too, nothing
is kept by it but for `_GLANCE` seconds, and no answer bears a tag.
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aidtrace.project import Project
from aidtrace.revisions import number
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import kind
from aidtrace.server.engines.looking import LONGEST, Holdings, fault_file, graphs_file
from aidtrace.server.engines.remote import SENT
from aidtrace.server.once import Once
from aidtrace.server.problems import Problem, busy
from aidtrace.server.processes.following import Following
from aidtrace.server.processes.lease import Answer, Lease
from aidtrace.server.processes.pool import Pool
from aidtrace.server.service import Options, Service, Snapshot

_GLANCE = 10.0
"""Seconds between two looks at an engine that others may write to, and that what pages remember lasts at most."""

_SHARE = 50
"""So many times as long as the last look took, we wait at least before the next one."""

_COPYING, _A_MOMENT = 300.0, 0.1
_LONGEST = 600.0
"""Seconds until a copy that failed is tried again, at most."""

_AFTERMATH = 600.0
"""Seconds after a write whose end is unknown in which the engine may still carry it out."""

_THEIRS = 500
"""From this status on, a failure may be the engine's."""


class Fronted(Service):
    """An engine that is served; *place* is a folder for what is made of it."""

    def __init__(self, project: Project, place: Path, engine: Engine, holdings: Holdings, options: Options) -> None:
        self.engine, self._place, self._holdings = engine, place, holdings
        self._started, self._unsure = time.time_ns() & 0xFFFF, 0.0
        for name in ("revisions", "graphs"):
            (place / name).mkdir()
        super().__init__(project, place, None, options)
        self.once = Once() if engine.exclusive else Once(_GLANCE)
        self.following = _Copying(self)
        self._looking: asyncio.Task[None] | None = None

    def _first(self, folder: Path) -> Snapshot:  # noqa: ARG002
        return self._stood_for(self._holdings, 1)

    def _pool(self, root: Path) -> Pool:
        return Pool(root, self.current.folder, self.options.limits, self.project, self.engine.as_order())

    @property
    def writable(self) -> bool:
        """Whether a token can change what is served."""
        return self.engine.writable and self.options.tokens.grant("write")

    @property
    def before_engine(self) -> bool:
        """Whether an engine answers."""
        return True

    @property
    def fixed(self) -> bool:
        """Whether what is served is ours alone, and stays so."""
        return False

    async def copied(self, snapshot: Snapshot) -> None:
        """Wait until the folder of *snapshot* holds every triple; Problem 503 where it will not."""
        while snapshot.folder == self.current.folder:
            if any(snapshot.folder.iterdir()):
                return
            if self.following.failed:
                raise Problem(503, "Not counted", self.following.failed, {"Retry-After": "60"})
            self.following.follow()
            await asyncio.sleep(_A_MOMENT)
        told = f"revision {snapshot.name} is not the current one any more; expected {self.current.name}"
        raise Problem(503, "Revision gone", told, {"Retry-After": "1"})

    def stays(self, snapshot: Snapshot) -> bool:
        """Whether an answer over *snapshot* may be kept: not while we write, nor where that began after it."""
        return snapshot.lasting and snapshot is self.current

    @property
    def incoming(self) -> Path:
        """Where bodies lie until they are written."""
        return self._place

    def permit_write(self, authorization: str) -> None:
        """Let a request with this Authorization header write, or raise 401 or 403."""
        if not self.engine.writable:
            told = "this server takes no writes; its --store-file names no update and graph-store"
            raise Problem(403, "Read-only", told)
        self.options.tokens.demand(authorization, "write")

    def pinned(self, name: str | None) -> Snapshot:
        """Return the current revision; 410 for an earlier one, since an engine keeps none."""
        if name is not None and name != self.current.name and 0 < number(name) <= number(self.current.name):
            raise Problem(410, "Revision gone", f"an engine keeps no revisions; the current is {self.current.name}")
        return super().pinned(name)

    async def start(self) -> None:
        """Start what a service has, and look at the engine now and then where others may write to it."""
        await super().start()
        if kind(self.engine.name).copied:
            await self.copied(self.current)
        self._looking = asyncio.ensure_future(self._look())

    async def close(self) -> None:
        """End every process."""
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        await super().close()

    async def write(self, request: dict[str, Any], check: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Write to the engine, and wait for the copy where our own questions are answered on it."""
        said = await super().write(request, check)
        if kind(self.engine.name).copied and not request.get("dry"):
            with suppress(Problem):  # it is written; whoever asks is told that there is no copy
                await self.copied(self.current)
        return said

    async def _written(self, request: dict[str, Any], check: Callable[[], None]) -> dict[str, Any]:
        """Write to the engine; meanwhile nothing is kept.

        Where it failed there, some of it may have been done, or may yet be: what was kept by then is forgotten, and for
        a while nothing is.
        """
        if request.get("dry"):
            return await super()._written(request, check)
        before = self.current

        def begin() -> None:
            check()
            self.current = replace(before, lasting=False)

        try:
            return await super()._written(request, begin)
        except Problem as problem:
            if problem.more.pop(SENT, False) or problem.status >= _THEIRS:
                self._unsure = time.monotonic() + _AFTERMATH
                self._stand(self._holdings)
                with suppress(Problem):  # whoever asks is told what is wrong
                    await self._renew()
            else:
                self.current = before
            raise
        except BaseException:
            self._stand(self._holdings)
            raise

    def _taken(self, said: dict[str, Any]) -> Snapshot:
        self._holdings = Holdings.from_json(said["holdings"].encode())
        return self._stood_for(self._holdings, number(self.current.name) + 1)

    async def _look(self) -> None:
        """Take a new revision where the engine holds something else than before, and say what is wrong with it."""
        pause, said = _GLANCE, self._holdings.unchecked
        while True:
            await asyncio.sleep(pause)
            begun = time.monotonic()
            told = await self._glance()
            if told and told != said:
                tell([f"{self.engine.name or 'the engine'}: {told}"])
            said = told
            pause = max(_GLANCE, _SHARE * (time.monotonic() - begun))

    async def _glance(self) -> str:
        """Look at the engine where that is of use, and return what is wrong."""
        if self.current.lasting and not self._holdings.fault:
            return ""
        try:
            async with self._writing:
                pass  # a look that begins within a write would see half of it
            await self._renew()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return self._holdings.fault or self._holdings.unchecked

    async def _renew(self) -> None:
        """Look at the engine, and take a new revision where it has changed, or where it lasts from now on.

        To be called while no write runs.

        What was seen is dropped where a write has begun meanwhile.
        """
        before, known, lasting = self.current, self._holdings, self._lasting
        found = await self._seen(known)
        if self.current is not before:
            return
        if (found.digest, found.fault, lasting) != (known.digest, known.fault, before.lasting):
            self._stand(found)
        else:
            self._holdings = found

    async def _seen(self, known: Holdings) -> Holdings:
        """Have a process of its own look at the engine, which may take longer than a query may."""
        try:
            process = await self.pool.process("asker")
        except OSError as error:
            raise busy("what looks at the engine was stopped before it was ready") from error
        lease = Lease(process, LONGEST, f"{LONGEST:g}", "look")
        try:
            digest = "" if known.fault or known.unchecked else known.digest
            process.line.ask({"look": digest, "fault": known.fault})
            return Holdings.from_json(await (await Answer.begin(lease)).all())
        finally:
            self.pool.kill(process)

    def _stand(self, holdings: Holdings) -> None:
        """Let *holdings* be the current revision."""
        self._holdings = holdings
        self.current = self._stood_for(holdings, number(self.current.name) + 1)
        self.pool.warm(self.current.folder)
        self.following.follow()

    def _stood_for(self, holdings: Holdings, at: int) -> Snapshot:
        """Return what stands for a revision of the engine, and forget the copies of all but the one before it."""
        folder = self._place / "revisions" / f"{at}-{holdings.digest}-{self._started:04x}"
        folder.mkdir(exist_ok=True)
        graphs_file(folder).write_text(json.dumps(sorted(holdings.graphs)), "utf-8")
        if holdings.fault:
            fault_file(folder).write_text(holdings.fault, "utf-8")
        for old in (self._place / "revisions").iterdir():
            if 0 < number(old.name) < at - 1:
                shutil.rmtree(old, ignore_errors=True)
                graphs_file(old).unlink(missing_ok=True)
                fault_file(old).unlink(missing_ok=True)
        self.once = Once() if self._lasting else Once(_GLANCE)
        terms = frozenset(holdings.licences)
        return Snapshot(folder.name, folder, frozenset(holdings.graphs), terms, self._lasting)

    @property
    def _lasting(self) -> bool:
        """Whether the engine holds the same until we write to it again."""
        return self.engine.exclusive and time.monotonic() >= self._unsure


class _Copying(Following):
    """Copies the engine where that is small, and lets the index that is searched follow the copy."""

    def __init__(self, service: Fronted) -> None:
        super().__init__(lambda: service.current.folder, None, union=True)
        self._told = json.dumps({"engine": service.engine.as_order(), "seconds": _COPYING}).encode()

    async def _run(self) -> None:
        """Build, and try again what failed: after a while, and at once for another revision."""
        pause = _GLANCE
        while True:
            folder = self._newest()
            await super()._run()
            if not self.failed:
                return
            until = time.monotonic() + pause
            while folder == self._newest() and time.monotonic() < until:
                await asyncio.sleep(_A_MOMENT)
            pause = min(2 * pause, _LONGEST) if folder == self._newest() else _GLANCE
            self.failed = ""

    def _lacking(self) -> list[list[str]]:
        folder = self._newest()
        if not any(folder.iterdir()):
            return [["mirror", str(folder)]]
        return super()._lacking()


def tell(lines: list[str]) -> None:
    """Say at the start, a line each, what an engine cannot do."""
    for line in lines:
        sys.stderr.write(f"aidtrace: {line}\n")

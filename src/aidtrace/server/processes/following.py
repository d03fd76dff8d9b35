"""Lets what is made of a store follow its revisions, each built by a process of its own, behind all else.

The index that is searched (`aidtrace.searching`) always follows; columns do where the store has had some before.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aidtrace import columns, searching

_MOMENT = 0.05


class Following:
    """Builds what is made of the revision whose folder *newest* returns, in the store *root* or of a built store.

    The index is built *now* where a revision is not served before it is there.
    """

    def __init__(self, newest: Callable[[], Path], root: Path | None, *, union: bool, now: bool = False) -> None:
        self._newest, self._root = newest, root
        self._how = ["union" if union else "own", *(["now"] if now else [])]
        self._task: asyncio.Task[None] | None = None
        self._told = b""  # to the builder, over its standard input
        self._said = ""  # what standard error was told last
        self.failed = ""
        """What the last build said that failed; nothing while one is running, or where all went well."""

    def follow(self) -> None:
        """See to it that the newest revision gets what is made of it; until then it is asked without."""
        if self._task is None or self._task.done():
            self.failed = ""
            self._task = asyncio.ensure_future(self._run())

    async def searchable(self, folder: Path) -> None:
        """See to it, and wait until the revision in *folder* can be searched, or its index cannot be built."""
        self.follow()
        while self._task and not self._task.done() and not searching.place(folder).exists():
            await asyncio.wait([self._task], timeout=_MOMENT)

    async def close(self) -> None:
        """Stop building."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        """Build until there is nothing to build, or what is lacking cannot be built."""
        tried = list[list[str]]()
        try:
            while lacking := next((one for one in self._lacking() if one not in tried), None):
                tried.append(lacking)
                self.failed = await _build(lacking, self._told) or self.failed
        except OSError as error:
            self.failed = f"{error.strerror or error}"
        if self.failed and self.failed != self._said:
            sys.stderr.write(f"aidtrace: {self.failed}\n")
        self._said = self.failed

    def _lacking(self) -> list[list[str]]:
        """Return what the newest revision lacks, as the builder takes it (`aidtrace.server.processes.builder`)."""
        newest = self._newest()
        found = [] if searching.place(newest).exists() else [["search", str(newest), *self._how]]
        if self._root and columns.followed(self._root) and not columns.place(newest).exists():
            found.append(["columns", str(self._root)])
        return found


async def _build(what: list[str], told: bytes) -> str:
    """Build, and return nothing, or what went wrong."""
    command = [sys.executable, "-m", "aidtrace.server.processes.builder", *what]
    quiet, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=quiet, stderr=pipe)
    try:
        _, said = await process.communicate(told)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace").strip().removeprefix("aidtrace: ") if process.returncode else ""

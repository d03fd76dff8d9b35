"""Lets what is made of a store follow its revisions, each built by a process of its own, behind all else.

The index that is searched (`aidtrace.searching`) always follows; columns do where the store has had some before.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aidtrace import columns, searching


class Following:
    """Builds what is made of the revision whose folder *newest* returns, in the store *root* or of a built store."""

    def __init__(self, newest: Callable[[], Path], root: Path | None) -> None:
        self._newest, self._root = newest, root
        self._task: asyncio.Task[None] | None = None

    def follow(self) -> None:
        """See to it that the newest revision gets what is made of it; until then it is asked without."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """Stop building."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        """Build until there is nothing to build, or what is lacking cannot be built."""
        tried = list[list[str]]()
        while lacking := next((one for one in self._lacking() if one not in tried), None):
            tried.append(lacking)
            await _build(lacking)

    def _lacking(self) -> list[list[str]]:
        """Return the modules that build what the newest revision lacks, each with what it is to build from."""
        newest = self._newest()
        found = [] if searching.place(newest).exists() else [["aidtrace.searching", str(newest)]]
        if self._root and columns.followed(self._root) and not columns.place(newest).exists():
            found.append(["aidtrace", "columns", str(self._root)])
        return found


async def _build(module: list[str]) -> None:
    command, quiet = [sys.executable, "-m", *module], asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, preexec_fn=lambda: os.nice(19) and None)
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

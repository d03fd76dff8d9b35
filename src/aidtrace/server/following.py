"""Lets the columns of a served store follow its revisions, each built by a process of its own, behind all else."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from aidtrace.columns import followed, place
from aidtrace.revisions import Revisions


class Following:
    """Builds the columns of the newest revision of *revisions*, where the store has had columns before."""

    def __init__(self, revisions: Revisions | None) -> None:
        self._revisions = revisions
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def follow(self) -> None:
        """See to it that the newest revision gets its columns; until then its store answers alone."""
        if self._revisions and followed(self._revisions.root) and (self._task is None or self._task.done()):
            self._task = asyncio.ensure_future(self._run(self._revisions))

    async def close(self) -> None:
        """Stop building."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, revisions: Revisions) -> None:
        """Build until the newest revision has columns, or cannot have any."""
        tried: Path | None = None
        while (newest := revisions.path(revisions.current)) != tried and not place(newest).exists():
            tried = newest
            await self._build(revisions.root)

    async def _build(self, root: Path) -> None:
        command = [sys.executable, "-m", "aidtrace", "columns", str(root)]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, preexec_fn=lambda: os.nice(19) and None)
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

"""Takes up the revisions that another process publishes, so that any number of servers can read one store."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aidtrace.revisions import Revisions

EVERY = 0.25
"""Seconds between two looks at which revision is current: to read one symbolic link."""


class Newest:
    """Looks at *revisions*, and lets *take* serve the newest; until that is done, the one before is served."""

    def __init__(self, revisions: Revisions, take: Callable[[Path], Awaitable[None]]) -> None:
        self._revisions, self._take = revisions, take
        self._task: asyncio.Task[None] | None = None
        self.taken = ""
        """The revision that was taken up last; at first none."""

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        before = told = ""
        while True:
            wrong = await self._looked()
            if wrong and wrong == before and wrong != told:  # once, it may just be put there, or pruned
                sys.stderr.write(f"aidtrace: the newest revision is not served: {wrong}\n")
                told = wrong
            before, told = wrong, told if wrong else ""
            await asyncio.sleep(EVERY)

    async def _looked(self) -> str:
        """Take up the newest revision, and return what went wrong."""
        try:
            name = self._revisions.current
            if name != self.taken:
                await self._take(self._revisions.path(name))
                self.taken = name
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

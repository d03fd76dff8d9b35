"""The counts of what is served, of each revision once, by a process of its own that has no deadline.

A million triples take some seconds; whoever asks meanwhile waits for the same process.
"""

import asyncio
import sys
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from aidtrace.catalog import Counts
from aidtrace.server.problems import Problem

_KEPT = 2
"""So many revisions are remembered: the current one, and one that someone has pinned."""


class Counting:
    """Counts revisions, one at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, Counts] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, folder: Path) -> Counts:
        """Return what the revision in *folder* holds; Problem 503 where it cannot be counted."""
        async with self._turn:
            if folder not in self._kept:
                self._kept[folder] = Counts.from_json(await _counted(folder))
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[folder]


async def _counted(folder: Path) -> bytes:
    command, pipe = [sys.executable, "-m", "aidtrace.server.counter", str(folder)], asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        told, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        reason = said.decode(errors="replace").strip().removeprefix("aidtrace: ")
        raise Problem(503, "Not counted", f"what is served could not be counted: {reason}", {"Retry-After": "5"})
    return told

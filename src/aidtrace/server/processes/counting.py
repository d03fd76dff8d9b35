"""The counts of what is served, of each revision once, by a process of its own that has no deadline.

A million triples take some seconds; whoever asks meanwhile waits for the same process.
"""

import asyncio
import sys
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from aidtrace.catalog import Counts
from aidtrace.server.problems import Problem, busy

_KEPT = 2
"""So many revisions are remembered: the current one, and one that someone has pinned."""

WAITERS = 16
"""So many wait for counts at once."""

MEMORY = 1 << 30
"""One process counts at a time, so that it may have more than one of many workers."""

_ENDED = "its process ended, as it does where it needs more memory than it may have"


class Counting:
    """Counts revisions, one at a time, each in at most *memory* bytes."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._kept: OrderedDict[Path, Counts] = OrderedDict()
        self._memory, self._turn, self._waiting = memory, asyncio.Lock(), 0

    async def of(self, folder: Path) -> Counts:
        """Return what the revision in *folder* holds; Problem 503 where it cannot be counted, or many wait already."""
        if folder in self._kept:
            return self._kept[folder]
        if self._waiting >= WAITERS:
            raise busy(f"{WAITERS} requests wait for counts already")
        self._waiting += 1
        try:
            async with self._turn:
                if folder not in self._kept:
                    self._kept[folder] = Counts.from_json(await counted(folder, self._memory))
                    while len(self._kept) > _KEPT:
                        self._kept.popitem(last=False)
                return self._kept[folder]
        finally:
            self._waiting -= 1


async def counted(folder: Path, memory: int) -> bytes:
    """Let a process count what *folder* holds; Problem 503 where it fails."""
    command = [sys.executable, "-m", "aidtrace.server.processes.counter", str(folder), str(memory)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        told, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        last = (said.decode(errors="replace").strip().splitlines() or [""])[-1]
        reason = last.removeprefix("aidtrace: ") if last.startswith("aidtrace: ") else _ENDED
        raise Problem(503, "Not counted", f"what is served could not be counted: {reason}", {"Retry-After": "5"})
    return told

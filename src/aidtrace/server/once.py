"""What is found out of a revision once and forgotten with it; who asks meanwhile waits for the same answer."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

Found = TypeVar("Found")


class Once:
    """Holds what was found out of the last revision that was asked about, for so many *seconds* at most."""

    def __init__(self, seconds: float = float("inf")) -> None:
        self._revision, self._tasks = "", dict[Hashable, asyncio.Task[Any]]()
        self._seconds, self._begun = seconds, 0.0

    async def of(self, revision: str, name: Hashable, find: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what *find* finds, by *name*; where it fails it is tried again."""
        if revision != self._revision or time.monotonic() - self._begun > self._seconds:
            self._revision, self._tasks, self._begun = revision, {}, time.monotonic()
        tasks = self._tasks

        def ended(task: asyncio.Task[Found]) -> None:
            if task.cancelled() or task.exception():
                tasks.pop(name, None)

        if name not in tasks:
            tasks[name] = asyncio.ensure_future(find())
            tasks[name].add_done_callback(ended)
        found: Found = await asyncio.shield(tasks[name])
        return found

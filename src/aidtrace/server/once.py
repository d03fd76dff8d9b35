"""What is found out of a revision once and forgotten with it; who asks meanwhile waits for the same answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

Found = TypeVar("Found")


class Once:
    """Holds what was found out of the last revision that was asked about."""

    def __init__(self) -> None:
        self._revision, self._tasks = "", dict[Hashable, asyncio.Task[Any]]()

    async def of(self, revision: str, name: Hashable, find: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what *find* finds, by *name*; where it fails it is tried again."""
        if revision != self._revision:
            self._revision, self._tasks = revision, {}
        tasks = self._tasks

        def ended(task: asyncio.Task[Found]) -> None:
            if task.cancelled() or task.exception():
                tasks.pop(name, None)

        if name not in tasks:
            tasks[name] = asyncio.ensure_future(find())
            tasks[name].add_done_callback(ended)
        found: Found = await asyncio.shield(tasks[name])
        return found

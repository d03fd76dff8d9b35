"""The validations of the last hour, each a resource for whoever knows its name."""

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aidtrace.reports.findings import Report
from aidtrace.server.checks import Stage
from aidtrace.server.problems import Problem, busy

KEPT, KEPT_SECONDS, KEPT_BYTES = 256, 3600, 1 << 26
"""So many reports are kept, each for so many seconds, with about so many characters in all."""


@dataclass
class Validation:
    """One validation: its task while it runs, then its report or the problem that it met."""

    task: asyncio.Task[Report]
    severity: str
    stage: Stage
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    size: int = 0

    def end(self, task: asyncio.Task[Report]) -> None:
        """Take note of the time, and of a problem that nobody may come to ask for."""
        self.ended = time.monotonic()
        if not task.cancelled() and task.exception() is None:
            self.size = _size(task.result())


class Validations:
    """Holds validations; the oldest that have ended leave first where there are too many."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Validation] = OrderedDict()

    def add(self, one: Validation) -> None:
        """Keep *one*."""
        self._forget()
        self._held[one.id] = one
        one.task.add_done_callback(one.end)

    def get(self, name: str) -> Validation:
        """Return the validation called *name*; Problem 404 where there is none, or none any more."""
        self._forget()
        if name not in self._held:
            raise Problem(404, "No such validation", f"none is called so; a report is kept for {KEPT_SECONDS} s")
        return self._held[name]

    def drop(self, name: str) -> None:
        """Stop and forget the validation called *name*."""
        self.get(name).task.cancel()
        del self._held[name]

    def _forget(self) -> None:
        old = time.monotonic() - KEPT_SECONDS
        for one in [one for one in self._held.values() if one.ended and one.ended < old]:
            del self._held[one.id]
        ended = [one for one in self._held.values() if one.ended]
        while ended and (len(self._held) >= KEPT or sum(one.size for one in self._held.values()) > KEPT_BYTES):
            del self._held[ended.pop(0).id]
        if len(self._held) >= KEPT:
            raise busy(f"{KEPT} validations run already")


def _size(report: Report) -> int:
    texts = (len(one.focus) + len(one.value) + len(one.message) + 200 for one in report.findings)
    return len(report.turtle) + sum(texts)

"""The validations of the last hour, each a resource for whoever knows its name."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from aidtrace.reports.consequences import Grouped
from aidtrace.reports.excerpts import WHOLE, Excerpt, excerpt
from aidtrace.reports.findings import Report
from aidtrace.server.checking.checks import Stage
from aidtrace.server.checking.sent import Request, Sent
from aidtrace.server.problems import Problem, busy

KEPT, KEPT_SECONDS, KEPT_BYTES = 256, 3600, 1 << 26
"""So many reports are kept, each for so many seconds, with about so many characters in all, texts included."""

UNSEEN = 20.0
"""Where a page waits for a report, it looks every second or two; when it has not for so many seconds, it is gone."""

_ROW = 200


@dataclass
class Texts:
    """What was sent, as far as it is kept: short texts from the start, of others the lines around what is found."""

    data: tuple[Excerpt, ...] = ()
    shapes: tuple[Excerpt, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> "Texts":
        """Keep the texts of *request* where it asks for that, and of long ones only that they were there."""
        if not request.keep:
            return cls()
        data, shapes = (tuple(_kept(one, ()) for one in those) for those in (request.data, request.shapes))
        return cls(data, shapes, request.fields)

    def look(self, request: Request, report: Report) -> None:
        """Keep of long texts the lines around what *report* has found."""
        if any(not one.whole for one in self.data):
            lines = dict[str, set[int]]()
            for one in report.findings:
                lines.setdefault(one.file, set()).add(one.line)
            self.data = tuple(
                kept if kept.whole else _kept(sent, lines.get(sent.name, set()) - {0})
                for kept, sent in zip(self.data, request.data, strict=True)
            )

    @property
    def size(self) -> int:
        """How many characters are kept."""
        return sum(one.size for one in (*self.data, *self.shapes))


@dataclass
class Validation:
    """One validation: its task while it runs, then its report or the problem that it met."""

    task: asyncio.Task[Report]
    severity: str
    stage: Stage
    texts: Texts = field(default_factory=Texts)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    begun: float = field(default_factory=time.monotonic)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    looked: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    size: int = 0

    @property
    def seconds(self) -> float:
        """How long it took, or has been running."""
        return round((self.ended or time.monotonic()) - self.begun, 3)

    @property
    def problem(self) -> Problem | None:
        """Why one that has ended has no report; None where it has one."""
        if self.task.cancelled():
            told = f"it was stopped, since nobody had looked at it for {UNSEEN:g} s; expected to be sent again"
            return Problem(503, "Not validated", told)
        error = self.task.exception()
        if error is not None and not isinstance(error, Problem):
            raise error
        return error

    @cached_property
    def report(self) -> Report:
        """The report as it was asked for; only for one that has a report."""
        return self.task.result().at_least(self.severity)

    @cached_property
    def grouped(self) -> Grouped:
        """The findings of the report in groups."""
        return Grouped(self.report.findings)

    def end(self, task: asyncio.Task[Report]) -> None:
        """Take note of the time, and of a problem that nobody may come to ask for."""
        self.ended = time.monotonic()
        self.size = self.texts.size
        if not task.cancelled() and task.exception() is None:
            self.size += _size(task.result())


class Validations:
    """Holds validations; the oldest that have ended leave first where there are too many."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Validation] = OrderedDict()

    def add(self, one: Validation) -> None:
        """Keep *one*; Problem 503, and it is stopped, where there is no room."""
        self._forget()
        self._make_room()
        if len(self._held) >= KEPT:
            one.task.cancel()
            raise busy(f"{KEPT} validations run already")
        one.size = one.texts.size
        self._held[one.id] = one
        one.task.add_done_callback(one.end)

    def get(self, name: str) -> Validation:
        """Return the validation called *name*; Problem 404 where there is none, or none any more."""
        self._forget()
        if name not in self._held:
            raise Problem(404, "No such validation", f"none is called so; a report is kept for {KEPT_SECONDS} s")
        self._held[name].looked = time.monotonic()
        return self._held[name]

    def watch(self, one: Validation) -> None:
        """Stop *one* when nobody has looked at it for long: no connection waits for it, only a page that looks again.

        It stays known, so that who comes back after all is told.
        """
        left = one.looked + UNSEEN - time.monotonic()
        if one.task.done():
            return
        if left <= 0:
            one.task.cancel()
        else:
            asyncio.get_running_loop().call_later(left, self.watch, one)

    def drop(self, name: str) -> None:
        """Stop and forget the validation called *name*."""
        self.get(name).task.cancel()
        del self._held[name]

    def _forget(self) -> None:
        old = time.monotonic() - KEPT_SECONDS
        for one in [one for one in self._held.values() if one.ended and one.ended < old]:
            del self._held[one.id]

    def _make_room(self) -> None:
        ended = [one for one in self._held.values() if one.ended]
        while ended and (len(self._held) >= KEPT or sum(one.size for one in self._held.values()) > KEPT_BYTES):
            del self._held[ended.pop(0).id]


def _kept(one: Sent, lines: Iterable[int]) -> Excerpt:
    """Keep a text whole where its bytes, which are at least as many as its characters, are few."""
    if not lines and len(one.content) > WHOLE:
        return Excerpt(one.name, one.media, "", one.content.count(b"\n") + 1, whole=False)
    return excerpt(one.name, one.media, one.content.decode("utf-8", "replace"), lines)


def _size(report: Report) -> int:
    found = (*report.findings, *(report.ruling.new if report.ruling else ()))
    texts = (len(one.focus) + len(one.value) + len(one.message) + _ROW for one in found)
    return len(report.turtle) + sum(texts) + _size_of_meeting(report)


def _size_of_meeting(report: Report) -> int:
    if report.meeting is None:
        return 0
    alike = (*report.meeting.actors, *report.meeting.agreements, *report.meeting.flows, *report.meeting.events)
    rows = _ROW * (len(alike) + len(report.meeting.collisions))
    return rows + sum(len(part) for one in alike for part in (*one.reasons, *one.differences))

"""The gate: a write becomes the next revision only if it breaks no rule that was not broken before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, Store, Triple

from aidtrace.edtf_rules import unreadable
from aidtrace.project import Project
from aidtrace.reports.baseline import Comparison, compare
from aidtrace.reports.findings import Finding, Report, in_order
from aidtrace.reports.formats import as_content
from aidtrace.reports.results import Nameless, finding_of, located
from aidtrace.shacl.compiling import Compiled
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.incremental import revalidate
from aidtrace.shacl.results import Result
from aidtrace.shacl.sent import Data, load, look
from aidtrace.union import Delta
from aidtrace.validation import Ground

OFF = "off"
SEVERITIES = ("violation", "warning", OFF)


@dataclass(frozen=True)
class Verdict:
    """What a write does to the report: what is new and what is fixed, and which findings keep it out.

    *outcome* and *dates* are what the store then has: of the shapes, and dates that cannot be read.
    """

    change: Comparison
    keeping_out: tuple[Finding, ...]
    outcome: Outcome
    dates: tuple[Result, ...]

    @property
    def passes(self) -> bool:
        """Whether the write may become a revision."""
        return not self.keeping_out

    @property
    def content(self) -> dict[str, Any]:
        """The verdict as plain values: findings that are new, those that are fixed, the number of those that stay."""
        new = as_content(self.change.now)
        fixed = [{"id": one.id, "shape": one.shape, "focus": one.focus} for one in self.change.fixed]
        return {"passes": self.passes, "new": new["findings"], "fixed": fixed, "still": self.change.still}


class Gate:
    """Judges writes by *shapes*; *severity* is the least that keeps one out."""

    def __init__(self, shapes: Compiled, severity: str) -> None:
        self._severity = severity
        self._compiled = shapes
        self._before: Outcome | None = None
        self._unread: tuple[Result, ...] = ()

    @classmethod
    def of(cls, order: Mapping[str, Any]) -> "Gate | None":
        """Read the gate that the *order* for a process names, or None where it is off; it reads files."""
        if order["gate"] == OFF:
            return None
        return cls(Ground(Project(Path(order["project"]))).shapes, order["gate"])

    def open(self, store: Store) -> None:
        """Learn what *store*, as it is before any write, breaks already."""
        self._before = validate(self._compiled, look(store))
        self._unread = tuple(self._dates(Data(store), self._before.results))

    def judge(self, store: Store, delta: Delta) -> Verdict:
        """Judge what *delta* has made of *store*."""
        assert self._before is not None
        known = len(self._before.results) + len(self._unread)
        if delta.added is None or delta.removed is None:
            after = validate(self._compiled, look(store))
            dates = tuple(self._dates(Data(store), after.results))
            change = self._compare(store, [*after.results, *dates], [*self._before.results, *self._unread])
        else:
            added, removed = (_triples(quads) for quads in (delta.added, delta.removed))
            revision = revalidate(self._compiled, self._before, Data(store), added, removed)
            after = revision.outcome
            come, gone = self._dates_of(added, revision.appeared), self._dates_of(removed, revision.gone)
            dates = (*(one for one in self._unread if one not in gone), *come)
            change = self._compare(store, [*revision.appeared, *come], [*revision.gone, *gone])
            change = replace(change, still=known - len(change.fixed))
        keeping_out = change.now.at_least(self._severity).findings if self._severity != OFF else ()
        return Verdict(change, keeping_out, after, dates)

    def accept(self, verdict: Verdict) -> None:
        """Go on from the store that *verdict* was about."""
        self._before, self._unread = verdict.outcome, verdict.dates

    def _compare(self, store: Store, after: Sequence[Result], before: Sequence[Result]) -> Comparison:
        said = Nameless(self._compiled.triples, store)
        found = ([finding_of(one, said) for one in located(results, store)] for results in (after, before))
        now, then = map(in_order, found)
        return compare(Report(now), then)

    def _dates_of(self, triples: list[Triple], found: Sequence[Result]) -> list[Result]:
        return list(self._dates(load(Quad(*triple) for triple in triples), found))

    def _dates(self, data: Data, found: Sequence[Result]) -> Iterator[Result]:
        """Yield the dates of *data* that cannot be read, but for those that were *found*."""
        there = {(one.focus, one.value) for one in located(found, data.store)}
        return (one for one in unreadable(data, self._compiled) if (one.focus, one.value) not in there)


def _triples(quads: Iterable[Quad]) -> list[Triple]:
    return [quad.triple for quad in quads]

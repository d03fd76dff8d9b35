"""The gate: a write becomes the next revision only if it breaks no rule that was not broken before."""

from dataclasses import dataclass
from typing import Any

from pyoxigraph import Store

from aidtrace.project import Project
from aidtrace.reports.baseline import Comparison, compare
from aidtrace.reports.findings import Finding, Report, in_order
from aidtrace.reports.formats import as_content
from aidtrace.reports.results import finding_of, located
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.sent import Data
from aidtrace.union import Delta
from aidtrace.validation import Ground

OFF = "off"
SEVERITIES = ("violation", "warning", OFF)


@dataclass(frozen=True)
class Verdict:
    """What a write does to the report: what is new and what is fixed, and whether it may pass."""

    change: Comparison
    passes: bool
    outcome: Outcome

    @property
    def content(self) -> dict[str, Any]:
        """The verdict as plain values: findings that are new, those that are fixed, the number of those that stay."""
        new = as_content(self.change.now)
        fixed = [{"id": one.id, "shape": one.shape, "focus": one.focus} for one in self.change.fixed]
        return {"passes": self.passes, "new": new["findings"], "fixed": fixed, "still": self.change.still}


class Gate:
    """Judges writes by the shapes of *project*; *severity* is the least that keeps one out."""

    def __init__(self, project: Project, severity: str) -> None:
        self._severity = severity
        self._compiled = Ground(project).shapes
        self._before: Outcome | None = None

    def open(self, store: Store) -> None:
        """Learn what *store*, as it is before any write, breaks already."""
        self._before = validate(self._compiled, Data(store))

    def judge(self, store: Store, delta: Delta) -> Verdict:
        """Judge what *delta* has made of *store*."""
        assert self._before is not None
        after = self._after(store, delta)
        change = compare(Report(_found(after)), _found(self._before))
        kept_out = change.now.at_least(self._severity).findings if self._severity != OFF else ()
        return Verdict(change, not kept_out, after)

    def accept(self, verdict: Verdict) -> None:
        """Go on from the store that *verdict* was about."""
        self._before = verdict.outcome

    def _after(self, store: Store, delta: Delta) -> Outcome:
        if delta.added is not None and not delta.added and not delta.removed:
            assert self._before is not None
            return self._before
        return validate(self._compiled, Data(store))


def _found(outcome: Outcome) -> tuple[Finding, ...]:
    return in_order(map(finding_of, located(outcome.results, outcome.data.store)))

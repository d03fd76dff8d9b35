"""The rules of the tracing, read once: what Python runs, and knows nothing of."""

from dataclasses import dataclass, replace
from pathlib import Path

from aidtrace.files import read_text
from aidtrace.project import Project

Named = tuple[tuple[str, str], ...]
"""Texts by the names of their files, in the order of these."""


@dataclass(frozen=True)
class Rules:
    """The CONSTRUCT rules, the updates that leave out or assume something, and the queries that read the results.

    *causes* are rules of the causal graph, which need not run otherwise, and *causal_report* reads what they say.
    """

    constructs: Named
    what_if: Named
    report: Named
    phases: Named
    sensitivity: Named
    causes: Named
    causal_report: Named

    @classmethod
    def read(cls, project: Project) -> "Rules":
        """Read those of *project*."""
        folder = project.tracing
        return cls(
            _texts(folder, "rq"),
            _texts(folder / "what-if", "ru"),
            *(_texts(folder / name, "rq") for name in ("report", "phases", "sensitivity", "causes", "causes/report")),
        )

    def for_causes(self) -> "Rules":
        """Return the rules with those of the causal graph among them, each at its place in the order."""
        return replace(self, constructs=tuple(sorted((*self.constructs, *self.causes))))


def _texts(folder: Path, suffix: str) -> Named:
    return tuple((path.stem, read_text(path, "a rule of the tracing")) for path in sorted(folder.glob(f"*.{suffix}")))

"""Process tracing that runs: the rules of ``queries/tracing/`` over the data of a case, and what comes out of them."""

from pathlib import Path

from pyoxigraph import Store

from aidtrace.project import Project
from aidtrace.tracing import causal_formats, formats
from aidtrace.tracing.case import ARTICLE, check, load
from aidtrace.tracing.options import Options
from aidtrace.tracing.report import TraceReport, only, report
from aidtrace.tracing.rules import Rules
from aidtrace.tracing.run import Tracing, trace

__all__ = [
    "ARTICLE", "Options", "Rules", "TraceReport", "Tracing", "causal_formats", "formats", "loaded", "only", "report",
    "trace", "traced",
]  # fmt: skip


def traced(project: Project, cache: Path, case: str = ARTICLE, options: Options | None = None) -> Tracing:
    """Load *case* and run the rules over it; InputError where it has nothing to trace, or an option names nothing."""
    store, revision = loaded(project, cache, case)
    return trace(Rules.read(project), store, revision, options)


def loaded(project: Project, cache: Path, case: str = ARTICLE) -> tuple[Store, str]:
    """Load *case* into a store in memory, with its revision; InputError where it has nothing to trace."""
    store, revision = load(project, cache, case)
    check(store, case)
    return store, revision

"""Process tracing that runs: the rules of ``queries/tracing/`` over the data of a case, and what comes out of them."""

from pathlib import Path

from aidtrace.project import Project
from aidtrace.tracing.case import ARTICLE, check, load
from aidtrace.tracing.options import Options
from aidtrace.tracing.report import TraceReport, only, report
from aidtrace.tracing.run import Tracing, trace

__all__ = ["ARTICLE", "Options", "TraceReport", "Tracing", "only", "report", "trace", "traced"]


def traced(project: Project, cache: Path, case: str = ARTICLE, options: Options | None = None) -> Tracing:
    """Load *case* and run the rules over it; InputError where it has nothing to trace, or an option names nothing."""
    store, revision = load(project, cache, case)
    check(store, case)
    return trace(project, store, revision, options)

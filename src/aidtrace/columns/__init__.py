"""Columns beside a store: the same graph once more, laid out for questions that look at much of it.

The store finds single things in no time, but joins and sums one triple after the other. A copy of each predicate as a
column, in DuckDB, answers those questions ten to some hundred times faster. It is a copy: where it is not certain of
an answer, or lacks the current revision, the store answers.
"""

from aidtrace.columns.answering import WORTH, Columns
from aidtrace.columns.building import build, build_newest, followed, place

__all__ = ["WORTH", "Columns", "build", "build_newest", "followed", "place"]

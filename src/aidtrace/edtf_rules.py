"""Dates as the build reads them, as rules: what no regular expression in a shape can tell.

They count for ``ats:Date-wellFormed`` and ``ats:Date-inOrder``, where the shapes have these.
"""

import re
from collections.abc import Iterator

from pyoxigraph import Literal

from aidtrace.dates import bounds
from aidtrace.errors import InputError
from aidtrace.namespaces import ATS, EDTF, SH
from aidtrace.shacl.compiling import Compiled
from aidtrace.shacl.paths import Predicate
from aidtrace.shacl.results import Result
from aidtrace.shacl.sent import Data


def unreadable(data: Data, rules: Compiled) -> Iterator[Result]:
    """Yield each EDTF date of *data* that the build could not read, as a finding of ours, if *rules* has its rule."""
    shapes = {name: rules.shapes.by_name.get(ATS(name)) for name in ("Date-inOrder", "Date-wellFormed")}
    if not any(shapes.values()):
        return
    dated = f"{{ ?thing ?property ?value FILTER (DATATYPE(?value) = {EDTF('EDTF')}) }}"
    for row in data.store.query(f"SELECT ?thing ?property ?value WHERE {dated}"):  # type: ignore[union-attr]
        value = row["value"]
        if isinstance(value, Literal) and not readable(value.value):
            shape = shapes["Date-inOrder" if _only_out_of_order(value.value) else "Date-wellFormed"]
            if shape and shape.messages:
                yield Result(
                    focus=row["thing"],
                    path=Predicate(row["property"]),
                    value=value,
                    component=SH("SPARQLConstraintComponent"),
                    shape=shape.node,
                    severity=shape.severity,
                    messages=shape.messages,
                )


def readable(text: str) -> bool:
    """Whether the build can read *text* as a date."""
    try:
        bounds(text)
    except (InputError, ValueError):  # ValueError: a season that reaches beyond the year 9999
        return False
    return True


def _only_out_of_order(text: str) -> bool:
    """Whether each day in *text* is one, so that only their order can be wrong."""
    days = [day for part in re.split(r"[/,]", text.strip().strip("[]")) for day in part.split("..") if day]
    return len(days) > 1 and "//" not in text and not text.endswith("/") and all(map(readable, days))

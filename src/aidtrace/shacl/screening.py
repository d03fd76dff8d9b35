"""Queries that look through the same values of the whole graph, asked together.

Several constraints may each look at every literal, say, and hold it to a condition. One run finds the literals and
says which conditions each meets; a constraint is then asked of those few that meet its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aidtrace.shacl.prebinding import Asked, Prepared, prepare
from aidtrace.shacl.query_reads import VALUE
from aidtrace.shacl.scope import Run
from aidtrace.shacl.sparql import edited, filters_of_value, meanings
from aidtrace.shacl.terms import Term
from aidtrace.shacl.units import Unit

_BITS = 60
_MOST = 10_000
"""How many values may meet a condition before its constraint is run as it is."""


@dataclass(frozen=True)
class _Screen:
    """What a query looks through, as the inside of a group, and what it holds each value to."""

    through: str
    condition: str


def screened(run: Run, units: Iterable[Unit]) -> dict[Unit, tuple[Term, ...]]:
    """Return the values that the rows of a unit can have, for the units that this can be told of together."""
    shared: dict[str, dict[Unit, str]] = defaultdict(dict)
    for unit in units:
        screen = _screen(unit, kept=run.kept)
        if screen:
            shared[screen.through][unit] = screen.condition
    found: dict[Unit, tuple[Term, ...]] = {}
    for through, conditions in shared.items():
        for some in _batches(conditions):
            found |= _ask(run, through, some)
    return found


def _batches(conditions: dict[Unit, str]) -> Iterator[dict[Unit, str]]:
    """Yield as many conditions as one number can mark, if there is more than one."""
    units = list(conditions)
    for start in range(0, len(units), _BITS):
        some = units[start : start + _BITS]
        if len(some) > 1:
            yield {unit: conditions[unit] for unit in some}


def _ask(run: Run, through: str, conditions: dict[Unit, str]) -> dict[Unit, tuple[Term, ...]]:
    marks = " + ".join(f"IF(COALESCE({one}, false), {1 << bit}, 0)" for bit, one in enumerate(conditions.values()))
    prologue, _, inside = through.partition("\n")
    query = (
        f"{prologue} SELECT ?value ?value__marks WHERE {{ {{ {inside} LIMIT 1000000000000 }} "
        f"BIND (({marks}) AS ?value__marks) FILTER (?value__marks > 0) }}"
    )
    met: dict[Unit, list[Term]] = {unit: [] for unit in conditions}
    for row in run.select(query):
        marked = int(row["value__marks"].value)
        for bit, values in enumerate(met.values()):
            if marked >> bit & 1:
                values.append(row["value"])
    return {unit: tuple(values) for unit, values in met.items() if len(values) <= _MOST}


def _screen(unit: Unit, *, kept: bool) -> _Screen | None:
    """Return what the query of *unit* looks through, if it does nothing but hold each value to conditions."""
    if not isinstance(unit.constraint, Asked) or len(unit.chain) > 1 or unit.shape.path is not None:
        return None
    prepared = prepare(unit.shape, unit.constraint)
    where = prepared.query.select.where
    nested = where.groups[0].select if len(where.groups) == 1 else None
    if nested is None or where.matches or not (nested.distinct and nested.is_of(VALUE)) or nested.cut:
        return None
    if prepared.query.select.counts or VALUE not in prepared.query.select.projected:
        return None
    conditions = _conditions(prepared, kept=kept)
    edits = meanings(prepared) if kept else []
    inside = edited(prepared.text, edits, where.groups[0].start, where.groups[0].end)
    return _Screen(f"{prepared.prologue}\n{inside}", " && ".join(conditions)) if conditions else None


def _conditions(prepared: Prepared, *, kept: bool) -> list[str]:
    edits = meanings(prepared) if kept else []
    places = filters_of_value(prepared.query.select.where)
    return [f"({edited(prepared.text, edits, *place)})" for place in places]

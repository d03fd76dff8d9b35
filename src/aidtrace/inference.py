"""What the build computes: bounds of dates, and the triples of the rules in ``queries/rules/``.

Nothing computed stands in the curated graphs. Its own graph, ``inferred``, holds the four SEM bounds of each
dated thing, the classes and roles that follow from the ontology, and sums and rests as at:ComputedValue.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, QueryTriples, Store, Triple

from aidtrace.dates import Bounds, bounds, hull
from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.namespaces import AT, SEM, XSD

SHOWN = {
    AT("signedOn"): "signed",
    AT("adoptedOn"): "adopted",
    AT("approvedOn"): "approved",
    AT("ratifiedOn"): "ratified",
    AT("gazettedOn"): "gazetted",
    AT("onDate"): "not said",
    AT("heldOn"): "held",
}
"""The properties whose first filled one dates a thing, each with what it dates: the signing, else the adoption, …"""

_SPELL = {AT("beganOn"), AT("endedOn")}
_STAMPS = {
    "earliest_begin": SEM("hasEarliestBeginTimeStamp"),
    "latest_begin": SEM("hasLatestBeginTimeStamp"),
    "earliest_end": SEM("hasEarliestEndTimeStamp"),
    "latest_end": SEM("hasLatestEndTimeStamp"),
}
_OPEN = Bounds(None, None, None, None)
_Dates = dict[NamedNode, list[Bounds]]


def infer(store: Store, rules: Iterable[Path]) -> Iterator[Triple]:
    """Yield what follows from the default graph of *store*: bounds first, then each rule in the order of its name."""
    yield from _shown_dates(store)
    yield from _bound_triples(store)
    for rule in rules:
        yield from _apply(store, rule)


def _shown_dates(store: Store) -> Iterator[Triple]:
    """Yield each thing's shown date, rival values included, and what that date is the date of."""
    for thing, dates in _dates_of_things(store).items():
        predicate = next((one for one in SHOWN if one in dates), None)
        if predicate:
            yield Triple(thing, AT("dateKind"), Literal(SHOWN[predicate]))
            for quad in store.quads_for_pattern(thing, predicate, None, DefaultGraph()):
                yield Triple(thing, AT("shownDate"), quad.object)


def _bound_triples(store: Store) -> Iterator[Triple]:
    for thing, dates in _dates_of_things(store).items():
        found = _bounds_of(dates)
        for side, stamp in _STAMPS.items():
            day: date | None = getattr(found, side)
            if day:
                yield Triple(thing, stamp, Literal(day.isoformat(), datatype=XSD("date")))


def _dates_of_things(store: Store) -> dict[NamedNode, _Dates]:
    dated: dict[NamedNode, _Dates] = defaultdict(lambda: defaultdict(list))
    for predicate in (*SHOWN, *_SPELL):
        for quad in store.quads_for_pattern(None, predicate, None, DefaultGraph()):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                dated[quad.subject][predicate].append(_read(quad.subject, predicate, quad.object))
    return dated


def _read(thing: NamedNode, predicate: NamedNode, value: Literal) -> Bounds:
    try:
        return bounds(value.value)
    except InputError as error:
        raise InputError(f"{thing.value}: {predicate.value.rpartition('#')[2]}: {error}") from error


def _bounds_of(dates: _Dates) -> Bounds:
    """Take the shown date's hull; a spell has its begin from at:beganOn and its end from at:endedOn."""
    if _SPELL & dates.keys():
        begin = hull(dates[AT("beganOn")]) if AT("beganOn") in dates else _OPEN
        end = hull(dates[AT("endedOn")]) if AT("endedOn") in dates else _OPEN
        return Bounds(begin.earliest_begin, begin.latest_begin, end.earliest_end, end.latest_end)
    return hull(next(dates[predicate] for predicate in SHOWN if predicate in dates))


def _apply(store: Store, rule: Path) -> Iterator[Triple]:
    text = read_text(rule, "a CONSTRUCT query")
    try:
        result = store.query(text)
    except SyntaxError as error:
        from aidtrace.complaints import complaint  # it brings the lexer, which a build does not need

        raise InputError(f"{rule}: {complaint(str(error), text, Store().query)}") from error
    if isinstance(result, QuerySolutions) or not isinstance(result, QueryTriples):
        raise InputError(f"{rule}: a rule is expected to be a CONSTRUCT query")
    yield from result

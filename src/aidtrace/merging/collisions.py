"""Collisions: IRIs that both sides describe, and what theirs says that ours does not hold."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from aidtrace.merging.facts import Facts, Term
from aidtrace.merging.meeting import Collision, clean, listed, written
from aidtrace.merging.ontology import Ontology
from aidtrace.namespaces import RDF, short

_TYPE = RDF("type")
_SELDOM = 0.1


def find_collisions(ours: Facts, theirs: Facts, ontology: Ontology) -> tuple[Collision, ...]:
    """Return a row for each statement of theirs about a thing of ours that ours does not make, in order."""
    single = _SingleValued(ours)
    rows = [
        _collision(ours, thing, property_, value, ontology, single)
        for thing in theirs.subjects()
        if ours.about(thing)
        for property_, value in _new(ours, theirs, thing)
    ]
    return tuple(sorted(rows, key=lambda row: (row.iri, _ORDER[row.what], row.property, row.theirs)))


_ORDER = {"type": 0, "value": 1, "added": 2}


class _SingleValued:
    """Which properties have one value in ours: those of which fewer than one thing in ten has several."""

    def __init__(self, ours: Facts) -> None:
        self._ours = ours
        self._known: dict[NamedNode, bool] = {}

    def __contains__(self, property_: NamedNode) -> bool:
        if property_ not in self._known:
            self._known[property_] = self._look(property_)
        return self._known[property_]

    def _look(self, property_: NamedNode) -> bool:
        values: dict[tuple[object, str | None], set[Term]] = {}
        for thing, value in self._ours.statements(property_):
            values.setdefault((thing, _language(value)), set()).add(value)
        several = sum(len(found) > 1 for found in values.values())
        return several < _SELDOM * len(values)


def _new(ours: Facts, theirs: Facts, thing: NamedNode) -> Iterator[tuple[NamedNode, Term]]:
    held = ours.about(thing)
    for property_, values in theirs.about(thing).items():
        same = set(held.get(property_, ()))
        yield from ((property_, value) for value in values if value not in same)


def _collision(
    ours: Facts, thing: NamedNode, property_: NamedNode, value: Term, ontology: Ontology, single: _SingleValued
) -> Collision:
    if property_ == _TYPE:
        what, held, reason = _of_type(ours.types(thing), value, ontology)
    else:
        what, held, reason = _of_value(ours, thing, property_, value, single)
    shown = tuple(sorted(written(one) for one in held))
    return Collision(thing.value, clean(ours.name(thing)), what, property_.value, shown, written(value), reason)


def _of_type(types: frozenset[NamedNode], value: Term, ontology: Ontology) -> tuple[str, list[Term], str]:
    own = sorted(ontology.specific(types), key=lambda kind: kind.value)
    held: list[Term] = [*own]
    names = listed(short(kind.value) for kind in own)
    if not isinstance(value, NamedNode):
        return "type", held, "a class is expected to be an IRI"
    new = frozenset({value})
    if ontology.clash(new, types):
        return "type", held, f"nothing is both this and {names}"
    if types and not ontology.related(new, types):
        return "type", held, f"neither above nor below {names}"
    return "added", [], f"a class above or below {names}" if names else "ours has no class"


def _of_value(
    ours: Facts, thing: NamedNode, property_: NamedNode, value: Term, single: _SingleValued
) -> tuple[str, list[Term], str]:
    every = list(ours.about(thing).get(property_, ()))
    language = _language(value)
    held = [one for one in every if _language(one) == language]
    if len(held) == 1 and property_ in single:
        return "value", held, f"ours has one value{f' in this language ({language})' if language else ''}"
    others = "ours has other values" if held else "ours has values in other languages"
    return "added", [], others if every else "ours says nothing here"


def _language(value: Term) -> str | None:
    return value.language if isinstance(value, Literal) else None

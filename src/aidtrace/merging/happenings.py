"""Agreements, flows and events of theirs that look like ours: by who took part, when, and for how much."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

from pyoxigraph import NamedNode

from aidtrace.dates import Bounds
from aidtrace.folding import readings
from aidtrace.merging.actors import names_of
from aidtrace.merging.facts import Facts
from aidtrace.merging.meeting import Likeness, clean, listed
from aidtrace.merging.ontology import Classes, Ontology
from aidtrace.merging.times import Times, closeness, overlap, years
from aidtrace.namespaces import AT

Same = Mapping[NamedNode, frozenset[NamedNode]]
"""The actors of ours that an actor of theirs may be."""

_KIND, _AMOUNT, _CURRENCY = AT("kind"), AT("amount"), AT("currency")
_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Family:
    """One sort of happening: its class, who takes part in it by which properties, and what else is compared."""

    name: str
    root: NamedNode
    roles: tuple[tuple[str, tuple[NamedNode, ...]], ...]
    compared: tuple[NamedNode, ...]
    of_one_kind: bool = False


def families(ontology: Ontology) -> tuple[Family, ...]:
    """Return the sorts of happenings that are compared."""
    return (
        Family(
            "agreements",
            AT("Instrument"),
            (("party", (AT("party"), AT("issuer"))),),
            (_KIND, AT("status"), AT("subject"), AT("duration"), AT("place")),
        ),
        Family(
            "flows",
            AT("Flow"),
            (("giver", (AT("donor"), AT("seller"))), ("taker", (AT("recipient"), AT("buyer")))),
            (AT("stage"), _CURRENCY, AT("cash"), AT("purpose")),
        ),
        Family(
            "events",
            AT("Event"),
            (("participant", ontology.narrower(AT("participant"))),),
            (AT("status"), AT("duration"), AT("place")),
            of_one_kind=True,
        ),
    )


@dataclass(frozen=True)
class _Happening:
    """An agreement, a flow or an event of one side, with what it is compared by."""

    iri: NamedNode
    facts: Facts
    family: Family
    types: Classes
    when: Bounds
    dates: tuple[str, ...]
    roles: Mapping[str, Mapping[NamedNode, frozenset[NamedNode]]]
    """Who takes part in which role, each with the actors of ours that it may be."""

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset[str]().union(*map(readings, names_of(self.facts, self.iri)))

    @property
    def name(self) -> str:
        return clean(self.facts.name(self.iri))

    @cached_property
    def amounts(self) -> frozenset[tuple[Decimal, NamedNode]]:
        """What it is worth, in each currency that is said with it."""
        currencies = self.facts.things(self.iri, _CURRENCY)
        numbers = [_number(literal.value) for literal in self.facts.literals(self.iri, _AMOUNT)]
        return frozenset((number, one) for number in numbers if number is not None for one in currencies)

    @property
    def actors(self) -> set[NamedNode]:
        return {one for members in self.roles.values() for ones in members.values() for one in ones}

    def cells(self) -> Iterator[object]:
        """Yield where what looks like it is filed, and little else."""
        for actor in self.actors:
            yield from ((actor, year) for year in years(self.when) or ())
            yield from ((actor, folded) for folded in self.folded)
            yield from ((actor, amount) for amount in self.amounts)
            if self.when.known and not years(self.when):
                yield actor, "long"


def match_happenings(
    family: Family, ours: Facts, theirs: Facts, same: Same, ontology: Ontology, times: Times
) -> tuple[Likeness, ...]:
    """Return a row for each pair of one of theirs and one of ours that look alike, in order."""
    filed: dict[object, dict[NamedNode, _Happening]] = defaultdict(dict)
    for one in _happenings(family, ours, None, ontology, times):
        for cell in _filed(one):
            filed[cell][one.iri] = one
    rows = []
    for one in _happenings(family, theirs, same, ontology, times):
        if ours.about(one.iri):
            rows += _known(one, ours, ontology)
        else:
            near = {iri: other for cell in _sought(one) for iri, other in filed.get(cell, {}).items()}
            rows += [row for other in near.values() if (row := _compared(one, other, ontology))]
    return tuple(sorted(rows, key=lambda row: (row.theirs, -row.score, row.ours)))


def _happenings(
    family: Family, facts: Facts, same: Same | None, ontology: Ontology, times: Times
) -> Iterator[_Happening]:
    for thing, types in ontology.instances(facts, family.root).items():
        roles = {
            role: {
                actor: frozenset({actor}) if same is None else same.get(actor, frozenset())
                for actor in facts.things(thing, *properties)
            }
            for role, properties in family.roles
        }
        yield _Happening(thing, facts, family, types, *times.of(facts, thing), roles)


def _filed(one: _Happening) -> Iterator[object]:
    """Yield the cells for *one* of ours; what lasts long, or has an open side, is sought among all that have a date."""
    yield from one.cells()
    if one.when.known:
        yield from ((actor, "dated") for actor in one.actors)


def _sought(one: _Happening) -> Iterator[object]:
    """Yield the cells in which something of ours like *one* may be filed."""
    yield from one.cells()
    if one.when.known:
        yield from ((actor, "long" if years(one.when) else "dated") for actor in one.actors)


def _known(one: _Happening, ours: Facts, ontology: Ontology) -> list[Likeness]:
    """Return the row of a thing that bears an IRI of ours; where ours is something else, that is a collision."""
    if not ontology.falls_under(ours.types(one.iri), one.family.root):
        return []
    name = clean(ours.name(one.iri))
    return [Likeness(one.iri.value, one.name, one.iri.value, name, "same IRI", 1.0, ("the same IRI",))]


def _compared(one: _Happening, other: _Happening, ontology: Ontology) -> Likeness | None:
    """Compare *one* of theirs with an *other* of ours; None where they are not alike.

    Those who take part must be the same in every role, and the dates must overlap. A name or an amount in common
    makes up for a role or a date that one side does not state, and for nothing that the sides state differently.
    """
    met = {role: share for role, _ in one.family.roles if (share := _shared(one.roles[role], other.roles[role]))}
    if not met or not _of_one_kind(one, other, ontology):
        return None
    at_odds = any(role not in met and one.roles[role] and other.roles[role] for role, _ in one.family.roles)
    if at_odds or (_both_dated(one, other) and not overlap(one.when, other.when)):
        return None
    whole = _both_dated(one, other) and len(met) == len(one.family.roles)
    if not whole and not one.folded & other.folded and not one.amounts & other.amounts:
        return None
    return Likeness(
        *(one.iri.value, one.name, other.iri.value, other.name, "alike"),
        score=_score(one, other, met),
        reasons=(*_who(one, other, met), *_when(one, other), *_what(one, other)),
        differences=tuple(_differences(one, other)),
    )


def _both_dated(one: _Happening, other: _Happening) -> bool:
    return one.when.known and other.when.known


def _score(one: _Happening, other: _Happening, met: Mapping[str, float]) -> float:
    """Return the mean of how well those who take part, the dates, and what is stated of name and amount agree."""
    marks = [sum(met.values()) / len(met), closeness(one.when, other.when) if _both_dated(one, other) else 0.2]
    if one.folded & other.folded:
        marks.append(1.0)
    if one.amounts and other.amounts:
        marks.append(1.0 if one.amounts & other.amounts else 0.0)
    return round(0.95 * sum(marks) / len(marks), 2)


def _of_one_kind(one: _Happening, other: _Happening, ontology: Ontology) -> bool:
    """Whether the classes go together and, where it matters, the kinds that both state are the same."""
    if not ontology.compatible(one.types, other.types):
        return False
    if not one.family.of_one_kind:
        return True
    kinds, others = (set(each.facts.things(each.iri, _KIND)) for each in (one, other))
    if kinds and others:
        return not kinds.isdisjoint(others)
    return all(one.family.root not in ontology.specific(each.types) for each in (one, other))


def _shared(theirs: Mapping[NamedNode, frozenset[NamedNode]], ours: Iterable[NamedNode]) -> float:
    """Return which part of those in one role is the same on both sides; 0 for one of several, which may be chance."""
    own = set(ours)
    common = [actor for actor, ones in theirs.items() if ones & own]
    hit = own & {one for actor in common for one in theirs[actor]}
    shared = min(len(common), len(hit))
    enough = shared >= 2 or 0 < shared == min(len(theirs), len(own))
    return shared / max(len(theirs), len(own)) if enough else 0.0


def _who(one: _Happening, other: _Happening, met: Mapping[str, float]) -> Iterator[str]:
    for role, share in met.items():
        named = {name for ones in one.roles[role].values() for name in ones} & other.roles[role].keys()
        yield f"{'the same' if share == 1 else 'overlapping'} {role}: {_names(named, other.facts)}"


def _when(one: _Happening, other: _Happening) -> Iterator[str]:
    if _both_dated(one, other):
        close = closeness(one.when, other.when)
        yield "the same date" if close == 1 else "one date within the other" if close > 0.5 else "overlapping dates"
    else:
        yield f"{'theirs' if not one.when.known else 'ours'} has no date that can be read"


def _what(one: _Happening, other: _Happening) -> Iterator[str]:
    if one.folded & other.folded:
        yield "the same name"
    if one.amounts & other.amounts:
        yield "the same amount"


def _differences(one: _Happening, other: _Happening) -> Iterator[str]:
    for role, _ in one.family.roles:
        yield from _members(role, one, other)
    if one.when != other.when and one.dates and other.dates:
        yield f"date: theirs {clean(listed(one.dates))}, ours {clean(listed(other.dates))}"
    yield from _amounts(one, other)
    for property_ in one.family.compared:
        theirs, ours = (each.facts.about(each.iri).get(property_, ()) for each in (one, other))
        if theirs and ours and set(theirs).isdisjoint(ours):
            first, second = (_names(values, other.facts, one.facts) for values in (theirs, ours))
            yield f"{property_.value.rpartition('#')[2]}: theirs {first}, ours {second}"


def _members(role: str, one: _Happening, other: _Happening) -> Iterator[str]:
    own = other.roles[role].keys()
    theirs = [actor for actor, ones in one.roles[role].items() if not ones & own]
    ours = own - {name for ones in one.roles[role].values() for name in ones}
    if theirs:
        yield f"{role} only in theirs: {_names(theirs, one.facts, other.facts)}"
    if ours:
        yield f"{role} only in ours: {_names(ours, other.facts)}"


def _amounts(one: _Happening, other: _Happening) -> Iterator[str]:
    theirs, ours = (sorted({number for number, _ in each.amounts}) for each in (one, other))
    if theirs and ours and set(theirs).isdisjoint(ours):
        yield f"amount: theirs {listed(map(str, theirs))}, ours {listed(map(str, ours))}"


def _names(values: Iterable[object], *sides: Facts) -> str:
    return listed(sorted(_called(value, *sides) for value in values))


def _called(value: object, *sides: Facts) -> str:
    """Return the name of *value* on the first side that has one, else the value itself."""
    if isinstance(value, NamedNode):
        return clean(next((name for facts in sides if (name := facts.name(value))), value.value))
    return clean(str(getattr(value, "value", value)))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None

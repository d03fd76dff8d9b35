"""Actors of theirs that are, or may be, actors of ours: by IRI, by identifier, by name, by a name spelled otherwise."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from aidtrace.folding import alike, fold, ratio, readings, sounds, without_form
from aidtrace.merging.facts import Facts
from aidtrace.merging.meeting import Likeness, clean
from aidtrace.merging.ontology import Classes, Ontology
from aidtrace.namespaces import AT, DCTERMS, OWL, PROV, SKOS, K

ACTOR = AT("Actor")
LONGEST_NAME = 300
"""A longer label is a text; it is not compared."""

_AGENT = PROV("Agent")
_SAME = (SKOS("exactMatch"), OWL("sameAs"))
_CODES = (SKOS("notation"), DCTERMS("identifier"))
_SCORES = {"identifier": 0.95, "label": 0.9}
_KNOWN_IRIS = (
    (re.compile(r"https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/(Q\d+)"), K("wikidata")),
    (re.compile(r"https?://publications\.europa\.eu/resource/authority/country/([A-Z]{3})"), K("iso-3166-1-alpha-3")),
    (re.compile(r"https?://ucdp\.uu\.se/(?:#/)?actor/(\d+)"), K("ucdp-actor")),
)
"""IRIs that other people give to actors, and the scheme whose identifier each ends in."""

Code = tuple[NamedNode, str]


@dataclass(frozen=True)
class _Evidence:
    """Why a thing of theirs may be one of ours: what it matches by, how well, and in words."""

    match: str
    score: float
    reason: str


def match_actors(ours: Facts, theirs: Facts, ontology: Ontology) -> tuple[Likeness, ...]:
    """Return a row for each pair of an actor of theirs and one of ours that may be the same, in order."""
    meeting = _Actors(_Known(ours, ontology), _Stated(ours, theirs), ontology)
    rows = [row for thing, types in _actors_of(theirs, ontology).items() for row in meeting.rows(thing, types)]
    return tuple(sorted(rows, key=lambda row: (row.theirs, -row.score, row.ours)))


def _actors_of(theirs: Facts, ontology: Ontology) -> dict[NamedNode, Classes]:
    """Return the actors of theirs: what has such a class, and what stands where an actor does."""
    found = ontology.instances(theirs, ACTOR) | ontology.instances(theirs, _AGENT)
    placed: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for property_, kind in ontology.roles.items():
        for _, thing in theirs.links(property_):
            placed[thing].add(kind)
    for thing, kinds in placed.items():
        found.setdefault(thing, theirs.types(thing) or frozenset(kinds))
    return found


class _Known:
    """Our actors by their names and by their identifiers."""

    def __init__(self, ours: Facts, ontology: Ontology) -> None:
        self.facts = ours
        self.types = ontology.instances(ours, ACTOR)
        self.named: dict[str, list[tuple[NamedNode, str]]] = defaultdict(list)
        self.sounding: dict[tuple[str, ...], dict[NamedNode, str]] = defaultdict(dict)
        for thing in self.types:
            self._index(thing)
        self.identified: dict[Code, set[NamedNode]] = defaultdict(set)
        for thing, code in _codes(ours):
            self.identified[code].add(thing)

    def _index(self, thing: NamedNode) -> None:
        for name in names_of(self.facts, thing):
            for folded in readings(name):
                self.named[folded].append((thing, name))
            self.sounding[sounds(without_form(fold(name)))].setdefault(thing, name)


class _Stated:
    """What theirs says of the identity of its things: identifiers, and things that it calls the same."""

    def __init__(self, ours: Facts, theirs: Facts) -> None:
        self.facts = theirs
        self.schemes = {scheme: ours.name(scheme) or scheme.value for _, scheme in ours.links(AT("scheme"))}
        self.codes: dict[NamedNode, set[Code]] = defaultdict(set)
        for thing, code in _codes(theirs):
            self.codes[thing].add(code)
        for subject, value in theirs.statements(*_CODES):
            if isinstance(subject, NamedNode) and isinstance(value, Literal) and value.datatype in self.schemes:
                self.codes[subject].add((value.datatype, value.value))
        self.same: dict[NamedNode, set[NamedNode]] = defaultdict(set)
        for one, other in theirs.links(*_SAME):
            self.same[one].add(other)
            self.same[other].add(one)

    def identifiers(self, thing: NamedNode) -> list[Code]:
        """Return the identifiers of *thing*: those stated of it, and those that its IRIs are made of."""
        known = set(self.codes.get(thing, ()))
        for iri in (thing, *self.same.get(thing, ())):
            known |= {(scheme, found[1]) for pattern, scheme in _KNOWN_IRIS if (found := pattern.fullmatch(iri.value))}
        return sorted(known, key=str)


def names_of(facts: Facts, thing: NamedNode) -> list[str]:
    """Return the names of *thing* that are short enough to be names."""
    return [name for name in facts.names(thing) if len(name) <= LONGEST_NAME]


def _codes(facts: Facts) -> Iterator[tuple[NamedNode, Code]]:
    """Yield each thing that an identifier node names at its own grain, with scheme and value."""
    schemes: dict[object, set[NamedNode]] = defaultdict(set)
    values: dict[object, set[str]] = defaultdict(set)
    for node, scheme in facts.statements(AT("scheme")):
        if isinstance(scheme, NamedNode):
            schemes[node].add(scheme)
    for node, value in facts.statements(AT("identifierValue")):
        if isinstance(value, Literal):
            values[node].add(value.value)
    for node, thing in facts.statements(AT("identifies")):
        if isinstance(thing, NamedNode) and len(schemes[node]) == len(values[node]) == 1:
            (scheme,), (text,) = schemes[node], values[node]
            yield thing, (scheme, text)


class _Actors:
    """The actors of both sides, ready to be compared."""

    def __init__(self, known: _Known, stated: _Stated, ontology: Ontology) -> None:
        self._known = known
        self._stated = stated
        self._ontology = ontology

    def rows(self, thing: NamedNode, types: Classes) -> Iterator[Likeness]:
        """Yield a row for each of ours that *thing* may be, and for each that only a name or an identifier suggests."""
        if self._known.facts.about(thing):
            if thing in self._known.types and self._stated.facts.about(thing):
                yield self._judged(thing, thing, types, [_Evidence("same IRI", 1.0, "the same IRI")])
            return
        found = self._evidence(thing)
        fitting = [one for one in found if self._fits(types, one)]
        chosen = [one for one in fitting if found[one][0].match != "near"] or fitting
        several = [f"one of {len(chosen)} of ours that fit"] if len(chosen) > 1 else []
        for one, evidence in found.items():
            if one in chosen:
                yield self._likeness(thing, one, evidence[0], [*(each.reason for each in evidence), *several])
            elif one not in fitting and evidence[0].match != "near":
                yield self._judged(thing, one, types, evidence)

    def _evidence(self, thing: NamedNode) -> dict[NamedNode, list[_Evidence]]:
        """Return what speaks for each of ours that *thing* may be, the strongest first."""
        found: dict[NamedNode, list[_Evidence]] = defaultdict(list)
        for one, evidence in _by_statement(thing, self._known, self._stated):
            found[one].append(evidence)
        names = names_of(self._stated.facts, thing)
        named = dict(each for name in reversed(names) for each in _by_name(name, self._known))
        for one, evidence in named.items():
            found[one].append(evidence)
        sounding = dict(each for name in reversed(names) for each in _by_sound(name, self._known))
        return found | {one: [evidence] for one, evidence in sounding.items() if one not in found}

    def _judged(self, thing: NamedNode, one: NamedNode, types: Classes, evidence: list[_Evidence]) -> Likeness:
        """Return the row of two that share an IRI, an identifier or a name: a warning where their kinds differ."""
        reasons = [each.reason for each in evidence]
        if self._fits(types, one):
            return self._likeness(thing, one, evidence[0], reasons)
        theirs, ours = self._kinds(types), self._kinds(self._known.types[one])
        warning = _Evidence("kind differs", 0.0, f"theirs is {theirs}, ours is {ours}")
        return self._likeness(thing, one, warning, [*reasons, warning.reason])

    def _fits(self, types: Classes, one: NamedNode) -> bool:
        """Whether a thing of *types* can be *one* of ours; a kind that is not said in our words rules nothing out."""
        ours = self._known.types[one]
        own = frozenset(kind for kind in types if self._ontology.falls_under(frozenset({kind}), ACTOR))
        return not self._ontology.clash(types, ours) and (not own or self._ontology.related(own, ours))

    def _kinds(self, types: Classes) -> str:
        names = (self._known.facts.name(one) or one.value for one in self._ontology.specific(types))
        return " and ".join(sorted(names))

    def _likeness(self, thing: NamedNode, one: NamedNode, best: _Evidence, reasons: list[str]) -> Likeness:
        name, own = clean(self._stated.facts.name(thing)), clean(self._known.facts.name(one))
        return Likeness(thing.value, name, one.value, own, best.match, best.score, tuple(dict.fromkeys(reasons)))


def _by_statement(thing: NamedNode, known: _Known, stated: _Stated) -> Iterator[tuple[NamedNode, _Evidence]]:
    for one in sorted(stated.same.get(thing, ()), key=str):
        if one in known.types:
            yield one, _Evidence("identifier", _SCORES["identifier"], "theirs calls it the same as ours")
    for scheme, value in stated.identifiers(thing):
        for one in sorted(known.identified.get((scheme, value), ()), key=str):
            if one in known.types:
                reason = f"{stated.schemes.get(scheme, scheme.value)} {value} is ours too"
                yield one, _Evidence("identifier", _SCORES["identifier"], reason)


def _by_name(name: str, known: _Known) -> Iterator[tuple[NamedNode, _Evidence]]:
    for folded in sorted(readings(name)):
        for one, own in known.named.get(folded, ()):
            same = "" if name == own else f", as ours is {own!r}"
            yield one, _Evidence("label", _SCORES["label"], f"named {clean(name)!r}{same}")


def _by_sound(name: str, known: _Known) -> Iterator[tuple[NamedNode, _Evidence]]:
    folded = without_form(fold(name))
    for one, own in known.sounding.get(sounds(folded), {}).items() if folded else ():
        other = without_form(fold(own))
        if alike(folded, other):
            reason = f"named {clean(name)!r}, nearly as ours is {own!r}"
            yield one, _Evidence("near", round(_SCORES["label"] * ratio(fold(name), fold(own)), 2), reason)

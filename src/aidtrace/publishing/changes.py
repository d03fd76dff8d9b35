"""What changed from one data set to the next, thing by thing: new things, things that are gone, other values."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from aidtrace.namespaces import AT, GRAPH, RDF
from aidtrace.publishing.canonical import each_canonical
from aidtrace.publishing.sides import Side

Term = NamedNode | Literal
Subject = NamedNode | BlankNode
Values = Mapping[NamedNode, Counter[Term]]
"""What is said of a thing, by property; what a blank node says counts for the thing that it hangs on."""

_DESCRIBING = GRAPH("catalog")
"""Counts of all others: it changes with each of them, and says nothing of its own."""

_COMPUTED = ("/inferred", "/trace")
"""How the names of graphs end whose triples follow from others."""


@dataclass(frozen=True)
class Change:
    """A property of a thing that lost values, or got some; where it is *computed*, that follows from others."""

    property: NamedNode
    before: tuple[Term, ...]
    after: tuple[Term, ...]
    computed: bool


@dataclass(frozen=True)
class Changed:
    """A thing that is ``new``, ``gone`` or ``changed``, and its changes.

    It has changed inside where there are none: the same values hang on it in another order, or at other places.
    """

    thing: Subject
    what: str
    changes: tuple[Change, ...]


class Difference:
    """What changed from *before* to *after*: the quads that are gone and those that came, and what that says."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before, self.after = before, after
        old, new = set(before.quads), set(after.quads)
        self.removed = tuple(quad for quad in before.quads if quad not in new)
        self.added = tuple(quad for quad in after.quads if quad not in old)

    @cached_property
    def things(self) -> list[Changed]:
        """The things that changed, in the order of their names."""
        old, new = _told(self.before.quads), _told(self.after.quads)
        stated = _stated(self.removed, self.before.quads) | _stated(self.added, self.after.quads)
        found, inside = list[Changed](), self._changed_inside()
        for thing in sorted(old.keys() | new.keys(), key=str):
            was, now = old.get(thing, {}), new.get(thing, {})
            if was != now or thing in inside:
                what = "changed" if was and now else "new" if now else "gone"
                found.append(Changed(thing, what, tuple(_changes(thing, was, now, stated))))
        return found

    def _changed_inside(self) -> set[Any]:
        """Return the things on which other blank nodes hang than before, whatever these are called."""
        touched = {quad.subject for quad in (*self.removed, *self.added) if isinstance(quad.object, BlankNode)}
        before, after = (_by_subject(side.quads) if touched else {} for side in (self.before, self.after))
        named = [one for one in touched if isinstance(one, NamedNode)]
        trees = each_canonical(_tree(thing, told) for told in (before, after) for thing in named)
        was, now = trees[: len(named)], trees[len(named) :]
        return {thing for thing, old, new in zip(named, was, now, strict=True) if old != new}


def _by_subject(quads: Iterable[Quad]) -> dict[Any, list[Quad]]:
    found: dict[Any, list[Quad]] = defaultdict(list)
    for triple in {quad.triple for quad in quads if quad.graph_name != _DESCRIBING}:
        found[triple.subject].append(Quad(*triple))
    return found


def _tree(thing: NamedNode, told: Mapping[Any, list[Quad]]) -> set[Quad]:
    """Return what leads from *thing* to blank nodes, and all that is said of these."""
    found, left = set[Quad](), [quad for quad in told.get(thing, ()) if isinstance(quad.object, BlankNode)]
    while left:
        quad = left.pop()
        if quad not in found:
            found.add(quad)
            left += told.get(quad.object, ()) if isinstance(quad.object, BlankNode) else ()
    return found


def _told(quads: Iterable[Quad]) -> dict[Subject, Values]:
    """Return what is said of each thing; a triple that several graphs hold counts once."""
    owners, run = _owners(quads), AT("TraceRun")
    runs = {quad.subject for quad in quads if quad.object == run and quad.predicate == RDF("type")}
    found: dict[Subject, Values] = defaultdict(lambda: defaultdict(Counter))
    for triple in {quad.triple for quad in quads if quad.graph_name != _DESCRIBING}:
        if triple.subject in runs or triple.object in runs:  # it is named after the revision, and so never the same
            continue
        subject, value = owners.get(triple.subject, triple.subject), triple.object
        if isinstance(subject, NamedNode | BlankNode) and isinstance(value, NamedNode | Literal):
            found[subject][triple.predicate][value] += 1
    return found


def _owners(quads: Iterable[Quad]) -> dict[Any, Subject]:
    """Return the thing with a name that each blank node hangs on, one step or more below; of several the first."""
    below: dict[Any, list[Any]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.object, BlankNode):
            below[quad.subject].append(quad.object)
    found: dict[Any, Subject] = {}
    for thing in sorted((one for one in below if isinstance(one, NamedNode)), key=str):
        left = [*below[thing]]
        while left:
            node = left.pop()
            if node not in found:
                found[node] = thing
                left += below.get(node, ())
    return found


def _stated(changed: Iterable[Quad], among: Iterable[Quad]) -> set[tuple[Any, NamedNode]]:
    """Return of which things which properties changed in a graph that is not computed."""
    owners = _owners(among)
    return {
        (owners.get(quad.subject, quad.subject), quad.predicate)
        for quad in changed
        if not getattr(quad.graph_name, "value", "").endswith(_COMPUTED)
    }


def _changes(thing: Subject, was: Values, now: Values, stated: Collection[tuple[Any, NamedNode]]) -> Iterator[Change]:
    """Yield the properties with other values, those that are stated before those that are computed."""
    verbs = sorted(was.keys() | now.keys(), key=lambda verb: ((thing, verb) not in stated, verb.value))
    for verb in verbs:
        old, new = was.get(verb, Counter()), now.get(verb, Counter())
        if old != new:
            lost, got = (tuple(sorted(one.elements(), key=str)) for one in (old - new, new - old))
            yield Change(verb, lost, got, (thing, verb) not in stated)

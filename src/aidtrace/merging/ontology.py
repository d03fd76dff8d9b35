"""What the ontology says of kinds and roles: which classes go together, and which properties have actors as values."""

from collections import defaultdict

from pyoxigraph import NamedNode

from aidtrace.merging.facts import Facts
from aidtrace.namespaces import AT, OWL, RDFS

Classes = frozenset[NamedNode]

_ACTOR = AT("Actor")
_MOST_ABOVE = 50  # no tree is that deep; without it a chain of thousands would be climbed from each of its steps


class Ontology:
    """The class and property trees of ours; what they say of their own classes is added, never of ours."""

    def __init__(self, ours: Facts, theirs: Facts) -> None:
        self._classes = _tree(ours, theirs, RDFS("subClassOf"))
        self._properties = _tree(ours, theirs, RDFS("subPropertyOf"))
        self._disjoint: dict[NamedNode, set[NamedNode]] = defaultdict(set)
        for one, other in ours.links(OWL("disjointWith")):
            self._disjoint[one].add(other)
            self._disjoint[other].add(one)
        self._above: dict[NamedNode, Classes] = {}
        self._above_all: dict[Classes, Classes] = {}
        self.roles = self._find_roles(ours)

    def above(self, types: Classes) -> Classes:
        """Return *types* and every class above them."""
        if types not in self._above_all:
            self._above_all[types] = frozenset().union(*map(self._above_one, types))
        return self._above_all[types]

    def specific(self, types: Classes) -> Classes:
        """Return those of *types* that are above none of the others."""
        general = [self._above_one(one) - {one} for one in types]
        return types - frozenset().union(*general) or types

    def falls_under(self, types: Classes, root: NamedNode) -> bool:
        """Whether one of *types* is *root* or a class below it."""
        return root in self.above(types)

    def instances(self, facts: Facts, root: NamedNode) -> dict[NamedNode, Classes]:
        """Return the IRIs of one side that belong to *root* or to a class below it, in order, with their classes."""
        return {thing: types for thing, types in facts.typed.items() if self.falls_under(types, root)}

    def clash(self, these: Classes, those: Classes) -> bool:
        """Whether the ontology says that nothing belongs to *these* and to *those*."""
        every = self.above(those)
        return any(not every.isdisjoint(self._disjoint.get(one, ())) for one in self.above(these))

    def related(self, these: Classes, those: Classes) -> bool:
        """Whether one of the most specific of *these* is above, below or the same as one of *those*."""
        mine, others = self.specific(these), self.specific(those)
        return not mine.isdisjoint(self.above(others)) or not others.isdisjoint(self.above(mine))

    def compatible(self, these: Classes, those: Classes) -> bool:
        """Whether one thing may well be of both kinds."""
        return self.related(these, those) and not self.clash(these, those)

    def narrower(self, property_: NamedNode) -> tuple[NamedNode, ...]:
        """Return *property_* and every property below it."""
        below = [one for one in self._properties if property_ in _closure(self._properties, one)]
        return tuple(sorted({property_, *below}, key=lambda one: one.value))

    def _above_one(self, one: NamedNode) -> Classes:
        if one not in self._above:
            self._above[one] = frozenset(_closure(self._classes, one))
        return self._above[one]

    def _find_roles(self, ours: Facts) -> dict[NamedNode, NamedNode]:
        """Return the properties whose values are actors, each with the class of its values."""
        ranges = dict(sorted(ours.links(RDFS("range")), key=str))
        roles = {one: kind for one, kind in ranges.items() if _ACTOR in self._above_one(kind)}
        for one in self._properties:
            broader = sorted(_closure(self._properties, one) & roles.keys(), key=str)
            if broader:
                roles.setdefault(one, roles[broader[0]])
        return roles


def _tree(ours: Facts, theirs: Facts, upward: NamedNode) -> dict[NamedNode, set[NamedNode]]:
    tree: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for one, other in ours.links(upward):
        tree[one].add(other)
    for one, other in theirs.links(upward):
        if not ours.about(one):
            tree[one].add(other)
    return tree


def _closure(tree: dict[NamedNode, set[NamedNode]], start: NamedNode) -> set[NamedNode]:
    found, waiting = {start}, [start]
    while waiting and len(found) < _MOST_ABOVE:
        new = tree.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found

"""Paths walked backwards, from a changed triple to the nodes that it may matter to.

The walk is over the data after the change. A node that was tied to a triple before it is found too: on the way that is
gone, one triple was the first to be taken out; it is a changed triple itself, and the way to it is still there.
"""

from collections.abc import Collection, Iterable

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from aidtrace.shacl import paths
from aidtrace.shacl.paths import Anything, Path, Predicate
from aidtrace.shacl.terms import Term

_DEFAULT = DefaultGraph()


class TooFar(Exception):  # noqa: N818  # it is no error of anybody's
    """A walk reaches so many nodes that looking at all is quicker."""


class Walker:
    """Walks backwards over *store*, to *most* nodes at most at each step."""

    def __init__(self, store: Store, most: int) -> None:
        self._store, self._most = store, most
        self._walked: dict[tuple[Path, frozenset[Term]], set[Term] | None] = {}

    def back(self, path: Path, ends: Collection[Term]) -> set[Term]:
        """Return every node from which *path* leads to one of *ends*; raise TooFar if they are too many."""
        key = (path, frozenset(ends))
        if key not in self._walked:
            try:
                self._walked[key] = self._back(path, set(ends))
            except TooFar:
                self._walked[key] = None
        found = self._walked[key]
        if found is None:
            raise TooFar
        return found

    def _back(self, path: Path, ends: set[Term]) -> set[Term]:
        match path:
            case Predicate(iri):
                return self._checked(self._subjects(ends, iri))
            case Anything():
                return self._checked(self._subjects(ends, None))
            case paths.Inverse(inner):
                if isinstance(inner, Predicate | Anything):
                    return self._checked(self._objects(ends, inner.iri if isinstance(inner, Predicate) else None))
                return self._back(paths.inverse(inner), ends)
            case paths.Sequence(steps):
                for step in reversed(steps):
                    ends = self._back(step, ends) if ends else ends
                return ends
            case paths.Alternative(choices):
                return self._checked(node for choice in choices for node in self._back(choice, ends))
            case paths.ZeroOrOne(inner):
                return ends | self._back(inner, ends)
            case paths.OneOrMore(inner):
                return self._closure(inner, self._back(inner, ends))
            case paths.ZeroOrMore(inner):
                return self._closure(inner, ends)

    def _closure(self, path: Path, ends: set[Term]) -> set[Term]:
        found, new = set(ends), ends
        while new:
            new = self._back(path, new) - found
            found |= new
            if len(found) > self._most:
                raise TooFar
        return found

    def _checked(self, nodes: Iterable[Term]) -> set[Term]:
        found: set[Term] = set()
        for node in nodes:
            found.add(node)
            if len(found) > self._most:
                raise TooFar
        return found

    def _subjects(self, ends: set[Term], predicate: NamedNode | None) -> Iterable[Term]:
        """Yield the subjects of *predicate* at *ends*."""
        for end in ends:
            for quad in self._store.quads_for_pattern(None, predicate, end, _DEFAULT):
                assert not isinstance(quad.subject, Triple)
                yield quad.subject

    def _objects(self, ends: set[Term], predicate: NamedNode | None) -> Iterable[Term]:
        """Yield the values of *predicate* at *ends*."""
        for end in ends:
            if not isinstance(end, Literal):
                for quad in self._store.quads_for_pattern(end, predicate, None, _DEFAULT):
                    assert not isinstance(quad.object, Triple)
                    yield quad.object

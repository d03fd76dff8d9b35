"""Paths walked backwards, over the data as they are and as they were.

A node whose rows change was tied to a changed triple before the change or is tied to it after. Both are found at once
by walking over the changed store together with the triples that were taken out of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from aidtrace.shacl import paths
from aidtrace.shacl.paths import Anything, Path, Predicate
from aidtrace.shacl.terms import Node, Term

_DEFAULT = DefaultGraph()


class TooFar(Exception):  # noqa: N818  # it is no error of anybody's
    """A walk reaches so many nodes that looking at all is quicker."""


class Walker:
    """Walks backwards over *store* and *removed*, over *most* nodes at most for each path."""

    def __init__(self, store: Store, removed: Iterable[Triple], most: int) -> None:
        self._store, self._most = store, most
        self._out: dict[Any, list[Triple]] = defaultdict(list)
        self._in: dict[Any, list[Triple]] = defaultdict(list)
        self._walked: dict[tuple[Path, frozenset[Term]], set[Term] | None] = {}
        for triple in removed:
            self._out[triple.subject].append(triple)
            self._in[triple.object].append(triple)

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
                yield _node(quad)
            for triple in self._in.get(end, ()):
                if predicate is None or triple.predicate == predicate:
                    yield _node(triple)

    def _objects(self, ends: set[Term], predicate: NamedNode | None) -> Iterable[Term]:
        """Yield the values of *predicate* at *ends*."""
        for end in ends:
            if not isinstance(end, Literal):
                for quad in self._store.quads_for_pattern(end, predicate, None, _DEFAULT):
                    yield _value(quad)
                for triple in self._out.get(end, ()):
                    if predicate is None or triple.predicate == predicate:
                        yield _value(triple)


def _node(triple: Quad | Triple) -> Node:
    assert not isinstance(triple.subject, Triple)
    return triple.subject


def _value(triple: Quad | Triple) -> Term:
    assert not isinstance(triple.object, Triple)
    return triple.object

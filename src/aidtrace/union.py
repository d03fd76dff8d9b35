"""Keeps a store's default graph the deduplicated union of its named graphs, the shapes left out.

A query without GRAPH then sees each triple once, also when two graphs hold it: COUNT and SUM are right.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from aidtrace.namespaces import GRAPH

Graph = NamedNode | BlankNode | DefaultGraph

APART = GRAPH("shapes")
"""The one graph that the union leaves out: shapes speak of classes and properties as if they were data."""


@dataclass
class Delta:
    """What a write did to the default graph: quads added and removed, None where that is not known."""

    added: set[Quad] | None = None
    removed: set[Quad] | None = None

    def then(self, later: "Delta") -> "Delta":
        """Return what this and then *later* come to."""
        if self.added is None or self.removed is None or later.added is None or later.removed is None:
            return Delta()
        return Delta(
            (self.added - later.removed) | (later.added - self.removed),
            (self.removed - later.added) | (later.removed - self.added),
        )


@contextmanager
def united(store: Store, touched: Iterable[str] | None = None) -> Iterator[Delta]:
    """Bring the default graph of *store*, which has to be right, up to date after what the block writes.

    *touched* are the IRIs of the graphs that it may change, or None where that is not known. The cost is that of
    reading those graphs twice. The delta is filled when the block ends, where *touched* is known.
    """
    graphs = {NamedNode(iri) for iri in touched or ()} - {APART}
    before = {graph: set(_triples(store, graph)) for graph in graphs}
    delta = Delta()
    yield delta
    if touched is None:
        _rebuild(store)
        return
    delta.added, delta.removed = set(), set()
    for graph, old in before.items():
        new = set(_triples(store, graph))
        lost = {quad for quad in old - new if not _elsewhere(store, quad)}
        for quad in lost:
            store.remove(quad)
        gained = {quad for quad in new - old if quad not in store}
        store.extend(gained)
        delta.removed |= lost
        delta.added |= gained


def change(store: Store, removed: set[Quad], added: set[Quad]) -> Delta:
    """Remove and add quads of named graphs, and bring the default graph up to date, at the cost of these quads.

    A quad that is both removed and added is there afterwards.
    """
    gone = {quad for quad in removed - added if quad in store}
    come = {quad for quad in added if quad not in store}
    for quad in gone:
        store.remove(quad)
    store.extend(come)
    lost = {_default(quad) for quad in gone if quad.graph_name != APART and not _elsewhere(store, quad)}
    gained = {_default(quad) for quad in come if quad.graph_name != APART}
    gained = {quad for quad in gained if quad not in store}
    for quad in lost:
        store.remove(quad)
    store.extend(gained)
    return Delta(gained, lost)


def replace(store: Store, graph: Graph, before: Store, quads: Iterable[Quad]) -> None:
    """Put *quads*, all of *graph*, in the place of what it holds, and bring the default graph up to date.

    *before* is the store as it was. Nothing is held in memory, however large the graph is; all of it is read once more.
    """
    empty(store, graph)
    store.bulk_extend(quads)
    if graph == APART:
        return
    for quad in _triples(before, graph):
        if not _elsewhere(store, quad):
            store.remove(quad)
    store.bulk_extend(_triples(store, graph))


def empty(store: Store, graph: Graph) -> None:
    """Remove *graph*, if it is there: quad by quad, so that no transaction has to hold all of a large one."""
    if store.contains_named_graph(graph):
        for quad in store.quads_for_pattern(None, None, None, graph):
            store.remove(quad)
        store.remove_graph(graph)


def _default(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _rebuild(store: Store) -> None:
    """Compare the default graph with all others; the write may have emptied it too."""
    wanted = {quad for graph in _named(store) - {APART} for quad in _triples(store, graph)}
    there = set(store.quads_for_pattern(None, None, None, DefaultGraph()))
    for quad in there - wanted:
        store.remove(quad)
    store.extend(wanted - there)


def disjoint(store: Store, graphs: Iterable[str]) -> bool:
    """Whether no triple lies in two of *graphs*. The cost is that of reading all of them but the largest."""
    names = [NamedNode(iri) for iri in graphs]
    sizes = {name: sum(1 for _ in store.quads_for_pattern(None, None, None, name)) for name in names}
    names.sort(key=lambda name: sizes[name])
    for number, name in enumerate(names):
        others = names[number + 1 :]
        for quad in store.quads_for_pattern(None, None, None, name):
            if any(Quad(quad.subject, quad.predicate, quad.object, other) in store for other in others):
                return False
    return True


def merged(store: Store, default: Iterable[str], named: Iterable[str]) -> Store:
    """Copy the graphs *default* into one default graph, each triple once, and *named* beside it, in memory."""
    copy = Store()
    for iri in default:
        copy.extend(_triples(store, NamedNode(iri)))
    for iri in named:
        copy.extend(store.quads_for_pattern(None, None, None, NamedNode(iri)))
    return copy


def copied(store: Store, *, union: bool) -> Store:
    """Copy all that *store* says, the shapes left out, into one default graph in memory; *union* says it has that."""
    copy = Store()
    quads = store.quads_for_pattern(None, None, None, DefaultGraph() if union else None)
    copy.bulk_extend(_default(quad) for quad in quads if quad.graph_name != APART)
    return copy


def _triples(store: Store, graph: Graph) -> Iterator[Quad]:
    """Return the triples of *graph* as quads of the default graph."""
    for quad in store.quads_for_pattern(None, None, None, graph):
        yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _elsewhere(store: Store, quad: Quad) -> bool:
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(one.graph_name not in (APART, DefaultGraph()) for one in found)


def _named(store: Store) -> set[NamedNode]:
    return {graph for graph in store.named_graphs() if isinstance(graph, NamedNode)}

"""What a write did to a copy of an engine's graphs, as an update that does the same to the engine itself."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from aidtrace.server.engines.kinds import Kind

_AT_ONCE = 1000
"""Triples of one operation; Virtuoso takes no more than some 5,000 lines."""


@dataclass(frozen=True)
class Difference:
    """Quads of named graphs that are *added* and *removed*; graphs that are *emptied*, whose quads are not told.

    *counts* are by how many triples each graph grows, and the union by its name ``""``. *united* is how many the union
    had before. *told* says whether data alone say all of it: a blank node that was there before has no name.
    """

    added: list[Quad]
    removed: list[Quad]
    emptied: list[str]
    counts: Counter[str]
    united: int
    told: bool

    @classmethod
    def between(cls, before: Store, after: Store, kind: Kind) -> "Difference":
        """Compare two stores; the cost is that of reading both."""
        emptied = {graph for graph in _graphs(before) if not any(True for _ in islice(_quads(after, graph), 1))}
        counts, united, removed = Counter[str](), 0, list[Quad]()
        for quad in before:
            united += isinstance(quad.graph_name, DefaultGraph)
            if quad not in after:
                counts[_name(quad)] -= 1
                if isinstance(quad.graph_name, NamedNode) and quad.graph_name not in emptied:
                    removed.append(quad)
        new = [quad for quad in after if quad not in before]
        counts.update(_name(quad) for quad in new)
        added = [quad for quad in new if isinstance(quad.graph_name, NamedNode)]
        told = not any(_blanks(quad) or _unsaid(quad, kind) for quad in removed)
        told = told and not any(_known(before, node) for quad in added for node in _blanks(quad))
        return cls(added, removed, sorted(graph.value for graph in emptied), counts, united, told)

    @property
    def update(self) -> str:
        """The update that does the same where it is told; nothing where there is nothing to do."""
        named = [quad for quad in self.added if not _blanks(quad)]
        nameless = [quad for quad in self.added if _blanks(quad)]
        operations = [f"CLEAR SILENT GRAPH <{graph}>" for graph in self.emptied]
        operations += [f"DELETE DATA {{ {text} }}" for text in _by_graph(self.removed)]
        operations += [f"INSERT DATA {{ {text} }}" for text in _by_graph(named)]
        operations += [f"INSERT {{ {' '.join(_by_graph(nameless))} }} WHERE {{}}"] if nameless else []
        return " ;\n".join(operations)


def _graphs(store: Store) -> Iterator[NamedNode]:
    return (graph for graph in store.named_graphs() if isinstance(graph, NamedNode))


def _quads(store: Store, graph: NamedNode) -> Iterator[Quad]:
    return store.quads_for_pattern(None, None, None, graph)


def _name(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _blanks(quad: Quad | Triple) -> set[BlankNode]:
    """Return the blank nodes of *quad*, those of a triple that it speaks of among them."""
    found = {one for one in (quad.subject, quad.object) if isinstance(one, BlankNode)}
    return found | _blanks(quad.object) if isinstance(quad.object, Triple) else found


def _known(store: Store, node: BlankNode) -> bool:
    there = (store.quads_for_pattern(node, None, None, None), store.quads_for_pattern(None, None, node, None))
    return any(True for quads in there for _ in islice(quads, 1))


def _unsaid(quad: Quad, kind: Kind) -> bool:
    """Whether the engine takes the value of *quad* in no update."""
    return isinstance(quad.object, Literal) and quad.object.datatype.value in kind.unsaid


def _by_graph(quads: list[Quad]) -> Iterator[str]:
    """Yield *quads* as SPARQL has them, some of one graph at once: of a graph that comes twice Virtuoso takes one."""
    for graph, those in groupby(sorted(quads, key=_name), _name):
        triples = [f"{quad.triple} ." for quad in those]
        for begin in range(0, len(triples), _AT_ONCE):
            some = "\n".join(triples[begin : begin + _AT_ONCE])
            yield f"GRAPH <{graph}> {{ {some} }}"

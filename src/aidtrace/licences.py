"""What may be passed on: each graph says so, and says its licence; what says nothing is a writer's own."""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Store

from aidtrace.namespaces import AT, DCTERMS
from aidtrace.store import PUBLISHED

OURS = "https://creativecommons.org/licenses/by/4.0/"
_NOT = Literal("false", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#boolean"))


@dataclass(frozen=True)
class Licences:
    """The graphs of a store that may be passed on, those that may not, and the terms of the former."""

    kept: tuple[NamedNode, ...]
    left_out: tuple[NamedNode, ...]
    terms: tuple[str, ...]
    data_sets: tuple[NamedNode, ...]

    @classmethod
    def of(cls, store: Store, *, private: bool = False) -> "Licences":
        """Look at each graph of *store*; with *private*, those that may not be passed on are kept too."""
        graphs = sorted((one for one in store.named_graphs() if isinstance(one, NamedNode)), key=str)
        left = [] if private else [graph for graph in graphs if may_not_be_passed_on(store, graph)]
        kept = [graph for graph in graphs if graph not in left]
        there = {graph.value for graph in kept}
        terms = {OURS} | {licence for graph, licence in licences(store) if graph in there}
        sets = [graph for graph in kept if any(store.quads_for_pattern(graph, AT("mayBeRedistributed"), None, graph))]
        return cls(tuple(kept), tuple(left), tuple(sorted(terms)), tuple(sets))


def may_not_be_passed_on(store: Store, graph: NamedNode) -> bool:
    """Whether *graph* says of itself that it may not be passed on."""
    return any(store.quads_for_pattern(graph, AT("mayBeRedistributed"), _NOT, graph))


def licences(store: Store) -> set[tuple[str, str]]:
    """Return each graph with each licence that holds for it: ours for what is ours, else what it says of itself."""
    ours = {(graph.value, OURS) for graph in PUBLISHED if store.contains_named_graph(graph)}
    return ours | {
        (graph.value, quad.object.value)
        for graph in store.named_graphs()
        if isinstance(graph, NamedNode)
        for quad in store.quads_for_pattern(graph, DCTERMS("license"), None, graph)
        if isinstance(quad.object, NamedNode)
    }

"""What may be passed on: each graph says so, and says its licence; what says neither is a writer's own."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from aidtrace.namespaces import AT, DCTERMS, XSD
from aidtrace.store import PUBLISHED
from aidtrace.union import Graph

OURS = "https://creativecommons.org/licenses/by/4.0/"
_OPEN = re.compile(
    r"https?://(creativecommons\.org/(licenses/by/|publicdomain/zero/)|(www\.)?opendatacommons\.org/licenses/(pddl|by)(/|$))"
)
"""CC BY, CC0, PDDL and ODC-BY, under which anyone may pass the data on, changed or not, and sold or not."""

_TRUE = {Literal(text, datatype=XSD("boolean")) for text in ("true", "1")}
_CLOSED = "says that it may not be passed on"
_NOT_OPEN = "names terms that are not known to be open, and does not say that it may be passed on"


@dataclass(frozen=True)
class Licences:
    """The graphs of a store that may be passed on, those that may not with the reason, and the terms of the former."""

    kept: tuple[NamedNode, ...]
    left_out: Mapping[Graph, str]
    terms: tuple[str, ...]
    data_sets: tuple[NamedNode, ...]

    @classmethod
    def of(cls, store: Store, *, private: bool = False, own_default: bool = False) -> "Licences":
        """Look at each graph of *store*; with *private*, those that may not be passed on are kept too.

        *own_default* says that the default graph is no union of the others, but holds triples of its own.
        """
        graphs = sorted((one for one in store.named_graphs() if isinstance(one, NamedNode)), key=str)
        found = {} if private else closed(store)
        left = {graph: why for graph, why in found.items() if own_default or graph != DefaultGraph()}
        kept = [graph for graph in graphs if graph not in left]
        there = {graph.value for graph in kept}
        terms = {OURS} | {licence for graph, licence in licences(store) if graph in there}
        sets = [graph for graph in kept if any(store.quads_for_pattern(graph, AT("mayBeRedistributed"), None, graph))]
        return cls(tuple(kept), left, tuple(sorted(terms)), tuple(sets))


def why_closed(said: Iterable[Any], terms: Iterable[Any]) -> str:
    """Return why a graph may not be passed on; nothing where it may, or where it says nothing.

    *said* are its values of ``at:mayBeRedistributed``: any but true closes it. Where there is none, each of its
    licences, *terms*, has to be known to be open.
    """
    values = set(said)
    if values - _TRUE:
        return _CLOSED
    if not values and not all(isinstance(one, NamedNode) and is_open(one.value) for one in terms):
        return _NOT_OPEN
    return ""


def closed(quads: Store | Iterable[Quad]) -> dict[Graph, str]:
    """Return the graphs of *quads* that may not be passed on, by what each says of itself, and why.

    A default graph has no name to say it of: whatever may not be passed on closes it.
    """
    said, terms = defaultdict[Graph, set[Any]](set), defaultdict[Graph, set[Any]](set)
    for quad in _telling(quads) if isinstance(quads, Store) else quads:
        graph, of_itself = quad.graph_name, quad.subject == quad.graph_name
        if quad.predicate == AT("mayBeRedistributed") and (of_itself or graph == DefaultGraph()):
            said[graph].add(quad.object)
        elif quad.predicate == DCTERMS("license") and of_itself:
            terms[graph].add(quad.object)
    found = {graph: why_closed(said.get(graph, ()), terms.get(graph, ())) for graph in {*said, *terms}}
    return {graph: found[graph] for graph in sorted(found, key=str) if found[graph]}


def is_open(licence: str) -> bool:
    """Whether the address of a licence is of one that lets everyone pass the data on.

    >>> is_open("https://creativecommons.org/licenses/by/4.0/")
    True
    >>> is_open("https://creativecommons.org/licenses/by-nc/4.0/")
    False
    >>> is_open("https://correlatesofwar.org/data-sets/")
    False
    """
    return _OPEN.match(licence) is not None


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


def _telling(store: Store) -> Iterator[Quad]:
    for verb in (AT("mayBeRedistributed"), DCTERMS("license")):
        yield from store.quads_for_pattern(None, verb, None, None)

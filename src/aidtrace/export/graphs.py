"""The built graphs as RDF text."""

from collections.abc import Mapping

from pyoxigraph import DefaultGraph, RdfFormat, Store, serialize

from aidtrace.errors import InputError, unknown_name
from aidtrace.namespaces import GRAPH, PREFIXES
from aidtrace.union import Graph

_FORMATS = {
    "trig": RdfFormat.TRIG,
    "nquads": RdfFormat.N_QUADS,
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}


def export_graph(
    store: Store, name: str | None, form: str, *, default: bool = False, without: Mapping[Graph, str] | None = None
) -> bytes:
    """Serialise the named graph *name*, or all of them, sorted so that the same graph is the same text.

    *default* says that the default graph holds triples of its own and belongs to all; else it is their union. The
    graphs *without* may not be passed on, for a reason each: InputError where one of them is asked for by name.
    """
    syntax, without = _FORMATS[form], without or {}
    if name is not None and GRAPH(name) in without:
        raise InputError(f"--graph {name}: {without[GRAPH(name)]}; expected --include-private with it")
    graphs = sorted((graph for graph in store.named_graphs() if graph not in without), key=str)
    if name is None and not syntax.supports_datasets:
        raise InputError(f"--format {form} holds one graph; expected --graph NAME, or trig, nquads or jsonld")
    if name is not None and GRAPH(name) not in graphs:
        known = [graph.value.removeprefix(GRAPH.iri) for graph in graphs if hasattr(graph, "value")]
        raise unknown_name("graph", name, known)
    default = default and DefaultGraph() not in without
    wanted = [*[DefaultGraph()] * default, *graphs] if name is None else [GRAPH(name)]
    quads = sorted((quad for graph in wanted for quad in store.quads_for_pattern(None, None, None, graph)), key=str)
    content = quads if name is None else [quad.triple for quad in quads]
    return serialize(content, format=syntax, prefixes=PREFIXES) or b""

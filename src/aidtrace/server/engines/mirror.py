"""A copy of an engine's graphs in a store of ours, for what has to see every triple: gate, search and counts."""

from collections.abc import Collection
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from aidtrace.server.engines.looking import Holdings, expect_small
from aidtrace.server.engines.mending import mended
from aidtrace.server.engines.remote import N_TRIPLES, Dataset, EngineError, Remote
from aidtrace.union import APART

_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def mirrored(remote: Remote, found: Holdings, folder: Path, seconds: float) -> Store:
    """Copy all graphs to a new store in *folder*, whose default graph is their union; EngineError where that fails."""
    expect_small(found)
    store = Store(str(folder))
    for graph in sorted(found.graphs):
        _copy(remote, store, NamedNode(graph), found.graphs[graph], seconds)
    store.flush()
    return store


def _copy(remote: Remote, store: Store, graph: NamedNode, count: int | None, seconds: float) -> None:
    reply = remote.query(_ALL, N_TRIPLES, Dataset([graph.value]), seconds)
    rename = not remote.kind.labels  # else the label of a node in one graph may be that of another in the next
    try:
        quads: Collection[Quad] = list(parse(reply.content(), RdfFormat.N_TRIPLES, rename_blank_nodes=rename))
    except SyntaxError as error:
        raise EngineError(502, "Engine's answer broken", f"<{graph.value}> does not parse ({error.msg})") from error
    if count is not None and not len(set(quads)) <= count <= len(quads):  # it may send a triple twice
        told = f"<{graph.value}> came with {len(quads)} triples, and the engine counts {count}"
        raise EngineError(503, "Not copied whole", f"{told}; expected it as it is counted, a moment later")
    quads = [mended(one) for one in quads] if remote.kind.copied else quads
    store.bulk_extend(Quad(one.subject, one.predicate, one.object, graph) for one in quads)
    if graph != APART:
        store.bulk_extend(Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in quads)

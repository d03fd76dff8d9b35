"""Carries an update out step by step, the default graph following each: it is the union of all others."""

from contextlib import suppress
from typing import Any

from pyoxigraph import NamedNode, Quad, Store

from aidtrace.union import Delta, change, united


def run(store: Store, request: dict[str, Any]) -> Delta:
    """Carry out the steps of *request* on *store*; SyntaxError where its text is malformed, before anything is done."""
    with suppress(OSError, ValueError, RuntimeError):  # over nothing: only whether it can be read
        Store().update(request["text"], base_iri=request["base"])
    delta = Delta(set(), set())
    for step in request["steps"]:
        delta = delta.then(_take(store, step, request["base"]))
    return delta


def _take(store: Store, step: dict[str, Any], base: str) -> Delta:
    """Carry out one step (`aidtrace.server.writing.steps.Step`), and say what it did to the default graph."""
    if not step["rewritten"]:
        with united(store, step["touched"]) as delta:
            store.update(step["text"], base_iri=base)
        return delta
    place = Store() if step["data"] else store
    place.update(step["text"], base_iri=base)
    removed, added = (_taken(place, step[kind]) for kind in ("removes", "adds"))
    return change(store, removed, added)


def _taken(place: Store, apart: dict[str, str]) -> set[Quad]:
    """Take the graphs set apart out of *place*, as quads of the graphs that they stand for."""
    found = set[Quad]()
    for name, meant in apart.items():
        graph, into = NamedNode(name), NamedNode(meant)
        found.update(
            Quad(quad.subject, quad.predicate, quad.object, into)
            for quad in place.quads_for_pattern(None, None, None, graph)
        )
        if place.contains_named_graph(graph):
            place.remove_graph(graph)
    return found

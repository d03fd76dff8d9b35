"""Our graphs as files: ``/dumps/NAME.nt`` is one triple a line, in order, so that its checksum is that of the graph.

The lines are sorted as bytes (``LC_ALL=C sort``). In a built store, which holds our files alone, blank nodes are named
by RDFC-1.0, so that another server with the same graph has the same checksum; in a store that takes writes they bear
the names that they have there, as they do where they cannot be named in time: whoever can write could make that
canonicalisation take for ever.
"""

import asyncio
from contextlib import suppress
from hashlib import sha256
from typing import Any

from pyoxigraph import Literal, NamedNode, RdfFormat, parse, serialize

from aidtrace.blanknodes import named_in_time
from aidtrace.errors import InputError, one_of
from aidtrace.licences import OURS, why_closed
from aidtrace.namespaces import GRAPH
from aidtrace.server.answers import gather, send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of
from aidtrace.server.pages.entities import rows
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"
SUMS = "SHA256SUMS"
_OURS = frozenset(
    GRAPH(name).value
    for name in ("ontology", "shapes", "article", "sources", "crosswalk", "inferred", "trace", "catalog")
)
_MOST = 500_000
"""A graph with more triples is no file: it is streamed at its own name."""

_TOO_LONG = 503
_N_TRIPLES = "application/n-triples"

Told = dict[str, str]
"""What is told of a graph, by the columns of the queries that tell it."""


async def dumps(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Send a graph of ours as a file, or the checksums of all as ``sha256sum --check`` reads them."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    snapshot = service.current
    files, name = await made(service, snapshot), http.path.removeprefix("/dumps/")
    if name == SUMS:
        sums = "".join(f"{sha256(body).hexdigest()}  {one}\n" for one, body in files.items())
        await send_fixed(http, send, snapshot, "text/plain", sums.encode())
    elif name in files:
        await send_fixed(http, send, snapshot, _N_TRIPLES, files[name])
    else:
        raise Problem(404, "No such file", f"no file is called {name!r}; expected {one_of([*files, SUMS])}")


async def graphs(service: Service, snapshot: Snapshot) -> list[Told]:
    """Return the graphs of *snapshot* with what they say of themselves; once for each revision."""

    async def told() -> list[Told]:
        with service.holding(snapshot):
            return [await _told(service, snapshot, graph) for graph in sorted(snapshot.graphs)]

    return await service.once_of(snapshot, "graphs", told)


async def made(service: Service, snapshot: Snapshot) -> dict[str, bytes]:
    """Return the files of our graphs in *snapshot*, by name; made once for each revision."""

    async def files() -> dict[str, bytes]:
        with service.holding(snapshot):
            found = [one["graph"] for one in await graphs(service, snapshot) if _is_published(one)]
            return {file_of(graph): await _file(service, snapshot, graph) for graph in found}

    return await service.once_of(snapshot, "dumps", files)


def file_of(graph: str) -> str:
    """Return what the file of *graph* is called."""
    return f"{graph.removeprefix(GRAPH.iri)}.nt"


def graph_of(file: str) -> str:
    """Return the graph that is in *file*."""
    return GRAPH(file.removesuffix(".nt")).value


def _is_published(told: Told) -> bool:
    return told["graph"] in _OURS and not told["closed"] and 0 < int(told.get("count", 0)) <= _MOST


async def _told(service: Service, snapshot: Snapshot, graph: str) -> Told:
    """Return what *graph* says of itself, and how many triples it has.

    A graph that takes too long to count has no number; but one of ours always has, or it would be missing from the
    files.
    """
    bound = {"graph": {"type": "uri", "value": graph}}
    found = await rows(service, "graph", bound, snapshot)
    try:
        found += await rows(service, "size", bound, snapshot)
    except Problem as problem:
        if problem.status != _TOO_LONG or graph in _OURS:
            raise
    told = {column: term["value"] for row in found for column, term in row.items()}
    said, terms = ([_term(row[name]) for row in found if name in row] for name in ("mayBePassedOn", "licence"))
    told |= {"graph": graph, "closed": why_closed(said, terms)}
    return told | ({"licence": OURS} if graph in _OURS else {})


def _term(told: dict[str, str]) -> NamedNode | Literal:
    if told["type"] == "uri":
        return NamedNode(told["value"])
    return Literal(told["value"], datatype=NamedNode(told["datatype"]) if "datatype" in told else None)


async def _file(service: Service, snapshot: Snapshot, graph: str) -> bytes:
    request: dict[str, Any] = {"graph_iri": graph, "results": None, "graph": _N_TRIPLES}
    body = await gather(service, snapshot, request)
    return await asyncio.to_thread(_sorted, body, named_again=service.fixed)


def _sorted(body: bytes, *, named_again: bool) -> bytes:
    if named_again and b"_:" in body:
        with suppress(InputError):
            [named] = named_in_time([parse(body, format=RdfFormat.N_TRIPLES)])
            body = serialize((quad.triple for quad in named), format=RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(line + b"\n" for line in body.split(b"\n") if line))

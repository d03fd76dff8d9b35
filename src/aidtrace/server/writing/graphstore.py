"""The SPARQL 1.1 Graph Store HTTP Protocol, on ``/data`` and on direct names under ``/graph/``."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from aidtrace.namespaces import GRAPH
from aidtrace.server.answers import send_answer, tags
from aidtrace.server.http import (
    Http,
    Receive,
    Scope,
    Send,
    head_of,
    headers_of,
    iri_path,
    is_dry,
    preflight,
    respond,
    respond_json,
    spooled,
)
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.negotiation import SYNONYMS, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service

METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
BODY_LIMIT = 1 << 31
_MULTIPART = "multipart/form-data"


async def graph_store(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request of the protocol."""
    http = head_of(scope)
    if http.method == "OPTIONS":
        await preflight(send, METHODS)
    elif http.method in ("GET", "HEAD"):
        await _get(service, http, _named(service, http, scope), receive, send)
    elif http.method in ("PUT", "POST", "DELETE"):
        await _write(service, http, scope, receive, send)
    else:
        raise Problem(
            405, "Method not allowed", f"{http.method} is not supported; expected {METHODS}", {"Allow": METHODS}
        )


def _named(service: Service, http: Http, scope: Scope) -> str | None:
    """Return the IRI of the graph that is meant, None for the default graph; 400 where none or several are named."""
    if http.path.startswith("/graph/"):
        if http.all("graph") or http.all("default"):
            raise Problem(400, "Malformed request", "the path names the graph already; expected no parameter")
        return _absolute(GRAPH.iri + iri_path(scope).removeprefix("/graph/"))
    graph, default = http.one("graph"), http.one("default")
    if (graph is None) == (default is None):
        raise Problem(400, "Malformed request", "expected one of ?graph=IRI and ?default")
    return None if graph is None else _absolute(_renamed(graph, service, http))


def _renamed(graph: str, service: Service, http: Http) -> str:
    """Return the name of a graph that is given by its address at this server."""
    here = f"{service.address(http)}/graph/"
    return GRAPH.iri + graph.removeprefix(here) if graph.startswith(here) else graph


def _absolute(iri: str) -> str:
    try:
        return NamedNode(iri).value
    except ValueError as error:
        raise Problem(400, "Malformed request", f"graph is {iri!r}; expected an absolute IRI") from error


async def _get(service: Service, http: Http, graph: str | None, receive: Receive, send: Send) -> None:
    pinned = service.pinned(http.one("revision"))
    if graph is not None and graph not in pinned.graphs:
        raise Problem(404, "No such graph", f"<{graph}> is not in the store")
    media = acceptable(http.accept, http.one("format"), tuple(GRAPHS))
    request = {"graph_iri": graph or "", "results": None, "graph": media}
    await send_answer(service, pinned, request, http, receive, send)


async def _write(service: Service, http: Http, scope: Scope, receive: Receive, send: Send) -> None:
    service.permit_write(http.authorization)
    media = SYNONYMS.get(http.content_type, http.content_type)
    op, graph = http.method, None
    create = op == "POST" and http.path == "/data" and not http.all("graph") and not http.all("default")
    if create and media in DATASETS:
        op = "LOAD"
    elif create:
        graph = f"{GRAPH.iri}{secrets.token_hex(8)}"
    else:
        graph = _named(service, http, scope)
    if service.options.union and graph is None and op != "LOAD":
        raise Problem(409, "No graph named", "the default graph here is the union of all; expected ?graph=IRI")
    request: dict[str, Any] = {"op": op, "graph": graph, "base": graph or http.base, "parts": []}
    request |= {"touched": [graph] if graph else None, "dry": is_dry(http)}
    check = partial(_expect_state, service, scope, graph)
    if op == "DELETE":
        said = await service.write(request, check)
    else:
        _expect(media, op)
        async with spooled(scope, receive, service.incoming, BODY_LIMIT) as body:
            request["parts"] = _parts(http, media, body)
            said = await service.write(request, check)
    if request["dry"]:
        await respond_json(send, said)
        return
    headers = [(b"aidtrace-revision", said["revision"].encode())]
    if create and graph:
        address = f"/graph/{graph.removeprefix(GRAPH.iri)}"
        headers.append((b"location", f"{service.address(http)}{address}".encode()))
    await respond(send, 201 if said["created"] and op != "LOAD" else 204, "", b"", headers)


def _expect_state(service: Service, scope: Scope, graph: str | None) -> None:
    """Raise 412 where If-Match or If-None-Match does not hold of the graph as it is now (RFC 9110, section 13.1)."""
    headers = headers_of(scope)
    there = graph is None or graph in service.current.graphs
    now = tags(service.current, {"graph_iri": graph or ""}, GRAPHS) if there else []
    wanted, unwanted = (headers.get(name, b"").decode("latin-1").strip() for name in (b"if-match", b"if-none-match"))
    if wanted and not _holds(wanted, now):
        raise Problem(412, "Precondition failed", "the graph is not what If-Match names; expected its tag as it is now")
    if unwanted and _holds(unwanted, now):
        raise Problem(412, "Precondition failed", "the graph is there, and If-None-Match wants it otherwise")


def _holds(condition: str, now: Sequence[str]) -> bool:
    return bool(now) and (condition == "*" or any(tag in condition for tag in now))


def _expect(media: str, op: str) -> None:
    known = {**GRAPHS, **DATASETS} if op == "LOAD" else GRAPHS
    if media not in known and media != _MULTIPART:
        raise Problem(415, "Unsupported media type", f"{media or 'no type'}; expected {', '.join(known)}")


def _parts(http: Http, media: str, body: Path) -> list[dict[str, str]]:
    """Return the files to load with their types: the body, or each file of a multipart form (section 5.5)."""
    if media != _MULTIPART:
        return [{"path": str(body), "media": media}]
    from werkzeug.formparser import FormDataParser

    with ExitStack() as files:
        stream = files.enter_context(body.open("rb"))
        parser = FormDataParser(silent=False)
        try:
            _, _, sent = parser.parse(stream, _MULTIPART, body.stat().st_size, _options(http))
        except ValueError as error:
            raise Problem(400, "Malformed request", f"the multipart body does not parse: {error}") from error
        parts = []
        for number, (_, file) in enumerate(sent.items(multi=True)):
            kind = (file.content_type or "").partition(";")[0].strip().lower()
            kind = SYNONYMS.get(kind, kind)
            _expect(kind, "POST")
            path = body.with_name(f"part{number}")
            file.save(path)
            parts.append({"path": str(path), "media": kind})
    if not parts:
        raise Problem(400, "Malformed request", "the form holds no file; expected one or more")
    return parts


def _options(http: Http) -> dict[str, str]:
    from werkzeug.http import parse_options_header

    return parse_options_header(http.full_type)[1]

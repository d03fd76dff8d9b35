"""The SPARQL 1.1 Protocol: query by GET, both POSTs and QUERY, update by both POSTs."""

import asyncio
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from typing import Any

from pyoxigraph import NamedNode

from aidtrace.lexer import Refusal, Scan, scan
from aidtrace.server.answers import gather, send_answer, send_fixed
from aidtrace.server.description import describe
from aidtrace.server.http import (
    FORM,
    Http,
    Receive,
    Scope,
    Send,
    headers_of,
    is_dry,
    preflight,
    read,
    respond,
    respond_json,
    text_of,
)
from aidtrace.server.media import GRAPHS, RESULTS
from aidtrace.server.negotiation import acceptable, graph_type, not_acceptable, results_type
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot
from aidtrace.server.writing.updates import leaving, prepare

_LONG = 1 << 14
"""A query of so many characters is looked through beside the loop, so that others do not wait for it."""

QUERY_LIMIT, UPDATE_LIMIT = 1 << 20, 1 << 26
METHODS = "GET, HEAD, POST, QUERY, OPTIONS"
_QUERY, _UPDATE = "application/sparql-query", "application/sparql-update"


async def sparql(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request of the protocol."""
    if scope["method"] == "OPTIONS":
        await preflight(send, METHODS)
        return
    http = await read(scope, receive, _limit(service, scope))
    update = _update(http)
    if update is not None:
        _note(scope, update)
        await _run_update(service, http, update, send)
        return
    if http.method in ("GET", "HEAD") and not http.all("query"):
        await _describe(service, http, send)
        return
    query = _query(http)
    _note(scope, query)
    scope["aidtrace.revisions"] = http.all("revision")
    pinned = service.pinned(http.one("revision"))
    request, found = await _request(service, http, query, pinned)
    await send_answer(service, pinned, request, http, receive, send, volatile=found.volatile, network=found.service)


def _note(scope: Scope, text: str) -> None:
    """Leave a hash of what was asked for the line that the request is logged with."""
    scope["aidtrace.query"] = sha256(text.encode()).hexdigest()[:16]


async def _describe(service: Service, http: Http, send: Send) -> None:
    media = acceptable(http.accept, http.one("format"), tuple(GRAPHS))
    pinned = service.pinned(http.one("revision"))
    await send_fixed(http, send, pinned, media, describe(service, pinned, http.base, media))


def _limit(service: Service, scope: Scope) -> int:
    """Return how large a body may be: an update of somebody who may write can carry data."""
    headers = headers_of(scope)
    try:
        service.permit_write(headers.get(b"authorization", b"").decode("latin-1"))
    except Problem:
        return QUERY_LIMIT
    return QUERY_LIMIT if headers.get(b"content-type", b"").startswith(_QUERY.encode()) else UPDATE_LIMIT


def _query(http: Http) -> str:
    """Find the query by the protocol's ways: GET, form POST, direct POST (section 2.1), and QUERY as direct POST."""
    if http.method not in ("GET", "HEAD", "POST", "QUERY"):
        raise Problem(
            405, "Method not allowed", f"{http.method} is not supported; expected {METHODS}", {"Allow": METHODS}
        )
    if http.method in ("POST", "QUERY") and http.content_type == _QUERY:
        return _utf8(http)
    if http.method in ("POST", "QUERY") and http.content_type != FORM:
        raise Problem(
            415, "Unsupported media type", f"{http.content_type or 'no type'}; expected {_QUERY}, {_UPDATE} or {FORM}"
        )
    query = http.one("query")
    if query is None:
        raise Problem(400, "Malformed request", "no query is given; expected the parameter query")
    return query


def _update(http: Http) -> str | None:
    """Return the update of a request that is one; None for a query."""
    if http.method == "POST" and http.content_type == _UPDATE:
        return _utf8(http)
    text = http.one("update")
    if text is None:
        return None
    if http.method != "POST" or http.content_type != FORM:
        raise Problem(400, "Malformed request", "an update comes by POST; expected a query")
    if http.all("query"):
        raise Problem(400, "Malformed request", "query and update are both given; expected one")
    return text


def _utf8(http: Http) -> str:
    charset = http.full_type.lower().partition("charset=")[2].strip(' "')
    if charset and charset.partition(";")[0].strip(' "') not in ("utf-8", "utf8"):
        raise Problem(415, "Unsupported media type", f"{http.full_type}: expected UTF-8")
    return text_of(http.body)


async def refuse(service: Service, refusal: Refusal, text: str, base: str, *, update: bool = False) -> None:
    """Raise 400 where *text* is malformed anyway, else 403; a worker that has no network parses it."""
    if service.pool.isolated:
        check = {"check": text, "base": base, "update": update, "results": None, "graph": None}
        await gather(service, service.current, check)
    raise Problem(403, "Refused", str(refusal))


async def looked(service: Service, query: str, base: str, pinned: Snapshot, *, lenient: bool = False) -> Scan:
    """Look through *query* before it runs; Problem 403 or 400 where it is refused, unless *lenient* allows that."""
    look = partial(scan, query, pinned.graphs, base, service.options.hosts)
    if len(query) < _LONG:
        found = look()
    else:
        async with service.looking:  # several at once would leave the loop no time
            found = await asyncio.to_thread(look)
    if found.refusal and not (lenient and found.refusal.lenient):
        await refuse(service, found.refusal, query, base)
    return found


def as_asked(service: Service, found: Scan) -> dict[str, Any]:
    """Return the text that a worker runs, with the dataset beside it where the text is not to say it.

    That is where several graphs are one, and before an engine, which would be sent another dataset with the text.
    """
    if len(found.default) > 1 or (service.before_engine and (found.default or found.named)):
        default, named = (list(dict.fromkeys(one)) for one in (found.default, found.named))
        return {"query": found.bare, "default": default, "named": named}
    return {"query": found.text}


async def _request(service: Service, http: Http, query: str, pinned: Snapshot) -> tuple[dict[str, Any], Scan]:
    default, named = (list(dict.fromkeys(http.all(f"{one}-graph-uri"))) for one in ("default", "named"))
    found = await looked(service, query, http.base, pinned, lenient=bool(default or named))
    for graph in (*default, *named):
        _check_iri(graph)  # a graph that the store lacks is empty, as the protocol's tests want it
    short = http.one("format")
    results, graph_media = results_type(http.accept, short), graph_type(http.accept, short)
    if results is None and graph_media is None:
        raise not_acceptable(http.accept, short, (*RESULTS, *GRAPHS))
    request: dict[str, Any] = {"results": results, "graph": graph_media, "base": http.base, "free": True}
    request |= as_asked(service, found)
    if default or named:
        request |= {"query": found.bare, "default": default, "named": named}
    return request, found


async def _run_update(service: Service, http: Http, text: str, send: Send) -> None:
    service.permit_write(http.authorization)
    default, named = http.all("using-graph-uri"), http.all("using-named-graph-uri")
    for graph in (*default, *named):
        _check_iri(graph)
    refused = await asyncio.to_thread(leaving, text)  # it may be large, and others are not to wait for it
    if refused:
        await refuse(service, refused, text, http.base, update=True)
    update = await asyncio.to_thread(prepare, text, http.base, default, named, union=service.options.union)
    dry = is_dry(http)
    said = await service.write({"op": "update", "base": http.base, "dry": dry, **asdict(update)})
    if dry:
        await respond_json(send, said)
        return
    await respond(send, 204, "", b"", [(b"aidtrace-revision", said["revision"].encode())])


def _check_iri(text: str) -> None:
    try:
        NamedNode(text)
    except ValueError as error:
        raise Problem(400, "Malformed request", f"{text!r} is no absolute IRI; expected the IRI of a graph") from error

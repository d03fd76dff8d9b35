"""The SPARQL 1.1 Protocol's query operation as a bare ASGI callable over a pool of workers.

Results stream as the worker finds them. One that fails before its first byte is a problem document (RFC 9457);
one that fails later ends as a broken transfer, never as a shorter answer that looks whole.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aidtrace.server.lexer import refusal
from aidtrace.server.negotiation import graph_type, results_type
from aidtrace.server.pool import Pool, Problem, Request

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 1 << 20
_SAFE = [
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept"),
]


class BrokenTransferError(Exception):
    """Raised after the first byte: the server behind ASGI then closes the connection without an end mark."""


@dataclass(frozen=True)
class Http:
    """The parts of an HTTP request that matter here; a parameter may be given more than once."""

    method: str
    accept: str
    content_type: str
    parameters: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of the parameter *name*."""
        return tuple(value for key, value in self.parameters if key == name)

    def one(self, name: str) -> str | None:
        """Return the value of *name*, or None; Problem 400 where it is given twice."""
        values = self.all(name)
        if len(values) > 1:
            raise Problem(400, "Malformed request", f"{name} is given {len(values)} times; expected once")
        return values[0] if values else None


def sparql_endpoint(pool: Pool, revision: str) -> App:
    """Build the endpoint that answers queries over the store of *pool*; updates are refused."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        async def respond() -> None:
            http = await read(scope, receive)
            query = _query(http)
            base = f"http://{_header(scope, b'host')}{scope['path']}"
            request = _request(http, query, pool, base)
            await stream(pool, request, _deadline(http), revision, receive, send)

        await guarded(respond, revision, send)

    return endpoint


async def guarded(respond: Callable[[], Awaitable[None]], revision: str, send: Send) -> None:
    """Answer a Problem that comes before the first byte with a problem document."""
    try:
        await respond()
    except Problem as problem:
        await send_problem(problem, revision, send)


async def read(scope: Scope, receive: Receive) -> Http:
    """Read a request whole; Problem 413 where the body is larger than a query can sensibly be."""
    body = bytearray()
    more = scope["method"] == "POST"
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and message["type"] == "http.request"
        if len(body) > BODY_LIMIT:
            raise Problem(413, "Body too large", f"expected at most {BODY_LIMIT} bytes")
    content_type = _header(scope, b"content-type").split(";")[0].strip().lower()
    parameters = _parameters(scope["query_string"])
    if content_type == "application/x-www-form-urlencoded":
        parameters += _parameters(bytes(body))
    return Http(scope["method"], _header(scope, b"accept"), content_type, tuple(parameters), bytes(body))


def _query(http: Http) -> str:
    """Find the query by the protocol's three ways: GET, form POST, direct POST (section 2.1)."""
    if http.method not in ("GET", "HEAD", "POST"):
        raise Problem(405, "Method not allowed", f"{http.method} is not supported; expected GET or POST")
    if http.content_type == "application/sparql-update" or http.all("update"):
        raise Problem(403, "Read-only", "this endpoint takes no updates; expected a query")
    if http.method == "POST" and http.content_type == "application/sparql-query":
        return _text(http.body)
    if http.method == "POST" and http.content_type != "application/x-www-form-urlencoded":
        expected = "application/sparql-query or application/x-www-form-urlencoded"
        raise Problem(415, "Unsupported media type", f"{http.content_type or 'no type'}; expected {expected}")
    query = http.one("query")
    if query is None:
        raise Problem(400, "Malformed request", "no query is given; expected the parameter query")
    return query


def _request(http: Http, query: str, pool: Pool, base: str) -> Request:
    refused = refusal(query, pool.graphs, base)
    if refused:
        raise Problem(403, "Refused", str(refused))
    default, named = http.all("default-graph-uri"), http.all("named-graph-uri")
    for graph in (*default, *named):
        if graph not in pool.graphs:
            raise Problem(403, "Refused", f"<{graph}> is no graph of this store")
    short = http.one("format")
    results, graph_media = results_type(http.accept, short), graph_type(http.accept, short)
    if results is None and graph_media is None:
        raise Problem(406, "Not acceptable", f"{short or http.accept}: expected a SPARQL result or RDF media type")
    given = bool(default or named)
    return Request(query, results, graph_media, default if given else None, named if given else None, base)


def _deadline(http: Http) -> float | None:
    text = http.one("timeout")
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return float(text)
    raise Problem(400, "Malformed request", f"timeout is {text!r}; expected seconds, such as 2.5")


async def stream(
    pool: Pool, request: Request, deadline: float | None, revision: str, receive: Receive, send: Send
) -> None:
    """Send the answer as it comes; stop the worker when the client hangs up."""
    gone = asyncio.ensure_future(_hung_up(receive))
    answer = asyncio.ensure_future(_send_pieces(pool.run(request, deadline), revision, send))
    try:
        await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answer
        else:
            answer.result()
    finally:
        gone.cancel()


async def _send_pieces(pieces: AsyncIterator[bytes], revision: str, send: Send) -> None:
    async with contextlib.aclosing(pieces) as source:  # type: ignore[type-var]
        media_type = (await anext(source)).decode()
        content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
        await send(head(200, content_type, revision))
        try:
            async for piece in source:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except Problem as problem:
            raise BrokenTransferError(problem.detail) from problem
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def head(status: int, content_type: str, revision: str, more: Iterable[tuple[bytes, bytes]] = ()) -> Message:
    """Build the start of a response with the headers that every answer carries."""
    headers = [(b"content-type", content_type.encode()), (b"aidtrace-revision", revision.encode()), *_SAFE, *more]
    return {"type": "http.response.start", "status": status, "headers": headers}


async def send_problem(problem: Problem, revision: str, send: Send) -> None:
    """Send *problem* as a problem document, with Retry-After where trying again may help."""
    content = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    more = {503: [(b"retry-after", b"5")], 405: [(b"allow", b"GET, HEAD, POST")]}.get(problem.status, [])
    await send(head(problem.status, "application/problem+json", revision, more))
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


def _header(scope: Scope, name: bytes) -> str:
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def _parameters(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem(400, "Malformed request", "the parameters are not percent-encoded UTF-8") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "Malformed request", f"byte {error.start} of the body is not UTF-8") from error

"""Sends the answer of a worker to a client: whole where it is short, else in pieces as they come.

Results stream as they are found. One that fails before its first byte is a problem document; one that fails later
ends as a broken transfer, never as a shorter answer that looks whole.
"""

import asyncio
from collections.abc import Callable, Iterable
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from aidtrace.server.http import BrokenTransferError, Headers, Http, Message, Receive, Send, hung_up, respond, start
from aidtrace.server.problems import Problem
from aidtrace.server.processes.lease import Answer
from aidtrace.server.service import Service, Snapshot

Extra = Callable[[Answer], Headers]
Convert = Callable[[bytes], bytes]

_MOST_LICENCES = 32
"""So many are named at most: the head of an answer has its limits."""
_IN_IRIS = ":/?#[]@!$&'()*+,;=%~"

_FRESH, _FOR_EVER = b"public, no-cache", b"public, max-age=31536000, immutable"


async def send_answer(
    service: Service,
    snapshot: Snapshot,
    request: dict[str, Any],
    http: Http,
    receive: Receive,
    send: Send,
    *,
    volatile: bool = False,
    network: bool = False,
    extra: Extra = lambda _: (),
    convert: tuple[str, Convert] | None = None,
) -> None:
    """Run *request* over *snapshot* and send what comes; an answer that the client has already is 304.

    *convert* names another media type, and how its body is made of the whole answer.
    """
    tag = "" if volatile or not service.stays(snapshot) else _digest(snapshot, request)
    forms = [convert[0]] if convert else [form for form in (request.get("results"), request.get("graph")) if form]
    asked = http.if_none_match.strip()
    known = next((one for one in tags(snapshot, request, forms) if asked == "*" or one in asked), "")
    if tag and known:
        await respond(send, 304, "", b"", [*_revision(snapshot), (b"etag", known.encode())])
        return
    request = {**request, "store": str(snapshot.folder), "limit": service.options.limits.result}
    deadline = deadline_of(http.one("timeout"))
    waiting = service.pool.answer(request, lambda: hung_up(receive), deadline, network=network)
    with service.holding(snapshot):
        async with waiting as answer:
            media = convert[0] if convert else answer.media_type
            whole = convert[1](await answer.all()) if convert else answer.whole
            tag = tag if service.stays(snapshot) else ""  # a write that has begun meanwhile may be in it
            marks = _tag(f"{tag}{_short(media)}" if tag else "", http)
            more = [*_revision(snapshot), *extra(answer), *_licences(snapshot, request), *marks]
            if whole is not None:
                await respond(send, 200, media, whole, more)
            else:
                await _stream(answer, start(200, media, more), service.options.limits.stalled, send, http.drop)


def tags(snapshot: Snapshot, request: dict[str, Any], forms: Iterable[str]) -> list[str]:
    """Return the entity tags of what *request* has for an answer over *snapshot*, in each of *forms*."""
    tag = _digest(snapshot, request) if snapshot.lasting else token_hex(12)  # nobody has that one
    return [f'"{tag}{_short(form)}"' for form in forms]


async def gather(service: Service, snapshot: Snapshot, request: dict[str, Any]) -> bytes:
    """Run *request* over *snapshot* for our own use, and return the whole body."""
    request = {**request, "store": str(snapshot.folder), "limit": service.options.limits.result}
    with service.holding(snapshot):
        async with service.pool.answer(request, asyncio.Event().wait) as answer:
            return await answer.all()


async def send_fixed(http: Http, send: Send, snapshot: Snapshot, media: str, body: bytes) -> None:
    """Send *body*, which is the same for as long as nothing changes; 304 to a client that has it."""
    tag = f'"{sha256(body).hexdigest()[:24]}"'.encode()
    more = [*_revision(snapshot), (b"etag", tag), (b"cache-control", _FRESH)]
    if tag.decode() in http.if_none_match:
        await respond(send, 304, "", b"", more)
    else:
        await respond(send, 200, media, body, more)


async def _stream(answer: Answer, begin: Message, stalled: float, send: Send, drop: Callable[[], None]) -> None:
    answer.streams_to(drop)
    await send(begin)
    try:
        async for piece in answer.pieces():
            async with asyncio.timeout(stalled):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    except Problem as problem:
        raise BrokenTransferError(problem.detail) from problem
    except TimeoutError as error:
        drop()
        raise BrokenTransferError(f"the client took nothing for {stalled:g} s") from error
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _digest(snapshot: Snapshot, request: dict[str, Any]) -> str:
    wanted = [snapshot.name, *(str(request.get(key)) for key in sorted(request) if key not in ("results", "graph"))]
    return sha256("\0".join(wanted).encode()).hexdigest()[:24]


def _short(media_type: str) -> str:
    """Tell media types apart in a tag: two of them may hold the same answer."""
    return "-" + media_type.rpartition("/")[2].replace("+", "-")


def _tag(tag: str, http: Http) -> list[tuple[bytes, bytes]]:
    """Say how long an answer may be kept: for ever where the address pins the revision."""
    if not tag:
        return [(b"cache-control", b"no-store")]
    return [(b"etag", f'"{tag}"'.encode()), (b"cache-control", _FOR_EVER if http.all("revision") else _FRESH)]


def _licences(snapshot: Snapshot, request: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Name the licences of the graphs that were asked, all of them where none is named (RFC 8288)."""
    named = [request["graph_iri"]] if request.get("graph_iri") else None
    if request.get("default") is not None:
        named = [*request["default"], *(request.get("named") or ())]
    terms = snapshot.terms(named)[:_MOST_LICENCES]
    return [(b"link", f'<{quote(one, safe=_IN_IRIS)}>; rel="license"'.encode()) for one in terms]


def _revision(snapshot: Snapshot) -> list[tuple[bytes, bytes]]:
    return [(b"aidtrace-revision", snapshot.name.encode())]


def deadline_of(text: str | None) -> float | None:
    """Return how many seconds ``timeout=`` gives a query, None where it says nothing; Problem 400."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise Problem(400, "Malformed request", f"timeout is {text!r}; expected seconds, such as 2.5")
    return seconds

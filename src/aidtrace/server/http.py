"""HTTP as the endpoints see it: a request read with limits, a response with the headers that all carry."""

import asyncio
import errno
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from pyoxigraph import NamedNode

from aidtrace.server.problems import Problem

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

STALLED = 30
"""So many seconds may pass between two pieces of a body."""

_TAKEN_ANYWAY = 1 << 24
"""A body up to this size that is too large is still read to its end, and forgotten."""

FORM = "application/x-www-form-urlencoded"
_ALWAYS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"aidtrace-revision, etag, link, location, retry-after"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"accept"),
]
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"accept, authorization, content-type, if-none-match, prefer, slug"),
    (b"access-control-max-age", b"86400"),
]


_CLOSE = {"Connection": "close"}

_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2})+")


class BrokenTransferError(Exception):
    """Raised after the first byte: the server behind ASGI then closes the connection without an end mark."""


@dataclass(slots=True)
class Http:
    """The parts of an HTTP request that matter here; a parameter may be given more than once."""

    method: str
    path: str
    host: str
    accept: str
    content_type: str
    parameters: tuple[tuple[str, str], ...]
    body: bytes = b""
    authorization: str = ""
    if_none_match: str = ""
    full_type: str = ""
    scheme: str = "http"
    drop: Callable[[], None] = field(default=lambda: None, compare=False)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of the parameter *name*."""
        return tuple([value for key, value in self.parameters if key == name])

    def one(self, name: str) -> str | None:
        """Return the value of *name*, or None; Problem 400 where it is given twice."""
        values = self.all(name)
        if len(values) > 1:
            raise Problem(400, "Malformed request", f"{name} is given {len(values)} times; expected once")
        return values[0] if values else None

    @property
    def base(self) -> str:
        """The address of this request without its query, the base of relative IRIs in it."""
        return f"{self.scheme}://{self.host}{self.path}"


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of a request by their names, the values of a repeated one joined; read once for each."""
    found: dict[bytes, bytes] | None = scope.get("aidtrace.headers")
    if found is None:
        found = scope["aidtrace.headers"] = {}
        for name, value in scope["headers"]:
            found[name] = found[name] + b", " + value if name in found else value
    return found


def head_of(scope: Scope) -> Http:
    """Read the request line and the headers."""
    headers = headers_of(scope)
    full = headers.get(b"content-type", b"").decode("latin-1")
    host = headers.get(b"host", b"localhost").decode("latin-1")
    if not _is_host(host):
        raise Problem(400, "Malformed request", f"Host is {host!r}; expected a name or an address, and perhaps a port")
    return Http(
        scope["method"],
        scope["path"],
        host,
        headers.get(b"accept", b"").decode("latin-1"),
        full.partition(";")[0].strip().lower(),
        _parameters(scope["query_string"]),
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        if_none_match=headers.get(b"if-none-match", b"").decode("latin-1"),
        full_type=full,
        scheme=scope.get("scheme", "http"),
        drop=scope.get("state", {}).get("drop", lambda: None),
    )


def iri_path(scope: Scope) -> str:
    """Return the path of a request as a part of an IRI: what is encoded and reserved stays encoded (RFC 3987, 3.2)."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return _ENCODED.sub(_decoded, raw.decode("utf-8", "replace"))


def _decoded(found: re.Match[str]) -> str:
    try:
        text = unquote_to_bytes(found[0]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0].upper()
    return "".join(sign if ord(sign) >= 0xA0 else quote(sign, safe="") for sign in text)


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    """Whether *host* makes the address of a request one that relative IRIs can be read against."""
    try:
        return not set(host) & set("/?#@\\") and bool(NamedNode(f"http://{host}/"))
    except ValueError:
        return False


def is_dry(http: Http) -> bool:
    """Whether a write is only to be tried: the parameter ``dry-run`` is there, and is not ``false``."""
    return http.one("dry-run") not in (None, "false")


async def read(scope: Scope, receive: Receive, limit: int) -> Http:
    """Read a request whole; Problem 413 where the body is larger than *limit* bytes."""
    http = head_of(scope)
    if scope["method"] in ("GET", "HEAD"):
        return http
    body = b"".join([piece async for piece in _pieces(scope, receive, limit)])
    parameters = http.parameters
    if http.content_type == FORM:
        parameters += _parameters(body)
    return replace(http, parameters=parameters, body=body)


@asynccontextmanager
async def spooled(scope: Scope, receive: Receive, folder: Path, limit: int) -> AsyncIterator[Path]:
    """Write the body of a request to a file under *folder*, which is gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix="incoming-", dir=folder) as place:
            path = Path(place) / "body"
            with path.open("wb") as file:
                async for piece in _pieces(scope, receive, limit):
                    file.write(piece)
            yield path
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise Problem(507, "Insufficient storage", "the disk took no more; nothing was written") from error


async def _pieces(scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    headers = headers_of(scope)
    announced = headers.get(b"content-length", b"")
    too_large = Problem(413, "Body too large", f"expected at most {limit} bytes", _CLOSE)
    if announced.isdigit() and int(announced) > limit:
        if int(announced) <= _TAKEN_ANYWAY and b"expect" not in headers:
            async for _ in _received(receive):  # else the connection is reset, and the client never reads the answer
                pass
        raise too_large
    size = 0
    async for piece in _received(receive):
        size += len(piece)
        if size > limit:
            raise too_large
        yield piece


async def _received(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body as it comes; Problem 408 where it stops to come."""
    more = True
    while more:
        try:
            async with asyncio.timeout(STALLED):
                message = await receive()
        except TimeoutError as error:
            raise Problem(408, "Too slow", f"nothing of the body came for {STALLED} s", _CLOSE) from error
        if message["type"] == "http.disconnect":
            raise Problem(499, "Client gone", "the client hung up")
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _parameters(raw: bytes) -> tuple[tuple[str, str], ...]:
    if not raw:
        return ()
    try:
        text = raw.decode("ascii")
        return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000))
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem(400, "Malformed request", "the parameters are not percent-encoded UTF-8") from error


def text_of(body: bytes) -> str:
    """Decode *body* as UTF-8, strictly; Problem 400 says which byte is not."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "Malformed request", f"byte {error.start} of the body is not UTF-8") from error


def start(status: int, media_type: str, more: Headers = ()) -> Message:
    """Build the start of a response."""
    kind = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    more = [*more]
    own = {name for name, _ in more}
    always = [one for one in _ALWAYS if one[0] not in own]
    headers = [(b"content-type", kind.encode()), *always] if media_type else always
    return {"type": "http.response.start", "status": status, "headers": [*headers, *more]}


async def respond(send: Send, status: int, media_type: str, body: bytes, more: Headers = ()) -> None:
    """Send a whole response."""
    length = [] if status in (204, 304) else [(b"content-length", str(len(body)).encode())]
    await send(start(status, media_type, [*length, *more]))
    await send({"type": "http.response.body", "body": body})


def to_json(content: Any) -> bytes:
    """Write *content* as JSON."""
    return json.dumps(content, ensure_ascii=False).encode()


async def respond_json(send: Send, content: Any) -> None:
    """Send *content*, as it is now, as JSON."""
    await respond(send, 200, "application/json", to_json(content), [(b"cache-control", b"no-store")])


async def send_problem(problem: Problem, send: Send) -> None:
    """Send *problem* as a problem document (RFC 9457), with the line and column that its detail begins with."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    content |= problem.more
    line, _, rest = problem.detail.partition(":")
    column = rest.partition(":")[0]
    if line.isdecimal() and column.isdecimal():
        content |= {"line": int(line), "column": int(column)}
    more = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await respond(send, problem.status, "application/problem+json", to_json(content), more)


async def preflight(send: Send, methods: str) -> None:
    """Answer OPTIONS: what a page of another origin may send here."""
    allowed = [(b"access-control-allow-methods", methods.encode()), (b"allow", methods.encode())]
    await send({"type": "http.response.start", "status": 204, "headers": [*_PREFLIGHT, *allowed]})
    await send({"type": "http.response.body", "body": b""})


def expect_method(method: str, allowed: str) -> None:
    """Raise 405 where *method* is none of *allowed*, such as ``GET, HEAD``."""
    if method not in allowed.split(", "):
        raise Problem(405, "Method not allowed", f"{method} is not supported; expected {allowed}", {"Allow": allowed})


async def hung_up(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

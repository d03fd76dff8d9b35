"""Reconciliation over HTTP: ``/reconcile``, the W3C Reconciliation Service API 0.2, as OpenRefine and others ask it."""

import asyncio
import json
from collections.abc import Callable
from html import escape
from typing import Any

from aidtrace import __version__
from aidtrace.errors import InputError, UnknownNameError
from aidtrace.files import read_rows, read_text
from aidtrace.reconciling import Known, extended, manifest, proposed, reconciled, suggested
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Http, Receive, Scope, Send, expect_method, read, respond, respond_json, to_json
from aidtrace.server.named import terms
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD, POST, OPTIONS"
_LIMIT = 1 << 20
_MOST_CURSOR = 10_000
_SUGGEST = "/reconcile/suggest/"
_FRAMED = b"default-src 'none'; style-src 'unsafe-inline'"
"""The policy of a preview: it is the only page here that others may show in a frame, and it loads nothing."""


async def reconciliations(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request of the API."""
    expect_method(scope["method"], METHODS)
    http = await read(scope, receive, _LIMIT)
    if http.path == "/reconcile/preview":
        await _preview(service, http, send)
    elif http.path == "/reconcile/properties":
        limit = _number(http, "limit", 100)
        await _say(service, send, lambda known: proposed(known, http.one("type"), limit))
    elif http.path.startswith(_SUGGEST):
        await _suggest(service, http, send)
    elif http.path == "/reconcile":
        await _reconcile(service, http, send)
    else:
        raise Problem(404, "No such page", f"{http.path} is none here; expected /reconcile")


async def _reconcile(service: Service, http: Http, send: Send) -> None:
    known = {"queries": reconciled, "extend": extended}
    for name, _ in http.parameters:
        if name not in known:
            raise Problem(400, "Malformed request", f"no parameter is called {name!r}; expected queries or extend")
    given = [name for name in known if http.all(name)]
    if len(given) > 1:
        raise Problem(400, "Malformed request", "queries and extend are both given; expected one")
    if not given:
        about = manifest(await _known(service, service.current), service.address(http), __version__)
        await send_fixed(http, send, service.current, "application/json", to_json(about))
        return
    content = _json(given[0], http.one(given[0]) or "")
    await _say(service, send, lambda things: known[given[0]](things, content))


async def _suggest(service: Service, http: Http, send: Send) -> None:
    what, prefix = http.path.removeprefix(_SUGGEST), http.one("prefix")
    if what not in ("entity", "type", "property"):
        raise Problem(404, "No such page", f"nothing suggests {what!r}; expected entity, type or property")
    if prefix is None:
        raise Problem(400, "Malformed request", "no prefix is given; expected the parameter prefix")
    cursor = _number(http, "cursor", 0)
    await _say(service, send, lambda known: suggested(known, what, prefix, cursor))


async def _preview(service: Service, http: Http, send: Send) -> None:
    known = await _known(service, service.current)
    thing = known.things.get(http.one("id") or "")
    if thing is None:
        raise Problem(404, "No such thing", f"{http.one('id')!r} is none of ours; expected one such as actor/norland")
    body = _text(service, "preview.html").format(
        label=escape(thing.label),
        address=escape(f"{service.address(http)}/id/{thing.name}"),
        described=escape(known.described(thing)),
        identifiers=escape(", ".join(sorted(thing.identifiers))),
    )
    await respond(send, 200, "text/html", body.encode(), [(b"content-security-policy", _FRAMED)])


async def _say(service: Service, send: Send, answer: Callable[[Known], Any]) -> None:
    """Work the answer out beside the loop, and send it; what is wrong with the question is 400."""
    known = await _known(service, service.current)
    try:
        content = await asyncio.to_thread(answer, known)
    except (InputError, UnknownNameError) as error:
        raise Problem(400, "Malformed request", str(error)) from error
    await respond_json(send, content)


async def _known(service: Service, snapshot: Snapshot) -> Known:
    """Return the things of *snapshot*, read once for each revision."""

    async def read_once() -> Known:
        things, words = [await terms(service, snapshot, _text(service, f"{name}.rq")) for name in ("things", "words")]
        path = service.project.root / "queries" / "reconcile" / "names.csv"
        names = [
            (row["identifier"], row["name"]) for row in read_rows(path, ("identifier", "language", "name", "source"))
        ]
        return await asyncio.to_thread(Known, things, words, names)

    return await service.once_of(snapshot, "known", read_once)


def _text(service: Service, name: str) -> str:
    return read_text(service.project.root / "queries" / "reconcile" / name, "a file of the reconciliation")


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Malformed request", f"{name}: {str(error).lower()}; expected JSON") from error


def _number(http: Http, name: str, otherwise: int) -> int:
    text = http.one(name)
    if text is None:
        return otherwise
    if not text.isdecimal() or len(text) > len(str(_MOST_CURSOR)) or int(text) > _MOST_CURSOR:
        raise Problem(400, "Malformed request", f"{name} is {text!r}; expected a number from 0 to {_MOST_CURSOR}")
    return int(text)

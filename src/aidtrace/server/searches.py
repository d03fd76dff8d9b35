"""Search over HTTP: ``/search`` as JSON, ``/search/suggest`` as OpenSearch has it, and the description of both."""

import asyncio
import sqlite3
from contextlib import suppress
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape

from aidtrace.namespaces import ID
from aidtrace.searching import Found, nearest, place, search
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"
MOST = 50
_SUGGESTED = 10
_MOMENT = 5
"""So many seconds a search waits for an index that is being built."""

_LONGEST = 200
_SUGGESTIONS = "application/x-suggestions+json"
_DESCRIPTION = "application/opensearchdescription+xml"


async def searches(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``/search?q=`` and ``/search/suggest?q=``; tell a browser how to ask them."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    text, now = http.one("q") or "", service.current  # which may be another one before the answer is there
    if http.path == "/search":
        best = await found(service, text, now)
        told: Any = {"query": text, "partial": any(one.lacks for one in best), "results": list(map(_told, best))}
        await send_fixed(http, send, now, "application/json", to_json(told))
    elif http.path == "/search/suggest":
        names = await found(service, text, now, names_only=True)
        address = service.address(http)
        links = [f"{address}/page/{one.thing}" for one in names]
        labels, matched = [one.label for one in names], [one.matched for one in names]
        await send_fixed(http, send, now, _SUGGESTIONS, to_json([text, labels, matched, links]))
    elif http.path == "/search/description.xml":
        text = files("aidtrace.server").joinpath("description.xml").read_text("utf-8")
        described = text.replace("{address}", escape(service.address(http), {'"': "&quot;"}))
        await send_fixed(http, send, now, _DESCRIPTION, described.encode())
    else:
        expected = "expected /search, /search/suggest or /search/description.xml"
        raise Problem(404, "No such page", f"{http.path} is none here; {expected}")


async def found(service: Service, text: str, of: Snapshot, *, names_only: bool = False) -> list[Found]:
    """Return what is found in *of* by *text*, by names alone if asked; Problem 400 or, while there is no index, 503.

    Where nothing has all words, what has most of them is found, but not by names alone: a suggestion completes.
    """
    if len(text) > _LONGEST:
        raise Problem(400, "Malformed request", f"q has {len(text)} characters; expected at most {_LONGEST}")
    index, most = place(of.folder), _SUGGESTED if names_only else MOST
    if not index.exists() and service.following.failed:
        raise Problem(503, "No index", f"there is no index to search: {service.following.failed}")
    if not index.exists():
        with suppress(TimeoutError):
            await asyncio.wait_for(service.following.searchable(of.folder), _MOMENT)
    if not index.exists():
        raise Problem(503, "No index yet", "the index of this revision is being built", {"Retry-After": "5"})
    try:
        whole = await asyncio.to_thread(search, index, text, most, names_only=names_only)
        return whole or ([] if names_only else await asyncio.to_thread(nearest, index, text, most))
    except sqlite3.Error as error:
        index.unlink(missing_ok=True)
        service.following.follow()
        raise Problem(
            503, "No index yet", f"the index is damaged ({error}) and is built again", {"Retry-After": "5"}
        ) from error


def _told(one: Found) -> dict[str, Any]:
    told = {"iri": f"{ID.iri}{one.thing}", "name": one.thing, "label": one.label}
    more = {"matched": one.matched, "kind": one.kind, "date": one.date, "lacks": one.lacks}
    return told | {name: value for name, value in more.items() if value}

"""Search over HTTP: ``/search`` as JSON, and ``/search/suggest`` as OpenSearch suggestions have it."""

import asyncio
from typing import Any

from aidtrace.namespaces import ID
from aidtrace.searching import Found, place, search
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.problems import Problem, busy
from aidtrace.server.service import Service

METHODS = "GET, HEAD"
MOST = 50
_SUGGESTED = 10
_LONGEST = 200
_SUGGESTIONS = "application/x-suggestions+json"


async def searches(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``/search?q=`` and ``/search/suggest?q=``."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    text = http.one("q") or ""
    if http.path == "/search":
        told: Any = {"query": text, "results": [_told(one) for one in await found(service, text)]}
        await send_fixed(http, send, service.current, "application/json", to_json(told))
    elif http.path == "/search/suggest":
        names = await found(service, text, names_only=True)
        address = service.address(http)
        links = [f"{address}/page/{one.thing}" for one in names]
        labels, matched = [one.label for one in names], [one.matched for one in names]
        await send_fixed(http, send, service.current, _SUGGESTIONS, to_json([text, labels, matched, links]))
    else:
        raise Problem(404, "No such page", f"{http.path} is none here; expected /search or /search/suggest")


async def found(service: Service, text: str, *, names_only: bool = False) -> list[Found]:
    """Return what is found by *text*, by names alone if that is asked; Problem 400 or, while there is no index, 503."""
    if len(text) > _LONGEST:
        raise Problem(400, "Malformed request", f"q has {len(text)} characters; expected at most {_LONGEST}")
    index = place(service.current.folder)
    if not index.exists():
        raise busy("the index of this revision is still being built")
    return await asyncio.to_thread(search, index, text, _SUGGESTED if names_only else MOST, names_only=names_only)


def _told(one: Found) -> dict[str, str]:
    told = {"iri": f"{ID.iri}{one.thing}", "name": one.thing, "label": one.label}
    return told | ({"matched": one.matched} if one.matched else {})

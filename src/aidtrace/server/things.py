"""The names of things: ``/id/…`` leads to a page or to RDF, by what the client accepts; the RDF is at ``/page/…``.

A thing is what the store has a triple of. Source: Cool URIs for the Semantic Web, section 4.2 (303 with forwarding).
"""

import json
from typing import Any
from urllib.parse import quote

from pyoxigraph import NamedNode

from aidtrace.namespaces import ID
from aidtrace.server.answers import gather, send_answer
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, respond
from aidtrace.server.media import GRAPHS
from aidtrace.server.named import JSON
from aidtrace.server.negotiation import HTML, SHORT, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"
_SAYS = "{ { ?thing ?p ?o } UNION { GRAPH ?graph { ?thing ?p ?o } } }"
_IS_THERE = f"ASK {_SAYS}"
_SHORT_NAMES = {media: short for short, media in SHORT.items()}


async def name(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Lead from a thing's name to the document about it (303); 404 where nothing here has the name."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), (HTML, *GRAPHS))
    thing = http.path.removeprefix("/id/")
    await expect(service, service.current, thing)
    document = f"/page/{quote(thing)}" + (f"?format={_SHORT_NAMES[media]}" if media in GRAPHS else "")
    await respond(send, 303, "", b"", [(b"location", document.encode())])


async def description(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Describe a thing as RDF; 404 where nothing here has the name."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), tuple(GRAPHS), HTML)
    pinned = service.pinned(http.one("revision"))
    thing = await expect(service, pinned, http.path.removeprefix("/page/"))
    request = {"query": saying(service), "bound": thing, "results": None, "graph": media}
    await send_answer(service, pinned, request, http, receive, send)


def saying(service: Service) -> str:
    """Return the query for what is said of ``?thing``, in whichever graph: the union of them is one graph already."""
    both = f"CONSTRUCT {{ ?thing ?p ?o }} WHERE {{ SELECT DISTINCT ?thing ?p ?o {_SAYS} }}"
    return "DESCRIBE ?thing" if service.options.union else both


async def expect(service: Service, snapshot: Snapshot, thing: str) -> dict[str, Any]:
    """Return the term for *thing*, as a worker wants it; Problem 404 where *snapshot* says nothing of it."""
    try:
        bound = {"thing": {"type": "uri", "value": NamedNode(ID.iri + thing).value}}
    except ValueError as error:
        raise Problem(404, "No such thing", f"{thing!r} is no part of an IRI; expected KIND/NAME") from error
    request = {"query": _IS_THERE, "bound": bound, "results": JSON, "graph": None}
    if not json.loads(await gather(service, snapshot, request))["boolean"]:
        raise Problem(
            404, "No such thing", f"nothing here is called {thing!r}; expected KIND/NAME, such as step/effectiveness"
        )
    return bound

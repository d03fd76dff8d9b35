"""The catalog over HTTP: VoID, DCAT and examples under ``/.well-known/``, and what our own editor completes from."""

import asyncio
from hashlib import sha256

from pyoxigraph import RdfFormat, Triple, serialize

from aidtrace.catalog import KNOWN, Counts, completions, examples, void
from aidtrace.metadata import File, described
from aidtrace.queries import read_queries
from aidtrace.server.answers import send_fixed
from aidtrace.server.dumps import graph_of, made
from aidtrace.server.http import Http, Receive, Scope, Send, expect_method, head_of, respond, to_json
from aidtrace.server.media import GRAPHS
from aidtrace.server.negotiation import HTML, acceptable, choose, prefers_html
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"


async def well_known_void(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Describe what is served, or a pinned revision, as a ``void:Dataset`` and a ``dcat:Catalog``."""
    http, media, shown = _asked(scope)
    snapshot = service.pinned(http.one("revision"))
    site, found = service.address(http), await counts(service, snapshot)
    triples = [*void(found, snapshot.name, site), *await described_at(service, snapshot, site)]
    form: RdfFormat = GRAPHS[media]
    await send_fixed(http, send, snapshot, shown, serialize(triples, format=form, prefixes=KNOWN) or b"")


async def well_known_examples(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Give the named questions as examples, with the prefixes."""
    http, media, shown = _asked(scope)
    triples = await asyncio.to_thread(lambda: [*examples(service.project, service.address(http))])
    form: RdfFormat = GRAPHS[media]
    await send_fixed(http, send, service.current, shown, serialize(triples, format=form, prefixes=KNOWN) or b"")


async def well_known_example(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Lead from the name of an example to the page of the question, or to all examples as RDF (303)."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    name = http.path.rpartition("/")[2]
    if name not in {query.name for query in read_queries(service.project)}:
        raise Problem(404, "No such example", f"no question is called {name!r}; /queries lists them")
    place = f"/queries/{name}" if prefers_html(http.accept) else "/.well-known/sparql-examples"
    await respond(send, 303, "", b"", [(b"location", place.encode()), (b"vary", b"accept")])


async def completed(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Give prefixes, classes with their properties, and properties, as JSON for the editor."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    snapshot = service.pinned(http.one("revision"))
    told = completions(await counts(service, snapshot), snapshot.name)
    await send_fixed(http, send, snapshot, "application/json", to_json(told))


async def counts(service: Service, snapshot: Snapshot) -> Counts:
    """Return what *snapshot* holds."""
    with service.holding(snapshot):
        await service.copied(snapshot)
        return await service.counting.of(snapshot.folder)


async def described_at(service: Service, snapshot: Snapshot, site: str, *, files: bool = True) -> list[Triple]:
    """Describe *snapshot* as a catalog that is served at *site*; there are files of the current revision alone."""
    found = await made(service, snapshot) if files and snapshot == service.current else {}
    told = [File(graph_of(name), name, len(body), sha256(body).hexdigest()) for name, body in found.items()]
    return [*described(service.project, snapshot.graphs, snapshot.licences, site, told)]


def _asked(scope: Scope) -> tuple[Http, str, str]:
    """Return a request, the type that it is answered in, and how that is called.

    To a browser that asks for a revision, of which there is no page, Turtle is plain text.
    """
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    short = http.one("format")
    if short is None and choose(http.accept, (*GRAPHS, HTML)) == HTML:
        return http, "text/turtle", "text/plain"
    media = acceptable(http.accept, short, tuple(GRAPHS))
    return http, media, media

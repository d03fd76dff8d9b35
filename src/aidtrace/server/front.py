"""The front: one ASGI callable that sends each request to its endpoint, guards it, counts it, and keeps answers."""

import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from aidtrace.server.caching import Cache
from aidtrace.server.catalogs import completed, well_known_example, well_known_examples, well_known_void
from aidtrace.server.checking.validations import validations
from aidtrace.server.corroborations import corroboration
from aidtrace.server.crosswalks import crosswalks
from aidtrace.server.dumps import dumps
from aidtrace.server.http import App, BrokenTransferError, Receive, Scope, Send, headers_of, preflight, send_problem
from aidtrace.server.media import GRAPHS
from aidtrace.server.named import named_question, question_list
from aidtrace.server.negotiation import HTML, choose, prefers_html
from aidtrace.server.ontology import ontology
from aidtrace.server.openapi.describing import openapi
from aidtrace.server.operations import health, metrics, requests
from aidtrace.server.pages.visits import Visits
from aidtrace.server.problems import Problem, busy
from aidtrace.server.protocol import sparql
from aidtrace.server.reconciliations import reconciliations
from aidtrace.server.searches import searches
from aidtrace.server.service import Service
from aidtrace.server.shapes import shapes
from aidtrace.server.telemetry import Observed, Telemetry
from aidtrace.server.things import description, name
from aidtrace.server.traces import trace
from aidtrace.server.writing.graphstore import graph_store

Endpoint = Callable[[Service, Scope, Receive, Send], Awaitable[None]]

_EXACT: dict[str, Endpoint] = {
    "/sparql": sparql,
    "/sparql/completions": completed,
    "/.well-known/void": well_known_void,
    "/.well-known/sparql-examples": well_known_examples,
    "/corroboration": corroboration,
    "/crosswalk": crosswalks,
    "/data": graph_store,
    "/queries": question_list,
    "/queries/": question_list,
    "/openapi.json": openapi,
    "/health": health,
    "/ontology": ontology,
    "/reconcile": reconciliations,
    "/requests": requests,
    "/search": searches,
    "/shapes": shapes,
    "/trace": trace,
    "/validations": validations,
}
_BELOW: tuple[tuple[str, Endpoint], ...] = (
    ("/.well-known/sparql-examples/", well_known_example),
    ("/dumps/", dumps),
    ("/graph/", graph_store),
    ("/id/", name),
    ("/ontology/", ontology),
    ("/page/", description),
    ("/queries/", named_question),
    ("/reconcile/", reconciliations),
    ("/requests/", requests),
    ("/search/", searches),
    ("/shapes/", shapes),
    ("/validations/", validations),
)
_AT_ONCE = 1000
"""So many requests are answered at once; connections on which nothing is asked do not count."""

_OWN_OPTIONS = ("/sparql", "/data")
_OTHERWISE = "GET, HEAD, OPTIONS"
_METHODS = {"/validations": "POST, OPTIONS", "/reconcile": "GET, HEAD, POST, OPTIONS"}
_FOR_PEOPLE = ("/sparql", "/queries", "/data", "/search", "/shapes", "/ontology", "/trace", "/corroboration")
"""Paths that show a browser a page unless the address asks for data."""
_DOCUMENTS = ("/id/", "/page/")
"""Paths that show everyone a page who does not ask for RDF."""
_CATALOG = ("/.well-known/void", "/.well-known/sparql-examples")
"""Paths that give everyone RDF who does not ask for a page."""


class Front:
    """The application over *service*; *pages* builds the one for people when the first of them comes."""

    def __init__(self, service: Service, telemetry: Telemetry, pages: Callable[[], App]) -> None:
        self.service, self.telemetry, self.cache = service, telemetry, Cache()
        self._build_pages, self._pages, self._visits = pages, list[App](), Visits()
        self._active = 0
        self._observe()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] != "http":
            await self._live(receive, send)
            return
        self._active += 1
        try:
            await self._request(scope, receive, send)
        finally:
            self._active -= 1

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        current = self.service.current
        key = self.cache.key(current.name, scope) if current.lasting else None
        kept = self.cache.get(key) if key is not None else None
        if kept is not None:
            await send(kept.start)
            await send(kept.body)
            self.telemetry.request(scope, 200, begun, kept.size, "cached", kept.query)
            return
        observed = Observed(send, self.service, scope)
        outcome = await self._guarded(scope, receive, observed, self.cache.keeping(key, scope, observed))
        self.telemetry.request(scope, observed.status, begun, observed.size, outcome, scope.get("aidtrace.query", ""))
        if observed.status and not observed.whole:
            if scope.get("http_version") == "1.0":  # it tells a broken answer from a whole one only by a reset
                scope["state"]["drop"]()
            raise BrokenTransferError(outcome)

    async def _guarded(self, scope: Scope, receive: Receive, observed: Observed, send: Send) -> str:
        """Run the endpoint and return how it went; what fails before the first byte is a problem document."""
        try:
            if self._active > _AT_ONCE:
                raise busy(f"{_AT_ONCE} requests are being answered already")
            if scope["method"] == "OPTIONS" and scope["path"] not in _OWN_OPTIONS:
                await preflight(send, _METHODS.get(scope["path"], _OTHERWISE))
            elif scope["path"] == "/metrics":
                await metrics(self.telemetry, scope, send)
            else:
                await self._endpoint(scope)(self.service, scope, receive, send)
        except Problem as problem:
            if not observed.status:
                await send_problem(problem, observed)
            return problem.title.lower()
        except BrokenTransferError as broken:
            return str(broken)
        except Exception as bug:
            sys.stderr.write(f"aidtrace: {scope['method']} {scope['path']}: {_where(bug)}\n")
            if not observed.status:
                await send_problem(Problem(500, "Server error", "the server failed here; its log says where"), observed)
            return "server error"
        return "done"

    def _endpoint(self, scope: Scope) -> Endpoint:
        path = scope["path"]
        if _for_a_person(scope):
            return self._page
        found = _EXACT.get(path)
        return found or next((endpoint for start, endpoint in _BELOW if path.startswith(start)), self._page)

    async def _page(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a page out of the revision of now; load Flask with the first: it takes longer than all the rest."""
        if not self._pages:
            self._pages.append(self._build_pages())
        with service.holding(service.current):
            await self._visits.make(self._pages[0], service.current, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.service.start()
                except (Problem, OSError) as problem:
                    sys.stderr.write(f"aidtrace: the server cannot start: {problem}\n")
                    await send({"type": "lifespan.startup.failed", "message": str(problem)})
                    return
                if not self.service.pool.isolated:
                    sys.stderr.write(
                        "aidtrace: no seccomp filter here, so only the lexer keeps queries off the network\n"
                    )
            else:
                await self.service.close()
                self.telemetry.flush()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _observe(self) -> None:
        pool, gauge = self.service.pool, self.telemetry.gauge
        gauge("queries_running", "Queries that run now", lambda: len(pool.running))
        gauge("queries_demoted", "Queries that run so long that all else goes first", lambda: pool.demoted)
        gauge("queue_length", "Requests that wait for a worker", lambda: pool.queued)
        gauge("workers_idle", "Workers that wait for a request", lambda: pool.idle)
        gauge("workers_killed", "Workers that were stopped since the start", lambda: pool.killed)
        gauge("cache_bytes", "Bytes of answers that are kept", lambda: self.cache.held)
        gauge("cache_hits", "Requests answered from the cache since the start", lambda: self.cache.hits)
        gauge("cache_misses", "Requests that the cache did not answer since the start", lambda: self.cache.misses)
        self.telemetry.info("revision", "The revision that is served", lambda: self.service.current.name)


def _for_a_person(scope: Scope) -> bool:
    """Whether a browser asks, by GET, for something that has a page, and not for data by a parameter."""
    path, query = scope["path"], scope["query_string"]
    if scope["method"] not in ("GET", "HEAD"):
        return False
    accept = headers_of(scope).get(b"accept", b"").decode("latin-1")
    if b"format=" in query:
        return path.startswith(
            ("/queries", "/search", "/shapes", "/ontology", "/trace", "/corroboration", *_DOCUMENTS)
        ) and b"format=html" in query.split(b"&")
    if path.startswith(_DOCUMENTS):
        return choose(accept, (HTML, *GRAPHS)) == HTML
    if path in _CATALOG:  # the pages tell of the current revision alone
        return b"revision=" not in query and choose(accept, (*GRAPHS, HTML)) == HTML
    if path == "/data" and (b"graph=" in query or b"default" in query):
        return False
    if path == "/sparql" and any(name in query for name in (b"update=", b"default-graph-uri=", b"named-graph-uri=")):
        return False
    if path not in _FOR_PEOPLE and not path.startswith(("/queries/", "/shapes/", "/ontology/", "/graph/")):
        return False
    return prefers_html(accept)


def _where(bug: Exception) -> str:
    """Say in one line what failed where: the innermost frame that is ours."""
    frames: list[Any] = [one for one in traceback.extract_tb(bug.__traceback__) if "aidtrace" in one.filename]
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "outside"
    return f"{type(bug).__name__} at {place}: {bug}"

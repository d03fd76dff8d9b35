"""The front: what streams goes to bare ASGI callables, everything else to the pages, which load when asked for."""

import contextlib
import json
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aidtrace.errors import MachineError
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries
from aidtrace.server.negotiation import prefers_html, results_type
from aidtrace.server.pool import Pool, Problem, Request
from aidtrace.server.protocol import (
    App,
    Receive,
    Scope,
    Send,
    guarded,
    head,
    read,
    sparql_endpoint,
    stream,
)
from aidtrace.store import PUBLISHED


@dataclass
class Front:
    """The ASGI application over the questions of *project* and the store of *pool*."""

    project: Project
    pool: Pool
    revision: str
    _pages: list[App] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sparql = sparql_endpoint(self.pool, self.revision)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path, accept = scope["path"], _accept(scope)
        for_a_person = prefers_html(accept) and b"format=" not in scope["query_string"]
        if path == "/health":
            await self._json({"status": "ready", "revision": self.revision, "isolated": self.pool.isolated}, send)
        elif path == "/sparql" and not (for_a_person and b"query=" not in scope["query_string"]):
            await self._sparql(scope, receive, send)
        elif path == "/queries" and not for_a_person:
            await self._json([{"name": q.name, "question": q.question} for q in read_queries(self.project)], send)
        elif path.startswith("/queries/") and not for_a_person:
            await guarded(lambda: self._question(scope, receive, send), self.revision, send)
        else:
            await self._page()(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.pool.start()
                if not self.pool.isolated:
                    sys.stderr.write(
                        "aidtrace: no user namespaces here, so only the lexer keeps queries off the network\n"
                    )
            else:
                await self.pool.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _question(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a named question over the published graphs, as CSV, JSON, XML or TSV."""
        http = await read(scope, receive)
        name = scope["path"].removeprefix("/queries/")
        if name not in {query.name for query in read_queries(self.project)}:
            raise Problem(404, "No such question", f"no question is called {name!r}; /queries lists them")
        media_type = results_type(http.accept, http.one("format"))
        if media_type is None:
            raise Problem(406, "Not acceptable", f"{http.accept}: expected CSV, JSON, XML or TSV")
        published = tuple(graph.value for graph in PUBLISHED)
        request = Request(find_query(self.project, name).sparql, media_type, None, published, ())
        await stream(self.pool, request, None, self.revision, receive, send)

    async def _json(self, content: Any, send: Send) -> None:
        await send(head(200, "application/json", self.revision))
        await send({"type": "http.response.body", "body": json.dumps(content, ensure_ascii=False).encode()})

    def _page(self) -> App:
        """Load Flask with its first page: it takes longer than the whole of the rest."""
        if not self._pages:
            from a2wsgi import WSGIMiddleware

            from aidtrace.web import create_app

            application: Any = create_app(self.project, self.pool.folder)
            pages: Any = WSGIMiddleware(application)
            self._pages.append(pages)
        return self._pages[0]


def _accept(scope: Scope) -> str:
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"accept")


def _server_class() -> Any:
    """Build uvicorn's server with signals of our own: it raises them again at its end, and we end with 0."""
    import uvicorn

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.handle_exit)
            yield

    return Quiet


def serve(project: Project, folder: Path, host: str, port: int) -> int:
    """Serve the built store in *folder* until SIGINT or SIGTERM; a port that is taken is a MachineError."""
    import uvicorn

    listening = _listen(host, port)
    front = Front(project, Pool(folder), folder.name)
    config = uvicorn.Config(front, log_level="warning", lifespan="on", timeout_graceful_shutdown=2, server_header=False)
    server = _server_class()(config)
    address = f"http://{host}:{listening.getsockname()[1]}"
    sys.stdout.write(f"{address}  (SPARQL at /sparql, questions at /queries; Ctrl+C stops)\n")
    sys.stdout.flush()
    server.run(sockets=[listening])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=256)
    except (OSError, OverflowError) as error:
        reason = "is in use" if getattr(error, "errno", 0) == 98 else f"cannot be listened on ({error})"
        raise MachineError(f"{host}:{port} {reason}; expected a free port, give one with --port") from error

"""Runs the tools over stdio, or over HTTP; standard output holds nothing but the protocol."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from aidtrace import __version__
from aidtrace.errors import InputError
from aidtrace.mcp.library import LARGEST, Library
from aidtrace.mcp.offered import add_tools
from aidtrace.namespaces import AT
from aidtrace.project import Project
from aidtrace.server.front import Front
from aidtrace.server.processes.pool import Limits
from aidtrace.server.running import Settings, fronted, listen, quiet_server

PATH = "/mcp"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_INSIDE = "http://localhost"
_GRACE = 2  # seconds that open streams are given when the server ends
_IDLE = 600.0
"""Seconds after which a session over HTTP ends in which nobody asks: each takes some 36 KiB."""

_PATIENCE = 120.0
"""Seconds until a server that says nothing is given up: the longest that it may take is a validation."""

_EXPECTED = "expected the address of a server of aidtrace, such as http://127.0.0.1:8000"
_INSTRUCTIONS = """\
A knowledge graph of military aid, agreements and alliance formation, made from one article of process tracing, beside
which other data sets may lie. Every answer says of which revision it is, whether it is complete, and by which paragraph
and printed citation its facts are told: cite both, and say so where a citation is ambiguous. What the article contests,
dates vaguely or gives in two ways is told in that way; do not settle it. Look for a named question first
(list_questions), then search and describe, then write SPARQL."""


Opened = Callable[[httpx2.AsyncClient], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Asked:
    """What ``aidtrace mcp`` was asked for."""

    store: Path | None = None
    endpoint: str | None = None
    http: bool = False
    host: str = "127.0.0.1"
    port: int = 8001
    names: tuple[str, ...] = ()
    deadline: float = 10.0


def run(project: Project, cache: Path, asked: Asked) -> int:
    """Serve the tools until the client, or a signal, ends it."""
    if asked.endpoint is not None:
        _serve(project, _client(_address(asked.endpoint)), _open, asked)
        return 0
    limits = Limits(deadline=asked.deadline, result=LARGEST)
    settings = Settings(asked.host, asked.port, asked.store, limits=limits, read_only=bool(asked.store))
    with fronted(project, cache, settings) as front:
        application: Any = front
        inside = _client(_INSIDE, httpx2.ASGITransport(application))
        _serve(project, inside, lambda client: _started(front, client), asked)
    return 0


def _serve(project: Project, client: httpx2.AsyncClient, opened: Opened, asked: Asked) -> None:
    server = MCPServer(
        "aidtrace",
        instructions=_INSTRUCTIONS,
        version=__version__,
        website_url=AT.iri.removesuffix("/ontology#"),
        log_level="WARNING",
        lifespan=lambda _: opened(client),
    )
    add_tools(server, Library(project, client))
    if asked.http:
        _over_http(server, asked)
    else:
        server.run("stdio")


def _over_http(server: MCPServer[Any], asked: Asked) -> None:
    """Listen, and answer who names this host as it is called: a stranger's page cannot, wherever its name leads."""
    import uvicorn

    with listen(asked.host, asked.port) as listening:
        port = listening.getsockname()[1]
        own = [f"[{one}]" if ":" in one else one for one in (*_LOOPBACK, asked.host)]
        names = [*(f"{one}:{port}" for one in own), *asked.names]
        origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in names]
        security = TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
        application = server.streamable_http_app(
            streamable_http_path=PATH,
            transport_security=security,
            session_idle_timeout=_IDLE,
        )
        sys.stdout.write(f"http://{own[-1]}:{port}{PATH}  (Ctrl+C stops)\n")
        sys.stdout.flush()
        options: dict[str, Any] = {"log_level": "critical", "lifespan": "on", "server_header": False, "ws": "none"}
        config = uvicorn.Config(application, timeout_graceful_shutdown=_GRACE, **options)
        quiet_server(config).run(sockets=[listening])


def _client(address: str, inside: httpx2.ASGITransport | None = None) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=address, transport=inside, timeout=_PATIENCE)


@asynccontextmanager
async def _open(client: httpx2.AsyncClient) -> AsyncIterator[None]:
    async with client:
        yield


@asynccontextmanager
async def _started(front: Front, client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """Run the server of this process for as long as its client is open."""
    await front.service.start()
    try:
        async with client:
            yield
    finally:
        await front.service.close()
        front.telemetry.flush()


def _address(text: str) -> str:
    """Return the address of a server without a path; InputError where *text* is none."""
    if "@" in text:  # the text stands in errors and logs
        raise InputError(f"--endpoint: holds a name or a password of somebody; {_EXPECTED}")
    try:
        address = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise InputError(f"--endpoint: {text!r}: {error}; {_EXPECTED}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise InputError(f"--endpoint: {text!r}; {_EXPECTED}")
    return text.rstrip("/").removesuffix("/sparql")

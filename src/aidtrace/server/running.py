"""Runs the server: listens, holds the store, and ends quietly when it is told to."""

import contextlib
import gc
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aidtrace.building import built
from aidtrace.errors import InputError, MachineError
from aidtrace.persistent import OWN, UNION, held, without_private
from aidtrace.project import Project
from aidtrace.revisions import Revisions
from aidtrace.server.access import Tokens
from aidtrace.server.engines.engine import Engine
from aidtrace.server.front import Front
from aidtrace.server.http import App
from aidtrace.server.processes.pool import Limits
from aidtrace.server.service import Options, Service
from aidtrace.server.telemetry import Telemetry

_ADDRESS_IN_USE = 98
_FILES = 65536
"""So many files, connections among them, the front may have open where the system lets it."""


@dataclass(frozen=True)
class Settings:
    """What ``aidtrace serve`` was asked for."""

    host: str
    port: int
    store: Path | None = None
    engine: Engine | None = None
    empty: bool = False
    default_graph: str | None = None
    token_file: Path | None = None
    hosts: tuple[str, ...] = ()
    log_format: str = "text"
    limits: Limits = field(default_factory=Limits)
    keep_private: bool = False
    read_only: bool = False
    gate: str | None = None  # violation, warning or off; by default violation where the default graph is a union


def serve(project: Project, cache: Path, settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM, running queries first; a port or a store that is taken is a MachineError."""
    with listen(settings.host, settings.port) as listening, fronted(project, cache, settings) as front:
        _run(front, listening, settings)
    return 0


@contextlib.contextmanager
def fronted(project: Project, cache: Path, settings: Settings) -> Iterator[Front]:
    """Hold what is served and give the front of it, which whoever runs it has to start."""
    tokens = Tokens.read(settings.token_file) if settings.token_file else Tokens()
    with _service(project, cache, tokens, settings) as service:
        yield Front(service, Telemetry(settings.log_format), lambda: _pages(service))


@contextlib.contextmanager
def _service(project: Project, cache: Path, tokens: Tokens, settings: Settings) -> Iterator[Service]:
    """Hold what is served: a store of ours, or an engine."""
    if settings.engine:
        with _before(settings.engine, project, cache, tokens, settings) as before:
            yield before
        return
    with _store(project, cache, settings) as (revisions, folder, default_graph):
        union = default_graph == UNION
        gate = settings.gate or ("violation" if union and not settings.read_only else "off")
        if gate != "off" and not union:
            raise InputError("--gate: the shapes look at all graphs together; expected --default-graph union with it")
        cited = cache / "cited" if settings.keep_private else None  # what is cited of a store may be private too
        options = Options(union, tokens, settings.hosts, settings.limits, gate, cited, settings.read_only)
        yield Service(project, folder, revisions, options)


@contextlib.contextmanager
def _before(engine: Engine, project: Project, cache: Path, tokens: Tokens, settings: Settings) -> Iterator[Service]:
    """Meet the engine, say what it cannot do, and stand in front of it."""
    from aidtrace.server.engines.fronting import Fronted, tell
    from aidtrace.server.engines.looking import met

    if settings.empty or settings.keep_private or settings.read_only or settings.default_graph == OWN:
        spared = "--empty, --keep-private, --read-only nor --default-graph own"
        raise InputError(f"--store: is an engine; expected neither {spared} with it")
    with tempfile.TemporaryDirectory(prefix="aidtrace-") as place:
        known, holdings, lacks = met(engine, settings.limits.deadline)
        tell(lacks)
        gate = settings.gate or "violation"
        options = Options(True, tokens, settings.hosts, settings.limits, gate, cache / "cited")
        yield Fronted(project, Path(place), known, holdings, options)


@contextlib.contextmanager
def _store(project: Project, cache: Path, settings: Settings) -> Iterator[tuple[Revisions | None, Path, str]]:
    """Hold what is served, and say its default graph: the built store, which is only read, or one of one's own."""
    if settings.keep_private:
        with _public(settings) as served:
            yield served
        return
    if settings.read_only:
        yield _followed(settings)
        return
    if not settings.store and not settings.empty and settings.default_graph != OWN:
        yield None, built(project, cache), UNION
        return
    with contextlib.ExitStack() as open_things:
        place = settings.store or Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="aidtrace-")))
        revisions = open_things.enter_context(
            held(place.absolute(), project, cache, settings.default_graph, empty=settings.empty)
        )
        yield revisions, revisions.path(revisions.current), revisions.about["default_graph"]


def _followed(settings: Settings) -> tuple[Revisions, Path, str]:
    """Return the store that another process writes to, as it is now; nothing holds it."""
    if not settings.store or settings.empty or settings.default_graph:
        raise InputError("--read-only: serves what another process writes; expected --store DIR with it, made by that")
    revisions = Revisions(settings.store.absolute())
    return revisions, revisions.path(revisions.current), revisions.about["default_graph"]


@contextlib.contextmanager
def _public(settings: Settings) -> Iterator[tuple[None, Path, str]]:
    """Hold a copy of the store without its private graphs; it is only read."""
    if not settings.store:
        raise InputError("--keep-private: only a store can have private graphs; expected --store DIR with it")
    revisions = Revisions(settings.store.absolute())
    with tempfile.TemporaryDirectory(prefix="aidtrace-") as place:
        copy = Path(place) / revisions.current
        without_private(revisions, copy)
        yield None, copy, revisions.about["default_graph"]


def _pages(service: Service) -> App:
    """Load Flask and build the pages; they ask the pool through the loop that they run beside."""
    from a2wsgi import WSGIMiddleware

    from aidtrace.server.pages.asking import Asked
    from aidtrace.server.pages.visits import THREADS
    from aidtrace.web import create_app

    application: Any = create_app(service.project, Asked(service))
    pages: Any = WSGIMiddleware(application, workers=THREADS)
    gc.freeze()  # what is loaded by now stays, and no collection during a request need look through it
    return pages  # type: ignore[no-any-return]


def _run(front: Front, listening: socket.socket, settings: Settings) -> None:
    import uvicorn

    from aidtrace.server.connection import Connection

    config = uvicorn.Config(
        front,
        http=Connection,
        ws="none",
        log_level="critical",
        lifespan="on",
        timeout_graceful_shutdown=round(settings.limits.deadline) + 2,
        server_header=False,
        access_log=False,
        proxy_headers=True,
    )
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{name}:{listening.getsockname()[1]}"
    sys.stdout.write(f"{address}  (SPARQL at /sparql, questions at /queries; Ctrl+C stops)\n")
    sys.stdout.flush()
    gc.freeze()
    _allow_connections()
    quiet_server(config).run(sockets=[listening])


def _allow_connections() -> None:
    """Let this process open as many files, connections among them, as the system allows: the usual limit is low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def quiet_server(config: Any) -> Any:
    """Build uvicorn's server with signals of our own: it raises them again at its end, and we end with 0."""
    import uvicorn

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.handle_exit)
            yield

    return Quiet(config)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket of *host* and *port*; MachineError where it is taken."""
    if not host:
        raise InputError("--host: is empty; expected an address, such as 127.0.0.1, or 0.0.0.0 for all")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        taken = getattr(error, "errno", 0) == _ADDRESS_IN_USE
        reason = "is in use" if taken else f"cannot be listened on ({error})"
        raise MachineError(f"{host}:{port} {reason}; expected a free port, give one with --port") from error

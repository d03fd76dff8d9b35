"""What the endpoints share: the revision that is current, the pool that reads it, the writer that makes the next."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Store

from aidtrace.cited import Shelf
from aidtrace.licences import licences
from aidtrace.project import Project
from aidtrace.revisions import KEPT, Revisions, number
from aidtrace.server.access import Tokens
from aidtrace.server.checking.checks import Checks, Served
from aidtrace.server.checking.kept import Validations
from aidtrace.server.http import Http
from aidtrace.server.once import Found, Once
from aidtrace.server.problems import Problem, busy
from aidtrace.server.processes.counting import MEMORY, Counting
from aidtrace.server.processes.following import Following
from aidtrace.server.processes.lease import Lease, Process
from aidtrace.server.processes.newest import Newest
from aidtrace.server.processes.pool import Limits, Pool


@dataclass(frozen=True)
class Options:
    """How the server was started."""

    union: bool = True
    tokens: Tokens = field(default_factory=Tokens)
    hosts: Collection[str] = ()
    limits: Limits = field(default_factory=Limits)
    gate: str = "off"
    cited: Path | None = None  # where cited queries are kept; else beside the store
    read_only: bool = False


@dataclass(frozen=True)
class Snapshot:
    """One revision: its name, its folder, the graphs in it, and the licences of these, where they name one."""

    name: str
    folder: Path
    graphs: frozenset[str]
    licences: frozenset[tuple[str, str]] = frozenset()
    lasting: bool = True
    """Whether what it holds stays as it is."""

    def terms(self, graphs: Collection[str] | None) -> list[str]:
        """Return the licences that hold for *graphs* together, or for all where None is given."""
        if graphs is None:
            return self._all_terms
        return sorted({licence for graph in graphs for licence in self._terms_of.get(graph, ())})

    @cached_property
    def _all_terms(self) -> list[str]:
        return sorted({licence for _, licence in self.licences})

    @cached_property
    def _terms_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for graph, licence in self.licences:
            found.setdefault(graph, []).append(licence)
        return found


class Service:
    """The store that is served: *revisions*, or a built store that stays as it is in *folder*."""

    def __init__(self, project: Project, folder: Path, revisions: Revisions | None, options: Options) -> None:
        self.project, self.options, self.revisions = project, options, revisions
        self._held = Counter[str]()
        self.current = self._first(folder)
        self.pool = self._pool(revisions.root if revisions else folder)
        self.about_questions: list[dict[str, Any]] | None = None
        self.once = Once()
        self.counting = Counting(max(options.limits.share(), MEMORY))
        self.validations = Validations()
        self.checks = Checks(project, self.pool.root, options.limits)
        root = revisions.root if revisions else None
        self.shelf = Shelf(options.cited or (root or folder.parent) / "cited")
        self.following = Following(self._newest_folder, root, union=options.union, now=options.read_only)
        self.newest = Newest(revisions, self._take) if revisions and options.read_only else None
        self._writer: Process | None = None
        self._writing = asyncio.Lock()
        self.looking = asyncio.Lock()

    def _first(self, folder: Path) -> Snapshot:
        return snapshot(folder)

    def _pool(self, root: Path) -> Pool:
        return Pool(root, self.current.folder, self.options.limits, self.project)

    @property
    def writable(self) -> bool:
        """Whether a token can change what is served."""
        return self.revisions is not None and self.newest is None and self.options.tokens.grant("write")

    @property
    def warming(self) -> bool:
        """Whether a server that others stand beside has yet to get the index of its first revision."""
        return self.newest is not None and not self.newest.taken

    def permit_write(self, authorization: str) -> None:
        """Let a request with this Authorization header write, or raise 401 or 403."""
        if self.revisions is None or self.newest:
            how = "with --read-only" if self.newest else "without --store"
            raise Problem(403, "Read-only", f"this server takes no writes; it was started {how}")
        self.options.tokens.demand(authorization, "write")

    @property
    def before_engine(self) -> bool:
        """Whether an engine answers, and no store of ours."""
        return False

    @property
    def fixed(self) -> bool:
        """Whether what is served is ours alone, and stays so."""
        return self.revisions is None

    def stays(self, snapshot: Snapshot) -> bool:
        """Whether an answer over *snapshot* may bear a tag and be kept."""
        return snapshot.lasting

    async def copied(self, snapshot: Snapshot) -> None:
        """Wait until the folder of *snapshot* holds every triple, as that of a store always does."""

    @property
    def incoming(self) -> Path:
        """Where bodies lie until they are written."""
        assert self.revisions
        return self.revisions.root

    def address(self, http: Http) -> str:
        """Return the address of this server as the client sees it, without a path."""
        return f"{http.scheme}://{http.host}"

    def pinned(self, name: str | None) -> Snapshot:
        """Return the revision called *name*, or the current one; 410 where it is gone, 404 where it never was.

        A server that follows others answers 503 for one that is still to come: another may have it already.
        """
        if not name or name == self.current.name:  # a form sends what was left empty too
            return self.current
        if self.revisions and name in self.revisions.names():
            return snapshot(self.revisions.path(name))
        if self.revisions and 0 < number(name) <= number(self.current.name) - 1:
            raise Problem(
                410, "Revision gone", f"revision {name} is not kept any more; the current is {self.current.name}"
            )
        if self.newest and 0 < number(name) - number(self.current.name) <= KEPT:
            said = f"revision {name} is not here yet; the current is {self.current.name}"
            raise Problem(503, "Revision not here yet", said, {"Retry-After": "1"})
        raise Problem(404, "No such revision", f"no revision is called {name}; the current is {self.current.name}")

    def asked(self, revisions: Sequence[str]) -> str:
        """Return the one of *revisions* that a failure is about, nothing where none is or was called so.

        It is about the current one where none is asked for.
        """
        named = [name for name in revisions if name]
        if not named:
            return self.current.name
        return named[0] if len(named) == 1 and self._known(named[0]) else ""

    def _known(self, name: str) -> bool:
        """Whether a revision is or was called so."""
        kept = name == self.current.name or (self.revisions is not None and name in self.revisions.names())
        gone = self.revisions is not None and 0 < number(name) < number(self.current.name)
        return kept or gone

    @contextmanager
    def holding(self, snapshot: Snapshot) -> Iterator[None]:
        """Keep *snapshot* from being deleted while the block runs; Problem 410 where it is gone already."""
        self._held[snapshot.name] += 1
        try:
            if not snapshot.folder.exists():
                raise Problem(410, "Revision gone", f"revision {snapshot.name} is not kept any more")
            yield
        finally:
            self._held[snapshot.name] -= 1
            if not self._held[snapshot.name]:
                del self._held[snapshot.name]

    async def once_of(self, snapshot: Snapshot, name: Hashable, ask: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what *ask* finds out of *snapshot*, asked once while that is current: many pages need the same few."""
        return await (self.once.of(snapshot.name, name, ask) if snapshot is self.current else ask())

    @contextmanager
    def beside(self, snapshot: Snapshot) -> Iterator[Served]:
        """Keep *snapshot* while the block checks something beside it; Problem 410 where it is gone already."""
        options = self.options
        with self.holding(snapshot):
            yield Served(str(snapshot.folder), options.union, options.gate, self.writable)

    async def write(self, request: dict[str, Any], check: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Make the next revision by *request* and return what the writer says; Problem where there is none.

        *check* raises a Problem where the revision that is current by then is not the one that was expected.
        """
        async with self._writing:
            return await self._written(request, check)

    async def _written(self, request: dict[str, Any], check: Callable[[], None]) -> dict[str, Any]:
        """Have the writer carry out *request*, while no other write runs."""
        check()
        writer = await self._ready_writer()
        in_use = set(self._held)
        lease = Lease(writer, self.options.limits.writing, f"{self.options.limits.writing:g}")
        writer.line.ask({**request, "in_use": sorted(in_use)})
        try:
            _, content = await lease.next()
        finally:
            if not lease.finished:
                self.pool.kill(writer)
                self._writer = None
        said: dict[str, Any] = json.loads(content)
        if request.get("dry"):
            return said
        self.current = self._taken(said)
        self.pool.warm(self.current.folder)
        self.following.follow()
        return {**said, "revision": self.current.name}

    def _taken(self, said: dict[str, Any]) -> Snapshot:
        """Return the revision that the writer says it has made."""
        assert self.revisions
        folder = self.revisions.path(said["revision"])
        return Snapshot(said["revision"], folder, frozenset(said["graphs"]), frozenset(map(tuple, said["licences"])))

    async def start(self) -> None:
        """Start the pool, and the writer where writes are allowed; what validates starts behind them."""
        await self.pool.start()
        self.checks.start()
        if self.newest:
            self.newest.start()
        else:
            self.following.follow()
        if self.writable:
            await self._ready_writer()

    async def close(self) -> None:
        """End every process."""
        try:
            if self.newest:
                await self.newest.close()
            await self.following.close()
        finally:
            await self.checks.close()
            await self.pool.close()

    async def _take(self, folder: Path) -> None:
        """Serve the revision in *folder*, which another process has published, once what is searched is there."""
        await self.following.searchable(folder)
        found = await asyncio.to_thread(snapshot, folder)
        self.pool.warm(folder)
        self.current = found

    def _newest_folder(self) -> Path:
        """Return the folder of the newest revision, which may not be served yet."""
        return self.revisions.path(self.revisions.current) if self.newest and self.revisions else self.current.folder

    async def _ready_writer(self) -> Process:
        if self._writer is None or self._writer.line.lost:
            if self.revisions:
                self.revisions.sweep()
            union = self.options.union
            memory = max(self.options.limits.share(), 4 << 30)
            try:
                about: dict[str, Any] = {"gate": self.options.gate, "project": str(self.project.root.resolve())}
                self._writer = await self.pool.process(self.pool.writer, union=union, memory=memory, **about)
            except OSError as error:
                raise busy("the writer was stopped before it was ready") from error
        return self._writer


@lru_cache(maxsize=64)
def snapshot(folder: Path) -> Snapshot:
    """Read which graphs the revision in *folder* holds."""
    store = Store.read_only(str(folder))
    graphs = frozenset(graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode))
    return Snapshot(folder.name, folder, graphs, frozenset(licences(store)))

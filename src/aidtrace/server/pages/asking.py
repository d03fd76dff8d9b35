"""How a page, in a thread of its own, asks the pool: a question, a run of the tracing, what is said of a thing."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from pyoxigraph import Triple

from aidtrace.catalog import Counts
from aidtrace.cited import Asked as CitedQuery
from aidtrace.cited import Cited, Compared
from aidtrace.corroboration import Corroboration
from aidtrace.documents import Document
from aidtrace.namespaces import DATA_SET, ID
from aidtrace.queries import Query, Table
from aidtrace.reports.findings import Finding
from aidtrace.searching import Found
from aidtrace.server.answers import gather
from aidtrace.server.catalogs import described_at
from aidtrace.server.checking.checked import begun, dropped, told
from aidtrace.server.corroborations import compared
from aidtrace.server.dumps import file_of, graphs, made
from aidtrace.server.named import CONTROLS, JSON, bound, page, published
from aidtrace.server.pages.browsing import browsed, classes, usage
from aidtrace.server.pages.citing import cite, kept, question, today
from aidtrace.server.pages.entities import about, findings, rows
from aidtrace.server.pages.showing import choices, selected
from aidtrace.server.pages.visits import current
from aidtrace.server.problems import Problem
from aidtrace.server.searches import found
from aidtrace.server.service import Service, Snapshot
from aidtrace.server.things import expect
from aidtrace.server.traces import JSON as JSON_REPORT
from aidtrace.server.traces import OPTIONS, asked
from aidtrace.web.asked import About, Browsed, Checked, Graph, NoAnswerError, Result, Row

Given = Sequence[tuple[str, str]]
Answered = TypeVar("Answered")


class Asked:
    """Asks *service* from another thread than its loop's, the one that runs now (`aidtrace.web.asked.Questions`)."""

    def __init__(self, service: Service) -> None:
        self._service, self._loop = service, asyncio.get_running_loop()

    @property
    def revision(self) -> str:
        """The name of the revision that the page is made of: the current one when it was asked for, or a pinned one."""
        return self._snapshot.name

    def pin(self, revision: str) -> None:
        """Ask *revision* whatever the page that is being made asks from now on about things and by questions."""
        try:
            current.get().snapshot = self._service.pinned(revision)
        except Problem as problem:
            raise NoAnswerError(problem.status, problem.detail, problem.headers) from problem

    def asked(self, revisions: Sequence[str]) -> str:
        """Return the one of *revisions* that a failure is about: the current one where none is asked for."""
        return self._service.asked(revisions)

    @property
    def imported(self) -> bool:
        """Whether data sets lie beside the article."""
        return any(graph.startswith(DATA_SET.iri) for graph in self._snapshot.graphs)

    def question(self, query: Query, given: Given) -> Table:
        """Answer a named question with parameters."""

        async def ask() -> Table:
            return _table(json.loads(await self._question(query, given)))

        return self._wait(ask()) if given else self._once(("question", query.name), ask)

    def rows(self, name: str, **bound: str) -> list[Row]:
        """Return the rows of the query *name* of ``queries/pages/``, some of its variables bound to things of ours."""
        things = {variable: {"type": "uri", "value": ID.iri + thing} for variable, thing in bound.items()}

        async def ask() -> list[Row]:
            return list[Row](await rows(self._service, name, things, self._snapshot))

        return self._wait(ask()) if bound else self._once(("rows", name), ask)

    def selected(self, query: str, base: str, given: Mapping[str, str]) -> Result:
        """Answer a query; *given* may have ``from``, ``sort``, ``revision`` and ``timeout``."""
        return Result(**self._wait(selected(self._service, query, base, given)))

    def cite(self, query: str | Query, given: Given, revision: str | None) -> str:
        """Keep a query, or a named question with parameters, with a digest of its answer; return its name."""

        async def keep() -> str:
            asked = CitedQuery(query) if isinstance(query, str) else await question(self._service, query, given)
            return await cite(self._service, asked, revision)

        return self._wait(keep())

    def kept(self, name: str) -> Cited:
        """Return what was cited."""
        return self._wait(kept(self._service, name))

    def cited(self, name: str) -> Compared:
        """Return what was cited beside the answer of today."""
        return self._wait(today(self._service, name))

    def choices(self, query: Query) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return what each parameter of a named question can be, with what that is called."""
        return self._wait(choices(self._service, query))

    def tracing(self, given: Given) -> dict[str, Any]:
        """Run the process tracing with options."""

        async def ask() -> dict[str, Any]:
            found: dict[str, Any] = json.loads(await self._tracing(given))
            return found

        return self._wait(ask()) if given else self._once("tracing", ask)

    def corroboration(self, fact: str | None, data_set: str | None) -> Corroboration:
        """Compare the facts, or one, with the imported data sets, or one."""
        return self._wait(compared(self._service, self._snapshot, fact, data_set))

    def expect(self, name: str) -> None:
        """Raise `NoAnswerError` (404) where nothing is known of a thing."""
        self._wait(expect(self._service, self._snapshot, name))

    def about(self, name: str, by: str = "", offset: int = 0) -> About:
        """Return what is known of a thing, and a page of what names it (by a property, behind the first *offset*)."""
        return About(**self._wait(about(self._service, self._snapshot, name, by, offset)))

    def findings(self, name: str) -> list[Finding]:
        """Return what the shapes find about a thing, with the published graph beside what is said of it."""
        return self._wait(findings(self._service, self._snapshot, name))

    def search(self, text: str) -> list[Found]:
        """Return the things that *text* finds, the best first."""
        return self._wait(found(self._service, text, self._snapshot))

    def classes(self) -> list[Row]:
        """Return the classes of the ontology that have things, with their labels and counts."""
        return list[Row](self._wait(classes(self._service, self._snapshot)))

    def usage(self) -> Counts:
        """Return how many things or statements each word has."""
        return self._wait(usage(self._service, self._snapshot))

    def graphs(self) -> list[Graph]:
        """Return the graphs that are served, with the file of each that is published as one."""
        service, snapshot = self._service, self._snapshot
        found, files = self._wait(graphs(service, snapshot)), self._wait(made(service, snapshot))
        return [_graph(told, files) for told in found]

    def described(self, site: str, *, files: bool) -> Sequence[Triple]:
        """Describe what is served at *site* as a catalog, perhaps with its files, which take a while to make."""
        return self._wait(described_at(self._service, self._snapshot, site, files=files))

    def validate(self, data: Sequence[Document], shapes: Sequence[Document], options: Mapping[str, str]) -> str:
        """Begin to validate *data* by *shapes*, or by ours, and return the name of the validation, ended or not."""
        return self._wait(begun(self._service, data, shapes, options))

    def checked(self, name: str) -> Checked:
        """Tell of a validation."""
        return self._wait(told(self._service, name))

    def drop(self, name: str) -> None:
        """Stop and forget a validation."""
        self._wait(dropped(self._service, name))

    def browsed(self, name: str, chosen: Given, offset: int) -> Browsed:
        """Return a page of the things of a class that have the values *chosen*, and what tells them apart."""
        found = self._wait(browsed(self._service, self._snapshot, name, chosen, offset))
        return Browsed(found["classes"][0], found["listing"], found["facets"])

    @property
    def _snapshot(self) -> Snapshot:
        return current.get().snapshot

    def _once(self, name: Hashable, ask: Callable[[], Coroutine[Any, Any, Answered]]) -> Answered:
        """Return what *ask* answers, asked once for each revision: many pages are made of the same few answers."""
        return self._wait(self._service.once_of(self._snapshot, name, ask))

    def _wait(self, answer: Coroutine[Any, Any, Answered]) -> Answered:
        future = asyncio.run_coroutine_threadsafe(answer, self._loop)
        try:
            with current.get().asking(future):
                return future.result()
        except Problem as problem:
            raise NoAnswerError(problem.status, problem.detail, problem.headers) from problem

    async def _question(self, query: Query, given: Given) -> bytes:
        service, snapshot = self._service, self._snapshot
        request: dict[str, object] = {"query": query.sparql, "results": JSON, "graph": None, "disjoint": True}
        own = [pair for pair in given if pair[0] not in CONTROLS]
        request |= await bound(service, query, own) | page(given) | published(snapshot.graphs)
        return await gather(service, snapshot, request)

    async def _tracing(self, given: Given) -> bytes:
        own = tuple(pair for pair in given if pair[0] in OPTIONS)
        request = {"results": JSON_REPORT, "graph": None, **await asyncio.to_thread(asked, own)}
        return await gather(self._service, self._snapshot, request)


def _graph(told: dict[str, str], files: dict[str, bytes]) -> Graph:
    name = file_of(told["graph"])
    content = files.get(name, b"")
    return Graph(
        iri=told["graph"],
        triples=int(told["count"]) if "count" in told else None,
        label=told.get("label", ""),
        licence=told.get("licence", ""),
        closed=bool(told["closed"]),
        file=name if name in files else "",
        size=len(content),
        sha256=sha256(content).hexdigest(),
    )


def _table(found: dict[str, Any]) -> Table:
    if "boolean" in found:
        return Table(("answer",), ((str(found["boolean"]).lower(),),))
    columns = tuple(found["head"]["vars"])
    bound = found["results"]["bindings"]
    return Table(columns, tuple(tuple(row.get(name, {}).get("value", "") for name in columns) for row in bound))

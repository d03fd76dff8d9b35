"""How a page, in a thread of its own, asks the pool: a question, a run of the tracing, what is said of a thing."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from aidtrace.corroboration import Corroboration
from aidtrace.namespaces import DATA_SET
from aidtrace.queries import Query, Table
from aidtrace.searching import Found
from aidtrace.server.answers import gather
from aidtrace.server.browsing import browsed, classes
from aidtrace.server.corroborations import compared
from aidtrace.server.entities import about
from aidtrace.server.named import CONTROLS, JSON, bound, page, published
from aidtrace.server.problems import Problem
from aidtrace.server.searches import found
from aidtrace.server.service import Service
from aidtrace.server.showing import choices, selected
from aidtrace.server.things import expect
from aidtrace.server.traces import JSON as JSON_REPORT
from aidtrace.server.traces import OPTIONS, asked
from aidtrace.web.asked import About, Browsed, NoAnswerError, Result, Row

Given = Sequence[tuple[str, str]]
Answered = TypeVar("Answered")


class Asked:
    """Asks *service* from another thread than its loop's, the one that runs now (`aidtrace.web.asked.Questions`)."""

    def __init__(self, service: Service) -> None:
        self._service, self._loop = service, asyncio.get_running_loop()

    @property
    def revision(self) -> str:
        """The name of the revision that is served."""
        return self._service.current.name

    @property
    def imported(self) -> bool:
        """Whether data sets lie beside the article."""
        return any(graph.startswith(DATA_SET.iri) for graph in self._service.current.graphs)

    def question(self, query: Query, given: Given) -> Table:
        """Answer a named question with parameters."""
        return _table(json.loads(self._wait(self._question(query, given))))

    def selected(self, query: str, base: str, given: Mapping[str, str]) -> Result:
        """Answer a query; *given* may have ``from``, ``sort``, ``revision`` and ``timeout``."""
        return Result(**self._wait(selected(self._service, query, base, given)))

    def choices(self, query: Query) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return what each parameter of a named question can be, with what that is called."""
        return self._wait(choices(self._service, query))

    def tracing(self, given: Given) -> dict[str, Any]:
        """Run the process tracing with options."""
        found: dict[str, Any] = json.loads(self._wait(self._tracing(given)))
        return found

    def corroboration(self, fact: str | None, data_set: str | None) -> Corroboration:
        """Compare the facts, or one, with the imported data sets, or one."""
        return self._wait(compared(self._service, self._service.current, fact, data_set))

    def expect(self, name: str) -> None:
        """Raise `NoAnswerError` (404) where nothing is known of a thing."""
        self._wait(expect(self._service, self._service.current, name))

    def about(self, name: str, by: str = "", offset: int = 0) -> About:
        """Return what is known of a thing, and a page of what names it (by a property, behind the first *offset*)."""
        return About(**self._wait(about(self._service, name, by, offset)))

    def search(self, text: str) -> list[Found]:
        """Return the things that *text* finds, the best first."""
        return self._wait(found(self._service, text))

    def classes(self) -> list[Row]:
        """Return the classes of the ontology that have things, with their labels and counts."""
        return list[Row](self._wait(classes(self._service)))

    def browsed(self, name: str, chosen: Given, offset: int) -> Browsed:
        """Return a page of the things of a class that have the values *chosen*, and what tells them apart."""
        found = self._wait(browsed(self._service, name, chosen, offset))
        return Browsed(found["classes"][0], found["listing"], found["facets"])

    def _wait(self, answer: Coroutine[Any, Any, Answered]) -> Answered:
        try:
            return asyncio.run_coroutine_threadsafe(answer, self._loop).result()
        except Problem as problem:
            raise NoAnswerError(problem.status, problem.detail, problem.headers) from problem

    async def _question(self, query: Query, given: Given) -> bytes:
        service = self._service
        request: dict[str, object] = {"query": query.sparql, "results": JSON, "graph": None, "disjoint": True}
        own = [pair for pair in given if pair[0] not in CONTROLS]
        request |= await bound(service, query, own) | page(given) | published(service.current.graphs)
        return await gather(service, service.current, request)

    async def _tracing(self, given: Given) -> bytes:
        own = tuple(pair for pair in given if pair[0] in OPTIONS)
        request = {"results": JSON_REPORT, "graph": None, **await asyncio.to_thread(asked, own)}
        return await gather(self._service, self._service.current, request)


def _table(found: dict[str, Any]) -> Table:
    if "boolean" in found:
        return Table(("answer",), ((str(found["boolean"]).lower(),),))
    columns = tuple(found["head"]["vars"])
    rows = found["results"]["bindings"]
    return Table(columns, tuple(tuple(row.get(name, {}).get("value", "") for name in columns) for row in rows))

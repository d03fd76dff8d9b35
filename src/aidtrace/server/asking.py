"""How a page, in a thread of its own, asks the pool a named question, or for a run of the tracing."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aidtrace.errors import AidtraceError
from aidtrace.queries import Query, Table
from aidtrace.server.answers import gather
from aidtrace.server.named import CONTROLS, JSON, bound, page, published
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service
from aidtrace.server.traces import JSON as JSON_REPORT
from aidtrace.server.traces import OPTIONS, asked
from aidtrace.web.pages import Ask, Trace


def questioner(service: Service) -> Ask:
    """Return a function that asks *service* from another thread; it raises AidtraceError where there is no answer."""
    loop = asyncio.get_running_loop()

    async def answer(query: Query, given: Sequence[tuple[str, str]]) -> bytes:
        request: dict[str, object] = {"query": query.sparql, "results": JSON, "graph": None, "disjoint": True}
        own = [pair for pair in given if pair[0] not in CONTROLS]
        request |= await bound(service, query, own) | page(given) | published(service.current.graphs)
        return await gather(service, service.current, request)

    def ask(query: Query, given: Sequence[tuple[str, str]]) -> Table:
        waiting = asyncio.run_coroutine_threadsafe(answer(query, given), loop)
        try:
            return _table(json.loads(waiting.result()))
        except Problem as problem:
            raise AidtraceError(str(problem)) from problem

    return ask


def tracer(service: Service) -> Trace:
    """Return a function that traces from another thread; it raises AidtraceError where an option means nothing."""
    loop = asyncio.get_running_loop()

    async def answer(given: Sequence[tuple[str, str]]) -> bytes:
        own = tuple(pair for pair in given if pair[0] in OPTIONS)
        request = {"results": JSON_REPORT, "graph": None, **await asyncio.to_thread(asked, own)}
        return await gather(service, service.current, request)

    def run(given: Sequence[tuple[str, str]]) -> dict[str, Any]:
        waiting = asyncio.run_coroutine_threadsafe(answer(given), loop)
        try:
            found: dict[str, Any] = json.loads(waiting.result())
        except Problem as problem:
            raise AidtraceError(str(problem)) from problem
        return found

    return run


def _table(found: dict[str, Any]) -> Table:
    if "boolean" in found:
        return Table(("answer",), ((str(found["boolean"]).lower(),),))
    columns = tuple(found["head"]["vars"])
    rows = found["results"]["bindings"]
    return Table(columns, tuple(tuple(row.get(name, {}).get("value", "") for name in columns) for row in rows))

"""What the page of the query editor asks: the answer to a query as a page shows it, and what parameters can be."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.queries import Query
from aidtrace.server.answers import deadline_of
from aidtrace.server.named import JSON, values_of
from aidtrace.server.pages.entities import rows
from aidtrace.server.problems import Problem
from aidtrace.server.protocol import QUERY_LIMIT, as_asked, looked
from aidtrace.server.service import Service

_DIGITS = 9
ROWS = 100
"""So many rows are on a page."""


async def selected(service: Service, query: str, base: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Answer *query* under the limits that hold for programs; *given* may have from, sort, revision and timeout.

    Relative IRIs in it are read against *base*. The answer holds what `show` says, how long it took, and the
    revision that was asked.
    """
    if len(query.encode()) > QUERY_LIMIT:
        raise Problem(413, "Body too large", f"expected a query of at most {QUERY_LIMIT} bytes")
    pinned = service.pinned(given.get("revision"))
    found = await looked(service, query, base, pinned)
    request: dict[str, Any] = {"results": JSON, "graph": JSON, "base": base, "free": True, **as_asked(service, found)}
    sort = given.get("sort", "")
    shown = {"offset": _offset(given.get("from", "0")), "limit": ROWS, "sort": sort.removeprefix("-")}
    request |= {"shown": {**shown, "descending": sort.startswith("-")}}
    request |= {"store": str(pinned.folder), "limit": service.options.limits.result}
    begun = time.perf_counter()
    waiting = service.pool.answer(
        request, asyncio.Event().wait, deadline_of(given.get("timeout")), network=found.service
    )
    with service.holding(pinned):
        async with waiting as answer:
            told: dict[str, Any] = json.loads(await answer.all())
    about = {"revision": pinned.name, "offset": shown["offset"], "volatile": found.volatile}
    return {**told, **about, "seconds": time.perf_counter() - begun}


async def choices(service: Service, query: Query) -> dict[str, Sequence[tuple[str, str]]]:
    """Return what each parameter of *query* can be, and what that is called."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for parameter in query.parameters:
        values = await values_of(service, parameter)
        if not parameter.of:
            found[parameter.name] = [(word, word) for word in values]
            continue
        named = await rows(service, "labels", {}, things=" ".join(f"<{one}>" for one in values)) if values else []
        labels = {row["thing"]["value"]: row["label"]["value"] for row in named}
        shorts = [(one.removeprefix(ID.iri), labels.get(one, one.removeprefix(ID.iri))) for one in values]
        found[parameter.name] = sorted(shorts, key=lambda one: (alphabetical(one[1]), one[0]))
    return found


def _offset(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Problem(400, "Malformed request", f"from is {text!r}; expected a number of rows to leave out")
    return int(text)

"""What a page about a thing asks: its statements and where they are told, what names it, what others call it."""

import asyncio
import json
from typing import Any

from aidtrace.files import read_text
from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.reports.findings import Finding
from aidtrace.server.answers import gather
from aidtrace.server.checking.checks import Stage
from aidtrace.server.checking.sent import Request, Sent
from aidtrace.server.named import JSON
from aidtrace.server.service import Service, Snapshot
from aidtrace.server.things import expect, saying
from aidtrace.web.asked import MANY_NAMING, NAMING_PAGE

Row = dict[str, dict[str, str]]

_PARTS = ("names", "statements", "sources", "named", "identifiers")
_TRIPLES = "application/n-triples"
_SHOWN = 12
"""The things that name one by so many properties are listed at once; others have a page of their own."""


async def about(service: Service, of: Snapshot, thing: str, by: str, offset: int) -> dict[str, Any]:
    """Return the rows of each query of ``queries/pages/`` about *thing*, by its name, in a revision; Problem 404.

    ``naming`` maps properties to a page of the things that name it by each: of the first few properties, or of *by*
    alone, behind the first *offset* of these.
    """
    bound = await expect(service, of, thing)
    found: dict[str, Any] = {name: await rows(service, name, bound, of) for name in _PARTS}  # in turn: others read too
    counts = {row["property"]["value"]: int(row["count"]["value"]) for row in found["named"]}
    chosen = [one for one in ([by] if by else [*counts][:_SHOWN]) if one in counts]
    return {**found, "naming": {one: await _naming(service, of, bound, one, counts[one], offset) for one in chosen}}


async def findings(service: Service, of: Snapshot, thing: str) -> list[Finding]:
    """Validate what a revision says of *thing* beside itself, and return what is found; Problem 404."""
    bound = await expect(service, of, thing)
    request = {"query": saying(service), "bound": bound, "results": None, "graph": _TRIPLES}
    content = await gather(service, of, request)
    sent = Request((Sent("data", _TRIPLES, content, ID.iri),), (), {"with-graph": "true"})
    with service.beside(of) as served:
        report = await service.checks.check(sent, Stage(), served)
    return [one for one in report.findings if one.focus == bound["thing"]["value"]]


async def _naming(service: Service, of: Snapshot, bound: dict[str, Any], by: str, count: int, offset: int) -> list[Row]:
    """Return a page of the *count* things that name one by a property: out of all in their order, if these are few."""
    bound = bound | {"property": {"type": "uri", "value": by}}
    if count > MANY_NAMING:
        return await rows(service, "naming", bound, of, limit=NAMING_PAGE, offset=offset)
    found = await rows(service, "naming", bound, of, limit=MANY_NAMING, offset=0)
    return sorted(found, key=lambda row: called(row, "other"))[offset : offset + NAMING_PAGE]


def called(row: Row, column: str) -> tuple[str, str]:
    """Return what *row* is sorted by, as people do: the label of the term in *column*, or the term itself."""
    return alphabetical(row.get(f"{column}Label", row[column])["value"])


async def rows(
    service: Service, name: str, bound: dict[str, Any], of: Snapshot | None = None, **values: int | str
) -> list[Row]:
    """Return the rows of a query of ``queries/pages/`` with some variables *bound* and some places of it filled.

    They are those of a revision, or of the current one.
    """
    path = service.project.root / "queries" / "pages" / f"{name}.rq"
    text = await asyncio.to_thread(read_text, path, "a query of the pages")
    own = not service.options.union
    filled = text % values if values else text
    request = {"query": filled, "bound": bound, "results": JSON, "graph": None, "union": own}
    found: list[Row] = json.loads(await gather(service, of or service.current, request))["results"]["bindings"]
    return found

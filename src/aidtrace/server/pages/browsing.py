"""What the pages that browse a class ask: the classes, the things of one, and what tells these apart."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from pyoxigraph import NamedNode

from aidtrace.catalog import Counts
from aidtrace.namespaces import AT, ID
from aidtrace.server.catalogs import counts
from aidtrace.server.pages.entities import Row, called, rows
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot
from aidtrace.web.asked import LISTING_PAGE, MANY

Chosen = Sequence[tuple[str, str]]
"""Properties of the ontology, by their names, and the names of the values that they are to have."""

_CHOICES = 8
_MOMENT = 2
"""So many seconds a page waits for the words to be counted."""


async def classes(service: Service, of: Snapshot) -> list[Row]:
    """Return the classes of the ontology that have things, with their labels and counts; once for each revision."""

    async def ask() -> list[Row]:
        return sorted(await rows(service, "classes", {}, of), key=lambda row: called(row, "class"))

    return await service.once_of(of, "classes", ask)


async def usage(service: Service, of: Snapshot) -> Counts:
    """Return how often each word is used, as VoID tells it; Problem 503 where that is still being counted."""
    try:
        async with asyncio.timeout(_MOMENT):
            return await service.once_of(of, "counts", lambda: counts(service, of))
    except TimeoutError as error:
        raise Problem(503, "Not counted yet", "the words are being counted", {"Retry-After": "5"}) from error


async def browsed(service: Service, of: Snapshot, name: str, chosen: Chosen, offset: int) -> dict[str, list[Row]]:
    """Return a page of the things of the class *name* that have the values *chosen*, and the values of them all.

    The rows are by the names of their queries: classes (the class itself), listing, facets. Problem 404 where there is
    no such class, 400 where a name is no part of an IRI.
    """
    if len(chosen) > _CHOICES:
        raise Problem(400, "Bad Request", f"{len(chosen)} values are chosen; expected at most {_CHOICES}")
    known = [row for row in await classes(service, of) if row["class"]["value"] == f"{AT.iri}{name}"]
    if not known:
        raise Problem(404, "No such class", f"no class that has things is called {name!r}; /browse lists them")
    bound = {"class": {"type": "uri", "value": f"{AT.iri}{name}"}}
    patterns = " ".join(f"?thing {_iri(AT.iri + verb)} {_iri(ID.iri + value)} ." for verb, value in chosen)
    if int(known[0]["count"]["value"]) > MANY:
        return {
            "classes": known,
            "listing": await rows(service, "large", bound, of, chosen=patterns, limit=LISTING_PAGE + 1, offset=offset),
            "facets": [],
        }
    things = await _members(service, of, name, bound)
    if chosen:
        matching = {row["thing"]["value"] for row in await rows(service, "matching", bound, of, chosen=patterns)}
        things = [one for one in things if one in matching]
    listing = await _listing(service, of, bound, things[offset : offset + LISTING_PAGE + 1])
    facets = await rows(service, "facets", bound, of, chosen=patterns)
    return {"classes": known, "listing": listing, "facets": facets}


async def _members(service: Service, of: Snapshot, name: str, bound: dict[str, Any]) -> list[str]:
    """Return the things of a class, the earliest first and those of one day by their names; once for each revision."""

    async def ask() -> list[str]:
        found = await rows(service, "members", bound, of)
        groups = (sorted(group, key=lambda row: called(row, "thing")) for _, group in groupby(found, key=_first))
        return [row["thing"]["value"] for group in groups for row in group]

    return await service.once_of(of, ("members", name), ask)


async def _listing(service: Service, of: Snapshot, bound: dict[str, Any], things: Sequence[str]) -> list[Row]:
    """Return the rows of *things*, in their order."""
    named = " ".join(_iri(one) for one in things if ":" in one)  # a blank node has no name to ask by
    found = {row["thing"]["value"]: row for row in await rows(service, "listing", bound, of, things=named)}
    return [found.get(one, {"thing": {"type": "bnode", "value": one}}) for one in things]


def _first(row: Row) -> str:
    return row["first"]["value"] if "first" in row else ""


def _iri(text: str) -> str:
    try:
        return str(NamedNode(text))
    except ValueError as error:
        raise Problem(400, "Bad Request", f"{text!r} is no IRI; expected the names that the page links to") from error

"""What the pages that browse a class ask: the classes, the things of one, and what tells these apart."""

import asyncio
from collections.abc import Sequence

from pyoxigraph import NamedNode

from aidtrace.catalog import Counts
from aidtrace.namespaces import AT, ID
from aidtrace.server.catalogs import counts
from aidtrace.server.entities import Row, rows
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service

Chosen = Sequence[tuple[str, str]]
"""Properties of the ontology, by their names, and the names of the values that they are to have."""

_CHOICES = 8
_MOMENT = 2
"""So many seconds a page waits for the words to be counted."""

MANY = 20_000
"""The things of a larger class are not sorted, and what tells them apart is not counted: it takes too long."""


async def classes(service: Service) -> list[Row]:
    """Return the classes of the ontology that have things, with their labels and counts; once for each revision."""
    return await service.once.of(service.current.name, "classes", lambda: rows(service, "classes", {}))


async def usage(service: Service) -> Counts:
    """Return how often each word is used, as VoID tells it; Problem 503 where that is still being counted."""
    current = service.current
    try:
        async with asyncio.timeout(_MOMENT):
            return await service.once.of(current.name, "counts", lambda: counts(service, current))
    except TimeoutError as error:
        raise Problem(503, "Not counted yet", "the words are being counted", {"Retry-After": "5"}) from error


async def browsed(service: Service, name: str, chosen: Chosen, offset: int) -> dict[str, list[Row]]:
    """Return a page of the things of the class *name* that have the values *chosen*, and the values of them all.

    The rows are by the names of their queries: classes (the class itself), listing, facets. Problem 404 where there is
    no such class, 400 where a name is no part of an IRI.
    """
    if len(chosen) > _CHOICES:
        raise Problem(400, "Bad Request", f"{len(chosen)} values are chosen; expected at most {_CHOICES}")
    known = [row for row in await classes(service) if row["class"]["value"] == f"{AT.iri}{name}"]
    if not known:
        raise Problem(404, "No such class", f"no class that has things is called {name!r}; /browse lists them")
    bound = {"class": {"type": "uri", "value": f"{AT.iri}{name}"}}
    patterns = " ".join(f"?thing {_iri(AT.iri + verb)} {_iri(ID.iri + value)} ." for verb, value in chosen)
    if int(known[0]["count"]["value"]) > MANY:
        return {
            "classes": known,
            "listing": await rows(service, "large", bound, chosen=patterns, offset=offset),
            "facets": [],
        }
    listing = await rows(service, "listing", bound, chosen=patterns, offset=offset)
    facets = await rows(service, "facets", bound, chosen=patterns)
    return {"classes": known, "listing": listing, "facets": facets}


def _iri(text: str) -> str:
    try:
        return str(NamedNode(text))
    except ValueError as error:
        raise Problem(400, "Bad Request", f"{text!r} is no IRI; expected the names that the page links to") from error

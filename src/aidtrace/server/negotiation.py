"""Which media type a client gets: ``format=`` by short name, else the Accept header with its q-values."""

import re
from collections.abc import Sequence
from functools import lru_cache

from aidtrace.errors import one_of
from aidtrace.server.media import GRAPHS, RESULTS
from aidtrace.server.problems import Problem

HTML = "text/html"
SHORT = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
    "html": HTML,
}
SYNONYMS = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "text/plain": "application/n-triples",
    "application/x-turtle": "text/turtle",
}
_USUAL = 512
"""Headers up to this length are remembered; strangers could fill the memory with longer ones."""

_RANGE = re.compile(r"^\s*([\w*.+-]+/[\w*.+-]+)\s*(.*)$")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d*)?)\s*(?:;|$)", re.IGNORECASE)


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Return the best of *offered* (first is preferred) for the header *accept*, or None where none will do.

    >>> choose("text/csv;q=0.5, application/json", ("text/csv", "application/sparql-results+json"))
    'application/sparql-results+json'
    """
    return _usual(accept, offered) if len(accept) <= _USUAL else _best(accept, offered)


def choose_as_named(accept: str, offered: Sequence[str]) -> str | None:
    """Choose as `choose` does, but no media type stands for another one."""
    return _best(accept, offered, synonyms=False)


@lru_cache(maxsize=1024)
def _usual(accept: str, offered: Sequence[str]) -> str | None:
    return _best(accept, offered)


def _best(accept: str, offered: Sequence[str], *, synonyms: bool = True) -> str | None:
    ranges = _ranges(accept or "*/*", synonyms=synonyms)
    best = max(offered, key=lambda media: _quality(media, ranges), default=None)
    return best if best and _quality(best, ranges) > 0 else None


def results_type(accept: str, short: str | None) -> str | None:
    """Return the media type for a table or a truth value."""
    return choose(wanted(accept, short), tuple(RESULTS))


def graph_type(accept: str, short: str | None) -> str | None:
    """Return the media type for a graph."""
    return choose(wanted(accept, short), tuple(GRAPHS))


def acceptable(accept: str, short: str | None, offered: Sequence[str], *more: str) -> str:
    """Return the best of *offered*; Problem 406 where none will do, which names them and what *more* there is."""
    media = choose(wanted(accept, short), tuple(offered))
    if media is None:
        raise not_acceptable(accept, short, (*offered, *more))
    return media


def not_acceptable(accept: str, short: str | None, offered: Sequence[str]) -> Problem:
    """Build the problem of a client that takes nothing of what is *offered*.

    >>> not_acceptable("image/png", None, ("text/csv",)).detail
    'image/png is not offered here; expected text/csv (format=csv)'
    """
    known = {media: short for short, media in SHORT.items()}
    choice = one_of([f"{media} (format={known[media]})" if media in known else media for media in offered])
    return Problem(
        406, "Not acceptable", f"{f'format={short}' if short else accept} is not offered here; expected {choice}"
    )


def prefers_html(accept: str) -> bool:
    """Whether a person's browser is asking: HTML is accepted, and by name."""
    if "text/html" not in accept:
        return False
    return choose(accept, ("application/sparql-results+json", "text/html")) == "text/html"


def wanted(accept: str, short: str | None) -> str:
    """Return the Accept header to go by: the short name of ``format=`` comes first; Problem 400 where it is none."""
    if short is None:
        return accept
    if short not in SHORT:
        raise Problem(400, "Malformed request", f"format is {short!r}; expected one of {', '.join(SHORT)}")
    return SHORT[short]


def _ranges(accept: str, *, synonyms: bool) -> dict[str, float]:
    """Return the quality of each range; a type that is named itself counts before one that stands for it."""
    ranges: dict[str, float] = {}
    meant: dict[str, float] = {}
    for part in accept.split(","):
        found = _RANGE.match(part)
        if found:
            quality = _QUALITY.search(found[2] + ";")
            name, value = found[1].lower(), float(quality[1]) if quality else 1.0
            ranges[name] = value
            if synonyms and name in SYNONYMS:
                meant[SYNONYMS[name]] = max(value, meant.get(SYNONYMS[name], 0.0))
    return meant | ranges


def _quality(media: str, ranges: dict[str, float]) -> float:
    """Return the quality of *media*: the most specific range that fits decides (RFC 9110, section 12.5.1)."""
    for pattern in (media, f"{media.split('/')[0]}/*", "*/*"):
        if pattern in ranges:
            return ranges[pattern]
    return 0.0

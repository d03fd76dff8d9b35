"""Which media type a client gets: ``format=`` by short name, else the Accept header with its q-values."""

import re
from collections.abc import Sequence

from aidtrace.server.worker import GRAPHS, RESULTS

SHORT = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
SYNONYMS = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "text/plain": "application/n-triples",
    "application/x-turtle": "text/turtle",
}
_RANGE = re.compile(r"^\s*([\w*.+-]+/[\w*.+-]+)\s*(.*)$")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)")


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Return the best of *offered* (first is preferred) for the header *accept*, or None where none will do.

    >>> choose("text/csv;q=0.5, application/json", ["text/csv", "application/sparql-results+json"])
    'application/sparql-results+json'
    """
    ranges = _ranges(accept or "*/*")
    best = max(offered, key=lambda media: _quality(media, ranges), default=None)
    return best if best and _quality(best, ranges) > 0 else None


def results_type(accept: str, short: str | None) -> str | None:
    """Return the media type for a table or a truth value."""
    return choose(SHORT.get(short, "") if short else accept, list(RESULTS))


def graph_type(accept: str, short: str | None) -> str | None:
    """Return the media type for a graph."""
    return choose(SHORT.get(short, "") if short else accept, list(GRAPHS))


def prefers_html(accept: str) -> bool:
    """Whether a person's browser is asking: HTML is accepted, and by name."""
    return "text/html" in accept and choose(accept, ["application/sparql-results+json", "text/html"]) == "text/html"


def _ranges(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        found = _RANGE.match(part)
        if found:
            quality = _QUALITY.search(found[2] + ";")
            name = found[1].lower()
            ranges[SYNONYMS.get(name, name)] = float(quality[1]) if quality else 1.0
    return ranges


def _quality(media: str, ranges: dict[str, float]) -> float:
    """Return the quality of *media*: the most specific range that fits decides (RFC 9110, section 12.5.1)."""
    for pattern in (media, f"{media.split('/')[0]}/*", "*/*"):
        if pattern in ranges:
            return ranges[pattern]
    return 0.0

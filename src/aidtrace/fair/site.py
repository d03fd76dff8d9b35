"""A server that is looked at: its documents by path, and our names followed to where it answers them.

A name below ``https://w3id.org/aidtrace`` is asked of the server itself, as the redirect rules of ``deploy/w3id`` would
have it; nothing else is asked anywhere.
"""

from collections.abc import Sequence
from csv import DictReader
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http.client import HTTPException
from io import StringIO
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from pyoxigraph import NamedNode, RdfFormat, Store, parse

from aidtrace.errors import InputError, MachineError
from aidtrace.namespaces import AT, ID, OWL, RDF, VOID

HTML = "text/html"
TURTLE = "text/turtle"
RDF_TYPES = ("application/rdf+xml", TURTLE, "application/n-triples", "application/ld+json")

SITE = AT.iri.removesuffix("/ontology#")
_PATIENCE = 60
_LARGEST = 1 << 26
_EXPECTED = "expected the address of a server, such as http://127.0.0.1:8000"


@dataclass(frozen=True)
class Document:
    """What an address gave: a status, a media type, a body."""

    status: int
    media: str
    body: bytes
    headers: dict[str, str]

    @property
    def is_there(self) -> bool:
        """Whether it was found."""
        return self.status == 200

    @property
    def has_content(self) -> bool:
        """Whether it was found, and is not empty."""
        return self.is_there and bool(self.body.strip())

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def graph(self) -> Store:
        """Return the triples in it; an empty graph where it is not there, or is no RDF."""
        store = Store()
        form = RdfFormat.from_media_type(self.media) if self.is_there and self.media in RDF_TYPES else None
        if form:
            try:
                store.extend(parse(self.body, format=form))
            except SyntaxError:
                return Store()
        return store


_NOWHERE = Document(404, "", b"", {})


class _Within(HTTPRedirectHandler):
    """Follows a redirect within one server; one that leads elsewhere is the answer."""

    def redirect_request(self, req: Request, *answer: Any) -> Request | None:
        made = super().redirect_request(req, *answer)
        return made if made and urlsplit(made.full_url)[:2] == urlsplit(req.full_url)[:2] else None


class Site:
    """The server at *address*, asked itself: no proxy and no other host is."""

    def __init__(self, address: str) -> None:
        if "@" in address:  # it stands in errors
            raise InputError(f"--endpoint: holds a name or a password of somebody; {_EXPECTED}")
        self.address = address.rstrip("/")
        if not _is_address(self.address):
            raise InputError(f"--endpoint: {address!r}; {_EXPECTED}")
        self._opener = build_opener(ProxyHandler({}), _Within)

    @lru_cache(maxsize=256)  # noqa: B019  (a site lives as long as the command)
    def get(self, path: str, accept: str = "*/*", body: bytes | None = None, kind: str = "") -> Document:
        """Ask for *path*, by POST where there is a *body*; MachineError where nothing answers."""
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        request = Request(self.address + path, data=body, headers=headers)  # noqa: S310  (its scheme is looked at)
        try:
            with self._opener.open(request, timeout=_PATIENCE) as answer:
                media = answer.headers.get_content_type()
                return Document(answer.status, media, answer.read(_LARGEST), dict(answer.headers))
        except HTTPError as error:
            return Document(error.code, error.headers.get_content_type(), error.read(_LARGEST), dict(error.headers))
        except (URLError, OSError, HTTPException) as error:
            raise MachineError(f"{self.address}: {error}; expected a server of aidtrace that answers") from error

    def resolve(self, name: str, accept: str = TURTLE) -> Document:
        """Follow a name of ours to what the server has there; a name of others, or none, leads nowhere."""
        path = name.removeprefix(SITE).partition("#")[0]
        return self.get(path or "/", accept) if f"{name}/".startswith((f"{SITE}/", f"{SITE}#")) else _NOWHERE

    def given(self, name: str, wanted: Sequence[str]) -> list[str]:
        """Return those of the *wanted* media types in which a name of ours is given."""
        found = {media: self.resolve(name, media) for media in wanted}
        return [media for media, one in found.items() if one.has_content and one.media == media]

    def rows(self, query: str) -> list[dict[str, str]]:
        """Answer a SELECT; no rows where the server does not."""
        answer = self.get("/sparql", "text/csv", query.encode(), "application/sparql-query")
        return [*DictReader(StringIO(answer.text))] if answer.is_there and answer.media == "text/csv" else []

    @cached_property
    def ontology(self) -> Store:
        """The ontology, as it is found by its name."""
        return self.resolve(self.ontology_name).graph()

    @cached_property
    def ontology_name(self) -> str:
        """The name of the ontology, without the mark of a namespace."""
        return AT.iri.removesuffix("#")

    @cached_property
    def ontology_id(self) -> str:
        """What the ontology calls itself; empty where it says nothing."""
        ours = named(self.ontology, RDF("type"), OWL("Ontology"))
        return self.ontology_name if self.ontology_name in ours else next(iter(ours), "")

    @cached_property
    def description(self) -> Store:
        """What the server says of the whole data set."""
        return self.get("/.well-known/void", TURTLE).graph()

    @cached_property
    def dataset(self) -> str:
        """The name of the data set in its description; empty where there is none."""
        return min(named(self.description, RDF("type"), VOID("Dataset")), default="", key=len)

    @cached_property
    def thing(self) -> str:
        """The name of a thing of ours that the data tell of; empty where there is none."""
        ours = f'FILTER (STRSTARTS(STR(?thing), "{ID.iri}"))'
        found = self.rows(f"SELECT ?thing {{ ?thing a <{AT.iri}Instrument> . {ours} }} ORDER BY ?thing LIMIT 1")
        return found[0]["thing"] if found else ""

    def said(self, graph: Store, subject: str, *properties: str) -> list[str]:
        """Return the values that *subject* has for any of *properties* in *graph*."""
        if not subject:
            return []
        quads = (
            quad
            for one in properties
            for quad in graph.quads_for_pattern(NamedNode(subject), NamedNode(one), None, None)
        )
        return [getattr(quad.object, "value", str(quad.object)) for quad in quads]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # a bracket that is not closed
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def named(graph: Store, verb: NamedNode, value: NamedNode | None = None) -> list[str]:
    """Return the names of what has *value*, or any, for *verb* in *graph*."""
    subjects = {quad.subject for quad in graph.quads_for_pattern(None, verb, value, None)}
    return sorted(one.value for one in subjects if isinstance(one, NamedNode))

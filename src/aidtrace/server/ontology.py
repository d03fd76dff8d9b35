"""The ontology over HTTP as RDF: ``/ontology`` is the whole of it, ``/ontology/NAME`` what it says of one word."""

from functools import lru_cache

from pyoxigraph import NamedNode, Triple, serialize

from aidtrace.documents import read_all
from aidtrace.errors import UnknownNameError
from aidtrace.namespaces import PREFIXES
from aidtrace.project import Project
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of
from aidtrace.server.media import GRAPHS
from aidtrace.server.negotiation import HTML, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service
from aidtrace.terms import vocabulary

METHODS = "GET, HEAD"
_KEPT = 64
"""So many answers are kept: the whole in each form, and some words."""


async def ontology(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Send the ontology, or what it says of one word; its version has an address of its own."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), tuple(GRAPHS), HTML)
    name = http.path.removeprefix("/ontology").strip("/")
    await send_fixed(http, send, service.current, media, _written(service.project, name, media))


@lru_cache(maxsize=_KEPT)
def _written(project: Project, name: str, media: str) -> bytes:
    triples = _triples(project)
    if name and name != vocabulary(project).version:
        word = _word(project, name)
        triples = tuple(one for one in triples if one.subject == word)
    return serialize(triples, format=GRAPHS[media], prefixes=PREFIXES) or b""


def _word(project: Project, name: str) -> NamedNode:
    try:
        return NamedNode(vocabulary(project).find(name).iri)
    except UnknownNameError as error:
        raise Problem(404, "No such word", str(error)) from error


@lru_cache(maxsize=1)
def _triples(project: Project) -> tuple[Triple, ...]:
    return tuple(quad.triple for one in read_all(project.ontology_files) for quad in one.quads())

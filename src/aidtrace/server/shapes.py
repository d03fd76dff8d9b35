"""The shapes over HTTP: ``/shapes`` lists the rules, ``/shapes/NAME`` shows one, as JSON or as the Turtle they are."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any

from pyoxigraph import RdfFormat, serialize

from aidtrace.documents import read_all
from aidtrace.errors import UnknownNameError
from aidtrace.namespaces import PREFIXES
from aidtrace.project import Project
from aidtrace.rulebook import Rulebook, RuleEntry
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.media import GRAPHS
from aidtrace.server.negotiation import HTML, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service

_JSON = "application/sparql-results+json"  # what application/json stands for where media types are chosen


async def shapes(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Send the rules, or one of them; all of them as RDF too."""
    expect_method(scope["method"], "GET, HEAD")
    http = head_of(scope)
    name = http.path.removeprefix("/shapes").strip("/")
    offered = (_JSON, *GRAPHS) if not name else (_JSON, "text/turtle")
    media = acceptable(http.accept, http.one("format"), offered, HTML)
    if media == _JSON:
        media, body = "application/json", to_json(_content(service.project, name))
    elif name:
        body = _entry(service.project, name).turtle.encode()
    else:
        body = _rdf(service.project, media)
    await send_fixed(http, send, service.current, media, body)


def _content(project: Project, name: str) -> Any:
    return asdict(_entry(project, name)) if name else {"rules": [asdict(one) for one in _rules(project)]}


def _entry(project: Project, name: str) -> RuleEntry:
    try:
        return _book(project).entry(name)
    except UnknownNameError as error:
        raise Problem(404, "No such rule", str(error)) from error


@lru_cache(maxsize=1)
def _book(project: Project) -> Rulebook:
    return Rulebook(project)


@lru_cache(maxsize=1)
def _rules(project: Project) -> tuple[RuleEntry, ...]:
    return tuple(_book(project))


@lru_cache(maxsize=len(GRAPHS))
def _rdf(project: Project, media: str) -> bytes:
    triples = (quad.triple for one in read_all(project.shape_files) for quad in one.quads())
    form: RdfFormat = GRAPHS[media]
    return serialize(triples, format=form, prefixes=PREFIXES) or b""

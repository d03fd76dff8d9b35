"""Plain pages: the questions, a question with its answer, a form for SPARQL, and a page for each thing."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from pyoxigraph import Literal, NamedNode, Store
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.errors import AidtraceError
from aidtrace.namespaces import ID, RDFS
from aidtrace.project import Project
from aidtrace.queries import Query, Table, find_query, read_queries
from aidtrace.rulebook import Rulebook
from aidtrace.store import open_built

_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_ALTERNATES = {
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "ntriples": "application/n-triples",
    "rdfxml": "application/rdf+xml",
}
"""The same as RDF, by the short names of the formats."""

_MOST = 500
"""So many statements of a kind a page shows; a query finds the others."""

Pair = tuple[NamedNode, object]
Ask = Callable[[Query, Sequence[tuple[str, str]]], Table]
"""Answers a question with parameters; AidtraceError where there is no answer."""

Trace = Callable[[Sequence[tuple[str, str]]], dict[str, Any]]
"""Runs the process tracing with options; AidtraceError where one means nothing."""


def pages(project: Project, folder: Callable[[], Path], ask: Ask, trace: Trace) -> Blueprint:
    """Build the pages over the questions of *project*, and the revision that *folder* tells of."""
    blueprint = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )

    @blueprint.get("/")
    @blueprint.get("/queries", strict_slashes=False)
    def home() -> str:
        return render_template("home.html", queries=read_queries(project), quads=_size(folder()))

    @blueprint.get("/queries/<name>")
    def question(name: str) -> str:
        try:
            query = find_query(project, name)
        except AidtraceError as error:
            abort(404, str(error))
        try:
            table = ask(query, list(request.args.items(multi=True)))
        except AidtraceError as error:
            abort(400, str(error))
        return render_template("question.html", query=query, table=table, local=_local)

    @blueprint.get("/trace")
    def tracing() -> str:
        given = [pair for pair in request.args.items(multi=True) if pair[1] and pair[0] != "format"]
        try:
            return render_template("trace.html", found=trace(given), given=dict(given))
        except AidtraceError as error:
            abort(400, str(error))

    @blueprint.get("/shapes", strict_slashes=False)
    def shapes() -> str:
        return render_template("shapes.html", rules=list(Rulebook(project)))

    @blueprint.get("/shapes/<name>")
    def shape(name: str) -> str:
        try:
            return render_template("shape.html", rule=Rulebook(project).entry(name))
        except AidtraceError as error:
            abort(404, str(error))

    @blueprint.get("/sparql")
    def form() -> str:
        return render_template("sparql.html", queries=read_queries(project), chosen=request.args.get("example"))

    def said_of(name: str) -> tuple[Store, NamedNode, list[Pair]]:
        """Return what the store says of a thing; 404 where that is nothing."""
        store = _store(folder())
        try:
            iri = ID(name)
        except ValueError:
            abort(404, f"{name!r} is no part of an IRI")
        quads = islice(store.quads_for_pattern(iri, None, None, None), _MOST + 1)
        says: list[Pair] = [(quad.predicate, quad.object) for quad in quads]
        if not says:
            abort(404, f"nothing here is called {name}")
        return store, iri, says

    @blueprint.get("/id/<path:name>")
    def thing(name: str) -> AnyResponse:
        said_of(name)
        return redirect(f"/page/{name}", 303)

    @blueprint.get("/page/<path:name>")
    def page(name: str) -> str:
        store, iri, says = said_of(name)
        quads = islice(store.quads_for_pattern(None, None, iri, None), _MOST + 1)
        said: list[Pair] = [(quad.predicate, quad.subject) for quad in quads]
        rows = {which: _labelled(store, pairs[:_MOST]) for which, pairs in (("says", says), ("said", said))}
        about = {"name": name, "iri": iri.value, "title": _label(store, iri), "most": _MOST}
        more = len(says) > _MOST or len(said) > _MOST
        return render_template("thing.html", local=_local, alternates=_ALTERNATES, more=more, **about, **rows)

    @blueprint.app_errorhandler(HTTPException)
    def fail(error: HTTPException) -> AnyResponse:
        """Answer a program with a problem document (RFC 9457), a browser with a page."""
        if request.accept_mimetypes.provided and "text/html" in request.accept_mimetypes.values():
            return error.get_response()
        said = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
        response = error.get_response()
        response.data, response.content_type = json.dumps(said), "application/problem+json"
        return response

    @blueprint.after_request
    def harden(response: Response) -> Response:
        response.headers.update(
            {
                "Content-Security-Policy": _POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Aidtrace-Revision": folder().name,
            }
        )
        response.vary.add("Accept")
        return response

    return blueprint


@lru_cache(maxsize=2)
def _store(folder: Path) -> Store:
    """Open a revision for the pages; the last two stay open."""
    return open_built(folder)


@lru_cache(maxsize=2)
def _size(folder: Path) -> int:
    return len(_store(folder))


def _labelled(store: Store, pairs: Sequence[Pair]) -> list[tuple[str, str, str]]:
    """Return each pair once, as the property's label, the value's label and the value's own page, sorted."""
    return sorted({(_label(store, predicate), _label(store, value), _address(value)) for predicate, value in pairs})


def _label(store: Store, term: object) -> str:
    if isinstance(term, Literal):
        return term.value
    if isinstance(term, NamedNode):
        labels = [q.object for q in store.quads_for_pattern(term, RDFS("label"), None, None)]
        english = [label.value for label in labels if isinstance(label, Literal) and label.language == "en"]
        return english[0] if english else _local(term.value)
    return str(term)


def _address(term: object) -> str:
    return _local(term.value) if isinstance(term, NamedNode) and term.value.startswith(ID.iri) else ""


def _local(iri: str) -> str:
    return iri.removeprefix(ID.iri).rpartition("#")[2]

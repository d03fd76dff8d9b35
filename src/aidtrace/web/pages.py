"""Plain pages: the questions, a question with its answer, a form for SPARQL, and a page for each thing."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request
from pyoxigraph import Literal, NamedNode, Store
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.errors import AidtraceError
from aidtrace.namespaces import ID, RDFS
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries, run
from aidtrace.store import open_built

_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def pages(project: Project, folder: Path) -> Blueprint:
    """Build the pages over the questions of *project* and the built store in *folder*."""
    blueprint = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )
    store = open_built(folder)

    @blueprint.get("/")
    @blueprint.get("/queries")
    def home() -> str:
        return render_template("home.html", queries=read_queries(project), quads=len(store))

    @blueprint.get("/queries/<name>")
    def question(name: str) -> str:
        try:
            query = find_query(project, name)
        except AidtraceError as error:
            abort(404, str(error))
        return render_template("question.html", query=query, table=run(store, query.sparql), local=_local)

    @blueprint.get("/sparql")
    def form() -> str:
        return render_template("sparql.html", queries=read_queries(project), chosen=request.args.get("example"))

    @blueprint.get("/id/<path:name>")
    def thing(name: str) -> AnyResponse:
        return redirect(f"/page/{name}", 303)

    @blueprint.get("/page/<path:name>")
    def page(name: str) -> str:
        iri = ID(name)
        says = [(quad.predicate, quad.object) for quad in store.quads_for_pattern(iri, None, None, None)]
        if not says:
            abort(404, f"nothing here is called {name}")
        said = [(quad.predicate, quad.subject) for quad in store.quads_for_pattern(None, None, iri, None)]
        rows = {which: _labelled(store, pairs) for which, pairs in (("says", says), ("said", said))}
        return render_template("thing.html", name=name, title=_label(store, iri), local=_local, **rows)

    @blueprint.after_request
    def harden(response: Response) -> Response:
        response.headers.update(
            {
                "Content-Security-Policy": _POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Aidtrace-Revision": folder.name,
            }
        )
        return response

    return blueprint


def _labelled(store: Store, pairs: Sequence[tuple[NamedNode, object]]) -> list[tuple[str, str, str]]:
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

"""Plain pages: the questions, a question with its answer, a form for SPARQL, and a page for each thing."""

import json
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.corroboration import OUTCOMES
from aidtrace.errors import AidtraceError
from aidtrace.namespaces import ID, RDFS
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries
from aidtrace.rulebook import Rulebook
from aidtrace.web.asked import NoAnswerError, Questions, Row

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


def pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the questions of *project*; *questions* answers what they ask."""
    blueprint = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )

    @blueprint.get("/")
    @blueprint.get("/queries", strict_slashes=False)
    def home() -> str:
        return render_template("home.html", queries=read_queries(project))

    @blueprint.get("/queries/<name>")
    def question(name: str) -> str:
        try:
            query = find_query(project, name)
        except AidtraceError as error:
            abort(404, str(error))
        table = questions.question(query, list(request.args.items(multi=True)))
        return render_template("question.html", query=query, table=table, local=_local)

    @blueprint.get("/trace")
    def tracing() -> str:
        given = [pair for pair in request.args.items(multi=True) if pair[1] and pair[0] != "format"]
        found = questions.tracing(given)
        return render_template("trace.html", found=found, given=dict(given))

    @blueprint.get("/corroboration")
    def corroboration() -> str:
        found = questions.corroboration(request.args.get("fact") or None, request.args.get("data-set") or None)
        return render_template("corroboration.html", found=found, outcomes=OUTCOMES)

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

    @blueprint.get("/id/<path:name>")
    def thing(name: str) -> AnyResponse:
        questions.thing(name, 1)
        return redirect(f"/page/{name}", 303)

    @blueprint.get("/page/<path:name>")
    def page(name: str) -> str:
        found = questions.thing(name, _MOST + 1)
        rows = {"says": _labelled(found.says[:_MOST]), "said": _labelled(found.said[:_MOST])}
        about = {"name": name, "iri": f"{ID.iri}{name}", "title": _title(found.says) or name, "most": _MOST}
        more = max(len(found.says), len(found.said)) > _MOST
        return render_template("thing.html", alternates=_ALTERNATES, more=more, **about, **rows)

    @blueprint.app_errorhandler(HTTPException)
    def fail(error: HTTPException) -> AnyResponse:
        """Answer a program with a problem document (RFC 9457), a browser with a page."""
        if request.accept_mimetypes.provided and "text/html" in request.accept_mimetypes.values():
            return error.get_response()
        said = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
        response = error.get_response()
        response.data, response.content_type = json.dumps(said), "application/problem+json"
        return response

    @blueprint.app_errorhandler(NoAnswerError)
    def unanswered(error: NoAnswerError) -> AnyResponse:
        told = default_exceptions[error.status](str(error))
        response = fail(told)
        response.headers.update(error.headers)
        return response

    @blueprint.after_request
    def harden(response: Response) -> Response:
        response.headers.update(
            {
                "Content-Security-Policy": _POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Aidtrace-Revision": questions.revision,
            }
        )
        response.vary.add("Accept")
        return response

    return blueprint


def _labelled(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Return each row once, as the property's label, the other's label and the other's own page, sorted."""
    return sorted({(_label(row, "property"), _label(row, "other"), _address(row["other"])) for row in rows})


def _label(row: Row, column: str) -> str:
    if f"{column}Label" in row:
        return row[f"{column}Label"]["value"]
    return _local(row[column]["value"]) if row[column]["type"] == "uri" else row[column]["value"]


def _title(says: Sequence[Row]) -> str:
    """Return the English label among what is said of a thing; nothing where none is."""
    labels = (row["other"] for row in says if row["property"]["value"] == RDFS("label").value)
    return min((label["value"] for label in labels if label.get("xml:lang") == "en"), default="")


def _address(term: Mapping[str, str]) -> str:
    return _local(term["value"]) if term["type"] == "uri" and term["value"].startswith(ID.iri) else ""


def _local(iri: str) -> str:
    return iri.removeprefix(ID.iri).rpartition("#")[2]

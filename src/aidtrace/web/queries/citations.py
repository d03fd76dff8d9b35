"""Cited queries: the form that keeps one, and the page that says whether the answer is still the one that was cited."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.cited import Cited, Compared, Unlike
from aidtrace.digests import YES
from aidtrace.errors import UnknownNameError
from aidtrace.metadata import About
from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.web.asked import Questions
from aidtrace.web.citing import Citation, cited
from aidtrace.web.queries.querying import shown
from aidtrace.web.tables import json_answer

_LARGEST = 1 << 20
_OWN = ("query", "question", "revision")
"""The fields of the form that are no parameters of a question."""


def citations(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the questions of *project*; *questions* keeps what is cited, and compares it."""
    blueprint, about = Blueprint("citations", __name__), About.read(project)

    def asked_by(one: Cited) -> tuple[str, bool]:
        """Return the question in words, where it is a named one, and whether its query is still the same."""
        if not one.asked.question:
            return "", True
        try:
            query = find_query(project, one.asked.question)
        except UnknownNameError:
            return one.asked.question, False
        return query.question, query.sparql.strip() == one.asked.query

    @blueprint.post("/q")
    def cite() -> AnyResponse:
        request.max_content_length = _LARGEST
        form = request.form
        name, query, revision = form.get("question"), form.get("query"), form.get("revision") or None
        if (name is None) == (query is None) or any(len(form.getlist(one)) > 1 for one in _OWN):
            abort(400, "expected query, or question with its parameters, and perhaps revision, each once")
        if name is None:
            return redirect(f"/q/{questions.cite(query or '', (), revision)}", 303)
        try:
            question = find_query(project, name)
        except UnknownNameError as error:
            abort(404, str(error))
        given = [pair for pair in form.items(multi=True) if pair[1] and pair[0] not in _OWN]
        return redirect(f"/q/{questions.cite(question, given, revision)}", 303)

    @blueprint.get("/q/<name>")
    def page(name: str) -> AnyResponse:
        form = request.args.get("cite")
        one = questions.kept(name)
        title, unchanged = asked_by(one)
        citation = Citation.of_query(one.name, title, f"{one.release}, revision {one.revision}", about)
        if form is not None:
            return cited(citation, form)
        found = questions.cited(name)
        if "text/html" not in request.accept_mimetypes.values() or request.args.get("format") == "json":
            return _as_it_comes(json_answer(_told(found, citation)), found)
        content = render_template(
            "cited.html",
            found=found,
            one=one,
            title=title,
            unchanged=unchanged,
            citation=citation,
            today=_address(one),
            before=_address(one, revision=one.revision) if found.held else "",
            shown=shown,
            yes=YES,
        )
        return _as_it_comes(Response(content), found)

    return blueprint


def _address(one: Cited, **more: str) -> str:
    """Return where it can be asked again; a named question is a page only as it is now."""
    if one.asked.question:
        given = [*one.asked.given, *more.items(), *([("format", "csv")] if more else [])]
        return f"/queries/{quote(one.asked.question)}" + (f"?{urlencode(given)}" if given else "")
    return "/sparql?" + urlencode({"query": one.asked.query, **more})


def _as_it_comes(response: Response, found: Compared) -> Response:
    """Let nobody keep an answer that could not be given."""
    if found.problem:
        response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _told(found: Compared, citation: Citation) -> dict[str, Any]:
    one = found.cited
    today: dict[str, Any] = {"revision": found.revision}
    if found.problem:
        today |= {"problem": found.problem}
    else:
        today |= {"rows": found.rows, "sha256": found.digest, "same": found.same}
        today |= {"new": _unlike(found.new), "gone": _unlike(found.gone)}
    return {
        "name": one.name,
        "citation": citation.text,
        "query": one.asked.query,
        "question": one.asked.question or None,
        "parameters": dict(one.asked.given),
        "release": one.release,
        "revision": one.revision,
        "held": found.held,
        "kept": str(one.day),
        "kind": one.kind,
        "rows": one.rows,
        "sha256": one.digest,
        "today": today,
    }


def _unlike(some: Unlike) -> dict[str, Any]:
    """Return how many rows differ, None where that is not known, and the first of them."""
    return {"count": some.count, "first": [_row(some.columns, row) for row in some.rows]}


def _row(columns: Sequence[str], row: Sequence[Mapping[str, str] | None]) -> dict[str, Mapping[str, str]]:
    return {column: term for column, term in zip(columns, row, strict=True) if term}

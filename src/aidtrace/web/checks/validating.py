"""The validation page: a form that takes RDF, and the report on it beside the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from pyoxigraph import NamedNode, RdfFormat
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.documents import Document
from aidtrace.errors import AidtraceError
from aidtrace.namespaces import short
from aidtrace.project import Project
from aidtrace.reports.excerpts import Excerpt
from aidtrace.reports.findings import SEVERITIES, Report
from aidtrace.rulebook import Rulebook, RuleEntry, by_file
from aidtrace.web.asked import Checked, NoAnswerError, Questions
from aidtrace.web.checks.validated import View

LARGEST = 1 << 26
"""A form holds at most so many bytes, as ``POST /validations`` does."""

_LONG_DRAFT = 1 << 20
"""A longer file is not written into the box."""

SYNTAXES = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}
_SUFFIXES = {
    "turtle": "ttl",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nq",
    "jsonld": "jsonld json",
    "rdfxml": "rdf xml",
}
_BESIDE = {"alone": {}, "graph": {"with-graph": "true"}, "merge": {"merge": "true"}}
_DOWNLOADS = {
    "json": "JSON", "html": "HTML", "text": "Text", "turtle": "Turtle", "jsonld": "JSON-LD", "csv": "CSV",
    "sarif": "SARIF", "junit": "JUnit",
}  # fmt: skip
_PLACE = re.compile(r"(?:(?P<name>.*):)?(?P<line>\d{1,9}):(?P<column>\d{1,9}): ?(?P<said>.*)", re.DOTALL)


@dataclass(frozen=True)
class Draft:
    """What stands in the form."""

    text: str = ""
    syntax: str = ""
    shapes: str = ""
    beside: str = "alone"
    severity: str = "info"


@dataclass(frozen=True)
class Complaint:
    """Why there is no report: in words, and the lines around the place, where that is known."""

    said: str
    where: str = "text"
    line: int = 0
    column: int = 0
    lines: Sequence[tuple[int, str]] = ()


class _EmptyFormError(Exception):
    """Nothing was sent."""


def validating(project: Project, questions: Questions) -> Blueprint:
    """Build the pages; *questions* validates what they are given."""
    blueprint, rules = Blueprint("validating", __name__), Rulebook(project)

    @cache
    def concerns() -> list[tuple[str, list[RuleEntry]]]:
        return by_file(rules)

    def form(draft: Draft, status: int = 200, **more: object) -> Response:
        page = render_template(
            "validate.html",
            draft=draft,
            names=rules.names,
            concerns=concerns(),
            syntaxes=SYNTAXES,
            suffixes=_SUFFIXES,
            largest=LARGEST >> 20,
            **more,
        )
        return _private(Response(page, status))

    def failed(draft: Draft, problem: NoAnswerError, excerpts: Sequence[Excerpt]) -> Response:
        response = form(draft, problem.status, complaint=_complaint(problem, excerpts))
        response.headers.update(problem.headers)
        return response

    @blueprint.get("/validate", strict_slashes=False)
    def start() -> Response:
        example, again = request.args.get("example"), request.args.get("again")
        if example:
            try:
                rule = rules.entry(example)
            except AidtraceError as error:
                abort(404, str(error))
            return form(Draft(rule.failing, "turtle"), example=rule)
        return form(_draft_of(questions.checked(again)) if again else Draft())

    @blueprint.post("/validate", strict_slashes=False)
    def check() -> AnyResponse:
        try:
            sent = _Form()
        except RequestEntityTooLarge:
            _read_to_its_end()
            return form(Draft(), 413, too_large=True)
        if not sent.data:
            return form(sent.draft, 400, empty=True)
        try:
            name = questions.validate(sent.data, sent.shapes, sent.options)
            found = questions.checked(name)
        except NoAnswerError as problem:
            return failed(sent.draft, problem, ())
        if found.problem:
            questions.drop(name)
            return failed(sent.draft, found.problem, sent.excerpts)
        return redirect(f"/validate/{name}", 303)

    @blueprint.get("/validate/<name>")
    def report(name: str) -> AnyResponse:
        found = questions.checked(name)
        if found.problem:
            return failed(_draft_of(found), found.problem, [*found.data, *found.shapes])
        if found.report is None:
            page = _private(Response(render_template("validate_wait.html", found=found)))
            page.headers["Refresh"] = "2"
            return page
        only, number = request.args.get("only", ""), _number(request.args.get("page", "1"))
        if only and only not in map(str.lower, SEVERITIES):
            abort(400, f"only is {only!r}; expected {', '.join(SEVERITIES).lower()}")
        view = View(found, found.report, only, number, frozenset(rules.names))
        template = "_validation.html" if "part" in request.args else "validate_report.html"
        return _private(
            Response(render_template(template, view=view, downloads=_DOWNLOADS, short=short, **_words(found.report)))
        )

    @blueprint.get("/validate/<name>/progress")
    def progress(name: str) -> Response:
        return _private(jsonify(_progress(questions.checked(name))))

    @blueprint.post("/validate/<name>/stop")
    def stop(name: str) -> Response:
        found = questions.checked(name)
        questions.drop(name)
        return form(_draft_of(found), stopped=True)

    return blueprint


def _progress(found: Checked) -> dict[str, object]:
    """Return how far a validation is as plain values, also where it failed: a script asks again and again."""
    if found.problem:
        complaint = _complaint(found.problem, [*found.data, *found.shapes])
        place = {"where": complaint.where, "line": complaint.line, "column": complaint.column}
        return {"status": "failed", "said": complaint.said, **place}
    if found.report:
        return {"status": "done", "total": found.report.total}
    status = "waiting" if found.progress is None else "running"
    return {"status": status, "constraints": found.progress or {}}


def _words(report: Report) -> dict[str, str]:
    """Return what a template cannot say in an expression."""
    return {"fallback": ", ".join(map(short, report.fallback))}


def _private(response: Response) -> Response:
    """Let nobody keep what only those may see who know its name."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < len(text) <= 6 or not int(text):
        abort(400, f"page is {text!r}; expected a number from 1")
    return int(text)


def _read_to_its_end() -> None:
    """Take what is left of a body that is too large, so that the browser reads the answer; but not without end."""
    stream, left = request.environ["wsgi.input"], 4 * LARGEST
    while left > 0 and (piece := stream.read(min(left, 1 << 16))):
        left -= len(piece)


class _Form:
    """What was sent by the form; RequestEntityTooLarge where it is too much."""

    def __init__(self) -> None:
        request.max_content_length = request.max_form_memory_size = LARGEST
        given, files = request.form, request.files
        syntax, beside, severity = (given.get(name, "") for name in ("syntax", "beside", "severity"))
        self.draft = Draft(
            _pasted(given.get("text", "")),
            syntax if syntax in SYNTAXES else "",
            _pasted(given.get("shapes", "")),
            beside if beside in _BESIDE else "alone",
            severity if severity in map(str.lower, SEVERITIES) else "info",
        )
        form = SYNTAXES.get(self.draft.syntax)
        self.data = [*_documents("text", self.draft.text, form), *_uploads(files.getlist("file"), form)]
        self.shapes = [
            *_documents("shapes", self.draft.shapes, None), *_uploads(files.getlist("shapes-file"), None)
        ]  # fmt: skip
        self.data, self.shapes = (
            _told_apart(those, taken) for those, taken in ((self.data, ()), (self.shapes, self.data))
        )
        self.draft = self._with_files(self.draft)

    @property
    def options(self) -> Mapping[str, str]:
        return {**_BESIDE[self.draft.beside], "severity": self.draft.severity}

    @property
    def excerpts(self) -> list[Excerpt]:
        return [Excerpt(one.name, one.form.media_type, one.text, 0) for one in (*self.data, *self.shapes)]

    def _with_files(self, draft: Draft) -> Draft:
        """Write a file that was sent alone into its box, since a browser does not keep it in the form."""
        text, syntax = draft.text, draft.syntax
        if not text and len(self.data) == 1 and len(self.data[0].content) <= _LONG_DRAFT:
            text, syntax = self.data[0].text, _named(self.data[0].form)
        shapes = draft.shapes
        if not shapes and len(self.shapes) == 1 and len(self.shapes[0].content) <= _LONG_DRAFT:
            shapes = self.shapes[0].text
        return Draft(text, syntax, shapes, draft.beside, draft.severity)


def _pasted(text: str) -> str:
    """Undo what a form does to the ends of lines, which would change a literal that has some."""
    return text.replace("\r\n", "\n")


def _documents(name: str, text: str, form: RdfFormat | None) -> list[Document]:
    form = form or RdfFormat.TURTLE
    return [Document(f"{name}.{form.file_extension}", text.encode(), form, _base())] if text.strip() else []


def _uploads(files: Iterable[FileStorage], form: RdfFormat | None) -> list[Document]:
    """Read files, each in *form* or else the syntax of its name; a browser sends a nameless one for none."""
    return [
        Document(one.filename, one.read(), form or _syntax_of(one.filename), _base()) for one in files if one.filename
    ]


def _syntax_of(name: str) -> RdfFormat:
    found = RdfFormat.from_extension(name.rpartition(".")[2].lower()) if "." in name else None
    return found if found in SYNTAXES.values() and found else RdfFormat.TURTLE


def _named(form: RdfFormat) -> str:
    return next((name for name, one in SYNTAXES.items() if one == form), "")


def _base() -> str:
    """Return what relative IRIs are resolved against: the address of the page."""
    try:
        return NamedNode(request.base_url).value
    except ValueError:
        return "http://localhost/validate"


def _told_apart(documents: Iterable[Document], taken: Iterable[Document]) -> list[Document]:
    """Give each document a name of its own, so that a finding says in which it is."""
    used, found = {one.name for one in taken}, []
    for one in documents:
        number, name = 1, one.name
        while name in used:
            number += 1
            name = f"{number}-{one.name}"
        used.add(name)
        found.append(Document(name, one.content, one.form, one.base))
    return found


def _draft_of(found: Checked) -> Draft:
    """Return what stood in the form, as far as it is kept."""
    text = next((one for one in found.data if one.whole), None) if len(found.data) == 1 else None
    shapes = next((one.text for one in found.shapes if one.whole), "")
    options = found.options
    beside = next((name for name, given in _BESIDE.items() if given and given.items() <= options.items()), "alone")
    syntax = next((name for name, form in SYNTAXES.items() if text and form.media_type == text.media), "")
    return Draft(text.text if text else "", syntax, shapes, beside, options.get("severity", "info"))


def _complaint(problem: NoAnswerError, excerpts: Sequence[Excerpt]) -> Complaint:
    """Say what is wrong, and show the line; *excerpts* are all texts that were sent."""
    where, detail = "shapes" if problem.status == 422 else "text", str(problem)
    name = next((one.name for one in excerpts if detail.startswith(f"{one.name}:")), "")
    placed = _PLACE.fullmatch(detail.removeprefix(f"{name}:") if name else detail)
    if not placed:
        return Complaint(detail, where)
    line, column = int(placed["line"]), int(placed["column"])
    text = next((one for one in excerpts if one.name == name), excerpts[0] if len(excerpts) == 1 else None)
    lines = text.around([line]) if text else []
    return Complaint(
        f"{name}: {placed['said']}" if name and len(excerpts) > 1 else placed["said"], where, line, column, lines
    )

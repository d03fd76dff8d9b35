"""The validation page: a form that takes RDF, and the report on it beside the text."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from pyoxigraph import NamedNode, RdfFormat
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.documents import Document
from aidtrace.errors import AidtraceError
from aidtrace.merging import Meeting
from aidtrace.namespaces import ATS, ID, short
from aidtrace.project import Project
from aidtrace.reports.consequences import Rows, in_groups, roots
from aidtrace.reports.excerpts import Excerpt, with_gaps
from aidtrace.reports.findings import SEVERITIES, Finding, Report
from aidtrace.rulebook import Rulebook
from aidtrace.web.asked import Checked, NoAnswerError, Questions

LARGEST = 1 << 26
"""A form holds at most so many bytes, as ``POST /validations`` does."""

PAGE = 100
"""So many findings are on a page."""

_GROUPS = 200
"""So many groups are listed ahead of the findings."""

_LONG_LINES, _LONG = 2000, 200_000
"""Of a text of more lines or characters only the lines around findings are shown."""

_LONG_DRAFT = 1 << 20
"""A longer file is not written into the box."""

_ROWS = 100
"""So many rows of each kind tell how two graphs would meet."""

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

    def form(draft: Draft, status: int = 200, **more: object) -> Response:
        page = render_template(
            "validate.html",
            draft=draft,
            names=rules.names,
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

    @blueprint.post("/validate/<name>/stop")
    def stop(name: str) -> Response:
        found = questions.checked(name)
        questions.drop(name)
        return form(_draft_of(found), stopped=True)

    return blueprint


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


@dataclass(frozen=True)
class Line:
    """A line of the text as it is shown: how many are left out before it, and the findings on it."""

    number: int
    text: str
    skipped: int
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Shown:
    """A text as it is shown, with the anchor of its lines."""

    name: str
    anchor: str
    total: int
    whole: bool
    lines: Sequence[Line]


@dataclass(frozen=True)
class View:
    """A page of a report: the groups, the findings number (page - 1) * PAGE and so on, and the text beside them."""

    found: Checked
    report: Report
    only: str
    page: int
    rules: frozenset[str] = field(repr=False)

    @property
    def address(self) -> str:
        """Where the report is."""
        return f"/validate/{self.found.name}"

    def link(self, only: str, page: int = 1) -> str:
        """Return the address of a page of the findings of a severity."""
        given = {**({"only": only} if only else {}), **({"page": page} if page > 1 else {})}
        return f"{self.address}{'?' if given else ''}{urlencode(given)}#findings"

    @property
    def severities(self) -> list[tuple[str, int]]:
        """The severities and how many findings each has; those of SHACL always."""
        counts = self.report.counts
        return [(name, counts[name]) for name in (*SEVERITIES, *sorted(set(counts) - set(SEVERITIES)))]

    @cached_property
    def groups(self) -> tuple[Rows, ...]:
        """The groups of the chosen severity."""
        found = roots(self.report.findings)
        return in_groups(one for one in found if not self.only or one.finding.severity.lower() == self.only)

    @cached_property
    def total(self) -> int:
        """How many findings the groups have that follow from no other."""
        return sum(len(one.roots) for one in self.groups)

    @property
    def following(self) -> int:
        """How many findings follow from others."""
        return sum(len(root.following) for group in self.groups for root in group.roots)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))

    @cached_property
    def shown(self) -> list[tuple[Rows, Rows]]:
        """The groups of this page, each whole and with the roots that are on the page."""
        begin, found, before = (self.page - 1) * PAGE, [], 0
        for group in self.groups:
            here = group.roots[max(begin - before, 0) : max(begin + PAGE - before, 0)]
            before += len(group.roots)
            if here:
                found.append((group, Rows(group.severity, group.shape, group.component, here)))
        return found

    @cached_property
    def overview(self) -> list[tuple[Rows, str, int]]:
        """The groups with the address of the page on which each begins, and a number that is its anchor."""
        found, before = [], 0
        for number, group in enumerate(self.groups[:_GROUPS]):
            page = before // PAGE + 1
            found.append((group, self.link(self.only, page).partition("#")[0], number))
            before += len(group.roots)
        return found

    @cached_property
    def numbers(self) -> Mapping[tuple[str, str, str], int]:
        """The number of each group."""
        return {(one.severity, one.shape, one.component): number for number, one in enumerate(self.groups)}

    def number(self, group: Rows) -> int:
        """Return the number of *group*."""
        return self.numbers[group.severity, group.shape, group.component]

    def rule(self, shape: str) -> str:
        """Return the name of the rule of ours that *shape* is, or nothing."""
        name = shape.removeprefix(ATS.iri).partition("~")[0]
        return name if shape.startswith(ATS.iri) and name in self.rules else ""

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """The anchor of each finding on the page, by its identity: one that is there twice has two."""
        found, seen = {}, Counter[str]()
        for _, group in self.shown:
            for root in group.roots:
                seen[root.finding.id] += 1
                times = seen[root.finding.id]
                found[id(root.finding)] = f"f-{root.finding.id}" + (f"-{times}" if times > 1 else "")
        return found

    def anchor(self, finding: Finding) -> str:
        """Return the anchor of *finding*."""
        return self.ids[id(finding)]

    def line(self, finding: Finding) -> str:
        """Return the anchor of the line of *finding*, or nothing where that is not shown."""
        number = next((number for number, one in enumerate(self.found.data) if one.name == finding.file), None)
        if number is None or not finding.line or finding.line not in self._numbers[number]:
            return ""
        return f"{_anchor(number)}{finding.line}"

    @cached_property
    def texts(self) -> list[Shown]:
        """The texts with their lines, those around findings only where they are long."""
        return [self._text(number, one) for number, one in enumerate(self.found.data)]

    def _text(self, number: int, one: Excerpt) -> Shown:
        found = self._found_in.get(one.name, {})
        lines = self._lines[number]
        rows = [Line(line, text, skipped, found.get(line, ())) for line, text, skipped in with_gaps(lines, one.total)]
        return Shown(one.name, _anchor(number), one.total, len(lines) == one.total, rows)

    @cached_property
    def _lines(self) -> list[list[tuple[int, str]]]:
        return [
            one.around(self._found_in.get(one.name, {})) if self._long(one) else one.lines() for one in self.found.data
        ]

    @cached_property
    def _numbers(self) -> list[set[int]]:
        return [{number for number, _ in lines} for lines in self._lines]

    @staticmethod
    def _long(one: Excerpt) -> bool:
        return not one.whole or one.total > _LONG_LINES or len(one.text) > _LONG

    @cached_property
    def _found_in(self) -> dict[str, dict[int, list[Finding]]]:
        """The findings of this page by file and line."""
        found: dict[str, dict[int, list[Finding]]] = {}
        for _, group in self.shown:
            for root in group.roots:
                one = root.finding
                if one.line:
                    found.setdefault(one.file, {}).setdefault(one.line, []).append(one)
        return found

    @property
    def editable(self) -> bool:
        """Whether the text can be put into the box again."""
        return len(self.found.data) == 1 and self.found.data[0].whole

    @cached_property
    def meeting(self) -> "Met | None":
        """How the data would meet the graph, where that was asked."""
        return Met(self.report.meeting) if self.report.meeting else None


class Met:
    """How two graphs would meet, in the order in which a reader asks."""

    most = _ROWS

    def __init__(self, meeting: Meeting) -> None:
        self.new, self.there, self.notes = meeting.new, meeting.there, meeting.notes
        self.clashes = [one for one in meeting.collisions if one.what != "added"]
        self.likenesses = {name: getattr(meeting, name) for name in ("actors", "agreements", "flows", "events")}
        self._added = [one for one in meeting.collisions if one.what == "added"]

    @cached_property
    def added(self) -> list[tuple[str, str, int]]:
        """Each thing of ours that something is added to: IRI, label, and how many statements."""
        counts = Counter((one.iri, one.label) for one in self._added)
        return [(iri, label, count) for (iri, label), count in sorted(counts.items())]

    @staticmethod
    def page(iri: str) -> str:
        """Return the page of a thing of ours, or nothing where *iri* is none."""
        return f"/page/{iri.removeprefix(ID.iri)}" if iri.startswith(ID.iri) else ""


def _anchor(number: int) -> str:
    return f"text-{number + 1}-line-" if number else "line-"

"""The page of the query editor: a query, its answer or where it went wrong, and the questions to begin with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.catalog import KNOWN
from aidtrace.namespaces import GRAPH, ID, short
from aidtrace.project import Project
from aidtrace.queries import read_queries
from aidtrace.web.answers import asked_revision
from aidtrace.web.asked import NoAnswerError, Questions, Result
from aidtrace.web.entities import Shown

_TABLES = {"csv": "CSV", "tsv": "TSV", "json": "JSON", "xml": "XML"}
_GRAPHS = {"turtle": "Turtle", "jsonld": "JSON-LD", "ntriples": "N-Triples", "rdfxml": "RDF/XML"}
_FORMATS = {"table": _TABLES, "truth": _TABLES, "graph": _GRAPHS}
_SUFFIXES = {"turtle": "ttl", "ntriples": "nt", "rdfxml": "rdf"}
_PLACE = re.compile(r"(\d+):(\d+): (.*)", re.DOTALL)
_WORD = re.compile(r"\w+|\S", re.ASCII)
_KEPT = ("revision", "timeout")
_ROWS = 100


@dataclass(frozen=True)
class Fault:
    """What is wrong with a query, and where it says so: a line, and what stands before, at and behind the place."""

    told: str
    line: int = 0
    column: int = 0
    parts: tuple[str, str, str] = ("", "", "")

    @classmethod
    def of(cls, query: str, told: str) -> "Fault":
        r"""Find the place that *told* begins with, if it does.

        >>> Fault.of("ASK {\n  ?x }", "2:6: '}' does not fit").parts
        ('  ?x ', '}', '')
        """
        found = _PLACE.fullmatch(told)
        if not found:
            return cls(told)
        line, column = int(found[1]), int(found[2])
        lines = query.replace("\r\n", "\n").split("\n")
        text = lines[line - 1] if line <= len(lines) else ""
        at = column - 1
        word = _WORD.match(text, at)
        end = word.end() if word else at
        return cls(found[3], line, column, (text[:at], text[at:end], text[end:]))


class Answer:
    """A result with the links around it: other pages, other orders, downloads, and an address that stays."""

    def __init__(self, query: str, given: Mapping[str, str], result: Result) -> None:
        self.result = result
        self._query = query
        self._pinned = {name: given[name] for name in _KEPT if name in given}
        self._sort = given.get("sort", "") if result.sortable else ""

    @property
    def permalink(self) -> str:
        """The address of this page, whatever the revision."""
        return self._link()

    @property
    def pinned(self) -> str:
        """The address of this page as it is now."""
        return self._link(revision=self.result.revision)

    @property
    def downloads(self) -> list[tuple[str, str, str]]:
        """Addresses of the whole result, what each format is called, and a name for the file."""
        formats = _FORMATS[self.result.kind]
        return [
            (self._link(**self._pinned, format=one), called, f"result.{_SUFFIXES.get(one, one)}")
            for one, called in formats.items()
        ]

    @property
    def beyond(self) -> str:
        """The address of the first page where this one is behind the last row, else nothing."""
        return self._page(0) if self.result.offset and not self.result.rows else ""

    @property
    def first(self) -> int:
        """The number of the first row that is shown."""
        return self.result.offset + 1

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.result.offset + len(self.result.rows)

    @property
    def before(self) -> str:
        """The address of the page before this one."""
        return self._page(max(0, self.result.offset - _ROWS)) if self.result.offset else ""

    @property
    def behind(self) -> str:
        """The address of the page behind this one."""
        return self._page(self.last) if self.result.rows and self.last < self.result.held else ""

    def order(self, column: str) -> str:
        """Say how *column* orders the rows, in the word of ``aria-sort``."""
        return {column: "ascending", f"-{column}": "descending"}.get(self._sort, "none")

    def sorted_by(self, column: str) -> str:
        """Return the address of the rows in the order of *column*, the other way round where they are so already."""
        return self._link(**self._pinned, sort=f"-{column}" if self._sort == column else column) + "#result"

    def _page(self, offset: int) -> str:
        sort = {"sort": self._sort} if self._sort else {}
        return self._link(**self._pinned, **sort, **({"from": str(offset)} if offset else {})) + "#result"

    def _link(self, **more: str) -> str:
        return "/sparql?" + urlencode({"query": self._query, **more})


def querying(project: Project, questions: Questions) -> Blueprint:
    """Build the page over the questions of *project*; *questions* answers what it asks."""
    blueprint = Blueprint("querying", __name__)

    @blueprint.get("/sparql")
    def editor() -> AnyResponse:
        query, queries = request.args.get("query"), read_queries(project)
        chosen = next((one for one in queries if one.name == request.args.get("example")), None)
        draft = query or request.args.get("draft") or (chosen.sparql if chosen else "")
        answer, fault, status, headers = _answered(questions, query)
        content = render_template(
            "sparql.html",
            queries=queries,
            chosen=chosen,
            choices=questions.choices(chosen) if chosen else {},
            draft=draft,
            answer=answer,
            fault=fault,
            shown=shown,
            prefixes=KNOWN,
            revision=lambda: asked_revision(questions),
        )
        response = make_response(content, status)
        response.headers.update(headers)
        return response

    return blueprint


def _answered(questions: Questions, query: str | None) -> tuple[Answer | None, Fault | None, int, Mapping[str, str]]:
    """Answer *query*, or say what is wrong with it, with an HTTP status and headers."""
    if query is None:
        return None, None, 200, {}
    for name in ("query", *_KEPT):
        if len(request.args.getlist(name)) > 1:
            told = f"{name} is given {len(request.args.getlist(name))} times; expected once"
            return None, Fault(told), 400, {}
    given = {name: value for name, value in request.args.items() if value}
    try:
        result = questions.selected(query, request.base_url, given)
    except NoAnswerError as error:
        return None, Fault.of(query, str(error)), error.status, error.headers
    headers = {"Aidtrace-Revision": result.revision, **({"Cache-Control": "no-store"} if result.volatile else {})}
    return Answer(query, given, result), None, 200, headers


def shown(term: Mapping[str, str]) -> Shown:
    """Return *term* as it is shown: by its label where it has one, and with where it leads."""
    value, label = term["value"], term.get("label", "")
    if term["type"] != "uri":
        return Shown(value, term.get("xml:lang", ""))
    text, language = label or short(value), "en" if label else ""
    if value.startswith(ID.iri):
        return Shown(text, language, page=f"/page/{quote(value.removeprefix(ID.iri))}")
    if value.startswith(GRAPH.iri):
        return Shown(text, language, page=f"/graph/{quote(value.removeprefix(GRAPH.iri))}")
    elsewhere = value.startswith(("http://", "https://")) and not value.startswith("https://w3id.org/aidtrace/")
    return Shown(text, language, elsewhere=value if elsewhere else "")

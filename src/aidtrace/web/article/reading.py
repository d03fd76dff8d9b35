"""Pages to read beside the article: its tests and what traces them, its paragraphs and sources, its discrepancies."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.datastructures import MultiDict

from aidtrace.errors import one_of
from aidtrace.project import Project
from aidtrace.web.answered import file
from aidtrace.web.article.citations import CLASSES, RESOLUTIONS, Citations, counted
from aidtrace.web.article.discrepancies import PAGE, Discrepancies, Leaf
from aidtrace.web.article.paragraphs import Article
from aidtrace.web.article.tracing import in_words, words_used
from aidtrace.web.article.verdicts import Verdicts
from aidtrace.web.asked import NoAnswerError, Questions
from aidtrace.web.tables import csv_answer, offset

_TABLES = ("table-1", "table-2")
_SCHEMES = ("verdict", "computed-verdict", "agreement-of-computation", "chronology", "attribution")
"""Schemes of the words that the page of the tests uses."""


def reading(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the article of *project*; *questions* answers what they ask."""
    blueprint, article = Blueprint("reading", __name__), Article(project, questions)

    @blueprint.get("/tests")
    def tests() -> str:
        verdicts = Verdicts(project, questions)
        meanings = {scheme: verdicts.meanings(scheme) for scheme in _SCHEMES}
        return render_template("tests.html", verdicts=verdicts, meanings=meanings)

    @blueprint.get("/tests/<table>.csv")
    def tests_as_csv(table: str) -> Response:
        if table not in _TABLES:
            abort(404, f"no table is called {table!r}; expected {one_of(list(_TABLES))}")
        return csv_answer(table, *Verdicts(project, questions).table(table))

    @blueprint.get("/trace")
    def tracing() -> str | tuple[str, int]:
        given = [pair for pair in request.args.items(multi=True) if pair[1] and pair[0] != "format"]
        verdicts = Verdicts(project, questions)
        classes = [word for word, _ in verdicts.meanings("source-class")]
        try:
            found = questions.tracing(given)
        except NoAnswerError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            return render_template(
                "trace.html", wrong=in_words(str(error)), given=MultiDict(given), classes=classes
            ), 400
        used = words_used(found).items()
        meanings = {scheme: [one for one in verdicts.meanings(scheme) if one[0] in words] for scheme, words in used}
        shown: dict[str, Any] = {"found": found, "given": MultiDict(given), "meanings": meanings, "classes": classes}
        return render_template("trace.html", **shown, asked=urlencode(given))

    @blueprint.get("/sources")
    def sources() -> str:
        resolution, source_class = _choice("resolution", RESOLUTIONS), _choice("class", CLASSES)
        citations = Citations(project, questions)
        facts = article.facts()

        def things(paragraphs: list[str]) -> int:
            """Count what paragraphs tell of, each thing once."""
            return len({one.thing for name in paragraphs for one in facts.get(name, ()) if not one.apart})

        return render_template(
            "sources.html",
            sections=article.sections(),
            things=things,
            citations=citations,
            counted=counted,
            resolution=resolution,
            source_class=source_class,
            address=_address,
            classes=CLASSES,
        )

    @blueprint.get("/sources/<slug>")
    def section(slug: str) -> str:
        sections = article.sections()
        place = next((number for number, one in enumerate(sections) if one.slug == slug), None)
        if place is None:
            abort(404, f"no section is called {slug!r}; /sources lists them")
        around = [None, *sections, None]
        return render_template(
            "section.html",
            section=sections[place],
            readings=article.read(sections[place]),
            before=around[place],
            behind=around[place + 2],
            works=Citations(project, questions).works if slug == "bibliography" else {},
        )

    @blueprint.get("/discrepancies")
    def discrepancies() -> str | Response:
        found = Discrepancies(project, questions)
        kinds = found.kinds()
        chosen = _choice("kind", tuple(kind.slug for kind in kinds))
        if form := request.args.get("format"):
            return file(form, "discrepancies", *found.rows(chosen))
        # A whole page, wherever it is asked.
        leaf = Leaf(kinds, chosen, offset(request.args.get("from", "0")) // PAGE + 1)
        return render_template("discrepancies.html", leaf=leaf, asked=found.asked)

    return blueprint


def _choice(name: str, known: tuple[str, ...]) -> str:
    """Return what the address asks for under *name*, or nothing; 400 where that is no word of *known*."""
    value = request.args.get(name, "")
    if value and value not in known:
        abort(400, f"{name} is {value!r}; expected {one_of(list(known))}")
    return value


def _address(resolution: str, source_class: str) -> str:
    """Return the address of the citations that resolve so, to works of such a class."""
    chosen = [(name, value) for name, value in (("resolution", resolution), ("class", source_class)) if value]
    return f"/sources?{urlencode(chosen)}" if chosen else "/sources"

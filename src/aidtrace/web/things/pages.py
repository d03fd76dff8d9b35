"""Plain pages: the questions, a question with its answer, and a page for each thing."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.corroboration import OUTCOMES, coding_queries
from aidtrace.errors import AidtraceError, one_of
from aidtrace.importers import find, names
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries
from aidtrace.web.answered import anchor, answered
from aidtrace.web.asked import MANY_NAMING, Questions
from aidtrace.web.pictures.thumbnails import given, happened, resolved
from aidtrace.web.pictures.timeline import LANES, ON_TIMELINE
from aidtrace.web.project.vocabulary import FORMATS
from aidtrace.web.queries.answer import read_answer
from aidtrace.web.tables import offset
from aidtrace.web.things.browsing import ALL, Listing
from aidtrace.web.things.citing import FORMS, Citation
from aidtrace.web.things.entities import MOST, PAGE, Entity, Order, label, local, shown
from aidtrace.web.things.kinds import Kinds
from aidtrace.web.things.pinned import kept_in

_KINDS = (
    "Agreement",
    "FinancialAid",
    "GoodsAid",
    "ArmsSale",
    "Training",
    "Exercise",
    "Event",
    "Actor",
    "Step",
    "Source",
)
"""The classes that a reader is led to first."""

_ASKED_FIRST = "agreements-before-doctrine-change"


def pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the questions of *project*; *questions* answers what they ask."""
    order, kinds_of_pages = Order(project), Kinds(project, questions)
    blueprint = Blueprint("pages", __name__)

    def on_timeline(entity: Entity) -> bool:
        """Whether the timeline lists *entity*: whether one of its questions answers with it."""
        if not entity.places or entity.kind not in ON_TIMELINE:
            return False
        lists = (questions.question(find_query(project, name), []) for name, _ in LANES.values())
        return any(row[0] == entity.iri for one in lists for row in one.rows)

    @blueprint.get("/")
    def home() -> str:
        kinds = {local(row["class"]["value"]): row for row in questions.classes()}
        shown_first = [
            (name, label(kinds[name], "class"), kinds[name]["count"]["value"]) for name in _KINDS if name in kinds
        ]
        asked = find_query(project, _ASKED_FIRST)

        def ask(question: str) -> list[dict[str, str]]:
            return answered(project, questions, question)

        found = {"happened": happened(ask), "given": given(ask("aid-flows")), "resolved": resolved(ask("citations"))}
        return render_template("home.html", queries=read_queries(project), kinds=shown_first, asked=asked, **found)

    @blueprint.get("/queries", strict_slashes=False)
    def question_list() -> str:
        return render_template("questions.html", queries=read_queries(project))

    @blueprint.get("/queries/<name>")
    def question(name: str) -> str:
        try:
            query = find_query(project, name)
        except AidtraceError as error:
            abort(404, str(error))
        given = [pair for pair in request.args.items(multi=True) if pair[1]]  # a form sends what was left empty too
        answer = read_answer(questions.question(query, given))
        asked = "".join(f"{urlencode([pair])}&" for pair in given)
        return render_template(
            "question.html",
            query=query,
            answer=answer,
            given=dict(given),
            asked=asked,
            choices=questions.choices(query) if query.parameters else {},
        )

    @blueprint.get("/corroboration")
    def corroboration() -> str:
        fact, data_set = request.args.get("fact") or None, request.args.get("data-set") or None
        about = fact
        if fact and not questions.imported:  # nothing is compared, and yet the page says what would be
            questions.expect(fact)
            fact = None
        found = questions.corroboration(fact, data_set)
        told: dict[str, object] = {"fact": fact, "outcomes": OUTCOMES, "asked": _asked("fact", "data-set")}
        if not found.sets:
            entity = Entity(about, questions.about(about), order) if about else None
            speaking = [query.name for query in coding_queries(project) if entity and entity.spoken_of & {*query.kinds}]
            told |= {"about": entity, "speaking": speaking, "importable": _importable(project)}
        return render_template("corroboration.html", found=found, **told)

    @blueprint.get("/search")
    def search() -> str:
        text = request.args.get("q", "")
        return render_template("search.html", text=text, found=questions.search(text) if text else ())

    @blueprint.get("/browse", strict_slashes=False)
    def classes() -> str:
        return render_template("classes.html", classes=questions.classes(), label=label, local=local)

    @blueprint.get("/browse/<name>")
    def browse(name: str) -> str:
        chosen = [pair for pair in request.args.items(multi=True) if pair[0] not in ("from", ALL)]
        start = offset(request.args.get("from", "0"))
        found = questions.browsed(name, chosen, start)
        listing = Listing(name, chosen, start, found, request.args.get(ALL, ""))
        return render_template("browse.html", listing=listing)

    @blueprint.get("/id/<path:name>")
    def thing(name: str) -> AnyResponse:
        questions.expect(name)
        return redirect(f"/page/{name}", 303)

    @blueprint.get("/page/<path:name>")
    def page(name: str) -> str | Response:
        if revision := request.args.get("revision", ""):
            questions.pin(revision)
        cited = request.args.get("cite")
        by, start = request.args.get("by", ""), offset(request.args.get("from", "0"))
        found = questions.about(name, by, start)
        entity = Entity(name, found, order)
        citation = Citation(entity.title, entity.iri, questions.revision, datetime.now(UTC).date())
        if cited is not None:
            return _cited(citation, cited)
        described = _described(entity, questions.revision)
        checked = request.args.get("check") == "shapes"
        findings = questions.findings(name) if checked else None
        more = {
            "by": by,
            "offset": start,
            "page": PAGE,
            "most": MOST,
            "naming": found.naming,
            "many_naming": MANY_NAMING,
            "shown": shown,
            "findings": findings,
            "place_on_timeline": anchor(entity.iri) if on_timeline(entity) else "",
            "local": local,
        }
        template, special = kinds_of_pages.view(entity)
        shown_page = render_template(
            template,
            pinned=revision and name,
            compared=entity.comparable,
            alternates=FORMATS,
            entity=entity,
            citation=citation,
            described=described,
            **more,
            **special,
        )
        return kept_in(revision, shown_page) if revision else shown_page

    return blueprint


def _asked(*names: str) -> str:
    """Return what the address asks for under *names*, as part of another address."""
    return urlencode([(name, request.args[name]) for name in names if request.args.get(name)])


def _importable(project: Project) -> list[tuple[str, str, str]]:
    """Return the data sets that can be imported: the name of each, its title, and where its makers tell of it."""
    found = [(name, find(project, name).about) for name in names(project)]
    return [(name, about["title"], about["homepage"]) for name, about in found]


def _cited(citation: Citation, form: str) -> Response:
    """Answer with *citation* in a *form*; 400 where there is no such form."""
    if form not in FORMS:
        abort(400, f"cite is {form!r}; expected {one_of(list(FORMS))}")
    media, suffix = FORMS[form]
    response = Response(getattr(citation, form), content_type=f"{media}; charset=utf-8")
    name = citation.iri.rpartition("/id/")[2].replace("/", "-")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{suffix}")
    return response


def _described(entity: Entity, revision: str) -> dict[str, object]:
    """Return what search engines read of a thing, in the words of schema.org."""
    terms = {} if entity.imported else {"license": "https://creativecommons.org/licenses/by/4.0/"}
    return {
        "@context": "https://schema.org",
        "@type": "Thing",
        "@id": entity.iri,
        "name": entity.title,
        "alternateName": [one.text for one in entity.labels[1:]],
        "additionalType": [one.text for one in entity.types],
        "subjectOf": {"@type": "Dataset", "name": "aidtrace", "version": revision, **terms},
    }

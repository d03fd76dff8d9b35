"""The pages of things: those of a class, and one for each thing."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.errors import one_of
from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.web.answered import anchor
from aidtrace.web.asked import MANY_NAMING, NAMING_PAGE, Questions
from aidtrace.web.citing import FORMS, Citation
from aidtrace.web.entities import MOST, Entity, Order, label, local, shown
from aidtrace.web.pictures.timeline import LANES, ON_TIMELINE
from aidtrace.web.project.vocabulary import FORMATS
from aidtrace.web.tables import offset
from aidtrace.web.things.browsing import ALL, Listing
from aidtrace.web.things.kinds import Kinds


def pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages of the things of *project*; *questions* answers what they ask."""
    order, kinds_of_pages = Order(project), Kinds(project, questions)
    blueprint = Blueprint("pages", __name__)

    def on_timeline(entity: Entity) -> bool:
        """Whether the timeline lists *entity*: whether one of its questions answers with it."""
        if not entity.places or entity.kind not in ON_TIMELINE:
            return False
        lists = (questions.question(find_query(project, name), []) for name, _ in LANES.values())
        return any(row[0] == entity.iri for one in lists for row in one.rows)

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
            "page": NAMING_PAGE,
            "most": MOST,
            "naming": found.naming,
            "many_naming": MANY_NAMING,
            "shown": shown,
            "findings": findings,
            "place_on_timeline": anchor(entity.iri) if on_timeline(entity) else "",
            "local": local,
        }
        template, special = kinds_of_pages.view(entity)
        return render_template(
            template,
            compared=entity.comparable,
            alternates=FORMATS,
            entity=entity,
            citation=citation,
            described=described,
            **more,
            **special,
        )

    return blueprint


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

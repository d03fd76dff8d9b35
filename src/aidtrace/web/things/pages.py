"""The pages of things: those of a class, and one for each thing."""

from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.licences import OURS
from aidtrace.metadata import About
from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.web.answered import anchor
from aidtrace.web.asked import MANY_NAMING, NAMING_PAGE, Questions
from aidtrace.web.citing import Citation, cited
from aidtrace.web.entities import MOST, Entity, Order, label, local, shown
from aidtrace.web.pictures.timeline import LANES, ON_TIMELINE
from aidtrace.web.project.vocabulary import FORMATS
from aidtrace.web.tables import offset
from aidtrace.web.things.browsing import ALL, Listing
from aidtrace.web.things.kinds import Kinds
from aidtrace.web.things.pinned import kept_in


def pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages of the things of *project*; *questions* answers what they ask."""
    order, kinds_of_pages, title = Order(project), Kinds(project, questions), About.read(project).title
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
        if revision := request.args.get("revision", ""):
            questions.pin(revision)
        form = request.args.get("cite")
        by, start = request.args.get("by", ""), offset(request.args.get("from", "0"))
        found = questions.about(name, by, start)
        entity = Entity(name, found, order)
        citation = Citation(entity.title, entity.iri, questions.revision, datetime.now(UTC).date(), title)
        if form is not None:
            return cited(citation, form)
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


def _described(entity: Entity, revision: str) -> dict[str, object]:
    """Return what search engines read of a thing, in the words of schema.org."""
    terms = {} if entity.imported else {"license": OURS}
    return {
        "@context": "https://schema.org",
        "@type": "Thing",
        "@id": entity.iri,
        "name": entity.title,
        "alternateName": [one.text for one in entity.labels[1:]],
        "additionalType": [one.text for one in entity.types],
        "subjectOf": {"@type": "Dataset", "name": "aidtrace", "version": revision, **terms},
    }

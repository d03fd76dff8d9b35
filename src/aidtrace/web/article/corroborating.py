"""The page that sets what the article tells beside what imported data sets say."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from aidtrace.corroboration import OUTCOMES, coding_queries
from aidtrace.importers import find, names
from aidtrace.project import Project
from aidtrace.web.asked import Questions
from aidtrace.web.entities import Entity, Order


def corroborating(project: Project, questions: Questions) -> Blueprint:
    """Build the page over the data sets of *project*; *questions* compares them."""
    blueprint, order = Blueprint("corroborating", __name__), Order(project)

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
            told |= {"entity": entity, "speaking": speaking, "importable": _importable(project)}
        return render_template("corroboration.html", found=found, **told)

    return blueprint


def _asked(*names: str) -> str:
    """Return what the address asks for under *names*, as part of another address."""
    return urlencode([(name, request.args[name]) for name in names if request.args.get(name)])


def _importable(project: Project) -> list[tuple[str, str, str]]:
    """Return the data sets that can be imported: the name of each, its title, and where its makers tell of it."""
    found = [(name, find(project, name).about) for name in names(project)]
    return [(name, about["title"], about["homepage"]) for name, about in found]

"""The page that sets what the article tells beside what imported data sets say."""

from flask import Blueprint, render_template, request

from aidtrace.corroboration import OUTCOMES
from aidtrace.importers import find, names
from aidtrace.project import Project
from aidtrace.web.asked import Questions


def corroborating(project: Project, questions: Questions) -> Blueprint:
    """Build the page over the data sets of *project*; *questions* compares them."""
    blueprint = Blueprint("corroborating", __name__)

    @blueprint.get("/corroboration")
    def corroboration() -> str:
        fact, data_set = request.args.get("fact") or None, request.args.get("data-set") or None
        if fact and not questions.imported:  # nothing is compared, and yet the page says what would be
            questions.expect(fact)
            fact = None
        found = questions.corroboration(fact, data_set)
        importable = () if found.sets else _importable(project)
        return render_template("corroboration.html", found=found, fact=fact, outcomes=OUTCOMES, importable=importable)

    return blueprint


def _importable(project: Project) -> list[tuple[str, str, str]]:
    """Return the data sets that can be imported: the name of each, its title, and where its makers tell of it."""
    found = [(name, find(project, name).about) for name in names(project)]
    return [(name, about["title"], about["homepage"]) for name, about in found]

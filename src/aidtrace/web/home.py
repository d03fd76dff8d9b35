"""The doors of the site: the home page, and the search."""

from flask import Blueprint, render_template, request

from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries
from aidtrace.web.answered import answered
from aidtrace.web.asked import Questions
from aidtrace.web.entities import label, local
from aidtrace.web.pictures.thumbnails import given, happened, resolved
from aidtrace.web.project.about import described

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


def home_pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages that lead to all others; *questions* answers what they ask."""
    blueprint = Blueprint("home", __name__)

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
        more = {"queries": read_queries(project), "asked": asked, "described": described(questions, files=False)}
        return render_template("home.html", kinds=shown_first, **more, **found)

    @blueprint.get("/search")
    def search() -> str:
        text = request.args.get("q", "")
        return render_template("search.html", text=text, found=questions.search(text) if text else ())

    return blueprint

"""The pages of the named questions: all of them, and each with its answer."""

from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request

from aidtrace.errors import AidtraceError
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries
from aidtrace.web.asked import Questions
from aidtrace.web.queries.answer import read_answer


def question_pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the questions of *project*; *questions* answers them."""
    blueprint = Blueprint("questions", __name__)

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

    return blueprint

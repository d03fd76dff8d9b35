"""The pages of the catalog: how much there is of each class and property, and the questions as examples of queries."""

from collections import Counter

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.catalog import KNOWN
from aidtrace.namespaces import AT
from aidtrace.project import Project
from aidtrace.queries import read_queries
from aidtrace.terms import vocabulary
from aidtrace.web.asked import NoAnswerError, Questions
from aidtrace.web.project.vocabulary import FORMATS


def catalog_pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages at the addresses at which programs get the same as RDF; *questions* counts what is served."""
    blueprint = Blueprint("catalog", __name__)

    @blueprint.get("/.well-known/void")
    def void() -> AnyResponse:
        try:
            counts = questions.usage()
        except NoAnswerError:  # while it is being counted
            response = make_response(_page("void.html", counts=None))
            response.headers["Cache-Control"] = "no-store"
            return response
        words = vocabulary(project)
        used = Counter(class_ for class_, _ in counts.uses)
        return make_response(_page("void.html", counts=counts, used=used, words=words, own=AT.iri, most=_most_first))

    @blueprint.get("/.well-known/sparql-examples")
    def examples() -> str:
        return _page("examples.html", queries=read_queries(project), prefixes=KNOWN)

    return blueprint


def _page(template: str, **told: object) -> str:
    return render_template(template, formats=FORMATS, server=request.host_url.rstrip("/"), **told)


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))

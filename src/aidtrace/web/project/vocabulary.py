"""The pages of the words and of the rules: the ontology, each word of it, the shapes, and each rule of them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, abort, make_response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.errors import UnknownNameError
from aidtrace.metadata import About
from aidtrace.project import Project
from aidtrace.rulebook import by_file
from aidtrace.terms import ONTOLOGY, Term, rules, vocabulary
from aidtrace.web.asked import NoAnswerError, Questions
from aidtrace.web.citing import Citation

FORMATS = {
    "turtle": ("text/turtle", "Turtle"),
    "jsonld": ("application/ld+json", "JSON-LD"),
    "ntriples": ("application/n-triples", "N-Triples"),
    "rdfxml": ("application/rdf+xml", "RDF/XML"),
}
"""What programs get at the same address: media types and names, by the short names of the formats."""


def vocabulary_pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages over the ontology and the shapes of *project*; *questions* counts what is served."""
    blueprint, whole = Blueprint("vocabulary", __name__), About.read(project).title

    @blueprint.get("/ontology", strict_slashes=False)
    def ontology() -> AnyResponse:
        words, counts = vocabulary(project), Counts(questions)
        version, title = words.about.get("version", ""), words.about.get("title", "")
        page = render_template(
            "ontology.html",
            words=words,
            counts=counts,
            formats=FORMATS,
            citation=Citation(title, ONTOLOGY, version, datetime.now(UTC).date(), whole, "version"),
        )
        return counts.on(page)

    @blueprint.get("/ontology/<path:name>")
    def term(name: str) -> AnyResponse:
        words = vocabulary(project)
        if name == words.version:
            return redirect("/ontology", 303)
        try:
            found = words.find(name)
        except UnknownNameError as error:
            abort(404, str(error))
        counts = Counts(questions)
        page = render_template(
            "term.html",
            words=words,
            term=found,
            counts=counts,
            formats=FORMATS,
            rules=words.rules.get(found.shown, ()),
            mappings=words.mappings.get(found.shown, ()),
        )
        return counts.on(page)

    @blueprint.get("/shapes", strict_slashes=False)
    def shapes() -> str:
        return render_template("shapes.html", words=vocabulary(project), files=by_file(rules(project)))

    @blueprint.get("/shapes/<name>")
    def shape(name: str) -> str:
        found = {rule.name: rule for rule in rules(project)}
        if name not in found:
            abort(404, f"no rule is called {name!r}; /shapes lists them")
        return render_template("shape.html", words=vocabulary(project), rule=found[name])

    @blueprint.app_template_global()
    def word_page(iri: str) -> str:
        """Return the address of the page of a class or property, nothing where it is none of the ontology."""
        words = vocabulary(project)
        found = words.get(words.name(iri))
        return found.page if found else ""

    return blueprint


class Counts:
    """How often each word is used in what is served; nothing is known while that is being counted."""

    def __init__(self, questions: Questions) -> None:
        self._things: Mapping[str, int]
        self._statements: Mapping[str, int]
        try:
            found = questions.usage()
            self._things, self._statements, self.known = found.classes, found.properties, True
        except NoAnswerError:
            self._things, self._statements, self.known = {}, {}, False

    def on(self, page: str) -> AnyResponse:
        """Answer with *page*, which is kept by nobody while the words on it are being counted."""
        response = make_response(page)
        if not self.known:
            response.headers["Cache-Control"] = "no-store"
        return response

    def of(self, term: Term) -> int:
        """Return how many things a class has, or how many statements a property."""
        return (self._statements if term.is_property else self._things).get(term.iri, 0)

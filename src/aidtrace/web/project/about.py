"""The pages about the project itself: what can be taken and how, whom it is for, its method, how open the pages are."""

from datetime import UTC, datetime
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.errors import one_of
from aidtrace.licences import is_open
from aidtrace.metadata import About
from aidtrace.namespaces import GRAPH
from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.schema_org import dataset
from aidtrace.web.asked import Questions
from aidtrace.web.citing import FORMS, Citation
from aidtrace.web.project.vocabulary import FORMATS

_TITLE, _NAME = "All graphs", "https://w3id.org/aidtrace/"
_CITED = {suffix: (media, form) for form, (media, suffix) in FORMS.items()}
"""The forms of a citation by the suffixes of their files, with their media types."""


def about_pages(project: Project, questions: Questions) -> Blueprint:
    """Build the pages; *questions* knows the graphs and answers which limits the article names."""
    blueprint = Blueprint("about", __name__)
    cff, title = project.root / "CITATION.cff", About.read(project).title

    def citation() -> Citation:
        return Citation(_TITLE, _NAME, questions.revision, datetime.now(UTC).date(), title)

    @blueprint.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow:\n", content_type="text/plain; charset=utf-8")

    @blueprint.get("/favicon.ico")
    def icon() -> AnyResponse:
        return redirect("/static/icon.svg")

    @blueprint.get("/data")
    def data() -> str:
        return render_template(
            "data.html",
            graphs=questions.graphs(),
            open=is_open,
            named=lambda iri: iri.removeprefix(GRAPH.iri),
            formats=FORMATS,
            citation=citation(),
            cff=cff.is_file(),
            server=request.host_url.rstrip("/"),
            described=described(questions, files=True),
        )

    @blueprint.get("/graph/<path:name>")
    def graph(name: str) -> AnyResponse:
        if not any(one.iri == f"{GRAPH.iri}{name}" for one in questions.graphs()):
            abort(404, f"no graph is called {name!r}; /data lists them")
        return redirect(f"/data#{quote(name, safe='')}", 303)

    @blueprint.get("/data/citation.<form>")
    def cited(form: str) -> AnyResponse:
        if form == "cff" and cff.is_file():
            return _file(cff.read_text("utf-8"), "application/yaml", "CITATION.cff")
        if form not in _CITED:
            abort(404, f"a citation has no form {form!r}; expected {one_of([*_CITED, 'cff'])}")
        media, name = _CITED[form]
        written = getattr(citation(), name)
        return _file(f"{written}\n" if form == "txt" else written, media, f"aidtrace.{form}")

    @blueprint.get("/about")
    def about() -> str:
        return render_template("about.html", question=find_query(project, "agreements-before-doctrine-change"))

    @blueprint.get("/about/method")
    def method() -> str:
        limits = questions.question(find_query(project, "limitations"), [])
        rows = [dict(zip(limits.columns, row, strict=True)) for row in limits.rows]
        return render_template("method.html", limits=rows)

    @blueprint.get("/about/accessibility")
    def accessibility() -> str:
        return render_template("accessibility.html")

    return blueprint


def described(questions: Questions, *, files: bool) -> dict[str, object]:
    """Return what search engines read of the data set, perhaps with its files."""
    site = request.host_url.rstrip("/")
    return dataset(questions.described(site, files=files), questions.revision, f"{site}/data")


def _file(text: str, media: str, name: str) -> Response:
    response = Response(text, content_type=f"{media}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response

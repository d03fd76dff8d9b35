"""The documentation, as it was built of the guides and of what they are about."""

from functools import cache

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.project import Project
from aidtrace.web.assets import Files


def documentation(project: Project) -> Blueprint:
    """Build the routes below ``/docs/``; the files are read when the first of them is asked for."""
    blueprint = Blueprint("documentation", __name__)

    @cache
    def files() -> Files:
        return Files(project.documentation)

    @blueprint.get("/docs")
    def door() -> AnyResponse:
        return redirect("/docs/", 308)

    @blueprint.get("/docs/")
    @blueprint.get("/docs/<path:name>")
    def page(name: str = "index.html") -> Response:
        if not project.documentation.is_dir():
            abort(404, "the documentation was not built here; `make docs` builds it")
        return files().answer(name)

    return blueprint

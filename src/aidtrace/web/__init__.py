"""The pages for people: a blueprint over the project and its built store."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from aidtrace.project import Project
from aidtrace.web.pages import Ask, Trace, pages


def create_app(project: Project, folder: Callable[[], Path], ask: Ask, trace: Trace) -> Flask:
    """Build the Flask application.

    *folder* tells where the current revision lies, *ask* answers a question, *trace* runs the process tracing.
    """
    app = Flask(__name__)
    app.register_blueprint(pages(project, folder, ask, trace))
    return app

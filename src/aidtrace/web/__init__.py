"""The pages for people: a blueprint over the project and its built store."""

from pathlib import Path

from flask import Flask

from aidtrace.project import Project
from aidtrace.web.pages import pages


def create_app(project: Project, folder: Path) -> Flask:
    """Build the Flask application for *project* and the built store in *folder*."""
    app = Flask(__name__)
    app.register_blueprint(pages(project, folder))
    return app

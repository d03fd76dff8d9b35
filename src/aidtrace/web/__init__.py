"""The pages for people: a blueprint over the project, which asks the server for everything else."""

from flask import Flask

from aidtrace.project import Project
from aidtrace.web.asked import Questions
from aidtrace.web.pages import pages


def create_app(project: Project, questions: Questions) -> Flask:
    """Build the Flask application."""
    app = Flask(__name__)
    app.register_blueprint(pages(project, questions))
    return app

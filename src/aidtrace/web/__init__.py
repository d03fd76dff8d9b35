"""The pages for people: blueprints over the project, which ask the server for everything else."""

from gettext import NullTranslations
from importlib.metadata import version

from flask import Flask

from aidtrace.project import Project
from aidtrace.web.answers import answer_alike
from aidtrace.web.asked import Questions
from aidtrace.web.assets import Assets
from aidtrace.web.pages import pages
from aidtrace.web.querying import querying
from aidtrace.web.words import say


def create_app(project: Project, questions: Questions, words: NullTranslations | None = None) -> Flask:
    """Build the Flask application, which speaks with *words*, or else English."""
    app, assets = Flask(__name__, static_folder=None), Assets()
    app.jinja_env.globals.update(asset=assets.address, release=version("aidtrace"), revision=lambda: questions.revision)
    say(app, words or NullTranslations())
    answer_alike(app, questions)
    for blueprint in (assets.blueprint(), pages(project, questions), querying(project, questions)):
        app.register_blueprint(blueprint)
    return app

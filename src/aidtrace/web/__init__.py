"""The pages for people: blueprints over the project, which ask the server for everything else."""

from gettext import NullTranslations
from importlib.metadata import version

from flask import Flask

from aidtrace.licences import OURS
from aidtrace.metadata import About
from aidtrace.project import Project
from aidtrace.web.answers import answer_alike
from aidtrace.web.article.corroborating import corroborating
from aidtrace.web.article.reading import reading
from aidtrace.web.asked import Questions
from aidtrace.web.assets import Assets
from aidtrace.web.checks.validating import validating
from aidtrace.web.home import home_pages
from aidtrace.web.pictures.mechanism import mechanism
from aidtrace.web.pictures.picturing import pictures
from aidtrace.web.pictures.places import places
from aidtrace.web.project.about import about_pages
from aidtrace.web.project.cataloguing import catalog_pages
from aidtrace.web.project.documentation import documentation
from aidtrace.web.project.vocabulary import vocabulary_pages
from aidtrace.web.queries.citations import citations
from aidtrace.web.queries.querying import querying
from aidtrace.web.queries.questions import question_pages
from aidtrace.web.telling import Telling
from aidtrace.web.things.pages import pages
from aidtrace.web.words import say


def create_app(project: Project, questions: Questions, words: NullTranslations | None = None) -> Flask:
    """Build the Flask application, which speaks with *words*, or else English."""
    app, assets = Flask(__name__, static_folder=None), Assets()
    app.jinja_env.globals.update(asset=assets.address, release=version("aidtrace"), revision=lambda: questions.revision)
    app.jinja_env.globals.update(about=About.read(project), terms=OURS)
    words = words or NullTranslations()
    say(app, words, documented=project.documentation.is_dir())
    app.jinja_env.filters["told"] = Telling(words.gettext).told
    answer_alike(app, questions)
    blueprints = (
        assets.blueprint(),
        home_pages(project, questions),
        pages(project, questions),
        question_pages(project, questions),
        corroborating(project, questions),
        querying(project, questions),
        citations(project, questions),
        pictures(project, questions, words.gettext),
        reading(project, questions),
        vocabulary_pages(project, questions),
        catalog_pages(project, questions),
        about_pages(project, questions),
        documentation(project),
        validating(project, questions),
        mechanism(project, questions, words.gettext),
        places(assets, questions, words.gettext),
    )
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app

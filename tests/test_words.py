"""Every word of the interface can be translated: it goes through gettext, and the template for translators has it."""

from __future__ import annotations

import re
import subprocess
import sys
from gettext import NullTranslations
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from jinja2 import Environment

from aidtrace.project import Project
from aidtrace.web import create_app

if TYPE_CHECKING:
    from pathlib import Path

WEB = ROOT / "src" / "aidtrace" / "web"
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
NAMES = {
    *(
        "aidtrace",
        "doi",
        "DOI",
        "VoID",
        "DCAT",
        "CC",
        "BY",
        "CITATION",
        "cff",
        "OpenAPI",
        "SHA",
        "SPARQL",
        "SHACL",
        "IRI",
    ),
    *("CSV", "TSV", "JSON", "LD", "CSL", "RIS", "BibTeX", "RDF", "XML", "Turtle", "SARIF", "JUnit", "HTML", "SVG"),
    *("GeoNames", "event", "official", "prov", "org", "https"),
}
"""What is said the same in every language: formats, and words that are typed as they are."""

SPOKEN = re.compile(r'\b(?:aria-label|placeholder|title|alt|data-words?-[a-z-]+)="([^"]*)"')
ELEMENT = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
RECASED = re.compile(r"(?:_\([^{}]*\)|called\([^{}]*\)|lanes\[[^{}|]*)\s*\|\s*(?:lower|upper|capitalize|title)\b")
UNSEEN = re.compile(r"<(script|style|title|code|pre|textarea)\b.*?</\1>|<!--.*?-->", re.DOTALL)


def written(path: Path) -> str:
    """Return what a template writes by itself: without tags of Jinja, and without what is translated between them."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    text, tag = list[str](), list[str]()
    translated = False
    for _, kind, value in environment.lex(path.read_text("utf-8")):
        if kind == "block_begin":
            tag = []
        elif kind == "name":
            tag.append(value)
        elif kind == "block_end" and tag[:1] in (["trans"], ["endtrans"]):
            translated = tag[0] == "trans"
        elif kind == "data" and not translated:
            text.append(value)
        elif kind in ("variable_end", "block_end"):
            text.append("\ufffc")
    return "".join(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_no_words_that_stay_as_they_are(path: Path) -> None:
    text = written(path)
    said = [*SPOKEN.findall(text), ELEMENT.sub(" ", UNSEEN.sub(" ", text))]
    words = {word for one in said for word in re.findall(r"&\w+;|[^\W\d_]{2,}", one) if not word.startswith("&")}
    assert words - NAMES == set()


def test_the_template_for_translators_is_what_the_pages_say(tmp_path: Path) -> None:
    """Written by `make words`."""
    found = tmp_path / "again.pot"
    options = ["--omit-header", "--sort-output", "--no-location", "--no-wrap"]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "locale/babel.cfg", *options]
    subprocess.run([*command, "-o", str(found), "."], cwd=WEB, check=True)
    assert found.read_text("utf-8") == (WEB / "locale" / "aidtrace.pot").read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_words_are_shown_in_the_case_in_which_they_are_translated(path: Path) -> None:
    """What small letters are differs by language, and where a name is inside, its capitals would be lost."""
    assert RECASED.findall(path.read_text("utf-8")) == []


class Shouted(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"§{message}"


def test_the_pages_speak_the_words_that_they_are_given() -> None:
    class Nobody:
        revision = "1"

    app = create_app(Project.find(), Nobody(), Shouted())  # type: ignore[arg-type]
    html = app.test_client().get("/queries", headers={"Accept": "text/html"}).text
    assert ">§To the content</a>" in html
    assert '<a href="/timeline">§Timeline</a>' in html


class Turkish(NullTranslations):
    def info(self) -> dict[str, str]:
        return {"language": "tr"}


@pytest.mark.parametrize(("words", "language"), [(None, "en"), (Turkish(), "tr")])
def test_the_pages_say_which_language_their_words_are_in(words: NullTranslations | None, language: str) -> None:
    class Nobody:
        revision = "1"

    app = create_app(Project.find(), Nobody(), words)  # type: ignore[arg-type]
    html = app.test_client().get("/queries", headers={"Accept": "text/html"}).text
    assert f'<html lang="{language}">' in html

"""The documentation: it builds without a warning, tells of all there is, and the server shows it."""

import re
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import unquote

import pytest
from browsers import visit
from conftest import ROOT
from playwright.sync_api import Browser
from servers import Server

from aidtrace.cli.arguments import parser
from aidtrace.project import Project
from aidtrace.queries import Query, read_queries
from aidtrace.rulebook import Rulebook
from aidtrace.server.openapi.describing import routes
from aidtrace.terms import Vocabulary
from aidtrace.web import create_app

pytestmark = pytest.mark.usefixtures("site")

PROJECT = Project(ROOT)
LINK = re.compile(r'<a [^>]*?href="([^"]+)"')
GUIDES = [path.stem for path in (ROOT / "docs").glob("*.md")]


def page(site: Path, name: str) -> str:
    return (site / name).read_text("utf-8")


def words(html: str) -> str:
    """Return the text of a page, its white space evened out."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def test_each_guide_has_a_page_that_the_contents_lead_to(site: Path) -> None:
    contents = page(site, "index.html")
    assert len(GUIDES) >= 8
    for name in GUIDES:
        assert (site / f"{name}.html").is_file()
        assert name == "index" or f'href="{name}.html"' in contents


def test_links_between_pages_lead_to_a_page_and_a_place_of_it(site: Path) -> None:
    followed = 0
    for path in site.rglob("*.html"):
        for address in map(unescape, LINK.findall(page(site, str(path.relative_to(site))))):
            if re.match(r"[a-z]+:|/", address):
                continue
            file, _, place = address.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            assert target.is_file(), f"{path}: {address}"
            assert not place or f'id="{place}"' in target.read_text("utf-8"), f"{path}: {address}"
            followed += 1
    assert followed > 500


def test_only_the_page_of_the_search_has_scripts_and_none_is_inline(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", text), path
        assert ("<script" in text) == (path.name == "search.html"), path


def test_the_reference_tells_of_every_word_rule_and_command(site: Path) -> None:
    told = {name: words(page(site, f"reference/{name}.html")) for name in ("ontology", "shapes", "commands")}
    for term in Vocabulary(PROJECT).terms:
        assert not term.is_ours or term.shown in told["ontology"]
    for rule in Rulebook(PROJECT).names:
        assert rule in told["shapes"]
    for action in parser()._actions:
        for name in action.choices or ():
            assert f"usage: aidtrace {name}" in told["commands"]


@pytest.mark.parametrize("query", read_queries(PROJECT), ids=lambda query: query.name)
def test_the_reference_tells_each_question_with_its_columns(site: Path, query: Query) -> None:
    """The query itself, which names them too, stands behind the line of the columns."""
    section = page(site, "reference/questions.html").partition(f"<h2>{query.name}</h2>")[2].partition("</section>")[0]
    assert re.sub(r"\s+", " ", query.question) in words(section)
    columns = section.partition("<p>Columns: ")[2].partition("</p>")[0]
    assert words(columns) == f"{', '.join(query.columns)}."


def test_the_reference_tells_of_every_path_that_programs_ask(site: Path) -> None:
    told = page(site, "reference/http.html")
    assert len(routes()) > 15
    for path in routes():
        assert f"<h2>{path}" in told


def test_the_server_shows_the_documentation(server: Server) -> None:
    door = server.get("/docs")
    assert (door.status, door.headers["location"]) == (308, "/docs/")
    first = server.get("/docs/", accept="text/html")
    assert first.status == 200
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert server.get("/docs/", If_None_Match=first.headers["etag"]).status == 304
    assert "The first minute" in words(server.get("/docs/researchers.html").body.decode())
    assert server.get("/docs/no-such-page.html").status == 404


def test_where_it_was_not_built_the_server_says_how(tmp_path: Path) -> None:
    app = create_app(Project(tmp_path), Mock(revision="0"))
    answer = app.test_client().get("/docs/")
    assert answer.status_code == 404
    assert "`make docs` builds it" in answer.get_data(as_text=True)


def test_its_search_finds_a_word(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/docs/")
        page.get_by_role("searchbox").fill("revision")
        page.get_by_role("searchbox").press("Enter")
        page.get_by_role("link", name="Running it in public").last.click()
        page.wait_for_url("**/docs/operators.html**")
        assert (one.errors, one.outside) == ([], [])


def test_a_wheel_carries_it(site: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert wheel.read("aidtrace/_project/documentation/index.html") == (site / "index.html").read_bytes()

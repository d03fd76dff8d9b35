"""YASGUI on a site of someone else: it finds examples, prefixes and classes, and gets answers."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from browsers import node_modules
from playwright.sync_api import Browser, Page, expect
from servers import Server, running

from aidtrace.namespaces import AT
from aidtrace.project import Project
from aidtrace.queries import find_query, read_queries

HERE = Path(__file__).parent / "yasgui"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the editor from another origin, and give its address."""
    folder = tmp_path_factory.mktemp("yasgui")
    built = node_modules(tmp_path_factory.getbasetemp()) / "node_modules" / "@zazuko" / "yasgui" / "build"
    for path in (*HERE.iterdir(), built / "yasgui.min.js", built / "yasgui.min.css"):
        shutil.copy(path, folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


@pytest.fixture
def page(cache: Path, elsewhere: str, chrome: Browser) -> Iterator[Page]:
    with running(cache) as server:
        yield from opened(server, elsewhere, chrome)


def opened(server: Server, elsewhere: str, chrome: Browser) -> Iterator[Page]:
    context = chrome.new_context()
    one, errors = context.new_page(), list[str]()
    one.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    one.on("pageerror", lambda error: errors.append(str(error)))
    try:
        one.goto(f"{elsewhere}/?endpoint={quote(f'http://127.0.0.1:{server.port}/sparql', safe='')}")
        one.wait_for_selector("body[data-ready]")
        yield one
        assert errors == []
    finally:
        context.close()


def test_it_shows_the_questions_as_examples_and_runs_one(page: Page, project: Project) -> None:
    list_ = page.get_by_label("Examples")
    questions = {query.question for query in read_queries(project)}
    assert questions <= {one.split("\n")[0] for one in list_.locator("option").all_text_contents()}
    query = find_query(project, "agreements")
    list_.select_option(label=query.question)
    page.get_by_role("button", name="Run query").click()
    expect(page.locator(".yasr_results")).to_contain_text("Shusha Declaration")


def test_it_knows_the_prefixes_and_completes_classes(page: Page) -> None:
    editor = page.locator(".CodeMirror")
    expect(editor.first).to_contain_text(AT.iri)
    editor.first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(f"PREFIX at: <{AT.iri}> SELECT * {{ ?s a at:Doctri")
    page.keyboard.press("Control+Space")
    expect(page.locator(".CodeMirror-hints")).to_contain_text("at:DoctrineChange")

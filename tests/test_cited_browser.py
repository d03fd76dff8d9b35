"""Cited queries in a real browser: with and without scripts, and for those who do not see the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsers import DESKTOP, PHONE, visit
from playwright.sync_api import expect
from servers import TOKEN, Server, running
from test_cited import cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

QUERY = "SELECT ?agreement WHERE { ?agreement a at:Agreement }"
CHANGED = "SELECT ?s ?o { ?s <urn:seen> ?o }"


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        yield one


def test_an_answer_is_cited_without_scripts(chrome: Browser, server: Server) -> None:
    with visit(chrome, server, java_script_enabled=False) as one:
        page = one.open("/queries/aid-total")
        page.get_by_role("button", name="Cite this answer").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("What do the five sums")
        expect(page.get_by_role("main")).to_contain_text("the answer is the one that is cited")
        page.goto(page.url.partition("/q/")[0] + "/sparql")
        page.get_by_label("Query", exact=True).fill(f"PREFIX at: <https://w3id.org/aidtrace/ontology#>\n{QUERY}")
        page.get_by_role("button", name="Cite this query").click()
        expect(page.get_by_role("region", name="The query")).to_contain_text(QUERY)
        assert (one.errors, one.outside) == ([], [])


def test_the_editor_cites_what_stands_in_it_with_its_prefixes(chrome: Browser, server: Server) -> None:
    with visit(chrome, server) as one:
        page = one.open("/sparql")
        page.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(QUERY)
        page.get_by_role("button", name="Cite this query").click()
        query = page.get_by_role("region", name="The query")
        expect(query).to_contain_text(QUERY)
        expect(query).to_contain_text("PREFIX at: <https://w3id.org/aidtrace/ontology#>")
        page.get_by_role("link", name="Ask it of the data that are cited").click()
        expect(page.locator("#result")).to_contain_text("rows, complete")
        assert (one.errors, one.outside) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_that_tells_of_a_change_shuts_nobody_out(
    chrome: Browser, server: Server, axe: Path, size: dict[str, int], scheme: str
) -> None:
    assert server.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:seen> 1 , 2 } }").status == 204
    path = cited(server, query=CHANGED)
    change = "DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:seen> 1 } }; "
    change += f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:b> <urn:seen> '{'long ' * 40}' }} }}"
    assert server.update(change).status == 204
    with visit(chrome, server, viewport=size, color_scheme=scheme) as one:
        page = one.open(path)
        expect(page.get_by_role("region", name="Rows that are gone")).to_contain_text("urn:a")
        assert one.violations(axe) == []
        width, room = one.widths()
        assert width <= room
        assert (one.errors, one.outside) == ([], [])

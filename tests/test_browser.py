"""Every page in a real browser: wide and narrow, light and dark, with scripts and without."""

from __future__ import annotations

import json
import time
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from browsers import DESKTOP, PHONE, visit
from conftest import ROOT, SHARED
from playwright.sync_api import expect
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Run
    from playwright.sync_api import Browser

pytestmark = pytest.mark.usefixtures("site")
DCAD = SHARED / "datasets" / "dcad" / "DCAD-v1.0-main.csv.gz"
PAGES = [
    "/",
    "/browse",
    "/browse/Agreement",
    "/page/flow/1999-military-financial-aid",
    "/page/actor/azerbaijan",
    "/queries",
    "/queries/agreements-before-doctrine-change",
    "/tests",
    "/sources",
    "/sources?resolution=ambiguous",
    "/sources/military-financial-aid",
    "/sources/bibliography",
    "/discrepancies",
    "/page/passage/military-financial-aid-2",
    "/page/source/veliyev2020a",
    "/search",
    "/search?q=Ankara",
    "/search?q=when+was+the+first+financial+aid+agreement+signed",
    "/shapes",
    "/shapes/Agreement-parties",
    "/sparql",
    "/sparql?example=agreements-before-doctrine-change",
    "/sparql?query=SELECT+%2A+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+300&sort=s&from=100",
    "/trace",
    "/validate",
    "/validate?example=Amount-decimal",
    "/corroboration",
    "/timeline",
    "/timeline?kind=training&kind=exercise&from=1990&actor=Azerbaijan",
    "/aid",
    "/aid?kind=financial%20aid",
    "/ontology",
    "/ontology/Agreement",
    "/ontology/party",
    "/data",
    "/.well-known/void",
    "/.well-known/sparql-examples",
    "/about",
    "/about/method",
    "/about/accessibility",
    "/map",
    "/mechanism",
    "/docs/",
    "/docs/researchers.html",
    "/docs/reference/ontology.html",
    "/docs/search.html?q=revision",
]
WINDOWS: list[dict[str, Any]] = [
    {"viewport": size, "color_scheme": scheme, "scripts": scripts}
    for size, scheme, scripts in product((DESKTOP, PHONE), ("light", "dark"), (True, False))
]

LOOKED_AT = [WINDOWS[number] for number in (0, 3, 5, 6)]
"""The windows in which axe-core looks too, which takes a second a page: each width with each of the others once."""


def named(window: dict[str, Any]) -> str:
    width = "wide" if window["viewport"] == DESKTOP else "narrow"
    return f"{width}-{window['color_scheme']}-{'scripts' if window['scripts'] else 'none'}"


@pytest.mark.parametrize("window", WINDOWS, ids=named)
def test_every_page_is_open_to_everyone(server: Server, chrome: Browser, axe: Path, window: dict[str, Any]) -> None:
    found = {}
    with visit(chrome, server, **window) as one:
        for path in PAGES:
            page = one.open(path)
            assert page.title(), path
            violations = one.violations(axe) if window in LOOKED_AT else []
            width, room = one.widths()
            if violations or width > room:
                found[path] = [*violations, *([f"{width} px wide in {room}"] if width > room else [])]
        assert found == {}
        assert (one.errors, one.outside) == ([], [])


@pytest.mark.parametrize("window", LOOKED_AT, ids=named)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/page/event/none", 404),
        ("/nothing", 404),
        ("/sparql?query=bad", 400),
        ("/trace?only=foo", 400),
        ("/browse/x?from=x", 400),
    ],
)
def test_a_page_that_has_no_answer_is_open_to_everyone(
    server: Server, chrome: Browser, axe: Path, window: dict[str, Any], path: str, status: int
) -> None:
    with visit(chrome, server, **window) as one:
        page = one.open(path, status)
        assert page.locator("h1").count() == 1
        assert one.violations(axe) == []
        width, room = one.widths()
        assert width <= room
        assert one.outside == []


def test_a_reader_finds_the_first_aid_agreement_in_five_clicks_without_scripts(chrome: Browser, server: Server) -> None:
    """Signed in July 1999; 3,450,000 dollars, 165,000 of it in cash; paragraph 2 of the section, and its citation."""
    with visit(chrome, server, java_script_enabled=False) as one:
        page = one.open("/")
        page.get_by_role("link", name="financial aid", exact=True).click()
        page.get_by_role("link", name="Financial aid under the first agreement").click()
        said = page.get_by_role("main")
        for text in ("3,450,000 USD", "165,000 USD", "military-financial-aid/2", "Veliyev, 2020, p.186"):
            expect(said.get_by_text(text).first).to_be_visible()
        page.get_by_role("link", name="First agreement on military financial aid").first.click()
        row = page.get_by_role("row", name="signed on")
        expect(row).to_contain_text("July 1999")
        expect(row).to_contain_text("military-financial-aid/2")
        page.get_by_role("link", name="Other data sets", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What other data sets say of the facts")


def test_a_reader_is_told_what_another_data_set_says_even_where_it_does_not_look(
    chrome: Browser, cache: Path, aidtrace: Run, tmp_path: Path
) -> None:
    """The Defense Cooperation Agreement Dataset codes no agreements on aid: an answer too, four clicks from home."""
    if not DCAD.is_file():
        pytest.skip(f"the data sets are not beside this checkout ({DCAD.relative_to(ROOT.parent)})")
    store = str(tmp_path / "s")
    assert aidtrace("import", "dcad", str(DCAD), "--store", store).returncode == 0
    with running(cache, "--store", store, "--no-gate", token=TOKEN) as server, visit(chrome, server) as one:
        page = one.open("/")
        page.get_by_role("link", name="financial aid", exact=True).click()
        page.get_by_role("link", name="Financial aid under the first agreement").click()
        page.get_by_role("link", name="First agreement on military financial aid").first.click()
        page.get_by_role("link", name="what other data sets say").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("First agreement on military financial aid")
        row = page.get_by_role("row", name="First agreement on military financial aid")
        expect(row).to_contain_text("not covered")
        expect(row).to_contain_text("it does not code agreements on military financial aid")


BROKEN = """() => [...document.querySelectorAll("main :is(td, th)")].flatMap((cell) => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/(?<!\\w)[A-Za-z,.]{2,20}(?!\\w)/g)) {
      const range = new Range();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((part) => part.top));
      if (lines.size > 1 && !walker.currentNode.parentElement.closest("code, .key")) found.push(word[0]);
    }
  }
  return found;
})"""
"""Returns the words of tables that stand on more than one line; a hyphen or a slash may end one."""


SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifted += one.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
FAR = {"offline": False, "latency": 150, "downloadThroughput": -1, "uploadThroughput": -1}
"""A line so long that every page is seen before its scripts come."""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_nothing_moves_when_scripts_draw(chrome: Browser, server: Server, size: dict[str, int]) -> None:
    """A page is good to read where it shifts by at most 0.1 (web.dev/articles/cls); we allow half of that."""
    pages = {path: server.get(path, "text/html").body.decode().partition("<main")[2] for path in PAGES}
    enlivened = [path for path, main in pages.items() if "data-script=" in main]
    assert {"/timeline", "/aid", "/mechanism", "/map", "/validate", "/sparql"} < {*enlivened}
    shifted = {}
    with visit(chrome, server, viewport=size) as one:
        one.page.add_init_script(SHIFTS)
        session = one.page.context.new_cdp_session(one.page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", FAR)
        for path in enlivened:
            page = one.open(path)
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
            shifted[path] = page.evaluate("window.shifted")
    assert {path: moved for path, moved in shifted.items() if moved > 0.05} == {}


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.parametrize("path", ["/timeline", "/aid", "/mechanism", "/map", "/validate"])
def test_room_for_scripts_that_never_come_is_given_up(chrome: Browser, server: Server, path: str, motion: Any) -> None:
    """The page is as long as one without scripts then, to less than a line. What waits is ended at once here."""
    height, box = "document.documentElement.scrollHeight", "document.querySelector('textarea')?.clientWidth ?? 0"
    with visit(chrome, server, java_script_enabled=False) as plain:
        page = plain.open(path)
        without = page.evaluate(height), page.evaluate(box)
    with visit(chrome, server, reduced_motion=motion) as kept:
        kept.page.route("**/built/*.js*", lambda route: route.abort())
        kept.page.goto(f"http://127.0.0.1:{server.port}{path}")
        delays = kept.page.evaluate("document.getAnimations().map((one) => one.effect.getTiming().delay)")
        kept.page.evaluate("document.getAnimations().forEach((one) => one.finish())")
        found = kept.page.evaluate(height), kept.page.evaluate(box)
        assert found == pytest.approx(without, abs=20)
        assert max(delays) <= 10_000


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_no_word_of_a_table_is_broken(chrome: Browser, server: Server, size: dict[str, int]) -> None:
    tables = (
        "/queries/agreements-before-doctrine-change",
        "/trace",
        "/page/flow/1999-military-financial-aid",
        "/tests",
    )
    with visit(chrome, server, viewport=size) as one:
        for path in (*tables, "/aid", "/sources", "/data", "/queries/aid-flows"):
            assert one.open(path).evaluate(BROKEN) == [], path
            assert one.widths()[0] <= one.widths()[1], path


def test_the_first_key_leads_past_the_menu(chrome: Browser, server: Server) -> None:
    with visit(chrome, server) as one:
        page = one.open("/browse")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_page_is_the_same_to_print_without_its_menus(chrome: Browser, server: Server) -> None:
    with visit(chrome, server) as one:
        page = one.open("/page/flow/1999-military-financial-aid")
        page.emulate_media(media="print")
        expect(page.locator("header nav")).to_be_hidden()
        expect(page.get_by_role("main").get_by_text("3,450,000 USD")).to_be_visible()


HOSTILE = [
    "<script>window.struck = 1</script>",
    "</script><script>window.struck = 1</script>",
    '<img src="x" onerror="window.struck = 1">',
    '" onmouseover="window.struck = 1" x="',
    "javascript:window.struck=1",
    "\u202eright to left\u202c and back",
    "مساعدات عسكرية",
    "e" + "\u0301" * 300,
    "long" * 1500,
]


@pytest.fixture(scope="module")
def hostile(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a store in which names are attacks."""
    store = str(tmp_path_factory.mktemp("hostile") / "s")
    with running(cache, "--store", store, "--no-gate", token=TOKEN) as one:
        label = "http://www.w3.org/2000/01/rdf-schema#label"
        thing = "https://w3id.org/aidtrace/id/agreement/hostile"
        more = f"a <{AT('Agreement').value}> ; <urn:p> <{HOSTILE[4]}>"
        named = enumerate(json.dumps(name) for name in HOSTILE)
        triples = "".join(f"<{thing}-{number}> {more} ; <{label}> {name}@en .\n" for number, name in named)
        assert one.get("/graph/hostile", "*/*", "PUT", triples.encode(), "text/turtle").status == 201
        while one.get("/search?q=struck").status == 503:  # until the names are indexed
            time.sleep(0.1)
        yield one


def test_hostile_names_are_shown_as_they_are_written(chrome: Browser, hostile: Server) -> None:
    with visit(chrome, hostile) as one:
        struck = []
        one.page.on("dialog", lambda dialog: struck.append(dialog.message))
        for number, name in enumerate(HOSTILE):
            page = one.open(f"/page/agreement/hostile-{number}")
            assert page.locator("h1").text_content() == name
            assert page.locator("a[href^='javascript']").count() == 0
            width, room = one.widths()
            assert width <= room, name[:20]
        for path in ("/browse/Agreement", "/browse/Agreement?from=50", "/search?q=struck"):
            page = one.open(path)
            struck += page.evaluate("window.struck ? [location.href] : []")
        assert struck == []
        assert (one.errors, one.outside) == ([], [])

"""The validation page in a real browser: a file is dropped, found wrong, mended where it is wrong, and conforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsers import PHONE, visit
from conftest import ROOT
from playwright.sync_api import expect
from servers import Server

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

FAIL = ROOT / "tests" / "shapes" / "fail"
DECIMAL = (FAIL / "Amount-decimal.ttl").read_text("utf-8")
MILYON = DECIMAL.replace("at:amount 4000000", 'at:amount "3,2 milyon"')
MENDED = '    at:amount "3200000"^^<http://www.w3.org/2001/XMLSchema#decimal> ;'
LINE = 1 + MILYON[: MILYON.index("at:amount")].count("\n")
RULES = "".join(f'sh:property [ sh:path <urn:b> ; sh:pattern "^(a|b)+[0-9]+{{1,{n}}}$" ] ; ' for n in range(1, 61))
SLOW = f"@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:s> {RULES} sh:targetSubjectsOf <urn:b> ."
LONG = "".join(f'<urn:{n}> <urn:b> "{"ab" * 300}{n}" .\n' for n in range(4_000))

DROP = """([box, text, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    for (const kind of ["dragover", "drop"])
        box.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""
SELECTED = "(box => box.value.slice(box.selectionStart, box.selectionEnd))(document.getElementById('text'))"


def drop(page: Page, text: str, name: str) -> None:
    page.evaluate(DROP, [page.locator(".editor").element_handle(), text, name])


def status(page: Page) -> Any:
    return page.locator("[data-status]")


def quiet(page: Page) -> None:
    """Let the page check only when it is told to."""
    page.uncheck("[data-live] input")


@pytest.mark.parametrize("window", [{}, {"viewport": PHONE, "color_scheme": "dark"}], ids=["wide", "narrow-dark"])
def test_a_file_is_dropped_found_wrong_mended_and_conforms(
    server: Server, chrome: Browser, axe: Path, window: dict[str, Any]
) -> None:
    with visit(chrome, server, **window) as one:
        page = one.open("/validate")
        assert one.violations(axe) == []
        drop(page, MILYON, "mine.ttl")
        expect(status(page)).to_have_text("2 findings.")
        group = page.locator(".group")
        expect(group.locator("h3")).to_contain_text("Amount-decimal")
        expect(group.locator(".fix")).to_contain_text("Write the amount as")
        expect(group.locator("summary")).to_have_text("1 more follows from this")
        assert page.input_value("#syntax") == "turtle"
        assert one.violations(axe) == []
        assert one.widths()[0] <= one.widths()[1]
        group.locator("a[data-line]").click()
        assert page.evaluate(SELECTED) == '    at:amount "3,2 milyon" ;'
        expect(page.locator(f".gutter .found[data-number='{LINE}']")).to_be_visible()
        page.keyboard.insert_text(MENDED)
        expect(status(page)).to_have_text("Conforms: no findings.")
        expect(page.locator(".verdict.good")).to_be_visible()
        expect(page.locator(".gutter .found")).to_have_count(0)
        assert one.violations(axe) == []
        assert (one.errors, one.outside) == ([], [])


def test_all_of_it_goes_without_a_mouse(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        quiet(page)
        page.focus("#text")
        page.keyboard.insert_text(MILYON)
        page.keyboard.press("Control+Enter")
        expect(status(page)).to_have_text("2 findings.")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.line") == str(LINE):
                break
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "text"
        assert page.evaluate(SELECTED) == '    at:amount "3,2 milyon" ;'
        expect(status(page)).to_have_text(f"Line {LINE}.")
        assert one.errors == []


def test_a_text_that_does_not_parse_is_told_with_a_way_to_its_line(server: Server, chrome: Browser, axe: Path) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        quiet(page)
        page.fill("#text", "# one\n<urn:a> <urn:b> .\n")
        page.click("button.first")
        expect(status(page)).to_contain_text("Not checked: Line 2, column 17")
        assert page.evaluate("document.activeElement.id") == "text"
        expect(page.locator(".gutter .found")).to_have_text("2")
        expect(page.locator("#results a[data-line]")).to_contain_text("Line 2, column 17: ")
        assert one.violations(axe) == []
        assert one.errors == []


def test_marks_move_with_the_lines_above_them(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        quiet(page)
        page.fill("#text", MILYON)
        page.click("button.first")
        expect(status(page)).to_have_text("2 findings.")
        page.focus("#text")
        page.keyboard.press("Control+Home")
        page.keyboard.insert_text("# one\n# two\n")
        page.evaluate("document.getElementById('text').scrollTop = 200")
        expect(page.locator(".gutter .found")).to_have_text(str(LINE + 2))


def test_a_long_check_shows_how_far_it_is_and_is_cancelled(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        gone = list[str]()
        page.on("request", lambda asked: gone.append(asked.url) if asked.method == "DELETE" else None)
        page.locator("summary").first.click()
        page.fill("#shapes", SLOW)
        page.set_input_files("#file", {"name": "long.ttl", "mimeType": "", "buffer": LONG.encode()})
        expect(status(page)).to_contain_text("Checked ")
        expect(page.locator("[data-progress]")).to_be_visible()
        page.click("[data-cancel]")
        expect(status(page)).to_have_text("Cancelled.")
        expect(page.locator("[data-progress]")).to_be_hidden()
        assert len(gone) == 1
        path = "/validations/" + gone[0].rpartition("/")[2]
        assert server.get(path).status == 404
        assert one.errors == []


def test_a_report_is_downloaded_and_filtered_without_leaving_the_page(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        quiet(page)
        page.fill("#text", MILYON + (FAIL / "Instrument-subject.ttl").read_text("utf-8"))
        page.click("button.first")
        expect(page.locator(".group")).to_have_count(2)
        page.click(".counts a.warning")
        expect(page.locator(".group")).to_have_count(1)
        expect(page.locator(".group h3")).to_contain_text("Instrument-subject")
        assert page.url.endswith("/validate")
        with page.expect_download() as taken:
            page.click("text=CSV >> nth=0")
        assert "Amount-decimal" in taken.value.path().read_text("utf-8")
        page.click("text=page of its own")
        page.wait_for_url("**/validate/*")
        page.click(".group a[data-line] >> nth=0")
        assert page.evaluate("document.querySelector(':target').textContent").startswith('    at:amount "3,2 milyon"')
        assert one.errors == []


def test_an_example_is_loaded_and_found_wrong(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        page.select_option("#example", "Agreement-parties")
        page.click("form.examples button")
        expect(page.locator(".group h3")).to_contain_text("Agreement-parties")
        assert page.input_value("#text") == (FAIL / "Agreement-parties.ttl").read_text("utf-8")


TOO_WIDE = """[...document.querySelectorAll(".fields select")].flatMap((select) => {
    const pen = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(select);
    pen.font = style.font;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
    return [...select.options].map((one) => one.text).filter((text) => pen.measureText(text).width > room);
})"""


@pytest.mark.parametrize("width", [1280, 390])
def test_every_choice_fits_into_its_box(server: Server, chrome: Browser, width: int) -> None:
    with visit(chrome, server, viewport={"width": width, "height": 1000}) as one:
        assert one.open("/validate").evaluate(TOO_WIDE) == []


ENDLESS = """[] a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/ns/shacl#targetNode> <urn:a1> ;
    <http://www.w3.org/ns/shacl#sparql> [ <http://www.w3.org/ns/shacl#select>
        "SELECT $this { $this ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c + ?f + ?i < 0) }" ] ."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_that_waits_is_open_to_everyone(server: Server, chrome: Browser, axe: Path, scheme: str) -> None:
    with visit(chrome, server, scripts=False, viewport=PHONE, color_scheme=scheme) as one:
        page = one.open("/validate")
        page.fill("#text", " ".join(f"<urn:a{number}> <urn:b> {number} ." for number in range(300)))
        page.locator("textarea[name=shapes]").evaluate("(box, text) => { box.value = text; }", ENDLESS)
        page.click("button.first")
        page.wait_for_url("**/validate/*")

        def once(route: Route) -> None:
            """Let the page be looked at in peace: it comes again by itself."""
            answer = route.fetch()
            kept = {name: value for name, value in answer.headers.items() if name != "refresh"}
            route.fulfill(response=answer, headers=kept)

        page.route("**/validate/*", once)
        page.goto(page.url)
        assert page.locator("progress").count() == 1
        assert one.violations(axe) == []
        assert one.widths()[0] <= one.widths()[1]
        page.click("form[action$=stop] button")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_page_is_open_to_everyone(server: Server, chrome: Browser, axe: Path, scheme: str) -> None:
    with visit(chrome, server, scripts=False, viewport=PHONE, color_scheme=scheme) as one:
        page = one.open("/validate")
        page.fill("#text", MILYON)
        page.select_option("#beside", "merge")
        page.click("button.first")
        page.wait_for_selector("[data-validation]")
        assert one.violations(axe) == []
        assert one.widths()[0] <= one.widths()[1]
        assert page.locator("#meeting").count() == 1


def test_what_keeps_a_merge_out_leads_to_its_line(server: Server, chrome: Browser, axe: Path) -> None:
    with visit(chrome, server) as one:
        page = one.open("/validate")
        quiet(page)
        page.fill("#text", MILYON)
        page.select_option("#beside", "merge")
        page.click("button.first")
        table = page.get_by_role("region", name="What keeps it out")
        expect(table).to_be_visible(timeout=60_000)
        expect(status(page)).to_contain_text("finding")
        table.get_by_role("link", name=f"about line {LINE}").first.click()
        assert "3,2 milyon" in page.evaluate(SELECTED)
        assert one.violations(axe) == []


def test_the_messages_of_a_dry_run_are_read_whole_beside_the_text(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, viewport={"width": 1280, "height": 900}) as one:
        page = one.open("/validate")
        quiet(page)
        page.select_option("#beside", "merge")
        page.fill("#text", "<urn:x> a <https://w3id.org/aidtrace/ontology#Agreement> .")
        page.click("button.first")
        page.locator(".group").first.wait_for()
        cut = (
            "[...document.querySelectorAll('.results .wide')].filter((one) => one.scrollWidth > one.clientWidth).length"
        )
        assert page.locator(".results .wide table").count() > 3
        assert page.evaluate(cut) == 0

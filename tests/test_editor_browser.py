"""The query editor in a real browser: it completes, runs, marks errors, gives up, draws, remembers, without a mouse."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from browsers import DESKTOP, PHONE, Visit, visit
from playwright.sync_api import Page, expect
from servers import JSON, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

AGREEMENTS = "SELECT ?x WHERE {\n  ?x a at:Agreement ; "
AID = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
SELECT ?flow ?amount WHERE { ?flow a at:FinancialAid ; at:amount ?amount } ORDER BY ?flow"""
BAD = "SELECT ?s WHERE {\n  ?s ?p ?o .\n  FILTER (?o < 3\n}"
ENDLESS = """SELECT (COUNT(*) AS ?n) WHERE {
  ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?c != ?f && ?f != ?i) }"""
THOUSAND = (
    "SELECT ?n { VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 10 20 30 } BIND (?a + ?b AS ?n) VALUES ?c { 1 2 3 } }"
)


@pytest.fixture
def one(server: Server, chrome: Browser) -> Iterator[Visit]:
    """Visit the server; nothing goes wrong there but what the server refuses, and nothing comes from elsewhere."""
    with visit(chrome, server) as found:
        server.get("/sparql/completions")  # counted by now
        yield found
        refused = "the server responded with a status of 400"
        assert [error for error in found.errors if refused not in error] == []
        assert found.outside == []


def written(page: Page, text: str) -> None:
    """Write *text* in place of what is in the box; the last character is typed."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text[:-1])
    page.keyboard.type(text[-1])


def ran(page: Page, text: str) -> None:
    written(page, text)
    page.keyboard.press("Escape")  # of a list of completions
    page.keyboard.press("Control+Enter")


def offered(page: Page) -> list[str]:
    page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    return page.locator(".cm-tooltip-autocomplete li .cm-completionLabel").all_inner_texts()


def rows(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(
        "[...document.querySelectorAll('#result tbody tr')].map((row) => [...row.cells].map((one) => one.innerText))"
    )
    return found


def said(page: Page) -> str:
    return page.locator("#result > p").first.inner_text()


def test_a_subject_is_offered_the_properties_of_its_class_and_no_others(one: Visit) -> None:
    page = one.open("/sparql")
    written(page, f"{AGREEMENTS}at:")
    found = offered(page)
    assert "at:signedOn" in found
    assert "at:party" in found
    assert not {"at:donor", "at:recipient", "at:trainee", "at:amount"} & {*found}
    assert page.locator("#query").input_value().startswith("PREFIX at: <https://w3id.org/aidtrace/ontology#>\n")
    page.keyboard.type("signedO")
    expect(page.locator(".cm-tooltip-autocomplete li")).to_have_count(1)
    page.wait_for_timeout(150)  # the list takes no key at once, lest one that was meant for the text should choose
    page.keyboard.press("Enter")
    assert page.locator("#query").input_value().endswith("?x a at:Agreement ; at:signedOn")


def test_a_subject_of_another_class_is_offered_others(one: Visit) -> None:
    page = one.open("/sparql")
    written(
        page,
        "PREFIX at: <https://w3id.org/aidtrace/ontology#>\nASK { ?f a at:FinancialAid . ?x a at:Agreement . ?f at:",
    )
    found = offered(page)
    assert "at:donor" in found
    assert "at:signedOn" not in found


def test_classes_are_offered_behind_a_and_a_choice_declares_its_prefix(one: Visit) -> None:
    page = one.open("/sparql")
    written(page, "ASK { ?x a Financ")
    assert offered(page)[0] == "at:FinancialAid"
    assert "financial aid" in page.locator(".cm-tooltip-autocomplete li").first.inner_text()
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    text = page.locator("#query").input_value()
    assert text == "PREFIX at: <https://w3id.org/aidtrace/ontology#>\nASK { ?x a at:FinancialAid"


def test_nothing_is_offered_within_a_text_or_a_comment(one: Visit) -> None:
    page = one.open("/sparql")
    for text in ("ASK { ?x ?y 'at:", "# at:"):
        written(page, text)
        page.wait_for_timeout(400)
        assert page.locator(".cm-tooltip-autocomplete").count() == 0
        assert "PREFIX" not in page.locator("#query").input_value()


def test_a_query_runs_and_its_rows_have_labels_that_lead_to_pages(one: Visit, server: Server) -> None:
    page = one.open("/sparql")
    ran(page, AID)
    page.locator("#result table").wait_for()
    assert ["Financial aid under the first agreement", "3450000"] in rows(page)
    assert said(page).startswith(f"{len(server.rows(AID))} rows, complete, in ")
    link = page.get_by_role("link", name="Financial aid under the first agreement")
    assert link.get_attribute("href") == "/page/flow/1999-military-financial-aid"


def test_a_pasted_query_gets_the_prefixes_that_it_lacks(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "SELECT ?l { ?x a at:DoctrineChange ; rdfs:label ?l }")
    page.locator("#result table").wait_for()
    assert len(rows(page)) == 3


def test_rows_are_sorted_as_numbers_and_leafed_through(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, THOUSAND)
    page.locator("#result table").wait_for()
    assert said(page).startswith("120 rows, complete")
    page.get_by_role("button", name="Sort by n").click()
    expect(page.locator("th").first).to_have_attribute("aria-sort", "ascending")
    first = [int(row[0]) for row in rows(page)]
    page.get_by_role("button", name="Behind").click()
    second = [int(row[0]) for row in rows(page)]
    assert [*first, *second] == sorted([*range(40)] * 3)
    page.get_by_role("button", name="Sort by n").click()
    assert rows(page)[0] == ["39"]


@pytest.mark.parametrize(("query", "shown"), [("ASK {}", "Yes"), ("ASK { <urn:a> <urn:b> 1 }", "No")])
def test_a_truth_is_a_word(one: Visit, query: str, shown: str) -> None:
    page = one.open("/sparql")
    ran(page, query)
    expect(page.locator("#result .lead")).to_have_text(shown)


def test_a_graph_is_a_table_of_its_triples(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "CONSTRUCT { <urn:a> <urn:b> ?o } { VALUES ?o { 'a \"line\"\\nbreak' 'ə'@az } }")
    page.locator("#result table").wait_for()
    assert sorted(rows(page)) == [["urn:a", "urn:b", 'a "line"\nbreak'], ["urn:a", "urn:b", "ə"]]
    assert page.get_by_role("link", name="Turtle").count() == 1


def test_an_error_is_marked_where_it_is(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, BAD)
    expect(page.locator("#result .bad")).to_contain_text("Line 4, column 1:")
    assert page.locator(".cm-lintRange-error").inner_text() == "}"
    page.get_by_role("button", name="Go there").click()
    page.keyboard.type(")")
    assert page.locator("#query").input_value().endswith("3\n)}")
    assert page.locator(".cm-lintRange-error").count() == 0, "the mark outlives what it was about"


def test_the_place_of_an_error_counts_characters(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "ASK { ?s ?p '𐍈𐍈' . ) }")
    page.locator("#result .bad").wait_for()
    assert page.locator(".cm-lintRange-error").inner_text() == ")"


def test_an_error_that_the_server_has_shown_is_marked_in_the_box(one: Visit) -> None:
    page = one.page
    page.goto(f"http://127.0.0.1:{one.server.port}/sparql?query=ASK+%7B+%29+%7D")
    page.wait_for_function("!document.querySelector('[data-script]:not([data-ready])')")
    assert page.locator(".cm-lintRange-error").inner_text() == ")"


def test_a_query_that_is_cancelled_ends_here_and_on_the_server(one: Visit, server: Server) -> None:
    page = one.open("/sparql")
    ran(page, ENDLESS)
    for _ in range(100):
        if server.get("/requests").content:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the query never ran")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#state")).to_have_text("Cancelled: nothing is shown.")
    assert page.locator("#result").inner_text() == ""
    assert not page.get_by_role("button", name="Cancel").is_visible()
    for _ in range(60):
        if not server.get("/requests").content:
            break
        time.sleep(0.05)
    assert server.get("/requests").content == []


def test_an_answer_that_breaks_off_is_not_shown_as_if_it_were_whole(one: Visit) -> None:
    page = one.open("/sparql")
    kind = "application/sparql-results+json"
    body = '{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}'
    page.route("**/sparql", lambda route: route.fulfill(body=body, content_type=kind))
    ran(page, "SELECT (1 AS ?n) {}")
    expect(page.locator("#result .bad")).to_have_text("The answer broke off, so nothing of it is shown.")
    assert page.locator("#result table").count() == 0


def test_a_download_is_what_programs_get(one: Visit, server: Server) -> None:
    page = one.open("/sparql")
    ran(page, AID)
    with page.expect_download() as found:
        page.get_by_role("link", name="CSV").click()
    assert found.value.suggested_filename == "result.csv"
    assert Path(found.value.path()).read_bytes() == server.ask(AID, "text/csv").body


def test_the_address_of_a_result_shows_it_to_others(one: Visit, chrome: Browser, server: Server) -> None:
    page = one.open("/sparql")
    ran(page, AID)
    page.locator("#result table").wait_for()
    page.wait_for_url("**/sparql?query=*")
    with visit(chrome, server, java_script_enabled=False) as other:
        other.page.goto(page.url)
        assert other.page.locator("#result tbody tr").count() == len(server.rows(AID))
    before = page.url
    ran(page, "ASK {}")
    page.locator("#result .lead").wait_for()
    page.go_back()
    page.wait_for_url(before)
    expect(page.locator("#query")).to_have_value(AID)
    page.locator("#result table").wait_for()
    assert page.locator("#result .lead").count() == 0, "the answer is that of another query"
    page.go_forward()
    expect(page.locator("#query")).to_have_value("ASK {}")
    expect(page.locator("#result .lead")).to_have_text("Yes")


def test_an_address_that_is_shared_has_pictures_and_is_copied_as_after_a_run(one: Visit, server: Server) -> None:
    query = "SELECT ?kind (COUNT(*) AS ?count) { ?thing a ?kind } GROUP BY ?kind ORDER BY DESC(?count) LIMIT 5"
    page = one.page
    page.goto(f"http://127.0.0.1:{server.port}/sparql?{urlencode({'query': query})}")
    address = page.url
    page.get_by_role("button", name="Chart").wait_for()
    assert page.get_by_role("button", name="Copy its address").count() == 1
    assert page.locator("#result .note").count() == 0
    assert (page.url, page.evaluate("scrollY"), page.evaluate("document.activeElement === document.body")) == (
        address,
        0,
        True,
    )


def test_back_to_the_page_as_it_began_shows_no_answer(one: Visit) -> None:
    page = one.open("/sparql")
    begun = page.locator("#query").input_value()
    ran(page, "ASK {}")
    page.locator("#result .lead").wait_for()
    page.go_back()
    expect(page.locator("#query")).to_have_value(begun)
    assert page.locator("#result").inner_text() == ""


def test_while_a_query_runs_the_answer_of_the_one_before_is_marked_and_cancelling_keeps_it(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "ASK {}")
    page.locator("#result .lead").wait_for()
    ran(page, ENDLESS)
    expect(page.locator("#result .note")).to_have_text("This is still the answer of the query before.")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#result .note")).to_contain_text("The last query was cancelled")
    expect(page.locator("#result .lead")).to_have_text("Yes")
    ran(page, "ASK { <urn:a> <urn:b> 1 }")
    expect(page.locator("#result .lead")).to_have_text("No")
    assert page.locator("#result .note").count() == 0
    told = [line.split("\n")[0] for line in page.locator("#history li").all_inner_texts()]
    assert [line.endswith(end) for line, end in zip(told, ("No", "cancelled", "Yes"), strict=True)] == [True] * 3


def test_an_error_is_told_once_and_kept_in_the_history(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, BAD)
    page.locator("#result .bad").wait_for()
    complaint = page.locator("#result .bad").inner_text().partition(": ")[2]
    assert page.locator("main").inner_text().count(complaint) == 1
    assert page.locator("#history li").inner_text().endswith("not answered")


@pytest.mark.parametrize("example", ["agreements-before-doctrine-change", "agreements"])
def test_running_a_question_brings_its_result_into_sight(server: Server, chrome: Browser, example: str) -> None:
    with visit(chrome, server, viewport={"width": 1280, "height": 1000}) as one:
        page = one.open(f"/sparql?example={example}")
        assert page.evaluate("scrollY") == 0
        page.locator("#run").click()
        page.locator("#result table").wait_for()
        expect(page.locator("#result h2")).to_be_focused()
        assert page.evaluate("document.querySelector('#result table').getBoundingClientRect().top") < 800


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT ?x { ?x a at:Agrement }", "at:Agrement is not used here; at:Agreement?"),
        ("ASK { ?x at:signedOm ?day }", "at:signedOm is not used here; at:signedOn?"),
        ("SELECT (COUNT(*) AS ?n) { ?x at:zzzzzzzzzzzz ?y }", "at:zzzzzzzzzzzz is not used here."),
        (
            "SELECT ?x { ?x a <https://w3id.org/aidtrace/ontology#Agrement> }",
            "at:Agrement is not used here; at:Agreement?",
        ),
    ],
)
def test_a_misspelt_name_is_told_where_nothing_is_found(one: Visit, query: str, told: str) -> None:
    page = one.open("/sparql")
    ran(page, query)
    expect(page.locator("#result .hint")).to_have_text(told)


def test_names_that_are_used_are_not_called_misspelt(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "SELECT ?x { ?x a at:Agreement ; at:signedOn '0001'^^xsd:date ; skos:broader k:accord }")
    expect(page.locator("#result .count")).to_contain_text("0 rows")
    assert page.locator("#result .hint").count() == 0


def test_what_was_asked_is_remembered_here_and_can_be_forgotten(one: Visit) -> None:
    page = one.open("/sparql")
    assert not page.locator("#history").is_visible()
    ran(page, AID)
    page.locator("#result table").wait_for()
    ran(page, "ASK {}")
    page.locator("#result .lead").wait_for()
    one.open("/sparql")
    kept = page.locator("#history li button")
    assert kept.all_inner_texts()[0] == "ASK {}"
    assert kept.count() == 2
    kept.nth(1).click()
    expect(page.locator("#query")).to_have_value(AID)
    page.get_by_role("button", name="Forget all").click()
    assert not page.locator("#history").is_visible()
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


def test_numbers_are_drawn_along_what_they_are_of(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, AID)
    page.get_by_role("button", name="Chart").click()
    page.locator("[data-drawn]").wait_for()
    assert "Financial aid under the first" in (page.locator(".drawing svg").text_content() or "")
    assert page.get_by_text("Chart of amount by flow.").is_visible()
    page.get_by_role("button", name="Table").click()
    assert page.locator("#result table").is_visible()


MIXED = "SELECT ?n { VALUES ?n { '0640' '99' 7 12 '1000' 'x' } }"


def test_rows_have_the_same_order_with_and_without_scripts(one: Visit, chrome: Browser, server: Server) -> None:
    """Numbers come first, by what they are worth; texts of digits are texts, by their letters."""
    page = one.open("/sparql")
    ran(page, MIXED)
    page.get_by_role("button", name="Sort by n").click()
    assert rows(page) == [["7"], ["12"], ["0640"], ["1000"], ["99"], ["x"]]
    with visit(chrome, server, java_script_enabled=False) as other:
        other.page.goto(f"http://127.0.0.1:{server.port}/sparql?{urlencode({'query': MIXED, 'sort': 'n'})}")
        assert other.page.locator("#result tbody td").all_inner_texts() == ["7", "12", "0640", "1000", "99", "x"]


def test_braces_in_a_label_are_shown_in_a_chart_and_its_tooltip(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "SELECT ?name ?n { VALUES (?name ?n) { ('{a|b} c' 3) } }")
    page.get_by_role("button", name="Chart").click()
    page.locator("[data-drawn]").wait_for()
    picture = page.locator(".drawing svg")
    assert "{a|b} c" in (picture.text_content() or "").replace("\u200b", "")
    picture.hover()
    expect(picture).to_contain_text("n: 3")
    assert (picture.text_content() or "").replace("\u200b", "").count("{a|b} c") == 2


def test_dates_are_drawn_as_a_timeline(one: Visit) -> None:
    page = one.open("/sparql")
    ran(
        page,
        "SELECT ?name ?day { VALUES (?name ?day) { ('one' '2000-01-01'^^xsd:date) ('two' '2001-05-03'^^xsd:date) } }",
    )
    page.get_by_role("button", name="Timeline").click()
    page.locator("[data-drawn]").wait_for()
    assert "two" in (page.locator(".drawing svg").text_content() or "")


def test_points_are_drawn_on_a_map(one: Visit) -> None:
    """Two towns of the graph and a row without a point; a text that is no point makes no map."""
    page = one.open("/sparql")
    points = "('here' 'POINT(32.85 39.92)') ('there' 'POINT(49.89 40.38)') ('nowhere' UNDEF)"
    ran(page, f"SELECT ?name ?at {{ VALUES (?name ?at) {{ {points} }} }}")
    page.get_by_role("button", name="Map").click()
    page.locator("[data-drawn]").wait_for()
    drawn = page.locator(".drawing svg").text_content() or ""
    assert [name in drawn for name in ("here", "there", "nowhere")] == [True, True, False]
    assert page.get_by_text("1 row has no value that can be drawn.").is_visible()
    ran(page, "SELECT ?name ?at { VALUES (?name ?at) { ('here' 'POINT(200 39.92)') } }")
    expect(page.get_by_role("button", name="Map")).to_have_count(0)


def test_imprecise_dates_are_drawn_and_what_is_no_date_is_left_out(one: Visit) -> None:
    """Of 1992 a box, of a day a lozenge, of an open side an arrow; a row without a date is told."""
    page = one.open("/sparql")
    dates = ["1992", "1992-08", "1994/..", "[1992..]", "../1999", "1993-02-01", "2021-24 | [2022..]"]
    values = " ".join(f"('thing {number}' '{one}')" for number, one in enumerate(dates))
    ran(page, f"SELECT ?name ?when {{ VALUES (?name ?when) {{ {values} ('undated' UNDEF) }} }}")
    page.get_by_role("button", name="Timeline").click()
    page.locator("[data-drawn]").wait_for()
    drawn = page.locator(".drawing svg").text_content() or ""
    assert [f"thing {number}" in drawn for number in range(len(dates))] == [True] * len(dates)
    assert page.get_by_text("1 row has no value that can be drawn.").is_visible()


def test_the_dates_of_a_question_are_drawn_within_their_bounds(one: Visit) -> None:
    page = one.open("/sparql?example=exercises")
    page.locator("#run").click()
    page.get_by_role("button", name="Timeline").click()
    page.locator("[data-drawn]").wait_for()
    assert "Anatolian Eagle" in (page.locator(".drawing svg").text_content() or "")


def test_what_cannot_be_drawn_offers_no_picture(one: Visit) -> None:
    page = one.open("/sparql")
    ran(page, "SELECT ?s { ?s a at:DoctrineChange }")
    page.locator("#result table").wait_for()
    assert page.get_by_role("button", name="Chart").count() == 0
    assert page.get_by_role("button", name="Timeline").count() == 0


def test_the_parameters_of_a_question_bind_it(one: Visit, server: Server) -> None:
    page = one.open("/sparql?example=agreements-before-doctrine-change")
    page.get_by_label("How surely the agreement comes before the change").select_option("certain")
    assert 'VALUES (?certainty) { ("certain") }' in page.locator("#query").input_value()
    page.get_by_role("button", name="Answer").click()
    page.locator("#result table").wait_for()
    data = server.get("/queries/agreements-before-doctrine-change?certainty=certain", JSON).content
    assert said(page).startswith(f"{len(data['results']['bindings'])} rows, complete")
    page.get_by_label("How surely the agreement comes before the change").select_option("")
    assert "VALUES (" not in page.locator("#query").input_value()


def test_keys_alone_write_a_query_run_it_and_reach_the_result(one: Visit) -> None:
    page = one.open("/sparql")

    def on(what: str) -> bool:
        found: bool = page.evaluate(
            "(what) => { let one = document.activeElement; if (one.shadowRoot) one = one.shadowRoot.activeElement;"
            " return one.matches(what); }",
            what,
        )
        return found

    def tab_to(what: str, most: int) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if on(what):
                return
        raise AssertionError(f"{what} is not reached")

    page.keyboard.press("Tab")
    assert on(".skip")
    page.keyboard.press("Enter")
    tab_to(".cm-content", 3)
    page.keyboard.press("Control+a")
    page.keyboard.type("SELECT ?s ?l { ?s a at:DoctrineChange ; rdfs:label ?l")
    page.keyboard.press("Escape")
    tab_to("#run", 3)
    page.keyboard.press("Enter")
    page.locator("#result table").wait_for()
    assert len(rows(page)) == 3
    tab_to("#result a", 3)
    tab_to("#result .wide", 12)
    tab_to("#result td a", 5)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # the head of the last column, which sorts
    page.locator("th[aria-sort='ascending']").wait_for()
    assert on("button.sort"), "sorting takes the focus away"


WINDOWS: list[dict[str, Any]] = [
    {"viewport": size, "color_scheme": scheme} for size in (DESKTOP, PHONE) for scheme in ("light", "dark")
]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: f"{one['viewport']['width']}-{one['color_scheme']}")
def test_the_editor_is_open_to_everyone_in_every_state(
    server: Server, chrome: Browser, axe: Path, window: dict[str, Any]
) -> None:
    found: dict[str, list[str]] = {}
    with visit(chrome, server, **window) as one:
        page = one.open("/sparql?example=agreements-before-doctrine-change")

        def look(state: str) -> None:
            violations = one.violations(axe)
            width, room = one.widths()
            if violations or width > room:
                found[state] = [*violations, f"{width} px wide in {room}"]

        look("at rest")
        written(page, f"{AGREEMENTS}at:")
        offered(page)
        look("with the list of completions open")
        page.keyboard.press("Escape")
        ran(page, AID)
        page.locator("#result table").wait_for()
        look("with a result")
        page.get_by_role("button", name="Chart").click()
        page.locator("[data-drawn]").wait_for()
        look("with a chart")
        ran(page, ENDLESS)
        page.locator("#result .note").wait_for()
        look("with the result of the query before")
        page.get_by_role("button", name="Cancel").click()
        ran(page, "SELECT ?x { ?x a at:Agrement }")
        page.locator("#result .hint").wait_for()
        look("with a misspelt name")
        ran(page, BAD)
        page.locator("#result .bad").wait_for()
        look("with an error")
    assert found == {}


def test_a_window_without_scripts_sees_results_and_errors_as_accessibly(
    server: Server, chrome: Browser, axe: Path
) -> None:
    with visit(chrome, server, scripts=False, viewport=PHONE) as one:
        page = one.open("/sparql?query=SELECT+%2A+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+300&sort=s")
        assert page.locator("#result tbody tr").count() == 100
        assert one.violations(axe) == []
        page.goto(f"http://127.0.0.1:{server.port}/sparql?query=ASK+%7B+%29+%7D")
        assert page.locator("#result mark").inner_text() == ")"
        assert one.violations(axe) == []
        width, room = one.widths()
        assert width <= room

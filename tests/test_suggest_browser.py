"""Suggestions while one types, in a real browser, with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsers import PHONE, node_modules, visit
from playwright.sync_api import expect
from servers import Server, running
from test_search import wait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        wait(one)
        yield one


def test_a_thing_is_reached_from_any_page_by_keys_alone(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/shapes/Agreement-parties")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "find":
                break
        page.keyboard.type("igdir")
        field, options = page.locator("#find"), page.locator("#find-list [role=option]")
        expect(options.first).to_have_text("Iğdır")
        expect(field).to_have_attribute("aria-expanded", "true")
        count = options.count()
        expect(page.locator("header [role=status]")).to_have_text(f"Suggestions: {count}")
        page.keyboard.press("ArrowUp")
        expect(options.last).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#find-list [aria-selected=true]")).to_have_count(0)
        page.keyboard.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "none")
        page.keyboard.press("Enter")
        page.wait_for_url("**/page/place/igdir")
        assert (one.errors, one.outside) == ([], [])


def test_escape_closes_and_enter_without_a_choice_searches(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/search")
        page.locator("#q").focus()
        page.keyboard.type("Ankara")
        listed = page.locator("#q-list")
        expect(listed).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        expect(listed).to_be_hidden()
        expect(page.locator("#q")).to_have_value("Ankara")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=Ankara")
        assert "found" in page.locator("main [role=status]").last.inner_text()


@pytest.mark.parametrize("typed", ["ıgdir", "Igdır", "IĞDIR", "igdir", "Iğdır"])
def test_letters_of_any_keyboard_find_the_place(server: Server, chrome: Browser, typed: str) -> None:
    with visit(chrome, server) as one:
        page = one.open("/search")
        page.locator("#q").fill(typed)
        expect(page.locator("#q-list [role=option]").first).to_have_text("Iğdır")


def test_nothing_found_is_said(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/search")
        page.locator("#q").fill("zzzz")
        expect(page.locator("main .suggest [role=status]")).to_have_text("No suggestions")
        expect(page.locator("#q-list")).to_be_hidden()


def test_an_answer_that_comes_late_is_not_shown(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/search")
        held = []
        page.route("**/search/suggest?q=Ank*", lambda route: held.append(route))
        page.locator("#q").fill("Ank")
        page.wait_for_timeout(400)
        assert len(held) == 1
        page.locator("#q").fill("Iğdır")
        expect(page.locator("#q-list [role=option]").first).to_have_text("Iğdır")
        held[0].continue_()
        page.wait_for_timeout(300)
        expect(page.locator("#q-list [role=option]").first).to_have_text("Iğdır")


def test_open_suggestions_shut_nobody_out(
    server: Server, chrome: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    axe = node_modules(tmp_path_factory.getbasetemp()) / "node_modules" / "axe-core" / "axe.min.js"
    for window in ({"color_scheme": "light"}, {"color_scheme": "dark", "viewport": PHONE}):
        with visit(chrome, server, **window) as one:
            page = one.open("/search")
            page.locator("#find").fill("Azerbaijan")
            expect(page.locator("#find-list")).to_be_visible()
            page.locator("#find").press("ArrowDown")
            assert one.violations(axe) == []
            width, room = one.widths()
            assert width <= room


def test_without_scripts_the_field_is_a_plain_form(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, java_script_enabled=False) as one:
        page = one.open("/")
        assert page.locator("[role=combobox]").count() == 0
        page.locator("#find").fill("Baku")
        page.locator("#find").press("Enter")
        page.wait_for_url("**/search?q=Baku")

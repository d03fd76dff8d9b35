"""Every page in a real browser: wide and narrow, light and dark, with scripts and without."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from browsers import DESKTOP, PHONE, browser, node_modules, visit
from playwright.sync_api import sync_playwright
from servers import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PAGES = [
    "/",
    "/browse",
    "/browse/Agreement",
    "/page/flow/1999-military-financial-aid",
    "/page/actor/azerbaijan",
    "/queries",
    "/queries/agreements-before-doctrine-change",
    "/search",
    "/search?q=Ankara",
    "/shapes",
    "/shapes/Agreement-parties",
    "/sparql",
    "/sparql?example=agreements-before-doctrine-change",
    "/sparql?query=SELECT+%2A+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+300&sort=s&from=100",
    "/trace",
    "/corroboration",
]
WINDOWS: list[dict[str, Any]] = [
    {"viewport": size, "color_scheme": scheme, "scripts": scripts}
    for size, scheme, scripts in product((DESKTOP, PHONE), ("light", "dark"), (True, False))
]


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright, browser(playwright) as one:
        yield one


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node_modules(tmp_path_factory.getbasetemp()) / "node_modules" / "axe-core" / "axe.min.js"


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
            violations = one.violations(axe)
            width, room = one.widths()
            if violations or width > room:
                found[path] = [*violations, *([f"{width} px wide in {room}"] if width > room else [])]
        assert found == {}
        assert (one.errors, one.outside) == ([], [])

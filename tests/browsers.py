"""A real browser under test: Debian's Chromium, driven by Playwright, and axe-core, which looks for what shuts out."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from servers import Server

WEB = ROOT / "web"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    """Return where Chromium is, or skip the test."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium here (Debian: chromium)")
    return found


@lru_cache(maxsize=1)
def node_modules(place: Path) -> Path:
    """Install what ``web/package-lock.json`` locks into a copy of ``web/`` in *place*, or skip; return the copy."""
    if not shutil.which("npm"):
        pytest.skip("no npm here (Debian: nodejs, npm)")
    copy = place / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(["npm", "ci"], cwd=copy, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm cannot install here: {done.stderr.strip().splitlines()[-1:]}")
    return copy


@dataclass
class Visit:
    """A page in the browser, and what went wrong on it: console errors, and requests to other hosts."""

    page: Page
    server: Server
    scripts: bool = True
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to *path*, which answers with *status*, and wait until its scripts have made it what it is to be."""
        answer = self.page.goto(f"http://127.0.0.1:{self.server.port}{path}")
        assert answer, path
        assert answer.status == status, f"{path}: {answer.status}"
        if self.scripts:
            self.page.locator("[data-script]:not([data-ready])").first.wait_for(state="detached")
        return self.page

    def violations(self, axe: Path) -> list[str]:
        """Return what axe-core finds on the page as it is now, one line each."""
        self.page.evaluate(axe.read_text("utf-8"))
        options = {"runOnly": {"type": "tag", "values": _RULES}}
        found: dict[str, Any] = self.page.evaluate(f"axe.run(document, {json.dumps(options)})")
        return [
            f"{one['id']} ({one['impact']}): {node['target']}: {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def widths(self) -> tuple[int, int]:
        """Return the width of the page and of the window: a page that is wider has to be scrolled sideways."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        window: int = self.page.evaluate("window.innerWidth")
        return width, window


@contextmanager
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium; as root it has no sandbox of its own."""
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    one = playwright.chromium.launch(executable_path=chromium(), args=options)
    try:
        yield one
    finally:
        one.close()


@contextmanager
def visit(one: Browser, server: Server, *, scripts: bool = True, **options: Any) -> Iterator[Visit]:
    """Open a window on *server*; *options* are those of a browser context (``color_scheme``, ``viewport``, …).

    Without *scripts* each comes empty: axe-core, which is a script too, cannot run where the browser runs none.
    """
    context: BrowserContext = one.new_context(**{"viewport": DESKTOP, "accept_downloads": True, **options})
    context.set_default_timeout(60_000)  # a slow machine is no fault
    found = Visit(context.new_page(), server, scripts and options.get("java_script_enabled", True))
    if not scripts:
        found.page.route("**/*.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    own = f"http://127.0.0.1:{server.port}/"
    found.page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    outside = ("data:", "blob:", own)
    found.page.on("request", lambda asked: None if asked.url.startswith(outside) else found.outside.append(asked.url))
    try:
        yield found
    finally:
        context.close()

"""What a reader waits for: each page in a real browser, as it is here and as on a middling telephone.

Run it with ``make benchmark-browser``. The telephone is the one that Lighthouse emulates: a processor four times
slower, 150 ms there and back, 1.6 Mbit/s. The figures are the browser's own (Navigation Timing, Paint Timing, Largest
Contentful Paint, Layout Instability); bytes are those that came over the wire, headers left out.
"""

import os
import platform
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peers import aidtrace
from playwright.sync_api import Browser, sync_playwright

ROUNDS = 3
PAGES = (
    "/",
    "/timeline",
    "/aid",
    "/mechanism",
    "/map",
    "/tests",
    "/sources",
    "/page/actor/turkiye",
    "/browse/Agreement",
    "/sparql",
    "/validate",
)
_TELEPHONE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
_SLOWER = 4
_WATCHED = """
window.seen = { painted: 0, shifted: 0 };
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("largest-contentful-paint", (one) => { seen.painted = one.startTime; });
watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.shifted += one.value; });
"""
_FIGURES = """() => {
  const [page] = performance.getEntriesByType("navigation"), rest = performance.getEntriesByType("resource");
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    server: page.responseStart - page.requestStart,
    first: first ? first.startTime : 0,
    largest: seen.painted,
    loaded: page.loadEventEnd,
    shifted: seen.shifted,
    bytes: [page, ...rest].reduce((sum, one) => sum + one.encodedBodySize, 0),
    requests: 1 + rest.length,
  };
}"""


@dataclass(frozen=True)
class Device:
    """How a page is looked at."""

    name: str
    size: dict[str, int]
    slow: bool


DEVICES = (
    Device("desktop", {"width": 1280, "height": 900}, slow=False),
    Device("telephone", {"width": 390, "height": 844}, slow=True),
)


def main() -> None:
    """Print a table for each device."""
    found = shutil.which("chromium")
    if not found:
        raise SystemExit("no Chromium here (Debian: chromium)")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = str(Path(sys.executable).with_name("aidtrace"))
    with (
        tempfile.TemporaryDirectory() as place,
        aidtrace(command, Path(place)) as peer,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=options)
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Chromium {browser.version}"
        print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, medians of {ROUNDS}, nothing kept from before")
        for device in DEVICES:
            print(f"\n{device.name}\n")
            print("| page | server ms | first paint ms | largest paint ms | loaded ms | shifted | KB | requests |")
            print("|---|---|---|---|---|---|---|---|")
            for path in PAGES:
                print(f"| {path} | {_row(browser, f'http://127.0.0.1:{peer.port}{path}', device)} |")
        browser.close()


def _row(browser: Browser, address: str, device: Device) -> str:
    visits = [_visit(browser, address, device) for _ in range(ROUNDS)]
    found = {name: statistics.median(one[name] for one in visits) for name in visits[0]}
    times = (f"{found[name]:.0f}" for name in ("server", "first", "largest", "loaded"))
    return " | ".join([*times, f"{found['shifted']:.3f}", f"{found['bytes'] / 1e3:.0f}", f"{found['requests']:.0f}"])


def _visit(browser: Browser, address: str, device: Device) -> dict[str, float]:
    context = browser.new_context(viewport=device.size)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.add_init_script(_WATCHED)
        if device.slow:
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", _TELEPHONE)
            session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        answer = page.goto(address)
        if not answer or not answer.ok:
            raise SystemExit(f"{address}: {answer and answer.status}")
        page.wait_for_selector("html:not(:has([data-script]:not([data-ready])))", state="attached")
        page.wait_for_timeout(300)
        figures: dict[str, Any] = page.evaluate(_FIGURES)
        return figures
    finally:
        context.close()


if __name__ == "__main__":
    main()

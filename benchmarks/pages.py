"""How long a page takes to make, that of a thing which ten thousand name included, and a search in a million names.

Run it with ``make benchmark-pages``. Names are made of syllables, so that many begin alike.
"""

import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from peers import TOKEN, Peer, aidtrace

from aidtrace.namespaces import ID
from aidtrace.searching import search
from aidtrace.searching.index import fill, order
from aidtrace.searching.texts import NAME, Row

ROUNDS, NAMES, NAMING = 21, 1_000_000, 10_000
SYLLABLES = [
    "ka",
    "ra",
    "bakh",
    "shu",
    "sha",
    "an",
    "kara",
    "iz",
    "mir",
    "bur",
    "sa",
    "lan",
    "den",
    "go",
    "ri",
    "te",
    "vi",
    "lo",
    "mu",
    "ne",
]
SEARCHED = ("k", "kara", "shusha", "karabakh mir", "mirbur 99", "te lo mu", "zzz", "987654")
PAGES = ("/", "/browse", "/browse/Agreement", "/page/actor/turkiye", "/page/actor/hub", "/search?q=shusha")


def main() -> None:
    """Print two tables."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, medians of {ROUNDS}\n")
    with tempfile.TemporaryDirectory() as place:
        _search(Path(place) / "names.sqlite")
        _pages(Path(place))


def _search(path: Path) -> None:
    chosen = random.Random(1)

    def name(number: int) -> str:
        words = ["".join(chosen.choices(SYLLABLES, k=chosen.randint(2, 4))) for _ in range(chosen.randint(2, 4))]
        return " ".join([*words, str(number)]).title()

    rows = sorted(Row(NAME, f"x/{number}", name(number), True) for number in range(NAMES))
    begun = time.perf_counter()
    with closing(sqlite3.connect(path)) as database:
        fill(database, sorted(rows, key=order))
    taken, size = time.perf_counter() - begun, path.stat().st_size / 1e6
    print(
        f"An index of {NAMES:,} names is made in {taken:.0f} s and takes {size:.0f} MB.\n\n| searched | ms |\n|---|---|"
    )
    for text in SEARCHED:
        print(f"| {text} | {_median(partial(search, path, text, 50)) * 1e3:.1f} |")


def _pages(place: Path) -> None:
    token = place / "token"
    token.write_text(f"{TOKEN} write\n")
    options = ("--store", str(place / "store"), "--token-file", str(token), "--no-gate")
    hub = f"<{ID.iri}actor/hub>"
    naming = f"{hub} <urn:p> 1 .\n" + "\n".join(f"<{ID.iri}event/e{one}> <urn:p> {hub} ." for one in range(NAMING))
    with aidtrace(str(Path(sys.executable).with_name("aidtrace")), place / "cache", *options) as peer:
        _ask(peer, "/graph/hub", "PUT", naming.encode())
        time.sleep(3)  # until what follows the revision is made
        print("\n| page | ms | KB |\n|---|---|---|")
        for path in PAGES:
            size = len(_ask(peer, path)) / 1e3
            print(f"| {path} | {_median(partial(_ask, peer, path)) * 1e3:.1f} | {size:.0f} |")


def _ask(peer: Peer, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
    headers = {"Accept": "text/html", "Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
    with closing(HTTPConnection("127.0.0.1", peer.port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise SystemExit(f"{path}: {response.status} {content[:200]!r}")
    return content


def _median(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    main()

"""What our layer costs in front of an engine: the same queries asked of the engine and through us, in turn, in one run.

Run it with ``python benchmarks/remote.py``; the engines are those of ``tests/engines.py``. No answer is kept, so that
each is the engine's own.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import engines  # noqa: E402
from servers import FORM, JSON, running  # noqa: E402

from aidtrace.building import built  # noqa: E402
from aidtrace.cache import cache_folder  # noqa: E402
from aidtrace.project import Project  # noqa: E402

ROUNDS = 300
EXPORT = [sys.executable, "-m", "aidtrace", "export", "--format", "nquads", "--out"]
QUERIES = {
    "ASK {}": "ASK {}",
    "a thing (20 rows)": "SELECT ?p ?o { <https://w3id.org/aidtrace/id/actor/azerbaijan> ?p ?o } LIMIT 20",
    "labels (1000 rows)": "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } LIMIT 1000",
}


def main(names: list[str]) -> None:
    """Print a table for each engine that is there."""
    cache = cache_folder()
    built(Project(ROOT), cache)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, medians of {ROUNDS}, in turn\n")
    print("| engine | query | engine alone | through us | more |\n|---|---|---|---|---|")
    for name in names:
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            dump = place / "all.nq"
            subprocess.run([*EXPORT, dump], check=True, stdout=subprocess.DEVNULL)
            engine = stack.enter_context(getattr(engines, name)(place, dump))
            front = stack.enter_context(running(cache, "--store-file", str(engine.file(place))))
            direct = urlsplit(str(engine.settings["query"]).replace("-auth", ""))
            alone = HTTPConnection(direct.netloc)
            through = HTTPConnection("127.0.0.1", front.port)
            for what, query in QUERIES.items():
                asked = (_asking(alone, direct.path, query), _asking(through, "/sparql", query))
                for one in asked * 20:
                    one()
                times = [[one() for one in asked] for _ in range(ROUNDS)]
                first, second = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
                more = statistics.median((b - a) * 1e3 for a, b in times)
                print(f"| {name} | {what} | {first:.2f} ms | {second:.2f} ms | {more:.2f} ms |")


def _asking(connection: HTTPConnection, path: str, query: str) -> Callable[[], float]:
    body, headers = urlencode({"query": query}), {"Content-Type": FORM, "Accept": JSON}

    def ask() -> float:
        begun = time.perf_counter()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        return time.perf_counter() - begun

    return ask


if __name__ == "__main__":
    main(sys.argv[1:] or ["oxigraph", "fuseki", "virtuoso"])

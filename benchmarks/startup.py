"""How long the commands take from start to end, as medians of whole processes and as ratios to ``python -c pass``.

Run it with ``make benchmark``. The machine and the date are printed with the figures, since they mean little
without them. Nothing here is a test: a slow machine is not a fault.
"""

import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

PYTHON = sys.executable
AIDTRACE = str(Path(PYTHON).with_name("aidtrace"))
RUNS = 9
SLOWEST = 3


def main() -> None:
    """Print one line for each command: its median in seconds, and how many times ``python -c pass`` that is."""
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )
    with tempfile.TemporaryDirectory() as cache:
        os.environ["AIDTRACE_CACHE"] = cache
        unit = _median(lambda: _command(PYTHON, "-c", "pass"))
        build = _median(lambda: _fresh_build(cache), 3)
        figures = {
            "python -c pass": unit,
            "aidtrace --help": _median(lambda: _command(AIDTRACE, "--help")),
            "aidtrace build": build,
            "aidtrace query agreements": _median(lambda: _command(AIDTRACE, "query", "agreements")),
            **dict(_queries()[:SLOWEST]),
            "aidtrace questions": _median(lambda: _command(AIDTRACE, "questions"), 3),
            "aidtrace validate": _median(lambda: _command(AIDTRACE, "validate"), 3),
            "aidtrace serve, first answer": _median(_first_answer, 5),
        }
    for name, seconds in figures.items():
        print(f"{name:46}{seconds:8.3f} s {seconds / unit:8.1f} x")


def _queries() -> list[tuple[str, float]]:
    """Time every named query, slowest first."""
    names = sorted(path.stem for path in Path("queries").glob("*.rq"))
    timed = [(f"aidtrace query {name}", _median(partial(_command, AIDTRACE, "query", name))) for name in names]
    return sorted(timed, key=lambda pair: -pair[1])


def _median(run: Callable[[], float], runs: int = RUNS) -> float:
    return statistics.median(run() for _ in range(runs))


def _command(*command: str) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begun


def _fresh_build(cache: str) -> float:
    with tempfile.TemporaryDirectory() as fresh:
        os.environ["AIDTRACE_CACHE"] = fresh
        seconds = _command(AIDTRACE, "build")
    os.environ["AIDTRACE_CACHE"] = cache
    _command(AIDTRACE, "build")
    return seconds


def _first_answer() -> float:
    """Time from the start of the server to the last byte of the first answer over HTTP."""
    begun = time.perf_counter()
    with _server() as port:
        while True:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/queries/agreements", headers={"Accept": "text/csv"})
                connection.getresponse().read()
                return time.perf_counter() - begun
            except ConnectionError:
                time.sleep(0.005)


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [AIDTRACE, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

"""Things that tests share: the project, its store, and a command line that runs in a cache of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache as remembered
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from pyoxigraph import Store

from aidtrace.building import built
from aidtrace.project import Project
from aidtrace.store import open_built, read_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from servers import Server

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

settings.register_profile("untimed", deadline=None)  # how long an example takes is measured in benchmarks/
settings.load_profile("untimed")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)


@pytest.fixture(scope="session")
def memory(project: Project) -> Store:
    return read_store(project)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def folder(project: Project, cache: Path) -> Path:
    return built(project, cache)


@pytest.fixture(scope="session")
def store(folder: Path) -> Store:
    return open_built(folder)


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator["Server"]:
    """A server of the project's own data for the tests of one module; what needs options starts one of its own."""
    from servers import running

    with running(cache) as one:
        yield one


@pytest.fixture(scope="session")
def aidtrace(cache: Path) -> Run:
    """Run the command line as a person would, and return what it printed."""

    def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "aidtrace", *map(str, arguments)]
        environment = {**os.environ, "AIDTRACE_CACHE": str(cache), "COLUMNS": "100"}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)

    return run


@pytest.fixture(scope="session")
def release(aidtrace: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("published") / "release"
    done = aidtrace("publish", place)
    assert (done.returncode, done.stderr) == (0, "")
    return place


@pytest.fixture(scope="session")
def dump(release: Path) -> Path:
    """All graphs of a release, as others load them."""
    return release / "aidtrace.nq.gz"


@pytest.fixture(scope="session")
def memory_of(cache: Path) -> Callable[..., int]:
    """Run the command line to its end, and return the most memory that its process held, in KiB."""

    def run(*arguments: str | Path) -> int:
        command = [sys.executable, "-m", "aidtrace", *map(str, arguments)]
        environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
        process, peak = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL), 0
        while process.poll() is None:
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            peak = max(peak, int(found[1])) if found else peak
            time.sleep(0.02)
        assert process.returncode == 0
        assert peak > 0
        return peak

    return run


@pytest.fixture(scope="module")
def queries_parsed_once() -> Iterator[None]:
    """PySHACL hands every focus node's query to the parser anew, which is nearly all of its time."""
    from rdflib.plugins.sparql import processor
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    @remembered
    def translated(text: str) -> Any:
        return translateQuery(parseQuery(text))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor, "parseQuery", lambda text: text)
        patch.setattr(processor, "translateQuery", lambda text, *_: translated(text))
        yield


@pytest.fixture(scope="session")
def article() -> Path:
    path = SHARED / "source" / "article.txt"
    if not path.is_file():
        pytest.skip("the article's text is not beside this checkout (../shared/source/article.txt)")
    return path


@pytest.fixture(scope="session")
def site() -> Path:
    """The documentation, built where the server looks for it; a warning is an error."""
    build = [sys.executable, str(ROOT / "docs" / "site" / "build.py"), str(ROOT / "build" / "docs")]
    done = subprocess.run(build, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return ROOT / "build" / "docs"


@pytest.fixture(scope="module")
def chrome() -> Iterator["Browser"]:
    """A browser for the tests of one module: while it runs, no other loop can in its thread."""
    from browsers import browser
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, browser(playwright) as one:
        yield one


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of axe-core, installed once."""
    from browsers import node_modules

    return node_modules(tmp_path_factory.getbasetemp()) / "node_modules" / "axe-core" / "axe.min.js"

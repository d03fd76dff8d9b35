"""The commands of the README and the docs run from top to bottom, and print what the page shows."""

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, Run
from servers import Server, running, start

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A file that the reader is to write: its name stands beside the language of the block."""
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SHOWN_PORT = ":8000"
DATASETS = ROOT.parent / "shared" / "datasets"
DOWNLOADS = {"UcdpPrioConflict_v25_1.csv": ("ucdp/ucdp-prio-acd-251.csv.gz", "ucdp-acd/sample.csv")}
"""Files that a page has the reader fetch: where the real one lies, and an invented one."""

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the docs show curl, which is not here")


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """Return the commands of *page*, each with the lines that it is said to print."""
    found = COMMAND.findall("".join(BLOCK.findall(page.read_text("utf-8"))))
    return [(command, shown.splitlines()) for command, shown in found]


@dataclass
class Reader:
    """Someone at a shell in *folder* who types what a page shows; a server that is started replaces the last one."""

    folder: Path
    cache: Path
    shell: subprocess.Popen[str]
    server: Server | None = None

    def type(self, command: str) -> tuple[int, str]:
        """Run *command* and return its exit code and what it printed."""
        if command == "make serve" or command.startswith("aidtrace serve"):
            return 0, self.serve(shlex.split(command)[2:])
        assert self.shell.stdin
        assert self.shell.stdout
        self.shell.stdin.write(f"{self.here(command)}\nprintf '\\n%s %s\\n' END-OF-COMMAND $?\n")
        self.shell.stdin.flush()
        printed = ""
        for line in self.shell.stdout:
            if line.startswith("END-OF-COMMAND "):
                return int(line.split()[1]), printed
            printed += line
        raise AssertionError(f"the shell ended in: {command}\n{printed}")

    def serve(self, options: list[str]) -> str:
        """Start a server and return the line that it begins with."""
        self.leave()
        self.server = start(self.cache, *options, cwd=self.folder, log=self.folder / "log")
        return self.server.log.read_text("utf-8")

    def here(self, text: str) -> str:
        """Put the port of the server that runs in place of the one that the pages show."""
        return text.replace(SHOWN_PORT, f":{self.server.port}") if self.server else text

    def leave(self) -> None:
        """Stop the server."""
        if self.server:
            self.server.stop()


@pytest.fixture
def reader(tmp_path: Path, cache: Path, folder: Path) -> Iterator[Reader]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache), "COLUMNS": "100", "PYTHON": sys.executable, "PATH": path}
    shell = subprocess.Popen(
        ["bash", "--norc"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    one = Reader(tmp_path, cache, shell)
    one.type('aidtrace() { "$PYTHON" -m aidtrace "$@"; }')
    try:
        yield one
    finally:
        one.leave()
        shell.communicate(timeout=10)


def files(page: Path) -> dict[str, str]:
    """Return the files that *page* has the reader write."""
    return dict(FILE.findall(page.read_text("utf-8")))


def download(name: str, folder: Path) -> bool:
    """Put the file *name* into *folder*; where the real one is not here, an invented one, and return False."""
    real, sample = DOWNLOADS[name]
    if (DATASETS / real).is_file():
        (folder / name).write_bytes(gzip.decompress((DATASETS / real).read_bytes()))
        return True
    shutil.copy(ROOT / "tests" / "importers" / sample, folder / name)
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_print_what_it_shows(page: Path, reader: Reader) -> None:
    if "$ oxigraph " in page.read_text("utf-8") and not reader.type("type oxigraph")[1].startswith("oxigraph is /"):
        pytest.skip("oxigraph is not installed (PyPI `oxigraph`)")
    absent = [name for name in DOWNLOADS if name in page.read_text("utf-8") and not download(name, reader.folder)]
    for name, text in files(page).items():
        (reader.folder / name).write_text(text, "utf-8")
    for command, shown in commands(page):
        code, printed = reader.type(command)
        assert code == 0, f"{command}\n{printed}"
        if absent and "merged" in command:
            continue
        lines = iter([line.rstrip() for line in printed.splitlines()])
        for line in shown:
            expected = as_pattern(reader.here(line))
            assert any(expected.fullmatch(found) for found in lines), f"{command}\n{line}\nis not in\n{printed}"
    if absent:
        pytest.skip(f"{absent[0]} is not here: what an invented table gives in its place was not compared")


RML = INTEGRATORS = ROOT / "docs" / "integrators.md"


def test_the_federated_query_gives_what_the_slice_gives(cache: Path, tmp_path: Path) -> None:
    """A server of our own stands in for Wikidata."""
    written = files(INTEGRATORS)
    with running(cache, "--empty", token="x" * 40) as wikidata:
        put = wikidata.get("/data?default", method="PUT", body=written["slice.ttl"].encode(), kind="text/turtle")
        assert put.status in (201, 204)
        there = f"127.0.0.1:{wikidata.port}"
        query = written["federated.rq"].replace("https://query.wikidata.org/sparql", f"http://{there}/sparql")
        with running(cache, "--allow-service", there) as server:
            rows = server.rows(query)
    assert rows == [
        {"label": "Azerbaijan", "capital": "http://www.wikidata.org/entity/Q9248"},
        {"label": "Türkiye", "capital": "http://www.wikidata.org/entity/Q3640"},
    ]


def test_an_rml_engine_makes_the_same_triples(tmp_path: Path, aidtrace: Run) -> None:
    """The recipe, in an environment of its own; skipped where no package index can be reached."""
    [recipe] = re.findall(r"^```sh\n(.*?)^```$", RML.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for name, text in files(RML).items():
        (tmp_path / name).write_text(text, "utf-8")
    make, install, run = recipe.splitlines()
    subprocess.run(make.replace("python3", sys.executable), shell=True, cwd=tmp_path, check=True)
    installed = subprocess.run(install, shell=True, cwd=tmp_path, capture_output=True, text=True)
    if installed.returncode and "Could not find a version" in installed.stderr:
        pytest.skip(f"no package index can be reached: {installed.stderr.splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    subprocess.run(run, shell=True, cwd=tmp_path, check=True, capture_output=True)
    ours = aidtrace("import", "--mapping", "visits.rq", "visits.csv", cwd=tmp_path).stdout
    theirs = (tmp_path / "visits-rml.nt").read_text("utf-8")
    assert sorted(theirs.splitlines()) == sorted(ours.splitlines())
    assert len(ours.splitlines()) == 17


def as_pattern(shown: str) -> re.Pattern[str]:
    """Let an ellipsis stand for anything."""
    return re.compile(".*".join(re.escape(part) for part in shown.rstrip().split("…")))


def test_the_operators_page_tells_of_every_option_and_of_no_other(aidtrace: Run) -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    told = "".join(line for line in page.splitlines() if line.startswith("| `--"))
    options = set(re.findall(r"--[a-z-]+", aidtrace("serve", "--help").stdout)) - {"--help"}
    assert set(re.findall(r"--[a-z-]+", told)) == options


def test_an_ellipsis_stands_for_anything_and_nothing_else_does() -> None:
    assert as_pattern('{"a": …}').fullmatch('{"a": 1, "b": 2}')
    assert not as_pattern('{"a": 1.}').fullmatch('{"a": 12}')


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_every_page_shows_a_command(page: Path) -> None:
    assert commands(page)

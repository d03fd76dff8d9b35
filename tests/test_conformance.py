"""The W3C's own suites against a running server; they lie beside the checkout, not in it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SHARED
from servers import TOKEN, Server, running

SHAPES = SHARED / "conformance" / "data-shapes" / "data-shapes-test-suite" / "tests"
SUITE, TOOLS = SHARED / "conformance" / "rdf-tests", SHARED / "tools" / "conformance"

pytestmark = pytest.mark.skipif(
    not (SUITE.is_dir() and TOOLS.is_dir()),
    reason="the W3C suites are not beside this checkout (../shared/conformance, ../shared/tools/conformance)",
)

REFUSED = {
    "sparql11/update-silent#load-silent",  # LOAD SILENT of an address: refused, silent or not
    "sparql11/update-silent#load-into-silent",
}
"""Tests that fail because they ask for what is refused; the seven of SERVICE are left out by --skip-service."""


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache, "--empty", token=TOKEN) as one:
        yield one


def harness(server: Server, folder: Path, script: str, *options: str) -> str:
    address = f"http://127.0.0.1:{server.port}"
    command = [sys.executable, "-B", str(TOOLS / script), "--suite", str(SUITE), "--query", f"{address}/sparql"]
    command += ["--update", f"{address}/sparql", "--gsp", f"{address}/data"]
    command += ["--header", f"Authorization: Bearer {TOKEN}", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert "all " in done.stdout, done.stdout + done.stderr
    return done.stdout


def test_the_protocol_and_the_graph_store_pass_whole(server: Server, tmp_path: Path) -> None:
    direct = f"http://127.0.0.1:{server.port}/graph"
    told = harness(server, tmp_path, "protocol_suite.py", "--direct", direct, "--post-create", "-v")
    failed = [line for line in told.splitlines() if line.startswith(("fail ", "error "))]
    assert failed == []
    assert "139    139" in told


def test_sparql_fails_only_where_the_engine_does_or_where_it_is_refused(server: Server, tmp_path: Path) -> None:
    known = str(TOOLS / "known" / "pyoxigraph-sparql.txt")
    options = ["--target", "http", "--versions", "11", "--skip-service", "--known", known]
    told = harness(server, tmp_path, "sparql_suite.py", *options)
    new = {line.split()[-1] for line in told.splitlines() if line.startswith("NEW FAILURE")}
    assert new == REFUSED


@pytest.mark.skipif(
    not shutil.which("curl"), reason="the harness of the SHACL suite sends its documents with curl, which is not here"
)
def test_the_shacl_suite_passes_whole_by_post(server: Server, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{server.port}/validations"
    parts = "-F data=@{data} -F shapes=@{shapes} -F base={base}"
    send = f"curl -sf -H 'Accept: text/turtle' {parts} {address}"
    command = [sys.executable, "-B", str(TOOLS / "shacl_suite.py"), "--tests", str(SHAPES), "--cmd", send]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    [total] = [line.split() for line in done.stdout.splitlines() if line.startswith("total")]
    assert total[1:4] == ["120", "120", "120"], done.stdout

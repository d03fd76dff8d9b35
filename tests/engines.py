"""SPARQL engines under test: real servers on free ports of loopback, filled from a dump, stopped by their process.

An engine that is not there is skipped, and the test says why; where CI is set, it fails.
`make engines` fetches Fuseki's archive, with Maven.
"""

import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from conftest import ROOT
from servers import free_port

UNION = "urn:aidtrace:union"
SECONDS = 120
LOAD = ROOT / "deploy/virtuoso/load.sql"
UNITE = """
INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } FILTER (?g != <https://w3id.org/aidtrace/graph/shapes>) }
"""


@dataclass
class Engine:
    """A running engine, and what the file of ``--store-file`` says of it."""

    name: str
    process: subprocess.Popen[bytes]
    settings: dict[str, str | bool] = field(default_factory=dict)

    def file(self, folder: Path, **more: str | bool) -> Path:
        """Write the file of ``--store-file``."""
        return written(folder, {**self.settings, **{key.replace("_", "-"): value for key, value in more.items()}})

    def ask(self, method: str, address: str, body: bytes = b"", kind: str = "", accept: str = "*/*") -> bytes:
        """Ask the engine itself."""
        parts = urlsplit(address)
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        with closing(HTTPConnection(parts.netloc, timeout=SECONDS)) as connection:
            connection.request(method, parts._replace(scheme="", netloc="").geturl(), body, headers)
            response = connection.getresponse()
            content = response.read()
        assert response.status < 300, (self.name, response.status, content[:300])
        return content

    def update(self, text: str) -> None:
        self.ask("POST", str(self.settings["update"]), text.encode(), "application/sparql-update")


def written(folder: Path, settings: Mapping[str, str | bool]) -> Path:
    """Write *settings* as a file of ``--store-file``."""
    path = folder / f"engine-{time.monotonic_ns()}.toml"
    path.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in settings.items()))
    return path


def _toml(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def _found(name: str) -> str | None:
    """Return where a program is: beside the interpreter, or on the path."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def _missing(why: str) -> NoReturn:
    """Skip a test whose engine is not there; in continuous integration that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _fill(engine: Engine, dump: Path) -> None:
    """Load a dump of N-Quads whole, and make the default graph of the graphs that a query without GRAPH sees."""
    engine.ask("POST", str(engine.settings["graph-store"]), _quads(dump), "application/n-quads")
    engine.update(UNITE)


def _quads(dump: Path) -> bytes:
    return gzip.decompress(dump.read_bytes()) if dump.suffix == ".gz" else dump.read_bytes()


@contextmanager
def _process(command: list[str], ready: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / "engine.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env={**os.environ, **environment})
    try:
        parts = urlsplit(ready)
        for _ in range(SECONDS * 10):
            assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            try:
                with closing(HTTPConnection(parts.netloc, timeout=5)) as connection:
                    connection.request("GET", f"{parts.path}?query=ASK%7B%7D")
                    if connection.getresponse().status < 500:
                        break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            raise AssertionError(f"{command[0]} did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def oxigraph(folder: Path, dump: Path | None, port: int = 0, *more: str) -> Iterator[Engine]:
    """Start ``oxigraph serve``."""
    program = _found("oxigraph")
    if program is None:
        _missing("oxigraph is not installed (PyPI `oxigraph`)")
    port = port or free_port()
    here = f"http://127.0.0.1:{port}"
    with _process([program, "serve", "--bind", f"127.0.0.1:{port}", *more], f"{here}/query", folder) as process:
        settings: dict[str, str | bool] = {
            "query": f"{here}/query",
            "update": f"{here}/update",
            "graph-store": f"{here}/store",
            "default-graph": "kept",
        }
        engine = Engine("oxigraph", process, settings)
        if dump:
            _fill(engine, dump)
        yield engine


@contextmanager
def fuseki(folder: Path, dump: Path | None) -> Iterator[Engine]:
    """Start Apache Jena Fuseki with a data set in memory."""
    jars = sorted((ROOT / ".engines").glob("jena-fuseki-server-*.jar"))
    if not jars or _found("java") is None:
        _missing("no Fuseki here (`make engines` fetches it, with Maven), or no java on the path")
    port = free_port()
    here = f"http://127.0.0.1:{port}/ds"
    options = ["--mem", "--update", "--localhost", "--port", str(port), "/ds"]
    with _process(["java", "-Xmx1g", "-jar", str(jars[-1]), *options], f"{here}/query", folder) as process:
        settings: dict[str, str | bool] = {
            "query": f"{here}/query",
            "update": f"{here}/update",
            "graph-store": f"{here}/data",
            "default-graph": "kept",
        }
        engine = Engine("fuseki", process, settings)
        if dump:
            _fill(engine, dump)
        yield engine


@contextmanager
def virtuoso(folder: Path, dump: Path | None, rows: int = 1 << 30) -> Iterator[Engine]:
    """Start Virtuoso, whose answers have at most so many *rows*; the union of the graphs is a graph of its own."""
    program, isql = _found("virtuoso-t"), _found("isql-vt")
    if program is None or isql is None:
        _missing("virtuoso-t or isql-vt is not installed (Debian `virtuoso-opensource`)")
    port, sql = free_port(), free_port()
    here = f"http://127.0.0.1:{port}"
    (folder / "virtuoso.ini").write_text(VIRTUOSO.format(folder=folder, port=port, sql=sql, rows=rows))
    command = [program, "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    with _process(command, f"{here}/sparql", folder) as process:
        settings: dict[str, str | bool] = {
            "query": f"{here}/sparql-auth",
            "update": f"{here}/sparql-auth",
            "graph-store": f"{here}/sparql-graph-crud-auth",
            "user": "dba",
            "password": "dba",
            "default-graph": UNION,
        }
        engine = Engine("virtuoso", process, settings)
        if dump:
            _bulk_load(isql, sql, dump, folder)
        yield engine


def _bulk_load(isql: str, port: int, dump: Path, folder: Path) -> None:
    """Load a dump of N-Quads as `LOAD` does, which makes the graph `UNION` too; and make a user who may only read."""
    (folder / "load").mkdir()
    (folder / "load/all.nq").write_bytes(_quads(dump))
    command = [isql, f"127.0.0.1:{port}", "dba", "dba", "VERBOSE=OFF", "ERRORS=STDOUT"]
    for told in (str(LOAD), "EXEC=user_create('reader', 'reading'); GRANT SPARQL_SELECT TO \"reader\""):
        said = subprocess.run([*command, told], capture_output=True, text=True, timeout=SECONDS, check=False)
        assert "Error" not in said.stdout + said.stderr, (said.stdout, said.stderr)


VIRTUOSO = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
DirsAllowed = load
DefaultIsolation = 2
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 20
KeepAliveTimeout = 60
MaxKeepAlives = 20
[SPARQL]
ResultSetMaxRows = {rows}
"""

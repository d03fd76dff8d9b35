"""SPARQL engines under test: real servers on free ports of loopback, filled with our graphs, stopped by their process.

An engine that is not there is skipped, and the test says why. `AIDTRACE_ENGINES` names a folder that holds
``oxigraph`` and ``jena-fuseki-server-*.jar`` where they are not on the path.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize
from servers import free_port

UNION = "urn:aidtrace:union"
SECONDS = 120


@dataclass
class Engine:
    """A running engine, and what the file of ``--store-file`` says of it."""

    name: str
    process: subprocess.Popen[bytes]
    settings: dict[str, str | bool] = field(default_factory=dict)

    def file(self, folder: Path, **more: str | bool) -> Path:
        """Write the file of ``--store-file``."""
        path = folder / f"{self.name}-{time.monotonic_ns()}.toml"
        path.write_text(
            "".join(f"{key.replace('_', '-')} = {_toml(value)}\n" for key, value in {**self.settings, **more}.items())
        )
        return path

    def ask(self, method: str, address: str, body: bytes = b"", kind: str = "", accept: str = "*/*") -> bytes:
        """Ask the engine itself."""
        parts = urlsplit(address)
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        with closing(HTTPConnection(parts.netloc, timeout=SECONDS)) as connection:
            connection.request(method, f"{parts.path}?{parts.query}", body, headers)
            response = connection.getresponse()
            content = response.read()
        assert response.status < 300, (self.name, response.status, content[:300])
        return content

    def update(self, text: str) -> None:
        self.ask("POST", str(self.settings["update"]), text.encode(), "application/sparql-update")


def _toml(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def _found(name: str) -> str | None:
    """Return where a program is: on the path, beside the interpreter, or in the folder of engines."""
    folder = os.environ.get("AIDTRACE_ENGINES", "")
    places = os.pathsep.join([str(Path(sys.executable).parent), folder, os.environ.get("PATH", "")])
    return shutil.which(name, path=places)


def _fill(engine: Engine, store: Store) -> None:
    """Put each graph of *store* by the Graph Store Protocol, and the default graph as it is."""
    place = str(engine.settings["graph-store"])
    for graph in [*store.named_graphs(), DefaultGraph()]:
        triples = (quad.triple for quad in store.quads_for_pattern(None, None, None, graph))
        body = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
        where = urlencode({"graph": graph.value}) if isinstance(graph, NamedNode) else "default"
        engine.ask("PUT", f"{place}?{where}", body, "application/n-triples")


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
def oxigraph(folder: Path, store: Store | None, port: int = 0, *more: str) -> Iterator[Engine]:
    """Start ``oxigraph serve``."""
    program = _found("oxigraph")
    if program is None:
        pytest.skip("oxigraph is not installed (PyPI `oxigraph`)")
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
        if store is not None:
            _fill(engine, store)
        yield engine


Starting = Callable[[Path, Store | None], Iterator[Engine]]

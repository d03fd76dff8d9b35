"""The servers that are measured side by side, each started on loopback and stopped by its own process id."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

TOKEN = "a-token-for-one-run"
_VIRTUOSO = """[Database]
DatabaseFile = {at}/v.db
ErrorLogFile = {at}/v.log
LockFile = {at}/v.lck
TransactionFile = {at}/v.trx
xa_persistent_file = {at}/v.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {at}/t.db
TransactionFile = {at}/t.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {data}
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 16
[SPARQL]
ResultSetMaxRows = 3000000
MaxQueryExecutionTime = 60
"""


@dataclass
class Peer:
    """A running server: where it answers queries, and its process."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]

    def ready(self, seconds: float = 60) -> None:
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while True:
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", f"{self.path}?query=ASK%7B%7D")
                connection.getresponse().read()
                connection.close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def started(name: str, path: str, port: int, command: list[str], **environment: str) -> Iterator[Peer]:
    """Run a server and stop it afterwards."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=quiet, stderr=quiet)
    peer = Peer(name, port, path, process)
    try:
        peer.ready()
        yield peer
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def aidtrace(program: str, cache: Path, *options: str) -> AbstractContextManager[Peer]:
    """Start us."""
    port = free_port()
    command = [program, "serve", "--port", str(port), *options]
    return started("aidtrace", "/sparql", port, command, AIDTRACE_CACHE=str(cache))


def oxigraph(program: str, store: Path) -> AbstractContextManager[Peer]:
    """Start ``oxigraph serve-read-only`` on an Oxigraph store."""
    port = free_port()
    command = [program, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    return started("oxigraph serve", "/query", port, command)


def rdflib_endpoint(program: str, data: Path) -> AbstractContextManager[Peer]:
    """Start rdflib-endpoint with an Oxigraph store behind rdflib."""
    port = free_port()
    command = [program, "serve", "--store", "Oxigraph", "--host", "127.0.0.1", "--port", str(port), str(data)]
    return started("rdflib-endpoint", "/", port, command)


@contextmanager
def virtuoso(place: Path, data: Path) -> Iterator[Peer]:
    """Start Virtuoso and load N-Triples or N-Quads into it."""
    sql, port = free_port(), free_port()
    place.mkdir()
    ini = place / "v.ini"
    ini.write_text(_VIRTUOSO.format(at=place, sql=sql, port=port, data=data.parent))
    command = ["virtuoso-t", "+foreground", "+configfile", str(ini)]
    with started("Virtuoso", "/sparql", port, command) as peer:
        load = f"ld_dir('{data.parent}', '{data.name}', 'urn:data'); rdf_loader_run(); checkpoint;"
        isql = shutil.which("isql-vt") or shutil.which("isql") or "isql"
        subprocess.run([isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"], check=True, capture_output=True)
        yield peer

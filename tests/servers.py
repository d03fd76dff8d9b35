"""A server under test: a real process on a loopback port, and a client for it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conftest import ROOT

JSON = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"
TOKEN = "a-token-for-tests"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server; *log* is the file that it writes its lines to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(
        self,
        path: str,
        accept: str = "*/*",
        method: str = "GET",
        body: bytes | None = None,
        kind: str = "",
        **more: str,
    ) -> Answer:
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
        found: dict[str, str] = {}
        for key, value in response.getheaders():
            found[key.lower()] = f"{found[key.lower()]}, {value}" if key.lower() in found else value
        return Answer(response.status, found, content)

    def ask(self, query: str, accept: str = JSON, **parameters: str) -> Answer:
        return self.get("/sparql?" + urlencode({"query": query, **parameters}), accept)

    def rows(self, query: str, **parameters: str) -> list[dict[str, str]]:
        answer = self.ask(query, **parameters)
        assert answer.status == 200, answer.body
        return [{k: v["value"] for k, v in row.items()} for row in answer.content["results"]["bindings"]]

    def update(self, text: str, **parameters: str) -> Answer:
        path = "/sparql" + (f"?{urlencode(parameters)}" if parameters else "")
        return self.get(path, "*/*", "POST", text.encode(), "application/sparql-update")

    def family(self) -> list[int]:
        """Return the process ids of everything that the server started."""
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
        found, new = set[int](), {self.process.pid}
        while new:
            found |= new
            new = {pid for pid, parent in parents.items() if parent in new} - found
        return sorted(found - {self.process.pid})

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def start(
    cache: Path,
    *options: str,
    log: Path | None = None,
    token: str = "",
    cwd: Path = ROOT,
    python: Sequence[str] = (sys.executable,),
) -> Server:
    """Start a server and wait for it; *python* is the command of its interpreter, perhaps as another user."""
    port, log = free_port(), log or cache / f"server-{time.monotonic_ns()}.log"
    if token:
        file = cache / f"token-{port}"
        file.write_text(f"{token} write admin\n")
        options = (*options, "--token-file", str(file))
    command = [*python, "-m", "aidtrace", "serve", "--port", str(port), *options]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=out, stderr=out)
    server = Server(port, process, log, token)
    for _ in range(1000):
        try:
            if server.get("/health").status == 200:
                return server
        except OSError:
            assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the server did not start")


@contextmanager
def running(cache: Path, *options: str, token: str = "", python: Sequence[str] = (sys.executable,)) -> Iterator[Server]:
    server = start(cache, *options, token=token, python=python)
    try:
        yield server
    finally:
        server.stop()

"""What is looked at in front of an engine: one that is too large to be counted, one that cuts, one that is slow."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import engines
import pytest
from conftest import Run
from servers import JSON, TOKEN, Server, running

LATE = (504, "text/plain", b"too long")
WHOLE_COUNT, DISTINCT = "COUNT(*) AS ?n) { ?s", "SELECT DISTINCT ?s ?p ?o"
COUNTS, GRAPHS = "COUNT(*) AS ?n) { GRAPH", "SELECT DISTINCT ?g {"


@dataclass
class Large:
    """An engine of *size* triples that gives at most *most* rows; what asks one of *late* is late."""

    size: int = 3_000_000
    most: int = 10**9
    late: list[str] = field(default_factory=list)
    graphs: list[str] = field(default_factory=lambda: ["urn:g"])
    seen: int = 0
    pause: float = 0.0
    port: int = 0

    @property
    def settings(self) -> dict[str, str | bool]:
        return {"query": f"http://127.0.0.1:{self.port}/q"}

    def answer(self, query: str) -> tuple[int, str, bytes]:
        if any(one in query for one in self.late):
            return LATE
        if "ASK" in query:
            return 200, JSON, b'{"head":{},"boolean":true}'
        if COUNTS in query:
            time.sleep(self.pause)
            return table([{"g": uri(one), "n": number(self.size)} for one in self.graphs])
        if GRAPHS in query:
            return table([{"g": uri(one)} for one in self.graphs])
        if "license" in query:
            return table([])
        if "COUNT(*)" in query and "LIMIT" in query:
            return table([{"n": number(min(self.size, limit(query)))}])
        if "COUNT(*)" in query:
            whole = self.size * len(self.graphs)
            return table([{"n": number(self.seen or whole if WHOLE_COUNT in query else whole)}])
        return table([{"s": uri("urn:s")}] * min(self.size, self.most, limit(query)))


def limit(query: str) -> int:
    said = re.search(r"LIMIT (\d+)", query)
    return int(said[1]) if said else 1


def uri(text: str) -> dict[str, str]:
    return {"type": "uri", "value": text}


def number(value: int) -> dict[str, str]:
    return {"type": "literal", "value": str(value), "datatype": "http://www.w3.org/2001/XMLSchema#integer"}


def table(rows: list[dict[str, dict[str, str]]]) -> tuple[int, str, bytes]:
    said = {"head": {"vars": ["g", "n", "l", "s"]}, "results": {"bindings": rows}}
    return 200, JSON, json.dumps(said).encode()


@contextmanager
def large(**about: Any) -> Iterator[Large]:
    one = Large(**about)

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, kind, said = one.answer(parse_qs(body)["query"][0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    one.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def before(cache: Path, one: Large, *options: str) -> Iterator[Server]:
    with running(cache, "--store-file", str(engines.written(cache, one.settings)), *options, token=TOKEN) as server:
        yield server


@pytest.mark.parametrize("late", [[DISTINCT], [COUNTS, DISTINCT]])
def test_an_engine_too_large_to_be_compared_is_served_with_a_warning(late: list[str], cache: Path) -> None:
    with large(late=late) as one, before(cache, one) as server:
        assert server.ask("SELECT ?s { ?s ?p ?o }").status == 200
        assert server.log.read_text().count("its union is not checked: counting took longer than 60 s") == 1


def test_a_check_that_takes_too_long_changes_nothing_of_what_was_known(cache: Path) -> None:
    ask = "SELECT ?s { ?s ?p ?o }"
    with large() as one, before(cache, one) as server:
        revision = server.get("/health").content["revision"]
        one.size, one.late = one.size + 1, [DISTINCT]
        assert revised(server, revision) != revision
        assert server.ask(ask).status == 200
        assert "its union is not checked" in server.log.read_text()


def test_a_union_that_was_wrong_stays_so_until_it_is_compared(cache: Path) -> None:
    ask = "SELECT ?s { ?s ?p ?o }"
    with large() as one, before(cache, one) as server:
        one.size, one.seen = one.size + 1, 1
        revision = revised(server, server.get("/health").content["revision"])
        assert server.ask(ask).content["title"] == "Union not right"
        one.size, one.late = one.size + 1, [DISTINCT]
        revised(server, revision)
        assert server.ask(ask).content["title"] == "Union not right"


def test_a_look_that_takes_longer_than_a_query_may_ends_well(cache: Path) -> None:
    with large(size=1) as one, before(cache, one, "--deadline", "1") as server:
        assert server.ask("SELECT ?s FROM <urn:new> { ?s ?p ?o }").status == 403
        one.graphs, one.pause = ["urn:g", "urn:new"], 3
        revised(server, server.get("/health").content["revision"])
        assert server.ask("SELECT ?s FROM <urn:new> { ?s ?p ?o }").status == 200


def revised(server: Server, revision: str) -> str:
    """Wait for a revision that is not *revision*."""
    for _ in range(150):
        if (now := str(server.get("/health").content["revision"])) != revision:
            return now
        time.sleep(0.2)
    raise AssertionError(server.log.read_text())


@pytest.mark.parametrize(
    ("size", "most", "refused"), [(3_000_000, 100, True), (3_000_000, 10**9, False), (50, 10**9, False)]
)
def test_an_engine_that_cannot_be_counted_is_refused_where_it_cuts_and_there_alone(
    size: int, most: int, refused: bool, aidtrace: Run, cache: Path, tmp_path: Path
) -> None:
    with large(size=size, most=most, late=[COUNTS, DISTINCT]) as one:
        if refused:
            ran = aidtrace("serve", "--port", "0", "--store-file", engines.written(tmp_path, one.settings))
            assert ran.returncode == 2
            assert "gives 100 of 20001 rows" in ran.stderr
        else:
            with before(cache, one) as server:
                assert server.ask("SELECT ?s { ?s ?p ?o }").status == 200

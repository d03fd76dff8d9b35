"""Two walls around a query: the lexer, and what the kernel takes away from a worker."""

import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from servers import TOKEN, Server, free_port, running

ROWS = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "from elsewhere"}}]}}


class Endpoint:
    """An endpoint on loopback that counts who asks it."""

    def __init__(self) -> None:
        heard = self.heard = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(self.path)
                body = json.dumps(ROWS).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    one = Endpoint()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache, "--empty", token=TOKEN) as one:
        yield one


QUERIES = [
    "SELECT * {{ SERVICE <{it}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ service silent <{it}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SeRvIcE\n#c\n<{it}> {{}} }}",
    "PREFIX x: <{it}> SELECT * {{ SERVICE x: {{}} }}",
    "PREFIX x: <{it}> SELECT * {{SERVICEx: {{}} }}",
    "PREFIX x: <{it}> SELECT * {{SERVICESILENTx: {{}} }}",
    "SELECT * {{SERVICESILENT<{it}>{{}} }}",
    "PREFIX a: <urn:> SELECT * {{ ?q <urn:p> a:.SERVICE<{it}>{{}} }}",
    "SELECT * {{ FILTER(true)SERVICE<{it}>{{}} }}",
    "SELECT * {{ ?s ?p 1.SERVICE<{it}>{{}} }}",
    "BASE <{it}> SELECT * {{ SERVICE <there> {{}} }}",
    "SELECT * {{ OPTIONAL {{ SERVICE <{it}> {{}} }} }}",
    "SELECT * {{ {{ SELECT * {{ SERVICE <{it}> {{}} }} }} }}",
    "SELECT * {{ ?s ?p ?o MINUS {{ SERVICE <{it}> {{ ?s ?p ?o }} }} }}",
    "ASK {{ FILTER EXISTS {{ SERVICE <{it}> {{}} }} }}",
    "SELECT * {{ VALUES ?e {{ <{it}> }} SERVICE ?e {{}} }}",
    "SELECT * {{ \\u0053ERVICE <{it}> {{}} }}",
    "SELECT * {{ SERVIC\\u0045 <{it}> {{}} }}",
    'SELECT * {{ ?s ?p "\\u0022 . SERVICE <{it}> {{}} }} #" }}',
    "SELECT * FROM <{it}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{it}> {{ ?s ?p ?o }}",
    "SELECT * FROMNAMED<{it}> {{ ?s ?p ?o }}",
    "SELECT * FROM <file:///etc/passwd> {{ ?s ?p ?o }}",
]
UPDATES = [
    "LOAD <{it}>",
    "load silent <{it}> into graph <urn:g>",
    "LOAD#c\n<{it}>",
    "PREFIX x: <{it}> LOADx:",
    "\\u004cOAD <{it}>",
    "LOAD <file:///etc/passwd>",
    "CREATE SILENT GRAPH <urn:g> ; LOAD <{it}>",
    "INSERT {{ GRAPH <urn:g> {{ ?s ?p ?o }} }} WHERE {{ SERVICE <{it}> {{ ?s ?p ?o }} }}",
    "DELETE {{ GRAPH <urn:g> {{ ?s ?p ?o }} }} WHERE {{ {{SERVICESILENT<{it}>{{ ?s ?p ?o }} }} }}",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_reaches_another_host(server: Server, endpoint: Endpoint, query: str) -> None:
    answer = server.ask(query.format(it=f"http://{endpoint.host}/"))
    assert answer.status in (400, 403), answer.body
    assert endpoint.heard == []


@pytest.mark.parametrize("update", UPDATES)
def test_no_update_reaches_another_host(server: Server, endpoint: Endpoint, update: str) -> None:
    answer = server.update(update.format(it=f"http://{endpoint.host}/"))
    assert answer.status in (400, 403), answer.body
    assert endpoint.heard == []


def test_words_that_only_look_so_are_let_through(server: Server) -> None:
    for query in (
        'SELECT * { ?s ?p "SERVICE <http://x> {}" } # LOAD <http://x>',
        "PREFIX service: <urn:> SELECT * { ?s service:load service:from }",
        "SELECT ?SERVICE ?load { ?SERVICE <urn:from> ?load }",
    ):
        assert server.ask(query).status == 200


ATTEMPTS = """
import os, socket, sys
from pathlib import Path
from aidtrace.server import confine
if os.getuid() == 0:
    os.setgid(65534), os.setuid(65534)
isolated = confine.leave_network()
files = confine.leave_files(Path(sys.argv[1]))
def tried(do):
    try:
        do()
    except OSError as error:
        return error.strerror
    return "done"
def fork():
    if os.fork() == 0:
        os._exit(0)
print(isolated, files)
print(tried(lambda: socket.socket().connect(("127.0.0.1", int(sys.argv[2])))))
print(tried(lambda: socket.socket(socket.AF_UNIX)))
print(tried(fork))
print(tried(lambda: os.execv("/bin/true", ["true"])))
print(tried(lambda: open("/etc/passwd").read()))
print(tried(lambda: open(sys.argv[1] + "/new", "w")))
print(tried(lambda: open(sys.argv[1] + "/there").read()))
"""


def attempts(place: str, endpoint: Endpoint) -> list[str]:
    port = endpoint.host.rpartition(":")[2]
    command = [sys.executable, "-c", ATTEMPTS, place, port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_behind_the_second_wall_an_ordinary_process_reaches_nothing_but_its_store(endpoint: Endpoint) -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        (Path(place) / "there").write_text("x")
        said = attempts(place, endpoint)
    walls, *outcomes = said
    if walls != "True True":
        pytest.skip(f"this kernel has no seccomp filter or no Landlock (seccomp, Landlock: {walls})")
    assert outcomes[:-1] == [
        "Operation not permitted",
        "Operation not permitted",
        "Operation not permitted",
        "Operation not permitted",
        "Permission denied",
        "Permission denied",
    ]
    assert outcomes[-1] == "done"
    assert endpoint.heard == []


def test_a_host_that_is_allowed_is_asked_and_no_other(cache: Path, endpoint: Endpoint) -> None:
    other = Endpoint()
    with running(cache, "--empty", "--allow-service", endpoint.host) as one:
        found = one.ask(f"SELECT ?x {{ SERVICE <http://{endpoint.host}/> {{ ?s ?p ?x }} }}")
        assert [row["x"]["value"] for row in found.content["results"]["bindings"]] == ["from elsewhere"]
        assert "etag" not in found.headers
        for it in (f"http://{other.host}/", f"http://{endpoint.host}@{other.host}/", f"http://{endpoint.host}.x/"):
            assert one.ask(f"SELECT ?x {{ SERVICE <{it}> {{ ?s ?p ?x }} }}").status in (400, 403)
    assert other.heard == []
    other.server.shutdown()
    other.server.server_close()


def test_a_dead_host_is_an_error_and_never_a_shorter_answer(cache: Path) -> None:
    dead = f"127.0.0.1:{free_port()}"
    with running(cache, "--empty", "--allow-service", dead) as one:
        for silent in ("", "SILENT "):
            answer = one.ask(f"SELECT ?x {{ SERVICE {silent}<http://{dead}/> {{ ?s ?p ?x }} }}")
            assert answer.status == 502, answer.body
            assert answer.content["title"] == "Service failed"


def test_a_listener_hears_a_client_that_does_call(endpoint: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.server.server_port)) as raw:
        raw.sendall(b"GET /proof HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.0 200")
    assert endpoint.heard[-1] == "/proof"

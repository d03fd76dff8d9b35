"""Requests that nobody would send on purpose: the server answers each, and never with 500."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import FORM, TOKEN, Answer, Server, running

CHECKS = "status_code_conformance,content_type_conformance,response_schema_conformance"
QUESTIONS = "^/(sparql|health|requests|queries|queries/(offices|table-1|agreements-before-doctrine-change))$"
DOCUMENTS = (
    r"^/(ontology|ontology/\{name\}|shapes|shapes/\{name\}|dumps/\{file\}|data|graph/\{name\}|search|search/suggest|"
    r"\.well-known/.*|sparql/completions)$"
)
THINGS = (
    r"^/(id/\{name\}|page/\{name\}|search/description\.xml|metrics|requests/\{id\}|validations/\{id\}|reconcile.*)$"
)
BOUNDED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache, "--empty", token=TOKEN) as one:
        yield one


@pytest.mark.parametrize(
    ("paths", "number"), [(QUESTIONS, 7), (DOCUMENTS, 17), (THINGS, 11)], ids=["questions", "documents", "things"]
)
def test_the_server_answers_as_its_description_says(cache: Path, tmp_path: Path, paths: str, number: int) -> None:
    """A status that is not described, such as 500, is a failure here."""
    with running(cache) as one:
        command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
        command += [f"http://127.0.0.1:{one.port}/openapi.json", "--include-path-regex", paths, "--checks", CHECKS]
        command += ["--exclude-method", "POST", "--max-examples", "20", "--seed", "1", "--no-color"]
        command += ["--phases", "coverage,fuzzing", "--request-timeout", "60"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stdout[-3000:]
        assert f"Tested: {number}" in done.stdout


def sound(answer: Answer) -> None:
    """Hold an answer to what every answer must be."""
    assert answer.status != 500, answer.body
    if (
        answer.body
        and answer.status >= 400
        and answer.headers.get("content-type", "").startswith("application/problem+json")
    ):
        assert answer.content["status"] == answer.status
        assert answer.content["detail"]


paths = st.one_of(
    st.sampled_from(["/sparql", "/data", "/graph/x", "/queries", "/queries/offices", "/requests/x", "/health", "/"]),
    st.text(max_size=12).map(lambda text: "/" + quote(text.encode("utf-8", "surrogatepass"))),
    st.binary(max_size=8).map(lambda raw: "/page/" + quote(raw)),
)
names = st.sampled_from(["query", "update", "graph", "default", "format", "timeout", "revision", "limit", "after", "x"])
values = st.one_of(
    st.sampled_from(["ASK {}", "SELECT * {", "json", "1", "-1", "nan", "inf", "1e400", "urn:x", "CLEAR ALL", ""]),
    st.text(max_size=10).map(lambda text: text.encode("utf-8", "replace").decode()),
)
parameters = st.lists(st.tuples(names, values), max_size=4)
types = st.sampled_from(
    [
        "",
        FORM,
        "application/sparql-query",
        "application/sparql-update; charset=utf-16",
        "text/turtle",
        "multipart/form-data",
    ]
)
heads = st.binary(max_size=60).map(lambda raw: b"GET /" + raw + b" HTTP/1.1\r\n\r\n")


@BOUNDED
@given(
    path=paths,
    query=parameters,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "QUERY", "OPTIONS", "PATCH", "TRACE"]),
    accept=st.one_of(st.sampled_from(["*/*", "text/html", "text/turtle;q=x", ",,;q=2", "a/b"]), st.just("x" * 2000)),
    kind=types,
    body=st.one_of(st.none(), st.binary(max_size=60), st.just(b"query=%ff"), st.just(b"ASK {}")),
)
def test_no_request_is_answered_with_500(
    server: Server, path: str, query: list[tuple[str, str]], method: str, accept: str, kind: str, body: bytes | None
) -> None:
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
    sound(server.get(f"{path}?{asked}" if asked else path, accept, method, body, kind))


@BOUNDED
@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda raw: b"GET /" + raw + b" HTTP/1.1\r\n\r\n"))
)
def test_bytes_that_are_no_request_do_not_hurt(server: Server, raw: bytes) -> None:
    # What is behind it lets an answer come, and the connection end.
    after = b"\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answered = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client, suppress(OSError):
        client.sendall(raw + after)
        while found := client.recv(1 << 16):
            answered += found
    assert answered.startswith(b"HTTP/1.1 ") or not answered
    assert b"HTTP/1.1 500" not in answered, raw


def test_the_server_lives_after_all_this(server: Server) -> None:
    assert server.ask("ASK {}").status == 200
    assert "server error" not in server.log.read_text()

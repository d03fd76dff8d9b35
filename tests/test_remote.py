"""In front of an engine: real engines on loopback, and one that answers badly, as a client of ours meets them."""

import asyncio
import csv
import gzip
import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import engines
import pytest
from conftest import ROOT, Run
from pyoxigraph import NamedNode, RdfFormat, Store
from servers import JSON, TOKEN, Answer, Server, free_port, running

from aidtrace.project import Project
from aidtrace.queries import read_queries
from aidtrace.server.engines.asker import Asker
from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.looking import Holdings
from aidtrace.server.engines.mirror import mirrored
from aidtrace.server.engines.remote import EngineError, Remote
from aidtrace.server.processes.newest import EVERY, Newest
from aidtrace.server.processes.worker import APART

SHAPES = NamedNode("https://w3id.org/aidtrace/graph/shapes")
STARTED = {"oxigraph": engines.oxigraph, "fuseki": engines.fuseki, "virtuoso": engines.virtuoso}
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUERIES = read_queries(Project(ROOT))


@pytest.fixture(scope="module")
def local(cache: Path, folder: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


@contextmanager
def fronted(cache: Path, engine: engines.Engine, *options: str, **more: str | bool) -> Iterator[Server]:
    file = engine.file(cache, **more)
    with running(cache, "--store-file", str(file), "--deadline", "60", *options, token=TOKEN) as one:
        yield one


@pytest.fixture(scope="module", params=STARTED)
def engine(
    request: pytest.FixtureRequest, dump: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[engines.Engine]:
    """An engine that holds a release, loaded from its one file of quads."""
    with STARTED[request.param](tmp_path_factory.mktemp(request.param), dump) as one:
        yield one


@pytest.fixture(scope="module")
def server(engine: engines.Engine, cache: Path) -> Iterator[Server]:
    with fronted(cache, engine, exclusive=True) as one:
        yield one


def table(server: Server, path: str) -> list[list[str]]:
    answer = server.get(path, "text/csv")
    assert answer.status == 200, answer.body
    return list(csv.reader(answer.body.decode().splitlines(keepends=True)))


@pytest.mark.parametrize("name", [query.name for query in QUERIES])
def test_a_named_question_has_the_same_rows_on_an_engine_as_on_a_store_of_ours(
    name: str, engine: engines.Engine, server: Server, local: Server
) -> None:
    assert table(server, f"/queries/{name}") == table(local, f"/queries/{name}")


@pytest.mark.parametrize("name", [query.name for query in QUERIES if query.parameters])
def test_a_parameter_is_bound_on_an_engine_as_on_a_store_of_ours(name: str, server: Server, local: Server) -> None:
    parameters = next(query.parameters for query in QUERIES if query.name == name)
    head, *rows = table(local, f"/queries/{name}")
    for parameter in parameters:
        values = {row[head.index(parameter.name)] for row in rows} if parameter.name in head else parameter.words
        paths = [f"/queries/{name}?{parameter.name}={value}" for value in sorted(values) if value]
        path = next(path for path in paths if local.get(path).status == 200)  # some values are not offered
        assert len(table(local, path)) > 1
        assert table(server, path) == table(local, path)


def test_a_query_without_a_graph_sees_each_triple_once(server: Server, local: Server, dump: Path) -> None:
    release = Store()
    release.bulk_load(gzip.decompress(dump.read_bytes()), RdfFormat.N_QUADS)
    seen = {quad.triple for quad in release if quad.graph_name != SHAPES}
    assert server.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [{"n": str(len(seen))}]
    classes = "SELECT ?class (COUNT(?x) AS ?n) { ?x a ?class } GROUP BY ?class ORDER BY DESC(?n) ?class LIMIT 20"
    assert server.rows(classes) == local.rows(classes)


SOURCES, ARTICLE = (f"https://w3id.org/aidtrace/graph/{name}" for name in ("sources", "article"))
COUNT_ALL = "SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) {clauses} {{ GRAPH ?g {{ ?s ?p ?o }} }}"


@pytest.mark.parametrize("query", [COUNT_ALL, COUNT_NAMED])
@pytest.mark.parametrize(
    "clauses", [f"FROM <{SOURCES}>", f"FROM NAMED <{SOURCES}>", f"FROM <{SOURCES}> FROM NAMED <{ARTICLE}>"]
)
def test_a_query_sees_the_graphs_of_its_from_and_no_others(
    clauses: str, query: str, server: Server, store: Store
) -> None:
    graphs = dict(re.findall(r"FROM (NAMED )?<(.*?)>", clauses))
    seen = graphs.get("NAMED " if query == COUNT_NAMED else "")
    held = sum(1 for _ in store.quads_for_pattern(None, None, None, NamedNode(seen))) if seen else 0
    assert bool(held) == bool(seen)
    for path, form in (("/sparql", JSON), ("/sparql", "text/html")):
        answer = server.get(f"{path}?{urlencode({'query': query.format(clauses=clauses)})}", form)
        assert answer.status == 200
        if form == JSON:
            assert answer.content["results"]["bindings"][0]["n"]["value"] == str(held)
        else:
            assert f">{held}<" in answer.body.decode()


def test_a_graph_that_is_named_twice_is_seen_once(server: Server) -> None:
    asked = {"query": COUNT_ALL.format(clauses=""), "default-graph-uri": [SOURCES, SOURCES]}
    twice = server.get(f"/sparql?{urlencode(asked, doseq=True)}", JSON)
    assert (
        twice.content["results"]["bindings"]
        == server.ask(COUNT_ALL.format(clauses=f"FROM <{SOURCES}>")).content["results"]["bindings"]
    )


def test_a_graph_by_its_name_and_a_thing_are_as_on_a_store_of_ours(server: Server, local: Server) -> None:
    for path in ("/data?graph=https://w3id.org/aidtrace/graph/sources", "/page/event/second-nagorno-karabakh-war"):
        ours, theirs = (set(one.get(path, "application/n-triples").body.splitlines()) for one in (local, server))
        assert len(ours) > 10
        assert theirs == ours
    traced = [one.get("/trace") for one in (local, server)]
    assert len({one.body.replace(one.headers["aidtrace-revision"].encode(), b"") for one in traced}) == 1


@pytest.mark.parametrize(
    "path", ["/", "/timeline", "/aid", "/mechanism", "/tests", "/browse", "/page/event/1993-coup", "/about"]
)
def test_a_page_reads_the_same_but_for_the_name_of_the_revision(path: str, server: Server, local: Server) -> None:
    ours, theirs = (one.get(path, "text/html") for one in (local, server))
    assert (ours.status, theirs.status) == (200, 200)
    assert _without_revision(theirs) == _without_revision(ours)


def _without_revision(answer: Answer) -> str:
    text = answer.body.decode().replace(answer.headers["aidtrace-revision"], "REVISION")
    return re.sub(r"127\.0\.0\.1:[0-9]+", "HOST", text)


def test_search_and_void_come_once_the_graphs_are_copied(server: Server, local: Server) -> None:
    names = [[one["name"] for one in _later(each, "/search?q=shusha").content["results"]] for each in (local, server)]
    assert len(names[0]) > 5
    assert names[1] == names[0]
    assert len(_later(server, "/.well-known/void").body) > 1000


def _later(server: Server, path: str) -> Answer:
    for _ in range(200):
        answer = server.get(path)
        if answer.status != 503:
            break
        time.sleep(0.2)
    assert answer.status == 200, answer.body
    return answer


def test_a_question_is_cited_and_its_answer_is_compared(server: Server) -> None:
    form = "application/x-www-form-urlencoded"
    for asked in ("question=aid-total", urlencode({"query": "ASK {}"})):
        cited = server.get("/q", "text/html", "POST", asked.encode(), form)
        assert cited.status == 303, cited.body
        assert server.get(cited.headers["location"], JSON).content["today"]["same"] is True


def test_an_answer_bears_a_tag_where_nobody_else_writes(server: Server) -> None:
    first = server.get("/queries/events")
    assert first.headers["etag"]
    again = server.get("/queries/events", if_none_match=first.headers["etag"])
    assert again.status == 304


def test_an_endless_query_is_stopped_and_the_next_is_answered(server: Server) -> None:
    assert server.ask(ENDLESS, timeout="0.5").status in (503, 504)
    assert server.ask("ASK {}").content["boolean"] is True


def test_the_gate_keeps_a_bad_write_from_the_engine_and_lets_a_good_one_in(
    engine: engines.Engine, server: Server, local: Server
) -> None:
    count, graph = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "https://w3id.org/aidtrace/graph/guest"
    before = server.rows(count)
    refused = server.update(f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:a> <urn:undeclared> 1 }} }}")
    assert refused.status == 422, refused.body
    assert server.rows(count) == before
    revision = server.ask("ASK {}").headers["aidtrace-revision"]
    good = f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:a> <http://www.w3.org/2000/01/rdf-schema#label> 'A'@en }} }}"
    wrote = server.update(good)
    assert wrote.status == 204, wrote.body
    assert wrote.headers["aidtrace-revision"] != revision
    seen = "SELECT ?g { ?s ?p 'A'@en GRAPH ?g { ?s ?p 'A'@en } }"
    assert server.rows(seen) == [{"g": graph}]
    assert server.get(f"/data?graph={graph}", "application/n-triples").body.count(b"\n") == 1
    put = server.get(
        f"/data?graph={graph}",
        "*/*",
        "PUT",
        b"<urn:b> <http://www.w3.org/2000/01/rdf-schema#label> 'B'@en .",
        "text/turtle",
    )
    assert put.status == 204, put.body
    assert server.rows(seen) == []
    assert server.get(f"/data?graph={graph}", "*/*", "DELETE").status == 204
    assert server.rows(count) == before
    assert server.get(f"/data?graph={graph}", "*/*", "DELETE").status == 404


@dataclass
class Bad:
    """A server that answers as it is told: *answers* are taken in turn, the last of them for ever."""

    port: int
    answers: list[bytes]
    asked: list[bytes] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str | bool]:
        return {"query": f"http://127.0.0.1:{self.port}/sparql", "token": SECRET, "exclusive": True}


@pytest.fixture
def bad(bad_one: Bad) -> Bad:
    """An engine that holds nothing, until a test tells it to answer badly."""
    bad_one.answers, bad_one.asked = [], []
    return bad_one


@pytest.fixture(scope="module")
def before_bad(bad_one: Bad, cache: Path) -> Iterator[Server]:
    with running(cache, "--store-file", str(engines.written(cache, bad_one.settings))) as one:
        _later(one, "/search?q=x")  # nothing is asked behind the tests
        yield one


@pytest.fixture(scope="module")
def bad_one() -> Iterator[Bad]:
    listening = socket.create_server(("127.0.0.1", 0))
    one = Bad(listening.getsockname()[1], [])

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                head = line + b"".join(iter(self.rfile.readline, b"\r\n"))
                body = self.rfile.read(int(re.search(rb"(?i)content-length: ([0-9]+)", head)[1]))  # type: ignore[index]
                one.asked.append(head + body)
                answer = one.answers.pop(0) if len(one.answers) > 1 else one.answers[0] if one.answers else EMPTY
                if answer == CLOSED:
                    return
                if answer == SLOW:
                    time.sleep(1.5)
                if answer == SILENT:
                    time.sleep(4)
                self.wfile.write(answer)
                if b"Content-Length" not in answer or answer in CUT:
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    server.socket = listening
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield one
    server.shutdown()
    server.server_close()


def said(body: bytes, kind: str = JSON, status: str = "200 OK", length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


SECRET = "a-token-that-nobody-may-see"
TABLE = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"a"}}]}}'
ONE = "SELECT ?x { ?x ?y ?z }"
EMPTY = said(b'{"head":{"vars":["g","n","l"]},"results":{"bindings":[]}}')
SILENT, CLOSED = b"", b"closed"
DONE, SLOW = said(b"done", "text/plain"), said(b"slow", "text/plain")
CUT = [said(TABLE, length=200), said(TABLE[:-2] + b'{"x"', length=4000)]
ELSEWHERE = "Location: http://elsewhere.example/sparql\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (said(TABLE[:-9]), 502, "does not parse"),
        (said(TABLE + b"junk"), 502, "does not parse"),
        (said(b"<html>", "text/html"), 502, "text/html"),
        (CUT[0], 502, "bytes are missing"),
        (said(TABLE, more="X-SPARQL-MaxRows: 1\r\n"), 502, "before the last row"),
        (said(TABLE, status="206 Partial Content"), 502, "206"),
        (said(b"", status="302 Found", more=ELSEWHERE), 502, "elsewhere.example"),
        (said(b"", status="401 Unauthorized"), 502, "does not let this server in"),
        (said(f"no {SECRET}".encode(), "text/plain", "400 Bad Request"), 400, "no …"),
        (said(b"oops", "text/plain", "500 Server Error"), 502, "500: oops"),
        (said(b"", status="503 Service Unavailable"), 503, "busy"),
        (SILENT, 503, "stopped after 2 s"),
    ],
)
def test_a_bad_answer_becomes_a_problem_document_and_never_a_table(
    answer: bytes, status: int, told: str, bad: Bad, before_bad: Server
) -> None:
    bad.answers = [answer]
    got = before_bad.ask(ONE, timeout="2")
    assert (got.status, got.headers["content-type"]) == (status, "application/problem+json"), got.body
    assert told in got.content["detail"]
    bad.answers = [said(TABLE)]
    assert before_bad.rows(ONE, timeout=f"{10 + status / 1000}") == [{"x": "a"}]  # not one that is kept


def test_a_long_answer_that_breaks_off_ends_as_a_broken_transfer(bad: Bad, before_bad: Server) -> None:
    row = b'{"x":{"type":"literal","value":"' + b"a" * 1000 + b'"}},'
    bad.answers = [said(b'{"head":{"vars":["x"]},"results":{"bindings":[' + row * 5000)]
    with pytest.raises((IncompleteRead, ConnectionError)):
        before_bad.ask("SELECT ?x { ?x ?long ?z }")


def test_a_read_is_tried_again_and_not_for_ever(bad: Bad, before_bad: Server) -> None:
    unwell = said(b"", status="503 Service Unavailable")
    bad.answers = [CLOSED, CLOSED, said(TABLE)]
    assert before_bad.rows("SELECT ?x { ?x ?again ?z }") == [{"x": "a"}]
    bad.answers, bad.asked = [unwell], []
    assert before_bad.ask("SELECT ?x { ?x ?never ?z }").status == 503
    assert len([one for one in bad.asked if b"never" in one]) == 2


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("SELECT ?x { ?x ?graph 'GRAPH' } # GRAPH", False),
        ("SELECT ?x { graph ?g { ?x ?y ?z } }", True),
    ],
)
def test_graphs_that_others_may_add_are_listed_for_a_query_that_names_graphs_alone(
    query: str, listed: bool, bad: Bad, cache: Path
) -> None:
    settings = {**bad.settings, "exclusive": False, "default-graph": "urn:union"}
    with running(cache, "--store-file", str(engines.written(cache, settings))) as one:
        _later(one, "/search?q=x")
        bad.asked.clear()
        assert one.ask(query).status == 200
    asked = [b"DISTINCT" in one for one in bad.asked if b"COUNT" not in one]
    assert asked[:2] == ([True, False] if listed else [False])


LEAKS = [
    said(f"what is {SECRET}?".encode(), "text/plain", "500 Server Error"),
    said(b"a" * 290 + SECRET.encode(), "text/plain", "500 Server Error"),
    f"no status {SECRET}\r\n\r\n".encode(),
    said(TABLE, f"text/{SECRET.upper()}"),
    said(TABLE, f"text/{SECRET}"),
    said(b"", status="302 Found", more=f"Location: http://{SECRET}.example/\r\n"),
    said(b"", status="302 Found", more=f"Location: http://[{SECRET}/\r\n"),
    said(f'{{"head":{{"vars":["x"]}},"{SECRET}":'.encode() + b"{{"),
]


def test_the_token_is_sent_to_the_engine_and_shown_nowhere(bad: Bad, cache: Path) -> None:
    with running(cache, "--store-file", str(engines.written(cache, bad.settings)), token=TOKEN) as server:
        shown = [server.get(one).body for one in ("/requests", "/health", "/metrics")]
        for number, answer in enumerate(LEAKS):
            bad.answers = [answer]
            told = server.ask(f"SELECT * {{ ?a ?b ?c{number} }}")
            assert told.status in (502, 503)
            shown.append(told.body)
        bad.answers = [said(f"<urn:a> <urn:b> {SECRET} .".encode(), "application/n-triples")]
        shown.append(server.ask("CONSTRUCT WHERE { ?a ?b ?c }", "application/n-triples").body)
        bad.answers = [EMPTY]
        shown += [server.get(one, "text/html").body for one in ("/about", "/sparql?query=ASK%7B%7D", "/graph/")]
        family = [server.process.pid, *server.family()]
        shown += [Path(f"/proc/{pid}/{name}").read_bytes() for pid in family for name in ("cmdline", "environ")]
        time.sleep(0.5)
        shown.append(server.log.read_bytes())
    assert all(f"Bearer {SECRET}".encode() in one for one in bad.asked)
    assert len(family) > 4
    assert not [one[:200] for one in shown if SECRET[:12].encode() in one.lower()]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "names no address"),
        ({"query": "ftp://x/"}, "is no address"),
        ({"query": "http://me:secret@x/"}, "holds credentials"),
        ({"query": "http://x/", "update": "http://y/"}, "expected them on one host"),
        ({"query": "http://x/", "update": "https://x/", "token": "a"}, "http://x or https://x; expected"),
        ({"query": "https://x/", "graph-store": "https://x:8443/"}, "expected them on one host"),
        ({"query": "http://x/", "user": "me"}, "expected both"),
        ({"query": "http://x/", "read-user": "me", "read-password": "a"}, "expected all"),
        ({"query": "http://x/", "user": "me", "password": "a", "read-user": "you"}, "expected all"),
        ({"query": "http://x/", "token": "a", "user": "b", "password": "c"}, "expected one of them"),
        ({"query": "http://x/", "colour": "red"}, "no setting is called 'colour'"),
        ({"query": "http://x/", "exclusive": "yes"}, "expected true or false"),
        ({"query": "http://x/", "token": "sécret"}, "token holds a sign"),
        ({"query": "http://127.0.0.1:9/"}, "refused"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_in_one_line(
    settings: dict[str, str | bool], told: str, aidtrace: Run, tmp_path: Path
) -> None:
    ran = aidtrace("serve", "--port", "0", "--store-file", engines.written(tmp_path, settings))
    assert ran.returncode == 2
    assert told in ran.stderr
    assert "sécret" not in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "clear"),
    [
        ({"query": "http://engine/", "token": "a"}, True),
        ({"query": "http://engine/", "user": "a", "password": "b"}, True),
        ({"query": "http://192.0.2.1/", "token": "a"}, True),
        ({"query": "http://engine/"}, False),
        ({"query": "https://engine/", "token": "a"}, False),
        ({"query": "http://localhost:8890/", "token": "a"}, False),
        ({"query": "http://127.0.0.2/", "token": "a"}, False),
        ({"query": "http://[::1]/", "token": "a"}, False),
    ],
)
def test_a_credential_goes_in_the_clear_over_http_to_another_machine(settings: dict[str, Any], clear: bool) -> None:
    assert Engine(**settings).in_the_clear is clear


def test_a_line_at_the_start_says_that_a_credential_goes_in_the_clear(bad: Bad, cache: Path) -> None:
    said = {}
    for host in ("0.0.0.0", "127.0.0.1"):
        settings = {**bad.settings, "query": f"http://{host}:{bad.port}/sparql"}
        with running(cache, "--store-file", str(engines.written(cache, settings))) as server:
            said[host] = server.log.read_text()
    assert said["0.0.0.0"].count("credentials: they go over http") == 1
    assert "credentials" not in said["127.0.0.1"]
    assert SECRET not in said["0.0.0.0"]


def test_an_engine_that_cuts_long_answers_is_refused(dump: Path, aidtrace: Run, tmp_path: Path) -> None:
    with engines.virtuoso(tmp_path, dump, rows=5000) as one:
        ran = aidtrace("serve", "--port", "0", "--store-file", one.file(tmp_path))
    assert ran.returncode == 2
    assert "before the last row" in ran.stderr or "ResultSetMaxRows" in ran.stderr


def test_an_engine_that_counts_a_triple_of_two_graphs_twice_is_refused(aidtrace: Run, tmp_path: Path) -> None:
    with engines.oxigraph(tmp_path, None, 0, "--union-default-graph") as one:
        for graph in ("urn:a", "urn:b"):
            one.update(f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:x> <urn:y> <urn:z> }} }}")
        ran = aidtrace("serve", "--port", "0", "--store-file", one.file(tmp_path, default_graph="engine"))
    assert ran.returncode == 2
    assert "sees 2 triples of 1" in ran.stderr


@pytest.mark.parametrize("name", ["oxigraph", "fuseki"])
def test_an_engine_with_a_graph_that_nobody_can_name_is_refused_by_that_reason(
    name: str, aidtrace: Run, tmp_path: Path
) -> None:
    with STARTED[name](tmp_path, None) as one:
        quads = b"<urn:a> <urn:b> <urn:c> _:g .\n<urn:a> <urn:b> <urn:c> <urn:g> .\n"
        one.ask("POST", str(one.settings["graph-store"]), quads, "application/n-quads")
        one.update(engines.UNITE)
        ran = aidtrace("serve", "--port", "0", "--store-file", one.file(tmp_path))
    assert ran.returncode == 2
    assert re.search(r"the graph _:\S+ has a blank node for a name; expected an IRI", ran.stderr)
    assert ran.stderr.count("\n") == 1


def test_what_others_write_is_seen_at_once_where_they_may_write(dump: Path, cache: Path, tmp_path: Path) -> None:
    ask = "SELECT ?o { GRAPH <urn:g> { <urn:x> <urn:y> ?o } }"
    with engines.oxigraph(tmp_path, dump) as one, fronted(cache, one) as server:
        assert server.rows(ask) == []
        one.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }")
        answer = server.ask(ask)
        assert [row["o"]["value"] for row in answer.content["results"]["bindings"]] == ["1"]
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_an_engine_that_stops_is_a_problem_and_one_that_comes_back_is_asked(
    dump: Path, cache: Path, tmp_path: Path
) -> None:
    port = free_port()
    with engines.oxigraph(tmp_path, dump, port) as one:
        file = one.file(cache, exclusive=True)
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        first.enter_context(engines.oxigraph(tmp_path, dump, port))
        server = stack.enter_context(running(cache, "--store-file", str(file)))
        assert server.ask("ASK {}").content["boolean"] is True
        first.close()
        stopped = server.ask("ASK { }")
        assert (stopped.status, stopped.content["title"]) == (503, "Engine not reached")
        with engines.oxigraph(tmp_path, dump, port):
            assert server.ask("ASK {  }").content["boolean"] is True


@pytest.mark.parametrize(
    ("answer", "status"), [(CUT[0], 502), (said(b"", status="503 Service Unavailable"), 503), (CLOSED, 503)]
)
def test_a_write_that_is_lost_is_not_sent_again_and_what_was_kept_is_forgotten(
    answer: bytes, status: int, bad: Bad, cache: Path
) -> None:
    here = str(bad.settings["query"])
    file = engines.written(cache, {**bad.settings, "update": here, "graph-store": here, "default-graph": "kept"})
    with running(cache, "--store-file", str(file), "--no-gate", token=TOKEN) as server:
        revision = server.ask("ASK { ?x ?y ?z }").headers["aidtrace-revision"]
        bad.asked = []
        bad.answers = [EMPTY, EMPTY, answer, EMPTY]
        lost = server.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }")
        assert lost.status == status
        assert "may have been carried out" in lost.content["detail"]
        assert len([one for one in bad.asked if b"INSERT DATA" in one]) == 1
        assert server.get("/health").content["revision"] != revision
        later = server.ask("ASK { ?x ?y ?later }")  # the engine may still carry it out
        assert ("etag" in later.headers, later.headers["cache-control"]) == (False, "no-store")


@contextmanager
def written_to(bad: Bad, cache: Path) -> Iterator[Server]:
    """Serve an engine that takes writes, once nothing is asked behind the test."""
    here = str(bad.settings["query"])
    file = engines.written(cache, {**bad.settings, "update": here, "graph-store": here, "default-graph": "kept"})
    with running(cache, "--store-file", str(file), "--no-gate", token=TOKEN) as server:
        _later(server, "/search?q=x")
        yield server


def test_no_answer_bears_a_tag_while_a_write_is_on_its_way(bad: Bad, cache: Path) -> None:
    with written_to(bad, cache) as server:
        bad.answers = [EMPTY, EMPTY, SLOW, said(TABLE), EMPTY, EMPTY, said(TABLE)]
        write = threading.Thread(target=server.update, args=["INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }"])
        write.start()
        time.sleep(0.7)
        meanwhile = server.ask(ONE)
        assert (meanwhile.status, write.is_alive()) == (200, True)
        write.join()
        later = server.ask(ONE)
    assert "etag" not in meanwhile.headers
    assert "etag" in later.headers
    assert later.headers["aidtrace-revision"] != meanwhile.headers["aidtrace-revision"]


def test_a_write_of_which_a_graph_fails_says_what_is_written_and_makes_a_revision(bad: Bad, cache: Path) -> None:
    with written_to(bad, cache) as server:
        before = server.get("/health").content["revision"]
        bad.answers = [EMPTY, EMPTY, DONE, said(b"no", "text/plain", "400 Bad Request"), EMPTY]
        quads = b"<urn:x> <urn:y> <urn:z> <urn:first> .\n<urn:x> <urn:y> <urn:z> <urn:second> .\n"
        half = server.get("/data", "*/*", "POST", quads, "application/n-quads")
        assert (half.status, half.content["title"]) == (502, "Half written")
        assert "written: <urn:first>; " in half.content["detail"]
        assert "sent" not in half.content
        middle = server.get("/health").content["revision"]
        bad.answers = [EMPTY, EMPTY, said(b"no", "text/plain", "400 Bad Request"), EMPTY]
        assert server.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }").status == 400
        assert len({before, middle, server.get("/health").content["revision"]}) == 3


def test_a_copy_that_failed_is_made_a_little_later(bad: Bad, cache: Path) -> None:
    bad.answers = [EMPTY, EMPTY, EMPTY, said(b"oops", "text/plain", "500 Server Error"), EMPTY]
    with running(cache, "--store-file", str(engines.written(cache, bad.settings))) as server:
        for _ in range(200):
            if b"oops" in server.get("/search?q=x").body:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the copy did not fail")
        assert _later(server, "/search?q=x").status == 200


def test_a_union_that_others_break_is_not_asked_until_it_holds(dump: Path, cache: Path, tmp_path: Path) -> None:
    with engines.oxigraph(tmp_path, dump) as one, fronted(cache, one) as server:
        ask = "ASK { ?s ?p ?o }"
        assert server.ask(ask).status == 200
        one.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }")
        broken = _turned(server, ask, 503)
        assert broken.content["title"] == "Union not right"
        assert server.ask("ASK { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }").status == 503
        assert server.get("/data?graph=urn:g", "application/n-triples").body.count(b"\n") == 1
        assert server.log.read_text().count("a query without GRAPH sees") == 1
        one.update("INSERT DATA { <urn:x> <urn:y> 1 }")
        _turned(server, ask, 200)


def _turned(server: Server, query: str, status: int) -> Answer:
    for _ in range(150):
        answer = server.ask(query)
        if answer.status == status:
            return answer
        time.sleep(0.2)
    raise AssertionError(answer.body)


def test_who_looks_for_the_newest_revision_goes_on_after_an_error_and_says_it_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    looks = list[int]()

    class Broken:
        @property
        def current(self) -> str:
            looks.append(1)
            raise KeyError("a fault")

    async def take(_: Path) -> None:
        raise AssertionError("nothing is there")

    async def watched() -> None:
        newest = Newest(Broken(), take)  # type: ignore[arg-type]
        newest.start()
        await asyncio.sleep(4.5 * EVERY)
        await newest.close()

    asyncio.run(watched())
    assert len(looks) > 3
    assert capfd.readouterr().err == "aidtrace: the newest revision is not served: KeyError: 'a fault'\n"


@pytest.mark.parametrize("count", [1, 3])
def test_a_copy_of_which_triples_are_missing_or_not_counted_is_none(count: int, bad: Bad, tmp_path: Path) -> None:
    two = b"<urn:a> <urn:b> 1 .\n<urn:a> <urn:b> 2 .\n".replace(b" 1 ", b' "1" ').replace(b" 2 ", b' "2" ')
    engine = Engine(str(bad.settings["query"]))
    remote = Remote(engine, direct(*engine.host))
    bad.answers = [said(two, "application/n-triples")]
    assert len(mirrored(remote, Holdings({"urn:g": 2}, []), tmp_path / "whole", 5)) == 4  # with the union
    with pytest.raises(EngineError, match=f"2 triples, and the engine counts {count}"):
        mirrored(remote, Holdings({"urn:g": count}, []), tmp_path / "half", 5)
    remote.close()


def test_so_many_sets_of_graphs_are_known_to_share_no_triple_and_no_more(bad: Bad) -> None:
    engine = Engine(str(bad.settings["query"]), exclusive=True)
    bad.answers = [said(b'{"head":{},"boolean":false}')]
    here, there = socket.socketpair()
    with here, there, closing(Remote(engine, direct(*engine.host))) as remote:
        asker = Asker(here, remote)

        def asks(number: int) -> int:
            before = len(bad.asked)
            asker._dataset({"store": "1", "default": ["urn:a", f"urn:{number}"], "named": []})
            return len(bad.asked) - before

        assert [asks(number) for number in range(APART + 40)] == [1] * (APART + 40)
        assert len(asker._apart) == APART
        assert (asks(APART + 39), asks(40), asks(0)) == (0, 0, 1)


def test_nobody_writes_without_addresses_or_a_token(bad: Bad, cache: Path) -> None:
    with running(cache, "--store-file", str(engines.written(cache, bad.settings)), token=TOKEN) as server:
        refused = server.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }")
        assert refused.status == 403
        assert "names no update" in refused.content["detail"]

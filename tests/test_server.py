"""The server as a client meets it: real processes, real sockets on loopback, real kills."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import ROOT
from pyoxigraph import RdfFormat, parse
from servers import JSON, TOKEN, Answer, Server, running, start

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MANY_ROWS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def server(cache: Path, folder: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


def test_the_main_question_is_answered_by_name_and_by_sparql(server: Server) -> None:
    by_name = server.get("/queries/agreements-before-doctrine-change", "text/csv")
    assert by_name.headers["content-type"].startswith("text/csv")
    rows = by_name.body.decode().splitlines()
    assert rows[0] == "change,changeLabel,changeDate,agreement,label,date,certainty"
    text = (ROOT / "queries" / "agreements-before-doctrine-change.rq").read_text("utf-8")
    assert server.ask(text, "text/csv").body == by_name.body
    assert len(rows) > 40


@pytest.mark.parametrize(
    ("accept", "query"),
    [
        (JSON, "ASK {}"),
        ("application/sparql-results+xml", "ASK {}"),
        ("text/csv", "SELECT (1 AS ?x) {}"),
        ("text/tab-separated-values", "SELECT (1 AS ?x) {}"),
        ("text/turtle", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"),
        ("application/n-triples", "DESCRIBE <https://w3id.org/aidtrace/id/actor/turkiye>"),
        ("application/ld+json", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"),
        ("application/rdf+xml", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"),
    ],
)
def test_each_form_of_query_comes_in_the_format_that_was_asked_for(server: Server, accept: str, query: str) -> None:
    answer = server.ask(query, accept)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == accept
    assert answer.body
    assert answer.headers["aidtrace-revision"]


def test_both_forms_of_post_answer_as_get_does(server: Server) -> None:
    query = "SELECT ?x { VALUES ?x { 1 2 } }"
    form = server.get(
        "/sparql", JSON, "POST", urlencode({"query": query}).encode(), "application/x-www-form-urlencoded"
    )
    direct = server.get("/sparql", JSON, "POST", query.encode(), "application/sparql-query")
    assert form.body == direct.body == server.ask(query).body


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT * { ?s ?p }", 400, "1:18: } does not belong here; expected a variable"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * FROM <http://x> { ?s ?p ?o }", 403, "FROM <http://x>"),
        ("SELECT * { ?s ?p ?o } LIMT 1", 400, "1:23: LIMT is no keyword; expected LIMIT"),
        ("PREFIX a: <urn:a> ASK { ?s a a:x ; b:y 1 }", 400, "1:36: prefix b: is not declared; expected PREFIX b: <…>"),
        ("", 400, "is empty; expected a query"),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", 400, "1:1: INSERT begins an update, which is not taken here"),
    ],
)
def test_a_query_that_is_refused_gets_a_problem_document(server: Server, query: str, status: int, said: str) -> None:
    answer = server.ask(query)
    problem = json.loads(answer.body)
    assert (answer.status, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in problem["detail"]


@pytest.mark.parametrize(
    ("method", "kind", "body", "status"),
    [
        ("PUT", "", b"", 405),
        ("POST", "text/plain", b"ASK {}", 415),
        ("POST", "application/sparql-update", b"CLEAR ALL", 403),
        ("POST", "application/x-www-form-urlencoded", b"update=CLEAR+ALL", 403),
        ("POST", "application/sparql-query", b"ASK { \xff }", 400),
        ("POST", "application/sparql-query", b"#" * (1 << 21), 413),
        ("DELETE", "", None, 405),
    ],
)
def test_a_request_that_is_wrong_says_how(
    server: Server, method: str, kind: str, body: bytes | None, status: int
) -> None:
    assert server.get("/sparql", JSON, method, body, kind).status == status


def test_a_media_type_that_nothing_fits_is_406(server: Server) -> None:
    assert server.ask("ASK {}", "image/png").status == 406
    assert server.ask("ASK {}", "text/turtle").status == 406


def test_an_endless_query_is_stopped_at_its_deadline_while_others_are_answered(server: Server) -> None:
    stopped: list[Answer] = []
    begun = time.monotonic()
    asking = threading.Thread(target=lambda: stopped.append(server.ask(ENDLESS, timeout="1")))
    asking.start()
    assert server.ask("ASK {}").status == 200
    assert time.monotonic() - begun < 1
    asking.join()
    assert stopped[0].status == 503
    assert stopped[0].headers["retry-after"]
    assert time.monotonic() - begun < 3


def test_a_result_that_cannot_be_finished_is_a_broken_transfer(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        path = "/sparql?" + urlencode({"query": MANY_ROWS, "timeout": "2"})
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode())
        first = last = raw.recv(1 << 16)
        while piece := raw.recv(1 << 16):
            last = (last + piece)[-64:]
    assert first.startswith(b"HTTP/1.1 200 "), first[:300]
    assert not last.endswith(b"\r\n0\r\n\r\n")


def test_a_client_that_hangs_up_frees_its_worker(server: Server) -> None:
    for _ in range(8):
        raw = socket.create_connection(("127.0.0.1", server.port))
        raw.sendall(f"GET /sparql?{urlencode({'query': ENDLESS})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.05)
        raw.close()
    end = time.monotonic() + 5
    while server.get("/requests").content:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_whose_workers_are_all_being_replaced_stays_ready(server: Server) -> None:
    for _ in range(10):
        leaving = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
        for raw in leaving:
            raw.sendall(f"GET /sparql?{urlencode({'query': ENDLESS})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.15)
        for raw in leaving:
            raw.close()
        assert {server.get("/health").status for _ in range(20)} == {200}


@pytest.mark.parametrize(("size", "status"), [(60_000, b"200"), (66_000, b"431"), (300_000, b"431")])
def test_a_head_larger_than_64_kib_is_refused(server: Server, size: int, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * size + b"\r\n\r\n")
        assert raw.recv(64).split()[1] == status


def test_a_large_body_does_not_count_as_head(server: Server) -> None:
    query = b"ASK {} #" + b"a" * 900_000
    assert server.get("/sparql", JSON, "POST", query, "application/sparql-query").status == 200


def test_a_browser_gets_a_page_with_the_questions(server: Server) -> None:
    for path in ("/", "/sparql", "/queries", "/queries/table-2"):
        page = server.get(path, "text/html,application/xhtml+xml,*/*;q=0.8")
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"Which agreements precede a doctrine change?" in server.get("/", "text/html").body


def test_a_name_leads_to_a_page_about_the_thing(server: Server) -> None:
    moved = server.get("/id/agreement/shusha-declaration", "text/html")
    assert (moved.status, moved.headers["location"]) == (303, "/page/agreement/shusha-declaration")
    assert b"Shusha Declaration" in server.get(moved.headers["location"], "text/html").body
    assert server.get("/page/agreement/nothing", "text/html").status == 404


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        ("*/*", ""),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""),
        ("text/turtle", "?format=turtle"),
        ("application/n-triples", "?format=ntriples"),
        ("application/ld+json, text/html;q=0.5", "?format=jsonld"),
        ("application/rdf+xml;q=0.9, text/html;q=0.1", "?format=rdfxml"),
    ],
)
def test_a_name_leads_to_what_the_client_accepts(server: Server, accept: str, place: str) -> None:
    moved = server.get("/id/actor/mkek", accept)
    assert (moved.status, moved.headers["location"]) == (303, f"/page/actor/mkek{place}")
    assert "accept" in moved.headers["vary"].lower().split(", ")
    assert server.get(moved.headers["location"]).status == 200


@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/rdf+xml", RdfFormat.RDF_XML),
    ],
)
def test_the_document_holds_what_is_said_of_the_thing(server: Server, media: str, form: RdfFormat) -> None:
    answer = server.get("/page/actor/mkek", media)
    assert answer.headers["content-type"].split(";")[0] == media
    said = {(quad.subject, quad.predicate, quad.object) for quad in parse(answer.body, form)}
    rows = server.rows("SELECT ?p ?o { <https://w3id.org/aidtrace/id/actor/mkek> ?p ?o }")
    assert len(said) == len(rows) > 3
    assert {str(subject) for subject, _, _ in said} == {"<https://w3id.org/aidtrace/id/actor/mkek>"}
    again = server.get("/page/actor/mkek", media, If_None_Match=answer.headers["etag"])
    assert again.status == 304


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "*/*"])
@pytest.mark.parametrize("name", ["actor/nobody", "actor/a%20b", "actor/%3E", "actor"])
def test_a_name_that_nothing_has_is_404_at_once(server: Server, name: str, accept: str) -> None:
    assert server.get(f"/id/{name}", accept).status == 404
    assert server.get(f"/page/{name}", accept).status == 404


def test_a_page_links_to_its_rdf(server: Server) -> None:
    page = server.get("/page/actor/mkek", "text/html").body.decode()
    assert '<link rel="alternate" type="text/turtle" href="/page/actor/mkek?format=turtle">' in page


def test_a_thing_of_a_named_graph_has_its_name_where_the_default_graph_is_its_own(cache: Path) -> None:
    with running(cache, "--empty", token=TOKEN) as own:
        thing = "<https://w3id.org/aidtrace/id/port/a>"
        wrong = own.update("CLEAR XYZ")
        assert (wrong.status, wrong.content["detail"]) == (
            400,
            "1:7: XYZ is no keyword; expected ?XYZ, or a name with its prefix",
        )
        own.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {thing} <urn:p> 1 }} {thing} <urn:p> 1, 2 }}")
        assert own.get("/id/port/a", "text/turtle").status == 303
        lines = own.get("/page/port/a?format=ntriples").body.decode().splitlines()
        assert [line.split()[1] for line in lines] == ["<urn:p>", "<urn:p>"]


@pytest.mark.parametrize(
    ("path", "accept", "said"),
    [
        ("/id/actor/mkek", "image/png", "image/png is not offered here; expected text/html (format=html), text/turtle"),
        ("/page/actor/mkek?format=csv", "*/*", "format=csv is not offered here; expected text/turtle (format=turtle)"),
        ("/queries", "image/png", "image/png is not offered here; expected application/json or text/html"),
        ("/queries?format=csv", "*/*", "format=csv is not offered here; expected application/json or text/html"),
        (
            "/queries/offices",
            "text/turtle",
            "text/turtle is not offered here; expected application/sparql-results+json",
        ),
        ("/queries/offices?format=turtle", "*/*", "format=turtle is not offered here; expected application/sparql"),
        (
            "/sparql?query=ASK%7B%7D",
            "image/png",
            "text/csv (format=csv), text/tab-separated-values (format=tsv), text/t",
        ),
        (
            "/sparql?query=ASK%7B%7D",
            "text/turtle",
            "the answer is a table, and nothing that is accepted holds one; exp",
        ),
        ("/sparql?query=DESCRIBE%3Curn:x%3E&format=csv", "*/*", "the answer is a graph, and nothing that is accepted"),
        ("/sparql", "image/png", "image/png is not offered here; expected text/turtle (format=turtle), application/n-"),
        ("/graph/article", "text/csv", "text/csv is not offered here; expected text/turtle (format=turtle)"),
    ],
)
def test_what_cannot_be_accepted_is_told_what_there_is(server: Server, path: str, accept: str, said: str) -> None:
    answer = server.get(path, accept)
    assert (answer.status, answer.headers["content-type"]) == (406, "application/problem+json")
    assert said in answer.content["detail"]


def test_the_list_of_questions_is_the_same_with_a_slash_behind_it(server: Server) -> None:
    assert server.get("/queries/").body == server.get("/queries").body == server.get("/queries?format=json").body
    for path in ("/queries/", "/queries?format=html"):
        assert server.get(path, "text/html").body == server.get("/queries", "text/html").body


def test_an_unknown_question_is_404(server: Server) -> None:
    assert server.get("/queries/nothing", "text/csv").status == 404


def test_a_port_in_use_is_one_line(server: Server, cache: Path) -> None:
    command = [sys.executable, "-m", "aidtrace", "serve", "--port", str(server.port)]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stderr == f"aidtrace: 127.0.0.1:{server.port} is in use; expected a free port, give one with --port\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_stopped_server_ends_quietly_and_leaves_no_process(cache: Path, folder: Path, how: signal.Signals) -> None:
    own = start(cache)
    family = own.family()
    own.process.send_signal(how)
    assert own.process.wait(10) == 0
    assert len(family) >= 2
    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []

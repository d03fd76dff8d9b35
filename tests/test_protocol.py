"""The protocol in its details: methods, parameters, headers, streams, cancelling, what operators see."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from servers import FORM, JSON, TOKEN, Answer, Server, running

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MANY = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f }"


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("protocol")
    with running(cache, "--store", str(store), "--no-gate", "--log-format", "json", token=TOKEN) as one:
        yield one


def in_background(server: Server, query: str, **parameters: str) -> tuple[threading.Thread, list[Answer]]:
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(server.ask(query, **parameters)))
    thread.start()
    return thread, answers


def wait_until(true: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_method_query_is_a_post_that_changes_nothing(server: Server) -> None:
    answer = server.get("/sparql", JSON, "QUERY", b"ASK {}", "application/sparql-query")
    assert (answer.status, answer.content["boolean"]) == (200, True)


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    path = "/sparql?" + urlencode({"query": "ASK {}"})
    asked, headed = server.get(path, JSON), server.get(path, JSON, "HEAD")
    assert headed.body == b""
    for name in ("content-type", "content-length", "etag", "aidtrace-revision"):
        assert headed.headers[name] == asked.headers[name]


def test_the_wish_with_the_higher_quality_decides(server: Server) -> None:
    wishes = {
        "text/csv;q=0.5, application/sparql-results+xml;q=0.9": "application/sparql-results+xml",
        "application/*;q=0.1, text/tab-separated-values": "text/tab-separated-values",
        "application/sparql-results+json;q=0, */*": "application/sparql-results+xml",
        "application/json": JSON,
    }
    for accept, kind in wishes.items():
        assert server.ask("SELECT ?x {}", accept).headers["content-type"].split(";")[0] == kind


def test_a_relative_iri_is_read_against_the_address(server: Server) -> None:
    rows = server.rows("SELECT ?x { VALUES ?x { <there> } }")
    assert rows == [{"x": f"http://127.0.0.1:{server.port}/there"}]


def test_percent_encoding_is_undone_once(server: Server) -> None:
    query = "SELECT ?x { VALUES ?x { <http://e/a%20b> <http://e/%2B> } }"
    expected = [{"x": "http://e/a%20b"}, {"x": "http://e/%2B"}]
    assert server.rows(query) == expected
    form = server.get("/sparql", JSON, "POST", urlencode({"query": query}).encode(), FORM)
    assert [row["x"]["value"] for row in form.content["results"]["bindings"]] == [row["x"] for row in expected]


def test_a_page_of_another_origin_may_ask(server: Server) -> None:
    allowed = server.get("/sparql", method="OPTIONS", Origin="https://elsewhere.example")
    assert allowed.status == 204
    assert "QUERY" in allowed.headers["access-control-allow-methods"]
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert server.ask("ASK {}").headers["access-control-allow-origin"] == "*"


def test_a_malformed_query_is_told_its_line_and_column(server: Server) -> None:
    answer = server.ask("SELECT *\n{ ?s ?p ?o")
    assert (answer.status, answer.content["line"], answer.content["column"]) == (400, 2, 11)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_head_that_is_too_large_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * (1 << 17) + b"\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_running_query_is_listed_and_can_be_cancelled_with_a_token(server: Server) -> None:
    thread, answers = in_background(server, ENDLESS)
    wait_until(lambda: server.get("/requests").content)
    found = server.get("/requests").content[0]
    stranger = Server(server.port, server.process, server.log)
    assert stranger.get(f"/requests/{found['id']}", method="DELETE").status == 401
    assert server.get("/requests/nothing", method="DELETE").status == 404
    assert server.get(f"/requests/{found['id']}", method="DELETE").status == 204
    thread.join()
    assert answers[0].status == 503
    assert answers[0].content["detail"] == "the query was stopped by an operator"


def test_small_queries_never_wait_behind_sixteen_long_ones(server: Server) -> None:
    threads = [in_background(server, f"{ENDLESS} # {number}", timeout="4")[0] for number in range(16)]
    wait_until(lambda: len(server.get("/requests").content) == 16)
    times = []
    for number in range(40):
        begun = time.monotonic()
        assert server.ask(f"ASK {{}} # {number}").status == 200
        times.append(time.monotonic() - begun)
    assert sorted(times)[len(times) // 2] < 0.5
    for thread in threads:
        thread.join()


def test_too_many_long_queries_are_told_to_come_back(server: Server) -> None:
    started = [in_background(server, f"{ENDLESS} # {number}", timeout="3") for number in range(30)]
    for thread, _ in started:
        thread.join()
    refused = [answers[0] for _, answers in started if "are running already" in str(answers[0].body)]
    assert len(refused) == 6
    assert all(answer.status == 503 and answer.headers["retry-after"] for answer in refused)


def test_a_query_that_eats_memory_is_stopped_and_the_server_lives(server: Server) -> None:
    bomb = "SELECT (GROUP_CONCAT(?t) AS ?x) { ?a ?b ?c . ?d ?e ?f BIND (CONCAT(STR(?a), STR(?c), STR(?f)) AS ?t) }"
    answer = server.ask(bomb)
    assert answer.status == 503
    assert server.ask("ASK {}").status == 200


def test_a_long_result_streams_and_memory_stays_flat(server: Server) -> None:
    before, size = memory(server), 0
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(
        "GET", "/sparql?" + urlencode({"query": f"{MANY} LIMIT 1000000"}), headers={"Accept": "text/csv"}
    )
    response = connection.getresponse()
    while piece := response.read(1 << 16):
        size += piece.count(b"\n")
    connection.close()
    assert size == 1_000_001
    assert memory(server) - before < 10 << 20


def memory(server: Server) -> int:
    """Return the bytes that the front holds: its proportional share."""
    for line in Path(f"/proc/{server.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    raise AssertionError


def test_a_reader_that_is_slow_is_served_past_the_deadline(cache: Path) -> None:
    with running(cache, "--deadline", "1") as one, socket.create_connection(("127.0.0.1", one.port)) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        path = "/sparql?" + urlencode({"query": f"{MANY} LIMIT 40000"})
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\nConnection: close\r\n\r\n".encode())
        time.sleep(2.5)
        body = b""
        while piece := raw.recv(1 << 20):
            body += piece
    assert body.endswith(b"0\r\n\r\n")


def test_metrics_count_what_happened(server: Server) -> None:
    text = server.get("/metrics").body.decode()
    for name in ("requests_total", "request_seconds_bucket", "workers_killed", "queue_length", "cache_hits"):
        assert f"aidtrace_{name}" in text
    killed = float(next(line for line in text.splitlines() if line.startswith("aidtrace_workers_killed ")).split()[1])
    assert killed >= 1
    assert server.get("/health").content["revision"] in text


def test_each_request_is_one_line_with_a_hash_of_its_query(server: Server) -> None:
    server.ask("ASK { <urn:secret> ?p ?o }")
    time.sleep(0.5)
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    last = [line for line in lines if line["path"] == "/sparql"][-1]
    assert {"time", "client", "method", "path", "status", "ms", "bytes", "query", "outcome"} == set(last)
    assert (last["status"], last["outcome"], len(last["query"])) == (200, "done", 16)
    assert "secret" not in server.log.read_text()


def test_a_service_says_what_it_is(server: Server) -> None:
    told = server.get("/sparql", "text/turtle").body.decode()
    assert "sd:UnionDefaultGraph" not in told, "it is the union of all graphs but the shapes"
    assert "sd:SPARQL11Update" in told
    assert f"<http://127.0.0.1:{server.port}/sparql>" in told


def test_a_stop_lets_a_running_query_finish(cache: Path) -> None:
    with running(cache) as one:
        thread, answers = in_background(one, ENDLESS, timeout="1")
        wait_until(lambda: one.get("/requests").content)
        assert one.stop() == 0
        thread.join()
    assert answers[0].status == 503
    assert "1 s" in answers[0].content["detail"]


def test_the_data_page_of_the_store_needs_a_graph(server: Server) -> None:
    assert server.get("/data").status == 400
    assert server.get("/data?graph=relative").status == 400
    assert server.get("/data?default&graph=urn:x").status == 400
    assert server.get("/data?default", "text/turtle").status == 200


def test_the_server_outlives_the_processes_behind_it(cache: Path) -> None:
    with running(cache) as one:
        family = one.family()
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: one.ask(f"ASK {{}} # {time.monotonic()}").status == 200)
        assert not set(one.family()) & set(family)


def test_a_page_of_a_question_shows_only_what_its_parameters_leave(server: Server) -> None:
    page = server.get("/queries/offices?person=actor/turgut-ozal", "text/html")
    assert page.headers["content-type"].startswith("text/html")
    rows = page.body.partition(b"<tbody>")[2].partition(b"</tbody>")[0]
    assert b"heydar-aliyev" not in rows
    assert b"turgut-ozal" in rows
    assert server.get("/queries/offices?person=nobody", "text/html").status == 400
    first = server.get("/queries/offices?limit=1&format=html")
    assert first.body.partition(b"<tbody>")[2].count(b"<tr>") == 1
    assert first.headers["content-type"].startswith("text/html")


def test_waiting_for_a_worker_counts_against_the_time_that_was_asked_for(cache: Path) -> None:
    with running(cache) as one:
        begun = time.monotonic()
        started = [in_background(one, f"{ENDLESS} # {number}", timeout="2") for number in range(60)]
        for thread, _ in started:
            thread.join()
        assert time.monotonic() - begun < 8
        assert {answers[0].status for _, answers in started} == {503}


def test_a_server_that_only_reads_lets_an_admin_cancel_and_nobody_write(cache: Path) -> None:
    with running(cache, token=TOKEN) as one:
        assert one.get("/health").content["writable"] is False
        assert one.update("CLEAR ALL").status == 403
        assert one.get("/data?default", method="DELETE").status == 403
        assert one.get("/requests/nothing", method="DELETE").status == 404

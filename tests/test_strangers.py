"""What clients of all kinds send: nothing that was answered is lost, and none of them stops the others."""

from __future__ import annotations

import json
import resource
import socket
import time
from contextlib import closing
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import QuerySolutions, Store
from servers import Server, running

from aidtrace.errors import InputError
from aidtrace.revisions import Revisions
from aidtrace.server.negotiation import choose
from aidtrace.server.processes import pool as pools
from aidtrace.server.processes.worker import Reader
from aidtrace.server.rows import select_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TURTLE = b"<urn:s> <urn:p> <urn:o> ."
JENA = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/tab-separated-values;q=0.7, "
    "text/csv;q=0.5, application/json;q=0.2, application/xml;q=0.2, */*;q=0.1"
)


@pytest.fixture(scope="module")
def own(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--empty", "--store", str(tmp_path_factory.mktemp("own")), token="x") as server:
        yield server


@pytest.fixture(scope="module")
def union(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("union")), "--no-gate", token="x") as server:
        yield server


def raw(server: Server, *pieces: bytes) -> bytes:
    """Send *pieces* and read until the server closes or is silent for a second."""
    received = b""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)
        connection.settimeout(1)
        try:
            while found := connection.recv(1 << 16):
                received += found
        except TimeoutError:
            pass
    return received


def put(server: Server, more: str) -> bytes:
    head = (
        f"PUT /data?graph=urn:h2c HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n{more}"
        f"Content-Type: text/turtle\r\nContent-Length: {len(TURTLE)}\r\n\r\n"
    )
    return head.encode() + TURTLE


UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"


def test_a_wish_for_another_protocol_does_not_eat_the_body(own: Server) -> None:
    assert raw(own, put(own, UPGRADE)).startswith(b"HTTP/1.1 201")
    assert own.rows("SELECT ?o { GRAPH <urn:h2c> { <urn:s> <urn:p> ?o } }") == [{"o": "urn:o"}]


def test_the_wish_may_come_in_pieces_or_behind_another_request(own: Server) -> None:
    sent = put(own, UPGRADE.replace("Upgrade:", "uPGRADE :"))
    assert raw(own, sent[:90], sent[90:150], sent[150:]).startswith((b"HTTP/1.1 204", b"HTTP/1.1 400"))
    ask = b"GET /health HTTP/1.1\r\nHost: x\r\n" + UPGRADE.encode() + b"\r\n"
    assert raw(own, ask + ask).count(b"HTTP/1.1 200") == 2


def test_http_1_0_gets_no_chunks(own: Server) -> None:
    query = "SELECT%20*%20%7B%20VALUES%20%3Fx%20%7B" + "%201" * 30_000 + "%7D%7D"
    answer = raw(own, f"GET /sparql?query={query[:50_000]} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    whole = raw(own, b"GET /openapi.json HTTP/1.0\r\nHost: x\r\n\r\n")
    for one in (answer, whole):
        assert b"chunked" not in one
        assert not one.endswith(b"0\r\n\r\n")


def test_a_thousand_connections_that_say_nothing_keep_nobody_out(own: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    silent = [socket.create_connection(("127.0.0.1", own.port)) for _ in range(1001)]
    try:
        assert own.get("/health").status == 200
    finally:
        for one in silent:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_server_that_is_started_with_few_files_takes_more_connections_than_these(cache: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with running(cache, "--empty") as server:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
            silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(400)]
            try:
                assert server.get("/health").status == 200
            finally:
                for one in silent:
                    one.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_options_are_answered_everywhere_and_counted(own: Server) -> None:
    for path in ("/queries/agreements", "/requests/1", "/shapes", "/trace"):
        answer = own.get(path, method="OPTIONS")
        assert (answer.status, "GET" in answer.headers["access-control-allow-methods"]) == (204, True)
    assert b"HTTP/1.1" in raw(own, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")


def test_a_large_body_needs_a_token_that_may_write(own: Server) -> None:
    large = b"#" * (2 << 20) + b"\nASK {}"
    refused = own.get("/sparql", method="POST", body=large, kind="application/sparql-query")
    assert refused.status == 413
    update = b"INSERT DATA { GRAPH <urn:l> { <urn:a> <urn:b> 1 } } #" + b"x" * (2 << 20)
    assert own.get("/sparql", method="POST", body=update, kind="application/sparql-update").status == 204
    stranger = Server(own.port, own.process, own.log, token="nobody")
    assert stranger.get("/sparql", method="POST", body=update, kind="application/sparql-update").status == 413


ROWS = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } VALUES ?c { %s } }" % ((" ".join(map(str, range(300))),) * 3)


def test_a_query_whose_client_reads_nothing_is_stopped_at_once(own: Server) -> None:
    with closing(socket.create_connection(("127.0.0.1", own.port), timeout=30)) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        idle.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nAccept: text/csv\r\n"
            + f"Content-Length: {len(ROWS)}\r\n\r\n{ROWS}".encode()
        )
        time.sleep(1)
        (running_one,) = own.get("/requests").content
        assert own.get(f"/requests/{running_one['id']}", method="DELETE").status == 204
        end = time.monotonic() + 3
        while own.get("/requests").content:
            assert time.monotonic() < end
            time.sleep(0.05)


ENDLESS = "SELECT (COUNT(*) AS ?n) { VALUES ?a { %s } VALUES ?b { %s } VALUES ?c { %s } VALUES ?d { %s } }" % (
    (" ".join(map(str, range(300))),) * 4
)


def test_a_client_that_hangs_up_with_more_questions_sent_frees_its_worker(own: Server) -> None:
    head = (
        f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: {len(ENDLESS)}"
    )
    with closing(socket.create_connection(("127.0.0.1", own.port), timeout=30)) as client:
        client.sendall(f"{head}Content-Length: {len(ENDLESS)}\r\n\r\n{ENDLESS}".encode())
        time.sleep(0.3)
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
    end = time.monotonic() + 3
    while own.get("/requests").content:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_questions_sent_behind_each_other_are_answered_in_turn(own: Server) -> None:
    ask = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
    answered = raw(own, ask * 5 + ask.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    assert answered.count(b"HTTP/1.1 200") == 6


# datasets of an update


def test_the_dataset_of_the_request_is_not_lost_on_a_shorthand(own: Server) -> None:
    own.update("INSERT DATA { <urn:keep> <urn:p> 1 }")
    for text in ("DELETE WHERE { ?s ?p ?o }", "DELETEWHERE { ?s ?p ?o }"):
        assert own.update(text, **{"using-graph-uri": "urn:nothing"}).status == 400
    assert own.rows("SELECT ?o { <urn:keep> <urn:p> ?o }") == [{"o": "1"}]


def test_graphs_that_share_a_triple_are_not_counted_twice_in_an_update(own: Server) -> None:
    own.update("INSERT DATA { GRAPH <urn:a> { <urn:s> <urn:p> 1 } GRAPH <urn:b> { <urn:s> <urn:p> 1 } }")
    text = "INSERT { GRAPH <urn:r> { <urn:s> <urn:n> ?n } } WHERE { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } }"
    both = "&".join(f"using-graph-uri=urn:{name}" for name in "ab")
    assert own.get(f"/sparql?{both}", method="POST", body=text.encode(), kind="application/sparql-update").status == 400
    assert own.update(text.replace("WHERE", "USING <urn:a> USING <urn:b> WHERE")).status == 400
    assert own.update(text, **{"using-graph-uri": "urn:a"}).status == 204
    assert own.rows("SELECT ?n { GRAPH <urn:r> { ?s ?p ?n } }") == [{"n": "1"}]


HIDDEN = (
    "INSERT { GRAPH <urn:g> { ?s ?p ?o } } WHERE { BIND(1 AS ?a) BIND(2 AS ?b) FILTER(?a>?b) "
    'FILTER(?a<?b#c> """\n) } ; INSERT DATA { GRAPH <urn:hidden> { <urn:a> <urn:b> 1 } } #"""'
)


def test_nothing_can_hide_in_what_is_read_in_two_ways(union: Server) -> None:
    answer = union.update(HIDDEN)
    assert (answer.status, answer.content["line"]) == (400, 1)
    assert "may mean several things" in answer.content["detail"]
    assert union.rows("SELECT ?s { GRAPH <urn:hidden> { ?s ?p ?o } }") == []


def test_a_name_that_is_glued_to_a_keyword_leaves_no_triple_behind(union: Server) -> None:
    union.update("INSERT DATA { GRAPH <urn:x:g> { <urn:x:s> <urn:x:p> <urn:x:o> } }")
    assert union.rows("SELECT ?o { <urn:x:s> <urn:x:p> ?o }") == [{"o": "urn:x:o"}]
    assert union.update("PREFIX ex: <urn:x:> DROP GRAPHex:g").status == 204
    assert union.rows("SELECT ?o { <urn:x:s> <urn:x:p> ?o }") == []


# answers


def test_the_default_header_of_jena_gets_json() -> None:
    offered = (
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    )
    assert choose(JENA, offered) == "application/sparql-results+json"
    assert choose("text/csv;Q=0, text/tab-separated-values", offered) == "text/tab-separated-values"
    assert choose("text/csv;q=0.0000, */*;q=0.1", offered) == "application/sparql-results+json"


def test_each_form_of_an_answer_has_a_tag_of_its_own(union: Server) -> None:
    forms = ("application/sparql-results+json", "application/ld+json", "text/csv")
    tags = [union.get("/queries/table-1", accept=form).headers["etag"] for form in forms]
    assert len(set(tags)) == len(forms)
    other = union.get("/queries/table-1", accept=forms[0], If_None_Match=tags[1])
    assert other.status == 200


def test_a_query_that_may_hide_rand_is_not_kept(union: Server) -> None:
    query = 'SELECT (IF(?r<RAND()&&1>0,"a","b") AS ?x) (?r AS ?y) { BIND(0.5 AS ?r) }'
    assert "etag" not in union.ask(query).headers


def test_a_revision_that_somebody_pins_is_there_or_is_gone(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--empty", "--store", str(tmp_path / "s"), token="x") as server:
        names, statuses = list[str](), set[int]()
        for number in range(40):
            said = server.update(f"INSERT DATA {{ <urn:s> <urn:p> {number} }}")
            names.append(said.headers["aidtrace-revision"])
            statuses |= {server.ask("ASK {}", revision=name).status for name in names[-18:]}
    assert statuses <= {200, 410}
    assert 200 in statuses


def test_a_graph_is_replaced_only_where_it_is_what_was_read(own: Server) -> None:
    path = "/data?graph=urn:pre"
    send: Any = {"method": "PUT", "body": TURTLE, "kind": "text/turtle"}
    assert own.get(path, **send, If_Match="*").status == 412
    assert own.get(path, **send, If_None_Match="*").status == 201
    assert own.get(path, **send, If_None_Match="*").status == 412
    read = own.get(path, accept="text/turtle").headers["etag"]
    assert own.get(path, **send, If_Match='"stale"').status == 412
    assert own.get(path, **send | {"body": TURTLE + b"<urn:t> <urn:p> 1 ."}, If_Match=read).status == 204
    assert own.get(path, **send, If_Match=read).status == 412
    assert len(own.rows("SELECT ?s { GRAPH <urn:pre> { ?s ?p ?o } }")) == 2
    assert own.get(path, accept="text/turtle", If_None_Match="*").status == 304


# stores and machines


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"release": 1}'])
def test_a_store_that_does_not_say_what_it_is_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "store.json").write_text(content)
    with pytest.raises(InputError, match=r"store\.json: .*; expected"):
        _ = Revisions(tmp_path).about


def test_a_store_whose_revision_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("revisions/7-00000000")
    with pytest.raises(InputError, match="no store"):
        _ = Revisions(tmp_path).current


def test_the_memory_of_a_control_group_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_memory", lambda: 2 << 30)
    assert pools.Limits(workers=3, long_running=24).share() == 1 << 28


def test_a_page_shows_some_of_what_names_a_hub_and_says_so(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", token="x") as server:
        hub = "https://w3id.org/aidtrace/id/actor/hub"
        rows = " ".join(f"<urn:n{number}> <urn:p> <{hub}> ." for number in range(700))
        text = f'INSERT DATA {{ GRAPH <urn:g> {{ {rows} <{hub}> <urn:q> "x" }} }}'
        assert server.update(text).status == 204
        page = server.get("/page/actor/hub", accept="text/html")
        assert page.status == 200
        assert b'<span class="aside">(700)</span></h3>\n<p class="aside">Too many to be sorted.</p>' in page.body
        assert page.body.partition(b"</main>")[0].count(b"<li>") == 20
        assert b"/page/actor/hub?by=urn%3Ap&amp;from=20#named" in page.body
        last = server.get("/page/actor/hub?by=urn%3Ap&from=680", accept="text/html").body
        assert last.partition(b"</main>")[0].count(b"<li>") == 20
        assert b">earlier</a>" in last
        assert b">more</a>" not in last
        assert (
            json.loads(server.ask("SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }").body)["results"]["bindings"][0]["n"][
                "value"
            ]
            == "700"
        )


def test_a_page_about_a_thing_with_very_many_labels_holds_nobody_up(cache: Path, tmp_path: Path) -> None:
    hub = "https://w3id.org/aidtrace/id/actor/hub"
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    labels = "\n".join(f'<{hub}> <{label}> "{number}"@en .' for number in range(100_000)).encode()
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", "--deadline", "60", token="x") as server:
        assert server.get("/graph/hub", "*/*", "PUT", labels, "text/turtle").status == 201
        page = server.get("/page/actor/hub", accept="text/html")
        assert page.status == 200
        assert page.body.count(b"<bdi lang") == 499  # one of 500 is its title
        assert b"The first 500 statements are shown" in page.body
        assert server.get("/page/concept/positive", accept="text/html").body.count(b"in scheme") == 1


def test_a_page_whose_answer_takes_too_long_is_503(cache: Path) -> None:
    with running(cache, "--deadline", "0.00001") as server:
        page = server.get("/page/actor/turkiye", accept="text/html")
        assert (page.status, page.headers["retry-after"]) == (503, "5")


def test_rows_that_are_equal_are_paged_once_each() -> None:
    keys, after = list[str](), None
    for _ in range(4):
        result = Store().query("SELECT ?a { VALUES ?a { 1 1 1 2 } }")
        assert isinstance(result, QuerySolutions)
        body, after = select_rows(result, after, 1)
        keys += [row["a"]["value"] for row in json.loads(body)["results"]["bindings"]]
    assert (keys, after) == (["1", "1", "1", "2"], "")


def test_an_encoded_slash_is_part_of_a_name_and_a_letter_is_itself(union: Server) -> None:
    for path, name in (("a%2fb", "a%2Fb"), ("a/b", "a/b"), ("a%20b", "a%20b"), ("%C3%A9", "é"), ("%e9", "%E9")):
        line = f"<urn:x:in> <urn:x:is> <urn:x:{path}> .\n".encode()
        assert union.get(f"/graph/{path}", "*/*", "PUT", line, "text/turtle").status in (201, 204)
        assert union.get(f"/graph/{path}", "application/n-triples").body == line
        graph = f"<https://w3id.org/aidtrace/graph/{name}>"
        assert union.rows(f"SELECT ?o {{ GRAPH {graph} {{ <urn:x:in> ?p ?o }} }}") == [{"o": f"urn:x:{path}"}]


def test_a_full_disk_is_507_and_nothing_is_written(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--empty", "--store", str(tmp_path / "s"), token="x") as server:
        assert server.update("INSERT DATA { <urn:a> <urn:b> 1 }").status == 204
        lines = "\n".join(f"<urn:s{number}> <urn:p> <urn:o{number}> ." for number in range(20_000)).encode()
        for process in server.family():
            resource.prlimit(process, resource.RLIMIT_FSIZE, (200_000, 200_000))
        answer = server.get("/data?graph=urn:g", "*/*", "PUT", lines, "text/turtle")
        assert (answer.status, answer.content["title"]) == (507, "Insufficient storage")
        assert server.rows("SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }") == [{"n": "1"}]


def test_a_worker_remembers_only_so_many_sets_of_graphs_and_none_of_a_store_that_is_closed(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in "abc"]
    for folder in folders:
        store = Store(folder)
        store.update(
            "".join(f"INSERT DATA {{ GRAPH <urn:{number}> {{ <urn:s> <urn:p> 1 }} }} ;" for number in range(30))
        )
        store.flush()
        del store
    ours, theirs = socket.socketpair()
    reader = Reader(ours, folders[0], 1 << 28)
    for one, other in combinations(range(30), 2):
        reader._disjoint(folders[0], (f"urn:{one}", f"urn:{other}"))
    assert len(reader._apart) == 256
    for folder in folders[1:]:
        assert not reader._disjoint(folder, ("urn:1", "urn:2"))
    assert {folder for folder, _ in reader._apart} == set(folders[1:])
    ours.close()
    theirs.close()

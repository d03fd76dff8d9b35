"""Writing: graphs by name, updates, revisions, and what a query without GRAPH counts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run
from servers import TOKEN, Server, running, start

TURTLE, NTRIPLES = "text/turtle", "application/n-triples"
MINE = "https://example.org/mine"
ACTOR = "https://w3id.org/aidtrace/id/actor/turkiye"


@pytest.fixture(scope="module")
def union(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A store with the article, which can be written to."""
    with running(cache, "--store", str(tmp_path_factory.mktemp("union")), "--no-gate", token=TOKEN) as one:
        yield one


@pytest.fixture(scope="module")
def own(cache: Path) -> Iterator[Server]:
    """An empty store with the specification's default graph."""
    with running(cache, "--empty", token=TOKEN) as one:
        yield one


def count(server: Server, pattern: str = "?s ?p ?o") -> int:
    return int(server.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0]["n"])


def put(server: Server, turtle: str, graph: str = MINE, method: str = "PUT") -> int:
    return server.get(f"/data?graph={graph}", method=method, body=turtle.encode(), kind=TURTLE).status


def test_a_graph_is_made_added_to_replaced_read_and_deleted(own: Server) -> None:
    assert put(own, "<urn:a> <urn:b> 1, 2 .") == 201
    assert put(own, "<urn:a> <urn:b> 3 .", method="POST") == 204
    assert count(own, f"GRAPH <{MINE}> {{ ?s ?p ?o }}") == 3
    assert put(own, "<urn:a> <urn:b> 4 .") == 204
    read = own.get(f"/data?graph={MINE}", NTRIPLES)
    assert read.body == b'<urn:a> <urn:b> "4"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    assert own.get(f"/data?graph={MINE}", method="DELETE").status == 204
    assert own.get(f"/data?graph={MINE}", NTRIPLES).status == 404
    assert own.get(f"/data?graph={MINE}", method="DELETE").status == 404


def test_a_graph_has_a_direct_name_that_is_the_same_whatever_the_host(own: Server) -> None:
    assert own.get("/graph/dataset/notes", method="PUT", body=b"<urn:a> <urn:b> 1 .", kind=TURTLE).status == 201
    graph = "https://w3id.org/aidtrace/graph/dataset/notes"
    assert count(own, f"GRAPH <{graph}> {{ ?s ?p ?o }}") == 1
    assert own.get("/graph/dataset/notes", NTRIPLES, Host="elsewhere.example").status == 200


def test_a_body_that_does_not_parse_changes_nothing_and_says_where(own: Server) -> None:
    put(own, "<urn:a> <urn:b> 1 .")
    before = own.get("/health").content["revision"]
    answer = own.get(f"/data?graph={MINE}", method="PUT", body=b"<urn:a> <urn:b> 1 .\n<urn:a> nonsense", kind=TURTLE)
    assert answer.status == 400
    assert answer.content["line"] == 2
    assert own.get("/health").content["revision"] == before
    assert count(own, f"GRAPH <{MINE}> {{ ?s ?p ?o }}") == 1


def test_an_update_is_whole_or_not_at_all(own: Server) -> None:
    text = "INSERT DATA { GRAPH <urn:half> { <urn:a> <urn:b> 1 } } ; CREATE GRAPH <urn:half>"
    assert own.update(text).status == 409
    assert count(own, "GRAPH <urn:half> { ?s ?p ?o }") == 0


def test_an_update_is_executed_once(own: Server) -> None:
    assert own.update("INSERT { GRAPH <urn:once> { <urn:a> <urn:b> ?u } } WHERE { BIND (UUID() AS ?u) }").status == 204
    assert count(own, "GRAPH <urn:once> { ?s ?p ?o }") == 1


def test_every_worker_sees_an_update_when_its_answer_arrives(own: Server) -> None:
    for number in range(20):
        assert own.update(f"INSERT DATA {{ GRAPH <urn:seen> {{ <urn:a> <urn:b> {number} }} }}").status == 204
        assert {count(own, "GRAPH <urn:seen> { ?s ?p ?o }") for _ in range(4)} == {number + 1}


def test_without_a_token_nothing_is_written(own: Server) -> None:
    stranger = Server(own.port, own.process, own.log)
    assert stranger.update("CLEAR ALL").status == 401
    assert stranger.get(f"/data?graph={MINE}", method="DELETE").status == 401
    wrong = Server(own.port, own.process, own.log, token="another")
    assert wrong.update("CLEAR ALL").status == 403
    assert TOKEN not in own.log.read_text()


def test_a_query_sees_each_triple_once_also_when_two_graphs_hold_it(union: Server) -> None:
    before = count(union)
    same = f'<{ACTOR}> <urn:seats> 5 ; <urn:note> "x" .'
    for graph in ("urn:g1", "urn:g2", "urn:g3"):
        assert put(union, same, graph) == 201
    assert count(union) == before + 2
    total = union.rows("SELECT (SUM(?n) AS ?sum) { ?s <urn:seats> ?n }")
    assert total == [{"sum": "5"}]
    assert count(union, "GRAPH ?g { ?s <urn:seats> ?n }") == 3


def test_a_triple_goes_from_the_union_with_the_last_graph_that_held_it(union: Server) -> None:
    for graph in ("urn:h1", "urn:h2"):
        put(union, "<urn:a> <urn:only> 1 .", graph)
    assert union.get("/data?graph=urn:h1", method="DELETE").status == 204
    assert count(union, "?s <urn:only> ?o") == 1
    assert union.update("DELETE DATA { GRAPH <urn:h2> { <urn:a> <urn:only> 1 } }").status == 204
    assert count(union, "?s <urn:only> ?o") == 0


def test_several_graphs_of_a_query_are_merged_before_it_is_answered(union: Server) -> None:
    for graph in ("urn:i1", "urn:i2"):
        put(union, "<urn:a> <urn:both> 1 .", graph)
    query = "SELECT (COUNT(*) AS ?n) FROM <urn:i1> FROM <urn:i2> { ?s <urn:both> ?o }"
    assert union.rows(query) == [{"n": "1"}]
    by_parameter = union.get(
        "/sparql?query=SELECT+(COUNT(*)+AS+%3Fn)+%7B+%3Fs+%3Curn:both%3E+%3Fo+%7D"
        "&default-graph-uri=urn:i1&default-graph-uri=urn:i2"
    )
    assert by_parameter.content["results"]["bindings"][0]["n"]["value"] == "1"


def test_a_write_that_names_no_graph_is_refused_where_the_default_graph_is_the_union(union: Server) -> None:
    for text in ("INSERT DATA { <urn:a> <urn:b> 1 }", "CLEAR DEFAULT", "DELETE WHERE { ?s ?p ?o }"):
        answer = union.update(text)
        assert answer.status == 409, text
        assert "GRAPH" in answer.content["detail"]


def test_what_others_add_moves_no_row_of_the_named_questions(union: Server) -> None:
    before = union.get("/queries/agreements", "text/csv").body
    put(union, '<urn:x> a <https://w3id.org/aidtrace/ontology#Agreement> ; <urn:p> "y" .', "urn:others")
    assert union.get("/queries/agreements", "text/csv").body == before


def test_a_revision_can_be_pinned_and_never_changes(union: Server) -> None:
    put(union, "<urn:a> <urn:pin> 1 .", "urn:pinned")
    pinned = union.get("/health").content["revision"]
    put(union, "<urn:a> <urn:pin> 1, 2 .", "urn:pinned")
    query = "SELECT (COUNT(*) AS ?n) { ?s <urn:pin> ?o }"
    then = union.ask(query, revision=pinned)
    assert then.content["results"]["bindings"][0]["n"]["value"] == "1"
    assert then.headers["aidtrace-revision"] == pinned
    assert "immutable" in then.headers["cache-control"]
    assert union.rows(query) == [{"n": "2"}]
    assert union.ask(query, revision="1-nothing").status in (404, 410)


def test_old_revisions_go_and_say_so(own: Server) -> None:
    first = own.get("/health").content["revision"]
    for number in range(18):
        own.update(f"INSERT DATA {{ GRAPH <urn:many> {{ <urn:a> <urn:b> {number} }} }}")
    assert own.ask("ASK {}", revision=first).status == 410


def test_a_store_outlives_its_server(cache: Path, tmp_path: Path, aidtrace: Run) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--empty", token=TOKEN) as one:
        put(one, "<urn:a> <urn:b> 1 .")
        backup = aidtrace("export", "--store", tmp_path / "s", "--format", "nquads")
        assert MINE in backup.stdout
        held = start_fails(cache, tmp_path / "s", aidtrace)
        assert "is being served already" in held
    with running(cache, "--store", str(tmp_path / "s")) as again:
        assert count(again, f"GRAPH <{MINE}> {{ ?s ?p ?o }}") == 1
        assert again.get("/health").content["defaultGraph"] == "own"


def start_fails(cache: Path, store: Path, aidtrace: Run) -> str:
    done = aidtrace("serve", "--port", "0", "--store", store)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_new_release_replaces_our_graphs_and_keeps_yours(cache: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    with running(cache, "--store", str(store), "--no-gate", token=TOKEN) as one:
        put(one, "<urn:a> <urn:yours> 1 .")
        update = f"DELETE WHERE {{ GRAPH <https://w3id.org/aidtrace/graph/article> {{ <{ACTOR}> ?p ?o }} }}"
        assert one.update(update).status == 204
        assert count(one, f"<{ACTOR}> <http://www.w3.org/2000/01/rdf-schema#label> ?label") == 0
    about = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps(about | {"release": "an-older-one"}))
    with running(cache, "--store", str(store)) as again:
        assert count(again, f"<{ACTOR}> <http://www.w3.org/2000/01/rdf-schema#label> ?label") == 1
        assert count(again, "?s <urn:yours> ?o") == 1
    assert json.loads((store / "store.json").read_text())["release"] == about["release"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--token-file", "nowhere"), "nowhere: no such file or directory; expected a file with a token a line"),
        (("--token-file", "README.md"), "expected the scopes write, admin or both"),
        (("--store", "README.md"), "README.md"),
    ],
)
def test_a_start_that_cannot_be_says_why_in_one_line(aidtrace: Run, options: tuple[str, ...], said: str) -> None:
    done = aidtrace("serve", "--port", "0", "--empty", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_ordinary_start_can_be_read_by_all_and_written_by_none(cache: Path) -> None:
    server = start(cache)
    try:
        assert server.update("CLEAR ALL").status == 403
        assert server.get("/health").content["writable"] is False
    finally:
        server.stop()


def test_quads_that_name_no_graph_are_refused_where_the_default_graph_is_a_union(union: Server) -> None:
    before = union.get("/health").content["revision"]
    body = b'<urn:quad> <urn:b> "1" <urn:quads> .\n<urn:quad> <urn:b> "2" .\n'
    answer = union.get("/data", method="POST", body=body, kind="application/n-quads")
    assert (answer.status, answer.content["title"]) == (409, "No graph named")
    assert union.get("/health").content["revision"] == before
    assert union.get("/data", method="POST", body=body.splitlines()[0], kind="application/n-quads").status == 204
    assert count(union, "<urn:quad> ?p ?o") == count(union, "GRAPH <urn:quads> { <urn:quad> ?p ?o }") == 1


def test_an_export_of_a_store_that_is_served_has_its_default_graph_too(
    aidtrace: Run, cache: Path, tmp_path: Path
) -> None:
    with running(cache, "--empty", "--store", str(tmp_path / "store"), token=TOKEN) as server:
        assert server.get("/data?default", method="PUT", body=b"<urn:a> <urn:b> 1 .", kind=TURTLE).status == 204
        assert put(server, "<urn:a> <urn:b> 2 .") == 201
        done = aidtrace("export", "--store", tmp_path / "store", "--format", "nquads")
    assert len(done.stdout.splitlines()) == 2, done.stderr

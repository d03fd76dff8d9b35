"""The gate: no write that breaks a rule gets in, nothing is lost, and a dry run says what would happen."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import TOKEN, Answer, Server, running

AT = "https://w3id.org/aidtrace/ontology#"
ID = "https://w3id.org/aidtrace/id/"
PREFIXES = f"""PREFIX at: <{AT}> PREFIX actor: <{ID}actor/> PREFIX event: <{ID}event/> PREFIX k: <{ID}concept/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX passage: <{ID}passage/> PREFIX flow: <{ID}flow/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
VISIT = """event:%s a at:Visit ; rdfs:label "%s"@en ; at:visitor actor:turkiye ; at:host actor:azerbaijan ;
    at:kind k:visit ; dcterms:source passage:military-training-1 ."""
BAD = 'event:%s a at:Visit ; rdfs:label "%s"@en ; dcterms:source passage:military-training-1 .'


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("gated")
    with running(cache, "--store", str(store), token=TOKEN) as one:
        yield one


def insert(text: str, graph: str = "urn:mine") -> str:
    return f"{PREFIXES} INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}"


def revision(server: Server) -> str:
    return str(server.get("/health").content["revision"])


def known(server: Server, name: str) -> bool:
    return bool(server.rows(f"SELECT ?p {{ <{ID}event/{name}> ?p ?o }}"))


def test_a_write_that_breaks_no_rule_gets_in(server: Server) -> None:
    answer = server.update(insert(VISIT % ("good", "Good visit")))
    assert answer.status == 204, answer.body
    assert known(server, "good")


def test_a_write_that_breaks_a_rule_is_refused_with_the_report_and_leaves_nothing(server: Server) -> None:
    before = revision(server)
    answer = server.update(insert(BAD % ("bad", "Bad visit")))
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert {one["focus"] for one in answer.content["new"]} == {f"{ID}event/bad"}
    assert all(one["message"] for one in answer.content["new"])
    assert (revision(server), known(server, "bad")) == (before, False)
    assert server.update(insert(VISIT % ("after-bad", "Visit after a bad one"))).status == 204


def test_the_graph_store_is_gated_too(server: Server) -> None:
    def put(text: str) -> Answer:
        body = (
            PREFIXES.replace("PREFIX", "@prefix").replace("> @", "> . @").rstrip().replace(">\n", "> .\n")
            + " .\n"
            + text
        )
        return server.get("/data?graph=urn:put", "*/*", "PUT", body.encode(), "text/turtle")

    assert put(VISIT % ("put", "Put visit")).status == 201
    assert put(BAD % ("put-bad", "Bad put")).status == 422
    assert (known(server, "put"), known(server, "put-bad")) == (True, False)
    assert server.get("/data?graph=urn:put", method="DELETE").status == 204


def test_taking_away_what_others_need_is_refused(server: Server) -> None:
    answer = server.update(f"{PREFIXES} DELETE WHERE {{ GRAPH <https://w3id.org/aidtrace/graph/article> "
                           "{ actor:turkiye ?p ?o } }")  # fmt: skip
    assert answer.status == 422
    assert len(answer.content["new"]) > 10
    assert server.rows(f"SELECT ?p {{ <{ID}actor/turkiye> ?p ?o }}")


def test_what_was_broken_before_may_stay_broken(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path), "--no-gate", token=TOKEN) as one:
        assert one.update(insert(BAD % ("old", "Old mistake"))).status == 204
    with running(cache, "--store", str(tmp_path), token=TOKEN) as one:
        assert one.update(insert(VISIT % ("beside", "Visit beside it"))).status == 204
        assert one.update(insert(BAD % ("more", "Another mistake"))).status == 422
        mended = one.update(insert("event:old at:visitor actor:turkiye ; at:host actor:azerbaijan ; at:kind k:visit ."))
        assert mended.status == 204


def test_a_threshold_lets_in_what_is_less_grave(cache: Path, tmp_path: Path) -> None:
    text = insert(VISIT % ("worn", "Worn") + " event:worn at:fit k:title-misfit .")
    with running(cache, "--store", str(tmp_path), "--gate", "warning", token=TOKEN) as one:
        strict = one.update(text, **{"dry-run": "true"}).content
        assert {found["severity"] for found in strict["new"]} >= {"Warning"}
        assert not strict["passes"]


def test_a_dry_run_says_what_a_write_would_do_and_does_nothing(server: Server) -> None:
    before = revision(server)
    good = server.update(insert(VISIT % ("dry", "Dry visit")), **{"dry-run": ""})
    assert good.status == 200
    assert (good.content["passes"], good.content["added"], good.content["removed"], good.content["new"]) == (
        True, 6, 0, [],
    )  # fmt: skip
    bad = server.update(insert(BAD % ("dry-bad", "Dry bad")), **{"dry-run": "true"}).content
    assert not bad["passes"]
    assert {one["focus"] for one in bad["new"]} == {f"{ID}event/dry-bad"}
    assert revision(server) == before
    assert not known(server, "dry")


def test_a_dry_run_tells_what_would_be_fixed(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path), "--no-gate", token=TOKEN) as one:
        assert one.update(insert(BAD % ("sick", "Sick"))).status == 204
    with running(cache, "--store", str(tmp_path), token=TOKEN) as one:
        told = one.update(
            f"DELETE WHERE {{ GRAPH <urn:mine> {{ <{ID}event/sick> ?p ?o }} }}", **{"dry-run": "1"}
        ).content
        assert told["passes"]
        assert {found["focus"] for found in told["fixed"]} == {f"{ID}event/sick"}


@pytest.mark.parametrize(
    "text", ["flow:x at:amount 007 .", 'flow:x at:amount "1.50"^^xsd:decimal .', "flow:x at:amount 1e3 ."]
)
def test_a_literal_that_the_store_would_rewrite_is_refused(server: Server, text: str) -> None:
    answer = server.update(insert(text))
    assert (answer.status, answer.content["title"]) == (422, "Would be rewritten")


def test_of_concurrent_writers_none_is_lost_and_no_bad_one_gets_in(server: Server) -> None:
    outcomes: dict[str, int] = {}

    def write(name: str, form: str) -> None:
        outcomes[name] = server.update(insert(form % (name, name))).status

    names = [(f"together-{number}", BAD if number % 3 == 0 else VISIT) for number in range(12)]
    writers = [threading.Thread(target=write, args=one) for one in names]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert outcomes == {name: 422 if form is BAD else 204 for name, form in names}
    assert {name for name, _ in names if known(server, name)} == {name for name, form in names if form is VISIT}


def test_a_gate_needs_the_union(cache: Path, tmp_path: Path, aidtrace) -> None:  # type: ignore[no-untyped-def]
    told = aidtrace("serve", "--store", tmp_path / "own", "--empty", "--gate", "violation", "--port", "0")
    assert told.returncode == 2
    assert "expected --default-graph union" in told.stderr


DATED = VISIT.removesuffix(" .") + ' ; at:onDate "%s"^^<http://id.loc.gov/datatypes/edtf/EDTF> .'


@pytest.mark.parametrize(
    "beside",
    [
        "",
        '; rdfs:comment "a \\"quoted\\" word"@en',
    ],
)
def test_a_date_that_cannot_be_read_is_kept_out_whatever_stands_beside_it(server: Server, beside: str) -> None:
    text = (DATED % ("unread", "Unread visit", "1993-02-30")).removesuffix(" .") + f" {beside} ."
    assert server.update(insert(text)).status == 422
    assert not known(server, "unread")


def test_a_date_that_cannot_be_read_is_kept_out_where_any_graph_may_change(server: Server) -> None:
    text = f"{PREFIXES} INSERT {{ GRAPH ?g {{ {DATED % ('anywhere', 'Anywhere', '1993-02-30')} }} }}"
    assert server.update(f"{text} WHERE {{ BIND(<urn:mine> AS ?g) }}").status == 422
    good = text.replace("1993-02-30", "1993-02-28")
    assert server.update(f"{good} WHERE {{ BIND(<urn:mine> AS ?g) }}").status == 204


@pytest.mark.parametrize("amount", ['"\\u0030\\u00307"^^xsd:integer', "+7"])
def test_a_literal_that_would_be_rewritten_is_seen_however_it_is_written(server: Server, amount: str) -> None:
    answer = server.update(f"{PREFIXES} INSERT DATA {{ GRAPH <urn:mine> {{ flow:one at:count {amount} }} }}")
    assert (answer.status, answer.content["title"]) == (422, "Would be rewritten")

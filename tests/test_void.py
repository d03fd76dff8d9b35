"""The catalog: its counts are those of COUNT queries over what a query sees beside the catalog itself.

The queries by which others' editors look for it find it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, parse
from servers import JSON, TOKEN, Server, running

from aidtrace.catalog import Counts, catalog, count
from aidtrace.metadata import CATALOG
from aidtrace.namespaces import AT, DCAT, DCTERMS, GRAPH, PREFIXES, RDF, RDFS, SD, SKOS, VOID, VOID_EXT
from aidtrace.queries import read_queries
from aidtrace.store import PUBLISHED, revision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aidtrace.project import Project

VOID_ADDRESS, EXAMPLES_ADDRESS = "/.well-known/void", "/.well-known/sparql-examples"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WORDS = f"PREFIX void: <{VOID.iri}> PREFIX void-ext: <{VOID_EXT.iri}> PREFIX sd: <{SD.iri}> "
OF_VALUES = f"MINUS {{ GRAPH {CATALOG} {{ ?o a ?d }} }}"
APART = f"MINUS {{ GRAPH {CATALOG} {{ ?s a ?c }} }}"

PREFIXES_ASKED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }"""
EXAMPLES_ASKED = """
PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE {
    ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?query .
}"""
VOID_ASKED = """
PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
    {
        ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
        ?pp void:property ?prop .
        OPTIONAL {
            { ?pp void:classPartition [ void:class ?objectClass ] }
            UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
        }
    } UNION {
        ?ls void:subjectsTarget [ void:class ?subjectClass ] ;
            void:linkPredicate ?prop ; void:objectsTarget [ void:class ?objectClass ] .
    }
}"""
"""As https://github.com/sib-swiss/sparql-editor asks an endpoint."""


@pytest.fixture(scope="module")
def own(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        yield one


def counted(server: Server, query: str) -> dict[tuple[str, ...], int]:
    """Return the last column of each row, by the others."""
    rows = [tuple(row.values()) for row in server.rows(WORDS + query)]
    found = {row[:-1]: int(row[-1]) for row in rows}
    assert len(found) == len(rows), "a partition is there twice"
    return found


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (
            "SELECT ?c ?n { [] void:classPartition ?p . ?p void:class ?c ; void:entities ?n }",
            f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ ?s a ?c {APART} }} GROUP BY ?c",
        ),
        (
            "SELECT ?c ?p ?n { [ void:class ?c ] void:propertyPartition [ void:property ?p ; void:triples ?n ] }",
            f"SELECT ?c ?p (COUNT(*) AS ?n) {{ {{ ?s a ?c {APART} }} ?s ?p ?o }} GROUP BY ?c ?p",
        ),
        (
            "SELECT ?c ?p ?d ?n { [ void:class ?c ] void:propertyPartition ?pp ."
            " ?pp void:property ?p ; void:classPartition [ void:class ?d ; void:triples ?n ] }",
            f"SELECT ?c ?p ?d (COUNT(*) AS ?n) {{ {{ ?s a ?c {APART} }} ?s ?p ?o . {{ ?o a ?d {OF_VALUES} }} }}"
            " GROUP BY ?c ?p ?d",
        ),
        (
            "SELECT ?c ?p ?d ?n { [ void:class ?c ] void:propertyPartition ?pp ."
            " ?pp void:property ?p ; void-ext:datatypePartition [ void-ext:datatype ?d ; void:triples ?n ] }",
            f"SELECT ?c ?p ?d (COUNT(*) AS ?n) {{ {{ ?s a ?c {APART} }} ?s ?p ?o FILTER (isLiteral(?o)) }}"
            " GROUP BY ?c ?p (DATATYPE(?o) AS ?d)",
        ),
        (
            "SELECT ?p ?n { [ a void:Dataset ] void:propertyPartition [ void:property ?p ; void:triples ?n ] }",
            f"SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p ?o MINUS {{ GRAPH {CATALOG} {{ ?s ?p ?o }} }} }} GROUP BY ?p",
        ),
        (
            "SELECT ?g ?n { [] sd:namedGraph [ sd:name ?g ; void:triples ?n ] }",
            f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (?g != {CATALOG}) }} GROUP BY ?g",
        ),
    ],
    ids=["classes", "properties of a class", "classes of values", "datatypes of values", "properties", "graphs"],
)
def test_every_partition_is_counted_as_a_query_counts_it(server: Server, said: str, counts: str) -> None:
    found = counted(server, said)
    assert len(found) > 5
    assert found == counted(server, counts)


def test_the_totals_are_those_of_queries_over_the_graphs_that_are_described(server: Server) -> None:
    graphs = server.rows(f"SELECT DISTINCT ?g {{ GRAPH ?g {{}} FILTER (?g NOT IN ({CATALOG}, {GRAPH('shapes')})) }}")
    from_ = " ".join(f"FROM <{row['g']}>" for row in graphs)
    assert len(graphs) > 5
    one = server.rows(
        "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects) (COUNT(DISTINCT ?p) AS ?properties) "
        f"(COUNT(DISTINCT ?c) AS ?classes) {from_} {{ ?s ?p ?o BIND (IF(?p = {RDF('type')}, ?o, ?none) AS ?c) }}"
    )[0]
    for name, expected in one.items():
        said = server.rows(f"{WORDS} SELECT ?n {{ ?d a void:Dataset ; void:{name} ?n }}")
        assert [row["n"] for row in said] == [expected], name


def test_agreements_have_the_properties_of_agreements(server: Server) -> None:
    found = {(row.get("subjectClass"), row.get("prop"), row.get("objectClass")) for row in server.rows(VOID_ASKED)}
    agreement = AT("Agreement").value
    assert (agreement, AT("party").value, AT("State").value) in found
    verbs = {verb for class_, verb, _ in found if class_ == agreement}
    assert AT("signedOn").value in verbs
    assert AT("donor").value not in verbs
    kinds = {
        row["objectDatatype"]
        for row in server.rows(VOID_ASKED)
        if (row["subjectClass"], row["prop"]) == (agreement, AT("signedOn").value) and "objectDatatype" in row
    }
    assert kinds == {"http://id.loc.gov/datatypes/edtf/EDTF"}


def test_others_editors_find_the_prefixes(server: Server) -> None:
    found = [(row["prefix"], row["namespace"]) for row in server.rows(PREFIXES_ASKED)]
    assert len(found) == len(dict(found))
    assert dict(found).items() >= {"at": AT.iri, "rdfs": RDFS.iri, "skos": SKOS.iri, "void": VOID.iri}.items()


def test_others_editors_find_the_questions_and_can_ask_them(server: Server, project: Project) -> None:
    rows = server.rows(EXAMPLES_ASKED)
    assert {row["comment"] for row in rows} == {query.question for query in read_queries(project)}
    assert len(rows) == len(read_queries(project))
    for row in rows[::9]:
        assert server.ask(row["query"]).status == 200, row["sq"]


def test_the_named_questions_do_not_see_the_catalog(server: Server) -> None:
    assert CATALOG not in PUBLISHED
    asked = "SELECT (COUNT(*) AS ?n) " + " ".join(f"FROM {one}" for one in PUBLISHED)
    assert server.rows(f"{asked} {{ ?s <{VOID('triples').value}> ?o }}") == [{"n": "0"}]


def test_a_query_without_graph_sees_each_triple_of_the_catalog_once(server: Server) -> None:
    inside = server.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {CATALOG} {{ ?s ?p ?o }} }}")
    all_of_it = server.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {CATALOG} {{ ?s ?p ?o }} ?s ?p ?o }}")
    assert inside == all_of_it
    assert int(inside[0]["n"]) > 1000


def test_the_catalog_in_the_store_is_that_of_the_store(project: Project, store: Store) -> None:
    there = {quad.triple for quad in store.quads_for_pattern(None, None, None, CATALOG)}
    assert there == set(catalog(project, store, revision(project)))
    assert Counts.from_json(count(store).to_json()) == count(store)


def graph(server: Server, path: str, accept: str = "text/turtle") -> set[Triple]:
    answer = server.get(path, accept)
    assert answer.status == 200, answer.body
    return {quad.triple for quad in parse(answer.body, format=RdfFormat.from_media_type(accept))}


def test_void_says_the_same_in_every_format_and_where_and_when_it_is(server: Server) -> None:
    found = graph(server, VOID_ADDRESS)
    for accept in ("application/n-triples", "application/ld+json", "application/rdf+xml"):
        assert graph(server, VOID_ADDRESS, accept) == found
    said = {(one.predicate, one.object) for one in found}
    assert (VOID("sparqlEndpoint"), NamedNode(f"http://127.0.0.1:{server.port}/sparql")) in said
    answer = server.get(VOID_ADDRESS)
    assert (DCAT("version"), Literal(answer.headers["aidtrace-revision"])) in said
    licence = NamedNode("https://creativecommons.org/licenses/by/4.0/")
    assert (DCTERMS("license"), licence) in said


def test_the_examples_are_those_of_the_store_but_for_where_they_can_be_asked(server: Server) -> None:
    found = graph(server, EXAMPLES_ADDRESS)
    stored = graph(server, f"/data?{urlencode({'graph': CATALOG.value})}")
    target = NamedNode("https://schema.org/target")
    assert {one.object for one in found if one.predicate == target} == {
        NamedNode(f"http://127.0.0.1:{server.port}/sparql")
    }
    assert {one for one in found if one.predicate != target} < stored


@pytest.mark.parametrize("path", [VOID_ADDRESS, EXAMPLES_ADDRESS])
def test_a_person_gets_a_page_and_a_program_rdf(server: Server, path: str) -> None:
    shown = server.get(path, BROWSER)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "accept" in shown.headers["vary"].lower()
    for accept in ("*/*", "", "text/turtle", "text/turtle, text/html;q=0.5"):
        assert server.get(path, accept).headers["content-type"].startswith("text/turtle"), accept
    assert server.get(f"{path}?format=ntriples", BROWSER).headers["content-type"] == "application/n-triples"
    linked = re.findall(rf'href="({re.escape(path)}\?format=[a-z]+)"', shown.body.decode())
    kinds = {server.get(link, BROWSER).headers["content-type"].partition(";")[0] for link in linked}
    assert kinds == {"text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"}


def test_the_page_counts_each_class_as_a_query_does_and_leads_to_its_things(server: Server) -> None:
    html = server.get(VOID_ADDRESS, BROWSER).body.decode()
    found = dict(re.findall(r'<a href="/browse/([A-Za-z]+)">(\d+)<', html))
    asked = f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ ?s a ?c {APART} }} GROUP BY ?c"
    counts = {row["c"]: row["n"] for row in server.rows(asked)}
    own = {iri.removeprefix(AT.iri): count for iri, count in counts.items() if iri.startswith(AT.iri)}
    assert len(own) > 20
    assert found == own
    assert f"{len(counts)} classes" in html


def test_the_examples_are_listed_each_with_its_way_into_the_editor(server: Server, project: Project) -> None:
    html = server.get(EXAMPLES_ADDRESS, BROWSER).body.decode()
    for query in read_queries(project):
        assert f'<a href="/queries/{query.name}">{escape(query.question)}</a>' in html
        assert f'<a href="/sparql?example={query.name}">' in html


@pytest.mark.parametrize("path", [VOID_ADDRESS, EXAMPLES_ADDRESS])
def test_a_browser_can_read_a_revision_and_a_page_of_another_origin_may(server: Server, path: str) -> None:
    shown = server.get(f"{path}?revision={server.get(path).headers['aidtrace-revision']}", BROWSER)
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"@prefix" in shown.body
    assert shown.headers["access-control-allow-origin"] == "*"
    assert server.get(path, method="OPTIONS", Origin="https://elsewhere.example").status == 204
    assert server.get(path, "image/png").status == 406
    assert server.get(path, method="DELETE").status == 405
    again = server.get(path, If_None_Match=server.get(path).headers["etag"])
    assert again.status == 304


def test_what_was_written_is_counted_and_the_revision_says_which(own: Server) -> None:
    before = own.get("/sparql/completions").content
    assert before["revision"] == own.get("/health").content["revision"]
    actors = {one["iri"]: one["count"] for one in before["classes"]}[AT("Person").value]
    new = " ".join(f"<https://example.org/{n}> a <{AT('Person').value}> ; <urn:p:{n}> {n} ." for n in range(3))
    assert own.update(f"INSERT DATA {{ GRAPH <https://example.org/g> {{ {new} }} }}").status == 204
    after = own.get("/sparql/completions").content
    assert after["revision"] == own.get("/health").content["revision"] != before["revision"]
    assert {one["iri"]: one["count"] for one in after["classes"]}[AT("Person").value] == actors + 3
    assert (VOID("property"), NamedNode("urn:p:2")) in {(t.predicate, t.object) for t in graph(own, VOID_ADDRESS)}
    old = graph(own, f"{VOID_ADDRESS}?revision={before['revision']}")
    assert (DCAT("version"), Literal(before["revision"])) in {(t.predicate, t.object) for t in old}
    assert (VOID("property"), NamedNode("urn:p:2")) not in {(t.predicate, t.object) for t in old}


def test_an_empty_store_has_nothing_to_count(cache: Path) -> None:
    with running(cache, "--empty") as one:
        found = {(triple.predicate, triple.object) for triple in graph(one, VOID_ADDRESS)}
        assert {(VOID("triples"), Literal(0)), (VOID("classes"), Literal(0))} <= found
        assert one.get("/sparql/completions").content["classes"] == []


def test_completions_offer_each_class_the_properties_that_its_things_have(server: Server) -> None:
    told: dict[str, Any] = server.get("/sparql/completions").content
    verbs = [iri for iri, _, _ in told["properties"]]
    classes = {one["iri"]: one for one in told["classes"]}
    for name in ("Agreement", "FinancialAid", "Person"):
        one = classes[AT(name).value]
        asked = server.rows(f"SELECT ?p (COUNT(*) AS ?n) {{ ?s a <{AT(name).value}> ; ?p ?o }} GROUP BY ?p")
        assert Counter({verbs[place]: number for place, number in one["properties"]}) == Counter(
            {row["p"]: int(row["n"]) for row in asked}
        )
    assert classes[AT("FinancialAid").value]["label"] == "financial aid"
    assert told["prefixes"].items() >= PREFIXES.items()
    assert server.get("/sparql/completions", JSON).headers["etag"]


def test_the_catalog_breaks_no_rule_of_the_shapes(cache: Path, tmp_path: Path) -> None:
    """What a gate finds in a new store is nothing, so that a write that breaks nothing leaves nothing broken."""
    with running(cache, "--store", str(tmp_path / "s"), token=TOKEN) as one:
        told = one.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }", **{"dry-run": ""}).content
    assert told["still"] == 0

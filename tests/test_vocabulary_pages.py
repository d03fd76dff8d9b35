"""The ontology for people and for programs: each word of it has a place, a page, counts and rules."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from html import unescape
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from servers import Server, running

from aidtrace.namespaces import AT, OWL, RDF, SKOS, K
from aidtrace.project import Project
from aidtrace.terms import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
KINDS = {
    *(OWL(name) for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")),
    *(SKOS(name) for name in ("Concept", "ConceptScheme")),
}
BROWSER = "text/html,*/*;q=0.8"


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


@pytest.fixture(scope="module")
def said() -> list[Quad]:
    """Read what the files of the ontology say, by pyoxigraph alone."""
    return [quad for path in sorted((ROOT / "ontology").glob("*.ttl")) for quad in parse(path=path)]


@pytest.fixture(scope="module")
def declared(said: list[Quad]) -> set[str]:
    found = {iri(quad.subject) for quad in said if quad.predicate == RDF("type") and quad.object in KINDS}
    assert len(found) > 750
    return found


@pytest.fixture(scope="module")
def whole(server: Server) -> str:
    return page(server, "/ontology")


def page(server: Server, path: str) -> str:
    answer = server.get(path, BROWSER)
    assert answer.status == 200, (path, answer.body)
    assert answer.headers["content-type"].startswith("text/html"), path
    return answer.body.decode()


def iri(term: object) -> str:
    assert isinstance(term, NamedNode)
    return term.value


def text(term: object) -> str:
    assert isinstance(term, Literal)
    return term.value


def ids(html: str) -> Counter[str]:
    return Counter(re.findall(r' id="([^"]*)"', html))


def test_each_word_of_ours_has_the_place_that_its_iri_names(whole: str, declared: set[str]) -> None:
    places = ids(whole)
    ours = {iri.removeprefix(AT.iri) for iri in declared if iri.startswith(AT.iri)}
    assert len(ours) > 350
    assert {name for name in ours if places[name] != 1} == set()


def test_each_concept_and_each_word_of_others_has_a_place(whole: str, declared: set[str]) -> None:
    places = ids(whole)
    assert {
        iri for iri in declared if iri.startswith(K.iri) and places[f"concept/{iri.removeprefix(K.iri)}"] != 1
    } == set()
    others = [iri for iri in declared if not iri.startswith((AT.iri, K.iri))]
    assert len([name for name in places if ":" in name]) == len(others)
    assert [name for name, count in places.items() if count > 1] == []


def test_each_word_has_a_page_that_shows_its_definition(server: Server, said: list[Quad], declared: set[str]) -> None:
    vocabulary = Vocabulary(Project(ROOT))
    definitions = {iri(quad.subject): text(quad.object) for quad in said if quad.predicate == SKOS("definition")}
    for name in sorted(declared):
        start = "/page/concept/" if name.startswith(K.iri) else "/ontology/"
        html = page(server, start + vocabulary.name(name))
        plain = unescape(re.sub("<[^>]+>", "", html))
        assert name in plain, name
        assert definitions[name] in plain, name


def test_links_between_words_lead_to_places_that_are_there(whole: str) -> None:
    links = set(re.findall(r'href="#([^"]*)"', whole))
    assert len(links) > 80
    assert links <= {"main", *ids(whole)}


@pytest.mark.parametrize("media", FORMATS)
def test_the_ontology_is_the_same_graph_in_each_form(server: Server, said: list[Quad], media: str) -> None:
    answer = server.get("/ontology", media)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
    assert set(parse(answer.body, format=FORMATS[media])) == set(said)


def test_a_program_that_takes_anything_gets_turtle(server: Server) -> None:
    assert server.get("/ontology").headers["content-type"].startswith("text/turtle")
    assert server.get("/ontology", "image/png").status == 406


def test_a_word_as_rdf_is_what_the_ontology_says_of_it(server: Server, said: list[Quad]) -> None:
    for path, word in (
        ("Agreement", AT("Agreement")),
        ("org:memberOf", NamedNode("http://www.w3.org/ns/org#memberOf")),
    ):
        answer = server.get(f"/ontology/{path}?format=ntriples")
        assert set(parse(answer.body, format=RdfFormat.N_TRIPLES)) == {one for one in said if one.subject == word}
    missing = server.get("/ontology/Agrement", "text/turtle")
    assert (missing.status, "such as Agreement" in missing.content["detail"]) == (404, True)


def test_the_address_of_the_version_is_the_version(server: Server, said: list[Quad]) -> None:
    version = next(iri(one.object) for one in said if one.predicate == OWL("versionIRI"))
    path = version.removeprefix("https://w3id.org/aidtrace")
    assert set(parse(server.get(path).body, format=RdfFormat.TURTLE)) == set(said)
    assert server.get(path, BROWSER).headers["location"] == "/ontology"


def test_counts_are_those_of_a_query(server: Server, declared: set[str]) -> None:
    vocabulary = Vocabulary(Project(ROOT))
    things = server.rows("SELECT ?t (COUNT(DISTINCT ?x) AS ?n) { ?x a ?t } GROUP BY ?t")
    statements = server.rows("SELECT ?t (COUNT(*) AS ?n) { ?x ?t ?y } GROUP BY ?t")
    asked = {row["t"]: row["n"] for row in things}, {row["t"]: row["n"] for row in statements}
    checked = 0
    for term in vocabulary.terms:
        expected = asked[term.is_property].get(term.iri, "0")
        assert f'data-count="{expected}"' in page(server, f"/ontology/{term.name}"), term.name
        checked += expected != "0"
    assert checked > 200


def test_an_agreement_is_told_with_its_neighbours_rules_and_mappings(server: Server) -> None:
    html = page(server, "/ontology/Agreement")
    assert "An instrument that two or more parties agree on." in html
    assert '36 things here are of this kind.\n<a href="/browse/Agreement">' in html
    for link in ("/ontology/Instrument", "/ontology/LegalAct", "/ontology/party", "/shapes/Agreement-parties"):
        assert f'href="{link}"' in html, link
    assert (
        '<a href="http://www.cidoc-crm.org/cidoc-crm/E73_Information_Object" rel="external">information object</a>'
        in html
    )
    assert 'href="/ontology#concern-agreements"' in html


def test_a_class_knows_what_is_above_and_below_it_and_apart_from_it() -> None:
    """A state, a government and a person are actors, and no one thing is two of these, whichever of them says so."""
    words = Vocabulary(Project(ROOT))
    actor = words.find("Actor")
    assert {"State", "Government", "Person", "Company"} <= {one.name for one in words.below("Actor")}
    assert [one.name for one in words.lineage(words.find("State"))] == ["Actor", "prov:Agent"]
    assert "State" in words.apart(words.find("Person"))
    assert "Person" in words.apart(words.find("State"))
    assert actor.above == ["prov:Agent"]


def test_a_rule_that_only_mentions_a_word_in_its_message_does_not_look_at_it() -> None:
    """The rule Body-state takes an at:State for at:ofState, and tells of at:partOf only in its message."""
    found = Vocabulary(Project(ROOT)).rules
    assert "Body-state" in [rule.name for rule in found["at:ofState"]]
    assert "Body-state" not in [rule.name for rule in found["at:partOf"]]


def test_the_page_of_the_ontology_is_light_and_quick(server: Server) -> None:
    answer = server.get("/ontology", "text/html", Accept_Encoding="gzip")
    assert len(answer.body) < 60_000
    assert "aidtrace ontology</h1>" in gzip.decompress(answer.body).decode()


def test_words_of_a_rule_lead_to_the_ontology_and_each_rule_has_a_place(server: Server) -> None:
    html = page(server, "/shapes")
    rules = [rule["name"] for rule in server.get("/shapes", "application/json").content["rules"]]
    assert len(rules) > 280
    assert {name for name in rules if ids(html)[name] != 1} == set()
    row = re.findall(r'<tr><th scope="row" id="Agreement-parties">.*?</tr>', html, re.DOTALL)[0]
    assert 'each <a href="/ontology/Agreement">at:Agreement</a>' in row
    assert "must be mended" in row
    assert html.index('id="file-agreements"') < html.index('id="Agreement-parties"') < html.index('id="file-aid"')


def test_properties_of_a_thing_lead_to_what_they_mean(server: Server) -> None:
    html = page(server, "/page/flow/1999-military-financial-aid")
    assert '<a href="/ontology/amount">amount</a>' in html
    assert '<a href="/ontology/sem%3AhasEarliestBeginTimeStamp">earliest begin (SEM)</a>' in html or (
        '<a href="/ontology/sem:hasEarliestBeginTimeStamp">earliest begin (SEM)</a>' in html
    )


def test_what_is_no_word_is_no_page(server: Server) -> None:
    answer = server.get("/ontology/Nothing", BROWSER)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert server.get("/shapes/Nothing", BROWSER).status == 404

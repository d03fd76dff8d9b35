"""The ontology for people and for programs: each word of it has a place, a page, counts and rules."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections import Counter
from html import unescape
from pathlib import Path as File
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from servers import Server, running

from aidtrace import catalog
from aidtrace.namespaces import AT, OWL, RDF, SKOS, K
from aidtrace.project import Project
from aidtrace.server.once import Once
from aidtrace.server.pages import browsing
from aidtrace.server.problems import Problem
from aidtrace.server.processes import counting as counting_module
from aidtrace.server.processes.counting import Counting
from aidtrace.terms import Vocabulary
from aidtrace.web import create_app
from aidtrace.web.asked import NoAnswerError

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
TYPE = RDF("type")
BROWSER = "text/html,*/*;q=0.8"


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        assert one.get("/.well-known/void").status == 200  # which waits until the words are counted
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


def test_counts_are_those_of_void_and_of_queries_beside_the_catalog(server: Server) -> None:
    told = server.get("/.well-known/void", "application/n-triples").body
    said: dict[str, dict[str, str]] = {}
    for quad in parse(told, format=RdfFormat.N_TRIPLES):
        said.setdefault(str(quad.subject), {})[iri(quad.predicate).partition("#")[2]] = quad.object.value
        if isinstance(quad.object, NamedNode) and quad.predicate.value.endswith(
            ("classPartition", "propertyPartition")
        ):
            said.setdefault(str(quad.object), {})["of"] = iri(quad.subject).partition("#")[2]
    void = {
        **{one["class"]: one["entities"] for one in said.values() if "entities" in one},
        **{
            one["property"]: one["triples"] for one in said.values() if one.get("of") == "dataset" and "property" in one
        },
    }
    apart = "MINUS { GRAPH <https://w3id.org/aidtrace/graph/catalog> { ?x ?t ?y } }"
    things = server.rows(
        f"SELECT ?y (COUNT(DISTINCT ?x) AS ?n) {{ ?x ?t ?y {apart} FILTER (?t = {TYPE}) }} GROUP BY ?y"
    )
    statements = server.rows(f"SELECT ?t (COUNT(*) AS ?n) {{ ?x ?t ?y {apart} }} GROUP BY ?t")
    asked = {row["y"]: row["n"] for row in things} | {row["t"]: row["n"] for row in statements}
    checked = 0
    for term in Vocabulary(Project(ROOT)).terms:
        expected = asked.get(term.iri, "0")
        assert void.get(term.iri, "0") == expected, term.name
        assert f'data-count="{expected}"' in page(server, f"/ontology/{term.name}"), term.name
        checked += expected != "0"
    assert checked > 200


def test_a_page_of_words_that_are_being_counted_says_so_and_is_kept_nowhere() -> None:
    class Uncounted:
        revision, imported = "r", False

        def usage(self) -> None:
            raise NoAnswerError(503, "the words are being counted", {})

    client = create_app(Project(ROOT), Uncounted()).test_client()  # type: ignore[arg-type]
    for path in ("/ontology", "/ontology/Agreement"):
        answer = client.get(path, headers={"Accept": BROWSER})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), path
        assert "ETag" not in answer.headers
        assert "data-count" not in answer.text
        assert "The words are being counted" in answer.text, path


def test_a_page_waits_a_moment_for_words_to_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, counted = list[str](), asyncio.Event()

    async def counts(_: object, snapshot: Any) -> catalog.Counts:
        begun.append(snapshot.name)
        await counted.wait()
        return catalog.count(Store())

    async def ask() -> None:
        current: Any = SimpleNamespace(name="r")
        once = Once()
        service: Any = SimpleNamespace(once_of=lambda of, *more: once.of(of.name, *more))
        for _ in range(2):
            with pytest.raises(Problem) as late:
                await browsing.usage(service, current)
            assert late.value.status == 503
        counted.set()
        assert (await browsing.usage(service, current)).triples == 0
        assert len(begun) == 1

    monkeypatch.setattr(browsing, "_MOMENT", 0.01)
    monkeypatch.setattr(browsing, "counts", counts)
    asyncio.run(ask())


def test_few_wait_for_counts_and_one_process_counts_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ready = list[File](), asyncio.Event()

    async def slowly(folder: File, memory: int) -> bytes:
        assert memory > 0
        begun.append(folder)
        await ready.wait()
        return catalog.count(Store()).to_json().encode()

    async def ask() -> None:
        counting = Counting()
        waiting = [asyncio.ensure_future(counting.of(File("r"))) for _ in range(16)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as busy:
            await counting.of(File("r"))
        assert (busy.value.status, "Retry-After" in busy.value.headers) == (503, True)
        ready.set()
        assert {one.triples for one in await asyncio.gather(*waiting)} == {0}
        assert len(begun) == 1

    monkeypatch.setattr(counting_module, "counted", slowly)
    asyncio.run(ask())


def test_a_count_that_needs_more_memory_than_it_may_have_ends(tmp_path: File) -> None:
    store = Store(str(tmp_path / "s"))
    store.extend(Quad(NamedNode(f"urn:{n}"), RDF("type"), NamedNode("urn:c")) for n in range(20_000))
    store.flush()
    del store
    assert catalog.Counts.from_json(asyncio.run(counting_module.counted(tmp_path / "s", 1 << 30))).triples == 20_000
    with pytest.raises(Problem) as ended:
        asyncio.run(counting_module.counted(tmp_path / "s", 1 << 20))
    assert (ended.value.status, "memory" in ended.value.detail) == (503, True)


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

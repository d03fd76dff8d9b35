"""What describes us is said once, is true, and is in the forms that harvesters and search engines read."""

from __future__ import annotations

import csv
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from conftest import ROOT
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, parse
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from servers import TOKEN, Server, running

from aidtrace.licences import OURS
from aidtrace.metadata import CATALOG, DATASET, About
from aidtrace.namespaces import AT, DCAT, DCTERMS, FOAF, GRAPH, RDF, SD, SPDX, VOID
from aidtrace.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aidtrace.project import Project

    Complaints = Callable[[set[Triple]], list[str]]

TURTLE = "text/turtle"
BROWSER = "text/html,*/*;q=0.8"
CATALOG_NODE = NamedNode("https://w3id.org/aidtrace/.well-known/void#catalog")
SHAPES = ROOT / "tests" / "dcat-ap.ttl"
JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>')


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


@pytest.fixture(scope="module")
def own(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        yield one


def triples(server: Server, path: str = "/.well-known/void") -> set[Triple]:
    answer = server.get(path, TURTLE)
    assert answer.status == 200, answer.body
    return {quad.triple for quad in parse(answer.body, format=RdfFormat.TURTLE)}


def values(found: set[Triple], thing: NamedNode, property_: NamedNode) -> set[Any]:
    return {one.object for one in found if (one.subject, one.predicate) == (thing, property_)}


def told(server: Server, path: str) -> dict[str, Any]:
    """Return the JSON-LD in the head of a page."""
    [found] = JSON_LD.findall(server.get(path, BROWSER).body.decode())
    content: dict[str, Any] = json.loads(found)
    return content


@pytest.fixture
def complaints(project: Project, tmp_path: Path) -> Complaints:
    """Return the properties that the rules of DCAT-AP complain of."""

    def found(told: set[Triple]) -> list[str]:
        file = tmp_path / "catalog.nt"
        file.write_text("".join(f"{one} .\n" for one in told), "utf-8")
        return sorted({one.path for one in validate(project, [file], [SHAPES]).findings})

    return found


def test_the_catalog_keeps_the_rules_of_dcat_ap(server: Server, complaints: Complaints) -> None:
    found = triples(server)
    kinds = {one.object.value for one in found if one.predicate == RDF("type") and isinstance(one.object, NamedNode)}
    for kind in ("Catalog", "Dataset", "Distribution", "DataService"):
        assert DCAT(kind).value in kinds
    assert complaints(found) == []


@pytest.mark.parametrize(
    "property_",
    [
        DCTERMS("title"),
        DCTERMS("publisher"),
        DCAT("accessURL"),
        DCAT("endpointURL"),
        SPDX("checksumValue"),
        FOAF("name"),
    ],
)
def test_a_catalog_without_what_is_mandatory_would_be_found_out(
    server: Server, complaints: Complaints, property_: NamedNode
) -> None:
    rest = {one for one in triples(server) if one.predicate != property_}
    assert property_.value in complaints(rest)


def test_each_distribution_is_a_file_of_that_size_and_checksum(server: Server) -> None:
    found = triples(server)
    parts = {one.subject for one in found if (one.predicate, one.object) == (DCTERMS("isPartOf"), DATASET)}
    files = {
        file for part in parts if isinstance(part, NamedNode) for file in values(found, part, DCAT("distribution"))
    }
    assert len(files) == 8
    assert values(found, DATASET, DCAT("distribution")) == set(), "each is of a part"
    dumps = {one.value for one in values(found, DATASET, VOID("dataDump"))}
    for one in files:
        [address] = values(found, one, DCAT("downloadURL"))
        [size] = values(found, one, DCAT("byteSize"))
        [checksum] = values(found, one, SPDX("checksum"))
        [digest] = values(found, checksum, SPDX("checksumValue"))
        body = server.get(address.value.partition(f":{server.port}")[2]).body
        assert (len(body), sha256(body).hexdigest()) == (int(size.value), digest.value)
        assert address.value in dumps


def test_each_graph_has_a_licence_that_answers_name_too(server: Server) -> None:
    found = triples(server)
    graphs = values(found, CATALOG_NODE, DCAT("dataset")) - {DATASET}
    assert {GRAPH("article"), GRAPH("shapes"), CATALOG} <= graphs
    for name in ("ontology", "article", "sources", "crosswalk", "inferred"):
        assert values(found, GRAPH(name), DCTERMS("license")) == {NamedNode(OURS)}, name
    ontology = NamedNode(AT.iri.rstrip("#"))
    said = server.rows(f"SELECT ?licence {{ {ontology} {DCTERMS('license')} ?licence }}")
    assert said == [{"licence": OURS}]


def test_the_service_description_names_what_the_catalog_names(server: Server) -> None:
    void, service = triples(server), triples(server, "/sparql")
    named = values(service, DATASET, SD("namedGraph"))
    assert len(values(void, DATASET, SD("namedGraph"))) > 5
    assert named >= values(void, DATASET, SD("namedGraph"))
    for node in named:
        assert values(service, node, SD("name")) == values(service, node, SD("graph"))
    assert values(void, DATASET, DCTERMS("title")) == values(service, DATASET, DCTERMS("title"))


def test_search_engines_are_told_what_the_catalog_says(server: Server) -> None:
    found, data = triples(server), told(server, "/data")
    [title], [text] = (values(found, DATASET, DCTERMS(name)) for name in ("title", "description"))
    assert (data["@context"], data["@type"]) == ("https://schema.org/", "Dataset")
    assert (data["name"], data["description"]) == (title.value, text.value)
    assert 50 <= len(data["description"]) <= 5000, "what Google asks of a description"
    assert data["license"] == OURS
    assert data["version"] == server.get("/health").content["revision"]
    assert data["url"] == f"http://127.0.0.1:{server.port}/data"
    assert [one["name"].split()[0] for one in data["isBasedOn"][0]["author"]] == ["Ahmet", "Hamit"]
    sums = {
        one.object.value for one in found if one.predicate == SPDX("checksumValue") and isinstance(one.object, Literal)
    }
    files = [one for one in data["distribution"] if "sha256" in one]
    assert {one["sha256"] for one in files} == sums
    assert {one["encodingFormat"] for one in files} == {"application/n-triples"}
    home = told(server, "/")
    assert {**home, "distribution": []} == {**data, "distribution": []}
    assert [one["contentUrl"] for one in home["distribution"]] == [f"http://127.0.0.1:{server.port}/sparql"]


def test_the_period_is_that_of_the_agreements(server: Server) -> None:
    with (ROOT / "queries" / "agreements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [min(row["earliest"] for row in rows if row["earliest"]), max(row["latest"] for row in rows)]
    assert told(server, "/data")["temporalCoverage"] == "/".join(days)


def test_the_citation_file_says_what_the_catalog_says(project: Project) -> None:
    about, cff = About.read(project), yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    article = cff["preferred-citation"]
    assert cff["title"] == about.title
    assert (article["title"], article["doi"], article["journal"]) == (
        about.article.title,
        about.article.doi,
        about.article.journal,
    )
    assert [f"{one['given-names']} {one['family-names']}" for one in article["authors"]] == [*about.article.authors]
    authors = about.of(NamedNode(about.article.address), DCTERMS("creator"))
    assert [one["orcid"] for one in article["authors"]] == [one.value for one in authors]
    assert about.licence(OURS).replace(" ", "-") in cff["license"]


def test_the_article_and_its_licence_are_named_in_one_place_of_the_code(project: Project) -> None:
    article = About.read(project).article
    code = [path for path in (ROOT / "src" / "aidtrace").rglob("*") if path.suffix in (".py", ".html")]
    assert len(code) > 100
    for path in code:
        text = path.read_text("utf-8")
        assert article.doi not in text, path
        assert article.title not in text, path
        if path.name not in ("licences.py", "about.py"):  # the one place, and what is told apart by its address
            assert OURS not in text, path


def test_openapi_is_valid_and_says_what_the_catalog_says(server: Server, project: Project) -> None:
    document = server.get("/openapi.json").content
    OPENAPI_31_VALIDATOR.validate(document)
    assert not OPENAPI_31_VALIDATOR.is_valid({**document, "info": {}})
    about = About.read(project)
    assert (document["info"]["title"], document["info"]["description"]) == (about.title, about.description)


def test_a_data_set_that_may_not_be_passed_on_is_listed_with_its_terms_and_no_file(
    own: Server, complaints: Complaints
) -> None:
    closed, terms = GRAPH("dataset/closed"), "https://example.org/terms"
    body = f"{closed} {AT('mayBeRedistributed')} false ; {DCTERMS('license')} <{terms}> ."
    assert own.get("/graph/dataset/closed", "*/*", "PUT", body.encode(), TURTLE).status == 201
    found = triples(own)
    assert values(found, closed, DCTERMS("license")) == {NamedNode(terms)}
    assert values(found, closed, DCAT("distribution")) == set()
    assert values(found, CATALOG_NODE, DCTERMS("license")) == {NamedNode(OURS)}
    assert values(found, DATASET, DCTERMS("license")) == set(), "one may not choose"
    [rights] = values(found, DATASET, DCTERMS("rights"))
    assert values(found, rights, RDF("type")) == {DCTERMS("RightsStatement")}
    assert told(own, "/data")["license"] == f"http://127.0.0.1:{own.port}/data#licences"
    assert 'id="licences"' in own.get("/data", BROWSER).body.decode()
    assert complaints(found) == []


def test_a_store_without_our_graphs_does_not_claim_them(cache: Path) -> None:
    with running(cache, "--empty") as one:
        found = triples(one)
        assert not [one for one in found if one.subject == GRAPH("article")]
        assert not [one for one in found if one.predicate == DCAT("distribution")]
        assert values(found, DATASET, DCTERMS("license")) == values(found, DATASET, DCTERMS("rights")) == set()
        assert told(one, "/data")["license"] == []


def test_what_the_store_keeps_of_it_names_no_file(store: Store) -> None:
    """A file of the catalog cannot hold its own checksum."""
    kept = {quad.predicate for quad in store.quads_for_pattern(None, None, None, CATALOG)}
    assert DCAT("dataset") in kept
    assert kept & {DCAT("downloadURL"), SPDX("checksum")} == set()

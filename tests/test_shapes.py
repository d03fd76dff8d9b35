"""Each rule of the shapes fails on its bad example and on no other; the good examples pass."""

from __future__ import annotations

from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

ROOT = Path(__file__).parents[1]
STYLE = "ontology-style.ttl"
pytestmark = pytest.mark.usefixtures("queries_parsed_once")
RULES = rdflib.Namespace("https://w3id.org/aidtrace/shapes#")
BAD = sorted((ROOT / "tests" / "shapes" / "fail").glob("*.ttl"))
GOOD = sorted((ROOT / "tests" / "shapes" / "pass").glob("*.ttl"))


def read(paths: list[Path]) -> rdflib.Graph:
    """Read *paths* into one graph, each literal as it is written (pySHACL undoes the switch after a run)."""
    graph = rdflib.Graph()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        for path in paths:
            graph.parse(path, format="turtle")
    return graph


def broken(data: rdflib.Graph, rules: rdflib.Graph) -> set[str]:
    """Name the rules that *data* breaks."""
    _, report, _ = pyshacl.validate(data, shacl_graph=rules)
    return {
        str(shape).removeprefix(RULES)
        for result in report.objects(None, SH.result)
        for shape in report.objects(result, SH.sourceShape)
    }


def with_words(data: rdflib.Graph, ontology: rdflib.Graph) -> rdflib.Graph:
    """Add to *data* what the ontology says of the kind of each word in it."""
    merged = rdflib.Graph()
    merged += data
    words, seen = set(data.all_nodes()) | set(data.predicates()) | {SKOS.inScheme}, set()
    while words:
        word = words.pop()
        seen.add(word)
        for predicate in (RDF.type, RDFS.subClassOf, OWL.disjointWith, SKOS.inScheme):
            for value in ontology.objects(word, predicate):
                merged.add((word, predicate, value))
                if value not in seen:
                    words.add(value)
    return merged


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return read(sorted((ROOT / "ontology").glob("*.ttl")))


@pytest.fixture(scope="module")
def fact_rules() -> rdflib.Graph:
    return read(sorted(path for path in (ROOT / "shapes").glob("*.ttl") if path.name != STYLE))


@pytest.fixture(scope="module")
def style_rules() -> rdflib.Graph:
    prefixes = read([ROOT / "shapes" / "aidtrace.ttl"]).cbd(rdflib.URIRef(RULES.removesuffix("#")))
    return prefixes + read([ROOT / "shapes" / STYLE])


def rule_names() -> set[str]:
    """Name every shape that has a message, for these are the rules."""
    shapes = read(sorted((ROOT / "shapes").glob("*.ttl")))
    return {str(shape).removeprefix(RULES) for shape in shapes.subjects(SH.message)}


def test_each_rule_has_a_bad_example_of_its_name() -> None:
    assert rule_names() == {path.stem for path in BAD}


def test_each_rule_says_one_thing_in_english_and_how_grave_it_is() -> None:
    shapes = read(sorted((ROOT / "shapes").glob("*.ttl")))
    for name in rule_names():
        messages = list(shapes.objects(RULES[name], SH.message))
        assert [message.language for message in messages if isinstance(message, rdflib.Literal)] == ["en"], name
        assert len(list(shapes.objects(RULES[name], SH.severity))) == 1, name


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_example_breaks_its_rule_and_no_other(
    path: Path, ontology: rdflib.Graph, fact_rules: rdflib.Graph, style_rules: rdflib.Graph
) -> None:
    data = read([path])
    assert broken(with_words(data, ontology), fact_rules) | broken(data, style_rules) == {path.stem}


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_example_breaks_no_rule(
    path: Path, ontology: rdflib.Graph, fact_rules: rdflib.Graph, style_rules: rdflib.Graph
) -> None:
    data = read([path])
    assert broken(with_words(data, ontology), fact_rules) | broken(data, style_rules) == set()


def test_the_ontology_keeps_its_own_style(ontology: rdflib.Graph, style_rules: rdflib.Graph) -> None:
    assert broken(ontology, style_rules) == set()


@pytest.mark.parametrize(
    "text",
    ["1992", "1992-08", "1992-08-11", "1991-21", "199X", "1992~", "1994/..", "../2023", "1994-10/2020",
     "[1992-11-01..1992-11-05]", "[..2023]", "[1971..]", "[1999,2001]"],
)  # fmt: skip
def test_the_forms_of_edtf_that_the_data_use_are_well_formed(
    text: str, ontology: rdflib.Graph, fact_rules: rdflib.Graph
) -> None:
    assert "Date-wellFormed" not in broken(with_words(dated(text), ontology), fact_rules)


@pytest.mark.parametrize("text", ["", "/2020", "2020/", "1992-13", "11.08.1992", "1992-08-32", "../..", "[1971"])
def test_other_forms_of_dates_are_not_well_formed(text: str, ontology: rdflib.Graph, fact_rules: rdflib.Graph) -> None:
    assert "Date-wellFormed" in broken(with_words(dated(text), ontology), fact_rules)


def dated(text: str) -> rdflib.Graph:
    """Build a graph with one date."""
    graph, at = rdflib.Graph(), rdflib.Namespace("https://w3id.org/aidtrace/ontology#")
    edtf = rdflib.URIRef("http://id.loc.gov/datatypes/edtf/EDTF")
    graph.add((rdflib.URIRef("https://w3id.org/aidtrace/id/event/x"), at.onDate, rdflib.Literal(text, datatype=edtf)))
    return graph

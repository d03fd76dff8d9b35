"""The words of the ontology: each is declared once, defined, bounded, and used as it is declared."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.namespaces import AT, DCTERMS, OWL, RDF, RDFS, SKOS
from aidtrace.project import Project
from aidtrace.store import read_quads

ROOT = Path(__file__).parents[1]
FILES = Project(ROOT).ontology_files
ALIGNMENTS = sorted((ROOT / "ontology" / "alignments").glob("*.sssom.tsv"))
ONTOLOGY = NamedNode("https://w3id.org/aidtrace/ontology")
COLUMNS = [
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "comment",
]
PROPERTIES = (OWL("ObjectProperty"), OWL("DatatypeProperty"), OWL("AnnotationProperty"))
UNKNOWN_TO_OWL = ("date", "gYear", "gYearMonth", "duration", "yearMonthDuration", "EDTF", "wktLiteral")

Terms = dict[NamedNode, list[Quad]]


def texts(quads: list[Quad], *predicates: NamedNode) -> list[Literal]:
    return [q.object for q in quads if q.predicate in predicates and isinstance(q.object, Literal)]


def kinds(quads: list[Quad]) -> set[NamedNode]:
    return {q.object for q in quads if q.predicate == RDF("type") and isinstance(q.object, NamedNode)}


@pytest.fixture(scope="module")
def terms() -> Terms:
    found: Terms = defaultdict(list)
    for path in FILES:
        for quad in read_quads(path):
            if isinstance(quad.subject, NamedNode):
                found[quad.subject].append(quad)
    return found


@pytest.fixture(scope="module")
def ours(terms: Terms) -> Terms:
    return {term: quads for term, quads in terms.items() if term.value.startswith(AT("").value)}


@pytest.fixture(scope="module")
def data() -> list[Quad]:
    project = Project(ROOT)
    paths = [*project.article_files, *project.source_files, *project.crosswalk_files]
    return [quad for path in paths for quad in read_quads(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_parses_and_says_something(path: Path) -> None:
    assert list(read_quads(path))


def test_the_header_has_what_a_catalogue_asks_for(terms: Terms) -> None:
    said = {quad.predicate for quad in terms[ONTOLOGY]}
    wanted = {DCTERMS("title"), DCTERMS("description"), DCTERMS("license"), OWL("versionIRI"), OWL("versionInfo")}
    assert wanted <= said


def test_each_word_has_one_label_and_one_definition_in_english(ours: Terms) -> None:
    for term, quads in ours.items():
        for predicate in (RDFS("label"), SKOS("definition")):
            assert [text.language for text in texts(quads, predicate)] == ["en"], (term, predicate)


def test_each_word_shows_where_its_border_runs(ours: Terms) -> None:
    assert [t for t, quads in ours.items() if not texts(quads, SKOS("example"), SKOS("scopeNote"))] == []


def test_each_word_says_who_defines_it(ours: Terms) -> None:
    for term, quads in ours.items():
        assert ONTOLOGY in {q.object for q in quads if q.predicate == RDFS("isDefinedBy")}, term


def test_no_two_words_of_one_sort_share_a_label(ours: Terms) -> None:
    seen: dict[tuple[bool, str], NamedNode] = {}
    for term, quads in ours.items():
        label = (OWL("Class") in kinds(quads), texts(quads, RDFS("label"))[0].value)
        assert seen.setdefault(label, term) == term, label


def test_each_property_is_of_one_sort_only(terms: Terms) -> None:
    for term, quads in terms.items():
        assert sum(kind in kinds(quads) for kind in PROPERTIES) <= 1, term
        assert not (OWL("Class") in kinds(quads) and kinds(quads) & set(PROPERTIES)), term


def test_each_concept_has_a_scheme_that_exists(terms: Terms) -> None:
    schemes = {term for term, quads in terms.items() if SKOS("ConceptScheme") in kinds(quads)}
    for term, quads in terms.items():
        if SKOS("Concept") in kinds(quads):
            within = {q.object for q in quads if q.predicate == SKOS("inScheme")}
            assert within, term
            assert within <= schemes, term


def test_each_concept_and_scheme_is_named_alike_for_everybody_and_defined(terms: Terms) -> None:
    for term, quads in terms.items():
        if kinds(quads) & {SKOS("Concept"), SKOS("ConceptScheme")}:
            assert texts(quads, RDFS("label")) == texts(quads, SKOS("prefLabel")), term
            assert texts(quads, SKOS("definition")), term
            assert texts(quads, SKOS("example"), SKOS("scopeNote")), term


@pytest.mark.parametrize(
    ("scheme", "labels"),
    [
        ("instrument-status", {"concluded", "planned", "not concluded", "cancelled"}),
        ("event-status", {"held", "planned", "did not happen"}),
        ("stage", {"committed", "ordered", "delivered", "not said"}),
        ("qualifier", {"exact", "about", "at least", "more than", "at most"}),
        ("test-kind", {"Hoop", "Smoking-gun", "Straw-in-the-wind", "Double-decisive"}),
        ("citation-resolution", {"exact", "spelling", "wrong year", "ambiguous", "none"}),
        ("source-class", {"official", "academic", "press", "party"}),
        ("basis", {"stated", "worded", "bibliography"}),
    ],
)
def test_the_closed_words_are_these(terms: Terms, scheme: str, labels: set[str]) -> None:
    within = NamedNode(f"https://w3id.org/aidtrace/id/concept/{scheme}")
    found = [
        quads for quads in terms.values() if any(q.object == within for q in quads if q.predicate == SKOS("inScheme"))
    ]
    assert {texts(quads, RDFS("label"))[0].value for quads in found} == labels


def test_an_expected_participant_is_no_participant(ours: Terms) -> None:
    above = {q.object for q in ours[AT("expectedParticipant")] if q.predicate == RDFS("subPropertyOf")}
    assert AT("participant") not in above


def test_what_a_reasoner_cannot_read_stands_on_annotation_properties(terms: Terms, data: list[Quad]) -> None:
    for quad in data:
        if isinstance(quad.object, Literal) and quad.object.datatype.value.endswith(UNKNOWN_TO_OWL):
            assert OWL("AnnotationProperty") in kinds(terms[quad.predicate]), quad.predicate


def test_each_property_holds_what_its_declaration_promises(terms: Terms, data: list[Quad]) -> None:
    for quad in data:
        declared = kinds(terms.get(quad.predicate, []))
        wrong = OWL("ObjectProperty") if isinstance(quad.object, Literal) else OWL("DatatypeProperty")
        assert wrong not in declared, quad


@pytest.mark.parametrize("path", ALIGNMENTS, ids=lambda path: path.name)
def test_an_alignment_maps_words_that_exist_and_equates_none(path: Path, terms: Terms) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = [line for line in lines if line.startswith("#")]
    assert {line.split(":")[0] for line in header} >= {"#mapping_set_id", "#license", "#curie_map"}
    prefixes = dict(line.lstrip("# ").split(": ", 1) for line in header if line.startswith("#  "))
    rows = csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t")
    assert rows.fieldnames == COLUMNS
    for row in rows:
        prefix, name = row["subject_id"].split(":")
        assert texts(terms[NamedNode(prefixes[prefix] + name)], RDFS("label"))[0].value == row["subject_label"]
        assert row["object_id"].split(":")[0] in prefixes, row
        assert row["predicate_id"] in {
            "skos:exactMatch",
            "skos:closeMatch",
            "skos:broadMatch",
            "skos:narrowMatch",
            "skos:relatedMatch",
        }

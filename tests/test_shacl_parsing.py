"""The reader of queries: the same triple patterns as rdflib's parser, and what each of them leads back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from pyoxigraph import NamedNode
from rdflib import BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from shacl_strategies import PREFIXES, SELECTS, ex, read

from aidtrace.project import Project
from aidtrace.shacl import model, parsing
from aidtrace.shacl.compiling import compile_shapes
from aidtrace.shacl.parsing import Unclear, parse
from aidtrace.shacl.paths import HERE, sparql
from aidtrace.shacl.prologue import write_prefixes
from aidtrace.store import read_quads

DECLARED = {"ex": "http://example.org/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "xsd": "urn:xsd:"}
OURS = [
    constraint
    for shape in compile_shapes(
        quad.triple for path in Project(ROOT).shape_files for quad in read_quads(path)
    ).shapes.by_name.values()
    for constraint in shape.constraints
    if isinstance(constraint, model.Sparql)
]
QUERIES = [(one.select, dict(one.prefixes)) for one in OURS] + [(select, DECLARED) for select in SELECTS]


def ends_here(query: str, prefixes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield subject and object of each triple pattern, as this reader has them."""
    for group in parse(query, prefixes).select.where.walk():
        for match in group.matches:
            yield _ours(match.subject), _ours(match.object)


def ends_there(query: str, prefixes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield subject and object of each triple pattern, as rdflib has them."""
    return _patterns(translateQuery(parseQuery(write_prefixes(tuple(prefixes.items())) + query)).algebra)


def _patterns(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, CompValue):
        if part.name == "BGP":
            yield from ((_theirs(one[0]), _theirs(one[2])) for one in part.triples)
        elif part.name == "TriplesBlock":  # in EXISTS, which stays untranslated: terms one after the other
            for flat in part.triples:
                yield from ((_theirs(flat[at]), _theirs(flat[at + 2])) for at in range(0, len(flat), 3))
        for inner in part.values():
            yield from _patterns(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _patterns(inner)


def _ours(slot: object) -> str:
    if isinstance(slot, parsing.Variable):
        return "_" if slot.name.startswith("_:") else f"?{slot.name}"
    return slot.value if hasattr(slot, "value") else str(slot)


def _theirs(term: object) -> str:
    assert isinstance(term, Variable | URIRef | Literal | BNode)
    return "_" if isinstance(term, BNode) else f"?{term}" if isinstance(term, Variable) else str(term)


@pytest.mark.parametrize(("query", "prefixes"), QUERIES)
def test_the_triple_patterns_are_those_that_rdflib_reads(query: str, prefixes: dict[str, str]) -> None:
    ours, theirs = Counter(ends_here(query, prefixes)), Counter(ends_there(query, prefixes))
    assert ours
    assert ours <= theirs  # rdflib takes a sequence of properties apart
    assert ours == theirs or "/" in query


@pytest.mark.parametrize(
    ("query", "patterns"),
    [
        ("SELECT $this { $this ex:p ?a, ?b ; ex:q 1.5 ; . ?b a ex:C }", 4),
        ("SELECT $this { $this ex:p [ ex:q ?a ; ex:p 'x'@en ] . [] ex:q $this . }", 4),
        ("SELECT $this { OPTIONAL { $this ^(ex:p|ex:q)+/ex:p? ?a } { $this ex:p true } UNION { $this ?p -1 } }", 3),
        ("SELECT $this { FILTER (EXISTS { $this ex:p ?a } || ?a IN (1, ex:p)) $this ex:q ?a }", 2),
        ("ASK { $this ex:p ?a FILTER regex(str(?a), 'x', 'i') BIND (IF(?a < 1, 2, 3) AS ?b) }", 1),
        (
            "SELECT $this (SUM(?a) AS ?b) { $this ex:p ?a } GROUP BY $this HAVING (SUM(?a) > 1) ORDER BY DESC(?b)",
            1,
        ),
    ],
)
def test_the_forms_of_a_query_are_followed(query: str, patterns: int) -> None:
    if query.startswith("SELECT"):
        assert len(list(ends_there(query, DECLARED))) >= patterns
    assert len(list(ends_here(query, DECLARED))) == patterns


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { $this ex:p ( 1 2 ) }",
        "SELECT $this { $this !ex:p ?a }",
        "SELECT $this { $this unknown:p ?a }",
        "SELECT $this { $this ex:p ?a FILTER (?a<?b&&?c>?d) }",
        "SELECT $this { $this ex:a.b ?a }",
        "SELECT $this { $this ex:p ?a FILTER FOO(?a) }",
        "SELECT $this FROM ex:p { $this ex:p ?a }",
        "SELECT $this { $this ex:p ?a } VALUES ?a { 1 }",
        "DESCRIBE $this",
    ],
)
def test_what_is_not_followed_is_said_to_be_unclear(query: str) -> None:
    with pytest.raises(Unclear):
        parse(query, DECLARED)


ASKED = 'ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:t ; sh:sparql [ sh:prefixes ex: ; sh:select "{}" ] .'


def ways(query: str) -> set[tuple[str, str, str]]:
    """Return property, way back and end of each read of *query*."""
    compiled = compile_shapes(read(PREFIXES + ASKED.format(query)))
    return {
        (_local(predicate), "all" if one.back is None else "" if one.back == HERE else sparql(one.back), one.end)
        for predicate, reads in compiled.dependencies.readers.items()
        for one, who in reads.items()
        if who.units
    }


def _local(predicate: NamedNode | None) -> str:
    return predicate.value.rpartition("/")[2].rpartition("#")[2] if predicate else "any"


P, Q = f"{ex('p')}", f"{ex('q')}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $this { $this ex:p ?a . ?a ex:q ?b }", {("p", "", "subject"), ("q", P, "subject")}),
        ("SELECT $this { ?a ex:p $this . ?a ex:q ?b }", {("p", "", "object"), ("q", f"^({P})", "subject")}),
        ("SELECT $this { $this ex:p+ $this }", {("p", f"(({P})*)", "subject")}),
        ("SELECT $this { $this ?a ?b . FILTER NOT EXISTS { ?b ex:q $this } }",
         {("any", "", "subject"), ("q", "", "object")}),
        ("SELECT $this { $this ex:p ?a . ?x ex:q ?y }", {("p", "", "subject"), ("q", "all", "subject")}),
        ("SELECT $this { $this ex:p ?b . OPTIONAL { ?a ex:q ?b } ?a ex:r ?c }",
         {("p", "", "subject"), ("q", P, "object"), ("r", "all", "subject")}),
        ("SELECT $this ?value { ?value ex:p ?a . FILTER NOT EXISTS { ?a ex:q ?value } }",
         {("p", "", "subject"), ("q", "", "object")}),
        ("SELECT $this ?value { { SELECT DISTINCT ?value { ?a ?value ?b } } FILTER (isIRI(?value)) }",
         {("any", "", "predicate")}),
        ("SELECT $this ?value { { SELECT DISTINCT ?value { ?x ex:p ?value } } ?x ex:q ?value }",
         {("p", "", "object"), ("q", "", "object")}),
    ],
)  # fmt: skip
def test_a_query_is_read_back_to_its_focus_node_or_its_value(query: str, expected: set[tuple[str, str, str]]) -> None:
    found = {(one, way.strip("()") if way != "all" else way, end) for one, way, end in ways(query)}
    assert found == {(one, way.strip("()") if way != "all" else way, end) for one, way, end in expected}

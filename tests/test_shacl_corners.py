"""Corners of SHACL where an engine that runs all focus nodes at once could go wrong: beside pySHACL, or refused."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, Quad, RdfFormat, Triple, parse

from aidtrace.errors import InputError
from aidtrace.namespaces import XSD
from aidtrace.shacl import fallback
from aidtrace.shacl.compiling import compile_shapes
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.literals import well_formed
from aidtrace.shacl.sent import load

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DECLARED = """
ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://ex.org/"^^xsd:anyURI ] ,
    [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .
"""


def triples(text: str) -> list[Triple]:
    return [quad.triple for quad in parse((PREFIXES + text).encode(), format=RdfFormat.TURTLE)]


def ours(shapes: str, data: str) -> Outcome:
    return validate(compile_shapes(triples(shapes)), load(Quad(*one) for one in triples(data)))


def found(shapes: str, data: str) -> list[tuple[str, str]]:
    return sorted((str(one.focus), str(one.value)) for one in ours(shapes, data).results)


def reference(shapes: str, data: str) -> list[tuple[str, str]]:
    """Return what pySHACL finds; it is given the literals as they are written."""
    known = compile_shapes(triples(shapes)).shapes
    results = fallback.run(triples(data), triples(shapes), known, {shape.node for shape in known.roots})
    return sorted((str(one.focus), str(one.value)) for one in results)


def asking(where: str, head: str = "SELECT $this ?value") -> str:
    query = f'sh:select """{head} WHERE {{ {where} }}"""'
    return f"{DECLARED} ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex: ; {query} ] ."


OWNED = "ex:a ex:p ex:d, ex:e . ex:d a ex:D ; ex:owner ex:a . ex:e a ex:D ; ex:owner ex:b ."


@pytest.mark.parametrize(
    "where",
    [
        "{ ?value a ex:D . OPTIONAL { ?value ex:owner ?y . FILTER(?y != $this) } FILTER(BOUND(?y)) }",
        "{ ?value a ex:D . OPTIONAL { ?value ex:owner ?y . FILTER(?y = $this) } FILTER(!BOUND(?y)) }",
        "$this ex:p ?value OPTIONAL { ?value a ex:D OPTIONAL { ?value ex:owner ?y FILTER(?y = $this) } } "
        "FILTER(!BOUND(?y))",
        "{ ?value a ex:D } UNION { ?value ex:none ex:x OPTIONAL { ?value ex:owner ?y FILTER(?y = $this) } }",
        "{ ?value a ex:D OPTIONAL { ?value ex:owner ?y FILTER EXISTS { $this ex:p ?y } } FILTER(!BOUND(?y)) }",
    ],
)  # fmt: skip
def test_a_filter_of_an_inner_optional_sees_the_focus_node(where: str) -> None:
    assert found(asking(where), OWNED) == reference(asking(where), OWNED)


def test_the_filter_of_the_inner_optional_decides() -> None:
    where = "{ ?value a ex:D . OPTIONAL { ?value ex:owner ?y . FILTER(?y != $this) } FILTER(BOUND(?y)) }"
    assert [value for _, value in found(asking(where), OWNED)] == ["<http://ex.org/e>"]


@pytest.mark.parametrize(
    "condition",
    [
        "DATATYPE(?value / 2) = xsd:decimal", "DATATYPE((?value)) = xsd:integer", 'STR(?value + 1) = "8"',
        "isLiteral(?value + 1)", "!isLiteral(?value + 1)", "ABS(?value) = 7", "-?value < 0",
        'CONCAT(STR(?value), "x") = "007x"', "STRLEN(STR((?value))) > 1 && ?value < 8", 'STR(?value) = "007"',
        'STR("007"^^xsd:integer) = STR(?value)',
    ],
)  # fmt: skip
@pytest.mark.parametrize("other", ["", " ex:z ex:q 01 ."])
def test_a_literal_as_it_was_sent_means_what_it_says(condition: str, other: str) -> None:
    shapes, data = asking(f"$this ex:p ?value FILTER({condition})"), f"ex:a ex:p 007, 8 .{other}"
    assert found(shapes, data) == reference(shapes, data)


def test_in_compares_values() -> None:
    """SPARQL, section 17.4.1.9: IN is made of ``=``."""
    shapes = asking("$this ex:p ?value FILTER(?value IN (7, 9))")
    assert len(found(shapes, "ex:a ex:p 007, 8 .")) == 1


def test_a_literal_elsewhere_changes_nothing() -> None:
    shapes = asking("$this ex:p ?value FILTER(DATATYPE(?value / 2) = xsd:decimal)")
    assert found(shapes, "ex:a ex:p 8 .") == found(shapes, "ex:a ex:p 8 . ex:z ex:q 007 .") != []


def test_a_target_may_be_a_literal_that_the_store_would_rewrite() -> None:
    shapes = f"""{DECLARED} ex:S a sh:NodeShape ; sh:targetNode "007"^^xsd:integer ; sh:maxInclusive 5 ."""
    assert found(shapes, "ex:a ex:p 8 .") == [('"007"^^<http://www.w3.org/2001/XMLSchema#integer>',) * 2]


def test_parameters_of_a_component_and_the_path_stand_in_messages() -> None:
    shapes = f"""{DECLARED}
    ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:max ] ;
        sh:propertyValidator [ sh:message "over {{$max}} at {{$PATH}}: {{?value}}" ; sh:prefixes ex: ;
            sh:select "SELECT $this ?value WHERE {{ $this $PATH ?value FILTER(?value > $max) }}" ] .
    ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; ex:max 5 ] ."""
    (result,) = ours(shapes, "ex:a ex:p 9 .").results
    assert [one.value for one in result.messages] == ["over 5 at http://ex.org/p: 9"]


def test_a_blank_focus_node_brings_no_results_of_its_own() -> None:
    shapes = """ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ;
        sh:node ex:R . ex:R a sh:NodeShape ; sh:property [ sh:path ex:next ; sh:node ex:R ] ."""
    data = "[] a ex:T ; sh:result [ a sh:ValidationResult ; sh:sourceShape ex:Old ; sh:focusNode ex:x ] ."
    assert len(ours(shapes, data).results) == 1


# refused, so that nothing is said to conform

CHAIN = " ".join(f"ex:n{number} ex:next ex:n{number + 1} ." for number in range(6))


@pytest.mark.parametrize(
    ("shapes", "data", "complaint"),
    [
        ("ex:S a sh:NodeShape ; sh:targetNode ex:n0 ; sh:property [ sh:path ex:v ; sh:minCount 1 ] ; "
         "sh:property [ sh:path ex:next ; sh:node ex:S ] .",
         CHAIN + " ".join(f"ex:n{number} ex:v 1 ." for number in range(6)), "leads back to itself"),
        (asking("$this ex:p ?value FILTER(ex:mine(?value))"), "ex:a ex:p 1 .", "the function http://ex.org/mine"),
        ("ex: sh:entailment <http://www.w3.org/ns/entailment/RDFS> .", "", "sh:entailment"),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:pattern '^[a-z-[aeiou]]+$' ] .",
         "ex:a ex:p 'x' .", "has -["),
        (r"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:pattern '\\i\\c*' ] .",
         "ex:a ex:p 'x' .", r"has \i"),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:minInclusive 1, 2 ] .", "",
         "2 sh:minInclusive"),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:qualifiedMinCount 1 ; "
         "sh:qualifiedValueShape [ sh:class ex:A ], [ sh:class ex:B ] ] .", "", "2 sh:qualifiedValueShape"),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:minCount '++1'^^xsd:integer ] .",
         "", "sh:minCount"),
        (f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:maxLength {'9' * 5000} ] .",
         "", "sh:maxLength"),
    ],
)  # fmt: skip
def test_what_is_not_supported_or_ill_formed_is_refused(shapes: str, data: str, complaint: str) -> None:
    with pytest.raises(InputError) as error:
        ours(shapes, data)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_short_way_through_a_recursive_shape_is_followed() -> None:
    shapes = (
        "ex:S a sh:NodeShape ; sh:targetNode ex:n0 ; sh:property [ sh:path ex:v ; sh:minCount 1 ] ; "
        "sh:property [ sh:path ex:next ; sh:node ex:S ] ."
    )
    assert len(found(shapes, "ex:n0 ex:v 1 ; ex:next ex:n1 .")) == 1


def test_numbers_of_any_length_are_judged() -> None:
    long = "9" * 5000
    assert well_formed(Literal(long, datatype=XSD("integer")))
    assert not well_formed(Literal(long, datatype=XSD("byte")))
    assert not well_formed(Literal(f"{long}-02-30", datatype=XSD("date")))
    shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:maxInclusive 5 ] ."
    assert len(found(shapes, f"ex:a ex:p {long} .")) == 1

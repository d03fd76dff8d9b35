"""Shapes and what breaks them, by hand: what SHACL says, also where pySHACL says otherwise; and what is refused."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad
from shacl_strategies import PREFIXES, ex, read

from aidtrace.errors import InputError
from aidtrace.shacl.compiling import compile_shapes
from aidtrace.shacl.engine import Outcome, validate
from aidtrace.shacl.paths import words
from aidtrace.shacl.sent import load

Row = tuple[str, str, str]


def run(shapes: str, data: str) -> Outcome:
    compiled = compile_shapes(read(PREFIXES + shapes))
    return validate(compiled, load(Quad(*triple) for triple in read(PREFIXES + data)))


def rows(outcome: Outcome) -> list[Row]:
    """Return focus node, value and component of each result, as short as they can be."""
    return sorted(
        (_short(one.focus), _short(one.value), _short(one.component).removesuffix("ConstraintComponent"))
        for one in outcome.results
    )


def _short(term: object) -> str:
    if isinstance(term, Literal):
        return f"{term.value}@{term.language}" if term.language else term.value
    return term.value.replace("#", "/").rpartition("/")[2] if isinstance(term, NamedNode) else str(term or "")


P = "ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ;"
N = "ex:S sh:targetObjectsOf ex:p ;"


@pytest.mark.parametrize(
    ("shapes", "data", "expected"),
    [
        (f"{P} sh:class ex:C .", "ex:a ex:p ex:b, 1 . ex:b a ex:D . ex:D rdfs:subClassOf ex:C .",
         [("a", "1", "Class")]),
        (f"{P} sh:class ex:C .", "ex:a ex:p ex:b . ex:b a [ rdfs:subClassOf ex:C ] .", []),
        ("ex:S sh:targetClass ex:C ; sh:nodeKind sh:Literal .", "ex:b a [ rdfs:subClassOf ex:C ] .",
         [("b", "b", "NodeKind")]),
        (f"{P} sh:datatype xsd:byte .", 'ex:a ex:p "30"^^xsd:byte, "300"^^xsd:byte, 3 .',
         [("a", "3", "Datatype"), ("a", "300", "Datatype")]),
        (f"{P} sh:datatype xsd:integer .", 'ex:a ex:p 99999999999999999999, 007, "x"^^xsd:integer .',
         [("a", "x", "Datatype")]),
        (f"{P} sh:datatype xsd:date .", 'ex:a ex:p "2020-02-29"^^xsd:date, "2021-02-29"^^xsd:date .',
         [("a", "2021-02-29", "Datatype")]),
        (f"{P} sh:datatype xsd:gYear .", 'ex:a ex:p "2020"^^xsd:gYear, "20"^^xsd:gYear .', [("a", "20", "Datatype")]),
        (f"{P} sh:minInclusive 3 .", "ex:a ex:p 99999999999999999999, 2, ex:b, true, 3.0 .",
         [("a", "2", "MinInclusive"), ("a", "b", "MinInclusive"), ("a", "true", "MinInclusive")]),
        (f"{P} sh:maxExclusive 3 .", 'ex:a ex:p 002, 003, "x"^^xsd:integer .',
         [("a", "003", "MaxExclusive"), ("a", "x", "MaxExclusive")]),
        (f"{N} sh:minLength 0 .", "ex:a ex:p [] .", None),
        (f"{P} sh:minLength 3 .", "ex:a ex:p 007, 7 .", [("a", "7", "MinLength")]),
        (f'{P} sh:pattern "^0" .', "ex:a ex:p 007, 7 .", [("a", "7", "Pattern")]),
        (f'{P} sh:languageIn ( "en-gb" ) .', 'ex:a ex:p "x"@en-gb-oed, "x"@en .', [("a", "x@en", "LanguageIn")]),
        (f"{P} sh:uniqueLang true .", 'ex:a ex:p "x"@en, "y"@EN, "z"@de, "z" .', [("a", "", "UniqueLang")]),
        (f'{P} sh:uniqueLang "1"^^xsd:boolean .', 'ex:a ex:p "x"@en, "y"@en .', []),
        (f"{P} sh:in ( 1.0 ex:b ) .", 'ex:a ex:p 1, 1.0, ex:b, "1.0"^^xsd:double .',
         [("a", "1", "In"), ("a", "1.0", "In")]),
        (f"{P} sh:hasValue 007 .", "ex:a ex:p 7 . ex:b ex:p 007 .", [("a", "", "HasValue")]),
        (f"{P} sh:maxCount 1 .", "ex:a ex:p 7, 007 . ex:b ex:p 7 .", [("a", "", "MaxCount")]),
        ("ex:S sh:targetNode ex:zz ; sh:path [ sh:zeroOrOnePath ex:p ] ; sh:minCount 1 .", "", []),
        ("ex:S sh:targetNode ex:zz ; sh:path [ sh:zeroOrMorePath ex:p ] ; sh:minCount 2 .", "",
         [("zz", "", "MinCount")]),
        (f"{P} sh:equals ex:q .", "ex:a ex:p 1, 2 ; ex:q 2, 3 .", [("a", "1", "Equals"), ("a", "3", "Equals")]),
        (f"{P} sh:disjoint ex:q .", "ex:a ex:p 1, 02 ; ex:q 2, 1 .", [("a", "1", "Disjoint")]),
        (f"{P} sh:lessThan ex:q .", "ex:a ex:p 1, 010 ; ex:q 05 .", [("a", "010", "LessThan")]),
        (f"{P} sh:lessThan ex:q .", "ex:a ex:p 1 ; ex:q ex:b .", [("a", "1", "LessThan")]),
        ("ex:S sh:targetNode ex:zz ; sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:hasValue ex:zz ] .", "", []),
        ("ex:S sh:targetNode 7 ; sh:path [ sh:zeroOrOnePath ex:p ] ; sh:nodeKind sh:IRI .", "",
         [("7", "7", "NodeKind")]),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ] .",
         "ex:a a ex:C ; ex:p ex:c . ex:b a ex:C ; ex:p ex:c .", [("c", "", "MinCount"), ("c", "", "MinCount")]),
        (f"{P} sh:closed true ; sh:ignoredProperties ( ex:q ) .", "ex:a ex:p ex:b . ex:b ex:q 1 ; ex:r 2 .",
         [("a", "2", "Closed")]),
        (f"{N} sh:xone ( [ sh:class ex:C ] [ sh:class ex:D ] [ sh:class ex:C ] ) .",
         "ex:z ex:p ex:a, ex:b . ex:a a ex:C . ex:b a ex:D .", [("a", "a", "Xone")]),
        (f"{N} sh:not [ sh:class ex:C ] ; sh:deactivated true .", "ex:z ex:p ex:a . ex:a a ex:C .", []),
    ],
)  # fmt: skip
def test_what_breaks_a_shape(shapes: str, data: str, expected: list[Row] | None) -> None:
    found = run(shapes, data)
    assert found.fallen == ()
    if expected is None:
        assert len(found.results) == 1
    else:
        assert rows(found) == expected


ASKED = f"{P} ex:kind ex:C . ex:K a sh:ConstraintComponent ; sh:parameter [ sh:path ex:kind ] ;"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $this ?value WHERE { $this ex:p ?value . FILTER (?value > 6) }", ["007", "7"]),
        ("SELECT $this ?value WHERE { $this ex:p ?value . FILTER (STR(?value) = '007') }", ["007"]),
        ("SELECT $this ?value WHERE { $this ex:p ?value . FILTER (DATATYPE(?value) = xsd:int) }", ["5"]),
        ("SELECT $this ?value { $this ex:p ?value, ?other . FILTER (?value = ?other && !sameTerm(?value, ?other)) }",
         ["007", "7"]),
        ("SELECT $this ?value WHERE { $this ex:p ?one . BIND (?one AS ?value) FILTER (?one >= 7) }", ["007", "7"]),
        ("SELECT $this ?value WHERE { $this ex:p ?value . FILTER (?value IN (5, 7)) }", ["007", "5", "7"]),
        ("SELECT $this ?value WHERE { $this ex:p ?value . FILTER NOT EXISTS { $this ex:q ?value } }", ["007", "5"]),
        ("SELECT $this (COUNT(DISTINCT ?v) AS ?value) WHERE { $this ex:p ?v } GROUP BY $this", ["3"]),
    ],
)  # fmt: skip
def test_a_query_sees_literals_as_they_were_sent(query: str, expected: list[str]) -> None:
    query = query.replace("xsd:int", "<http://www.w3.org/2001/XMLSchema#int>")
    shapes = f'ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql [ sh:prefixes ex: ; sh:select "{query}" ] .'
    found = run(shapes, 'ex:a ex:p 007, 7, "5"^^xsd:int ; ex:q 7 .')
    assert found.fallen == ()
    assert sorted(_short(one.value) for one in found.results) == expected


LITERALS = "{ SELECT DISTINCT $this ?value WHERE { ?any ?property ?value . FILTER (isLiteral(?value)) } }"


@pytest.mark.parametrize("most", [10_000, 1])
def test_queries_that_look_at_the_same_values_find_what_each_would(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidtrace.shacl.screening._MOST", most)
    conditions = {
        "A": "FILTER (?value > 6)", "B": "FILTER (STRLEN(STR(?value)) > 2) FILTER (isNumeric(?value))",
        "C": "FILTER (?value < 0)", "D": "FILTER (?value > 6) FILTER NOT EXISTS { ex:a ex:p ?value }",
        "E": "FILTER (?value = ?unbound)",
    }  # fmt: skip
    shapes = " ".join(
        f"ex:{shape} a sh:NodeShape ; sh:targetNode ex:z ; sh:sparql [ sh:prefixes ex: ; "
        f'sh:select "SELECT $this ?value WHERE {{ {LITERALS} {condition} }}" ] .'
        for shape, condition in conditions.items()
    )
    found = run(shapes, "ex:a ex:p 007, 5, ex:b . ex:b ex:q 8, 100, 'text' .")
    assert sorted((_short(one.shape), _short(one.value)) for one in found.results) == [
        ("A", "007"), ("A", "100"), ("A", "8"), ("B", "007"), ("B", "100"), ("D", "100"), ("D", "8"),
    ]  # fmt: skip


def sparql(query: str) -> str:
    return f'ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex: ; sh:select """{query}""" ] .'


ROUND = "ex:R sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:R ; sh:nodeKind sh:IRI ] ."


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        (ROUND, "leads back to itself"),
        (f'{P} sh:pattern "^(?!1)" .', "sh:pattern"),
        (sparql("SELECT $this ?value WHERE { $this ex:p ?value . FILTER REGEX(STR(?value), '^(?=1)') }"), "expression"),
        (sparql("SELECT $this ?value { $this ex:p ?value FILTER REGEX(STR(?value), CONCAT('^', '1')) }"), "computed"),
        (sparql("SELECT $this ?value WHERE { $this ex:p ?value } ORDER BY ?value LIMIT 1"), "LIMIT"),
        (sparql("SELECT $this ?value WHERE { GRAPH ?g { $this ex:p ?value } }"), "graph"),
        (sparql("SELECT * WHERE { $this ex:p ?value }"), "SELECT *"),
        (sparql("SELECT $this ?value WHERE { { SELECT DISTINCT ?value WHERE { $this ex:p ?value } } }"), "nested"),
        (sparql("SELECT $this ?value { { SELECT $this (MAX(?v) AS ?value) { $this ex:p ?v } GROUP BY $this } }"),
         "count in a nested"),
        (sparql("SELECT $this ?value WHERE { $this ex:p ?value ; ex:p 1.50 }"), "rewrite"),
        (sparql("SELECT $this ?value WHERE { $this ex:p* ?value }"), "no length"),
        (sparql("SELECT $this ?this__class WHERE { $this ex:p ?this__class }"), "underscores"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_is_left_to_pyshacl_with_a_reason(shapes: str, reason: str) -> None:
    fallen = compile_shapes(read(PREFIXES + shapes)).fallen
    assert len(fallen) == 1
    assert reason in fallen[0].reason


def test_a_shape_that_fell_back_is_validated_all_the_same() -> None:
    found = run(f'{ROUND} {P} sh:pattern "^(?!1)" .', "ex:a a ex:C ; ex:p 1 .")
    assert rows(found) == [("a", "1", "NodeKind"), ("a", "1", "Pattern")]
    assert {one.shape for one in found.fallen} == {ex("R"), ex("S")}
    assert not found.conforms


def test_a_shape_that_did_not_fall_back_is_not_run_by_pyshacl_too() -> None:
    found = run(
        f"{ROUND} ex:C a rdfs:Class, sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .", "ex:a a ex:C ."
    )
    assert rows(found) == [("a", "", "MinCount")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this ?value WHERE { $this ex:p ?value . FILTER (?value > 5) }",
        "SELECT $this ?value WHERE { $this ex:p ?v . BIND (COALESCE(?v, 1) AS ?value) FILTER (?v > 5) }",
    ],
)
def test_numbers_that_the_store_cannot_hold_are_left_to_pyshacl(query: str) -> None:
    found = run(sparql(query), "ex:a a ex:C ; ex:p 99999999999999999999, 1 .")
    assert [one.shape for one in found.fallen] == [ex("S")]
    assert [_short(one.value) for one in found.results] == ["99999999999999999999"]


def test_a_query_that_hands_literals_on_is_left_to_pyshacl_where_the_store_would_rewrite_one() -> None:
    query = "SELECT $this ?value WHERE { $this ex:p ?v . BIND (IF(true, ?v, 1) AS ?value) }"
    assert run(sparql(query), "ex:a a ex:C ; ex:p 7 .").fallen == ()
    found = run(sparql(query), "ex:a a ex:C ; ex:p 007 .")
    assert [one.shape for one in found.fallen] == [ex("S")]
    assert [_short(one.value) for one in found.results] == ["007"]


def test_the_value_that_an_ask_denies_is_reported_at_a_property_shape_too() -> None:
    shapes = (
        ASKED
        + ' sh:validator [ sh:prefixes ex: ; sh:ask "ASK { { $value a $kind } UNION { FILTER (isIRI($value)) } }" ] .'
    )
    assert rows(run(shapes, "ex:a ex:p 1, ex:b .")) == [("a", "1", "K")]


@pytest.mark.parametrize(("given", "expected"), [("", ["1"]), ("; ex:most 0", []), ("; ex:most 2", ["1"])])
def test_a_parameter_may_be_left_out(given: str, expected: list[str]) -> None:
    component = (
        "ex:K a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ] ; "
        "sh:parameter [ sh:path ex:most ; sh:optional true ] ; sh:propertyValidator [ sh:prefixes ex: ; sh:select "
        '"SELECT $this ?value WHERE { $this $PATH ?value . FILTER (?value < $least) '
        'FILTER (!BOUND($most) || ?value < $most) }" ] .'
    )
    found = run(f"{component} {P} ex:least 2 {given} .", "ex:a ex:p 1, 3 .")
    assert found.fallen == ()
    assert [_short(one.value) for one in found.results] == expected


def test_the_shape_itself_can_be_asked_for() -> None:
    shapes = sparql("SELECT $this (?shape AS ?value) WHERE { BIND ($currentShape AS ?shape) }")
    assert rows(run(shapes, "ex:a a ex:C .")) == [("a", "S", "SPARQL")]


@pytest.mark.parametrize(
    ("said", "messages"),
    [
        ('sh:message "No {?value}."@en', ["No 1."]),
        ('sh:message "No."@en, "Nein."@de', ["Nein.", "No."]),
        ("", ["It was 1."]),
    ],
)
def test_a_message_says_what_the_query_found(said: str, messages: list[str]) -> None:
    query = 'sh:message "It was {$value}." ; sh:select "SELECT $this ?value { $this ex:p ?value }"'
    shape = f"ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql [ sh:prefixes ex: ; {query} ] ; {said} ."
    found = run(shape, "ex:a ex:p 1 .").results[0]
    assert sorted(message.value for message in found.messages) == messages
    assert found.constraint is not None


def test_a_shape_without_words_gets_ours() -> None:
    found = run(f"{P} sh:maxCount 0 ; sh:severity sh:Info .", "ex:a ex:p 1 .").results[0]
    assert found.messages == (Literal("There should be 0 values at most.", language="en"),)
    assert found.severity.value.endswith("#Info")
    assert found.path is not None
    assert words(found.path) == "http://example.org/p"


@pytest.mark.parametrize(
    ("shapes", "complaint"),
    [
        ("ex:S a sh:PropertyShape ; sh:targetClass ex:C .", "well-formed"),
        ("ex:S sh:targetClass ex:C ; sh:path ex:p, ex:q .", "2 sh:path"),
        ("ex:S a sh:NodeShape ; sh:path ex:p .", "node shape with sh:path"),
        (f"{P} sh:path ( ex:p ) .".replace("sh:path ex:p ;", ""), "list of 1"),
        (f"{P} sh:path [ ] .".replace("sh:path ex:p ;", ""), "says no path"),
        (f"{P} sh:path 1 .".replace("sh:path ex:p ;", ""), "sh:path is"),
        (f'{P} sh:minCount "x" .', "one whole number"),
        (f"{P} sh:minCount 1, 2 .", "2 sh:minCount"),
        (f"{N} sh:minCount 1 .", "node shape"),
        (f"{P} sh:in ex:p .", "no list"),
        (f"{P} sh:in _:x . _:x rdf:first 1 ; rdf:rest _:x .", "no list"),
        (f"{P} sh:nodeKind ex:p .", "sh:nodeKind"),
        (f'{P} sh:class "C" .', "sh:class"),
        (f"{P} sh:uniqueLang 1 .", "true or false"),
        (f"{P} sh:or ( ) .", "list of shapes"),
        (f"{P} sh:node [ sh:path ex:q ] .", "a node shape"),
        (f"{N} sh:property [ sh:class ex:C ] .", "sh:path"),
        (f"{P} sh:qualifiedValueShape [ sh:class ex:C ] .", "without a count"),
        (f"{P} sh:severity sh:Info, sh:Warning .", "2 sh:severity"),
        (f"{P} sh:message 1 .", "sh:message"),
        (f"{P} sh:pattern 1 .", "a string"),
        (f"{P} sh:lessThan 1 .", "an IRI"),
        (f"{P} sh:js [ ] .", "sh:js"),
        (f"{P} sh:target [ ] .", "sh:target"),
        (sparql("SELECT $this WHERE { broken"), "expected"),
        (sparql("ASK { $this ex:p 1 }"), "another form"),
        (sparql("SELECT $this WHERE { $this ex:p ?v MINUS { $this ex:p 1 } }"), "MINUS"),
        (sparql("SELECT $this WHERE { VALUES ?v { 1 } $this ex:p ?v }"), "VALUES"),
        (sparql("SELECT $this WHERE { SERVICE <urn:s> { $this ex:p ?v } }"), "SERVICE"),
        (sparql("SELECT $this WHERE { {SERVICESILENT<urn:s>{ $this ?p ?o } } }"), "SERVICE"),
        (sparql("SELECT $this WHERE { BIND (1 AS ?this) }"), "AS"),
        (sparql("SELECT $this WHERE { { SELECT ?v WHERE { ?v ex:p 1 } } }"), "nested SELECT"),
        (sparql("SELECT $this WHERE { $this $PATH ?v }"), "PATH"),
        (ASKED + " sh:optional true .", "no validator"),
    ],
)
def test_what_is_no_shacl_is_refused_with_a_reason(shapes: str, complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        compile_shapes(read(PREFIXES + shapes))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_shapes_nested_beyond_reason_are_refused() -> None:
    nested = "sh:not [ " * 150 + "sh:class ex:C" + " ]" * 150
    with pytest.raises(InputError, match="deep"):
        compile_shapes(read(PREFIXES + f"{N} {nested} ."))


def test_a_tree_of_shared_shapes_takes_no_time() -> None:
    """Two to the fortieth ways lead down this one."""
    levels = "".join(f"ex:L{level} sh:and ( ex:L{level + 1} ex:L{level + 1} ) . " for level in range(40))
    shapes = f"{levels} ex:L40 a sh:NodeShape ; sh:class ex:C . ex:L0 sh:targetObjectsOf ex:p ."
    assert rows(run(shapes, "ex:z ex:p ex:a, ex:b . ex:a a ex:C .")) == [("b", "b", "And")]

"""Literals: what the store keeps as it was sent, what is well-formed, and how two compare."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from aidtrace.errors import InputError
from aidtrace.shacl.literals import holds, well_formed
from aidtrace.shacl.sent import KEPT, as_kept, as_sent, load, look, sent_triples, settled

XSD = "http://www.w3.org/2001/XMLSchema#"
THING, PROPERTY = NamedNode("urn:a"), NamedNode("urn:p")
NUMBERS = ["integer", "decimal", "double", "float", "byte", "int", "nonNegativeInteger"]
DATES = ["date", "dateTime", "dateTimeStamp", "time", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay"]
SPANS = ["duration", "dayTimeDuration", "yearMonthDuration"]
KINDS = [*NUMBERS, *DATES, *SPANS, "boolean", "string", "anyURI", "hexBinary", "token"]


def literal(text: str, kind: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + kind))


def texts() -> SearchStrategy[str]:
    number = st.from_regex(r"[+-]?0*[0-9]{1,20}(\.[0-9]{0,19})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
    day = st.from_regex(r"-?[0-9]{4,5}-[01][0-9]-[0-3][0-9](Z|[+-][01][0-9]:[0-5][0-9])?", fullmatch=True)
    clock = st.from_regex(r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{0,3})?(Z|\+00:00)?", fullmatch=True)
    span = st.from_regex(
        r"-?P([0-9]{1,2}Y)?([0-9]{1,2}M)?([0-9]{1,2}D)?(T([0-9]{1,2}H)?([0-9]{1,2}M)?)?", fullmatch=True
    )
    moment = st.tuples(day, clock).map("T".join)
    return st.one_of(number, day, clock, moment, span, st.sampled_from(["true", "1", "INF", "+INF", "NaN", "", "x"]))


def held(value: Literal) -> Any:
    store = Store()
    store.add(Quad(THING, PROPERTY, value))
    return next(iter(store)).object


@given(texts(), st.sampled_from(KINDS))
@example("1.50", "decimal")
@example("007", "integer")
@example("5", "int")
@example("2020-01-01T00:00:00+00:00", "dateTime")
def test_a_literal_that_is_loaded_comes_back_as_it_was_sent(text: str, kind: str) -> None:
    sent = literal(text, kind)
    data = load([Quad(THING, PROPERTY, sent)])
    assert [triple.object for triple in sent_triples(data)] == [sent]
    assert data.kept == (held(sent) != sent)
    assert as_sent(as_kept(sent)) == sent
    assert settled(Triple(THING, PROPERTY, sent), kept=True).object == next(iter(data.store)).object
    assert settled(Triple(THING, PROPERTY, sent), kept=False).object == held(sent)


def test_a_literal_of_the_datatype_that_we_keep_literals_under_is_kept_too() -> None:
    sent = Literal("x", datatype=NamedNode(KEPT + "y"))
    assert [triple.object for triple in sent_triples(load([Quad(THING, PROPERTY, sent)]))] == [sent]


def test_values_that_are_equal_stay_apart_if_they_were_sent_apart() -> None:
    data = load(parse("<urn:a> <urn:p> 7, 007, +7 .", RdfFormat.TURTLE))
    assert len(data.store) == 3


def test_what_is_loaded_lies_in_the_default_graph() -> None:
    data = load(parse('<urn:a> <urn:p> "1" <urn:g> .\n<urn:a> <urn:p> "1" .', RdfFormat.N_QUADS))
    assert len(data.store) == 1


def test_a_triple_term_is_refused() -> None:
    with pytest.raises(InputError, match="a triple term"):
        load([Quad(THING, PROPERTY, Triple(THING, PROPERTY, BlankNode()))])


@pytest.mark.parametrize(
    ("text", "kind", "odd"),
    [("99999999999999999999", "integer", True), ("300", "byte", True), ("30", "byte", False), ("x", "integer", False)],
)
def test_numbers_that_the_store_values_otherwise_are_noticed(text: str, kind: str, odd: bool) -> None:
    assert load([Quad(THING, PROPERTY, literal(text, kind))]).odd == odd


def test_a_store_with_a_number_too_large_for_it_is_noticed() -> None:
    store = Store()
    store.add(Quad(THING, PROPERTY, Literal(1)))
    assert not look(store).odd
    store.add(Quad(THING, PROPERTY, literal("99999999999999999999", "integer")))
    assert look(store).odd


CAST = ("date", "dateTime", "time", "duration", "dayTimeDuration", "yearMonthDuration", "boolean", "double", "float")


@given(texts(), st.sampled_from(CAST))
@example("2023-02-29", "date")
@example("1900-02-29", "date")
@example("2000-02-29", "date")
@example("24:00:00", "time")
@example("P", "duration")
@example("PT", "duration")
@example("P1Y", "dayTimeDuration")
def test_what_is_well_formed_is_what_the_store_reads(text: str, kind: str) -> None:
    found: Any = Store().query(f'SELECT (<{XSD}{kind}>("{text}") AS ?value) {{}}')
    assert well_formed(literal(text, kind)) == (next(iter(found))["value"] is not None)


@pytest.mark.parametrize(
    ("text", "kind", "right"),
    [
        ("128", "byte", False), ("-128", "byte", True), ("-1", "nonNegativeInteger", False),
        ("0", "positiveInteger", False), ("99999999999999999999", "integer", True),
        ("1.", "decimal", True), (".", "decimal", False), ("1e5", "decimal", False),
        ("2020", "gYear", True), ("20", "gYear", False), ("--13", "gMonth", False), ("0G", "hexBinary", False),
        ("2020-01-01T00:00:00", "dateTimeStamp", False), ("2020-01-01T00:00:00Z", "dateTimeStamp", True),
        ("anything", "anyURI", True), ("anything", "unheardOf", True),
    ],
)  # fmt: skip
def test_lexical_forms_are_those_of_xml_schema(text: str, kind: str, right: bool) -> None:
    assert well_formed(literal(text, kind)) == right


@pytest.mark.parametrize(
    ("left", "operator", "right", "answer"),
    [
        (literal("007", "integer"), "<", literal("7.5", "decimal"), True),
        (literal("99999999999999999999", "integer"), ">", literal("99999999999999999998", "integer"), True),
        (literal("0.1", "decimal"), "<=", literal("0.10", "decimal"), True),
        (literal("INF", "double"), ">", literal("1", "integer"), True),
        (literal("NaN", "double"), "<=", literal("NaN", "double"), False),
        (literal("300", "byte"), ">", literal("1", "integer"), False),
        (literal("true", "boolean"), ">", literal("0", "integer"), False),
        (Literal("b"), ">", Literal("a"), True),
        (Literal("b", language="en"), ">", Literal("a", language="de"), False),
        (literal("2020-01-02", "date"), ">", literal("2020-01-01", "date"), True),
        (literal("2020-02-30", "date"), ">", literal("2020-01-01", "date"), False),
        (literal("2020-01-01", "date"), "<", literal("2020-01-01T00:00:00", "dateTime"), False),
        (literal("P1Y", "duration"), ">=", literal("P12M", "duration"), True),
    ],
)
def test_literals_compare_by_what_they_mean(left: Literal, operator: str, right: Literal, answer: bool) -> None:
    assert holds(left, operator, right) == answer

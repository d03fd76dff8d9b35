"""The digest of an answer: what it is made of, and what it does not depend on."""

from __future__ import annotations

from hashlib import sha256

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from aidtrace.digests import Digested, TooLargeError, digested

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
LARGE = 1 << 20
DIGIT = "{ 0 1 2 3 4 5 6 7 8 9 }"


def asked(query: str, turtle: str = "") -> Digested:
    store = Store()
    store.extend(Quad(*quad.triple) for quad in parse(turtle.encode(), format=RdfFormat.TURTLE))
    return digested(store.query(query), LARGE)


def hashed(*lines: str) -> str:
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_a_table_is_its_columns_and_its_rows_in_order() -> None:
    found = asked("SELECT ?n ?word { VALUES (?n ?word) { (2 'two'@en) (1 UNDEF) } }")
    assert found.digest == hashed("table\tn\tword", f'"1"^^<{INTEGER}>\t', f'"2"^^<{INTEGER}>\t"two"@en')


def test_a_graph_is_its_triples_each_once() -> None:
    found = asked("CONSTRUCT { <urn:a> <urn:b> ?n } WHERE { VALUES ?n { 'y' 'x' 'y' } }")
    assert found.digest == hashed("graph", '<urn:a>\t<urn:b>\t"x"', '<urn:a>\t<urn:b>\t"y"')


def test_a_truth_is_a_word() -> None:
    assert asked("ASK {}").digest == hashed("truth", "true")
    assert asked("ASK { FILTER (false) }").digest == hashed("truth", "false")


def test_a_line_break_in_a_value_cannot_pass_for_another_row() -> None:
    assert asked("SELECT ?a { VALUES ?a { 'x\\ny' } }").digest == hashed("table\ta", '"x\\ny"')


def test_a_row_that_is_there_twice_counts_twice() -> None:
    once, twice = (asked(f"SELECT ?a {{ VALUES ?a {{ {values} }} }}") for values in ("1", "1 1"))
    assert once.digest != twice.digest
    assert len(twice.without(once.marks)) == 1
    assert once.without(twice.marks) == []


@pytest.mark.parametrize(
    "query", ["SELECT ?s ?o { ?s <urn:p> ?o }", "CONSTRUCT { ?s <urn:p> ?o } WHERE { ?s <urn:p> ?o }"]
)
def test_blank_nodes_have_no_names_of_their_own_but_stay_apart(query: str) -> None:
    chain = "_:a <urn:p> _:b . _:b <urn:p> _:c . <urn:x> <urn:p> _:c , 1 ."
    again = "_:z <urn:p> _:a . <urn:x> <urn:p> 1 , _:m . _:a <urn:p> _:m ."
    other = "_:a <urn:p> _:b . _:b <urn:p> _:c . <urn:x> <urn:p> _:b , 1 ."
    assert asked(query, chain).digest == asked(query, again).digest
    assert asked(query, chain).digest != asked(query, other).digest


def test_no_cell_of_a_row_with_blank_nodes_is_lost() -> None:
    found = asked("SELECT ?s ?none ?o { ?s <urn:p> ?o }", "_:a <urn:p> 'v' .")
    [(_, row)] = found.rows
    assert isinstance(row[0], BlankNode)
    assert row[1:] == (None, Literal("v"))


def test_rows_are_told_apart_by_their_marks() -> None:
    before = asked("SELECT ?a { VALUES ?a { 1 2 } }")
    after = asked("SELECT ?a { VALUES ?a { 2 <urn:3> } }")
    assert after.without(before.marks) == [(NamedNode("urn:3"),)]
    assert before.without(after.marks) == [(Literal(1),)]


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("SELECT ?a { VALUES ?a { 'long' 'longer' } }", 10),
        (f"SELECT * {{ {' '.join(f'VALUES ?d{n} {DIGIT}' for n in range(4))} BIND (BNODE() AS ?b) }}", 8 * LARGE),
    ],
    ids=["bytes", "blank nodes"],
)
def test_what_is_too_large_has_no_digest(query: str, limit: int) -> None:
    with pytest.raises(TooLargeError):
        digested(Store().query(query), limit)


def test_rows_alike_but_for_blank_nodes_are_all_kept() -> None:
    found = asked("SELECT ?s { ?s <urn:p> ?o }", "_:a <urn:p> 1 , 2 . _:b <urn:p> 3 .")
    names = [str(row[0]) for _, row in found.rows]
    assert len(names) == 3
    assert len(set(names)) == 2

"""Tables of one's own: what a CONSTRUCT over the columns makes of each row, in order, whatever stands in the cells."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from aidtrace.errors import InputError
from aidtrace.mapping import BATCH, columns, lines, read_mapping
from aidtrace.namespaces import GRAPH, XSD
from aidtrace.revisions import Revisions
from aidtrace.store import open_built

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Run

ROWS = """
PREFIX ex: <https://example.org/>
CONSTRUCT { ?row ex:a ?a ; ex:b ?b . }
WHERE { BIND (IRI(CONCAT("https://example.org/row/", STR(?ROWNUM))) AS ?row) }
"""
EX = "https://example.org/"


def write(folder: Path, mapping: str, rows: list[list[str]], separator: str = ",") -> tuple[Path, Path]:
    query, table = folder / "my.rq", folder / "my.csv"
    query.write_text(mapping, "utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return query, table


def made(folder: Path, mapping: str, rows: list[list[str]], workers: int = 1) -> list[Triple]:
    query, table = write(folder, mapping, rows)
    pieces = lines(read_mapping(query), table, workers=workers)
    return [quad.triple for piece in pieces for quad in parse(piece, RdfFormat.N_TRIPLES)]


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


def test_a_cell_is_a_plain_literal_and_an_empty_one_leaves_its_triples_out(tmp_path: Path) -> None:
    rows = [["a", "b"], ["1", "x"], ["", "y"], ["", ""], ["2", ""]]
    assert set(made(tmp_path, ROWS, rows)) == {
        Triple(ex("row/1"), ex("a"), Literal("1")),
        Triple(ex("row/1"), ex("b"), Literal("x")),
        Triple(ex("row/2"), ex("b"), Literal("y")),
        Triple(ex("row/3"), ex("a"), Literal("2")),  # a row without any cell does not count
    }


def test_functions_make_other_terms_of_cells(tmp_path: Path) -> None:
    mapping = """
    PREFIX ex: <https://example.org/>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    CONSTRUCT { [] ex:of ?state ; ex:year ?number ; ex:name ?name . }
    WHERE {
        BIND (IRI(CONCAT("https://example.org/state/", ENCODE_FOR_URI(?Country_code))) AS ?state)
        BIND (xsd:integer(?sign_year) AS ?number)
        BIND (STRLANG(?name_, "en") AS ?name)
        FILTER (?number > 1990)
    }"""
    rows = [
        ["Country code", "sign-year", "name?"],
        ["T R", "1992", "One"],
        ["AZ", "1980", "Two"],
        ["AZ", "2010", "Two"],
    ]
    found = made(tmp_path, mapping, rows)
    assert {(one.predicate, one.object) for one in found} == {
        (ex("of"), ex("state/T%20R")),
        (ex("year"), Literal("1992", datatype=XSD("integer"))),
        (ex("name"), Literal("One", language="en")),
        (ex("of"), ex("state/AZ")),
        (ex("year"), Literal("2010", datatype=XSD("integer"))),
        (ex("name"), Literal("Two", language="en")),
    }
    assert len({one.subject for one in found}) == 2
    assert all(isinstance(one.subject, BlankNode) for one in found)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
HOSTILE = st.sampled_from(
    ['" } INSERT', "'''", "\\", "\\u0022", "?a", "UNDEF", "<urn:x>", "}\n{", " ", "\r", "\x0b", "ə"]
)
CELL = st.one_of(TEXT, HOSTILE)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), max_size=6))
def test_whatever_stands_in_a_cell_is_its_literal_and_nothing_else(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    found = made(tmp_path, ROWS, [["a", "b"], *map(list, rows)])
    counted = [row for row in rows if any(row)]
    expected = [
        Triple(ex(f"row/{number}"), ex(name), Literal(cell))
        for number, row in enumerate(counted, 1)
        for name, cell in zip("ab", row, strict=True)
        if cell
    ]
    assert len(found) == len(expected)
    assert set(found) == set(expected)
    assert [one.subject for one in found] == [one.subject for one in expected]  # in the order of the rows


def test_processes_side_by_side_say_the_same_in_the_same_order_as_one(tmp_path: Path) -> None:
    rows = [["a", "b"], *([str(number), "b" * (number % 3)] for number in range(5 * BATCH + 7))]
    alone = made(tmp_path, ROWS, rows)
    assert made(tmp_path, ROWS, rows, workers=3) == alone
    assert [one.object.value for one in alone if one.predicate == ex("a")] == [row[0] for row in rows[1:]]  # type: ignore[union-attr]
    nodes = made(tmp_path, "CONSTRUCT { [] <urn:a> ?a } WHERE {}", rows, workers=3)
    assert len({one.subject for one in nodes}) == len(rows) - 1


def test_headers_are_variables_as_in_tarql() -> None:
    assert columns(["ccode1", "Country name", "sign-year", "why?", "größe", "a.b"]) == [
        *("ccode1", "Country_name", "sign_year", "why_", "größe", "a_b"),
    ]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("SELECT ?a WHERE {}", "my.rq: constructs nothing; expected CONSTRUCT"),
        ("CONSTRUCT WHERE { ?a ?b ?c }", "my.rq: has no template of its own"),
        ("CONSTRUCT { <urn:x> <urn:y> ?aa } WHERE {}", r"my.rq: \?aa is no column of .*my.csv; expected a or b"),
        ("CONSTRUCT { <urn:x> <urn:y> ?a } WHERE { BIND (1 AS ?b) }", r"\?b is a column .*; expected another name"),
        ("CONSTRUCT { <urn:x> <urn:y> ?a } WHERE {} LIMIT 5", "my.rq: LIMIT stands after the pattern"),
        ("CONSTRUCT { <urn:x> <urn:y> ?a } WHERE {} ORDER BY ?a", "my.rq: ORDER stands after the pattern"),
        (
            "CONSTRUCT { <urn:x> <urn:y> ?a } WHERE { SERVICE <http://h/> {} }",
            "my.rq:1:42: SERVICE is not allowed here",
        ),
        ("CONSTRUCT { <urn:x> <urn:y> ?a } FROM <urn:g> WHERE {}", "my.rq:1:34: FROM .*is not allowed here"),
        ("CONSTRUCT { <urn:x> <urn:y> ?a WHERE {}", "my.rq:1:"),
    ],
)
def test_a_mapping_that_cannot_be_run_row_by_row_is_refused(tmp_path: Path, mapping: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        made(tmp_path, mapping, [["a", "b"], ["1", "2"]])


def test_a_brace_in_a_string_or_a_comment_does_not_mislead(tmp_path: Path) -> None:
    mapping = """# CONSTRUCT { { WHERE {
    PREFIX where: <https://example.org/{>
    CONSTRUCT { <urn:x> <urn:y> "WHERE { }" , ?a } # WHERE {
    WHERE { # {
        { FILTER (STRLEN("}") = 1) } }""".replace("/{>", "/>")
    assert {one.object for one in made(tmp_path, mapping, [["a"], ["1"]])} == {Literal("WHERE { }"), Literal("1")}


def test_a_table_that_is_not_even_stops_the_import_with_its_line(tmp_path: Path) -> None:
    for rows, told in (
        ([["a", "b"], ["1", "2"], ["3"]], r"my\.csv:3: has 1 cells; expected 2"),
        ([["a", "a", "b"], ["1", "2", "3"]], r"my\.csv:1: 2 columns are \?a; expected one"),
    ):
        with pytest.raises(InputError, match=told):
            made(tmp_path, ROWS, rows)


def test_the_command_writes_files_and_graphs(aidtrace: Run, tmp_path: Path) -> None:
    query, table = write(tmp_path, ROWS, [["a", "b"], ["1", "x"], ["2", ""]], ";")
    given = ("import", "--mapping", query, table, "--separator", ";")
    shown = aidtrace(*given)
    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, 3)
    assert shown.stderr == f"{table}: 3 triples written\n"
    out = tmp_path / "my.ttl"
    assert aidtrace(*given, "--out", out).stdout == f"{table}: 3 triples written to {out}\n"
    graph = GRAPH("dataset/mine")
    stored = aidtrace(*given, "--store", tmp_path / "store", "--graph", graph.value)
    assert (stored.returncode, stored.stderr.count("licence")) == (0, 1)
    licensed = (*given, "--store", tmp_path / "store", "--graph", graph.value, "--license", "https://example.org/terms")
    assert aidtrace(*licensed).stderr == ""
    revisions = Revisions(tmp_path / "store")
    store = open_built(revisions.path(revisions.current))
    held = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, graph)}
    assert len(held) == 4  # the three, and the licence
    table.write_text("a;b\n1;2\n3\n", "utf-8")
    before = revisions.current
    assert aidtrace(*licensed).stderr == f"aidtrace: {table}:3: has 1 cells; expected 2\n"
    assert revisions.current == before


def test_options_that_do_not_go_together_are_refused(aidtrace: Run, tmp_path: Path) -> None:
    query, table = write(tmp_path, ROWS, [["a", "b"]])
    for options, told in (
        ((table,), "no data set is named; expected SOURCE FILE, or --mapping QUERY FILE"),
        (("cow-nmc", table, "--graph", "urn:g"), "--graph: is for a table of your own"),
        (("--mapping", query, "cow-nmc", table), "--mapping: cow-nmc is for a data set"),
        (("--mapping", query, table, "--store", tmp_path / "s"), "--store: expected --graph IRI with it"),
        (("--mapping", query, table, "--graph", "no iri"), "--graph: 'no iri' is no IRI"),
        (("--mapping", query, table, "--graph", GRAPH("article").value), "is ours; expected a graph of your own"),
        (("--mapping", query, table, "--separator", "ab"), "--separator: 'ab'; expected one character, or tab"),
    ):
        failed = aidtrace("import", *options)
        assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1), failed.stderr
        assert told in failed.stderr


def test_memory_does_not_grow_with_the_rows(memory_of: Callable[..., int], tmp_path: Path) -> None:
    peaks = []
    for rows in (4_000, 100_000):
        query, table = write(tmp_path, ROWS, [["a", "b"], *([str(number), "text " * 5] for number in range(rows))])
        peaks.append(memory_of("import", "--mapping", query, table, "--out", tmp_path / "my.nt"))
    assert peaks[1] - peaks[0] < 30 * 1024  # the file has 13 MB

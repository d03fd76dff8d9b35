"""The lexer: what it refuses, what it lets pass, and that it sees what the engine would run."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from aidtrace.lexer import Refusal, scan


def refusal(query: str, known: set[str]) -> Refusal | None:
    return scan(query, known).refusal


KNOWN = {"https://w3id.org/aidtrace/graph/article"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://x> { ?s ?p ?o } }",
        "SELECT * { service silent <http://x> { ?s ?p ?o } }",
        "SELECT * { # a comment\n SERVICE <http://x> { ?s ?p ?o } }",
        'SELECT * { ?s ?p "#" . SERVICE <http://x> { ?s ?p ?o } }',
        'SELECT * { ?s ?p """a "quoted" # thing""" . SERVICE <http://x> { } }',
        "SELECT * { ?s ?p 'it\\'s' . SERVICE <http://x> { } }",
        "SELECT * { ?s <http://x/#SERVICE> ?o . SERVICE <http://x> { } }",
        'SELECT * { ?s ?p "\\u0022" . SERVICE <http://x> { } }',
        "SELECT * { \\u0053ERVICE <http://x> { } }",
        "PREFIX : <http://x> SELECT * { SERVICE:a { } }",
        "LOAD <http://x>",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://x> { ?s ?p ?o }",
        "PREFIX g: <http://x/> SELECT * FROM g:y { ?s ?p ?o }",
        "SELECT * FROM nothing:y { ?s ?p ?o }",
        "BASE <http://x/> SELECT * FROM <graph/article> { ?s ?p ?o }",
    ],
)
def test_what_leaves_the_store_is_refused(query: str) -> None:
    assert refusal(query, KNOWN) is not None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?SERVICE ?LOAD ?FROM }",
        "SELECT * { ?s ?p 'SERVICE <http://x> {}' } # SERVICE <http://x> {}",
        "SELECT * { ?s <http://x/SERVICE> ?o }",
        "PREFIX ex: <http://x/> SELECT * { ?s ex:SERVICE ex:LOAD }",
        "SELECT * { _:SERVICE ?p 'x'@service }",
        "SELECT * FROM <https://w3id.org/aidtrace/graph/article> { ?s ?p ?o }",
        "PREFIX g: <https://w3id.org/aidtrace/graph/> SELECT * FROM NAMED g:article { ?s ?p ?o }",
        "BASE <https://w3id.org/aidtrace/> SELECT * FROM <graph/article> { ?s ?p ?o }",
    ],
)
def test_what_only_looks_so_is_let_through(query: str) -> None:
    assert refusal(query, KNOWN) is None


def test_a_refusal_says_where_and_what_would_do() -> None:
    found = refusal("SELECT *\nWHERE { SERVICE <http://x> {} }", KNOWN)
    assert str(found) == "2:9: SERVICE is not allowed here; expected a query that stays within this store"


PIECES = st.sampled_from(
    [
        "SERVICE",
        "SILENT",
        "<http://127.0.0.1:9/>",
        "{",
        "}",
        "?s ?p ?o",
        '"',
        "'",
        '"""',
        "#",
        "\n",
        "\\u0022",
        "\\",
        " ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14))
def test_the_engine_never_calls_a_service_that_the_lexer_did_not_see(pieces: list[str]) -> None:
    """Port 9 of the loopback is closed, so a service that is called fails with an error of its own."""
    query = "SELECT * { " + " ".join(pieces) + " }"
    if refusal(query, set()) is None:
        try:
            list(Store().query(query))  # type: ignore[arg-type]
        except SyntaxError:
            return
        except (OSError, ValueError, RuntimeError) as error:
            pytest.fail(f"{query!r} reached the network: {error}")


def test_no_group_is_possessive() -> None:
    """Python before 3.11.5 matches ``(?:a|b(?!c))*+`` wrongly (its issue 106052), and is supported."""
    from aidtrace import lexer

    patterns = [value.pattern for value in vars(lexer).values() if isinstance(value, re.Pattern)]
    assert len(patterns) > 5
    assert not [one for one in patterns if re.search(r"\)[*+?]\+|\)\{[^}]*\}\+|\(\?>", one)]

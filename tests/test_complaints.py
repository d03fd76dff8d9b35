"""What is said of a query that does not parse: the place of what is wrong, what it is, and what would fit."""

import random
import re

import pytest
from conftest import ROOT
from pyoxigraph import Store

from aidtrace.complaints import complaint
from aidtrace.lexer import lexemes
from aidtrace.project import Project
from aidtrace.queries import read_queries

QUERIES = [query.sparql for query in read_queries(Project(ROOT))]


def said(text: str, *, update: bool = False) -> str:
    """Return what is said of *text*, which must not parse."""
    parse = Store().update if update else Store().query
    with pytest.raises(SyntaxError) as raised:
        parse(text)
    return complaint(str(raised.value), text, parse, update=update)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; expected a query"),
        (" # nothing\n", "is empty; expected a query"),
        ("hello", "1:1: hello does not begin a query; expected SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("SELCT * {}", "1:1: SELCT does not begin a query; expected SELECT"),
        ("PREFIX a: <urn:a>", "1:18: ends behind its prefixes; expected a query"),
        ("PREFIX a <urn:a> ASK {}", "1:8: a is no prefix; expected a:"),
        ("PREFIX a: <urn:a>\nCLEAR ALL", "2:1: CLEAR begins an update, which is not taken here; expected a query"),
        ("SELECT * {", "1:11: ends too early; expected }"),
        ("SELECT * { ?s ?p ?o } ORDER BY  ", "1:31: ends too early; expected more after BY"),
        ("SELECT * { ?s ?p ?o }}", "1:22: } closes nothing; expected none"),
        ("SELECT * { FILTER (1 < 2 }", "1:26: } comes too early; expected )"),
        ("SELECT * { ?s\n ?p 'x }", "2:5: ' begins a string that does not end; expected ' once more"),
        ("SELECT * { ?s ?p \u201cx\u201d }", "1:18: \u201c has no place here; expected quotation marks as in 'this'"),
        ("SELECT * { ?s ?p % }", "1:18: % has no place here; expected SPARQL"),
        ("SELECT * { ?s <rel> ?o }", "1:15: <rel> is no IRI; expected a scheme before it, such as https:"),
        ("SELECT * { ?s <urn:a b> ?o }", "1:15: < is no IRI; expected <…> without spaces"),
        (
            "SELECT * { ?s a at:X }",
            "1:17: prefix at: is not declared; expected PREFIX at: <https://w3id.org/aidtrace/ontology#>",
        ),
        ("PREFIX a: <u:> ASK { ?s a:b 1 ; c:d 2 }", "1:33: prefix c: is not declared; expected PREFIX c: <…>"),
        ("SELECT * { ?s ?p ?o } LIMT 1", "1:23: LIMT is no keyword; expected LIMIT"),
        ("SELECT * { FILTER(BOND(?x)) }", "1:19: BOND is no keyword; expected BOUND"),
        ("SELECT * { ?s ?p foo }", "1:18: foo is no keyword; expected ?foo, or a name with its prefix"),
        ("SELECT * WHERE ?s ?p ?o", "1:16: ?s does not belong here; expected {"),
        ("SELECT DISTINCT {}", "1:17: { does not belong here; expected (, * or a variable"),
        ("SELECT * {} LIMIT -1", "1:19: - does not belong here; expected a number"),
        ("SELECT ?a,?b {}", "1:10: , does not belong after ?a; expected what may follow that"),
        (
            "SELECT ?a (COUNT(?b) AS ?n) { ?a ?c ?b }",
            "1:41: SELECT has a variable that is not grouped; expected it in GROUP BY or COUNT",
        ),
    ],
)
def test_a_query_is_told_where_it_is_wrong_and_what_would_fit(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ASK {}", "1:1: ASK begins a query, which is not taken here; expected an update"),
        ("INSERT DATA { <urn:a> <urn:b> 1", "1:32: ends too early; expected }"),
        ("INSERT DATA { ?s ?p 1 }", "1:24: INSERT DATA has a variable; expected INSERT and WHERE, or no variable"),
        ("CLEAR ALL ; INSRT", "1:13: INSRT is no keyword; expected INSERT"),
    ],
)
def test_an_update_is_told_as_well(text: str, words: str) -> None:
    assert said(text, update=True) == words


def test_a_prefix_that_need_not_be_declared_is_not_complained_of() -> None:
    text = "ASK { ?s at:x at:y at:z }"
    with pytest.raises(SyntaxError) as raised:
        Store().query(text, prefixes={"at": "urn:"})
    words = complaint(
        str(raised.value), text, lambda text: Store().query(text, prefixes={"at": "urn:"}), declared=["at"]
    )
    assert words == "1:20: at:z does not belong after at:y; expected what may follow that"


def test_a_long_query_is_told_how_far_it_could_be_read() -> None:
    assert re.fullmatch(r"1:\d+: does not parse up to here; expected a query", said(f"ASK {{ {' ' * (1 << 14)}"))


@pytest.mark.parametrize("text", QUERIES[::8], ids=lambda text: text.partition("\n")[0][12:40])
def test_a_terminal_too_many_is_found_at_its_place(text: str) -> None:
    chance = random.Random(1)
    for token in chance.sample(lexemes(text), 12):
        broken = f"{text[: token.at]}\u00a7 {text[token.at :]}"
        line, column = text[: token.at].count("\n") + 1, token.at - text[: token.at].rfind("\n")
        assert said(broken) == f"{line}:{column}: \u00a7 has no place here; expected SPARQL"


@pytest.mark.parametrize("text", QUERIES[::8], ids=lambda text: text.partition("\n")[0][12:40])
def test_whatever_is_cut_out_is_one_line_without_the_parsers_own_words(text: str) -> None:
    chance = random.Random(2)
    tokens = lexemes(text)
    for token in chance.sample(tokens, 20):
        broken = text[: token.at] + text[token.at + len(token.text) :]
        try:
            Store().query(broken)
        except SyntaxError:
            words = said(broken)
            assert re.fullmatch(r"\d+:\d+: [^\n]+; expected [^\n]+", words), words
            assert not re.search(r"LATERAL|\[_\]|\\u|not found", words), words


@pytest.mark.parametrize(
    "text", ["ASK {} #", "SELECT * { ?s ?p ?o FILTER(1<2)SERVICE:x#> }", 'ASK { ?s ?p """x', "ASK {} '"]
)
def test_the_text_that_is_parsed_once_more_never_runs(text: str) -> None:
    """Whatever the text leaves open, a comment or a string, what ends it is an error."""
    asked: list[str] = []

    def parse(again: str) -> None:
        asked.append(again)
        Store().query(again)
        raise AssertionError("it was run")

    assert "\n" not in complaint("error at 1:1: expected [_]", text, parse)
    assert len(asked) == 1

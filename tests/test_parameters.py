"""The parameters of the questions: the command line and a notebook take what HTTP takes, and refuse the rest."""

import csv
import io

import pytest
from conftest import ROOT, Run
from pyoxigraph import Literal, NamedNode, Store

import aidtrace as package
from aidtrace.errors import InputError, UnknownNameError
from aidtrace.namespaces import ID
from aidtrace.parameters import Parameter, pair, values_of
from aidtrace.project import Project
from aidtrace.queries import Query, ask, find_query, read_queries, run

PARAMETRISED = [query for query in read_queries(Project(ROOT)) if query.parameters]
COLOUR = Parameter.read("colour word red|blue The colour", "x.rq")
PERSON = Parameter.read("person iri at:Person The person", "x.rq")


@pytest.mark.parametrize("query", PARAMETRISED, ids=lambda query: query.name)
def test_a_value_leaves_the_rows_that_have_it(query: Query, store: Store) -> None:
    whole = run(store, query.sparql)
    for parameter in query.parameters:
        column = whole.columns.index(parameter.name)
        values = sorted(values_of(parameter, store))
        for value in values[:: max(1, len(values) // 3)]:
            expected = [row for row in whole.rows if row[column] == value]
            assert list(ask(store, query, [(parameter.name, value)]).rows) == expected


def test_a_thing_may_be_given_by_its_short_name(store: Store, project: Project) -> None:
    query, name = find_query(project, "agreements-before-doctrine-change"), "event/western-curriculum-adoption"
    short = ask(store, query, [("change", name), ("certainty", "certain")])
    assert len(short.rows) == 6
    assert short == ask(store, query, [("change", ID(name).value), ("certainty", "certain")])


def test_a_word_is_a_literal_and_a_thing_an_iri() -> None:
    assert COLOUR.term("red", COLOUR.words, "x") == Literal("red")
    assert PERSON.term("actor/a", [ID("actor/a").value], "x") == NamedNode(ID("actor/a").value)


def test_a_wrong_value_says_which_are_right() -> None:
    with pytest.raises(InputError, match=r"^x: colour is 'green'; expected red or blue$"):
        COLOUR.term("green", COLOUR.words, "x")
    with pytest.raises(InputError, match=r"^x: person is 'actor/b'; expected actor/a$"):
        PERSON.term("actor/b", [ID("actor/a").value], "x")
    with pytest.raises(InputError, match=r"expected nothing, for there is none$"):
        PERSON.term("actor/b", [], "x")


def test_an_unknown_parameter_says_which_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"^x: no parameter 'size'; expected colour \(red\|blue\) or limit$"):
        pair([COLOUR], [("size", "1")], "x", ["limit"])
    with pytest.raises(UnknownNameError, match=r"^x: no parameter 'size'; expected none, for it takes none$"):
        pair([], [("size", "1")], "x")


def test_a_parameter_is_given_once() -> None:
    with pytest.raises(InputError, match=r"^x: colour is given 2 times; expected once$"):
        pair([COLOUR], [("colour", "red"), ("colour", "red")], "x")


def test_the_command_line_and_a_notebook_answer_alike(
    aidtrace: Run, cache: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))
    monkeypatch.chdir(ROOT)
    name, value = "agreements-before-doctrine-change", "possible"
    done = aidtrace("query", name, "--param", f"certainty={value}", "--format", "csv")
    shown = list(csv.DictReader(io.StringIO(done.stdout)))
    assert shown == package.ask(name, certainty=value).to_dict("records")
    assert {row["certainty"] for row in shown} == {value}
    with pytest.raises(InputError, match="certain, possible or undatable"):
        package.ask(name, certainty="maybe")
    with pytest.raises(UnknownNameError, match="expected person"):
        package.ask("offices", colour="red")

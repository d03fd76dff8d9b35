"""The questions: columns as promised, rows as written beside them, errors that say where."""

import re

import pytest
from conftest import ROOT
from pyoxigraph import Store

from aidtrace.errors import InputError, UnknownNameError
from aidtrace.project import Project
from aidtrace.queries import Query, Table, differences, find_query, free, read_queries, run

NAMED = {
    "agreements": "agreement,label,kind,status,subject,date,dateKind,earliest,latest,parties,place,duration,basis,"
    "paragraph,sources",
    "aid-flows": "flow,label,kind,stage,donor,recipient,endUser,date,earliest,latest,amount,currency,qualifier,cash,"
    "inKind,goods,purpose,duration,partOf,agreement,computed,basis,paragraph,sources",
    "training": "training,label,date,earliest,latest,provider,trainee,place,trained,qualifier,basis,paragraph,sources",
    "exercises": "exercise,label,date,earliest,latest,participants,paragraph,sources",
    "events": "event,label,kind,status,date,earliest,latest,participants,roles,place,basis,paragraph,sources",
    "actors": "actor,label,kind,aliases,identifiers",
    "offices": "person,office,state,date,earliest,latest,paragraph,sources",
    "table-1": "row,hypothesis,test,predicted,observed,result",
    "table-2": "row,alternative,hoop,smokingGun,doubleDecisive,conclusion",
    "mechanism": "step,order,label,evidence,date,earliest,latest,paragraph",
    "causal-links": "link,cause,effect,polarity,hedge,claimant,paragraph,sources",
    "claims": "claim,claimant,asserts,about,content,contested,paragraph,sources",
    "citations": "citation,asPrinted,paragraph,source,resolution,fit",
    "sources": "source,key,authors,year,title,kind,class,doi,url,cited",
    "discrepancies": "discrepancy,kind,note,concerns,property,paragraph",
    "phases": "thing,label,date,byDate,certainty,narratedIn,paragraph",
    "agreements-before-doctrine-change": "change,changeLabel,changeDate,agreement,label,date,certainty",
}
QUERIES = read_queries(Project(ROOT))


ANSWERED = [query for query in QUERIES if query.expected is not None]


@pytest.mark.parametrize("query", ANSWERED, ids=lambda q: q.name)
def test_each_question_has_the_answer_written_beside_it(query: Query, store: Store) -> None:
    assert query.expected is not None
    assert differences(run(store, query.sparql), query.expected) == []


@pytest.mark.parametrize("query", [q for q in ANSWERED if q.name not in NAMED], ids=lambda q: q.name)
def test_each_row_of_a_competency_question_names_the_passage_it_rests_on(query: Query) -> None:
    assert query.expected is not None
    place = query.expected.columns.index("paragraph")
    assert all(row[place] for row in query.expected.rows)


def test_only_the_long_listings_have_no_rows_beside_them() -> None:
    assert {query.name for query in QUERIES} - {query.name for query in ANSWERED} <= NAMED.keys()


def test_nothing_answers_a_question_that_is_not_there() -> None:
    assert {path.stem for path in (ROOT / "queries").glob("*.csv")} <= {query.name for query in QUERIES}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_question_has_the_columns_that_others_rely_on(name: str, store: Store, project: Project) -> None:
    promised = tuple(NAMED[name].split(","))
    assert run(store, find_query(project, name).sparql).columns[: len(promised)] == promised


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_each_question_says_what_it_asks_what_the_answer_is_and_where_it_stands(query: Query) -> None:
    assert query.question.endswith("?")
    assert len(query.answer) > 10
    assert query.source
    assert "ORDER BY" in query.sparql
    assert not re.search(r"\bFROM\b", query.sparql)


def test_there_are_forty_competency_questions_beside_the_named_ones() -> None:
    assert len([query for query in ANSWERED if query.name not in NAMED]) >= 40


def test_cells_with_several_values_are_in_code_point_order(store: Store, project: Project) -> None:
    for row in run(store, find_query(project, "agreements").sparql).rows:
        parties = row[9].split(" | ")
        assert parties == sorted(parties)


def test_a_flow_of_which_places_say_different_things_is_one_row(project: Project) -> None:
    """An invented flow of 900 euros or dollars, exactly or about, of which 90 or 200 in cash."""
    text = """PREFIX : <urn:> PREFIX at: <https://w3id.org/aidtrace/ontology#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        INSERT DATA { GRAPH <https://w3id.org/aidtrace/graph/article> {
            at:FinancialAid rdfs:label "financial aid"@en .
            :flow a at:FinancialAid , at:Flow ; rdfs:label "Aid of Norland"@en ; at:amount 900 ;
                at:currency :usd , :eur ; at:qualifier :exact , :about ; at:cash 200 , 90 ; at:stage :given , :due .
            :usd skos:notation "USD" . :eur skos:notation "EUR" .
            :exact rdfs:label "exact"@en . :about rdfs:label "about"@en .
            :given rdfs:label "delivered"@en . :due rdfs:label "committed"@en .
            :one a at:ComputedValue ; at:about :flow ; at:computes at:inKind ; at:value 810 .
            :two a at:ComputedValue ; at:about :flow ; at:computes at:inKind ; at:value 700 .
        } }"""
    store = Store()
    store.update(text)
    table = run(store, find_query(project, "aid-flows").sparql)
    assert [row[0] for row in table.rows] == ["urn:flow"]
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert {name: row[name] for name in ("stage", "amount", "currency", "qualifier", "cash", "inKind", "computed")} == {
        "stage": "committed | delivered",
        "amount": "900",
        "currency": "EUR | USD",
        "qualifier": "about | exact",
        "cash": "200 | 90",
        "inKind": "700 | 810",
        "computed": "inKind",
    }


def test_an_unknown_name_is_met_with_close_ones(project: Project) -> None:
    with pytest.raises(UnknownNameError, match="agreements"):
        find_query(project, "agreement")


def test_a_query_that_does_not_parse_says_where() -> None:
    with pytest.raises(InputError, match=r"mine: 1:24: } does not belong here; expected"):
        run(Store(), "SELECT * WHERE { ?s ?p }", where="mine")


def test_a_parameter_binds_a_term_and_cannot_change_the_query(store: Store) -> None:
    text = "SELECT ?x ?label WHERE { ?x <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
    assert run(store, text, free([("label", '" } INSERT')], "mine")).rows == ()


def test_differences_name_the_rows_that_are_missing_and_those_too_many() -> None:
    found = Table(("a",), (("1",), ("2",), ("2",)))
    expected = Table(("a",), (("2",), ("3",)))
    assert differences(found, expected) == ["missing: 3", "not expected: 1", "not expected: 2"]
    assert differences(found, found) == []
    assert differences(Table(("b",), ()), expected) == ["columns are b, expected a"]


def test_every_actor_of_an_event_is_listed_with_a_role(store: Store, project: Project) -> None:
    rows = {row[0].rpartition("/")[2]: row for row in run(store, find_query(project, "events").sparql).rows}
    assert rows["minsk-conference"][8] == " | ".join(["expected participant"] * 11)
    assert (rows["1992-siege-in-baku"][7], rows["1992-siege-in-baku"][8]) == (
        "Supreme Soviet of Azerbaijan",
        "participant",
    )
    for row in rows.values():
        assert len(row[7].split(" | ")) == len(row[8].split(" | "))

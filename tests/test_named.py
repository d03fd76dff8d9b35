"""The named questions as an API: parameters, pages, formats, and a description that is true."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import ROOT
from servers import Server

from aidtrace.project import Project
from aidtrace.queries import Query, read_queries

PARAMETRISED = [query for query in read_queries(Project(ROOT)) if query.parameters]


def table(server: Server, name: str, **parameters: str) -> list[dict[str, str]]:
    answer = server.get(f"/queries/{name}?{urlencode({'format': 'csv', **parameters})}")
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


@pytest.mark.parametrize("query", PARAMETRISED, ids=lambda query: query.name)
def test_a_bound_parameter_leaves_the_rows_that_have_its_value(server: Server, query: Query) -> None:
    whole = table(server, query.name)
    described = server.get("/openapi.json").content["paths"][f"/queries/{query.name}"]["get"]["parameters"]
    values = {one["name"]: one["schema"].get("enum", []) for one in described}
    for parameter in query.parameters:
        chosen = values[parameter.name][:: max(1, len(values[parameter.name]) // 4)]
        assert chosen
        for value in chosen:
            rows = table(server, query.name, **{parameter.name: value})
            assert rows == [row for row in whole if row[parameter.name] == value]


def test_a_parameter_may_be_the_short_name_of_a_thing(server: Server) -> None:
    full = table(server, "offices", person="https://w3id.org/aidtrace/id/actor/turgut-ozal")
    assert full
    assert table(server, "offices", person="actor/turgut-ozal") == full


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"person": "actor/nobody"}, "expected one of"),
        ({"person": '"> } } #'}, "expected one of"),
        ({"colour": "red"}, "no parameter 'colour'; expected person"),
        ({"limit": "0"}, "expected a number from 1"),
        ({"limit": "-1"}, "expected a number from 1"),
        ({"limit": "many"}, "expected a number from 1"),
        ({"format": "yaml"}, "format is 'yaml'; expected one of"),
    ],
)
def test_a_wrong_parameter_says_what_would_be_right(server: Server, parameters: dict[str, str], said: str) -> None:
    answer = server.get(f"/queries/offices?{urlencode(parameters)}", "text/csv")
    assert answer.status == 400
    assert said in answer.content["detail"]


def test_pages_add_up_to_the_whole_and_none_overlaps(server: Server) -> None:
    whole, found = table(server, "citations"), []
    address = "/queries/citations?format=csv&limit=40"
    while address:
        answer = server.get(address)
        found += list(csv.DictReader(io.StringIO(answer.body.decode())))
        following = re.search('<([^<>]*)>; rel="next"', answer.headers["link"])
        address = following[1] if following else ""
    assert found == whole


def test_a_row_as_json_ld_is_a_node_with_the_columns_as_properties(server: Server) -> None:
    answer = server.get("/queries/table-1", "application/ld+json")
    assert answer.headers["content-type"] == "application/ld+json"
    nodes = answer.content["@graph"]
    assert len(nodes) == len(table(server, "table-1"))
    assert set(nodes[0]) <= set(answer.content["@context"]) | {"@id"}


def test_the_list_tells_question_columns_and_parameters(server: Server) -> None:
    listed = {one["name"]: one for one in server.get("/queries").content}
    assert listed["offices"]["columns"][:3] == ["person", "office", "state"]
    assert [one["name"] for one in listed["offices"]["parameters"]] == ["person"]
    assert set(listed) == {query.name for query in read_queries(Project(ROOT))}


def test_the_columns_that_are_described_are_those_that_come(server: Server) -> None:
    for query in read_queries(Project(ROOT)):
        head = server.get(f"/queries/{query.name}?format=csv").body.decode().partition("\n")[0]
        assert head.strip() == ",".join(query.columns)


def test_a_header_that_is_no_parameter_is_an_error_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.rq"
    path.write_text("# param: x integer\nSELECT ?x {}")
    with pytest.raises(Exception, match=r"odd\.rq: '# param: x integer'; expected NAME iri"):
        _ = Query("odd", path).parameters


def test_an_answer_that_a_client_has_is_not_sent_again(server: Server) -> None:
    for path in ("/queries/offices?format=csv", "/queries", "/openapi.json", "/sparql?query=ASK%7B%7D&format=json"):
        first = server.get(path)
        again = server.get(path, If_None_Match=first.headers["etag"])
        assert (again.status, again.body) == (304, b""), path
        assert again.headers["etag"] == first.headers["etag"]


def test_the_tag_depends_on_what_is_asked_and_in_which_format(server: Server) -> None:
    tags = {
        server.get(f"/sparql?{urlencode(parameters)}").headers["etag"]
        for parameters in (
            {"query": "ASK {}", "format": "json"},
            {"query": "ASK {}", "format": "xml"},
            {"query": "ASK { }", "format": "json"},
            {"query": "ASK {}", "format": "json", "default-graph-uri": "urn:x"},
        )
    }
    assert len(tags) == 4


def test_a_query_whose_answer_changes_by_itself_is_never_kept(server: Server) -> None:
    queries = ("SELECT (NOW() AS ?n) {}", "SELECT (UUID() AS ?u) {}")
    for query in queries:
        first, second = server.ask(query), server.ask(query)
        assert "etag" not in first.headers
        assert first.headers["cache-control"] == "no-store"
        assert first.body != second.body


def test_openapi_names_every_question_once(server: Server) -> None:
    described = json.loads(server.get("/openapi.json").body)
    assert described["openapi"] == "3.1.0"
    names = {path.removeprefix("/queries/") for path in described["paths"] if path.startswith("/queries/")}
    assert names == {query.name for query in read_queries(Project(ROOT))}

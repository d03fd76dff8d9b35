"""The description of the server: every path that a program would ask is in it, and it holds together."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from servers import Server
from test_search import wait

from aidtrace.server import front
from aidtrace.server.checking.kept import UNSEEN

EXCEPT = {
    "/queries/": "is another way to write /queries",
    "/openapi.json": "is the description itself",
}
"""What the front answers and the description leaves out, with the reason."""


@pytest.fixture(scope="module")
def described(server: Server) -> dict[str, Any]:
    wait(server)  # until its index is built, a search is no success
    content: dict[str, Any] = server.get("/openapi.json").content
    return content


@pytest.mark.parametrize("path", sorted({*front._EXACT, "/metrics"} - EXCEPT.keys()))
def test_each_path_is_described(described: dict[str, Any], path: str) -> None:
    assert path in described["paths"]


@pytest.mark.parametrize("start", [start for start, _ in front._BELOW])
def test_what_lies_below_a_path_is_described(described: dict[str, Any], start: str) -> None:
    assert [path for path in described["paths"] if path.startswith(start) and path != start]


def test_no_exception_is_described_all_the_same(described: dict[str, Any]) -> None:
    assert EXCEPT.keys() & described["paths"].keys() == set()


def test_every_operation_has_a_name_of_its_own_and_every_part_of_a_path_is_told(described: dict[str, Any]) -> None:
    names = Counter[str]()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            names[operation.get("operationId", operation["summary"])] += 1
            told = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert told == set(re.findall(r"\{(\w+)\}", path)), path
    assert [name for name, count in names.items() if count > 1] == []


def test_what_is_referred_to_is_there(described: dict[str, Any]) -> None:
    for place in set(re.findall(r'"#/([^"]+)"', json.dumps(described))):
        part: Any = described
        for name in place.split("/"):
            part = part[name]
        assert part["description"]


@pytest.mark.parametrize(
    ("path", "of", "media"),
    [
        ("/ontology", "/ontology", "text/turtle"),
        ("/ontology/Agreement?format=jsonld", "/ontology/{name}", "application/ld+json"),
        ("/shapes?format=json", "/shapes", "application/json"),
        ("/shapes/Aid-donor", "/shapes/{name}", "application/json"),
        ("/dumps/article.nt", "/dumps/{file}", "application/n-triples"),
        ("/dumps/SHA256SUMS", "/dumps/{file}", "text/plain"),
        ("/.well-known/void?format=rdfxml", "/.well-known/void", "application/rdf+xml"),
        ("/.well-known/sparql-examples", "/.well-known/sparql-examples", "text/turtle"),
        ("/data?graph=https://w3id.org/aidtrace/graph/article&format=ntriples", "/data", "application/n-triples"),
        ("/graph/article", "/graph/{name}", "text/turtle"),
        ("/search/suggest?q=sh", "/search/suggest", "application/x-suggestions+json"),
        ("/search/description.xml", "/search/description.xml", "application/opensearchdescription+xml"),
        ("/metrics", "/metrics", "text/plain"),
    ],
)
def test_what_is_sent_is_of_a_type_that_is_described(
    server: Server, described: dict[str, Any], path: str, of: str, media: str
) -> None:
    answer = server.get(path)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
    assert media in described["paths"][of]["get"]["responses"]["200"]["content"]


@pytest.mark.parametrize(
    ("method", "path", "of"),
    [
        ("GET", "/ontology/Nothing", "/ontology/{name}"),
        ("GET", "/shapes?format=csv", "/shapes"),
        ("GET", "/dumps/nothing.nt", "/dumps/{file}"),
        ("GET", "/data", "/data"),
        ("GET", "/data?graph=urn:nothing", "/data"),
        ("PUT", "/data?graph=urn:x", "/data"),
        ("DELETE", "/graph/x", "/graph/{name}"),
        ("GET", f"/search?q={'x' * 201}", "/search"),
        ("GET", "/.well-known/void?revision=7", "/.well-known/void"),
        ("DELETE", "/requests/x", "/requests/{id}"),
        ("GET", "/validations/x", "/validations/{id}"),
    ],
)
def test_what_goes_wrong_is_described(
    server: Server, described: dict[str, Any], method: str, path: str, of: str
) -> None:
    answer = server.get(path, method=method)
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(answer.status) in described["paths"][of][method.lower()]["responses"]


def test_it_is_told_that_a_check_for_a_page_stops_where_nobody_looks(described: dict[str, Any]) -> None:
    begun = described["paths"]["/validations"]["post"]["responses"]["202"]
    assert f"for {UNSEEN:g} seconds" in begun["description"]
    assert "Retry-After" in begun["headers"]

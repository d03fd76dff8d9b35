"""Reconciliation: names in four alphabets find our things, and the API is spoken as OpenRefine speaks it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema_rs import validator_for
from servers import Server

from aidtrace.namespaces import AT, ID

FORM = "application/x-www-form-urlencoded"


def post(server: Server, **fields: Any) -> Any:
    body = urlencode({name: json.dumps(value) for name, value in fields.items()}).encode()
    answer = server.get("/reconcile", "application/json", method="POST", body=body, kind=FORM)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def results(server: Server, name: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = post(server, queries={"q0": {"query": name, **more}})["q0"]["result"]
    return found


MEANT = {
    "actor/turkiye": ("Türkiye", "Turkiye", "TURKIYE", "Turkey", "Турция", "Թուրքիա", "Türkiyə", "cow:640", "TUR"),
    "actor/azerbaijan": ("Azərbaycan", "Azerbaycan", "Republic of Azerbaijan", "Азербайджан", "Ադրբեջան", "AZE"),
    "actor/armenia": ("Armenia", "Ermenistan", "Ermənistan", "Армения", "Հայաստան"),
    "actor/russia": ("Russia", "Россия", "Rusiya", "Rusya"),
    "actor/government-of-turkiye": ("Government of Türkiye", "ucdp-actor:115"),
    "actor/heydar-aliyev": ("Heydar Aliyev", "Heydər Əliyev"),
    "actor/ilham-aliyev": ("İlham Əliyev", "Ilham Aliev", "Ильхам Алиев"),
    "actor/suleyman-demirel": ("Süleyman Demirel", "Suleyman Demirel"),
    "place/nakhchivan": ("Nakhchivan", "Naxçıvan", "Nahçıvan", "Нахчыван"),
    "actor/osce": ("OSCE",),
    "agreement/shusha-declaration": ("Shusha Declaration", "shusha declaration", "SHUSHA DECLARATION"),
}
NEAR = {
    "actor/heydar-aliyev": ("Haydar Aliyev", "Гейдар Алиев"),
    "event/second-nagorno-karabakh-war": ("Second Karabakh War",),
}


@pytest.mark.parametrize(("thing", "name"), [(thing, name) for thing, names in MEANT.items() for name in names])
def test_a_name_in_any_alphabet_is_a_match(server: Server, thing: str, name: str) -> None:
    first, *others = results(server, name)
    assert (first["id"], first["match"]) == (thing, True)
    assert all(one["score"] < first["score"] and not one["match"] for one in others)


@pytest.mark.parametrize(("thing", "name"), [(thing, name) for thing, names in NEAR.items() for name in names])
def test_a_name_that_is_near_is_offered_and_not_decided(server: Server, thing: str, name: str) -> None:
    first = results(server, name)[0]
    assert (first["id"], first["match"]) == (thing, False)
    assert 0 < first["score"] < 95


def test_what_is_none_of_ours_finds_nothing(server: Server) -> None:
    for name in ("Norland", "xyz", "!!!", "Niger", "x" * 5000):
        assert results(server, name) == []


def test_types_and_properties_narrow_down(server: Server) -> None:
    assert results(server, "Armenia", type="Place")[0]["id"] == "place/armenia"
    assert results(server, "Armenia", type=AT("Place").value)[0]["id"] == "place/armenia"
    assert results(server, "Shusha", type=["Instrument", "Place"], type_strict="all") == []
    ordered = results(server, "Armenia", type="Place", type_strict="should")
    assert {one["id"] for one in ordered} >= {"actor/armenia", "place/armenia"}
    assert len(results(server, "Türkiye", limit=1)) == 1
    for value in ("Armenia", {"id": "actor/armenia"}, ["Norland", "Armenia"], {"id": ID("actor/armenia").value}):
        parties = [{"pid": "party", "v": value}]
        found = results(server, "", type="Agreement", properties=parties)
        assert found
        for one in found:
            row = post(server, extend={"ids": [one["id"]], "properties": [{"id": "party"}]})["rows"][one["id"]]
            assert {"id": "actor/armenia", "name": "Armenia"} in row["party"]
    both = results(server, "Shusha Declaration", properties=[{"pid": "party", "v": "Norland"}])[0]
    assert (both["score"], both["match"]) == (70, False)  # the name alone is 70 of 100
    assert {one["id"]: one["value"] for one in both["features"]} == {"name": 100, "properties": 0}


def test_openrefine_finds_its_way_from_the_manifest(server: Server) -> None:
    about = json.loads(server.get("/reconcile", "application/json").body)
    assert about["versions"] == ["0.2"]
    assert (about["identifierSpace"], about["schemaSpace"]) == (ID.iri, AT.iri)
    names = ["Türkiye", "Azerbaijan", "Armenia", "Russia", "Georgia", "France", "Pakistan", "NATO", "OSCE", "MKEK"]
    batch = {f"q{number}": {"query": name, "type": "Actor", "limit": 3} for number, name in enumerate(names)}
    found = post(server, queries=batch)
    ids = [found[f"q{number}"]["result"][0]["id"] for number in range(len(names))]
    assert ids == [f"actor/{name}" for name in ("turkiye", *(one.lower() for one in names[1:]))]
    by_get = server.get(f"/reconcile?queries={quote(json.dumps(batch))}", "application/json")
    assert json.loads(by_get.body) == found
    preview = server.get(path_of(about["preview"]["url"].replace("{{id}}", ids[0])), "text/html")
    assert preview.status == 200
    assert "Türkiye" in preview.body.decode()
    assert "frame-ancestors" not in preview.headers["content-security-policy"]
    view = server.get(path_of(about["view"]["url"].replace("{{id}}", ids[0])), "text/html")
    assert view.status == 303
    for what, prefix, expected in (
        ("entity", "azerb", "actor/azerbaijan"),
        ("type", "agree", "Agreement"),
        ("property", "part", "party"),
    ):
        place = about["suggest"][what]
        assert place["service_url"].endswith(f":{server.port}")
        answer = json.loads(server.get(f"{place['service_path']}?prefix={prefix}", "application/json").body)
        assert expected in [one["id"] for one in answer["result"]]
    proposals = json.loads(server.get("/reconcile/properties?type=Agreement&limit=40", "application/json").body)
    assert {"id": "party", "name": "party"} in proposals["properties"]
    asked = [{"id": "party"}, {"id": "signedOn"}, {"id": "amount"}]
    ids = ["agreement/shusha-declaration", "agreement/1992-military-training-cooperation", "agreement/none"]
    shown = post(server, extend={"ids": ids, "properties": asked})
    assert [one["id"] for one in shown["meta"]] == ["party", "signedOn", "amount"]
    signed = [shown["rows"][one]["signedOn"] for one in ids[:2]]
    assert signed == [[{"str": "2021"}], [{"date": "1992-08-11T00:00:00"}]]  # a year stays a year
    assert shown["rows"]["agreement/none"] == {"party": [], "signedOn": [], "amount": []}
    money = post(server, extend={"ids": ["flow/1999-military-financial-aid"], "properties": [{"id": "amount"}]})
    assert money["rows"]["flow/1999-military-financial-aid"]["amount"] == [{"float": 3450000.0}]


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def of(properties: dict[str, Any], *required: str, closed: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of an object."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": not closed}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
TEMPLATE = {"type": "string", "pattern": r"\{\{id\}\}"}
NAMED = of({"id": TEXT, "name": TEXT, "description": TEXT}, "id", "name")
TYPE = {"oneOf": [of({"id": TEXT, "name": TEXT}, "id"), TEXT]}
MOMENT = {"type": "string", "pattern": r"^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$"}
SERVICE = of(dict.fromkeys(("service_url", "service_path", "flyout_service_url"), TEXT))
SCHEMAS: dict[str, dict[str, Any]] = {
    "manifest": of(
        {
            "versions": {"type": "array", "items": TEXT, "contains": {"const": "0.2"}},
            **dict.fromkeys(("name", "identifierSpace", "schemaSpace", "documentation", "serviceVersion"), TEXT),
            "view": of({"url": TEMPLATE}, "url"),
            "defaultTypes": {"type": "array", "items": NAMED, "uniqueItems": True},
            "suggest": of(dict.fromkeys(("entity", "property", "type"), SERVICE)),
            "preview": of(
                {"url": TEMPLATE, "width": {"type": "integer"}, "height": {"type": "integer"}}, "url", "width", "height"
            ),
            "extend": of({"propose_properties": SERVICE, "property_settings": {"type": "array"}}),
        },
        "versions",
        "name",
        "identifierSpace",
        "schemaSpace",
    ),
    "result batch": {
        "type": "object",
        "additionalProperties": of(
            {
                "result": {
                    "type": "array",
                    "items": of(
                        {
                            **NAMED["properties"],
                            "score": NUMBER,
                            "match": {"type": "boolean"},
                            "type": {"type": "array", "items": TYPE},
                            "features": {
                                "type": "array",
                                "items": of({"id": TEXT, "value": {"type": ["boolean", "number"]}}),
                            },
                        },
                        "id",
                        "name",
                        "score",
                    ),
                }
            },
            "result",
        ),
    },
    "suggestions": of({"result": {"type": "array", "items": NAMED}}, "result"),
    "extension": of(
        {
            "meta": {
                "type": "array",
                "items": of({**NAMED["properties"], "type": of({"id": TEXT}, "id")}, "id", "name"),
            },
            "rows": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "array",
                        "items": {
                            "oneOf": [
                                of({}, closed=True),
                                of(NAMED["properties"], "id", "name", closed=True),
                                of({"str": TEXT}, "str", closed=True),
                                of({"float": NUMBER}, "float", closed=True),
                                of({"int": {"type": "integer"}}, "int", closed=True),
                                of({"date": MOMENT}, "date", closed=True),
                            ]
                        },
                    },
                },
            },
        },
        "rows",
        "meta",
    ),
}
"""What the schemas of the Reconciliation Service API 0.2 ask of each answer, written anew."""


def check(schema: str, content: Any) -> None:
    errors = [
        f"{error.instance_path}: {error.message}" for error in validator_for(SCHEMAS[schema]).iter_errors(content)
    ]
    assert errors == []


def test_the_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(AssertionError, match="versions"):
        check("manifest", {"versions": ["0.1"], "name": "a", "identifierSpace": "b", "schemaSpace": "c"})
    with pytest.raises(AssertionError, match="score"):
        check("result batch", {"q": {"result": [{"id": "a", "name": "b"}]}})
    with pytest.raises(AssertionError, match="rows"):
        check("extension", {"meta": [], "rows": {"a": {"when": [{"date": "1992-01-24"}]}}})


def test_every_answer_keeps_to_the_schemas(server: Server) -> None:
    check("manifest", json.loads(server.get("/reconcile").body))
    names = [name for names in (*MEANT.values(), *NEAR.values()) for name in names]
    batch = {f"q{number}": {"query": name, "limit": 5} for number, name in enumerate([*names[:40], "nothing at all"])}
    check("result batch", post(server, queries=batch))
    for what, prefix in [("entity", "a"), ("type", "a"), ("property", "a"), ("entity", "zzz")]:
        check("suggestions", json.loads(server.get(f"/reconcile/suggest/{what}?prefix={prefix}").body))
    types = ("Agreement", "Actor", "FinancialAid", "Event")
    proposed = [
        json.loads(server.get(f"/reconcile/properties?type={one}&limit=40").body)["properties"] for one in types
    ]
    properties = [{"id": name} for name in sorted({one["id"] for found in proposed for one in found})]
    ids = ["actor/turkiye", "agreement/shusha-declaration", "flow/1999-military-financial-aid", "event/1993-coup"]
    answer = post(server, extend={"ids": ids, "properties": properties})
    check("extension", answer)
    assert {kind for row in answer["rows"].values() for cells in row.values() for cell in cells for kind in cell} >= {
        "str",
        "id",
        "float",
    }


def test_pages_of_suggestions_do_not_overlap(server: Server) -> None:
    pages = [
        [one["id"] for one in json.loads(server.get(f"/reconcile/suggest/entity?prefix=a&cursor={at}").body)["result"]]
        for at in (0, 10, 20)
    ]
    assert [len(page) for page in pages] == [10, 10, 10]
    assert len({one for page in pages for one in page}) == 30


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/reconcile?queries=%7B", 400, "queries: "),
        ("/reconcile?queries=[]", 400, "queries: expected an object"),
        ('/reconcile?queries={"q":{}}', 400, "queries: q: asks for nothing; expected query or properties"),
        ('/reconcile?queries={"q":{"query":"a","limit":0}}', 400, "limit is 0; expected a number from 1 to 100"),
        ('/reconcile?queries={"q":{"query":"a","limit":true}}', 400, "limit is True"),
        ('/reconcile?queries={"q":{"query":"a","type_strict":"x"}}', 400, "expected any, all or should"),
        ('/reconcile?queries={"q":{"query":"a","colour":"x"}}', 400, "has 'colour'; expected"),
        (
            '/reconcile?queries={"q":{"query":"a","properties":[{"pid":"party"}]}}',
            400,
            "expected an object with pid and v",
        ),
        ('/reconcile?queries={"q":{"query":"a","properties":[{"pid":"party","v":null}]}}', 400, "v is None; expected"),
        ('/reconcile?extend={"ids":["a"],"properties":[{"id":"colour"}]}', 400, "no property is called 'colour'"),
        ('/reconcile?extend={"ids":"a","properties":[]}', 400, "expected ids, a list of names"),
        ("/reconcile?extend={}&queries={}", 400, "queries and extend are both given"),
        ("/reconcile?callback=f", 400, "no parameter is called 'callback'; expected queries or extend"),
        ("/reconcile/suggest/entity", 400, "no prefix is given"),
        ("/reconcile/suggest/entity?prefix=a&cursor=x", 400, "cursor is 'x'; expected a number"),
        ("/reconcile/suggest/colour?prefix=a", 404, "nothing suggests 'colour'"),
        ("/reconcile/properties?type=Colour", 400, "no type is called 'Colour'"),
        ("/reconcile/preview?id=actor/none", 404, "is none of ours"),
        ("/reconcile/other", 404, "expected /reconcile"),
    ],
)
def test_what_is_asked_wrongly_says_what_would_be_right(server: Server, path: str, status: int, told: str) -> None:
    answer = server.get(quote(path, safe="/?=&%"), "application/json")
    assert answer.status == status
    assert told in answer.content["detail"]


def test_a_batch_has_its_limits(server: Server) -> None:
    body = urlencode({"queries": json.dumps({f"q{number}": {"query": "a"} for number in range(51)})}).encode()
    answer = server.get("/reconcile", "application/json", method="POST", body=body, kind=FORM)
    assert (answer.status, "expected at most 50 at once" in answer.content["detail"]) == (400, True)
    large = server.get("/reconcile", "application/json", method="POST", body=b"queries=" + b"a" * (1 << 20), kind=FORM)
    assert large.status == 413
    deep = urlencode({"queries": "[" * 100_000}).encode()
    assert server.get("/reconcile", "application/json", method="POST", body=deep, kind=FORM).status == 400

"""What the server does for others, as OpenAPI: it checks data, matches names, and tells operators how it is."""

from typing import Any

from aidtrace.server.checking.kept import UNSEEN
from aidtrace.server.checking.validations import FORMS
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.openapi.parts import PROBLEM, TOKEN, answers, as_json, body, form, in_path, in_query, one_of

_BOOLEAN = one_of(("true", "false"))
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_SHOWN = [
    in_query("severity", "Leave out what is less grave", one_of(("violation", "warning", "info"))),
    in_query("offset", "Leave out so many findings", _NUMBER),
    in_query("limit", "At most so many findings", _NUMBER),
    form(*FORMS.values()),
]
_REPORT = {"description": "The report", "content": {one: {} for one in FORMS}}


def tools() -> dict[str, Any]:
    """Return the paths."""
    return {
        "/validations": {"post": _validation()},
        "/validations/{id}": _report(),
        **_reconciliation(),
        "/health": {"get": as_json("Say that the server is ready", "503")},
        "/metrics": {"get": _metrics()},
        "/requests": {"get": as_json("List the queries that run now")},
        "/requests/{id}": {"delete": _stop()},
    }


def _validation() -> dict[str, Any]:
    given = [
        in_query("with-graph", "Check together with what is served", _BOOLEAN),
        in_query("merge", "Tell how the data would meet what is served, and what the gate would say", _BOOLEAN),
        in_query("keep", "Keep the text beside the report, for a page", _BOOLEAN),
        in_query("base", "What relative IRIs are resolved against", {"type": "string", "format": "uri"}),
    ]
    return {
        "operationId": "validate",
        "summary": "Check data against the shapes",
        "parameters": [*given, *_SHOWN],
        "requestBody": body(*GRAPHS, *DATASETS),
        "responses": {
            "201": _REPORT,
            "202": _begun(),
            **dict.fromkeys(("400", "406", "413", "415", "422", "503"), PROBLEM),
        },
    }


def _begun() -> dict[str, Any]:
    told = (
        "It has begun, as Prefer: respond-async asks. With keep=true it is stopped where nobody looks at its Location "
        f"for {UNSEEN:g} seconds: look again after Retry-After"
    )
    after = {"description": "Seconds until it may be looked at again", "schema": {"type": "integer"}}
    return {"description": told, "headers": {"Retry-After": after}, "content": {"application/json": {}}}


def _report() -> dict[str, Any]:
    name = in_path("id", "What the header Location named")
    return {
        "get": {
            "operationId": "report",
            "summary": "The report on data that were checked, for an hour; or how far it is",
            "parameters": [name, *_SHOWN],
            "responses": {
                "200": _REPORT,
                "304": {"description": "The client has this answer"},
                **dict.fromkeys(("400", "404", "406", "422", "503"), PROBLEM),
            },
        },
        "delete": {
            "operationId": "drop-report",
            "summary": "Stop a check, and forget its report",
            "parameters": [name],
            "responses": {"204": {"description": "It is gone"}, "404": PROBLEM},
        },
    }


def _reconciliation() -> dict[str, Any]:
    batch = [
        in_query("queries", "A batch of queries, in JSON"),
        in_query("extend", "A data extension query, in JSON"),
    ]
    cursor = in_query("cursor", "Leave out so many", {"type": "integer", "minimum": 0, "maximum": 10_000})
    limit = in_query("limit", "At most so many", {"type": "integer", "minimum": 0, "maximum": 10_000})
    prefix = {**in_query("prefix", "How its name begins"), "required": True}
    what = in_path("what", "entity, type or property")
    about = "Match names with things: the Reconciliation Service API 0.2; without a parameter, what it can do"
    kind = in_query("type", "A class")
    one = in_query("id", "KIND/NAME")
    return {
        "/reconcile": {"get": _json("reconcile", about, *batch)},
        "/reconcile/properties": {"get": _json("reconcile-properties", "What a class may be extended by", kind, limit)},
        "/reconcile/suggest/{what}": {"get": _json("reconcile-suggest", "Complete a name", what, prefix, cursor)},
        "/reconcile/preview": {
            "get": {
                "operationId": "reconcile-preview",
                "summary": "A thing in a small frame",
                "parameters": [one],
                "responses": answers("text/html"),
            }
        },
    }


def _json(name: str, summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": answers("application/json"),
    }


def _metrics() -> dict[str, Any]:
    answer = {"description": "As they are now, in the text format of Prometheus", "content": {"text/plain": {}}}
    return {"operationId": "metrics", "summary": "Figures for operators", "responses": {"200": answer}}


def _stop() -> dict[str, Any]:
    return {
        "operationId": "stop",
        "summary": "Stop a query that runs",
        "security": TOKEN,
        "parameters": [in_path("id", "An id that /requests lists")],
        "responses": {"204": {"description": "It is stopped"}, **dict.fromkeys(("401", "403", "404"), PROBLEM)},
    }

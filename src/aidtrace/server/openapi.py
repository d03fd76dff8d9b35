"""What the server offers, as OpenAPI 3.1: made from the headers of the questions, with their values as they are now."""

from typing import Any

from aidtrace.licences import OURS
from aidtrace.metadata import About
from aidtrace.queries import Query, read_queries
from aidtrace.server import corroborations
from aidtrace.server.answers import send_fixed
from aidtrace.server.crosswalks import PARAMETERS
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.media import DATASETS, GRAPHS, RESULTS
from aidtrace.server.named import FORMATS, LARGEST_PAGE, values_of
from aidtrace.server.service import Service
from aidtrace.server.traces import OPTIONS
from aidtrace.server.validations import FORMS

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_FORMAT = {"name": "format", "in": "query", "description": "The format, in place of the header Accept"}
_TABLE = ["json", "xml", "csv", "tsv"]
_ANY = [*_TABLE, "turtle", "ntriples", "jsonld", "rdfxml"]


async def openapi(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Describe the server."""
    expect_method(scope["method"], "GET, HEAD")
    paths = {"/sparql": _sparql(), "/health": {"get": _json("Say that the server is ready")}}
    paths["/queries"] = {"get": _json("List the named questions", "406")}
    paths["/requests"] = {"get": _json("List the queries that run now")}
    paths["/trace"] = {"get": _trace()}
    paths["/corroboration"] = {"get": _corroboration()}
    paths["/crosswalk"] = {"get": _crosswalk()}
    paths["/reconcile"] = {"get": _reconciliation()}
    paths["/validations"] = {"post": _validation()}
    for query in read_queries(service.project):
        values = {one.name: await values_of(service, one) for one in query.parameters}
        paths[f"/queries/{query.name}"] = {"get": _question(query, values)}
    from aidtrace import __version__

    told = About.read(service.project)
    about = {
        "openapi": "3.1.0",
        "info": {
            "title": told.title,
            "version": __version__,
            "description": told.description,
            "license": {"name": told.licence(OURS), "identifier": "CC-BY-4.0"},
        },
        "paths": paths,
        "components": {"responses": {"Problem": _problem()}},
    }
    await send_fixed(head_of(scope), send, service.current, "application/json", to_json(about))


def _question(query: Query, values: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    own = [
        {"name": one.name, "in": "query", "description": one.told, "schema": _one_of(values[one.name])}
        for one in query.parameters
    ]
    paging = [
        {
            "name": "limit",
            "in": "query",
            "description": "At most so many rows; the header Link leads to those behind them",
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
        },
    ]
    short = {**_FORMAT, "schema": {"type": "string", "enum": [*_TABLE, "jsonld", "html"]}}
    return {
        "operationId": query.name,
        "summary": query.question,
        "description": f"{query.answer}\n\nColumns: {', '.join(query.columns)}.",
        "parameters": [*own, *paging, short, _timeout()],
        "responses": _answers(*FORMATS, "text/html"),
    }


def _sparql() -> dict[str, Any]:
    text = {"name": "query", "in": "query", "required": True, "schema": {"type": "string"}}
    graphs = [
        {"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string", "format": "uri"}}}
        for name in ("default-graph-uri", "named-graph-uri")
    ]
    more = [*graphs, {**_FORMAT, "schema": {"type": "string", "enum": _ANY}}, _timeout()]
    answers = {**_answers(*RESULTS, *GRAPHS), "403": _PROBLEM}
    body = {"required": True, "content": {"application/sparql-query": {"schema": {"type": "string"}}}}
    return {
        "get": {"operationId": "query", "summary": "Ask", "parameters": [text, *more], "responses": answers},
        "post": {
            "operationId": "query-by-post",
            "summary": "Ask with a long query",
            "parameters": more,
            "requestBody": body,
            "responses": {**answers, "413": _PROBLEM, "415": _PROBLEM},
        },
    }


def _trace() -> dict[str, Any]:
    several = {"without", "assume"}
    text = {"type": "string"}
    given = [
        {
            "name": name,
            "in": "query",
            "description": told,
            "schema": {"type": "array", "items": text} if name in several else text,
        }
        for name, told in OPTIONS.items()
    ]
    short = {**_FORMAT, "schema": {"type": "string", "enum": ["json", "turtle", "html"]}}
    return {
        "operationId": "trace",
        "summary": "Compute what dates and sources say of each process-tracing test",
        "parameters": [*given, short, _timeout()],
        "responses": _answers("application/json", "text/turtle", "text/html"),
    }


def _crosswalk() -> dict[str, Any]:
    given = [
        {"name": name, "in": "query", "description": told, "schema": {"type": "string"}}
        for name, told in PARAMETERS.items()
    ]
    short = {**_FORMAT, "schema": {"type": "string", "enum": ["json", "csv", "tsv"]}}
    return {
        "operationId": "crosswalk",
        "summary": "Tell what other data sets call a thing",
        "parameters": [*given, short],
        "responses": _answers("application/json", "text/csv", "text/tab-separated-values"),
    }


def _corroboration() -> dict[str, Any]:
    given = [
        {"name": name, "in": "query", "description": told, "schema": {"type": "string"}}
        for name, told in corroborations.PARAMETERS.items()
    ]
    short = {**_FORMAT, "schema": {"type": "string", "enum": ["json", "csv", "turtle", "html"]}}
    return {
        "operationId": "corroboration",
        "summary": "Tell what imported data sets say of each fact",
        "parameters": [*given, short],
        "responses": _answers("application/json", "text/csv", "text/turtle", "text/html"),
    }


def _reconciliation() -> dict[str, Any]:
    told = {"queries": "A batch of queries, in JSON", "extend": "A data extension query, in JSON"}
    given = [
        {"name": name, "in": "query", "description": one, "schema": {"type": "string"}} for name, one in told.items()
    ]
    return {
        "operationId": "reconcile",
        "summary": "Match names with things: the Reconciliation Service API 0.2; without a parameter, what it can do",
        "parameters": given,
        "responses": _answers("application/json"),
    }


def _validation() -> dict[str, Any]:
    choices = {
        "severity": ["violation", "warning", "info"],
        "with-graph": ["true", "false"],
        "merge": ["true", "false"],
        "keep": ["true", "false"],
        "format": [*FORMS.values()],
    }
    given = [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": values}} for name, values in choices.items()
    ]
    numbers = [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999}}
        for name in ("offset", "limit")
    ]
    report = {"description": "The report", "content": {one: {} for one in FORMS}}
    failures = dict.fromkeys(("400", "406", "413", "415", "422", "503"), _PROBLEM)
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "validate",
        "summary": "Check data against the shapes",
        "parameters": [*given, *numbers],
        "requestBody": {"required": True, "content": dict.fromkeys((*GRAPHS, *DATASETS), text)},
        "responses": {"201": report, **failures},
    }


def _json(summary: str, *more: str) -> dict[str, Any]:
    answer = {"description": "As it is now", "content": {"application/json": {}, "text/html": {}}}
    return {"summary": summary, "responses": {"200": answer, **dict.fromkeys(("405", *more), _PROBLEM)}}


def _answers(*media: str) -> dict[str, Any]:
    return {
        "200": {"description": "The whole answer", "content": {one: {} for one in media}},
        "304": {"description": "The client has this answer"},
        "400": _PROBLEM,
        "404": _PROBLEM,
        "406": _PROBLEM,
        "410": _PROBLEM,
        "503": _PROBLEM,
    }


def _timeout() -> dict[str, Any]:
    seconds = {"type": "number", "exclusiveMinimum": 0}
    return {"name": "timeout", "in": "query", "description": "Seconds, less than the server's own", "schema": seconds}


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)} if values else {"type": "string"}


def _problem() -> dict[str, Any]:
    fields = {"title": "string", "status": "integer", "detail": "string", "line": "integer", "column": "integer"}
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    return {"description": "RFC 9457", "content": {"application/problem+json": {"schema": schema}}}

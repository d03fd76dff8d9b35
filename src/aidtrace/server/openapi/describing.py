"""What the server offers, as OpenAPI 3.1: made from the headers of the questions, with their values as they are now."""

from typing import Any

from aidtrace.licences import OURS
from aidtrace.metadata import About
from aidtrace.queries import Query, read_queries
from aidtrace.server import corroborations
from aidtrace.server.answers import send_fixed
from aidtrace.server.crosswalks import PARAMETERS
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.media import GRAPHS, RESULTS
from aidtrace.server.named import FORMATS, LARGEST_PAGE, values_of
from aidtrace.server.openapi.documents import documents
from aidtrace.server.openapi.parts import (
    PROBLEM,
    RDF,
    TABLES,
    TEXT,
    answers,
    as_json,
    components,
    form,
    in_query,
    one_of,
    timeout,
)
from aidtrace.server.openapi.tools import tools
from aidtrace.server.service import Service
from aidtrace.server.traces import OPTIONS


async def openapi(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Describe the server."""
    expect_method(scope["method"], "GET, HEAD")
    paths = routes()
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
        "components": components(),
    }
    await send_fixed(head_of(scope), send, service.current, "application/json", to_json(about))


def routes() -> dict[str, Any]:
    """Return what there is beside the named questions, as Path Item Objects by path."""
    return {
        "/sparql": _sparql(),
        "/queries": {"get": as_json("List the named questions", "406")},
        "/trace": {"get": _trace()},
        "/corroboration": {"get": _corroboration()},
        "/crosswalk": {"get": _crosswalk()},
        **documents(),
        **tools(),
    }


def _question(query: Query, values: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    own = [in_query(one.name, one.told, one_of(values[one.name])) for one in query.parameters]
    told = "At most so many rows; the header Link leads to those behind them"
    limit = in_query("limit", told, {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE})
    return {
        "operationId": query.name,
        "summary": query.question,
        "description": f"{query.answer}\n\nColumns: {', '.join(query.columns)}.",
        "parameters": [*own, limit, form(*TABLES, "jsonld", "html"), timeout()],
        "responses": answers(*FORMATS, "text/html"),
    }


def _sparql() -> dict[str, Any]:
    text = {"name": "query", "in": "query", "required": True, "schema": {"type": "string"}}
    graphs = [
        {"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string", "format": "uri"}}}
        for name in ("default-graph-uri", "named-graph-uri")
    ]
    more = [*graphs, form(*TABLES, *RDF), timeout()]
    responses = {**answers(*RESULTS, *GRAPHS), "403": PROBLEM}
    body = {"required": True, "content": {"application/sparql-query": {"schema": {"type": "string"}}}}
    return {
        "get": {"operationId": "query", "summary": "Ask", "parameters": [text, *more], "responses": responses},
        "post": {
            "operationId": "query-by-post",
            "summary": "Ask with a long query",
            "parameters": more,
            "requestBody": body,
            "responses": {**responses, "413": PROBLEM, "415": PROBLEM},
        },
    }


def _trace() -> dict[str, Any]:
    several = {"type": "array", "items": TEXT}
    given = [in_query(name, told, several if name in ("without", "assume") else TEXT) for name, told in OPTIONS.items()]
    return {
        "operationId": "trace",
        "summary": "Compute what dates and sources say of each process-tracing test",
        "parameters": [*given, form("json", "turtle", "html"), timeout()],
        "responses": answers("application/json", "text/turtle", "text/html"),
    }


def _crosswalk() -> dict[str, Any]:
    given = [in_query(name, told) for name, told in PARAMETERS.items()]
    return {
        "operationId": "crosswalk",
        "summary": "Tell what other data sets call a thing",
        "parameters": [*given, form("json", "csv", "tsv")],
        "responses": answers("application/json", "text/csv", "text/tab-separated-values"),
    }


def _corroboration() -> dict[str, Any]:
    given = [in_query(name, told) for name, told in corroborations.PARAMETERS.items()]
    return {
        "operationId": "corroboration",
        "summary": "Tell what imported data sets say of each fact",
        "parameters": [*given, form("json", "csv", "turtle", "html")],
        "responses": answers("application/json", "text/csv", "text/turtle", "text/html"),
    }

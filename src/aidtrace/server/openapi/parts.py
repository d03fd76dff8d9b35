"""Parts of an OpenAPI description: parameters, answers and problems that many operations share."""

from typing import Any

PROBLEM = {"$ref": "#/components/responses/Problem"}
PROBLEM_OR_PAGE = {"$ref": "#/components/responses/ProblemOrPage"}
"""What goes wrong where a browser is shown a page, which says it too."""

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
"""A token is needed, in the header Authorization."""

TEXT = {"type": "string"}
TABLES = ("json", "xml", "csv", "tsv")
RDF = ("turtle", "ntriples", "jsonld", "rdfxml")
_READ = ("400", "404", "406", "410", "503")


def components() -> dict[str, Any]:
    """Return what operations refer to."""
    fields = {"title": "string", "status": "integer", "detail": "string", "line": "integer", "column": "integer"}
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    content = {"application/problem+json": {"schema": schema}}
    return {
        "responses": {
            "Problem": {"description": "RFC 9457", "content": content},
            "ProblemOrPage": {"description": "RFC 9457, or a page", "content": {**content, "text/html": {}}},
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }


def as_json(summary: str, *more: str) -> dict[str, Any]:
    """Return an operation that is answered in JSON, and may meet *more* problems."""
    answer = {"description": "As it is now", "content": {"application/json": {}, "text/html": {}}}
    return {"summary": summary, "responses": {"200": answer, **dict.fromkeys(("405", *more), PROBLEM)}}


def answers(*media: str, problem: dict[str, str] = PROBLEM) -> dict[str, Any]:
    """Return what a question, or a document, is answered with: one of *media*, or a problem."""
    return {
        "200": {"description": "The whole answer", "content": {one: {} for one in media}},
        "304": {"description": "The client has this answer"},
        **dict.fromkeys(_READ, problem),
    }


def body(*media: str) -> dict[str, Any]:
    """Return what has to be sent: a text of one of *media*."""
    return {"required": True, "content": {one: {"schema": TEXT} for one in media}}


def in_query(name: str, description: str, schema: dict[str, Any] = TEXT) -> dict[str, Any]:
    """Return a parameter of the address."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def in_path(name: str, description: str) -> dict[str, Any]:
    """Return a part of the path."""
    return {"name": name, "in": "path", "required": True, "description": description, "schema": TEXT}


def one_of(values: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a text that is one of *values*, or any where there are none."""
    return {"type": "string", "enum": list(values)} if values else TEXT


def form(*names: str) -> dict[str, Any]:
    """Return the parameter ``format`` with short names of media types."""
    return in_query("format", "The format, in place of the header Accept", one_of(names))


def timeout() -> dict[str, Any]:
    """Return the parameter ``timeout``."""
    return in_query("timeout", "Seconds, less than the server's own", {"type": "number", "exclusiveMinimum": 0})


def revision() -> dict[str, Any]:
    """Return the parameter ``revision``."""
    return in_query("revision", "A revision that the server keeps, in place of the current one")

"""What the server has to read, as OpenAPI: graphs, things, the vocabulary, the rules, files, catalog and search."""

from typing import Any

from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.openapi.parts import (
    PROBLEM,
    PROBLEM_OR_PAGE,
    RDF,
    TOKEN,
    answers,
    body,
    form,
    in_path,
    in_query,
    revision,
    timeout,
)

_WRITTEN = ("400", "401", "403", "404", "409", "412", "413", "415", "422", "503", "507")
_DRY = in_query("dry-run", "Tell what the write would do, and do nothing")


def documents() -> dict[str, Any]:
    """Return the paths."""
    name = in_path("name", "What stands behind the address of our graphs")
    which = [in_query("graph", "The IRI of a graph"), in_query("default", "The default graph, in place of a named one")]
    return {
        "/data": _graph("graph", which, "or make one: without a graph, its name is in the header Location"),
        "/graph/{name}": _graph("named-graph", [name], "at its own address"),
        "/id/{name}": {"get": _name()},
        "/page/{name}": {"get": _thing()},
        "/ontology": {"get": _rdf("ontology", "The words of the graph, each with its definition")},
        "/ontology/{name}": {"get": _rdf("word", "One word, or a version of all", in_path("name", "A word"))},
        "/shapes": {"get": _rules()},
        "/shapes/{name}": {"get": _rule()},
        **_files(),
        **_catalog(),
        **_search(),
    }


def _graph(what: str, which: list[dict[str, Any]], more: str) -> dict[str, Any]:
    written = {
        "200": {"description": "What the write would do", "content": {"application/json": {}}},
        "201": {"description": "There is a new graph"},
        "204": {"description": "It is written; the header Aidtrace-Revision names the revision"},
        **dict.fromkeys(_WRITTEN, PROBLEM),
    }

    def write(verb: str, summary: str, *media: str) -> dict[str, Any]:
        said: dict[str, Any] = {"operationId": f"{verb}-{what}", "summary": summary, "security": TOKEN}
        return (
            said
            | {"parameters": [*which, _DRY], "responses": written}
            | ({"requestBody": body(*media)} if media else {})
        )

    return {
        "get": {
            "operationId": what,
            "summary": "Read a graph: the SPARQL 1.1 Graph Store HTTP Protocol",
            "parameters": [*which, form(*RDF), revision(), timeout()],
            "responses": answers(*GRAPHS, "text/html", problem=PROBLEM_OR_PAGE),
        },
        "put": write("put", "Put a graph in the place of another", *GRAPHS),
        "post": write("add-to", f"Add to a graph, {more}", *GRAPHS, *(DATASETS if what == "graph" else ())),
        "delete": write("delete", "Remove a graph"),
    }


def _name() -> dict[str, Any]:
    return {
        "operationId": "name",
        "summary": "Lead from the name of a thing to what is said of it",
        "parameters": [in_path("name", "KIND/NAME"), form(*RDF, "html")],
        "responses": {
            "303": {"description": "The header Location leads to a page or to RDF"},
            **dict.fromkeys(("400", "404", "406", "503"), PROBLEM_OR_PAGE),
        },
    }


def _thing() -> dict[str, Any]:
    return {
        "operationId": "thing",
        "summary": "Tell what is said of a thing",
        "parameters": [in_path("name", "KIND/NAME"), form(*RDF, "html"), revision(), timeout()],
        "responses": answers(*GRAPHS, "text/html", problem=PROBLEM_OR_PAGE),
    }


def _rdf(what: str, summary: str, *more: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": what,
        "summary": summary,
        "parameters": [*more, form(*RDF, "html")],
        "responses": answers(*GRAPHS, "text/html", problem=PROBLEM_OR_PAGE),
    }


def _rules() -> dict[str, Any]:
    said = _rdf("rules", "The rules that data are checked against")
    media = ("application/json", *GRAPHS, "text/html")
    return said | {
        "parameters": [form("json", *RDF, "html")],
        "responses": answers(*media, problem=PROBLEM_OR_PAGE),
    }


def _rule() -> dict[str, Any]:
    return {
        "operationId": "rule",
        "summary": "One rule, with an example that breaks it and one that passes",
        "parameters": [in_path("name", "What the rule is called"), form("json", "turtle", "html")],
        "responses": answers("application/json", "text/turtle", "text/html", problem=PROBLEM_OR_PAGE),
    }


def _files() -> dict[str, Any]:
    file = in_path("file", "NAME.nt, or SHA256SUMS for the checksums of all")
    return {
        "/dumps/{file}": {
            "get": {
                "operationId": "dump",
                "summary": "A graph of ours as a file, its lines in order",
                "parameters": [file],
                "responses": answers("application/n-triples", "text/plain"),
            }
        }
    }


def _catalog() -> dict[str, Any]:
    described = answers(*GRAPHS, "text/plain")
    return {
        "/.well-known/void": {
            "get": {
                "operationId": "void",
                "summary": "What the graphs hold, counted, in the words of VoID",
                "parameters": [form(*RDF), revision()],
                "responses": described,
            }
        },
        "/.well-known/sparql-examples": {
            "get": {
                "operationId": "examples",
                "summary": "The named questions as examples for editors",
                "parameters": [form(*RDF)],
                "responses": described,
            }
        },
        "/.well-known/sparql-examples/{name}": {
            "get": {
                "operationId": "example",
                "summary": "Lead from the name of an example to its question",
                "parameters": [in_path("name", "What the question is called")],
                "responses": {"303": {"description": "The header Location leads there"}, "404": PROBLEM},
            }
        },
        "/sparql/completions": {
            "get": {
                "operationId": "completions",
                "summary": "Prefixes, classes and their properties, for an editor to complete",
                "parameters": [revision()],
                "responses": answers("application/json"),
            }
        },
    }


def _search() -> dict[str, Any]:
    text = in_query("q", "Names, identifiers or words, in whatever spelling", {"type": "string", "maxLength": 200})
    return {
        "/search": {
            "get": {
                "operationId": "search",
                "summary": "Find things, the best first",
                "description": "Things that have all words; where there are none, `partial` is true, and those that "
                "have most of the words are found, each with the words that it `lacks`.",
                "parameters": [text, form("json", "html")],
                "responses": answers("application/json", "text/html", problem=PROBLEM_OR_PAGE),
            }
        },
        "/search/suggest": {
            "get": {
                "operationId": "suggest",
                "summary": "Complete a name, as OpenSearch has it",
                "parameters": [text],
                "responses": answers("application/x-suggestions+json"),
            }
        },
        "/search/description.xml": {
            "get": {
                "operationId": "search-description",
                "summary": "Tell a browser how to search here",
                "responses": answers("application/opensearchdescription+xml"),
            }
        },
    }

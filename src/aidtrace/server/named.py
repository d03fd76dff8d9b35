"""The named questions as an API: typed parameters, paging by key, a row as JSON-LD."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode

from aidtrace.errors import AidtraceError, UnknownNameError
from aidtrace.parameters import INSTANCES, Given, Parameter, pair
from aidtrace.queries import Query, find_query, read_queries
from aidtrace.server.answers import gather, send_answer, send_fixed
from aidtrace.server.http import Headers, Http, Receive, Scope, Send, expect_method, head_of, read, to_json
from aidtrace.server.media import RESULTS
from aidtrace.server.negotiation import HTML, acceptable, choose, not_acceptable, wanted
from aidtrace.server.problems import Problem
from aidtrace.server.processes.lease import Answer
from aidtrace.server.service import Service, Snapshot
from aidtrace.store import PUBLISHED

METHODS = "GET, HEAD"
JSON, JSON_LD = "application/sparql-results+json", "application/ld+json"
FORMATS = (*RESULTS, JSON_LD)
CONTROLS = ("format", "limit", "after", "timeout", "revision")
LARGEST_PAGE = 10_000
Row = dict[str, dict[str, str]]
"""A row of results in JSON: terms by column."""

_LIMIT = re.compile("[0-9]{1,9}")


async def question_list(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """List the questions with their columns and parameters."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    if not choose(wanted(http.accept, http.one("format")), (JSON,)):
        raise not_acceptable(http.accept, http.one("format"), ("application/json", HTML))
    questions = service.about_questions
    if questions is None:
        questions = service.about_questions = [_about(query) for query in read_queries(service.project)]
    await send_fixed(http, send, service.current, "application/json", to_json(questions))


async def named_question(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one named question over the published graphs."""
    expect_method(scope["method"], METHODS)
    http = await read(scope, receive, 0)
    query = _find(service, scope["path"].removeprefix("/queries/"))
    scope["aidtrace.query"] = query.name
    media = acceptable(http.accept, http.one("format"), FORMATS, HTML)
    pinned = service.pinned(http.one("revision"))
    request = {
        "query": query.sparql,
        "results": JSON if media == JSON_LD else media,
        "graph": None,
        "disjoint": True,
        **published(pinned.graphs),
        **page(http.parameters),
    }
    request |= await bound(service, query, [pair for pair in http.parameters if pair[0] not in CONTROLS])
    convert = None
    if media == JSON_LD:
        address = f"{service.address(http)}/queries/{query.name}"
        convert = (JSON_LD, lambda body: json_ld(json.loads(body), address))
    await send_answer(
        service, pinned, request, http, receive, send, extra=lambda answer: _next(answer, http), convert=convert
    )


def published(graphs: Iterable[str]) -> dict[str, list[str]]:
    """Return the dataset of a named question: the graphs that are ours, as far as the store has them."""
    there = set(graphs)
    return {"default": [graph.value for graph in PUBLISHED if graph.value in there], "named": []}


async def terms(
    service: Service, snapshot: Snapshot, query: str, dataset: dict[str, list[str]] | None = None, **more: Any
) -> list[Row]:
    """Ask *query* of *snapshot* for our own use; without a *dataset*, of the graphs that are ours."""
    over = published(snapshot.graphs) if dataset is None else dataset
    request = {"query": query, "results": JSON, "graph": None, "disjoint": True, **more, **over}
    found: list[Row] = json.loads(await gather(service, snapshot, request))["results"]["bindings"]
    return found


async def texts(
    service: Service, snapshot: Snapshot, query: str, dataset: dict[str, list[str]] | None = None
) -> list[dict[str, str]]:
    """Ask as `terms` does, and return the values alone."""
    rows = await terms(service, snapshot, query, dataset)
    return [{name: term["value"] for name, term in row.items()} for row in rows]


async def values_of(service: Service, parameter: Parameter) -> tuple[str, ...]:
    """Return the values that *parameter* may have at the current revision."""
    if not parameter.of:
        return parameter.words

    async def instances() -> tuple[str, ...]:
        bound = {"class": {"type": "uri", "value": parameter.of}}
        found = await terms(service, service.current, INSTANCES, bound=bound)
        return tuple(row["value"]["value"] for row in found)

    return await service.once_of(service.current, ("values", parameter.of), instances)


def json_ld(table: dict[str, Any], address: str) -> bytes:
    """Write SPARQL JSON results as JSON-LD: a node for each row, its properties are the columns at *address*."""
    columns = table["head"]["vars"]
    context = {name: f"{address}#{quote(name)}" for name in columns}
    rows = [_node(row, columns) for row in table["results"]["bindings"]]
    return json.dumps({"@context": context, "@graph": rows}, ensure_ascii=False).encode()


def _node(row: dict[str, dict[str, str]], columns: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = {}
    first = row.get(columns[0])
    if first and first["type"] == "uri":
        node["@id"] = first["value"]
    return node | {name: _value(row[name]) for name in columns if name in row}


def _value(term: dict[str, str]) -> dict[str, str]:
    if term["type"] == "uri":
        return {"@id": term["value"]}
    if term["type"] == "bnode":
        return {"@id": f"_:{term['value']}"}
    more = {"@language": term["xml:lang"]} if "xml:lang" in term else {}
    more |= {"@type": term["datatype"]} if "datatype" in term else {}
    return {"@value": term["value"], **more}


def _find(service: Service, name: str) -> Query:
    try:
        return find_query(service.project, name)
    except UnknownNameError as error:
        raise Problem(404, "No such question", f"{error}; /queries lists them") from error


def _about(query: Query) -> dict[str, Any]:
    parameters = [{"name": one.name, "told": one.told, "class": one.of} for one in query.parameters]
    return {
        "name": query.name,
        "question": query.question,
        "answer": query.answer,
        "source": query.source,
        "columns": query.columns,
        "parameters": parameters,
    }


async def bound(service: Service, query: Query, given: Given) -> dict[str, Any]:
    """Return the terms that *given* stands for, by name, as a worker wants them; Problem 400 where one is wrong."""
    terms: dict[str, dict[str, str]] = {}
    try:
        for parameter, text in pair(query.parameters, given, query.name, CONTROLS).items():
            term = parameter.term(text, await values_of(service, parameter), query.name)
            terms[parameter.name] = {"type": "uri" if isinstance(term, NamedNode) else "literal", "value": term.value}
    except AidtraceError as error:
        raise Problem(400, "Malformed request", str(error)) from error
    return {"bound": terms} if terms else {}


def page(given: Given) -> dict[str, Any]:
    """Return which rows *given* asks for, as a worker wants it: those behind a key, at most so many."""
    pairs = [pair for pair in given if pair[0] in ("limit", "after")]
    if len(pairs) > len(dict(pairs)):
        raise Problem(400, "Malformed request", "limit or after is given twice; expected each once")
    limit, after = dict(pairs).get("limit"), dict(pairs).get("after")
    if limit is None and after is None:
        return {}
    if limit is not None and not (_LIMIT.fullmatch(limit) and 0 < int(limit) <= LARGEST_PAGE):
        raise Problem(400, "Malformed request", f"limit is {limit!r}; expected a number from 1 to {LARGEST_PAGE}")
    return {"page": {"after": after, "limit": int(limit) if limit else LARGEST_PAGE}}


def _next(answer: Answer, http: Http) -> Headers:
    """Link to the page behind this one, where more rows follow (RFC 8288)."""
    if not answer.following:
        return []
    kept = [(name, value) for name, value in http.parameters if name != "after"]
    address = f"{http.path}?{urlencode([*kept, ('after', answer.following)])}"
    return [(b"link", f'<{address}>; rel="next"'.encode())]

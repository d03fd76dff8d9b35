"""How the tools ask the server: the one in this process, without a socket, or one at an address.

Both answer the same requests, so a tool knows nothing of which it is. Whatever the server says against a request is
told to the model, with what was expected.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2
from mcp.server.mcpserver.exceptions import ToolError

from aidtrace.files import read_text
from aidtrace.project import Project
from aidtrace.server.http import BrokenTransferError

LARGEST = 1 << 23
"""Bytes of an answer that are read: a model is given far less of it."""

JSON, RESULTS, TRIPLES = "application/json", "application/sparql-results+json", "application/n-triples"
TURTLE = "text/turtle"
_QUERY = "application/sparql-query"
_NOT_YET = "No index yet"  # as aidtrace.server.searches has it
_TRIES, _PAUSE = 20, 1.0

Given = Sequence[tuple[str, str]]
Row = Mapping[str, str]


class NotReadyError(ToolError):
    """The server is still building what it would be asked of: the index of a new revision."""


@dataclass(frozen=True)
class Reply:
    """An answer of the server: its revision, its media type and body, and the key of the rows behind these."""

    revision: str
    media: str
    body: bytes
    following: str

    @cached_property
    def content(self) -> Any:
        """The body as JSON; ToolError where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            told = f"the server answers with {self.media or 'nothing'} that is no JSON; expected a server of aidtrace"
            raise ToolError(told) from error

    @property
    def rows(self) -> list[Row]:
        """The rows of a SELECT as plain text by column; what is unbound is left out."""
        bound = self.content["results"]["bindings"]
        return [{name: _text(term) for name, term in row.items()} for row in bound]


class Library:
    """Asks by *client*, whose base address is that of the server; the queries of the tools are those of *project*.

    Queries are of *revision*, or where it is empty of the current one.
    """

    def __init__(self, project: Project, client: httpx2.AsyncClient, revision: str = "") -> None:
        self._project, self._client, self._revision = project, client, revision

    def at(self, reply: Reply) -> "Library":
        """Return the library of the revision that *reply* is of: what is asked later tells of the same graph."""
        return Library(self._project, self._client, reply.revision)

    async def get(self, path: str, given: Given = (), accept: str = JSON) -> Reply:
        """Get *path* with parameters; what a server builds when it starts is waited for."""
        for _ in range(_TRIES):
            with suppress(NotReadyError):
                return await self._ask("GET", path, given, accept)
            await asyncio.sleep(_PAUSE)
        return await self._ask("GET", path, given, accept)

    async def post(self, path: str, content: str, kind: str, given: Given = (), accept: str = JSON) -> Reply:
        """Post *content*, of the media type *kind*, to *path*."""
        return await self._ask("POST", path, given, accept, content.encode("utf-8", "replace"), kind)

    async def query(self, sparql: str, given: Given = ()) -> Reply:
        """Answer SPARQL; it cannot be an update, which has another media type."""
        pinned = [("revision", self._revision)] if self._revision else []
        return await self.post("/sparql", sparql, _QUERY, [*given, *pinned], f"{RESULTS}, {TRIPLES}")

    async def told(self, name: str, **terms: str) -> Reply:
        """Answer the query *name* of ``queries/models/``, with *terms* as SPARQL writes them put in."""
        place = self._project.root / "queries" / "models" / f"{name}.rq"
        return await self.query(read_text(place, "a query of the tools") % terms)

    async def rows(self, name: str, **terms: str) -> list[Row]:
        """Return the rows that `told` has."""
        return (await self.told(name, **terms)).rows

    async def _ask(
        self, method: str, path: str, given: Given, accept: str, body: bytes | None = None, kind: str = ""
    ) -> Reply:
        headers = {"accept": accept} | ({"content-type": kind} if kind else {})
        parameters = httpx2.QueryParams(tuple(given))
        asked = self._client.stream(method, path, params=parameters, headers=headers, content=body)
        try:
            async with asked as response:
                content = await _body(response)
        except httpx2.HTTPError as error:
            told = str(error) or type(error).__name__
            raise ToolError(f"{self._client.base_url}: {told}; expected a server of aidtrace that answers") from error
        except BrokenTransferError as error:
            raise ToolError(f"the answer broke off: {error}; ask for less, by LIMIT or fewer columns") from error
        if response.is_error:
            raise _refused(response.status_code, content)
        following = httpx2.URL(response.links.get("next", {}).get("url", "")).params.get("after", "")
        media, revision = (response.headers.get(name, "") for name in ("content-type", "aidtrace-revision"))
        if not revision:  # without it, what is asked next may be of another state
            told = f"{path}: the answer ({media or 'of no type'}) names no revision; expected a server of aidtrace"
            raise ToolError(f"{told}, with its header Aidtrace-Revision")
        return Reply(revision, media.partition(";")[0], content, following)


async def _body(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LARGEST:
            raise ToolError(f"the answer is larger than {LARGEST} bytes; ask for less, by LIMIT or fewer columns")
    return bytes(content)


def _refused(status: int, content: bytes) -> ToolError:
    """Read a problem document: what was wrong, where, and what to change."""
    try:
        problem = json.loads(content)
        told = problem["detail"]
    except (ValueError, KeyError, TypeError):
        return ToolError(f"the server answers {status}, and not as aidtrace does; expected a server of aidtrace")
    if "line" in problem:
        place = f"{problem['line']}:{problem['column']}: "
        told = f"line {problem['line']}, column {problem['column']}: {told.removeprefix(place)}"
    if problem.get("title") == _NOT_YET:
        return NotReadyError(f"{told}; ask again in some seconds")
    if status == httpx2.codes.SERVICE_UNAVAILABLE:
        told += "; ask for less, or again in some seconds"
    return ToolError(told)


def _text(term: Mapping[str, Any]) -> str:
    value = term["value"]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)  # a triple as a term

"""Cited queries: the answer is digested in a worker under the limits of any query, kept, and compared later.

An answer that was cut short has no digest. Relative IRIs are read against one address, wherever the server is.
"""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aidtrace import __version__
from aidtrace.catalog import SITE
from aidtrace.cited import Asked, Cited, Compared, NoRoomError, Unlike
from aidtrace.errors import InputError
from aidtrace.parameters import Given
from aidtrace.queries import Query
from aidtrace.server.answers import gather
from aidtrace.server.named import CONTROLS, bound, published
from aidtrace.server.problems import Problem
from aidtrace.server.protocol import QUERY_LIMIT, as_asked, looked
from aidtrace.server.service import Service, Snapshot

Told = dict[str, Any]
"""What `aidtrace.server.pages.shown.compare` says of an answer."""

_BASE = f"{SITE}/sparql"
_GONE = 499


async def question(service: Service, query: Query, given: Given) -> Asked:
    """Return what a named question asks with the values *given*; Problem 400 where one is wrong."""
    own = [pair for pair in given if pair[0] not in CONTROLS]
    terms = await bound(service, query, own)
    return Asked(query.sparql, query.name, own, terms.get("bound", {}))


async def cite(service: Service, asked: Asked, revision: str | None) -> str:
    """Keep *asked* with the digest of its answer over a revision, or the current one, and return its name.

    Problem 429 where no more are kept in this hour, and 400 where the answer is another one each time.
    """
    pinned = service.pinned(revision)
    told = await _answered(service, asked, pinned, ())
    day = datetime.now(UTC).date()
    answer = told["kind"], told["count"], told["digest"], told["marks"]
    one = Cited(asked, pinned.name, __version__, *answer, day)
    try:
        return await asyncio.to_thread(service.shelf.keep, one)
    except NoRoomError as error:
        raise Problem(429, "Too many requests", str(error), {"Retry-After": str(error.again)}) from error
    except InputError as error:
        raise Problem(413, "Body too large", str(error)) from error


async def today(service: Service, name: str) -> Compared:
    """Return the record called *name* beside the answer of today; Problem 404 where there is none."""
    one = await kept(service, name)
    current, before = service.current, _held(service, one)
    about: Told = {"revision": current.name, "held": before is not None}
    try:
        now = await _answered(service, one.asked, current, one.marks)
        found = Compared(one, digest=now["digest"], rows=now["count"], **about)
        if found.same:
            return found
        marked = now["marks"] or not now["count"]  # an empty answer has no marks, as a very long one
        then = await _answered(service, one.asked, before, now["marks"]) if before and marked else None
    except Problem as problem:
        if problem.status == _GONE:
            raise
        return Compared(one, problem=problem.detail, **about)
    new, gone = _differences(one, now, then)
    return replace(found, new=new, gone=gone)


def _differences(one: Cited, now: Told, then: Told | None) -> tuple[Unlike, Unlike]:
    """Say which rows are new, where those that were cited have marks, and which are gone, where they can be asked."""
    marked = bool(one.marks) or not one.rows or not now["count"]
    new = Unlike(now["unlike"], now["columns"], now["rows"]) if marked else Unlike(None)
    if then:
        return new, Unlike(then["unlike"], then["columns"], then["rows"])
    return new, Unlike(one.rows - now["count"] + now["unlike"] if marked else None)


async def kept(service: Service, name: str) -> Cited:
    """Return the record called *name*; Problem 404 where there is none."""
    try:
        one = await asyncio.to_thread(service.shelf.get, name)
    except InputError as error:
        raise Problem(500, "Damaged", str(error)) from error
    if one is None:
        raise Problem(404, "No such citation", f"no query is cited as {name!r}; expected the address that was given")
    return one


def _held(service: Service, one: Cited) -> Snapshot | None:
    try:
        return service.pinned(one.revision)
    except Problem:
        return None


async def _answered(service: Service, asked: Asked, pinned: Snapshot, marks: Any) -> Told:
    request: dict[str, Any] = {"query": asked.query, "results": None, "graph": None, "base": _BASE}
    if asked.question:
        request |= {"disjoint": True, **published(pinned.graphs), **({"bound": asked.bound} if asked.bound else {})}
    else:
        request |= await _free(service, asked.query, pinned)
    told: Told = json.loads(await gather(service, pinned, request | {"digested": {"marks": list(marks)}}))
    return told


async def _free(service: Service, query: str, pinned: Snapshot) -> dict[str, Any]:
    """Look through a query of somebody's own, as the endpoint does."""
    if len(query.encode()) > QUERY_LIMIT:
        raise Problem(413, "Body too large", f"expected a query of at most {QUERY_LIMIT} bytes")
    found = await looked(service, query, _BASE, pinned)
    if found.volatile or found.service:
        raise Problem(400, "Not citable", "the answer is another one each time; expected a query of this data alone")
    return as_asked(service, found)

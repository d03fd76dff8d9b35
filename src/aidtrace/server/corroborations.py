"""The corroboration over HTTP: ``/corroboration``, what imported data sets say of the facts, as JSON, CSV or Turtle."""

import asyncio

from aidtrace.corroboration import (
    DATA_SETS,
    Corroboration,
    Material,
    chosen,
    coding_queries,
    corroborate,
    facts_query,
    formats,
    sets_query,
)
from aidtrace.errors import UnknownNameError
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of
from aidtrace.server.named import JSON, published, texts
from aidtrace.server.negotiation import HTML, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"
_CSV, _TURTLE = "text/csv", "text/turtle"
PARAMETERS = {
    "fact": "Only this fact, such as flow/2010-arms-sales",
    "data-set": "Only this data set, such as ucdp-acd",
}
"""The parameters that say what is asked, each with what it does."""

_CONTROLS = ("format", "revision")
_WRITE = {JSON: formats.to_json, _CSV: formats.to_csv, _TURTLE: formats.to_turtle}


async def corroboration(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Send what each imported data set says of each fact."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), (JSON, _CSV, _TURTLE), HTML)
    for name, _ in http.parameters:
        if name not in (*PARAMETERS, *_CONTROLS):
            known = ", ".join((*PARAMETERS, *_CONTROLS))
            raise Problem(400, "Malformed request", f"no parameter is called {name!r}; expected {known}")
    snapshot = service.pinned(http.one("revision"))
    found = await compared(service, snapshot, http.one("fact"), http.one("data-set"))
    body = await asyncio.to_thread(lambda: _WRITE[media](found).encode())
    await send_fixed(http, send, snapshot, "application/json" if media == JSON else media, body)


async def compared(service: Service, snapshot: Snapshot, fact: str | None, data_set: str | None) -> Corroboration:
    """Compare the facts with the data sets that *snapshot* holds; with none, the table is empty."""
    there = {iri.partition(DATA_SETS)[2]: iri for iri in snapshot.graphs if DATA_SETS in iri}
    ours = published(snapshot.graphs)["default"]
    facts = await texts(service, snapshot, facts_query(service.project))
    sets = await texts(service, snapshot, sets_query(service.project), {"default": [], "named": sorted(there.values())})
    asked = [one for one in coding_queries(service.project) if one.name in there]
    over = {one.name: {"default": [*ours, there[one.name]], "named": []} for one in asked}
    codings = {one.name: await texts(service, snapshot, one.text, over[one.name]) for one in asked}
    return await asyncio.to_thread(_compare, Material.read(facts, sets, codings, asked), fact, data_set)


def _compare(material: Material, fact: str | None, data_set: str | None) -> Corroboration:
    try:
        return chosen(corroborate(material), fact, data_set)
    except UnknownNameError as error:
        raise Problem(404, "No such name", str(error)) from error

"""The crosswalk over HTTP: ``/crosswalk?from=cow:640&on=2020-09-27``, as JSON, CSV or an SSSOM table."""

import asyncio
import csv
import io

from aidtrace.crosswalk import COLUMNS, Crosswalk, Match, crosswalk, queries, to_sssom
from aidtrace.errors import InputError, UnknownNameError
from aidtrace.server.answers import send_fixed
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, to_json
from aidtrace.server.named import JSON, texts
from aidtrace.server.negotiation import acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service, Snapshot

METHODS = "GET, HEAD"
_CSV, _SSSOM = "text/csv", "text/tab-separated-values"
PARAMETERS = {
    "from": "SCHEME:VALUE, such as cow:640, or a thing, such as actor/norland; without it, all",
    "on": "Only what may hold on this date, in EDTF",
}
"""The parameters that say what is asked, each with what it does."""


async def crosswalks(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Send what other schemes call a thing."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), (JSON, _CSV, _SSSOM))
    for name, _ in http.parameters:
        if name not in (*PARAMETERS, "format"):
            raise Problem(400, "Malformed request", f"no parameter is called {name!r}; expected from, on, format")
    snapshot = service.current
    found = await asyncio.to_thread(_chosen, await _read(service, snapshot), http.one("from"), http.one("on"))
    if media == JSON:
        rows = [dict(zip(COLUMNS, one.cells, strict=True)) for one in found]
        await send_fixed(http, send, snapshot, "application/json", to_json(rows))
    else:
        await send_fixed(http, send, snapshot, media, (_csv(found) if media == _CSV else to_sssom(found)).encode())


def _chosen(whole: Crosswalk, start: str | None, on: str | None) -> list[Match]:
    try:
        return whole.of(start, on) if start else whole.on(on)
    except UnknownNameError as error:
        raise Problem(404, "No such name", str(error)) from error
    except InputError as error:
        raise Problem(400, "Malformed request", str(error)) from error


async def _read(service: Service, snapshot: Snapshot) -> Crosswalk:
    """Ask the pool for the crosswalk of *snapshot*."""
    tables = {name: await texts(service, snapshot, query) for name, query in queries(service.project).items()}
    return crosswalk(tables["matches"], tables["ties"])


def _csv(found: list[Match]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([COLUMNS, *(one.cells for one in found)])
    return out.getvalue()

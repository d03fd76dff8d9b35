"""Validation over HTTP: data comes by POST, the report is the answer and a resource of its own for an hour."""

import asyncio
from dataclasses import replace
from typing import Any

from aidtrace.reports.findings import Report
from aidtrace.reports.formats import write
from aidtrace.server.checking.checks import Stage
from aidtrace.server.checking.kept import KEPT_SECONDS, Texts, Validation
from aidtrace.server.checking.sent import CONTROLS, Request, expect_known, read_request
from aidtrace.server.http import (
    Http,
    Receive,
    Scope,
    Send,
    expect_method,
    head_of,
    headers_of,
    hung_up,
    preflight,
    read,
    respond,
    send_problem,
    to_json,
)
from aidtrace.server.negotiation import choose_as_named
from aidtrace.server.pages.visits import client_gone
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service

BODY_LIMIT = 1 << 26
FORMS = {
    "application/json": "json",
    "text/html": "html",
    "text/plain": "text",
    "text/turtle": "turtle",
    "application/ld+json": "jsonld",
    "text/csv": "csv",
    "application/sarif+json": "sarif",
    "application/xml": "junit",
}
_SEVERITIES = ("violation", "warning", "info")
_NOT_KEPT = (b"cache-control", b"no-store")
_LONGEST_NUMBER = 9


async def validations(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Validate what is sent to ``/validations``, or answer about one of ``/validations/ID``."""
    name = scope["path"].removeprefix("/validations").strip("/")
    if scope["method"] == "OPTIONS":
        await preflight(send, "GET, HEAD, DELETE, OPTIONS" if name else "POST, OPTIONS")
    elif not name:
        expect_method(scope["method"], "POST")
        await _post(service, scope, receive, send)
    elif scope["method"] == "DELETE":
        service.validations.drop(name)
        await respond(send, 204, "", b"")
    else:
        expect_method(scope["method"], "GET, HEAD")
        await _tell(service.validations.get(name), head_of(scope), send)


async def _post(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    http = await read(scope, receive, BODY_LIMIT)
    media = _media(http)  # before the work, so that it is not done in vain
    request = await asyncio.to_thread(read_request, http)
    severity = request.one_of("severity", "info", _SEVERITIES)
    request.expect_sound()
    shown = _shown(http)
    one = begin(service, request, severity)
    place = (b"location", f"{service.address(http)}/validations/{one.id}".encode())
    if b"respond-async" in {word.strip() for word in headers_of(scope).get(b"prefer", b"").split(b",")}:
        more = [place, (b"retry-after", b"1"), (b"preference-applied", b"respond-async")]
        if request.keep:  # a page asked
            service.validations.watch(one)
        await respond(send, 202, "application/json", to_json(_progress(one)), more)
        return
    await _finished(service, one, receive)
    await _report(one, http, media, send, 201, [place], shown)


def begin(service: Service, request: Request, severity: str = "info") -> Validation:
    """Begin to validate what was sent, and keep what comes of it."""
    stage, texts = Stage(), Texts.of(request)
    one = Validation(asyncio.ensure_future(_checked(service, request, stage, texts)), severity, stage, texts)
    service.validations.add(one)
    return one


async def _checked(service: Service, request: Request, stage: Stage, texts: Texts) -> Report:
    with service.beside(service.current) as served:
        report = await service.checks.check(request, stage, served)
    await asyncio.to_thread(texts.look, request, report)
    return report


async def _finished(service: Service, one: Validation, receive: Receive) -> None:
    """Wait for the end of *one*, and drop it where its client hangs up; Problem where it has no report."""
    gone = asyncio.ensure_future(hung_up(receive))
    await asyncio.wait({one.task, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not one.task.done():
        service.validations.drop(one.id)
        raise client_gone()
    await one.task


async def _tell(one: Validation, http: Http, send: Send) -> None:
    """Send the report of *one*, or how far it is, or the problem that it met."""
    if not one.task.done():
        await respond(send, 200, "application/json", to_json(_progress(one)), [(b"retry-after", b"1"), _NOT_KEPT])
        return
    if one.problem:
        await send_problem(one.problem, send)
        return
    expect_known((name for name, _ in http.parameters), (*CONTROLS, "severity"))
    severity = http.one("severity") or one.severity
    if severity not in _SEVERITIES:
        raise Problem(400, "Malformed request", f"severity is {severity!r}; expected one of {', '.join(_SEVERITIES)}")
    await _report(replace(one, severity=severity), http, _media(http), send, 200, [], _shown(http))


def _shown(http: Http) -> tuple[int, int | None]:
    """Return which findings are asked for: from which number on, and how many."""
    return _number(http, "offset", 0) or 0, _number(http, "limit", None)


async def _report(
    one: Validation,
    http: Http,
    media: str,
    send: Send,
    status: int,
    more: list[tuple[bytes, bytes]],
    shown: tuple[int, int | None],
) -> None:
    begin, size = shown
    tag = f'"{one.id}-{FORMS[media]}-{one.severity}-{begin}-{size}"'
    headers = [*more, (b"etag", tag.encode()), (b"cache-control", f"private, max-age={KEPT_SECONDS}".encode())]
    if tag in http.if_none_match or http.if_none_match.strip() == "*":
        await respond(send, 304, "", b"", headers)
        return
    report = one.task.result().at_least(one.severity).page(begin, size)
    body = await asyncio.to_thread(write, report, FORMS[media])
    await respond(send, status, media, body.encode("utf-8", "replace"), headers)


def _progress(one: Validation) -> dict[str, Any]:
    status = "running" if one.stage.started else "waiting"
    return {"id": one.id, "status": status, "seconds": one.seconds, "constraints": one.stage.constraints}


def _media(http: Http) -> str:
    named = {form: media for media, form in FORMS.items()}
    short = http.one("format")
    if short is not None and short not in named:
        raise Problem(400, "Malformed request", f"format is {short!r}; expected one of {', '.join(named)}")
    if short is not None:
        return named[short]
    found = choose_as_named(http.accept, tuple(FORMS))
    if found is None:
        raise Problem(406, "Not acceptable", f"{http.accept}: expected one of {', '.join(FORMS)}")
    return found


def _number(http: Http, name: str, default: int | None) -> int | None:
    text = http.one(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        raise Problem(400, "Malformed request", f"{name} is {text!r}; expected a number from 0")
    return int(text)

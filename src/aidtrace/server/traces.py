"""The computed process tracing over HTTP: ``/trace``, with the options of the command as parameters."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aidtrace.errors import InputError
from aidtrace.server.answers import send_answer
from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of
from aidtrace.server.negotiation import HTML, acceptable
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service
from aidtrace.tracing import Options

METHODS = "GET, HEAD"
JSON, TURTLE = "application/json", "text/turtle"
_CHOSEN = "application/sparql-results+json"  # what application/json stands for where media types are chosen
OPTIONS = {
    "of": "Only this hypothesis, rival, test or step",
    "without": "Do without this work or fact; may be given several times",
    "only": "Count only what a work of this class is cited for",
    "as-of": "Count only what had begun by this date",
    "assume": "Give a thing another date: THING=DATE; may be given several times",
}
"""The parameters that say what counts, each with what it does."""

_SEVERAL = {"without", "assume"}
_CONTROLS = ("format", "revision", "timeout")


async def trace(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Compute what the dates and sources say of each test, beside what the authors conclude."""
    expect_method(scope["method"], METHODS)
    http = head_of(scope)
    media = acceptable(http.accept, http.one("format"), (_CHOSEN, TURTLE), HTML)
    request = {"results": JSON if media == _CHOSEN else None, "graph": TURTLE if media == TURTLE else None}
    request |= await asyncio.to_thread(asked, http.parameters)  # an odd date takes a while
    await send_answer(service, service.pinned(http.one("revision")), request, http, receive, send)


def asked(given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what *given* asks for, as a worker wants it; Problem 400 where a parameter is unknown or given twice."""
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in given:
        if name not in (*OPTIONS, *_CONTROLS):
            known = ", ".join((*OPTIONS, *_CONTROLS))
            raise Problem(400, "Malformed request", f"no parameter is called {name!r}; expected {known}")
        values[name].append(value)
        if name not in _SEVERAL and len(values[name]) > 1:
            raise Problem(400, "Malformed request", f"{name} is given more than once; expected it once")
    once = {name: found[0] for name, found in values.items() if name not in _SEVERAL}
    options = Options(tuple(values["without"]), once.get("only"), once.get("as-of"), tuple(values["assume"]))
    try:
        return {"trace": asdict(options.dated()), "of": once.get("of", "")}
    except InputError as error:
        raise Problem(400, "Malformed request", str(error)) from error

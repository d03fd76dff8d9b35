"""A validation as the pages ask for it: begun, waited for a moment, told of, and taken away."""

import asyncio
from collections.abc import Mapping, Sequence

from aidtrace.documents import Document
from aidtrace.server.checking.sent import Request, Sent
from aidtrace.server.checking.validations import begin
from aidtrace.server.service import Service
from aidtrace.web.asked import Checked, NoAnswerError

_MOMENT = 2
"""A page waits so many seconds for a report; one that takes longer is looked at again."""


async def begun(
    service: Service, data: Sequence[Document], shapes: Sequence[Document], options: Mapping[str, str]
) -> str:
    """Begin to validate *data*, wait a moment for the end, and return the name of the validation."""
    fields = {**options, "keep": "true"}
    request = Request(tuple(map(_sent, data)), tuple(map(_sent, shapes)), fields)
    severity = request.one_of("severity", "info", ("violation", "warning", "info"))
    request.expect_sound()
    one = begin(service, request, severity)
    try:
        await asyncio.wait({one.task}, timeout=_MOMENT)
    except asyncio.CancelledError:  # the client hung up
        service.validations.drop(one.id)
        raise
    service.validations.watch(one)
    return one.id


async def told(service: Service, name: str) -> Checked:
    """Tell of the validation called *name*; Problem 404 where there is none."""
    one = service.validations.get(name)
    problem = one.problem if one.task.done() else None
    has_report = one.task.done() and problem is None
    return Checked(
        one.id,
        one.report if has_report else None,
        one.grouped if has_report else None,
        NoAnswerError(problem.status, problem.detail, problem.headers) if problem else None,
        one.at,
        one.seconds,
        one.stage.constraints if one.stage.started else None,
        one.texts.data,
        one.texts.shapes,
        one.texts.options,
    )


async def dropped(service: Service, name: str) -> None:
    """Stop and forget the validation called *name*; Problem 404 where there is none."""
    service.validations.drop(name)


def _sent(one: Document) -> Sent:
    return Sent(one.name, one.form.media_type, one.content, one.base or "")

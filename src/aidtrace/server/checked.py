"""A validation as the pages ask for it: begun, waited for a moment, told of, and taken away."""

import asyncio
from collections.abc import Mapping, Sequence

from aidtrace.documents import Document
from aidtrace.reports.findings import Report
from aidtrace.server.kept import Validation
from aidtrace.server.problems import Problem
from aidtrace.server.sent import Request, Sent
from aidtrace.server.service import Service
from aidtrace.server.validations import begin
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
    await asyncio.wait({one.task}, timeout=_MOMENT)
    return one.id


async def told(service: Service, name: str) -> Checked:
    """Tell of the validation called *name*; Problem 404 where there is none."""
    one = service.validations.get(name)
    report, problem = _outcome(one)
    return Checked(
        one.id,
        report,
        one.grouped if report else None,
        problem,
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


def _outcome(one: Validation) -> tuple[Report | None, NoAnswerError | None]:
    if not one.task.done():
        return None, None
    error = None if one.task.cancelled() else one.task.exception()
    if error is None and not one.task.cancelled():
        return one.report, None
    if isinstance(error, Problem):
        return None, NoAnswerError(error.status, error.detail, error.headers)
    return None, NoAnswerError(503, "the check ended before it was done", {})

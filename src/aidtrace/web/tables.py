"""A table of a page: as CSV and as JSON, for those who take it away, and from which row on it is shown."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from flask import Response, abort

from aidtrace.errors import one_of

_DIGITS = 9


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Response:
    """Answer with a header and *rows*, as RFC 4180 has them; *name* is what a browser saves it as."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([columns, *rows])
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    response.headers.set("Content-Disposition", "inline", filename=f"{name}.csv")
    return response


def json_answer(content: object, media: str = "application/json") -> Response:
    """Answer with *content* as JSON of the type *media*."""
    return Response(json.dumps(content, ensure_ascii=False), content_type=media)


def no_format(asked: str, known: Sequence[str]) -> None:
    """Answer 400: there is no format *asked* here."""
    abort(400, f"format is {asked!r}; expected {one_of(list(known))}")


def offset(text: str) -> int:
    """Return the number of rows to leave out; 400 where *text* is none."""
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS:
        abort(400, f"from is {text!r}; expected a number of rows to leave out")
    return int(text)

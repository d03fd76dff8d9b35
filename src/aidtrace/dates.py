"""EDTF dates, and the four bounds that compare them.

A date says when something happened as exactly as its source does. Its bounds are the earliest and the latest
day on which it can have begun, and the same for its end (SEM's four time stamps). ``[a..b]`` is one unknown
day, ``a/b`` lasts; ``..`` is an open side and has no bound. Bounds are strict: ``~`` and ``?`` widen nothing.
Seasons are those of the northern hemisphere, and a winter is wherever the year's name allows it: "winter 2021"
may have begun in December 2020 and may have ended in February 2022.
Source: EDTF, Library of Congress specification of 2019, levels 0 to 2.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from aidtrace.errors import InputError

_PLAIN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([~?%]?)")
_DECADE = re.compile(r"([0-9]{3})X")
_PARTS = {
    **{21 + season: (3 * season + 3, 3 * season + 5) for season in range(3)},
    **{33 + quarter: (3 * quarter + 1, 3 * quarter + 3) for quarter in range(4)},
    **{37 + third: (4 * third + 1, 4 * third + 4) for third in range(3)},
    **{40 + half: (6 * half + 1, 6 * half + 6) for half in range(2)},
}
"""The seasons but winter, the quarters, thirds and halves of a year, each with its first and its last month."""

_WINTER = re.compile(r"(\d{4})-24([~?%]?)")


@dataclass(frozen=True)
class Bounds:
    """The days between which something began and ended; None where that side is open."""

    earliest_begin: date | None
    latest_begin: date | None
    earliest_end: date | None
    latest_end: date | None

    @property
    def known(self) -> bool:
        """Whether there is any bound at all."""
        return any((self.earliest_begin, self.latest_begin, self.earliest_end, self.latest_end))


def bounds(edtf: str) -> Bounds:
    """Compute the bounds of the EDTF text *edtf*; an ill-formed one raises InputError.

    >>> bounds("1999-07").latest_end
    datetime.date(1999, 7, 31)
    >>> bounds("1994/..").latest_end is None
    True
    """
    text = edtf.strip()
    if text.startswith("[") and text.endswith("]"):
        return _one_of(text)
    if "/" in text:
        return _interval(text)
    first, last = _span(text)
    return Bounds(first, last, first, last)


def hull(several: list[Bounds]) -> Bounds:
    """Return the widest bounds that hold all of *several*, which are rival dates of one thing."""
    return Bounds(
        _least([b.earliest_begin for b in several]),
        _greatest([b.latest_begin for b in several]),
        _least([b.earliest_end for b in several]),
        _greatest([b.latest_end for b in several]),
    )


def before(a: Bounds, b: Bounds) -> str:
    """Say whether *a* is over before *b* begins: "certain", "possible", "no" or "undatable".

    >>> before(bounds("1992-08-11"), bounds("1997"))
    'certain'
    """
    if not a.known or not b.known:
        return "undatable"
    if a.latest_end and b.earliest_begin and a.latest_end < b.earliest_begin:
        return "certain"
    if a.earliest_end is None or b.latest_begin is None or a.earliest_end < b.latest_begin:
        return "possible"
    return "no"


def _one_of(text: str) -> Bounds:
    """Read ``[a..b]``, ``[..b]``, ``[a..]`` and ``[a,b,c]``: one day out of these."""
    spans = []
    for item in text[1:-1].split(","):
        start, dots, end = item.strip().partition("..")
        if not start and not end:
            raise _ill_formed(text, "a date on at least one side of ..")
        first = _span(start)[0] if start else None
        last = _span(end)[1] if end else (None if dots else _span(start)[1])
        _in_order(text, first, last)
        spans.append(Bounds(first, last, first, last))
    return hull(spans)


def _interval(text: str) -> Bounds:
    """Read ``a/b``, where either side may be ``..``; a blank side is refused, since it means two things."""
    start, _, end = text.partition("/")
    if not start or not end or start == end == "..":
        raise _ill_formed(text, ".. for an open side, and a date on the other")
    first = _side(start)
    last = _side(end)
    _in_order(text, first.earliest_begin, last.latest_end)
    return Bounds(first.earliest_begin, first.latest_begin, last.earliest_end, last.latest_end)


def _side(text: str) -> Bounds:
    return Bounds(None, None, None, None) if text == ".." else bounds(text)


@cache  # the parser is slow, and a graph repeats its dates
def _span(text: str) -> tuple[date, date]:
    """Return the first and last day of the simple date *text*: a day, month, season, year or decade."""
    plain = _plain(text)
    if plain:
        return plain
    winter = _WINTER.fullmatch(text)
    if winter:
        year = int(winter[1])
        return date(year - 1, 12, 1), date(year + 1, 2, monthrange(year + 1, 2)[1])
    return _parsed(text)


def _plain(text: str) -> tuple[date, date] | None:
    """Read a day, a month, a part of a year, a year or a decade; the parser takes longer than all else together."""
    decade = _DECADE.fullmatch(text)
    if decade and decade[1] != "000":
        first = int(decade[1]) * 10
        return date(first, 1, 1), date(first + 9, 12, 31)
    found = _PLAIN.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups()[:3])
    first, last = (1, 12) if month is None else (month, month)
    if day is None and not found[4]:
        first, last = _PARTS.get(first, (first, last)) if month else (first, last)
    try:
        first_day = date(year or 0, first, 1 if day is None else day)
    except ValueError:
        return None
    return first_day, date(first_day.year, last, day or monthrange(first_day.year, last)[1])


def _parsed(text: str) -> tuple[date, date]:
    from edtf import parse_edtf
    from edtf.parser import EDTFParseException

    try:
        parsed = parse_edtf(text)
        return _day(parsed.lower_strict()), _day(parsed.upper_strict())
    except (EDTFParseException, ValueError, TypeError, AttributeError) as error:
        raise _ill_formed(text, "a date such as 1994, 1994-05, 1994-05-12, 1994-21 or [1994..1996]") from error


def _day(moment: Any) -> date:
    return date(moment.tm_year, moment.tm_mon, moment.tm_mday)


def _in_order(text: str, first: date | None, last: date | None) -> None:
    if first and last and first > last:
        raise _ill_formed(text, "an end that is not before its beginning")


def _least(days: list[date | None]) -> date | None:
    known = [day for day in days if day]
    return min(known) if known and len(known) == len(days) else None


def _greatest(days: list[date | None]) -> date | None:
    known = [day for day in days if day]
    return max(known) if known and len(known) == len(days) else None


def _ill_formed(text: str, expected: str) -> InputError:
    return InputError(f"EDTF date {text!r}: not well-formed; expected {expected}")

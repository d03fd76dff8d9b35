"""When things happened: the four bounds of a thing, as stated or from its EDTF dates."""

import re
from datetime import date

from pyoxigraph import Literal, NamedNode

from aidtrace.dates import Bounds, before, bounds, hull
from aidtrace.errors import InputError
from aidtrace.inference import SHOWN
from aidtrace.merging.facts import Facts
from aidtrace.namespaces import SEM

UNKNOWN = Bounds(None, None, None, None)

_STAMPS = tuple(SEM(f"has{name}TimeStamp") for name in ("EarliestBegin", "LatestBegin", "EarliestEnd", "LatestEnd"))
_MONTH_DAY = "(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|1[0-9]|2[0-8]))?|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
_PLAIN = re.compile(rf"(?!0000)[0-9]{{4}}(?:(?:-(?:{_MONTH_DAY}))?[~?%]?|-2[1-4])(?![0-9~?%-])|\.\.|[\[\]/,]")
"""What dates are mostly made of, and what is read without the parser."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?Z?", re.ASCII)
_LONGEST, _SLOW = 60, 50  # what the parser is given: it needs about ten milliseconds for a date


class Times:
    """The dates of both sides, each read once; of those that need the slow parser, no more than fifty a look."""

    def __init__(self) -> None:
        self._read: dict[str, Bounds] = {}
        self._slow = 0
        self.unread: set[str] = set()

    def of(self, facts: Facts, thing: NamedNode) -> tuple[Bounds, tuple[str, ...]]:
        """Return the bounds of *thing*, all open where no date can be read, and its dates as they are written."""
        texts = _shown(facts, thing)
        stated = Bounds(*(_day(facts.literals(thing, stamp)) for stamp in _STAMPS))
        if stated.known and _in_order(stated):
            return stated, texts
        known = [found for text in texts if (found := self._bounds(text)).known]
        return (hull(known) if known else UNKNOWN), texts

    def _bounds(self, text: str) -> Bounds:
        if text not in self._read:
            self._read[text] = self._parse(text)
        return self._read[text]

    def _parse(self, text: str) -> Bounds:
        if _PLAIN.sub("", text):
            self._slow += 1
            if self._slow > _SLOW or len(text) > _LONGEST:
                self.unread.add(text)
                return UNKNOWN
        try:
            return bounds(text)
        except (InputError, ValueError, OverflowError):  # no EDTF, or beyond the years that a date can have
            return UNKNOWN


def overlap(one: Bounds, other: Bounds) -> bool:
    """Whether both have bounds and may have been at one time."""
    return one.known and other.known and "certain" not in (before(one, other), before(other, one))


def closeness(one: Bounds, other: Bounds) -> float:
    """Return how near two dates are that overlap: the same, one within the other, or neither."""
    if one == other:
        return 1.0
    within = any(_within(inner, outer) for inner, outer in ((one, other), (other, one)))
    return 0.7 if within else 0.4


def years(found: Bounds) -> range | None:
    """Return the years that a thing touches; None where a side is open or they are more than ten."""
    if not found.earliest_begin or not found.latest_end:
        return None
    touched = range(found.earliest_begin.year, found.latest_end.year + 1)
    return touched if len(touched) <= 10 else None


def _shown(facts: Facts, thing: NamedNode) -> tuple[str, ...]:
    """Return the dates by which a thing is listed: the signing, else the adoption and so on."""
    for property_ in SHOWN:
        if found := facts.literals(thing, property_):
            return tuple(sorted({literal.value for literal in found}))
    return ()


def _day(literals: list[Literal]) -> date | None:
    """Read a time stamp; several, or one that is no day, are none."""
    found = _DAY.fullmatch(literals[0].value) if len(literals) == 1 else None
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _in_order(found: Bounds) -> bool:
    pairs = (
        (found.earliest_begin, found.latest_begin),
        (found.earliest_begin, found.latest_end),
        (found.earliest_end, found.latest_end),
    )
    return all(not one or not other or one <= other for one, other in pairs)


def _within(inner: Bounds, outer: Bounds) -> bool:
    first, last = inner.earliest_begin, inner.latest_end
    begins = not outer.earliest_begin or (first is not None and first >= outer.earliest_begin)
    ends = not outer.latest_end or (last is not None and last <= outer.latest_end)
    return begins and ends

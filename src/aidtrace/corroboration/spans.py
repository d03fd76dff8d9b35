"""Spans of years and days: which codings run on without a gap, and whether two spans can meet."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from aidtrace.corroboration.reading import Coding
from aidtrace.dates import Bounds


def overlaps(a: Bounds, b: Bounds) -> bool:
    """Whether *a* and *b* can have a day in common."""
    return _first(a) <= _last(b) and _first(b) <= _last(a)


def meet(a: Bounds, b: Bounds, side: str) -> bool:
    """Whether *a* and *b* can have the same ``begin`` or ``end``; an open side can be any day."""
    earliest_a, latest_a = _side(a, side)
    earliest_b, latest_b = _side(b, side)
    return earliest_a <= latest_b and earliest_b <= latest_a


def years_apart(a: Bounds, b: Bounds) -> int:
    """Return how many calendar years lie between *a* and *b*; 0 where they touch the same year."""
    return max(_first(b).year - _last(a).year, _first(a).year - _last(b).year, 0)


def spans(codings: Iterable[Coding]) -> str:
    """Say in which years *codings* are: ``1992 to 1994, 2010``."""
    years = sorted({year for one in codings for year in _years(one)})
    breaks = [index for index, (one, after) in enumerate(pairwise(years), 1) if after - one > 1]
    runs = [years[first:last] for first, last in pairwise([0, *breaks, len(years)])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs if run) or "no year"


def episodes(codings: Iterable[Coding]) -> list[list[Coding]]:
    """Part *codings* into runs of years without a gap; one that has an end of its own is a run by itself."""
    runs: list[list[Coding]] = []
    for one in sorted(codings, key=lambda each: _years(each)[0]):
        if runs and not one.end and not runs[-1][-1].end and _years(one)[0] - _years(runs[-1][-1])[0] <= 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def whole(run: Sequence[Coding]) -> Bounds:
    """Return the bounds of a *run* of codings, from the begin of the first to the end of the last."""
    first = min(run, key=lambda one: _first(one.when)).when
    last = max(run, key=lambda one: _last(one.when)).when
    return Bounds(first.earliest_begin, first.latest_begin, last.earliest_end, last.latest_end)


def begins(run: Sequence[Coding]) -> str:
    """Return when *run* begins, as it is printed."""
    first = min(run, key=lambda one: _first(one.when))
    return first.start or first.begin


def ends(run: Sequence[Coding]) -> str:
    """Return when *run* ends, as it is printed."""
    last = max(run, key=lambda one: _last(one.when))
    return last.end or last.begin


def _years(coding: Coding) -> range:
    begin, end = coding.begin[:4], (coding.end or coding.begin)[:4]
    return range(int(begin), int(end) + 1) if begin else range(0)


def _side(bounds: Bounds, side: str) -> tuple[date, date]:
    begin = side == "begin"
    earliest = bounds.earliest_begin if begin else bounds.earliest_end
    latest = bounds.latest_begin if begin else bounds.latest_end
    return earliest or date.min, latest or date.max


def _first(bounds: Bounds) -> date:
    return bounds.earliest_begin or date.min


def _last(bounds: Bounds) -> date:
    return bounds.latest_end or date.max

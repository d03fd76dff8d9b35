"""EDTF dates and their bounds."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aidtrace.dates import Bounds, _parsed, _plain, before, bounds, hull
from aidtrace.errors import InputError

DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31))


@pytest.mark.parametrize(
    ("edtf", "earliest_begin", "latest_begin", "earliest_end", "latest_end"),
    [
        ("1992-08-11", "1992-08-11", "1992-08-11", "1992-08-11", "1992-08-11"),
        ("1999-07", "1999-07-01", "1999-07-31", "1999-07-01", "1999-07-31"),
        ("2004-02", "2004-02-01", "2004-02-29", "2004-02-01", "2004-02-29"),
        ("1994", "1994-01-01", "1994-12-31", "1994-01-01", "1994-12-31"),
        ("1994~", "1994-01-01", "1994-12-31", "1994-01-01", "1994-12-31"),
        ("1994?", "1994-01-01", "1994-12-31", "1994-01-01", "1994-12-31"),
        ("199X", "1990-01-01", "1999-12-31", "1990-01-01", "1999-12-31"),
        ("1991-21", "1991-03-01", "1991-05-31", "1991-03-01", "1991-05-31"),
        ("2021-24", "2020-12-01", "2022-02-28", "2020-12-01", "2022-02-28"),
        ("1991/1994", "1991-01-01", "1991-12-31", "1994-01-01", "1994-12-31"),
        ("1994/..", "1994-01-01", "1994-12-31", None, None),
        ("../2020", None, None, "2020-01-01", "2020-12-31"),
        ("[1992-11-01..1992-11-05]", "1992-11-01", "1992-11-05", "1992-11-01", "1992-11-05"),
        ("[2022..]", "2022-01-01", None, "2022-01-01", None),
        ("[..2023]", None, "2023-12-31", None, "2023-12-31"),
        ("[1992,1994]", "1992-01-01", "1994-12-31", "1992-01-01", "1994-12-31"),
        ("[1994-09..1994-12]/2020", "1994-09-01", "1994-12-31", "2020-01-01", "2020-12-31"),
        ("[1991-21,1991-23]", "1991-03-01", "1991-11-30", "1991-03-01", "1991-11-30"),
    ],
)
def test_a_date_has_the_four_bounds_that_its_form_allows(
    edtf: str, earliest_begin: str, latest_begin: str, earliest_end: str, latest_end: str
) -> None:
    expected = (earliest_begin, latest_begin, earliest_end, latest_end)
    assert bounds(edtf) == Bounds(*(date.fromisoformat(day) if day else None for day in expected))


@pytest.mark.parametrize(
    "edtf",
    [
        "",
        "/2020",
        "2020/",
        "../..",
        "[..]",
        "[]",
        "1994-13",
        "1994-02-30",
        "late 1994",
        "2020/1994",
        "[2020..1994]",
    ],
)
def test_an_ill_formed_date_is_refused_with_what_was_expected(edtf: str) -> None:
    with pytest.raises(InputError, match="expected"):
        bounds(edtf)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("1992-08-11", "1997", "certain"),
        ("1997", "1997", "possible"),
        ("1997", "1992-08-11", "no"),
        ("1992-08-11", "1992-08-11", "no"),
        ("1994/..", "2011-02-25", "possible"),
        ("[2022..]", "2020-09-27", "no"),
        ("2000", "[..2023]", "possible"),
    ],
)
def test_an_order_is_as_certain_as_the_bounds_make_it(a: str, b: str, verdict: str) -> None:
    assert before(bounds(a), bounds(b)) == verdict


def test_without_any_bound_the_order_is_undatable() -> None:
    unknown = Bounds(None, None, None, None)
    assert before(unknown, bounds("1994")) == before(bounds("1994"), unknown) == "undatable"


@given(DAYS, DAYS)
def test_two_days_are_certain_in_exactly_one_order_or_the_same(a: date, b: date) -> None:
    forward, back = (
        before(bounds(a.isoformat()), bounds(b.isoformat())),
        before(bounds(b.isoformat()), bounds(a.isoformat())),
    )
    assert (forward, back) == (("no", "no") if a == b else ("certain", "no") if a < b else ("no", "certain"))


@given(DAYS, st.integers(0, 9000))
def test_every_form_of_a_period_has_its_bounds_in_order(begin: date, length: int) -> None:
    end = begin + timedelta(days=length)
    for edtf in (
        f"{begin}/{end}",
        f"[{begin}..{end}]",
        f"{begin.year}/{end.year}",
        f"[{begin:%Y-%m}..{end:%Y-%m}]",
    ):
        found = bounds(edtf)
        stamps = [found.earliest_begin, found.latest_begin, found.earliest_end, found.latest_end]
        first, begun, over, last = (day for day in stamps if day)
        assert first <= begin
        assert first <= begun <= last
        assert first <= over <= last
        assert last >= end


@given(DAYS, DAYS)
def test_a_hull_holds_each_of_its_rivals(a: date, b: date) -> None:
    both = hull([bounds(a.isoformat()), bounds(b.isoformat())])
    assert (both.earliest_begin, both.latest_end) == (min(a, b), max(a, b))


@given(st.from_regex(r"[0-9]{4}(-[0-4][0-9](-[0-3][0-9])?)?[~?%]?|[0-9]{3}X", fullmatch=True))
@example("1994-21")
@example("1994-23~")
@example("1994-36?")
@example("1994-39")
@example("1994-41")
def test_the_commonest_dates_mean_what_the_parser_says(text: str) -> None:
    plain = _plain(text)
    if plain is None:
        assert text[5:7] in ("24", *map(str, range(25, 33))) or _refused(text)
    else:
        assert plain == _parsed(text)


def _refused(text: str) -> bool:
    try:
        _parsed(text)
    except InputError:
        return True
    return False

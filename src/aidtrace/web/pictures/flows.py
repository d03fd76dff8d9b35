"""The flows of aid and sales as rows of their question, with what is told of the money of each."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

from aidtrace.web.answered import anchor, page, values

Words = Mapping[str, str]
"""What scripts and tables call that which the data have no word for."""

Place = int | str
"""A column of the picture by year: a year, or the name in `Words` of what lies in no single one."""

SALE = "arms sale"
EXACT = "exact"
SPLIT = ("cash", "inKind")
_YEARS = re.compile(r"P([0-9]{1,3})Y")


@dataclass(frozen=True)
class Flow:
    """A row of the question on aid flows; *instruments* has the labels of agreements by their addresses."""

    cells: Mapping[str, str]
    told: tuple[str, ...]
    instruments: Mapping[str, str]
    whole: Mapping[str, str] | None = None
    """The cells of the total that counts in its stead."""

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    @property
    def page(self) -> str:
        """The path of the page about it."""
        return page(self["flow"])

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return anchor(self["flow"])

    @cached_property
    def amount(self) -> Decimal | None:
        """The amount, if there is one and one only, in one currency."""
        return _only(self["amount"]) if len(values(self["currency"])) <= 1 else None

    @property
    def differs(self) -> bool:
        """Whether it has several amounts, of which none is settled on."""
        amounts, currencies = values(self["amount"]), values(self["currency"])
        return self.amount is None and (len(amounts) > 1 or (len(amounts) == 1 and len(currencies) > 1))

    @property
    def split_differs(self) -> bool:
        """Whether what was cash or in kind has several values, of which none is settled on."""
        return any(len(values(self[column])) > 1 and _only(self[column]) is None for column in SPLIT)

    @property
    def cash(self) -> Decimal | None:
        """How much of it was cash, if that is told and nothing else is."""
        return None if self.split_differs else _only(self["cash"])

    def numbers(self, column: str) -> str:
        """Return the number of a column (or numbers that differ), easily read."""
        return " / ".join(dict.fromkeys(shown(one) for one in values(self[column])))

    @property
    def money(self) -> str:
        """The amount in words: its qualifier, the number (or numbers that differ), and the currency."""
        parts = (told_as(self["qualifier"]), self.numbers("amount"), self["currency"])
        return " ".join(one for one in parts if one)

    @property
    def parts(self) -> dict[str, Decimal]:
        """The amount as cash, in kind, and what is not said to be either; whole where these differ, or of a sale."""
        amount = self.amount or Decimal(0)
        if self["kind"] == SALE:
            return {"price": amount}
        if self.split_differs:
            return {"splitDiffers": amount}
        cash, kind = (_only(self[column]) or Decimal(0) for column in SPLIT)
        return {"cash": cash, "inKind": kind, "notSaid": max(amount - cash - kind, Decimal(0))}

    @property
    def year(self) -> int | None:
        """The year that its whole date lies in."""
        first, last = self["earliest"][:4], self["latest"][:4]
        return int(first) if first and first == last else None

    @property
    def spread(self) -> int:
        """Over how many years it was to be spread; 0 where that is not told, or not in whole years."""
        found = _YEARS.fullmatch(self["duration"])
        return int(found[1]) if found else 0

    @property
    def places(self) -> list[Place]:
        """The columns that it is drawn in, in equal shares: one where no single year is told to begin with."""
        if self.year:
            return list(range(self.year, self.year + max(self.spread, 1)))
        return ["severalYears" if self["date"] else "undated"]

    @property
    def shared(self) -> bool:
        """Whether it is drawn in shares."""
        return len(self.places) > 1

    @property
    def share(self) -> str:
        """How much of it is drawn in each column."""
        return rounded((self.amount or Decimal(0)) / len(self.places))

    @property
    def agreements(self) -> list[tuple[str, str]]:
        """The agreements that it was under: paths of their pages, and labels."""
        return [(page(one), self.instruments.get(one, one)) for one in values(self["agreement"])]

    @property
    def computed(self) -> list[str]:
        """The columns that are computed and not told."""
        return values(self["computed"])


def flows(rows: Iterable[Mapping[str, str]], labels: Words, tell: Callable[[str], str] = str) -> list[Flow]:
    """Return the flows of *rows*; *labels* are those of agreements, *tell* puts dates in words."""
    rows = list(rows)
    totals = {row["flow"]: row for row in rows if _number(row["amount"]) is not None}
    return [_flow(row, totals, labels, tell) for row in rows]


def shown(number: str | Decimal) -> str:
    """Return a number with its thousands apart.

    >>> shown("3450000")
    '3,450,000'
    """
    found = _number(str(number))
    return str(number) if found is None else f"{found:,f}"


def rounded(number: Decimal) -> str:
    """Return a share as a number that is read easily: at most two digits after the point."""
    return shown(number if number == number.to_integral_value() else round(number, 2))


def told_as(qualifier: str) -> str:
    """Return how a qualifier stands before an amount; an exact one needs no word."""
    return "" if qualifier == EXACT else qualifier


def _flow(
    row: Mapping[str, str], totals: Mapping[str, Mapping[str, str]], labels: Words, tell: Callable[[str], str]
) -> Flow:
    wholes = (totals[one] for one in values(row["partOf"]) if one in totals and one != row["flow"])
    whole = next((one for one in wholes if one["currency"] == row["currency"] or not row["amount"]), None)
    return Flow(row, tuple(tell(one) for one in values(row["date"])), labels, whole)


def _only(cell: str) -> Decimal | None:
    """Return the number of a cell, if there is one and one only; the same number written in two ways is one."""
    found = {_number(one) for one in values(cell)}
    return found.pop() if len(found) == 1 else None


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None

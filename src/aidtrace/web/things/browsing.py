"""A page of the things of a class: what is listed, and the links that narrow it down or widen it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from urllib.parse import quote, urlencode

from aidtrace.folding import alphabetical
from aidtrace.namespaces import AT, ID
from aidtrace.web.asked import LISTING_PAGE, MANY, Browsed, Given, Row
from aidtrace.web.entities import Shown, label, shown

_FEW = 30
"""So many values of a property are shown at first, those that most things have."""

ALL = "all"
"""The parameter that names the property of which all values are shown."""


@dataclass(frozen=True)
class Choice:
    """A value that can be chosen, or given up where it is: its text, how many things have it, and the address."""

    text: str
    count: int
    address: str
    taken: bool


@dataclass(frozen=True)
class Facet:
    """A property by which things can be told apart, with its values, and how many *more* are at another *address*."""

    label: str
    choices: Sequence[Choice]
    more: int
    address: str
    open: bool


def _can_be_chosen(row: Row) -> bool:
    """Whether a value is one of our things, and has a name that tells a reader what it is."""
    return row["value"]["value"].startswith(ID.iri) and "valueLabel" in row


def _date(row: Row) -> str:
    if "date" in row:
        return row["date"]["value"]
    return row["first"]["value"].partition("-")[0] if "first" in row else ""


class Listing:
    """The things of the class *name* that have the values *chosen*, behind the first *offset*.

    Of the property *whole* all values are shown.
    """

    def __init__(self, name: str, chosen: Given, offset: int, found: Browsed, whole: str = "") -> None:
        self.name, self._chosen, self.offset, self._found = name, list(chosen), offset, found
        self._whole = whole

    @property
    def title(self) -> str:
        """The label of the class."""
        return label(self._found.of, "class")

    @property
    def count(self) -> int:
        """How many things the class has, whatever is chosen."""
        return int(self._found.of["count"]["value"])

    @property
    def sorted(self) -> bool:
        """Whether the earliest come first, and those of one day by name."""
        return self.count <= MANY

    @property
    def things(self) -> list[tuple[Shown, str]]:
        """The things of this page, each with its date as it is told, or the year in which it begins at the earliest."""
        rows = self._found.listing[:LISTING_PAGE]
        return [(shown(row, "thing"), _date(row)) for row in rows]

    @property
    def matching(self) -> str:
        """How many things have what is chosen, in words; nothing where nothing is chosen or where it is not known."""
        if not self._chosen:
            return ""
        return f"{self.offset + len(self.things)}{' or more' if self.later else ''} of "

    @property
    def earlier(self) -> str:
        """The address of the page before, if there is one."""
        return self._address(self._chosen, max(self.offset - LISTING_PAGE, 0)) if self.offset else ""

    @property
    def later(self) -> str:
        """The address of the next page, if there is one."""
        return (
            self._address(self._chosen, self.offset + LISTING_PAGE) if len(self._found.listing) > LISTING_PAGE else ""
        )

    @cached_property
    def facets(self) -> list[Facet]:
        """The properties by which the things can be told apart, each with the values that most of them have."""
        found = []
        for name, rows in groupby(self._found.facets, key=lambda row: row["property"]["value"]):
            verb, values = name.removeprefix(AT.iri), [row for row in rows if _can_be_chosen(row)]
            choices = [self._choice(verb, shown(row, "value"), int(row["count"]["value"])) for row in values]
            choices.sort(key=lambda one: (-one.count, alphabetical(one.text)))
            if any(one.taken for one in choices) or len(choices) > 1:
                found.append(self._facet(verb, label(values[0], "property"), choices))
        return found

    def _facet(self, verb: str, name: str, choices: list[Choice]) -> Facet:
        """Return a facet with the first of *choices*, and those that are taken; with all of them where it is whole."""
        few = [one for number, one in enumerate(choices) if number < _FEW or one.taken]
        shown_ = choices if verb == self._whole else few
        open_ = verb == self._whole or any(one.taken for one in choices)
        address = self._address([*self._chosen, (ALL, verb)], self.offset)
        return Facet(name, shown_, len(choices) - len(shown_), address, open_)

    def _choice(self, verb: str, value: Shown, count: int) -> Choice:
        pair = (verb, value.page)
        taken = pair in self._chosen
        others = [one for one in self._chosen if one != pair]
        return Choice(value.text, count, self._address(others if taken else [*self._chosen, pair], 0), taken)

    def _address(self, chosen: Given, offset: int) -> str:
        query = urlencode([*chosen, *([("from", str(offset))] if offset else [])], safe="/")
        return f"/browse/{quote(self.name)}{'?' if query else ''}{query}"

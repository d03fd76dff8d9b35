"""The small pictures of the home page, which need no script: columns by year, and one bar in parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from aidtrace.web.answered import Cells
from aidtrace.web.pictures.aid import Aid, stacked
from aidtrace.web.pictures.flows import flows

WIDTH, HEIGHT = 320, 96
"""The size of a picture, in units of its own."""

_BASE, _TOP = HEIGHT - 16, 8
_CLASSES = ("one", "two", "three", "four", "five")
"""The colours of series, by their names in ``style.css``."""

_PARTS = {"cash": "one", "inKind": "two", "notSaid": "five", "splitDiffers": "four"}
"""The parts of aid with their colours, which are those of the page on aid."""

_SHARED = "Shared"
"""Ends the name of what is drawn in equal shares, which no text tells."""


@dataclass(frozen=True)
class Box:
    """A rectangle: where it is, its size, and the class of its colour; *assumed* says that it is drawn with dashes."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    assumed: bool = False


@dataclass(frozen=True)
class Columns:
    """Stacked columns: for each series its name and its values by year.

    *colours* has classes for the series that are not drawn in the order of the colours; *assumed* are the names of
    those that are no more than an assumption.
    """

    series: Mapping[str, Mapping[int, Decimal]]
    colours: Mapping[str, str] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year that has a value."""
        years = [year for values in self.series.values() for year in values]
        return (min(years), max(years)) if years else (0, 0)

    @property
    def boxes(self) -> Iterator[Box]:
        """The columns, each series on top of the one before."""
        first, last = self.years
        totals = Counter[int]()
        for values in self.series.values():
            totals.update({year: int(value) for year, value in values.items()})
        step = WIDTH / (last - first + 1)
        scale = (_BASE - _TOP) / max([*totals.values(), 1])
        filled = dict.fromkeys(totals, 0.0)
        for place, (name, values) in enumerate(self.series.items()):
            colour = self.colours.get(name, _CLASSES[place % len(_CLASSES)])
            for year, value in values.items():
                height = float(value) * scale
                filled[year] += height
                yield Box(
                    (year - first) * step + step * 0.1,
                    _BASE - filled[year],
                    step * 0.8,
                    height,
                    colour,
                    name in self.assumed,
                )


@dataclass(frozen=True)
class Parts:
    """One bar in parts: how many there are of each."""

    counts: Mapping[str, int]

    @property
    def boxes(self) -> Iterator[Box]:
        """The parts from left to right; a small one is still seen."""
        least = 4.0
        room, whole, x = WIDTH - least * len(self.counts), max(sum(self.counts.values()), 1), 0.0
        for colour, count in zip(_CLASSES, self.counts.values(), strict=False):
            width = least + room * count / whole
            yield Box(x, 24, width - 1, 32, colour)
            x += width


def happened(ask: Callable[[str], Iterable[Cells]]) -> Columns:
    """Return how many things of each kind are dated within one year; *ask* answers a named question."""
    kinds = {
        "agreements": ("agreements",),
        "aid and sales": ("aid-flows",),
        "training and exercises": ("training", "exercises"),
        "other events": ("events",),
    }
    return Columns({kind: _counted(row for name in names for row in ask(name)) for kind, names in kinds.items()})


def given(rows: Iterable[Cells]) -> Columns:
    """Return what the dated financial aid in US dollars comes to by year, just as the page on aid draws it."""
    columns = stacked(Aid(flows(rows, {})).drawn("financial aid", "USD"))
    found = dict[str, dict[int, Decimal]]()
    for part in _PARTS:
        for shared in (False, True):
            amounts = columns.get((part, shared), {})
            dated = {year: amount for year, amount in amounts.items() if amount and isinstance(year, int)}
            if dated:
                found[part + _SHARED * shared] = dated
    colours = {name: colour for part, colour in _PARTS.items() for name in (part, part + _SHARED)}
    return Columns(found, colours, frozenset(name for name in found if name.endswith(_SHARED)))


def resolved(citations: Iterable[Cells]) -> Parts:
    """Return how many of the citations printed in the article match an entry of its bibliography, and how."""
    found = Counter(row["resolution"] for row in citations)
    return Parts(dict(found.most_common()))


def _counted(found: Iterable[Cells]) -> dict[int, Decimal]:
    return {year: Decimal(count) for year, count in Counter(filter(None, map(_year, found))).items()}


def _year(row: Cells) -> int | None:
    """Return the year in which *row* lies whole, if it lies in one."""
    first, last = row["earliest"][:4], row["latest"][:4]
    return int(first) if first == last and first else None

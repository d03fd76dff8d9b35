"""The timeline: what five named questions date and leave undated, narrowed down, and as a script draws it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import abort

from aidtrace.dates import bounds
from aidtrace.errors import InputError, one_of
from aidtrace.folding import alphabetical
from aidtrace.project import Project
from aidtrace.web.answered import anchor, answered, answered_for_pages, page, values
from aidtrace.web.asked import Questions
from aidtrace.web.telling import Telling

ITEM_COLUMNS = ("thing", "label", "kind", "date", "earliest", "latest", "paragraph")
"""The columns of the timeline as a file."""

LANES = {
    "agreement": ("agreements", ("parties",)),
    "flow": ("aid-flows", ("donor", "recipient", "endUser")),
    "training": ("training", ("provider", "trainee")),
    "exercise": ("exercises", ("participants",)),
    "event": ("events", ("participants",)),
}
"""The lanes by kind: the question that fills each, and its columns that name actors."""

ON_TIMELINE = frozenset({"agreement", "instrument-set", "legal-act", "flow", "training", "exercise", "event"})
"""Things of the article that are called so, as in ``event/…``, stand in some lane, or among what has no date."""

_WAR = "war"
_BUSIEST = 3
_DIGITS = 4
_ROW, _AROUND = 15, 68
"""The pixels of a row, and those above and below all rows, as in ``web/src/timeline.js``."""

_SHOWN = 20
"""So much of what was typed stands in the form again where it is no year."""


@dataclass(frozen=True)
class Span:
    """One date as it is told of a thing: when it may have been, and when it certainly was (an open side is empty)."""

    told: str
    may: tuple[str, str]
    was: tuple[str, str] | None
    about: bool
    unsure: bool


@dataclass(frozen=True)
class Item:
    """A thing with its lane and its dates; rival dates are separate spans."""

    thing: str
    label: str
    kind: str
    sort: str
    date: str
    earliest: str
    latest: str
    actors: tuple[str, ...]
    paragraph: str
    told: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def page(self) -> str:
        """The path of the page about it."""
        return page(self.thing)

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return anchor(self.thing)


@dataclass(frozen=True)
class Chosen:
    """What a reader wants to see: kinds (none: all), years, and an actor."""

    kinds: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None
    actor: str = ""
    typed: tuple[str, str] = ("", "")
    """The years as they were typed, to stand in the form again."""

    wrong: str = ""
    """What is wrong with the years, if anything is."""

    @classmethod
    def read(cls, kinds: Sequence[str], first: str, last: str, actor: str) -> "Chosen":
        """Read what a form sends: 400 where no form can send it, and a word on years that make no sense."""
        for kind in kinds:
            if kind not in LANES:
                abort(400, f"kind is {kind!r}; expected {one_of(list(LANES))}")
        typed = (first[:_SHOWN], last[:_SHOWN])
        years = [int(text) if _is_year(text) else None for text in (first, last)]
        return cls(tuple(kinds), years[0], years[1], actor, typed, _wrong(first, last))

    @property
    def has_years(self) -> bool:
        """Whether years are chosen."""
        return self.first is not None or self.last is not None

    @property
    def query(self) -> str:
        """It as the query of an address."""
        years = [(name, str(year)) for name, year in (("from", self.first), ("to", self.last)) if year is not None]
        actors = [("actor", self.actor)] if self.actor else []
        return urlencode([*(("kind", kind) for kind in self.kinds), *years, *actors])

    def has(self, item: Item) -> bool:
        """Whether *item* may be what is wanted: years rule out only what is certainly outside them."""
        return (
            (not self.kinds or item.kind in self.kinds)
            and (not self.actor or self.actor in item.actors)
            and self.meets(item.earliest, item.latest)
        )

    def meets(self, earliest: str, latest: str) -> bool:
        """Whether what lies between two days, of which an open one is empty, may fall in the chosen years."""
        return (self.first is None or not latest or latest >= f"{self.first:04}-01-01") and (
            self.last is None or not earliest or earliest <= f"{self.last:04}-12-31"
        )


@dataclass(frozen=True)
class Timeline:
    """The things that are chosen, out of *all* of them, with the phases and wars that lie behind them."""

    all: Sequence[Item]
    bands: Sequence[Item]
    chosen: Chosen = field(default_factory=Chosen)

    @cached_property
    def items(self) -> list[Item]:
        """The things that are chosen, lane by lane."""
        return [item for item in self.all if self.chosen.has(item)]

    @cached_property
    def dated(self) -> list[Item]:
        """Those with a date, the earliest first; what has no beginning is sorted by its end."""
        found = [item for item in self.items if item.spans]
        return sorted(
            found, key=lambda item: (item.earliest or item.latest, item.latest or "~", alphabetical(item.label))
        )

    @cached_property
    def undated(self) -> list[Item]:
        """Those without a date, or with one that cannot be read."""
        return [item for item in self.items if not item.spans]

    @cached_property
    def counts(self) -> dict[str, tuple[int, int]]:
        """How many of each kind have a date, and how many have none."""
        dated, undated = (Counter(item.kind for item in items) for items in (self.dated, self.undated))
        return {kind: (dated[kind], undated[kind]) for kind in LANES if dated[kind] + undated[kind]}

    @cached_property
    def busiest(self) -> list[tuple[str, int]]:
        """The years in which most things certainly fall, with how many; of equal ones the earlier first."""
        years = Counter(
            item.earliest[:4] for item in self.dated if item.earliest and item.earliest[:4] == item.latest[:4]
        )
        return sorted(years.items(), key=lambda pair: (-pair[1], pair[0]))[:_BUSIEST]

    @property
    def first(self) -> Item | None:
        """The thing whose earliest day comes first."""
        return min((item for item in self.dated if item.earliest), key=lambda item: item.earliest, default=None)

    @property
    def last(self) -> Item | None:
        """The thing that begins last, as far as a beginning is told."""
        return max((item for item in self.dated if item.earliest), key=lambda item: item.earliest, default=None)

    @cached_property
    def actors(self) -> list[str]:
        """All actors that any of the things names."""
        return sorted({actor for item in self.all for actor in item.actors}, key=alphabetical)

    @property
    def drawn(self) -> dict[str, Any]:
        """The things with a date, the bands in the chosen years, and these years, as the script draws them."""
        bands = [band for band in self.bands if any(self.chosen.meets(*span.may) for span in band.spans)]
        years = [self.chosen.first, self.chosen.last]
        return {
            "items": [_drawn(item) for item in self.dated],
            "bands": [_drawn(band) for band in bands],
            "years": years,
        }

    @property
    def height(self) -> int:
        """About how many pixels the script will need: a row for each band, and for two things of a kind."""
        rows = [len(self.drawn["bands"]), *(dated / 2 for dated, _ in self.counts.values() if dated)]
        return round(sum(max(lane, 2) + 0.6 for lane in rows if lane) * _ROW) + _AROUND

    def address(self, form: str) -> str:
        """Return the address of the same in a *form*."""
        return "/timeline?" + "&".join(one for one in (self.chosen.query, f"format={form}") if one)

    @property
    def questions(self) -> list[str]:
        """The questions that it answers at once."""
        return [question for question, _ in LANES.values()]

    @property
    def cells(self) -> list[dict[str, str]]:
        """The rows of the file: what has a date first."""
        return [{column: getattr(item, column) for column in ITEM_COLUMNS} for item in (*self.dated, *self.undated)]


def read_timeline(project: Project, questions: Questions, telling: Telling, chosen: Chosen) -> Timeline:
    """Ask the five questions, and when the phases were."""
    items = [
        _item(row, kind, actors, telling)
        for kind, (question, actors) in LANES.items()
        for row in answered(project, questions, question)
    ]
    rows = answered_for_pages(project, questions, "phases")
    phases = [_item({**row, "earliest": "", "latest": ""}, "phase", (), telling) for row in rows]
    wars = [item for item in items if item.kind == "event" and _WAR in values(item.sort)]
    return Timeline(items, [item for item in (*phases, *wars) if item.spans], chosen)


def _item(row: Mapping[str, str], kind: str, actors: Sequence[str], telling: Telling) -> Item:
    thing = next(iter(row.values()))
    spans = tuple(span for one in values(row["date"]) if (span := _span(one, telling)))
    return Item(
        thing,
        row["label"],
        kind,
        row.get("kind", ""),
        row["date"],
        row["earliest"],
        row["latest"],
        tuple(dict.fromkeys(actor for column in actors for actor in values(row[column]))),
        row.get("paragraph", ""),
        tuple(telling.told(one) for one in values(row["date"])),
        spans,
    )


def _span(edtf: str, telling: Telling) -> Span | None:
    """Read a date; None where it is none, as another's data may have it."""
    try:
        found = bounds(edtf)
    except InputError:
        return None
    begin, end = found.latest_begin, found.earliest_end
    one_day = found.earliest_begin is not None and found.earliest_begin == found.latest_end
    lasts = one_day or ("/" in edtf and (begin is None or end is None or begin <= end))
    return Span(
        telling.told(edtf),
        (_day(found.earliest_begin), _day(found.latest_end)),
        (_day(begin), _day(end)) if lasts else None,
        any(mark in edtf for mark in "~%"),
        any(mark in edtf for mark in "?%"),
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _drawn(item: Item) -> dict[str, Any]:
    spans = [{"may": span.may, "was": span.was, "about": span.about, "unsure": span.unsure} for span in item.spans]
    return {
        "thing": item.thing,
        "label": item.label,
        "kind": item.kind,
        "page": item.page,
        "told": item.told,
        "spans": spans,
    }


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS and int(text) > 0


def _wrong(first: str, last: str) -> str:
    for name, text in (("from", first), ("to", last)):
        if text and not _is_year(text):
            return f"{name} is {text[:_SHOWN]!r}; expected a year such as 1992"
    if first and last and int(first) > int(last):
        return f"from is {first} and to is {last}; expected a year that is not before the other"
    return ""

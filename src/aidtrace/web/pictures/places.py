"""The page of the map: the places of the article, where they lie, and what happened there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, render_template, request

from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.web.asked import Questions, Row
from aidtrace.web.assets import Assets
from aidtrace.web.tables import csv_answer, json_answer, no_format
from aidtrace.web.telling import Telling

_FORMATS = ("csv", "geojson", "html")
_COLUMNS = (
    "place",
    "label",
    "kind",
    "longitude",
    "latitude",
    "pointFrom",
    "shownAt",
    "thing",
    "thingLabel",
    "thingKind",
    "status",
    "date",
    "earliest",
    "paragraph",
)
_CURATOR = "actor/curator"


@dataclass(frozen=True)
class Point:
    """Where a place lies, in degrees: who has it so, *by* their page if it is an agent, and what is to be known."""

    longitude: str
    latitude: str
    origin: str
    by: str
    note: str

    @property
    def by_hand(self) -> bool:
        """Whether the curator set it."""
        return self.by == _CURATOR


@dataclass(frozen=True)
class Happening:
    """What the article says happened, or was to happen, at a place."""

    page: str
    label: str
    kind: str
    status: str
    dates: str
    first: str
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class Place:
    """A place of the article; *within* is the page of the larger one in which the article says it lies."""

    page: str
    label: str
    kind: str
    names: Sequence[tuple[str, str]]
    within: str
    point: Point | None
    happenings: list[Happening] = field(default_factory=list)


class Places:
    """The places of the article by their pages, in the order of their labels."""

    def __init__(self, rows: Iterable[Row]) -> None:
        found = dict[str, Place]()
        for row in rows:
            page = _page(row, "place")
            place = found.setdefault(page, _place(row))
            if "thing" in row and all(one.page != _page(row, "thing") for one in place.happenings):
                place.happenings.append(_happening(row))
        self._found = dict(sorted(found.items(), key=lambda item: alphabetical(item[1].label)))

    def __iter__(self) -> Any:
        return iter(self._found.values())

    def shown_at(self, place: Place) -> Place | None:
        """Return *place* if it has a point, else the nearest place around it that has one."""
        seen = set[str]()
        while place.point is None:
            seen.add(place.page)
            if place.within not in self._found or place.within in seen:
                return None
            place = self._found[place.within]
        return place

    def together(self, shown: Place) -> list[Place]:
        """Return *shown* and the places without a point that are shown there."""
        return [one for one in self if self.shown_at(one) is shown]

    @property
    def drawn(self) -> list[Place]:
        """The places that have a point."""
        return [one for one in self if one.point]

    @property
    def lodged(self) -> list[Place]:
        """The places that are shown at another one around them."""
        return [one for one in self if not one.point and self.shown_at(one)]

    @property
    def unplaced(self) -> list[Place]:
        """The places that are not in the picture."""
        return [one for one in self if not self.shown_at(one)]

    def happenings(self, shown: Place) -> list[Happening]:
        """Return what happened at *shown* and at the places that are shown there, each once."""
        return list({one.page: one for place in self.together(shown) for one in place.happenings}.values())


def places(assets: Assets, questions: Questions, say: Callable[[str], str]) -> Blueprint:
    """Build the page over what *questions* answer; *assets* has the outlines, *say* translates."""
    blueprint, tell = Blueprint("places", __name__), Telling(say).told

    @blueprint.get("/map")
    def page() -> str | Response:
        found, form = Places(questions.rows("places")), request.args.get("format", "html")
        if form == "csv":
            return csv_answer("places", _COLUMNS, _cells(found))
        if form == "geojson":
            return json_answer(_features(found), "application/geo+json")
        if form != "html":
            no_format(form, _FORMATS)
        busiest = sorted(found.drawn, key=lambda one: -len(found.happenings(one)))
        return render_template(
            "map.html",
            places=found,
            drawn=busiest,
            happenings={one.page: found.happenings(one) for one in busiest},
            tell=tell,
            outlines=assets.address("built/outlines.json"),
        )

    return blueprint


def _cells(found: Places) -> Iterable[Sequence[str]]:
    for place in found:
        shown, point = found.shown_at(place), place.point
        where = (point.longitude, point.latitude, point.origin) if point else ("", "", "")
        at = ID.iri + shown.page if shown and shown is not place else ""
        own = (ID.iri + place.page, place.label, place.kind, *where, at)
        for one in place.happenings or [None]:
            told = (ID.iri + one.page, one.label, one.kind, one.status, one.dates, one.first) if one else ("",) * 6
            yield (*own, *told, " | ".join(one.paragraphs) if one else "")


def _features(found: Places) -> Mapping[str, Any]:
    """Return the places as GeoJSON (RFC 7946); those without a point have no geometry."""
    return {"type": "FeatureCollection", "features": [_feature(one) for one in found]}


def _feature(place: Place) -> Mapping[str, Any]:
    point = place.point
    where = {"type": "Point", "coordinates": [float(point.longitude), float(point.latitude)]} if point else None
    things = [
        {"thing": ID.iri + one.page, "label": one.label, "kind": one.kind, "status": one.status, "date": one.dates}
        for one in place.happenings
    ]
    told = {"label": place.label, "kind": place.kind, "names": [name for name, _ in place.names], "things": things}
    if point:
        told |= {"pointFrom": point.origin, "note": point.note}
    return {"type": "Feature", "id": ID.iri + place.page, "geometry": where, "properties": told}


def _place(row: Row) -> Place:
    names = [one.rpartition("@") for one in _text(row, "names").split(" | ") if one]
    return Place(
        _page(row, "place"),
        _text(row, "placeLabel"),
        _text(row, "kindLabel"),
        [(name, language) for name, _, language in names],
        _page(row, "within"),
        _point(row),
    )


def _point(row: Row) -> Point | None:
    if "wkt" not in row:
        return None
    longitude, _, latitude = _text(row, "wkt").removeprefix("POINT(").removesuffix(")").partition(" ")
    return Point(longitude, latitude, _text(row, "origin"), _page(row, "by"), _text(row, "note"))


def _happening(row: Row) -> Happening:
    label, kind, status = (_text(row, name) for name in ("thingLabel", "typeLabel", "statusLabel"))
    paragraphs = [one for one in _text(row, "paragraphs").split(" | ") if one]
    return Happening(_page(row, "thing"), label, kind, status, _text(row, "dates"), _text(row, "first"), paragraphs)


def _page(row: Row, column: str) -> str:
    return _text(row, column).removeprefix(ID.iri)


def _text(row: Row, column: str) -> str:
    return row[column]["value"] if column in row else ""

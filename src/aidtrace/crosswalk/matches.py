"""What other schemes call a thing, how exactly they mean it, when, and where that was seen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from aidtrace.dates import bounds
from aidtrace.errors import InputError, one_of, unknown_name
from aidtrace.files import read_text
from aidtrace.namespaces import AT, ID, SKOS, K, short
from aidtrace.project import Project

Row = Mapping[str, str]
"""A row of one of the queries in ``queries/crosswalk/``: texts by column, those that are bound."""

COLUMNS = ("scheme", "value", "match", "thing", "label", "via", "validFrom", "validTo", "release", "evidence")
_IDENTIFIES = AT("identifies").value
EXACT = "exactMatch"


@dataclass(frozen=True)
class Match:
    """An identifier and one of our things: *match* is a SKOS mapping property, *via* how a thing beside it is tied."""

    identifier: str
    name: str
    scheme: str
    scheme_label: str
    value: str
    match: str
    thing: str
    label: str
    valid_from: str = ""
    valid_to: str = ""
    release: str = ""
    evidence: str = ""
    sources: tuple[str, ...] = ()
    via: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table shows of it, by `COLUMNS`."""
        where = self.evidence or ", ".join(self.sources)
        about = (self.scheme, self.value, self.match, self.thing, self.label, self.via)
        return (*about, self.valid_from, self.valid_to, self.release, where)

    def holds_on(self, day: date) -> bool:
        """Whether the identifier may hold on *day*: it is not certain that it began later or ended before."""
        begun = bounds(self.valid_from).earliest_begin if self.valid_from else None
        ended = bounds(self.valid_to).latest_end if self.valid_to else None
        return not ((begun and begun > day) or (ended and ended < day))


@dataclass(frozen=True)
class Crosswalk:
    """Every match, and which government is that of which state."""

    matches: tuple[Match, ...]
    ties: tuple[tuple[str, str], ...]

    def of(self, start: str, on: str | None = None) -> list[Match]:
        """Return all that schemes call what *start* names, and the state or government that goes with it.

        *start* is ``SCHEME:VALUE``, such as ``cow:640``, or a thing, such as ``actor/norland``. With *on*, a date in
        EDTF, identifiers that certainly do not hold on any day of it are left out. UnknownNameError, InputError.
        """
        things = self._things(start)
        found = [one for one in self.matches if one.thing in things]
        beside = [pair for thing in things for pair in self._beside(thing)]
        found += [replace(one, via=tie) for other, tie in beside for one in self.matches if one.thing == other]
        return found if on is None else [one for one in found if _holds(one, on)]

    def on(self, on: str | None = None) -> list[Match]:
        """Return every match; with *on*, those that may hold on that date."""
        return [one for one in self.matches if on is None or _holds(one, on)]

    @property
    def schemes(self) -> list[str]:
        """The schemes that have an identifier here."""
        return sorted({one.scheme for one in self.matches})

    def _things(self, start: str) -> list[str]:
        scheme, colon, value = start.partition(":")
        if colon:
            schemes = {one.scheme for one in self.matches} | {one.scheme_label.casefold() for one in self.matches}
            if scheme.casefold() not in schemes:
                raise unknown_name("scheme", scheme, {one.scheme for one in self.matches})
            mine = [one for one in self.matches if scheme.casefold() in (one.scheme, one.scheme_label.casefold())]
            found = [one.thing for one in mine if one.value.casefold() == value.casefold()]
            if not found:
                raise InputError(
                    f"{start}: {scheme} has no {value!r} here; expected {one_of([m.value for m in mine], value)}"
                )
            return list(dict.fromkeys(found))
        known = {one.thing for one in self.matches} | {end for tie in self.ties for end in tie}
        if start not in known:
            raise unknown_name("thing", start, known)
        return [start]

    def _beside(self, thing: str) -> Iterator[tuple[str, str]]:
        for government, state in self.ties:
            if thing == government:
                yield state, "its state"
            elif thing == state:
                yield government, "its government"


def queries(project: Project) -> dict[str, str]:
    """Return the queries that the crosswalk is read with, ``matches`` and ``ties``."""
    folder = project.root / "queries" / "crosswalk"
    return {name: read_text(folder / f"{name}.rq", "a query of the crosswalk") for name in ("matches", "ties")}


def crosswalk(matches: Iterable[Row], ties: Iterable[Row]) -> Crosswalk:
    """Build the crosswalk from the rows of its two queries."""
    found: dict[tuple[str, str, str], Match] = {}
    for row in matches:
        key = (row["identifier"], row["property"], row["thing"])
        known = found.get(key)
        sources = (*(known.sources if known else ()), *([row["source"]] if "source" in row else []))
        found[key] = replace(known, sources=sources) if known else _match(row, sources)
    pairs = tuple((short(row["government"]), short(row["state"])) for row in ties)
    return Crosswalk(tuple(found.values()), pairs)


def _match(row: Row, sources: tuple[str, ...]) -> Match:
    named = row["property"]
    return Match(
        identifier=short(row["identifier"]),
        name=row.get("name") or f"{row['schemeLabel']} {row['value']}",
        scheme=row["scheme"].removeprefix(K.iri),
        scheme_label=row["schemeLabel"],
        value=row["value"],
        match=EXACT if named == _IDENTIFIES else named.removeprefix(SKOS.iri),
        thing=row["thing"].removeprefix(ID.iri),
        label=row.get("label", ""),
        valid_from=row.get("validFrom", ""),
        valid_to=row.get("validTo", ""),
        release=row.get("release", ""),
        evidence=row.get("evidence", ""),
        sources=sources,
    )


def _holds(one: Match, on: str) -> bool:
    found = bounds(on)
    days = [day for day in (found.earliest_begin, found.latest_end) if day]
    return any(one.holds_on(day) for day in days)

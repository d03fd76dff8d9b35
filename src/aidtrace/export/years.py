"""Dyad-years and actor-years: what the article tells of a year, with the numbers that other data sets give to states.

A row stands for a year of a pair of states, in this order, or of one state. A thing counts in a year in which it
certainly took place, or was under way; one that may have been in that year, or in another, has a column of its own.
Sums take a thing only where it lies whole in the year, so that none is summed twice. An end that is open is possible
up to the year in which the article was accepted. What is counted is data: a query each in ``queries/tables/``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from itertools import product
from pathlib import Path

from pyoxigraph import Store

from aidtrace.crosswalk import Crosswalk, crosswalk, queries
from aidtrace.dates import Bounds
from aidtrace.errors import InputError, one_of, unknown_name
from aidtrace.export.sheets import Cells, Column, Sheet, counted
from aidtrace.files import read_rows, read_text
from aidtrace.namespaces import ID, short
from aidtrace.project import Project
from aidtrace.queries import Table, run

_HEADER = re.compile(r"^# (count|number|amount|words): (\w+)\. (.+)$", re.MULTILINE)
_KINDS = {"count": "integer", "number": "integer", "amount": "decimal", "words": "text"}
_BOUNDS = ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")
_POSSIBLE = "Possible"
_MATCHES = ("exactMatch", "narrowMatch")
"""How an identifier may lie to a state; of one that stands for more than one state, there is one row."""


@dataclass(frozen=True)
class Measure:
    """A query of ``queries/tables/``: what it counts and sums, each with its definition."""

    path: Path

    @cached_property
    def sparql(self) -> str:
        """The whole file."""
        return read_text(self.path, "a SPARQL query")

    @cached_property
    def columns(self) -> list[tuple[str, str, str]]:
        """How each column is made, its name and its definition."""
        return [(found[1], found[2], found[3]) for found in _HEADER.finditer(self.sparql)]


@dataclass(frozen=True)
class Fact:
    """A thing that a measure counts, between *states*: when it was, and its values by column."""

    thing: str
    states: tuple[str, ...]
    when: Bounds
    values: Mapping[str, frozenset[str]]

    def is_in(self, year: int) -> bool:
        """Whether it certainly took place, or was under way, on some day of *year*."""
        begin = self.when.latest_begin or self.when.latest_end
        end = self.when.earliest_end or self.when.earliest_begin
        return bool(begin and end and begin.year <= year <= end.year)

    def may_be_in(self, year: int) -> bool:
        """Whether it may have been in *year*: neither bound excludes that."""
        begin, end = self.when.earliest_begin, self.when.latest_end
        return self.when.known and (not begin or begin.year <= year) and (not end or year <= end.year)

    def lies_in(self, year: int) -> bool:
        """Whether all of it lies in *year*."""
        begin, end = self.when.earliest_begin, self.when.latest_end
        return bool(begin and end and begin.year == year == end.year)


@dataclass
class _Row:
    """What is known of one row: labels by place, and the facts by measure."""

    labels: list[set[str]]
    certain: dict[Path, dict[str, Fact]] = field(default_factory=lambda: defaultdict(dict))
    possible: dict[Path, dict[str, Fact]] = field(default_factory=lambda: defaultdict(dict))


@dataclass(frozen=True)
class YearTable:
    """A table of years, and what a reader has to know of what stands in none of its rows."""

    sheet: Sheet
    notes: tuple[str, ...]


def tables(project: Project) -> list[str]:
    """Return the names of the tables of years."""
    return sorted(path.name for path in _folder(project).iterdir() if path.is_dir())


def schemes(project: Project) -> dict[str, str]:
    """Return the schemes whose numbers a table of years can have, each with the name of its column."""
    return {row["scheme"]: row["column"] for row in read_rows(_folder(project) / "schemes.csv", ("scheme", "column"))}


def year_table(project: Project, store: Store, name: str, scheme: str) -> YearTable:
    """Build the table *name* with the numbers of *scheme*; UnknownNameError where there is none of that name."""
    if name not in tables(project):
        raise unknown_name("table", name, tables(project))
    known = schemes(project)
    if scheme not in known:
        raise unknown_name("scheme of states", scheme, known)
    measures = [Measure(path) for path in sorted((_folder(project) / name).glob("*.rq"))]
    facts = {measure.path: _facts(store, measure) for measure in measures}
    walk = _walk(project, store)
    last = int(run(store, read_text(_folder(project) / "last-year.rq", "a SPARQL query"), where="last-year").rows[0][0])
    rows, uncoded = _rows(facts, walk, scheme, last)
    columns = _columns(project, name, known[scheme], measures)
    cells = [_cells(measures, key, row) for key, row in sorted(rows.items())]
    about = next(row["about"] for row in _tables(project) if row["table"] == name)
    return YearTable(counted(name, about, columns, lambda: iter(cells)), tuple(_notes(facts, uncoded)))


def _folder(project: Project) -> Path:
    return project.root / "queries" / "tables"


def _tables(project: Project) -> list[dict[str, str]]:
    return read_rows(_folder(project) / "tables.csv", ("table", "about"))


def _walk(project: Project, store: Store) -> Crosswalk:
    asked = queries(project)
    matches, ties = (_rows_of(run(store, asked[name], where=name)) for name in ("matches", "ties"))
    return crosswalk(matches, ties)


def _rows_of(table: Table) -> list[dict[str, str]]:
    """Return the rows of *table* by column, those cells that are bound."""
    rows = (zip(table.columns, row, strict=True) for row in table.rows)
    return [{name: cell for name, cell in row if cell} for row in rows]


def _facts(store: Store, measure: Measure) -> list[Fact]:
    """Return what *measure* finds; a thing with rival values has all of them."""
    found: dict[tuple[str, tuple[str, ...]], Fact] = {}
    for row in _rows_of(run(store, measure.sparql, where=measure.path.name)):
        states = tuple(row[name].removeprefix(ID.iri) for name in ("state", "state1", "state2") if name in row)
        known = found.get((row["thing"], states))
        before = known.values if known else {}
        here = {name: frozenset([row[name]]) if name in row else frozenset[str]() for _, name, _ in measure.columns}
        values = {name: value | before.get(name, frozenset()) for name, value in here.items()}
        days = (date.fromisoformat(row[name]) if name in row else None for name in _BOUNDS)
        found[row["thing"], states] = Fact(row["thing"], states, Bounds(*days), values)
    return list(found.values())


def _rows(
    facts: Mapping[Path, Sequence[Fact]], walk: Crosswalk, scheme: str, last: int
) -> tuple[dict[tuple[int, ...], _Row], set[tuple[str, str]]]:
    """Return the rows by numbers and year, and which things are in none, each with the state that has no number."""
    every = [fact for found in facts.values() for fact in found]
    days = [day for fact in every for day in (fact.when.earliest_begin, fact.when.latest_end) if day]
    first = min((day.year for day in days), default=last)
    rows: dict[tuple[int, ...], _Row] = {}
    uncoded: set[tuple[str, str]] = set()

    @cache
    def coded(state: str, year: int) -> tuple[int, str] | None:
        return _number(walk, scheme, state, year)

    told = ((measure, fact) for measure, found in facts.items() for fact in found)
    for (measure, fact), year in product(told, range(first, last + 1)):
        if not fact.may_be_in(year):
            continue
        numbers = [coded(state, year) for state in fact.states]
        lacking = zip(fact.states, numbers, strict=True)
        uncoded |= {(fact.thing, f"{state} in {year}") for state, one in lacking if not one}
        known = [one for one in numbers if one]
        key = tuple(number for number, _ in known)
        if len(known) < len(numbers) or len(set(key)) < len(key):
            continue
        row = rows.setdefault((*key, year), _Row([set() for _ in key]))
        for place, (_, label) in enumerate(known):
            row.labels[place].add(label)
        (row.certain if fact.is_in(year) else row.possible)[measure][fact.thing] = fact
    return rows, uncoded


def _number(walk: Crosswalk, scheme: str, state: str, year: int) -> tuple[int, str] | None:
    """Return the number and the label of *state*: the number at the end of *year*, else one on a day of it."""
    for day in (f"{year}-12-31", str(year)):
        found = [one for one in walk.on(day) if one.scheme == scheme and one.thing == state and one.match in _MATCHES]
        if len({one.value for one in found}) > 1:
            raise InputError(
                f"{state}: {scheme} has {one_of(sorted(one.value for one in found))} on {day}; expected one number"
            )
        if found:
            return int(found[0].value), found[0].label
    return None


def _columns(project: Project, name: str, code: str, measures: Iterable[Measure]) -> Iterator[Column]:
    """Yield the columns: numbers and year, so that the table joins, then labels, measures, and what is counted."""
    told = {row["column"]: row for row in read_rows(_folder(project) / "columns.csv", ("column", "kind", "definition"))}
    places = ("1", "2") if name.startswith("dyad") else ("",)

    def made(column: str, shown: str) -> Column:
        return Column(shown, told[column]["kind"], definition=told[column]["definition"].format(scheme=code))

    yield from (made("code" + place, code + place) for place in places)
    yield made("year", "year")
    yield from (made("state" + place, "state" + place) for place in places)
    for measure in measures:
        for how, column, definition in measure.columns:
            yield Column(column, _KINDS[how], definition=definition)
            if how == "count":
                yield Column(column + _POSSIBLE, "integer", definition=told[_POSSIBLE]["definition"].format(of=column))
    yield made("things", "things")
    yield made("possibleThings", "possibleThings")


def _cells(measures: Iterable[Measure], key: tuple[int, ...], row: _Row) -> Cells:
    year = key[-1]
    cells = [(str(number),) for number in key] + [tuple(sorted(labels)) for labels in row.labels]
    for measure in measures:
        certain, possible = row.certain[measure.path], row.possible[measure.path]
        for how, column, _ in measure.columns:
            if how == "count":
                cells += [(str(len(certain)),), (str(len(possible)),)]
            elif how == "words":
                cells.append(tuple(sorted({one for fact in certain.values() for one in fact.values[column]})))
            else:
                cells.append(_sum([fact.values[column] for fact in certain.values() if fact.lies_in(year)]))
    for side in (row.certain, row.possible):
        cells.append(tuple(sorted({short(thing) for found in side.values() for thing in found})))
    return tuple(cells)


def _sum(values: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """Add up what has one value; rival values are not settled here, and nothing to add is no zero."""
    numbers = [Decimal(next(iter(one))) for one in values if len(one) == 1]
    return (format(sum(numbers), "f"),) if numbers else ()


def _notes(facts: Mapping[Path, Sequence[Fact]], uncoded: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield what stands in no row, or in no sum, and why."""
    for path, found in facts.items():
        if undated := sorted({short(fact.thing) for fact in found if not fact.when.known}):
            yield f"{path.stem}: without a year, and so in no row: {', '.join(undated)}"
        sums = [name for how, name, _ in Measure(path).columns if how in ("number", "amount")]
        if rival := sorted({short(fact.thing) for fact in found for name in sums if len(fact.values[name]) > 1}):
            yield f"{path.stem}: with rival values, and so in no sum: {', '.join(rival)}"
    for thing, state in sorted(uncoded):
        yield f"{short(thing)}: in no row for {state}, which has no number then"

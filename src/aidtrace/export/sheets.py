"""A table for people who do not speak RDF: its columns with their meaning, and its rows, which may be many."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TextIO

SEPARATOR = " | "
Values = tuple[str, ...]
"""What a cell holds, in order; nothing where it is empty."""

Cells = tuple[Values, ...]
Rows = Callable[[], Iterator[Cells]]
"""Yields the rows anew each time it is called, so that none need be held."""

KINDS = ("text", "IRI", "EDTF", "date", "integer", "decimal", "boolean")


@dataclass(frozen=True)
class Column:
    """A column: one of `KINDS`, what it means, which words it may hold, and how many rows fill it.

    Where *several*, some cell of it holds more than one value. *scale* is how many digits follow the point at most.
    """

    name: str
    kind: str = "text"
    label: str = ""
    definition: str = ""
    example: str = ""
    scope_note: str = ""
    property: str = ""
    range: str = ""
    unit: str = ""
    words: Values = ()
    several: bool = False
    filled: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table: its name, what a row of it is, and its columns and rows."""

    name: str
    about: str
    columns: tuple[Column, ...]
    count: int
    rows: Rows


def counted(name: str, about: str, columns: Iterable[Column], rows: Rows) -> Sheet:
    """Build a sheet after one look at its rows: how many there are, which columns they fill, how often and how."""
    found, count = list(columns), 0
    filled, several, scales = [0] * len(found), [False] * len(found), [0] * len(found)
    for row in rows():
        count += 1
        for place, cell in enumerate(row):
            filled[place] += bool(cell)
            several[place] |= len(cell) > 1
            if found[place].kind == "decimal":
                scales[place] = max(scales[place], *(len(value.partition(".")[2]) for value in cell), 0)
    looked_at = zip(found, filled, several, scales, strict=True)
    told = tuple(replace(one, filled=often, several=many, scale=scale) for one, often, many, scale in looked_at)
    return Sheet(name, about, told, count, rows)


def write_csv(sheet: Sheet, file: TextIO, separator: str = SEPARATOR) -> None:
    """Write *sheet* with the values of a cell joined by *separator*."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in sheet.columns])
    writer.writerows([separator.join(cell) for cell in row] for row in sheet.rows())


def csv_text(sheet: Sheet) -> str:
    """Return *sheet* as CSV."""
    out = io.StringIO()
    write_csv(sheet, out)
    return out.getvalue()

"""The tables as one SQLite file, which Datasette and any other reader of SQLite opens.

Each kind of thing is a table. Beside them ``things`` lists every thing once, and ``links`` has a row for each thing
that another names, by the column that does: so a cell with several values can be joined too. ``columns`` is the code
book.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from aidtrace.export.sheets import SEPARATOR, Column, Sheet, Values

THINGS, LINKS, COLUMNS = "things", "links", "columns"
ABOUT = {
    THINGS: "Every thing once, with the table that tells of it.",
    LINKS: "Which thing names which other: a row for each, several values of a cell apart.",
    COLUMNS: "The code book: what each column of each table means.",
}
OF_OWN: Mapping[str, Mapping[str, str]] = {
    THINGS: {"id": "The name of the thing.", "label": "What it is called.", "inTable": "The table with its row."},
    LINKS: {
        "thing": "The thing that names another.",
        "inColumn": "The column of its table in which it does.",
        "other": "The thing that is named.",
    },
    COLUMNS: {
        "inTable": "The table.",
        "name": "The column.",
        "kind": "What its cells hold: text, IRI, EDTF (a date as exact as the source is), date, integer and so on.",
        "several": "1 where a cell may hold several values, which then have ' | ' between them.",
        "meaning": "What the column means, as the ontology defines it.",
        "unit": "The unit of its numbers.",
        "note": "What else to know of it.",
        "example": "An example.",
        "words": "The words that it may hold, where the list is closed.",
        "property": "The property that it is made from.",
    },
}
"""What the columns mean of the tables that are made here; the ontology tells of all others."""

_TYPES = {"integer": "INTEGER", "decimal": "NUMERIC", "boolean": "INTEGER"}
_READ = {"true": "1", "false": "0"}


def table_name(sheet: Sheet) -> str:
    """Return the name of the table of *sheet*, which SQL need not quote.

    >>> table_name(Sheet("aid-flows", "", (), 0, lambda: iter(())))
    'aid_flows'
    """
    return sheet.name.replace("-", "_")


def write_database(sheets: Sequence[Sheet], path: Path) -> None:
    """Write *sheets* to the new file *path*; the same sheets give the same bytes."""
    things = _things(sheets)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA page_size = 4096")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("BEGIN")
        _own(database, things)
        for sheet in sheets:
            _fill(database, sheet, things)
        _index(database)
        database.execute("COMMIT")


def _things(sheets: Sequence[Sheet]) -> dict[str, tuple[str, str]]:
    """Return the label and the table of each thing; one that two tables tell of is in the first."""
    found: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        names = [column.name for column in sheet.columns]
        label = names.index("label") if "label" in names else 0
        for row in sheet.rows():
            found.setdefault(row[0][0], (SEPARATOR.join(row[label]) or row[0][0], table_name(sheet)))
    return found


def _own(database: sqlite3.Connection, things: Mapping[str, tuple[str, str]]) -> None:
    database.execute(f"CREATE TABLE {THINGS} (id TEXT PRIMARY KEY, label TEXT NOT NULL, inTable TEXT NOT NULL)")
    rows = ((thing, *told) for thing, told in things.items())
    database.executemany(f"INSERT INTO {THINGS} VALUES (?, ?, ?)", rows)  # noqa: S608 - a name of ours
    to = f"TEXT NOT NULL REFERENCES {THINGS} (id)"
    database.execute(f"CREATE TABLE {LINKS} (thing {to}, inColumn TEXT NOT NULL, other {to})")
    told = ", ".join(f"{_quoted(name)} TEXT" for name in OF_OWN[COLUMNS])
    database.execute(f"CREATE TABLE {COLUMNS} ({told}, PRIMARY KEY (inTable, name))")


def _fill(database: sqlite3.Connection, sheet: Sheet, things: Mapping[str, object]) -> None:
    """Make the table of *sheet*, with a foreign key from each column that holds one thing of ours, and its links."""
    table, columns = table_name(sheet), _unlike(sheet.columns)
    keys = _keys(sheet, things)
    told = ", ".join(_declared(name, column, to=column in keys) for name, column in columns)
    database.execute(f"CREATE TABLE {_quoted(table)} ({told})")
    holes = ", ".join("?" * len(columns))
    cells = ([_cell(column, cell) for column, cell in zip(sheet.columns, row, strict=True)] for row in sheet.rows())
    database.executemany(f"INSERT INTO {_quoted(table)} VALUES ({holes})", cells)  # noqa: S608 - it is quoted
    database.executemany(f"INSERT INTO {LINKS} VALUES (?, ?, ?)", _links(sheet, things))  # noqa: S608 - as above
    book = ((table, name, *_meaning(column)) for name, column in columns)
    holes = ", ".join("?" * len(OF_OWN[COLUMNS]))
    database.executemany(f"INSERT INTO {COLUMNS} VALUES ({holes})", book)  # noqa: S608 - as above


def _index(database: sqlite3.Connection) -> None:
    for column in ("thing", "other"):
        database.execute(f"CREATE INDEX {LINKS}_{column} ON {LINKS} ({column})")


def _unlike(columns: Sequence[Column]) -> list[tuple[str, Column]]:
    """Return *columns* with names that differ in more than case, which SQL does not heed."""
    found: dict[str, tuple[str, Column]] = {}
    for column in columns:
        name, number = column.name, 2
        while name.lower() in found:
            name, number = f"{column.name}_{number}", number + 1
        found[name.lower()] = (name, column)
    return list(found.values())


def _keys(sheet: Sheet, things: Mapping[str, object]) -> set[Column]:
    """Return the columns that hold one thing at most, and always one that has a row in `THINGS`."""
    left = {place for place, one in enumerate(sheet.columns) if one.kind == "IRI" and not one.several}
    for row in sheet.rows():
        left -= {place for place in left if row[place] and row[place][0] not in things}
    return {sheet.columns[place] for place in left}


def _declared(name: str, column: Column, *, to: bool) -> str:
    kind = "TEXT" if column.several else _TYPES.get(column.kind, "TEXT")
    key = " PRIMARY KEY" if name == "id" else ""
    return f"{_quoted(name)} {kind}{key}{f' REFERENCES {THINGS} (id)' if to else ''}"


def _cell(column: Column, cell: Values) -> str | None:
    if not cell:
        return None
    if column.kind == "boolean" and not column.several:
        return _READ[cell[0]]
    return SEPARATOR.join(cell)


def _links(sheet: Sheet, things: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    named = [(place, column.name) for place, column in enumerate(sheet.columns) if place and column.kind == "IRI"]
    for row in sheet.rows():
        for place, name in named:
            yield from ((row[0][0], name, other) for other in row[place] if other in things)


def _meaning(column: Column) -> tuple[Any, ...]:
    words = SEPARATOR.join(column.words)
    told = (
        column.kind,
        str(int(column.several)),
        column.definition,
        column.unit,
        column.scope_note,
        column.example,
        words,
    )
    return (*told, column.property)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

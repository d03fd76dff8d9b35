"""The index of SQLite (FTS5) beside a store: where it lies, and how it is built."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from aidtrace.errors import MachineError
from aidtrace.files import alone
from aidtrace.revisions import number
from aidtrace.searching.spelling import folds
from aidtrace.searching.texts import GATHERED, NAME, Row, own_graphs, rows_of, told_of
from aidtrace.store import open_built

_ABOUT_FACTS = frozenset(
    (
        *(
            "assessment",
            "attestation",
            "causal-link",
            "citation",
            "claim",
            "coding",
            "comparison",
            "computed",
            "concept",
        ),
        *("concept", "data-set-release", "discrepancy", "evidence-line", "factor", "geometry", "identifier"),
        *("limitation", "passage", "reason", "section", "test", "trace", "trace-finding", "trace-run"),
    )
)
"""The kinds of what is said about facts, as names begin with them; it is found after the facts."""


def place(folder: Path) -> Path:
    """Return where the index of the store in *folder* lies."""
    of_store = folder.parent.name == "revisions"
    return (folder.parent.parent if of_store else folder.parent) / "search" / f"{folder.name}.sqlite"


def build(folder: Path, *, union: bool) -> Path:
    """Build the index of the store in *folder*, where it has none, and return where it lies.

    It is there whole or not at all; that of the revision before is kept, which a server may still read, and those of
    others are deleted. *union* says that the default graph is the
    union of the others. MachineError where it cannot be written.
    """
    target = place(folder)
    with alone(target.parent):
        for lost in target.parent.glob("*.half"):
            lost.unlink()
        if not target.exists():
            half = target.with_suffix(".half")
            try:
                with closing(sqlite3.connect(half)) as database:
                    store = open_built(folder)
                    graphs = own_graphs(store, union=union)
                    fill(database, sorted(rows_of(store, graphs), key=order), told_of(store, graphs))
            except (OSError, sqlite3.Error) as error:
                raise MachineError(f"{target}: {error}; expected room for the index that is searched") from error
            half.rename(target)
        if folder.parent.name == "revisions":
            others = [path for path in target.parent.glob("*.sqlite") if path != target]
            for path in sorted(others, key=lambda one: number(one.stem))[:-1]:
                path.unlink()
    return target


def order(row: Row) -> tuple[int, bool, int, Row]:
    """Return what rows are sorted by: they are found in this order."""
    return row.kind, row.thing.partition("/")[0] in _ABOUT_FACTS, len(row.shown), row


def fill(database: sqlite3.Connection, rows: Iterable[Row], told: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Write *rows*, in their order, into an empty database, and the kinds and dates that are *told* of things."""
    database.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE labels (thing TEXT PRIMARY KEY, label TEXT) "
        "WITHOUT ROWID; CREATE TABLE told (thing TEXT PRIMARY KEY, kind TEXT, date TEXT) WITHOUT ROWID; "
        "CREATE VIRTUAL TABLE rows USING fts5(folded, thing UNINDEXED, kind UNINDEXED, shown UNINDEXED, "
        "prefix = '1 2 3 4 5', tokenize = 'ascii')"
    )
    for row in rows:
        folded = " ".join(sorted(folds(row.shown)))
        shown = "" if row.kind == GATHERED else row.shown
        database.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", [folded, row.thing, row.kind, shown])
        if row.kind == NAME:
            verb = "REPLACE" if row.main else "IGNORE"
            database.execute(f"INSERT OR {verb} INTO labels VALUES (?, ?)", [row.thing, row.shown])  # noqa: S608
    database.executemany("INSERT INTO told VALUES (?, ?, ?)", [(thing, *both) for thing, both in (told or {}).items()])
    database.execute("INSERT INTO rows(rows) VALUES ('optimize')")
    database.commit()

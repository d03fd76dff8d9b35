"""Search in names, identifiers and texts, folded (`aidtrace.folding`), in an index of SQLite (FTS5) beside a store.

The rows lie in the order in which they are found: names first, then identifiers, then texts, each the shortest first.
A search therefore ends with the first rows that match, however many there are.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from aidtrace.errors import MachineError
from aidtrace.files import alone
from aidtrace.folding import readings
from aidtrace.namespaces import AT, DATA_SET, ID, RDF, RDFS, SKOS, XSD
from aidtrace.store import open_built

NAME, IDENTIFIER, TEXT = 0, 1, 2
_NAMES = (RDFS("label"), SKOS("prefLabel"), SKOS("altLabel"))
_TEXTS = (XSD("string"), RDF("langString"))
_LOOKED_AT = 500
"""So many rows are looked at for one page: a thing may be found by several."""


class Found(NamedTuple):
    """A thing that was found: its name, what it is called, and the text that matched, where that is another."""

    thing: str
    label: str
    matched: str


class Row(NamedTuple):
    """A text of a thing; *main* says that the thing is shown by it."""

    kind: int
    thing: str
    shown: str
    main: bool = False


def place(folder: Path) -> Path:
    """Return where the index of the store in *folder* lies."""
    of_store = folder.parent.name == "revisions"
    return (folder.parent.parent if of_store else folder.parent) / "search" / f"{folder.name}.sqlite"


def build(folder: Path, *, union: bool) -> Path:
    """Build the index of the store in *folder*, where it has none, and return where it lies.

    It is there whole or not at all; those of other revisions are deleted. *union* says that the default graph is the
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
                    fill(database, sorted(_rows(open_built(folder), union=union), key=order))
            except (OSError, sqlite3.Error) as error:
                raise MachineError(f"{target}: {error}; expected room for the index that is searched") from error
            half.rename(target)
        if folder.parent.name == "revisions":
            for path in target.parent.glob("*.sqlite"):
                if path != target:
                    path.unlink()
    return target


def search(path: Path, text: str, most: int, *, names_only: bool = False) -> list[Found]:
    """Return up to *most* things in which every word of *text* begins a word, in one name or text of them."""
    wanted = " OR ".join(sorted(f"({_words(reading)})" for reading in readings(text)))
    if not wanted:
        return []
    kinds = "AND kind = 0" if names_only else ""
    query = f"SELECT thing, shown FROM rows WHERE folded MATCH ? {kinds} ORDER BY rowid LIMIT ?"  # noqa: S608
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = dict[str, str]()
        for thing, shown in database.execute(query, [wanted, _LOOKED_AT]):
            found.setdefault(thing, shown)
            if len(found) == most:
                break
        labels = {thing: _label(database, thing) for thing in found}
    return [
        Found(thing, labels[thing] or shown, "" if shown == labels[thing] else shown) for thing, shown in found.items()
    ]


def _words(folded: str) -> str:
    return " AND ".join(f'"{word}"*' for word in folded.split())


def _label(database: sqlite3.Connection, thing: str) -> str:
    found = database.execute("SELECT label FROM labels WHERE thing = ?", [thing]).fetchone()
    return found[0] if found else ""


def order(row: Row) -> tuple[int, int, Row]:
    """Return what rows are sorted by: they are found in this order."""
    return row.kind, len(row.shown), row


def fill(database: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write *rows*, in their order, into an empty database."""
    database.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE labels (thing TEXT PRIMARY KEY, label TEXT) "
        "WITHOUT ROWID; CREATE VIRTUAL TABLE rows USING fts5(folded, thing UNINDEXED, kind UNINDEXED, shown UNINDEXED, "
        "prefix = '1 2 3 4 5', tokenize = 'ascii')"
    )
    for row in rows:
        folded = " ".join(sorted(readings(row.shown)))
        database.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", [folded, row.thing, row.kind, row.shown])
        if row.kind == NAME:
            verb = "REPLACE" if row.main else "IGNORE"
            database.execute(f"INSERT OR {verb} INTO labels VALUES (?, ?)", [row.thing, row.shown])  # noqa: S608
    database.execute("INSERT INTO rows(rows) VALUES ('optimize')")
    database.commit()


def _rows(store: Store, *, union: bool) -> set[Row]:
    """Return what things are called, how others number them, and, of what is no data set's, every other text."""
    found = set[Row]()
    for verb in _NAMES:
        for quad in store.quads_for_pattern(None, verb, None, None):
            if isinstance(quad.object, Literal) and _ours(quad):
                main = verb == _NAMES[0] and quad.object.language == "en"
                found.add(Row(NAME, _name(quad.subject), quad.object.value, main))
    for quad in store.quads_for_pattern(None, AT("identifies"), None, None):
        found |= set(_identifiers(store, quad))
    for graph in [*store.named_graphs(), *([] if union else [DefaultGraph()])]:
        if not str(graph).startswith(f"<{DATA_SET.iri}"):
            found |= set(_texts(store, graph))
    return found


def _identifiers(store: Store, quad: Quad) -> Iterator[Row]:
    """Yield the values of an identifier, each with its scheme, as rows of the thing that it identifies."""
    values = store.quads_for_pattern(quad.subject, AT("identifierValue"), None, None)
    schemes = [one.object for one in store.quads_for_pattern(quad.subject, AT("scheme"), None, None)]
    scheme = str(schemes[0]).rstrip(">").rpartition("/")[2] if schemes else ""
    for value in values:
        if isinstance(quad.object, NamedNode) and isinstance(value.object, Literal):
            yield Row(IDENTIFIER, quad.object.value.removeprefix(ID.iri), f"{scheme}:{value.object.value}")


def _texts(store: Store, graph: NamedNode | BlankNode | DefaultGraph) -> Iterator[Row]:
    for quad in store.quads_for_pattern(None, None, None, graph):
        text = quad.object
        if not isinstance(text, Literal) or text.datatype not in _TEXTS:
            continue
        if quad.predicate not in _NAMES and _ours(quad):
            yield Row(TEXT, _name(quad.subject), text.value)


def _ours(quad: Quad) -> bool:
    return isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(ID.iri)


def _name(subject: object) -> str:
    return subject.value.removeprefix(ID.iri) if isinstance(subject, NamedNode) else ""

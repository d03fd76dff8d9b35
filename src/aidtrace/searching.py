"""Search in names, identifiers and texts, folded (`aidtrace.folding`), in an index of SQLite (FTS5) beside a store.

The rows lie in the order in which they are found: names first, then identifiers, then what is gathered of a thing that
a passage tells of, then texts; of each, facts before what is said about facts, and the shortest first. A search
therefore ends with the first rows that match, however many there are. Where no row has all words, those with most of
them can be found (`nearest`).
"""

import re
import sqlite3
from calendar import month_name
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from aidtrace.errors import MachineError
from aidtrace.files import alone
from aidtrace.folding import readings
from aidtrace.namespaces import AT, DATA_SET, EDTF, GRAPH, ID, RDF, RDFS, SKOS, XSD
from aidtrace.revisions import number
from aidtrace.store import open_built

NAME, IDENTIFIER, GATHERED, TEXT = 0, 1, 2, 3
_NAMES = (RDFS("label"), SKOS("prefLabel"), SKOS("altLabel"))
_TEXTS = (XSD("string"), RDF("langString"))
_DATE = EDTF("EDTF")
_NUMBERS = (XSD("decimal"), XSD("integer"))
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

_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[,.\u00a0\u202f' ]\d{3})+(?![\w])")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_LOOKED_AT = 500
"""So many rows are looked at for one page: a thing may be found by several."""

_LITTLE = frozenset(
    (
        *("a", "an", "and", "are", "at", "been", "by", "did", "do", "does", "for", "from", "had", "has", "have"),
        *("how", "in", "is", "it", "of", "on", "or", "that", "the", "to", "was", "were"),
        *("what", "when", "where", "which", "who", "whom", "whose", "why", "with"),
    )
)
"""Words of questions that say nothing about what is looked for."""

_WORDS = 8
"""So many words are looked for in part, for each more doubles the work."""


class Found(NamedTuple):
    """A thing that was found: its name, what it is called, and the text that matched, where that is another.

    *kind* and *date* say what it is and when that was, where the article has it; *lacks* has the words missing in it.
    """

    thing: str
    label: str
    matched: str
    kind: str = ""
    date: str = ""
    lacks: tuple[str, ...] = ()


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
                    graphs = _own_graphs(store, union=union)
                    fill(database, sorted(_rows(store, graphs), key=order), _told(store, graphs))
            except (OSError, sqlite3.Error) as error:
                raise MachineError(f"{target}: {error}; expected room for the index that is searched") from error
            half.rename(target)
        if folder.parent.name == "revisions":
            others = [path for path in target.parent.glob("*.sqlite") if path != target]
            for path in sorted(others, key=lambda one: number(one.stem))[:-1]:
                path.unlink()
    return target


def search(path: Path, text: str, most: int, *, names_only: bool = False) -> list[Found]:
    """Return up to *most* things in which every word of *text* begins a word.

    All of them in one name, in one text, or, of what a passage tells of, in all that is gathered of it.
    """
    wanted = _wanted(text)
    if not wanted:
        return []
    kinds = "AND kind = 0" if names_only else ""
    query = f"SELECT thing, kind, shown FROM rows WHERE folded MATCH ? {kinds} ORDER BY rowid LIMIT ?"  # noqa: S608
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = dict[str, str]()
        for thing, kind, shown in database.execute(query, [wanted, _LOOKED_AT]):
            found.setdefault(thing, "" if kind == GATHERED else shown)
            if len(found) == most:
                break
        return [_found(database, thing, shown) for thing, shown in found.items()]


def nearest(path: Path, text: str, most: int) -> list[Found]:
    """Return up to *most* things that have as many words of *text* as any has, if that is half of them or more.

    Little words do not count. Ask `search` first, which is faster: what has all words comes of it.
    """
    words = list(dict.fromkeys(word for word in text.split() if _wanted(word) and word.lower() not in _LITTLE))[:_WORDS]
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        known = [word for word in words if _having(database, [[word]], 1)]
        for size in range(len(known), max(len(words) - 1, 0) // 2, -1):
            found = dict[str, Found]()
            for thing, kind, shown, folded in _having(database, combinations(known, size), _LOOKED_AT):
                if thing not in found:
                    lacks = tuple(word for word in words if not _has(folded, word))
                    one = _found(database, thing, "" if kind == GATHERED else shown)
                    found[thing] = one._replace(lacks=lacks)
                if len(found) == most:
                    break
            if found:
                return list(found.values())
    return []


_Matching = tuple[str, int, str, str]


def _having(database: sqlite3.Connection, choices: Iterable[Sequence[str]], most: int) -> list[_Matching]:
    """Return up to *most* rows that have all words of one of the *choices*."""
    wanted = " OR ".join("(" + " AND ".join(f"({_wanted(word)})" for word in words) + ")" for words in choices)
    query = "SELECT thing, kind, shown, folded FROM rows WHERE folded MATCH ? ORDER BY rowid LIMIT ?"
    return database.execute(query, [wanted, most]).fetchall()


def _has(folded: str, word: str) -> bool:
    """Whether each part of a reading of *word* begins a word of *folded*."""
    parts = (reading.split() for reading in _readings(word))
    return any(all(f" {part}" in f" {folded}" for part in reading) for reading in parts)


def _wanted(text: str) -> str:
    """Return what the index is asked for, so that each word of *text*, in one of its spellings, begins a word."""
    return " OR ".join(sorted(f"({_words(reading)})" for reading in _readings(text)))


def _readings(text: str) -> frozenset[str]:
    """Return the readings of *text*, and, where it has the Azerbaijani q, those in which that is a k and ğ is kh."""
    small = text.lower()
    if "q" not in small:
        return _folds(text)
    hard = small.replace("q", "k")
    return _folds(text) | _folds(hard) | _folds(hard.replace("ğ", "kh"))


def _found(database: sqlite3.Connection, thing: str, shown: str) -> Found:
    row = database.execute("SELECT label FROM labels WHERE thing = ?", [thing]).fetchone()
    label = row[0] if row else shown or thing
    kind, date = database.execute("SELECT kind, date FROM told WHERE thing = ?", [thing]).fetchone() or ("", "")
    return Found(thing, label, "" if shown == label else shown, kind, date)


def _folds(text: str) -> frozenset[str]:
    """Return the readings of *text*, and those with its long numbers written without separators."""
    whole = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    return readings(text) | readings(whole) if whole != text else readings(text)


def _words(folded: str) -> str:
    return " AND ".join(f'"{word}"*' for word in folded.split())


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
        folded = " ".join(sorted(_folds(row.shown)))
        shown = "" if row.kind == GATHERED else row.shown
        database.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", [folded, row.thing, row.kind, shown])
        if row.kind == NAME:
            verb = "REPLACE" if row.main else "IGNORE"
            database.execute(f"INSERT OR {verb} INTO labels VALUES (?, ?)", [row.thing, row.shown])  # noqa: S608
    database.executemany("INSERT INTO told VALUES (?, ?, ?)", [(thing, *both) for thing, both in (told or {}).items()])
    database.execute("INSERT INTO rows(rows) VALUES ('optimize')")
    database.commit()


Graphs = Iterable[NamedNode | BlankNode | DefaultGraph]


def _own_graphs(store: Store, *, union: bool) -> Graphs:
    """Return the graphs that are no data set's."""
    graphs = [*store.named_graphs(), *([] if union else [DefaultGraph()])]
    return [graph for graph in graphs if not str(graph).startswith(f"<{DATA_SET.iri}")]


def _rows(store: Store, graphs: Graphs) -> set[Row]:
    """Return what things are called, how others number them, and, in *graphs*, what is gathered and other texts."""
    found = set[Row]()
    for verb in _NAMES:
        for quad in store.quads_for_pattern(None, verb, None, None):
            if isinstance(quad.object, Literal) and _ours(quad):
                main = verb == _NAMES[0] and quad.object.language == "en"
                found.add(Row(NAME, _name(quad.subject), quad.object.value, main))
    for quad in store.quads_for_pattern(None, AT("identifies"), None, None):
        found |= set(_identifiers(store, quad))
    for thing in {quad.subject for quad in store.quads_for_pattern(None, AT("attestedIn"), None, None) if _ours(quad)}:
        found.add(Row(GATHERED, _name(thing), _gathered(store, thing)))
    for graph in graphs:
        found |= set(_texts(store, graph))
    return found


def _gathered(store: Store, thing: NamedNode | BlankNode | Triple) -> str:
    """Return the names, dates and numbers of *thing*, and the names of its kinds and of the things that it names."""
    found = set[str]()
    for quad in store.quads_for_pattern(thing, None, None, None):
        if isinstance(quad.object, NamedNode):
            found |= _called(store, quad.object)
        elif isinstance(quad.object, Literal):
            found |= _read(quad.object) | ({quad.object.value} if quad.predicate in _NAMES else set())
    return " ".join(sorted(found))


def _called(store: Store, thing: NamedNode) -> set[str]:
    """Return the names of *thing* in all languages."""
    return {
        quad.object.value
        for verb in _NAMES
        for quad in store.quads_for_pattern(thing, verb, None, None)
        if isinstance(quad.object, Literal)
    }


def _read(value: Literal) -> set[str]:
    """Return a number as it is, and a date with the names of its months; other literals are texts."""
    if value.datatype == _DATE:
        return {value.value, *(month_name[int(found)] for found in _MONTH.findall(value.value))}
    return {value.value} if value.datatype in _NUMBERS else set()


def _told(store: Store, graphs: Graphs) -> dict[str, tuple[str, str]]:
    """Return the kind and the dates of each thing of *graphs*: its class as it is stated, not what follows from it."""
    kinds, dates = dict[str, set[NamedNode]](), dict[str, set[str]]()
    labels = {
        quad.subject: quad.object.value
        for quad in store.quads_for_pattern(None, RDFS("label"), None, GRAPH("ontology"))
        if isinstance(quad.object, Literal) and quad.object.language == "en"
    }
    for graph in graphs:
        if graph != GRAPH("inferred"):
            for quad in store.quads_for_pattern(None, RDF("type"), None, graph):
                if _ours(quad) and isinstance(quad.object, NamedNode):
                    kinds.setdefault(_name(quad.subject), set()).add(quad.object)
        for quad in store.quads_for_pattern(None, AT("shownDate"), None, graph):
            if _ours(quad) and isinstance(quad.object, Literal):
                dates.setdefault(_name(quad.subject), set()).add(quad.object.value)
    return {
        thing: (
            ", ".join(sorted({labels[one] for one in kinds.get(thing, ()) if one in labels})),
            " | ".join(sorted(dates.get(thing, ()))),
        )
        for thing in kinds.keys() | dates.keys()
    }


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

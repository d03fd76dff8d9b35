"""Copies a revision of a store into columns: one file of DuckDB beside it, which is read and never changed.

``terms(id, kind, lexical, datatype, language, lowered, whole, number)`` numbers the terms so that those of one kind
follow one another, in the order that SPARQL gives them. ``triples(p, s, o)`` is the default graph and
``quads(g, p, s, o)`` the named ones. ``predicates`` says how many triples each has, and of which kinds its subjects and
objects are. A ``star_N`` holds the subjects of one large class, a column for each predicate that says at most one thing
of them: what SPARQL asks with a join of several patterns is one scan of it. ``about`` says what the file was made of.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, RdfFormat, Store

from aidtrace.columns.kinds import KINDS, kind_of_terms, known_letters
from aidtrace.errors import InputError, MachineError, first_complaint
from aidtrace.files import alone
from aidtrace.namespaces import RDF
from aidtrace.revisions import Revisions
from aidtrace.store import open_built
from aidtrace.union import APART

LARGE = 5_000
"""A class or a predicate with so many subjects has a table of its own."""

_LONGEST = 1 << 24
_LINES = f"""read_csv(?, columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', header=false,
    auto_detect=false, max_line_size={_LONGEST})"""
_TYPE = RDF("type").value
_SUFFIX = r'"(@[A-Za-z0-9-]+|\^\^<[^>]*>)?$'
_NEWER = "starts_with(word, '<<') OR regexp_matches(word, '\"@[A-Za-z0-9-]+--(ltr|rtl)$')"
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\.")
_ESCAPES = {"\\t": "\t", "\\b": "\b", "\\n": "\n", "\\r": "\r", "\\f": "\f", '\\"': '"', "\\\\": "\\"}


def place(folder: Path) -> Path:
    """Return where the columns of the revision in *folder* lie."""
    return folder.parent.parent / "columns" / f"{folder.name}.duckdb"


def followed(root: Path) -> bool:
    """Whether the store in *root* has columns, so that each of its revisions is to have some, and DuckDB is there."""
    return (root / "columns").is_dir() and find_spec("duckdb") is not None


def build_newest(root: Path) -> Path:
    """Build the columns of the newest revision of the store in *root*, where it has none; return where they lie."""
    store = Revisions(root)
    folder = store.path(store.current)
    with alone(place(folder).parent):
        folder = store.path(store.current)  # it may have changed while another process was building
        if not place(folder).exists():
            _build(folder, union=store.about["default_graph"] == "union", large=LARGE)
    return place(folder)


def build(folder: Path, *, union: bool, large: int = LARGE) -> Path:
    """Build the columns of the revision in *folder*, and return where they lie; those of others are deleted.

    *union* says that the default graph is the union of the others, the shapes left out (`aidtrace.union`): it need not
    be read then. A class or a predicate with *large* subjects has a table of its own. MachineError where DuckDB is not
    installed, or the machine lacks room; InputError for terms that columns do not hold.
    """
    with alone(place(folder).parent):
        _build(folder, union=union, large=large)
    return place(folder)


def _build(folder: Path, *, union: bool, large: int) -> None:
    target = place(folder)
    _sweep(target.parent.glob("*.half"))  # what a killed build left
    work = target.with_suffix(".half")
    work.mkdir()
    try:
        with _connected(work / "columns", folder) as database:
            _Building(database, open_built(folder), union=union, large=large).run(work)
        (work / "columns").rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _sweep(path for path in target.parent.glob("*.duckdb") if path != target)


def _sweep(lost: Iterable[Path]) -> None:
    for path in lost:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def _connected(path: Path, folder: Path) -> Iterator[Any]:
    """Open a new database in *path*; what goes wrong in it is an error about *folder*."""
    try:
        import duckdb
    except ImportError as error:
        raise MachineError("the columns need DuckDB; expected it installed: pip install 'aidtrace[columns]'") from error
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(path.parent),
        "memory_limit": f"{_memory() >> 20}MiB",
    }
    database = duckdb.connect(str(path), config=config)
    try:
        yield database
    except duckdb.Error as error:
        raise MachineError(
            f"{folder}: {first_complaint(str(error))}; expected room and memory for its columns"
        ) from error
    except InputError as error:
        raise InputError(f"{folder}: {error}") from error
    finally:
        database.close()


def _memory() -> int:
    """Return how many bytes a build may take: half of the machine's memory, and not more than 4 GiB."""
    return min(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2, 1 << 32)


class _Building:
    def __init__(self, database: Any, store: Store, *, union: bool, large: int) -> None:
        self._database, self._store, self._union, self._large = database, store, union, large

    def run(self, work: Path) -> None:
        """Fill the database; *work* is a folder to work in."""
        self._read(work)
        self._number()
        self._place()
        self._count()
        self._database.execute(
            "CREATE TABLE stars (star INTEGER, class INTEGER, p INTEGER, every BOOLEAN, whole BOOLEAN)"
        )
        for number, class_ in enumerate(self._large_classes()):
            self._star(number, class_)
        self._partitions()
        self._database.execute("CHECKPOINT")

    def _read(self, work: Path) -> None:
        """Read every quad as three words of N-Triples and the graph, which is empty for the default graph."""
        self._database.execute("CREATE TEMP TABLE raw (g VARCHAR, s VARCHAR, p VARCHAR, o VARCHAR)")
        lines = work / "graph.nt"
        for graph in [*self._store.named_graphs(), *([] if self._union else [DefaultGraph()])]:
            self._store.dump(str(lines), RdfFormat.N_TRIPLES, from_graph=graph)
            if lines.stat().st_size == 0:
                continue
            name = "" if isinstance(graph, DefaultGraph) else str(graph)
            self._database.execute(
                f"""INSERT INTO raw SELECT ?, s, p, left(rest, length(rest) - 2) FROM (
                    SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p,
                        substr(line, length(s) + length(p) + 3) AS rest FROM {_LINES})""",
                [name, str(lines)],
            )
        lines.unlink(missing_ok=True)

    def _number(self) -> None:
        """Number the terms, and say of each what is asked of it."""
        self._database.execute(
            """CREATE TEMP TABLE words AS
               SELECT word,
                   (CASE WHEN word[1] = '"' THEN length(word) - length(regexp_extract(word, ?)) ELSE 0 END) AS quote
               FROM (SELECT g AS word FROM raw WHERE g <> '' UNION SELECT s FROM raw UNION SELECT p FROM raw
                     UNION SELECT o FROM raw)""",
            [_SUFFIX],
        )
        if self._database.execute(f"SELECT 1 FROM words WHERE {_NEWER} LIMIT 1").fetchone():
            raise InputError("holds triple terms or base directions; expected RDF 1.1, which columns hold")
        self._database.execute(f"CREATE TEMP TABLE parsed AS SELECT {kind_of_terms()} FROM words")
        self._unescape()
        self._lower()
        self._database.execute(
            """CREATE TEMP TABLE numbers AS
               SELECT (row_number() OVER (ORDER BY kind, datatype, number, lexical, language) - 1)::INTEGER AS id, *
               FROM parsed;
               CREATE TABLE terms AS SELECT * EXCLUDE (word) FROM numbers ORDER BY id;
               CREATE TABLE names AS SELECT md5_number_lower(word) AS hash, id FROM numbers ORDER BY hash"""
        )

    def _unescape(self) -> None:
        """Write the characters that N-Triples escapes."""
        found = self._database.execute("SELECT word, lexical FROM parsed WHERE contains(lexical, '\\')").fetchall()
        plain = [(_ESCAPE.sub(_character, text), word) for word, text in found]
        self._write("lexical", plain)

    def _lower(self) -> None:
        """Keep the lower case of texts that DuckDB would lower otherwise than Unicode's SpecialCasing has it.

        ``about`` says whether Python knows every character; where it does not, nobody here knows its lower case.
        """
        found = self._database.execute(
            "SELECT word, lexical, lower(lexical) FROM parsed WHERE NOT regexp_matches(lexical, '^[ -~]*$')"
        ).fetchall()
        self._write("lowered", [(text.lower(), word) for word, text, lower in found if text.lower() != lower])
        known = all(known_letters(text) for _, text, _ in found)
        self._database.execute("CREATE TABLE about AS SELECT ? AS known_letters", [known])

    def _write(self, column: str, rows: list[tuple[str, str]]) -> None:
        if rows:
            self._database.execute(
                f"UPDATE parsed SET {column} = new.value FROM "
                "(SELECT unnest(?) AS value, unnest(?) AS word) AS new WHERE parsed.word = new.word",
                [[value for value, _ in rows], [word for _, word in rows]],
            )

    def _place(self) -> None:
        """Write the quads as numbers, in the order in which they are read."""
        left_out, of_default = -1, "g = ?"
        if self._union:
            found = self._database.execute("SELECT id FROM numbers WHERE word = ?", [str(APART)]).fetchone()
            left_out, of_default = found[0] if found else -1, "g <> ?"
        self._database.execute(
            """CREATE TEMP TABLE numbered AS SELECT coalesce(g.id, -1) AS g, p.id AS p, s.id AS s, o.id AS o FROM raw
                   LEFT JOIN numbers AS g ON g.word = raw.g JOIN numbers AS s ON s.word = raw.s
                   JOIN numbers AS p ON p.word = raw.p JOIN numbers AS o ON o.word = raw.o;
               CREATE TABLE quads AS SELECT g, p, s, o FROM numbered WHERE g <> -1 ORDER BY p, g, s, o;
               CREATE TABLE triples (p INTEGER, s INTEGER, o INTEGER)"""
        )
        self._database.execute(
            f"INSERT INTO triples SELECT DISTINCT p, s, o FROM numbered WHERE {of_default} ORDER BY p, s, o", [left_out]
        )

    def _count(self) -> None:
        self._database.execute(
            """CREATE TABLE graphs AS SELECT DISTINCT g, kind FROM quads JOIN terms ON id = g;
               CREATE TABLE predicates AS
               SELECT p, (SELECT count(*) FROM triples WHERE triples.p = numbered.p) AS triples,
                   count(DISTINCT s) AS subjects, count(DISTINCT o) AS objects,
                   bit_or(ks.kind) AS subject_kinds, bit_or(ko.kind) AS object_kinds
               FROM numbered JOIN terms AS ks ON ks.id = s JOIN terms AS ko ON ko.id = o GROUP BY p"""
        )

    def _large_classes(self) -> list[int]:
        query = """SELECT o FROM triples JOIN terms ON terms.id = p
                   WHERE lexical = ? GROUP BY o HAVING count(*) >= ? ORDER BY count(*) DESC LIMIT 32"""
        return [class_ for (class_,) in self._database.execute(query, [_TYPE, self._large]).fetchall()]

    def _star(self, number: int, class_: int) -> None:
        """Make the star of *class_*; ``stars`` says which predicates are columns, and if each has no other subject."""
        self._database.execute(
            """CREATE OR REPLACE TEMP TABLE members AS SELECT s FROM triples JOIN terms ON terms.id = p
               WHERE lexical = ? AND o = ?""",
            [_TYPE, class_],
        )
        found = self._database.execute(
            """SELECT p, count(*) = any_value(predicates.triples), count(*) = (SELECT count(*) FROM members),
                   any_value(object_kinds)
               FROM triples AS t SEMI JOIN members USING (s) JOIN predicates USING (p)
               GROUP BY p HAVING count(*) = count(DISTINCT s) AND count(*) * 2 >= (SELECT count(*) FROM members)"""
        ).fetchall()
        if not found:
            return
        columns = ", ".join(f"max(o) FILTER (p = {p}) AS p{p}" for p, *_ in found)
        wholes = [p for p, _, _, kinds in found if kinds == KINDS["integer"]]
        joins = "".join(f" LEFT JOIN wholes AS x{p} ON x{p}.id = p{p}" for p in wholes)
        self._database.execute(
            f"""CREATE OR REPLACE TEMP VIEW wholes AS SELECT id, whole FROM terms WHERE kind = {KINDS["integer"]};
                CREATE TABLE star_{number} AS SELECT star.*{"".join(f", x{p}.whole AS w{p}" for p in wholes)} FROM
                (SELECT s, {columns} FROM triples SEMI JOIN members USING (s) GROUP BY s) AS star{joins} ORDER BY s"""
        )
        rows = [(number, class_, p, every, whole) for p, every, whole, _ in found]
        self._database.executemany("INSERT INTO stars VALUES (?, ?, ?, ?, ?)", rows)

    def _partitions(self) -> None:
        """Give each large predicate a table of its own, so that DuckDB knows how large it is."""
        large = self._database.execute("SELECT p FROM predicates WHERE triples >= ?", [self._large]).fetchall()
        for (p,) in large:
            self._database.execute(f"CREATE TABLE p_{p} AS SELECT s, o FROM triples WHERE p = {p} ORDER BY s, o")


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2], 16)) if found[1] or found[2] else _ESCAPES[found[0]]

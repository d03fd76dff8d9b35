"""Columns that are open for reading: what planning a query asks of them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Store

from aidtrace.columns.kinds import NUMBER
from aidtrace.columns.tree import Unsupported


@dataclass(frozen=True)
class Predicate:
    """A predicate: its number, so many triples, subjects and objects, and the kinds of both (as bits)."""

    id: int
    triples: int
    subjects: int
    objects: int
    subject_kinds: int
    object_kinds: int


@dataclass(frozen=True)
class Star:
    """A table of the subjects of one class.

    *columns* are the numbers of its predicates; of those in *every*, no other subject has any; those in *whole* say
    something of every subject of the class.
    """

    table: str
    class_: int
    columns: frozenset[int]
    every: frozenset[int]
    whole: frozenset[int]


_KEPT, _NEVER = 50_000, (1 << 31) - 1
_OFTEN = """SELECT '<' || lexical || '>', id FROM terms WHERE kind = 1
    AND (id IN (SELECT p FROM predicates) OR id IN (SELECT class FROM stars))"""
"""The terms that queries name most."""
_NOTHING = Predicate(-1, 0, 1, 1, 0, 0)


class Catalogue:
    """What is known of the columns in *path*, open for reading with *memory* bytes at most."""

    def __init__(self, path: Path, memory: int = 1 << 30) -> None:
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory >> 20}MiB",
            "temp_directory": "",
            "threads": min(os.cpu_count() or 1, 4),
            "autoload_known_extensions": False,
        }
        self._too_large, self._error = (duckdb.DataError, duckdb.OperationalError), duckdb.Error
        self.refused = 0
        self.lacking: tuple[type[Exception], ...] = (duckdb.OperationalError, MemoryError)
        self._database = duckdb.connect(str(path), read_only=True, config=config)
        self._database.execute("SET enable_external_access = false; SET lock_configuration = true")
        self._ids: dict[str, int | None] = dict(self.rows(_OFTEN))
        self._counts = dict[tuple[int, int], int]()
        self._firsts = dict[tuple[int, str, bool], int]()
        self.predicates = {row[0]: Predicate(*row) for row in self.rows("SELECT * FROM predicates")}
        self.every = _every(self.predicates.values())
        self.graph_kinds: int = self.rows("SELECT coalesce(bit_or(kind), 0) FROM graphs")[0][0]
        self.known_letters: bool = self.rows("SELECT known_letters FROM about")[0][0]
        self.partitions = {
            int(name[2:]) for (name,) in self.rows("SELECT table_name FROM duckdb_tables()") if name[:2] == "p_"
        }
        self.stars = self._stars()

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what *query*, in SQL, selects."""
        found: list[tuple[Any, ...]] = self._database.execute(query, list(values)).fetchall()
        return found

    def answer(self, query: str, most: int) -> list[tuple[Any, ...]] | None:
        """Return what *query* selects; None for more than *most* rows, and where DuckDB cannot say.

        That is so where a number or a table is too large for it; what it does not understand, is counted as *refused*.
        """
        try:
            found: list[tuple[Any, ...]] = self._database.execute(query).fetchmany(most + 1)
        except self._too_large:
            return None
        except self._error:
            self.refused += 1
            return None
        return found if len(found) <= most else None

    def id(self, term: NamedNode | Literal) -> int | None:
        """Return the number of *term*; None where the store does not hold it."""
        word = str(term if isinstance(term, NamedNode) else _canonical(term))
        if word not in self._ids:
            if len(self._ids) > _KEPT:
                self._ids.clear()
            found = self.rows("SELECT id FROM names WHERE hash = md5_number_lower(?)", [word])
            self._ids[word] = found[0][0] if found else None
        return self._ids[word]

    def predicate(self, iri: NamedNode) -> Predicate:
        """Return what is known of the predicate *iri*."""
        number = self.id(iri)
        return self.predicates.get(number, _NOTHING) if number is not None else _NOTHING

    def first(self, kind: int, value: str, *, above: bool) -> int:
        """Return the number of the first term of *kind* that is at least *value* (in SQL), or that is *above* it."""
        key = kind, value, above
        if key not in self._firsts:
            attribute = "number" if kind & NUMBER else "lexical"
            query = f"SELECT min(id) FROM terms WHERE kind = {kind} AND {attribute} {'>' if above else '>='} {value}"
            found = self.rows(query)[0][0]
            if len(self._firsts) > _KEPT:
                self._firsts.clear()
            self._firsts[key] = _NEVER if found is None else found
        return self._firsts[key]

    def matching(self, predicate: Predicate, object_: NamedNode | Literal) -> int:
        """Return how many triples of *predicate* have *object_*."""
        number = self.id(object_)
        if number is None or predicate.id < 0:
            return 0
        if (predicate.id, number) in self._counts:
            return self._counts[predicate.id, number]
        table = f"p_{predicate.id}" if predicate.id in self.partitions else "triples"
        condition = "" if predicate.id in self.partitions else f" AND p = {predicate.id}"
        count: int = self.rows(f"SELECT count(*) FROM {table} WHERE o = ?{condition}", [number])[0][0]
        if len(self._counts) > _KEPT:
            self._counts.clear()
        self._counts[predicate.id, number] = count
        return count

    def _stars(self) -> list[Star]:
        found = dict[tuple[int, int], list[tuple[int, bool, bool]]]()
        for star, class_, *column in self.rows("SELECT star, class, p, every, whole FROM stars"):
            found.setdefault((star, class_), []).append((column[0], column[1], column[2]))
        return [
            Star(
                f"star_{star}",
                class_,
                frozenset(p for p, _, _ in columns),
                frozenset(p for p, every, _ in columns if every),
                frozenset(p for p, _, whole in columns if whole),
            )
            for (star, class_), columns in found.items()
        ]


def _every(predicates: Iterable[Predicate]) -> Predicate:
    """Return what is known of a predicate that is not known."""
    known = list(predicates)
    subject_kinds = object_kinds = 0
    for one in known:
        subject_kinds |= one.subject_kinds
        object_kinds |= one.object_kinds
    triples = sum(one.triples for one in known)
    return Predicate(-1, triples, max(triples // 10, 1), max(triples // 10, 1), subject_kinds, object_kinds)


def _canonical(literal: Literal) -> Literal:
    """Return *literal* as the store would keep it."""
    about = NamedNode("urn:x")
    store = Store()
    store.add(Quad(about, about, literal))
    kept = next(iter(store)).object
    if not isinstance(kept, Literal):
        raise Unsupported(str(literal))
    return kept

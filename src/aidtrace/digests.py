"""The digest of an answer: the same whatever the order of its rows, and whatever its blank nodes are called.

It is the SHA-256 of lines in UTF-8, each ended by a line feed. The first is ``table``, ``graph`` or ``truth``, with the
columns of a table behind it; then come the rows in the order of their bytes: terms as in canonical N-Triples, with
nothing for what is not bound, or ``true`` or ``false``. Parts of a line are joined by tabs. Blank nodes have the names
of RDFC-1.0; for a table these are of a graph that has a node for each row and ``urn:column:NUMBER`` to each of its
terms.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Triple

from aidtrace.blanknodes import named_alike
from aidtrace.errors import InputError

TABLE, GRAPH, TRUTH = "table", "graph", "truth"
MARKED = 2000
"""The rows of a longer answer have no marks."""

_COLUMN = "urn:column:"
_MARK = 16
Term = NamedNode | BlankNode | Literal | Triple | None
Row = tuple[Term, ...]


class TooLargeError(InputError):
    """An answer is too large for a digest."""


@dataclass(frozen=True)
class Digested:
    """An answer as it is digested: its kind, its columns, and its rows by their lines, in the order of these."""

    kind: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Row]]

    @cached_property
    def digest(self) -> str:
        """The digest, in hexadecimal."""
        found = sha256("\t".join((self.kind, *self.columns)).encode() + b"\n")
        for line, _ in self.rows:
            found.update(line.encode() + b"\n")
        return found.hexdigest()

    @property
    def marks(self) -> list[str]:
        """A mark for each row, by which it is known again; none where there are many rows."""
        return [_mark(line) for line, _ in self.rows] if len(self.rows) <= MARKED else []

    def without(self, marks: Iterable[str]) -> list[Row]:
        """Return the rows that have none of *marks*; each mark stands for one row."""
        left, found = Counter(marks), list[Row]()
        for line, row in self.rows:
            mark = _mark(line)
            if left[mark]:
                left[mark] -= 1
            else:
                found.append(row)
        return found


YES = Digested(TRUTH, (), [("true", ())]).digest
"""The digest of what is true."""


def digested(result: Any, limit: int) -> Digested:
    """Read what a query answers with to its end; TooLargeError where its lines are longer than *limit* together."""
    if isinstance(result, QueryBoolean):
        return Digested(TRUTH, (), [("true" if result else "false", ())])
    if isinstance(result, QuerySolutions):
        columns = tuple(variable.value for variable in result.variables)
        rows = _rows((tuple(solution) for solution in result), limit)
        return Digested(TABLE, columns, _in_order(_named_alike(rows)))
    rows = _rows(distinct(result), limit)
    return Digested(GRAPH, (), _in_order(_graph_named_alike(rows)))


def distinct(triples: Iterable[Triple]) -> Iterator[Row]:
    """Yield each triple once, as a row: a query may construct one several times."""
    seen = set[Triple]()
    for one in triples:
        if one not in seen:
            seen.add(one)
            yield (one.subject, one.predicate, one.object)


def _rows(found: Iterable[Row], limit: int) -> list[Row]:
    rows, size = list[Row](), 0
    for row in found:
        size += len(_line(row))
        if size > limit:
            raise TooLargeError(f"the answer has more than {limit} characters; expected one that can be digested")
        rows.append(row)
    return rows


def _in_order(rows: Iterable[Row]) -> list[tuple[str, Row]]:
    return sorted(((_line(row), row) for row in rows), key=lambda one: one[0].encode())


def _line(row: Row) -> str:
    return "\t".join("" if term is None else str(term) for term in row)


def _mark(line: str) -> str:
    return sha256(line.encode()).hexdigest()[:_MARK]


def _named_alike(rows: list[Row]) -> list[Row]:
    """Return *rows* with the names of RDFC-1.0 for their blank nodes."""
    plain, unnamed = _parted(rows)
    if not unnamed:
        return plain
    quads = (
        Quad(this, NamedNode(f"{_COLUMN}{number}"), term)
        for this, row in ((BlankNode(), row) for row in unnamed)
        for number, term in enumerate(row)
        if term is not None
    )
    cells = defaultdict[Any, dict[int, Term]](dict)
    for quad in _canonical(quads):
        cells[quad.subject][int(quad.predicate.value.removeprefix(_COLUMN))] = quad.object
    width = len(unnamed[0])
    return plain + [tuple(row.get(number) for number in range(width)) for row in cells.values()]


def _graph_named_alike(rows: list[Row]) -> list[Row]:
    plain, unnamed = _parted(rows)
    quads = (Quad(*row) for row in unnamed)  # type: ignore[arg-type]
    return plain + [(quad.subject, quad.predicate, quad.object) for quad in _canonical(quads)] if unnamed else plain


def _parted(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows without blank nodes, and those with some."""
    plain, unnamed = list[Row](), list[Row]()
    for row in rows:
        (unnamed if any(map(_is_unnamed, row)) else plain).append(row)
    return plain, unnamed


def _is_unnamed(term: Term) -> bool:
    if isinstance(term, Triple):
        return _is_unnamed(term.subject) or _is_unnamed(term.object)
    return isinstance(term, BlankNode)


def _canonical(quads: Iterator[Quad]) -> list[Quad]:
    try:
        return named_alike(quads)
    except InputError as error:
        raise TooLargeError(f"the answer cannot be digested: {error}") from error

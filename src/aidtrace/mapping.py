"""A table of your own as triples: a SPARQL CONSTRUCT over its columns, a batch of rows at a time.

The convention is that of tarql, so a mapping runs there too: a column is the variable of its header, in which what a
variable may not have is ``_``; a cell is a plain literal, and an empty one leaves its variable unbound; ``?ROWNUM``
counts the rows from 1; a row without any cell does not count. The rows stand as VALUES in front of the mapping's own
pattern. Batches run in processes of their own, and come back in order.
"""

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from pyoxigraph import Literal, QueryTriples, RdfFormat, Store

from aidtrace.complaints import complaint
from aidtrace.errors import InputError, one_of
from aidtrace.files import read_text
from aidtrace.importers.tables import Cells, opened
from aidtrace.lexer import Token, scan, terminals

ROW_NUMBER = "ROWNUM"
BATCH = 1000
"""So many rows are asked at once."""

_NO_NAME = re.compile(r"[^0-9A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u3001-\ud7ff]")
_CONSTRUCT = "CONSTRUCT { … } WHERE { … }"

Row = tuple[int, tuple[str, ...]]
"""The number of a row, and its cells."""


@dataclass(frozen=True)
class Mapping:
    """A mapping in *path*: its text, and the place in it, behind a brace, at which the rows go in."""

    path: Path
    text: str
    place: int

    @cached_property
    def used(self) -> frozenset[str]:
        """The variables that it mentions."""
        return frozenset(token.text[1:] for token in terminals(self.text) if token.kind == "variable")

    @cached_property
    def given(self) -> frozenset[str]:
        """The variables to which it gives a value itself, by AS or VALUES."""
        return frozenset(_given(terminals(self.text)))

    def over(self, names: Sequence[str], rows: Iterable[Row]) -> str:
        """Return the query over *rows*, whose cells are the variables *names*."""
        head = " ".join(f"?{name}" for name in (*names, ROW_NUMBER))
        told = "\n".join(f"({' '.join(map(_term, cells))} {number})" for number, cells in rows)
        return f"{self.text[: self.place]} VALUES ({head}) {{\n{told}\n}} {self.text[self.place :]}"


def read_mapping(path: Path) -> Mapping:
    """Read the mapping in *path*; InputError where it is no CONSTRUCT that can be run a batch of rows at a time."""
    text = read_text(path, "a SPARQL query")
    if refusal := scan(text, ()).refusal:
        raise InputError(f"{path}:{refusal}")
    try:
        found = Store().query(text)
    except SyntaxError as error:
        raise InputError(f"{path}:{complaint(str(error), text, Store().query)}") from error
    if not isinstance(found, QueryTriples):
        raise InputError(f"{path}: constructs nothing; expected {_CONSTRUCT}")
    return Mapping(path, text, _place(path, terminals(text)))


def lines(mapping: Mapping, table: Path, separator: str = ",", workers: int | None = None) -> Iterator[bytes]:
    """Yield what *mapping* makes of *table* as N-Triples, many rows at once, in order; the same triple may come again.

    *separator* parts the cells of a CSV file. *workers* are so many processes, by default one for each core; a short
    table needs none. InputError where a variable is no column, or a row is not as long as the header.
    """
    with opened(table, separator=separator) as rows:
        header = next(rows, (0, []))[1]
        names = columns(header)
        chosen = _chosen(mapping, table, names)
        pieces = _pieces(_numbered(table, rows, len(header), chosen))
        used = [names[place] for place in chosen]
        first = list(islice(pieces, 2))
        if len(first) < 2 or workers == 1:
            yield from (_made(mapping, used, piece) for several in (first, pieces) for piece in several)
        else:
            yield from _spread(mapping, used, first, pieces, workers or os.cpu_count() or 1)


def columns(header: Sequence[str]) -> list[str]:
    """Return the variables of the columns.

    >>> columns(["Country code", "sign-year", " ok? "])
    ['Country_code', 'sign_year', 'ok_']
    """
    return [_NO_NAME.sub("_", name.strip()) for name in header]


def _chosen(mapping: Mapping, table: Path, names: Sequence[str]) -> list[int]:
    """Return which columns the mapping uses; InputError where it uses what is no column, or one that stands twice."""
    for name in sorted(mapping.used - mapping.given - {*names, ROW_NUMBER}):
        raise InputError(f"{mapping.path}: ?{name} is no column of {table}; expected {one_of(sorted(names), name)}")
    for name in sorted(mapping.used & {*names}):
        if names.count(name) > 1:
            raise InputError(f"{table}:1: {names.count(name)} columns are ?{name}; expected one")
    if overwritten := sorted(mapping.given & {*names}):
        raise InputError(f"{mapping.path}: ?{overwritten[0]} is a column of {table}; expected another name after AS")
    return [place for place, name in enumerate(names) if name in mapping.used]


def _numbered(table: Path, rows: Iterator[Cells], width: int, chosen: Sequence[int]) -> Iterator[Row]:
    number = 0
    for line, cells in rows:
        if len(cells) != width:
            raise InputError(f"{table}:{line}: has {len(cells)} cells; expected {width}")
        if any(cells):
            number += 1
            yield number, tuple(cells[place] for place in chosen)


def _pieces(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while piece := list(islice(rows, BATCH)):
        yield piece


def _spread(
    mapping: Mapping, names: Sequence[str], first: Iterable[list[Row]], rest: Iterator[list[Row]], workers: int
) -> Iterator[bytes]:
    """Yield the answers in order, while no more than a few pieces are under way.

    The processes start afresh: copies of this one would give their blank nodes the same names.
    """
    waiting = deque[Future[bytes]]()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for several in (first, rest):
            for piece in several:
                waiting.append(pool.submit(_made, mapping, names, piece))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _made(mapping: Mapping, names: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Return as N-Triples what *mapping* makes of *rows*."""
    try:
        found = Store().query(mapping.over(names, rows))
        assert isinstance(found, QueryTriples)
        return found.serialize(format=RdfFormat.N_TRIPLES) or b""
    except (OSError, RuntimeError, SyntaxError, ValueError) as error:
        told = str(error).strip().partition("\n")[0].rstrip(".")
        raise InputError(
            f"{mapping.path}: rows {rows[0][0]} to {rows[-1][0]}: {told}; expected a mapping that can be run"
        ) from error


def _term(cell: str) -> str:
    return str(Literal(cell)) if cell else "UNDEF"


def _place(path: Path, tokens: Sequence[Token]) -> int:
    """Return the place behind the brace that opens the pattern; InputError where the mapping goes on after it."""
    start = next(number for number, token in enumerate(tokens) if token.says("CONSTRUCT"))
    if tokens[start + 1].text != "{":
        raise InputError(f"{path}: has no template of its own; expected {_CONSTRUCT}")
    template = _closing(tokens, start + 1)
    opening = next(number for number in range(template + 1, len(tokens)) if tokens[number].text == "{")
    after = _closing(tokens, opening) + 1
    if after < len(tokens):
        told = tokens[after].text
        raise InputError(f"{path}: {told} stands after the pattern; expected its end, for each row is mapped by itself")
    return tokens[opening].at + 1


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for number in range(opening, len(tokens)):
        depth += (tokens[number].text == "{") - (tokens[number].text == "}")
        if not depth:
            return number
    raise AssertionError("a query that parses closes its braces")


def _given(tokens: Sequence[Token]) -> Iterator[str]:
    for number, token in enumerate(tokens):
        if token.says("AS"):
            yield tokens[number + 1].text[1:]
        elif token.says("VALUES"):
            for following in tokens[number + 1 :]:
                if following.text == "{":
                    break
                if following.kind == "variable":
                    yield following.text[1:]

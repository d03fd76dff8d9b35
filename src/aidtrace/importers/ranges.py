"""Ranges of a CSV table: whole rows, cut at bytes, so that each is read for itself and still knows its lines.

A line break within quotes ends no row, so only one who reads from the start knows where rows end: the table is read
once to be cut, which is a small part of what its import takes.
"""

import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aidtrace.errors import InputError
from aidtrace.importers.tables import UTF_8, Cells, lines, rows, text_of

SIZE = 1 << 23
"""A range has so many bytes, and what is left of its last row."""


@dataclass(frozen=True)
class Range:
    """The bytes of some rows, from *start* to *end*, and how many lines stand *before* them."""

    start: int
    end: int
    before: int


@dataclass(frozen=True)
class Cut:
    """A table as ranges of rows, and the *problem* that ends them, where the rest is no table."""

    ranges: tuple[Range, ...]
    problem: InputError | None = None


class _Counted:
    """Lines on their way to a reader, and how many bytes of the file have gone by."""

    def __init__(self, found: Iterable[str], encoding: str, start: int) -> None:
        self._lines, self._encoding, self.bytes = found, encoding, start

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.bytes += len(line) if line.isascii() else len(line.encode(self._encoding))
            yield line


def cut(path: Path, unpacked: Path, encoding: str = UTF_8, size: int = SIZE) -> Cut:
    """Cut the rows below the header of the table in *path* into ranges of *size* bytes of it, *unpacked*."""
    found, problem = list[Range](), None
    with text_of(path, encoding) as file:
        counted = _Counted(lines(path, file), _plain(encoding), _mark(unpacked, encoding))
        begun, before, end = -1, 0, 0
        try:
            for line, _ in rows(path, counted):
                end = counted.bytes
                if begun < 0:  # the header
                    begun, before = end, line
                elif end - begun >= size:
                    found.append(Range(begun, end, before))
                    begun, before = end, line
        except InputError as error:
            problem = error
    if 0 <= begun < end:
        found.append(Range(begun, end, before))
    return Cut(tuple(found), problem)


def rows_of(unpacked: Path, named: Path, part: Range, encoding: str) -> Iterator[Cells]:
    """Yield the rows of *part*, each with its line in the whole table, which complaints call *named*."""
    with unpacked.open("rb") as file:
        file.seek(part.start)
        held = io.BytesIO(file.read(part.end - part.start))
    text = io.TextIOWrapper(held, encoding=_plain(encoding), errors="strict", newline="")
    yield from rows(named, lines(named, text), before=part.before)


def _mark(unpacked: Path, encoding: str) -> int:
    """Return how many bytes of the mark of UTF-8 stand before the text."""
    with unpacked.open("rb") as file:
        return 3 if encoding == UTF_8 and file.read(3) == BOM_UTF8 else 0


def _plain(encoding: str) -> str:
    """Return *encoding* without that mark, which stands before the first range only."""
    return "utf-8" if encoding == UTF_8 else encoding

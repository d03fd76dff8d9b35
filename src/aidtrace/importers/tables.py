"""Tables as data sets are distributed: CSV, CSV in gzip, and XLSX, read row by row.

A row comes with its line, so that a complaint can name it. Lines end as they like: CR alone, LF, or both.
"""

import csv
import gzip
import hashlib
import io
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from aidtrace.errors import InputError

Cells = tuple[int, list[str]]
"""The line at which a row ends (in XLSX the number of the row), and its cells as text."""

UTF_8 = "utf-8-sig"
_LARGEST_CELL, _PIECE = 1 << 20, 1 << 20
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def opened(path: Path, encoding: str = UTF_8, separator: str = ",") -> Iterator[Iterator[Cells]]:
    """Open the table in *path* and hand over its rows, the header first; InputError where it cannot be read.

    *separator* parts the cells of a CSV file.
    """
    if path.suffix == ".xlsx":
        yield _sheet(path)
        return
    try:
        with text_of(path, encoding) as file:
            yield rows(path, lines(path, file), separator)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}; expected a table") from error


def unpack(path: Path, place: Path) -> None:
    """Write what the gzip file *path* holds to *place*."""
    with _bytes(path) as file, place.open("wb") as out:
        shutil.copyfileobj(file, out, _PIECE)


def digest(path: Path) -> str:
    """Return the SHA-256 of what *path* holds, unpacked; InputError where it cannot be read to its end."""
    found = hashlib.sha256()
    try:
        with _bytes(path) as file:
            while piece := file.read(_PIECE):
                found.update(piece)
    except _DAMAGED as error:
        raise InputError(f"{path}: the gzip file is cut short or damaged; expected a whole one") from error
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}; expected a table") from error
    return found.hexdigest()


@contextmanager
def _bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if path.suffix == ".gz":
            with gzip.open(file, "rb") as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


@contextmanager
def text_of(path: Path, encoding: str) -> Iterator[io.TextIOBase]:
    """Open what *path* holds, unpacked, as text; line breaks stay as they are."""
    with _bytes(path) as file, io.TextIOWrapper(file, encoding=encoding, errors="strict", newline="") as text:
        yield text


def rows(path: Path, found: Iterable[str], separator: str = ",", before: int = 0) -> Iterator[Cells]:
    """Yield the rows in the lines *found* of *path*, below *before* others; InputError where it is no CSV."""
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(found, delimiter=separator, strict=True)
    try:
        for cells in reader:
            if cells:
                yield before + reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{path}:{before + reader.line_num}: {error}; expected CSV") from error


def lines(path: Path, file: Iterable[str]) -> Iterator[str]:
    """Yield the lines of *file*; InputError where it is cut short, or is no UTF-8."""
    number = 0
    try:
        for line in file:
            number += 1
            yield line
    except _DAMAGED as error:
        raise InputError(f"{path}:{number + 1}: the gzip file is cut short or damaged; expected a whole one") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}:{number + 1}: byte {error.object[error.start]:#x} is no UTF-8; expected UTF-8"
        ) from error


def _sheet(path: Path) -> Iterator[Cells]:
    """Yield the rows of the first sheet, numbers as they are shown without a format, dates as ISO 8601."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, InvalidFileException) as error:
        raise InputError(f"{path}: {str(error).lower() or 'does not open'}; expected an XLSX file") from error
    try:
        sheet: Any = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell is not None for cell in cells):
                yield number, [_shown(cell) for cell in cells]
    finally:
        book.close()


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat()).removesuffix("T00:00:00")
    return str(cell)

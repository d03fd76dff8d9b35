"""Files of text, read and written with an error that says which file, what is wrong, and what was expected."""

import csv
import io
from pathlib import Path

from aidtrace.errors import InputError, MachineError


def read_bytes(path: Path, expected: str) -> bytes:
    """Read the file *path* whole; *expected* ends the error's text."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {_reason(path, error)}; expected {expected}") from error


def read_text(path: Path, expected: str) -> str:
    """Read the file *path* as UTF-8; its line ends stay as they are."""
    try:
        return read_bytes(path, expected).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; expected {expected} in UTF-8") from error


def read_cells(path: Path) -> list[tuple[str, ...]]:
    """Read a CSV file, header first, as rows of cells."""
    try:
        return [tuple(row) for row in csv.reader(io.StringIO(read_text(path, "a CSV file"), newline=""))]
    except csv.Error as error:
        raise InputError(f"{path}: {error}; expected a CSV file") from error


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a CSV file that has just these *columns*."""
    header, *rows = read_cells(path) or [()]
    if header != columns:
        raise InputError(f"{path}:1: the columns are {','.join(header) or 'none'}; expected {','.join(columns)}")
    for cells in rows:
        if cells and len(cells) != len(columns):
            row = ",".join(cells)[:60]
            raise InputError(f"{path}: the row {row!r} has {len(cells)} cells; expected {len(columns)}")
    return [dict(zip(columns, cells, strict=True)) for cells in rows if cells]


def expect_place(path: Path) -> None:
    """Refuse a *path* that no file can be written to, before the work is done that would fill it."""
    if path.is_dir():
        raise MachineError(f"{path}: is a folder; expected the name of a file to write")
    if not path.parent.is_dir():
        raise MachineError(f"{path}: {path.parent} is no folder; expected a folder to write in")


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to the file *path*."""
    expect_place(path)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise MachineError(f"{path}: {_reason(path, error)}; expected a file that can be written") from error


def _reason(path: Path, error: OSError) -> str:
    return "is a folder" if path.is_dir() else (error.strerror or str(error)).lower()

"""Files of text, read and written with an error that says which file, what is wrong, and what was expected."""

import csv
import fcntl
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from typing import BinaryIO, cast

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
    """Write *content* to the file *path*, whole or not at all."""
    with written_whole(path) as file:
        file.write(content)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Hand over a file that takes the place of *path* when the block ends well, and leaves it as it was otherwise.

    What is there and no ordinary file, a pipe say, is written to as it is.
    """
    expect_place(path)
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        with _beside(path.resolve()) as file:
            yield file
    except OSError as error:
        raise MachineError(f"{path}: {_reason(path, error)}; expected a file that can be written") from error


@contextmanager
def folder_written_whole(place: Path) -> Iterator[Path]:
    """Hand over an empty folder that becomes *place* when the block ends well, and is taken away otherwise.

    InputError where *place* holds something already.
    """
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise InputError(f"{place}: is there already; expected a new folder, or an empty one")
    parent = place.resolve().parent
    if not parent.is_dir():
        raise InputError(f"{place}: there is no such folder to put it in; expected one")
    try:
        half = Path(mkdtemp(prefix=f".{place.name}-", dir=parent))
        try:
            yield half
            half.chmod(0o755)
            half.replace(place)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        raise MachineError(f"{place}: {(error.strerror or str(error)).lower()}; expected room to write") from error


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """Hand over a file beside *path*, which takes its place in the end."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as half:
        place = Path(half.name)
        try:
            yield cast(BinaryIO, half)
            half.close()
            place.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            place.replace(path)
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(path: Path, error: OSError) -> str:
    return "is a folder" if path.is_dir() else (error.strerror or str(error)).lower()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make *folder*, and wait until no other process works in it; MachineError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MachineError(f"{folder}: {reason}; expected a folder that can be written") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

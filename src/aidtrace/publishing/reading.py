"""Quads read from files that a stranger may have made: no more than fit in memory, whatever they unpack to."""

import gzip
import zlib
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import Quad, RdfFormat, parse

from aidtrace.errors import InputError, first_complaint
from aidtrace.publishing.manifest import unsound

MOST = 2_000_000
"""Quads at most of a release, or of a side that is compared: some kilobytes each are held of them."""

LARGEST = 1 << 30
_BESIDE, _RATIO = 1 << 20, 100
"""What a packed file may unpack to: so many bytes, and so many times its own; ours unpack to 20 times theirs."""


def read_quads(path: Path, name: str, form: RdfFormat, most: int = MOST) -> list[Quad]:
    """Read up to *most* quads, and one more where there are more; errors call the file *name*."""
    if wrong := unsound(path):
        raise InputError(f"{name}: {wrong}")
    packed, size = path.suffix == ".gz", path.stat().st_size
    room = min(LARGEST, _BESIDE + _RATIO * size) if packed else LARGEST
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            source = _Bounded(file, name, room)  # type: ignore[arg-type]
            return list(islice(parse(source, format=form, rename_blank_nodes=True), most + 1))  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{name}: does not unpack ({error}); expected {form.name} in gzip") from error
    except OSError as error:
        raise InputError(f"{name}: {(error.strerror or str(error)).lower()}; expected {form.name}") from error
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise InputError(f"{name}: {where}{first_complaint(error.msg or str(error))}") from error
    except ValueError as error:
        raise InputError(f"{name}: {first_complaint(str(error))}; expected {form.name}") from error


class _Bounded:
    """Reads *file*; InputError where it holds more than *room* bytes."""

    def __init__(self, file: BinaryIO, name: str, room: int) -> None:
        self._file, self._name, self._room, self._left = file, name, room, room

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes more."""
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise InputError(f"{self._name}: holds more than {self._room} bytes; expected less of such a file")
        return piece

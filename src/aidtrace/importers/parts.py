"""Parts: an import as a folder of N-Quads in gzip, with a manifest; every engine loads such files in bulk.

A triple stands in one part only. A folder is moved to its place whole, so that one with a manifest is complete.
"""

import gzip
import hashlib
import json
import secrets
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from aidtrace.errors import InputError, MachineError, first_complaint
from aidtrace.files import read_text
from aidtrace.store import PUBLISHED

MANIFEST = "_MANIFEST.json"
_LEVEL = 3
"""Of gzip: more takes longer than it saves."""


@dataclass(frozen=True)
class Part:
    """One file: its name, how many triples it has, its bytes and their SHA-256."""

    name: str
    triples: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Parts:
    """A folder of parts: the *graph* that all of them fill, and what else its manifest says."""

    folder: Path
    graph: NamedNode
    told: Mapping[str, Any]

    def quads(self) -> Iterator[Quad]:
        """Yield all quads; InputError where a part is not what the manifest says, which may come after some of them."""
        for one in self.told["parts"]:
            path, count = self.folder / one["name"], 0
            for quad in _quads(path, one["sha256"]):
                if quad.graph_name != self.graph:
                    raise InputError(f"{path}: has a triple of the graph {quad.graph_name}; expected {self.graph}")
                count += 1
                yield quad
            if count != one["triples"]:
                raise InputError(f"{path}: has {count} triples; expected {one['triples']}, as {MANIFEST} says")


def _quads(path: Path, digest: str) -> Iterator[Quad]:
    try:
        if _digest(path) != digest:
            raise InputError(f"{path}: is not the file that {MANIFEST} tells of; expected it as it was written")
        with gzip.open(path) as file:
            yield from parse(cast(BinaryIO, file), RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise InputError(f"{path}: {first_complaint(str(error))}; expected a part") from error
    except (OSError, EOFError, zlib.error) as error:
        told = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{path}: {told}; expected a part") from error


def read(folder: Path) -> Parts:
    """Read the manifest of *folder*; InputError where it has none, or one that says too little, or a graph of ours."""
    path = folder / MANIFEST
    try:
        told = json.loads(read_text(path, "a folder that `aidtrace import --spark` wrote"))
        graph = NamedNode(told["graph"])
        if not all(_is_part(one) for one in told["parts"]):
            raise ValueError("a part without a name in this folder, triples, or sha256")
        if told["triples"] != sum(one["triples"] for one in told["parts"]):
            raise ValueError("other triples than its parts have together")
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: {error}; expected what `aidtrace import --spark` wrote") from error
    if graph in PUBLISHED:
        raise InputError(f"{path}: {graph.value} is ours; expected a graph of your own")
    return Parts(folder, graph, told)


def _is_part(said: Any) -> bool:
    kinds = {"name": str, "triples": int, "sha256": str}
    typed = isinstance(said, dict) and all(type(said.get(key)) is kind for key, kind in kinds.items())
    return typed and "/" not in said["name"]


@contextmanager
def written(place: Path) -> Iterator[Path]:
    """Hand over a folder beside *place* that takes its place when the block ends well, and is deleted otherwise."""
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise InputError(f"{place}: is there already; expected a new folder, or an empty one")
    half = place.absolute().with_name(f".{place.name}-{secrets.token_hex(4)}")
    try:
        half.mkdir()
        yield half
        half.replace(place)
    except OSError as error:
        raise MachineError(f"{place}: {(error.strerror or str(error)).lower()}; expected room to write") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def write_part(folder: Path, name: str, lines: Iterable[bytes]) -> Part:
    """Write the N-Quads *lines* to the part *name*, whole; who writes it again writes the same bytes."""
    path, half, count = folder / f"{name}.nq.gz", folder / f".{name}-{secrets.token_hex(4)}", 0
    with half.open("wb") as file, gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
        for piece in lines:
            count += piece.count(b"\n")
            packed.write(piece)
    half.replace(path)
    return Part(path.name, count, path.stat().st_size, _digest(path))


def describe(folder: Path, parts: Iterable[Part], **about: Any) -> None:
    """Write the manifest of *parts*, in the order of their names."""
    listed = sorted(parts, key=lambda one: one.name)
    told = {**about, "triples": sum(one.triples for one in listed), "parts": [asdict(one) for one in listed]}
    (folder / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

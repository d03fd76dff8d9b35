"""The manifest of a release, and the checksums of its files as ``sha256sum --check`` reads them."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from aidtrace.blanknodes import ALGORITHM
from aidtrace.errors import InputError

MANIFEST, SUMS = "MANIFEST.json", "SHA256SUMS"
NAME, QUADS, CITATION, CRATE = "aidtrace", "aidtrace.nq.gz", "CITATION.cff", "ro-crate-metadata.json"
BESIDE = (
    ".zenodo.json",
    CITATION,
    "LICENSE",
    "README.md",
    "aidtrace.db",
    "codebook.csv",
    "codebook.md",
    "metadata.json",
)
"""What every release has beside the quads, the graphs, the tables and the crate."""

_MEDIA = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".db": "application/vnd.sqlite3",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".ttl": "text/turtle",
}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class File:
    """A file of a release: its path in it, and what its bytes are."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, root: Path, path: str) -> "File":
        """Look at the file *path* in the folder *root*."""
        seen, size = sha256(), 0
        with (root / path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen.update(chunk)
                size += len(chunk)
        return cls(path, size, seen.hexdigest())

    @property
    def media_type(self) -> str:
        """The media type, by the suffix."""
        return "application/ld+json" if self.path.startswith("ro-crate") else media_type(self.path)


def media_type(path: str) -> str:
    """Return the media type of a file of a release; one without a suffix is text."""
    return _MEDIA.get(PurePosixPath(path).suffix, "text/plain")


def unsound(path: Path) -> str:
    """Return what is wrong with *path* as a file of a release before it is opened; nothing where it is one."""
    if not os.path.lexists(path):
        return "is missing"
    return "is a link or a pipe; expected the file itself" if path.is_symlink() or not path.is_file() else ""


def found(root: Path) -> list[str]:
    """Return the paths of all that lies in *root* and is no folder, in order."""
    paths = (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(root).as_posix() for path in paths)


@dataclass(frozen=True)
class Graph:
    """A graph of a release: how many triples it has, its licences, and the files that hold it."""

    graph: str
    triples: int
    licences: tuple[str, ...]
    turtle: str
    jsonld: str


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself."""

    version: str
    revision: str
    date: str
    quads: int
    canonical: str
    graphs: tuple[Graph, ...]
    left_out: tuple[tuple[str, str], ...]
    files: tuple[File, ...]

    @property
    def text(self) -> str:
        """The manifest as JSON."""
        told: dict[str, Any] = {
            "name": NAME,
            "version": self.version,
            "revision": self.revision,
            "date": self.date,
            "dataset": {
                "file": QUADS,
                "quads": self.quads,
                "canonicalization": ALGORITHM,
                "sha256": self.canonical,
            },
            "graphs": [vars(graph) for graph in self.graphs],
            "leftOut": [{"graph": graph, "why": why} for graph, why in self.left_out],
            "files": [{**vars(file), "mediaType": file.media_type} for file in self.files],
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"

    @property
    def sums(self) -> Iterator[str]:
        """The lines of the checksums of *files*, without the manifest's own."""
        return (f"{file.sha256}  {file.path}" for file in self.files)

    @classmethod
    def read(cls, root: Path) -> "Manifest":
        """Read the manifest of the release *root*; InputError says what is wrong with it."""
        if wrong := unsound(root / MANIFEST):
            raise InputError(f"{MANIFEST}: {wrong.partition(';')[0]}; expected the manifest of a release")
        try:
            told = json.loads((root / MANIFEST).read_text("utf-8"))
        except OSError as error:
            raise InputError(f"{MANIFEST}: {(error.strerror or str(error)).lower()}; expected the manifest") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{MANIFEST}: is no JSON ({error}); expected the manifest of a release") from error
        try:
            return _manifest(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{MANIFEST}: lacks or garbles {error}; expected the manifest of a release") from error


def _manifest(told: Any) -> Manifest:
    dataset = told["dataset"]
    fixed = (("name", told["name"], NAME), ("file", dataset["file"], QUADS))
    for what, said, expected in (*fixed, ("canonicalization", dataset["canonicalization"], ALGORITHM)):
        if said != expected:
            raise ValueError(f"the {what} {said!r}, for which it has {expected!r}")
    date.fromisoformat(told["date"])
    paths = [_path(one["path"]) for one in told["files"]]
    if twice := next((path for path, times in Counter(paths).items() if times > 1), ""):
        raise ValueError(f"the path {twice!r}, which it lists twice")
    return Manifest(
        str(told["version"]),
        str(told["revision"]),
        str(told["date"]),
        _count(dataset["quads"]),
        str(dataset["sha256"]),
        tuple(
            Graph(
                str(one["graph"]),
                _count(one["triples"]),
                tuple(map(str, one["licences"])),
                _path(one["turtle"]),
                _path(one["jsonld"]),
            )
            for one in told["graphs"]
        ),
        tuple((str(one["graph"]), str(one["why"])) for one in told["leftOut"]),
        tuple(
            File(path, _count(one["size"]), str(one["sha256"])) for path, one in zip(paths, told["files"], strict=True)
        ),
    )


def _count(number: Any) -> int:
    if type(number) is not int or number < 0:  # JSON has numbers without end, 1e999, and true
        raise ValueError(f"the count {number!r}")
    return number


def _path(text: Any) -> str:
    """Return *text* if it is a path in one line that stays within the folder; ValueError where it is none."""
    path = PurePosixPath(str(text))
    if (
        not str(text).isprintable()
        or path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or path.as_posix() != text
    ):
        raise ValueError(f"the path {text!r}")
    return str(text)

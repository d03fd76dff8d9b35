"""What can be compared: a release, a store, a revision of one, or an RDF file, each as quads that sort alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, Quad, RdfFormat, Store

from aidtrace.errors import InputError
from aidtrace.namespaces import AT, XSD
from aidtrace.persistent import OWN
from aidtrace.publishing import reading
from aidtrace.publishing.canonical import canonical, digest, steady
from aidtrace.publishing.manifest import MANIFEST, Manifest
from aidtrace.publishing.verifying import read_quads
from aidtrace.revisions import Revisions
from aidtrace.store import open_built

_EXPECTED = "expected a release, a store, or a file .nq, .nq.gz, .trig or .ttl"
_NOT = Literal("false", datatype=XSD("boolean"))


@dataclass(frozen=True)
class Side:
    """One of two to compare: what it is called, its quads in order, and the day of its release, if it is one.

    *left_out* are the graphs that say that they may not be passed on.
    """

    name: str
    quads: tuple[Quad, ...]
    day: str = ""
    left_out: tuple[str, ...] = ()


def read_side(path: Path, *, private: bool = False) -> Side:
    """Read what lies at *path*, with *private* also the graphs that may not be passed on; InputError where nothing."""
    name, day, quads = _read(path)
    closed = set() if private else {quad.graph_name for quad in quads if _closes(quad)}
    kept = steady(quad for quad in quads if quad.graph_name not in closed)
    return Side(name, tuple(kept), day, tuple(sorted(getattr(graph, "value", "") for graph in closed)))


def _read(path: Path) -> tuple[str, str, list[Quad]]:
    if path.is_file():
        return path.name, "", _few(path, _file(path))
    if (path / MANIFEST).exists():
        return _release(path)
    if Revisions(path).exists:
        store = Revisions(path)
        current = store.current
        return f"{path.name}, revision {current}", "", _stored(store.path(current), store)
    if (path / "CURRENT").is_file():
        return f"revision {path.name}", "", _stored(path, Revisions(path.resolve().parent.parent))
    raise InputError(f"{path}: is nothing that can be compared; {_EXPECTED}")


def _file(path: Path) -> list[Quad]:
    """Read an RDF file, unpacked where it is packed."""
    name = path.stem if path.suffix == ".gz" else path.name
    form = RdfFormat.from_extension(Path(name).suffix.removeprefix("."))
    if form is None:
        raise InputError(f"{path}: {name} has no suffix of RDF; {_EXPECTED}")
    return reading.read_quads(path.resolve(), str(path), form)


def _few(path: Path, quads: Iterable[Quad]) -> list[Quad]:
    """Return *quads*, unless they are more than can be held."""
    held = list(islice(quads, reading.MOST + 1))
    if len(held) > reading.MOST:
        raise InputError(f"{path}: holds more than {reading.MOST} quads; expected fewer, to be compared")
    return held


def _release(path: Path) -> tuple[str, str, list[Quad]]:
    try:
        manifest = Manifest.read(path)
        quads = read_quads(path, manifest)
    except InputError as error:
        raise InputError(f"{path}/{error}") from error
    if digest(canonical(quads)) != manifest.canonical:
        raise InputError(f"{path}: its quads are not those of its manifest; expected a release that `verify` passes")
    return f"{manifest.version}, revision {manifest.revision}", manifest.date, quads


def _stored(folder: Path, store: Revisions) -> list[Quad]:
    """Return the quads of a built store; its default graph is most often the union of the others, and left out."""
    opened: Store = open_built(folder)
    own = store.exists and store.about["default_graph"] == OWN
    quads: Iterable[Quad] = opened
    return _few(folder, (quad for quad in quads if own or quad.graph_name != DefaultGraph()))


def _closes(quad: Quad) -> bool:
    return quad.predicate == AT("mayBeRedistributed") and quad.object == _NOT and quad.subject == quad.graph_name

"""What can be compared: a release, a store, a revision of one, or an RDF file, each as quads that sort alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store

from aidtrace.errors import InputError
from aidtrace.licences import closed
from aidtrace.persistent import OWN
from aidtrace.publishing import reading
from aidtrace.publishing.canonical import canonical, digest, steady
from aidtrace.publishing.manifest import MANIFEST, Manifest
from aidtrace.publishing.verifying import read_quads
from aidtrace.revisions import Revisions
from aidtrace.store import open_built

_EXPECTED = "expected a release, a store, or a file .nq, .nq.gz, .trig or .ttl"


@dataclass(frozen=True)
class Side:
    """One of two to compare: what it is called, its quads in order, and the day of its release, if it is one.

    *left_out* are the graphs that may not be passed on, by what either of the two says, each with the reason.
    """

    name: str
    quads: tuple[Quad, ...]
    day: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)


def read_sides(*paths: Path, private: bool = False) -> list[Side]:
    """Read what lies at each of *paths*, with *private* also what may not be passed on; InputError where nothing.

    A graph that one of them closes is left out of all: else what is there still would be told as gone.
    """
    read = [_read(path) for path in paths]
    shut = {} if private else {graph: why for *_, quads in read for graph, why in closed(quads).items()}
    told = {getattr(graph, "value", "the default graph"): why for graph, why in shut.items()}
    return [
        Side(name, tuple(steady(quad for quad in quads if quad.graph_name not in shut)), day, told)
        for name, day, quads in read
    ]


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

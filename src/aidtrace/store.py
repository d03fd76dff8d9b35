"""Files to dataset to revision: reading the project's Turtle into a store, and building that store on disk.

A built store lies in the user's cache under the hash of its inputs, is moved into place whole, and is opened
for reading only. Its default graph is the deduplicated union of all graphs but the shapes, so that a query
without GRAPH sees every triple once.
"""

import contextlib
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from aidtrace.documents import Document
from aidtrace.errors import InputError, MachineError
from aidtrace.files import read_bytes
from aidtrace.namespaces import GRAPH
from aidtrace.project import Project

PUBLISHED = [GRAPH(name) for name in ("ontology", "article", "sources", "crosswalk", "inferred")]
"""The graphs that the named questions read, so that another data set beside them moves no row. They are disjoint."""

_APART = {"shapes"}
_HOUR = 3600


def read_store(project: Project) -> Store:
    """Read the project's files into a store in memory, with everything that the build infers."""
    from aidtrace.inference import infer

    store = Store()
    for name, files in project.graphs().items():
        for path in files:
            _add(store, name, read_quads(path, GRAPH(name)))
    for triple in list(infer(store, project.rule_files)):
        quad = Quad(triple.subject, triple.predicate, triple.object, GRAPH("inferred"))
        if not any(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, DefaultGraph())):
            _add(store, "inferred", [quad])
    return store


def read_quads(path: Path, graph: NamedNode | None = None) -> list[Quad]:
    """Parse the RDF file *path* (format by suffix); its triples go to *graph*. Errors name file, line and column."""
    quads = Document.read(path).quads()
    return [Quad(q.subject, q.predicate, q.object, graph) for q in quads] if graph else quads


def built(project: Project, cache: Path) -> Path:
    """Return the folder of the built store of *project* under *cache*, built first where none opens there."""
    folder = cache / revision(project)
    return folder if _opens(folder) else _build(project, folder)


def open_project(project: Project, cache: Path) -> Store:
    """Open the built store of *project* for reading, as `open_built(built(…))` does, but open it once."""
    folder = cache / revision(project)
    try:
        return open_built(folder)
    except InputError:
        return open_built(_build(project, folder))


def revision(project: Project) -> str:
    """Hash the inputs of the build: the project's files, and the code that reads them."""
    digest = hashlib.sha256()
    code = [Path(__file__).with_name(name) for name in ("store.py", "inference.py", "dates.py")]
    for path in [*(p for files in project.graphs().values() for p in files), *project.rule_files, *code]:
        digest.update(path.name.encode() + b"\0" + read_bytes(path, "a file of the project") + b"\0")
    return digest.hexdigest()[:16]


def open_built(folder: Path) -> Store:
    """Open a built store for reading."""
    try:
        return Store.read_only(str(folder))
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{folder}: not a built store ({error}); expected what `aidtrace build` makes") from error


def _opens(folder: Path) -> bool:
    try:
        open_built(folder)
    except InputError:
        return False
    return True


def _add(store: Store, name: str, quads: Iterable[Quad]) -> None:
    for quad in quads:
        store.add(quad)
        if name not in _APART:
            store.add(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))


def _build(project: Project, folder: Path) -> Path:
    """Write the store beside its place, then move it there whole; whoever comes second drops its own."""
    from shutil import rmtree  # a query, which seldom builds, should not wait for it

    content = read_store(project)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        half = _beside(folder)
    except OSError as error:
        raise MachineError(f"{folder.parent}: {error.strerror}; expected a folder that can be written") from error
    try:
        disk = Store(str(half))
        disk.bulk_extend(content)
        disk.flush()
        del disk
        half.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            raise MachineError(f"{half}: {error.strerror or error}; expected room to write the store") from error
    finally:
        rmtree(half, ignore_errors=True)
    return folder


def _sweep(folder: Path) -> None:
    """Take away a store that does not open, and what builds that were killed have left beside it for an hour."""
    from shutil import rmtree

    for half in folder.parent.glob("half-*"):
        with contextlib.suppress(FileNotFoundError):  # another build sweeps too
            if time.time() - half.stat().st_mtime > _HOUR:
                rmtree(half, ignore_errors=True)
    if folder.is_dir() and not _opens(folder):
        damaged = folder.rename(_beside(folder))
        rmtree(damaged, ignore_errors=True)


def _beside(folder: Path) -> Path:
    """Make an empty folder beside *folder*, so that either moves to the other's place at once."""
    from tempfile import mkdtemp

    return Path(mkdtemp(prefix="half-", dir=folder.parent))

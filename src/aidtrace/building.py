"""The built store: every graph of the project in one store on disk, in the cache, and moved to its place whole.

Beside the published graphs it holds what the tracing of the article comes to (``trace``), and each other case: its
facts (``case/NAME``) apart from what follows from them (``case/NAME/inferred``), and the ``catalog`` of all that.
"""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Quad, Store, Triple

from aidtrace.errors import InputError, MachineError
from aidtrace.inference import infer
from aidtrace.namespaces import GRAPH
from aidtrace.project import Project
from aidtrace.store import add, open_built, published, read_quads, read_store, revision

_HOUR = 3600


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


def read_all(project: Project) -> Store:
    """Read every graph of the project into a store in memory."""
    store = read_store(project)
    _add_tracing(store, project)
    for name, files in project.cases.items():
        _add_case(store, project, name, files)
    _add_catalog(store, project)
    return store


def _add_tracing(store: Store, project: Project) -> None:
    from aidtrace.tracing.rules import Rules  # which itself opens the built store
    from aidtrace.tracing.run import trace

    run = trace(Rules.read(project), published(store), revision(project))
    _add(store, "trace", run.results)


def _add_catalog(store: Store, project: Project) -> None:
    from aidtrace.catalog import catalog  # a query, which seldom builds, need not load it

    _add(store, "catalog", list(catalog(project, store, revision(project))))


def _add_case(store: Store, project: Project, name: str, files: list[Path]) -> None:
    """Add what the case says, and apart from it what follows from that beside the ontology and is said nowhere yet."""
    facts = [quad for path in files for quad in read_quads(path, GRAPH(f"case/{name}"))]
    whole = Store()
    for path in project.ontology_files:
        whole.extend(_plain(quad.triple) for quad in read_quads(path))
    whole.extend(_plain(quad.triple) for quad in facts)
    add(store, f"case/{name}", facts)
    fresh = [one for one in infer(whole, project.rule_files) if _plain(one) not in whole and _plain(one) not in store]
    _add(store, f"case/{name}/inferred", fresh)


def _add(store: Store, name: str, triples: Iterable[Triple]) -> None:
    add(store, name, [Quad(one.subject, one.predicate, one.object, GRAPH(name)) for one in triples])


def _plain(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object)


def _opens(folder: Path) -> bool:
    try:
        open_built(folder)
    except InputError:
        return False
    return True


def _build(project: Project, folder: Path) -> Path:
    """Write the store beside its place, then move it there whole; whoever comes second drops its own."""
    from shutil import rmtree  # a query, which seldom builds, should not wait for it

    content = read_all(project)
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

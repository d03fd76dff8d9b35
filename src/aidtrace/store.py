"""Files to dataset to revision: reading the project's Turtle into a store, and opening a store that was built.

A built store (`aidtrace.building`) is named by the hash of its inputs and is opened for reading only. Its default
graph is the deduplicated union of all graphs but the shapes, so that a query without GRAPH sees every triple once.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from aidtrace.documents import Document
from aidtrace.errors import InputError
from aidtrace.files import read_bytes
from aidtrace.namespaces import GRAPH
from aidtrace.project import Project

PUBLISHED = [GRAPH(name) for name in ("ontology", "article", "sources", "crosswalk", "inferred")]
"""The graphs that the named questions read, so that another data set beside them moves no row. They are disjoint."""

_APART = {"shapes"}
_CODE = (
    *("store.py", "building.py", "inference.py", "dates.py"),
    *("catalog.py", "metadata.py", "licences.py", "namespaces.py", "parameters.py", "queries.py"),
)
"""What decides the content of a built store, beside the tracing; the second line decides its catalog."""

_HOUR = 3600


def read_store(project: Project) -> Store:
    """Read the project's files into a store in memory, with everything that the build infers."""
    from aidtrace.inference import infer

    store = Store()
    for name, files in project.graphs().items():
        for path in files:
            add(store, name, read_quads(path, GRAPH(name)))
    for triple in list(infer(store, project.rule_files)):
        quad = Quad(triple.subject, triple.predicate, triple.object, GRAPH("inferred"))
        if not any(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, DefaultGraph())):
            add(store, "inferred", [quad])
    return store


def read_quads(path: Path, graph: NamedNode | None = None) -> list[Quad]:
    """Parse the RDF file *path* (format by suffix); its triples go to *graph*. Errors name file, line and column."""
    quads = Document.read(path).quads()
    return [Quad(q.subject, q.predicate, q.object, graph) for q in quads] if graph else quads


def revision(project: Project) -> str:
    """Hash the inputs of the build: the project's files, and the code that reads them."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    code = [here / name for name in _CODE]
    code += sorted((here / "tracing").glob("*.py"))
    data = [path for files in (*project.graphs().values(), *project.cases.values()) for path in files]
    rules = [*project.rule_files, *sorted(project.tracing.rglob("*.r[qu]")), *project.query_files]
    for path in [*data, *project.catalog_files, *rules, *code]:
        digest.update(path.name.encode() + b"\0" + read_bytes(path, "a file of the project") + b"\0")
    return digest.hexdigest()[:16]


def open_built(folder: Path) -> Store:
    """Open a built store for reading."""
    try:
        return Store.read_only(str(folder))
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{folder}: not a built store ({error}); expected what `aidtrace build` makes") from error


def published(store: Store) -> Store:
    """Copy what the published graphs of *store* say into the default graph of a store in memory."""
    copy = Store()
    for graph in PUBLISHED:
        found = store.quads_for_pattern(None, None, None, graph)
        copy.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in found)
    return copy


def add(store: Store, name: str, quads: Iterable[Quad]) -> None:
    """Add *quads*, which are in the graph *name*, and to the default graph, the union of all but the shapes."""
    for quad in quads:
        store.add(quad)
        if name not in _APART:
            store.add(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))

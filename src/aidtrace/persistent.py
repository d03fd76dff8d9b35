"""The store of ``aidtrace serve --store``: made where there is none, and kept in step with the release.

A newer release replaces the graphs that are ours, in one new revision, and keeps every other graph.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from aidtrace.building import built, open_project
from aidtrace.errors import InputError
from aidtrace.licences import Licences
from aidtrace.project import Project
from aidtrace.revisions import Revisions
from aidtrace.store import open_built, revision
from aidtrace.union import empty, replace, united

UNION, OWN = "union", "own"


@contextmanager
def held(
    root: Path, project: Project, cache: Path, default_graph: str | None = None, *, empty: bool = False
) -> Iterator[Revisions]:
    """Hold the store in *root* for writing, brought up to date.

    *default_graph* is ``union`` (of all named graphs) or ``own`` (SPARQL's); None takes what the store has, and for
    a new one ``own`` where it is *empty*, else ``union``. InputError where the store was made otherwise.
    """
    store = Revisions(root)
    if not store.exists and root.is_dir():
        _expect_empty(root)
    with store.locked():
        store.sweep()
        if not store.exists:
            _make(store, project, cache, default_graph or (OWN if empty else UNION), empty=empty)
        about = store.about
        if default_graph and default_graph != about["default_graph"]:
            raise InputError(
                f"{root}: its default graph is {about['default_graph']!r}; "
                f"expected --default-graph {about['default_graph']}, or another folder"
            )
        if empty and about["release"]:
            raise InputError(f"{root}: holds the article already; expected a new folder for --empty")
        if about["release"] and about["release"] != revision(project):
            _renew(store, project, cache)
        yield store


def _expect_empty(root: Path) -> None:
    """Raise InputError where *root* holds what is no part of a store."""
    own = ("lock", "revisions", "store.json", "store.json.half", "columns", "search", "cited")
    others = sorted(path.name for path in root.iterdir() if path.name not in own)
    if others:
        raise InputError(f"{root}: holds {others[0]} and is no store; expected a new or an empty folder, or a store")


def _make(store: Revisions, project: Project, cache: Path, default_graph: str, *, empty: bool) -> None:
    candidate = store.candidate()
    try:
        if empty:
            first = Store(str(candidate))
        else:
            open_built(built(project, cache)).backup(str(candidate))
            first = Store(str(candidate))
            if default_graph == OWN:
                first.clear_graph(DefaultGraph())
        graphs = _graphs(first)
        first.flush()
        del first
        store.describe(
            default_graph=default_graph,
            release="" if empty else revision(project),
            graphs=" ".join(sorted(graph.value for graph in graphs)),
        )
        store.publish(candidate)
    finally:
        shutil.rmtree(candidate, ignore_errors=True)


def _renew(store: Revisions, project: Project, cache: Path) -> None:
    """Replace the graphs that are ours by those of this release."""
    about, candidate = store.about, store.candidate()
    ours = {NamedNode(iri) for iri in about["graphs"].split()}
    release = open_built(built(project, cache))
    changed = {graph.value for graph in ours | _graphs(release)}
    try:
        open_built(store.path(store.current)).backup(str(candidate))
        after = Store(str(candidate))
        with united(after, changed) if about["default_graph"] == UNION else nullcontext():
            for graph in ours:
                after.remove_graph(graph)
            for graph in _graphs(release):
                after.bulk_extend(release.quads_for_pattern(None, None, None, graph))
        after.flush()
        del after
        store.publish(candidate)
    finally:
        shutil.rmtree(candidate, ignore_errors=True)
    names = " ".join(sorted(graph.value for graph in _graphs(release)))
    store.describe(default_graph=about["default_graph"], release=revision(project), graphs=names)


def opened(root: Path | None, project: Project, cache: Path) -> Store:
    """Open the current revision of the store in *root* for reading, or without one what is built from *project*."""
    if root is None:
        return open_project(project, cache)
    store = Revisions(root)
    return open_built(store.path(store.current))


def without_private(store: Revisions, place: Path) -> None:
    """Copy the revision that *place* is named after, without the graphs that say that they may not be passed on."""
    before = open_built(store.path(place.name))
    before.backup(str(place))
    after = Store(str(place))
    own = store.about["default_graph"] == OWN
    for graph in Licences.of(before, own_default=own).left_out:
        if own:
            empty(after, graph)
        else:
            replace(after, graph, before, ())
    after.flush()


def replace_graph(store: Revisions, graph: NamedNode, quads: Iterable[Quad]) -> str:
    """Put *quads*, all of *graph*, in the place of what it holds, in one new revision; return its name.

    Where anything fails, *quads* itself included, the store is as before. *store* has to be `held`.
    """
    candidate = store.candidate()
    try:
        before = open_built(store.path(store.current))
        before.backup(str(candidate))
        after = Store(str(candidate))
        if store.about["default_graph"] == UNION:
            replace(after, graph, before, quads)
        else:
            empty(after, graph)
            after.bulk_extend(quads)
        after.flush()
        del after
        name = store.publish(candidate)
    finally:
        shutil.rmtree(candidate, ignore_errors=True)
    store.prune()
    return name


def _graphs(store: Store) -> set[NamedNode]:
    return {graph for graph in store.named_graphs() if isinstance(graph, NamedNode)}

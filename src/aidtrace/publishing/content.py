"""What a release holds: the graphs that anyone may have, and those that are left out, each with the reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from aidtrace.catalog import catalog
from aidtrace.licences import OURS, Licences, closed, licences
from aidtrace.metadata import CATALOG
from aidtrace.namespaces import GRAPH, PROV
from aidtrace.project import Project
from aidtrace.publishing.canonical import canonical
from aidtrace.store import add

_SILENT = "says no licence"
_NAMELESS = "has no name of its own"
_DEFAULT = "the default graph"


@dataclass(frozen=True)
class Content:
    """The quads of a release in canonical order, the licences of each graph, and why others are left out."""

    quads: tuple[Quad, ...]
    licences: Mapping[NamedNode, tuple[str, ...]]
    left_out: Mapping[str, str]

    @cached_property
    def graphs(self) -> dict[NamedNode, list[Quad]]:
        """The quads of each graph, in canonical order."""
        found: dict[NamedNode, list[Quad]] = {graph: [] for graph in self.licences}
        for quad in self.quads:
            assert isinstance(quad.graph_name, NamedNode)
            found[quad.graph_name].append(quad)
        return found

    @property
    def licence(self) -> str:
        """The licence of the whole, where all graphs are under that one alone; else nothing."""
        one, *others = {licence for terms in self.licences.values() for licence in terms} or {""}
        return "" if others else one

    @cached_property
    def store(self) -> Store:
        """A store with nothing but the release, so that no table made from it can show more."""
        store = Store()
        store.bulk_extend(self.quads)
        return store

    @cached_property
    def terms(self) -> Licences:
        """What may be passed on of `store`: all of it."""
        return Licences.of(self.store)


def content(
    project: Project, store: Store, version: str, ours: Collection[str] | None, *, own_default: bool
) -> Content:
    """Choose what of *store* may be published; *ours* are the graphs under our licence, all of them where it is None.

    *own_default* says that the default graph is no union of the others, but holds triples of its own. The catalog is
    made anew, so that it tells of what is published and of nothing else: it bears the *version* of the release, since a
    store calls its revisions by chance.
    """
    stated, private = licences(store), closed(store)
    kept, left_out = dict[NamedNode, tuple[str, ...]](), dict[str, str]()
    for graph in sorted(store.named_graphs(), key=str):
        if not isinstance(graph, NamedNode):
            left_out[str(graph)] = _NAMELESS
            continue
        terms = {licence for of, licence in stated if of == graph.value}
        terms |= {OURS} if ours is None or graph.value in ours else set()
        if graph in private:
            left_out[graph.value] = private[graph]
        elif not terms:
            left_out[graph.value] = _SILENT
        else:
            kept[graph] = tuple(sorted(terms))
    if own_default and any(store.quads_for_pattern(None, None, None, DefaultGraph())):
        left_out[_DEFAULT] = _SILENT
    told = (quad for graph in kept if graph != CATALOG for quad in store.quads_for_pattern(None, None, None, graph))
    quads = [quad for quad in told if not _tells_the_clock(quad)]
    if CATALOG in kept:
        quads += _catalog(project, quads, version)
    return Content(tuple(canonical(quads)), kept, left_out)


def _catalog(project: Project, quads: Iterable[Quad], version: str) -> list[Quad]:
    """Return the catalog of a store of nothing but *quads*; what it says itself it does not count."""
    store = Store()
    for quad in quads:
        assert isinstance(quad.graph_name, NamedNode)
        add(store, quad.graph_name.value.removeprefix(GRAPH.iri), [quad])
    made = list(catalog(project, store, version))
    counted = [quad for quad in (Quad(one.subject, one.predicate, one.object) for one in made) if quad in store]
    if counted:  # an imported graph names its licence, and so does the catalog
        for quad in counted:
            store.remove(quad)
        made = list(catalog(project, store, version))
    return [Quad(one.subject, one.predicate, one.object, CATALOG) for one in made]


def _tells_the_clock(quad: Quad) -> bool:
    """Whether *quad* says when a machine built the store, which is nothing of the data and never the same twice."""
    return quad.predicate == PROV("endedAtTime") and quad.graph_name == GRAPH("trace")

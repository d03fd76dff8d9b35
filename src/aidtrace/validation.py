"""SHACL: the shapes against the graph, against files, or against both together.

The shapes run set-at-a-time on a store in memory that holds each literal as it was sent; no ``owl:imports`` is
fetched. The class tree of the ontology and the bounds of the dates are added to the data. Dates are also read as the
build reads them, which no regular expression can do.
Source: SHACL, W3C Recommendation of 20 July 2017.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from aidtrace.documents import Document, read_all
from aidtrace.edtf_rules import readable, unreadable
from aidtrace.errors import InputError
from aidtrace.hints import emptiness, hints
from aidtrace.inference import SHOWN, infer
from aidtrace.merging import look
from aidtrace.namespaces import AT, GRAPH, PREFIXES, RDF, SEM, SH
from aidtrace.project import Project
from aidtrace.reports.findings import Finding, Report, in_order
from aidtrace.reports.lines import Text, locate
from aidtrace.reports.results import Nameless, finding_of, located
from aidtrace.shacl.compiling import Compiled, compile_shapes
from aidtrace.shacl.engine import Outcome, Told, untold
from aidtrace.shacl.engine import validate as run_shapes
from aidtrace.shacl.incremental import revalidate
from aidtrace.shacl.results import report_triples
from aidtrace.shacl.sent import Data, load
from aidtrace.store import open_built, revision

MANY = 10_000
"""More triples than these are checked in a run of their own, not as a change: that takes less time and memory."""

_DATED = {*SHOWN, AT("beganOn"), AT("endedOn")}
_SHAPES = {
    SH("NodeShape"),
    SH("PropertyShape"),
    *map(SH, ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")),
}


def validate(
    project: Project,
    files: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    *,
    with_graph: bool = False,
    merge: bool = False,
    cache: Path | None = None,
) -> Report:
    """Check *files*, or the project's graph where none is given, against *shapes*, or the project's.

    *with_graph* checks the files together with the graph; *merge* does so, and tells how they
    would meet it. Shapes that use none of our words see the files alone. What the build inferred is taken from the
    built store in *cache*, if there is one and no file is added. A file that is not RDF raises InputError.
    """
    ground = Ground(project, cache)
    return ground.check(read_all(files), read_all(shapes), with_graph=with_graph or merge, merge=merge)


class TooManyError(Exception):
    """There are more findings than can be told."""


@dataclass(frozen=True)
class Ground:
    """What documents are checked against and beside, each part read when it is first needed and then kept.

    The default graph of what *held* opens, where it is given, stands in the place of our graphs. What is *like* this
    one has the shapes and the ontology already.
    """

    project: Project
    cache: Path | None = None
    held: Callable[[], Store] | None = None
    like: "Ground | None" = None

    @cached_property
    def shapes(self) -> Compiled:
        """Our shapes."""
        if self.like:
            return self.like.shapes
        return compile_shapes(quad.triple for quad in _quads(read_all(self.project.shape_files)))

    @cached_property
    def ontology(self) -> list[Quad]:
        """The ontology."""
        return self.like.ontology if self.like else _quads(read_all(self.project.ontology_files))

    @cached_property
    def described(self) -> set[str]:
        """The IRIs that the ontology describes."""
        return _described(self.ontology)

    @cached_property
    def graph(self) -> list[Quad]:
        """All of our graphs but the shapes, as they are written."""
        if self.held:
            return list(self.whole)
        files = [path for name, paths in self.project.graphs().items() if name != "shapes" for path in paths]
        return _quads(read_all(files))

    @cached_property
    def whole(self) -> Store:
        """Our graphs in one, with what is inferred from them."""
        if self.held:
            return self.held()
        store = Store()
        for quad in [*self.graph, *self._inferred([], self.graph, whole=True)]:
            store.add(Quad(quad.subject, quad.predicate, quad.object))
        return store

    @cached_property
    def known(self) -> set[str]:
        """The IRIs that our graphs describe."""
        return _described(self.graph)

    def check(
        self,
        documents: Sequence[Document],
        shapes: Sequence[Document] = (),
        *,
        with_graph: bool = False,
        merge: bool = False,
        most: int | None = None,
        told: Told = untold,
    ) -> Report:
        """Check *documents* as `validate` checks files; each finding says in which of them its thing is written.

        More than *most* findings raise TooManyError; *told* hears how far it is.
        """
        whole = with_graph or not documents
        compiled = _compiled(shapes) if shapes else self.shapes
        read = [(one.name, one.quads()) for one in documents]
        sent = [quad for _, quads in read for quad in quads]
        beside = self._beside(compiled, whole=whole)
        if shapes or whole:
            computed = self._inferred(sent, beside, whole=whole) if whole or _asks_for_bounds(compiled) else []
            apart = set() if whole else self.described - _named(sent)
            report = check([*sent, *beside, *computed], compiled, apart, most, told)
        else:
            report = self._beside_ontology([*sent, *_inferred(sent, None)], most, told)
        notes = list(emptiness((name, len(quads)) for name, quads in read))
        if report.findings:
            described = _described(sent) | (self.described if beside is self.ontology else _described(beside))
            notes += hints((one.value for one in report.findings), described, () if whole else self.known)
        hinted = _hinted(report.findings, compiled)
        findings = locate(hinted, [Text(one.name, one.text) for one in documents], beside=with_graph)
        checked = len(sent) if documents else len(beside)
        meeting = look(self.whole, [quad.triple for quad in sent]) if merge else None
        return replace(report, findings=findings, triples=checked, notes=tuple(notes), meeting=meeting)

    @cached_property
    def _base(self) -> Outcome:
        """What our shapes find in the ontology alone: nothing, but it is known where documents come on top."""
        return run_shapes(self.shapes, load(self.ontology))

    def _beside_ontology(self, sent: list[Quad], most: int | None, told: Told) -> Report:
        """Check *sent* on top of the ontology by our shapes: as a change that is then undone, where it is not large."""
        if len(sent) > MANY:
            return check([*sent, *self.ontology], self.shapes, (), most, told)
        loaded, store = load(sent), self._base.data.store
        fresh = [quad for quad in loaded.store if quad not in store]
        store.extend(fresh)
        try:
            after = replace(loaded, store=store)
            found = revalidate(self.shapes, self._base, after, [quad.triple for quad in sent], (), told)
            return _report(found.outcome, self.shapes, loaded, most=most)
        finally:
            for quad in fresh:
                store.remove(quad)

    def _beside(self, shapes: Compiled, *, whole: bool) -> list[Quad]:
        if whole:
            return self.graph
        return self.ontology if any(map(_says_a_word_of_ours, shapes.triples)) else []

    def _inferred(self, sent: list[Quad], beside: list[Quad], *, whole: bool) -> list[Quad]:
        if not beside:
            return []
        built = self._built() if whole and not sent else None
        return _inferred([*sent, *beside], self.project.rule_files if whole else None) if built is None else built

    def _built(self) -> list[Quad] | None:
        """Return what the build inferred from the files as they are, if the store is there."""
        if self.cache is None:
            return None
        try:
            store = open_built(self.cache / revision(self.project))
        except InputError:
            return None
        return list(store.quads_for_pattern(None, None, None, GRAPH("inferred")))


def check(
    data: Iterable[Quad],
    shapes: Compiled,
    apart: Collection[str] = (),
    most: int | None = None,
    told: Told = untold,
) -> Report:
    """Check *data*, in whatever graphs they are, against *shapes*; what is found at the things *apart* is left out."""
    loaded = load(data)
    return _report(run_shapes(shapes, loaded, told), shapes, loaded, apart, most)


def _report(
    outcome: Outcome, shapes: Compiled, dated: Data, apart: Collection[str] = (), most: int | None = None
) -> Report:
    """Tell of *outcome*, and of the dates in *dated* that cannot be read; more than *most* raise TooManyError."""
    if most is not None and len(outcome.results) > most:
        raise TooManyError(len(outcome.results))
    results = [one for one in located(outcome.results, outcome.data.store) if one.focus.value not in apart]
    found = {(one.focus, one.value, one.shape) for one in results}
    dates = unreadable(dated, shapes)
    results += [date for date in dates if (date.focus, date.value, date.shape) not in found]
    turtle = (serialize(report_triples(results), format=RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()
    said = Nameless(shapes.triples, outcome.data.store)
    findings = in_order(finding_of(one, said) for one in results)
    return Report(findings, turtle, fallback=tuple(said.written(one.shape) for one in outcome.fallen))


def _hinted(findings: Iterable[Finding], shapes: Compiled) -> list[Finding]:
    """Give each finding what its shape describes as the way to mend it."""
    return [replace(one, hint=shapes.descriptions.get(one.shape, "")) for one in findings]


def _compiled(documents: Sequence[Document]) -> Compiled:
    """Compile *documents*; InputError where they hold no shape, for then anything would conform."""
    triples = [quad.triple for quad in _quads(documents)]
    if not any(map(_makes_a_shape, triples)):
        raise InputError(f"{', '.join(one.name for one in documents)}: holds no shape; expected SHACL")
    return compile_shapes(triples)


def _quads(documents: Iterable[Document]) -> list[Quad]:
    return [quad for one in documents for quad in one.quads()]


def _asks_for_bounds(shapes: Compiled) -> bool:
    """Whether shapes of one's own look at the bounds of dates, which nobody sent."""
    return any(SEM.iri in str(triple.object) for triple in shapes.triples)


def _named(quads: Iterable[Quad]) -> set[str]:
    """Return what *quads* speak of, which the classes of things are not."""
    terms = (
        term for quad in quads for term in (quad.subject, *([quad.object] if quad.predicate != RDF("type") else []))
    )
    return {term.value for term in terms if isinstance(term, NamedNode)}


def _described(quads: Iterable[Quad]) -> set[str]:
    return {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}


def _says_a_word_of_ours(triple: Triple) -> bool:
    """Whether a shape speaks of our vocabulary; only then does it need the ontology beside the data."""
    term = triple.object
    text = term.value if isinstance(term, (NamedNode, Literal)) else ""
    return AT.iri in text


def _makes_a_shape(triple: Triple) -> bool:
    """Whether *triple* says that its subject is a shape, or what it is for: SHACL section 2.1."""
    said = triple.object if triple.predicate == RDF("type") else triple.predicate
    return said in _SHAPES


def _inferred(written: list[Quad], rules: Sequence[Path] | None) -> list[Quad]:
    """Return what the build infers from *written*; without *rules*, only the bounds of the dates.

    Dates that cannot be read are left out, for they are findings of their own; bounds that are stated are kept.
    """
    if rules is None:  # nothing else is looked at for bounds
        written = [one for one in written if one.predicate in _DATED or one.predicate.value.startswith(SEM.iri)]
    store = Store()
    store.extend(
        Quad(quad.subject, quad.predicate, quad.object)
        for quad in written
        if not (isinstance(quad.object, Literal) and quad.predicate in _DATED and not readable(quad.object.value))
    )
    stated = {(quad.subject, quad.predicate) for quad in written if quad.predicate.value.startswith(SEM.iri)}
    known = {quad.triple for quad in written}
    return [
        Quad(*triple)
        for triple in infer(store, rules or ())
        if triple not in known
        and (triple.subject, triple.predicate) not in stated
        and (rules is not None or triple.predicate.value.startswith(SEM.iri))
    ]

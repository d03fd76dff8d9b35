"""Results of the engine as findings, each at the thing that a person has to mend."""

from collections.abc import Iterable
from dataclasses import replace

from pyoxigraph import DefaultGraph, NamedNode, Store, Triple

from aidtrace.namespaces import SH
from aidtrace.reports.findings import Finding
from aidtrace.shacl.paths import Predicate, words
from aidtrace.shacl.results import Result
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import Term

_ONTOLOGY = NamedNode("https://w3id.org/aidtrace/ontology")


def located(results: Iterable[Result], store: Store) -> list[Result]:
    """Put each result of a rule over the whole graph where its value stands in *store*."""
    return [one for result in results for one in _located(result, store)]


def _located(result: Result, store: Store) -> list[Result]:
    """Let a result of a rule over the whole graph name the things that hold its value, instead of the ontology.

    A rule that binds ``?path`` has the thing itself as its value.
    """
    held = result.value
    if result.focus != _ONTOLOGY or held is None or held == _ONTOLOGY:
        return [result]
    if result.path is not None:
        return [replace(result, focus=held)]
    places = sorted(_places(held, store), key=lambda place: (str(place[0]), str(place[1])))
    return [replace(result, focus=thing, path=Predicate(predicate)) for thing, predicate in places] or [result]


def _places(held: Term, store: Store) -> set[tuple[Term, NamedNode]]:
    """Return where *held* stands: as a value, each thing with the property; as a property, each thing that has it."""
    values = store.quads_for_pattern(None, None, as_kept(held), DefaultGraph())
    found: set[tuple[Term, NamedNode]] = {(_term(quad.subject), quad.predicate) for quad in values}
    if isinstance(held, NamedNode):
        found |= {(_term(quad.subject), held) for quad in store.quads_for_pattern(None, held, None, DefaultGraph())}
    return found


def _term(term: object) -> Term:
    assert not isinstance(term, Triple)
    return term  # type: ignore[return-value]


def finding_of(result: Result) -> Finding:
    """Write *result* as a finding."""
    return Finding(
        focus=result.focus.value,
        path=words(result.path) if result.path is not None else "",
        value=result.value.value if result.value is not None else "",
        severity=result.severity.value.removeprefix(SH.iri),
        component=result.component.value.removeprefix(SH.iri),
        shape=result.shape.value,
        message=" ".join(message.value for message in result.messages),
    )

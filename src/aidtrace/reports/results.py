"""Results of the engine as findings, each at the thing that a person has to mend."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store, Triple

from aidtrace.namespaces import SH
from aidtrace.reports.findings import Finding
from aidtrace.shacl.paths import Predicate, words
from aidtrace.shacl.results import Result
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import Term

_DEEPEST = 8
"""A node without a name is told by what is said of it, and of nodes below it, so many steps down."""

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


def finding_of(result: Result, said: "Nameless") -> Finding:
    """Write *result* as a finding; *said* tells nodes without a name apart."""
    value = said.written(result.value) if result.value is not None else ""
    terms = [one for one in (result.focus, result.value, result.constraint) if one is not None]
    plain = all(isinstance(one, NamedNode) for one in terms) and result.constraint is None
    return Finding(
        focus=said.written(result.focus),
        path=words(result.path) if result.path is not None else "",
        value=value,
        severity=result.severity.value.removeprefix(SH.iri),
        component=result.component.value.removeprefix(SH.iri),
        shape=said.written(result.shape),
        message=" ".join(message.value for message in result.messages),
        key="" if plain else " ".join(said.told(one) for one in terms),
    )


class Nameless:
    """Names for nodes that have none, which stay the same for as long as what is said of them does."""

    def __init__(self, shapes: Iterable[Triple], data: Store) -> None:
        self._triples, self._data = shapes, data
        self._known: dict[BlankNode, str] = {}

    @cached_property
    def _shapes(self) -> dict[object, list[Triple]]:
        """What the shapes graph says of each node without a name."""
        found: dict[object, list[Triple]] = defaultdict(list)
        for triple in self._triples:
            if isinstance(triple.subject, BlankNode):
                found[triple.subject].append(triple)
        return found

    @cached_property
    def _owners(self) -> dict[object, object]:
        """Where each node without a name hangs."""
        return {one.object: one.subject for one in self._triples if isinstance(one.object, BlankNode)}

    def written(self, term: Term) -> str:
        """Return *term* as a finding shows it: a shape without a name by the one that it belongs to."""
        if not isinstance(term, BlankNode):
            return term.value
        owner: object = term
        seen = set[object]()
        while isinstance(owner, BlankNode) and owner in self._owners and owner not in seen:
            seen.add(owner)
            owner = self._owners[owner]
        return f"{owner.value}~{self._digest(term)}" if isinstance(owner, NamedNode) else f"_:{self._digest(term)}"

    def told(self, term: Term) -> str:
        """Return *term* in full, as N-Triples would have it but for nodes without a name."""
        return self._digest(term) if isinstance(term, BlankNode) else str(term)

    def _digest(self, node: BlankNode, depth: int = 0) -> str:
        if node not in self._known or depth:
            lines = sorted(f"{one.predicate} {self._end(one.object, depth)}" for one in self._about(node))
            told = sha256("\n".join(lines).encode()).hexdigest()[:8]
            if depth:
                return told
            self._known[node] = told
        return self._known[node]

    def _end(self, term: object, depth: int) -> str:
        if not isinstance(term, BlankNode):
            return str(term)
        return self._digest(term, depth + 1) if depth < _DEEPEST else "_"

    def _about(self, node: BlankNode) -> list[Triple]:
        found = self._data.quads_for_pattern(node, None, None, DefaultGraph())
        return [*self._shapes.get(node, ()), *(quad.triple for quad in found)]

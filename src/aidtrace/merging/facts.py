"""The statements of one side, looked up by subject, by property and by class."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Self, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from aidtrace.namespaces import RDF, RDFS, SKOS

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

NAMES = (RDFS("label"), SKOS("prefLabel"), SKOS("altLabel"))
"""The properties that name a thing, the one to be shown first."""


class Facts:
    """A store as its things, whatever graphs it has; what was read of a thing is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[NamedNode, dict[NamedNode, tuple[Term, ...]]] = {}

    @classmethod
    def of_triples(cls, triples: Iterable[Triple]) -> Self:
        """Read *triples* as the store of ours holds them, so that equal literals are equal."""
        store = Store()
        store.extend(Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
        return cls(store)

    def triples(self) -> Iterator[Triple]:
        """Yield every triple once, whatever graphs hold it."""
        seen = set[Triple]()
        for quad in self._store:
            if quad.triple not in seen:
                seen.add(quad.triple)
                yield quad.triple

    def about(self, thing: NamedNode) -> Mapping[NamedNode, tuple[Term, ...]]:
        """Return what is said of *thing*: the values of each property, each once."""
        if thing not in self._read:
            found: dict[NamedNode, dict[Term, None]] = {}
            for quad in self._store.quads_for_pattern(thing, None, None, None):
                found.setdefault(quad.predicate, {})[quad.object] = None
            self._read[thing] = {predicate: tuple(values) for predicate, values in found.items()}
        return self._read[thing]

    def things(self, thing: NamedNode, *properties: NamedNode) -> list[NamedNode]:
        """Return the IRIs among the values of *properties*."""
        return [value for value in self._values(thing, properties) if isinstance(value, NamedNode)]

    def literals(self, thing: NamedNode, *properties: NamedNode) -> list[Literal]:
        """Return the literals among the values of *properties*."""
        return [value for value in self._values(thing, properties) if isinstance(value, Literal)]

    def links(self, *properties: NamedNode) -> Iterator[tuple[NamedNode, NamedNode]]:
        """Yield every pair of IRIs that one of *properties* joins."""
        for subject, value in self.statements(*properties):
            if isinstance(subject, NamedNode) and isinstance(value, NamedNode):
                yield subject, value

    def statements(self, *properties: NamedNode) -> Iterator[tuple[NamedNode | BlankNode, Term]]:
        """Yield subject and value of every statement with one of *properties*."""
        for property_ in properties:
            for quad in self._store.quads_for_pattern(None, property_, None, None):
                if isinstance(quad.subject, NamedNode | BlankNode):
                    yield quad.subject, quad.object

    def subjects(self) -> list[NamedNode]:
        """Return every IRI that something is said of, in order."""
        found = {quad.subject for quad in self._store if isinstance(quad.subject, NamedNode)}
        return sorted(found, key=lambda thing: thing.value)

    @cached_property
    def typed(self) -> Mapping[NamedNode, frozenset[NamedNode]]:
        """Every IRI that has a class, in order, with its classes."""
        found: dict[NamedNode, set[NamedNode]] = {}
        for thing, kind in self.links(RDF("type")):
            found.setdefault(thing, set()).add(kind)
        return {thing: frozenset(found[thing]) for thing in sorted(found, key=lambda one: one.value)}

    def types(self, thing: NamedNode) -> frozenset[NamedNode]:
        """Return the classes that *thing* is said to belong to."""
        return self.typed.get(thing, frozenset())

    def names(self, thing: NamedNode) -> list[str]:
        """Return the names of *thing*, each once, the one to be shown first."""
        every = [label for name in NAMES for label in sorted(self.literals(thing, name), key=_english_first)]
        return list(dict.fromkeys(label.value for label in every))

    def name(self, thing: NamedNode) -> str:
        """Return the name of *thing* to be shown, or an empty text where it has none."""
        return next(iter(self.names(thing)), "")

    def _values(self, thing: NamedNode, properties: Iterable[NamedNode]) -> Iterator[Term]:
        about = self.about(thing)
        for property_ in properties:
            yield from about.get(property_, ())


def _english_first(label: Literal) -> tuple[bool, str]:
    return label.language != "en", str(label)

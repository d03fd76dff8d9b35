"""A small graph of triples in memory, for reading shapes: values of a property, and RDF lists."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.errors import InputError
from aidtrace.namespaces import RDFS
from aidtrace.shacl.terms import FIRST, NIL, REST, TYPE, Node, Term, name


class Graph:
    """Triples by subject and by object, in the order in which they came."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = list(dict.fromkeys(triples))
        self._out: dict[Node, dict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._in: dict[NamedNode, dict[Term, list[Node]]] = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            subject, value = triple.subject, triple.object
            if isinstance(subject, Triple) or isinstance(value, Triple):
                raise InputError(f"{triple}: a triple term; expected RDF 1.1, which is what SHACL 1.0 checks")
            self._out[subject][triple.predicate].append(value)
            self._in[triple.predicate][value].append(subject)

    def objects(self, subject: Node, predicate: NamedNode) -> list[Term]:
        """Return the values of *predicate* at *subject*."""
        return self._out[subject][predicate] if subject in self._out and predicate in self._out[subject] else []

    def properties(self, subject: Node) -> list[NamedNode]:
        """Return the properties that *subject* has."""
        return list(self._out[subject]) if subject in self._out else []

    def subjects(self, predicate: NamedNode, value: Term | None = None) -> list[Node]:
        """Return the subjects of *predicate*, once each; with *value*, those that have it."""
        found = self._in.get(predicate, {})
        each = found.get(value, []) if value is not None else [one for many in found.values() for one in many]
        return list(dict.fromkeys(each))

    def values(self, predicate: NamedNode) -> list[Term]:
        """Return the values of *predicate* anywhere, once each."""
        return list(self._in.get(predicate, {}))

    def items(self, head: Term, where: str) -> list[Term]:
        """Read the RDF list at *head*; *where* begins the error's text if it is none."""
        return list(self._cells(head, where))

    def _cells(self, head: Term, where: str) -> Iterator[Term]:
        seen: set[Term] = set()
        while head != NIL:
            if isinstance(head, Literal) or head in seen:
                raise InputError(f"{where} is no list; expected a well-formed one")
            seen.add(head)
            first, rest = self.objects(head, FIRST), self.objects(head, REST)
            if len(first) != 1 or len(rest) != 1:
                raise InputError(
                    f"{where} is no list: {name(head)} has {len(first)} rdf:first and {len(rest)} rdf:rest"
                )
            yield first[0]
            head = rest[0]

    def subclasses(self, cls: Node) -> set[Node]:
        """Return *cls* and everything below it in this graph."""
        found, todo = {cls}, [cls]
        while todo:
            for one in self.subjects(RDFS("subClassOf"), todo.pop()):
                if one not in found:
                    found.add(one)
                    todo.append(one)
        return found

    def instances(self, cls: Node) -> list[Node]:
        """Return the SHACL instances of *cls* in this graph."""
        return list(dict.fromkeys(one for below in self.subclasses(cls) for one in self.subjects(TYPE, below)))

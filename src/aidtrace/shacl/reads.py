"""Reads: which triples the rows of a unit depend on, and the way back from such a triple to the focus node.

A read says: a triple with this property may matter to each node from which this path leads to the triple's subject
(or object, or property). A change of the data then matters to those nodes only. A read without a path matters to all.
Where a query looks at the whole graph and its rows differ by ``?value``, the way back leads to the value instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode

from aidtrace.namespaces import RDFS
from aidtrace.shacl import model, paths
from aidtrace.shacl.paths import HERE, Anything, Path, Predicate, joined
from aidtrace.shacl.terms import TYPE, Node, Term

SUBCLASS = RDFS("subClassOf")
CLASSES = joined(Predicate(TYPE), paths.ZeroOrMore(Predicate(SUBCLASS)))
"""The path from a thing to its classes and those above them."""


@dataclass(frozen=True)
class Read:
    """Triples with *predicate* (any, if None), and *back*, the path from the key to their *end*.

    *other* is a term that the other end must be, if there is one. *cls* is a class at or below which the class must be
    that a triple gives, as long as the class tree stays as it is.
    """

    predicate: NamedNode | None
    back: Path | None
    end: str
    other: Term | None = None
    cls: Node | None = None


def reads_of_targets(shape: model.Shape) -> Iterator[Read]:
    """Yield what makes a node a focus node of *shape*: SHACL section 2.1.3."""
    targets = shape.targets
    for cls in targets.classes:
        yield from reads_of_class(cls, HERE)
    for predicate in targets.subjects_of:
        yield Read(predicate, HERE, "subject")
    for predicate in targets.objects_of:
        yield Read(predicate, HERE, "object")


def reads_of_class(cls: Node, start: Path) -> Iterator[Read]:
    """Yield what makes the node that *start* leads to an instance of *cls*."""
    for read in along(CLASSES, start):
        yield replace(read, cls=cls) if read.predicate == TYPE else read


def along(path: Path, start: Path = HERE) -> Iterator[Read]:
    """Yield a read for each property on *path*, which begins where *start* leads."""
    for predicate, back, end in _on(_pushed(path)):
        yield Read(predicate, joined(start, back), end)


def _on(path: Path) -> Iterator[tuple[NamedNode | None, Path, str]]:
    match path:
        case Predicate(iri):
            yield iri, HERE, "subject"
        case Anything():
            yield None, HERE, "subject"
        case paths.Inverse(inner):
            yield inner.iri if isinstance(inner, Predicate) else None, HERE, "object"
        case paths.Sequence(steps):
            for place, step in enumerate(steps):
                for predicate, back, end in _on(step):
                    yield predicate, joined(*steps[:place], back), end
        case paths.Alternative(choices):
            for choice in choices:
                yield from _on(choice)
        case paths.ZeroOrMore(inner) | paths.OneOrMore(inner):
            for predicate, back, end in _on(inner):
                yield predicate, joined(paths.ZeroOrMore(inner), back), end
        case paths.ZeroOrOne(inner):
            yield from _on(inner)


def _pushed(path: Path) -> Path:
    """Return *path* with each inversion at a property."""
    match path:
        case paths.Inverse(Predicate() | Anything()):
            return path
        case paths.Inverse(inner):
            return _pushed(paths.inverse(inner))
        case paths.Sequence(steps):
            return joined(*map(_pushed, steps))
        case paths.Alternative(choices):
            return paths.Alternative(tuple(map(_pushed, choices)))
        case paths.ZeroOrMore(inner):
            return paths.ZeroOrMore(_pushed(inner))
        case paths.OneOrMore(inner):
            return paths.OneOrMore(_pushed(inner))
        case paths.ZeroOrOne(inner):
            return paths.ZeroOrOne(_pushed(inner))
    return path

"""What each unit reads, found once for a shapes graph."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aidtrace.shacl import model
from aidtrace.shacl.paths import HERE, Anything, Path, Predicate, joined
from aidtrace.shacl.prebinding import Asked, prepare
from aidtrace.shacl.query_reads import THIS, reads_of_query
from aidtrace.shacl.reads import Read, along, reads_of_class
from aidtrace.shacl.units import Unit, units_of


@dataclass(frozen=True)
class UnitReads:
    """What a unit reads, and whether the way back leads to its focus nodes (``this``) or its values (``value``)."""

    key: str
    reads: tuple[Read, ...]


def reads_of_unit(shapes: model.Shapes, unit: Unit) -> UnitReads:
    """Return what *unit* reads, by the way back to a focus node of its root, or to a value."""
    start = joined(*(shape.path for shape in unit.chain[:-1] if shape.path is not None))
    if isinstance(unit.constraint, Asked):
        whole_graph = len(unit.chain) == 1 and unit.shape.path is None
        asked = reads_of_query(prepare(unit.shape, unit.constraint), unit.shape.path or HERE, whole_graph=whole_graph)
        return UnitReads(asked.key, (*along(start), *_from(start, asked.reads)))
    return UnitReads(THIS, (*along(start), *_from(start, _of_constraint(shapes, unit))))


def is_of_values(unit: Unit) -> bool:
    """Whether the rows of *unit*, a query of the whole graph, are told apart by their values."""
    if not isinstance(unit.constraint, Asked) or len(unit.chain) > 1 or unit.shape.path is not None:
        return False
    return reads_of_query(prepare(unit.shape, unit.constraint), HERE, whole_graph=True).key != THIS


def _of_constraint(shapes: model.Shapes, unit: Unit) -> Iterator[Read]:
    """Yield what a constraint of SHACL Core reads from a focus node of its own shape."""
    values, constraint = unit.shape.path or HERE, unit.constraint
    yield from along(values)
    match constraint:
        case model.HasClass(cls):
            yield from reads_of_class(cls, values)
        case model.Equals(other) | model.Disjoint(other) | model.LessThan(other) | model.LessThanOrEquals(other):
            yield from along(Predicate(other))
        case model.Closed():
            yield from along(Anything(), values)
    for shape in constraint.shapes:
        for inner in units_of(shapes, shape):
            yield from _from(values, _nested(shapes, inner))


def _nested(shapes: model.Shapes, unit: Unit) -> tuple[Read, ...]:
    """Return what *unit* of a shape reads that another refers to, always by the way back to a focus node."""
    if isinstance(unit.constraint, Asked):
        start = joined(*(shape.path for shape in unit.chain[:-1] if shape.path is not None))
        asked = reads_of_query(prepare(unit.shape, unit.constraint), unit.shape.path or HERE, whole_graph=False)
        return (*along(start), *_from(start, asked.reads))
    return reads_of_unit(shapes, unit).reads


def _from(start: Path, reads: tuple[Read, ...] | Iterator[Read]) -> Iterator[Read]:
    """Yield *reads* as they are from where *start* begins."""
    for read in reads:
        yield read if read.back is None else replace(read, back=joined(start, read.back))

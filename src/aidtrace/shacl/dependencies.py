"""Which units and which shapes with targets read a triple, by its property: made once for a shapes graph."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from aidtrace.shacl import model
from aidtrace.shacl.reads import Read, reads_of_targets
from aidtrace.shacl.terms import Node
from aidtrace.shacl.unit_reads import reads_of_unit
from aidtrace.shacl.units import Unit


@dataclass
class Readers:
    """Who reads the triples of one read: units, and roots for their targets."""

    units: list[Unit] = field(default_factory=list)
    roots: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class Dependencies:
    """Reads by property (None: any), each with its readers; and the units whose rows are told apart by value."""

    readers: dict[NamedNode | None, dict[Read, Readers]]
    by_value: frozenset[Unit]


def dependencies(shapes: model.Shapes, units: Iterable[Unit]) -> Dependencies:
    """Find what each of *units* reads."""
    readers: dict[NamedNode | None, dict[Read, Readers]] = defaultdict(lambda: defaultdict(Readers))
    by_value = set()
    roots: dict[Node, model.Shape] = {}
    for unit in units:
        roots[unit.root.node] = unit.root
        found = reads_of_unit(shapes, unit)
        for read in dict.fromkeys(found.reads):
            readers[read.predicate][read].units.append(unit)
        if found.key == "value":
            by_value.add(unit)
    for root in roots.values():
        for read in dict.fromkeys(reads_of_targets(root)):
            readers[read.predicate][read].roots.append(root.node)
    return Dependencies({one: dict(many) for one, many in readers.items()}, frozenset(by_value))

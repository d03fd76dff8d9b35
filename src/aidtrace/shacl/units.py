"""Units: one constraint of one shape, as it is reached from a shape that has targets.

A shape with targets falls into units: its own constraints, and those of the property shapes below it. A unit is what
is run, what falls out of date when the data change, and what a result belongs to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aidtrace.shacl.model import Constraint, Property, Shape, Shapes
from aidtrace.shacl.terms import Node


@dataclass(frozen=True, eq=False)
class Unit:
    """*constraint* of the last shape of *chain*, which leads down from the shape with targets by sh:property."""

    chain: tuple[Shape, ...]
    constraint: Constraint

    @property
    def root(self) -> Shape:
        """The shape with targets."""
        return self.chain[0]

    @property
    def shape(self) -> Shape:
        """The shape whose constraint it is."""
        return self.chain[-1]


def units_of(shapes: Shapes, node: Node) -> Iterator[Unit]:
    """Yield the units of the shape *node*; a shape that is deactivated has none: SHACL section 2.1.5."""
    return _below(shapes, (shapes[node],))


def _below(shapes: Shapes, chain: tuple[Shape, ...]) -> Iterator[Unit]:
    if chain[-1].deactivated:
        return
    for constraint in chain[-1].constraints:
        if isinstance(constraint, Property):
            yield from _below(shapes, (*chain, shapes[constraint.shape]))
        else:
            yield Unit(chain, constraint)

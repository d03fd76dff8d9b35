"""Shapes made ready to run: their units, and what must be left to pySHACL, each with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Triple

from aidtrace.shacl import model, sparql, valuewise
from aidtrace.shacl.reading import read_shapes
from aidtrace.shacl.results import Fallen
from aidtrace.shacl.terms import Node
from aidtrace.shacl.units import Unit, units_of


@dataclass(frozen=True)
class Compiled:
    """A shapes graph ready to run on any data; *triples* is that graph."""

    triples: tuple[Triple, ...]
    shapes: model.Shapes
    units: dict[Node, tuple[Unit, ...]]
    fallen: tuple[Fallen, ...]

    def asks(self, node: Node) -> bool:
        """Whether the shape *node*, or one that it leads to, has a constraint in SPARQL."""
        return any(
            isinstance(constraint, model.Sparql | model.Custom)
            for one in self.shapes.below(node)
            for constraint in self.shapes[one].constraints
        )


def compile_shapes(triples: Iterable[Triple]) -> Compiled:
    """Read and compile a shapes graph; an ill-formed one raises InputError."""
    given = tuple(triples)
    shapes = read_shapes(given)
    units: dict[Node, tuple[Unit, ...]] = {}
    fallen = []
    for root in shapes.roots:
        reason = _obstacle(shapes, root.node)
        if reason is None:
            units[root.node] = tuple(units_of(shapes, root.node))
        else:
            fallen.append(Fallen(root.node, reason))
    return Compiled(given, shapes, units, tuple(fallen))


def _obstacle(shapes: model.Shapes, root: Node) -> str | None:
    """Say why the shape *root* cannot be compiled, if it cannot."""
    if shapes.depth(root) is None:
        return "it leads back to itself by way of other shapes"
    found = (
        _obstacle_in(shapes[node], constraint)
        for node in shapes.below(root)
        if not shapes[node].deactivated
        for constraint in shapes[node].constraints
    )
    return next((reason for reason in found if reason), None)


def _obstacle_in(shape: model.Shape, constraint: model.Constraint) -> str | None:
    match constraint:
        case model.Pattern():
            return valuewise.check_pattern(constraint)
        case model.Sparql() | model.Custom():
            return sparql.obstacle(shape, constraint)
    return None

"""Shapes made ready to run: their units, and what must be left to pySHACL, each with the reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, Triple

from aidtrace.namespaces import SH
from aidtrace.shacl import model, soundness, valuewise
from aidtrace.shacl.dependencies import Dependencies, dependencies
from aidtrace.shacl.prebinding import Asked
from aidtrace.shacl.reading import read_shapes
from aidtrace.shacl.results import Fallen
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import Node
from aidtrace.shacl.units import Unit, units_of


@dataclass(frozen=True)
class Compiled:
    """A shapes graph ready to run on any data; *triples* is that graph."""

    triples: tuple[Triple, ...]
    shapes: model.Shapes
    units: dict[Node, tuple[Unit, ...]]
    fallen: tuple[Fallen, ...]

    def asked(self, node: Node) -> Iterator[tuple[model.Shape, Asked]]:
        """Yield each constraint in SPARQL that the shape *node* leads to, with its shape."""
        for shape in map(self.shapes.__getitem__, self.shapes.below(node)):
            for constraint in shape.constraints if not shape.deactivated else ():
                if isinstance(constraint, Asked):
                    yield shape, constraint

    @cached_property
    def descriptions(self) -> dict[str, str]:
        """What shapes describe as the way to mend what they find: SHACL section 2.3.2.1, sh:description."""
        return {
            triple.subject.value: triple.object.value
            for triple in self.triples
            if triple.predicate == SH("description")
            and isinstance(triple.object, Literal)
            and not isinstance(triple.subject, Triple)
        }

    @cached_property
    def keeps(self) -> bool:
        """Whether a target is a literal that the store would rewrite."""
        nodes = (node for shape in self.shapes.roots for node in shape.targets.nodes)
        return any(as_kept(node) != node for node in nodes)

    @cached_property
    def needs_shapes_graph(self) -> bool:
        """Whether a query that runs here asks for the shapes graph."""
        asked = (constraint for node in self.units for _, constraint in self.asked(node))
        return any(map(soundness.needs_shapes_graph, asked))

    @cached_property
    def dependencies(self) -> Dependencies:
        """What each unit reads."""
        return dependencies(self.shapes, (unit for units in self.units.values() for unit in units))


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
            return soundness.obstacle(shape, constraint)
    return None

"""What a shapes graph says, as plain frozen values: shapes, their targets, and their constraints.

Each constraint is one value of one parameter, as SHACL section 2.1 has it, and knows the component it belongs to.
Source: SHACL, sections 2, 4, 5 and 6.
"""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import ClassVar

from pyoxigraph import Literal, NamedNode

from aidtrace.namespaces import SH
from aidtrace.shacl.paths import Path
from aidtrace.shacl.terms import Node, Term


@dataclass(frozen=True)
class Constraint:
    """One condition on the value nodes of a shape."""

    component: ClassVar[NamedNode]

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The shapes that this constraint refers to."""
        return ()


@dataclass(frozen=True)
class HasClass(Constraint):
    """Each value node is an instance: section 4.1.1."""

    component = SH("ClassConstraintComponent")
    cls: Node


@dataclass(frozen=True)
class Datatype(Constraint):
    """Each value node is a well-formed literal of a datatype: section 4.1.2."""

    component = SH("DatatypeConstraintComponent")
    datatype: NamedNode


@dataclass(frozen=True)
class NodeKind(Constraint):
    """Each value node is of a kind of term: section 4.1.3; ``kind`` is the local name, such as IRIOrLiteral."""

    component = SH("NodeKindConstraintComponent")
    kind: str


@dataclass(frozen=True)
class MinCount(Constraint):
    """There are so many value nodes at least: section 4.2.1."""

    component = SH("MinCountConstraintComponent")
    count: int


@dataclass(frozen=True)
class MaxCount(Constraint):
    """There are so many value nodes at most: section 4.2.2."""

    component = SH("MaxCountConstraintComponent")
    count: int


@dataclass(frozen=True)
class MinExclusive(Constraint):
    """Each value node is greater than the bound: section 4.3.1."""

    component = SH("MinExclusiveConstraintComponent")
    bound: Literal
    operator: ClassVar[str] = ">"


@dataclass(frozen=True)
class MinInclusive(Constraint):
    """Each value node is the bound or greater: section 4.3.2."""

    component = SH("MinInclusiveConstraintComponent")
    bound: Literal
    operator: ClassVar[str] = ">="


@dataclass(frozen=True)
class MaxExclusive(Constraint):
    """Each value node is less than the bound: section 4.3.3."""

    component = SH("MaxExclusiveConstraintComponent")
    bound: Literal
    operator: ClassVar[str] = "<"


@dataclass(frozen=True)
class MaxInclusive(Constraint):
    """Each value node is the bound or less: section 4.3.4."""

    component = SH("MaxInclusiveConstraintComponent")
    bound: Literal
    operator: ClassVar[str] = "<="


Range = MinExclusive | MinInclusive | MaxExclusive | MaxInclusive


@dataclass(frozen=True)
class MinLength(Constraint):
    """Each value node is so long at least: section 4.4.1."""

    component = SH("MinLengthConstraintComponent")
    length: int


@dataclass(frozen=True)
class MaxLength(Constraint):
    """Each value node is so long at most: section 4.4.2."""

    component = SH("MaxLengthConstraintComponent")
    length: int


@dataclass(frozen=True)
class Pattern(Constraint):
    """Each value node matches a regular expression: section 4.4.3."""

    component = SH("PatternConstraintComponent")
    pattern: str
    flags: str


@dataclass(frozen=True)
class LanguageIn(Constraint):
    """Each value node is in one of some languages: section 4.4.4."""

    component = SH("LanguageInConstraintComponent")
    ranges: tuple[str, ...]


@dataclass(frozen=True)
class UniqueLang(Constraint):
    """No two value nodes share a language: section 4.4.5."""

    component = SH("UniqueLangConstraintComponent")


@dataclass(frozen=True)
class Equals(Constraint):
    """The value nodes are the values of another property: section 4.5.1."""

    component = SH("EqualsConstraintComponent")
    other: NamedNode


@dataclass(frozen=True)
class Disjoint(Constraint):
    """No value node is a value of another property: section 4.5.2."""

    component = SH("DisjointConstraintComponent")
    other: NamedNode


@dataclass(frozen=True)
class LessThan(Constraint):
    """Each value node is less than each value of another property: section 4.5.3."""

    component = SH("LessThanConstraintComponent")
    other: NamedNode
    operator: ClassVar[str] = "<"


@dataclass(frozen=True)
class LessThanOrEquals(Constraint):
    """Each value node is not greater than any value of another property: section 4.5.4."""

    component = SH("LessThanOrEqualsConstraintComponent")
    other: NamedNode
    operator: ClassVar[str] = "<="


@dataclass(frozen=True)
class Not(Constraint):
    """No value node conforms to the shape: section 4.6.1."""

    component = SH("NotConstraintComponent")
    shape: Node

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The shape that must not hold."""
        return (self.shape,)


@dataclass(frozen=True)
class _OfSeveral(Constraint):
    """A constraint on a list of shapes."""

    members: tuple[Node, ...]

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The members of the list."""
        return self.members


@dataclass(frozen=True)
class And(_OfSeveral):
    """Each value node conforms to all members: section 4.6.2."""

    component = SH("AndConstraintComponent")


@dataclass(frozen=True)
class Or(_OfSeveral):
    """Each value node conforms to a member: section 4.6.3."""

    component = SH("OrConstraintComponent")


@dataclass(frozen=True)
class Xone(_OfSeveral):
    """Each value node conforms to just one member: section 4.6.4."""

    component = SH("XoneConstraintComponent")


@dataclass(frozen=True)
class Conforms(Constraint):
    """Each value node conforms to the node shape: section 4.7.1, sh:node."""

    component = SH("NodeConstraintComponent")
    shape: Node

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The node shape."""
        return (self.shape,)


@dataclass(frozen=True)
class Property(Constraint):
    """Each value node is a focus node of the property shape, whose results are reported: section 4.7.2."""

    component = SH("PropertyConstraintComponent")
    shape: Node

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The property shape."""
        return (self.shape,)


@dataclass(frozen=True)
class _Qualified(Constraint):
    """So many value nodes conform to the shape and to none of its siblings: section 4.7.3."""

    shape: Node
    siblings: tuple[Node, ...]
    count: int

    @property
    def shapes(self) -> tuple[Node, ...]:
        """The shape and its siblings."""
        return (self.shape, *self.siblings)


@dataclass(frozen=True)
class QualifiedMinCount(_Qualified):
    """At least so many do."""

    component = SH("QualifiedMinCountConstraintComponent")


@dataclass(frozen=True)
class QualifiedMaxCount(_Qualified):
    """At most so many do."""

    component = SH("QualifiedMaxCountConstraintComponent")


@dataclass(frozen=True)
class Closed(Constraint):
    """No value node has a property but these: section 4.8.1."""

    component = SH("ClosedConstraintComponent")
    allowed: tuple[NamedNode, ...]


@dataclass(frozen=True)
class HasValue(Constraint):
    """The term is among the value nodes: section 4.8.2."""

    component = SH("HasValueConstraintComponent")
    value: Term


@dataclass(frozen=True)
class In(Constraint):
    """Each value node is one of the terms: section 4.8.3."""

    component = SH("InConstraintComponent")
    values: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Sparql(Constraint):
    """A SELECT finds nothing: section 5, sh:sparql. ``node`` is the constraint itself, ``prefixes`` its prologue."""

    component = SH("SPARQLConstraintComponent")
    node: Node
    select: str
    prefixes: tuple[tuple[str, str], ...]
    messages: tuple[Literal, ...]


@dataclass(frozen=True, eq=False)
class Custom(Constraint):
    """A constraint of a component declared in the shapes graph: section 6. ``select`` tells SELECT from ASK."""

    declared: NamedNode
    query: str
    select: bool
    prefixes: tuple[tuple[str, str], ...]
    messages: tuple[Literal, ...]
    values: tuple[tuple[str, Term], ...]
    optional: tuple[str, ...]

    @property
    def component(self) -> NamedNode:  # type: ignore[override]  # each of these belongs to another component
        """The component that the shapes graph declares."""
        return self.declared


@dataclass(frozen=True)
class Targets:
    """Which nodes of the data a shape is about: section 2.1.3; implicit classes are among the classes."""

    nodes: tuple[Term, ...] = ()
    classes: tuple[Node, ...] = ()
    subjects_of: tuple[NamedNode, ...] = ()
    objects_of: tuple[NamedNode, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)


@dataclass(frozen=True, eq=False)
class Shape:
    """A node shape, or a property shape where there is a path."""

    node: Node
    path: Path | None
    targets: Targets
    constraints: tuple[Constraint, ...]
    severity: NamedNode
    messages: tuple[Literal, ...]
    deactivated: bool

    @property
    def reach(self) -> tuple[Node, ...]:
        """The shapes that this one refers to."""
        return tuple(node for constraint in self.constraints for node in constraint.shapes)


@dataclass(frozen=True)
class Shapes:
    """All shapes of a shapes graph by their names."""

    by_name: dict[Node, Shape] = field(default_factory=dict)

    def __getitem__(self, node: Node) -> Shape:
        return self.by_name[node]

    @property
    def roots(self) -> tuple[Shape, ...]:
        """The shapes that have targets and are not deactivated."""
        return tuple(shape for shape in self.by_name.values() if shape.targets and not shape.deactivated)

    def below(self, node: Node) -> set[Node]:
        """Return the shapes that *node* leads to, itself included."""
        found, todo = {node}, [node]
        while todo:
            for one in self.by_name[todo.pop()].reach:
                if one not in found:
                    found.add(one)
                    todo.append(one)
        return found

    def depth(self, node: Node) -> int | None:
        """Return how many shapes deep *node* leads, or None where one leads back to itself: section 3.4.3."""
        reach = {one: self.by_name[one].reach for one in self.below(node)}
        depths: dict[Node, int] = {}
        try:
            for one in TopologicalSorter(reach).static_order():
                depths[one] = 1 + max((depths[inner] for inner in reach[one]), default=0)
        except CycleError:
            return None
        return depths[node]

"""A query as a tree: what `aidtrace.columns.reading` makes of its text.

Names follow the grammar and the algebra of SPARQL 1.1 (sections 18.2 and 19.8).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode


class Unsupported(Exception):  # noqa: N818  (a decision, not a failure)
    """The columns cannot answer this query for certain; the store can."""


class Var(NamedTuple):
    """A variable, by its name; those that stand for blank nodes and for steps of paths begin with a dot."""

    name: str


Constant = NamedNode | Literal
Node = Var | Constant


class Sequence(NamedTuple):
    """One path, then another."""

    first: "Path"
    second: "Path"


class Alternative(NamedTuple):
    """Either path."""

    one: "Path"
    other: "Path"


class Inverse(NamedTuple):
    """A path from its end to its begin."""

    path: "Path"


class Repeated(NamedTuple):
    """A path once or more often; *zero* lets it be no step at all."""

    path: "Path"
    zero: bool


Path = NamedNode | Sequence | Alternative | Inverse | Repeated


class Triple(NamedTuple):
    """A triple pattern, whose predicate may be a path."""

    subject: Node
    predicate: Var | Path
    object: Node


class Operation(NamedTuple):
    """An operator or a function with its operands; names are in capitals, operators as they are written."""

    name: str
    operands: "tuple[Expression, ...]"


class Aggregate(NamedTuple):
    """An aggregate over a group; *operand* is None for ``COUNT(*)``."""

    name: str
    operand: "Expression | None"
    distinct: bool


class Exists(NamedTuple):
    """Whether a pattern has a solution, or none."""

    group: "Group"
    negated: bool


Expression = Node | Operation | Aggregate | Exists


class Filter(NamedTuple):
    """A condition on the group that it stands in."""

    condition: Expression


class Bind(NamedTuple):
    """A new variable."""

    expression: Expression
    variable: Var


class Values(NamedTuple):
    """Solutions as they stand; None is UNDEF."""

    variables: tuple[Var, ...]
    rows: tuple[tuple[Constant | None, ...], ...]


@dataclass
class Group:
    """The elements between braces, in their order."""

    elements: "list[Element]" = field(default_factory=list)


class Optional(NamedTuple):
    """A group that need not match."""

    group: Group


class Minus(NamedTuple):
    """A group whose solutions are taken away."""

    group: Group


class Union(NamedTuple):
    """Groups of which each adds its solutions."""

    groups: tuple[Group, ...]


class Graph(NamedTuple):
    """A group that is matched in a named graph."""

    name: Node
    group: Group


@dataclass
class Select:
    """A SELECT; *projection* is None for ``*``, and a plain variable in it has no expression."""

    projection: list[tuple[Var, Expression | None]] | None
    distinct: bool
    group: Group
    keys: list[tuple[Expression, Var | None]] = field(default_factory=list)
    having: list[Expression] = field(default_factory=list)
    order: list[tuple[Expression, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0

    def aggregates(self) -> bool:
        """Whether its solutions are groups."""
        written = [expression for _, expression in self.projection or () if expression is not None]
        written += [*self.having, *(expression for expression, _ in self.order)]
        return bool(self.keys) or any(isinstance(part, Aggregate) for one in written for part in parts(one))


Element = Triple | Filter | Bind | Values | Group | Optional | Minus | Union | Graph | Select


def parts(expression: Expression) -> Iterator[Expression]:
    """Yield *expression* and what it is made of, but nothing of a pattern in it."""
    yield expression
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from parts(operand)
    elif isinstance(expression, Aggregate) and expression.operand is not None:
        yield from parts(expression.operand)

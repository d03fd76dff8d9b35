"""What an evaluator of constraints is given, and what it gives back.

Terms here are those of the store; `aidtrace.shacl.sent` turns them into those that were sent.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from pyoxigraph import NamedNode

from aidtrace.shacl.focus import Focus, Stepped, value_nodes
from aidtrace.shacl.model import Shape
from aidtrace.shacl.paths import recursive
from aidtrace.shacl.terms import Node, Term


class Found(NamedTuple):
    """One violation: the focus node, the value node, the path if it is not the shape's, what a message may quote."""

    focus: Term
    value: Term | None = None
    path: NamedNode | None = None
    quoted: tuple[tuple[str, Term], ...] = ()


class Run(Protocol):
    """One validation of one store."""

    @property
    def kept(self) -> bool:
        """Whether some literals stand in the store under a datatype of our own."""

    def select(self, query: str) -> Iterator[Any]:
        """Run a SELECT on the default graph."""

    def failing(self, shape: Node, focus: Focus) -> set[Term]:
        """Return the nodes of *focus* that do not conform to *shape*."""

    def below(self, cls: Node) -> Collection[Node]:
        """Return *cls* and every class below it in the data."""

    def existing(self, prologue: str, body: str, chosen: tuple[Term, ...]) -> tuple[Term, ...]:
        """Return those of *chosen* that are a ``?value`` for which the filters *body* hold."""

    def narrowed(self, focus: Focus) -> Focus:
        """Return *focus* as a list if it is short, so that queries after this one need not find it again."""


@dataclass(frozen=True)
class Scope:
    """One shape on its focus nodes: where an evaluator looks."""

    run: Run
    shape: Shape
    focus: Focus

    @property
    def value(self) -> str:
        """The variable of the value nodes: those of a node shape are its focus nodes."""
        return "value" if self.shape.path is not None else "this"

    def values(self) -> str:
        """Write what binds ``?this`` to each focus node and ``?value`` to its value nodes, perhaps several times."""
        path = self.shape.path
        return f"{{ {self.focus.group('this')} }}" if path is None else value_nodes(self.focus, path, "this", "value")

    @property
    def chosen(self) -> str:
        """The variables of focus and value node, for a SELECT."""
        return "?this" if self.shape.path is None else "?this ?value"

    def pairs(self, more: str = "") -> Iterator[tuple[Term, Term]]:
        """Yield each focus node with each of its value nodes for which *more*, a piece of a group, holds."""
        for row in self.run.select(f"SELECT DISTINCT {self.chosen} WHERE {{ {self.values()} {more} }}"):
            yield row["this"], row[self.value]

    def foci(self, more: str = "") -> Iterator[Term]:
        """Yield each focus node for which *more* holds."""
        for row in self.run.select(f"SELECT ?this WHERE {{ {self.focus.distinct('this')} {more} }}"):
            yield row["this"]

    @property
    def slow_to_deny(self) -> bool:
        """Whether the path is one that the store should not look for in FILTER NOT EXISTS."""
        return self.shape.path is not None and recursive(self.shape.path)

    def value_focus(self) -> Focus:
        """Return the value nodes as focus nodes."""
        return self.focus if self.shape.path is None else self.run.narrowed(Stepped(self.focus, self.shape.path))

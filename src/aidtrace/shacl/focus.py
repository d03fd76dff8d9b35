"""Sets of focus nodes as groups of SPARQL that bind a variable to each of them.

A group is put in front of a constraint's own pattern, so that one query looks at all focus nodes at once. It may bind
a node more than once; what is counted asks for ``distinct``. The variables of our own begin with the name of the one
that is bound and two underscores, which no query of a shapes graph is let use.
Source: SHACL, sections 2.1.3 (targets) and 2.1.1 (focus nodes).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode

from aidtrace.shacl.paths import Path, nullable, sparql
from aidtrace.shacl.terms import TYPE, Node, Term

BLANK = NamedNode("urn:x-aidtrace:blank")
"""A function that turns a label into the blank node that bears it, which SPARQL itself cannot name."""


class Focus(ABC):
    """A set of focus nodes."""

    @abstractmethod
    def group(self, variable: str) -> str:
        """Write what binds *variable* to each node, as the inside of a group."""

    def distinct(self, variable: str) -> str:
        """Write what binds *variable* to each node once."""
        return f"{{ SELECT DISTINCT ?{variable} WHERE {{ {self.group(variable)} }} }}"


@dataclass(frozen=True)
class Listed(Focus):
    """Nodes that are known one by one."""

    nodes: tuple[Term, ...]

    def __hash__(self) -> int:
        """Return the hash of the nodes, which may be many and are asked for often: worked out once."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.nodes)

    def group(self, variable: str) -> str:
        """Write VALUES, with blank nodes by way of their labels."""
        return values(variable, self.nodes)

    def distinct(self, variable: str) -> str:
        """Write the same: the nodes differ."""
        return f"{{ {self.group(variable)} }}"


@dataclass(frozen=True)
class Targeted(Focus):
    """The nodes that targets select; *classes* are those of the targets and every class below them."""

    nodes: tuple[Term, ...] = ()
    classes: tuple[Node, ...] = ()
    subjects_of: tuple[NamedNode, ...] = ()
    objects_of: tuple[NamedNode, ...] = ()

    def group(self, variable: str) -> str:
        """Write one pattern for each kind of target."""
        parts = []
        if self.nodes:
            parts.append(values(variable, self.nodes))
        if self.classes:
            classes = values(f"{variable}__class", self.classes)
            parts.append(f"{classes} ?{variable} {TYPE} ?{variable}__class")
        parts += [f"?{variable} {iri} ?{variable}__object" for iri in self.subjects_of]
        parts += [f"?{variable}__subject {iri} ?{variable}" for iri in self.objects_of]
        return parts[0] if len(parts) == 1 else " UNION ".join(f"{{ {part} }}" for part in parts)


@dataclass(frozen=True)
class Stepped(Focus):
    """The value nodes of a path at other focus nodes."""

    outer: Focus
    path: Path

    def group(self, variable: str) -> str:
        """Write the outer nodes and the path from them, each end once."""
        outer = f"{variable}__of"
        inside = value_nodes(self.outer, self.path, outer, variable)
        return f"{{ SELECT DISTINCT ?{variable} WHERE {{ {inside} }} }}"

    def distinct(self, variable: str) -> str:
        """Write the same: each end is bound once."""
        return self.group(variable)


def value_nodes(focus: Focus, path: Path, variable: str, value: str) -> str:
    """Write what binds *variable* to each focus node and *value* to its value nodes: section 2.3.

    A path that may stay where it is holds for a node that is in no triple, which SPARQL would not find.
    """
    group = f"{{ {focus.group(variable)} }}"
    walked = f"{group} ?{variable} {sparql(path)} ?{value} ."
    return f"{{ {group} BIND(?{variable} AS ?{value}) }} UNION {{ {walked} }}" if nullable(path) else walked


def values(variable: str, nodes: Collection[Term]) -> str:
    """Write what binds *variable* to each of *nodes*."""
    blank: list[Term] = [node for node in nodes if isinstance(node, BlankNode)]
    plain = [node for node in nodes if not isinstance(node, BlankNode)]
    listed = f"VALUES ?{variable} {{ {_terms(plain)} }}"
    if not blank:
        return listed
    labels = _terms(Literal(node.value) for node in blank)
    named = f"VALUES ?{variable}__label {{ {labels} }} BIND({BLANK}(?{variable}__label) AS ?{variable})"
    return f"{{ {listed} }} UNION {{ {named} }}" if plain else named


def expression(term: Term) -> str:
    """Write *term* where an expression stands."""
    return f"{BLANK}({Literal(term.value)})" if isinstance(term, BlankNode) else str(term)


def _terms(terms: Iterable[Term]) -> str:
    return " ".join(map(str, terms))

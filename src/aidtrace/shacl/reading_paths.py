"""SHACL property paths read from a shapes graph: section 2.3.1."""

from collections.abc import Callable

from pyoxigraph import Literal, NamedNode

from aidtrace.errors import InputError
from aidtrace.namespaces import SH
from aidtrace.shacl import paths
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.terms import FIRST, Node, Term, name

_REPEATED: dict[NamedNode, Callable[[paths.Path], paths.Path]] = {
    SH("inversePath"): paths.Inverse,
    SH("zeroOrMorePath"): paths.ZeroOrMore,
    SH("oneOrMorePath"): paths.OneOrMore,
    SH("zeroOrOnePath"): paths.ZeroOrOne,
}
_DEEPEST = 40


def read_path(graph: Graph, node: Term, shape: Node, depth: int = 0) -> paths.Path:
    """Read the path at *node*; *shape* is named in the error if it is none."""
    if depth > _DEEPEST:
        raise _ill_formed(shape, f"is nested more than {_DEEPEST} deep, or leads back to itself")
    if isinstance(node, Literal):
        raise _ill_formed(shape, f"is {node}")
    if isinstance(node, NamedNode):
        return paths.Predicate(node)
    if graph.objects(node, FIRST):
        return paths.Sequence(_members(graph, node, shape, depth))
    for predicate, make in _REPEATED.items():
        inner = graph.objects(node, predicate)
        if inner:
            return make(read_path(graph, _only(inner, shape), shape, depth + 1))
    several = graph.objects(node, SH("alternativePath"))
    if several:
        return paths.Alternative(_members(graph, _only(several, shape), shape, depth))
    raise _ill_formed(shape, "is a blank node that says no path")


def _members(graph: Graph, head: Term, shape: Node, depth: int) -> tuple[paths.Path, ...]:
    members = graph.items(head, f"shape {name(shape)}: sh:path")
    if len(members) < 2:
        raise _ill_formed(shape, f"has a list of {len(members)}, and such a list has two members at least")
    return tuple(read_path(graph, member, shape, depth + 1) for member in members)


def _only(values: list[Term], shape: Node) -> Term:
    if len(values) > 1:
        raise _ill_formed(shape, "says two paths at once")
    return values[0]


def _ill_formed(shape: Node, what: str) -> InputError:
    return InputError(f"shape {name(shape)}: sh:path {what}; expected a path of well-formed SHACL")

"""Quads in canonical form: blank nodes named by RDFC-1.0, one quad a line, the lines in code-point order."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, serialize

from aidtrace.blanknodes import blank_nodes, named_in_time


def canonical(quads: Iterable[Quad]) -> list[Quad]:
    """Return *quads*, each once, in the order of their lines, with the blank nodes named as RDFC-1.0 does.

    Only quads with blank nodes decide these names, so that the algorithm is spared the others. InputError where there
    are too many of these, or they look too much alike, to be named in time.
    """
    [found] = each_canonical([quads])
    return found


def each_canonical(pieces: Iterable[Iterable[Quad]]) -> list[list[Quad]]:
    """Return each of *pieces* in canonical form, by one process for all; InputError as for one."""
    parted = [_parted(piece) for piece in pieces]
    blanks = [blank for _, blank in parted]
    named = named_in_time(blanks) if any(blanks) else blanks
    return [sorted((*plain, *those), key=str) for (plain, _), those in zip(parted, named, strict=True)]


def steady(quads: Iterable[Quad]) -> list[Quad]:
    """Return *quads* in order, with names for blank nodes that stay when something elsewhere changes.

    RDFC-1.0 counts through the whole data set: a node more gives most others another name. Here a blank node is named
    after all that is said of it and of the blank nodes that hang together with it.
    """
    plain, blank = _parted(quads)
    named, seen = list[Quad](), defaultdict[str, int](int)
    pieces = [sorted(piece, key=str) for piece in named_in_time(_pieces(blank))] if blank else []
    for lines, piece in sorted((nquads(piece), piece) for piece in pieces):
        name = sha256(lines).hexdigest()[:16]
        seen[name] += 1
        named += [_renamed(quad, f"b{name}x{seen[name]}") for quad in piece]
    return sorted((*plain, *named), key=str)


def nquads(quads: Iterable[Quad]) -> bytes:
    """Write *quads* as N-Quads, in the order that they have."""
    return serialize(quads, format=RdfFormat.N_QUADS) or b""


def digest(quads: Iterable[Quad]) -> str:
    """Return the SHA-256 of *quads*, which are in canonical form."""
    return sha256(nquads(quads)).hexdigest()


def _parted(quads: Iterable[Quad]) -> tuple[list[Quad], list[Quad]]:
    """Return *quads*, each once: those without blank nodes, and those with some."""
    plain, blank = list[Quad](), list[Quad]()
    for quad in set(quads):
        (blank if any(blank_nodes(quad)) else plain).append(quad)
    return plain, blank


def _pieces(quads: Iterable[Quad]) -> list[list[Quad]]:
    """Part *quads* into those that hang together by blank nodes."""
    above: dict[BlankNode, BlankNode] = {}

    def top(node: BlankNode) -> BlankNode:
        while above.setdefault(node, node) != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    held = [(quad, list(blank_nodes(quad))) for quad in quads]
    for _, (first, *others) in held:
        for other in others:
            above[top(other)] = top(first)
    pieces: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad, (first, *_) in held:
        pieces[top(first)].append(quad)
    return list(pieces.values())


def _renamed(quad: Quad, prefix: str) -> Quad:
    return Quad(*(_named(term, prefix) for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)))


def _named(term: Any, prefix: str) -> Any:
    if isinstance(term, BlankNode):
        return BlankNode(prefix + term.value)
    if isinstance(term, Triple):
        return Triple(*(_named(part, prefix) for part in (term.subject, term.predicate, term.object)))
    return term

"""Quads in canonical form: blank nodes named by RDFC-1.0, one quad a line, the lines in code-point order.

Source: RDF Dataset Canonicalization (W3C, 2024), https://www.w3.org/TR/rdf-canon/.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, serialize

from aidtrace.errors import InputError

ALGORITHM = "RDFC-1.0"
MOST_BLANK = 5000
"""Quads with blank nodes at most that are put in canonical form."""


def canonical(quads: Iterable[Quad]) -> list[Quad]:
    """Return *quads*, each once, in the order of their lines, with the blank nodes named as RDFC-1.0 does.

    Only quads with blank nodes decide these names, so that the algorithm is spared the others. InputError where there
    are many of these: naming them takes ever longer.
    """
    plain, blank = set[Quad](), Dataset()
    for quad in quads:
        if any(_blank_nodes(quad)):
            blank.add(quad)
        else:
            plain.add(quad)
    if len(blank) > MOST_BLANK:
        raise InputError(f"more than {MOST_BLANK} quads have blank nodes; expected fewer, to be named by {ALGORITHM}")
    blank.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((*plain, *blank), key=str)


def steady(quads: Iterable[Quad]) -> list[Quad]:
    """Return *quads* in order, with names for blank nodes that stay when something elsewhere changes.

    RDFC-1.0 counts through the whole data set: a node more gives most others another name. Here a blank node is named
    after all that is said of it and of the blank nodes that hang together with it.
    """
    plain, blank = list[Quad](), list[Quad]()
    for quad in set(quads):
        (blank if any(_blank_nodes(quad)) else plain).append(quad)
    named, seen = list[Quad](), defaultdict[str, int](int)
    for lines, piece in sorted((nquads(piece), piece) for piece in map(canonical, _pieces(blank))):
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


def _blank_nodes(quad: Quad | Triple) -> Iterator[BlankNode]:
    """Yield the blank nodes of *quad*, those within a quoted triple too."""
    graph = quad.graph_name if isinstance(quad, Quad) else None
    for term in (quad.subject, quad.object, graph):
        if isinstance(term, BlankNode):
            yield term
        elif isinstance(term, Triple):
            yield from _blank_nodes(term)


def _pieces(quads: Iterable[Quad]) -> Iterable[list[Quad]]:
    """Part *quads* into those that hang together by blank nodes."""
    above: dict[BlankNode, BlankNode] = {}

    def top(node: BlankNode) -> BlankNode:
        while above.setdefault(node, node) != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    held = [(quad, list(_blank_nodes(quad))) for quad in quads]
    for _, (first, *others) in held:
        for other in others:
            above[top(other)] = top(first)
    pieces: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad, (first, *_) in held:
        pieces[top(first)].append(quad)
    return pieces.values()


def _renamed(quad: Quad, prefix: str) -> Quad:
    return Quad(*(_named(term, prefix) for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)))


def _named(term: Any, prefix: str) -> Any:
    if isinstance(term, BlankNode):
        return BlankNode(prefix + term.value)
    if isinstance(term, Triple):
        return Triple(*(_named(part, prefix) for part in (term.subject, term.predicate, term.object)))
    return term

"""Literals that the store would hold in another form than they were sent: ``007`` becomes ``7``.

Under the gate they are refused, since a rule about how something is written could not be checked afterwards.
"""

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.shacl.sent import load
from aidtrace.shacl.written import numbers, quoted_literals

_NODE = NamedNode("urn:x-aidtrace:one")


def rewriting(literals: Iterable[Literal]) -> str:
    """Say which of *literals* the store would rewrite, the first of them; nothing where it would rewrite none."""
    every = list(dict.fromkeys(literals))
    if not load(Quad(_NODE, _NODE, one) for one in every).kept:
        return ""
    changed = next(one for one in every if load([Quad(_NODE, _NODE, one)]).kept)
    return f"{changed}: the store keeps it otherwise; expected its canonical form"


def literals_of(text: str, base: str) -> Iterator[Literal]:
    """Yield the literals with a datatype that stand in an update, also those that it only asks about."""
    yield from numbers(text)
    yield from quoted_literals(text, base)

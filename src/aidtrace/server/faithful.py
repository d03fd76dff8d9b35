"""Literals that the store would hold in another form than they were sent: ``007`` becomes ``7``.

Under the gate they are refused, since a rule about how something is written could not be checked afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.lexer import Names, Token, terminals
from aidtrace.namespaces import XSD
from aidtrace.shacl.sent import load

_NODE = NamedNode("urn:x-aidtrace:one")


def first_rewritten(literals: Iterable[Literal]) -> Literal | None:
    """Return the first of *literals* that the store would rewrite."""
    every = list(dict.fromkeys(literals))
    if not load(Quad(_NODE, _NODE, one) for one in every).kept:
        return None
    return next(one for one in every if load([Quad(_NODE, _NODE, one)]).kept)


def literals_of(text: str, base: str) -> Iterator[Literal]:
    """Yield the literals with a datatype that stand in an update, also those that it only asks about."""
    found = terminals(text)
    names = Names(found, base)
    for number, token in enumerate(found):
        if token.kind == "number":
            yield Literal(token.text, datatype=_datatype(token.text))
        elif token.kind == "string" and [one.text for one in found[number + 1 : number + 3]] == ["^", "^"]:
            datatype = _resolved(names, found[number + 3 : number + 4])
            if datatype and "\\" not in token.text:
                yield Literal(_content(token.text), datatype=NamedNode(datatype))


def _datatype(number: str) -> NamedNode:
    """Return the datatype of a number without quotes: SPARQL 1.1 Query Language, section 4.1.2."""
    if "e" in number.lower():
        return XSD("double")
    return XSD("decimal") if "." in number else XSD("integer")


def _resolved(names: Names, tokens: Sequence[Token]) -> str | None:
    return names.resolve(tokens[0]) if tokens else None


def _content(quoted: str) -> str:
    width = 3 if quoted[:3] in ('"""', "'''") else 1
    return quoted[width:-width]

"""Literals as they stand in the text of a query or an update."""

from collections.abc import Iterator, Sequence

from pyoxigraph import Literal, NamedNode

from aidtrace.lexer import Names, Token, terminals
from aidtrace.shacl.parsing import Unclear, number, unquoted


def quoted_literals(text: str, base: str = "") -> Iterator[Literal]:
    """Yield the literals of *text* that are in quotes and have a datatype."""
    found = terminals(text)
    names = Names(found, base)
    for place, token in enumerate(found):
        if token.kind == "string" and [one.text for one in found[place + 1 : place + 3]] == ["^", "^"]:
            datatype = _resolved(names, found[place + 3 : place + 4])
            if datatype:
                try:
                    yield Literal(unquoted(token.text), datatype=NamedNode(datatype))
                except Unclear:  # the store says what is wrong with the escape
                    continue


def numbers(text: str) -> Iterator[Literal]:
    """Yield the numbers without quotes; a sign belongs to one unless a bracket is open, where things are added."""
    depth, before = 0, Token("", "", 0)
    for token in terminals(text):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "bracket" else 0
        if token.kind == "number":
            signed = before.text in ("+", "-") and before.at + 1 == token.at and depth == 0
            yield number(before.text + token.text if signed else token.text)
        before = token


def _resolved(names: Names, tokens: Sequence[Token]) -> str | None:
    return names.resolve(tokens[0]) if tokens else None

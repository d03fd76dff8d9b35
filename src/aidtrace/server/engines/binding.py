"""Binds variables of a query in its text, for an engine that is sent nothing else: VALUES where each pattern begins.

A variable that the query works out itself (``BIND (… AS ?x)``) is compared behind that instead.
"""

from collections.abc import Iterator, Mapping

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from aidtrace.lexer import Token, terminals

Term = NamedNode | Literal | BlankNode | Triple


def with_values(text: str, bound: Mapping[str, Term]) -> str:
    """Return *text*, one of our own queries, with the variables of *bound* bound in it and in each query within it.

    >>> with_values("SELECT ?x { ?x ?y 1 }", {"x": NamedNode("http://example.org/a")})
    'SELECT ?x { VALUES ?x { <http://example.org/a> } ?x ?y 1 }'
    """
    if not bound:
        return text
    found = terminals(text)
    if found[0].says("DESCRIBE") and len(found) == len(("DESCRIBE", "?thing")):
        return f"DESCRIBE {bound[found[1].text[1:]]}"
    inserted = dict[int, str]()
    for name, term in bound.items():
        places = [*_assigned(found, name)]
        for at in places:
            inserted[at] = f"{inserted.get(at, '')} FILTER (?{name} = {term})"
        for at in () if places else _patterns(found):
            inserted[at] = f"{inserted.get(at, '')} VALUES ?{name} {{ {term} }}"
    for at in sorted(inserted, reverse=True):
        text = text[: at + 1] + inserted[at] + text[at + 1 :]
    return text


def _assigned(found: list[Token], name: str) -> Iterator[int]:
    """Yield where each BIND that gives a value to the variable *name* closes."""
    for before, token, after in zip(found, found[1:], found[2:], strict=False):
        if before.says("AS") and token.text[1:] == name and token.kind == "variable" and after.text == ")":
            yield after.at


def _patterns(found: list[Token]) -> Iterator[int]:
    """Yield where the pattern of each query opens: the first brace behind SELECT or ASK that no bracket holds."""
    for number, token in enumerate(found):
        if not (token.says("SELECT") or token.says("ASK")):
            continue
        depth = 0
        for one in found[number + 1 :]:
            depth += {"(": 1, ")": -1}.get(one.text, 0) if one.kind == "bracket" else 0
            if one.text == "{" and one.kind == "mark" and depth == 0:
                yield one.at
                break

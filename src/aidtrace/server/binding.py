"""Binds variables of a query in its text, for an engine that is sent nothing else: VALUES where each pattern begins."""

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
    clause = "".join(f" VALUES ?{name} {{ {term} }}" for name, term in bound.items())
    for at in reversed([*_patterns(found)]):
        text = text[: at + 1] + clause + text[at + 1 :]
    return text


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

"""What SHACL binds in a query before it runs: the path, the parameters, the shape, everything but the focus node.

Source: SHACL, sections 5.3.1, 6.3 and appendix A.
"""

from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from aidtrace.lexer import Token, terminals
from aidtrace.shacl import model
from aidtrace.shacl.parsing import Query, Unclear, parse
from aidtrace.shacl.paths import Predicate, sparql
from aidtrace.shacl.prologue import write_prefixes
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import Term

Asked = model.Sparql | model.Custom

SHAPES_GRAPH = NamedNode("urn:x-aidtrace:shapes-graph")
"""The name of the shapes graph where a query asks for it by ``$shapesGraph``."""

_NOWHERE = ""


@dataclass(frozen=True)
class Prepared:
    """A query with all but the focus node bound: its prologue, its text, how it reads, and what is still to bind."""

    prologue: str
    text: str
    query: Query
    open: frozenset[str]


def raw_query(constraint: Asked) -> str:
    """Return the query of *constraint* as it stands in the shapes graph."""
    return constraint.select if isinstance(constraint, model.Sparql) else constraint.query


def is_ask(constraint: Asked) -> bool:
    """Whether *constraint* asks of each value node whether it is right, rather than selects what is wrong."""
    return isinstance(constraint, model.Custom) and not constraint.select


@lru_cache(maxsize=4096)
def prepare(shape: model.Shape, constraint: Asked) -> Prepared:
    """Bind what is known in the query of *constraint*, and read it; an ASK becomes a SELECT of what it denies."""
    prefixes = dict(constraint.prefixes)
    text = _bound(raw_query(constraint), _given(shape, constraint))
    query = parse(text, prefixes)
    if not query.select.ask:
        return Prepared(write_prefixes(constraint.prefixes), text, query, frozenset({"this"}))
    inside = text[query.select.where.start : query.select.where.end]
    text = f"SELECT DISTINCT $this ?value WHERE {{ FILTER NOT EXISTS {{ {inside} }} }}"
    return Prepared(write_prefixes(constraint.prefixes), text, parse(text, prefixes), frozenset({"this", "value"}))


def _given(shape: model.Shape, constraint: Asked) -> dict[str, str | None]:
    """Return what stands for each variable; None where it stays unbound, nothing where it cannot be written."""
    given: dict[str, str | None] = {"shapesGraph": str(SHAPES_GRAPH), "currentShape": _constant(shape.node)}
    if shape.path is not None:
        given["PATH"] = sparql(shape.path) if isinstance(shape.path, Predicate) else f"({sparql(shape.path)})"
    if isinstance(constraint, model.Custom):
        given |= dict.fromkeys(constraint.optional)
        given |= {variable: _constant(value) for variable, value in constraint.values}
    return given


def _constant(term: Term) -> str:
    written = isinstance(term, NamedNode) or (isinstance(term, Literal) and as_kept(term) == term)
    return str(term) if written else _NOWHERE


def _bound(text: str, given: dict[str, str | None]) -> str:
    """Write what is *given* in the place of its variables, and what BOUND() says of them in its place."""
    tokens = terminals(text)
    pieces, end, heading = list[str](), 0, False
    for place, token in enumerate(tokens):
        heading = token.says("SELECT") or (heading and not (token.text == "{" or token.says("WHERE")))
        variable = token.text[1:] if token.kind == "variable" else ""
        if variable not in given:
            continue
        value, asked = given[variable], _in_bound(tokens, place)
        if value == _NOWHERE or (heading and value is not None):
            raise Unclear(f"{token.text} where it cannot be written")
        if asked:
            start, stop = tokens[place - 2].at, tokens[place + 1].at + 1
            value = "(false)" if value is None else "(true)"
        else:
            start, stop = token.at, token.at + len(token.text)
        if value is not None:
            pieces += [text[end:start], value]
            end = stop
    return "".join([*pieces, text[end:]])


def _in_bound(tokens: list[Token], place: int) -> bool:
    """Whether the variable at *place* is what BOUND() is asked of."""
    around = tokens[place - 2 : place] + tokens[place + 1 : place + 2]
    return len(around) == 3 and around[0].says("BOUND") and (around[1].text, around[2].text) == ("(", ")")

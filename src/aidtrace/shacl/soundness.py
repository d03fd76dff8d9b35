"""Which queries may run for all focus nodes at once, which are left to pySHACL, and which SHACL forbids.

Source: SHACL, sections 5.2.1 and 5.3, and appendix A.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pyoxigraph import BlankNode, Literal, QueryBoolean, QuerySolutions, Store

from aidtrace.errors import InputError, first_complaint
from aidtrace.lexer import Token, scan, terminals
from aidtrace.namespaces import XSD
from aidtrace.shacl import model
from aidtrace.shacl.parsing import Group, Match, Unclear, Variable
from aidtrace.shacl.paths import nullable
from aidtrace.shacl.prebinding import SHAPES_GRAPH, Asked, Prepared, is_ask, prepare, raw_query
from aidtrace.shacl.prologue import write_prefixes
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import name
from aidtrace.shacl.written import quoted_literals

_EMPTY = Store()
_FORBIDDEN = ("MINUS", "VALUES", "SERVICE")
_PASSING = {"COALESCE", "IF", "MIN", "MAX", "GROUP_CONCAT"}


def obstacle(shape: model.Shape, constraint: Asked) -> str | None:
    """Say why *constraint* must be left to pySHACL, if it must; what SHACL forbids raises InputError."""
    refuse_forbidden(shape, constraint)
    try:
        prepared = prepare(shape, constraint)
    except Unclear as unclear:
        return f"its query has {unclear}"
    for call in prepared.query.calls:
        if ":" in call and not call.startswith(XSD.iri):
            raise _refused(shape, f"the function {call}", "functions of SPARQL 1.1")
    return next((f"its query has {reason}" for reason in _doubts(prepared)), None)


def obstacle_in_kept(shape: model.Shape, constraint: Asked) -> str | None:
    """Say why *constraint* cannot run on literals that the store would rewrite, if it cannot."""
    uses = (use for group in prepare(shape, constraint).query.select.where.walk() for use in group.uses)
    passing = next((use.function for use in uses if use.function in _PASSING), None)
    return f"its query has {passing}, and the data have literals that the store would rewrite" if passing else None


def needs_shapes_graph(constraint: model.Constraint) -> bool:
    """Whether *constraint* asks for the shapes graph."""
    return isinstance(constraint, Asked) and any(
        token.kind == "variable" and token.text[1:] == "shapesGraph" for token in terminals(raw_query(constraint))
    )


def refuse_forbidden(shape: model.Shape, constraint: Asked) -> None:
    """Raise InputError for a query that SHACL forbids, that SPARQL cannot parse, or that asks another endpoint."""
    raw = raw_query(constraint)
    tokens = terminals(raw)
    refusal = scan(raw, ()).refusal
    if refusal and not refusal.lenient:
        raise _refused(shape, refusal.what, "a query over the data alone")
    for word in _FORBIDDEN:
        if any(token.says(word) for token in tokens):
            raise _refused(shape, word, "a query without it")
    for before, after in pairwise(tokens):
        if before.says("AS") and after.kind == "variable" and after.text[1:] in _prebound(constraint):
            raise _refused(shape, f"AS {after.text}", "another name, for this one is bound")
    if shape.path is None and any(token.kind == "variable" and token.text[1:] == "PATH" for token in tokens):
        raise _refused(shape, "$PATH at a node shape", "a property shape")
    for projected in _nested(tokens):
        if projected[:1] != ["DISTINCT"] and not {"$this", "?this"} & set(projected):
            raise _refused(shape, "a nested SELECT without $this", "it among the variables")
    _refuse_syntax(shape, constraint, raw)


def _prebound(constraint: Asked) -> set[str]:
    names = {"this", "shapesGraph", "currentShape"}
    if isinstance(constraint, model.Custom):
        names |= {variable for variable, _ in constraint.values} | set(constraint.optional)
    return names | {"value"} if is_ask(constraint) else names


def _nested(tokens: list[Token]) -> Iterator[list[str]]:
    """Yield what stands between each nested SELECT and its group. DISTINCT lets one pass, as it does in pySHACL."""
    for place in [place for place, token in enumerate(tokens) if token.says("SELECT")][1:]:
        projected: list[str] = []
        for token in tokens[place + 1 :]:
            if token.text == "{" or token.says("WHERE"):
                break
            projected.append(token.text.upper() if token.kind == "word" else token.text)
        yield projected


def _refuse_syntax(shape: model.Shape, constraint: Asked, raw: str) -> None:
    try:
        found: Any = _EMPTY.query(write_prefixes(constraint.prefixes) + raw)
    except SyntaxError as error:
        raise InputError(f"shape {name(shape.node)}: {first_complaint(str(error))}") from error
    except RuntimeError:  # a function that the store has not, which is no fault of the syntax
        return
    if not isinstance(found, QueryBoolean if is_ask(constraint) else QuerySolutions):
        raise _refused(shape, "another form", "ASK" if is_ask(constraint) else "SELECT")


def _refused(shape: model.Shape, what: str, expected: str) -> InputError:
    return InputError(f"shape {name(shape.node)}: its query has {what}; expected {expected}")


def _doubts(prepared: Prepared) -> Iterator[str]:
    """Yield what in *prepared* might be answered otherwise for all focus nodes together than for each."""
    select, query = prepared.query.select, prepared.query
    groups = list(select.where.walk())
    nested = [group.select for group in groups if group.select]
    doubts = {
        "a variable with two underscores": "__" in prepared.text,
        "SELECT *": select.every,
        "LIMIT or OFFSET": select.cut or any(one.cut for one in nested),
        "no $this among its variables": "this" not in select.projected,
        "?failure among its variables": "failure" in (*select.projected, *select.computed),
        "a count over all focus nodes": select.counts and "this" not in select.grouped,
        "a count in a nested SELECT": any(one.counts for one in nested),
        "$this in a nested SELECT that does not select it": any(
            "this" not in one.projected and one.mentions("this") for one in nested
        ),
        "a graph of its own": any(group.graph not in (None, SHAPES_GRAPH) for group in groups),
        "a literal that the store would rewrite": any(map(_rewritten, groups)) or _quotes_rewritten(prepared),
        "a path that may have no length, at a node that may be in no triple": _floats(select.where, frozenset()),
        "a regular expression that the store cannot match": not all(map(_matches, query.expressions)),
    }
    return (doubt for doubt, holds in doubts.items() if holds)


def _rewritten(group: Group) -> bool:
    """Whether a pattern of *group* has a literal that the store would rewrite, or a blank node's label as one."""
    slots = [slot for match in group.matches for slot in (match.subject, match.object)]
    return any(isinstance(slot, Literal | BlankNode) and as_kept(slot) != slot for slot in slots)


def _quotes_rewritten(prepared: Prepared) -> bool:
    """Whether a literal in quotes, anywhere in the query, is one that the store would rewrite."""
    return any(as_kept(one) != one for one in quoted_literals(prepared.prologue + prepared.text))


def _floats(group: Group, tied: frozenset[str]) -> bool:
    """Whether a path that may have no length stands at no node that another pattern finds in the graph."""
    tied |= {name for match in group.matches if not _may_be_nothing(match) for name in _ends(match)}
    if any(not tied & _ends(match) for match in group.matches if _may_be_nothing(match)):
        return True
    inner = [(one, tied) for one in group.groups]
    if group.select:
        inner.append((group.select.where, tied & set(group.select.projected)))
    return any(_floats(one, names) for one, names in inner)


def _may_be_nothing(match: Match) -> bool:
    return not isinstance(match.path, Variable) and nullable(match.path)


def _ends(match: Match) -> set[str]:
    return {slot.name for slot in (match.subject, match.object) if isinstance(slot, Variable)}


def _matches(expression: tuple[str, str]) -> bool:
    pattern, flags = map(Literal, expression)
    found: Any = _EMPTY.query(f'SELECT (REGEX("", {pattern}, {flags}) AS ?is) {{}}')
    return next(iter(found))["is"] is not None

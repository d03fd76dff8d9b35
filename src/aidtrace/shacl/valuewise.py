"""Constraints that look at one value node at a time: SHACL, sections 4.1, 4.3, 4.4 and 4.8.3.

Each is a condition in SPARQL that must be true of a value node; an error counts as false, as SHACL has it. Whatever
fails a condition on the value of a literal is looked at again, for the store cannot hold every literal that was sent.
"""

import re
from collections.abc import Iterator
from functools import singledispatch

from pyoxigraph import BlankNode, Literal, Store

from aidtrace.errors import InputError
from aidtrace.namespaces import XSD
from aidtrace.shacl import model
from aidtrace.shacl.focus import expression
from aidtrace.shacl.literals import holds, is_checked, well_formed
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import as_kept, as_sent
from aidtrace.shacl.terms import BOOLEAN, Term

_FEW = 64
_KINDS = {"IRI": "isIRI(?{0})", "BlankNode": "isBlank(?{0})", "Literal": "isLiteral(?{0})"}
_CAST = {XSD(kind) for kind in ("date", "dateTime", "time", "duration", "yearMonthDuration", "dayTimeDuration")}
_NUMERIC = {XSD(kind) for kind in ("integer", "decimal", "double", "float")}

Valuewise = (
    model.HasClass | model.Datatype | model.NodeKind | model.Range | model.MinLength | model.MaxLength
    | model.Pattern | model.LanguageIn | model.In
)  # fmt: skip


def find(scope: Scope, constraint: Valuewise) -> Iterator[Found]:
    """Yield each value node that fails *constraint*."""
    for focus, value in scope.pairs(_screen(scope, constraint)):
        if not _holds_after_all(constraint, as_sent(value)):
            yield Found(focus, value)


def _screen(scope: Scope, constraint: Valuewise) -> str:
    if isinstance(constraint, model.In) and len(constraint.values) > _FEW:
        return f"MINUS {{ VALUES ?{scope.value} {{ {' '.join(_terms(constraint))} }} }}"
    return f"FILTER (!COALESCE({condition(constraint, scope)}, false))"


@singledispatch
def condition(constraint: model.Constraint, scope: Scope) -> str:  # noqa: ARG001  # each kind of constraint reads it
    """Write the condition that *constraint* puts on a value node."""
    raise TypeError(constraint)


@condition.register
def _(constraint: model.HasClass, scope: Scope) -> str:
    classes = tuple(scope.run.below(constraint.cls))
    if not classes:
        return "false"
    if len(classes) == 1:
        return f"EXISTS {{ ?{scope.value} a {classes[0]} }}"
    listed = ", ".join(map(expression, classes))
    return f"EXISTS {{ ?{scope.value} a ?value__class FILTER (?value__class IN ({listed})) }}"


@condition.register
def _(constraint: model.Datatype, scope: Scope) -> str:
    datatype, value = constraint.datatype, f"?{scope.value}"
    is_it = f"DATATYPE({value}) = {datatype}"
    if datatype in _NUMERIC:
        return f"({is_it} && isNumeric({value}))"
    if datatype in _CAST:
        return f"({is_it} && BOUND({value}) && COALESCE({datatype}(STR({value})) = {value}, false))"
    if datatype == BOOLEAN:
        return f'({is_it} && STR({value}) IN ("true", "false"))'
    return "false" if is_checked(datatype) else f"({is_it})"


@condition.register
def _(constraint: model.NodeKind, scope: Scope) -> str:
    kinds = constraint.kind.split("Or")
    return " || ".join(_KINDS[kind].format(scope.value) for kind in kinds)


@condition.register(model.MinExclusive)
@condition.register(model.MinInclusive)
@condition.register(model.MaxExclusive)
@condition.register(model.MaxInclusive)
def _(constraint: model.Range, scope: Scope) -> str:
    return f"(?{scope.value} {constraint.operator} {constraint.bound})"


@condition.register
def _(constraint: model.MinLength, scope: Scope) -> str:
    return f"STRLEN(STR(?{scope.value})) >= {constraint.length}"


@condition.register
def _(constraint: model.MaxLength, scope: Scope) -> str:
    return f"STRLEN(STR(?{scope.value})) <= {constraint.length}"


@condition.register
def _(constraint: model.Pattern, scope: Scope) -> str:
    return f"REGEX(STR(?{scope.value}), {Literal(constraint.pattern)}, {Literal(constraint.flags)})"


@condition.register
def _(constraint: model.LanguageIn, scope: Scope) -> str:
    matches = (f"LANGMATCHES(LANG(?{scope.value}), {Literal(each)})" for each in constraint.ranges)
    return " || ".join(matches) or "false"


@condition.register
def _(constraint: model.In, scope: Scope) -> str:
    """Compare terms, not values: ``1`` is not ``1.0``."""
    return " || ".join(f"sameTerm(?{scope.value}, {term})" for term in _terms(constraint)) or "false"


def _terms(constraint: model.In) -> list[str]:
    """Write the terms of sh:in; a blank node of the shapes graph is none of the data."""
    return [str(as_kept(value)) for value in constraint.values if not isinstance(value, BlankNode)]


def _holds_after_all(constraint: Valuewise, value: Term) -> bool:
    """Whether *value*, which failed in the store, holds as it was sent."""
    if not isinstance(value, Literal):
        return False
    match constraint:
        case model.Datatype(datatype):
            return value.datatype == datatype and well_formed(value)
        case model.MinExclusive() | model.MinInclusive() | model.MaxExclusive() | model.MaxInclusive():
            return holds(value, constraint.operator, constraint.bound)
    return False


def check_pattern(constraint: model.Pattern) -> str | None:
    r"""Say why the store cannot match *constraint*, if it cannot: it would take every value for one that fails.

    What XPath writes otherwise than the engines here raises InputError: class subtraction, and ``\i`` and ``\c``.
    """
    if "q" not in constraint.flags and (found := _of_xpath_alone(constraint.pattern)):
        expected = "a pattern without class subtraction, \\i and \\c, which cannot be matched here"
        raise InputError(f"shapes: sh:pattern {constraint.pattern!r} has {found}; expected {expected}")
    answer = next(iter(_EMPTY.query(f"SELECT ({_probe(constraint)} AS ?is) {{}}")), None)  # type: ignore[arg-type]
    return None if answer is not None and answer["is"] is not None else f"sh:pattern {constraint.pattern!r}"


_EMPTY = Store()
_CLASSES = re.compile(r"\\.|\[|\]|-\[", re.DOTALL)


def _of_xpath_alone(pattern: str) -> str:
    """Return what *pattern* has that the engines here read otherwise than XPath, if it has anything."""
    inside = False
    for found in _CLASSES.finditer(pattern):
        piece = found[0]
        if piece in ("\\i", "\\c", "\\I", "\\C") or (piece == "-[" and inside):
            return piece
        inside = piece in ("[", "-[") or (inside and piece != "]")
    return ""


def _probe(constraint: model.Pattern) -> str:
    return f'REGEX("", {Literal(constraint.pattern)}, {Literal(constraint.flags)})'


__all__ = ["Valuewise", "check_pattern", "condition", "find"]

"""Constraints that compare the value nodes with the values of another property: SHACL, sections 4.5 and 4.8.1."""

from collections.abc import Iterator

from pyoxigraph import Literal

from aidtrace.shacl import model
from aidtrace.shacl.literals import holds
from aidtrace.shacl.paths import nullable, sparql
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import as_sent
from aidtrace.shacl.terms import Term

Pairwise = model.Equals | model.Disjoint | model.LessThan | model.LessThanOrEquals | model.Closed


def find(scope: Scope, constraint: Pairwise) -> Iterator[Found]:
    """Yield each value that fails *constraint*."""
    match constraint:
        case model.Disjoint(other):
            yield from (Found(*pair) for pair in scope.pairs(_also(scope, str(other))))
        case model.Equals(other):
            yield from _unequal(scope, str(other))
        case model.LessThan() | model.LessThanOrEquals():
            yield from _unordered(scope, constraint)
        case model.Closed():
            yield from _beyond(scope, constraint)


def _also(scope: Scope, other: str) -> str:
    return f"?this {other} ?{scope.value} ."


def _unequal(scope: Scope, other: str) -> Iterator[Found]:
    """Yield what stands on one side only: the value nodes, then the values of the other property."""
    for pair in scope.pairs(f"FILTER NOT EXISTS {{ ?this {other} ?{scope.value} }}"):
        yield Found(*pair)
    path = scope.shape.path
    both = f"{scope.focus.distinct('this')} ?this {other} ?value ."
    if path is None:
        both += " FILTER (!sameTerm(?this, ?value))"
    elif not scope.slow_to_deny and not nullable(path):
        both += f" FILTER NOT EXISTS {{ ?this {sparql(path)} ?value }}"
    there = set(scope.pairs()) if path is not None and (scope.slow_to_deny or nullable(path)) else set()
    for row in scope.run.select(f"SELECT DISTINCT ?this ?value WHERE {{ {both} }}"):
        if (row["this"], row["value"]) not in there:
            yield Found(row["this"], row["value"])


def _unordered(scope: Scope, constraint: model.LessThan | model.LessThanOrEquals) -> Iterator[Found]:
    """Yield each pair that is not in order, or cannot be compared."""
    query = (
        f"SELECT DISTINCT ?this ?value ?value__other WHERE {{ {{ {scope.values()} }} "
        f"?this {constraint.other} ?value__other . "
        f"FILTER (!COALESCE(?value {constraint.operator} ?value__other, false)) }}"
    )
    for row in scope.run.select(query):
        if not _ordered(row["value"], constraint.operator, row["value__other"]):
            yield Found(row["this"], row["value"])


def _ordered(left: Term, operator: str, right: Term) -> bool:
    """Whether two values that the store could not order are in order as they were sent."""
    left, right = as_sent(left), as_sent(right)
    return isinstance(left, Literal) and isinstance(right, Literal) and holds(left, operator, right)


def _beyond(scope: Scope, constraint: model.Closed) -> Iterator[Found]:
    """Yield each triple of a value node whose property is not allowed; the property is the path of the result."""
    allowed = ", ".join(map(str, constraint.allowed))
    beyond = f"FILTER (?value__path NOT IN ({allowed}))" if allowed else ""
    query = (
        f"SELECT DISTINCT {scope.chosen} ?value__path ?value__object WHERE {{ {{ {scope.values()} }} "
        f"?{scope.value} ?value__path ?value__object . {beyond} }}"
    )
    for row in scope.run.select(query):
        yield Found(row["this"], row["value__object"], row["value__path"])

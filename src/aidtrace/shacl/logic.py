"""Constraints that refer to other shapes: SHACL, sections 4.6 and 4.7.

The value nodes that do not conform to a shape are found as a set, by running that shape on all of them at once; what
the constraint makes of it is arithmetic on sets.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from aidtrace.shacl import model
from aidtrace.shacl.focus import values
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.terms import Term

Logical = model.Not | model.And | model.Or | model.Xone | model.Conforms
Qualified = model.QualifiedMinCount | model.QualifiedMaxCount

_FEW = 1000


def find(scope: Scope, constraint: Logical | Qualified) -> Iterator[Found]:
    """Yield what fails *constraint*."""
    if isinstance(constraint, Qualified):
        yield from map(Found, _miscounted(scope, constraint))
        return
    for pair in holding(scope, _bad(scope, constraint)):
        yield Found(*pair)


def _bad(scope: Scope, constraint: Logical) -> set[Term] | Callable[[Term], bool]:
    """Return the value nodes that fail, or what tells one that does."""
    focus = scope.value_focus()
    failing = [scope.run.failing(shape, focus) for shape in constraint.shapes]
    match constraint:
        case model.Conforms() | model.And():
            return set().union(*failing)
        case model.Or():
            return failing[0].intersection(*failing[1:])
        case model.Not():
            return lambda value: value not in failing[0]
        case model.Xone():
            count = Counter(value for each in failing for value in each)
            return lambda value: count[value] != len(failing) - 1


def holding(scope: Scope, bad: set[Term] | Callable[[Term], bool]) -> Iterator[tuple[Term, Term]]:
    """Yield each focus node with each of its value nodes that is *bad*."""
    if isinstance(bad, set):
        if not bad:
            return
        few = f"{{ {values(scope.value, bad)} }}" if len(bad) <= _FEW else ""
        yield from (pair for pair in scope.pairs(few) if pair[1] in bad)
    else:
        yield from (pair for pair in scope.pairs() if bad(pair[1]))


def _miscounted(scope: Scope, constraint: Qualified) -> Iterator[Term]:
    """Yield the focus nodes with too few or too many value nodes that conform to the shape and to no sibling."""
    focus = scope.value_focus()
    failing = scope.run.failing(constraint.shape, focus)
    siblings = [scope.run.failing(shape, focus) for shape in constraint.siblings]
    count = Counter(
        this
        for this, value in scope.pairs()
        if value not in failing and all(value in fails for fails in siblings)
    )  # fmt: skip
    if isinstance(constraint, model.QualifiedMaxCount):
        yield from (this for this, number in count.items() if number > constraint.count)
    else:
        yield from (this for this in scope.foci() if count[this] < constraint.count)

"""What a query reads: the way from its focus node, or from its value, to each of its triple patterns.

Two patterns are joined by a variable that they share, if the one must match where the other does: it stands in the
same group, or in one around it. A pattern that no such way leads to is read for every focus node.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aidtrace.shacl.parsing import Group, Match, Select, Slot, Variable
from aidtrace.shacl.paths import HERE, Anything, Inverse, Path, Predicate, Sequence, joined
from aidtrace.shacl.prebinding import SHAPES_GRAPH, Prepared
from aidtrace.shacl.reads import Read, along
from aidtrace.shacl.terms import Term

THIS, VALUE = "this", "value"


@dataclass(frozen=True)
class QueryReads:
    """What a query reads, by the way back to *key*: ``this``, or ``value`` where the whole graph is looked at."""

    key: str
    reads: tuple[Read, ...]


def reads_of_query(prepared: Prepared, values: Path, *, whole_graph: bool) -> QueryReads:
    """Return what *prepared* reads from its focus node, from which *values* leads to the value nodes.

    With *whole_graph*, the way may lead to ``?value`` where none leads to ``$this``.
    """
    known = {THIS: HERE} | ({VALUE: values} if VALUE in prepared.open else {})
    by_this = QueryReads(THIS, (*along(values), *_reads(prepared.query.select, known)))
    if whole_graph and not _complete(by_this) and _by_value(prepared):
        by_value = QueryReads(VALUE, tuple(_reads(prepared.query.select, {VALUE: HERE})))
        if _complete(by_value):
            return by_value
    return by_this


def _complete(found: QueryReads) -> bool:
    return all(read.back is not None for read in found.reads)


def _by_value(prepared: Prepared) -> bool:
    """Whether the rows of a query differ by ``?value`` alone: it never looks at ``$this``, and matches the value."""
    select = prepared.query.select
    groups = list(select.where.walk())
    inner = [group.select for group in groups if group.select]
    return (
        prepared.open == {THIS}
        and VALUE in select.projected
        and not select.counts
        and not any(one.counts or one.cut for one in inner)
        and not select.looks_at(THIS)
        and VALUE not in (name for one in (select, *inner) for name in one.computed)
        and not any(VALUE in group.bound for group in groups)
        and _binds_value(select.where)
    )


def _binds_value(where: Group) -> bool:
    """Whether the outermost group must match the value, itself or in a nested SELECT of the value alone."""
    nested = [group.select for group in where.groups if group.kind == "group" and group.select]
    slots = [slot for match in where.matches for slot in (match.subject, match.path, match.object)]
    return Variable(VALUE) in slots or any(one.is_of(VALUE) and one.distinct for one in nested)


def _reads(select: Select, known: dict[str, Path]) -> Iterator[Read]:
    for patterns in _scopes(select.where, (), ""):
        ways = _ways(patterns, known)
        for match in patterns[0]:
            yield from _of_match(match, ways)


def _scopes(group: Group, around: tuple[tuple[Match, ...], ...], scope: str) -> Iterator[tuple[tuple[Match, ...], ...]]:
    """Yield the patterns of each group, with those of the groups around it after them."""
    if group.kind == "graph" and group.graph == SHAPES_GRAPH:
        return
    own = tuple(group.matches)
    yield (own, *around)
    for number, inner in enumerate(group.groups):
        yield from _scopes(inner, (own, *around), f"{scope}.{number}")
    if group.select:
        where = _renamed(group.select.where, frozenset(group.select.projected), f"{scope}.s")
        yield from _scopes(where, (own, *around), f"{scope}.s")


def _renamed(group: Group, shown: frozenset[str], scope: str) -> Group:
    """Return *group* with the variables that a nested SELECT does not show under names of their own."""
    matches = [
        Match(_slot(one.subject, shown, scope), _slot(one.path, shown, scope), _slot(one.object, shown, scope))
        for one in group.matches
    ]
    groups = [_renamed(inner, shown, scope) for inner in group.groups]
    return replace(group, matches=matches, groups=groups)


def _slot(slot: Any, shown: frozenset[str], scope: str) -> Any:
    hidden = isinstance(slot, Variable) and slot.name not in shown
    return Variable(f"{slot.name}{scope}") if hidden else slot


def _ways(patterns: tuple[tuple[Match, ...], ...], known: dict[str, Path]) -> dict[str, Path]:
    """Return a path from the key to each variable that the patterns lead to, the shortest first."""
    ways = dict(known)
    todo = list(known)
    while todo:
        name = todo.pop(0)
        for match in (match for group in patterns for match in group):
            for here, there, path in _steps(match):
                if here == name and there not in ways:
                    ways[there] = joined(ways[name], path)
                    todo.append(there)
    return ways


def _steps(match: Match) -> Iterator[tuple[str, str, Path]]:
    """Yield the steps between variables that *match* allows."""
    path = Anything() if isinstance(match.path, Variable) else match.path
    if isinstance(match.subject, Variable) and isinstance(match.object, Variable):
        yield match.subject.name, match.object.name, path
        yield match.object.name, match.subject.name, Inverse(path)


def _of_match(match: Match, ways: dict[str, Path]) -> Iterator[Read]:
    """Yield what *match* reads, from the end that the shorter way leads to."""
    subject, path, value = match.subject, match.path, match.object
    step = Anything() if isinstance(path, Variable) else path
    first, last = _way(subject, ways), _way(value, ways)
    if first is not None and (last is None or _length(first) <= _length(last)):
        found, other = along(step, first), _term(value)
    elif last is not None:
        found, other = along(Inverse(step), last), _term(subject)
    elif isinstance(path, Variable) and path.name in ways:
        found, other = iter([Read(None, ways[path.name], "predicate")]), None
    else:
        found, other = (replace(read, back=None) for read in along(step)), None
    yield from (replace(read, other=other) for read in found) if isinstance(step, Predicate) else found


def _way(slot: Slot, ways: dict[str, Path]) -> Path | None:
    return ways.get(slot.name) if isinstance(slot, Variable) else None


def _length(way: Path) -> int:
    return len(way.steps) if isinstance(way, Sequence) else 1


def _term(slot: Slot) -> Term | None:
    return None if isinstance(slot, Variable) else slot

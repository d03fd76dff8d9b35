"""Constraints in SPARQL, run once for all focus nodes: SHACL, sections 5 and 6.

SHACL binds ``$this`` before a query runs, everywhere in it. Here the group that binds ``?this`` to every focus node is
put in front of the query's own pattern, and again in front of each inner group whose expressions use ``$this`` and
would not see it bound. So one run finds what one run for each focus node would find.
"""

import re
from collections.abc import Iterator
from typing import Any

from pyoxigraph import NamedNode

from aidtrace.shacl.focus import values
from aidtrace.shacl.parsing import Group, Use
from aidtrace.shacl.prebinding import Asked, Prepared, is_ask, prepare
from aidtrace.shacl.query_reads import VALUE
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import KEPT
from aidtrace.shacl.terms import Term

_RAW = {"STR", "LANG", "BOUND", "SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "COUNT", "SAMPLE"}

_DATATYPE = re.compile(r"\s*DATATYPE\s*\(\s*[?$]\w+\s*\)\s*", re.IGNORECASE)
_DISTINCT = re.compile(r"\bDISTINCT$", re.IGNORECASE)

Edit = tuple[int, int, str]


def find(scope: Scope, constraint: Asked, only: tuple[Term, ...] | None = None) -> Iterator[Found]:
    """Yield each solution of the query as a violation, once; with *only*, those whose ``?value`` is one of these."""
    prepared = prepare(scope.shape, constraint)
    front, edits = _front(scope, constraint, prepared), meanings(prepared) if scope.run.kept else []
    if only is None:
        edits += [edit for group in _nested(prepared) for edit in _at_once(group)]
    else:
        found = [(group, _looked_up(scope, prepared, group, edits, only)) for group in _of_value(prepared)]
        if any(group in _joined(prepared) and not one for group, one in found):
            return
        chosen = [(group.start, group.end, f" {values('value', one)} ") for group, one in found]
        edits = [edit for edit in edits if not any(start <= edit[0] < end for start, end, _ in chosen)] + chosen
        front += "" if chosen else f" {{ {values('value', only)} }}"
    edits += [(group.start, group.start, f" {front} ") for group in _fronted(prepared)]
    text = prepared.prologue + edited(prepared.text, edits, 0, len(prepared.text))
    yield from dict.fromkeys(_found(scope, prepared, row) for row in scope.run.select(text))


def edited(text: str, edits: list[Edit], start: int, end: int) -> str:
    """Return what stands between *start* and *end* in *text* after those of *edits* that fall there."""
    pieces = list[str]()
    for begin, stop, new in sorted(edits):
        if start <= begin and stop <= end:
            pieces += [text[start:begin], new]
            start = stop
    return "".join([*pieces, text[start:end]])


def _nested(prepared: Prepared) -> list[Group]:
    return [group for group in prepared.query.select.where.walk() if group.select]


def _at_once(group: Group) -> Iterator[Edit]:
    """Yield what lets the store drop what a nested SELECT DISTINCT repeats before it looks at the filters around it."""
    if group.select and group.select.distinct and not group.select.cut:
        yield group.end, group.end, " LIMIT 1000000000000 "


def _of_value(prepared: Prepared) -> list[Group]:
    """Return each nested SELECT that is of ``?value``, once each, whatever the focus node."""
    return [
        group for group in _nested(prepared) if group.select and group.select.distinct and group.select.is_of(VALUE)
    ]


def _joined(prepared: Prepared) -> list[Group]:
    """Return the groups without whose solutions the query has none."""
    select = prepared.query.select
    return [] if select.counts else [group for group in select.where.groups if group.kind == "group"]


def filters_of_value(group: Group) -> list[tuple[int, int]]:
    """Return the places of the filters of *group* on ``?value`` alone, which may be asked before anything else."""
    return [place for place in group.filters if _names(group, place) == {VALUE}]


def _names(group: Group, place: tuple[int, int]) -> set[str]:
    return {use.name for use in group.uses if place[0] <= use.start < place[1]}


def _looked_up(
    scope: Scope, prepared: Prepared, group: Group, edits: list[Edit], only: tuple[Term, ...]
) -> tuple[Term, ...]:
    """Return those of *only* that a nested SELECT would find."""
    assert group.select is not None
    where = group.select.where
    body = edited(prepared.text, edits, where.start, where.end)
    first = " ".join(f"FILTER {edited(prepared.text, edits, *place)}" for place in filters_of_value(where))
    return scope.run.existing(prepared.prologue, f"{first} FILTER EXISTS {{ {body} }}", only)


def _front(scope: Scope, constraint: Asked, prepared: Prepared) -> str:
    """Write what binds ``?this``, and for an ASK ``?value``; once each where the query counts."""
    if is_ask(constraint):
        more = " BIND (?this AS ?value)" if scope.shape.path is None else ""
        return f"{{ SELECT DISTINCT ?this ?value WHERE {{ {scope.values()}{more} }} }}"
    return scope.focus.distinct("this") if prepared.query.select.counts else f"{{ {scope.focus.group('this')} }}"


def _fronted(prepared: Prepared) -> Iterator[Group]:
    """Yield the outermost group, and each inner one that looks at what it would not see without what is in front."""
    where = prepared.query.select.where
    yield where
    for group in where.walk():
        if group is not where and any(_looks_out(group, name) for name in prepared.open):
            yield group


def _looks_out(group: Group, name: str) -> bool:
    """Whether an expression of *group* uses the variable *name*, of which it sees but what the group itself binds.

    A filter of OPTIONAL or EXISTS sees the solution around it, so that what is around an OPTIONAL has to bind it.
    """
    uses = [use for use in group.uses if use.name == name]
    for_inner = any(one.kind == "optional" and _asks(one, name) for one in group.groups)
    if group.kind in ("optional", "exists"):
        return for_inner or any(use.binds for use in uses)
    return for_inner or bool(uses) or _in_exists(group, name)


def _asks(optional: Group, name: str) -> bool:
    """Whether a filter of *optional* uses the variable *name*."""
    return any(use.name == name for use in optional.uses) or _in_exists(optional, name)


def _in_exists(group: Group, name: str) -> bool:
    return any(inner.kind == "exists" and inner.looks_at(name) for inner in group.groups)


def meanings(prepared: Prepared) -> list[Edit]:
    """Return what stands for each use of a variable so that it is what a kept literal means, not how it is kept."""
    uses = (use for group in prepared.query.select.where.walk() for use in group.uses)
    return [edit for use in uses for edit in _meant(use, prepared.text)]


def _meant(use: Use, text: str) -> Iterator[Edit]:
    variable = f"?{use.name}"
    kept = f'STRSTARTS(STR(DATATYPE({variable})), "{KEPT}")'
    datatype = f'IRI(STRAFTER(STR(DATATYPE({variable})), "{KEPT}"))'
    start, end = use.call
    if use.function == "DATATYPE" and _DATATYPE.fullmatch(text, start, end):
        yield start, end, f"IF({kept}, {datatype}, DATATYPE({variable}))"
    elif not (use.function in _RAW and _is_alone(use, text)) and not (use.function == "BARE" and use.binds):
        meant = f"STRDT(STR({variable}), {datatype})"
        yield use.start, use.end, f"IF(isLiteral({variable}) && {kept}, {meant}, {variable})"


def _is_alone(use: Use, text: str) -> bool:
    """Whether the variable is a whole argument of its function, brackets and DISTINCT aside."""
    before, opened = _without(text[: use.start], "(")
    if _DISTINCT.search(before):
        before, more = _without(before[: -len("DISTINCT")], "(")
        opened += more
    after, closed = _without(text[use.end :][::-1], ")")
    own = opened if before.endswith(",") else opened - 1
    return closed > own or (closed == own and after.endswith(","))


def _without(text: str, bracket: str) -> tuple[str, int]:
    """Take *bracket*s and space off the end of *text*; return what is left, and how many brackets there were."""
    text, number = text.rstrip(), 0
    while text.endswith(bracket):
        text, number = text[:-1].rstrip(), number + 1
    return text, number


def _found(scope: Scope, prepared: Prepared, row: Any) -> Found:
    """Turn a solution into a violation: section 5.3.2."""
    select = prepared.query.select
    bound: dict[str, Term] = {one: row[one] for one in (*select.projected, *select.computed) if row[one] is not None}
    path = bound.get("path")
    value = bound.get("value", bound["this"] if scope.shape.path is None else None)
    quoted = tuple(sorted(bound.items(), key=lambda item: item[0]))
    return Found(bound["this"], value, path if isinstance(path, NamedNode) else None, quoted)

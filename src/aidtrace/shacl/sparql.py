"""Constraints in SPARQL, run once for all focus nodes: SHACL, sections 5 and 6.

SHACL binds ``$this`` before a query runs, everywhere in it. Here the group that binds ``?this`` to every focus node is
put in front of the query's own pattern, and again in front of each inner group whose expressions use ``$this`` and
would not see it bound. So one run finds what one run for each focus node would find.
"""

from collections.abc import Iterator
from typing import Any

from pyoxigraph import NamedNode

from aidtrace.shacl.focus import values
from aidtrace.shacl.parsing import Group, Select, Use
from aidtrace.shacl.prebinding import Asked, Prepared, is_ask, prepare
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import KEPT
from aidtrace.shacl.terms import Term

_RAW = {"STR", "LANG", "BOUND", "SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "COUNT", "SAMPLE"}

_AT_ONCE = " LIMIT 1000000000000 "
"""After a nested SELECT DISTINCT: the store then drops what is repeated before it looks at the filters around it."""

Edit = tuple[int, int, str]


def find(scope: Scope, constraint: Asked, only: tuple[Term, ...] | None = None) -> Iterator[Found]:
    """Yield each solution of the query as a violation, once; with *only*, those whose ``?value`` is one of these."""
    prepared = prepare(scope.shape, constraint)
    front = _front(scope, constraint, prepared)
    chosen = values("value", only) if only is not None else ""
    text = written(prepared, f"{front} {{ {chosen} }}" if chosen else front, kept=scope.run.kept, chosen=chosen)
    yield from dict.fromkeys(_found(scope, prepared, row) for row in scope.run.select(text))


def written(prepared: Prepared, front: str, *, kept: bool, chosen: str = "") -> str:
    """Write the query with *front* where it is needed; with *kept*, for a store that keeps literals as sent.

    *chosen* binds ``?value`` to the values that are asked for, where a nested SELECT would look for all.
    """
    where = prepared.query.select.where
    edits: list[Edit] = [(group.start, group.start, f" {front} ") for group in _fronted(prepared)]
    edits += [edit for group in where.walk() if group.select for edit in _at_once(group, group.select, chosen)]
    if kept:
        edits += [edit for group in where.walk() for use in group.uses for edit in _meant(use)]
    text = prepared.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return prepared.prologue + text


def _at_once(group: Group, select: Select, chosen: str) -> Iterator[Edit]:
    """Yield what makes a nested SELECT quick: it need not look for what is known, nor repeat itself."""
    if chosen and select.distinct and select.projected == ["value"] and not select.computed:
        yield group.start, select.where.start, f" {chosen} FILTER EXISTS {{"
    elif select.distinct and not select.cut:
        yield group.end, group.end, _AT_ONCE


def _front(scope: Scope, constraint: Asked, prepared: Prepared) -> str:
    """Write what binds ``?this``, and for an ASK ``?value``; once each where the query counts."""
    if is_ask(constraint):
        more = " BIND (?this AS ?value)" if scope.shape.path is None else ""
        return f"{{ SELECT DISTINCT ?this ?value WHERE {{ {scope.values()}{more} }} }}"
    return scope.focus.distinct("this") if prepared.query.select.counts else f"{{ {scope.focus.group('this')} }}"


def _fronted(prepared: Prepared) -> Iterator[Group]:
    """Yield the outermost group, and each inner one whose expressions would not see what is in front of that."""
    where = prepared.query.select.where
    yield where
    for group in where.walk():
        if group is not where and any(use.name in prepared.open and _hidden(group, use) for use in group.uses):
            yield group


def _hidden(group: Group, use: Use) -> bool:
    """Whether *use* sees only its own group: a filter of OPTIONAL or EXISTS sees the solution around it."""
    return use.binds or group.kind not in ("optional", "exists")


def _meant(use: Use) -> Iterator[Edit]:
    """Yield what stands for *use* so that it is what a kept literal means, not how it is kept."""
    variable = f"?{use.name}"
    kept = f'STRSTARTS(STR(DATATYPE({variable})), "{KEPT}")'
    datatype = f'IRI(STRAFTER(STR(DATATYPE({variable})), "{KEPT}"))'
    if use.function == "DATATYPE":
        yield (*use.call, f"IF({kept}, {datatype}, DATATYPE({variable}))")
    elif use.function not in _RAW and not (use.function == "BARE" and use.binds):
        meant = f"STRDT(STR({variable}), {datatype})"
        yield use.start, use.end, f"IF(isLiteral({variable}) && {kept}, {meant}, {variable})"


def _found(scope: Scope, prepared: Prepared, row: Any) -> Found:
    """Turn a solution into a violation: section 5.3.2."""
    select = prepared.query.select
    bound: dict[str, Term] = {one: row[one] for one in (*select.projected, *select.computed) if row[one] is not None}
    path = bound.get("path")
    value = bound.get("value", bound["this"] if scope.shape.path is None else None)
    quoted = tuple(sorted(bound.items(), key=lambda item: item[0]))
    return Found(bound["this"], value, path if isinstance(path, NamedNode) else None, quoted)

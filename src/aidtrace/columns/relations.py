"""Sets of solutions as SQL, and how they are joined (SPARQL 1.1, section 18.5).

A column of a relation holds the numbers of terms, or values that were computed. A join over a variable that may be
unbound, or over a computed one, is Unsupported: compatible mappings are more than equal values there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aidtrace.columns.tree import Unsupported

TERM = "term"


@dataclass(frozen=True)
class Column:
    """What a variable is bound to.

    *type* is ``term`` for numbers of terms, of which *kinds* are the kinds, as bits; otherwise integer, decimal,
    string or boolean for values, and sum or average for a total of so many. *certain* says that it is bound in every
    solution. *whole* is the name of a column beside it with the values of terms that are all integers, if there is one.
    """

    name: str
    kinds: int = 0
    type: str = TERM
    certain: bool = True
    whole: str = ""


@dataclass(frozen=True)
class Relation:
    """Solutions: a SELECT in SQL, and the column of each variable."""

    sql: str
    columns: dict[str, Column]

    def aliased(self, alias: str) -> str:
        """Return it as an item of FROM."""
        return f"({self.sql}) AS {alias}"


UNIT = Relation("SELECT 1 AS unit", {})
"""One solution that binds nothing."""


def listed(items: Iterable[str]) -> str:
    """Write the items of a SELECT, which has to have one."""
    return ", ".join(items) or "1 AS unit"


def join(left: Relation, right: Relation) -> Relation:
    """Join two relations over the variables that both bind."""
    if left is UNIT or right is UNIT:
        return right if left is UNIT else left
    shared = _shared(left, right)
    columns = left.columns | {var: column for var, column in right.columns.items() if var not in shared}
    for var in shared:
        columns[var] = replace(left.columns[var], kinds=left.columns[var].kinds & right.columns[var].kinds)
    chosen = [item for var, column in columns.items() for item in _items("a" if var in left.columns else "b", column)]
    sql = f"SELECT {listed(chosen)} FROM {left.aliased('a')}, {right.aliased('b')}{where(_equal(left, shared))}"
    return Relation(sql, columns)


def left_join(left: Relation, right: Relation, conditions: Sequence[str]) -> Relation:
    """Join *right* to *left* where it matches and *conditions*, in SQL over ``a`` and ``b``, hold."""
    shared = _shared(left, right)
    added = {
        var: replace(column, certain=False, whole="") for var, column in right.columns.items() if var not in shared
    }
    chosen = [item for column in left.columns.values() for item in _items("a", column)]
    chosen += [f"b.{column.name}" for column in added.values()]
    on = " AND ".join([*_equal(left, shared), *conditions]) or "true"
    sql = f"SELECT {listed(chosen)} FROM {left.aliased('a')} LEFT JOIN {right.aliased('b')} ON {on}"
    return Relation(sql, left.columns | added)


def minus(left: Relation, right: Relation) -> Relation:
    """Take away the solutions of *left* that are compatible with one of *right* and share a variable with it."""
    shared = _shared(left, right)
    if not shared:
        return left
    sql = f"SELECT a.* FROM {left.aliased('a')} ANTI JOIN {right.aliased('b')} ON {' AND '.join(_equal(left, shared))}"
    return Relation(sql, left.columns)


def union(relations: Sequence[Relation]) -> Relation:
    """Put the solutions of all *relations* together."""
    columns = dict[str, Column]()
    for relation in relations:
        for var, column in relation.columns.items():
            known = columns.setdefault(var, column)
            if known.type != column.type:
                raise Unsupported(f"?{var} is computed in one part of a union")
            certain = known.certain and column.certain
            columns[var] = replace(known, kinds=known.kinds | column.kinds, certain=certain, whole="")
    for var, column in columns.items():
        if any(var not in relation.columns for relation in relations):
            columns[var] = replace(column, certain=False)
    selects = []
    for number, relation in enumerate(relations):
        chosen = [
            f"u{number}.{column.name}" if var in relation.columns else f"NULL AS {column.name}"
            for var, column in columns.items()
        ]
        selects.append(f"SELECT {listed(chosen)} FROM {relation.aliased(f'u{number}')}")
    return Relation(" UNION ALL ".join(selects), columns)


def where(conditions: Sequence[str]) -> str:
    """Write a WHERE, where there are *conditions*."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _items(alias: str, column: Column) -> list[str]:
    return [f"{alias}.{name}" for name in (column.name, column.whole) if name]


def _shared(left: Relation, right: Relation) -> list[str]:
    shared = [var for var in left.columns if var in right.columns]
    for var in shared:
        for column in (left.columns[var], right.columns[var]):
            if not column.certain or column.type != TERM:
                raise Unsupported(f"a join over ?{var}, which may be unbound or is computed")
    return shared


def _equal(left: Relation, shared: Iterable[str]) -> list[str]:
    return [f"a.{left.columns[var].name} = b.{left.columns[var].name}" for var in shared]

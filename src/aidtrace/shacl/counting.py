"""Constraints on all value nodes of a focus node together: SHACL, sections 4.2, 4.4.5 and 4.8.2.

A property that is absent is looked for with NOT EXISTS, which is quick for a path of fixed length. Where the path may
run through any number of triples, the focus nodes that have a value are found first and taken away from all.
"""

from collections.abc import Iterator

from pyoxigraph import BlankNode

from aidtrace.shacl import model
from aidtrace.shacl.paths import nullable, sparql
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import as_kept
from aidtrace.shacl.terms import Term

Counting = model.MinCount | model.MaxCount | model.UniqueLang | model.HasValue


def find(scope: Scope, constraint: Counting) -> Iterator[Found]:
    """Yield each focus node that fails *constraint*."""
    match constraint:
        case model.MinCount(count):
            yield from map(Found, _fewer(scope, count))
        case model.MaxCount(count):
            yield from map(Found, _more(scope, count))
        case model.HasValue(value):
            yield from map(Found, _without(scope, value))
        case model.UniqueLang():
            yield from map(Found, _repeating(scope))


def _fewer(scope: Scope, count: int) -> Iterator[Term]:
    """Yield the focus nodes with fewer value nodes than *count*."""
    path = scope.shape.path
    assert path is not None
    if count == 0 or (count == 1 and nullable(path)):
        return
    if count == 1 and not scope.slow_to_deny:
        yield from scope.foci(f"FILTER NOT EXISTS {{ ?this {sparql(path)} ?value }}")
    else:
        enough = set(_more(scope, count - 1))
        yield from (focus for focus in scope.foci() if focus not in enough)


def _more(scope: Scope, count: int) -> Iterator[Term]:
    """Yield the focus nodes with more value nodes than *count*."""
    if count == 0:
        query = f"SELECT DISTINCT ?this WHERE {{ {scope.values()} }}"
    else:
        query = f"SELECT ?this WHERE {{ {scope.values()} }} GROUP BY ?this HAVING (COUNT(DISTINCT ?value) > {count})"
    for row in scope.run.select(query):
        yield row["this"]


def _without(scope: Scope, value: Term) -> Iterator[Term]:
    """Yield the focus nodes that *value* is no value node of; a blank node of the shapes graph is none of the data."""
    if isinstance(value, BlankNode):
        yield from scope.foci()
        return
    term = as_kept(value)
    path = scope.shape.path
    if path is None:
        yield from scope.foci(f"FILTER (!sameTerm(?this, {term}))")
    elif scope.slow_to_deny or nullable(path):
        having = {focus for focus, _ in scope.pairs(f"FILTER (sameTerm(?value, {term}))")}
        yield from (focus for focus in scope.foci() if focus not in having)
    else:
        yield from scope.foci(f"FILTER NOT EXISTS {{ ?this {sparql(path)} {term} }}")


def _repeating(scope: Scope) -> Iterator[Term]:
    """Yield each focus node once for each language that it uses twice or more."""
    query = (
        f"SELECT ?this ?value__language WHERE {{ {scope.values()} FILTER (isLiteral(?value)) "
        f'BIND (LCASE(LANG(?value)) AS ?value__language) FILTER (?value__language != "") }} '
        f"GROUP BY ?this ?value__language HAVING (COUNT(DISTINCT ?value) > 1)"
    )
    for row in scope.run.select(query):
        yield row["this"]

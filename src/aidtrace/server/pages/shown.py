"""An answer as a page shows it: a page of its rows, in an order that a reader chose, with what the things are called.

All rows are counted, but only the first few thousand are held: where there are more, they cannot be sorted, and the
answer says so.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, Store

from aidtrace.digests import GRAPH, Digested, Row, Term, distinct
from aidtrace.folding import alphabetical
from aidtrace.namespaces import RDFS, XSD

MOST = 5000
"""So many rows are held."""

_DISTINCT = 200_000
"""So many triples of a graph are told apart; of a larger one it is only said that it has more."""

_SPO = ("subject", "predicate", "object")
_UNLIKE = 10
"""So many rows are shown that an answer had or has and another one not."""

_NUMBERS = {XSD(name) for name in ("integer", "decimal", "double", "float")}


def show(result: Any, labels: "Labels", offset: int, limit: int, sort: str, *, descending: bool) -> bytes:
    """Return rows *offset* to *offset* + *limit* of *result*, sorted by the column *sort*, as JSON."""
    if isinstance(result, QueryBoolean):
        return _told({"kind": "truth", "truth": bool(result)})
    if isinstance(result, QuerySolutions):
        columns = [variable.value for variable in result.variables]
        count, held, whole = *_held(tuple(row) for row in result), True
    else:
        columns = [*_SPO]
        count, held = _held(islice(distinct(result), _DISTINCT + 1))
        whole = count <= _DISTINCT
    sortable = count == len(held)
    if sort in columns and sortable:
        place = columns.index(sort)
        labels.learn({row[place] for row in held})
        held.sort(key=lambda row: _key(row[place], labels), reverse=descending)
    page = held[offset : offset + limit]
    labels.learn({one for row in page for one in row})
    rows = [[_term(one, labels) for one in row] for row in page]
    told = {"columns": columns, "rows": rows, "count": min(count, _DISTINCT) if not whole else count, "whole": whole}
    kind = "table" if isinstance(result, QuerySolutions) else "graph"
    return _told({"kind": kind, **told, "held": len(held), "sortable": sortable})


def compare(found: Digested, labels: "Labels", marks: Sequence[str]) -> bytes:
    """Return the digest of an answer, and the first of its rows that have none of *marks*, as JSON."""
    unlike = found.without(marks)
    rows = [[_term(one, labels) for one in row] for row in unlike[:_UNLIKE]]
    columns = _SPO if found.kind == GRAPH else found.columns
    about = {"kind": found.kind, "columns": columns, "count": len(found.rows), "digest": found.digest}
    return _told({**about, "marks": found.marks, "unlike": len(unlike), "rows": rows})


def _told(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def _held(rows: Iterable[Row]) -> tuple[int, list[Row]]:
    """Count *rows*, and keep the first of them."""
    rows = iter(rows)
    held = list(islice(rows, MOST))
    return len(held) + sum(1 for _ in rows), held


class Labels:
    """What things are called in English in *store*, looked up once each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[NamedNode, str] = {}

    def learn(self, terms: Collection[Term]) -> None:
        """Look up what some of *terms* are called, where that is quicker than one by one."""

    def of(self, term: NamedNode) -> str:
        """Return the first English label of *term*, or nothing."""
        if term not in self._known:
            found = (quad.object for quad in self._store.quads_for_pattern(term, RDFS("label"), None, None))
            self._known[term] = first_english(one for one in found if isinstance(one, Literal))
        return self._known[term]


def first_english(labels: Iterable[Literal]) -> str:
    """Return the first of *labels* that is English or in no language, or nothing."""
    return min((one.value for one in labels if one.language in ("en", None)), default="")


def _key(term: Term, labels: Labels) -> tuple[int, float, str]:
    """Sort what is not bound first, then numbers, then the rest as it reads."""
    if term is None:
        return 0, 0.0, ""
    if isinstance(term, Literal) and term.datatype in _NUMBERS:
        try:
            return 1, float(term.value), ""
        except ValueError:
            return 2, 0.0, term.value
    text = (labels.of(term) or term.value) if isinstance(term, NamedNode) else getattr(term, "value", str(term))
    return 2, 0.0, "\0".join(alphabetical(text))


def _term(term: Term, labels: Labels) -> dict[str, str] | None:
    """Write *term* as SPARQL's JSON results do, an IRI with its label."""
    if isinstance(term, NamedNode):
        label = labels.of(term)
        return {"type": "uri", "value": term.value} | ({"label": label} if label else {})
    if isinstance(term, Literal):
        if term.language:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": f"_:{term.value}"}
    return None if term is None else {"type": "literal", "value": str(term), "datatype": ""}

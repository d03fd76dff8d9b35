"""A page of a table: the rows after a key, no more than so many, as SPARQL JSON results."""

import json
from hashlib import sha256
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions


class NoSuchRowError(ValueError):
    """A page is to begin behind a row that is not there."""


_STRING = "http://www.w3.org/2001/XMLSchema#string"


def select_rows(result: QuerySolutions, after: str | None, limit: int | None) -> tuple[bytes, str]:
    """Keep the rows behind the one whose key is *after*, at most *limit* of them.

    Return them with the key of the last one where more follow, else with an empty key. A key is a digest of the
    whole row; NoSuchRowError where no row has the key *after*.
    """
    columns = [variable.value for variable in result.variables]
    rows = [{name: _json(row[name]) for name in columns if row[name] is not None} for row in result]
    begin = 0
    if after is not None:
        begin = next((number for number, row in enumerate(rows, 1) if _key(row) == after), 0)
        if not begin:
            raise NoSuchRowError(f"after={after}: no row has this key")
    end = len(rows) if limit is None else min(len(rows), begin + limit)
    following = _key(rows[end - 1]) if begin < end < len(rows) else ""
    return json.dumps({"head": {"vars": columns}, "results": {"bindings": rows[begin:end]}}).encode(), following


def _key(row: dict[str, dict[str, str]]) -> str:
    return sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]


def _json(term: Any) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        found = {"type": "literal", "value": term.value}
        if term.language:
            found["xml:lang"] = term.language
        elif term.datatype.value != _STRING:
            found["datatype"] = term.datatype.value
        return found
    raise ValueError("a page holds no triple terms")

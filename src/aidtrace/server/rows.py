"""A page of a table: the rows after a key, no more than so many, as SPARQL JSON results."""

import json
from hashlib import sha256

from pyoxigraph import QueryResultsFormat, QuerySolutions


class NoSuchRowError(ValueError):
    """A page is to begin behind a row that is not there."""


def select_rows(result: QuerySolutions, after: str | None, limit: int | None) -> tuple[bytes, str]:
    """Keep the rows behind the one whose key is *after*, at most *limit* of them.

    Return them with the key of the last one where more follow, else with an empty key. A key is a digest of the
    whole row; NoSuchRowError where no row has the key *after*.
    """
    table = json.loads(result.serialize(format=QueryResultsFormat.JSON) or b"")
    rows = table["results"]["bindings"]
    begin = 0
    if after is not None:
        begin = next((number for number, row in enumerate(rows, 1) if _key(row) == after), 0)
        if not begin:
            raise NoSuchRowError(f"after={after}: no row has this key")
    end = len(rows) if limit is None else min(len(rows), begin + limit)
    following = _key(rows[end - 1]) if begin < end < len(rows) else ""
    return json.dumps({"head": table["head"], "results": {"bindings": rows[begin:end]}}).encode(), following


def _key(row: dict[str, dict[str, str]]) -> str:
    return sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]

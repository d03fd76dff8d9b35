"""A page of a table: the rows after a key, no more than so many, as SPARQL JSON results."""

import json
from collections import Counter
from hashlib import sha256

from pyoxigraph import QueryResultsFormat, QuerySolutions


class NoSuchRowError(ValueError):
    """A page is to begin behind a row that is not there."""


def select_rows(result: QuerySolutions, after: str | None, limit: int | None) -> tuple[bytes, str]:
    """Keep the rows behind the one whose key is *after*, at most *limit* of them.

    Return them with the key of the last one where more follow, else with an empty key. A key is a digest of the
    whole row, numbered where the same row came before; NoSuchRowError where no row has the key *after*.
    """
    table = json.loads(result.serialize(format=QueryResultsFormat.JSON) or b"")
    rows = table["results"]["bindings"]
    keys = _keys(rows)
    if after is not None and after not in keys:
        raise NoSuchRowError(f"after={after}: no row has this key")
    begin = 0 if after is None else keys.index(after) + 1
    end = len(rows) if limit is None else min(len(rows), begin + limit)
    following = keys[end - 1] if begin < end < len(rows) else ""
    return json.dumps({"head": table["head"], "results": {"bindings": rows[begin:end]}}).encode(), following


def _keys(rows: list[dict[str, dict[str, str]]]) -> list[str]:
    seen, keys = Counter[str](), list[str]()
    for row in rows:
        digest = sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]
        keys.append(f"{digest}-{seen[digest]}" if seen[digest] else digest)
        seen[digest] += 1
    return keys

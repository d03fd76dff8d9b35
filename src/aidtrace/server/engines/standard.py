"""An engine's table as the standard has it, and its decimals as a store of ours writes them (12.5, and 12 for 12.0)."""

import json
from collections.abc import Iterator
from typing import Any

from aidtrace.namespaces import XSD
from aidtrace.server.engines.kinds import Kind

_DECIMAL = XSD("decimal").value
_HEAD = 100


def standard(content: bytes, kind: Kind) -> bytes:
    """Return a whole answer in SPARQL's JSON in our way of writing it; one that does not parse stays as it is.

    >>> standard(b'{"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": []}}', Kind("x", truth="__ASK_RETVAL"))
    b'{"head": {}, "boolean": false}'
    """
    asked = bool(kind.truth) and kind.truth.encode() in content[:_HEAD]
    if not asked and _DECIMAL.encode() not in content:
        return content
    try:
        said: dict[str, Any] = json.loads(content)
        if asked:
            values = [row[kind.truth]["value"] for row in said["results"]["bindings"]]
            return json.dumps({"head": {}, "boolean": values == ["1"]}).encode()
        for term in _terms(said):
            if term.get("datatype") == _DECIMAL:
                term["value"] = _plain(term["value"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return content  # whoever parses it says what is wrong
    return json.dumps(said, ensure_ascii=False).encode()


def _terms(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (term for row in said["results"]["bindings"] for term in row.values())


def _plain(text: str) -> str:
    whole, point, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if point and part else whole

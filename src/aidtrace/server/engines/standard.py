"""An engine's table as the standard has it, and its decimals as a store of ours writes them (12.5, and 12 for 12.0)."""

import json
import re
from typing import Any

from aidtrace.namespaces import XSD
from aidtrace.server.engines.kinds import Kind

_TYPE = f'"{XSD("decimal").value}"'.encode()
_PAIR = rb'\s*"(?:type|datatype|value)"\s*:\s*"[^"\\{}]*"\s*'
_TERM = re.compile(rb"\{" + _PAIR + rb"," + _PAIR + rb"," + _PAIR + rb"\}")
"""A term such as a decimal: no text within a text matches, where each quotation mark is escaped."""

_VALUE = re.compile(rb'("value"\s*:\s*"[+-]?[0-9]*)(?:\.0*|(\.[0-9]*[1-9])0+)"')
_HEAD, _PIECE = 100, 1 << 16


def standard(content: Any, kind: Kind) -> Any:
    """Return an answer in SPARQL's JSON in our way of writing it: bytes, or what a long one is read from.

    >>> standard(b'{"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": []}}', Kind("x", truth="__ASK_RETVAL"))
    b'{"head": {}, "boolean": false}'
    """
    if not isinstance(content, bytes):
        return _Long(content)
    if kind.truth and kind.truth.encode() in content[:_HEAD]:
        return _truth(content, kind.truth)
    return _plain(content)


def _truth(content: bytes, column: str) -> bytes:
    try:
        values = [row[column]["value"] for row in json.loads(content)["results"]["bindings"]]
    except (ValueError, KeyError, TypeError):
        return content  # whoever parses it says what is wrong
    return json.dumps({"head": {}, "boolean": values == ["1"]}).encode()


def _plain(content: bytes) -> bytes:
    """Write each decimal without zeros at its end."""
    return _TERM.sub(_plain_term, content) if _TYPE in content else content


def _plain_term(term: re.Match[bytes]) -> bytes:
    text = term[0]
    if _TYPE not in text or not (found := _VALUE.search(text)):
        return text
    return text[: found.end(1)] + (found[2] or b"") + text[found.end() - 1 :]


class _Long:
    """An answer whose decimals are mended as it is read from *source*; a term that is not whole yet is held back."""

    def __init__(self, source: Any) -> None:
        self._source, self._held, self._ready, self._ended = source, b"", b"", False

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes, none at the end."""
        while not (self._ready or self._ended):
            piece = self._source.read(_PIECE)
            self._ended = not piece
            text = self._held + piece
            whole = len(text) if self._ended else text.rfind(b"{", -_PIECE)  # a longer term is no decimal
            whole = len(text) if whole < 0 else whole
            self._ready, self._held = _plain(text[:whole]), text[whole:]
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

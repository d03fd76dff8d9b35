"""Mends what Virtuoso has made of literals: durations that it keeps as numbers, geometries as floats of its own type.

A duration comes back as months (``60``) or as seconds (``172800.0``): neither is a duration, so that none is mistaken.
"""

import re
import struct

from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.namespaces import XSD

_DURATION = XSD("duration")
_GEOMETRY = NamedNode("http://www.openlinksw.com/schemas/virtrdf#Geometry")
_WKT = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_DIGITS = 9  # of a number of single precision; fewer where these say the same


def mended(quad: Quad) -> Quad:
    """Return *quad* as it was before it was loaded, as far as that can be told.

    >>> thing = NamedNode("http://example.org/a")
    >>> mended(Quad(thing, thing, Literal("60", datatype=_DURATION))).object.value
    'P60M'
    """
    value = quad.object
    if not isinstance(value, Literal) or value.datatype not in (_DURATION, _GEOMETRY):
        return quad
    if value.datatype == _GEOMETRY:
        text, datatype = _NUMBER.sub(lambda found: _shortest(found[0]), value.value), _WKT
    elif _NUMBER.fullmatch(value.value):
        text, datatype = _duration(value.value), _DURATION
    else:
        return quad
    return Quad(quad.subject, quad.predicate, Literal(text, datatype=datatype), quad.graph_name)


def _duration(number: str) -> str:
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    return f"{sign}P{digits}M" if digits.isdecimal() else f"{sign}PT{float(digits):.3f}S"


def _shortest(number: str) -> str:
    """Return the shortest text of the number of single precision that *number* is."""
    kept = struct.pack("f", float(number))
    texts = (f"{float(number):.{digits}g}" for digits in range(1, _DIGITS + 1))
    return next((text for text in texts if struct.pack("f", float(text)) == kept and "e" not in text), number)

"""Literals as XML Schema sees them: whether one is well-formed, and how two compare.

The screens of this package run in the store, which holds some literals by value and cannot hold others (integers of
more than 64 bits, decimals of more than 18 digits). What a screen lets through is right; what it stops is judged
here. Numbers are compared exactly, everything else by the store's own operators, on the literals as they were sent.
Source: XML Schema 1.1 part 2; SPARQL 1.1, section 17.3; SHACL, section 4.1.2.
"""

import re
from calendar import monthrange
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from aidtrace.namespaces import XSD

_WHOLE: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""The datatypes of whole numbers, each with its least and its greatest value."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_DATE = rf"({_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))"
_CLOCK = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_SPAN = r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
_FORMS = {
    "boolean": re.compile(r"true|false|1|0"),
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "date": re.compile(_DATE + _ZONE),
    "time": re.compile(_CLOCK + _ZONE),
    "dateTime": re.compile(f"{_DATE}T{_CLOCK}{_ZONE}"),
    "dateTimeStamp": re.compile(f"{_DATE}T{_CLOCK}{_ZONE[:-1]}"),
    "gYear": re.compile(_YEAR + _ZONE),
    "gYearMonth": re.compile(f"{_YEAR}-(0[1-9]|1[0-2]){_ZONE}"),
    "gMonth": re.compile(f"--(0[1-9]|1[0-2]){_ZONE}"),
    "gDay": re.compile(f"---(0[1-9]|[12][0-9]|3[01]){_ZONE}"),
    "gMonthDay": re.compile(f"--(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]){_ZONE}"),
    "duration": re.compile(_SPAN),
    "yearMonthDuration": re.compile(r"-?P(?=.)([0-9]+Y)?([0-9]+M)?"),
    "dayTimeDuration": re.compile(r"-?P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"),
    "hexBinary": re.compile(r"([0-9a-fA-F]{2})*"),
}
_DAYED = {"date", "dateTime", "dateTimeStamp"}
_NUMBERS = {*_WHOLE, "decimal", "double", "float"}
_FLOATS = {"double", "float"}
_EMPTY = Store()

Number = Fraction | float


@lru_cache(maxsize=65536)
def well_formed(literal: Literal) -> bool:
    """Whether the lexical form of *literal* is one of its datatype; of an unknown datatype, any is.

    >>> well_formed(Literal("300", datatype=XSD("byte"))), well_formed(Literal("2023-02-29", datatype=XSD("date")))
    (False, False)
    """
    kind, text = _kind(literal), literal.value
    if kind in _WHOLE:
        return _INTEGER.fullmatch(text) is not None and _within(Decimal(text), *_WHOLE[kind])
    form = _FORMS.get(kind)
    if form is not None and not form.fullmatch(text):
        return False
    return kind not in _DAYED or _is_day(text)


def is_checked(datatype: NamedNode) -> bool:
    """Whether some text is no well-formed literal of *datatype*, as far as this engine knows."""
    kind = _local(datatype)
    return kind in _WHOLE or kind in _FORMS


def is_number(literal: Literal) -> bool:
    """Whether *literal* is a well-formed number."""
    return _kind(literal) in _NUMBERS and well_formed(literal)


@lru_cache(maxsize=65536)
def holds(left: Literal, operator: str, right: Literal) -> bool:
    """Whether ``left operator right`` is true as SPARQL compares; what cannot be compared is not.

    >>> holds(Literal("007", datatype=XSD("integer")), "<", Literal(10))
    True
    """
    if not (well_formed(left) and well_formed(right)):
        return False
    if is_number(left) and is_number(right):
        return _compared(*_alike(left, right), operator)
    found: Any = _EMPTY.query(f"SELECT ((({left}) {operator} ({right})) AS ?is) {{}}")
    answer = next(iter(found))["is"]
    return isinstance(answer, Literal) and answer.value == "true"


def _kind(literal: Literal) -> str:
    return _local(literal.datatype)


def _local(datatype: NamedNode) -> str:
    """Return the local name of a datatype of XML Schema, else nothing."""
    return datatype.value.removeprefix(XSD.iri) if datatype.value.startswith(XSD.iri) else ""


def _within(value: Decimal, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _is_day(text: str) -> bool:
    """Whether the month has that day, in a year of any length."""
    year, month, day = text.lstrip("-").partition("T")[0][:].split("-")[:3]
    return int(day[:2]) <= monthrange(2000 + int(year[-4:]) % 400, int(month))[1]


def _alike(left: Literal, right: Literal) -> tuple[Number, Number]:
    """Promote two numbers to one type: section 17.3 of SPARQL, by way of XPath."""
    if _kind(left) in _FLOATS or _kind(right) in _FLOATS:
        return _float(left), _float(right)
    return Fraction(Decimal(left.value)), Fraction(Decimal(right.value))


def _float(literal: Literal) -> float:
    return float(literal.value.replace("INF", "inf"))


def _compared(left: Number, right: Number, operator: str) -> bool:
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]

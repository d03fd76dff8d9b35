"""Answers a query from the columns, as SPARQL's results in JSON."""

import json
import sys
from collections.abc import Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from aidtrace.columns.catalogue import Catalogue
from aidtrace.columns.kinds import BLANK, IRI
from aidtrace.columns.planning import Plan, plan
from aidtrace.columns.reading import read
from aidtrace.columns.relations import TERM, Column
from aidtrace.columns.tree import Unsupported
from aidtrace.errors import first_complaint
from aidtrace.namespaces import XSD

WORTH = 20_000
"""A query for which the store would look at fewer triples is left to it."""

MOST = 50_000
"""An answer of more rows is left to the store, which hands it out as it finds it."""

_EXACT = Context(prec=80)
_KEPT, _TERMS = 256, 50_000
_LONGEST = 10_000
"""A longer query is left to the store: each of its constants would be looked up."""

_LARGE = 1 << 24
"""Texts of so many characters together are handed out by the store, which need not hold them."""


class Columns:
    """The columns in the file *path*; *memory* is what DuckDB may take, in bytes."""

    def __init__(self, path: Path, memory: int = 1 << 30) -> None:
        self._catalogue = Catalogue(path, memory)
        self._plans = dict[str, Plan | None]()
        self._known, self._held = dict[int, str](), 0

    @classmethod
    def opened(cls, path: Path, memory: int) -> "Columns | None":
        """Open the columns in *path*; None where they cannot be read, for the store can."""
        import duckdb

        try:
            return cls(path, memory)
        except duckdb.Error as error:
            sys.stderr.write(f"aidtrace: {path}: {first_complaint(str(error))}; expected columns, the store answers\n")
            return None

    @property
    def refused(self) -> int:
        """How many queries DuckDB refused as no SQL that it understands; their answers came from the store."""
        return self._catalogue.refused

    def answer(self, text: str, worth: int = WORTH) -> bytes | None:
        """Return the answer to *text*, a well-formed query; None where it is one for the store.

        A query for which the store looks at fewer than *worth* triples is one for it.
        """
        try:
            known = self._plan(text) if len(text) <= _LONGEST else None
            if known is None or known.work < worth:
                return None
            rows = self._catalogue.answer(known.sql, MOST)
            return None if rows is None else self._written(known.columns, rows)
        except self._catalogue.lacking:  # the store needs less of it
            return None

    def _plan(self, text: str) -> Plan | None:
        if text not in self._plans:
            while len(self._plans) >= _KEPT:
                del self._plans[next(iter(self._plans))]
            try:
                self._plans[text] = plan(read(text), self._catalogue)
            except (Unsupported, RecursionError):
                self._plans[text] = None
        return self._plans[text]

    def _written(self, columns: dict[str, Column], rows: Sequence[tuple[Any, ...]]) -> bytes:
        """Write *rows*; each term is written once, however often it stands in them."""
        places = [(place, f"{json.dumps(name)}:", column.type) for place, (name, column) in enumerate(columns.items())]
        numbers = {row[place] for place, _, type_ in places if type_ == TERM for row in rows} - {None}
        terms = self._terms(numbers)
        if sum(len(terms[number]) for number in numbers) > _LARGE:
            raise MemoryError
        bindings = ",".join(
            "{"
            + ",".join(
                [
                    name + (terms[row[place]] if type_ == TERM else _value(type_, row[place]))
                    for place, name, type_ in places
                    if row[place] is not None
                ]
            )
            + "}"
            for row in rows
        )
        return f'{{"head":{{"vars":{json.dumps(list(columns))}}},"results":{{"bindings":[{bindings}]}}}}'.encode()

    def _terms(self, numbers: set[int]) -> dict[int, str]:
        """Return, in JSON, the terms that *numbers* stand for; those that were asked for before are kept."""
        if len(self._known) > _TERMS or self._held > _LARGE:
            self._known.clear()
            self._held = 0
        lacking = [number for number in numbers if number not in self._known]
        if lacking:
            query = "SELECT id, kind, lexical, datatype, language FROM terms WHERE id IN (SELECT unnest(?::INTEGER[]))"
            found = {row[0]: _term(*row[1:]) for row in self._catalogue.rows(query, [lacking])}
            self._known |= found
            self._held += sum(map(len, found.values()))
        return self._known


def _term(kind: int, lexical: str, datatype: str, language: str) -> str:
    if kind in (IRI, BLANK):
        return json.dumps({"type": "uri" if kind == IRI else "bnode", "value": lexical})
    if language:
        return json.dumps({"type": "literal", "value": lexical, "xml:lang": language})
    if datatype == f"{XSD.iri}string":
        return json.dumps({"type": "literal", "value": lexical})
    return _typed(lexical, datatype)


def _value(type_: str, value: Any) -> str:
    """Write a value of a column that was computed."""
    if type_ == "string":
        return json.dumps({"type": "literal", "value": value})
    if type_ == "boolean":
        return _typed(str(value).lower(), f"{XSD.iri}boolean")
    if type_ == "integer":
        return _typed(str(value), f"{XSD.iri}integer")
    if type_ == "decimal":
        return _typed(_decimal(value), f"{XSD.iri}decimal")
    if value["count"] == 0:  # the sum and the mean of nothing are the integer (SPARQL 1.1, section 18.5.1)
        return _typed("0", f"{XSD.iri}integer")
    total, count = value["total"], value["count"]
    return _typed(_decimal(total) if type_ == "sum" else _average(total, count), f"{XSD.iri}decimal")


def _typed(lexical: str, datatype: str) -> str:
    return json.dumps({"type": "literal", "value": lexical, "datatype": datatype})


def _decimal(value: Decimal) -> str:
    """Write *value* as the store does: no zero that says nothing.

    >>> _decimal(Decimal("3.500"))
    '3.5'
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _average(total: Decimal, count: int) -> str:
    """Divide as the store does: 18 digits behind the point, cut.

    >>> _average(Decimal(-5), 3)
    '-1.666666666666666666'
    """
    scaled = int(_EXACT.scaleb(total, 18))
    whole = abs(scaled) // count
    return _decimal(_EXACT.scaleb(Decimal(-whole if scaled < 0 else whole), -18))

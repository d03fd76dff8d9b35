"""A table as Parquet: numbers, days and truth values have types of their own; cells that may hold several are lists."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from aidtrace.errors import InputError
from aidtrace.export.sheets import Column, Sheet, Values

_DIGITS = 38  # as many as a Parquet decimal can have
_READ = {"integer": int, "decimal": Decimal, "date": date.fromisoformat, "boolean": "true".__eq__}


def write_parquet(sheet: Sheet, path: Path) -> None:
    """Write *sheet* to *path*; InputError where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError("Parquet: needs pyarrow; expected pip install 'aidtrace[parquet]' before") from error
    fields = [pyarrow.field(one.name, _type(pyarrow, one), metadata=_about(one)) for one in sheet.columns]
    columns: list[list[Any]] = [[] for _ in fields]
    for row in sheet.rows():
        for column, into, cell in zip(sheet.columns, columns, row, strict=True):
            into.append(_value(column, cell))
    arrays = [pyarrow.array(one, field.type) for one, field in zip(columns, fields, strict=True)]
    parquet.write_table(pyarrow.table(arrays, schema=pyarrow.schema(fields)), path)


def _type(pyarrow: Any, column: Column) -> Any:
    types = {
        "integer": pyarrow.int64(),
        "decimal": pyarrow.decimal128(_DIGITS, column.scale),
        "date": pyarrow.date32(),
        "boolean": pyarrow.bool_(),
    }
    found = types.get(column.kind, pyarrow.string())
    return pyarrow.list_(found) if column.several else found


def _about(column: Column) -> dict[str, str]:
    return {"definition": column.definition, "property": column.property}


def _value(column: Column, cell: Values) -> Any:
    values = [_READ.get(column.kind, str)(one) for one in cell]  # type: ignore[operator]
    if column.several:
        return values
    return values[0] if values else None

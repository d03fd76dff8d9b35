"""The code book of a folder of tables: each column with its meaning, as rows for a program and as a page for people."""

import csv
import io
from collections.abc import Iterable, Iterator

from aidtrace.export.sheets import SEPARATOR, Column, Sheet

_HEADER = (
    *("table", "column", "kind", "several", "filled", "rows", "label", "definition", "scopeNote", "example"),
    *("words", "property", "range", "unit"),
)


def codebook_csv(sheets: Iterable[Sheet]) -> str:
    """Return the code book as CSV, a row for each column of each table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(_row(sheet, column) for sheet in sheets for column in sheet.columns)
    return out.getvalue()


def codebook_markdown(sheets: Iterable[Sheet]) -> str:
    """Return the code book as a page: a section for each table, an entry for each column."""
    return "\n".join(["# Code book", "", *(line for sheet in sheets for line in _section(sheet))])


def _row(sheet: Sheet, column: Column) -> tuple[str, ...]:
    return (
        *(sheet.name, column.name, column.kind, "true" if column.several else "false"),
        *(str(column.filled), str(sheet.count), column.label, column.definition, column.scope_note, column.example),
        *(SEPARATOR.join(column.words), column.property, column.range, column.unit),
    )


def _section(sheet: Sheet) -> Iterator[str]:
    yield from (f"## {sheet.name}", "", f"{sheet.about} {sheet.count} rows.", "")
    for column in sheet.columns:
        several = ", several" if column.several else ""
        yield f"- `{column.name}` ({column.kind}{several}; {column.filled} filled): {' '.join(_told(column))}"
    yield ""


def _told(column: Column) -> Iterator[str]:
    yield column.definition
    if column.scope_note:
        yield column.scope_note
    if column.unit:
        yield f"Unit: {column.unit}."
    if column.example:
        yield f"For example: {column.example}"
    if column.words:
        yield f"One of: {', '.join(column.words)}."

"""Tables as text for people and as CSV or JSON for programs."""

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Triple, serialize

from aidtrace.errors import InputError
from aidtrace.namespaces import PREFIXES
from aidtrace.queries import Query, Table

if TYPE_CHECKING:
    from aidtrace.rulebook import RuleEntry

_WIDEST = 48


def table_text(table: Table, form: str) -> str:
    """Write *table* in *form*: ``text``, ``csv`` or ``json`` (a list of objects)."""
    return {"text": _aligned, "csv": _csv, "json": _json}[form](table)


def listing(queries: Iterable[Query]) -> str:
    """Write each question under its name, with the parameters that it takes."""
    lines = []
    for query in queries:
        lines += [query.name, f"    {query.question}"]
        if query.parameters:
            lines.append(f"    parameters: {', '.join(map(str, query.parameters))}")
    return "\n".join(lines) + "\n"


def answer_text(found: Table | tuple[Triple, ...], form: str, where: str) -> str:
    """Write a table in *form*, triples as Turtle; *where* names the query in an error."""
    if isinstance(found, Table):
        return table_text(found, form)
    if form != "text":
        raise InputError(f"{where}: --format {form} holds rows, and the answer is triples; expected text")
    return (serialize(found, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()


def rules_text(rules: Iterable["RuleEntry"]) -> str:
    """Write a line or two for each rule: where it looks, then what it says."""
    lines = []
    for one in rules:
        path = f": {one.path}" if one.path else ""
        lines.append(f"{one.severity.lower():10}{one.name}  {' and '.join(one.targets)}{path}")
        lines.append(f"          {one.message}")
    return "\n".join([*lines, f"{len(lines) // 2} rules"]) + "\n"


def rule_text(one: "RuleEntry") -> str:
    """Write all of one rule: its Turtle, an example that breaks it and one that passes."""
    head = f"{one.name} ({one.severity.lower()}, {one.file}): {one.message}"
    parts = (("rule", one.turtle), ("breaks it", one.failing), ("passes", one.passing))
    return "\n".join([head, *(f"\n# {name}\n\n{text.strip()}" for name, text in parts)]) + "\n"


def _csv(table: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([table.columns, *table.rows])
    return out.getvalue()


def _json(table: Table) -> str:
    import json  # few answers are asked for in JSON, and each would wait for it

    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _aligned(table: Table) -> str:
    """Align the columns; a table wider than the screen becomes one block a row, without its empty cells."""
    from shutil import get_terminal_size

    cells = [[_short(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if sum(widths) + 2 * len(widths) > max(get_terminal_size((120, 24)).columns, 80):
        return _blocks(table)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:], "", _count(table)]) + "\n"


def _blocks(table: Table) -> str:
    width = max(map(len, table.columns))
    rows = []
    for row in table.rows:
        filled = [(name, cell) for name, cell in zip(table.columns, row, strict=True) if cell]
        rows.append("\n".join(f"{name.ljust(width)}  {_local(cell)}" for name, cell in filled))
    return "\n\n".join([*rows, _count(table)]) + "\n"


def _count(table: Table) -> str:
    return f"{len(table.rows)} row{'' if len(table.rows) == 1 else 's'}"


def _short(cell: str) -> str:
    text = _local(cell)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _local(cell: str) -> str:
    """Show our own IRIs by their path, as in ``agreement/1992-…``."""
    return cell.replace("https://w3id.org/aidtrace/id/", "")

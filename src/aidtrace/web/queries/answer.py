"""The answer to a question as a reader sees it: things by their labels, and each of several values on its own line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aidtrace.namespaces import ID
from aidtrace.queries import Table
from aidtrace.web.answered import values
from aidtrace.web.entities import Shown, local

_LABEL, _PARAGRAPH = "label", "paragraph"
_DATE = re.compile(r"date|\w+Date")
_EDTF = re.compile(r"\[?(?:\.\.|-?\d{4}|\d{3}X)[-\d~?%X/.,\[\] ]*")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Answer:
    """A table without the columns that only name the things of another, which are links by these names."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Sequence[Shown]]]


def read_answer(table: Table) -> Answer:
    """Return *table* as it is shown.

    >>> table = Table(("act", "label"), ((f"{ID.iri}legal-act/law-1", "First law"),))
    >>> read_answer(table).columns, read_answer(table).rows[0][0][0].text
    (['act'], 'First law')
    """
    named = _named(table)
    kept = [number for number in range(len(table.columns)) if number not in named.values()]
    rows = [[_cell(table, row, number, named.get(number)) for number in kept] for row in table.rows]
    return Answer([_words(table.columns[number]) for number in kept], rows)


def _named(table: Table) -> dict[int, int]:
    """Return the columns of things by their places, each with the place of the column that has their labels."""
    found = dict[int, int]()
    things = [number for number in range(len(table.columns)) if _has_things(table, number)]
    for number in things:
        name = f"{table.columns[number]}Label"
        if name in table.columns:
            found[number] = table.columns.index(name)
    if _LABEL in table.columns:
        place = table.columns.index(_LABEL)
        before = [number for number in things if number < place and number not in found]
        if before:
            found[before[-1]] = place
    return found


def _has_things(table: Table, number: int) -> bool:
    cells = [row[number] for row in table.rows if row[number]]
    return bool(cells) and all(cell.startswith(ID.iri) and " " not in cell for cell in cells)


def _cell(table: Table, row: Sequence[str], number: int, named: int | None) -> list[Shown]:
    if named is not None and row[number] and row[named]:
        return [Shown(row[named], page=row[number].removeprefix(ID.iri))]
    paragraph = table.columns[number] == _PARAGRAPH
    if _DATE.fullmatch(table.columns[number]):
        return [Shown(one, date=one if _EDTF.fullmatch(one) else "") for one in values(row[number])]
    return [_value(one, paragraph=paragraph) for one in values(row[number] or (row[named] if named else ""))]


def _value(text: str, *, paragraph: bool) -> Shown:
    if paragraph:
        return Shown(text, page=f"passage/{text.lower().replace('/', '-')}")
    if text.startswith(ID.iri) and " " not in text:
        return Shown(local(text), page=text.removeprefix(ID.iri))
    return Shown(text)


def _words(column: str) -> str:
    """Return the name of a column in words."""
    return _CAPITAL.sub(" ", column).lower()

"""Rows of the named questions as pages use them: cells by column, the values in a cell, and rows as a file."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Response

from aidtrace.namespaces import ID
from aidtrace.project import Project
from aidtrace.queries import Query, find_query
from aidtrace.web.asked import Questions
from aidtrace.web.tables import csv_answer, json_answer, no_format

Cells = Mapping[str, str]
"""A row: the text of each cell by its column."""

_FORMS = ("csv", "json")


def answered(project: Project, questions: Questions, name: str) -> list[dict[str, str]]:
    """Return the rows of the named question *name*."""
    return _rows(questions, find_query(project, name))


def answered_for_pages(project: Project, questions: Questions, name: str) -> list[dict[str, str]]:
    """Return the rows of a query of ``queries/pages/`` that needs no values."""
    return _rows(questions, Query(name, project.root / "queries" / "pages" / f"{name}.rq"))


def values(cell: str) -> list[str]:
    """Return the values that a cell joins, each once.

    >>> values("Norland | Westland | Norland")
    ['Norland', 'Westland']
    """
    return list(dict.fromkeys(cell.split(" | "))) if cell else []


def page(iri: str) -> str:
    """Return the path of the page about a thing."""
    return f"/page/{iri.removeprefix(ID.iri)}"


def anchor(iri: str) -> str:
    """Return where the row of a thing stands on a page of many: its kind and its slug, joined by a hyphen.

    >>> anchor("https://w3id.org/aidtrace/id/agreement/training-pact")
    'agreement-training-pact'
    """
    return iri.removeprefix(ID.iri).replace("/", "-")


def file(form: str, name: str, columns: Sequence[str], rows: Iterable[Cells]) -> Response:
    """Answer with *rows* in a *form*; 400 where there is no such form."""
    if form not in _FORMS:
        no_format(form, _FORMS)
    cells = [{column: row[column] for column in columns} for row in rows]
    return json_answer(cells) if form == "json" else csv_answer(name, columns, (row.values() for row in cells))


def _rows(questions: Questions, query: Query) -> list[dict[str, str]]:
    table = questions.question(query, [])
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

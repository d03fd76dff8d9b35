"""The rows of a named question as records: cells by the names of their columns."""

from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.web.asked import Questions

Record = dict[str, str]


def records(project: Project, questions: Questions, name: str) -> list[Record]:
    """Answer the question called *name*, without parameters."""
    table = questions.question(find_query(project, name), [])
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def several(cell: str) -> list[str]:
    """Return the values of a cell that may hold more than one, or none."""
    return [one for one in cell.split(" | ") if one]

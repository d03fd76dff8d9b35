"""What a notebook uses: the graph as an rdflib Dataset, the questions as tables, the shapes as a report."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidtrace.project import Project

if TYPE_CHECKING:
    from rdflib import Dataset

    from aidtrace.reports.findings import Report

Files = str | Path | Iterable[str | Path]


def open() -> "Dataset":  # noqa: A001  (`aidtrace.open()` reads well, and nothing here opens files)
    """Open the built store as an rdflib Dataset, read-only, one rdflib graph for each named graph.

    A query sees the default graph, which is the deduplicated union of all graphs but the shapes.
    """
    import rdflib
    from oxrdflib import OxigraphStore

    from aidtrace.building import open_project

    return rdflib.Dataset(store=OxigraphStore(store=open_project(Project.find(), _cache())), default_union=False)


def ask(name: str, **parameters: str) -> Any:
    """Answer the named question: a pandas DataFrame where pandas is installed, else a list of dictionaries.

    Every cell is text as in the question's CSV. *parameters* are those that the question declares; a value is one of
    its words, an IRI, or the short name of a thing. An unknown name raises UnknownNameError, a wrong value InputError.
    """
    from aidtrace.building import open_project
    from aidtrace.queries import ask, find_query

    project = Project.find()
    query = find_query(project, name)
    table = ask(open_project(project, _cache()), query, parameters.items())
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    try:
        import pandas as pd
    except ImportError:
        return rows
    return pd.DataFrame(rows, columns=list(table.columns))


def validate(files: Files = (), shapes: Files = (), with_graph: bool = False) -> "Report":
    """Check *files*, or the graph where none is given, against *shapes*, or ours where none is given.

    Either may be one path or several.
    """
    from aidtrace.validation import validate as check

    return check(Project.find(), _paths(files), _paths(shapes), with_graph=with_graph)


def _paths(files: Files) -> list[Path]:
    return [Path(file) for file in ((files,) if isinstance(files, str | Path) else files)]


def _cache() -> Path:
    from aidtrace.cache import cache_folder

    return cache_folder()

"""The columns that a worker keeps open beside its stores, where the store has any."""

import sys
from pathlib import Path

from aidtrace.columns import Columns, place

_KEPT = 2
_MODULES: list[object] = []


def prepare() -> None:
    """Load DuckDB, which a confined worker could not; without it the stores answer."""
    try:
        import duckdb
    except ImportError as error:
        sys.stderr.write(f"aidtrace: the columns need DuckDB ({error}); expected it installed, the stores answer\n")
        return
    _MODULES.append(duckdb)


class Beside:
    """Answers from columns, each of which may take *memory* bytes."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._open = dict[str, Columns | None]()

    def answer(self, folder: str, query: str) -> bytes | None:
        """Return the answer to *query* over the revision in *folder*, as SPARQL's JSON; None to ask the store.

        A malformed query may have an answer too: whether it is one is for the store to say.
        """
        columns = self._columns(folder)
        return columns.answer(query) if columns else None

    def open(self, folder: str) -> None:
        """Open the columns of the revision in *folder* ahead of a query, where there are any."""
        self._columns(folder)

    def _columns(self, folder: str) -> Columns | None:
        if not _MODULES or (folder not in self._open and not place(Path(folder)).exists()):
            return None
        if folder not in self._open:
            while len(self._open) >= _KEPT:
                del self._open[next(iter(self._open))]
            self._open[folder] = Columns.opened(place(Path(folder)), self._memory)
        return self._open[folder]

"""What the pages ask of the server that they are part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aidtrace.corroboration import Corroboration
from aidtrace.errors import AidtraceError
from aidtrace.queries import Query, Table

Given = Sequence[tuple[str, str]]
Row = Mapping[str, Mapping[str, str]]
"""A row of SPARQL's JSON results."""


class NoAnswerError(AidtraceError):
    """There is no answer: an HTTP status, and headers that go with it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


@dataclass(frozen=True)
class Statements:
    """What is said of a thing, and what names it: rows of property, other, propertyLabel and otherLabel."""

    says: Sequence[Row]
    said: Sequence[Row]


class Questions(Protocol):
    """Answers what a page asks; each method raises `NoAnswerError` where there is no answer."""

    @property
    def revision(self) -> str:
        """The name of the revision that is served."""
        ...

    def question(self, query: Query, given: Given) -> Table:
        """Answer a named question with parameters."""
        ...

    def tracing(self, given: Given) -> dict[str, Any]:
        """Run the process tracing with options."""
        ...

    def corroboration(self, fact: str | None, data_set: str | None) -> Corroboration:
        """Compare the facts, or one, with the imported data sets, or one."""
        ...

    def thing(self, name: str, most: int) -> Statements:
        """Return what is said of a thing and what names it, no more than *most* of each."""
        ...

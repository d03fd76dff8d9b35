"""What the pages ask of the server that they are part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pyoxigraph import Triple

from aidtrace.catalog import Counts
from aidtrace.cited import Cited, Compared
from aidtrace.corroboration import Corroboration
from aidtrace.documents import Document
from aidtrace.errors import AidtraceError
from aidtrace.queries import Query, Table
from aidtrace.reports.consequences import Grouped
from aidtrace.reports.excerpts import Excerpt
from aidtrace.reports.findings import Finding, Report
from aidtrace.searching import Found

Given = Sequence[tuple[str, str]]
Row = Mapping[str, Mapping[str, str]]
"""A row of SPARQL's JSON results."""

MANY = 20_000
"""The things of a larger class are not sorted, and what tells them apart is not counted: it takes too long."""

MANY_NAMING = 300
"""More things that name one by a property are not sorted: it takes too long."""

NAMING_PAGE = 20
"""So many of the things that name one by a property are on a page."""

LISTING_PAGE = 50
"""So many of the things of a class are on a page; one more is asked for, which tells whether another page follows."""


class NoAnswerError(AidtraceError):
    """There is no answer: an HTTP status, and headers that go with it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


@dataclass(frozen=True)
class About:
    """The rows of the queries of ``queries/pages/`` about a thing.

    *naming* has, by properties, those of a page of the things that name it so, sorted where there are few.
    """

    names: Sequence[Row]
    statements: Sequence[Row]
    sources: Sequence[Row]
    named: Sequence[Row]
    identifiers: Sequence[Row]
    naming: Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Browsed:
    """A class, a page of its things (one more where there are more), and the values of their properties.

    Of a large class the things are in no order, and there are no values.
    """

    of: Row
    listing: Sequence[Row]
    facets: Sequence[Row]


@dataclass(frozen=True)
class Graph:
    """A graph that is served: what it is called and holds, its licence, and whether it may not be passed on.

    *triples* is None where they take too long to count. *file* is what its file is called where it is published as one,
    with *size* bytes and a checksum.
    """

    iri: str
    triples: int | None
    label: str
    licence: str
    closed: bool
    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Checked:
    """A validation: its report, or the problem that it met, or neither while it runs.

    *progress* is None while it waits for others; *data* and *shapes* are what was sent, as far as that is kept.
    """

    name: str
    report: Report | None
    grouped: Grouped | None
    problem: NoAnswerError | None
    at: datetime
    seconds: float
    progress: Mapping[str, int] | None
    data: Sequence[Excerpt]
    shapes: Sequence[Excerpt]
    options: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """The answer to a query as a page shows it: a ``table``, a ``graph``, or a ``truth``.

    *rows* are those behind the first *offset*; an IRI has its label beside it. *count* counts all rows, or where it is
    not *whole* as many as were counted; *held* of them can be leafed through, and sorted where these are all. A
    *volatile* answer may be another one the next time.
    """

    kind: str
    seconds: float
    revision: str
    offset: int
    volatile: bool = False
    truth: bool = False
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Mapping[str, str] | None]] = ()
    count: int = 0
    whole: bool = True
    held: int = 0
    sortable: bool = False


class Questions(Protocol):
    """Answers what a page asks; each method raises `NoAnswerError` where there is no answer."""

    @property
    def revision(self) -> str:
        """The name of the revision that is served, or that the page is pinned to."""
        ...

    def pin(self, revision: str) -> None:
        """Ask *revision* whatever the page that is being made asks from now on about things and by questions."""
        ...

    def asked(self, revisions: Sequence[str]) -> str:
        """Return the one of *revisions* that a failure is about: the current one where none is asked for."""
        ...

    @property
    def imported(self) -> bool:
        """Whether data sets lie beside the article."""
        ...

    def question(self, query: Query, given: Given) -> Table:
        """Answer a named question with parameters."""
        ...

    def rows(self, name: str, **bound: str) -> Sequence[Row]:
        """Return the rows of the query *name* of ``queries/pages/``, some of its variables bound to things of ours."""
        ...

    def selected(self, query: str, base: str, given: Mapping[str, str]) -> Result:
        """Answer a query; *given* may have ``from``, ``sort``, ``revision`` and ``timeout``."""
        ...

    def cite(self, query: str | Query, given: Given, revision: str | None) -> str:
        """Keep a query, or a named question with parameters, with a digest of its answer; return its name."""
        ...

    def kept(self, name: str) -> Cited:
        """Return what was cited."""
        ...

    def cited(self, name: str) -> Compared:
        """Return what was cited beside the answer of today."""
        ...

    def choices(self, query: Query) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return what each parameter of a named question can be, with what that is called."""
        ...

    def tracing(self, given: Given) -> dict[str, Any]:
        """Run the process tracing with options."""
        ...

    def corroboration(self, fact: str | None, data_set: str | None) -> Corroboration:
        """Compare the facts, or one, with the imported data sets, or one."""
        ...

    def expect(self, name: str) -> None:
        """Raise `NoAnswerError` (404) where nothing is known of a thing."""
        ...

    def about(self, name: str, by: str = "", offset: int = 0) -> About:
        """Return what is known of a thing, and a page of what names it (by a property, behind the first *offset*)."""
        ...

    def findings(self, name: str) -> Sequence[Finding]:
        """Return what the shapes find about a thing, with the published graph beside what is said of it."""
        ...

    def search(self, text: str) -> Sequence[Found]:
        """Return the things that *text* finds, the best first."""
        ...

    def classes(self) -> Sequence[Row]:
        """Return the classes of the ontology that have things, with their labels and counts."""
        ...

    def usage(self) -> Counts:
        """Return how many things or statements each word has."""
        ...

    def graphs(self) -> Sequence[Graph]:
        """Return the graphs that are served, with the file of each that is published as one."""
        ...

    def described(self, site: str, *, files: bool) -> Sequence[Triple]:
        """Describe what is served at *site* as a catalog, perhaps with its files, which take a while to make."""
        ...

    def validate(self, data: Sequence[Document], shapes: Sequence[Document], options: Mapping[str, str]) -> str:
        """Begin to validate *data* by *shapes*, or by ours, and return the name of the validation, ended or not."""
        ...

    def checked(self, name: str) -> Checked:
        """Tell of a validation."""
        ...

    def drop(self, name: str) -> None:
        """Stop and forget a validation."""
        ...

    def browsed(self, name: str, chosen: Given, offset: int) -> Browsed:
        """Return a page of the things of a class that have the values *chosen*, and what tells them apart."""
        ...

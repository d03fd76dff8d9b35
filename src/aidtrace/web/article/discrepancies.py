"""Where the article disagrees with itself or with its bibliography: each with all that its places say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.project import Project
from aidtrace.queries import Query, Table, find_query
from aidtrace.web.answered import Cells, answered, values
from aidtrace.web.asked import Questions, Row
from aidtrace.web.things.entities import Shown, label, shown

_BELONGING = {
    "date clash": ("rival-dates",),
    "citation mismatch": ("citations-with-wrong-year", "ambiguous-citations", "pages-outside-the-entry"),
    "phase mismatch": ("told-in-one-phase-dated-in-another",),
    "verdict clash": ("verdicts-that-differ",),
    "count mismatch": ("sets-and-their-counts",),
}
"""Named questions that belong to a kind of discrepancy."""


@dataclass(frozen=True)
class Rival:
    """A value that a place gives: of which thing and property, in which paragraph, with which citations there."""

    thing: Shown
    property: str
    value: Shown
    paragraph: Shown | None
    citations: Sequence[Shown]


@dataclass(frozen=True)
class Discrepancy:
    """One disagreement: its name, what a curator notes on it, what it concerns, and the values side by side."""

    name: Shown
    note: str
    concerns: Sequence[Shown]
    property: str
    rivals: Sequence[Rival]
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class Kind:
    """A kind of discrepancy, what it means, and named questions about the same."""

    name: str
    meaning: str
    found: Sequence[Discrepancy]
    asked: Sequence[tuple[Query, Table]]

    @property
    def slug(self) -> str:
        """Its name as part of an address."""
        return self.name.replace(" ", "-")


class Discrepancies:
    """What *questions* tells of the discrepancies of the article."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions

    def kinds(self) -> list[Kind]:
        """Return all kinds that occur, in the order of their names."""
        told = answered(self._project, self._questions, "discrepancies")
        rivals = {iri: list(rows) for iri, rows in groupby(self._questions.rows("rivals"), key=_iri)}
        meanings = {
            row["conceptLabel"]["value"]: row["meaning"]["value"]
            for row in self._questions.rows("concepts", scheme="concept/discrepancy-kind")
        }
        told.sort(key=lambda row: alphabetical(row["kind"]))
        return [
            Kind(
                kind,
                meanings.get(kind, ""),
                [_discrepancy(row, rivals.get(row["discrepancy"], ())) for row in group],
                [self._asked(name) for name in _BELONGING.get(kind, ())],
            )
            for kind, group in groupby(told, key=lambda row: row["kind"])
        ]

    def _asked(self, name: str) -> tuple[Query, Table]:
        query = find_query(self._project, name)
        return query, self._questions.question(query, [])


def _iri(row: Row) -> str:
    return row["discrepancy"]["value"]


def _discrepancy(row: Cells, rows: Sequence[Row]) -> Discrepancy:
    rows = sorted(rows, key=lambda one: alphabetical(label(one, "thing")))
    name = shown(rows[0], "discrepancy") if rows else Shown(row["discrepancy"], page=_page(row["discrepancy"]))
    concerns = list(dict.fromkeys(shown(one, "thing") for one in rows))
    called = next((label(one, "property") for one in rows if "property" in one), row["property"])
    return Discrepancy(name, row["note"], concerns, called, _rivals(rows), values(row["paragraph"]))


def _rivals(rows: Sequence[Row]) -> list[Rival]:
    """Return each value once for each paragraph that gives it, with all citations there."""
    found = dict[tuple[Shown, str, Shown, Shown | None], list[Shown]]()
    for row in rows:
        if "value" not in row:
            continue
        paragraph = None
        if "passage" in row:
            paragraph = Shown(row["paragraph"]["value"], page=_page(row["passage"]["value"]))
        citations = found.setdefault((shown(row, "thing"), label(row, "property"), shown(row, "value"), paragraph), [])
        if "citation" in row:
            citations.append(Shown(row["printed"]["value"], page=_page(row["citation"]["value"])))
    return [Rival(*key, citations) for key, citations in found.items()]


def _page(iri: str) -> str:
    return iri.removeprefix(ID.iri)

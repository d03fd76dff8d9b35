"""Where the article disagrees with itself or with its bibliography: each with all that its places say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from statistics import mean, median_high
from urllib.parse import urlencode

from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.project import Project
from aidtrace.queries import Query, Table, find_query
from aidtrace.web.answered import Cells, answered, values
from aidtrace.web.asked import Questions, Row
from aidtrace.web.entities import Shown, label, shown

_BELONGING = {
    "date clash": ("rival-dates",),
    "citation mismatch": ("citations-with-wrong-year", "ambiguous-citations", "pages-outside-the-entry"),
    "phase mismatch": ("told-in-one-phase-dated-in-another",),
    "verdict clash": ("verdicts-that-differ",),
    "count mismatch": ("sets-and-their-counts",),
}
"""Named questions that belong to a kind of discrepancy."""

_CONCLUDED = frozenset({"alternative", "causal-link", "hypothesis", "test", "trace"})
_CITED = frozenset({"citation", "source"})
"""Things that are called so, as in ``test/…``: those by which the authors conclude, and those that they only cite."""

PAGE = 20


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
    """A kind of discrepancy, and what it means."""

    name: str
    meaning: str
    found: Sequence[Discrepancy]

    @property
    def slug(self) -> str:
        """Its name as part of an address."""
        return _slug(self.name)

    @property
    def weight(self) -> tuple[float, float, int]:
        """What it weighs for a reader, who builds on conclusions, then on facts, and on values more than on wording.

        First how far most of it reaches, then how much of it is about a value of a property, then how often it occurs.
        """
        return median_high(map(_reach, self.found)), mean(bool(one.property) for one in self.found), len(self.found)


@dataclass(frozen=True)
class Part:
    """What a page shows of a kind, and whether the kind begins there."""

    kind: Kind
    found: Sequence[Discrepancy]
    begins: bool


@dataclass(frozen=True)
class Leaf:
    """The page of that *number* of the discrepancies of all *kinds*, or of the *chosen* one."""

    kinds: Sequence[Kind]
    chosen: str
    number: int

    @property
    def count(self) -> int:
        """How many there are of all kinds."""
        return sum(len(kind.found) for kind in self.kinds)

    @property
    def parts(self) -> list[Part]:
        """What it shows, kind by kind."""
        parts, behind = list[Part](), -PAGE * (self.number - 1)
        for kind in self._listed:
            start, end = max(-behind, 0), max(PAGE - behind, 0)
            if found := kind.found[start:end]:
                parts.append(Part(kind, found, begins=not start))
            behind += len(kind.found)
        return parts

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return ceil(sum(len(kind.found) for kind in self._listed) / PAGE)

    @property
    def _listed(self) -> list[Kind]:
        return [kind for kind in self.kinds if self.chosen in ("", kind.slug)]

    def address(self, chosen: str, number: int = 1) -> str:
        """Return the address of a page of a kind, or of all where none is *chosen*."""
        given = {**({"kind": chosen} if chosen else {}), **({"from": (number - 1) * PAGE} if number > 1 else {})}
        return f"/discrepancies?{urlencode(given)}" if given else "/discrepancies"

    def file(self, form: str) -> str:
        """Return the address of all that is *chosen*, in a *form*."""
        return f"/discrepancies?{urlencode({**({'kind': self.chosen} if self.chosen else {}), 'format': form})}"


class Discrepancies:
    """What *questions* tells of the discrepancies of the article."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions

    def kinds(self) -> list[Kind]:
        """Return all kinds that occur, what weighs most first."""
        told = answered(self._project, self._questions, "discrepancies")
        rivals = {iri: list(rows) for iri, rows in groupby(self._questions.rows("rivals"), key=_iri)}
        meanings = {
            row["conceptLabel"]["value"]: row["meaning"]["value"]
            for row in self._questions.rows("concepts", scheme="concept/discrepancy-kind")
        }
        told.sort(key=lambda row: alphabetical(row["kind"]))
        kinds = [
            Kind(
                kind,
                meanings.get(kind, ""),
                [_discrepancy(row, rivals.get(row["discrepancy"], ())) for row in group],
            )
            for kind, group in groupby(told, key=lambda row: row["kind"])
        ]
        return sorted(kinds, key=lambda kind: kind.weight, reverse=True)

    def rows(self, chosen: str) -> tuple[Sequence[str], list[Cells]]:
        """Return the columns and the rows of the question: those of the *chosen* kind, or all."""
        table = self._questions.question(find_query(self._project, "discrepancies"), [])
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        return table.columns, [row for row in rows if chosen in ("", _slug(row["kind"]))]

    def asked(self, kind: Kind) -> list[tuple[Query, Table]]:
        """Return the named questions that belong to *kind*, answered."""
        queries = [find_query(self._project, name) for name in _BELONGING.get(kind.name, ())]
        return [(query, self._questions.question(query, [])) for query in queries]


def _slug(kind: str) -> str:
    return kind.replace(" ", "-")


def _reach(one: Discrepancy) -> int:
    """Return 2 where it touches what the authors conclude, 1 for what happened, 0 for what they only cite."""
    concerned = {thing.page.partition("/")[0] for thing in one.concerns}
    return 2 if concerned & _CONCLUDED else 0 if concerned <= _CITED else 1


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

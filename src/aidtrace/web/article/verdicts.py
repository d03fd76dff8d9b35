"""The two tables of the article: what the authors conclude of each test, beside what dates and sources come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aidtrace.folding import alphabetical
from aidtrace.namespaces import ID
from aidtrace.project import Project
from aidtrace.web.answered import Cells, answered, values
from aidtrace.web.asked import Questions
from aidtrace.web.entities import Shown

_KINDS = {"hoop": "Hoop", "smokingGun": "Smoking-gun", "doubleDecisive": "Double-decisive"}
"""The columns of Table 2 that hold a test, with its kind."""

_PARTS = ("computed", "agreement", "chronology", "attribution")


@dataclass(frozen=True)
class Computed:
    """What the process tracing comes to for a test; *attribution* only where the test has evidence that is recorded."""

    thing: str
    computed: str = ""
    agreement: str = ""
    chronology: str = ""
    attribution: str = ""

    @property
    def parts(self) -> list[str]:
        """Its words, as a table of data has them."""
        return [getattr(self, part) for part in _PARTS]


@dataclass(frozen=True)
class Otherwise:
    """A verdict of the running text that is not the table's, and the paragraphs that give it."""

    verdict: str
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class Tested:
    """A row of Table 1."""

    row: str
    printed: str
    hypotheses: Sequence[Shown]
    kind: str
    predicted: Sequence[str]
    observed: Sequence[str]
    result: str
    otherwise: Sequence[Otherwise]
    computed: Computed


@dataclass(frozen=True)
class Cell:
    """A test of a rival: the authors' verdict, nothing where they print no word for one, and their finding."""

    kind: str
    verdict: str
    finding: str
    computed: Computed


@dataclass(frozen=True)
class Rival:
    """A row of Table 2."""

    row: str
    alternative: Shown
    cells: Sequence[Cell]
    conclusion: str


class Verdicts:
    """What *questions* tells of the tests of the article."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions

    @cached_property
    def hypotheses(self) -> list[Tested]:
        """The rows of Table 1."""
        return [self._tested(row) for row in self._records("table-1")]

    @cached_property
    def rivals(self) -> list[Rival]:
        """The rows of Table 2."""
        return [self._rival(row) for row in self._records("table-2")]

    @cached_property
    def not_run(self) -> list[tuple[Shown, list[str]]]:
        """The tests that the authors say they did not run, each with the paragraphs that say so."""
        return [(_thing(row["test"], row["label"]), values(row["paragraph"])) for row in self._records("tests-not-run")]

    def meanings(self, scheme: str) -> list[tuple[str, str]]:
        """Return the words of a scheme of concepts, each with what it means."""
        rows = self._questions.rows("concepts", scheme=f"concept/{scheme}")
        found = [(row["conceptLabel"]["value"], row["meaning"]["value"]) for row in rows]
        return sorted(found, key=lambda one: alphabetical(one[0]))

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of tests, in the order in which Table 1 comes to them, each with what it means."""
        order = [one.kind for one in self.hypotheses]
        return sorted(
            self.meanings("test-kind"), key=lambda one: order.index(one[0]) if one[0] in order else len(order)
        )

    def table(self, name: str) -> tuple[list[str], list[list[str]]]:
        """Return the columns and rows of ``table-1`` or ``table-2``: the question's, and what is computed behind."""
        if name == "table-1":
            heads, tails = list(_PARTS), [one.computed.parts for one in self.hypotheses]
        else:
            heads = [f"{kind}{part.capitalize()}" for kind in _KINDS for part in _PARTS]
            tails = [[part for cell in one.cells for part in cell.computed.parts] for one in self.rivals]
        rows = self._records(name)
        cells = [[*row.values(), *tail] for row, tail in zip(rows, tails, strict=True)]
        return [*(rows[0] if rows else ()), *heads], cells

    def _records(self, name: str) -> Sequence[Cells]:
        return answered(self._project, self._questions, name)

    @cached_property
    def _traced(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The tests of the tracing, by the row of the table that they stand in and their kind."""
        return {
            (place, one["kind"]): one for one in self._questions.tracing([])["tests"] for place in one["paragraphs"]
        }

    @cached_property
    def _findings(self) -> Mapping[str, str]:
        rows = self._questions.rows("findings")
        return {row["test"]["value"].removeprefix(ID.iri): row["finding"]["value"] for row in rows}

    @cached_property
    def _otherwise(self) -> Sequence[Cells]:
        return self._records("verdicts-that-differ")

    def _tested(self, row: Cells) -> Tested:
        traced = self._traced.get((f"table-1/{row['row']}", row["test"]), {})
        computed = _computed(traced)
        differing = [one for one in self._otherwise if one["test"] == ID.iri + computed.thing]
        return Tested(
            row["row"],
            row["hypothesis"],
            _tested_things(traced),
            row["test"],
            values(row["predicted"]),
            values(row["observed"]),
            row["result"],
            [Otherwise(one["verdict"], _in_the_text(one["paragraph"])) for one in differing],
            computed,
        )

    def _rival(self, row: Cells) -> Rival:
        cells, tested = [], list[Shown]()
        for column, kind in _KINDS.items():
            traced = self._traced.get((f"table-2/{row['row']}", kind), {})
            computed = _computed(traced)
            tested = _tested_things(traced) or tested
            cells.append(Cell(kind, row[column], self._findings.get(computed.thing, ""), computed))
        return Rival(row["row"], tested[0] if tested else Shown(row["alternative"]), cells, row["conclusion"])


def _computed(traced: Mapping[str, Any]) -> Computed:
    if not traced:
        return Computed("")
    tied = traced["attribution"] if traced["traces"] else ""
    return Computed(traced["thing"], traced["computed"], traced["agreement"], traced["chronology"], tied)


def _tested_things(traced: Mapping[str, Any]) -> list[Shown]:
    if not traced:
        return []
    return [Shown(text, "en", page) for page, text in zip(traced["tested"], traced["tested_labels"], strict=True)]


def _in_the_text(paragraphs: str) -> list[str]:
    return [one for one in values(paragraphs) if not one.startswith("table-")]


def _thing(iri: str, text: str) -> Shown:
    return Shown(text, "en", iri.removeprefix(ID.iri))

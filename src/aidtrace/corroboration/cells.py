"""The table: for each fact and data set one cell, with both sides, and what no dated fact stands for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aidtrace.corroboration.comparing import (
    AGREES,
    DIFFERS,
    NOT_COMPARABLE,
    NOT_COVERED,
    SILENT,
    Answer,
    compare,
)
from aidtrace.corroboration.reading import LOOKED_AT, CodedSet, Coding, Fact, Material
from aidtrace.corroboration.spans import overlaps, spans
from aidtrace.errors import unknown_name

ONLY_CODED = "only coded"
OUTCOMES = (AGREES, DIFFERS, NOT_COMPARABLE, SILENT, NOT_COVERED)


@dataclass(frozen=True)
class Cell:
    """What one data set says of one fact, and with which of its codings.

    Without a fact it is what the data set alone tells, of a state *one* and an *other*.
    """

    data_set: CodedSet
    kind: str
    outcome: str
    how: str
    codings: tuple[str, ...]
    fact: Fact | None = None
    one: str = ""
    other: str = ""

    @property
    def label(self) -> str:
        """What it is about."""
        return self.fact.label if self.fact else self.how

    @property
    def said(self) -> str:
        """What the article says."""
        return self.fact.said if self.fact else ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Where the article says it."""
        return self.fact.paragraphs if self.fact else ()


@dataclass(frozen=True)
class Corroboration:
    """The whole: the cells, those that the data sets alone fill, and the data sets that were looked at."""

    cells: tuple[Cell, ...]
    only_coded: tuple[Cell, ...]
    sets: tuple[CodedSet, ...]


def corroborate(material: Material) -> Corroboration:
    """Compare each fact with each data set, and look for what no dated fact stands for."""
    cells = [_cell(material, fact, one) for one in material.sets for fact in material.facts]
    taken = {coding for cell in cells if cell.outcome in (AGREES, DIFFERS) for coding in cell.codings}
    only = [found for one in material.sets for found in _only_coded(material, one, taken)]
    return Corroboration(tuple(cells), tuple(only), material.sets)


def chosen(found: Corroboration, fact: str | None, data_set: str | None) -> Corroboration:
    """Keep what is about *fact*, and what *data_set* says; UnknownNameError where there is none of that name."""
    if data_set and data_set not in (names := {one.name for one in found.sets}):
        raise unknown_name("imported data set", data_set, names)
    if fact and fact not in (things := {one.fact.thing for one in found.cells if one.fact}):
        raise unknown_name("fact that data sets could speak of", fact, things)
    return Corroboration(
        tuple(
            one
            for one in found.cells
            if data_set in (None, one.data_set.name) and (fact is None or (one.fact and one.fact.thing == fact))
        ),
        tuple(one for one in found.only_coded if fact is None and data_set in (None, one.data_set.name)),
        tuple(one for one in found.sets if data_set in (None, one.name)),
    )


def _cell(material: Material, fact: Fact, data_set: CodedSet) -> Cell:
    answer = _outside(material, fact, data_set) or compare(fact, _of_kind(material, fact.kind, data_set))
    codings = tuple(one.coding for one in answer.codings)
    return Cell(data_set, fact.kind, answer.outcome, answer.how, codings, fact)


def _of_kind(material: Material, kind: str, data_set: CodedSet) -> list[Coding]:
    return [one for one in material.codings.get(data_set.name, ()) if one.kind == kind]


def _outside(material: Material, fact: Fact, data_set: CodedSet) -> Answer | None:
    """Say why *data_set* does not cover *fact*; None where it does."""
    if fact.kind not in material.kinds.get(data_set.name, ()):
        return Answer(NOT_COVERED, f"it codes nothing of this kind ({fact.kind})")
    if data_set.subjects and fact.types and not fact.types & data_set.subjects:
        subjects = ", ".join(sorted(one.replace("-", " ") for one in fact.types))
        return Answer(NOT_COVERED, f"it does not code agreements on {subjects}")
    if fact.when.known and not overlaps(fact.when, data_set.period):
        return Answer(NOT_COVERED, f"it covers {data_set.covers.replace('/', ' to ')}")
    return None


def _only_coded(material: Material, data_set: CodedSet, taken: set[str]) -> Iterator[Cell]:
    """Yield what is coded between states, or of wars, that facts of that kind are about."""
    grouped: dict[tuple[str, str, str, str], list[Coding]] = defaultdict(list)
    for one in material.codings.get(data_set.name, ()):
        if one.coding not in taken and one.stance != LOOKED_AT and _is_asked(material.facts, one):
            grouped[one.kind, one.one, one.other, one.says].append(one)
    for (kind, giver, taker, says), several in grouped.items():
        how = says if kind in ("transfer", "agreement") else f"{says}: {spans(several)}"
        codings = tuple(dict.fromkeys(one.coding for one in several))
        yield Cell(data_set, kind, ONLY_CODED, how, codings, one=giver, other=taker)


def _is_asked(facts: Iterable[Fact], coding: Coding) -> bool:
    """Whether a fact of the same kind is about the same two states, or the same war."""
    pair = {coding.one, coding.other}
    return any(
        fact.kind == coding.kind and (coding.war in fact.wars or any(set(two) == pair for two in fact.pairs))
        for fact in facts
    )

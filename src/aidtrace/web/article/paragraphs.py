"""The article as sections of paragraphs, in the order of its text, with what each tells and cites.

Its sentences are not here: a paragraph is found by its section, its number and its first three words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from aidtrace.folding import alphabetical
from aidtrace.passages import read_register
from aidtrace.project import Project
from aidtrace.web.article.citations import Citations, Cited
from aidtrace.web.asked import Questions, Row
from aidtrace.web.entities import Shown, label, local, shown

_APART = "Discrepancy"


@dataclass(frozen=True)
class Paragraph:
    """A passage: its name (``section-slug/number``) and the words that it begins with."""

    name: str
    first_words: str

    @property
    def section(self) -> str:
        """The slug of its section."""
        return self.name.partition("/")[0]

    @property
    def number(self) -> str:
        """Its number in the section, or the key of an entry of the bibliography."""
        return self.name.partition("/")[2]

    @property
    def thing(self) -> str:
        """Its name among the things."""
        return f"passage/{self.name.lower().replace('/', '-')}"


@dataclass(frozen=True)
class Section:
    """A section: its slug, its heading, the section that it is a part of, and the phase that it narrates."""

    slug: str
    heading: str
    within: str
    phase: Shown | None
    paragraphs: Sequence[Paragraph]


@dataclass(frozen=True)
class Fact:
    """A thing that a paragraph tells of, its kind, and its dates as they are told."""

    thing: Shown
    kind: str
    apart: bool
    dates: Sequence[str]


@dataclass(frozen=True)
class Reading:
    """A paragraph with what is read in it: facts, citations, and where it disagrees with another place."""

    paragraph: Paragraph
    facts: Sequence[Fact]
    citations: Sequence[Cited]

    @property
    def kinds(self) -> list[tuple[str, list[Fact]]]:
        """The facts by their kinds, the earliest first and undated ones last."""
        told = [one for one in self.facts if not one.apart]
        return [(kind, list(group)) for kind, group in groupby(told, key=lambda one: one.kind)]

    @property
    def discrepancies(self) -> list[Fact]:
        """Where it disagrees with another place, or with itself."""
        return [one for one in self.facts if one.apart]


class Article:
    """The article of *project*; *questions* tells what is said of it."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """All passages in the order of the text, footnotes last."""
        register = read_register(self._project.passage_register)
        return [Paragraph(name, words) for name, (words, _) in register.passages.items()]

    def sections(self) -> list[Section]:
        """Return the sections in the order in which the text comes to their first paragraphs."""
        told = {row["section"]["value"].rpartition("/")[2]: row for row in self._questions.rows("sections")}
        grouped = [(slug, list(group)) for slug, group in groupby(self.paragraphs, key=lambda one: one.section)]
        return [_section(slug, told.get(slug, {}), group) for slug, group in grouped]

    def facts(self) -> dict[str, list[Fact]]:
        """Return what is told, by the names of the paragraphs."""
        return _facts(self._questions.rows("told"))

    def read(self, section: Section) -> list[Reading]:
        """Return the paragraphs of *section* with what is read in them."""
        told = _facts(self._questions.rows("told", section=f"section/{section.slug}"))
        citations = Citations(self._project, self._questions)
        return [Reading(one, told.get(one.name, ()), citations.of(one.name)) for one in section.paragraphs]

    def neighbours(self, paragraph: Paragraph) -> tuple[Paragraph | None, Paragraph | None]:
        """Return the paragraphs before and behind *paragraph*."""
        place = self.paragraphs.index(paragraph)
        around = [None, *self.paragraphs, None]
        return around[place], around[place + 2]


def _section(slug: str, row: Row, paragraphs: Sequence[Paragraph]) -> Section:
    heading = row["heading"]["value"] if row else slug
    within = row["within"]["value"].rpartition("/")[2] if "within" in row else ""
    return Section(slug, heading, within, shown(row, "phase") if "phase" in row else None, paragraphs)


def _facts(rows: Iterable[Row]) -> dict[str, list[Fact]]:
    """Return the things of *rows* by paragraphs, each once for each of its kinds and with all of its dates."""
    dates = dict[tuple[str, str, Shown, bool], list[str]]()
    for row in rows:
        apart = local(row["class"]["value"]) == _APART
        one = (row["paragraph"]["value"], label(row, "class"), shown(row, "thing"), apart)
        dates.setdefault(one, []).extend([row["date"]["value"]] if "date" in row else [])
    found = dict[str, list[Fact]]()
    for (paragraph, kind, thing, apart), told in dates.items():
        found.setdefault(paragraph, []).append(Fact(thing, kind, apart, sorted(set(told))))
    for facts in found.values():
        facts.sort(key=lambda one: (alphabetical(one.kind), not one.dates, one.dates, alphabetical(one.thing.text)))
    return found

"""The citations of the article as it prints them, and the works of its bibliography that they mean."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aidtrace.folding import alphabetical
from aidtrace.namespaces import AT, ID
from aidtrace.project import Project
from aidtrace.web.answered import Cells, answered, values
from aidtrace.web.asked import Questions
from aidtrace.web.entities import Shown, label, shown

RESOLUTIONS = ("exact", "spelling", "wrong year", "ambiguous", "none")
CLASSES = ("official", "academic", "press", "party")
_DOI = re.compile(r"https://doi\.org/10\.\d{4,}/\S+")
_NEARBY = AT("nearbyCitation").value


@dataclass(frozen=True)
class Work:
    """An entry of the bibliography, and how often it is cited."""

    page: str
    key: str
    authors: str
    year: str
    title: str
    kind: str
    source_class: str
    doi: str
    url: str
    cited: int

    @property
    def letter(self) -> str:
        """The letter that the bibliography prints behind the year, where it does."""
        return self.key.rpartition(self.year)[2]

    @property
    def address(self) -> str:
        """The DOI where it leads to one: some are printed with parts missing, and lead nowhere."""
        return self.doi if _DOI.fullmatch(self.doi) else ""

    @property
    def place(self) -> str:
        """The address on the web that is printed, if it is one that a browser may be led to."""
        return self.url if self.url.startswith(("http://", "https://")) else ""

    @property
    def passage(self) -> str:
        """The page of the passage that prints it."""
        return f"passage/bibliography-{self.key.lower()}"


@dataclass(frozen=True)
class Cited:
    """A citation: what is printed, where, how it leads to which works, and for what it is cited.

    *things* are cited for in its sentence, *nearby* are those for which only the paragraph suggests it.
    """

    page: str
    printed: str
    paragraph: str
    resolution: str
    works: Sequence[Work]
    fit: Sequence[str]
    notes: Sequence[str]
    things: Sequence[Shown]
    nearby: Sequence[Shown]

    @property
    def classes(self) -> set[str]:
        """The classes of the works that it may mean."""
        return {work.source_class for work in self.works}


class Citations:
    """All citations of the article, in the order of their paragraphs' names, and all works."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions

    @cached_property
    def works(self) -> dict[str, Work]:
        """The entries of the bibliography by their keys."""
        return {row["key"]: _work(row) for row in answered(self._project, self._questions, "sources")}

    @cached_property
    def all(self) -> list[Cited]:
        """Every citation."""
        covered = sorted(self._questions.rows("cited-for"), key=lambda row: alphabetical(label(row, "thing")))
        notes = [(row["citation"]["value"], row["note"]["value"]) for row in self._questions.rows("cited-notes")]
        found = []
        for row in answered(self._project, self._questions, "citations"):
            own = [one for one in covered if one["citation"]["value"] == row["citation"]]
            near = [shown(one, "thing") for one in own if one["how"]["value"] == _NEARBY]
            sure = [shown(one, "thing") for one in own if one["how"]["value"] != _NEARBY]
            found.append(
                Cited(
                    row["citation"].removeprefix(ID.iri),
                    row["asPrinted"],
                    row["paragraph"],
                    row["resolution"],
                    [self.works[key] for key in values(row["source"])],
                    values(row["fit"]),
                    [note for citation, note in notes if citation == row["citation"]],
                    sure,
                    near,
                )
            )
        return found

    def of(self, paragraph: str) -> list[Cited]:
        """Return the citations that a paragraph prints."""
        return [one for one in self.all if one.paragraph == paragraph]

    def to(self, key: str) -> list[Cited]:
        """Return the citations that mean a work, or may mean it."""
        return [one for one in self.all if any(work.key == key for work in one.works)]

    def chosen(self, resolution: str = "", source_class: str = "") -> list[Cited]:
        """Return the citations that lead to their works in such a way, and to a work of such a class."""
        return [
            one
            for one in self.all
            if resolution in ("", one.resolution) and (not source_class or source_class in one.classes)
        ]

    @property
    def uncited(self) -> list[Work]:
        """The works that no citation can mean."""
        return [work for work in self.works.values() if not work.cited]

    @property
    def doubtful(self) -> list[Work]:
        """The works that only ambiguous citations may mean."""
        meant = {work.key for one in self.all if one.resolution != "ambiguous" for work in one.works}
        return [work for work in self.works.values() if work.cited and work.key not in meant]


def counted(citations: Sequence[Cited]) -> Mapping[str, int]:
    """Return how many citations resolve in each way, those too in which none does."""
    found = Counter(one.resolution for one in citations)
    return {name: found[name] for name in RESOLUTIONS}


def _work(row: Cells) -> Work:
    return Work(
        row["source"].removeprefix(ID.iri),
        row["key"],
        row["authors"],
        row["year"],
        row["title"],
        row["kind"],
        row["class"],
        row["doi"],
        row["url"],
        int(row["cited"]),
    )

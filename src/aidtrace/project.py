"""Where the parts of the project lie: the checkout one stands in, else what the wheel carries."""

from dataclasses import dataclass
from pathlib import Path

_SOURCES = {"bibliography.ttl", "citations.ttl", "passages.ttl"}
_OURS = {"article", "crosswalk"}
_CARRIED = Path(__file__).parent / "_project"


@dataclass(frozen=True)
class Project:
    """A folder with ``ontology/``, ``data/``, ``shapes/`` and ``queries/``."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """Find the project: the nearest folder above *start* (default: here) that is one, else the wheel's."""
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "ontology" / "aidtrace.ttl").is_file() and (folder / "queries").is_dir():
                return cls(folder)
        checkout = Path(__file__).parents[2]
        return cls(_CARRIED if _CARRIED.is_dir() else checkout)

    @property
    def ontology_files(self) -> list[Path]:
        """The Turtle files of the ontology."""
        return sorted((self.root / "ontology").glob("*.ttl"))

    @property
    def article_files(self) -> list[Path]:
        """The curated facts of the article, without the files about its text and its citations."""
        return [path for path in self._article_folder if path.name not in _SOURCES]

    @property
    def source_files(self) -> list[Path]:
        """The files about the article's text: passages, citations, bibliography."""
        return [path for path in self._article_folder if path.name in _SOURCES]

    @property
    def crosswalk_files(self) -> list[Path]:
        """Identifiers of our things in other people's schemes, and where places lie."""
        return sorted((self.root / "data" / "crosswalk").glob("*.ttl"))

    @property
    def shape_files(self) -> list[Path]:
        """The SHACL shapes."""
        return sorted((self.root / "shapes").glob("*.ttl"))

    @property
    def examples(self) -> Path:
        """The folder with an example that breaks each rule in ``fail/``, and examples that break none in ``pass/``."""
        here = self.root / "tests" / "shapes"
        return here if here.is_dir() else self.root / "examples"

    @property
    def catalog_files(self) -> list[Path]:
        """What is said of the data set as a whole, and of each of its graphs: one file, or none."""
        return sorted((self.root / "data").glob("catalog.ttl"))

    @property
    def query_files(self) -> list[Path]:
        """The named questions and the competency questions."""
        return sorted((self.root / "queries").glob("*.rq"))

    @property
    def rule_files(self) -> list[Path]:
        """The CONSTRUCT rules whose triples go to the graph ``inferred``."""
        return sorted((self.root / "queries" / "rules").glob("*.rq"))

    @property
    def tracing(self) -> Path:
        """The folder of the rules of the tracing, with what is asked of their results in folders below."""
        return self.root / "queries" / "tracing"

    @property
    def cases(self) -> dict[str, list[Path]]:
        """The cases beside the article, by name: each folder of ``data/`` with Turtle files that is no part of ours."""
        folders = sorted(path for path in (self.root / "data").iterdir() if path.name not in _OURS)
        return {path.name: files for path in folders if (files := sorted(path.glob("*.ttl")))}

    @property
    def documentation(self) -> Path:
        """The documentation as pages; there is no such folder before it is built."""
        carried = self.root / "documentation"
        return carried if carried.is_dir() else self.root / "build" / "docs"

    @property
    def passage_register(self) -> Path:
        """The table that a split of the article's text is held to."""
        return self.root / "data" / "article" / "passages.csv"

    @property
    def passage_marks(self) -> Path:
        """A mark for each word of each passage, by which a text that differs is told where."""
        return self.root / "data" / "article" / "passage-marks.csv"

    @property
    def coverage_reasons(self) -> Path:
        """The figures of the article that no fact records, each with the reason."""
        return self.root / "data" / "article" / "coverage-reasons.csv"

    def graphs(self) -> dict[str, list[Path]]:
        """The curated graphs by name, each with the files that it is made of."""
        return {
            "ontology": self.ontology_files,
            "shapes": self.shape_files,
            "article": self.article_files,
            "sources": self.source_files,
            "crosswalk": self.crosswalk_files,
        }

    @property
    def _article_folder(self) -> list[Path]:
        return sorted((self.root / "data" / "article").glob("*.ttl"))

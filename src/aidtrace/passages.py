"""The article's text as passages: sections, numbered paragraphs, footnotes, table rows, bibliography entries.

The text has no marks for headings, and page breaks cut its sentences. A register, ``data/article/passages.csv``,
holds the id of every passage with its first three words and the SHA-256 of its text, never the text itself; a
split is held to it. A piece continues the one before when that one lacks terminal punctuation or when it begins
in lower case; footnotes and front matter in between are skipped.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aidtrace.errors import InputError
from aidtrace.files import read_rows

_FOOTNOTE = re.compile(r"^([¹²³⁴⁵⁶⁷⁸⁹]) ")
_CAPTION = re.compile(r"^Table \d+\. ")
_ENTRY = re.compile(r"^(?:- )?(?!https?[:/])[^(]{2,160}\((?:19|20)\d\d[a-z]?(?:, [^)]*)?\)")
_ENDED = re.compile(r"[.!?:](?:[\"”»)\]]|[¹²³⁴⁵⁶⁷⁸⁹]|</u>)*$")


@dataclass(frozen=True)
class Passage:
    """A paragraph, footnote, table row or bibliography entry; ``id`` is ``section-slug/number``."""

    id: str
    text: str

    @property
    def first_words(self) -> str:
        """The first three words, by which a person finds the passage."""
        return " ".join(self.text.split()[:3])

    @property
    def sha256(self) -> str:
        """The hash of the text with its white space folded."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Register:
    """The passages that a split must give: id to first words and hash, in the order of the text."""

    passages: dict[str, tuple[str, str]]

    @property
    def sections(self) -> set[str]:
        """The slugs of the headings."""
        return {name.split("/")[0] for name in self.passages}

    def ids(self, section: str) -> list[str]:
        """The ids of one section in order."""
        return [name for name in self.passages if name.startswith(f"{section}/")]

    @property
    def front(self) -> dict[str, str]:
        """The pieces of front matter, which stand between paragraphs: hash to id."""
        return {self.passages[name][1]: name for name in self.ids("front")}


def read_register(path: Path) -> Register:
    """Read ``passages.csv``: columns id, first_words, sha256."""
    rows = read_rows(path, ("id", "first_words", "sha256"))
    return Register({row["id"]: (row["first_words"], row["sha256"]) for row in rows})


def split(text: str, register: Register) -> list[Passage]:
    """Split the article's *text*; a passage that is not the registered one raises InputError with its id."""
    found = {passage.id: passage for passage in _split(text, register)}
    for name, (first_words, sha256) in register.passages.items():
        passage = found.get(name)
        if passage is None:
            raise InputError(f"{name}: not in the text; expected a passage that begins {first_words!r}")
        if passage.sha256 != sha256:
            raise InputError(f"{name}: begins {passage.first_words!r}; expected the registered text, {first_words!r} …")
    for name, passage in found.items():
        if name not in register.passages:
            raise InputError(f"{name}: begins {passage.first_words!r}; expected no such passage")
    return [found[name] for name in register.passages]


def slug(heading: str) -> str:
    """Make the slug of a heading: lower-case words with hyphens."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def fold(text: str) -> str:
    """Fold white space, so that a line break is a space."""
    return " ".join(text.split())


def _split(text: str, register: Register) -> Iterator[Passage]:
    section, pieces, tables = "front", defaultdict[str, list[str]](list), 0
    for block in _blocks(text):
        whole = fold(block)
        digest = hashlib.sha256(whole.encode()).hexdigest()
        footnote = _FOOTNOTE.match(whole)
        if digest in register.front:
            yield Passage(register.front[digest], whole)
        elif footnote:
            yield Passage(f"fn/{'¹²³⁴⁵⁶⁷⁸⁹'.index(footnote[1]) + 1}", whole)
        elif slug(whole) in register.sections:
            section = slug(whole)
        elif block.startswith("|"):
            tables += 1
            yield from _rows(block, f"table-{tables}")
        elif section == "bibliography":
            _add_entries(pieces[section], block)
        elif not _CAPTION.match(whole):
            _add_paragraph(pieces[section], whole)
    for name, texts in pieces.items():
        ids = register.ids(name)
        for number, whole in enumerate(texts, 1):
            known = name == "bibliography" and number <= len(ids)
            yield Passage(ids[number - 1] if known else f"{name}/{number}", whole)


def _blocks(text: str) -> list[str]:
    return [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]


def _add_paragraph(paragraphs: list[str], piece: str) -> None:
    goes_on = paragraphs and (not _ENDED.search(paragraphs[-1]) or piece[0].islower())
    if goes_on:
        paragraphs[-1] += f" {piece}"
    else:
        paragraphs.append(piece)


def _add_entries(entries: list[str], block: str) -> None:
    """Add the lines of *block*: one that has an author and a year begins an entry, any other goes on with it."""
    for line in block.splitlines():
        if _ENTRY.match(line) or not entries:
            entries.append(fold(line).removeprefix("- "))
        else:
            entries[-1] += " " + fold(line).removeprefix("- ")


def _rows(block: str, table: str) -> Iterator[Passage]:
    """Yield the rows below the rule; a physical line whose second cell begins no test goes on with the row above."""
    rows: list[list[str]] = []
    for line in block.splitlines()[2:]:
        cells = [fold(cell) for cell in line.strip().strip("|").split("|")]
        if cells[1][:1].isupper():
            rows.append(cells)
        else:
            rows[-1] = [fold(f"{above} {cell}") for above, cell in zip(rows[-1], cells, strict=True)]
    for number, cells in enumerate(rows, 1):
        yield Passage(f"{table}/{number}", " | ".join(cells))

"""The article's text as passages: sections, numbered paragraphs, footnotes, table rows, bibliography entries.

The text has no marks for headings, and page breaks cut its sentences. A register, ``data/article/passages.csv``,
holds the id of every passage with its first three words and the SHA-256 of its text, never the text itself; a
split is held to it. Beside it, ``passage-marks.csv`` holds one byte for each word, so that a text which differs can be
told where. A piece continues the one before when that one lacks terminal punctuation or when it begins
in lower case; footnotes and front matter in between are skipped.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    marks: dict[str, str] = field(default_factory=dict)

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


def read_register(path: Path, marks: Path | None = None) -> Register:
    """Read ``passages.csv``: columns id, first_words, sha256; and *marks*, where there are some: columns id, marks."""
    rows = read_rows(path, ("id", "first_words", "sha256"))
    marked = read_rows(marks, ("id", "marks")) if marks and marks.exists() else []
    return Register(
        {row["id"]: (row["first_words"], row["sha256"]) for row in rows}, {row["id"]: row["marks"] for row in marked}
    )


def marks(text: str) -> str:
    """Return two hexadecimal digits for each word of *text*, which depend on it and on all words before it."""
    digest, found = hashlib.sha256(), ""
    for word in text.split():
        digest.update(f"{word} ".encode())
        found += digest.hexdigest()[:2]
    return found


def split(text: str, register: Register) -> list[Passage]:
    """Split the article's *text*; a passage that is not the registered one raises InputError with its id."""
    found = {passage.id: passage for passage in _split(text, register)}
    for name, (first_words, sha256) in register.passages.items():
        passage = found.get(name)
        if passage is None:
            raise InputError(f"{name}: not in the text; expected a passage that begins {first_words!r}")
        if passage.sha256 != sha256:
            raise InputError(f"{name}: {_difference(passage, first_words, register.marks.get(name, ''))}")
    for name, passage in found.items():
        if name not in register.passages:
            raise InputError(f"{name}: begins {passage.first_words!r}; expected no such passage")
    return [found[name] for name in register.passages]


def _difference(passage: Passage, first_words: str, registered: str) -> str:
    """Say where *passage* begins to differ, with the words around it, as far as the register tells."""
    if passage.first_words != first_words:
        return f"begins {passage.first_words!r}; expected the registered text, {first_words!r} …"
    if not registered:
        return f"begins {first_words!r} as registered, and differs behind that; expected the registered text"
    words, own, size = passage.text.split(), marks(passage.text), len(registered) // 2
    place = next(
        (n for n in range(min(len(words), size)) if own[2 * n : 2 * n + 2] != registered[2 * n : 2 * n + 2]), None
    )
    if place is None and len(words) == size:
        return f"differs from the registered text in one of its {size} words; expected the registered text"
    if place is None and len(words) > size:
        return f"goes on with {_around(words, size)} behind its {size} words; expected its end there"
    if place is None:
        return f"ends with {_around(words, len(words) - 1)} after {len(words)} words; expected {size} words"
    return (
        f"differs first at word {place + 1}, {words[place]!r} in {_around(words, place)}; expected another word there"
    )


def _around(words: list[str], place: int) -> str:
    begin, end = max(place - 3, 0), place + 4
    return repr(f"{'… ' * (begin > 0)}{' '.join(words[begin:end])}{' …' * (end < len(words))}")


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
        if len(cells) > 1 and cells[1][:1].isupper():
            rows.append(cells)
        elif rows and len(rows[-1]) == len(cells):
            rows[-1] = [fold(f"{above} {cell}") for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            raise InputError(
                f"{table}: {fold(line)[:60]!r} neither begins a row nor goes on with one; expected the article"
            )
    for number, cells in enumerate(rows, 1):
        yield Passage(f"{table}/{number}", " | ".join(cells))

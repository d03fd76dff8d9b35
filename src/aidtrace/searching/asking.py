"""Asking the index: what has every word, and, where nothing has, what has most of them."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from aidtrace.searching.spelling import spelled
from aidtrace.searching.texts import GATHERED

_LOOKED_AT = 500
"""So many rows are looked at for one page: a thing may be found by several."""

LITTLE = frozenset(
    (
        *("a", "an", "and", "are", "at", "been", "by", "did", "do", "does", "for", "from", "had", "has", "have"),
        *("how", "in", "is", "it", "of", "on", "or", "that", "the", "to", "was", "were"),
        *("what", "when", "where", "which", "who", "whom", "whose", "why", "with"),
    )
)
"""Words of questions that say nothing about what is looked for."""

_WORDS = 8
"""So many words are looked for in part, for each more doubles the work."""

_Matching = tuple[str, int, str, str]


class Found(NamedTuple):
    """A thing that was found: its name, what it is called, and the text that matched, where that is another.

    *kind* and *date* say what it is and when that was, where the article has it; *lacks* has the words missing in it.
    """

    thing: str
    label: str
    matched: str
    kind: str = ""
    date: str = ""
    lacks: tuple[str, ...] = ()


def search(path: Path, text: str, most: int, *, names_only: bool = False) -> list[Found]:
    """Return up to *most* things in which every word of *text* begins a word.

    All of them in one name, in one text, or, of what a passage tells of, in all that is gathered of it.
    """
    asked = _wanted(text)
    if not asked:
        return []
    kinds = "AND kind = 0" if names_only else ""
    query = f"SELECT thing, kind, shown FROM rows WHERE folded MATCH ? {kinds} ORDER BY rowid LIMIT ?"  # noqa: S608
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = dict[str, str]()
        for thing, kind, shown in database.execute(query, [asked, _LOOKED_AT]):
            found.setdefault(thing, "" if kind == GATHERED else shown)
            if len(found) == most:
                break
        return [_found(database, thing, shown) for thing, shown in found.items()]


def nearest(path: Path, text: str, most: int) -> list[Found]:
    """Return up to *most* things that have as many words of *text* as any has, if that is half of them or more.

    Little words do not count. Ask `search` first, which is faster: what has all words comes of it.
    """
    words = list(dict.fromkeys(word for word in text.split() if _wanted(word) and word.lower() not in LITTLE))[:_WORDS]
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        known = [word for word in words if _having(database, [[word]], 1)]
        for size in range(len(known), max(len(words) - 1, 0) // 2, -1):
            found = dict[str, Found]()
            for thing, kind, shown, folded in _having(database, combinations(known, size), _LOOKED_AT):
                if thing not in found:
                    lacks = tuple(word for word in words if not _has(folded, word))
                    one = _found(database, thing, "" if kind == GATHERED else shown)
                    found[thing] = one._replace(lacks=lacks)
                if len(found) == most:
                    break
            if found:
                return list(found.values())
    return []


def _having(database: sqlite3.Connection, choices: Iterable[Sequence[str]], most: int) -> list[_Matching]:
    """Return up to *most* rows that have all words of one of the *choices*."""
    asked = " OR ".join("(" + " AND ".join(f"({_wanted(word)})" for word in words) + ")" for words in choices)
    query = "SELECT thing, kind, shown, folded FROM rows WHERE folded MATCH ? ORDER BY rowid LIMIT ?"
    return database.execute(query, [asked, most]).fetchall()


def _has(folded: str, word: str) -> bool:
    """Whether each part of a reading of *word* begins a word of *folded*."""
    parts = (reading.split() for reading in spelled(word))
    return any(all(f" {part}" in f" {folded}" for part in reading) for reading in parts)


def _wanted(text: str) -> str:
    """Return what the index is asked for, so that each word of *text*, in one of its spellings, begins a word."""
    return " OR ".join(sorted(f"({_words(reading)})" for reading in spelled(text)))


def _found(database: sqlite3.Connection, thing: str, shown: str) -> Found:
    row = database.execute("SELECT label FROM labels WHERE thing = ?", [thing]).fetchone()
    label = row[0] if row else shown or thing
    kind, date = database.execute("SELECT kind, date FROM told WHERE thing = ?", [thing]).fetchone() or ("", "")
    return Found(thing, label, "" if shown == label else shown, kind, date)


def _words(folded: str) -> str:
    return " AND ".join(f'"{word}"*' for word in folded.split())

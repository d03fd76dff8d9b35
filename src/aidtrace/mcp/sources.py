"""The sources of an answer: the paragraphs that tell what is in it, the citations there, and the works of these."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import Literal, NamedNode

from aidtrace.mcp.library import Library, Row
from aidtrace.namespaces import ID

_MOST = 60
"""So many things and paragraphs are looked up at most, and so many sources told."""

_ROWS = 1000  # of queries/models/sources.rq, which gives one more where there are more


@dataclass(frozen=True)
class Cited:
    """Sources and works as `aidtrace.mcp.answers` has them, and a note on what is not there."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    works: dict[str, dict[str, str]] = field(default_factory=dict)
    note: str = ""


@dataclass
class Named:
    """The things and the paragraphs that an answer names, in their order."""

    things: dict[str, None] = field(default_factory=dict)
    paragraphs: dict[str, None] = field(default_factory=dict)

    def read(self, value: Any, name: str = "") -> "Named":
        """Note what is named in *value*: IRIs of ours, what ``thing`` and ``fact`` name, and paragraphs."""
        if isinstance(value, dict):
            for key, one in value.items():
                self.read(one, key)
        elif isinstance(value, list):
            for one in value:
                self.read(one, name)
        elif isinstance(value, str) and value:
            self._note(value, name)
        return self

    def _note(self, text: str, name: str) -> None:
        if name in ("paragraph", "paragraphs"):
            self.paragraphs |= dict.fromkeys(one.strip() for one in text.split("|"))
        elif text.startswith(f"<{ID.iri}"):  # the subject of a triple
            self.things[text[1:].partition(">")[0]] = None
        elif text.startswith(ID.iri):  # a cell may hold several
            self.things |= dict.fromkeys(one for one in text.split(" | ") if one.startswith(ID.iri))
        elif name in ("thing", "fact") and "/" in text:
            self.things[ID.iri + text] = None


async def cited(library: Library, named: Named) -> Cited:
    """Look up where what is *named* is told; the paragraphs alone count where no thing is told there."""
    asked, paragraphs = list(named.things)[:_MOST], list(named.paragraphs)[:_MOST]
    things = _terms(asked)
    odd = len(asked) - len(things)
    if not things and not paragraphs:
        bare = "nothing in the result is told in a paragraph by itself; ask for the things to cite them"
        return Cited(note="; ".join(filter(None, [bare, _odd(odd)])))
    literals = " ".join(str(Literal(one)) for one in paragraphs)
    rows = await library.rows("sources", things=" ".join(things), paragraphs=literals)
    told = {row["paragraph"] for row in rows if row["of"] not in paragraphs}
    sources = _grouped([row for row in rows if row["of"] not in paragraphs or row["paragraph"] not in told])
    whole = len(sources) <= _MOST and len(rows) <= _ROWS
    whole = whole and len(named.things) <= _MOST and len(named.paragraphs) <= _MOST
    works = await _resolve(library, sources[:_MOST])
    return Cited(sources[:_MOST], works, "; ".join(filter(None, [_note(sources, whole=whole), _odd(odd)])))


def _terms(iris: Iterable[str]) -> list[str]:
    found = []
    for iri in iris:
        with suppress(ValueError):  # it begins like a thing of ours and is no IRI
            found.append(str(NamedNode(iri)))
    return found


def _grouped(rows: Collection[Row]) -> list[dict[str, Any]]:
    """Make one source of each paragraph and citation; a paragraph alone, where a thing has no citation there."""
    with_citation = {(row["of"], row["paragraph"]) for row in rows if "citation" in row}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        citation = row.get("citation", "")
        if citation or (row["of"], row["paragraph"]) not in with_citation:
            page = f"/page/{row['passage'].removeprefix(ID.iri)}"
            new = {"paragraph": row["paragraph"], "page": page, "citation": citation, "works": [], "of": []}
            found.setdefault((row["paragraph"], citation), new)["of"].append(row["of"].removeprefix(ID.iri))
    return list(found.values())


async def _resolve(library: Library, sources: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Say in each of *sources* how its citation is printed and what it leads to; return the works by key."""
    citing = {source["citation"]: source for source in sources if source["citation"]}
    rows = await library.rows("citations", citations=" ".join(_terms(citing))) if citing else []
    works = {}
    for row in rows:
        source = citing[row["citation"]]
        source |= {"printed": row["printed"], "resolution": row.get("resolution", "")}
        if "key" in row:
            source["works"].append(row["key"])
            works[row["key"]] = {name: row.get(name, "") for name in ("title", "year", "doi")}
    return works


def _odd(count: int) -> str:
    return f"{count} name{'' if count == 1 else 's'} of things in the result could not be read" if count else ""


def _note(sources: Collection[Any], *, whole: bool) -> str:
    if not sources:
        return "no paragraph tells of what is named in the result"
    return "" if whole else f"the first {_MOST} alone; ask for fewer rows, or describe a thing, for the others"

"""What a tool answers: the result, of which revision it is, whether it is whole, and the sources to cite for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from aidtrace.mcp.sources import Cited

ROOM = 40_000
"""Characters of a result at most, about ten thousand words of a model."""

_SENTENCE = 300


class Source(BaseModel):
    """A paragraph that tells something, and a citation that is printed there for it."""

    paragraph: str = Field(description="The paragraph, as SECTION/NUMBER; bibliography/KEY is an entry of the list")
    page: str = Field(description="The path of its page on the server")
    citation: str = Field("", description="The IRI of the citation; empty where none is printed there for it")
    printed: str = Field("", description="The citation as it is printed")
    resolution: str = Field("", description="How surely the citation leads to a work: exact, spelling, ambiguous, …")
    works: list[str] = Field([], description="Keys of the works that it resolves to, or may; see the member works")
    of: list[str] = Field(description="What of the result is told there: things, or paragraphs that the rows name")


class Work(BaseModel):
    """A work that is cited."""

    title: str = ""
    year: str = ""
    doi: str = ""


class Answer(BaseModel):
    """What a tool answers."""

    revision: str = Field(description="The revision of the graph that was asked; the same one gives the same answer")
    complete: bool = Field(description="Whether the result is whole")
    more: str = Field("", description="Where it is not: why, and how to get the rest")
    result: dict[str, Any]
    sources: list[Source] = Field(description="Where the result is told: cite the paragraph, and the citation there")
    sources_note: str = Field("", description="Why there are no sources, or not all of them")
    works: dict[str, Work] = Field(description="The works of the sources, by key")


Answered = Annotated[CallToolResult, Answer]


def answered(told: str, revision: str, result: Mapping[str, Any], cited: Cited, more: str = "") -> CallToolResult:
    """Put an answer together: a sentence, and the same for programs; *more* is empty where the result is whole.

    What has no room is left out here at the latest, and counted.
    """
    fitted, cut = fit(result)
    sources, left = fit({"sources": cited.sources})
    works, lost = fit({"works": list(cited.works.items())})
    more = "; ".join(filter(None, [more, lacks(cut)]))
    answer = Answer(
        revision=revision,
        complete=not more,
        more=more,
        result=fitted,
        sources=[Source(**one) for one in sources["sources"]],
        sources_note="; ".join(filter(None, [cited.note, lacks({**left, **lost})])),
        works={key: Work(**work) for key, work in works["works"]},
    )
    content = answer.model_dump(mode="json")
    whole = f"incomplete: {more}" if more else "complete"
    sentence = TextContent(text=f"{told} ({whole}; revision {revision})")
    return CallToolResult(
        content=[sentence, TextContent(text=json.dumps(content, ensure_ascii=False))], structured_content=content
    )


def length(item: Any) -> int:
    """Return how many characters *item* has in JSON."""
    return len(json.dumps(item, ensure_ascii=False))


def fit(result: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return *result* with as much as has room together, and for each member that is not whole what of it is there.

    Lists share the room: a short one is whole, and longer ones have as much as each other. What fits stays as it is.
    """
    kept, cut, room = {}, {}, ROOM - len("{}")
    lists = sorted((name for name in result if isinstance(result[name], list)), key=lambda name: length(result[name]))
    for name in [name for name in result if name not in lists]:
        size = _written(name, result[name])
        if size <= room // 2:
            kept[name], room = result[name], room - size
        else:
            cut[name] = "no"
    for number, name in enumerate(lists):
        kept[name] = _first(result[name], room // (len(lists) - number) - _written(name, []))
        room -= _written(name, kept[name])
        if len(kept[name]) < len(result[name]):
            cut[name] = f"{len(kept[name])} of {len(result[name])}"
    return {name: kept[name] for name in result if name in kept}, {name: cut[name] for name in result if name in cut}


def _written(name: str, value: Any) -> int:
    return length(name) + length(value) + len(": , ")


def _first(items: Sequence[Any], room: int) -> list[Any]:
    kept = []
    for one in items:
        room -= length(one) + len(", ")
        if room < 0:
            break
        kept.append(one)
    return kept


def lacks(cut: Mapping[str, str]) -> str:
    """Say what `fit` found no room for; empty where it had room for all."""
    return f"only {', '.join(f'{number} {name}' for name, number in cut.items())} have room" if cut else ""


def short(text: str) -> str:
    """Return what *text* begins with, where it is too long for a sentence."""
    return text if len(text) <= _SENTENCE else f"{text[:_SENTENCE]}…"

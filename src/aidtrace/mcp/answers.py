"""What a tool answers: the result, of which revision it is, whether it is whole, and the sources to cite for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from aidtrace.mcp.sources import Cited

ROOM = 40_000
"""Characters of a result at most, about ten thousand words of a model."""


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
    """Put an answer together: a sentence, and the same for programs; *more* is empty where the result is whole."""
    answer = Answer(
        revision=revision,
        complete=not more,
        more=more,
        result=dict(result),
        sources=[Source(**one) for one in cited.sources],
        sources_note=cited.note,
        works={key: Work(**work) for key, work in cited.works.items()},
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


def fitting(items: Sequence[Any], room: int = ROOM) -> list[Any]:
    """Return as many of *items*, from the first on, as have *room* in JSON."""
    kept = []
    for one in items:
        room -= length(one)
        if room < 0:
            break
        kept.append(one)
    return kept

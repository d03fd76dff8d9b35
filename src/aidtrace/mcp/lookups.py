"""The tools that look things up: questions, SPARQL, things, words."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from aidtrace.mcp.answers import ROOM, Answered, answered, fit, lacks, short
from aidtrace.mcp.library import TRIPLES, Library, Reply
from aidtrace.mcp.naming import meant, near
from aidtrace.mcp.sources import Cited, Named, cited
from aidtrace.namespaces import ID
from aidtrace.searching import LITTLE
from aidtrace.server.searches import MOST as MOST_FOUND

ROWS, MOST_ROWS = 25, 500
_NAMING = 50  # of queries/models/naming.rq, which gives one more where there are more

Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description=f"Rows at most; {ROWS} unless said, up to {MOST_ROWS}")]
_TOO_LONG = f"too long for {ROOM} characters, and left out; run_sparql can select less of it, by SUBSTR say"
_NO_SOURCES = Cited(note="a list of what can be asked, which is told nowhere")
_TRUTH = Cited(note="yes or no names nothing; ask for rows with things in them to cite these")


class Lookups:
    """Tools that ask *library*; their signatures and docstrings are what a model reads."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def list_questions(
        self,
        about: Annotated[str, Field(description="Only those with half of these words, such as: training")] = "",
    ) -> Answered:
        """List the named questions: each with its answer in a sentence, its columns, and the parameters it takes.

        A named question is reviewed and tested, so look for one before you write SPARQL. ask_question runs it.
        """
        reply = await self._library.get("/queries")
        words = [word for word in about.casefold().split() if word not in LITTLE]
        texts = [str(one).casefold() for one in reply.content]
        has = [sum(word in text for word in words) for text in texts]
        best = sorted(zip(has, reply.content, strict=True), key=lambda both: -both[0])
        found = [one for number, one in best if 2 * number >= len(words)]
        result, cut = fit({"questions": found})
        more = f"{lacks(cut)}; say in about what they are to be about" if cut else ""
        if not found:
            raise ToolError(f"no question has half of the words {short(about)!r}; expected other words, or none")
        told = f"{len(found)} of {len(reply.content)} named questions"
        told += ", those with most of the words first" if len(words) > 1 else ""
        return answered(told, reply.revision, result, _NO_SOURCES, more)

    async def ask_question(
        self,
        name: Annotated[str, Field(description="Its name, as list_questions gives it, such as: aid-total")],
        parameters: Annotated[
            Mapping[str, str] | None, Field(description="A value for some parameters; a thing as KIND/SLUG or by IRI")
        ] = None,
        limit: Limit = ROWS,
        after: Annotated[str, Field(description="The key of the page before, from the member after")] = "",
    ) -> Answered:
        """Answer a named question: rows of plain text by column, with the paragraphs and citations to cite."""
        for one in sorted({"limit", "after", "format"} & {*(parameters or {})}):
            raise ToolError(f"{one} is no parameter of a question here; expected limit and after beside parameters")
        given = [*(parameters or {}).items(), ("limit", str(limit)), *([("after", after)] if after else [])]
        reply = await self._library.get(f"/queries/{quote(name, safe='')}", [*given, ("format", "json")])
        if "boolean" in reply.content:
            return answered(f"{name}: {reply.content['boolean']}", reply.revision, _truth(reply), _TRUTH)
        rows = reply.rows
        result, cut = fit({"question": name, "columns": reply.content["head"]["vars"], "rows": rows})
        kept, more = result["rows"], ""
        if reply.following and not kept and len(rows) == 1:
            result["after"] = reply.following
            more = f"the next row is {_TOO_LONG}; the rows behind it are there with after {reply.following!r}"
        elif not kept and len(rows) == 1:
            more = f"the last row is {_TOO_LONG}"
        elif len(kept) < len(rows):
            more = (
                f"only {len(kept)} of the rows have room; ask again with limit {max(len(kept), 1)}, and page by after"
            )
        elif reply.following:
            result["after"] = reply.following
            more = f"more rows follow; ask again with after {reply.following!r}, or a larger limit"
        more = "; ".join(filter(None, [more, lacks({one: cut[one] for one in cut if one != "rows"})]))
        return await self._answered(f"{len(kept)} rows of {name}", reply, result, more)

    async def run_sparql(
        self,
        query: Annotated[str, Field(description="SELECT, ASK, CONSTRUCT or DESCRIBE; declare every prefix")],
        limit: Limit = ROWS,
        timeout: Annotated[float, Field(gt=0, description="Seconds; never more than the server gives")] = 10.0,
    ) -> Answered:
        """Answer a query of your own over the whole graph, read-only, under the limits of the SPARQL endpoint.

        The default graph holds every statement once. The words are those of PREFIX at:
        <https://w3id.org/aidtrace/ontology#>, things are named https://w3id.org/aidtrace/id/KIND/SLUG; every fact has
        dcterms:source, a paragraph. Select the IRI of a thing beside its label: its sources are then told too.
        Triples of CONSTRUCT and DESCRIBE come as lines of N-Triples.
        """
        reply = await self._library.query(query, [("timeout", str(timeout))])
        if reply.media == TRIPLES:
            lines = reply.body.decode().removesuffix("\n").split("\n") if reply.body else []
            return await self._page("triples", lines, {}, reply, limit)
        if "boolean" in reply.content:
            return answered(f"{reply.content['boolean']}", reply.revision, _truth(reply), _TRUTH)
        return await self._page("rows", reply.rows, {"columns": reply.content["head"]["vars"]}, reply, limit)

    async def search(
        self,
        text: Annotated[str, Field(description="Words, a year, a sum, or an identifier, in any alphabet")],
        limit: Annotated[int, Field(ge=1, le=MOST_FOUND, description="Things at most")] = 10,
    ) -> Answered:
        """Search in names, identifiers and texts; gives the things that are found, the best first."""
        reply = await self._library.get("/search", [("q", text)])
        found, partial = reply.content["results"], reply.content.get("partial", False)
        more = f"the best {limit} of {len(found)} or more; say more words, or raise limit" if len(found) > limit else ""
        if not more and len(found) >= MOST_FOUND:
            more = f"the best {len(found)}, and the server tells no more; say more words"
        result, cut = fit({"found": found[:limit], "partial": partial})
        if cut:
            more = f"{lacks(cut)}; describe tells of a thing by its name, and run_sparql selects less, by SUBSTR say"
        told = f"{len(result['found'])} things found by {short(text)!r}"
        told += ": nothing has all the words, these have most of them" if partial else ""
        return await self._answered(told, reply, result, more)

    async def describe(
        self,
        thing: Annotated[str, Field(description="An IRI, KIND/SLUG, a term such as at:Actor, or what it is called")],
    ) -> Answered:
        """Tell everything that is said of one thing, or of a word of the ontology, and what names it."""
        iri, library = await meant(self._library, thing)
        reply = await library.told("described", thing=str(iri))
        rows = reply.rows
        if not rows:
            raise ToolError(f"nothing is said of {iri.value}; {await near(self._library, thing)}")
        same = library.at(reply)
        naming = await same.rows("naming", thing=str(iri))
        result, cut = fit({"thing": iri.value, "statements": rows[:MOST_ROWS], "named_by": naming[:_NAMING]})
        left = [
            lacks(cut),
            f"the first {MOST_ROWS} statements alone" if len(rows) > MOST_ROWS else "",
            f"the first {_NAMING} of the things that name it alone" if len(naming) > _NAMING else "",
        ]
        why = "; ".join(filter(None, left))
        more = f"{why}; run_sparql with SUBSTR, LIMIT and OFFSET gives the rest" if why else ""
        label = next((row["value"] for row in rows if row["property"].endswith("#label")), iri.value)
        named = Named({iri.value: None} if iri.value.startswith(ID.iri) else {})
        told = f"{len(result['statements'])} statements about {short(label)}"
        return answered(told, reply.revision, result, await cited(same, named), more)

    async def _page(self, kind: str, found: list[Any], head: dict[str, Any], reply: Reply, limit: int) -> Answered:
        result, cut = fit({**head, kind: found[:limit], "total": len(found)})
        kept, more = result[kind], ""
        if cut:
            more = f"{lacks(cut)}; select less of each, by SUBSTR say, fewer columns, or page"
        elif len(kept) < len(found):
            more = f"the first {limit} of {len(found)} {kind}; raise limit (up to {MOST_ROWS}), or page"
        more += " with ORDER BY, LIMIT and OFFSET in the query" if more else ""
        return await self._answered(f"{len(kept)} of {len(found)} {kind}", reply, result, more)

    async def _answered(self, told: str, reply: Reply, result: dict[str, Any], more: str = "") -> Answered:
        named = Named().read({key: one for key, one in result.items() if key != "columns"})
        return answered(told, reply.revision, result, await cited(self._library.at(reply), named), more)


def _truth(reply: Reply) -> dict[str, bool]:
    return {"answer": reply.content["boolean"]}

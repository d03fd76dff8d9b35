"""The tools that check and compare: validation against the shapes, the tracing, what other data sets say."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from aidtrace.mcp.answers import ROOM, Answered, answered, fit, lacks, length
from aidtrace.mcp.library import Library, Reply
from aidtrace.mcp.sources import Cited, Named, cited
from aidtrace.namespaces import ID

_SYNTAXES = {
    "turtle": "text/turtle",
    "trig": "application/trig",
    "n-triples": "application/n-triples",
    "n-quads": "application/n-quads",
    "json-ld": "application/ld+json",
    "rdf-xml": "application/rdf+xml",
}
_FINDINGS = 50
_OF_A_TEST = ("thing", "label", "kind", "codes", "authors", "computed", "chronology", "attribution", "agreement")
_LONG = ROOM // 4
"""A finding that is longer is left out: less room has no list where there are others."""

_NO_DATA_SETS = Cited(note="nothing is compared; who runs this server can import a data set (aidtrace import)")
_REPORT = Cited(note="a report about the text that was sent, which is told nowhere")


class Checks:
    """Tools that ask *library*; their signatures and docstrings are what a model reads."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def validate(
        self,
        data: Annotated[str, Field(description="RDF, with its prefixes declared")],
        syntax: Annotated[
            Literal["turtle", "trig", "n-triples", "n-quads", "json-ld", "rdf-xml"], Field(description="Its syntax")
        ] = "turtle",
        with_graph: Annotated[bool, Field(description="Whether the published graph lies beside it")] = False,
        first: Annotated[int, Field(ge=0, description="Findings before this one are left out, counted from 0")] = 0,
    ) -> Answered:
        """Check RDF against the shapes: what is wrong, at which line, and what to write instead. Nothing is kept."""
        given = [("with-graph", str(with_graph).lower()), ("offset", str(first)), ("limit", str(_FINDINGS))]
        reply = await self._library.post("/validations", data, _SYNTAXES[syntax], [*given, ("format", "json")])
        report = reply.content
        spared = {number for number, one in enumerate(report["findings"], first) if length(one) > _LONG}
        own = [one for number, one in enumerate(report["findings"], first) if number not in spared]
        result, cut = fit({**report, "findings": own})
        total, end = report["total"], _end(first, len(report["findings"]), len(result["findings"]), spared)
        long = ", ".join(str(number) for number in sorted(spared) if number < end)
        left = [
            f"findings {first} to {end - 1} of {total}; ask again with first {end}" if end < total else "",
            f"finding {long} left out, longer than {_LONG} characters" if long else "",
            *(f"{number} {name}" for name, number in cut.items() if name != "findings"),
        ]
        more = "; ".join(filter(None, left))
        told = "the data conform to the shapes" if report["conforms"] else f"{total} finding{'' if total == 1 else 's'}"
        return answered(told, reply.revision, result, _REPORT, more)

    async def trace(
        self,
        of: Annotated[str, Field(description="A hypothesis, rival, test or step, such as: step/effectiveness")] = "",
        without: Annotated[Sequence[str], Field(description="Works or facts to do without, as KIND/SLUG")] = (),
        only: Annotated[str, Field(description="Count only what a work of this class is cited for")] = "",
        as_of: Annotated[str, Field(description="Count only what had begun by this date, such as: 2010")] = "",
        assume: Annotated[Sequence[str], Field(description="Other dates, each as THING=DATE")] = (),
    ) -> Answered:
        """Run the process tracing: what dates and sources say of each test, beside what the authors conclude.

        Without "of" it gives the verdicts of all tests; with it, the evidence and its order in time too. The options
        ask what would be if: without a work, as of an earlier date, with another date.
        """
        given = [(name, value) for name, value in (("of", of), ("only", only), ("as-of", as_of)) if value]
        given += [("without", one) for one in without] + [("assume", one) for one in assume]
        reply = await self._library.get("/trace", given)
        run = reply.content
        if not of:
            tests = [{name: one[name] for name in _OF_A_TEST} for one in run["tests"]]
            more = f"the verdicts alone; for the evidence ask of one, such as {tests[0]['thing']}" if tests else ""
            return await self._told(f"verdicts of {len(tests)} tests", reply, {"run": run["run"], "tests": tests}, more)
        return await self._told(f"the tracing of {of}", reply, run, rest="ask of a single test or step")

    async def corroborate(
        self,
        fact: Annotated[str, Field(description="Only this fact, as KIND/SLUG or by IRI")] = "",
        data_set: Annotated[str, Field(description="Only this data set, such as: ucdp-acd")] = "",
    ) -> Answered:
        """Compare the facts with imported data sets: which agree, differ, are silent, or do not cover them, and why."""
        given = [("fact", fact.removeprefix(ID.iri)), ("data-set", data_set)]
        reply = await self._library.get("/corroboration", [(name, value) for name, value in given if value])
        found = reply.content
        result = {"data_sets": found["dataSets"], "cells": found["cells"], "only_coded": found["onlyCoded"]}
        if not found["dataSets"]:
            return answered("no data set is imported here to compare with", reply.revision, result, _NO_DATA_SETS)
        told = f"{len(found['cells'])} comparisons"
        return await self._told(told, reply, result, rest="ask for one fact, or one data set")

    async def _told(self, told: str, reply: Reply, result: dict[str, Any], more: str = "", rest: str = "") -> Answered:
        fitted, cut = fit(result)
        more = "; ".join(filter(None, [more, lacks(cut), rest if cut else ""]))
        return answered(told, reply.revision, fitted, await cited(self._library.at(reply), Named().read(fitted)), more)


def _end(first: int, given: int, told: int, spared: Collection[int]) -> int:
    """Return the number behind the last of the *given* findings that is told, or left out because it is too long."""
    own = [number for number in range(first, first + given) if number not in spared]
    return own[told] if told < len(own) else first + given

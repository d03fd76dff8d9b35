"""What the tools for language models ask a server, and what they make of answers that ours seldom gives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp.server.mcpserver.exceptions import ToolError

from aidtrace.errors import InputError
from aidtrace.mcp.checking import Checks
from aidtrace.mcp.library import Library
from aidtrace.mcp.lookups import Lookups
from aidtrace.mcp.running import _address
from aidtrace.namespaces import ID, RDFS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aidtrace.project import Project

REVISION = "7-0badcafe"
NOTHING: dict[str, Any] = {"head": {"vars": []}, "results": {"bindings": []}}
HIT = {"iri": f"{ID.iri}event/ab", "name": "event/ab", "label": "A or B"}


class Fake:
    """A server that gives the answers of *given* by path, and holds who asked for what."""

    def __init__(self, project: Project, given: dict[str, Any]) -> None:
        self.asked: list[httpx2.Request] = []
        self._project, self._given = project, given

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        content = self._given.get(request.url.path, NOTHING)
        return httpx2.Response(200, json=content, headers={"aidtrace-revision": REVISION})

    def ask(self, tool: Callable[[Library], Awaitable[Any]]) -> dict[str, Any]:
        async def run() -> Any:
            async with httpx2.AsyncClient(
                base_url="http://fake.example", transport=httpx2.MockTransport(self.answer)
            ) as client:
                return await tool(Library(self._project, client))

        content: dict[str, Any] = asyncio.run(run()).structured_content
        return content


def row(**cells: str) -> dict[str, Any]:
    bound = {name: {"type": "literal", "value": value} for name, value in cells.items()}
    return {"head": {"vars": list(cells)}, "results": {"bindings": [bound]}}


def hits(count: int, **more: Any) -> dict[str, Any]:
    return {
        "query": "x",
        "partial": False,
        "results": [HIT | {"iri": f"{ID.iri}event/{n}"} for n in range(count)],
    } | more


def report(*findings: Any, groups: int = 0) -> dict[str, Any]:
    told = [{"rule": "x" * 1000} for _ in range(groups)]
    return {"conforms": False, "total": len(findings), "findings": list(findings), "groups": told}


@pytest.mark.parametrize(
    "tool",
    [
        lambda library: Lookups(library).ask_question("aid-total"),
        lambda library: Lookups(library).run_sparql("SELECT * {}"),
        lambda library: Lookups(library).describe("event/ab"),
        lambda library: Lookups(library).describe("A or B"),
        lambda library: Lookups(library).search("A or B"),
        lambda library: Checks(library).trace("step/x"),
    ],
)
def test_all_that_follows_the_first_answer_is_asked_of_its_revision(
    project: Project, tool: Callable[[Library], Awaitable[Any]]
) -> None:
    rows = row(
        thing=HIT["iri"], property=f"{RDFS.iri}label", value="A or B", of=HIT["iri"], paragraph="a/1", passage=""
    )
    of_step = {"run": {}, "tests": [], "steps": [{"thing": "step/x"}], "step_orders": [], "findings": []}
    fake = Fake(
        project,
        {"/search": hits(0, results=[HIT]), "/sparql": rows, "/queries/aid-total": rows, "/trace": of_step},
    )
    assert fake.ask(tool)["revision"] == REVISION
    searches = [one for one in fake.asked if one.url.path == "/search"]  # which knows the current revision alone
    first, *later = [one for one in fake.asked if one not in searches or one is fake.asked[0]]
    assert later, "nothing follows"
    assert [one.url.params.get("revision") for one in later if one.url.path == "/sparql"] == [REVISION] * len(later)
    assert "revision" not in first.url.params


@pytest.mark.parametrize(("found", "limit", "complete"), [(49, 50, True), (50, 50, False), (50, 10, False)])
def test_a_search_that_the_server_cut_is_not_called_complete(
    project: Project, found: int, limit: int, *, complete: bool
) -> None:
    content = Fake(project, {"/search": hits(found)}).ask(lambda library: Lookups(library).search("x", limit))
    assert (content["complete"], len(content["result"]["found"])) == (complete, min(found, limit))
    assert "raise limit" not in content["more"] or limit < 50


def test_a_search_says_that_nothing_has_all_words(project: Project) -> None:
    given = hits(0, partial=True, results=[HIT | {"lacks": ["y"]}])
    content = Fake(project, {"/search": given}).ask(lambda library: Lookups(library).search("x y"))
    assert content["result"]["partial"] is True


def test_what_has_some_of_the_words_is_named_and_not_taken_for_the_thing(project: Project) -> None:
    given = hits(0, partial=True, results=[HIT | {"lacks": ["y"]}])
    fake = Fake(project, {"/search": given})
    with pytest.raises(ToolError, match=r"nothing is called 'x y'; expected one such as event/ab \(A or B\)"):
        fake.ask(lambda library: Lookups(library).describe("x y"))


def test_a_finding_that_is_too_long_is_left_out_and_named(project: Project) -> None:
    long, short = {"message": "x" * 40_000}, {"message": "short"}
    given = report(short, long, short)
    content = Fake(project, {"/validations": given}).ask(lambda library: Checks(library).validate("x"))
    assert content["result"]["findings"] == [short, short]
    assert content["more"] == "finding 1 left out, longer than 10000 characters"
    given = report(long, *[{"message": "x" * 9_000}] * 5)
    content = Fake(project, {"/validations": given}).ask(lambda library: Checks(library).validate("x"))
    assert content["more"].startswith("findings 0 to 4 of 6; ask again with first 5; finding 0 left out")


def test_groups_of_findings_that_have_no_room_are_counted(project: Project) -> None:
    given = report({"message": "short"}, groups=300)
    content = Fake(project, {"/validations": given}).ask(lambda library: Checks(library).validate("x"))
    assert (content["complete"], content["more"]) == (
        False,
        f"{len(content['result']['groups'])} of 300 groups",
    )
    assert 0 < len(content["result"]["groups"]) < 300


def test_a_row_that_is_too_long_is_passed_over(project: Project) -> None:
    given = {"/queries/q": row(text="x" * 40_000)}
    content = Fake(project, given).ask(lambda library: Lookups(library).ask_question("q"))
    assert content["more"].startswith("the last row is too long for 40000 characters")


@pytest.mark.parametrize("text", ["https://user:hush@host.example", "https://hush@host", "http://user:hush@ho st"])
def test_an_endpoint_with_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError) as refused:
        _address(text)
    assert "hush" not in str(refused.value)

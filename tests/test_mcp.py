"""The tools for language models, asked by the library's own client: over stdio, over HTTP, in and out of process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from conftest import ROOT
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.server.mcpserver.exceptions import ToolError
from servers import free_port, running

from aidtrace.mcp.checking import Checks
from aidtrace.mcp.library import Library
from aidtrace.mcp.lookups import Lookups
from aidtrace.namespaces import ID, RDFS
from aidtrace.project import Project
from aidtrace.revisions import Revisions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Run
    from mcp_types import CallToolResult
    from servers import Server

TOOLS = {
    "list_questions",
    "ask_question",
    "run_sparql",
    "search",
    "describe",
    "validate",
    "trace",
    "corroborate",
}
BAD = ROOT / "tests" / "shapes" / "fail" / "Actor-label.ttl"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
PREFIX = "PREFIX at: <https://w3id.org/aidtrace/ontology#>\n"


def stdio(cache: Path, *options: str) -> Any:
    command = ["-m", "aidtrace", "mcp", *options]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    return stdio_client(StdioServerParameters(command=sys.executable, args=command, env=environment, cwd=ROOT))


@contextmanager
def listening(cache: Path, *options: str) -> Iterator[str]:
    """Run ``aidtrace mcp --http`` and give its address."""
    port = () if "--port" in options else ("--port", str(free_port()))
    command = [sys.executable, "-m", "aidtrace", "mcp", "--http", *port, *options]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().partition(" ")[0]
        try:
            yield address
        finally:
            process.terminate()
            assert process.wait(20) == 0


@pytest.fixture(scope="module")
def address(cache: Path, folder: Path) -> Iterator[str]:
    with listening(cache) as one:
        yield one


def call(place: Any, tool: str, **given: Any) -> CallToolResult:
    async def run() -> CallToolResult:
        async with Client(place) as client:
            return await client.call_tool(tool, given)

    return asyncio.run(run())


def answer(place: Any, tool: str, **given: Any) -> dict[str, Any]:
    """Return what a tool answers, after looking at what every answer has to have."""
    result = call(place, tool, **given)
    assert not result.is_error, result.content
    content: dict[str, Any] | None = result.structured_content
    assert content
    assert re.fullmatch("[0-9a-f]{16}|[0-9]+-[0-9a-f]{8}", content["revision"])
    assert content["complete"] is (content["more"] == "")
    assert content["sources"] or content["sources_note"]
    sentence, whole = (one.text for one in result.content if one.type == "text")
    assert json.loads(whole) == content
    assert content["revision"] in sentence
    assert ("incomplete: " in sentence) is not content["complete"]
    return content


def complaint(place: Any, tool: str, **given: Any) -> str:
    result = call(place, tool, **given)
    assert result.is_error
    [text] = (one.text for one in result.content if one.type == "text")
    return text


# transports


def test_stdio_and_http_and_a_server_at_an_address_answer_the_same(address: str, cache: Path) -> None:
    asked = {"name": "aid-total"}
    with running(cache) as server:
        there = f"http://127.0.0.1:{server.port}"
        revision = server.get("/queries/aid-total", "application/json").headers["aidtrace-revision"]
        answers = [
            answer(stdio(cache), "ask_question", **asked),
            answer(address, "ask_question", **asked),
            answer(stdio(cache, "--endpoint", there), "ask_question", **asked),
        ]
    assert answers[0]["revision"] == revision
    assert answers[1:] == answers[:1] * 2


def test_standard_output_holds_nothing_but_the_protocol(cache: Path, folder: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    asked = {"name": "run_sparql", "arguments": {"query": SLOW, "timeout": 0.5}}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked},
    ]
    command = [sys.executable, "-m", "aidtrace", "mcp"]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(json.dumps(one) + "\n" for one in messages))
        process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert [one["id"] for one in said] == [1, 2]
    assert said[0]["result"]["serverInfo"]["name"] == "aidtrace"
    assert "stopped after 0.5 s" in said[1]["result"]["content"][0]["text"]
    assert rest == ""


def test_no_process_outlives_its_client(cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def alive() -> list[str]:
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                found += [place.parent.name] if mark.encode() in place.read_bytes() else []
        return found

    mark = f"AIDTRACE_MARK={time.time_ns()}"
    monkeypatch.setenv(*mark.split("="))

    async def ask() -> None:
        async with Client(stdio(cache)) as client:
            await client.call_tool("ask_question", {"name": "aid-total"})
            assert len(alive()) > 2

    asyncio.run(ask())
    for _ in range(100):
        if not alive():
            break
        time.sleep(0.05)
    assert alive() == []


def test_every_tool_is_described_and_says_that_it_only_reads(address: str) -> None:
    async def listed() -> Any:
        async with Client(address) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(listed())
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert all(one.get("description") for one in tool.input_schema["properties"].values())
        assert {"revision", "complete", "sources"} <= set(tool.output_schema["required"])


def test_the_ontology_and_the_shapes_are_resources(address: str) -> None:
    async def read(uri: str) -> str:
        async with Client(address) as client:
            [content] = (await client.read_resource(uri)).contents
            text: str = content.text  # type: ignore[union-attr]
            return text

    assert "at:Agreement a owl:Class" in asyncio.run(read("aidtrace://ontology"))
    assert "ats:Actor-label a sh:PropertyShape" in asyncio.run(read("aidtrace://shapes"))


# answers, with what the article says


def test_a_named_question_is_answered_with_paragraph_citation_and_work(address: str) -> None:
    content = answer(address, "ask_question", name="aid-total")
    assert content["complete"]
    about, exact = content["result"]["rows"]
    assert (about["sum"], about["flows"]) == ("2222000", "1")
    assert (exact["sum"], exact["flows"]) == ("12550000", "4")
    cited = {one["printed"]: one for one in content["sources"] if one["paragraph"] == "military-financial-aid/2"}
    ambiguous = cited["Veliyev, 2020, p.186"]
    assert (ambiguous["resolution"], ambiguous["works"]) == ("ambiguous", ["Veliyev2020a", "Veliyev2020b"])
    assert ambiguous["page"] == "/page/passage/military-financial-aid-2"
    assert content["works"]["Veliyev2020a"]["year"] == "2020"
    assert {one["paragraph"] for one in content["sources"]} == {f"military-financial-aid/{n}" for n in range(2, 7)}


def test_a_question_takes_parameters(address: str) -> None:
    content = answer(address, "ask_question", name="agreements", parameters={"agreement": "agreement/2020-ceasefire"})
    [row] = content["result"]["rows"]
    assert row["label"] == "Ceasefire agreement of the second war"
    assert [one["paragraph"] for one in content["sources"]] == ["the-second-nagorno-karabakh-war-and-aftermath/3"]


def test_pages_of_a_question_make_up_the_whole(address: str) -> None:
    first = answer(address, "ask_question", name="agreements")
    assert not first["complete"]
    assert first["result"]["after"] in first["more"]
    rest = answer(address, "ask_question", name="agreements", after=first["result"]["after"])
    assert rest["complete"]
    found = [row["agreement"] for one in (first, rest) for row in one["result"]["rows"]]
    assert (len(first["result"]["rows"]), len(found), len(set(found))) == (25, 49, 49)


def test_questions_are_listed_with_answer_columns_and_parameters(address: str) -> None:
    found = answer(address, "list_questions")["result"]["questions"]
    assert len(found) == len(list((ROOT / "queries").glob("*.rq")))
    one, *_ = answer(address, "list_questions", about="legal Forty-nine")["result"]["questions"]
    assert one["name"] == "agreements"
    assert one["answer"].startswith("Forty-nine: 35 agreements, 6 legal acts and 8 sets")
    assert one["columns"][:2] == ["agreement", "label"]
    assert [parameter["name"] for parameter in one["parameters"]] == ["agreement"]


@pytest.mark.parametrize("words", ["military financial aid between 1999 and 2003", "How much military financial aid"])
def test_questions_are_found_by_a_sentence_of_which_they_have_most_words(address: str, words: str) -> None:
    found = answer(address, "list_questions", about=words)["result"]["questions"]
    assert "aid-total" in {one["name"] for one in found}
    assert len(found) < len(list((ROOT / "queries").glob("*.rq"))) // 2


def test_sparql_tells_the_sources_of_the_things_it_selects(address: str) -> None:
    query = PREFIX + "SELECT ?flow ?sum { ?flow at:amount ?sum . FILTER (?sum = 300000000) }"
    content = answer(address, "run_sparql", query=query)
    assert {row["flow"] for row in content["result"]["rows"]} == {f"{ID.iri}flow/2010-arms-sales"}
    [one] = [one for one in content["sources"] if one["printed"] == "Göksedef, 2020"]
    assert one["paragraph"] == "military-equipment-sales-and-joint-production/7"
    assert "flow/2010-arms-sales" in one["of"]


def test_rows_beyond_the_limit_are_counted_and_said_how_to_get(address: str) -> None:
    content = answer(address, "run_sparql", query="SELECT * { ?s ?p ?o } LIMIT 40")
    assert (len(content["result"]["rows"]), content["result"]["total"]) == (25, 40)
    assert "raise limit (up to 500)" in content["more"]
    assert answer(address, "run_sparql", query="SELECT * { ?s ?p ?o } LIMIT 40", limit=40)["complete"]


def test_triples_and_truth_are_answers_too(address: str) -> None:
    thing = "<https://w3id.org/aidtrace/id/agreement/2020-ceasefire>"
    content = answer(address, "run_sparql", query=f"DESCRIBE {thing}", limit=500)
    assert content["complete"]
    assert all(line.startswith(thing) for line in content["result"]["triples"])
    assert content["sources"][0]["paragraph"] == "the-second-nagorno-karabakh-war-and-aftermath/3"
    assert answer(address, "run_sparql", query=f"ASK {{ {thing} ?p ?o }}")["result"] == {"answer": True}


@pytest.mark.parametrize(
    "name",
    [
        "https://w3id.org/aidtrace/id/agreement/1992-military-training-cooperation",
        "agreement/1992-military-training-cooperation",
        "1992-military-training-cooperation",
        "Military Training Cooperation Agreement",
    ],
)
def test_a_thing_is_described_by_iri_slug_or_label(address: str, name: str) -> None:
    content = answer(address, "describe", thing=name)
    said = {(one["property"].rpartition("#")[2], one["value"]) for one in content["result"]["statements"]}
    assert ("signedOn", "1992-08-11") in said
    assert ("duration", "P5Y") in said
    assert "Official Gazette, 1993, p. 1" in {one["printed"] for one in content["sources"]}
    assert any(one["thing"].endswith("/1993-approval-law") for one in content["result"]["named_by"])


def test_words_of_the_ontology_are_described(address: str) -> None:
    content = answer(address, "describe", thing="at:Actor")
    assert any("A place is not an actor" in one["value"] for one in content["result"]["statements"])


def test_search_finds_in_any_spelling(address: str) -> None:
    content = answer(address, "search", text="turkiye", limit=3)
    assert len(content["result"]["found"]) == 3
    assert "actor/turkiye" in {one["name"] for one in content["result"]["found"]}
    assert not content["complete"]


def test_data_are_validated_as_they_are_sent(address: str) -> None:
    content = answer(address, "validate", data=BAD.read_text("utf-8"))
    [finding] = content["result"]["findings"]
    assert finding["message"] == "Give the actor an rdfs:label."
    assert finding["line"] == 6
    good = BAD.read_text("utf-8").replace("a at:State ;", f'a at:State ; <{RDFS.iri}label> "Norland"@en ;')
    assert answer(address, "validate", data=good)["result"]["conforms"]


def test_the_tracing_gives_verdicts_and_on_demand_their_evidence(address: str) -> None:
    verdicts = answer(address, "trace")
    assert not verdicts["complete"]
    one = next(one for one in verdicts["result"]["tests"] if one["thing"] == "test/table-1-1")
    assert (one["kind"], one["authors"]) == ("Hoop", ["Supported"])
    whole = answer(address, "trace", of="test/table-1-1")
    [test] = whole["result"]["tests"]
    assert "trace/1999-pledge" in {trace["thing"] for trace in test["traces"]}
    assert "military-training/5" in {source["paragraph"] for source in whole["sources"]}
    without = answer(address, "trace", of="test/table-1-1", without=["source/karabulut2022"])
    [pledge] = [trace for trace in without["result"]["tests"][0]["traces"] if trace["thing"] == "trace/1999-pledge"]
    assert "Karabulut2022" not in pledge["works"]


def test_facts_are_compared_with_imported_data_sets(address: str, cache: Path, aidtrace: Run, tmp_path: Path) -> None:
    nothing = answer(address, "corroborate")
    assert "can import a data set" in nothing["sources_note"]
    place = str(tmp_path / "store")
    sample = ROOT / "tests" / "importers" / "cow-nmc" / "sample.csv"
    assert aidtrace("import", "cow-nmc", sample, "--store", place).returncode == 0
    before = sorted(one.name for one in (tmp_path / "store" / "revisions").iterdir())
    with Revisions(tmp_path / "store").locked():  # as it is while somebody serves it
        found = answer(stdio(cache, "--store", place), "corroborate", fact="flow/2010-arms-sales")
    assert sorted(one.name for one in (tmp_path / "store" / "revisions").iterdir()) == before
    [cell] = found["result"]["cells"]
    assert cell["outcome"] == "not covered"
    assert "military-equipment-sales-and-joint-production/7" in {one["paragraph"] for one in found["sources"]}


# errors


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("ask_question", {"name": "agremeents"}, "no question is called 'agremeents'; expected one of"),
        ("ask_question", {"name": "agremeents"}, "such as agreements,"),
        ("ask_question", {"name": "a/../b"}, "no question is called 'a/../b'"),
        (
            "ask_question",
            {"name": "agreements", "parameters": {"colour": "red"}},
            "no parameter 'colour'; expected agreement",
        ),
        (
            "ask_question",
            {"name": "agreements-before-doctrine-change", "parameters": {"certainty": "sure"}},
            "certainty is 'sure'; expected certain, possible",
        ),
        ("ask_question", {"name": "agreements", "after": "nowhere"}, "after"),
        ("ask_question", {"name": "agreements", "parameters": {"limit": "2"}}, "limit and after beside parameters"),
        ("ask_question", {"name": "agreements", "parameters": {"format": "csv"}}, "format is no parameter"),
        (
            "run_sparql",
            {"query": "SELECT ?x {\n ?x ?y }"},
            "line 2, column 8: } does not belong here; expected a variable",
        ),
        (
            "run_sparql",
            {"query": "SELECT * { ?x at:kind ?y }"},
            "expected PREFIX at: <https://w3id.org/aidtrace/ontology#>",
        ),
        ("run_sparql", {"query": "INSERT DATA { <a:b> <a:c> 1 }"}, "INSERT begins an update, which is not taken here"),
        ("run_sparql", {"query": "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }"}, "SERVICE"),
        ("run_sparql", {"query": SLOW, "timeout": 0.5}, "stopped after 0.5 s; ask for less"),
        ("run_sparql", {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f }"}, "by LIMIT or fewer columns"),
        ("run_sparql", {"query": "ASK {}", "limit": 1000}, "less than or equal to 500"),
        ("describe", {"thing": "agreement/1992-military"}, "agreement/1992-military-training-cooperation"),
        ("describe", {"thing": "gendarmerie training"}, "expected one of them, such as"),
        ("describe", {"thing": "xyzzyx"}, "nothing is called 'xyzzyx'"),
        ("describe", {"thing": "http://a b/"}, "is no IRI"),
        ("validate", {"data": "<a:b> a <a:c> ;\n x"}, "line 2, column 2: x is not a valid predicate"),
        ("validate", {"data": "x", "syntax": "word"}, "turtle"),
        ("trace", {"of": "hypothesis/h99"}, "no hypothesis, rival, test or step is called 'hypothesis/h99'; expected"),
        ("trace", {"as_of": "someday"}, "someday"),
        ("list_questions", {"about": "xyzzyx"}, "expected other words"),
    ],
)
def test_an_error_says_what_to_change(address: str, tool: str, given: dict[str, Any], told: str) -> None:
    assert told in complaint(address, tool, **given)


def test_a_query_ends_when_its_client_goes(cache: Path) -> None:
    async def leave(there: str) -> None:
        async with Client(stdio(cache, "--endpoint", there)) as client:
            asked = asyncio.create_task(client.call_tool("run_sparql", {"query": SLOW}))
            while not requests(server):
                await asyncio.sleep(0.05)
            asked.cancel()
            for _ in range(60):
                if not requests(server):
                    return
                await asyncio.sleep(0.05)
        raise AssertionError("the query runs on")

    def requests(server: Server) -> list[Any]:
        found: list[Any] = server.get("/requests").content
        return found

    with running(cache, token="x" * 40) as server:
        asyncio.run(leave(f"http://127.0.0.1:{server.port}"))


def test_the_deadline_of_the_command_holds_for_every_query(cache: Path, folder: Path) -> None:
    async def ask() -> list[CallToolResult]:
        async with Client(stdio(cache, "--deadline", "0.5")) as client:
            return [await client.call_tool("run_sparql", {"query": query}) for query in (SLOW, "ASK {}")]

    slow, quick = asyncio.run(ask())
    assert slow.is_error
    assert "stopped after 0.5 s" in str(slow.content)
    assert not quick.is_error  # the worker of the first was replaced


class Another(BaseHTTPRequestHandler):
    """A web server that knows nothing of us, and greets everybody."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path.startswith("/search") else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>Hello</h1>")

    def log_message(self, *_: Any) -> None:
        pass


def test_an_endpoint_that_is_down_or_another_is_said(cache: Path) -> None:
    there = f"http://127.0.0.1:{free_port()}"
    assert f"{there}: " in complaint(stdio(cache, "--endpoint", there), "search", text="x")
    with ThreadingHTTPServer(("127.0.0.1", 0), Another) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        there = f"http://127.0.0.1:{server.server_port}"
        hello = complaint(stdio(cache, "--endpoint", there), "search", text="x")
        nothing = complaint(stdio(cache, "--endpoint", there), "list_questions")
        server.shutdown()
        thread.join()
    assert "the answer (text/html) names no revision; expected a server of aidtrace" in hello
    assert "answers 404, and not as aidtrace does; expected a server of aidtrace" in nothing


def mocked(tool: str, given: dict[str, Any], *answers: httpx2.Response) -> dict[str, Any]:
    """Return what *tool* makes of the *answers* of a server; the last one comes again and again."""
    left = list(answers)

    def reply(_: httpx2.Request) -> httpx2.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    async def run() -> Any:
        async with httpx2.AsyncClient(base_url="http://f", transport=httpx2.MockTransport(reply)) as client:
            library = Library(Project.find(), client)
            owner = Lookups(library) if hasattr(Lookups, tool) else Checks(library)
            return (await getattr(owner, tool)(**given)).structured_content

    content: dict[str, Any] = asyncio.run(run())
    return content


def replied(content: Any, media: str = "application/json", **headers: str) -> httpx2.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return httpx2.Response(200, content=body, headers={"content-type": media, "aidtrace-revision": "1-0", **headers})


def table(*rows: dict[str, str]) -> httpx2.Response:
    bound = [{name: {"type": "literal", "value": value} for name, value in row.items()} for row in rows]
    return replied({"head": {"vars": list(rows[0]) if rows else []}, "results": {"bindings": bound}})


def test_a_line_end_within_a_literal_makes_no_new_triple() -> None:
    lines = [f'<{ID.iri}event/x> <{RDFS.iri}label> "one{end}two" .' for end in "\u2028\u0085\u000b\u000c"]
    sent = replied("".join(f"{line}\n" for line in lines).encode(), "application/n-triples")
    result = mocked("run_sparql", {"query": "CONSTRUCT"}, sent, table())["result"]
    assert result == {"triples": lines, "total": 4}
    nothing = mocked("run_sparql", {"query": "CONSTRUCT"}, replied(b"", "application/n-triples"))["result"]
    assert nothing == {"triples": [], "total": 0}


def test_several_things_in_a_cell_have_sources_each(address: str) -> None:
    flows = f"VALUES ?flow {{ <{ID.iri}flow/2010-arms-sales> <{ID.iri}flow/1999-attack-boats> }}"
    joined = '(GROUP_CONCAT(STR(?flow); separator=" | ") AS ?flows)'
    content = answer(address, "run_sparql", query=f"SELECT {joined} {{ {flows} }}")
    apart = answer(address, "run_sparql", query=f"SELECT ?flow {{ {flows} }}")
    assert content["sources"]
    assert content["sources"] == apart["sources"]


def test_a_name_that_cannot_be_read_is_counted() -> None:
    content = mocked("run_sparql", {"query": "SELECT"}, table({"a": f"{ID.iri}event/x | {ID.iri}a b"}), table())
    assert content["sources_note"].endswith("; 1 name of things in the result could not be read")
    content = mocked("run_sparql", {"query": "SELECT"}, table({"a": f"{ID.iri}a b | {ID.iri}c d"}))
    assert content["sources_note"].endswith("; 2 names of things in the result could not be read")


def test_an_answer_without_a_revision_is_refused() -> None:
    bare = httpx2.Response(200, json={"head": {"vars": ["x"]}, "results": {"bindings": []}})
    with pytest.raises(ToolError, match="names no revision; expected a server of aidtrace"):
        mocked("run_sparql", {"query": "SELECT ?x {}"}, bare)


def test_an_answer_that_is_no_json_is_refused() -> None:
    with pytest.raises(ToolError, match="answers with text/plain that is no JSON; expected a server of aidtrace"):
        mocked("search", {"text": "x"}, replied(b"Hello", "text/plain"))


LONG = "x" * 1_000_000
TEST = dict.fromkeys(("thing", "label", "kind", "codes", "authors", "computed"), "")
TEST |= dict.fromkeys(("chronology", "attribution", "agreement"), "")
RUN: dict[str, Any] = {"run": {}, "tests": [], "steps": [], "step_orders": [], "findings": []}
REPORT = {"conforms": False, "total": 3, "counts": {}, "groups": [LONG]}
THINGS = [{"thing": "", "label": "a"}, {"thing": "", "label": LONG}]
FINDINGS = [{"message": "a"}, {"message": LONG}, {"message": "b"}]
SETS = {"dataSets": [{"name": LONG}], "cells": [{"a": "b"}, {"a": LONG}], "onlyCoded": [LONG]}
ROWS = ({"a": "b"}, {"a": LONG})
NAMING = tuple({"property": "p#x", "value": "y" * 20_000} for _ in range(51))
WIDE = ({f"a{number}": "" for number in range(8000)},)


@pytest.mark.parametrize(
    ("tool", "given", "content", "kept", "more"),
    [
        ("list_questions", {}, [{"name": "a"}, {"name": LONG}], {"questions": 1}, "only 1 of 2 questions"),
        ("ask_question", {"name": "a"}, ROWS, {"rows": 1, "columns": 1}, "only 1 of the rows"),
        ("ask_question", {"name": "a"}, WIDE, {}, "of 8000 columns"),
        ("run_sparql", {"query": ""}, ROWS, {"rows": 1, "total": 2}, "only 1 of 2 rows"),
        ("run_sparql", {"query": ""}, WIDE, {"total": 1}, "of 8000 columns"),
        ("describe", {"thing": "at:A"}, ({"property": "#label", "value": LONG},), {"statements": 0}, "0 of 1 named_by"),
        (
            "describe",
            {"thing": "at:A"},
            NAMING,
            {},
            "only 1 of 51 statements, 0 of 50 named_by have room; the",
        ),
        ("search", {"text": "x"}, {"results": THINGS}, {"found": 1}, "only 1 of 2 found"),
        ("validate", {"data": ""}, REPORT | {"findings": FINDINGS}, {"findings": 2, "groups": 0}, "; 0 of 1 groups"),
        ("validate", {"data": ""}, REPORT | {"findings": FINDINGS}, {}, "finding 1 left out, longer than 10000"),
        ("trace", {}, RUN | {"tests": [TEST, TEST | {"label": LONG}]}, {"tests": 1}, "only 1 of 2 tests"),
        ("trace", {"of": "test/a"}, RUN | {"steps": ["a", LONG]}, {"steps": 1}, "1 of 2 steps have room; ask of"),
        ("trace", {"of": "test/a"}, RUN | {"run": {"options": LONG}}, {"tests": 0}, "only no run have"),
        ("corroborate", {}, SETS, {"data_sets": 0, "cells": 1, "only_coded": 0}, "0 of 1 data_sets, "),
    ],
)
def test_no_result_is_longer_than_it_may_be(
    tool: str, given: dict[str, Any], content: Any, kept: dict[str, int], more: str
) -> None:
    content = mocked(tool, given, table(*content) if isinstance(content, tuple) else replied(content))
    assert len(json.dumps(content["result"], ensure_ascii=False)) <= 40_000
    assert not content["complete"]
    assert more in content["more"]
    found = {name: one if isinstance(one, int) else len(one) for name, one in content["result"].items()}
    assert {name: found[name] for name in kept} == kept


def test_sources_have_no_more_room_than_a_result() -> None:
    told = table({"of": f"{ID.iri}event/x", "paragraph": "a/1", "passage": "p", "citation": "urn:c"})
    printed = table({"citation": "urn:c", "printed": LONG, "key": "k", "title": LONG})
    content = mocked("run_sparql", {"query": ""}, table({"a": f"{ID.iri}event/x"}), told, printed)
    assert (content["complete"], content["sources"], content["works"]) == (True, [], {})
    assert content["sources_note"] == "only 0 of 1 sources, 0 of 1 works have room"


def test_a_row_that_is_too_long_is_left_out_and_said(address: str) -> None:
    query = "SELECT (GROUP_CONCAT(STR(?o)) AS ?all) { ?s ?p ?o }"
    content = answer(address, "run_sparql", query=query)
    assert (content["result"]["rows"], content["result"]["total"]) == ([], 1)
    assert "select less of each, by SUBSTR say" in content["more"]


def test_a_page_of_a_stranger_cannot_ask(cache: Path, address: str) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accepted = {"accept": "application/json, text/event-stream", "content-type": "application/json"}

    def status(where: str, **headers: str) -> int:
        return httpx2.post(where, json=hello, headers=accepted | headers).status_code

    assert status(address, host="evil.example") == 421
    assert status(address, origin="http://evil.example") == 403
    assert status(address) not in (403, 421)
    with listening(cache, "--allow-host", "aid.example") as other:
        assert status(other, host="aid.example") not in (403, 421)
        assert status(other, host="evil.example") == 421


def test_a_session_in_which_nobody_asks_ends(cache: Path, folder: Path) -> None:
    code = "import sys, aidtrace.mcp.running as one; one._IDLE = 0.3; from aidtrace.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "mcp", "--http", "--port", str(free_port())]
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().partition(" ")[0]
        opened = httpx2.post(address, json=hello, headers=headers)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        time.sleep(1.5)
        after = httpx2.post(address, json={"jsonrpc": "2.0", "id": 2, "method": "ping"}, headers=headers | session)
        process.terminate()
    assert (opened.status_code, after.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--endpoint", "nowhere"], "--endpoint: 'nowhere'; expected the address of a server of aidtrace"),
        (["--http", "--host", "256.0.0.1"], "expected a free port"),
        (["--store", "nowhere"], "nowhere: no store"),
        (["--store", "a", "--endpoint", "http://b"], "not allowed with"),
    ],
)
def test_wrong_options_are_one_line(aidtrace: Run, options: list[str], told: str) -> None:
    failed = aidtrace("mcp", *options)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert told in failed.stderr.splitlines()[-1]


def test_the_command_says_how_to_install_its_library() -> None:
    code = "import sys; sys.modules['mcp'] = None; from aidtrace.cli import main; sys.exit(main(['mcp']))"
    failed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == "aidtrace: mcp: needs the library mcp; expected pip install 'aidtrace[mcp]' before\n"


# what the page shows


BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = (ROOT / "docs" / "mcp.md").read_text("utf-8")


def block(language: str, name: str = "") -> str:
    [text] = (text for lang, called, text in BLOCK.findall(PAGE) if (lang, called) == (language, name))
    return str(text)


def test_the_configuration_of_a_client_starts_the_tools(cache: Path) -> None:
    [(name, one)] = json.loads(block("json", "stdio.json"))["mcpServers"].items()
    assert (name, one["command"]) == ("aidtrace", "aidtrace")
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    started = StdioServerParameters(
        command=sys.executable, args=["-m", one["command"], *one["args"]], env=environment, cwd=ROOT
    )
    assert answer(stdio_client(started), "ask_question", name="aid-total")["complete"]


def test_the_configuration_for_http_leads_to_the_command_beside_it(cache: Path) -> None:
    port = free_port()
    command = [one.replace("8001", str(port)) for one in block("sh").split()]
    url = json.loads(block("json", "http.json"))["mcpServers"]["aidtrace"]["url"].replace("8001", str(port))
    assert command[:3] == ["aidtrace", "mcp", "--http"]
    with listening(cache, *command[3:]) as there:
        assert there == url
        assert answer(url, "ask_question", name="aid-total")["complete"]


def test_the_program_prints_what_the_page_shows(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text(block("python", "ask.py"), "utf-8")
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    command = [sys.executable, "ask.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == block("text"), done.stderr


def test_the_page_tells_of_every_tool_and_every_option(aidtrace: Run) -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) >= TOOLS
    options = set(re.findall(r"--[a-z-]+", aidtrace("mcp", "--help").stdout)) - {"--help"}
    assert {one for one in options if one not in PAGE} == set()

"""The dry run of a merge: it looks at the store that is served, and says what its gate would say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from pyoxigraph import RdfFormat, Store, parse
from servers import TOKEN, Server, running
from test_gate import BAD, ID, PREFIXES, VISIT, insert
from test_validate_page import plain, report

from aidtrace.documents import Document
from aidtrace.namespaces import DATA_SET
from aidtrace.server.checking import checker
from aidtrace.server.checking.ruling import rule
from aidtrace.shacl.compiling import compile_shapes
from aidtrace.shacl.engine import untold
from aidtrace.union import copied
from aidtrace.validation import Ground, TooManyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aidtrace.project import Project

AT = "https://w3id.org/aidtrace/ontology#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
MISFIT = VISIT.removesuffix(" .") + " ; at:fit k:title-misfit ."
"""Breaks a rule that warns, and none that is a violation."""


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("ruled")), token=TOKEN) as one:
        yield one


@pytest.fixture(scope="module")
def warning(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--gate", "warning")
    with running(cache, "--store", str(tmp_path_factory.mktemp("strict")), *options, token=TOKEN) as one:
        yield one


@pytest.fixture(scope="module")
def free(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("free")), "--no-gate", token=TOKEN) as one:
        yield one


def turtle(form: str, name: str) -> str:
    return PREFIXES + form % (name, name)


def merged(server: Server, text: str, **given: str) -> Any:
    """Return the report of a dry run; nobody need have a token for it."""
    address = "/validations?" + urlencode({"merge": "true", **given})
    answer = server.get(address, "application/json", "POST", text.encode(), "text/turtle", Authorization="")
    assert answer.status == 201, answer.body
    return answer.content


def test_a_dry_run_looks_at_what_the_store_holds_now(server: Server) -> None:
    text = turtle(VISIT, "now")
    assert (merged(server, text)["meeting"]["new"], merged(server, text)["meeting"]["there"]) == (6, 0)
    assert server.update(insert(VISIT % ("now", "now"))).status == 204
    there = merged(server, text)
    assert (there["meeting"]["new"], there["meeting"]["there"]) == (0, 6)
    assert there["ruling"]["revision"] == server.get("/health").content["revision"]
    assert server.update(f"DELETE WHERE {{ GRAPH <urn:mine> {{ <{ID}event/now> ?p ?o }} }}").status == 204
    assert merged(server, text)["meeting"]["new"] == 6


def test_an_imported_data_set_is_met_too(free: Server) -> None:
    state = f'<urn:imported> a <{AT}State> ; <{LABEL}> "Ruritania"@en .'
    assert free.update(insert(state, DATA_SET("of-states").value)).status == 204
    rows = merged(free, f'<urn:theirs> a <{AT}State> ; <{LABEL}> "Ruritania"@en .')["meeting"]["actors"]
    assert ("urn:theirs", "urn:imported") in {(row["theirs"], row["ours"]) for row in rows}


def test_what_lies_beside_a_default_graph_of_its_own_is_met_too(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path), "--empty", token=TOKEN) as one:
        assert one.update(insert(f"<urn:a> a <{AT}State> .")).status == 204
        assert one.update(f"INSERT DATA {{ <urn:b> a <{AT}State> }}").status == 204
        told = merged(one, f"<urn:a> a <{AT}State> . <urn:b> a <{AT}State> . <urn:c> a <{AT}State> .")
        assert (told["meeting"]["new"], told["meeting"]["there"]) == (1, 2)
        assert told["ruling"]["gate"] == "off"


def test_what_breaks_no_rule_would_be_let_in(server: Server) -> None:
    ruling = merged(server, turtle(VISIT, "fine"))["ruling"]
    assert (ruling["gate"], ruling["passes"], ruling["new"], ruling["keepingOut"]) == ("violation", True, [], [])
    assert ruling["writable"]


def test_what_breaks_a_rule_would_be_kept_out_by_the_findings_of_the_gate_itself(server: Server) -> None:
    ruling = merged(server, turtle(BAD, "bad"))["ruling"]
    gate = server.update(insert(BAD % ("bad", "bad")))
    assert gate.status == 422
    assert not ruling["passes"]
    assert {one["id"] for one in ruling["new"]} == {one["id"] for one in gate.content["new"]}
    assert set(ruling["keepingOut"]) == {one["id"] for one in ruling["new"] if one["severity"] == "Violation"}
    line = 1 + PREFIXES.count("\n")
    assert {one["line"] for one in ruling["new"]} == {line}


def test_a_stricter_gate_keeps_out_what_another_lets_in(server: Server, warning: Server, free: Server) -> None:
    text = turtle(MISFIT, "worn")
    passes = {name: merged(one, text)["ruling"] for name, one in (("violation", server), ("warning", warning))}
    assert {name: ruling["passes"] for name, ruling in passes.items()} == {"violation": True, "warning": False}
    assert {one["severity"] for one in passes["violation"]["new"]} == {"Warning"}
    bad = merged(free, turtle(BAD, "worn"))["ruling"]
    assert (bad["gate"], bad["passes"], bad["keepingOut"]) == ("off", True, [])
    assert bad["new"]


def test_what_the_store_would_rewrite_would_be_refused(server: Server, free: Server) -> None:
    text = f"{PREFIXES} flow:x at:amount 007 ."
    ruling = merged(server, text)["ruling"]
    assert not ruling["passes"]
    assert ruling["refused"].startswith('"007"')
    assert not merged(free, text)["ruling"]["refused"]


def test_mistakes_of_before_keep_nothing_out(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path), "--no-gate", token=TOKEN) as one:
        assert one.update(insert(BAD % ("old", "old"))).status == 204
    with running(cache, "--store", str(tmp_path), token=TOKEN) as one:
        beside = merged(one, turtle(VISIT, "beside"))["ruling"]
        assert (beside["passes"], beside["fixed"]) == (True, 0)
        assert beside["still"] > 0
        mended = merged(
            one, f"{PREFIXES} event:old at:visitor actor:turkiye ; at:host actor:azerbaijan ; at:kind k:visit ."
        )["ruling"]
        assert (mended["still"], mended["fixed"]) == (0, beside["still"])


def test_a_report_that_is_no_dry_run_has_no_ruling(server: Server) -> None:
    assert "ruling" not in merged(server, turtle(VISIT, "plain"), merge="false")


@pytest.mark.parametrize("form", ["text", "html"])
def test_the_ruling_is_in_what_people_read(server: Server, form: str) -> None:
    address = f"/validations?merge=true&format={form}"
    told = server.get(address, "*/*", "POST", turtle(BAD, "bad").encode(), "text/turtle").body.decode()
    assert "gate (violation): kept out by" in told


def test_the_page_says_what_keeps_it_out_and_where(server: Server) -> None:
    good, bad = (report(server, text=turtle(form, "shown"), beside="merge") for form in (VISIT, BAD))
    assert "Yes. It brings no new finding." in plain(good)
    found = re.search(r"Would this server let it in\? No\. (\d+) new findings keep it out\.", plain(bad))
    assert found
    table = bad.partition('aria-label="What keeps it out"')[2].partition("</table>")[0]
    line = 1 + PREFIXES.count("\n")
    assert table.count(f'href="#line-{line}"') == int(found[1])
    assert "event/shown" in table


def test_a_ruling_lists_as_many_findings_as_are_asked_for_and_counts_all(server: Server) -> None:
    flows = "".join(f"<urn:{number}> a <{AT}Flow> .\n" for number in range(300))
    every, some = merged(server, flows), merged(server, flows, offset="2", limit="3")
    new, out = every["ruling"]["new"], every["ruling"]["keepingOut"]
    assert len(new) >= len(out) >= 300
    assert (some["ruling"]["new"], some["ruling"]["keepingOut"]) == (new[2:5], out[2:5])
    assert some["ruling"]["counts"] == every["ruling"]["counts"] == {"new": len(new), "keepingOut": len(out)}
    assert not some["ruling"]["passes"]
    none = merged(server, flows, limit="0")["ruling"]
    assert (none["passes"], none["new"], none["keepingOut"]) == (False, [], [])


def test_a_ruling_lists_only_what_is_as_grave_as_is_asked_for(warning: Server) -> None:
    text = turtle(MISFIT, "graver")
    ruling = merged(warning, text, severity="violation")["ruling"]
    assert (ruling["passes"], ruling["new"], ruling["keepingOut"]) == (False, [], [])
    assert ruling["counts"]["keepingOut"] == len(merged(warning, text)["ruling"]["keepingOut"]) > 0


def test_the_text_of_a_ruling_says_how_many_it_does_not_list(server: Server) -> None:
    flows = "".join(f"<urn:{number}> a <{AT}Flow> .\n" for number in range(50))
    address = "/validations?merge=true&format=text&limit=1"
    told = server.get(address, "*/*", "POST", flows.encode(), "text/turtle").body.decode().partition("gate (")[2]
    out = int(re.findall(r"kept out by (\d+) findings", told)[0])
    assert out >= 50
    assert len(told.splitlines()) == 3
    assert told.splitlines()[-1] == f"  {out - 1} not shown"


def test_a_ruling_of_too_many_findings_is_refused_as_a_report_is(project: Project) -> None:
    flows = "".join(f"<urn:{number}> a <{AT}Flow> .\n" for number in range(5)).encode()
    sent = [Document("a.ttl", flows, RdfFormat.TURTLE)]
    assert rule(Ground(project, held=Store), "violation", "1", sent).total_new > 4
    with pytest.raises(TooManyError):
        rule(Ground(project, held=Store), "violation", "1", sent, most=4)


def test_a_server_that_takes_no_writes_says_so_and_what_its_gate_would_say(cache: Path) -> None:
    good, bad = turtle(VISIT, "shut"), turtle(BAD, "shut")
    with running(cache) as one:
        assert not one.get("/health").content["writable"]
        told = [merged(one, text)["ruling"] for text in (good, bad)]
        assert [(ruling["writable"], ruling["gate"], ruling["passes"]) for ruling in told] == [
            (False, "violation", True),
            (False, "violation", False),
        ]
        address = "/validations?merge=true&format=text"
        text = one.get(address, "*/*", "POST", good.encode(), "text/turtle").body.decode()
        assert "this server takes no writes; what its gate would say: gate (violation): let in" in text
        pages = [plain(report(one, text=text, beside="merge")) for text in (good, bad)]
    for page, said in zip(pages, ("Yes. It brings no new finding.", "No. "), strict=True):
        shut = "Would this server let it in? No. This server takes no writes. What its gate would say: "
        assert shut + said in page


def test_the_page_of_a_thing_checks_it_beside_what_is_served(free: Server) -> None:
    state = f'<{ID}actor/ruritania> a <{AT}State> ; <{LABEL}> "Ruritania"@en .'
    visit = VISIT.replace("actor:turkiye", "actor:ruritania") % ("beside-served", "beside-served")
    assert free.update(insert(f"{state} {visit}")).status == 204
    told = free.get("/page/event/beside-served?check=shapes", "text/html").body.decode()
    assert "It keeps every rule of the shapes." in told


def test_a_merge_into_the_article_as_it_was_built_compiles_nothing_and_parses_once(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "_PREPARED", [])
    monkeypatch.setattr(checker, "_SERVED", {})
    checker.prepare(str(project.root), str(folder))
    done = list[str]()

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            done.append(name)
            return work(*given, **named)

        return noted

    monkeypatch.setattr("aidtrace.validation.compile_shapes", counted("compiled", compile_shapes))
    monkeypatch.setattr("aidtrace.server.checking.checker.copied", counted("copied", copied))
    monkeypatch.setattr("aidtrace.documents.parse", counted("parsed", parse))
    served = {"folder": str(folder), "union": True, "gate": "violation", "writable": False}
    beside = {"with_graph": True, "merge": True}
    sent = [Document("a.ttl", turtle(VISIT, "once").encode(), RdfFormat.TURTLE)]
    told = checker._report({"beside": beside, "served": served}, sent, [], untold)
    assert told.ruling
    assert told.ruling.passes
    assert done == ["parsed"]

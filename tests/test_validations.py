"""Validation over HTTP: data in, report out; and whatever strangers send is just input."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from conftest import ROOT
from pyoxigraph import RdfFormat, parse
from servers import Answer, Server, running

from aidtrace.reports.findings import Finding, Report
from aidtrace.server.checking import kept
from aidtrace.server.checking.checks import Stage
from aidtrace.server.problems import Problem

AT = "https://w3id.org/aidtrace/ontology#"
BAD = (ROOT / "tests" / "shapes" / "fail" / "Aid-donor.ttl").read_text("utf-8")
GOOD = (ROOT / "tests" / "shapes" / "pass" / "world.ttl").read_text("utf-8")
TINY = "<urn:a> <urn:b> 1 ."
SHAPE = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:shape> a sh:NodeShape ; sh:targetSubjectsOf <urn:b> ; sh:property <urn:rule> .
<urn:rule> a sh:PropertyShape ; sh:path <urn:b> ; %s ; sh:message "wrong"@en .
"""


def post(server: Server, body: str | bytes, kind: str = "text/turtle", accept: str = "application/json",
         prefer: str = "", **given: str) -> Answer:  # fmt: skip
    address = "/validations" + (f"?{urlencode(given)}" if given else "")
    content = body.encode() if isinstance(body, str) else body
    return server.get(address, accept, "POST", content, kind, Prefer=prefer)


def form(
    server: Server, *parts: tuple[str, str, str, str], accept: str = "application/json", prefer: str = ""
) -> Answer:
    """Send a form of parts: name, file name, media type, content."""
    lines = []
    for name, file, kind, content in parts:
        lines += ["--edge", f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")]
        lines += [*([f"Content-Type: {kind}"] if kind else []), "", content]
    body = "\r\n".join([*lines, "--edge--", ""])
    return post(server, body, "multipart/form-data; boundary=edge", accept, prefer)


def with_shapes(server: Server, data: str, shapes: str) -> Answer:
    return form(server, ("data", "d.ttl", "text/turtle", data), ("shapes", "s.ttl", "text/turtle", shapes))


def test_what_breaks_a_rule_is_told_and_is_a_resource(server: Server) -> None:
    answer = post(server, BAD)
    assert answer.status == 201
    [found] = answer.content["findings"]
    assert found["shape"].endswith("#Aid-donor")
    assert BAD.splitlines()[found["line"] - 1].startswith("flow:aid-1970")
    place = answer.headers["location"].partition("/validations/")[2]
    again = server.get(f"/validations/{place}", "application/json")
    assert (again.status, again.content) == (200, answer.content)
    assert again.headers["etag"] == answer.headers["etag"]
    kept = server.get(f"/validations/{place}", "application/json", If_None_Match=again.headers["etag"])
    assert (kept.status, kept.body) == (304, b"")


def test_what_breaks_nothing_conforms(server: Server) -> None:
    answer = post(server, GOOD)
    assert (answer.status, answer.content["conforms"], answer.content["findings"]) == (201, True, [])
    assert answer.content["triples"] > 300


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/sarif+json", "application/sarif+json"),
        ("application/xml", "application/xml"),
        ("*/*", "application/json"),
        ("text/turtle;q=0.1, text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_the_report_comes_in_the_form_that_was_asked_for(server: Server, accept: str, media: str) -> None:
    answer = post(server, BAD, accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (201, media)
    assert b"Aid-donor" in answer.body


def test_forms_have_short_names(server: Server) -> None:
    ElementTree.fromstring(post(server, BAD, format="junit").body)
    assert json.loads(post(server, BAD, format="sarif").body)["version"] == "2.1.0"
    turtle = list(parse(post(server, BAD, format="turtle").body, format=RdfFormat.TURTLE))
    assert any(quad.predicate.value.endswith("#conforms") for quad in turtle)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/turtle", f"<urn:x> a <{AT}Flow> ."),
        ("application/n-triples", f"<urn:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{AT}Flow> ."),
        ("application/ld+json", json.dumps({"@id": "urn:x", "@type": f"{AT}Flow"})),
        ("application/json", json.dumps({"@id": "urn:x", "@type": f"{AT}Flow"})),
        ("application/rdf+xml", f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:at="{AT}">'
         '<at:Flow rdf:about="urn:x"/></rdf:RDF>'),
        ("application/trig", f"<urn:g> {{ <urn:x> a <{AT}Flow> }}"),
        ("application/n-quads", f"<urn:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{AT}Flow> <urn:g> ."),
        ("text/plain", f"<urn:x> a <{AT}Flow> ."),
    ],
)  # fmt: skip
def test_every_syntax_is_read(server: Server, kind: str, body: str) -> None:
    answer = post(server, body, kind)
    assert answer.status == 201, answer.body
    assert {"urn:x"} == {one["focus"] for one in answer.content["findings"]}


def test_shapes_of_ones_own_are_used(server: Server) -> None:
    answer = with_shapes(server, TINY, SHAPE % "sh:minInclusive 2")
    assert [(one["focus"], one["value"], one["message"]) for one in answer.content["findings"]] == [
        ("urn:a", "1", "wrong")
    ]
    assert with_shapes(server, TINY, SHAPE % "sh:minInclusive 1").content["conforms"]


def test_a_shapes_own_description_is_the_hint(server: Server) -> None:
    answer = with_shapes(server, TINY, SHAPE % 'sh:minInclusive 2 ; sh:description "Write two or more."@en')
    assert [one["hint"] for one in answer.content["findings"]] == ["Write two or more."]


def test_the_rules_are_listed_for_programs_and_for_people(server: Server) -> None:
    rules = {one["name"]: one for one in server.get("/shapes", "application/json").content["rules"]}
    assert "two at:party" in rules["Agreement-parties"]["message"]
    assert rules["Agreement-parties"]["failing"]
    assert rules["Agreement-parties"]["passing"]
    assert server.get("/shapes/Agreement-parties", "application/json").content == rules["Agreement-parties"]
    turtle = list(parse(server.get("/shapes", "text/turtle").body, format=RdfFormat.TURTLE))
    assert any(quad.subject.value == rules["Agreement-parties"]["iri"] for quad in turtle)
    assert server.get("/shapes/Nothing", "application/json").status == 404
    for path in ("/shapes", "/shapes/Agreement-parties"):
        page = server.get(path, "text/html")
        assert page.headers["content-type"].startswith("text/html")
        assert b"Agreement-parties" in page.body
    assert server.get("/shapes/Nothing", "text/html").status == 404


def test_pasted_text_is_a_part_too(server: Server) -> None:
    answer = form(server, ("data", "", "", BAD), ("severity", "", "", "warning"))
    assert (answer.status, len(answer.content["findings"])) == (201, 1)


def test_several_files_are_checked_together_and_told_apart(server: Server) -> None:
    answer = form(server, ("data", "good.ttl", "", GOOD), ("data", "bad.ttl", "", f"\n<urn:x> a <{AT}Flow> ."))
    assert {(one["focus"], one["file"], one["line"]) for one in answer.content["findings"]} == {("urn:x", "bad.ttl", 2)}


def test_with_the_graph_our_things_are_known(server: Server) -> None:
    text = f"""@prefix at: <{AT}> . @prefix actor: <https://w3id.org/aidtrace/id/actor/> .
        <urn:x> a at:Visit ; at:visitor actor:turkiye ; at:host actor:azerbaijan ."""
    alone, together = (post(server, text, **given).content for given in ({}, {"with-graph": "true"}))
    dangling = "Graph-dangling"
    assert any(dangling in one["shape"] for one in alone["findings"])
    assert not any(dangling in one["shape"] for one in together["findings"])


def test_a_dry_run_of_a_merge_tells_how_data_would_meet_the_graph(server: Server) -> None:
    text = f'<urn:theirs> a <{AT}State> ; <http://www.w3.org/2000/01/rdf-schema#label> "Azərbaycan"@az .'
    answer = post(server, text, merge="true")
    assert answer.status == 201
    assert ("urn:theirs", "https://w3id.org/aidtrace/id/actor/azerbaijan") in {
        (row["theirs"], row["ours"]) for row in answer.content["meeting"]["actors"]
    }
    assert "meeting" not in post(server, text).content
    assert b"urn:theirs" in post(server, text, merge="true", format="html").body


def test_each_form_names_the_line_of_what_was_sent_and_none_of_what_only_we_have(server: Server) -> None:
    """With a second amount our flow has two: a finding about 3450000, which only we have, is on no line."""
    text = (
        f"# one\n# two\n<https://w3id.org/aidtrace/id/flow/1999-military-financial-aid>\n    <{AT}amount> 5000000.5 ;\n"
        f"    <{AT}endUser> <urn:nobody> ."
    )
    found = [one for one in post(server, text, merge="true").content["findings"] if one["focus"].endswith("-aid")]
    places = {one["value"]: (one["file"], one["line"]) for one in found}
    assert places["urn:nobody"] == ("data", 5)
    assert places["3450000"] == ("", 0)
    table = post(server, text, merge="true", format="csv").body.decode().splitlines()
    assert all(row.endswith(",data,5") for row in table if "urn:nobody" in row)
    assert all(row.endswith(",,0") for row in table if "3450000" in row)
    [run] = post(server, text, merge="true", format="sarif").content["runs"]
    ours = {one["id"] for one in found if one["value"] == "3450000"}
    for one in run["results"]:
        if one["partialFingerprints"]["aidtraceFinding/v1"] in ours:
            assert "physicalLocation" not in one["locations"][0]


def test_literals_are_checked_as_they_were_sent(server: Server) -> None:
    assert with_shapes(server, "<urn:a> <urn:b> 007 .", SHAPE % 'sh:pattern "^0"').content["conforms"]
    assert not with_shapes(server, "<urn:a> <urn:b> 7 .", SHAPE % 'sh:pattern "^0"').content["conforms"]


def test_a_threshold_and_pages(server: Server) -> None:
    text = "".join(f"<urn:{n}> a <{AT}Flow> .\n" for n in range(10))
    every = post(server, text).content["findings"]
    some = post(server, text, offset="2", limit="3").content["findings"]
    assert some == every[2:5]
    assert {one["severity"] for one in post(server, text, severity="violation").content["findings"]} == {"Violation"}


def test_a_request_may_be_answered_before_it_is_done(server: Server) -> None:
    answer = server.get("/validations", "application/json", "POST", BAD.encode(), "text/turtle", Prefer="respond-async")
    assert (answer.status, answer.content["status"] in ("waiting", "running")) == (202, True)
    place = answer.headers["location"].partition(str(server.port))[2]
    end = time.monotonic() + 60
    while (now := server.get(place, "application/json")).content.get("status") == "running":
        assert time.monotonic() < end
        time.sleep(0.02)
    assert len(now.content["findings"]) == 1


def test_a_validation_that_runs_tells_how_many_constraints_are_checked(server: Server) -> None:
    rules = "".join(f'sh:property [ sh:path <urn:b> ; sh:pattern "^(a|b)+[0-9]+{{1,{n}}}$" ] ; ' for n in range(1, 61))
    shapes = f"@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:s> {rules} sh:targetSubjectsOf <urn:b> ."
    data = "".join(f'<urn:{n}> <urn:b> "{"ab" * 300}{n}" .\n' for n in range(4_000))
    parts = (("data", "d.ttl", "text/turtle", data), ("shapes", "s.ttl", "text/turtle", shapes))
    answer = form(server, *parts, prefer="respond-async")
    place, seen = answer.headers["location"].partition(str(server.port))[2], list[dict[str, int]]()
    while (now := server.get(place, "application/json")).content.get("status") in ("waiting", "running"):
        seen += [now.content["constraints"]] if now.content["constraints"] else []
        time.sleep(0.02)
    assert now.content["conforms"]
    told = [one["checked"] for one in seen]
    assert told == sorted(told)
    assert len(set(told)) > 1
    assert {one["of"] for one in seen} == {60}


def test_a_report_can_be_taken_away(server: Server) -> None:
    place = post(server, BAD).headers["location"].partition(str(server.port))[2]
    assert server.get(place, method="DELETE").status == 204
    assert server.get(place).status == 404


def test_a_report_that_was_looked_at_can_be_taken_away_too(server: Server) -> None:
    place = post(server, BAD).headers["location"].partition(str(server.port))[2]
    assert server.get(place, "application/json").status == 200
    server.get(place, method="DELETE")
    assert server.get(place, "application/json").status == 404


def test_two_texts_of_one_name_are_both_checked(server: Server) -> None:
    answer = form(server, ("data", "", "", f"<urn:x> a <{AT}Flow> ."), ("data", "", "", f"<urn:y> a <{AT}Flow> ."))
    assert {one["focus"] for one in answer.content["findings"]} == {"urn:x", "urn:y"}


def test_malformed_data_is_told_with_line_and_column(server: Server) -> None:
    answer = post(server, "<urn:a> <urn:b> .\n")
    assert (answer.status, answer.content["line"], answer.content["column"]) == (400, 1, 17)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (TINY, "shape"),
        ("<urn:a", "s.ttl:1"),
        (SHAPE % "sh:minCount 'many'", "minCount"),
        (SHAPE % "sh:pattern '('", "pattern"),
        (SHAPE % "sh:sparql [ sh:select 'SELECT $this { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }' ]", "SERVICE"),
        (SHAPE.replace("sh:path <urn:b>", "sh:path [ sh:alternativePath 1 ]") % "sh:minCount 1", "path"),
    ],
)
def test_shapes_that_are_no_shapes_are_422_and_not_ignored(server: Server, shapes: str, said: str) -> None:
    answer = with_shapes(server, TINY, shapes)
    assert answer.status == 422, answer.body
    assert said.lower() in answer.content["detail"].lower()


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/pdf", "%PDF", 415),
        ("multipart/form-data; boundary=edge", "--edge--", 400),
        ("multipart/form-data", "x", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(server: Server, kind: str, body: str, status: int) -> None:
    assert post(server, body, kind).status == status


def test_requests_that_ask_for_what_is_not_there(server: Server) -> None:
    assert post(server, TINY, accept="image/png").status == 406
    assert post(server, TINY, severity="grave").status == 400
    assert post(server, TINY, format="pdf").status == 400
    assert post(server, TINY, limit="-1").status == 400
    assert server.get("/validations").status == 405
    assert server.get("/validations/none").status == 404


def test_a_body_that_is_too_large_is_413(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as one:
        one.sendall(b"POST /validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\n")
        one.sendall(b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
        assert b"413" in one.recv(1 << 12).split(b"\r\n")[0]


def bomb() -> str:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    return f"<!DOCTYPE x [{entities}]><x>&j;</x>"


def nested(levels: int) -> str:
    shapes = "\n".join(f"<urn:n{n}> sh:node <urn:n{n + 1}> ." for n in range(levels))
    return (SHAPE % "sh:node <urn:n0>") + shapes + f"\n<urn:n{levels}> sh:nodeKind sh:IRI ."


HOSTILE = {
    "regular expression": (f'<urn:a> <urn:b> "{"a" * 40}!" .', SHAPE % 'sh:pattern "^(a+)+$"'),
    "long list": (TINY, SHAPE % f"sh:in ( {' '.join(map(str, range(2, 50_002)))} )"),
    "cyclic list": (TINY, SHAPE % "sh:in <urn:l>" + "<urn:l> <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ; "
                    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> <urn:l> ."),
    "cyclic path": (TINY, SHAPE.replace("sh:path <urn:b>", "sh:path _:p") % "sh:minCount 1"
                    + "_:p sh:inversePath _:p ."),
    "deep nesting": (TINY, nested(3000)),
    "recursive shape": (TINY, SHAPE % "sh:node <urn:shape>"),
    "service": (TINY, SHAPE % "sh:sparql [ sh:select 'SELECT $this { SERV\\u0049CE <http://127.0.0.1:1/> {} }' ]"),
    "endless query": ("".join(f"<urn:a{n}> <urn:b> {n} ." for n in range(300)),
                      SHAPE % "sh:sparql [ sh:select 'SELECT $this { $this ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . "
                      "FILTER(?c + ?f + ?i < 0) }' ]"),
}  # fmt: skip


@pytest.fixture(scope="module")
def short(cache: Path) -> Iterator[Server]:
    with running(cache, "--validation-deadline", "2") as one:
        yield one


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_shapes_end_in_a_report_or_a_problem_and_harm_nothing(short: Server, name: str) -> None:
    data, shapes = HOSTILE[name]
    answer = with_shapes(short, data, shapes)
    assert answer.status in (201, 422, 503), answer.body
    if answer.status == 201:
        assert name not in ("cyclic list", "cyclic path", "service", "endless query")
        assert answer.content["conforms"] is (name == "recursive shape"), answer.content
    else:
        assert set(answer.content) >= {"title", "status", "detail"}
        assert b"conforms" not in answer.body
    assert post(short, GOOD).content["conforms"]


def test_an_entity_bomb_is_malformed(short: Server) -> None:
    assert post(short, bomb(), "application/rdf+xml").status in (400, 503)


def test_a_check_that_takes_too_long_is_not_validated(short: Server) -> None:
    answer = with_shapes(short, *HOSTILE["endless query"])
    assert (answer.status, answer.content["title"]) == (503, "Not validated")
    assert answer.headers["retry-after"]


def test_no_process_is_left_after_hostile_checks(short: Server) -> None:
    end = time.monotonic() + 60
    workers, spares, spawners = (os.cpu_count() or 2) + 1, 2, 2  # a spare worker and a spare checker
    with_shapes(short, *HOSTILE["endless query"])
    while len(short.family()) > workers + spares + spawners:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_reports_that_are_kept_are_bounded_in_number_and_in_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 3)
    monkeypatch.setattr(kept, "KEPT_BYTES", 10 * 202)  # of ten findings of 202 characters

    async def report(findings: int) -> Report:
        return Report((Finding("a", "", "", "Info", "c", "s", "m"),) * findings)

    async def look() -> None:
        held, names = kept.Validations(), []
        for size in (1, 1, 1, 8, 8, 1):
            one = kept.Validation(asyncio.ensure_future(report(size)), "info", Stage())
            held.add(one)
            await one.task
            await asyncio.sleep(0)
            names.append(one.id)
        there = [name in held._held for name in names]
        assert there == [False, False, False, False, True, True]

    asyncio.run(look())


def test_a_report_of_too_many_findings_is_refused_whole(server: Server) -> None:
    text = "".join(f"<urn:a{n}> <urn:b> {n} .\n" for n in range(100_001))
    answer = with_shapes(server, text, SHAPE % "sh:maxExclusive 0")
    assert (answer.status, answer.content["title"]) == (503, "Report too large")


# what is told is the whole truth


def test_a_page_of_a_report_says_that_there_is_more(server: Server) -> None:
    whole = post(server, BAD).content
    assert whole["total"] == len(whole["findings"]) > 0
    answer = server.get("/validations?offset=500", "application/json", "POST", BAD.encode(), "text/turtle").content
    assert (answer["conforms"], answer["findings"], answer["total"]) == (False, [], whole["total"])
    text = server.get("/validations?limit=0&format=text", "*/*", "POST", BAD.encode(), "text/turtle").body.decode()
    assert f"does not conform: {whole['total']} not shown" in text


@pytest.mark.parametrize("query", ["severty=violation", "with_graph=true", "limit=abc", "offset=-1"])
def test_a_parameter_that_is_not_known_or_no_number_is_refused_at_once(server: Server, query: str) -> None:
    answer = server.get(f"/validations?{query}", "application/json", "POST", BAD.encode(), "text/turtle")
    assert answer.status == 400
    assert "location" not in answer.headers


def test_a_wish_that_only_sounds_like_another_is_none(server: Server) -> None:
    kind = {"body": GOOD.encode(), "kind": "text/turtle"}
    assert server.get("/validations", method="POST", **kind, Prefer="no-respond-async-please").status == 201  # type: ignore[arg-type]


def test_a_report_is_asked_for_again_by_severity_and_by_tag(server: Server) -> None:
    place = server.get("/validations", "application/json", "POST", BAD.encode(), "text/turtle").headers["location"]
    path = "/validations/" + place.rpartition("/")[2]
    assert server.get(f"{path}?severity=grave", "application/json").status == 400
    assert server.get(f"{path}?severity=violation", "application/json").content["conforms"] is False
    assert server.get(path, "application/json", If_None_Match="*").status == 304


ENDLESS = SHAPE % (
    "sh:sparql [ sh:select 'SELECT $this { $this ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c + ?f + ?i < 0) }' ]"
)


@pytest.mark.parametrize(("path", "data"), [("/validations", "data"), ("/validate", "text")])
def test_a_check_ends_when_its_client_hangs_up(cache: Path, path: str, data: str) -> None:
    """Two checks run at once: two that nobody waits for any more leave room for a third, long before their deadline."""
    many = "".join(f"<urn:a{n}> <urn:b> {n} ." for n in range(300))
    parts = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in ((data, many), ("shapes", ENDLESS))
    )
    body = f"{parts}--edge--\r\n".encode()
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n"
    with running(cache, "--validation-deadline", "600") as server:
        post(server, TINY)  # so that what checks has started
        leaving = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2)]
        for one in leaving:
            one.sendall(f"{head}Content-Type: multipart/form-data; boundary=edge\r\n\r\n".encode() + body)
        time.sleep(1)
        for one in leaving:
            one.close()
        assert post(server, TINY).status == 201


def test_a_check_whose_page_nobody_looks_at_any_more_ends_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "UNSEEN", 0.2)

    async def endless() -> Report:
        await asyncio.sleep(60)
        return Report(())

    async def look() -> None:
        held = kept.Validations()
        one = kept.Validation(asyncio.ensure_future(endless()), "info", Stage())
        held.add(one)
        held.watch(one)
        for _ in range(8):  # twice as long as nobody may look away
            await asyncio.sleep(0.05)
            assert not held.get(one.id).task.done()
        await asyncio.wait({one.task}, timeout=20)
        assert held.get(one.id).problem is not None
        assert "nobody had looked at it for 0.2 s" in held.get(one.id).problem.detail  # type: ignore[union-attr]

    asyncio.run(look())


def test_where_no_more_fit_those_that_run_can_still_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 2)

    async def endless() -> Report:
        await asyncio.sleep(60)
        return Report(())

    async def look() -> None:
        held = kept.Validations()
        some = [kept.Validation(asyncio.ensure_future(endless()), "info", Stage()) for _ in range(3)]
        for one in some[:2]:
            held.add(one)
        with pytest.raises(Problem, match="2 validations run already"):
            held.add(some[2])
        assert held.get(some[0].id) is some[0]

    asyncio.run(look())

"""The validation page without a script: what is sent, what is shown, and that nothing sent is lost."""

from __future__ import annotations

import asyncio
import re
import time
from html import unescape
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from servers import Answer, Server, running

from aidtrace.namespaces import XSD
from aidtrace.reports import findings
from aidtrace.reports.excerpts import Excerpt, excerpt
from aidtrace.reports.findings import Finding, Report
from aidtrace.server.checking import kept
from aidtrace.server.checking.checks import Stage
from aidtrace.web.checks.validated import Met, prefixes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

AT = "https://w3id.org/aidtrace/ontology#"
FAIL = ROOT / "tests" / "shapes" / "fail"
DECIMAL = (FAIL / "Amount-decimal.ttl").read_text("utf-8")
MILYON = DECIMAL.replace("at:amount 4000000", 'at:amount "3,2 milyon"')
"""Breaks two rules of shapes/aid.ttl: Amount-decimal, and with it Amount-positive, for a text is not more than 0."""

GOOD = (ROOT / "tests" / "shapes" / "pass" / "world.ttl").read_text("utf-8")
TINY = "<urn:a> <urn:b> 1 ."
SHAPE = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:shape> a sh:NodeShape ; sh:targetSubjectsOf <urn:b> ; sh:property <urn:rule> .
<urn:rule> a sh:PropertyShape ; sh:path <urn:b> ; %s ; sh:message "wrong"@en .
"""
ENDLESS = SHAPE % (
    "sh:sparql [ sh:select 'SELECT $this { $this ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c + ?f + ?i < 0) }' ]"
)
MANY = "".join(f"<urn:a{n}> <urn:b> {n} ." for n in range(300))

Part = tuple[str, str]
"""A value of the form, with a file name where it is a file."""


@pytest.fixture(scope="module")
def short(cache: Path) -> Iterator[Server]:
    with running(cache, "--validation-deadline", "3") as one:
        yield one


def send(server: Server, **given: str | Part) -> Answer:
    """Send the form as a browser does, with the line ends that it gives to a text."""
    lines = []
    for name, value in given.items():
        text, file = (value, "") if isinstance(value, str) else value
        known = f'form-data; name="{name.replace("_", "-")}"' + (f'; filename="{file}"' if file else "")
        kind = ["Content-Type: application/octet-stream"] if file else []
        content = text if file else text.replace("\n", "\r\n")
        lines += ["--edge", f"Content-Disposition: {known}", *kind, "", content]
    body = "\r\n".join([*lines, "--edge--", ""]).encode()
    return server.get("/validate", "text/html", "POST", body, "multipart/form-data; boundary=edge")


def checked(server: Server, **given: str | Part) -> str:
    """Send the form and return the address of the report."""
    answer = send(server, **given)
    assert answer.status == 303, answer.body.decode()
    place = answer.headers["location"]
    for _ in range(200):
        if "refresh" not in server.get(place, "text/html").headers:
            return place
        time.sleep(0.1)
    raise AssertionError("the check did not end")


def page(server: Server, path: str) -> str:
    answer = server.get(path, "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def report(server: Server, **given: str | Part) -> str:
    return page(server, checked(server, **given))


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def box(html: str, name: str = "text") -> str:
    """Return what stands in a box of the form."""
    found = re.search(rf'<textarea id="{name}".*?>\n(.*?)</textarea>', html, re.DOTALL)
    assert found
    return unescape(found[1])


def groups(html: str) -> list[tuple[str, ...]]:
    """Return the severity, the rule, the constraint with its count, the fix and the rows of each group."""
    found = re.findall(r'<section class="group.*?</section>', html, re.DOTALL)
    return [
        (
            *(plain(one) for one in re.findall(r"<h3.*?</h3>|<p class=\"fix\">.*?</p>", group, re.DOTALL)),
            *(plain(row) for row in re.findall(r"<tr id=.*?</tr>", group, re.DOTALL)),
        )
        for group in found
    ]


# what is sent


def test_pasted_text_is_checked_and_a_reload_does_not_send_it_again(server: Server) -> None:
    place = checked(server, text=MILYON)
    assert place.startswith("/validate/")
    assert page(server, place) == page(server, place)


def test_findings_stand_in_groups_with_a_fix_and_their_line(server: Server) -> None:
    line = 1 + MILYON[: MILYON.index("at:amount")].count("\n")
    [group] = groups(report(server, text=MILYON))
    assert group[:2] == ("Violation Amount-decimal Datatype · 1 finding",
                         'Fix Write the amount as "3450000"^^xsd:decimal.')  # fmt: skip
    assert group[2].startswith(f"about line {line} flow/aid-1970 at:amount 3,2 milyon")


def test_what_follows_from_a_finding_stands_under_it(server: Server) -> None:
    html = report(server, text=MILYON)
    [group] = groups(html)
    assert "1 more follows from this Amount-positive (Violation)" in group[2]
    assert "Violations 2" in plain(html)


def test_two_mistakes_in_one_value_stay_two(server: Server) -> None:
    """0 is an integer, where a decimal is asked for, and it is not more than nothing, whatever it is."""
    found = groups(report(server, text=DECIMAL.replace("at:amount 4000000", "at:amount 0")))
    assert [one[0].split()[1] for one in found] == ["Amount-decimal", "Amount-positive"]


def test_that_a_name_is_unknown_explains_that_it_has_no_class(server: Server) -> None:
    """Paragraph annals-77 is not described: Graph-dangling; so it is no at:Passage: Fact-passage."""
    text = GOOD + f"\n<urn:x> a <{AT}Factor> ; <http://purl.org/dc/terms/source> passage:annals-77 ."
    found = {one[0].split()[1]: one for one in groups(report(server, text=text))}
    assert "Fact-passage" not in found
    assert "1 more follows from this Fact-passage" in found["Graph-dangling"][2]


def test_a_file_is_checked_by_its_name(server: Server) -> None:
    nt = f"<urn:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{AT}Flow> ."
    jsonld = f'{{"@id": "urn:x", "@type": "{AT}Flow"}}'
    for text, name in ((nt, "mine.nt"), (jsonld, "mine.jsonld"), (f"<urn:x> a <{AT}Flow> .", "mine.ttl")):
        html = report(server, file=(text, name))
        assert "Flow-label" in html
        assert f"<h3>{name}" in html


def test_the_syntax_that_is_chosen_goes_before_the_name(server: Server) -> None:
    assert "Flow-label" in report(server, file=(f"<urn:g> {{ <urn:x> a <{AT}Flow> }}", "mine.ttl"), syntax="trig")


def test_text_and_files_are_checked_together_and_told_apart(server: Server) -> None:
    html = report(server, text=TINY, file=(f"\n<urn:x> a <{AT}Flow> .", "text.ttl"))
    assert re.search(r'href="#text-2-line-2" data-line="2" data-file="2-text.ttl"', html)
    assert 'id="text-2-line-2"' in html


def test_shapes_of_ones_own_take_the_place_of_ours(server: Server) -> None:
    rule = SHAPE % 'sh:minInclusive 2 ; sh:description "Write two or more."@en'
    for given in ({"shapes": rule}, {"shapes_file": (rule, "own.ttl")}):
        html = report(server, text=TINY, **given)
        assert groups(html) == [
            (
                "Violation urn:rule MinInclusive · 1 finding",
                "Fix Write two or more.",
                "about line 1 urn:a urn:b 1 wrong",
            )
        ]
    assert "against own.ttl" in plain(html)
    assert "No rule is broken" in report(server, text=TINY, shapes=SHAPE % "sh:minInclusive 1")


def test_a_literal_of_several_lines_is_checked_as_it_was_typed(server: Server) -> None:
    rule = SHAPE % 'sh:pattern "^one\\ntwo$"'
    assert "No rule is broken" in report(server, text='<urn:a> <urn:b> """one\ntwo""" .', shapes=rule)


def test_less_grave_findings_are_left_out_where_that_is_asked(server: Server) -> None:
    text = (FAIL / "Instrument-subject.ttl").read_text("utf-8")  # a warning, by shapes/agreements.ttl
    assert "Warnings 1" in plain(report(server, text=text))
    html = plain(report(server, text=text, severity="violation"))
    assert "1 less grave finding is not shown" in html
    assert "No rule is broken" not in html


# what is wrong with what is sent


def test_an_empty_form_says_so(server: Server) -> None:
    answer = send(server, text=" \n", shapes="# mine")
    assert answer.status == 400
    assert b"nothing to check yet" in answer.body
    assert box(answer.body.decode(), "shapes") == "# mine"


def test_a_text_that_does_not_parse_stands_in_the_box_with_its_place(server: Server) -> None:
    answer = send(server, text="# one\n<urn:a> <urn:b> .\n# <three>", shapes=SHAPE % "sh:minCount 1", beside="graph",
                  syntax="turtle")  # fmt: skip
    html = answer.body.decode()
    assert (answer.status, box(html)) == (400, "# one\n<urn:a> <urn:b> .\n# <three>")
    assert "line 2, column 17" in plain(html)
    assert '<li value="2" id="complaint-line" class="found"><code><mark>&lt;urn:a&gt; &lt;urn:b&gt; .</mark>' in html
    assert box(html, "shapes") == SHAPE % "sh:minCount 1"
    assert 'value="graph" selected' in html
    assert re.search(r'<option value="turtle"[^>]* selected', html)


def test_a_file_that_does_not_parse_comes_into_the_box(server: Server) -> None:
    html = send(server, file=("<urn:a> <urn:b>\n<urn:c", "a:1:2: odd.nt")).body.decode()
    assert box(html) == "<urn:a> <urn:b>\n<urn:c"
    assert re.search(r"It was not checked: line [12], column \d+", plain(html))
    assert re.search(r'<option value="ntriples"[^>]* selected', html)


@pytest.mark.parametrize(
    ("shapes", "said"), [("<urn:a", "line 1, column"), (SHAPE % "sh:minCount 'many'", "minCount"), (TINY, "no shape")]
)
def test_shapes_that_are_none_are_told_and_nothing_is_lost(server: Server, shapes: str, said: str) -> None:
    answer = send(server, text=TINY, shapes=shapes)
    html = answer.body.decode()
    assert (answer.status, box(html), box(html, "shapes")) == (422, TINY, shapes)
    assert "The shapes do not work" in plain(html)
    assert said in plain(html)


def test_what_is_too_large_is_told_plainly(server: Server) -> None:
    answer = send(server, text="#" * (1 << 26))
    assert answer.status == 413
    assert "more than 64 MiB" in plain(answer.body.decode())
    assert "at most 64 MiB" in plain(page(server, "/validate"))


def test_a_check_that_takes_too_long_is_waited_for_and_then_not_validated(short: Server) -> None:
    place = send(short, text=MANY, shapes=ENDLESS).headers["location"]
    waiting = short.get(place, "text/html")
    assert waiting.headers["refresh"]
    assert b"<progress" in waiting.body
    assert short.get(f"{place}/progress").content["status"] == "running"
    end = time.monotonic() + 60
    while (answer := short.get(place, "text/html")).status == 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    html = answer.body.decode()
    assert (answer.status, box(html), box(html, "shapes")) == (503, MANY, ENDLESS)
    assert short.get(f"{place}/progress").content["status"] == "failed"


def test_a_check_can_be_stopped_and_its_text_stays(short: Server) -> None:
    place = send(short, text=MANY, shapes=ENDLESS).headers["location"]
    answer = short.get(f"{place}/stop", "text/html", "POST")
    assert (answer.status, box(answer.body.decode())) == (200, MANY)
    assert short.get(place, "text/html").status == 404


# what is shown


def test_lines_lead_to_findings_and_back(server: Server) -> None:
    html = report(server, text=MILYON)
    line = 1 + MILYON[: MILYON.index("at:amount")].count("\n")
    [anchor] = re.findall(r'<tr id="(f-[0-9a-f]{12})"', html)
    assert f'<a href="#line-{line}"' in html
    [found] = re.findall(rf'<li id="line-{line}" .*?</li>', html)
    assert "<mark>    at:amount &#34;3,2 milyon&#34; ;</mark>" in found
    assert f'href="#{anchor}"' in found
    assert len(re.findall(r'<li id="line-\d+"', html)) == MILYON.count("\n") + 1


def test_a_rule_of_ours_leads_to_its_page(server: Server) -> None:
    html = report(server, text=MILYON)
    assert server.get(re.findall(r'href="(/shapes/Amount-[a-z]*)"', html)[0], "text/html").status == 200


def test_findings_are_filtered_by_severity(server: Server) -> None:
    text = MILYON + (FAIL / "Instrument-subject.ttl").read_text("utf-8")
    place = checked(server, text=text)
    assert [one[0].split()[:2] for one in groups(page(server, place))] == [
        ["Violation", "Amount-decimal"],
        ["Warning", "Instrument-subject"],
    ]
    for only in ("Violation", "Warning"):
        assert {one[0].split()[0] for one in groups(page(server, f"{place}?only={only.lower()}"))} == {only}
    assert groups(page(server, f"{place}?only=info")) == []
    assert server.get(f"{place}?only=grave", "text/html").status == 400


def test_a_large_report_has_pages(server: Server) -> None:
    text = "".join(f"<urn:a{n:03}> <urn:b> {n} .\n" for n in range(250))
    place = checked(server, text=text, shapes=SHAPE % "sh:maxExclusive 0")
    rows = [
        re.findall(r"urn:a(\d{3})", " ".join(groups(page(server, f"{place}?page={number}"))[0][2:]))
        for number in (1, 2, 3)
    ]
    assert [len(one) for one in rows] == [100, 100, 50]
    assert sorted(each for one in rows for each in one) == [f"{n:03}" for n in range(250)]
    html = page(server, place)
    assert "250 findings, 100 on this page" in plain(html)
    assert f"{place}?page=2#findings" in html
    assert "no findings" in plain(page(server, f"{place}?page=4"))
    for wrong in ("0", "-1", "x", "9" * 20):
        assert server.get(f"{place}?page={wrong}", "text/html").status == 400


@pytest.mark.parametrize("padding", ["#", "#" * 600])
def test_of_a_long_text_the_lines_around_findings_are_shown(server: Server, padding: str) -> None:
    """3,000 lines, the finding on the last but one; 600 characters each are more than is kept."""
    text = f"{padding}\n" * 2998 + TINY + "\n#"
    html = report(server, text=text, shapes=SHAPE % "sh:minInclusive 2")
    assert re.findall(r'<li id="line-(\d+)"', html) == ["2997", "2998", "2999", "3000"]
    assert "2996 lines not shown" in plain(html)
    assert 'href="#line-2999"' in html
    assert ("Change it" in plain(html)) is (padding == "#")


def test_values_and_messages_are_text_and_never_html(server: Server) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    shape = SHAPE.replace('"wrong"', f'"{evil}"') % f'sh:minInclusive 2 ; sh:description "{evil}"'
    text = f'<urn:a> <urn:b> "{evil}" . # {evil}'
    html = report(server, text=text, shapes=shape, file=("# x", f"{evil}.ttl"))
    assert "<img" not in html
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 4


def test_a_report_is_downloaded_in_every_form(server: Server) -> None:
    html = report(server, text=MILYON)
    links = dict(re.findall(r'href="(/validations/[^"?]*\?format=(\w+))" download', html))
    assert set(links.values()) == {"json", "html", "text", "turtle", "jsonld", "csv", "sarif", "junit"}
    for link in links:
        answer = server.get(link)
        assert (answer.status, b"Amount-decimal" in answer.body) == (200, True)


def test_the_text_of_a_report_can_be_changed(server: Server) -> None:
    html = report(server, text=MILYON, beside="graph", severity="warning")
    again = page(server, re.findall(r'href="(/validate\?again=[^"]*)"', html)[0])
    assert box(again) == MILYON
    assert 'value="graph" selected' in again
    assert '<option value="warning" selected' in again


def test_a_report_is_for_those_who_know_its_name(server: Server) -> None:
    place = checked(server, text=MILYON)
    answer = server.get(place, "text/html")
    assert "private" in answer.headers["cache-control"]
    assert answer.headers["x-robots-tag"] == "noindex"
    assert server.get(place[:-1], "text/html").status == 404
    server.get(place.replace("validate", "validations"), method="DELETE")
    assert server.get(place, "text/html").status == 404
    assert server.get("/validate?again=none", "text/html").status == 404


def test_text_is_kept_only_where_that_is_asked(server: Server) -> None:
    for keep, there in (("true", True), ("false", False)):
        answer = server.get(f"/validations?keep={keep}", "application/json", "POST", MILYON.encode(), "text/turtle")
        place = "/validate/" + answer.headers["location"].rpartition("/")[2]
        assert ("The text" in page(server, place)) is there
    assert server.get("/validations?keep=perhaps", "*/*", "POST", b"", "text/turtle").status == 400


def test_an_example_is_put_into_the_box(server: Server) -> None:
    html = page(server, "/validate?example=Amount-decimal")
    assert box(html) == DECIMAL
    assert "Write the amount as" in plain(html)
    assert server.get("/validate?example=Amount-decimals", "text/html").status == 404


# the dry run of a merge


def test_a_dry_run_tells_what_would_come_and_what_is_there(server: Server) -> None:
    """Our Türkiye is an at:State called "Türkiye"@en: one triple is there, four are not, one label is another."""
    text = """@prefix actor: <https://w3id.org/aidtrace/id/actor/> .
        @prefix at: <https://w3id.org/aidtrace/ontology#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        actor:turkiye a at:State ; rdfs:label "Turkei"@en ; at:note "A note."@en .
        <urn:theirs> a at:State ; rdfs:label "Azərbaycan"@az ."""
    html = report(server, text=text, beside="merge")
    figures = dict(re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", html))
    assert {name: figures[name] for name in list(figures) if name != "Findings"} == {
        "New triples": "4",
        "Already there": "1",
        "Things of ours added to": "1",
        "Clashes with ours": "1",
    }
    assert "Türkiye rdfs:label Türkiye Turkei ours has one value in this language (en)" in plain(html)
    assert re.search(r'Azərbaycan</bdi></th><td><a href="/page/actor/azerbaijan">', html)
    assert "If it were merged" not in report(server, text=text, beside="graph")


def test_a_dry_run_counts_a_thing_of_ours_that_gets_a_second_value(server: Server) -> None:
    """Our flow of 1999 has the amount 3450000: a second one is a statement about it, and clashes."""
    text = f"<https://w3id.org/aidtrace/id/flow/1999-military-financial-aid> <{AT}amount> 5000000.5 ."
    html = report(server, text=text, beside="merge")
    figures = dict(re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", html))
    assert {name: figures[name] for name in ("New triples", "Things of ours added to", "Clashes with ours")} == {
        "New triples": "1",
        "Things of ours added to": "1",
        "Clashes with ours": "1",
    }
    assert "at:amount 3450000 5000000.5 ours has one value" in plain(html)
    assert 'aria-label="flows"' not in html


def test_a_datatype_is_told_where_two_values_differ_by_it_alone() -> None:
    ours, theirs = f'"5"^^<{XSD("decimal").value}>', '"5"'
    assert (Met.value(ours, [theirs]), Met.value(theirs, [ours])) == ("5 (xsd:decimal)", "5 (xsd:string)")
    assert Met.value(ours, ['"6"']) == "5"
    assert Met.value('"say \\"no\\"\\nnow"@en', ['"x"@en']) == 'say "no"\nnow'
    assert Met.value(f"{AT}State", []) == "at:State"


def test_a_finding_about_a_value_of_ours_is_on_no_line_of_the_text(server: Server) -> None:
    """With a second amount our flow has two, and each of a value that only we have is not in what was sent."""
    text = (
        f"# one\n# two\n<https://w3id.org/aidtrace/id/flow/1999-military-financial-aid>\n    <{AT}amount> 5000000.5 ;\n"
        f"    <{AT}endUser> <urn:nobody> ."
    )
    html = report(server, text=text, beside="merge")
    rows = [plain(row) for row in re.findall(r"<tr id=.*?</tr>", html, re.DOTALL)]
    ours = [row for row in rows if "3450000" in row]
    assert ours
    assert all(row.startswith("not in your text") for row in ours)
    assert any("urn:nobody" in row and row.startswith("about line 5") for row in rows)


def test_the_hint_on_names_of_ours_speaks_of_the_form(server: Server) -> None:
    text = f"<urn:x> <{AT}party> <https://w3id.org/aidtrace/id/actor/turkiye> ."
    html = plain(report(server, text=text))
    assert "choose “together with our graph” under “Check it”" in html
    assert "--with-graph" not in html
    assert "hint:" not in html


def test_a_fix_says_which_prefixes_the_text_does_not_declare(server: Server) -> None:
    html = report(server, text=MILYON)
    assert ("xsd: <http://www.w3.org/2001/XMLSchema#>" in plain(html)) is ("@prefix xsd:" not in MILYON)
    assert prefixes_in("Say which office: at:office k:… or passage:annals-7, see https://a.b/c and 10:30.") == [
        ("at", AT),
        ("k", "https://w3id.org/aidtrace/id/concept/"),
        ("passage", "https://w3id.org/aidtrace/id/passage/"),
    ]


def test_the_examples_stand_by_concern_with_what_they_say(server: Server) -> None:
    found = page(server, "/validate").partition('<select id="example"')[2].partition("</select>")[0]
    aid = found.partition('<optgroup label="Aid and sales">')[2].partition("</optgroup>")[0]
    assert re.search(r'<option value="Amount-decimal">Amount-decimal: \w', aid)
    assert 'value="Agreement-parties"' not in aid
    assert found.count("<option") == len(list(FAIL.glob("*.ttl")))


def test_a_dry_run_changes_nothing(server: Server) -> None:
    text = f"<urn:only-tried> a <{AT}State> ."
    before = server.get("/health").headers["aidtrace-revision"]
    report(server, text=text, beside="merge")
    assert server.rows("SELECT * { <urn:only-tried> ?p ?o }") == []
    assert server.get("/health").headers["aidtrace-revision"] == before


# what is kept


def test_texts_count_among_what_is_kept() -> None:
    async def look() -> None:
        async def none() -> Report:
            return Report(())

        texts = kept.Texts((Excerpt("a", "text/turtle", "x" * 1000, 1),))
        one = kept.Validation(asyncio.ensure_future(none()), "info", Stage(), texts)
        kept.Validations().add(one)
        assert one.size >= 1000
        await one.task
        await asyncio.sleep(0)
        assert one.size >= 1000

    asyncio.run(look())


def test_of_a_text_that_is_too_long_the_first_lines_that_fit_are_kept() -> None:
    text = "\n".join(f"line {n}" for n in range(1, 101))
    short = excerpt("a", "text/turtle", text, [50, 90], most=60)
    assert [number for number, _ in short.lines()] == [48, 49, 50]
    assert (short.whole, short.total) == (False, 100)
    assert dict(short.around([50])) == {48: "line 48", 49: "line 49", 50: "line 50"}
    assert excerpt("a", "text/turtle", "", []).lines() == [(1, "")]


def test_a_graver_finding_is_never_put_under_a_lesser() -> None:
    from aidtrace.reports.consequences import roots

    def found(component: str, severity: str) -> Finding:
        return Finding(
            "urn:a", "urn:b", "x", severity, f"{component}ConstraintComponent", "urn:s", "m", key='<urn:a> "x"'
        )

    lesser = [found("Datatype", "Warning"), found("MinInclusive", "Violation")]
    assert [one.following for one in roots(lesser)] == [(), ()]
    graver = [found("Datatype", "Violation"), found("MinInclusive", "Violation")]
    assert [one.following for one in roots(graver)] == [(graver[1],)]


@pytest.mark.parametrize("component", ["Datatype", "MinInclusive", "Class", "Pattern"])
def test_what_many_findings_about_one_value_follow_from_is_found_in_steps_as_many_as_they_are(
    component: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aidtrace.reports import consequences

    looked = list[str]()

    def rank(severity: str) -> int:
        looked.append(severity)
        return findings.rank(severity)

    monkeypatch.setattr(consequences, "rank", rank)
    component += "ConstraintComponent"
    many = [Finding("urn:a", "urn:b", "x", "Warning", component, f"urn:s{n}", "m") for n in range(2000)]
    graver = Finding("urn:a", "urn:b", "x", "Violation", component, "urn:graver", "m")
    assert [one.finding for one in consequences.roots([*many, graver])] == [*many, graver]
    cause = Finding("urn:a", "urn:b", "x", "Violation", "NodeKindConstraintComponent", "urn:kind", "m")
    found = consequences.roots([*many, cause])
    assert [one.finding for one in found] == ([*many, cause] if component.startswith("Pattern") else [cause])
    assert len(looked) < 10 * len(many)


def test_a_report_is_put_into_groups_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from aidtrace.reports import consequences

    times = list[int]()
    grouping = consequences.roots

    def roots(found: Iterable[Finding]) -> list[consequences.Root]:
        times.append(1)
        return grouping(found)

    monkeypatch.setattr(consequences, "roots", roots)
    finding = Finding("urn:a", "urn:b", "x", "Warning", "C", "urn:s", "m")

    async def seen() -> list[int]:
        async def report() -> Report:
            return Report((finding,))

        one = kept.Validation(asyncio.ensure_future(report()), "info", Stage())
        await one.task
        return [len(one.grouped.of(severity)) for severity in ("", "warning", "violation", "")]

    assert asyncio.run(seen()) == [1, 1, 0, 1]
    assert times == [1]

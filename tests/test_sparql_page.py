"""The page of the query editor, without scripts: results, errors at their place, downloads; programs see none of it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from servers import JSON, TOKEN, Answer, Server, running

from aidtrace.namespaces import AT
from aidtrace.server.pages.visits import AT_ONCE, Visits
from aidtrace.server.problems import Problem
from aidtrace.server.service import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
WORDS = f"PREFIX at: <{AT.iri}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
AID = f"{WORDS}SELECT ?flow ?amount {{ ?flow a at:FinancialAid OPTIONAL {{ ?flow at:amount ?amount }} }} ORDER BY ?flow"
NUMBERS = "SELECT ?n { VALUES ?a { 1 2 3 4 5 6 7 8 9 10 } BIND (?a * 1 AS ?n) }"


def many(rows: int) -> str:
    """Return a query with 10 to the power of *rows* rows, the numbers from 0 in their order."""
    digits = " ".join(f"VALUES ?d{place} {{ 0 1 2 3 4 5 6 7 8 9 }}" for place in range(rows))
    total = " + ".join(f"{10**place} * ?d{place}" for place in range(rows))
    return f"SELECT ?n {{ {digits} BIND ({total} AS ?n) }} ORDER BY ?n"


def asked(server: Server, query: str, accept: str = BROWSER, **more: str) -> Answer:
    return server.get("/sparql?" + urlencode({"query": query, **more}), accept)


def page(server: Server, query: str, **more: str) -> str:
    answer = asked(server, query, **more)
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.body.decode()


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def result(html: str) -> str:
    return html.partition('<section id="result"')[2].partition("</section>")[0]


def cells(html: str) -> list[list[str]]:
    body = result(html).partition("<tbody>")[2].partition("</tbody>")[0]
    return [[plain(cell) for cell in re.findall("<td>(.*?)</td>", row)] for row in re.findall("<tr>(.*?)</tr>", body)]


def links(html: str) -> dict[str, str]:
    found = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', result(html))
    return {plain(text): unescape(address) for address, text in found}


def test_a_browser_sees_labels_that_lead_to_pages(server: Server) -> None:
    """The article tells of financial aid under agreements of 1999, with 3,450,000 dollars among it."""
    html = page(server, AID)
    assert ["Financial aid under the first agreement", "3450000"] in cells(html)
    link = links(html)["Financial aid under the first agreement"]
    assert link == "/page/flow/1999-military-financial-aid"
    assert server.get(link, BROWSER).status == 200


def test_the_page_says_how_many_rows_there_are_how_long_it_took_and_that_this_is_all(server: Server) -> None:
    count = len(server.rows(AID))
    said = plain(result(page(server, AID)))
    assert re.search(
        rf"\b{count} rows, complete, in \d+\.\d\d s, revision {server.get('/health').content['revision']}\b", said
    )
    assert "1 row, complete" in plain(result(page(server, "SELECT (1 AS ?n) {}")))
    assert "0 rows, complete" in plain(result(page(server, "SELECT * { ?s <urn:none> ?o }")))


def test_the_query_stands_in_the_box_as_it_was(server: Server) -> None:
    query = "\n# <b>&amp;</textarea>\nASK { ?s ?p 'ə' }"
    html = page(server, query)
    box = html.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert unescape(box.removeprefix("\n")) == query  # a browser drops the first line break


@pytest.mark.parametrize(("query", "said"), [("ASK {}", "Yes"), ("ASK { <urn:a> <urn:b> <urn:c> }", "No")])
def test_a_truth_is_a_word(server: Server, query: str, said: str) -> None:
    assert f'<p class="lead">{said}</p>' in result(page(server, query))


def test_a_graph_is_a_table_of_its_triples_each_once(server: Server) -> None:
    query = "CONSTRUCT { <urn:a> <urn:b> ?one . } WHERE { VALUES ?n { 1 2 3 } BIND ('same' AS ?one) }"
    html = page(server, query)
    assert cells(html) == [["urn:a", "urn:b", "same"]]
    assert "1 triple, complete" in plain(result(html))
    downloads = {name: asked(server, query, "*/*", format=name) for name in ("turtle", "jsonld", "ntriples", "rdfxml")}
    addresses = links(html)
    for name, called in zip(downloads, ("Turtle", "JSON-LD", "N-Triples", "RDF/XML"), strict=True):
        found = server.get(addresses[called], BROWSER)
        assert (found.status, found.body) == (200, downloads[name].body)


def test_downloads_give_what_programs_get(server: Server) -> None:
    addresses = links(page(server, AID))
    for called, media in {
        "CSV": "text/csv",
        "TSV": "text/tab-separated-values",
        "JSON": JSON,
        "XML": "application/sparql-results+xml",
    }.items():
        found = server.get(addresses[called], BROWSER)
        assert found.headers["content-type"].startswith(media)
        assert found.body == asked(server, AID, media).body


def test_rows_come_in_pages_and_none_is_lost_between_them(server: Server) -> None:
    html, found = page(server, many(3)), list[int]()
    for number in range(10):
        found += [int(row[0]) for row in cells(html)]
        assert f"Rows {100 * number + 1} to {100 * number + 100} of 1000" in plain(result(html))
        if number < 9:
            html = server.get(links(html)["Behind"], BROWSER).body.decode()
    assert found == [*range(1000)]
    assert "Behind" not in links(html)
    assert cells(server.get(links(html)["Before"], BROWSER).body.decode())[0] == ["800"]


def test_a_column_sorts_numbers_as_numbers_and_the_other_way_round(server: Server) -> None:
    html = server.get(links(page(server, NUMBERS))["n"], BROWSER).body.decode()
    assert cells(html) == [[str(number)] for number in range(1, 11)]
    assert '<th scope="col" aria-sort="ascending">' in html
    back = server.get(links(html)["n"], BROWSER).body.decode()
    assert cells(back) == [[str(number)] for number in range(10, 0, -1)]
    assert '<th scope="col" aria-sort="descending">' in back


def test_what_is_not_bound_sorts_first_and_labels_as_they_read(server: Server) -> None:
    html = page(server, AID, sort="amount")
    amounts = [row[1] for row in cells(html)]
    bound = [float(one) for one in amounts if one]
    assert bound == sorted(bound)
    assert amounts[: amounts.count("")] == [""] * amounts.count("")
    names = [row[0] for row in cells(page(server, AID, sort="flow"))]
    assert names == sorted(names)
    assert names != [row[0] for row in cells(page(server, AID, sort="-flow"))]


def test_letters_with_marks_stand_beside_those_without(server: Server) -> None:
    names = ["aid", "Çanakkale", "Əliyev", "İzmir", "Şuşa", "Zaur"]
    query = f"SELECT ?name {{ VALUES ?name {{ {' '.join(repr(one) for one in reversed(names))} }} }}"
    assert [row[0] for row in cells(page(server, query, sort="name"))] == names


def test_a_long_answer_says_that_only_its_first_rows_are_here_and_the_download_has_all(server: Server) -> None:
    html = page(server, many(4))
    said = plain(result(html))
    assert "10000 rows, complete" in said
    assert "Only the first 5000 can be looked through here, in the order of the answer; a download has all." in said
    assert "n" not in links(html), "part of the rows can be sorted as if they were all"
    assert asked(server, many(4), "text/csv").body.count(b"\n") == 10_001
    assert server.get(links(html)["CSV"], BROWSER).body.count(b"\n") == 10_001
    last = page(server, many(4), **{"from": "4900"})
    assert cells(last)[-1] == ["4999"]
    assert "Behind" not in links(last)
    assert cells(page(server, many(4), sort="-n"))[0] == ["0"]


def test_an_error_shows_its_line_and_its_place_in_it(server: Server) -> None:
    query = "SELECT ?s WHERE {\n  ?s ?p ?o .\n  FILTER (?o < 3\n}"
    answer = asked(server, query)
    problem = asked(server, query, JSON)
    assert answer.status == problem.status == 400
    told = json.loads(problem.body)
    assert (told["line"], told["column"]) == (4, 1)
    html = answer.body.decode()
    assert "Line 4, column 1:" in plain(result(html))
    assert re.search(r"<pre[^>]*><mark>}</mark></pre>", result(html))
    assert unescape(html.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]).strip() == query


def test_a_mark_stands_at_the_word_that_does_not_fit(server: Server) -> None:
    html = asked(server, "SELECT ?s WHERE { ?s ?p ?o }\nORDR BY ?s").body.decode()
    assert re.search(r"<pre[^>]*><mark>ORDR</mark> BY \?s</pre>", result(html))


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", 403, "FROM"),
        ("", 400, "expected"),
    ],
)
def test_what_is_refused_to_programs_is_refused_to_people(server: Server, query: str, status: int, said: str) -> None:
    answer = asked(server, query)
    assert (answer.status, asked(server, query, JSON).status) == (status, status)
    assert said in plain(result(answer.body.decode()))


def test_a_query_of_a_person_has_the_deadline_that_was_asked_for(server: Server) -> None:
    answer = asked(server, many(8), timeout="0.3")
    assert answer.status == 503
    assert "the query was stopped after 0.3 s" in plain(result(answer.body.decode()))
    assert answer.headers["retry-after"]
    assert server.get("/requests").content == []


@pytest.mark.parametrize("call", ["STRUUID()", "NOW()", "RAND()"])
def test_an_answer_that_differs_each_time_is_kept_nowhere(server: Server, call: str) -> None:
    query = f"SELECT ({call} AS ?x) {{}}"
    first, second = asked(server, query), asked(server, query)
    assert (first.headers["cache-control"], "etag" in first.headers) == ("no-store", False)
    assert cells(first.body.decode()) != cells(second.body.decode())
    assert "etag" in asked(server, "SELECT (1 AS ?x) {}").headers


def test_a_page_behind_the_last_row_says_so_and_leads_to_the_first(server: Server) -> None:
    html = page(server, NUMBERS, **{"from": "999999"})
    assert "There are no more rows." in plain(result(html))
    assert "Rows 1000000" not in plain(result(html))
    assert len(cells(server.get(links(html)["The first rows"], BROWSER).body.decode())) == 10
    assert "There are no more rows" not in result(page(server, "SELECT * { ?s <urn:none> ?o }"))


@pytest.mark.parametrize("name", ["query", "revision", "timeout"])
def test_what_is_given_twice_is_an_error_for_people_as_for_programs(server: Server, name: str) -> None:
    value = {"query": "ASK {}", "revision": server.get("/health").content["revision"], "timeout": "5"}
    twice = "/sparql?" + urlencode([*value.items(), (name, value[name])])
    said = [server.get(twice, accept) for accept in (BROWSER, JSON)]
    assert [one.status for one in said] == [400, 400]
    told = f"{name} is given 2 times; expected once"
    assert (told in plain(result(said[0].body.decode())), said[1].content["detail"]) == (True, told)


def leave(server: Server, path: str) -> None:
    """Ask for a page and hang up once the server has begun."""
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {BROWSER}\r\n\r\n".encode())
        time.sleep(0.02)


def test_queries_of_people_who_have_left_end_and_hold_up_nobody(cache: Path) -> None:
    with running(cache, "--deadline", "60") as one:
        one.get("/about", BROWSER)
        for number in range(40):
            leave(one, "/sparql?" + urlencode({"query": f"{many(9)} # {number}"}))
        begun = time.monotonic()
        assert one.get("/about/method", BROWSER).status == 200
        while one.get("/requests").content:
            assert time.monotonic() - begun < 10, "an abandoned query runs on"
            time.sleep(0.1)
        assert one.get("/about?fresh", BROWSER).status == 200
        assert time.monotonic() - begun < 15


def test_pages_beyond_many_at_once_are_to_come_again() -> None:
    held, sent = asyncio.Event(), list[dict[str, Any]]()

    async def pages(scope: dict[str, Any], receive: object, send: object) -> None:
        if not scope["path"].startswith("/static/"):
            await held.wait()
        sent.append(scope)

    async def client() -> dict[str, Any]:
        return await asyncio.Future()

    async def send(_: dict[str, Any]) -> None:
        pass

    async def many_at_once() -> None:
        visits, current = Visits(), Snapshot("r", Path("r"), frozenset())

        def ask(path: str) -> Any:
            return visits.make(pages, current, {"method": "GET", "path": path}, client, send)

        waiting = [asyncio.ensure_future(ask("/about")) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as busy:
            await ask("/about")
        assert (busy.value.status, "Retry-After" in busy.value.headers) == (503, True)
        await ask("/static/style.css")
        assert [one["path"] for one in sent] == ["/static/style.css"]
        held.set()
        await asyncio.gather(*waiting)
        await ask("/about")

    asyncio.run(many_at_once())


def test_hostile_values_are_text(server: Server) -> None:
    html = page(server, "SELECT ?x ('<script>alert(1)</script>' AS ?y) { VALUES ?x { <javascript:alert(1)> } }")
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert cells(html) == [["javascript:alert(1)", "<script>alert(1)</script>"]]


def test_columns_called_as_parts_of_the_page_are_are_columns(server: Server) -> None:
    html = page(server, "SELECT ?Label ?sort ?from { VALUES (?Label ?sort ?from) { (1 2 3) } }", sort="from")
    assert cells(html) == [["1", "2", "3"]]


@pytest.mark.parametrize("accept", ["*/*", "", JSON, "text/csv", "application/json, text/plain, */*"])
def test_programs_get_data(server: Server, accept: str) -> None:
    answer = asked(server, "ASK {}", accept)
    assert answer.status == 200
    assert not answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("more", ["format=json", "default-graph-uri=urn:g", "named-graph-uri=urn:g"])
def test_a_browser_that_asks_for_data_or_a_dataset_gets_data(server: Server, more: str) -> None:
    answer = server.get(f"/sparql?query=ASK%7B%7D&{more}", BROWSER)
    assert answer.status == 200
    assert not answer.headers["content-type"].startswith("text/html")


def test_a_form_that_is_posted_gets_data(server: Server) -> None:
    answer = server.get("/sparql", BROWSER, "POST", b"query=ASK%7B%7D", "application/x-www-form-urlencoded")
    assert answer.headers["content-type"].startswith("application/sparql-results")


def test_the_address_of_a_revision_stays_with_it(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", token=TOKEN) as own:
        query = "SELECT (COUNT(*) AS ?n) { ?s <urn:new> ?o }"
        before = links(page(own, query))
        assert own.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:new> 1, 2 } }").status == 204
        old = own.get(before["this query over this revision"], BROWSER)
        assert cells(old.body.decode()) == [["0"]]
        pinned = before["this query over this revision"].partition("revision=")[2]
        assert old.headers["aidtrace-revision"] == pinned != own.get("/health").content["revision"]
        assert cells(own.get(before["This query"], BROWSER).body.decode()) == [["2"]]


def test_a_failure_names_the_revision_that_was_asked(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", token=TOKEN) as own:
        first = own.get("/health").content["revision"]
        assert own.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:new> 1 } }").status == 204
        second = own.get("/health").content["revision"]
        bad = urlencode({"query": "SELECT", "revision": first})
        posted = own.get("/sparql", JSON, "POST", bad.encode(), "application/x-www-form-urlencoded")
        for answer in (own.get(f"/sparql?{bad}", JSON), own.get(f"/sparql?{bad}", BROWSER), posted):
            assert (answer.status, answer.headers["aidtrace-revision"]) == (400, first)
        asked = own.get(f"/queries/none?revision={first}", BROWSER)
        assert (asked.status, asked.headers["aidtrace-revision"]) == (404, first)
        for answer in (asked, own.get(f"/sparql?{bad}", BROWSER)):
            assert f"revision {first}." in answer.body.decode()
            assert second not in answer.body.decode()
        for accept in (JSON, BROWSER):
            never = own.get("/sparql?query=ASK%7B%7D&revision=never", accept)
            assert never.status == 404
            assert "aidtrace-revision" not in never.headers
            for blank in ("", "&revision="):
                assert own.get(f"/sparql?query=SELECT{blank}", accept).headers["aidtrace-revision"] == second
                assert own.get(f"/sparql?query=ASK%7B%7D{blank}", accept).headers["aidtrace-revision"] == second
                assert own.get(f"/queries/none?{blank}", accept).headers["aidtrace-revision"] == second


def test_the_parameters_of_a_question_are_fields(server: Server) -> None:
    html = server.get("/sparql?example=agreements-before-doctrine-change", BROWSER).body.decode()
    form = html.partition('action="/queries/agreements-before-doctrine-change"')[2].partition("</form>")[0]
    assert re.findall(r'<select id="parameter-(\w+)"', form) == ["change", "agreement", "certainty"]
    certainty = form.partition('name="certainty"')[2].partition("</select>")[0]
    assert re.findall('value="([^"]*)"', certainty) == ["", "certain", "possible", "undatable"]
    changes = server.rows(f"SELECT ?c {{ ?c a <{AT('DoctrineChange').value}> }}")
    change = form.partition('name="change"')[2].partition("</select>")[0]
    assert len(re.findall('value="event/', change)) == len(changes) == 3
    answered = server.get("/queries/agreements-before-doctrine-change?change=&agreement=&certainty=certain", BROWSER)
    assert answered.status == 200
    rows = len(re.findall("<tr>", answered.body.decode())) - 1
    data = server.get("/queries/agreements-before-doctrine-change?certainty=certain", JSON).content
    assert rows == len(data["results"]["bindings"]) > 0
    assert '<option value="certain" selected>' in answered.body.decode()

"""What a page about a thing shows, and that a reader gets from it to the paragraph and to the data."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing
from datetime import date
from html import unescape
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, SEM
from aidtrace.project import Project
from aidtrace.web.citing import Citation
from aidtrace.web.entities import Order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AID = "/page/flow/1999-military-financial-aid"
ROW = re.compile(r'<tr>(?:<th scope="rowgroup"[^>]*>(.*?)</th>)?<td>(.*?)</td><td>(.*?)</td></tr>', re.DOTALL)


@pytest.fixture(scope="module")
def own(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        yield one


def page(server: Server, path: str) -> str:
    answer = server.get(path, "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).strip()


def statements(html: str) -> list[tuple[str, str, str]]:
    """Return the property, the value and the place of each statement of a page."""
    found, label = [], ""
    for name, value, place in ROW.findall(html):
        label = plain(name) or label
        found.append((label, plain(value), plain(place.replace("<br>", " | "))))
    return found


def test_a_statement_stands_beside_its_paragraph_and_its_citation(server: Server) -> None:
    """Paragraph 2 of the section on financial aid: 3,450,000 dollars, of which 165,000 in cash."""
    found = statements(page(server, AID))
    assert ("amount", "3,450,000 USD", "military-financial-aid/2") in found
    assert ("cash part", "165,000 USD", "military-financial-aid/2: Veliyev, 2020, p.186 (ambiguous)") in found


def test_what_is_computed_says_so_and_comes_last(server: Server) -> None:
    places = [place for _, _, place in statements(page(server, AID))]
    first = places.index("computed")
    assert set(places[first:]) == {"computed"}
    assert ("earliest begin (SEM)", "1999-07-01", "computed") in statements(page(server, AID))


def test_properties_come_in_the_order_of_the_shapes() -> None:
    order = Order(Project.find())
    aid = [AT("FinancialAid").value, AT("Flow").value]
    ranked = sorted(
        (AT(name).value for name in ("cash", "recipient", "donor", "note")), key=lambda one: order.rank(one, aid)
    )
    assert ranked[:2] == [AT("donor").value, AT("recipient").value]
    assert order.rank("urn:none", aid) > order.rank(SEM("hasEarliestBeginTimeStamp").value, aid)


def test_names_in_other_languages_say_which(server: Server) -> None:
    html = page(server, "/page/actor/azerbaijan")
    assert '<bdi lang="az">Azərbaycan Respublikası</bdi>' in html
    assert "<h1><bdi>Azerbaijan</bdi></h1>" in html


def test_what_names_a_thing_is_grouped_counted_and_paged(server: Server) -> None:
    html = page(server, "/page/actor/turkiye")
    count = server.rows(
        f"SELECT (COUNT(*) AS ?n) {{ ?x <{AT('participant').value}> <https://w3id.org/aidtrace/id/actor/turkiye> }}"
    )
    assert f'<h3>participant <span class="aside">({count[0]["n"]})</span></h3>' in html
    link = unescape(re.findall(r'href="([^"]*by=[^"]*participant[^"]*from=20[^"]*)"', html)[0])
    second = page(server, link.partition("#")[0])
    assert "<h2>What is said of it</h2>" not in second
    sections = [re.split("<h[23]", one.partition("<h3>participant")[2])[0] for one in (html, second)]
    names = [re.findall(r'<li><a href="([^"]*)"', section) for section in sections]
    assert [len(one) for one in names] == [20, 20]
    assert not set(names[0]) & set(names[1])


def test_the_answer_to_a_question_leads_to_its_paragraphs(server: Server) -> None:
    html = page(server, "/queries/aid-cash-and-kind")
    links = set(re.findall(r'<td><a href="(/page/passage/[^"]*)">', html))
    assert "/page/passage/military-financial-aid-2" in links
    assert {server.get(link, "text/html").status for link in links} == {200}


def test_every_link_of_a_page_leads_somewhere(server: Server) -> None:
    for path in (
        AID,
        "/page/agreement/shusha-declaration",
        "/page/passage/military-financial-aid-2",
        "/page/source/veliyev2020a",
    ):
        for link in set(re.findall(r'href="(/[^"#]*)', page(server, path))):
            assert server.get(unescape(link), "text/html,*/*;q=0.8").status in (200, 303), link


def test_a_page_carries_its_description_for_programs(server: Server) -> None:
    html = page(server, AID)
    told = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)[0])
    assert (told["@id"], told["name"]) == (
        "https://w3id.org/aidtrace/id/flow/1999-military-financial-aid",
        "Financial aid under the first agreement",
    )
    assert '<link rel="canonical" href="https://w3id.org/aidtrace/id/flow/1999-military-financial-aid">' in html


def test_a_page_tells_what_others_call_the_thing(server: Server) -> None:
    """373 is the Correlates of War's number of Azerbaijan, Q227 Wikidata's item."""
    section = page(server, "/page/actor/azerbaijan").partition('<h2 id="identifiers">')[2].partition("<h2")[0]
    rows = {(plain(scheme), plain(value)) for scheme, value in re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td>", section)}
    assert {("COW", "373"), ("Wikidata", "Q227"), ("ISO 3166-1 alpha-3", "AZE")} <= rows


def test_a_thing_that_keeps_the_shapes_says_so_when_asked(server: Server) -> None:
    assert "It keeps every rule of the shapes." in page(server, f"{AID}?check=shapes")
    assert "It keeps every rule of the shapes." not in page(server, AID)


def test_a_thing_that_breaks_a_rule_says_which(own: Server) -> None:
    odd = "<https://w3id.org/aidtrace/id/agreement/odd>"
    assert own.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {odd} a <{AT('Agreement').value}> }} }}").status == 204
    told = page(own, "/page/agreement/odd?check=shapes").partition('<h2 id="shapes">')[2].partition("<h2")[0]
    assert "Violation: " in told
    assert "Agreement-parties" in told


def test_query_this_fills_the_form(server: Server) -> None:
    link = unescape(re.findall(r'href="(/sparql\?draft=[^"]*)"', page(server, AID))[0])
    form = page(server, link)
    assert "DESCRIBE &lt;https://w3id.org/aidtrace/id/flow/1999-military-financial-aid&gt;</textarea>" in form


HOSTILE = [
    "<script>alert(1)</script>",
    '</script><script src="https://example.org/x.js"></script>',
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }}",
    "\u202eright to left",
    "a" * 5000,
    "e" + "\u0301" * 300,
]


def test_hostile_labels_are_text(own: Server) -> None:
    thing = "https://w3id.org/aidtrace/id/actor/hostile"
    labels = " , ".join(json.dumps(label, ensure_ascii=False) + "@en" for label in HOSTILE)
    rdfs = "http://www.w3.org/2000/01/rdf-schema#label"
    assert own.update(f"INSERT DATA {{ GRAPH <urn:g> {{ <{thing}> <{rdfs}> {labels} }} }}").status == 204
    answer = own.get("/page/actor/hostile", "text/html")
    html = answer.body.decode()
    assert html.count("<script") == 2  # the description, in which < is escaped, and the suggestions
    assert "\\u003cscript\\u003e" in html
    assert ' onmouseover="' not in html
    assert "{{ 7 * 7 }}" in html
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_citation_has_four_forms() -> None:
    whole, seen = "A graph of things", date(2026, 11, 25)
    cited = Citation("Aid & {more}\nof_it", "https://w3id.org/aidtrace/id/flow/a", "7-abc", seen, whole)
    assert cited.text == (
        "aidtrace. “Aid & {more}\nof_it”. A graph of things, revision 7-abc. "
        "https://w3id.org/aidtrace/id/flow/a (seen 2026-11-25)."
    )
    assert "@misc{flow-a,\n" in cited.bibtex
    assert "  title = {Aid \\& more\nof\\_it},\n" in cited.bibtex
    assert "TI  - Aid & {more} of_it\r\n" in cited.ris
    assert cited.ris.endswith("ER  - \r\n")
    assert json.loads(cited.csl)[0]["accessed"] == {"date-parts": [[2026, 11, 25]]}


@pytest.mark.parametrize("form", ["text", "bibtex", "ris", "csl"])
def test_a_page_is_cited_by_its_name_and_revision(server: Server, form: str) -> None:
    answer = server.get(f"{AID}?cite={form}")
    assert answer.status == 200
    assert "https://w3id.org/aidtrace/id/flow/1999-military-financial-aid" in answer.body.decode()
    assert server.get("/health").headers["aidtrace-revision"] in answer.body.decode()
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("cite=word", "cite is 'word'; expected text, bibtex, ris or csl"),
        ("from=-1", "from is '-1'; expected a number of rows to leave out"),
        ("from=%D9%A3", "from is '٣'; expected a number of rows to leave out"),
    ],
)
def test_what_is_asked_wrongly_is_400(server: Server, query: str, told: str) -> None:
    answer = server.get(f"{AID}?{query}")
    assert (answer.status, answer.content["detail"]) == (400, told)


def test_a_property_that_names_nothing_lists_nothing(server: Server) -> None:
    said = page(server, f"{AID}?by=urn:nothing").partition("<main")[2].partition("</main>")[0]
    assert "<h1>" in said
    assert "<li>" not in said


CHOICE = re.compile(r'<li><a href="(/browse/Agreement\?[^"]*)">(.*?)</a> <span class="aside">\((\d+)\)</span></li>')
LISTED = re.compile(r'<tr><td[^>]*>([^<]*)</td><td><a href="(/page/[^"]*)">')


def test_classes_lead_to_their_things_earliest_first(server: Server) -> None:
    assert '<a href="/browse/Agreement">agreement</a> <span class="aside">(36)</span>' in page(server, "/browse")
    listed = LISTED.findall(page(server, "/browse/Agreement"))
    assert len({thing for _, thing in listed}) == 36
    dates = [day for day, _ in listed]
    dated = [day for day in dates if day]
    assert dates == [*dated, *[""] * (36 - len(dated))]
    years = [re.findall(r"\d{4}", day)[0] for day in dated]
    assert years == sorted(years)
    assert ("July 1999", "/page/agreement/1999-military-financial-aid") in listed  # a month stays a month


def test_a_choice_leaves_as_many_as_it_says_and_can_be_given_up(server: Server) -> None:
    choices = CHOICE.findall(page(server, "/browse/Agreement"))
    assert len(choices) > 20
    for link, name, count in choices:
        html = page(server, unescape(link))
        assert len(LISTED.findall(html)) == int(count), name
        assert f'<p class="aside">{count} of 36 in all' in html
        back = re.findall(rf'<strong>{re.escape(name)}</strong> <a href="([^"]*)">', html)
        assert back == ["/browse/Agreement"], name


def test_two_choices_hold_together(server: Server) -> None:
    both = "/browse/Agreement?party=actor/azerbaijan&kind=concept/treaty"
    asked = """SELECT DISTINCT ?x { ?x a at:Agreement ; at:party <https://w3id.org/aidtrace/id/actor/azerbaijan> ;
        at:kind <https://w3id.org/aidtrace/id/concept/treaty> }"""
    expected = server.rows(f"PREFIX at: <{AT.iri}> {asked}")
    assert len(LISTED.findall(page(server, both))) == len(expected) > 0
    assert "Nothing has all that is chosen." in page(server, f"{both}&kind=concept/none")


def test_pages_of_a_class_hold_each_thing_once(server: Server) -> None:
    found, link = list[str](), "/browse/Passage"
    while link:
        html = page(server, link)
        found += [thing for _, thing in LISTED.findall(html)]
        link = next(iter(re.findall(r'<a href="([^"]*)">later</a>', html)), "")
    assert (len(found), len(set(found))) == (196, 196)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/browse/Colour", 404, "no class that has things is called 'Colour'; /browse lists them"),
        ("/browse/Agreement?party=%3E", 400, "'https://w3id.org/aidtrace/id/>' is no IRI; expected the names that"),
        ("/browse/Agreement?from=x", 400, "from is 'x'; expected a number of rows to leave out"),
    ],
)
def test_what_cannot_be_browsed_says_why(server: Server, path: str, status: int, told: str) -> None:
    answer = server.get(path)
    assert answer.status == status
    assert answer.content["detail"].startswith(told)


def test_a_property_with_many_values_shows_those_that_most_things_have_and_leads_to_all(own: Server) -> None:
    """Forty visitors: the last five visited three times, the others once."""
    label, ours = "<http://www.w3.org/2000/01/rdf-schema#label>", "https://w3id.org/aidtrace/id"
    visits = [(visitor, time) for visitor in range(40) for time in range(3 if visitor >= 35 else 1)]
    told = [
        f"<{ours}/visit/x{visitor}-{time}> a <{AT('Limitation').value}> ; "
        f"<{AT('visitor').value}> <{ours}/actor/x-visitor-{visitor}> ."
        for visitor, time in visits
    ]
    told += [f'<{ours}/actor/x-visitor-{visitor}> {label} "Visitor {visitor:02}"@en .' for visitor in range(40)]
    assert own.get("/graph/visits", "*/*", "PUT", "\n".join(told).encode(), "text/turtle").status == 201
    html = page(own, "/browse/Limitation")
    few = re.findall(r"Visitor \d\d", html.partition("<summary>visitor</summary>")[2].partition("</details>")[0])
    assert few == [f"Visitor {number}" for number in (35, 36, 37, 38, 39, *(f"{one:02}" for one in range(25)))]
    html = page(own, click(html, "10 more values of visitor"))
    facet = html.partition("<details open><summary>visitor</summary>")[2].partition("</details>")[0]
    assert sorted(re.findall(r"Visitor \d\d", facet)) == [f"Visitor {number:02}" for number in range(40)]
    assert "more values" not in facet
    rare = page(own, click(facet, "Visitor 34"))
    assert LISTED.findall(rare) == [("", "/page/visit/x34-0")]
    assert "<strong>Visitor 34</strong>" in rare


NAMES = ["Akman", "Çağlar", "Əhməd", "Iğdır", "İncə", "Şükrü", "Zorlu"]
"""In the order of the alphabet, letters with marks beside those without: Ç, Ə, İ and Ş come before Z."""


@pytest.fixture(scope="module")
def named(own: Server) -> Server:
    """A server that has people of these names, stored in another order, who are all members of one actor."""
    people = "\n".join(
        f"<https://w3id.org/aidtrace/id/actor/x{-number % 7}> a <{AT('Person').value}> ; "
        f'<http://www.w3.org/2000/01/rdf-schema#label> "{name}"@en ; '
        f"<urn:of> <https://w3id.org/aidtrace/id/actor/x-hub> ."
        for number, name in enumerate(NAMES)
    )
    hub = "\n<https://w3id.org/aidtrace/id/actor/x-hub> a <urn:Hub> ."
    assert own.get("/graph/names", "*/*", "PUT", (people + hub).encode(), "text/turtle").status == 201
    return own


def test_things_of_one_day_are_listed_as_people_sort_names(named: Server) -> None:
    listed = re.findall(r'<a href="/page/[^"]*">(.*?)</a>', page(named, "/browse/Person"))
    assert [name for name in listed if name in NAMES] == NAMES
    assert len(listed) > len(NAMES)


def test_what_names_a_thing_is_listed_as_people_sort_names(named: Server) -> None:
    html = page(named, "/page/actor/x-hub").partition("Where it is named</h2>")[2]
    assert [plain(one) for one in re.findall(r"<li>(.*?)</li>", html)][:7] == NAMES


def test_how_long_a_page_is_stands_in_no_query() -> None:
    """It stands in `aidtrace.web.asked` alone, where pages and server both read it."""
    queries = [path.read_text("utf-8") for path in (ROOT / "queries" / "pages").glob("*.rq")]
    paged = [text for text in queries if "OFFSET" in text]
    assert len(paged) >= 2
    assert [text for text in paged if re.search(r"LIMIT\s+\d", text)] == []


def test_a_large_class_is_paged_without_an_order(own: Server) -> None:
    places = "\n".join(
        f"<https://w3id.org/aidtrace/id/place/p{number}> a <{AT('Place').value}> ." for number in range(20_001)
    )
    assert own.get("/graph/places", "*/*", "PUT", places.encode(), "text/turtle").status == 201
    first = page(own, "/browse/Place")
    assert ">20038 in all, too many to be sorted ·" in first
    assert "<details>" not in first
    later = page(own, re.findall(r'<a href="([^"]*)">later</a>', first)[0])
    pages = [{thing for _, thing in LISTED.findall(html)} for html in (first, later)]
    assert [len(one) for one in pages] == [50, 50]
    assert not pages[0] & pages[1]


def click(html: str, text: str) -> str:
    """Return the address of the link that says *text*."""
    found = [
        unescape(link) for link, said in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', html) if plain(said) == text
    ]
    assert found, text
    return found[0]


def test_an_agreement_says_what_flowed_under_it(server: Server) -> None:
    """3,450,000 dollars of July 1999, 165,000 of them in cash, paragraph 2."""
    html = page(server, "/page/agreement/1999-military-financial-aid")
    section = html.partition("What flowed under it</h2>")[2].partition("<h2")[0]
    rows = [
        [plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in section.split("<tr>")[2:]
    ]
    what = "Financial aid under the first agreement financial aid, delivered"
    assert rows == [[what, "3,450,000 USD", "165,000 USD", "1999-07", "military-financial-aid/2"]]
    assert html.index("What flowed under it") < html.index('id="said"')
    assert "What flowed under it" not in page(server, "/page/agreement/shusha-declaration")


def test_an_amount_that_is_not_exact_is_told_so_under_its_agreement(server: Server) -> None:
    """Paragraph 6: about 2,222,000 dollars, and no word of cash."""
    html = page(server, "/page/agreement/2004-military-financial-assistance")
    assert '<td class="number">about 2,222,000 USD</td><td class="number">not told</td>' in html


def test_what_is_computed_is_folded_away_below(server: Server) -> None:
    html = page(server, "/page/agreement/1999-military-financial-aid")
    said, computed = html.partition("<details>")[::2]
    assert {place for _, _, place in statements(computed.partition("</details>")[0])} == {"computed"}
    assert "computed" not in {place for _, _, place in statements(said)}


def test_a_citation_as_a_value_is_shown_as_it_is_printed(server: Server) -> None:
    values = {value for _, value, _ in statements(page(server, "/page/agreement/1999-military-financial-aid"))}
    assert "Veliyev, 2020, p.186" in values
    assert not any(value.startswith(("citation/", "passage/")) for value in values)


def test_an_answer_names_its_things_by_their_labels_and_dates_line_by_line(server: Server) -> None:
    html = page(server, "/queries/rival-dates")
    table = html.partition("<table>")[2].partition("</table>")[0]
    assert "2004-06<br>2004-06-22" in table
    assert " | " not in table
    asked = page(server, "/queries/agreements-before-doctrine-change")
    link = '<a href="/page/agreement/1992-military-training-cooperation">Military Training Cooperation Agreement</a>'
    assert link in asked
    heads = re.findall(r'<th scope="col">(.*?)</th>', asked)
    assert heads == ["change", "change date", "agreement", "date", "certainty"]
    csv = server.get("/queries/agreements-before-doctrine-change?format=csv").body.decode()
    assert csv.splitlines()[0] == "change,changeLabel,changeDate,agreement,label,date,certainty"


def test_the_page_of_a_question_asks_for_some_of_it(server: Server) -> None:
    html = page(server, "/queries/aid-flows")
    assert '<form action="/queries/aid-flows" method="get" class="options">' in html
    value = re.findall(r'<option value="([^"]+)">Financial aid under the first agreement</option>', html)[0]
    some = page(server, f"/queries/aid-flows?flow={value}")
    assert '<p class="aside">1 row</p>' in some
    assert f'<option value="{value}" selected>' in some
    assert f'href="/queries/aid-flows?flow={value.replace("/", "%2F")}&amp;format=csv"' in some


def test_without_imported_data_the_page_says_what_would_be_compared(server: Server) -> None:
    assert ">what other data sets say</a>" in page(server, AID)
    html = page(server, "/corroboration?fact=flow/1999-military-financial-aid")
    assert "UCDP External Support" in html
    assert html.count('rel="external"') == 19
    assert "aidtrace import SOURCE FILE" in html


def test_a_thing_leads_to_the_timeline_only_where_that_lists_it(server: Server) -> None:
    """Some events, such as ``event/export-growth``, are in no answer that the timeline is made of."""
    listed = set(re.findall(r'id="([^"]+)"', page(server, "/timeline")))
    things = [row["x"].partition("/id/")[2] for row in server.rows(f"SELECT ?x {{ ?x a <{AT('Event').value}> }}")]
    for thing in ("flow/1999-military-financial-aid", "event/export-growth", *things):
        linked = re.findall(r'href="/timeline#([^"]*)"', page(server, f"/page/{thing}"))
        assert linked == [anchor for anchor in [thing.replace("/", "-")] if anchor in listed], thing


@pytest.mark.parametrize("path", ["/trace", "/trace?of=H1"])
def test_links_within_the_tracing_lead_somewhere(server: Server, path: str) -> None:
    html = page(server, path)
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(re.findall(r'id="([^"]*)"', html))


def test_a_reader_finds_the_first_aid_agreement_from_the_home_page(server: Server) -> None:
    """Signed in July 1999, 3,450,000 dollars, 165,000 in cash, section on financial aid, paragraph 2: by four links."""
    home = page(server, "/")
    aid = page(server, click(home, "financial aid"))
    flow = page(server, click(aid, "Financial aid under the first agreement"))
    told = statements(flow)
    assert ("amount", "3,450,000 USD", "military-financial-aid/2") in told
    assert ("currency unit", "USD", "military-financial-aid/2") in told
    assert ("cash part", "165,000 USD", "military-financial-aid/2: Veliyev, 2020, p.186 (ambiguous)") in told
    agreement = page(server, click(flow, "First agreement on military financial aid"))
    assert ("signed on", "July 1999", "military-financial-aid/2") in statements(agreement)
    citation = page(server, click(flow, "Veliyev, 2020, p.186"))
    assert "Veliyev, C. (2020a)" in citation


def test_the_home_page_tells_a_question_with_its_answer(server: Server) -> None:
    home = page(server, "/")
    assert "<h2>Which agreements precede a doctrine change?</h2>" in home
    assert "Six agreements certainly precede the Western curriculum of 1997" in home
    assert '<a href="/browse/Agreement">agreement</a> <span class="aside">(36)</span>' in home


def test_dates_of_an_answer_are_words_and_keep_what_is_recorded(server: Server) -> None:
    html = page(server, "/queries/agreements-before-doctrine-change")
    assert '<td><span title="1992-01-24">24 January 1992</span></td>' in html
    assert "<td>1992-01-24</td>" not in html


def test_each_field_of_a_question_has_its_label_over_it(server: Server) -> None:
    html = page(server, "/queries/agreements-before-doctrine-change")
    for name in ("change", "agreement", "certainty"):
        assert re.search(rf'<p><label for="{name}">[^<]+</label><select id="{name}" name="{name}">', html)


def test_the_fact_that_no_data_set_speaks_of_is_named(server: Server) -> None:
    html = page(server, "/corroboration?fact=flow/1999-military-financial-aid")
    assert '<a href="/page/flow/1999-military-financial-aid"><bdi>Financial aid under the first agreement</bdi>' in html
    speaking = plain(html.partition("would be asked about such a thing:")[2].partition("</p>")[0])
    assert speaking == "UCDP External Support Dataset."


def test_the_questions_stand_under_their_topics(server: Server) -> None:
    html = page(server, "/queries")
    topics = dict(re.findall(r"<h2>([^<]+)</h2>\s*<ul class=\"questions\">(.*?)</ul>", html, re.DOTALL))
    assert 'href="/queries/aid-total"' in topics["Aid and sales"]
    assert 'href="/queries/rival-dates"' in topics["Discrepancies"]
    assert "Other" not in topics


def test_browsers_and_robots_find_what_they_look_for_without_being_told(server: Server) -> None:
    assert server.get("/robots.txt", "*/*").body == b"User-agent: *\nDisallow:\n"
    icon = server.get("/favicon.ico", "image/*")
    assert (icon.status, icon.headers["location"]) == (302, "/static/icon.svg")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_that_its_client_has_taken_whole_is_logged_as_done(server: Server, method: str) -> None:
    def logged() -> list[str]:
        time.sleep(1)  # lines are written now and then
        return [line for line in server.log.read_text("utf-8").splitlines() if f"{method} /about/method " in line]

    before = len(logged())
    for number in range(10):  # each over a connection of its own, which is closed at once
        assert server.get(f"/about/method?number={number}", "text/html", method).status == 200
    lines = logged()[before:]
    assert len(lines) == 10
    assert {line.rpartition(" - ")[2] for line in lines} == {"done"}


def test_a_page_is_dated_once(server: Server) -> None:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/about/method", headers={"Accept": "text/html"})
        assert len(connection.getresponse().msg.get_all("Date") or []) == 1

"""The page of the discrepancies: all of them, with the values side by side, and none settled."""

from __future__ import annotations

import re
from html import unescape

import pytest
from servers import Server

ID = "https://w3id.org/aidtrace/id/"


@pytest.fixture(scope="module")
def pages(server: Server) -> list[str]:
    """All pages, each reached from the one before."""
    found, link = list[str](), "/discrepancies"
    while link:
        answer = server.get(link, "text/html")
        assert answer.status == 200, answer.body
        found.append(answer.body.decode())
        link = next(map(unescape, re.findall(r'<a href="([^"]+)" rel="next">', found[-1])), "")
    return found


@pytest.fixture(scope="module")
def html(pages: list[str]) -> str:
    return "".join(pages)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def section(html: str, name: str) -> str:
    """Return what the page says of the discrepancy called *name*."""
    sections: list[str] = re.findall(r'<section class="discrepancy">(.*?)</section>', html, re.DOTALL)
    return next(one for one in sections if f'<h3><a href="/page/discrepancy/{name}">' in one)


def values(html: str, name: str) -> list[list[str]]:
    lines = re.findall(r"<tr>(.*?)</tr>", section(html, name), re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<td>(.*?)</td>", line, re.DOTALL)] for line in lines[1:]]


def kind(html: str, slug: str) -> str:
    """Return what the pages say of a kind, which may begin on one and end on the next."""
    return "".join(part.partition("<h2")[0] for part in html.split(f'<h2 id="{slug}">')[1:])


def test_every_discrepancy_is_there_with_its_note_and_paragraphs(server: Server, html: str) -> None:
    told = server.get("/queries/discrepancies?format=json").content["results"]["bindings"]
    assert len(told) > 100
    for row in told:
        name = row["discrepancy"]["value"].removeprefix(f"{ID}discrepancy/")
        found = plain(section(kind(html, row["kind"]["value"].replace(" ", "-")), name))
        assert row["note"]["value"] in found, name
        for paragraph in row["paragraph"]["value"].split(" | "):
            assert paragraph in found, name
        links = section(html, name)
        for thing in row["concerns"]["value"].split(" | "):
            assert f'href="/page/{thing.removeprefix(ID)}"' in links, name


KIND = re.compile(r'<li><a href="/discrepancies\?kind=([a-z-]+)"[^>]*>[^<]*</a> \((\d+)\)</li>')


def test_kinds_are_counted_and_each_is_a_link_away(server: Server, pages: list[str], html: str) -> None:
    counted = KIND.findall(pages[0])
    assert len(counted) == 14
    for slug, count in counted:
        assert kind(html, slug).count('<section class="discrepancy">') == int(count), slug
        alone = server.get(f"/discrepancies?kind={slug}", "text/html").body.decode()
        assert set(re.findall(r'<h2 id="([^"]+)">', alone)) == {slug}
        assert alone.count('<section class="discrepancy">') == min(int(count), 20)


def test_a_page_is_short_and_shows_no_discrepancy_twice(pages: list[str], html: str) -> None:
    """121 discrepancies, 20 a page."""
    assert [page.count('<section class="discrepancy">') for page in pages] == [20, 20, 20, 20, 20, 20, 1]
    names = re.findall(r'<h3><a href="/page/discrepancy/([^"]+)">', html)
    assert len(set(names)) == 121


@pytest.mark.parametrize(("start", "page"), [(5, 0), (19, 0), (20, 1), (25, 1)])
def test_an_address_within_a_page_shows_that_page_whole(
    server: Server, pages: list[str], start: int, page: int
) -> None:
    found = server.get(f"/discrepancies?from={start}", "text/html").body.decode()
    assert re.findall("<h3>.*</h3>", found) == re.findall("<h3>.*</h3>", pages[page])
    assert f"Page {page + 1} of 7" in plain(found)


def test_what_bears_on_the_conclusions_comes_before_what_is_only_cited(pages: list[str]) -> None:
    """Verdicts, counts of hypotheses and evidence; then facts, dates before names; then citations and entries."""
    order = [slug for slug, _ in KIND.findall(pages[0])]
    assert set(order[:3]) == {"verdict-clash", "count-mismatch", "evidence-order"}
    assert order.index("date-clash") < order.index("wording-ambiguity") < order.index("name-variants")
    assert set(order[-2:]) == {"citation-mismatch", "bibliography-error"}
    headings = [slug for page in pages for slug in re.findall(r'<h2 id="([^"]+)">', page)]
    assert list(dict.fromkeys(headings)) == order


@pytest.mark.parametrize(
    ("query", "said"),
    [("kind=none", "kind is 'none'; expected"), ("from=x", "from is 'x'"), ("from=-20", "from is '-20'")],
)
def test_a_kind_or_a_page_that_cannot_be_is_told(server: Server, query: str, said: str) -> None:
    answer = server.get(f"/discrepancies?{query}", "text/html")
    assert answer.status == 400
    assert said in unescape(answer.body.decode())


def test_behind_the_last_page_a_link_leads_back(server: Server) -> None:
    answer = server.get("/discrepancies?kind=date-clash&from=400", "text/html")
    assert answer.status == 200
    assert '<a href="/discrepancies?kind=date-clash">To the first page</a>' in answer.body.decode()


def test_rival_dates_stand_side_by_side_each_with_its_place(html: str) -> None:
    """The fourth agreement: June 2003 in the text, which cites two works; 25 July 2003 in the entry of the ministry."""
    agreement = "Fourth military agreement, on financial aid"
    assert values(html, "2003-agreement-date") == [
        [
            "June 2003",
            agreement,
            "military-financial-aid/5",
            "Ministry of Justice of the Republic of Azerbaijan, 2003 ; Musayev, 2011, p. 126",
        ],
        ["25 July 2003", agreement, "bibliography/MinistryofJusticeoftheRepublicofAzerbaijan2003", ""],
    ]


def test_neither_end_of_the_first_presidency_is_chosen(html: str) -> None:
    """Until June 1992 in paragraph 2 of the era of diplomacy, resigned on 6 March 1992 in paragraph 4."""
    found = {(row[0], row[2]) for row in values(html, "muttalibov-end")}
    assert found == {
        ("6 March 1992", "the-era-of-diplomatic-endeavors/4"),
        ("June 1992", "the-era-of-diplomatic-endeavors/2"),
    }


def test_a_total_stands_beside_its_items(html: str) -> None:
    """2010: ammunition, missiles, armoured vehicles, and a total of more than 300,000,000."""
    found = {row[0] for row in values(html, "2010-total-and-items")}
    assert found == {"1150000", "240000000", "23000000", "300000000"}


def test_a_discrepancy_without_a_property_has_no_values(html: str) -> None:
    assert values(html, "csce-osce") == []


def test_verdicts_of_text_and_table_stand_side_by_side(html: str) -> None:
    found = {(row[0], row[2]) for row in values(html, "h3-verdict")}
    assert ("Supported", "table-1/9") in found
    assert ("Partially supported", "evaluation-of-hypotheses-and-alternative-explanations/1") in found


@pytest.mark.parametrize(
    ("slug", "name", "told"),
    [
        ("date-clash", "rival-dates", "2004-06 | 2004-06-22"),
        ("citation-mismatch", "ambiguous-citations", "Veliyev, 2020, p.186"),
        ("citation-mismatch", "citations-with-wrong-year", "Walt, 1987"),
        ("citation-mismatch", "pages-outside-the-entry", "Hajimineh & Falahati, 2025, p.9"),
        ("phase-mismatch", "told-in-one-phase-dated-in-another", "1997-05-05"),
        ("verdict-clash", "verdicts-that-differ", "Inconclusive"),
    ],
)
def test_questions_about_the_same_stand_with_their_kind(html: str, slug: str, name: str, told: str) -> None:
    asked = re.findall(r"<details>(.*?)</details>", kind(html, slug), re.DOTALL)
    one = next(part for part in asked if f'href="/queries/{name}"' in part)
    assert told in plain(one)


def test_the_page_says_that_nothing_is_settled(html: str) -> None:
    assert "Nothing is settled here" in html


def test_links_of_the_page_lead_somewhere(server: Server, html: str) -> None:
    """A page of a thing is there where the graph says anything of it."""
    things = {f"/page/{row['x'].removeprefix(ID)}" for row in server.rows("SELECT DISTINCT ?x { ?x ?p ?o }")}
    found = {unescape(one) for one in re.findall(r'href="(/page/[^"]*)"', html)}
    assert len(found) > 200
    assert found <= things
    for link in sorted(set(re.findall(r'href="(/queries/[^"]*)"', html))):
        assert server.get(link, "text/html,*/*;q=0.8").status == 200, link


def test_the_files_of_a_kind_have_its_rows_alone(server: Server) -> None:
    html = server.get("/discrepancies?kind=verdict-clash", "text/html").body.decode()
    assert 'href="/discrepancies?kind=verdict-clash&amp;format=csv"' in html
    told = server.get("/discrepancies?kind=verdict-clash&format=json").content
    assert {row["kind"] for row in told} == {"verdict clash"}
    assert int(re.findall(r"verdict clash</a> \((\d+)\)", html)[0]) == len(told)
    everything = server.get("/discrepancies?format=csv").body.decode().splitlines()
    assert everything == server.get("/queries/discrepancies?format=csv").body.decode().splitlines()


def test_the_numbers_of_the_aid_agreements_stand_side_by_side(html: str) -> None:
    """Paragraphs 2, 3 and 5 of the section call them the first, the second and the fourth; none is the third."""
    assert {row[0] for row in values(html, "aid-agreement-numbering")} == {"1", "2", "4"}

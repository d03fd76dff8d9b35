"""The article paragraph by paragraph: what each tells and cites, and what its citations mean."""

from __future__ import annotations

import csv
import re
from html import unescape

import pytest
from conftest import ROOT
from servers import Server

AID = "/page/passage/military-financial-aid-2"
ID = "https://w3id.org/aidtrace/id/"


def page(server: Server, path: str) -> str:
    answer = server.get(path, "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_an_entry_of_the_bibliography_keeps_the_capitals_of_its_key(server: Server) -> None:
    assert "<p>Entry Musayev2011, begins" in page(server, "/sources/bibliography")
    assert "<p>Paragraph 1, begins" in page(server, "/sources/military-financial-aid")


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def rows(html: str) -> list[list[str]]:
    return [
        [plain(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.DOTALL)]
        for line in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def links(html: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="(/[^"#]*)', html)}


def passages() -> list[str]:
    with (ROOT / "data" / "article" / "passages.csv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_every_passage_is_reached_from_the_sources(server: Server) -> None:
    sections = {link for link in links(page(server, "/sources")) if link.startswith("/sources/")}
    found = set().union(*(links(page(server, link)) for link in sections))
    wanted = {f"/page/passage/{name.lower().replace('/', '-')}" for name in passages()}
    assert len(wanted) == 196
    assert wanted <= found


@pytest.mark.parametrize(
    ("name", "before", "behind"),
    [
        ("front-1", None, "front/2"),
        ("military-financial-aid-1", "military-training/8", "military-financial-aid/2"),
        ("table-1-1", "evaluation-of-hypotheses-and-alternative-explanations/4", "table-1/2"),
        ("conclusion-1", "table-2/4", "conclusion/2"),
        ("fn-3", "fn/2", None),
    ],
)
def test_a_paragraph_leads_to_its_neighbours_in_the_text(
    server: Server, name: str, before: str | None, behind: str | None
) -> None:
    """Tables come behind the section that they are part of, footnotes last of all."""
    html = page(server, f"/page/passage/{name}")
    found = [re.findall(rf'href="([^"]*)" rel="{rel}">(.*?)</a>', html) for rel in ("prev", "next")]
    wanted = [
        [(f"/page/passage/{one.replace('/', '-')}", text)] if one else []
        for one, text in ((before, f"← {before}"), (behind, f"{behind} →"))
    ]
    assert found == wanted


def test_a_paragraph_says_how_to_find_it_and_not_what_it_says(server: Server) -> None:
    """Military financial aid has six paragraphs; the second begins with a month and a year."""
    html = page(server, AID)
    assert "<h1>Military financial aid, paragraph 2</h1>" in html
    assert "paragraph 2, begins “ In July 1999, …”" in plain(html)
    assert '<a href="https://doi.org/10.47478/lectio.1780215" rel="external">' in html
    begun = re.findall("“ (.*?) …”", plain(page(server, "/sources/military-financial-aid")))
    assert [len(words.split()) for words in begun] == [3] * 6


def test_a_paragraph_tells_its_facts_with_dates_by_kind(server: Server) -> None:
    """The aid of July 1999 and its agreement; the attack boats have no date there."""
    html = page(server, AID).partition("<h2>What it tells</h2>")[2]
    kinds = {
        plain(kind): [plain(one) for one in re.findall(r"<li>(.*?)</li>", told)]
        for kind, told in re.findall(r"<div><h3>(.*?)</h3>\s*<ul>(.*?)</ul></div>", html, re.DOTALL)
    }
    assert kinds["agreement (1)"] == ["First agreement on military financial aid July 1999"]
    assert kinds["financial aid (1)"] == ["Financial aid under the first agreement July 1999"]
    assert kinds["goods aid (1)"] == ["Gift of attack boats"]
    assert "<h2>What is said of it</h2>" not in html


@pytest.mark.parametrize("path", [AID, "/sources/military-financial-aid"])
def test_the_citations_of_the_first_aid_lead_to_their_works(server: Server, path: str) -> None:
    """“Veliyev, 2020, p.186” may mean 2020a or 2020b; “Ekṣi, 2009, p. 102” has another letter in the entry."""
    found = {row[0]: row[1:] for row in rows(page(server, path)) if len(row) == 5}
    assert found["Veliyev, 2020, p.186"][:2] == ["ambiguous", "Veliyev2020a academic or Veliyev2020b press"]
    assert found["Ekṣi, 2009, p. 102"][:2] == ["spelling", "Eksi2009 academic"]
    assert "Financial aid under the first agreement" in found["Veliyev, 2020, p.186"][3]
    assert found["Ekṣi, 2009, p. 102"][3] == "Attack boats for the Caspian Sea Gift of attack boats"


def test_a_misfit_is_told_apart_from_the_resolution(server: Server) -> None:
    """Çetinkaya is cited for page 2 of an article on pages 15 to 40, but the work meant is plain."""
    found = {row[0]: row[1:] for row in rows(page(server, "/page/passage/the-era-of-diplomatic-endeavors-2"))}
    resolution, work, fit, _ = found["Çetinkaya, 2020, p. 2"]
    assert (resolution, work) == ("exact", "Cetinkaya2020 academic")
    assert fit.startswith("page misfit, period misfit")


def test_a_year_that_is_wrong_leads_to_the_entry_that_is_meant(server: Server) -> None:
    """Walt is cited with 1987 and listed with 1990; Tahir with 2008 and 2018; the gazette with 2019 and 2009."""
    found = [row for row in rows(page(server, "/sources?resolution=wrong+year")) if len(row) == 6]
    assert {(row[1], row[3].split()[0]) for row in found if row[2] == "wrong year"} == {
        ("Walt, 1987", "Walt1990"),
        ("Tahir (2008)", "Tahir2018"),
        ("Official Gazette, 2019", "OfficialGazette2009"),
    }


def test_all_ways_to_resolve_are_counted_those_too_that_do_not_occur(server: Server) -> None:
    html = page(server, "/sources")
    found = {plain(one) for one in re.findall(r"<li>(.*?)</li>", html.partition("<h2>The article")[0])}
    assert {"exact (100)", "spelling (7)", "wrong year (3)", "ambiguous (5)", "none (0)"} <= found
    assert "party (0)" in found
    assert "There is no citation that matches no work of the bibliography." in plain(html)
    assert "No citation is such." in page(server, "/sources?resolution=none")


def test_choices_hold_together_and_count_what_they_lead_to(server: Server) -> None:
    html = page(server, "/sources?resolution=ambiguous")
    for link, name, count in re.findall(
        r'<li><a href="(/sources\?[^"]*)">([^<]*)</a> \((\d+)\)</li>', html.partition("<h2>5 citations")[0]
    ):
        shown = page(server, unescape(link))
        assert len([row for row in rows(shown) if len(row) == 6]) - 1 == int(count), name
    both = page(server, "/sources?resolution=ambiguous&class=official")
    assert [row[1] for row in rows(both)[1:]] == ["Command of the Military Academies, 1993, p. 2"]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (
            "/sources?resolution=bad",
            400,
            "resolution is 'bad'; expected exact, spelling, wrong year, ambiguous or none",
        ),
        ("/sources?class=blog", 400, "class is 'blog'; expected official, academic, press or party"),
        ("/sources/nowhere", 404, "no section is called 'nowhere'; /sources lists them"),
    ],
)
def test_what_is_not_there_is_said(server: Server, path: str, status: int, told: str) -> None:
    answer = server.get(path)
    assert (answer.status, answer.content["detail"]) == (status, told)


def test_the_bibliography_tells_how_often_each_work_is_cited(server: Server) -> None:
    """Musayev and Yüce 2020 four times each; only one of the books of 1993 is ever cited with its letter."""
    html = page(server, "/sources")
    works = {row[0]: row for row in rows(html.partition('id="bibliography"')[2])[1:]}
    assert len(works) == 88
    assert [works[key][4] for key in ("Musayev2011", "Yuce2020", "Eksi2009")] == ["4", "4", "1"]
    text = plain(html)
    assert "Every work is cited, or may be." in text
    assert "Only by ambiguous citations: CommandoftheMilitaryAcademies1993a , YilmazO2024 , YilmazS2024 ." in text


def test_a_doi_is_a_link_only_where_it_leads_somewhere(server: Server) -> None:
    """That of Hajimineh is printed without a colon and a slash, that of Omelicheva without the number of its prefix."""
    html = page(server, "/sources")
    assert 'href="https://doi.org/10.1177/0022002716632300" rel="external"' in html  # Bell, as printed
    assert 'href="http//doi' not in html
    assert 'href="https://doi.org/2/' not in html
    entry = page(server, "/page/source/hajimineh2025")
    assert "DOI as printed, which leads nowhere: http//doi.org10.22059/JCEP.2025.378721.450231" in plain(entry)


def test_a_work_tells_where_it_is_cited_for_what(server: Server) -> None:
    """Yüce 2020: twice with page 153 of paragraphs 5 to 7 of the section on equipment, once more in 8."""
    html = page(server, "/page/source/yuce2020")
    found = [row for row in rows(html.partition("<h2>What is said of it")[0]) if len(row) == 6][1:]
    assert [(row[0].rpartition("/")[2], row[1]) for row in found] == [
        ("5", "Yüce, 2020, p. 153"),
        ("6", "Yüce, 2020, p. 153"),
        ("7", "Yüce, 2020, p. 153"),
        ("8", "Yüce, 2020"),
    ]
    assert "Cited 4 times." in plain(html)
    doubtful = plain(page(server, "/page/source/yilmazs2024"))
    assert "it is not settled here which is meant" in doubtful


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("abstract-1", "Abstract, paragraph 1"),
        ("front-1", "Front matter, piece 1"),
        ("fn-3", "Footnotes, footnote 3"),
        ("table-1-10", "Table 1: evaluation of the hypotheses, row 10"),
        ("bibliography-walt1990", "Bibliography, entry Walt1990"),
    ],
)
def test_every_kind_of_passage_has_its_name(server: Server, path: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in page(server, f"/page/passage/{path}")


def test_an_entry_of_the_bibliography_leads_to_its_work_and_its_facts(server: Server) -> None:
    """The strategic partnership is known from the entry of the minutes of 2011 alone."""
    html = page(server, "/page/passage/bibliography-minutebooksofthegnat2011")
    assert '<a href="/page/source/minutebooksofthegnat2011">Where it is cited</a>' in html
    assert "Agreement on Strategic Partnership and Mutual Assistance" in plain(html)


def test_all_that_names_a_passage_is_still_listed(server: Server) -> None:
    link = next(unescape(one) for one in re.findall(r'href="([^"]*by=[^"]*attestedIn[^"]*)"', page(server, AID)))
    listed = page(server, link.partition("#")[0])
    assert '<a href="/page/flow/1999-attack-boats">' in listed
    assert "<h2>What it tells</h2>" not in listed


def test_pages_stay_short_enough_to_read(server: Server) -> None:
    for link in sorted(one for one in links(page(server, "/sources")) if one.startswith("/sources")):
        assert len(page(server, link)) < 150_000, link


def test_links_of_the_pages_lead_somewhere(server: Server) -> None:
    """A page of a thing is there where the graph says anything of it."""
    paths = ("/sources", "/sources/military-financial-aid", "/sources/bibliography", "/page/passage/table-1-2")
    found = set().union(*(links(page(server, path)) for path in paths))
    things = {f"/page/{row['x'].removeprefix(ID)}" for row in server.rows("SELECT DISTINCT ?x { ?x ?p ?o }")}
    named = {link for link in found if link.startswith("/page/") and "?" not in link}
    assert len(named) > 300
    assert named <= things
    for link in sorted(one for one in found if one.startswith(("/sources", "/queries"))):
        assert server.get(link, "text/html,*/*;q=0.8").status == 200, link

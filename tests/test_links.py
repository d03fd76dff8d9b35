"""Every link and every name of ours leads somewhere: a person to a page, a program to what the endpoint says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

import pytest
from pyoxigraph import RdfFormat, parse
from servers import Server

from aidtrace.namespaces import ID

pytestmark = pytest.mark.usefixtures("site")

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
DOCUMENTS = {"/.well-known/void", "/.well-known/sparql-examples"}
"""What these name is told in the document alone, of which the page for people shows a part."""

PICTURES = {"/static/icon.svg"}
"""What is no page: the logo of the ontology."""

BASE = "https://w3id.org/aidtrace/"


@pytest.fixture(scope="module")
def names(server: Server) -> list[str]:
    """Every IRI of ours that the graph names, as a subject or as an object."""
    patterns = ("?name ?p ?o", "?s ?p ?name", "?s ?name ?o")
    ours = f'FILTER (isIRI(?name) && STRSTARTS(STR(?name), "{BASE}"))'
    found = [server.rows(f"SELECT DISTINCT ?name {{ {pattern} {ours} }}") for pattern in patterns]
    return sorted({row["name"] for rows in found for row in rows})


@dataclass(frozen=True)
class Page:
    """What a crawl found under a path: the status, the places on the page, and the links to a place on some page."""

    status: int
    places: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[str, Page]:
    """Follow every link that has no parameters, from the home page on."""
    found, waiting = dict[str, Page](), {"/"}
    while waiting:
        path = waiting.pop()
        found[path], links = visited(server, path)
        waiting |= links - found.keys()
    return found


@pytest.fixture(scope="module")
def crawled(pages: dict[str, Page]) -> dict[str, int]:
    """The status of each path."""
    return {path: page.status for path, page in pages.items()}


def visited(server: Server, path: str) -> tuple[Page, set[str]]:
    """Return what is found under *path*, and the paths that it leads to."""
    answer = server.get(path, BROWSER)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        where = answer.headers.get("location", "")
        return Page(answer.status, links=frozenset({where} if "#" in where else ())), set()
    html = re.sub(r'<form[^>]* method="post"[^>]*>', "", answer.body.decode())  # nobody goes where that leads
    links = {unescape(link) for link in re.findall(r'\s(?:href|src|action)="([/#][^"]*)"', html)}
    exact = {urljoin(path, link) for link in links if "#" in link}
    places = frozenset(unescape(one) for one in re.findall(r'\bid="([^"]+)"', html))
    return Page(answer.status, places, frozenset(exact)), {link for link in links if not {"#", "?"} & {*link}}


def path(name: str) -> str:
    """Return the path at which this server answers for *name*: what a browser sends, so no fragment."""
    return "/" + quote(name.removeprefix(BASE).partition("#")[0])


def follow(server: Server, where: str, accept: str) -> tuple[int, str, bytes]:
    answer = server.get(where, accept)
    for _ in range(3):
        if answer.status not in (301, 302, 303, 307, 308):
            break
        answer = server.get(answer.headers["location"], accept)
    return answer.status, answer.headers.get("content-type", ""), answer.body


def test_every_link_of_the_site_leads_somewhere(crawled: dict[str, int]) -> None:
    assert {path: status for path, status in crawled.items() if status not in (200, 303)} == {}
    assert len(crawled) > 1500


def test_every_link_to_a_place_on_a_page_leads_to_that_place(server: Server, pages: dict[str, Page]) -> None:
    """Of pages with parameters, which are many and alike, one of each kind is asked for."""
    links = {link: path for path, page in pages.items() for link in page.links}
    assert len(links) > 5000
    alike = {(_kind(link) if "?" in link else link): link for link in sorted(links)}
    lost = {}
    for link in alike.values():
        where, _, place = link.partition("#")
        page = pages.get(where) or visited(server, where)[0]
        if unquote(place) not in page.places:
            lost[link] = links[link]
    assert lost == {}


def _kind(link: str) -> tuple[str, ...]:
    """Return the part of the site that *link* leads to, its parameters without their values, and its place."""
    address = urlsplit(link)
    return address.path.split("/")[1], *(name for name, _ in parse_qsl(address.query)), address.fragment


def test_every_name_leads_a_person_to_a_page(server: Server, names: list[str], crawled: dict[str, int]) -> None:
    paths = {path(name) for name in names} - DOCUMENTS - PICTURES
    assert len(paths) > 1500
    lost = {}
    for one in sorted(paths):
        answer = server.get(one, BROWSER)
        where = answer.headers["location"] if answer.status == 303 else one
        if crawled.get(where) != 200:
            status, kind, _ = follow(server, where, BROWSER)
            if status != 200 or not kind.startswith("text/html"):
                lost[one] = (status, kind)
    assert lost == {}


def test_a_term_has_a_place_of_its_own_on_its_page(server: Server, names: list[str]) -> None:
    terms = [name for name in names if "#" in name and path(name) not in DOCUMENTS]
    pages = {one: follow(server, one, "text/html")[2].decode() for one in {path(name) for name in terms}}
    anchors = {one: set(re.findall(r'id="([^"]+)"', html)) for one, html in pages.items()}
    assert [name for name in terms if name.partition("#")[2] not in anchors[path(name)] and name[-1] != "#"] == []


def test_every_name_leads_a_program_to_what_describe_gives(server: Server, names: list[str]) -> None:
    things = [name for name in names if name.startswith(ID.iri)]
    assert len(things) > 1400
    other = {}
    for name in things:
        status, kind, body = follow(server, path(name), "text/turtle")
        if status != 200 or not kind.startswith("text/turtle"):
            other[name] = f"{status} {kind}"
            continue
        described = server.ask(f"DESCRIBE <{name}>", "application/n-triples").body
        if set(parse(body, RdfFormat.TURTLE)) != set(parse(described, RdfFormat.N_TRIPLES)):
            other[name] = "other triples"
    assert other == {}

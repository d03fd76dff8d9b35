"""Every link and every name of ours leads somewhere: a person to a page, a program to what the endpoint says of it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from pyoxigraph import RdfFormat, parse
from servers import Server

from aidtrace.namespaces import ID

pytestmark = pytest.mark.usefixtures("site")

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
DOCUMENTS = {"/.well-known/void", "/.well-known/sparql-examples"}
"""What these name is told in the document alone, which a browser shows as text."""

BASE = "https://w3id.org/aidtrace/"


@pytest.fixture(scope="module")
def names(server: Server) -> list[str]:
    """Every IRI of ours that the graph names, as a subject or as an object."""
    patterns = ("?name ?p ?o", "?s ?p ?name", "?s ?name ?o")
    ours = f'FILTER (isIRI(?name) && STRSTARTS(STR(?name), "{BASE}"))'
    found = [server.rows(f"SELECT DISTINCT ?name {{ {pattern} {ours} }}") for pattern in patterns]
    return sorted({row["name"] for rows in found for row in rows})


@pytest.fixture(scope="module")
def crawled(server: Server) -> dict[str, int]:
    """Follow every link that has no parameters from the home page on; return the status of each path."""
    found, waiting = dict[str, int](), {"/"}
    while waiting:
        path = waiting.pop()
        answer = server.get(path, BROWSER)
        found[path] = answer.status
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = re.findall(r'(?:href|src|action)="(/[^"#?]*)"', answer.body.decode())
            waiting |= {unescape(link) for link in links} - found.keys()
    return found


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


def test_every_name_leads_a_person_to_a_page(server: Server, names: list[str], crawled: dict[str, int]) -> None:
    paths = {path(name) for name in names} - DOCUMENTS
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

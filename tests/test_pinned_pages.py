"""The page of a thing as of a revision: it shows what was said then, says so, and its links stay there."""

import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from servers import TOKEN, Server, running

NAME = "event/pinned-parade"
PUT = """PREFIX at: <https://w3id.org/aidtrace/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
DELETE WHERE { GRAPH <urn:notes> { ?s ?p ?o } } ;
INSERT DATA { GRAPH <urn:notes> {
    <https://w3id.org/aidtrace/id/event/pinned-parade> a at:Event ; rdfs:label "%s"@en ;
        at:place <https://w3id.org/aidtrace/id/place/baku> , <https://w3id.org/aidtrace/id/place/%s> .
} }"""


class Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("pinned") / "store"), "--no-gate", token=TOKEN) as one:
        yield one


@pytest.fixture(scope="module")
def before(server: Server) -> str:
    """The revision in which the parade was a rehearsal; in the next it is the parade."""
    assert server.update(PUT % ("The rehearsal", "ankara")).status == 204
    revision: str = server.get("/health").content["revision"]
    assert server.update(PUT % ("The parade", "nakhchivan")).status == 204
    return revision


def page(server: Server, path: str) -> str:
    answer = server.get(path, "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_a_pinned_page_shows_what_was_said_then_and_says_so(server: Server, before: str) -> None:
    then, now = page(server, f"/page/{NAME}?revision={before}"), page(server, f"/page/{NAME}")
    assert "<bdi>The rehearsal</bdi></h1>" in then
    assert "The parade" not in then
    assert f"This page is as of revision <code>{before}</code>" in then
    assert f'<a href="/id/{NAME}">The page as it is now</a>' in then
    assert "<bdi>The parade</bdi></h1>" in now
    assert "This page is as of revision" not in now
    assert server.get(f"/page/{NAME}?revision={before}", "text/html").headers["aidtrace-revision"] == before


def test_its_links_to_things_stay_in_the_revision(server: Server, before: str) -> None:
    links = Links(page(server, f"/page/{NAME}?revision={before}")).found
    to_things = [link for link in links if link.startswith("/page/")]
    assert "/page/place/ankara" in {link.partition("?")[0] for link in to_things}
    assert all(re.search(rf"[?&]revision={re.escape(before)}(#|$)", link) for link in to_things)
    for link in to_things:
        answer = server.get(link.partition("#")[0], "text/html")
        assert (answer.status, answer.headers["aidtrace-revision"]) == (200, before)
    assert not [link for link in Links(page(server, f"/page/{NAME}")).found if "revision=" in link]


@pytest.mark.parametrize(
    "name", ["passage/military-financial-aid-2", "source/musayev2011", "agreement/shusha-declaration"]
)
def test_pages_of_their_own_kind_can_be_pinned(server: Server, before: str, name: str) -> None:
    then = page(server, f"/page/{name}?revision={before}")
    assert f"This page is as of revision <code>{before}</code>" in then
    assert all("revision=" in link for link in Links(then).found if link.startswith("/page/"))


def test_the_data_behind_the_page_are_of_the_revision_too(server: Server, before: str) -> None:
    pinned = Links(page(server, f"/page/{NAME}?revision={before}")).found
    [turtle] = {link for link in pinned if link.startswith(f"/page/{NAME}?format=turtle")}
    text = server.get(turtle).body.decode()
    assert "The rehearsal" in text
    assert "The parade" not in text


def test_what_was_not_there_yet_is_not_found_there(server: Server, before: str) -> None:
    answer = server.get(f"/page/place/nowhere?revision={before}", "text/html")
    assert answer.status == 404
    unknown = server.get(f"/page/{NAME}?revision=1-nothing", "text/html")
    assert unknown.status in (404, 410)
    assert "1-nothing" in unknown.body.decode()
    assert server.get(f"/page/{NAME}?revision=%3Cb%3E", "text/html").status == 404


def test_a_query_is_answered_over_a_pinned_revision(server: Server, before: str) -> None:
    query = (
        f"SELECT ?label {{ <https://w3id.org/aidtrace/id/{NAME}> <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
    )
    assert server.rows(query, revision=before) == [{"label": "The rehearsal"}]
    assert server.rows(query) == [{"label": "The parade"}]


def test_a_page_of_several_queries_is_of_one_revision_while_others_write(server: Server) -> None:
    numbered = """PREFIX at: <https://w3id.org/aidtrace/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX event: <https://w3id.org/aidtrace/id/event/> PREFIX place: <https://w3id.org/aidtrace/id/place/>
    DELETE WHERE { GRAPH <urn:busy> { ?s ?p ?o } } ;
    INSERT DATA { GRAPH <urn:busy> {
        event:busy a at:Event ; rdfs:label "Drill %(n)d"@en ; at:place place:busy .
        place:busy a at:Place ; rdfs:label "Ground %(n)d"@en .
    } }"""
    seen, done = set[tuple[str, ...]](), threading.Event()

    def read() -> None:
        while not done.is_set():
            text = page(server, "/browse/Event?place=place/busy")
            seen.add(tuple(number for name in ("Drill", "Ground") for number in re.findall(rf"{name} ([0-9]+)", text)))

    assert server.update(numbered % {"n": 0}).status == 204
    reading = threading.Thread(target=read)
    reading.start()
    for n in range(1, 40):
        assert server.update(numbered % {"n": n}).status == 204
    done.set()
    reading.join()
    assert len(seen) > 5
    assert all(len(set(numbers)) == 1 for numbers in seen), seen

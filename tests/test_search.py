"""Search finds things by names in any alphabet, by identifiers and by words of texts, the likeliest first."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, EDTF, GRAPH, ID, RDFS, SKOS
from aidtrace.searching import Found, build, nearest, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        wait(one)
        yield one


def wait(server: Server) -> None:
    """Wait for the index of the revision that is served; no answer that is kept will do."""
    end = time.monotonic() + 30
    while server.get(f"/search?q=a+{next(_ASKED)}").status == 503:
        assert time.monotonic() < end, "no index was built"
        time.sleep(0.05)


def results(server: Server, text: str) -> list[str]:
    answer = server.get(f"/search?q={quote(text)}", "application/json")
    assert answer.status == 200, answer.body
    return [one["name"] for one in answer.content["results"]]


def index(place: Path, quads: Iterable[Quad]) -> Path:
    folder = place / "revisions" / "1-a"
    folder.parent.mkdir(parents=True)
    store = Store(str(folder))
    for quad in quads:
        store.extend([quad, Quad(quad.subject, quad.predicate, quad.object)])
    store.flush()
    del store
    return build(folder, union=True)


def named(thing: str, label: str, language: str = "en", verb: NamedNode | None = None) -> Quad:
    return Quad(NamedNode(ID.iri + thing), verb or RDFS("label"), Literal(label, language=language), GRAPH("article"))


_ASKED = count()
FOUND = {
    "turkiye": "actor/turkiye",
    "TÜRKİYE": "actor/turkiye",
    "Azərbaycan": "actor/azerbaijan",
    "azerbaycan": "actor/azerbaijan",
    "Şuşa": "place/shusha",
    "Шуша": "place/shusha",
    "shusha decl": "agreement/shusha-declaration",
    "declaration shusha": "agreement/shusha-declaration",
    "first agreement military financial": "agreement/1999-military-financial-aid",
    "cow:640": "identifier/cow-640",
    "Elçibey": "actor/ebulfez-elchibey",
}


@pytest.mark.parametrize("text", FOUND)
def test_a_name_as_somebody_would_type_it_is_found_first(server: Server, text: str) -> None:
    assert results(server, text)[0] == FOUND[text]


AID = "flow/1999-military-financial-aid"


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("financial aid 1999", AID),
        ("Türkiye first financial aid", AID),
        ("3,450,000", AID),
        ("3450000", AID),
        ("3 450 000 USD", AID),
        ("military financial aid July 1999", "agreement/1999-military-financial-aid"),
        ("Azerbaijan treaty 1992", "agreement/1992-friendship-cooperation-good-neighborliness"),
    ],
)
def test_words_that_a_thing_has_in_its_name_date_amount_and_parties_find_it(
    server: Server, text: str, thing: str
) -> None:
    assert thing in results(server, text)[:5]


def test_all_flows_of_aid_from_turkey_are_found_by_its_other_name(server: Server) -> None:
    """Five of financial aid and three gifts of goods, all from Türkiye."""
    aid = "?x a ?kind VALUES ?kind { at:FinancialAid at:GoodsAid }"
    flows = {row["x"].removeprefix(ID.iri) for row in server.rows(f"PREFIX at: <{AT.iri}> SELECT ?x {{ {aid} }}")}
    assert len(flows) == 8
    assert flows <= set(results(server, "Turkey aid"))


def test_names_come_before_what_is_gathered_and_facts_before_what_is_said_of_them(tmp_path: Path) -> None:
    things = ("factor/named", "agreement/named", "factor/told", "agreement/told")
    labels = ("Norland", "Norland and Sudria", "Pact", "Pact of two neighbours")
    quads = [named(thing, label) for thing, label in zip(things, labels, strict=True)]
    for thing in things:
        about = NamedNode(ID.iri + thing)
        quads += [
            Quad(about, AT("attestedIn"), NamedNode(f"{ID.iri}passage/p"), GRAPH("inferred")),
            Quad(about, AT("party"), NamedNode(f"{ID.iri}a/1"), GRAPH("article")),
        ]
    quads.append(named("a/1", "Nordic Norland", "en", SKOS("altLabel")))
    found = [one.thing for one in search(index(tmp_path, quads), "norland", 10)]
    assert found == ["a/1", "agreement/named", "factor/named", "agreement/told", "factor/told"]


def test_a_hit_says_what_it_is_and_when_and_its_label_once(server: Server) -> None:
    found = {one["name"]: one for one in server.get("/search?q=first+military+financial").content["results"]}
    one = found["agreement/1999-military-financial-aid"]
    assert (one["kind"], one["date"]) == ("agreement", "1999-07")
    html = server.get("/search?q=first+military+financial", "text/html").body.decode()
    assert '<span class="aside">agreement, <span title="1999-07">July 1999</span></span>' in html
    for one in server.get("/search?q=Veliyev").content["results"]:
        assert one["label"] != one.get("matched"), one


@pytest.mark.parametrize("text", ["", " ", "-", "...", "—", "''", "?!", "_", "&"])
def test_what_has_no_letters_finds_nothing(server: Server, text: str) -> None:
    assert results(server, text) == []


def test_only_what_a_passage_tells_of_is_gathered(tmp_path: Path) -> None:
    year = Literal("1999", datatype=EDTF("EDTF"))
    told, untold = (Quad(NamedNode(f"{ID.iri}a/{one}"), AT("onDate"), year, GRAPH("article")) for one in (1, 2))
    passage = Quad(NamedNode(f"{ID.iri}a/1"), AT("attestedIn"), NamedNode(f"{ID.iri}passage/p"), GRAPH("inferred"))
    quads = [named("a/1", "Norland"), named("a/2", "Norland"), told, untold, passage]
    assert search(index(tmp_path, quads), "norland 1999", 10) == [Found("a/1", "Norland", "")]


def test_an_identifier_leads_to_whom_it_identifies(server: Server) -> None:
    assert "actor/turkiye" in results(server, "cow:640")


def test_words_of_a_text_are_found_and_shown(server: Server) -> None:
    found = server.get("/search?q=parade+new+drones").content["results"]
    assert [one["matched"] for one in found] == ["A parade with new drones."]


def test_names_come_before_texts_and_short_ones_first(tmp_path: Path) -> None:
    quads = [
        named("a/3", "Norland and its neighbours"),
        named("a/2", "Norland"),
        named("a/1", "Sudria"),
        Quad(NamedNode(f"{ID.iri}a/1"), SKOS("note"), Literal("Norland's neighbour"), GRAPH("article")),
    ]
    assert search(index(tmp_path, quads), "norland", 10) == [
        Found("a/2", "Norland", ""),
        Found("a/3", "Norland and its neighbours", ""),
        Found("a/1", "Sudria", "Norland's neighbour"),
    ]


def test_the_label_is_shown_where_another_name_matched(tmp_path: Path) -> None:
    quads = [named("a/1", "Norland"), named("a/1", "Nordurland", "is", SKOS("altLabel"))]
    path = index(tmp_path, quads)
    assert search(path, "nordurl", 10) == [Found("a/1", "Norland", "Nordurland")]
    assert search(path, "nordurl", 10, names_only=True) == [Found("a/1", "Norland", "Nordurland")]


def test_texts_of_data_sets_are_not_searched_but_their_names_are(tmp_path: Path) -> None:
    graph = GRAPH("dataset/x")
    quads = [
        Quad(NamedNode(f"{ID.iri}coding/1"), RDFS("label"), Literal("Event 1", language="en"), graph),
        Quad(NamedNode(f"{ID.iri}coding/1"), SKOS("note"), Literal("hidden"), graph),
    ]
    path = index(tmp_path, quads)
    assert [one.thing for one in search(path, "event", 10)] == ["coding/1"]
    assert search(path, "hidden", 10) == []


@pytest.mark.parametrize(
    "text", ["", "   ", "''", '"', "*", "a OR b", "NEAR(a b)", "folded:a", "-a", "(", "\x00", "😀"]
)
def test_whatever_is_typed_is_only_words(server: Server, text: str) -> None:
    assert server.get(f"/search?q={quote(text)}").status == 200
    assert server.get(f"/search?q={quote(text)}", "text/html").status == 200


def test_a_text_that_is_too_long_is_400(server: Server) -> None:
    answer = server.get(f"/search?q={'a' * 201}")
    assert (answer.status, answer.content["detail"]) == (400, "q has 201 characters; expected at most 200")


def test_suggestions_are_those_of_opensearch(server: Server) -> None:
    answer = server.get("/search/suggest?q=azerb")
    assert answer.headers["content-type"].startswith("application/x-suggestions+json")
    text, labels, _, links = answer.content
    assert (text, labels[0]) == ("azerb", "Azerbaijan")
    assert links[0] == f"http://127.0.0.1:{server.port}/page/actor/azerbaijan"
    assert len(labels) == len(links) <= 10


def test_the_page_lists_what_is_found_with_links(server: Server) -> None:
    html = server.get("/search?q=shusha", "text/html").body.decode()
    assert '<a href="/page/place/shusha"><bdi>Shusha</bdi></a>' in html
    assert 'value="shusha"' in html


def test_what_is_written_can_be_found_soon(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--no-gate", token=TOKEN) as own:
        wait(own)
        label = f'<{ID.iri}actor/new> <{RDFS("label").value}> "Newly made"@en'
        assert own.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {label} }} }}").status == 204
        wait(own)
        assert results(own, "newly") == ["actor/new"]
        for _ in range(2):
            assert own.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> <urn:c> } }").status == 204
            wait(own)
        kept = {path.stem.split("-")[0] for path in (tmp_path / "s" / "search").glob("*.sqlite")}
        assert kept == {"3", "4"}  # the newest, and the one that a server beside may still read


def test_an_index_that_is_lost_or_damaged_is_built_again(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s")) as own:
        wait(own)
        (path,) = (tmp_path / "s" / "search").glob("*.sqlite")
        path.unlink()
        answer = own.get("/search?q=a+b+c")  # waits a moment, in which it is built where the machine is not busy
        assert answer.status == 200 or answer.content["detail"] == "the index of this revision is being built"
        wait(own)
        path.write_bytes(b"no index at all" * 1000)
        answer = own.get("/search?q=d+e+f")
        assert answer.status == 503
        assert "the index is damaged" in answer.content["detail"]
        assert "retry-after" in answer.headers
        wait(own)
        assert results(own, "turkiye")[0] == "actor/turkiye"


def test_where_no_index_can_be_made_the_answer_says_why(cache: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    store.mkdir()
    (store / "search").write_text("a file in its place")
    with running(cache, "--store", str(store)) as own:
        end = time.monotonic() + 30
        while (answer := own.get("/search?q=a")).content["title"] == "No index yet" and time.monotonic() < end:
            time.sleep(0.05)
        expected = (
            f"there is no index to search: {store / 'search'}: file exists; expected a folder that can be written"
        )
        assert (answer.status, answer.content["detail"]) == (503, expected)
        assert own.get("/page/actor/turkiye", "text/html").status == 200


def test_two_that_build_at_once_leave_one_whole_index(tmp_path: Path) -> None:
    path = index(tmp_path, [named(f"a/{number}", f"Norland {number}") for number in range(3000)])
    path.unlink()
    command = [
        sys.executable,
        "-m",
        "aidtrace.server.processes.builder",
        "search",
        str(tmp_path / "revisions" / "1-a"),
        "union",
    ]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [(b"", 0), (b"", 0)]
    assert search(path, "norland 2999", 10) == [Found("a/2999", "Norland 2999", "")]


def test_with_a_default_graph_of_its_own_both_it_and_the_named_ones_are_found(cache: Path) -> None:
    with running(cache, "--empty", token=TOKEN) as own:
        thing, rdfs = f"<{ID.iri}actor/n>", f"<{RDFS('label').value}>"
        inserted = f'GRAPH <urn:g> {{ {thing} {rdfs} "Norland"@en }} {thing} <urn:note> "hello note"'
        assert own.update(f"INSERT DATA {{ {inserted} }}").status == 204
        wait(own)
        for text in ("norland", "hello"):
            assert own.get(f"/search?q={text}").content["results"][0]["label"] == "Norland"


QUESTIONS = {
    "when was the first financial aid agreement signed": ("agreement/1999-military-financial-aid", ["signed"]),
    "shusha declaration zzz": ("agreement/shusha-declaration", ["zzz"]),
}


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_has_most_of_the_words_is_found_where_nothing_has_all(server: Server, text: str) -> None:
    thing, lacks = QUESTIONS[text]
    told = server.get(f"/search?q={quote(text)}").content
    assert told["partial"] is True
    assert thing in [one["name"] for one in told["results"][:3]]
    assert next(one for one in told["results"] if one["name"] == thing)["lacks"] == lacks
    html = server.get(f"/search?q={quote(text)}", "text/html").body.decode()
    assert "No name has all of these words; these have some." in html


def test_a_search_that_is_met_whole_is_not_partial(server: Server) -> None:
    told = server.get("/search?q=financial+aid+1999").content
    assert told["partial"] is False
    assert not [one for one in told["results"] if "lacks" in one]


def test_of_words_that_are_never_together_half_is_enough_and_less_is_not(tmp_path: Path) -> None:
    path = index(tmp_path, [named("a/1", "Norland"), named("a/2", "Sudria and Norland"), named("a/3", "Westland")])
    assert nearest(path, "norland zzz", 9) == [
        Found("a/1", "Norland", "", lacks=("zzz",)),
        Found("a/2", "Sudria and Norland", "", lacks=("zzz",)),
    ]
    assert [one.thing for one in nearest(path, "the norland of sudria westland", 9)] == ["a/2"]
    assert nearest(path, "norland yyy zzz", 9) == []
    assert nearest(path, "zzz", 9) == []
    assert nearest(path, "of the", 9) == []


def test_suggestions_have_all_words(server: Server) -> None:
    assert server.get("/search/suggest?q=shusha+zzz").content[1] == []


def test_the_azerbaijani_q_is_found_where_others_write_k(server: Server) -> None:
    assert results(server, "Qarabağ")[:2] == ["place/karabakh", "place/nagorno-karabakh"]


def test_a_page_of_nothing_leads_on(server: Server) -> None:
    html = server.get("/search?q=zzzz", "text/html").body.decode().partition("<main")[2].partition("</main>")[0]
    assert 'href="/browse"' in html
    assert 'href="/queries"' in html

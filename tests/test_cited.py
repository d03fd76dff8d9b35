"""Cited queries: a record with a digest, its page, and what it says when the data have changed."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from servers import FORM, TOKEN, Answer, Server, running

from aidtrace.cited import HOURLY, LARGEST, ROOM, Asked, Cited, NoRoomError, Shelf
from aidtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Run

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
JSON = "application/json"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
NUMBERS = "SELECT ?n { VALUES ?n { 2 1 } }"
HERE = "SELECT ?s ?o { ?s <urn:seen> ?o }"
SLOW = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?d{n} {{ 0 1 2 3 4 5 6 7 8 9 }}' for n in range(10))} }}"
ONE = Cited(Asked(NUMBERS), "7-00000000", "0.1.0", "table", 2, "ab" * 32, ("1" * 16, "2" * 16), date(2026, 11, 30))


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the records of `own`."""
    return tmp_path_factory.mktemp("own") / "s" / "cited"


@pytest.fixture(scope="module")
def own(cache: Path, kept: Path) -> Iterator[Server]:
    with running(cache, "--store", str(kept.parent), "--no-gate", token=TOKEN) as one:
        yield one


def cite(server: Server, accept: str = "*/*", **fields: str) -> Answer:
    return server.get("/q", accept, "POST", urlencode(fields).encode(), FORM)


def cited(server: Server, **fields: str) -> str:
    answer = cite(server, **fields)
    assert answer.status == 303, answer.body
    return answer.headers["location"]


def told(server: Server, path: str) -> dict[str, Any]:
    answer = server.get(path, JSON)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.content
    return found


def shown(server: Server, path: str) -> str:
    answer = server.get(path, BROWSER)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), answer.body
    return unescape(answer.body.decode())


def test_the_digest_is_of_the_sorted_rows_as_the_docs_say(server: Server) -> None:
    lines = ["table\tn", f'"1"^^<{INTEGER}>', f'"2"^^<{INTEGER}>']
    found = told(server, cited(server, query=NUMBERS))
    assert found["sha256"] == sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert (found["kind"], found["rows"], found["query"]) == ("table", 2, NUMBERS)
    assert found["today"] == {
        "revision": found["revision"],
        "rows": 2,
        "sha256": found["sha256"],
        "same": True,
        "new": {"count": 0, "first": []},
        "gone": {"count": 0, "first": []},
    }


def test_the_same_citation_has_the_same_address_and_another_one_another(server: Server) -> None:
    lines = "SELECT ?n\n{ VALUES ?n { 2 1 } }"
    assert cited(server, query=lines) == cited(server, query=lines.replace("\n", "\r\n") + "\r\n")
    assert len({cited(server, query=one) for one in (lines, NUMBERS, "ASK {}", "CONSTRUCT { ?s ?p 1 } { }")}) == 4
    given = {"question": "agreements-before-doctrine-change", "certainty": "possible"}
    assert cited(server, **given) == cited(server, **given, change="")
    assert cited(server, **given) != cited(server, question=given["question"])


def test_a_question_is_cited_with_its_parameters_and_its_rows(server: Server) -> None:
    """Two agreements of 1997 may precede the change of the curriculum."""
    name, event = "agreements-before-doctrine-change", "event/western-curriculum-adoption"
    path = cited(server, question=name, change=event, certainty="possible")
    found = told(server, path)
    assert (found["question"], found["parameters"]) == (name, {"change": event, "certainty": "possible"})
    assert found["rows"] == 2
    html = shown(server, path)
    assert "the answer is the one that is cited" in html
    assert f"/queries/{name}?" in html
    assert cite(server, question=name, change="event/none").status == 400
    assert cite(server, question="none").status == 404


def test_a_truth_and_a_graph_are_cited_too(server: Server) -> None:
    truth, graph = (told(server, cited(server, query=one)) for one in ("ASK {}", "CONSTRUCT { <urn:a> <urn:b> 1 } {}"))
    assert (truth["kind"], truth["sha256"]) == ("truth", sha256(b"truth\ntrue\n").hexdigest())
    assert (graph["kind"], graph["rows"]) == ("graph", 1)


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [
        ("text", "text/plain", "aidtrace. “A SPARQL query (query "),
        ("bibtex", "application/x-bibtex", "@misc{q-"),
        ("ris", "application/x-research-info-systems", "TY  - DATA"),
        ("csl", "application/vnd.citationstyles.csl+json", "["),
    ],
)
def test_it_is_cited_with_release_revision_and_hash(server: Server, form: str, media: str, begins: str) -> None:
    path = cited(server, query=NUMBERS)
    answer = server.get(f"{path}?cite={form}", BROWSER)
    text = answer.body.decode()
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert text.startswith(begins)
    name, about = path.removeprefix("/q/"), told(server, path)
    assert f"https://w3id.org/aidtrace/q/{name}" in text
    assert f"{about['release']}, revision {about['revision']}" in text
    assert server.get(f"{path}?cite=word", JSON).status == 400


def test_what_nobody_cited_is_404_and_a_malformed_request_400(server: Server) -> None:
    for path in (f"/q/{'0' * 32}", "/q/none", "/q/..%2Flock", "/q/%00"):
        answer = server.get(path, JSON)
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert "html" in server.get(f"/q/{'0' * 32}", BROWSER).headers["content-type"]
    for fields in ({}, {"query": "ASK {}", "question": "actors"}, {"query": "SELECT"}, {"query": ""}):
        assert cite(server, **fields).status == 400, fields
    assert cite(server, query="ASK {}", revision="none").status == 404
    assert cite(server, query="SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }").status == 403


@pytest.mark.parametrize("query", ["SELECT (NOW() AS ?n) {}", "SELECT (RAND() AS ?n) {}"])
def test_an_answer_that_is_another_one_each_time_is_not_cited(server: Server, query: str) -> None:
    answer = cite(server, query=query)
    assert answer.status == 400
    assert "another one each time" in answer.content["detail"]


def test_an_answer_that_was_cut_off_is_not_cited(cache: Path, tmp_path: Path) -> None:
    with running(cache, "--store", str(tmp_path / "s"), "--empty", "--deadline", "0.5") as one:
        answer = cite(one, query=SLOW)
    assert answer.status == 503
    assert "stopped" in answer.content["detail"]
    assert not (tmp_path / "s" / "cited").exists()


def test_a_page_of_another_origin_may_read_it(server: Server) -> None:
    answer = server.get(cited(server, query=NUMBERS), JSON)
    assert answer.headers["access-control-allow-origin"] == "*"


def put(server: Server, turtle: str) -> None:
    assert server.get("/data?graph=urn:g", "*/*", "PUT", turtle.encode(), "text/turtle").status in (201, 204)


def test_a_change_is_told_row_by_row(own: Server) -> None:
    put(own, "<urn:a> <urn:seen> 1 . <urn:b> <urn:seen> 2 .")
    path = cited(own, query=HERE)
    before = told(own, path)
    put(own, "<urn:b> <urn:seen> 2 . <urn:c> <urn:seen> 3 , 4 .")
    found = told(own, path)
    assert (found["revision"], found["rows"], found["sha256"]) == tuple(
        before[key] for key in ("revision", "rows", "sha256")
    )
    today = found["today"]
    assert (today["same"], today["rows"], today["revision"]) == (False, 3, own.get("/health").content["revision"])
    assert (today["new"]["count"], today["gone"]["count"]) == (2, 1)
    assert [row["o"]["value"] for row in today["new"]["first"]] == ["3", "4"]
    assert [row["s"]["value"] for row in today["gone"]["first"]] == ["urn:a"]
    html = shown(own, path)
    assert "Today's answer differs from the one that is cited." in html
    assert "2 rows are new" in html
    assert "1 row is gone" in html
    again = html.partition("Ask it of today's data</a> · <a href=\"")[2].partition('"')[0]
    rows = own.get(f"{again}&format=json").content["results"]["bindings"]
    assert {row["s"]["value"] for row in rows} == {"urn:a", "urn:b"}


def test_rows_are_told_that_are_all_gone(own: Server, kept: Path) -> None:
    put(own, "<urn:d> <urn:seen> 1 . <urn:e> <urn:seen> 2 .")
    path = cited(own, query=HERE)
    put(own, "<urn:a> <urn:else> 1 .")
    today = told(own, path)["today"]
    assert (today["rows"], today["new"], today["gone"]["count"]) == (0, {"count": 0, "first": []}, 2)
    assert [row["s"]["value"] for row in today["gone"]["first"]] == ["urn:d", "urn:e"]
    held = Shelf(kept).get(path.removeprefix("/q/"))
    assert held
    many = replace(held, revision="0-00000000", marks=(), rows=9000)
    today = told(own, f"/q/{Shelf(kept).keep(many)}")["today"]
    assert (today["new"]["count"], today["gone"]) == (0, {"count": 9000, "first": []})


def test_another_revision_with_the_same_rows_is_the_same_answer(own: Server) -> None:
    put(own, "_:x <urn:seen> 1 , 2 .")
    path = cited(own, query=HERE)
    put(own, "_:y <urn:seen> 2 , 1 . <urn:z> <urn:else> 1 .")
    found = told(own, path)
    assert found["today"]["same"] is True
    assert found["today"]["revision"] != found["revision"]
    assert "Today's answer still equals the one that is cited." in shown(own, path)


def test_a_truth_that_has_turned_is_told(own: Server) -> None:
    put(own, "<urn:a> <urn:seen> 1 .")
    path = cited(own, query="ASK { <urn:a> <urn:seen> 1 }")
    put(own, "<urn:a> <urn:seen> 2 .")
    html = shown(own, path)
    assert "Answer</th><td>Yes</td><td>No</td>" in html
    assert "differs from the one that is cited" in html
    assert "What differs" not in html


def test_a_revision_that_is_pinned_is_the_one_that_is_cited(own: Server) -> None:
    put(own, "<urn:a> <urn:seen> 1 .")
    first = own.get("/health").content["revision"]
    put(own, "<urn:a> <urn:seen> 1 , 2 .")
    found = told(own, cited(own, query=HERE, revision=first))
    assert (found["revision"], found["rows"], found["today"]["rows"]) == (first, 1, 2)


def test_where_the_revision_is_not_held_any_more_the_new_rows_are_told_and_the_others_counted(
    own: Server, kept: Path
) -> None:
    put(own, "<urn:a> <urn:seen> 1 . <urn:b> <urn:seen> 2 .")
    shelf = Shelf(kept)
    held = shelf.get(cited(own, query=HERE).removeprefix("/q/"))
    assert held
    path = f"/q/{shelf.keep(replace(held, revision='0-00000000'))}"
    put(own, "<urn:b> <urn:seen> 2 . <urn:c> <urn:seen> 3 .")
    found = told(own, path)
    assert found["held"] is False
    assert [row["s"]["value"] for row in found["today"]["new"]["first"]] == ["urn:c"]
    assert found["today"]["gone"] == {"count": 1, "first": []}
    assert "the revision that is cited is not held any more" in shown(own, path)


def test_rows_that_are_too_many_to_be_told_apart_are_not_said_to_be_lost(own: Server) -> None:
    """Ten of the eleven rows that are cited are there among the three thousand of today, which are too many to mark."""
    ten = " ".join(f"<urn:r{number}> <urn:seen> {number} ." for number in range(10))
    put(own, f"{ten} <urn:old> <urn:seen> 99999 .")
    path = cited(own, query=HERE)
    put(own, " ".join(f"<urn:r{number}> <urn:seen> {number} ." for number in range(3000)))
    found = told(own, path)
    assert (found["held"], found["today"]["new"]["count"]) == (True, 2990)
    assert found["today"]["gone"] == {"count": 1, "first": []}
    html = shown(own, path)
    assert "not held any more" not in html
    assert "The answer is too long for its rows to be told apart." in html


def test_it_outlives_the_server_beside_its_store(cache: Path, tmp_path: Path) -> None:
    options = ("--store", str(tmp_path / "s"), "--empty")
    with running(cache, *options) as one:
        path = cited(one, query=NUMBERS)
        before = told(one, path)
    with running(cache, *options) as one:
        assert told(one, path) == before
    assert (tmp_path / "s" / "cited" / f"{path.removeprefix('/q/')}.json").is_file()


def test_a_damaged_record_is_not_taken_for_a_whole_one(own: Server, kept: Path) -> None:
    path = cited(own, query="SELECT ?n { VALUES ?n { 2 1 3 } }")
    file = kept / f"{path.removeprefix('/q/')}.json"
    whole = file.read_text()
    said: dict[str, Any] = json.loads(whole)
    changed = {"rows": 4, "release": "9.9.9", "kind": "graph", "marks": [], "day": "2001-01-01", "checksum": "0" * 64}
    other = [json.dumps(said | {name: value}) for name, value in changed.items()]
    other += [json.dumps(said | {"asked": said["asked"] | {"bound": {"n": {"type": "literal", "value": "1"}}}})]
    other += [json.dumps({name: value for name, value in said.items() if name != "checksum"})]
    for content in (whole.replace("2 1", "1 2"), *other, "{", "[]", "null", '{"asked": {}}'):
        file.write_text(content)
        answer = own.get(path, JSON)
        assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json"), content
        assert "damaged" in answer.content["detail"]


def test_strangers_cannot_fill_the_disk(own: Server, kept: Path) -> None:
    there = cited(own, query=NUMBERS)
    for number in range(HOURLY):
        (kept / f"{number}.json").touch()
    answer = cite(own, query="ASK {}")
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3601
    assert cited(own, query=NUMBERS) == there, "what is kept already needs no room"
    assert cite(own, query=f"ASK {{}} #{'x' * LARGEST}").status == 413
    for number in range(HOURLY):
        (kept / f"{number}.json").unlink()


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new" / "folder", most=2, hourly=1)
    one = replace(ONE, asked=Asked("ASK {}", "any", (("b", "ə"), ("a", "1")), {"a": {"type": "literal", "value": "1"}}))
    assert shelf.get(shelf.keep(one)) == one
    assert json.loads((tmp_path / "new" / "folder" / f"{one.name}.json").read_text())["day"] == "2026-11-30"
    assert replace(one, day=date(2027, 1, 1)).name == one.name
    assert replace(one, revision="8-00000000").name != one.name
    with pytest.raises(NoRoomError) as full:
        shelf.keep(ONE)
    assert 3500 < full.value.again <= 3601
    with pytest.raises(InputError):
        shelf.keep(replace(ONE, asked=Asked("x" * (LARGEST + 1))))


def test_where_the_shelf_is_full_what_is_new_and_was_read_longest_ago_goes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, most=3, hourly=9)
    names = [shelf.keep(replace(ONE, revision=f"{number}-00000000")) for number in range(3)]
    for hours, name in enumerate(names, start=5):  # the last is the oldest
        ago = time.time() - 3600 * hours
        os.utime(tmp_path / f"{name}.json", (ago, ago))
    assert shelf.get(names[2])
    new = shelf.keep(ONE)
    assert [shelf.get(name) is not None for name in (*names, new)] == [True, False, True, True]
    assert shelf.keep(replace(ONE, revision="1-00000000")) == names[1], "it comes back under its name"
    assert len(list(tmp_path.glob("*.json"))) == 3
    assert len([one for one in tmp_path.glob("*.json") if one.stat().st_mtime > time.time() - 60]) == 2, "read, not new"


def test_a_flood_pushes_nothing_out_that_may_be_in_print(tmp_path: Path) -> None:
    shelf, day = Shelf(tmp_path, most=2, hourly=9), 24 * 3600
    known, old = (shelf.keep(replace(ONE, revision=f"{number}-00000000")) for number in range(2))
    now = time.time()
    os.utime(tmp_path / f"{known}.json", (now, now - 2 * day))
    os.utime(tmp_path / f"{old}.json", (now - 31 * day, now - 31 * day))
    with pytest.raises(NoRoomError, match="no more"):
        shelf.keep(ONE)
    assert shelf.get(known)
    assert shelf.get(old)


def test_what_is_kept_has_no_more_bytes_than_there_are_for_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    large, small = tmp_path / "large.json", tmp_path / "small.json"
    with large.open("w") as file:
        file.truncate(ROOM - 4096)
    small.touch()
    os.utime(large, (time.time() - 9, time.time() - 9))
    shelf.keep(ONE)
    assert (large.exists(), small.exists()) == (False, True)


def test_the_command_line_cites_as_the_server_does(server: Server, aidtrace: Run) -> None:
    name, given = "agreements-before-doctrine-change", ("--param", "certainty=possible")
    printed = aidtrace("cite", name, *given)
    assert printed.returncode == 0, printed.stderr
    path = cited(server, question=name, certainty="possible")
    assert printed.stdout == server.get(f"{path}?cite=text", BROWSER).body.decode() + "\n"
    assert aidtrace("cite", name, *given, "--format", "bibtex").stdout.startswith("@misc{q-")
    assert aidtrace("cite", "none").returncode == 2
    only_there = aidtrace("cite", "aid-total", "--format", "csl").stdout
    address: str = json.loads(only_there)[0]["URL"]
    assert told(server, address.removeprefix("https://w3id.org/aidtrace"))["question"] == "aid-total"

"""The checks of FOOPS! and of the RDA's maturity model: what the own server passes, and that a lesser one fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from conftest import ROOT, Run
from pyoxigraph import Quad, RdfFormat, serialize
from servers import free_port, running

from aidtrace.errors import InputError
from aidtrace.fair import CHECKS, FAILS, FOOPS, MATURITY, PASSES, UNANSWERED, Check, Site, assess, to_json
from aidtrace.fair.checks import Verdict
from aidtrace.fair.site import TURTLE, Document

REGISTRIES = {"FIND2", "FIND3", "FIND_3_BIS", "OM4.2", "RDA-A2-01M"}
UNRELEASED = {"OM3", "OM5.2"}
"""What wants the date of a release."""


@pytest.fixture(scope="module")
def verdicts(aidtrace: Run, folder: Path) -> dict[str, tuple[str, str]]:
    """What the command says of a server that it starts itself."""
    done = aidtrace("fair", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    return {one["id"]: (one["verdict"], one["why"]) for one in json.loads(done.stdout)}


def test_all_tests_of_foops_are_there() -> None:
    """The list is that of https://w3id.org/foops/benchmark/ALL."""
    listed = (
        "CN1 DOC1 FIND1 FIND2 FIND3 FIND_3_BIS HTTP1 OM1 OM2 OM3 OM4.1 OM4.2 OM5.1 OM5.2 PURL1 RDF1 URI1 URI2 "
        "VER1 VER2 VOC1 VOC2 VOC3 VOC4"
    )
    assert sorted(one.name for one in FOOPS) == sorted(listed.split())


def test_all_indicators_of_the_maturity_model_are_there() -> None:
    """Its annex lists 41: seven of F, twelve of A, twelve of I, ten of R."""
    names = [one.name for one in MATURITY]
    assert len(set(names)) == len(names) == 41
    assert [sum(name.startswith(f"RDA-{letter}") for name in names) for letter in "FAIR"] == [7, 12, 12, 10]
    for one in MATURITY:
        principle = re.fullmatch(r"RDA-([FAIR]\d(?:\.\d)?)-\d\d[MD]", one.name)
        assert principle
        assert principle[1] == one.principle


def test_what_only_others_can_tell_is_not_answered(verdicts: dict[str, tuple[str, str]]) -> None:
    assert {name for name, (outcome, _) in verdicts.items() if outcome == UNANSWERED} == REGISTRIES
    assert all("would have to" in verdicts[name][1] for name in REGISTRIES)


def test_the_own_server_fails_nothing_else_than_is_known(verdicts: dict[str, tuple[str, str]]) -> None:
    failed = {name: why for name, (outcome, why) in verdicts.items() if outcome == FAILS}
    assert failed.keys() == UNRELEASED
    assert {failed[name] for name in UNRELEASED} == {"missing: issued date"}


def test_a_check_says_what_it_found(verdicts: dict[str, tuple[str, str]]) -> None:
    assert verdicts["VER1"] == (PASSES, "owl:versionIRI https://w3id.org/aidtrace/ontology/0.1.0")
    assert "http://www.w3.org/ns/prov#" in verdicts["VOC2"][1]
    assert verdicts["CN1"][1].startswith("found: text/html, application/rdf+xml, text/turtle")


class Lesser(BaseHTTPRequestHandler):
    """A server of an ontology with a label alone, and of nothing else."""

    def do_GET(self) -> None:
        body = b""
        if self.path == "/ontology" and "turtle" in self.headers["Accept"]:
            body = b"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
                <https://w3id.org/aidtrace/ontology> a owl:Ontology .
                <https://w3id.org/aidtrace/ontology#Word> a owl:Class ."""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/turtle")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def lesser() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Lesser) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_lesser_server_fails_all_that_it_does_not_have(lesser: str) -> None:
    found = {one.check.name: one.verdict for one in assess(Site(lesser), CHECKS)}
    passed = {name for name, verdict in found.items() if verdict.outcome == PASSES}
    assert passed == {"PURL1", "URI1", "URI2", "HTTP1", "RDF1"}
    assert found["OM1"].why == "missing: title, description, license, version IRI, creator, namespace URI"
    assert found["VOC3"].why == "missing for https://w3id.org/aidtrace/ontology#Word"
    assert found["RDA-A1.2-01D"].why == "missing: a SPARQL endpoint, of which a write could be refused"
    assert found["OM4.2"].outcome == FAILS


@pytest.fixture(scope="module")
def whole(cache: Path, folder: Path) -> Iterator[Site]:
    """The own server, as it is."""
    with running(cache) as server:
        yield Site(f"http://127.0.0.1:{server.port}")


Change = Callable[[str, str, bytes, Document], Document]


class Changed(Site):
    """A server that is like *whole*, but for what *change* makes of its documents."""

    def __init__(self, whole: Site, *changes: Change) -> None:
        super().__init__(whole.address)
        self._whole, self._changes = whole, changes

    def get(self, path: str, accept: str = "*/*", body: bytes | None = None, kind: str = "") -> Document:  # type: ignore[override]
        found = self._whole.get(path, accept, body, kind)
        for change in self._changes:
            found = change(path, accept, body or b"", found)
        return found


def gone(begin: str, accepted: str = "") -> Change:
    """Take away the documents whose path begins with *begin*, or those of one media type."""

    def change(path: str, accept: str, _: bytes, found: Document) -> Document:
        return NOWHERE if path.startswith(begin) and accepted in accept else found

    return change


def unasked(*parts: str) -> Change:
    """Give no rows for a query that has one of *parts* in it."""

    def change(_path: str, _accept: str, body: bytes, found: Document) -> Document:
        return replace(found, body=b"s\r\n") if any(part in body.decode() for part in parts) else found

    return change


def answers(begin: str, body: bytes, status: int = 200, asked: bytes = b"") -> Change:
    """Give another answer at the path *begin*, or there to *asked* alone."""

    def change(path: str, _: str, sent: bytes, found: Document) -> Document:
        return replace(found, status=status, body=body) if path.startswith(begin) and asked in sent else found

    return change


def without(path: str, words: str, subject: str = "") -> Change:
    """Take away what is said at *path* by properties or classes with these local names, of *subject* or of all."""
    names = re.compile(rf"[#/]({words})$")
    return told(path, lambda quad: not (_is(quad, subject) and names.search(_word(quad))))


def says(path: str, subject: str, word: str, value: str) -> Change:
    """Add a statement at *path*."""
    line = f"<{subject}> <{word}> {value} .\n".encode()
    return lambda at, accept, body, found: (
        replace(found, body=found.body + line) if at == path and found.media == TURTLE else found
    )


def renamed(path: str, name: str, other: str) -> Change:
    """Call what is called *name* at *path* otherwise."""

    def change(at: str, _accept: str, _body: bytes, found: Document) -> Document:
        if at != path or found.media != TURTLE:
            return found
        lines = serialize(found.graph(), format=RdfFormat.N_QUADS) or b""
        return replace(found, body=lines.replace(f"<{name}>".encode(), f"<{other}>".encode()))

    return change


def told(path: str, keep: Callable[[Quad], bool]) -> Change:
    """Take away what *keep* does not hold of, at *path* in Turtle."""

    def change(at: str, _accept: str, _body: bytes, found: Document) -> Document:
        if at != path or found.media != TURTLE:
            return found
        return replace(found, body=serialize(filter(keep, found.graph()), format=RdfFormat.N_QUADS) or b"")

    return change


def _is(quad: Quad, subject: str) -> bool:
    return subject in ("", getattr(quad.subject, "value", ""))


def _word(quad: Quad) -> str:
    return str(getattr(quad.object, "value", "")) if quad.predicate.value.endswith("#type") else quad.predicate.value


NOWHERE = Document(404, "", b"", {})
VOID, NAME = "/.well-known/void", "https://w3id.org/aidtrace/ontology"
SET = f"https://w3id.org/aidtrace{VOID}#dataset"
LICENCE, ISSUED = "http://purl.org/dc/terms/license", "http://purl.org/dc/terms/issued"
FAILING = [
    ("its ontology calls itself otherwise", [renamed("/ontology", NAME, "http://a.example/o")], "PURL1 URI1 URI2"),
    (
        "its ontology is not given as Turtle",
        [gone("/ontology", TURTLE)],
        "PURL1 URI1 URI2 VER1 VER2 OM1 FIND1 CN1 HTTP1 RDF1 VOC1 VOC2 OM2 VOC3 VOC4 OM4.1 OM4.2 OM5.1 RDA-I1-02D",
    ),
    ("no version is named", [without("/ontology", "versionIRI")], "VER1 VER2 OM1"),
    ("the version is not given", [gone("/ontology/0")], "VER2"),
    ("no title of the ontology", [without("/ontology", "title|name", NAME)], "OM1"),
    ("no prefix", [without("/ontology", "preferredNamespacePrefix")], "FIND1 OM2"),
    ("no page of the ontology", [gone("/ontology", "text/html")], "CN1 DOC1"),
    ("no RDF/XML of the ontology", [gone("/ontology", "application/rdf+xml")], "CN1"),
    ("no citation", [without("/ontology", "bibliographicCitation|citation", NAME)], "OM2"),
    ("no date of making", [without("/ontology", "created|dateCreated|generatedAtTime", NAME)], "OM2 OM5.1"),
    ("no licence of the ontology", [without("/ontology", "license", NAME)], "OM1 OM4.1 OM4.2"),
    (
        "an ontology that says nothing of itself",
        [told("/ontology", lambda quad: not _is(quad, NAME) or quad.predicate.value.endswith("#type"))],
        "VER1 VER2 OM1 FIND1 VOC1 OM2 OM4.1 OM4.2 OM5.1",
    ),
    (
        "no words of others",
        [told("/ontology", lambda quad: NAME in str(quad.subject) and "imports" not in quad.predicate.value)],
        "VOC2",
    ),
    ("a word without a label", [without("/ontology", "label", f"{NAME}#Actor")], "VOC3"),
    ("a word without a definition", [without("/ontology", "definition|comment", f"{NAME}#Actor")], "VOC4"),
    (
        "no description",
        [gone(VOID)],
        "RDA-F1-01M RDA-F1-02M RDA-F2-01M RDA-F3-01M RDA-F4-01M RDA-A1-01M RDA-A1-03M RDA-A1-04M RDA-A1.1-01M "
        "RDA-I1-01M RDA-I1-02M RDA-I2-01M RDA-I3-01M RDA-I3-02M RDA-I3-03M RDA-I3-04M RDA-R1-01M RDA-R1.1-01M "
        "RDA-R1.1-02M RDA-R1.1-03M RDA-R1.3-01M RDA-R1.3-02M",
    ),
    ("another's name", [renamed(VOID, SET, "http://a.example/d")], "RDA-F1-01M RDA-A1-03M RDA-I1-01M"),
    ("no name of the web", [renamed(VOID, SET, "tag:d")], "RDA-F1-01M RDA-F1-02M RDA-A1-03M RDA-I1-01M"),
    ("no title of the data set", [without(VOID, "title", SET)], "RDA-F2-01M RDA-R1-01M RDA-R1.3-01M"),
    ("no version of the data set", [without(VOID, "version", SET)], "RDA-F2-01M RDA-R1-01M"),
    ("no type but that of VoID", [told(VOID, lambda quad: "dcat#Dataset" not in _word(quad))], "RDA-R1.3-01M"),
    ("a file without an address", [without(VOID, "accessURL")], "RDA-R1.3-02M"),
    ("no way to the data", [without(VOID, "sparqlEndpoint|dataDump|distribution", SET)], "RDA-A1-01M"),
    ("no names of data", [without(VOID, "uriSpace|namedGraph|distribution", SET)], "RDA-F3-01M RDA-R1.3-02M"),
    ("no vocabulary", [without(VOID, "vocabulary|namedGraph|conformsTo", SET)], "RDA-I3-01M RDA-I3-03M RDA-R1.3-02M"),
    ("no origin", [without(VOID, "source|wasDerivedFrom", SET)], "RDA-I3-02M RDA-I3-04M"),
    (
        "no licence but that of the article",
        [without(VOID, "license"), says(VOID, "https://a.example/article", LICENCE, "<https://creativecommons.org/x>")],
        "RDA-F2-01M RDA-R1-01M RDA-R1.1-01M RDA-R1.1-02M RDA-R1.1-03M",
    ),
    ("terms of its own", [says(VOID, SET, LICENCE, "<https://a.example/terms>")], "RDA-R1.1-02M"),
    ("a licence in words", [says(VOID, SET, LICENCE, '"creativecommons.org/licenses/by/4.0"')], "RDA-R1.1-03M"),
    ("no page of the data", [gone("/data", "text/html")], "RDA-A1-02M"),
    (
        "no things",
        [gone("/id/")],
        "RDA-F4-01M RDA-A1-02D RDA-A1-03D RDA-A1-04D RDA-A1-05D RDA-A1.1-01D RDA-I1-01D",
    ),
    ("no pages of things", [gone("/id/", "text/html")], "RDA-F4-01M RDA-A1-02D"),
    ("no JSON-LD of things", [gone("/id/", "application/ld+json")], "RDA-A1-05D"),
    ("empty things", [answers("/id/", b"")], "RDA-F4-01M RDA-A1-03D RDA-A1-04D RDA-A1-05D RDA-A1.1-01D RDA-I1-01D"),
    (
        "no name of a thing",
        [unasked("ontology#Instrument")],
        "RDA-F1-01D RDA-F1-02D RDA-A1-02D RDA-A1-03D RDA-A1-04D RDA-A1-05D RDA-A1.1-01D RDA-I1-01D",
    ),
    ("a write that is taken", [answers("/sparql", b"", 200, b"INSERT")], "RDA-A1.2-01D"),
    ("everything refused", [unasked("?s ?p ?o } LIMIT 1")], "RDA-A1-05D RDA-A1.2-01D"),
    ("classes that are not defined", [unasked("DISTINCT ?s")], "RDA-I1-02D"),
    ("no words of others in data", [unasked("STRSTARTS(STR(?p)")], "RDA-I2-01D RDA-R1.2-02M"),
    ("no things of others", [unasked("NOT IN")], "RDA-I3-01D"),
    ("no mappings", [unasked("STR(?p), 'http", "identifies")], "RDA-I3-02D"),
    ("no paragraphs", [unasked("paragraph")], "RDA-R1.2-01M"),
    ("violations", [answers("/validations", b'{"conforms": false, "total": 1}', 201)], "RDA-R1.3-01D"),
    ("no shapes", [answers("/shapes", b"<a:b> a <a:c> .")], "RDA-R1.3-02D"),
]


def failed(site: Site) -> set[str]:
    return {one.check.name for one in assess(site, CHECKS) if one.fails}


@pytest.mark.parametrize(("lack", "changes", "names"), FAILING, ids=[one[0] for one in FAILING])
def test_a_check_fails_where_what_it_looks_for_is_missing(
    whole: Site, lack: str, changes: list[Change], names: str
) -> None:
    assert failed(Changed(whole, *changes)) - UNRELEASED == set(names.split())


def test_each_check_that_can_be_answered_fails_somewhere() -> None:
    there = {name for *_, names in FAILING for name in names.split()}
    assert {one.name for one in CHECKS} - there == REGISTRIES - {"OM4.2"} | UNRELEASED


def test_a_release_has_what_is_missing_before_it(whole: Site) -> None:
    assert failed(Changed(whole, says("/ontology", NAME, ISSUED, '"2026-12-01"'))) == set()


def test_a_server_that_fails_at_everything_passes_nothing(whole: Site) -> None:
    broken = Changed(whole, answers("/", b"", 500))
    assert {one.check.name for one in assess(broken, CHECKS) if one.verdict.outcome == PASSES} == set()


def test_the_command_prints_what_is_missing_below_a_check(aidtrace: Run, lesser: str) -> None:
    done = aidtrace("fair", "--endpoint", lesser)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (1, "pass PURL1        F1   The ontology has a persistent URL")
    place = lines.index("FAIL FIND1        F3   A prefix is declared")
    assert lines[place + 1].strip() == "missing: namespace prefix"
    assert lines[-1].startswith("5 pass, ")


def test_each_result_names_check_principle_and_verdict() -> None:
    one = Check("X1", "F1", "A thing", lambda _: Verdict(PASSES, "it is there"))
    assert json.loads(to_json(assess(Site("http://127.0.0.1"), [one]))) == [
        {"id": "X1", "principle": "F1", "check": "A thing", "verdict": "pass", "why": "it is there"}
    ]


class Leading(BaseHTTPRequestHandler):
    """A server that leads ``/here`` on within itself and the rest to the address *away*, and notes what is asked."""

    away = ""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        there = self.path == "/there"
        self.send_response(200 if there else 303)
        if not there:
            self.send_header("Location", "/there" if self.path == "/here" else self.away)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def leading() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Leading) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        Leading.asked.clear()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_no_other_host_is_asked(leading: str, lesser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leading, "away", f"{lesser}/ontology")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    site = Site(leading)
    assert (site.get("/here").status, site.get("/else", "text/turtle").status) == (200, 303)
    Leading.asked.clear()
    for name in ("https://other.example/here", "https://w3id.org/aidtraces/here", ".evil.example/", ""):
        assert not site.resolve(name).is_there
    assert Leading.asked == []
    assert site.resolve("https://w3id.org/aidtrace/here#word").is_there


@pytest.mark.parametrize("given", ["https://user:hush@host.example", "http://hush@[::1"])
def test_an_endpoint_with_a_password_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(InputError) as refused:
        Site(given)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http://[::1", "expected the address of a server"),
        ("nowhere", "--endpoint: 'nowhere'; expected the address of a server"),
        ("file:///etc", "expected the address of a server"),
        (f"http://127.0.0.1:{free_port()}", "expected a server of aidtrace that answers"),
    ],
)
def test_an_endpoint_that_is_none_is_said_in_one_line(aidtrace: Run, given: str, told: str) -> None:
    failed = aidtrace("fair", "--endpoint", given)
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1)
    assert told in failed.stderr


def test_the_page_lists_every_check_that_cannot_be_answered() -> None:
    page = (ROOT / "docs" / "fair.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in REGISTRIES)

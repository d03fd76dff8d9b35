"""The checks of FOOPS! and of the RDA's maturity model: what the own server passes, and that a lesser one fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from conftest import ROOT, Run
from servers import free_port

from aidtrace.errors import InputError
from aidtrace.fair import CHECKS, FAILS, FOOPS, MATURITY, PASSES, UNANSWERED, Check, Site, assess, to_json
from aidtrace.fair.checks import Verdict

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
    by_name_alone = {"PURL1", "URI1", "URI2", "HTTP1", "RDF1"}
    protocol = {"RDA-A1-04M", "RDA-A1-04D", "RDA-A1.1-01M", "RDA-A1.1-01D"}
    assert passed == by_name_alone | protocol
    assert found["OM1"].why == "missing: title, description, license, version IRI, creator, namespace URI"
    assert found["VOC3"].why == "missing for https://w3id.org/aidtrace/ontology#Word"
    assert found["RDA-A1.2-01D"].why == "a write without a token is answered 200, not refused"
    assert found["OM4.2"].outcome == FAILS


def test_the_command_prints_what_is_missing_below_a_check(aidtrace: Run, lesser: str) -> None:
    done = aidtrace("fair", "--endpoint", lesser)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (1, "pass PURL1        F1   The ontology has a persistent URL")
    place = lines.index("FAIL FIND1        F3   A prefix is declared")
    assert lines[place + 1].strip() == "missing: namespace prefix"
    assert lines[-1].startswith("9 pass, ")


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

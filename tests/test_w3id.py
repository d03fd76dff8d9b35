"""The redirect rules for w3id.org: each leads to what the server answers, and every name of ours has one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import pytest
from conftest import ROOT
from pyoxigraph import NamedNode, RdfFormat, Store, parse
from servers import FORM, Answer, Server, running

FOLDER = ROOT / "deploy" / "w3id"
SITE = "https://w3id.org/aidtrace/"
HOST = "https://aidtrace.example.org"
RULE = re.compile(r"^RewriteRule (\S+) (\S+) \[R=(\d+)(,NE)?,L\]$", re.MULTILINE)
FORMS = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
DOCUMENTS = {
    "": ("text/html",),
    "ontology": ("text/html", *FORMS),
    "ontology/": ("text/html", *FORMS),
    "ontology/0.1.0": FORMS,
    "ontology/Agreement": ("text/html", *FORMS),
    "shapes": ("text/html", *FORMS),
    "shapes/Actor-label": ("text/html",),
    "id/agreement/2020-ceasefire": ("text/html", *FORMS),
    "graph/article": FORMS,
    ".well-known/void": FORMS,
    ".well-known/sparql-examples": FORMS,
    ".well-known/sparql-examples/agreements": ("text/html",),
    "openapi.json": ("application/json",),
    "sparql": FORMS,
    "static/icon.svg": ("image/svg+xml",),
}
"""A path that each rule takes, and what may be asked of it."""

KEPT = f"q/{'0a' * 16}"
"""The form of the name of a query that is cited: each has another one with each revision."""

PLAIN = "/$-_.+!*'(),:;@&=~"
"""What Apache leaves as it is where it encodes a path (os_escape_path)."""


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    target: str
    status: int
    encodes: bool

    def path(self, name: str) -> str | None:
        """Return the path on the server that *name* leads to, as Apache would make it: decoded, then encoded again."""
        found = self.pattern.search(unquote(name))
        path = found and found.expand(self.target.removeprefix(HOST).replace("$1", r"\1"))
        return quote(path, safe=PLAIN) if path and self.encodes else path


TEXT = (FOLDER / ".htaccess").read_text("utf-8")
RULES = [Rule(re.compile(one), target, int(code), not kept) for one, target, code, kept in RULE.findall(TEXT)]


def led(name: str) -> tuple[Rule, str]:
    """Return the first rule that takes *name*, and the path that it leads to."""
    return next((rule, path) for rule in RULES if (path := rule.path(name)) is not None)


@pytest.fixture(scope="module")
def server(cache: Path, folder: Path) -> Iterator[Server]:
    with running(cache) as one:
        yield one


def followed(server: Server, path: str, accept: str) -> Answer:
    answer = server.get(path, accept)
    return followed(server, answer.headers["location"], accept) if answer.status == 303 else answer


def test_every_line_is_a_rule_that_is_read() -> None:
    lines = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
    assert lines[:2] == ["Options +FollowSymLinks", "RewriteEngine on"]
    assert len(lines) - 2 == len(RULES)
    assert all(rule.target.startswith(f"{HOST}/") for rule in RULES)


def test_every_rule_has_a_path_here_that_it_takes() -> None:
    assert {led(name)[0] for name in (*DOCUMENTS, KEPT)} == set(RULES)


@pytest.mark.parametrize(("name", "accept"), [(name, one) for name, forms in DOCUMENTS.items() for one in forms])
def test_the_server_honours_each_target_in_each_form(server: Server, name: str, accept: str) -> None:
    answer = followed(server, led(name)[1], accept)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, accept)
    if accept in FORMS:
        form = RdfFormat.from_media_type(accept)
        assert form
        assert sum(1 for _ in parse(answer.body, format=form, base_iri=SITE + name)) > 0


def test_a_query_that_is_redirected_is_answered(server: Server) -> None:
    rule, path = led("sparql")
    assert rule.status == 307  # which keeps a POST what it is
    assert server.get(path, "text/csv", "POST", b"ASK {}", "application/sparql-query").body.strip() == b"true"


def test_a_citation_is_led_to_the_query_that_is_cited(server: Server) -> None:
    asked = "SELECT ?n { VALUES ?n { 1 } }"
    path = server.get("/q", "*/*", "POST", urlencode({"query": asked}).encode(), FORM).headers["location"]
    [name] = re.findall(re.escape(SITE) + r"(q/[0-9a-f]+)", server.get(f"{path}?cite=text").body.decode())
    assert server.get(led(name)[1], "application/json").content["query"] == asked


def test_every_name_of_ours_in_the_data_is_led_somewhere(store: Store) -> None:
    names = {
        term.value.removeprefix(SITE).partition("#")[0]
        for quad in store
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, NamedNode) and term.value.startswith(SITE)
    }
    assert len(names) > 2000
    assert [name for name in sorted(names) if not any(rule.path(name) for rule in RULES)] == []


def test_a_redirect_changes_nothing_of_a_name() -> None:
    plain = ("id/agreement/2020-ceasefire", "graph/dataset/ucdp-acd", "ontology/Agreement", "shapes/Actor-label")
    for name in (*plain, KEPT, "id/coding/x-1/a%20b%23c%25d", "graph/dataset/%C3%A9", "id/place/a,b:c@d"):
        assert led(name)[1] == f"/{name}"

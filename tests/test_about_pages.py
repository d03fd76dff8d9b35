"""What the pages on the data and on the project promise: each command runs, each checksum holds, each claim is so."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
from contextlib import nullcontext
from hashlib import sha256
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from conftest import ROOT
from pyoxigraph import RdfFormat, parse
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, DCTERMS, GRAPH
from aidtrace.server import dumps
from aidtrace.server.once import Once
from aidtrace.server.problems import Problem
from aidtrace.server.service import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

CALL = re.compile(
    r'<tr><th scope="row"><code>([^<]*)</code></th><td>[^<]+</td>'
    r'<td><code class="call">(.*?)</code></td><td>(.*?)</td></tr>'
)
FILE = re.compile(
    r'<a href="/dumps/([\w-]+\.nt)">[^\n]*?<td class="number">(\d+)</td>'
    r'<td class="sum"><code>([0-9a-f]{64})</code>'
)
GRAPH_ROW = re.compile(
    r'<tr[^>]*><th scope="row"><code>([^<]*)</code></th><td>[^<]*</td><td class="number">(\d+)</td>(.*?)</tr>',
    re.DOTALL,
)
OURS = {"ontology", "shapes", "article", "sources", "crosswalk", "inferred", "trace", "catalog"}
_SENT = {"/validations"}
"""What is sent makes something: it is answered with 201."""


@pytest.fixture(scope="module")
def own(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        yield one


def page(server: Server, path: str) -> str:
    answer = server.get(path, "text/html")
    assert answer.status == 200, (path, answer.body)
    return answer.body.decode()


def test_each_command_of_the_data_page_runs_and_answers_as_it_says(server: Server) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl here (Debian: curl)")
    calls = [tuple(map(unescape, one)) for one in CALL.findall(page(server, "/data"))]
    assert len(calls) > 15
    for path, line, media in calls:
        command = shlex.split(line)
        assert command[0] == "curl"
        said = subprocess.run(
            [*command, "-s", "-o", "/dev/null", "-w", "%{http_code} %{content_type}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        status, _, kind = said.partition(" ")
        assert (status, kind.partition(";")[0]) == ("201" if path in _SENT else "200", media), line


def test_each_graph_has_the_triples_that_a_query_counts(server: Server) -> None:
    counted = server.rows("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    shown = {name: count for name, count, _ in GRAPH_ROW.findall(page(server, "/data"))}
    assert shown == {row["g"].removeprefix(GRAPH.iri): row["n"] for row in counted}
    assert set(shown) == OURS


def test_each_download_is_the_graph_in_that_format(server: Server) -> None:
    links = {unescape(link) for link in re.findall(r'href="(/data\?graph=[^"]*)"', page(server, "/data"))}
    assert len(links) == 4 * len(OURS)
    forms = {
        "turtle": RdfFormat.TURTLE,
        "ntriples": RdfFormat.N_TRIPLES,
        "jsonld": RdfFormat.JSON_LD,
        "rdfxml": RdfFormat.RDF_XML,
    }
    counts = {name: int(count) for name, count, _ in GRAPH_ROW.findall(page(server, "/data"))}
    for link in sorted(links):
        answer = server.get(link, "text/html")
        name, form = link.rpartition("/")[2].split("&format=")
        assert answer.status == 200, link
        assert len(set(parse(answer.body, format=forms[form]))) == counts[name], link


def test_each_checksum_is_that_of_the_file_whose_lines_are_in_order(server: Server, tmp_path: Path) -> None:
    files = FILE.findall(page(server, "/data"))
    assert {name for name, _, _ in files} == {f"{name}.nt" for name in OURS}
    for name, size, digest in files:
        answer = server.get(f"/dumps/{name}")
        assert answer.headers["content-type"] == "application/n-triples"
        assert (len(answer.body), sha256(answer.body).hexdigest()) == (int(size), digest), name
        answer.body.decode("utf-8")
        lines = answer.body.split(b"\n")
        assert lines.pop() == b""
        assert lines == sorted(set(lines)), name
        graph = server.get(f"/graph/{name.removesuffix('.nt')}", "application/n-triples").body
        assert len(lines) == len(set(parse(graph, format=RdfFormat.N_TRIPLES)))
        if b"_:" not in graph:
            assert set(lines) == set(graph.split(b"\n")) - {b""}, name
        (tmp_path / name).write_bytes(answer.body)
    (tmp_path / "SHA256SUMS").write_bytes(server.get("/dumps/SHA256SUMS").body)
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, len(files))


def test_blank_nodes_have_the_same_names_on_every_server(server: Server) -> None:
    """The rules have blank nodes; RDFC-1.0 calls the first of them c14n0."""
    assert b"_:c14n0 " in server.get("/dumps/shapes.nt").body


def test_what_is_no_file_is_404(server: Server) -> None:
    for path in ("/dumps/nothing.nt", "/dumps/", "/dumps/article", "/dumps/../article.nt"):
        assert server.get(path).status == 404, path


def test_what_may_not_be_passed_on_is_no_file_and_no_download(own: Server) -> None:
    closed, ours = GRAPH("dataset/closed").value, GRAPH("crosswalk").value
    closing = f"<{closed}> <{AT('mayBeRedistributed').value}> false ."
    body = f"{closing} <{closed}> <{DCTERMS('license').value}> <https://example.org/terms> ."
    assert own.get("/graph/dataset/closed", "*/*", "PUT", body.encode(), "text/turtle").status == 201
    html = page(own, "/data")
    rows = {name: rest for name, _, rest in GRAPH_ROW.findall(html)}
    assert "for your own use only" in rows["dataset/closed"]
    assert 'href="https://example.org/terms"' in rows["dataset/closed"]
    assert "/data?graph" not in rows["dataset/closed"]
    assert own.get("/dumps/dataset/closed.nt").status == 404
    assert own.get("/dumps/crosswalk.nt").status == 200
    added = f'INSERT DATA {{ GRAPH <{ours}> {{ <{ours}> <{AT("mayBeRedistributed").value}> "no" }} }}'
    assert own.update(added).status == 204
    assert own.get("/dumps/crosswalk.nt").status == 404
    assert "crosswalk.nt" not in own.get("/dumps/SHA256SUMS").body.decode()


def test_a_file_is_that_of_the_revision_that_is_served(own: Server) -> None:
    before = own.get("/dumps/article.nt").body
    triple = "<urn:new> <urn:new> <urn:new>"
    assert own.update(f"INSERT DATA {{ GRAPH <{GRAPH('article').value}> {{ {triple} }} }}").status == 204
    after = own.get("/dumps/article.nt").body
    assert set(after.split(b"\n")) - set(before.split(b"\n")) == {f"{triple} .".encode()}
    assert sha256(after).hexdigest() in page(own, "/data")


def asked_in_vain(monkeypatch: pytest.MonkeyPatch, graph: str) -> SimpleNamespace:
    """Return a service whose rows come from no store, and that is too busy to count *graph* at first."""
    refused = list[str]()

    async def rows(_: object, name: str, bound: dict[str, Any], of: Snapshot) -> list[dict[str, dict[str, str]]]:
        assert of.name == "1"
        if name == "size" and bound["graph"]["value"] == graph and not refused:
            refused.append(graph)
            raise Problem(503, "Too many queries", "busy")
        return [{"count": {"value": "1"}}] if name == "size" else []

    async def gather(service: SimpleNamespace, snapshot: Snapshot, request: dict[str, Any]) -> bytes:
        service.current = Snapshot("2", Path(), frozenset())
        return f"<{snapshot.name}> <urn:in> <{request['graph_iri']}> .\n".encode()

    monkeypatch.setattr(dumps, "rows", rows)
    monkeypatch.setattr(dumps, "gather", gather)
    once = Once()
    graphs = frozenset({GRAPH("article").value, GRAPH("sources").value, GRAPH("dataset/large").value})
    return SimpleNamespace(
        current=Snapshot("1", Path(), graphs),
        once_of=lambda of, *more: once.of(of.name, *more),
        fixed=True,
        holding=lambda _: nullcontext(),
    )


def test_no_graph_of_ours_is_left_out_of_the_files_because_the_server_was_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        service: Any = asked_in_vain(monkeypatch, GRAPH("article").value)
        with pytest.raises(Problem) as busy:
            await dumps.made(service, service.current)
        assert busy.value.status == 503
        assert set(await dumps.made(service, service.current)) == {"article.nt", "sources.nt"}

    asyncio.run(ask())


def test_another_graph_that_takes_too_long_to_count_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        service: Any = asked_in_vain(monkeypatch, GRAPH("dataset/large").value)
        told = {one["graph"]: one.get("count") for one in await dumps.graphs(service, service.current)}
        assert told == {graph: None if graph.endswith("large") else "1" for graph in service.current.graphs}

    asyncio.run(ask())


def test_files_hold_one_revision_also_where_something_is_written_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[dict[str, Any]]()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def ask() -> None:
        service: Any = asked_in_vain(monkeypatch, "")
        scope = {"method": "GET", "path": "/dumps/sources.nt", "headers": [], "query_string": b""}
        await dumps.dumps(service, scope, receive, send)

    asyncio.run(ask())
    assert (b"aidtrace-revision", b"1") in sent[0]["headers"]
    assert sent[1]["body"] == f"<1> <urn:in> <{GRAPH('sources').value}> .\n".encode()


def test_the_data_are_cited_with_their_revision_in_each_form(server: Server) -> None:
    revision = server.get("/health").headers["aidtrace-revision"]
    found = {form: server.get(f"/data/citation.{form}") for form in ("txt", "bib", "ris", "json", "cff")}
    assert {answer.status for answer in found.values()} == {200}
    texts = {form: answer.body.decode() for form, answer in found.items()}
    assert all(revision in texts[form] for form in ("txt", "bib", "ris", "json"))
    assert texts["bib"].startswith("@misc{aidtrace,\n")
    assert texts["ris"].endswith("ER  - \r\n")
    assert json.loads(texts["json"])[0]["URL"] == "https://w3id.org/aidtrace/"
    assert texts["cff"] == (ROOT / "CITATION.cff").read_text("utf-8")
    assert server.get("/data/citation.doc").status == 404
    assert texts["txt"].strip() in unescape(page(server, "/data"))


def test_the_data_page_leads_to_what_it_names(server: Server) -> None:
    html = page(server, "/data")
    for link in ("/openapi.json", "/.well-known/void", "/dumps/SHA256SUMS", "/data/citation.bib"):
        assert f'href="{link}"' in html, link
    assert "CC BY 4.0" in html
    assert "Apache-2.0" in html


def test_the_method_names_the_limits_of_the_article_with_their_paragraphs(server: Server) -> None:
    """The conclusion, paragraph 4: documents and open sources only; eight limits in all."""
    html = page(server, "/about/method")
    limits = re.findall(r'<li><a href="/page/limitation/[^"]*">(.*?)</a>', html)
    assert len(limits) == 8
    assert "Documents and open sources only" in limits
    assert '<a href="/page/passage/conclusion-4">conclusion/4</a>' in html


@pytest.mark.parametrize("path", ["/about", "/about/method", "/about/accessibility", "/data", "/ontology/Agreement"])
def test_every_link_of_a_page_about_the_project_leads_somewhere(server: Server, path: str) -> None:
    html = page(server, path)
    body = html[html.index("<main") : html.index("</main>")]
    links = {unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', body)}
    elsewhere = {"/validate", "/.well-known/void"}  # pages of their own, with tests of their own
    assert len(links) > 2 or path == "/about/accessibility"
    for link in sorted(links - elsewhere):
        assert server.get(link, "text/html,*/*;q=0.8").status in (200, 303), link


def test_no_page_sets_a_cookie(server: Server) -> None:
    for path in ("/", "/about", "/data", "/search?q=Ankara", "/page/actor/turkiye"):
        assert "set-cookie" not in server.get(path, "text/html").headers, path


def test_a_browser_is_told_how_to_search(server: Server) -> None:
    answer = server.get("/search/description.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    urls = ET.fromstring(answer.body).findall("{http://a9.com/-/spec/opensearch/1.1/}Url")
    address = f"http://127.0.0.1:{server.port}"
    asked = {}
    for one in urls:
        assert one.attrib["template"].startswith(f"{address}/search")
        path = one.attrib["template"].removeprefix(address).replace("{searchTerms}", "Ankara")
        answer = server.get(path, one.attrib["type"])
        asked[one.attrib["type"]] = answer.status
        assert answer.headers["content-type"].partition(";")[0] == one.attrib["type"]
    assert asked == dict.fromkeys(asked, 200)
    assert {"text/html", "application/x-suggestions+json"} <= asked.keys()
    assert 'type="application/opensearchdescription+xml"' in page(server, "/")

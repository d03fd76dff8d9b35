"""Any number of servers read one store: a new revision and a server that dies cost no client its answer."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import ROOT, Run
from servers import JSON, TOKEN, Answer, Server, free_port, running

from aidtrace.revisions import Revisions, number

CONF = ROOT / "deploy" / "nginx.conf"
README = ROOT / "README.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }"
PORT = re.compile(r"\b80\d\d\b")
nginx_here = pytest.mark.skipif(not NGINX, reason="nginx is not here (Debian: nginx-light)")


@pytest.fixture
def store(cache: Path, tmp_path: Path, aidtrace: Run) -> Path:
    """A store with a first revision that nobody serves."""
    place = tmp_path / "store"
    publish(aidtrace, place, 1)
    return place


def publish(aidtrace: Run, store: Path, count: int) -> str:
    """Publish a revision in which *count* things have the property that is counted; return its name."""
    table = store.parent / "table.csv"
    table.write_text("thing\n" + "".join(f"{one}\n" for one in range(count)), "utf-8")
    mapping = store.parent / "mapping.rq"
    mapping.write_text("CONSTRUCT { ?s <urn:p> ?thing } WHERE { BIND(IRI(CONCAT('urn:', ?thing)) AS ?s) }", "utf-8")
    done = aidtrace("import", "--mapping", mapping, table, "--store", store, "--graph", "urn:g", "--license", "urn:l")
    assert done.returncode == 0, done.stderr
    return Revisions(store).current


def counted(answer: Answer) -> int:
    [row] = answer.content["results"]["bindings"]
    return int(row["n"]["value"])


def until(server: Server, revision: str) -> None:
    """Wait until *server* serves *revision*."""
    end = time.monotonic() + 120
    while server.get("/health").content.get("revision") != revision:
        assert time.monotonic() < end, server.log.read_text()[-1000:]
        time.sleep(0.05)


@contextmanager
def balanced(tmp_path: Path, servers: list[Server]) -> Iterator[Server]:
    """Run nginx with the file of deploy/ before *servers*."""
    port = free_port()
    shown = dict(zip(("8000", "8001", "8002"), (port, *(one.port for one in servers)), strict=True))
    with fronted(tmp_path, port, moved(CONF.read_text("utf-8"), shown)) as front:
        yield front


def moved(text: str, ports: Mapping[str, int]) -> str:
    """Return *text* with each port that it shows replaced by one of the test's, the same one each time."""
    return PORT.sub(lambda found: str(ports[found[0]]), text)


@contextmanager
def fronted(tmp_path: Path, port: int, site: str) -> Iterator[Server]:
    """Run nginx with the file *site*, and wait until it answers on *port*."""
    place = tmp_path / "nginx"
    place.mkdir()
    (place / "site.conf").write_text(site)
    temporary = "\n".join(
        f"{name}_temp_path {place}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user} worker_processes 2; daemon off; pid {place}/pid; events {{}}\n"
        f"http {{ access_log off; {temporary} include {place}/site.conf; }}\n"
    )
    assert NGINX
    command = [NGINX, "-p", str(place), "-c", str(place / "nginx.conf"), "-e", str(place / "error.log")]
    process = subprocess.Popen(command)
    try:
        front = Server(port, process, place / "error.log")
        for _ in range(100):
            with suppress(OSError):
                front.get("/health")
                break
            assert process.poll() is None, (place / "error.log").read_text()
            time.sleep(0.05)
        yield front
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class Load:
    """Clients that ask without pause, each on a connection of its own; what they saw."""

    port: int
    seen: list[tuple[float, str, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def ask(self, number: int, stop: threading.Event) -> None:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            asked = 0
            while not stop.is_set():
                asked += 1
                self._ask(connection, number, asked)

    def _ask(self, connection: HTTPConnection, number: int, asked: int) -> None:
        query = f"{COUNT} #{number}.{asked}"  # never seen, so that none is answered from the cache
        try:
            if number % 2:
                head = {"Accept": JSON, "Content-Type": "application/sparql-query"}
                connection.request("POST", "/sparql", query.encode(), head)
            else:
                connection.request("GET", "/sparql?" + urlencode({"query": query}), headers={"Accept": JSON})
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                self.failed.append(f"{response.status} {body[:300]!r}")
                return
            [row] = json.loads(body)["results"]["bindings"]
            revision = response.headers["Aidtrace-Revision"]
            self.seen.append((time.monotonic(), revision, int(row["n"]["value"])))
        except Exception as error:
            self.failed.append(repr(error))
            connection.close()

    def wait(self, more: int) -> None:
        """Wait until so many more have been answered."""
        target, end = len(self.seen) + more, time.monotonic() + 60
        while len(self.seen) < target:
            assert time.monotonic() < end, self.failed[:3]
            time.sleep(0.02)


@contextmanager
def load(port: int, clients: int = 4) -> Iterator[Load]:
    one, stop = Load(port), threading.Event()
    threads = [threading.Thread(target=one.ask, args=(number, stop)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield one
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


@nginx_here
def test_no_request_fails_when_a_revision_is_published_and_when_a_server_is_killed(
    cache: Path, tmp_path: Path, store: Path, aidtrace: Run
) -> None:
    first = Revisions(store).current
    with ExitStack() as stack:
        servers = [stack.enter_context(running(cache, "--store", str(store), "--read-only")) for _ in range(2)]
        front = stack.enter_context(balanced(tmp_path, servers))
        with load(front.port) as clients:
            clients.wait(50)
            second = publish(aidtrace, store, 2)
            for server in servers:
                until(server, second)
            everywhere = time.monotonic()
            clients.wait(50)
            servers[0].process.kill()
            servers[0].process.wait(20)
            killed = time.monotonic()
            clients.wait(100)
        assert clients.failed == []
        assert {(revision, count) for _, revision, count in clients.seen} == {(first, 1), (second, 2)}
        assert all(revision == second for at, revision, _ in clients.seen if at > everywhere + 1)
        assert sum(at > killed for at, _, _ in clients.seen) >= 100


@nginx_here
def test_the_lines_of_the_readme_start_a_writer_and_readers_behind_one_address(cache: Path, tmp_path: Path) -> None:
    """As they stand, but that each port is moved, the same one to the same place: two that clash clash here too."""
    site, shown = (
        CONF.read_text("utf-8"),
        re.findall(r"^aidtrace serve --store store .*", README.read_text("utf-8"), re.M),
    )
    assert "sudo cp deploy/nginx.conf" in README.read_text("utf-8")
    ports = {one: free_port() for one in PORT.findall(site + "".join(shown))}
    [listens] = re.findall(r"listen 127\.0\.0\.1:(\d+);", site)
    (tmp_path / "tokens").write_text(f"{TOKEN} write\n")
    with ExitStack() as stack:
        servers = [stack.enter_context(typed(cache, tmp_path, moved(line, ports))) for line in shown]
        front = stack.enter_context(fronted(tmp_path, ports[listens], moved(site, ports)))
        assert [server.get("/health").content["writable"] for server in servers] == [True, False, False]
        name = (
            '<https://w3id.org/aidtrace/id/actor/turkiye> <http://www.w3.org/2004/02/skos/core#altLabel> "Turkiye"@en'
        )
        written = replace(servers[0], token=TOKEN).update(f"INSERT DATA {{ GRAPH <urn:g> {{ {name} }} }}")
        assert written.status == 204, written.body
        for server in servers[1:]:
            until(server, written.headers["aidtrace-revision"])
        assert front.ask(f"ASK {{ {name} }}").content["boolean"]
        assert not front.get("/health").content["writable"]


@contextmanager
def typed(cache: Path, folder: Path, command: str) -> Iterator[Server]:
    """Run ``aidtrace serve`` in *folder* as it is written, its port with it, and wait until it answers."""
    words = shlex.split(command, comments=True)[1:]
    log = folder / f"log-{words[words.index('--port') + 1]}"
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "aidtrace", *words], cwd=folder, env=environment, stdout=out, stderr=out
        )
    server = Server(int(words[words.index("--port") + 1]), process, log)
    try:
        while "SPARQL at /sparql" not in log.read_text("utf-8") or server.get("/health").status != 200:
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(20)


@nginx_here
def test_each_server_takes_a_part_of_the_load(cache: Path, tmp_path: Path, store: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(cache, "--store", str(store), "--read-only")) for _ in range(2)]
        front = stack.enter_context(balanced(tmp_path, servers))
        with load(front.port) as clients:
            clients.wait(100)
    asked = [server.log.read_text().count(" /sparql 200 ") for server in servers]  # written to the end by now
    assert sum(asked) == len(clients.seen)
    assert min(asked) > sum(asked) / 5


@nginx_here
def test_a_client_finds_its_report_again_behind_the_balancer(cache: Path, tmp_path: Path, store: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(cache, "--store", str(store), "--read-only")) for _ in range(2)]
        front = stack.enter_context(balanced(tmp_path, servers))
        for _ in range(6):
            made = front.get("/validations", "application/json", "POST", b"<urn:a> <urn:b> <urn:c> .", "text/turtle")
            assert made.status == 201, made.body
            where = made.headers["location"]
            assert where.startswith(f"http://127.0.0.1:{front.port}/validations/")
            assert front.get(where.partition(str(front.port))[2]).status == 200


def test_two_servers_give_the_same_answer_with_the_same_tag(cache: Path, store: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(cache, "--store", str(store), "--read-only")) for _ in range(2)]
        for path in (
            "/sparql?" + urlencode({"query": COUNT}),
            "/queries/agreements?format=csv&limit=3",
            "/search?q=shusha",
        ):
            one, other = (server.get(path, Host="graph.example.org") for server in servers)
            assert one.status == 200
            assert one.headers["etag"] == other.headers["etag"]
            assert (one.body, one.headers["aidtrace-revision"]) == (other.body, other.headers["aidtrace-revision"])
            assert servers[1].get(path, If_None_Match=one.headers["etag"], Host="graph.example.org").status == 304


def test_pages_of_a_pinned_revision_go_on_while_another_is_taken_up(
    cache: Path, tmp_path: Path, store: Path, aidtrace: Run
) -> None:
    first = Revisions(store).current
    with running(cache, "--store", str(store), "--read-only") as server:
        path, rows = f"/queries/agreements?format=csv&limit=5&revision={first}", 0
        second = publish(aidtrace, store, 2)
        assert counted(server.ask(COUNT, revision=second)) == 2  # before it is taken up, or after
        until(server, second)
        while path:
            page = server.get(path)
            assert (page.status, page.headers["aidtrace-revision"]) == (200, first)
            rows += len(page.body.decode().splitlines()) - 1
            following = re.search(r'<([^>]*)>; rel="next"', page.headers.get("link", ""))
            path = following[1] if following else ""
        assert rows == len((ROOT / "queries" / "agreements.csv").read_text("utf-8").splitlines()) - 1
        assert counted(server.ask(COUNT)) == 2


def test_a_revision_that_is_still_to_come_is_asked_for_later_and_not_denied(cache: Path, store: Path) -> None:
    current = Revisions(store).current
    with running(cache, "--store", str(store), "--read-only") as server:
        coming = server.ask(COUNT, revision=f"{number(current) + 1}-00000000")
        assert (coming.status, coming.headers["retry-after"]) == (503, "1")
        assert "is not here yet" in coming.content["detail"]
        assert server.ask(COUNT, revision="1000-00000000").status == 404
        assert server.ask(COUNT, revision=f"{number(current)}-ffffffff").status == 404


def test_a_reader_takes_no_writes_and_leaves_the_store_to_who_does(cache: Path, store: Path) -> None:
    with (
        running(cache, "--store", str(store), "--read-only", token=TOKEN) as reader,
        running(cache, "--store", str(store), token=TOKEN) as writer,
    ):
        refused = reader.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:p> 1 } }")
        assert (refused.status, refused.content["detail"]) == (
            403,
            "this server takes no writes; it was started with --read-only",
        )
        assert not reader.get("/health").content["writable"]
        written = writer.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:p> 1 } }")
        assert written.status == 204, written.body
        until(reader, written.headers["aidtrace-revision"])
        assert counted(reader.ask(COUNT)) == 2


def test_what_is_searched_is_there_whenever_a_reader_says_that_it_is_ready(
    cache: Path, store: Path, aidtrace: Run
) -> None:
    with running(cache, "--store", str(store), "--read-only") as server:
        assert server.get("/search?q=shusha").status == 200
        stop, told = threading.Event(), list[int]()

        def search() -> None:
            while not stop.is_set():
                told.append(server.get(f"/search?q=shusha+{len(told)}").status)
                time.sleep(0.01)

        thread = threading.Thread(target=search)
        thread.start()
        try:
            until(server, publish(aidtrace, store, 2))
            time.sleep(0.5)
        finally:
            stop.set()
            thread.join(60)
        assert set(told) == {200}


@pytest.mark.parametrize("options", [(), ("--store", "S", "--empty"), ("--store", "missing")])
def test_a_reader_wants_a_store_that_another_made(aidtrace: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    done = aidtrace("serve", "--port", "0", "--read-only", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--read-only: serves what another process writes" in done.stderr or "no store" in done.stderr

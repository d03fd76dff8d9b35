"""The two walls: a lexer that refuses what leaves the store, and a kernel that lets a worker reach nothing anyway.

A listener on loopback stands for the rest of the world; it must hear nothing.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store
from servers import FORM, JSON, TOKEN, Server, free_port, running

from aidtrace.lexer import scan
from aidtrace.persistent import held
from aidtrace.project import Project
from aidtrace.server.problems import Problem
from aidtrace.server.processes.frames import ERROR
from aidtrace.server.processes.pool import Limits, Pool

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
KNOWN = "urn:graph:known"


@dataclass
class Listener:
    """Accepts whoever comes, counts them, and hangs up."""

    server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    heard: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.getsockname()[1]}"

    @property
    def address(self) -> str:
        return f"http://{self.host}/"

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.server.accept()
                self.heard += 1
                caller.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    one = Listener()
    thread = threading.Thread(target=one.listen, daemon=True)
    thread.start()
    yield one
    one.server.shutdown(socket.SHUT_RDWR)
    one.server.close()
    thread.join()


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    with running(cache, "--empty", token=TOKEN) as one:
        _fill(one)
        yield one


def _fill(server: Server) -> None:
    rows = " ".join(f"<urn:s:{number}> <urn:p> {number} ." for number in range(1500))
    assert server.update(f"INSERT DATA {{ GRAPH <{KNOWN}> {{ {rows} }} {rows} }}").status == 204


# E is the listener's address; the prefixes :, a: and SILENT: lead to it, ex: does not.
PROLOGUE = "PREFIX : <E> PREFIX a: <E> PREFIX SILENT: <E> PREFIX ex: <http://ex.example/> "
QUERIES = [
    "SELECT * { SERVICE <E> { ?s ?p ?o } }",
    "SELECT * { sErViCe <E> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <E> { ?s ?p ?o } }",
    "SELECT * { SERVICE#>\n<E> { ?s ?p ?o } }",
    "SELECT * { SERVICE # ' \n SILENT # \" \n <E> { } }",
    "SELECT * {SERVICE<E>{}}",
    "SELECT * { SERVICE :x { } }",
    "SELECT * { SERVICE:x { } }",
    "SELECT * { SERVICEa:x { } }",
    "SELECT * { SERVICE SILENT:x { } }",
    "SELECT * { SERVICESILENT<E> { } }",
    "SELECT * { SERVICESILENT:x { } }",
    "SELECT * { SERVICESILENTa:x { } }",
    "SELECT * { {} .SERVICE:x { } }",
    "SELECT * { {} .SERVICEa:x { } }",
    "SELECT * { ?s ?p 1.0SERVICE:x { } }",
    "SELECT * { ?s ?p 1SERVICE:x { } }",
    "SELECT * { ?s ?p 1e5SERVICE:x { } }",
    "SELECT * { ?s ?p trueSERVICE:x { } }",
    "SELECT * { ?s ?p true.SERVICE:x { } }",
    "SELECT * { ?s ?p ex:.SERVICE:x { } }",
    "SELECT * { ?s ?p ex:a.b.SERVICE:x { } }",
    "SELECT * { ?s ?p ?o.SERVICE<E> { } }",
    "SELECT * { ?s ?p 'x'SERVICE<E> { } }",
    "SELECT * { ?s ?p 'x'@en.SERVICE<E> { } }",
    "SELECT * { VALUES ?s { 1 }SERVICE:x { } }",
    "SELECT * { BIND (1 AS ?x)SERVICE:x { } }",
    "SELECT * { FILTER(1<2)SERVICE:x#>\n { } }",
    "SELECT * { FILTER(1<'>')SERVICE<E>{}FILTER(2!='x') }",
    "SELECT * { FILTER(1<2)#>'''\nSERVICE<E>{}#'''\n }",
    "SELECT * { ?s ?p '''a'b\"\"\"''' . SERVICE <E> { } }",
    'SELECT * { ?s ?p """a""b\'\'\'""" . SERVICE <E> { } }',
    "SELECT * { ?s ?p '\\\\' . SERVICE <E> { } FILTER(?o = '') }",
    "SELECT * { ?s ?p '\\u0027' . SERVICE <E> { } }",
    "SELECT * { ?s <http://ex.example/#> ?o . SERVICE <E> { } }",
    "SELECT * { ?s ?p ex:a\\' . SERVICE <E> { } ?t ?p ex:b\\' }",
    "SELECT * { OPTIONAL { ?s ?p ex:a\u00b7\\' } SERVICE <E> { } OPTIONAL { ?t ?p ex:b\u00b7\\' } }",
    "SELECT * { OPTIONAL { SERVICE <E> { ?s ?p ?o } } }",
    "SELECT * { {} MINUS { SERVICE <E> { ?s ?p ?o } } }",
    "SELECT * { {} UNION { SERVICE <E> { ?s ?p ?o } } }",
    "SELECT * { GRAPH ?g { SERVICE <E> { ?s ?p ?o } } }",
    "SELECT * { FILTER EXISTS { SERVICE <E> { ?s ?p ?o } } }",
    "SELECT * { FILTER NOT EXISTS { { { SERVICE <E> { } } } } }",
    "SELECT * { BIND (EXISTS { SERVICE <E> { } } AS ?x) }",
    "SELECT (EXISTS { SERVICE <E> { } } AS ?x) { }",
    "SELECT (1 AS ?x) { } GROUP BY ?s HAVING (EXISTS { SERVICE <E> { } })",
    "SELECT * { } ORDER BY (EXISTS { SERVICE <E> { } })",
    "SELECT * { { SELECT * { { SELECT * { SERVICE <E> { } } } } } }",
    "SELECT * { SERVICE <E> { SERVICE <E> { } } }",
    "SELECT * { VALUES ?e { <E> } SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <E> } SERVICE?e { ?s ?p ?o } }",
    "ASK { SERVICE <E> { } }",
    "DESCRIBE ?s { SERVICE <E> { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <E> { ?s ?p ?o } }",
    "BASE <E> SELECT * { SERVICE <x> { } }",
    "BASE<http://ex.example/>BASE<E>SELECT*{SERVICE<x>{}}",
    "PREFIX b: <http://ex.example/> PREFIXb:<E> SELECT * { SERVICE b:x { } }",
    "SELECT * { SERVICE <//H/> { } }",
    "SELECT * { SERVICE <http:\\u002F/H/> { } }",
    "SELECT * FROM <E> { ?s ?p ?o }",
    "SELECT * from named <E> { ?s ?p ?o }",
    "SELECT * FROM :x { ?s ?p ?o }",
    "SELECT * FROM#\n<E> { ?s ?p ?o }",
    "SELECT *FROM:x { ?s ?p ?o }",
    "SELECT *FROMNAMED<E> { ?s ?p ?o }",
    "ASKFROM<E>{}",
    "ASKFROM:x{}",
    "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "SELECT * FROM <urn:graph:known> FROM <E> { ?s ?p ?o }",
]
UPDATES = [
    "LOAD <E>",
    "load silent <E> INTO GRAPH <urn:x>",
    "LOAD<E>",
    "LOADSILENT<E>",
    "LOAD:x",
    "LOADa:x",
    "LOAD SILENT:x",
    "LOADSILENTa:x",
    "LOAD # '\n <E> # '\n INTO GRAPH <urn:x>",
    "LOAD <file:///etc/passwd> INTO GRAPH <urn:x>",
    "LOAD SILENT <file:///etc/passwd> INTO GRAPH <urn:x>",
    "INSERT DATA {} ; LOAD <E>",
    "INSERT DATA {};LOADa:x",
    "CLEAR ALL;LOADa:x INTO GRAPH <urn:x>",
    "INSERT {} WHERE { SERVICE <E> { ?s ?p ?o } }",
    "INSERT{}WHERE{SERVICEa:x{}}",
    "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <E> { ?s ?p ?o } }",
    "DELETE { ?s ?p ?o } WHERE { OPTIONAL { SERVICE <E> { ?s ?p ?o } } }",
    "WITH <urn:x> DELETE { ?s ?p ?o } USING <urn:graph:known> WHERE { { SELECT * { SERVICE <E> { ?s ?p ?o } } } }",
    "PREFIX FROM: <urn:> INSERT {} WHERE { ?s FROM:p ?o . SERVICE <E> { } }",
]


def spelled(text: str, listener: Listener) -> str:
    return (
        (PROLOGUE + text)
        .replace("<E>", f"<{listener.address}>")
        .replace("//H/", f"//{listener.host}/")
        .replace("002F/H/", f"002F/{listener.host}/")
    )


@pytest.mark.parametrize("query", QUERIES)
def test_no_spelling_of_a_query_reaches_beyond_the_store(server: Server, listener: Listener, query: str) -> None:
    answer = server.ask(spelled(query, listener), "*/*")
    assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json"), answer.body
    assert listener.heard == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { \\u0053ERVICE <E> { } }",
        "SELECT * { SERV\\u0049CE <E> { } }",
        "SELECT * { ?s ?p _:a.b.SERVICE:x { } }",
        "SELECT * FROM <http://[> { ?s ?p ?o }",
        "SELECT * { SERVICE <http:// > { } }",
        "SELECT * { SERVICE <E { } }",
        "SELECT * { ' SERVICE <E> { } }",
    ],
)
def test_what_the_parser_would_not_take_is_malformed(server: Server, listener: Listener, query: str) -> None:
    assert server.ask(spelled(query, listener)).status == 400
    assert listener.heard == 0


@pytest.mark.parametrize("update", UPDATES)
def test_no_spelling_of_an_update_reaches_beyond_the_store(server: Server, listener: Listener, update: str) -> None:
    before = server.get("/health").content["revision"]
    assert server.update(spelled(update, listener)).status == 403
    form = f"update={quote(spelled(update, listener))}".encode()
    assert server.get("/sparql", method="POST", body=form, kind=FORM).status == 403
    assert server.get("/health").content["revision"] == before
    assert listener.heard == 0


def test_a_graph_of_using_that_is_unknown_is_empty_and_not_fetched(server: Server, listener: Listener) -> None:
    update = f"INSERT {{ GRAPH <urn:using> {{ ?s ?p ?o }} }} USING <{listener.address}> WHERE {{ ?s ?p ?o }}"
    assert server.update(update).status == 204
    unknown = {"using-graph-uri": listener.address, "using-named-graph-uri": listener.address}
    assert server.update("INSERT { GRAPH <urn:using> { ?s ?p ?o } } WHERE { ?s ?p ?o }", **unknown).status == 204
    assert server.rows("SELECT * { GRAPH <urn:using> { ?s ?p ?o } }") == []
    assert listener.heard == 0


def test_a_dataset_by_parameter_is_not_fetched_and_hides_no_service(server: Server, listener: Listener) -> None:
    unknown = {"default-graph-uri": listener.address, "named-graph-uri": listener.address}
    assert server.rows("SELECT * { ?s ?p ?o }", **unknown) == []
    both = f"SELECT * FROM <{listener.address}> {{ SERVICE <{listener.address}> {{ ?s ?p ?o }} }}"
    assert server.ask(both, **unknown).status == 403
    assert listener.heard == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?SERVICE ?LOAD ?FROM }",
        "SELECT * { ?s ?p 'SERVICE <E> {}', \"LOAD <E>\", '''FROM\n<E>''', \"\"\"' SERVICE <E> { }\"\"\" }",
        "SELECT * { ?s ?p ?o } # SERVICE <E> { } FROM <E>",
        "SELECT * { ?s <http://ex.example/SERVICE> <http://ex.example/#FROM> }",
        "SELECT * { ?s ex:SERVICE ex:a.LOAD , ex:FROM }",
        "PREFIX service: <urn:> PREFIX load: <urn:> PREFIX from: <urn:> SELECT * { service:a load:b from:c }",
        "PREFIX webservice: <urn:> SELECT * { ?s a webservice:Thing ; webservice:part [ a webservice:Other ] }",
        "SELECT * { _:SERVICE ?p 'x'@service }",
        "SELECT * FROM <urn:graph:known> FROM NAMED <urn:graph:known> { ?s ?p ?o FILTER(?o<3&&?o>1) }",
        "PREFIX g: <urn:graph:> SELECT * FROM NAMED g:known { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * FROM <urn:graph:known> { VALUES (?x ?y) { (<http://ex.example/#a> <http://ex.example/#b>) } }",
    ],
)
def test_what_only_holds_the_words_is_answered(server: Server, listener: Listener, query: str) -> None:
    answer = server.ask(spelled(query, listener))
    assert answer.status == 200, answer.body
    assert listener.heard == 0


def test_an_update_that_only_holds_the_words_is_done(server: Server, listener: Listener) -> None:
    update = "INSERT DATA { <urn:words> ex:SERVICE 'LOAD <E>', 'SERVICE <E> {}' . GRAPH <urn:words> { } . } # LOAD <E>"
    assert server.update(spelled(update, listener)).status == 204
    assert listener.heard == 0


PIECES = st.sampled_from(
    [
        *("SERVICE", "service", "SILENT", "FILTER", "OPTIONAL", "UNION", "true", "a", "1", "1.5", "1e2", "x"),
        *("<E>", ":x", "a:x", "ex:y", "ex:a.b", "_:b", "?s", "?s ?p ?o", "'x'", "@en", "^^", "<2", "<'>'", "#>\n"),
        *("{", "}", "{}", "(", ")", "(1<2)", ".", ";", ",", "[]", "'", '"', "'''", "\\'", "\\u0027", "\u00b7"),
        *(" ", "\n", "#", "PREFIX", "PREFIXa:<E>", "BASE<E>", "-", "%41", "<", ">"),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=4))
def test_whatever_the_lexer_lets_through_calls_nobody(before: list[str], after: list[str]) -> None:
    """Port 9 of the loopback is closed: a service that is called is an error of the network, not of the syntax."""
    middle = "".join(before) + "SERVICEa:x{}" + "".join(after)
    for text in (f"SELECT * {{ {''.join(before)} }}", f"SELECT * {{ {middle} }}"):
        query = (PROLOGUE + text).replace("<E>", "<http://127.0.0.1:9/>")
        if scan(query, set()).refusal is None:
            _calls_nobody(query)


def _calls_nobody(query: str) -> None:
    try:
        found: Any = Store().query(query)
        list(found)
    except SyntaxError:
        return
    except OSError as error:
        pytest.fail(f"{query!r} reached the network: {error}")
    except (ValueError, RuntimeError):
        return


@pytest.mark.parametrize(
    "piece",
    ['\\"', "1", ".", "-", "a.", "a-", "'''\\'", "<a", "FROM<urn:x>", "#", "@a-", "?a", "%41", "a:%41", "(", "\u00b7"],
)
def test_the_lexer_takes_time_in_proportion_to_the_text(piece: str) -> None:
    text = f"SELECT * FROM <urn:x> {{ '{piece * ((1 << 18) // len(piece))}"
    text = text.replace("'", '"', 1) if '"' in piece else text.replace(" { '", " { ", 1)
    begun = time.perf_counter()
    scan(text, {"urn:x"})
    assert time.perf_counter() - begun < 5


# The second wall, with the lexer out of the way.


@dataclass
class Direct:
    """A pool without a server, over a store of its own that is empty."""

    root: Path
    folder: Path

    def ask(self, query: str) -> dict[str, Any]:
        """Return the table that a worker answers; Problem where it has none."""
        return asyncio.run(self._ask(query))

    async def _ask(self, query: str) -> dict[str, Any]:
        pool = Pool(self.root, self.folder, Limits(workers=1, deadline=5))
        await pool.start()
        try:
            assert pool.isolated
            request = {"query": query, "results": JSON, "graph": None, "store": str(self.folder), "limit": 1 << 20}
            async with pool.answer(request, asyncio.Event().wait) as answer:
                table: dict[str, Any] = json.loads(await answer.all())
                return table
        finally:
            await pool.close()

    def update(self, text: str) -> tuple[bytes, bytes]:
        """Return the frame with which the writer answers."""
        return asyncio.run(self._update(text))

    async def _update(self, text: str) -> tuple[bytes, bytes]:
        pool = Pool(self.root, self.folder, Limits(workers=1))
        await pool.start()
        try:
            writer = await pool.process("writer", union=False, memory=1 << 32, gate="off")
            writer.line.ask({"op": "update", "text": text, "base": "urn:x", "touched": None})
            return await writer.line.frame()
        finally:
            await pool.close()


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the second wall")


@pytest.fixture(scope="module")
def direct(cache: Path, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Direct]:
    root = tmp_path_factory.mktemp("direct")
    with held(root, project, cache, empty=True) as revisions:
        yield Direct(root, revisions.path(revisions.current))


@needs_linux
def test_a_worker_without_the_lexer_still_calls_nobody(direct: Direct, listener: Listener) -> None:
    for query in (
        f"SELECT * {{ SERVICE <{listener.address}> {{ }} }}",
        f"ASK {{ SERVICESILENT<{listener.address}> {{}} }}",
    ):
        with suppress(Problem):
            direct.ask(query)
    with pytest.raises(Problem) as caught:
        direct.ask(f"SELECT * {{ SERVICE <{listener.address}> {{ ?s ?p ?o }} }}")
    assert caught.value.status >= 500
    assert listener.heard == 0


@needs_linux
@pytest.mark.parametrize("address", ["E", "file:///etc/passwd", "file:///proc/self/environ"])
def test_a_writer_without_the_lexer_still_loads_nothing(direct: Direct, listener: Listener, address: str) -> None:
    kind, content = direct.update(f"LOAD <{address.replace('E', listener.address)}> INTO GRAPH <urn:x>")
    assert kind == ERROR, content
    direct.update(f"LOAD SILENT <{address.replace('E', listener.address)}> INTO GRAPH <urn:x>")
    assert listener.heard == 0


# Runs confined, tries everything that a query must not do, and prints what came of it.
TRIES = """
import ctypes, json, os, socket, subprocess, sys, threading
from pathlib import Path
from aidtrace import confine

own, other, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
libc, machine = ctypes.CDLL(None, use_errno=True), os.uname().machine
loose = socket.socket()

def call(number, *given):
    if libc.syscall(number, *given) < 0:
        raise OSError(ctypes.get_errno(), "refused")

numbers = {**confine._NETWORK[machine], **confine._PROCESSES[machine], "clone3": 435}
own_file, other_file = own / "file", other / "file"
walls = {"network": confine.leave_network(), "files": confine.leave_files(own)}
started = []
tries = {
    "socket inet": lambda: socket.socket(),
    "socket inet6": lambda: socket.socket(socket.AF_INET6),
    "socket unix": lambda: socket.socket(socket.AF_UNIX),
    "socket udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "socket netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "socketpair": lambda: socket.socketpair(),
    "connect": lambda: loose.connect(("127.0.0.1", port)),
    "bind": lambda: loose.bind(("127.0.0.1", 0)),
    "listen": lambda: loose.listen(),
    "fork": lambda: os.fork() or os._exit(0),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda: subprocess.run(["/bin/true"]),
    "clone3": lambda: call(numbers["clone3"], None, 0),
    "ptrace": lambda: call(numbers["ptrace"], 0, 0, 0, 0),
    "io_uring": lambda: call(numbers["io_uring_setup"], 1, None),
    "open passwd": lambda: open("/etc/passwd"),
    "open environ": lambda: open("/proc/self/environ"),
    "list root": lambda: os.listdir("/"),
    "read other": lambda: other_file.read_bytes(),
    "write other": lambda: other_file.write_bytes(b"x"),
    "truncate other": lambda: os.truncate(other_file, 0),
    "unlink other": lambda: other_file.unlink(),
    "link other": lambda: os.link(other_file, own / "link"),
    "create other": lambda: (other / "new").write_bytes(b"x"),
    "write own": lambda: own_file.write_bytes(b"x"),
    "truncate own": lambda: os.truncate(own_file, 0),
    "unlink own": lambda: own_file.unlink(),
    "create own": lambda: (own / "new").write_bytes(b"x"),
    "mkdir own": lambda: (own / "folder").mkdir(),
    "read own": lambda: started.append(own_file.read_bytes()),
    "list own": lambda: started.append(os.listdir(own)),
    "execve": lambda: os.execv("/bin/true", ["true"]),
    "thread": lambda: (one := threading.Thread(target=list)).start() or one.join(),
}
said = {}
for name, attempt in tries.items():
    try:
        attempt()
        said[name] = "done"
    except OSError as error:
        said[name] = type(error).__name__
print(json.dumps({**walls, "said": said}))
"""
ALLOWED = {"read own", "list own", "thread"}
OF_FILES = {"open", "list", "read", "write", "truncate", "unlink", "link", "create", "mkdir"}


@dataclass
class User:
    """Somebody without privileges: the command of their interpreter, and a folder that is theirs."""

    python: list[str]
    home: Path


NOBODY = 65534
STARTS_ANOTHER = "import subprocess, sys, aidtrace, uvicorn; subprocess.run([sys.executable, '-c', ''], check=True)"


def _python_of_nobody() -> list[str]:
    """Return an interpreter that nobody can run, with what this one imports; this one may lie in root's own folder."""
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    same = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    paths = os.pathsep.join([str(ROOT / "src"), *(path for path in sys.path if path.endswith("site-packages"))])
    for python in ([sys.executable], ["env", f"PYTHONPATH={paths}", same or sys.executable]):
        command = [*become, *python]
        if (
            shutil.which("setpriv")
            and not subprocess.run([*command, "-c", STARTS_ANOTHER], capture_output=True).returncode
        ):
            return command
    pytest.skip("setpriv is missing, or no Python that an ordinary user can run has what the tests need")


@pytest.fixture(scope="module")
def user() -> Iterator[User]:
    """Nobody, where root runs the tests; else whoever does."""
    root = os.geteuid() == 0
    python = _python_of_nobody() if root else [sys.executable]
    home = Path(tempfile.mkdtemp(prefix="aidtrace-user-"))
    if root:
        os.chown(home, NOBODY, NOBODY)
    yield User(python, home)
    shutil.rmtree(home, ignore_errors=True)


@needs_linux
@pytest.mark.parametrize("ordinary", [True, False], ids=["an ordinary user", "whoever runs the tests"])
def test_a_confined_process_reaches_no_network_no_program_and_no_file(
    user: User, listener: Listener, ordinary: bool
) -> None:
    place = Path(tempfile.mkdtemp(dir=user.home))
    for name in ("own", "other"):
        (place / name).mkdir()
        (place / name / "file").write_bytes(b"kept")
    for path in [place, *place.rglob("*")]:
        os.chown(path, *((NOBODY, NOBODY) if ordinary and os.geteuid() == 0 else (-1, -1)))
    port = listener.host.partition(":")[2]
    command = ["-c", TRIES, str(place / "own"), str(place / "other"), port]
    done = subprocess.run(
        [*(user.python if ordinary else [sys.executable]), *command], cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["network"]
    expected = ALLOWED if told["files"] else ALLOWED | {name for name in told["said"] if name.split()[0] in OF_FILES}
    assert {name for name, outcome in told["said"].items() if outcome == "done"} <= expected
    assert {name for name in ALLOWED if told["said"][name] != "done"} == set()
    if told["files"]:
        assert (place / "other" / "file").read_bytes() == (place / "own" / "file").read_bytes() == b"kept"
    assert listener.heard == 0


# The hole that an operator opens.


class Endpoint(BaseHTTPRequestHandler):
    """Answers SPARQL JSON with one row; /moved leads elsewhere, /broken fails."""

    elsewhere = ""
    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b'{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "urn:there"}}]}}'
        status = {"/moved": 302, "/broken": 500}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.elsewhere)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815  (its name in the base class)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
        """Keep quiet."""


@dataclass
class Opened:
    """A server that may ask two hosts: one that answers, and one where nobody listens."""

    server: Server
    live: str
    dead: str


@pytest.fixture(scope="module")
def opened(cache: Path, listener: Listener) -> Iterator[Opened]:
    Endpoint.elsewhere = listener.address
    http = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    live, dead = f"127.0.0.1:{http.server_port}", f"127.0.0.1:{free_port()}"
    hosts = ("--allow-service", live, "--allow-service", dead)
    with running(cache, "--empty", "--deadline", "4", *hosts, token=TOKEN) as one:
        yield Opened(one, live, dead)
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://L/sparql> { ?x ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://L/sparql> { ?x ?p ?o } }",
        "PREFIX s: <http://L/> SELECT * { SERVICE s:sparql { ?x ?p ?o } }",
        "BASE <http://L/> SELECT * { OPTIONAL { SERVICE <sparql> { ?x ?p ?o } } }",
    ],
)
def test_an_allowed_endpoint_is_asked_each_time(opened: Opened, query: str) -> None:
    for _ in range(2):
        before = Endpoint.asked
        assert opened.server.rows(query.replace("//L/", f"//{opened.live}/")) == [{"x": "urn:there"}]
        assert Endpoint.asked == before + 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://E/> { } }",
        "SELECT * { SERVICE SILENT <http://E/> { } }",
        "SELECT * { SERVICE <http://L/> { SERVICE <http://E/> { } } }",
        "SELECT * { SERVICE SILENT <http://L/> { } SERVICESILENT<http://E/> { } }",
        "PREFIX a: <http://L/> PREFIXa:<http://E/> SELECT * { SERVICE a:x { } }",
        "PREFIX SILENT: <http://L/> PREFIX : <http://E/> SELECT * { SERVICE SILENT:x { } }",
        "PREFIX SILENTa: <http://L/> PREFIX a: <http://E/> SELECT * { SERVICE SILENTa:x { } }",
        "BASE <http://L/> SELECT * { SERVICE <http:E/> { } }",
        "BASE <http://L/> SELECT * { SERVICE <http:///E/> { } }",
        "BASE <http://L/> SELECT * { SERVICE <//E/> { } }",
        "BASE <http://L/> BASE <http://E/> SELECT * { SERVICE <x> { } }",
        "SELECT * { SERVICE <http://L@E/> { } }",
        "SELECT * { SERVICE <http://L\\u0040E/> { } }",
        "SELECT * { SERVICE <file:///etc/passwd> { } }",
        "SELECT * { VALUES ?e { <http://L/> <http://E/> } SERVICE ?e { } }",
        "SELECT * { FILTER(1<'>')SERVICE<http://E/>{}FILTER(2!='x') }",
        "SELECT * FROM <http://E/> { SERVICE <http://L/> { } }",
    ],
)
def test_an_endpoint_that_is_not_on_the_list_is_refused(opened: Opened, listener: Listener, query: str) -> None:
    text = re.sub(r"(?<=[:/@])[LE](?=[/@\\])", lambda one: opened.live if one[0] == "L" else listener.host, query)
    answer = opened.server.ask(text)
    assert answer.status == 403, answer.body
    assert listener.heard == 0


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize("where", ["http://D/", "http://L/broken", "http://L/moved"])
def test_an_allowed_endpoint_that_fails_is_an_error_and_no_shorter_answer(
    opened: Opened, listener: Listener, where: str, silent: str
) -> None:
    address = where.replace("D/", f"{opened.dead}/").replace("L/", f"{opened.live}/")
    answer = opened.server.ask(f"SELECT * {{ VALUES ?x {{ 1 }} SERVICE {silent} <{address}> {{ ?x ?p ?o }} }}")
    assert (answer.status, answer.content["title"]) == (502, "Service failed")
    assert listener.heard == 0


def test_an_update_asks_no_endpoint_even_where_a_query_may(opened: Opened) -> None:
    before = Endpoint.asked
    update = f"INSERT {{ ?x <urn:p> 1 }} WHERE {{ SERVICE <http://{opened.live}/> {{ ?x ?p ?o }} }}"
    assert opened.server.update(update).status == 403
    assert opened.server.update(f"LOAD <http://{opened.live}/>").status == 403
    assert Endpoint.asked == before


# Keywords that are glued must not get past the rules for updates either.


@pytest.fixture(scope="module")
def united(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose default graph is the union of all others."""
    with running(cache, "--store", str(tmp_path_factory.mktemp("united") / "store"), "--no-gate", token=TOKEN) as one:
        yield one


@pytest.mark.parametrize(
    "update",
    [
        "INSERTDATA{<urn:a> <urn:b> <urn:c>}",
        "PREFIXa:<urn:>INSERT DATA{a:a a:b a:c}",
        "DELETEWHERE{?s a ?o}",
        "CLEARDEFAULT",
        "CLEAR SILENTDEFAULT",
        "COPY <https://w3id.org/aidtrace/graph/article>TODEFAULT",
    ],
)
def test_no_spelling_of_an_update_writes_to_a_default_graph_that_is_a_union(united: Server, update: str) -> None:
    before = united.get("/health").content["revision"]
    assert united.update(update).status in (400, 409)
    assert united.get("/health").content["revision"] == before


@pytest.mark.parametrize("update", ["CLEAR SILENTNAMED", "DROP SILENTALL", "VERSION '1.2' CLEAR NAMED"])
def test_what_empties_every_graph_empties_their_union(cache: Path, tmp_path: Path, update: str) -> None:
    with running(cache, "--store", str(tmp_path / "store"), "--no-gate", token=TOKEN) as one:
        assert one.update(update).status == 204
        assert one.rows("SELECT * { ?s ?p ?o } LIMIT 1") == []


# All of it without privilege.


@pytest.fixture(scope="module")
def modest(user: User) -> Iterator[Server]:
    """A server that an ordinary user runs on a folder of their own."""
    with running(user.home, "--empty", "--store", str(user.home / "store"), token=TOKEN, python=user.python) as one:
        _fill(one)
        yield one


def test_an_ordinary_users_server_is_isolated_and_none_of_its_processes_is_root(modest: Server, user: User) -> None:
    assert modest.get("/health").content["isolated"] or sys.platform != "linux"
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in (modest.process.pid, *modest.family())}
    assert owners == {user.home.stat().st_uid}
    assert 0 not in owners


def test_an_ordinary_users_server_stops_a_query_at_its_deadline(modest: Server) -> None:
    begun = time.monotonic()
    assert modest.ask(ENDLESS, timeout="1").status == 503
    assert 1 <= time.monotonic() - begun < 5


def idle(pid: int) -> bool:
    try:
        return os.sched_getscheduler(pid) == os.SCHED_IDLE
    except ProcessLookupError:
        return False


def test_an_ordinary_users_server_demotes_a_long_query_and_kills_it_when_told(modest: Server) -> None:
    answers = []
    asking = threading.Thread(target=lambda: answers.append(modest.ask(ENDLESS)))
    asking.start()
    running_now: list[dict[str, object]] = []
    demoted: list[int] = []
    end = time.monotonic() + 8
    while (not running_now or len(demoted) != 1) and time.monotonic() < end:  # one stopped before may still be dying
        time.sleep(0.05)
        running_now = [one for one in modest.get("/requests").content if one["demoted"]]
        demoted = [pid for pid in modest.family() if idle(pid)]
    assert [one["demoted"] for one in running_now] == [True]
    assert len(demoted) == 1
    assert modest.get(f"/requests/{running_now[0]['id']}", method="DELETE").status == 204
    asking.join()
    assert answers[0].status == 503
    end = time.monotonic() + 5
    while demoted[0] in modest.family() and time.monotonic() < end:
        time.sleep(0.05)
    assert demoted[0] not in modest.family()


def test_an_ordinary_users_server_has_both_walls(modest: Server, listener: Listener) -> None:
    for query in QUERIES[:20]:
        assert modest.ask(spelled(query, listener)).status == 403
    for update in UPDATES:
        assert modest.update(spelled(update, listener)).status == 403
    for pid in modest.family():
        told = Path(f"/proc/{pid}/status").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = int(told.partition("PPid:")[2].split()[0])
        if b"spawner" in command and parent != modest.process.pid:  # a worker or the writer
            assert "NoNewPrivs:\t1" in told
            assert "Seccomp:\t2" in told
    assert listener.heard == 0

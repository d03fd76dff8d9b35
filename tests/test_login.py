"""How an engine that asks who we are is answered, and what it is told where its question cannot be read."""

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import engines
import pytest
from conftest import Run

from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.remote import JSON, Dataset, EngineError, Remote

USER, PASSWORD = "keeper", "of-the-lighthouse"
BASIC = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
MD5 = 'Digest realm="x", nonce="n", qop="auth"'
NEWER = 'Digest realm="x", nonce="n", algorithm=SHA-512-256, qop="auth"'


@contextmanager
def asking_who(*challenges: str) -> Iterator[tuple[str, list[str | None]]]:
    """Serve what lets in whoever says anything, and yield its address and what it was told."""
    told = list[str | None]()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            told.append(self.headers["Authorization"])
            body = b'{"head":{},"boolean":true}'
            self.send_response(200 if told[-1] else 401)
            for one in () if told[-1] else challenges:
                self.send_header("WWW-Authenticate", one)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sparql", told
        server.shutdown()


def asked(address: str, user: str = USER) -> None:
    engine = Engine(address, user=user, password=PASSWORD)
    with closing(Remote(engine, direct(*engine.host))) as remote:
        assert b"true" in remote.query("ASK {}", JSON, Dataset(), 5).content()


@pytest.mark.parametrize(
    ("challenges", "answer"),
    [
        (['Basic realm="x"'], BASIC),
        (["basic"], BASIC),
        (['Negotiate, Basic realm="x, Digest"'], BASIC),
        (["Negotiate", 'Basic realm="x"'], BASIC),
        ([NEWER, 'Basic realm="x"'], BASIC),
        ([MD5], f'Digest username="{USER}", realm="x", nonce="n"'),
        (['Basic realm="x", ' + MD5], f'Digest username="{USER}", realm="x", nonce="n"'),
        ([f"{NEWER}, {MD5}"], f'Digest username="{USER}", realm="x", nonce="n"'),
        ([MD5.replace(", ", ",\r\n ")], f'Digest username="{USER}", realm="x", nonce="n"'),
    ],
)
def test_an_engine_is_answered_in_a_way_that_it_offers_and_that_is_known(challenges: list[str], answer: str) -> None:
    with asking_who(*challenges) as (address, told):
        asked(address)
    assert told[0] is None
    assert str(told[1]).startswith(answer)
    assert len(told) == 2


UNREADABLE = [
    "Basic realm",
    "Digest nonce",
    "Digest realm=",
    NEWER,
    'Digest realm="x", nonce="n", qop="auth-int"',
    'Digest realm="x", qop="auth"',
    "Negotiate",
    ", =",
    "",
]


@pytest.mark.parametrize("challenge", UNREADABLE)
def test_a_challenge_that_cannot_be_answered_is_a_problem_and_says_what_can(challenge: str) -> None:
    with asking_who(challenge) as (address, told), pytest.raises(EngineError) as caught:
        asked(address)
    assert (caught.value.status, caught.value.title) == (502, "Engine refuses us")
    assert "expected a challenge of HTTP's basic or digest authentication" in caught.value.detail
    assert told == [None]


def test_a_name_that_digest_cannot_take_is_a_problem_that_does_not_show_it() -> None:
    with asking_who(MD5) as (address, _), pytest.raises(EngineError) as caught:
        asked(address, "wächter")
    assert "expected a challenge" in caught.value.detail
    assert "xe4" not in caught.value.detail


def test_a_challenge_that_cannot_be_answered_stops_the_start_in_one_line(aidtrace: Run, tmp_path: Path) -> None:
    with asking_who("Basic realm") as (address, _):
        file = engines.written(tmp_path, {"query": address, "user": USER, "password": PASSWORD})
        ran = aidtrace("serve", "--port", "0", "--store-file", file)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran.stderr
    assert "expected a challenge" in ran.stderr
    assert PASSWORD not in ran.stderr

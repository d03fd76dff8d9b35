"""The connection to an engine: by TLS from behind the walls, each request within its time, and sent how often."""

import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import engines
import pytest
from conftest import Run
from servers import TOKEN, running

from aidtrace.namespaces import ID, RDFS
from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.remote import JSON, Dataset, EngineError, Remote

THING, LABEL = ID("party/lighthouse"), RDFS("label")
Talk = Callable[[socket.socket], None]


@contextmanager
def listening(talk: Talk, port: int = 0) -> Iterator[int]:
    """Hand each connection to a port, which this yields, to *talk* in a thread of its own; none outlives this."""
    opened = list[socket.socket]()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            opened.append(self.request.dup())  # TLS takes the socket itself away
            with suppress(OSError):
                talk(self.request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

    with Server(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
        for one in opened:
            with suppress(OSError), one:
                one.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("certificate"))


def certified(folder: Path) -> Path:
    """Make a key, and a certificate for localhost that it signs itself."""
    options = ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command, *options], cwd=folder, check=True, capture_output=True)
    return folder / "certificate.pem"


@contextmanager
def secured(certificate: Path, engine: engines.Engine, port: int = 0) -> Iterator[dict[str, str | bool]]:
    """Answer by TLS for *engine*, and yield what the file of ``--store-file`` says of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    where = urlsplit(str(engine.settings["query"]))

    def talk(plain: socket.socket) -> None:
        with (
            context.wrap_socket(plain, server_side=True) as near,
            socket.create_connection((str(where.hostname), where.port or 80)) as far,
        ):
            threading.Thread(target=pumped, args=(far, near), daemon=True).start()
            pumped(near, far)

    with listening(talk, port) as port:
        here = f"https://localhost:{port}"
        yield {name: str(said).replace(f"http://{where.netloc}", here) for name, said in engine.settings.items()}


def pumped(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)


def trust(certificate: Path, how: str, folder: Path, environment: pytest.MonkeyPatch) -> None:
    """Let what is started from here trust *certificate*, by a file or by a folder as ``openssl rehash`` makes it."""
    if how == "SSL_CERT_FILE":
        environment.setenv(how, str(certificate))
        return
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(certificate)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (folder / f"{name}.0").write_bytes(certificate.read_bytes())
    (folder / "0a0b0c0d.0").write_text("no certificate")
    environment.setenv(how, f"{folder / 'none'}:{folder}")


@pytest.mark.parametrize("how", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_an_engine_is_asked_by_tls_from_behind_the_walls(
    how: str, certificate: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(certificate, how, tmp_path, monkeypatch)
    with engines.oxigraph(tmp_path, None) as one, secured(certificate, one) as settings:
        one.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {THING} {LABEL} 'Lighthouse'@en }} }}")
        one.update(engines.UNITE)
        file = engines.written(cache, settings)
        with running(cache, "--store-file", str(file), "--no-gate", token=TOKEN) as server:
            assert server.get("/health").content["isolated"] is True
            assert server.rows(f"SELECT ?o {{ {THING} {LABEL} ?o }}") == [{"o": "Lighthouse"}]
            assert server.update("INSERT DATA { GRAPH <urn:g> { <urn:x> <urn:y> 1 } }").status == 204
            assert server.rows("SELECT ?o { <urn:x> <urn:y> ?o }") == [{"o": "1"}]
            for _ in range(100):
                found = server.get("/search?q=lighthouse")
                if found.status != 503:
                    break
                time.sleep(0.1)
            assert (found.status, b"Lighthouse" in found.body) == (200, True), found.body


def test_an_engine_whose_certificate_is_not_trusted_stops_the_start_in_one_line(
    certificate: Path, aidtrace: Run, tmp_path: Path
) -> None:
    with engines.oxigraph(tmp_path, None) as one, secured(certificate, one) as settings:
        ran = aidtrace("serve", "--port", "0", "--store-file", engines.written(tmp_path, settings))
    assert ran.returncode == 2
    assert "certificate is not trusted (self-signed certificate)" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_certificate_that_is_trusted_no_more_is_a_problem_that_says_so(
    certificate: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(certificate, "SSL_CERT_FILE", tmp_path, monkeypatch)
    with engines.oxigraph(tmp_path, None) as one, ExitStack() as stack:
        before = stack.enter_context(ExitStack())
        settings = before.enter_context(secured(certificate, one))
        server = stack.enter_context(running(cache, "--store-file", str(engines.written(cache, settings))))
        assert server.ask("ASK {}").content["boolean"] is True
        before.close()
        with secured(certified(tmp_path), one, urlsplit(str(settings["query"])).port or 0):
            refused = server.ask("ASK { }")
    assert (refused.status, refused.content["title"]) == (502, "Engine not trusted")
    assert "certificate" in refused.content["detail"]


@contextmanager
def asking(port: int) -> Iterator[Remote]:
    engine = Engine(f"http://127.0.0.1:{port}/sparql")
    with closing(Remote(engine, direct(*engine.host))) as one:
        yield one


def take(line: socket.socket) -> None:
    """Read a question to its end, which may come behind its head."""
    while b"ASK" not in line.recv(1 << 16):
        pass


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"


@pytest.mark.parametrize(
    ("begins", "drop"),
    [
        (b"", b"H"),
        (HEAD, b"X"),
        (HEAD + b"Content-Length: 4000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
)
def test_an_answer_that_comes_in_drops_is_cut_at_the_end_of_its_time(begins: bytes, drop: bytes) -> None:
    def talk(line: socket.socket) -> None:
        take(line)
        line.sendall(begins)
        while True:
            line.sendall(drop)
            time.sleep(0.1)

    with listening(talk) as port, asking(port) as remote:
        begun = time.monotonic()
        with pytest.raises(EngineError) as caught:
            remote.query("ASK {}", JSON, Dataset(), 0.5).content()
    assert caught.value.status == 504
    assert 0.5 < time.monotonic() - begun < 3


def test_an_engine_that_comes_in_drops_does_not_hold_the_start_for_ever(aidtrace: Run, tmp_path: Path) -> None:
    def talk(line: socket.socket) -> None:
        take(line)
        line.sendall(HEAD + b"Content-Length: 4000\r\n\r\n")
        while True:
            line.sendall(b" ")
            time.sleep(0.2)

    with listening(talk) as port:
        file = engines.written(tmp_path, {"query": f"http://127.0.0.1:{port}/sparql"})
        begun = time.monotonic()
        ran = aidtrace("serve", "--port", "0", "--store-file", file, "--deadline", "1")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "in time" in ran.stderr
    assert time.monotonic() - begun < 20


def test_a_reader_that_takes_its_time_is_not_counted_against_the_engine() -> None:
    body = b" " * (1 << 22)

    def talk(line: socket.socket) -> None:
        take(line)
        line.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    with listening(talk) as port, asking(port) as remote:
        reply = remote.query("ASK {}", JSON, Dataset(), 0.2)
        begins = reply.read(1000)
        time.sleep(1.5)
        assert len(begins) + len(reply.read()) == len(body)


def answer(status: str) -> bytes:
    body = b'{"head":{},"boolean":true}' if status.startswith("200") else b"busy"
    kind = JSON if status.startswith("200") else "text/plain"
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


CLOSED, HALF = b"", b"HTTP/1"
TRUE, BUSY, OFTEN = answer("200 OK"), answer("503 Service Unavailable"), answer("429 Too Many Requests")


@pytest.mark.parametrize(
    ("answers", "sent", "status"),
    [
        ([CLOSED, CLOSED, TRUE], 3, 200),
        ([CLOSED], 4, 503),
        ([BUSY, TRUE], 2, 200),
        ([BUSY], 2, 503),
        ([CLOSED, CLOSED, BUSY], 3, 503),
        ([OFTEN], 1, 503),
        ([HALF], 1, 503),
    ],
)
def test_a_read_is_sent_again_where_no_answer_began_and_once_where_the_engine_was_busy(
    answers: list[bytes], sent: int, status: int
) -> None:
    asked = list[bytes]()

    def talk(line: socket.socket) -> None:
        while piece := line.recv(1 << 16):
            if b"ASK" not in piece:
                continue  # the head alone
            asked.append(piece)
            said = answers[min(len(asked), len(answers)) - 1]
            line.sendall(said)
            if said in (CLOSED, HALF):
                line.shutdown(socket.SHUT_RDWR)

    with listening(talk) as port, asking(port) as remote:
        found = 200
        try:
            assert b"true" in remote.query("ASK {}", JSON, Dataset(), 10).content()
        except EngineError as error:
            found = error.status
    assert (found, len(asked)) == (status, sent)

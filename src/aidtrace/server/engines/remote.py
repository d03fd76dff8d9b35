"""One connection to an engine, kept open: the SPARQL Protocol and the Graph Store Protocol as we ask them.

An answer is whole and of the type that was asked for, or it is an `EngineError`, which never holds a credential.
"""

import http.client
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from aidtrace.server.engines.dialing import Dial
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import kind
from aidtrace.server.engines.line import Line
from aidtrace.server.engines.login import Login

JSON, N_TRIPLES = "application/sparql-results+json", "application/n-triples"
_FORM = "application/x-www-form-urlencoded"
_SAME = {JSON: ("application/json",), N_TRIPLES: ("text/plain", "text/ntriples")}
"""What an engine may also call a type."""

_UNBEGUN, _BUSY = (0.0, 0.2, 1.0), (1.0,)
"""Seconds before each further try of a read: that never began to be answered, as over a connection that was just
closed; and that the engine was too busy for."""

_MARGIN = 1.0
"""Seconds by which we wait longer than the engine may take: a process that is late is ended by its server first."""

_TOLD = 300
_SHORT, _PIECE = 1 << 20, 1 << 16
_PARTIAL = ("x-sparql-maxrows", "x-sql-state", "x-sql-message")
"""Headers by which Virtuoso says that rows are missing."""


SENT = "sent"
"""What is told of a failed write after which the engine may hold something else; no client is told it."""

_secrets = set[str]()
"""What this process told an engine in confidence, which may send it back."""


class EngineError(Exception):
    """What a client is told of an engine that did not answer well: a status, a title and a detail.

    *pauses* are the seconds before each further try, where what changes nothing may be sent again.
    """

    def __init__(self, status: int, title: str, detail: str, pauses: Sequence[float] = ()) -> None:
        self.status, self.title, self.detail, self.pauses = status, title, masked(detail), pauses
        super().__init__(self.detail)


def masked(text: str) -> str:
    """Return *text*, which is whole and as it came, without what was told in confidence."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query is asked of; None where it is asked of what the engine has for one."""

    default: Sequence[str] | None = None
    named: Sequence[str] = ()

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of the protocol that say so."""
        if self.default is None:
            return []
        return [
            *(("default-graph-uri", one) for one in self.default),
            *(("named-graph-uri", one) for one in self.named),
        ]


class Reply:
    """The body of an answer, read to its end or not at all; *old* bytes in it are replaced by *new* ones."""

    def __init__(self, response: http.client.HTTPResponse, old: bytes = b"", new: bytes = b"") -> None:
        self._response, self._old, self._new = response, old, new
        self._ready, self._held, self._ended = b"", b"", False

    def content(self) -> Any:
        """Return a short body, which has then come whole, or itself, to read a long one from."""
        self._fill(_SHORT)
        return self._ready if self._ended else self

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes; EngineError where the body ends too early."""
        while not self._ended and (size < 0 or not self._ready):
            self._fill(_PIECE)
        piece = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(piece) :]
        return piece

    def _fill(self, size: int) -> None:
        """Take *size* more bytes, and hold back those that may begin what is replaced."""
        piece = self._taken(size)
        self._ended = len(piece) < size
        text = self._held + piece
        self._held = b""
        if self._old:
            text = text.replace(self._old, self._new)
            if not self._ended:
                text, self._held = text[: -len(self._old)], text[-len(self._old) :]
        self._ready += text

    def _taken(self, size: int) -> bytes:
        try:
            piece: bytes = self._response.read(size)
        except TimeoutError as error:
            raise EngineError(504, "Deadline exceeded", "the engine did not end its answer in time") from error
        except (http.client.HTTPException, OSError) as error:
            raise _broken("the connection ended within an answer") from error
        if len(piece) < size and self._response.length:
            raise _broken(f"{self._response.length} bytes are missing at the end of an answer")
        return piece


class Remote:
    """Asks *engine* over sockets that *dial* opens."""

    def __init__(self, engine: Engine, dial: Dial) -> None:
        self.engine, self.kind = engine, kind(engine.name)
        self._connection = Line(engine.query, dial)
        self._writer = Login(engine) if engine.user else None
        self._reader = self._login = Login(engine.reading) if engine.user else None
        self._last: http.client.HTTPResponse | None = None
        basic = [one.basic for one in (self._writer, self._reader) if one]
        told = (engine.token, engine.password, engine.read_password, *basic)
        _secrets.update(form for one in told if one for form in (one, repr(one)[1:-1]))

    def query(self, text: str, accept: str, dataset: Dataset, seconds: float) -> Reply:
        """Ask a query, for so many *seconds*."""
        fields = [("query", text), *dataset.parameters]
        if self.kind.timeout:
            fields.append((self.kind.timeout, str(max(1, round(seconds * self.kind.per_second)))))
        headers = {"Content-Type": _FORM, "Accept": accept}
        response = self._read("POST", self.engine.query, urlencode(fields).encode(), headers, seconds)
        _expect(response, accept)
        return Reply(response, *(self.kind.rewritten if accept == JSON else ()))

    def update(self, text: str, seconds: float) -> None:
        """Carry out an update, once; where the connection is lost, it may have been carried out."""
        headers = {"Content-Type": "application/sparql-update; charset=utf-8", "Accept": "*/*"}
        self._write("POST", self.engine.update, text.encode(), headers, seconds)

    def store(self, method: str, graph: str, body: bytes, seconds: float) -> None:
        """Put, post or delete *graph*, whose triples *body* has as N-Triples, once."""
        parts = urlsplit(self.engine.graph_store)
        address = f"{self.engine.graph_store}{'&' if parts.query else '?'}{urlencode({'graph': graph})}"
        headers = {"Accept": "*/*"} if method == "DELETE" else {"Accept": "*/*", "Content-Type": N_TRIPLES}
        self._write(method, address, None if method == "DELETE" else body, headers, seconds)

    def server(self, seconds: float) -> str:
        """Return what the engine calls itself."""
        headers = {"Content-Type": _FORM, "Accept": JSON}
        body = urlencode({"query": "ASK {}"}).encode()
        response = self._read("POST", self.engine.query, body, headers, seconds)
        Reply(response).read()
        return response.getheader("Server") or ("fuseki" if response.getheader("Fuseki-Request-Id") else "")

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._connection.close()
        self._last = None

    def _read(self, method: str, address: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Any:
        """Send what changes nothing; again, a little later, where the failure allows for it."""
        self._login = self._reader
        until = time.monotonic() + seconds
        self._connection.left = seconds + _MARGIN
        for tried in range(len(_UNBEGUN)):
            try:
                return self._once(method, address, body, headers)
            except EngineError as error:
                if tried >= len(error.pauses) or time.monotonic() + error.pauses[tried] > until:
                    raise
                time.sleep(error.pauses[tried])
        return self._once(method, address, body, headers)

    def _write(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str], seconds: float) -> None:
        """Send what changes something, once, over a new connection: one that was idle may just be closing."""
        self._login = self._writer
        self.close()
        self._connection.left = seconds + _MARGIN
        try:
            Reply(self._once(method, address, body, headers)).read()
        except EngineError as error:
            if error.title not in ("Engine not reached", "Deadline exceeded", "Engine's answer broken"):
                raise
            told = f"{error.detail}; what was sent may have been carried out all the same"
            raise EngineError(error.status, error.title, told) from error

    def _once(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        response = self._send(method, address, body, headers)
        if response.status == http.client.UNAUTHORIZED and self._login:
            challenge = response.getheader("WWW-Authenticate") or ""
            Reply(response).read()
            try:
                new = self._login.learn(challenge)
            except ValueError as error:
                raise EngineError(502, "Engine refuses us", str(error)) from error
            if new:
                response = self._send(method, address, body, headers)
        if not 200 <= response.status < 300 or response.status == http.client.PARTIAL_CONTENT:
            raise self._failed(response)
        partial = next((name for name in _PARTIAL if response.getheader(name)), "")
        if partial:
            self.close()
            raise EngineError(502, "Result incomplete", f"the engine stopped before the last row ({partial})")
        return response

    def _send(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        parts = urlsplit(address)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if self._last and not self._last.isclosed():
            self.close()  # nobody wanted the rest of it
        self._connection.begun = False
        try:
            self._connection.request(method, target, body, {**headers, **self._authorization(method, address)})
            self._last = self._connection.getresponse()
            return self._last
        except TimeoutError as error:
            self.close()
            raise EngineError(504, "Deadline exceeded", "the engine did not answer in time") from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            told = f"the engine's certificate is not trusted ({error.verify_message[:_TOLD].rstrip('.')})"
            raise EngineError(502, "Engine not trusted", told) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            said = masked(getattr(error, "strerror", "") or str(error) or type(error).__name__).lower()
            unbegun = isinstance(error, ConnectionError | ssl.SSLEOFError) and not self._connection.begun
            told = f"the engine does not answer: {said[:_TOLD]}"
            raise EngineError(503, "Engine not reached", told, _UNBEGUN if unbegun else ()) from error

    def _authorization(self, method: str, address: str) -> dict[str, str]:
        if self.engine.token:
            return {"Authorization": f"Bearer {self.engine.token}"}
        answer = self._login.answer(method, address) if self._login else ""
        return {"Authorization": answer} if answer else {}

    def _failed(self, response: http.client.HTTPResponse) -> EngineError:
        """Say what an answer means that is none."""
        status = response.status
        said = self._said(response)
        self.close()
        if 300 <= status < 400:
            where = _host(response.getheader("Location") or "")
            told = f"the engine sends on to {where}, and nothing is sent there; expected the address itself"
            return EngineError(502, "Engine moved", told)
        if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            return EngineError(502, "Engine refuses us", f"the engine does not let this server in ({status})")
        if status == http.client.BAD_REQUEST:
            return EngineError(400, "Not understood by the engine", said or "the engine did not say why")
        if status == http.client.SERVICE_UNAVAILABLE and "timed out" in said:  # as Fuseki says it
            return EngineError(504, "Deadline exceeded", "the engine stopped the query")
        if status in (http.client.SERVICE_UNAVAILABLE, http.client.TOO_MANY_REQUESTS):
            told = f"the engine is busy or stopped the query ({status}): {said}"
            pauses = _BUSY if status == http.client.SERVICE_UNAVAILABLE else ()
            return EngineError(503, "Engine not reached", told, pauses)
        if status in (http.client.REQUEST_TIMEOUT, http.client.GATEWAY_TIMEOUT):
            return EngineError(504, "Deadline exceeded", f"the engine stopped the query ({status})")
        return EngineError(502, "Engine failed", f"the engine answered {status}: {said}")

    def _said(self, response: http.client.HTTPResponse) -> str:
        """Return the first line of what the engine says of a failure, without what we told it in confidence."""
        try:
            text = response.read(1 << 14).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException):
            return ""
        return "".join(sign if sign.isprintable() else " " for sign in masked(text).partition("\n")[0][:_TOLD])


def _host(address: str) -> str:
    """Return the host of an address that an engine sends on to."""
    try:
        return masked(urlsplit(address).netloc)[:_TOLD] or "another place"
    except ValueError:
        return "another place"


def _expect(response: http.client.HTTPResponse, accept: str) -> None:
    """Raise EngineError where an answer is of another type, or may end early without our seeing it."""
    media = masked(response.getheader("Content-Type") or "").partition(";")[0].strip().lower()[:_TOLD]
    if media != accept and media not in _SAME[accept]:
        response.close()
        raise EngineError(502, "Engine failed", f"the engine answered with {media or 'no type'}; expected {accept}")
    if accept != JSON and response.length is None and not response.chunked:
        response.close()
        raise _broken("an answer has no length and no chunks, so that its end cannot be told")


def _broken(detail: str) -> EngineError:
    return EngineError(502, "Engine's answer broken", f"{detail}; expected it whole")

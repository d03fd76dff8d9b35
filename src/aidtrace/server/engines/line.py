"""The line to an engine: HTTP, by TLS where the address says so, over a socket that something else opened.

What TLS needs is loaded when a line is made, for it is used behind walls; and each request has so many seconds.
"""

import encodings.idna  # noqa: F401  (TLS loads it at the first connection, when no file is in reach)
import http.client
import io
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aidtrace.server.engines.dialing import Dial


class Line(http.client.HTTPConnection):
    """One connection to the host of *address*, opened when it is first used.

    *left* are the seconds that its requests may still wait for the engine: what we do in between does not count.
    *begun* says whether any of an answer has come since that was last unset.
    """

    def __init__(self, address: str, dial: Dial) -> None:
        parts = urlsplit(address)
        super().__init__(parts.netloc)
        self._dial, self._name = dial, parts.hostname
        self._context = _context() if parts.scheme == "https" else None
        self.left, self.begun = 0.0, False

    def connect(self) -> None:
        """Take a new socket (`http.client` calls this)."""
        line = self._dial()
        if self._context:
            with self.step(line):
                line = self._context.wrap_socket(line, server_hostname=self._name)
        self.sock = _Timed(self, line)

    @contextmanager
    def step(self, line: socket.socket) -> Iterator[None]:
        """Let *line* wait for what is left and no longer: TimeoutError."""
        if self.left <= 0:
            raise TimeoutError
        line.settimeout(self.left)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - begun


class _Timed:
    """What `http.client` wants of a socket; a timeout of the socket's own would begin anew with each byte."""

    def __init__(self, owner: Line, line: socket.socket) -> None:
        self._owner, self._line = owner, line
        self.close = line.close

    def sendall(self, data: bytes) -> None:
        """Send all of *data*."""
        rest = memoryview(data)
        while rest:
            with self._owner.step(self._line):
                rest = rest[self._line.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002
        """Return what an answer is read from."""
        return io.BufferedReader(_Steps(self._owner, self._line))


class _Steps(io.RawIOBase):
    """What comes over a line, a step at a time."""

    def __init__(self, owner: Line, line: socket.socket) -> None:
        self._owner, self._line = owner, line
        self._coming = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next bytes."""
        with self._owner.step(self._line):
            size = self._coming.readinto(buffer)
        self._owner.begun = self._owner.begun or bool(size)
        return size

    def close(self) -> None:
        """Let go of the socket."""
        self._coming.close()
        super().close()


def _context() -> ssl.SSLContext:
    """Trust whom this machine trusts, and read all of it now: OpenSSL looks into a folder when it meets a name."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    folders = os.environ.get(paths.openssl_capath_env, paths.openssl_capath).split(os.pathsep)
    for file in (file for folder in folders if folder for file in Path(folder).glob("????????.[0-9]*")):
        with suppress(OSError):  # whatever is no certificate is passed over, as OpenSSL does
            context.load_verify_locations(file)
    return context

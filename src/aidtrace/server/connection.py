"""A client's connection: uvicorn's, with limits on the head of a request, and a way to drop who reads nothing.

The head of an answer and the beginning of its body leave together: one call and one packet instead of two.
"""

import re
from asyncio import AbstractEventLoop, TimerHandle, Transport
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 1 << 16
"""Bytes of a request line and its headers; a query by GET has to fit in."""

SLOWEST_HEAD = 30.0
"""Seconds in which the head of a request has to arrive."""

_HELD = 1 << 19
"""Bytes that the system holds for a client: with more, one that reads slowly would seem to read nothing for long."""

_LARGE = 1 << 14
"""Pieces of so many bytes are not kept for others to go with them."""

_END = b"\r\n\r\n"
_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)
"""A wish that this server does not grant; the parser would take what follows the head for another protocol."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection: a head that is too large is answered with 431, one that does not come ends it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head, self._later, self._in_body = b"", b"", False
        self._clock: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin (asyncio calls this): the first head has to come in time, also where nothing comes at all."""
        held = transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(SOL_SOCKET, SO_SNDBUF, _HELD)
        super().connection_made(cast(Transport, Joined(transport, self.loop)))
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Hand a head on when it is whole, and all else as it comes (asyncio calls this)."""
        if self.transport.is_closing():
            return
        if self._in_body:
            super().data_received(data)
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._later += data  # it is not looked at yet, but that the client hangs up is still noticed
            if len(self._later) > LARGEST_HEAD:
                self.flow.pause_reading()
            return
        self._start_clock()
        head, end, rest = (self._head + data).partition(_END)
        if len(head) > LARGEST_HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif end:
            self._head = b""
            super().data_received(_UPGRADE.sub(b"\r\nx-ignored-upgrade:", head) + end)
            if rest and not self.transport.is_closing():
                self.data_received(rest)
        elif b"\n\n" in head:  # no head of HTTP/1.1, which the parser says
            super().data_received(head)
        else:
            self._head = head

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile (uvicorn calls this)."""
        super().on_response_complete()
        if self._later:
            later, self._later = self._later, b""
            self.loop.call_soon(self.data_received, later)

    def on_message_begin(self) -> None:
        """Give the application a way to drop the connection at once (the parser calls this)."""
        super().on_message_begin()
        self.scope["state"]["drop"] = self._drop

    def on_headers_complete(self) -> None:
        """Stop the clock (the parser calls this); HTTP/1.0 knows no chunks, and an upgrade would eat the body."""
        self._in_body = True
        self._stop_clock()
        if self.parser.should_upgrade():
            raise httptools.HttpParserCallbackError  # what is answered with 400
        super().on_headers_complete()
        if self.parser.get_http_version() == "1.0":
            self.cycle.chunked_encoding = False

    def on_message_complete(self) -> None:
        """Expect another head (the parser calls this)."""
        self._in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock (asyncio calls this)."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(SLOWEST_HEAD, self._drop)

    def _stop_clock(self) -> None:
        if self._clock:
            self._clock.cancel()
            self._clock = None

    def _drop(self) -> None:
        if self.transport:
            self.transport.abort()


class Joined:
    """A transport that keeps what is written until the loop has run what is ready, and sends it at once."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep *data*; what is large goes out now, so that the transport can say when it has enough."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        if len(data) >= _LARGE:
            self._flush()

    def close(self) -> None:
        """Send what is kept and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held and not self._transport.is_closing():
            self._transport.write(b"".join(self._held))
        self._held.clear()

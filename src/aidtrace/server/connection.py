"""A client's connection: uvicorn's, with limits on the head of a request, and a way to drop who reads nothing.

The head of an answer and the beginning of its body leave together: one call and one packet instead of two.
"""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 1 << 16
"""Bytes of a request line and its headers; a query by GET has to fit in."""

SLOWEST_HEAD = 30.0
"""Seconds in which the head of a request has to arrive."""

_LARGE = 1 << 14
"""Pieces of so many bytes are not kept for others to go with them."""

_END = b"\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection: a head that is too large is answered with 431, one that does not come ends it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_size, self._tail, self._in_body = 0, b"", False
        self._clock: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin (asyncio calls this)."""
        super().connection_made(cast(Transport, Joined(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head, and hand all on (asyncio calls this)."""
        if not self._in_body:
            room = max(LARGEST_HEAD - self._head_size, 0)
            if len(data) > room and _END not in self._tail + data[:room]:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                return
            self._head_size += len(data)
            self._tail = data[-len(_END) + 1 :]
            if self._clock is None:
                self._clock = self.loop.call_later(SLOWEST_HEAD, self._drop)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Give the application a way to drop the connection at once (the parser calls this)."""
        super().on_message_begin()
        self.scope["state"]["drop"] = self._drop

    def on_headers_complete(self) -> None:
        """Stop the clock (the parser calls this)."""
        self._head_size, self._tail, self._in_body = 0, b"", True
        self._stop_clock()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another head (the parser calls this)."""
        self._in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock (asyncio calls this)."""
        self._stop_clock()
        super().connection_lost(exc)

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

"""A client's connection: uvicorn's, with limits on the head of a request, and a way to drop who reads nothing."""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 1 << 16
"""Bytes of a request line and its headers; a query by GET has to fit in."""

SLOWEST_HEAD = 30.0
"""Seconds in which the head of a request has to arrive."""

_END = b"\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection: a head that is too large is answered with 431, one that does not come ends it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_size, self._tail, self._in_body = 0, b"", False
        self._clock: TimerHandle | None = None

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

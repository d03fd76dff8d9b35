"""Dials for a process that may reach no network itself: a child opens connections to one host, and hands them over.

The child reads nothing but a wish for a connection, so that whoever took over its parent would reach that host alone.
"""

import os
import socket
from collections.abc import Callable

from aidtrace import confine

Dial = Callable[[], socket.socket]
PATIENCE = 5.0
"""Seconds until a connection is given up."""

_LONGEST, _HANDLES = 512, 1 << 12


class DialError(ConnectionError):
    """The host could not be reached: the text says why."""


def direct(host: str, port: int) -> Dial:
    """Return what dials *host* from this process itself."""
    return lambda: _opened(host, port)


def child(host: str, port: int) -> Dial:
    """Fork a child that dials *host*, and return what asks it to; called before the walls stand."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        try:
            confine.die_with_parent()
            handle = os.dup2(theirs.fileno(), 3)
            os.closerange(4, _HANDLES)  # the line to the server among them, which is to end with our parent
            _serve(socket.socket(fileno=handle), host, port)
        finally:
            os._exit(0)
    theirs.close()

    def dial() -> socket.socket:
        ours.send(b"?")
        said, handles, _, _ = socket.recv_fds(ours, _LONGEST, 1)
        if not handles:
            raise DialError(said.decode() or "what dials has ended")
        return socket.socket(fileno=handles[0])

    return dial


def _serve(channel: socket.socket, host: str, port: int) -> None:
    while channel.recv(1):
        try:
            found = _opened(host, port)
        except DialError as error:
            channel.send(str(error).encode()[:_LONGEST])
        else:
            socket.send_fds(channel, [b"!"], [found.fileno()])
            found.close()


def _opened(host: str, port: int) -> socket.socket:
    try:
        found = socket.create_connection((host, port), PATIENCE)
    except OSError as error:
        raise DialError((error.strerror or str(error)).lower()) from error
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found

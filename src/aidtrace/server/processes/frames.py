"""The frames that the server and its processes exchange over a Unix socket: a kind, a length, the content."""

import json
import os
import socket
import struct
from typing import Any

FRAME = struct.Struct("!cI")

READY, REQUEST = b"R", b"Q"
"""A process says with READY, in JSON, its pid and whether it is isolated."""
HEAD, DATA, END = b"H", b"D", b"E"
WHOLE = b"W"
"""A short answer in one frame: the length of the media type in one byte, the media type, the body."""
PROGRESS = b"P"
"""How far a process is, in JSON: constraints that were checked, and of how many."""
ERROR = b"X"
"""A JSON object with status, title and detail."""


def send(channel: socket.socket, kind: bytes, content: bytes = b"") -> None:
    """Send one frame."""
    channel.sendall(FRAME.pack(kind, len(content)) + content)


def send_whole(channel: socket.socket, media_type: str, body: bytes) -> None:
    """Send a short answer at once."""
    name = media_type.encode()
    send(channel, WHOLE, bytes([len(name)]) + name + body)


def split_whole(content: bytes) -> tuple[str, bytes]:
    """Return the media type and the body of a short answer."""
    end = 1 + content[0]
    return content[1:end].decode(), content[end:]


def ready(channel: socket.socket, *, isolated: bool) -> None:
    """Say that this process is ready."""
    send(channel, READY, json.dumps({"pid": os.getpid(), "isolated": isolated}).encode())


def problem(status: int, title: str, detail: str, **more: Any) -> bytes:
    """Build the content of an error frame; *more* are members of the problem document."""
    return json.dumps({"status": status, "title": title, "detail": detail, "more": more}).encode()


def receive(channel: socket.socket) -> tuple[bytes, bytes] | None:
    """Wait for one frame; None when the other side has gone."""
    head = _exactly(channel, FRAME.size)
    if head is None:
        return None
    kind, length = FRAME.unpack(head)
    content = _exactly(channel, length)
    return None if content is None else (kind, content)


def receive_request(channel: socket.socket) -> dict[str, Any] | None:
    """Wait for a request; None when the other side has gone."""
    frame = receive(channel)
    if frame is None:
        return None
    request: dict[str, Any] = json.loads(frame[1])
    return request


def _exactly(channel: socket.socket, length: int) -> bytes | None:
    content = bytearray()
    while len(content) < length:
        piece = channel.recv(length - len(content))
        if not piece:
            return None
        content += piece
    return bytes(content)

"""A worker: a process of its own that runs one query at a time over a read-only store, and may be killed.

It needs pyoxigraph and the standard library only, so that a new one is ready in a blink. It talks over the socket
that is its standard input: a request is a frame of JSON, an answer is a head, any number of data frames, and an
end; or an error. Query and serialisation stay in one thread, since pyoxigraph aborts the process otherwise.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
)

from aidtrace.errors import first_complaint

HEAD, DATA, END, ERROR, READY = b"H", b"D", b"E", b"X", b"R"
FRAME = struct.Struct("!cI")
MEMORY = 2 << 30
_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000

RESULTS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}

_FORMATS: dict[str, Any] = {**RESULTS, **GRAPHS}


class _Writer:
    """A file that sends what is written to it in frames; the head goes out with the first byte."""

    def __init__(self, channel: socket.socket, media_type: str) -> None:
        self._channel, self._head, self._buffer = channel, media_type, bytearray()

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self._head:
            send(self._channel, HEAD, self._head.encode())
            self._head = ""
        if self._buffer:
            send(self._channel, DATA, bytes(self._buffer))
            self._buffer.clear()


def send(channel: socket.socket, kind: bytes, content: bytes = b"") -> None:
    """Send one frame."""
    channel.sendall(FRAME.pack(kind, len(content)) + content)


def answer(store: Store, request: dict[str, Any], channel: socket.socket) -> None:
    """Run the query of *request* and send its result, or an error with status, title and detail."""
    try:
        result = store.query(request["query"], **_dataset(request))
        form = request["results"] if isinstance(result, (QuerySolutions, QueryBoolean)) else request["graph"]
        if form is None:
            send(channel, ERROR, _problem(406, "Not acceptable", "no accepted media type fits this kind of query"))
            return
        writer: Any = _Writer(channel, form)
        result.serialize(writer, _FORMATS[form])
        writer.flush()
        send(channel, END)
    except SyntaxError as error:
        send(channel, ERROR, _problem(400, "Malformed query", first_complaint(str(error))))
    except (OSError, ValueError, RuntimeError) as error:
        send(channel, ERROR, _problem(500, "Query failed", first_complaint(str(error))))


def _dataset(request: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if request.get("base"):
        options["base_iri"] = request["base"]
    if request.get("default") is not None:
        options["default_graph"] = [NamedNode(iri) for iri in request["default"]]
    if request.get("named") is not None:
        options["named_graphs"] = [NamedNode(iri) for iri in request["named"]]
    return options


def _problem(status: int, title: str, detail: str) -> bytes:
    return json.dumps({"status": status, "title": title, "detail": detail}).encode()


def _confine() -> bool:
    """Die with the parent, cap the memory, and leave the network; say whether the last was possible."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def main() -> None:
    """Serve requests from standard input until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    isolated = _confine()
    channel = socket.socket(fileno=os.dup(0))
    store = Store.read_only(sys.argv[1])
    graphs = [graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    send(channel, READY, json.dumps({"isolated": isolated, "graphs": graphs}).encode())
    reader = channel.makefile("rb")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while head := reader.read(FRAME.size):
            _, length = FRAME.unpack(head)
            answer(store, json.loads(reader.read(length)), channel)


if __name__ == "__main__":
    main()

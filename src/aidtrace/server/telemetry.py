"""What operators see: metrics for Prometheus, and one line for each request."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TextIO
from urllib.parse import parse_qs

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from aidtrace.server.http import Message, Scope, Send
from aidtrace.server.service import Service

_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
_FLUSH = 0.2


class Telemetry:
    """Counts requests, and writes a line for each to *out* in the format ``text`` or ``json``."""

    def __init__(self, form: str = "text", out: TextIO | None = None) -> None:
        self._json, self._out = form == "json", out or sys.stderr
        self._registry = CollectorRegistry()
        self._latency = Histogram(
            "aidtrace_request_seconds", "Time to the end of the answer", registry=self._registry, buckets=_BUCKETS
        )
        self._requests = Counter(
            "aidtrace_requests", "Requests by path and status", ["path", "status"], registry=self._registry
        )
        self._counters: dict[tuple[str, int], Any] = {}
        self._infos: list[tuple[Info, Callable[[], dict[str, str]]]] = []
        self._lines: list[str] = []
        self._flushing = False

    def gauge(self, name: str, told: str, value: Callable[[], float]) -> None:
        """Show *value* as it is when someone looks, as ``aidtrace_NAME``."""
        Gauge(f"aidtrace_{name}", told, registry=self._registry).set_function(value)

    def info(self, name: str, told: str, value: Callable[[], str]) -> None:
        """Show a text as the label of a metric that is always 1."""
        self._infos.append((Info(f"aidtrace_{name}", told, registry=self._registry), lambda: {name: value()}))

    def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        for info, labels in self._infos:
            info.info(labels())
        return generate_latest(self._registry)

    def request(self, scope: Scope, status: int, begun: float, size: int, outcome: str, query: str) -> None:
        """Count one request and write its line."""
        taken = time.perf_counter() - begun
        self._latency.observe(taken)
        where = _group(scope["path"])
        counter = self._counters.get((where, status))
        if counter is None:
            counter = self._counters[where, status] = self._requests.labels(where, status)
        counter.inc()
        client = scope["client"][0] if scope.get("client") else "-"
        if self._json:
            line = json.dumps(
                {
                    "time": round(time.time(), 3),
                    "client": client,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round(taken * 1e3, 2),
                    "bytes": size,
                    "query": query,
                    "outcome": outcome,
                },
                ensure_ascii=False,
            )
        else:
            path = scope["path"].encode("unicode_escape").decode()
            line = f"{client} {scope['method']} {path} {status} {taken * 1e3:.1f} ms {size} B {query or '-'} {outcome}"
        self._lines.append(line)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(_FLUSH, self.flush)

    def flush(self) -> None:
        """Write the lines that wait."""
        self._flushing = False
        if self._lines:
            self._out.write("\n".join(self._lines) + "\n")
            self._out.flush()
            self._lines.clear()


class Observed:
    """A send that remembers the status, the size and whether the answer came to its end, and names the revision.

    That of a failure is the one that was asked for, if such a one is known.
    """

    __slots__ = ("scope", "send", "service", "size", "status", "whole")

    def __init__(self, send: Send, service: Service, scope: Scope) -> None:
        self.send, self.service, self.scope = send, service, scope
        self.status, self.size, self.whole = 0, 0, False

    async def __call__(self, message: Message) -> None:
        """Send *message* on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if not any(name == b"aidtrace-revision" for name, _ in message["headers"]):
                named = [(b"aidtrace-revision", one.encode()) for one in [self._revision()] if one]
                message = {**message, "headers": [*message["headers"], *named]}
        else:
            self.size += len(message.get("body", b""))
            self.whole = not message.get("more_body")
        await self.send(message)

    def _revision(self) -> str:
        return self.service.asked(_asked(self.scope) if self.status >= HTTPStatus.BAD_REQUEST else [])


def _asked(scope: Scope) -> list[str]:
    """Return the revisions that *scope* asks for: in its address, or as an endpoint noted them from a form."""
    noted: list[str] = scope.get("aidtrace.revisions", [])
    return noted or parse_qs(scope["query_string"].decode("latin-1")).get("revision", [])


def _group(path: str) -> str:
    """Return the first part of *path* where it is one of ours: a label that strangers cannot multiply."""
    head = "/" + path.removeprefix("/").partition("/")[0]
    return head if head in _PATHS else "other"


_PATHS = {
    "/", "/sparql", "/data", "/graph", "/queries", "/openapi.json", "/requests", "/health", "/metrics", "/id", "/page",
    "/static", "/validations", "/shapes", "/trace", "/.well-known", "/q",
}  # fmt: skip

"""A response cache in front of everything: whole 200 answers by revision and request, bounded in bytes.

The data change by revision only, so an entry is exact for as long as its revision is current; entries of older
revisions fall out as the least used.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aidtrace.server.http import Message, Scope, Send, headers_of

_LARGEST = 1 << 20
_OVERHEAD = 1 << 10
"""What an entry takes beside its body, about."""


@dataclass(frozen=True)
class Entry:
    """A response as it was sent."""

    start: Message
    body: Message
    size: int
    query: str


class Cache:
    """Holds up to *size* bytes of answers."""

    def __init__(self, size: int = 64 << 20) -> None:
        self.size, self.held, self.hits, self.misses = size, 0, 0, 0
        self._entries: OrderedDict[Any, Entry] = OrderedDict()

    @staticmethod
    def key(revision: str, scope: Scope) -> Any:
        """Return what decides the answer to a GET, or None where there is no caching."""
        if scope["method"] != "GET":
            return None
        found = headers_of(scope)
        if b"authorization" in found or b"if-none-match" in found:
            return None
        return (
            revision,
            scope["path"],
            scope["query_string"],
            found.get(b"accept"),
            found.get(b"accept-encoding"),
            datetime.now(UTC).date(),  # a page says on which day it was seen, by UTC
            found.get(b"host"),
            scope.get("scheme"),
        )

    def get(self, key: Any) -> Entry | None:
        """Return the answer under *key*."""
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return entry

    def keeping(self, key: Any, scope: Scope, send: Send) -> Send:
        """Wrap *send* so that a whole answer that may be cached is kept under *key*, where that is not None."""
        if key is None:
            return send
        begun: list[Message] = []
        parts: list[bytes] = []

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 200 and _storable(message):
                    begun.append(message)
            elif begun:
                parts.append(message.get("body", b""))
                if sum(map(len, parts)) > _LARGEST:
                    begun.clear()
                elif not message.get("more_body"):
                    self._put(key, _entry(key, begun.pop(), b"".join(parts), scope))
            await send(message)

        return kept

    def _put(self, key: Any, entry: Entry) -> None:
        replaced = self._entries.pop(key, None)
        self._entries[key] = entry
        self.held += entry.size + _OVERHEAD - (replaced.size + _OVERHEAD if replaced else 0)
        while self.held > self.size:
            _, old = self._entries.popitem(last=False)
            self.held -= old.size + _OVERHEAD


def _entry(key: Any, start: Message, body: bytes, scope: Scope) -> Entry:
    size = len(body) + sum(len(part) for part in key if isinstance(part, bytes | str))
    return Entry(start, {"type": "http.response.body", "body": body}, size, scope.get("aidtrace.query", ""))


def _storable(message: Message) -> bool:
    """Whether the answer bears a tag, and so is the same for the same request at this revision, and is for everyone."""
    headers = message["headers"]
    private = any(name == b"cache-control" and b"private" in value for name, value in headers)
    return not private and any(name == b"etag" for name, _ in headers)

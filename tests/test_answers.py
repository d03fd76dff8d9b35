"""How an answer leaves: what happens to a client that takes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import pytest

from aidtrace.server import caching
from aidtrace.server.answers import _stream
from aidtrace.server.caching import Cache
from aidtrace.server.http import BrokenTransferError, Message, start


class Endless:
    """An answer with a piece for whoever asks."""

    def streams_to(self, drop: object) -> None:
        """Take note of nothing."""

    async def pieces(self) -> AsyncIterator[bytes]:
        while True:
            yield b"row\n"


def test_a_client_that_takes_nothing_is_dropped_and_the_answer_is_broken() -> None:
    dropped: list[bool] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()  # the client's window is full, for good

    async def run() -> None:
        answer: Any = Endless()
        await _stream(answer, start(200, "text/csv"), 0.05, send, lambda: dropped.append(True))

    with pytest.raises(BrokenTransferError, match=r"took nothing for 0\.05 s"):
        asyncio.run(run())
    assert dropped == [True]


def test_what_is_kept_is_kept_for_a_day_of_utc_as_a_page_tells_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = {"method": "GET", "path": "/about", "query_string": b"", "headers": []}
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    monkeypatch.setattr(caching, "datetime", Clock)
    monkeypatch.setenv("TZ", "Asia/Baku")  # four hours ahead
    time.tzset()
    try:
        assert date(2026, 3, 1) in Cache.key("r", scope)
        moment += timedelta(hours=1)
        assert date(2026, 3, 2) in Cache.key("r", scope)
    finally:
        monkeypatch.undo()
        time.tzset()

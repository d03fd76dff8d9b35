"""How an answer leaves: what happens to a client that takes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from aidtrace.server.answers import _stream
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

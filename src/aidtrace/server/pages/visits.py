"""Pages that are being made, each in a thread: so many at once, and what one asks ends when its client hangs up."""

import asyncio
import math
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from aidtrace.server.http import App, Message, Receive, Scope, Send, hung_up
from aidtrace.server.problems import Problem, busy
from aidtrace.server.service import Snapshot

AT_ONCE = 64
"""So many pages are made at once: more than the queries that may take long, so that these never hold them all."""

THREADS = AT_ONCE + 8
"""Some are left for the files of the pages, which ask for nothing."""

_FILES = "/static/"


class Visit:
    """What is asked for one page, for as long as its client is there: all of it is asked of *snapshot*."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.gone, self.snapshot = False, snapshot
        self._asked, self._lock = set[Future[Any]](), Lock()

    @contextmanager
    def asking(self, answer: Future[Any]) -> Iterator[None]:
        """Let *answer*, which the block waits for, end with the visit; Problem 499 where it does."""
        with self._lock:
            self._asked.add(answer)
        try:
            if self.gone:
                answer.cancel()
            yield
        except CancelledError as error:
            raise client_gone() from error
        finally:
            with self._lock:
                self._asked.discard(answer)

    def end(self) -> None:
        """Let go of all that is waited for: nobody reads the page."""
        self.gone = True
        with self._lock:
            asked = list(self._asked)
        for one in asked:
            one.cancel()


current: ContextVar[Visit] = ContextVar("visit")
"""The visit that this thread makes a page for."""


class Visits:
    """Lets pages be made; those beyond so many at once are told to come again."""

    def __init__(self) -> None:
        self._pages = 0

    async def make(self, pages: App, snapshot: Snapshot, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a page by *pages* out of *snapshot*.

        Problem 499 where its client hangs up before it is sent, 503 where there are many.
        """
        visit = Visit(snapshot)
        current.set(visit)
        if scope["path"].startswith(_FILES):
            await pages(scope, receive, send)
            return
        if self._pages >= AT_ONCE:
            raise busy(f"{AT_ONCE} pages are being made already")
        self._pages += 1
        try:
            await _made(visit, pages, scope, receive, send)
        finally:
            self._pages -= 1


def client_gone() -> Problem:
    """Build the problem of a request that nobody waits for."""
    return Problem(499, "Client gone", "the client hung up")


async def _made(visit: Visit, pages: App, scope: Scope, receive: Receive, send: Send) -> None:
    reading = scope["method"] in ("GET", "HEAD")
    watch, sent_whole, left = list[asyncio.Task[None]](), False, math.inf

    async def look() -> None:
        await hung_up(receive)
        if not sent_whole:  # else it is only told that there is nothing more
            visit.end()

    async def body() -> Message:
        message = await receive()
        if not message.get("more_body") and not watch:
            watch.append(asyncio.ensure_future(look()))
        return message

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def sent(message: Message) -> None:
        nonlocal sent_whole, left
        if visit.gone:  # what is made of nothing is not to be kept either
            return
        if message["type"] == "http.response.start":
            size = b"0" if scope["method"] == "HEAD" else dict(message["headers"]).get(b"content-length")
            left = int(size) if size else left
            sent_whole = left <= 0
        else:
            left -= len(message["body"])
            sent_whole = left <= 0 or not message.get("more_body")  # a client may go once it has what was announced
        await send(message)

    if reading:
        watch.append(asyncio.ensure_future(look()))
    try:
        await pages(scope, nothing if reading else body, sent)
    finally:
        for one in watch:
            one.cancel()
    if visit.gone:
        raise client_gone()

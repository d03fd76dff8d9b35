"""Turns: while short queries are asked, few long ones run at a time, so that a processor stays free.

Where two demoted queries share a processor, what wakes there may wait for the kernel's next tick, some milliseconds,
although all that is demoted should yield at once. Hence those beyond the number of processors but one are stopped
and continued in turn, for as long as short queries come; in a calm all run.
"""

import asyncio
import os
import signal
from collections import deque
from contextlib import suppress

from aidtrace.server.processes.lease import Process

TURN = 0.2
"""Seconds that a long query runs before another one does."""

CALM = 0.5
"""Seconds without a short query, after which all run."""


class Turns:
    """Stops and continues demoted processes."""

    def __init__(self, at_once: int = max((os.cpu_count() or 2) - 1, 1)) -> None:
        self._at_once = at_once
        self._all: deque[Process] = deque()
        self._resting: set[Process] = set()
        self._asked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def join(self, process: Process) -> None:
        """Let *process*, which runs a long query, take its turns."""
        self._all.append(process)
        self._arrange()

    def leave(self, process: Process) -> None:
        """Forget *process*: it ended, or is about to."""
        if process in self._all:
            self._all.remove(process)
            self._resting.discard(process)
            self._arrange()

    def asked(self) -> None:
        """Take note that a query is asked, which may be a short one."""
        self._asked = asyncio.get_running_loop().time()
        if self._timer is None and len(self._all) > self._at_once:
            self._arrange()

    def _turn(self) -> None:
        self._timer = None
        self._all.rotate(-self._at_once)
        self._arrange()

    def _arrange(self) -> None:
        loop = asyncio.get_running_loop()
        crowded = len(self._all) > self._at_once and loop.time() - self._asked < CALM
        for number, process in enumerate(self._all):
            self._let(process, rest=crowded and number >= self._at_once)
        if crowded and self._timer is None:
            self._timer = loop.call_later(TURN, self._turn)

    def _let(self, process: Process, *, rest: bool) -> None:
        if rest == (process in self._resting):
            return
        (self._resting.add if rest else self._resting.discard)(process)
        with suppress(OSError):  # it has ended by itself
            signal.pidfd_send_signal(process.handle, signal.SIGSTOP if rest else signal.SIGCONT)

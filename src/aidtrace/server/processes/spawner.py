"""The spawner: a small process with one thread that forks the others when the server asks for one.

The server itself has threads and a large heap and never forks. It sends an order in JSON and, with it, one end of
a socket; the child answers over that socket from then on. The spawner also kills, since only it can know that a
process id is still that of its child, and it dies with the server, as its children die with it.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_ORDER = 1 << 16


_WHERE = {
    "asker": "engines.asker",
    "checker": "checking.checker",
    "forwarder": "engines.forwarder",
    "worker": "processes.worker",
    "writer": "writing.writer",
}
"""The kinds of processes, and the module of each."""


class Spawner:
    """Forks *kinds* of processes, and kills, on the orders that come over *control*, a sequenced-packet socket."""

    def __init__(self, control: socket.socket, kinds: dict[str, ModuleType]) -> None:
        self._control, self._kinds, self._children = control, kinds, set[int]()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def run(self) -> None:
        """Serve orders until the server goes."""
        signal.set_wakeup_fd(self._woken.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as ready:
            ready.register(self._control, selectors.EVENT_READ, self._obey)
            ready.register(self._wake, selectors.EVENT_READ, self._reap)
            while True:
                for key, _ in ready.select():
                    key.data()

    def _obey(self) -> None:
        message, handles, _, _ = socket.recv_fds(self._control, _ORDER, 1)
        if not message:
            self._end()
        order = json.loads(message)
        if "kill" in order:
            if order["kill"] in self._children:
                os.kill(order["kill"], signal.SIGKILL)
        else:
            self._fork(order, handles[0])

    def _fork(self, order: dict[str, Any], handle: int) -> None:
        child = os.fork()
        if child == 0:
            self._become(order, handle)
        self._children.add(child)
        os.close(handle)

    def _become(self, order: dict[str, Any], handle: int) -> None:
        """Turn this fork into what was ordered; never return."""
        from aidtrace import confine

        status = 1
        try:
            confine.die_with_parent()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for own in (self._control, self._wake, self._woken):
                own.close()
            channel = socket.socket(fileno=handle)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._kinds[order["kind"]].serve(channel, order)
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(_ORDER)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                self._children.discard(found[0])

    def _end(self) -> None:
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in self._children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
        os._exit(0)


def main(kinds: dict[str, dict[str, Any] | None]) -> None:
    """Spawn *kinds* of processes for the server whose control socket is standard input."""
    from aidtrace import confine

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    confine.die_with_parent()
    modules = {kind: import_module(f"aidtrace.server.{_WHERE[kind]}") for kind in kinds}  # loaded before the first fork
    for kind, settings in kinds.items():
        if settings is not None:
            modules[kind].prepare(**settings)
    gc.freeze()  # what is loaded stays; a child that does not look through it shares its pages
    control = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:  # noqa: PTH123  (a file number is wanted)
        os.dup2(nothing.fileno(), 0)
    try:
        Spawner(control, modules).run()
    except ConnectionError:
        sys.exit(0)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

"""A persistent store that keeps its revisions: each write is a checkpoint that becomes the next one whole.

``DIR/revisions/N-XXXXXXXX`` are closed Oxigraph stores that share unchanged files by hard links; ``DIR/current``
is a symbolic link to the newest. A write goes to a candidate beside them, is flushed, and becomes current by one
atomic rename, or is deleted. ``kill -9`` at any moment therefore leaves the revision before or the one after.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aidtrace.errors import InputError, MachineError

KEPT = 16
"""So many revisions are kept; a pin to an older one is answered with 410."""

_DIGITS = 18  # more than a number of revisions can have; a stranger sends thousands


@dataclass(frozen=True)
class Revisions:
    """The store folder *root*."""

    root: Path

    @property
    def current(self) -> str:
        """The name of the newest revision, such as ``7-3fa9c1d2``; InputError where the folder is no store."""
        try:
            name = (self.root / "current").readlink().name
            self.path(name).stat()
            return name
        except OSError as error:
            raise InputError(
                f"{self.root}: no store ({(error.strerror or str(error)).lower()}); expected a folder that "
                "`aidtrace serve --store` made"
            ) from error

    @property
    def exists(self) -> bool:
        """Whether the folder holds a store."""
        return (self.root / "current").is_symlink()

    def path(self, name: str) -> Path:
        """Return the folder of the revision *name*."""
        return self.root / "revisions" / name

    def names(self) -> list[str]:
        """Return the kept revisions, oldest first."""
        return self._in_order()[-KEPT:]

    def candidate(self) -> Path:
        """Return a fresh place for the next revision; nothing lies there yet."""
        return self.root / "revisions" / f"next-{secrets.token_hex(4)}"

    def publish(self, candidate: Path) -> str:
        """Make the flushed store in *candidate* the current revision, durably, and return its name."""
        following = number(self.current) + 1 if self.exists else 1
        name = f"{following}-{secrets.token_hex(4)}"
        candidate.rename(self.path(name))
        _sync(self.path(name))
        _sync(self.root / "revisions")
        link = self.root / f"current.{secrets.token_hex(4)}"
        link.symlink_to(Path("revisions") / name)
        link.rename(self.root / "current")
        _sync(self.root)
        return name

    def prune(self, in_use: Container[str] = ()) -> None:
        """Delete revisions older than the newest ``KEPT``, but for those *in_use*.

        The first of them stays until the next time: somebody may just be taking it.
        """
        for name in self._in_order()[: -KEPT - 1]:
            if name not in in_use:
                shutil.rmtree(self.path(name), ignore_errors=True)

    def sweep(self) -> None:
        """Delete what a killed writer left: candidates, bodies in transit, half-made links. Needs the lock."""
        for path in [*(self.root / "revisions").glob("next-*"), *self.root.glob("incoming-*")]:
            shutil.rmtree(path, ignore_errors=True)
        for path in self.root.glob("current.*"):
            path.unlink(missing_ok=True)

    @property
    def about(self) -> dict[str, str]:
        """What the store says of itself: ``default_graph`` (union or own) and ``release``, the hash of our graphs."""
        try:
            content: dict[str, str] = json.loads((self.root / "store.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.root / 'store.json'}: {error}; expected what `aidtrace serve` wrote") from error
        if not isinstance(content, dict) or not {"default_graph", "release"} <= content.keys():
            expected = "expected default_graph and release, as `aidtrace serve` wrote them"
            raise InputError(f"{self.root / 'store.json'}: does not say what the store is; {expected}")
        return content

    def describe(self, **about: str) -> None:
        """Write what the store says of itself, whole."""
        half = self.root / "store.json.half"
        with half.open("w", encoding="utf-8") as file:
            json.dump(about, file)
            file.flush()
            os.fsync(file.fileno())
        half.rename(self.root / "store.json")
        _sync(self.root)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store for writing; MachineError where another process does."""
        try:
            (self.root / "revisions").mkdir(parents=True, exist_ok=True)
            lock = (self.root / "lock").open("w")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise MachineError(f"{self.root}: {reason}; expected a folder that can be written") from error
        with lock as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise MachineError(
                    f"{self.root}: is being served already; expected a store that no one holds"
                ) from error
            yield

    def _in_order(self) -> list[str]:
        return sorted((path.name for path in self._all()), key=number)

    def _all(self) -> Iterator[Path]:
        return (path for path in (self.root / "revisions").iterdir() if path.name[0].isdigit())


def number(name: str) -> int:
    """Return the number in a revision's name; 0 where there is none.

    >>> number("7-3fa9c1d2")
    7
    """
    head = name.partition("-")[0]
    return int(head) if head.isdecimal() and head.isascii() and len(head) < _DIGITS else 0


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

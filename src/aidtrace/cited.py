"""A query that is cited: what was asked of which revision, with a digest of the answer; each in a small file.

A record is called by a hash of what was asked, of the revision and of the digest of the answer, so that the same
citation has the same name everywhere. Strangers keep records too, so these are bounded: in their size, in how many are
new in an hour, and in their number. Where there is no room, one goes that is new and that nobody has come back to, for
it is likely to be a flood's; an address that may be in print stays, and then new ones are refused.
"""

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from aidtrace.errors import InputError, MachineError
from aidtrace.files import alone, read_text, write_bytes

MOST, ROOM, HOURLY = 4096, 1 << 26, 240
"""So many records are kept, of so many bytes together, and so many new ones in an hour."""

LARGEST = 1 << 16
"""What is asked has at most so many bytes."""

_NAME = re.compile("[0-9a-f]{32}")
_HOUR = 3600
_DAY, _MONTH = 24 * _HOUR, 30 * 24 * _HOUR
_BLOCK = 4096
"""What a file takes at least."""

Bound = Mapping[str, Mapping[str, str]]
"""Values for variables, as SPARQL's JSON results write terms."""


class NoRoomError(MachineError):
    """No more records are kept for so many seconds (*again*)."""

    def __init__(self, told: str, again: int) -> None:
        super().__init__(told)
        self.again = again


@dataclass(frozen=True)
class Asked:
    """A query: its text, and where it is a named question its name, what was given and what these values are."""

    query: str
    question: str = ""
    given: Sequence[tuple[str, str]] = ()
    bound: Bound = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write line ends in one way: a form sends others than a program."""
        object.__setattr__(self, "query", self.query.replace("\r\n", "\n").strip())
        object.__setattr__(self, "given", tuple(sorted(tuple(pair) for pair in self.given)))


@dataclass(frozen=True)
class Cited:
    """A record: what was *asked* of *revision*, by which *release*, the digest of the answer, and the day.

    *marks* has a mark for each row, as far as there are not many (`aidtrace.digests`).
    """

    asked: Asked
    revision: str
    release: str
    kind: str
    rows: int
    digest: str
    marks: Sequence[str]
    day: date

    @cached_property
    def name(self) -> str:
        """The hash that it is called by."""
        said = [self.asked.question, self.asked.query, self.asked.given, self.revision, self.digest]
        return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]

    def to_json(self) -> bytes:
        """Write it for `from_json`, with a checksum of all that it says."""
        told = asdict(self) | {"day": str(self.day)}
        return json.dumps(told | {"checksum": _checksum(told)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: str) -> "Cited":
        """Read what `to_json` wrote; ValueError where its checksum is another one."""
        told = json.loads(text)
        if told.pop("checksum") != _checksum(told):
            raise ValueError("the checksum is of another record")
        asked, day = Asked(**told.pop("asked")), date.fromisoformat(told.pop("day"))
        return cls(**told | {"asked": asked, "day": day, "marks": tuple(told["marks"])})


def _checksum(told: Mapping[str, Any]) -> str:
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Unlike:
    """How many rows one answer has and another has not, where that is known, and the first of them."""

    count: int | None
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Mapping[str, str] | None]] = ()


@dataclass(frozen=True)
class Compared:
    """A record beside the answer of today, or beside the *problem* that kept it from being answered.

    *held* says that its revision can still be asked. *new* are rows of today alone, *gone* those that were cited alone.
    """

    cited: Cited
    revision: str
    held: bool
    problem: str = ""
    digest: str = ""
    rows: int = 0
    new: Unlike = Unlike(0)
    gone: Unlike = Unlike(0)

    @property
    def same(self) -> bool:
        """Whether the answer of today equals the one that was cited."""
        return self.digest == self.cited.digest


@dataclass(frozen=True)
class Shelf:
    """The records in the folder *root*, which is made when the first comes."""

    root: Path
    most: int = MOST
    hourly: int = HOURLY

    def keep(self, one: Cited) -> str:
        """Keep *one*, unless it is there, and return its name; NoRoomError where there is no room."""
        size = len(json.dumps([one.asked.query, one.asked.given], ensure_ascii=False).encode())
        if size > LARGEST:
            raise InputError(f"the query has {size} bytes; expected at most {LARGEST}, to be cited")
        with alone(self.root):
            path = self._path(one.name)
            if not path.is_file():
                content = one.to_json()
                self._make_room(len(content))
                write_bytes(path, content)
        return one.name

    def get(self, name: str) -> Cited | None:
        """Return the record called *name*, or None, and note that it was read; InputError where its file is damaged."""
        path = self._path(name)
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        with suppress(OSError):  # of a folder that can only be read
            os.utime(path, (time.time(), path.stat().st_mtime))
        try:
            found = Cited.from_json(read_text(path, "a cited query"))
            if found.name == name:
                return found
        except (AttributeError, KeyError, TypeError, ValueError):
            pass
        raise InputError(f"{path.name}: is damaged; expected what was kept under this name")

    def _make_room(self, size: int) -> None:
        """Delete what is new and was not read after its first day, as far as one more of so many bytes needs it.

        The one that was read longest ago goes first.
        """
        now, found = time.time(), {path: path.stat() for path in self.root.glob("*.json")}
        fresh = sorted(one.st_mtime for one in found.values() if one.st_mtime > now - _HOUR)
        if len(fresh) >= self.hourly:
            raise NoRoomError(f"{len(fresh)} queries were kept in the last hour", int(fresh[0] + _HOUR - now) + 1)
        taken = sum(max(one.st_size, _BLOCK) for one in found.values())
        passing = [path for path, one in found.items() if _may_go(one, now)]
        passing.sort(key=lambda path: found[path].st_atime_ns, reverse=True)
        while len(found) >= self.most or taken + max(size, _BLOCK) > ROOM:
            if not passing:
                raise NoRoomError(f"{len(found)} cited queries are kept, and there is room for no more", _DAY)
            path = passing.pop()
            path.unlink()
            taken -= max(found.pop(path).st_size, _BLOCK)

    def _path(self, name: str) -> Path:
        return self.root / f"{name}.json"


def _may_go(record: os.stat_result, now: float) -> bool:
    """Whether nobody has come back to a record after its first day, in the month since it was kept."""
    return now - record.st_mtime < _MONTH and record.st_atime - record.st_mtime < _DAY

"""An import in parts: Spark hands out ranges of the table, and brings together what has to be known of all rows.

Each task reads a range and writes what its rows alone say to a part. What several rows may say, the identifiers and
codes that they share, and the keys, no two of which may be the same, is dealt out once more, by a checksum: the same
triple and the same key come to the same task, whichever rows have them. The complaint is the one that comes first
in the file, as if one process had read it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from aidtrace.errors import InputError, MachineError
from aidtrace.importers.parts import Part, describe, write_part
from aidtrace.importers.ranges import SIZE, Range, cut, rows_of
from aidtrace.importers.run import Import, about, expect_whole, header_of, is_asked, row_of, said, twice
from aidtrace.importers.tables import unpack

if TYPE_CHECKING:
    from pyspark import SparkContext

_MANY = 1000
"""So many quads are written at once."""
_TWICE, _ROW = 0, 1
"""Which of two complaints of one line comes first."""
_DEALT = 4
"""There are so many tasks for each that runs at a time, so that none has to wait long for the last one."""
_LEAST = 1 << 20
"""Smaller ranges take longer to hand out than to read."""


@dataclass(frozen=True)
class _Job:
    """What every task knows: the import, its table unpacked in *table*, its columns, and the folder to write in."""

    running: Import
    table: Path
    header: Sequence[str]
    where: Mapping[str, Sequence[str]]
    folder: Path
    dealt: int


@dataclass
class _Told:
    """What a task has to tell: rows read and kept, its part, and what stopped it: line, `_TWICE` or `_ROW`, text."""

    read: int = 0
    kept: int = 0
    parts: list[Part] = field(default_factory=list)
    problem: tuple[int, int, str] | None = None


@dataclass
class _Hand:
    """What of a range is dealt to one task: keys with their lines, and triples that other rows may say too."""

    keys: list[tuple[int, str]] = field(default_factory=list)
    shared: list[bytes] = field(default_factory=list)
    told: _Told | None = None


def write_parts(
    spark: "SparkContext", running: Import, where: Mapping[str, Sequence[str]], folder: Path, size: int = 0
) -> None:
    """Write the import to *folder*, which executors see as they see its table, in ranges of *size* bytes or as suits.

    InputError as from `aidtrace.importers.quads`, MachineError where Spark fails.
    """
    expect_csv(running)
    table = running.path.absolute()
    if table.suffix == ".gz":
        table = folder / "unpacked"
        unpack(running.path, table)
    size = size or max(_LEAST, min(SIZE, table.stat().st_size // (_DEALT * spark.defaultParallelism)))
    found = cut(running.path, table, running.data_set.encoding, size)
    dealt = min(len(found.ranges), _DEALT * spark.defaultParallelism) or 1
    job = _Job(running, table, header_of(running), where, folder, dealt)
    told = _run(spark, job, found.ranges)
    problems = [one.problem for one in told if one.problem]
    if problems:
        raise InputError(min(problems)[-1])
    if found.problem:
        raise found.problem
    running.read, running.kept = sum(one.read for one in told), sum(one.kept for one in told)
    expect_whole(running)
    if table != running.path.absolute():
        table.unlink()
    first = write_part(folder, "about", _lines(about(running)))
    _describe(job, [first, *(part for one in told for part in one.parts)])


def expect_csv(running: Import) -> None:
    """Raise InputError for a table that cannot be cut; an XLSX file is packed as a whole, and holds a million rows."""
    if running.path.suffix == ".xlsx":
        raise InputError(f"{running.path}: an XLSX file cannot be cut; expected CSV, or no --spark, which reads it too")


def _describe(job: _Job, parts: Iterable[Part]) -> None:
    running = job.running
    describe(
        job.folder,
        parts,
        dataSet=running.data_set.name,
        release=running.release.name,
        known=running.known,
        graph=running.graph.value,
        file=running.path.name,
        where={name: list(values) for name, values in job.where.items()},
        read=running.read,
        kept=running.kept,
    )


def _run(spark: "SparkContext", job: _Job, ranges: Sequence[Range]) -> list[_Told]:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]

    try:
        hands = spark.parallelize(list(enumerate(ranges)), len(ranges) or 1).flatMap(partial(_read, job))
        return hands.partitionBy(job.dealt, int).mapPartitionsWithIndex(partial(_gather, job)).collect()
    except Py4JError as error:
        raise MachineError(f"--spark: {reason(str(error))}; expected executors that see table and folder") from error


def _read(job: _Job, numbered: tuple[int, Range]) -> Iterator[tuple[int, _Hand]]:
    """Write what the rows of a range alone say; deal out the rest, each to the task that its checksum names."""
    number, part = numbered
    told, keys, shared = _Told(), list[tuple[int, str]](), set[Triple]()
    lines = _lines(_own(job, part, told, keys, shared))
    told.parts.append(write_part(job.folder, f"rows-{number:05}", lines))
    hands = defaultdict[int, _Hand](_Hand)
    hands[number % job.dealt].told = told
    for line, key in keys:
        hands[crc32(key.encode()) % job.dealt].keys.append((line, key))
    for triple in _single(shared, job.running.graph):
        hands[crc32(triple) % job.dealt].shared.append(triple)
    yield from hands.items()


def _own(job: _Job, part: Range, told: _Told, keys: list[tuple[int, str]], shared: set[Triple]) -> Iterator[Quad]:
    """Yield what each row alone says, and note the rest; stop at the first row that is not understood."""
    running = job.running
    for line, cells in rows_of(job.table, running.path, part, running.data_set.encoding):
        try:
            row = row_of(running, job.header, line, cells)
            keys.append((line, row.key))
            found = said(row)
        except InputError as error:
            told.problem = (line, _ROW, str(error))
            return
        told.read += 1
        if is_asked(row, job.where):
            told.kept += 1
            own = {row.node, row.identity}
            shared.update(one for one in found if one.subject not in own)
            mine = dict.fromkeys(one for one in found if one.subject in own)
            yield from (Quad(one.subject, one.predicate, one.object, running.graph) for one in mine)


def _gather(job: _Job, number: int, dealt: Iterable[tuple[int, _Hand]]) -> Iterator[_Told]:
    """Write each shared triple once, look for a key that stands twice, and pass on what was told."""
    keys, shared, own = list[tuple[int, str]](), set[bytes](), _Told()
    for _, hand in dealt:
        keys += hand.keys
        shared.update(hand.shared)
        if hand.told:
            yield hand.told
    if shared:
        own.parts.append(write_part(job.folder, f"shared-{number:05}", sorted(shared)))
    seen = set[str]()
    for line, key in sorted(keys):
        if key in seen:
            where = f"{job.running.path}:{line}"
            own.problem = (line, _TWICE, str(twice(job.running.data_set, where, key)))
            break
        seen.add(key)
    yield own


def _lines(found: Iterable[Quad]) -> Iterator[bytes]:
    """Yield *found* as N-Quads, many at once."""
    left = iter(found)
    while some := list(islice(left, _MANY)):
        yield serialize(some, format=RdfFormat.N_QUADS) or b""


def _single(found: Iterable[Triple], graph: NamedNode) -> Iterator[bytes]:
    """Yield *found* as N-Quads, line by line; a line break in a literal is written as two signs."""
    quads = (Quad(one.subject, one.predicate, one.object, graph) for one in found)
    for piece in _lines(quads):
        yield from piece.splitlines(keepends=True)


def reason(text: str) -> str:
    """Return of a library's long story the line that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if "Error: " in line or "Exception: " in line]
    return (lines or [text.strip() or "Spark failed"])[-1][:200]

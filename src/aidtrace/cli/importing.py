"""The door of `aidtrace import`: a table in, a graph out, with a bar on the way where somebody looks."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pyoxigraph import Quad, RdfFormat, serialize

from aidtrace.cache import cache_folder
from aidtrace.errors import InputError
from aidtrace.files import expect_place, written_whole
from aidtrace.importers import Import, Watch, begin, expect_columns, find, quads
from aidtrace.namespaces import PREFIXES
from aidtrace.project import Project

_FORMATS = {
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
}
_SORTED = (RdfFormat.TURTLE, RdfFormat.TRIG)
"""Forms for people, which are written in order, and so are held in memory."""

_TRIPLES = (RdfFormat.N_TRIPLES, RdfFormat.TURTLE)


def run(args: Namespace) -> int:
    """Import a table; say how many rows it had, and what is to be known of it."""
    data_set = find(Project.find(), args.source)
    where = _where(args.where)
    form = _format(args.out)
    running = begin(data_set, args.file)
    expect_columns(running.data_set, where)
    with _bar(running) as watch:
        found = quads(running, where, watch)
        if args.store:
            told = _into_store(args.store, running, found)
        elif args.out:
            with written_whole(args.out) as file:
                _write(found, file, form)
            told = f"written to {args.out}"
        else:
            _write(found, sys.stdout.buffer, form)
            told = "written"
    for note in running.notes():
        print(f"aidtrace: {note}", file=sys.stderr)
    title = f"{running.data_set.about['title']} {running.release.name}"
    print(
        f"{title}: {running.read} rows, {running.kept} {told}",
        file=sys.stdout if args.out or args.store else sys.stderr,
    )
    return 0


def _where(given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    where = {}
    for one in given:
        name, equals, values = one.partition("=")
        if not equals or not values:
            raise InputError(f"--where: {one!r}; expected COLUMN=VALUE, or several values with commas between")
        where[name] = tuple(value.strip() for value in values.split(","))
    return where


def _format(out: Path | None) -> RdfFormat:
    if out is None:
        return RdfFormat.N_QUADS
    if out.suffix not in _FORMATS:
        raise InputError(f"--out: {out}: {out.suffix or 'no suffix'}; expected one of {', '.join(_FORMATS)}")
    expect_place(out)
    return _FORMATS[out.suffix]


def _write(found: Iterable[Quad], file: BinaryIO, form: RdfFormat) -> None:
    rows: Iterable[Any] = sorted(set(found), key=str) if form in _SORTED else found
    rows = (quad.triple for quad in rows) if form in _TRIPLES else rows
    serialize(rows, file, form, prefixes=PREFIXES if form in _SORTED else None)


def _into_store(store: Path, running: Import, found: Iterable[Quad]) -> str:
    from aidtrace.persistent import held, replace_graph

    with held(store, Project.find(), cache_folder()) as revisions:
        name = replace_graph(revisions, running.graph, found)
    return f"in the graph {running.graph.value} of {store}, revision {name}"


@contextmanager
def _bar(running: Import) -> Iterator[Watch]:
    """Show how many rows have been read, where standard error is a terminal."""
    from tqdm import tqdm

    known = running.release.rows if running.known else None
    with tqdm(total=known, unit=" rows", disable=None, leave=False, desc=running.data_set.name) as bar:
        yield lambda _: (bar.update(), None)[1]

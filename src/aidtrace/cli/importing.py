"""The door of `aidtrace import`: a table in, a graph out, with a bar on the way where somebody looks."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse, serialize

from aidtrace.cache import cache_folder
from aidtrace.errors import AidtraceError, InputError
from aidtrace.files import expect_place, written_whole
from aidtrace.importers import Import, Watch, begin, expect_columns, find, quads
from aidtrace.namespaces import DCTERMS, PREFIXES
from aidtrace.project import Project
from aidtrace.store import PUBLISHED

_FORMATS = {
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
}
_SORTED = (RdfFormat.TURTLE, RdfFormat.TRIG)
"""Forms for people, which are written in order, and so are held in memory."""

_MANY = 50_000
"""From so many rows on, columns are worth their building."""

_TRIPLES = (RdfFormat.N_TRIPLES, RdfFormat.TURTLE)


def import_(args: Namespace) -> int:
    """Import a table, of a data set that is known or by a mapping."""
    if args.mapping:
        if args.spark:
            raise InputError("--spark: is for a data set; expected SOURCE FILE with it, and no --mapping")
        return _map(args)
    for name in ("graph", "license", "separator"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name}: is for a table of your own; expected --mapping with it")
    if args.source is None and args.file.is_dir():
        return _load(args)
    if args.source is None:
        raise InputError(f"{args.file}: no data set is named; expected SOURCE FILE, or --mapping QUERY FILE")
    return _import(args)


def _import(args: Namespace) -> int:
    """Import a table of a data set; say how many rows it had, and what is to be known of it."""
    data_set = find(Project.find(), args.source)
    where = _where(args.where)
    form = RdfFormat.N_QUADS if args.spark else _format(args.out)
    running = begin(data_set, args.file)
    expect_columns(running.data_set, where)
    if args.spark:
        return _told(args, running, _in_parts(args, running, where))
    with _bar(running) as watch:
        found = quads(running, where, watch)
        if args.store:
            told = f"in {_into_store(args.store, running.graph, found)}"
        elif args.out:
            with written_whole(args.out) as file:
                _write(found, file, form)
            told = f"written to {args.out}"
        else:
            _write(found, sys.stdout.buffer, form)
            told = "written"
    return _told(args, running, told)


def _told(args: Namespace, running: Import, told: str) -> int:
    """Say how many rows there were, where they are, and what is to be known of the file."""
    for note in [*running.notes(), *_hints(args.store, running.kept)]:
        print(f"aidtrace: {note}", file=sys.stderr)
    title = f"{running.data_set.about['title']} {running.release.name}"
    print(
        f"{title}: {running.read} rows, {running.kept} {told}",
        file=sys.stdout if args.out or args.store else sys.stderr,
    )
    _follow(args.store)
    return 0


def _in_parts(args: Namespace, running: Import, where: Mapping[str, Sequence[str]]) -> str:
    """Let Spark import the table, and say where it went."""
    from aidtrace.cli.spark import connected
    from aidtrace.importers.cluster import expect_csv, write_parts
    from aidtrace.importers.parts import read, written

    def parts() -> Iterator[Quad]:
        """Import when the store is held, into a folder beside it."""
        with TemporaryDirectory(dir=args.store.absolute().parent, prefix=f".{args.store.name}-") as place:
            with connected(args.spark) as spark:
                write_parts(spark, running, where, Path(place))
            yield from read(Path(place)).quads()

    expect_csv(running)
    if args.store:
        return f"in {_into_store(args.store, running.graph, parts())}"
    if not args.out:
        raise InputError("--spark: writes parts; expected --out DIR, a new folder, or --store DIR with it")
    with written(args.out) as folder, connected(args.spark) as spark:
        write_parts(spark, running, where, folder)
    return f"written to {args.out}"


def _load(args: Namespace) -> int:
    """Put the parts of an earlier import into a store."""
    from aidtrace.importers.parts import read

    parts = read(args.file)
    if not args.store or args.where or args.spark:
        raise InputError(f"{args.file}: holds parts, which go to a store whole; expected --store DIR alone with it")
    told = _into_store(args.store, parts.graph, parts.quads())
    print(f"{args.file}: {parts.told['triples']} triples in {told}")
    _follow(args.store)
    return 0


def _map(args: Namespace) -> int:
    """Map a table of the reader's own; say how many triples were made."""
    from aidtrace.mapping import lines, read_mapping

    if args.source is not None or args.where:
        raise InputError(f"--mapping: {args.source or '--where'} is for a data set; expected one FILE with it")
    graph = _graph(args)
    form = _format(args.out)
    made = _Counted(lines(read_mapping(args.mapping), args.file, _separator(args.separator)), graph)
    if args.store:
        assert isinstance(graph, NamedNode)
        told = f"in {_into_store(args.store, graph, chain(_terms(graph, args.license), made))}"
    elif args.out:
        with written_whole(args.out) as file:
            made.write(file, form)
        told = f"written to {args.out}"
    else:
        made.write(sys.stdout.buffer, form)
        told = "written"
    if args.store and not args.license:
        print("aidtrace: the graph says nothing of its licence; --license IRI would", file=sys.stderr)
    print(f"{args.file}: {made.count} triples {told}", file=sys.stdout if args.out or args.store else sys.stderr)
    _follow(args.store)
    return 0


class _Counted:
    """N-Triples on their way to a graph, and how many have gone by."""

    def __init__(self, lines: Iterator[bytes], graph: NamedNode | DefaultGraph) -> None:
        self._lines, self._graph, self.count = lines, graph, 0

    def __iter__(self) -> Iterator[Quad]:
        for piece in self._counted():
            for one in parse(piece, RdfFormat.N_TRIPLES):
                yield Quad(one.subject, one.predicate, one.object, self._graph)

    def write(self, file: BinaryIO, form: RdfFormat) -> None:
        """Write them, as they are where the form is theirs."""
        if form == RdfFormat.N_TRIPLES or (form == RdfFormat.N_QUADS and self._graph == DefaultGraph()):
            for piece in self._counted():
                file.write(piece)
        else:
            _write(self, file, form)

    def _counted(self) -> Iterator[bytes]:
        for piece in self._lines:
            self.count += piece.count(b"\n")
            yield piece


def _graph(args: Namespace) -> NamedNode | DefaultGraph:
    """Return the graph that is asked for; InputError where a store would not know where to put the triples."""
    if args.graph is None:
        if args.store:
            raise InputError("--store: expected --graph IRI with it, the graph that the table has to itself")
        return DefaultGraph()
    graph = _iri("--graph", args.graph)
    if graph in PUBLISHED:
        raise InputError(f"--graph: {args.graph} is ours; expected a graph of your own")
    return graph


def _terms(graph: NamedNode, licence: str | None) -> Iterator[Quad]:
    if licence:
        yield Quad(graph, DCTERMS("license"), _iri("--license", licence), graph)


def _iri(option: str, text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"{option}: {text!r} is no IRI; expected one, such as https://example.org/mine") from error


def _separator(given: str | None) -> str:
    separator = {None: ",", "tab": "\t"}.get(given, given) or ""
    if len(separator) != 1 or separator in '"\r\n':
        raise InputError(f"--separator: {given!r}; expected one character, or tab")
    return separator


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


def _into_store(store: Path, graph: NamedNode, found: Iterable[Quad]) -> str:
    from aidtrace.persistent import held, replace_graph

    with held(store, Project.find(), cache_folder()) as revisions:
        name = replace_graph(revisions, graph, found)
    return f"the graph {graph.value} of {store}, revision {name}"


def _hints(store: Path | None, rows: int) -> list[str]:
    if store is None or rows < _MANY or (store / "columns").is_dir():
        return []
    return [f"so many rows are summed in no time by a server that is started after `aidtrace columns {store}`"]


def _follow(store: Path | None) -> None:
    """Let the columns of *store* follow, where it has some; that they do not is no failure of the import."""
    from aidtrace.columns import build_newest, followed

    if store is None or not followed(store):
        return
    try:
        build_newest(store)
    except (AidtraceError, OSError) as error:
        print(f"aidtrace: {error}; the import is done, and the store answers without columns", file=sys.stderr)


@contextmanager
def _bar(running: Import) -> Iterator[Watch]:
    """Show how many rows have been read, where standard error is a terminal."""
    from tqdm import tqdm

    known = running.release.rows if running.known else None
    with tqdm(total=known, unit=" rows", disable=None, leave=False, desc=running.data_set.name) as bar:
        yield lambda _: (bar.update(), None)[1]

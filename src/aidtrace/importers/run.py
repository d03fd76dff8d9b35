"""Imports one table of a data set: row by row, to its end, or not at all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Triple

from aidtrace.errors import InputError, one_of
from aidtrace.importers.dataset import DataSet, Release
from aidtrace.importers.rows import Row, boolean, column_node
from aidtrace.importers.support import supports
from aidtrace.importers.tables import digest, opened
from aidtrace.namespaces import AT, DATA_SET, DCTERMS, EDTF, ID, OWL, PROV, RDF, RDFS, K

Watch = Callable[[int], None]
"""Is told how many rows have been read."""

_TYPES = {
    "identifier": "ObjectProperty",
    "code": "ObjectProperty",
    "date": "AnnotationProperty",
    "year": "AnnotationProperty",
}


@dataclass
class Import:
    """An import while it runs: how many rows it has read and kept, and what is to be told of the file."""

    data_set: DataSet
    path: Path
    release: Release
    known: bool
    read: int = 0
    kept: int = 0

    @property
    def graph(self) -> NamedNode:
        """The graph that the data set has to itself."""
        return DATA_SET(self.data_set.name)

    def notes(self) -> Iterator[str]:
        """Yield what a reader has to know: that the file is no release that we know."""
        if not self.known:
            known = ", ".join(one.name for one in self.data_set.releases)
            read_as = f"its rows were read as release {self.release.name}"
            yield f"{self.path}: is no file of a release that is known ({known}); {read_as}"


def begin(data_set: DataSet, path: Path) -> Import:
    """Look at the file *path*: which release it is, and whether its header is one of *data_set*, or of its tables.

    InputError where a column is missing, unknown or twice.
    """
    found = digest(path)
    with opened(path, data_set.encoding) as rows:
        table, header = _header(data_set, path, rows)
        first = next(rows, None)
    known = next((one for one in table.releases if one.sha256 == found), None)
    if known:
        return Import(table, path, known, known=True)
    return Import(table, path, _release_of(table, path, header, first), known=False)


def quads(running: Import, where: Mapping[str, Sequence[str]], watch: Watch = lambda _: None) -> Iterator[Quad]:
    """Yield what the file says, row by row, those rows only whose columns have a value of *where*.

    InputError where a row is not understood, stands twice, or where a known release has another number of rows.
    """
    graph = running.graph
    yield from about(running)
    seen, shared = set[int](), set[Triple]()
    for row in _rows(running):
        running.read += 1
        watch(running.read)
        key = hash(row.key)
        if key in seen:
            raise twice(row.data_set, row.where, row.key)
        seen.add(key)
        told = said(row)
        if is_asked(row, where):
            running.kept += 1
            own = {row.node, row.identity}
            fresh = [one for one in told if one.subject in own or one not in shared]
            shared.update(one for one in fresh if one.subject not in own)
            yield from (Quad(one.subject, one.predicate, one.object, graph) for one in dict.fromkeys(fresh))
    expect_whole(running)


def said(row: Row) -> list[Triple]:
    """Return what *row* says, to its end; InputError where it is not understood."""
    return [*row.triples(), *supports(row)]


def is_asked(row: Row, where: Mapping[str, Sequence[str]]) -> bool:
    """Whether each column of *where* has one of the values there."""
    return all(row.cells[name].strip() in values for name, values in where.items())


def twice(data_set: DataSet, where: str, key: str) -> InputError:
    """Say that the row called *key* stands once more, at *where*."""
    return InputError(f"{where}: the row {key} stands twice; expected each {' and '.join(data_set.key)} once")


def expect_whole(running: Import) -> None:
    """Raise InputError where nothing was kept, or where a known release has another number of rows."""
    if running.kept == 0:
        why = f"none of {running.read} rows has what --where asks for" if running.read else "it has no rows"
        raise InputError(f"{running.path}: {why}; expected one at least, for they take the place of what is there")
    expected = running.release.rows
    if running.known and running.read != expected:
        raise InputError(
            f"{running.path}: has {running.read} rows; expected the {expected} of release {running.release.name}"
        )


def expect_columns(data_set: DataSet, where: Mapping[str, Sequence[str]]) -> None:
    """Raise InputError where a column of *where* is none of *data_set*."""
    known = [*data_set.columns, *sorted(data_set.parts)]
    for name in where:
        if name not in known:
            raise InputError(f"--where: {name!r} is no column of {data_set.name}; expected {one_of(known, name)}")


def _rows(running: Import) -> Iterator[Row]:
    with opened(running.path, running.data_set.encoding) as rows:
        _, header = _header(running.data_set, running.path, rows)
        for line, cells in rows:
            yield row_of(running, header, line, cells)


def row_of(running: Import, header: Sequence[str], line: int, cells: Sequence[str]) -> Row:
    """Return the row whose *cells* end at *line*; InputError where it has more or fewer than the *header*."""
    where = f"{running.path}:{line}"
    if len(cells) != len(header):
        raise InputError(f"{where}: has {len(cells)} cells; expected {len(header)}")
    return Row(running.data_set, running.release, dict(zip(header, cells, strict=True)), where)


def header_of(running: Import) -> list[str]:
    """Return the columns of the file in their order."""
    with opened(running.path, running.data_set.encoding) as rows:
        return _header(running.data_set, running.path, rows)[1]


def _header(data_set: DataSet, path: Path, rows: Iterator[tuple[int, list[str]]]) -> tuple[DataSet, list[str]]:
    """Return the table of *data_set* whose header the first row is, and the names of its columns in their order."""
    _, header = next(rows, (0, []))
    header = [name.strip() for name in header]
    tables = (data_set, *data_set.tables)
    table = min(tables, key=lambda one: len(one.needed ^ {one.headers.get(name, name) for name in header}))
    columns = [table.headers.get(name, name) for name in header]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    unknown = sorted(set(header) - set(table.headers))
    missing = sorted(table.needed - set(columns))
    for what, names in (("stand twice", twice), ("are not known", unknown), ("are missing", missing)):
        if names:
            some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            raise InputError(f"{path}:1: columns that {what}: {some}; expected those of {table.name}")
    return table, columns


def _release_of(data_set: DataSet, path: Path, header: list[str], first: tuple[int, list[str]] | None) -> Release:
    """Return the release that the first row names, else the newest that we know."""
    column = next((one.name for one in data_set.columns.values() if one.kind == "release"), None)
    if column is None or first is None or column not in header:
        return data_set.releases[-1]
    line, cells = first
    named = cells[header.index(column)].strip() if len(cells) == len(header) else ""
    found = next((one for one in data_set.releases if one.in_rows == named), None)
    if found is None:
        known = one_of([one.in_rows for one in data_set.releases], named)
        raise InputError(f"{path}:{line}: column {column}: release {named!r}; expected {known}")
    return found


def about(running: Import) -> Iterator[Quad]:
    """Yield, in its graph, what the graph says of itself."""
    yield from (Quad(one.subject, one.predicate, one.object, running.graph) for one in _about(running))


def _about(running: Import) -> Iterator[Triple]:
    """Yield what the graph says of itself: its release, licence, period, columns."""
    data_set, release = running.data_set, ID(f"data-set-release/{running.release.slug}")
    about = data_set.about
    yield Triple(running.graph, DCTERMS("source"), release)
    yield Triple(running.graph, DCTERMS("license"), NamedNode(about["license"]))
    yield Triple(running.graph, AT("mayBeRedistributed"), boolean(about["redistribute"]))
    yield Triple(release, RDF("type"), AT("DataSetRelease"))
    yield Triple(release, RDFS("label"), Literal(f"{about['title']} {running.release.name}", language="en"))
    yield Triple(release, AT("release"), Literal(running.release.name))
    yield Triple(release, AT("coversPeriod"), Literal(about["covers"], datatype=EDTF("EDTF")))
    yield Triple(release, AT("coversKind"), AT(about["class"]))
    yield from (Triple(release, AT("coversSubject"), K(one)) for one in about.get("subjects", ()))
    own = {one.name: _TYPES.get(one.kind, "DatatypeProperty") for one in data_set.columns.values() if one.is_own}
    own |= {one.property: "AnnotationProperty" for one in data_set.dates if one.own}
    for name, type_ in own.items():
        node = column_node(data_set, name)
        yield Triple(node, RDF("type"), OWL(type_))
        yield Triple(node, RDFS("label"), Literal(f"{name} ({data_set.name})", language="en"))
        yield Triple(node, PROV("wasDerivedFrom"), release)

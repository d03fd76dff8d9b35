"""A data set as we know it: its releases and their checksums, its licence, its columns, and what its codes mean.

All of that is data, in ``data/NAME/dataset.toml`` and ``codes.csv``; what is said there is all that is understood.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aidtrace.errors import InputError, unknown_name
from aidtrace.files import read_rows, read_text
from aidtrace.importers.tables import UTF_8
from aidtrace.project import Project

KINDS = ("identifier", "code", "year", "date", "integer", "decimal", "text", "flag", "release", "ignore")
_CODES = ("column", "code", "label")
_TABLES = ("columns", "alike", "dates", "support", "release")


@dataclass(frozen=True)
class Column:
    """What a column holds, and the property that it feeds.

    *kind* is one of `KINDS`, *of* the scheme of an identifier, the list of its codes (its own name where none is told),
    the reason to ignore it. *pair* is what a flag writes for false and true. *separator* cuts lists, *missing*
    are texts that stand for no value, *label* is the column with the name of an identifier, *precision* the column that
    says by 1 that a date is exact. *also* are headers that other copies give it; an *optional* one some copies lack.
    Where *blank*, an empty cell is the code for what is missing. *form* is the pattern that each identifier has.
    """

    name: str
    kind: str
    of: str
    property: str = ""
    separator: str = ""
    missing: tuple[str, ...] = ("",)
    label: str = ""
    precision: str = ""
    pair: tuple[str, str] = ("0", "1")
    also: tuple[str, ...] = ()
    optional: bool = False
    blank: bool = False
    form: str = ""

    @cached_property
    def is_own(self) -> bool:
        """Whether it has a property of its own."""
        return not self.property and self.kind not in ("ignore", "release")


@dataclass(frozen=True)
class Parts:
    """A date in three columns, year, month and day, and the property that it feeds, ours or one of its *own*."""

    property: str
    year: str
    month: str = ""
    day: str = ""
    missing: tuple[str, ...] = ("",)
    own: bool = False


@dataclass(frozen=True)
class Release:
    """A release of a data set: the name that it gives itself, ours, and what its file is known to be.

    *version* is what its rows say, where that is another text than its name.
    """

    name: str
    slug: str
    sha256: str = ""
    rows: int = 0
    version: str = ""

    @property
    def in_rows(self) -> str:
        """What a column with the release says."""
        return self.version or self.name


@dataclass(frozen=True)
class Support:
    """A type of support, a concept of ours, and the column that says whether there was any."""

    type: str
    column: str

    @property
    def columns(self) -> tuple[tuple[str, str, str], ...]:
        """The columns with how many gave it, as a whole, states, and others; with the flag and our property of each."""
        name = self.column
        return (
            (f"{name}_count", name, "supporterCount"),
            (f"{name}_count_s", f"{name}_s", "stateSupporterCount"),
            (f"{name}_count_ns", f"{name}_ns", "nonStateSupporterCount"),
        )


@dataclass(frozen=True)
class DataSet:
    """One data set, or one table of several: how its rows are read."""

    name: str
    about: dict[str, Any]
    columns: dict[str, Column]
    dates: tuple[Parts, ...]
    releases: tuple[Release, ...]
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    supports: tuple[Support, ...] = ()
    tables: tuple["DataSet", ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell a row from all others."""
        return tuple(self.about["key"])

    @cached_property
    def identity(self) -> Column | None:
        """The column with an identifier that each row has for itself: the only one of its scheme, and the whole key."""
        column = self.columns.get(self.key[0]) if len(self.key) == 1 else None
        if not column or column.kind != "identifier":
            return None
        return column if [one.of for one in self.columns.values()].count(column.of) == 1 else None

    @cached_property
    def parts(self) -> frozenset[str]:
        """The columns that are parts of dates."""
        return frozenset(name for one in self.dates for name in (one.year, one.month, one.day) if name)

    @property
    def encoding(self) -> str:
        """The encoding of its files."""
        return str(self.about.get("encoding", UTF_8))

    @cached_property
    def headers(self) -> dict[str, str]:
        """The columns by each header that one of them may have."""
        named = {also: one.name for one in self.columns.values() for also in (one.name, *one.also)}
        return {**named, **{name: name for name in self.parts}}

    @cached_property
    def needed(self) -> frozenset[str]:
        """The columns that each copy has."""
        return self.parts | {one.name for one in self.columns.values() if not one.optional}

    def codes_of(self, codes: str) -> list[str]:
        """Return the codes in the list *codes*."""
        return [code for name, code in self.codes if name == codes]


def find(project: Project, name: str) -> DataSet:
    """Return the data set *name*; UnknownNameError where there is none, InputError where it is described wrongly."""
    known = names(project)
    if name not in known:
        raise unknown_name("data set", name, known)
    folder = project.root / "data" / name
    return read(folder)


def names(project: Project) -> list[str]:
    """Return the data sets that can be imported."""
    return sorted(path.parent.name for path in (project.root / "data").glob("*/dataset.toml"))


def read(folder: Path) -> DataSet:
    """Read the description of a data set in *folder*, and of its other tables in the folders below it."""
    first = _described(folder / "dataset.toml")
    tables = [
        _data_set(f"{folder.name}-{path.parent.name}", path, {**_about(first), **_described(path)})
        for path in sorted(folder.glob("*/dataset.toml"))
    ]
    return _data_set(folder.name, folder / "dataset.toml", first, tuple(tables))


def _described(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path, "a description of a data set"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: {error}; expected TOML") from error


def _about(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in _TABLES}


def _data_set(name: str, path: Path, told: dict[str, Any], tables: tuple[DataSet, ...] = ()) -> DataSet:
    missing = tuple(told.get("missing", [""]))
    named = {**told.get("columns", {}), **_alike(told.get("alike", {}))}
    codes = path.with_name("codes.csv")
    rows = read_rows(codes, _CODES) if codes.exists() else []
    return DataSet(
        name,
        _about(told),
        {column: _column(path, column, one, missing) for column, one in named.items()},
        tuple(_parts(date, one, missing) for date, one in told.get("dates", {}).items()),
        tuple(Release(**one) for one in told["release"]),
        {(row["column"], row["code"]): row["label"] for row in rows},
        tuple(Support(type_, column) for type_, column in told.get("support", {}).items()),
        tables,
    )


def _alike(told: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the columns that are described together, one by one."""
    return {
        column: {key: value for key, value in one.items() if key != "columns"}
        for one in told.values()
        for column in one["columns"]
    }


def _parts(name: str, told: dict[str, Any], missing: tuple[str, ...]) -> Parts:
    return Parts(name, missing=tuple(told.get("missing", missing)), **{k: v for k, v in told.items() if k != "missing"})


def _column(path: Path, name: str, told: dict[str, Any], missing: tuple[str, ...]) -> Column:
    found = [kind for kind in KINDS if kind in told]
    if len(found) != 1:
        raise InputError(f"{path}: column {name} has {len(found)} kinds; expected one of {', '.join(KINDS)}")
    [kind] = found
    more: dict[str, Any] = {"missing": missing} | {
        key: tuple(value) if isinstance(value, list) else value for key, value in told.items() if key != kind
    }
    if isinstance(told[kind], list):
        more["pair"] = tuple(told[kind])
    return Column(name, kind, told[kind] if isinstance(told[kind], str) else name, **more)

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
from aidtrace.project import Project

KINDS = ("identifier", "code", "year", "date", "integer", "decimal", "text", "flag", "release", "ignore")
_CODES = ("column", "code", "label")


@dataclass(frozen=True)
class Column:
    """What a column holds (*kind*, with *of*: a scheme, the reason to ignore it), and the property that it feeds.

    *separator* cuts lists, *missing* are texts that stand for no value, *name* is the column with the label of an
    identifier, *precision* the column that says by 1 that a date is exact.
    """

    name: str
    kind: str
    of: str = ""
    property: str = ""
    separator: str = ""
    missing: tuple[str, ...] = ("",)
    label: str = ""
    precision: str = ""


@dataclass(frozen=True)
class Parts:
    """A date in three columns, year, month and day, and the property that it feeds."""

    property: str
    year: str
    month: str = ""
    day: str = ""
    missing: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Release:
    """A release of a data set: the name that it gives itself, ours, and what its file is known to be."""

    name: str
    slug: str
    sha256: str = ""
    rows: int = 0


@dataclass(frozen=True)
class DataSet:
    """One data set: how its rows are read."""

    name: str
    about: dict[str, Any]
    columns: dict[str, Column]
    dates: tuple[Parts, ...]
    releases: tuple[Release, ...]
    codes: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell a row from all others."""
        return tuple(self.about["key"])

    @cached_property
    def parts(self) -> frozenset[str]:
        """The columns that are parts of dates."""
        return frozenset(name for one in self.dates for name in (one.year, one.month, one.day) if name)

    def codes_of(self, column: str) -> list[str]:
        """Return the codes that *column* may have."""
        return [code for name, code in self.codes if name == column]


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
    """Read the description of a data set in *folder*."""
    path = folder / "dataset.toml"
    try:
        told = tomllib.loads(read_text(path, "a description of a data set"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: {error}; expected TOML") from error
    missing = tuple(told.get("missing", [""]))
    columns = {name: _column(path, name, one, missing) for name, one in told["columns"].items()}
    dates = tuple(Parts(property=name, missing=missing, **one) for name, one in told.get("dates", {}).items())
    codes = folder / "codes.csv"
    rows = read_rows(codes, _CODES) if codes.exists() else []
    return DataSet(
        folder.name,
        {key: value for key, value in told.items() if key not in ("columns", "dates", "release")},
        columns,
        dates,
        tuple(Release(**one) for one in told["release"]),
        {(row["column"], row["code"]): row["label"] for row in rows},
    )


def _column(path: Path, name: str, told: dict[str, Any], missing: tuple[str, ...]) -> Column:
    found = [kind for kind in KINDS if kind in told]
    if len(found) != 1:
        raise InputError(f"{path}: column {name} has {len(found)} kinds; expected one of {', '.join(KINDS)}")
    [kind] = found
    more = {key: value for key, value in told.items() if key != kind}
    of = told[kind] if isinstance(told[kind], str) else ""
    return Column(name, kind, of, missing=tuple(more.pop("missing", missing)), **more)

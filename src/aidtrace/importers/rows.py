"""One row of a table, read to its end: what is not understood stops the import, and says where."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache

from anyascii import anyascii
from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.errors import InputError, one_of
from aidtrace.importers.dataset import Column, DataSet, Parts, Release
from aidtrace.namespaces import AT, DCTERMS, EDTF, ID, RDF, RDFS, XSD, K

_TYPE, _LABEL, _ROW_KEY, _SOURCE = RDF("type"), RDFS("label"), AT("rowKey"), DCTERMS("source")
_SCHEME, _VALUE, _CODED_AS = AT("scheme"), AT("identifierValue"), AT("codedAs")
_IDENTIFIER, _CODE = AT("CodedIdentifier"), AT("Code")
_EDTF, _INTEGER, _DECIMAL = EDTF("EDTF"), XSD("integer"), XSD("decimal")
_YEAR = re.compile(r"[12][0-9]{3}")
_DAY = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]")
_PARTS = (
    (_YEAR, "a year, such as 1992"),
    (re.compile(r"0?[1-9]|1[0-2]"), "a month from 1 to 12"),
    (re.compile(r"0?[1-9]|[12][0-9]|3[01]"), "a day from 1 to 31"),
)
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_EXACT = "1"
_LONGEST_KEY = 64
_LONGEST_START = 40


@dataclass(frozen=True)
class Row:
    """A row of *data_set*: its cells by column, and where it stands (``FILE:LINE``)."""

    data_set: DataSet
    release: Release
    cells: Mapping[str, str]
    where: str

    @cached_property
    def key(self) -> str:
        """The values that tell this row from all others."""
        return key_of([self.cells[name] for name in self.data_set.key])

    @cached_property
    def node(self) -> NamedNode:
        """The coding that this row is."""
        return ID(f"coding/{self.data_set.name}-{self.key}")

    @cached_property
    def source(self) -> NamedNode:
        """The release that says so."""
        return ID(f"data-set-release/{self.release.slug}")

    @cached_property
    def identity(self) -> NamedNode | None:
        """The identifier that no other row has, if there is one: what is said of it need not be remembered."""
        column = self.data_set.identity
        return identifier_node(column.of, self.cells[column.name].strip()) if column else None

    def triples(self) -> Iterator[Triple]:
        """Yield what the row says; InputError with place, column and value where a cell is not understood."""
        about = self.data_set.about
        yield Triple(self.node, _TYPE, AT(about["class"]))
        yield Triple(self.node, _LABEL, Literal(about["label"].format(**self.cells), language="en"))
        yield Triple(self.node, _ROW_KEY, Literal(self.key))
        yield Triple(self.node, _SOURCE, self.source)
        for column in self.data_set.columns.values():
            yield from self._column(column)
        for parts in self.data_set.dates:
            yield from self._date_of(parts)

    def _column(self, column: Column) -> Iterator[Triple]:
        text = self.cells.get(column.name, "").strip()
        if column.kind == "ignore" or column.name not in self.cells:
            return
        if text in column.missing:
            if text or column.blank:
                yield Triple(self.node, _CODED_AS, Literal(f"{column.name}={text}"))
            return
        for piece in self.pieces(column, text):
            kind = "code" if (column.of, piece) in self.data_set.codes else column.kind
            yield from getattr(self, f"_{kind}")(column, piece)

    def pieces(self, column: Column, text: str) -> list[str]:
        """Cut the list *text* into its items; InputError where one is empty."""
        if not column.separator:
            return [text]
        pieces = [one.strip() for one in text.split(column.separator)]
        if not all(pieces):
            raise self.wrong(column.name, text, "a list without a gap")
        return pieces

    def _identifier(self, column: Column, text: str) -> Iterator[Triple]:
        if column.form and not re.fullmatch(column.form, text):
            raise self.wrong(column.name, text, f"an identifier of the form {column.form}")
        node = identifier_node(column.of, text)
        yield Triple(self.node, self._property(column), node)
        yield Triple(node, _TYPE, _IDENTIFIER)
        yield Triple(node, _SCHEME, K(column.of))
        yield Triple(node, _VALUE, Literal(text))
        yield Triple(node, _SOURCE, self.source)
        named = self.cells[column.label].strip() if column.label else ""
        if named and not (column.separator and column.separator in self.cells[column.name]):
            yield Triple(node, AT("nameInDataSet"), Literal(named))

    def _code(self, column: Column, text: str) -> Iterator[Triple]:
        label = self.data_set.codes.get((column.of, text))
        if label is None:
            raise self.wrong(column.name, text, one_of(self.data_set.codes_of(column.of), text))
        node = ID(f"code/{self.data_set.name}-{slug(column.of)}-{code_slug(text)}")
        yield Triple(self.node, self._property(column), node)
        yield Triple(node, _TYPE, _CODE)
        yield Triple(node, _LABEL, Literal(f"{label} ({self.data_set.name} {column.of})", language="en"))
        yield Triple(node, _CODED_AS, Literal(text))

    def _year(self, column: Column, text: str) -> Iterator[Triple]:
        if not _YEAR.fullmatch(text):
            raise self.wrong(column.name, text, "a year, such as 1992")
        yield Triple(self.node, self._property(column), Literal(text, datatype=_EDTF))

    def _date(self, column: Column, text: str) -> Iterator[Triple]:
        """A day: an EDTF date, but only what is printed, which says no more, where a column calls it inexact."""
        if not _DAY.fullmatch(text) or not _is_day(text):
            raise self.wrong(column.name, text, "a day, such as 1992-02-26")
        exact = not column.precision or self.cells[column.precision].strip() == _EXACT
        value = Literal(text, datatype=_EDTF) if exact else Literal(text)
        yield Triple(self.node, self._property(column), value)

    def _integer(self, column: Column, text: str) -> Iterator[Triple]:
        try:
            number = int(text)
        except ValueError:
            raise self.wrong(column.name, text, "a whole number") from None
        yield Triple(self.node, self._property(column), Literal(str(number), datatype=_INTEGER))

    def _decimal(self, column: Column, text: str) -> Iterator[Triple]:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self.wrong(column.name, text, "a number") from None
        yield Triple(self.node, self._property(column), Literal(plain(number), datatype=_DECIMAL))

    def _text(self, column: Column, text: str) -> Iterator[Triple]:
        yield Triple(self.node, self._property(column), Literal(text))

    def _flag(self, column: Column, text: str) -> Iterator[Triple]:
        if text not in column.pair:
            raise self.wrong(column.name, text, " or ".join(column.pair))
        yield Triple(self.node, self._property(column), boolean(text == column.pair[1]))

    def _release(self, column: Column, text: str) -> Iterator[Triple]:
        if text != self.release.in_rows:
            raise self.wrong(column.name, text, f"{self.release.in_rows}, the release of the rows before")
        yield from ()

    def _date_of(self, parts: Parts) -> Iterator[Triple]:
        """A date of three columns, as precise as they are filled; the code for a missing part is kept."""
        told: list[str] = []
        for at, name in enumerate((parts.year, parts.month, parts.day)):
            text = self.cells[name].strip() if name else ""
            if not text:
                continue
            if text in parts.missing or len(told) < at:
                yield Triple(self.node, _CODED_AS, Literal(f"{name}={text}"))
                continue
            form, expected = _PARTS[at]
            if not form.fullmatch(text):
                raise self.wrong(name, text, expected)
            told.append(text.zfill(2))
        if not told:
            return
        if len(told) == len(_PARTS) and not _is_day("-".join(told)):
            raise self.wrong(parts.day, "-".join(told), "a day of the calendar")
        property_ = column_node(self.data_set, parts.property) if parts.own else AT(parts.property)
        yield Triple(self.node, property_, Literal("-".join(told), datatype=_EDTF))

    def _property(self, column: Column) -> NamedNode:
        return _property_of(self.data_set.name, column.name, column.property)

    def wrong(self, column: str, text: str, expected: str) -> InputError:
        """Say what is wrong with a cell, and where."""
        return InputError(f"{self.where}: column {column}: {text[:60]!r}; expected {expected}")


def column_node(data_set: DataSet, name: str) -> NamedNode:
    """Return the property that stands for a column of *data_set*."""
    return _property_of(data_set.name, name, "")


@lru_cache(maxsize=4096)
def _property_of(data_set: str, column: str, common: str) -> NamedNode:
    return AT(common) if common else ID(f"column/{data_set}-{slug(column)}")


def identifier_node(scheme: str, value: str) -> NamedNode:
    """Return the identifier *value* of *scheme*, the node that the crosswalk has too."""
    return ID(f"identifier/{scheme}-{slug(value)}")


def key_of(values: Iterable[str]) -> str:
    """Return the key of a row from the values that tell it from all others: short, and another for other values.

    >>> key_of(["388", "2020"])
    '388-2020'
    >>> key_of(["", "2020"])
    '-2020'
    """
    found = list(values)
    parts = [slug(one) for one in found]
    key = "-".join(parts)
    if len(key) <= _LONGEST_KEY and parts == [one.strip().lower() for one in found]:
        return key
    digest = hashlib.sha256("\x1f".join(one.strip() for one in found).encode()).hexdigest()[:12]
    return f"{key[:_LONGEST_START].strip('-')}-{digest}"


def code_slug(text: str) -> str:
    """Return the code *text* as a part of a name; a sign counts.

    >>> code_slug("-9"), code_slug("9")
    ('minus-9', '9')
    """
    return f"minus-{slug(text)}" if text.startswith("-") else slug(text)


def boolean(value: bool) -> Literal:
    """Write a truth value."""
    return Literal("true" if value else "false", datatype=XSD("boolean"))


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """Return *text* as a part of a name: lower-case words with hyphens, in Latin letters.

    >>> slug("Süderland (1962)")
    'suderland-1962'
    """
    plain_text = text if text.isascii() else anyascii(text)
    return _NO_SLUG.sub("-", plain_text.strip().lower()).strip("-")


def plain(number: Decimal) -> str:
    """Write *number* without an exponent and without zeros that say nothing, as the store keeps it.

    >>> plain(Decimal(".0396970"))
    '0.039697'
    """
    text = format(number.normalize(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

"""RDF as it was sent: the bytes, their syntax and a name for errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse

from aidtrace.errors import InputError, first_complaint
from aidtrace.files import read_bytes

_EXPECTED = ".ttl, .nt, .nq, .trig, .rdf, .jsonld"


@dataclass(frozen=True)
class Document:
    """One RDF document; *base* resolves its relative IRIs, where it names no base itself."""

    name: str
    content: bytes
    form: RdfFormat
    base: str | None = None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file, its syntax by its suffix; InputError where it cannot be read."""
        if path.is_dir():
            raise InputError(f"{path}: is a folder; expected an RDF file")
        form = RdfFormat.from_extension(path.suffix.removeprefix("."))
        if form is None:
            raise InputError(f"{path}: {path.suffix or 'no suffix'} is no RDF syntax; expected {_EXPECTED}")
        return cls(str(path), read_bytes(path, "an RDF file"), form)

    def quads(self) -> list[Quad]:
        """Parse it once, each literal as it is written; InputError says the line and column of what is malformed."""
        return list(self._parsed)

    @cached_property
    def _parsed(self) -> list[Quad]:
        try:
            return list(parse(self.content, format=self.form, base_iri=self.base, rename_blank_nodes=True))
        except SyntaxError as error:
            where = f"{self.name}:{error.lineno}:{error.offset}" if error.lineno else self.name
            raise InputError(f"{where}: {first_complaint(error.msg or str(error))}") from error
        except ValueError as error:
            raise InputError(f"{self.name}: {first_complaint(str(error))}; expected {self.form.name}") from error

    @property
    def text(self) -> str:
        """The document as text; bytes that are no UTF-8 become a mark."""
        return self.content.decode("utf-8", "replace")


def read_all(paths: Sequence[Path]) -> list[Document]:
    """Read *paths* in their order."""
    return [Document.read(path) for path in paths]

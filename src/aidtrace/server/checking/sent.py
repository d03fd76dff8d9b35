"""What is sent to be validated: the body of a request, or the parts of a form."""

import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, RdfFormat

from aidtrace.server.http import Http
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.problems import Problem

FIELDS = ("severity", "with-graph", "merge", "base", "keep")
CONTROLS = ("format", "offset", "limit")
BOOLEANS = ("true", "false")
_FORM_DATA = "multipart/form-data"
_SYNTAXES = {**GRAPHS, **DATASETS}
_OTHER_NAMES = {
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
    "application/x-turtle": "text/turtle",
}
_UNSAID = ("", "text/plain", "application/octet-stream")
"""Media types that say nothing of the syntax; Turtle is read, of which N-Triples are a part."""


@dataclass(frozen=True)
class Sent:
    """One document: its name, its media type, its bytes, and the base of its relative IRIs."""

    name: str
    media: str
    content: bytes
    base: str

    @property
    def about(self) -> dict[str, str]:
        """What is told of it ahead of its bytes."""
        return {"name": self.name, "media": self.media, "base": self.base}


@dataclass(frozen=True)
class Request:
    """A request to validate: the data, the shapes (none are ours), and what else it says."""

    data: tuple[Sent, ...]
    shapes: tuple[Sent, ...]
    fields: dict[str, str]

    def one_of(self, name: str, default: str, allowed: Collection[str]) -> str:
        """Return the field *name*; Problem 400 where it is none of *allowed*."""
        value = self.fields.get(name, default)
        if value not in allowed:
            raise Problem(400, "Malformed request", f"{name} is {value!r}; expected one of {', '.join(allowed)}")
        return value

    @property
    def beside(self) -> dict[str, bool]:
        """What the data are checked beside: alone, with the graph, and whether it is told how they would meet it."""
        merge = self.one_of("merge", "false", BOOLEANS) == "true"
        return {"with_graph": merge or self.one_of("with-graph", "false", BOOLEANS) == "true", "merge": merge}

    def expect_sound(self) -> None:
        """Raise 400 at once where what it says of itself is wrong."""
        assert self.beside
        assert self.keep in (True, False)

    @property
    def keep(self) -> bool:
        """Whether the text is to be kept beside the report, to show what was found in it."""
        return self.one_of("keep", "false", BOOLEANS) == "true"


def read_request(http: Http) -> Request:
    """Read what *http* sends; Problem 400 for a form that does not parse, 415 for a syntax that is not read."""
    expect_known((name for name, _ in http.parameters), (*FIELDS, *CONTROLS))
    if http.content_type != _FORM_DATA:
        fields = {name: http.one(name) or "" for name in FIELDS if http.one(name) is not None}
        base = _base(fields, http)
        return Request((Sent("data", _syntax(http.content_type, ""), http.body, base),), (), fields)
    parts, fields = _parts(http)
    expect_known((name for name, _ in parts), ("data", "shapes", *FIELDS))
    data, shapes = (tuple(one for name, one in parts if name == wanted) for wanted in ("data", "shapes"))
    if not data:
        raise Problem(400, "Malformed request", "the form has no part called data; expected one or more")
    return Request(data, shapes, fields)


def expect_known(given: Iterable[str], known: Sequence[str]) -> None:
    """Raise 400 where a parameter or a part of a form has no such name: its sender wants what is not done."""
    for name in given:
        if name not in known:
            raise Problem(400, "Malformed request", f"nothing is called {name!r} here; expected {', '.join(known)}")


def _parts(http: Http) -> tuple[list[tuple[str, Sent]], dict[str, str]]:
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    try:
        _, texts, files = FormDataParser(silent=False).parse(
            io.BytesIO(http.body), _FORM_DATA, len(http.body), parse_options_header(http.full_type)[1]
        )
    except ValueError as error:
        raise Problem(400, "Malformed request", f"the multipart body does not parse: {error}") from error
    given = [*http.parameters, *texts.items(multi=True)]
    fields = {name: text for name, text in given if name in FIELDS}
    base = _base(fields, http)
    pasted = [(name, text) for name, text in texts.items(multi=True) if name not in FIELDS]
    parts = [(name, Sent(name, _syntax("", ""), text.encode(), base)) for name, text in pasted]
    for name, file in files.items(multi=True):
        kind = (file.content_type or "").partition(";")[0].strip().lower()
        named = file.filename or name
        parts.append((name, Sent(named, _syntax(kind, named), file.read(), base)))
    return parts, fields


def _base(fields: dict[str, str], http: Http) -> str:
    """Return what relative IRIs are resolved against: the field ``base``, else the address that was posted to."""
    base = fields.get("base", http.base)
    try:
        return NamedNode(base).value
    except ValueError as error:
        raise Problem(400, "Malformed request", f"base is {base!r}; expected an absolute IRI") from error


def _syntax(kind: str, name: str) -> str:
    """Return the RDF syntax of a part: by its media type, else by the suffix of its file name, else Turtle."""
    known = _OTHER_NAMES.get(kind, kind)
    if known in _SYNTAXES:
        return known
    by_name = RdfFormat.from_extension(name.rpartition(".")[2]) if "." in name else None
    if by_name and by_name in _SYNTAXES.values():
        return next(media for media, form in _SYNTAXES.items() if form == by_name)
    if kind in _UNSAID:
        return "text/turtle"
    raise Problem(415, "Unsupported media type", f"{kind}; expected one of {', '.join(_SYNTAXES)}")

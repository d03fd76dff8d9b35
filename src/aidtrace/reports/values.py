"""Where each value of a text stands, and of which property: read once, in whatever syntax of RDF the text is."""

import re
from collections.abc import Callable, Iterable
from html import unescape

from aidtrace.namespaces import RDF

Places = dict[str, list[tuple[frozenset[str], int]]]
"""For each value, an IRI or the letters of a literal: of which property it may be, and where it stands."""

_TOKEN = re.compile(
    r"""
    (?P<skip> <!--(?:(?!-->)[\s\S])*+(?:-->)? | (?i:@?(?:\bprefix\s+[^\s:<>]*:|\bbase)\s*<[^<>\s]*>(?:\s*\.)?)
        | \^\^(?:<[^<>\s]*>|[\w.-]*:[\w-]+)? | @[\w-]+ )
    | <(?P<tag>[\w.-]+:[\w.-]+)(?:\s[^<>]*)?> (?P<held>[^<]*) </(?P=tag)\s*>
    | <(?P<iri>[^<>"{}|^`\\\s]*)>
    | (?: \"{3}(?P<long>(?:[^"\\]|\\[\s\S]|"(?!""))*+)(?:\"{3})? | '{3}(?P<lone>(?:[^'\\]|\\[\s\S]|'(?!''))*+)(?:'{3})?
        | "(?P<double>(?:[^"\\\n]|\\.)*+)"? | '(?P<single>(?:[^'\\\n]|\\.)*+)'? ) (?P<key>\s*:)?
    | \#[^\n]*
    | (?P<mark>[.;,\[\](){}])(?!\d)
    | (?P<word>(?:[^\s<>"'\[\](){},;.\#^@=]|\.(?=[^\s<>"'\[\](){},;.\#^@=]))+)
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_OPEN, _CLOSED = "[({", "])}"
_SUBJECT, _PREDICATE, _OBJECT = range(3)
_NONE = frozenset[str]()


def places(text: str, named: Callable[[str], Iterable[str]]) -> Places:
    """Find every value in *text*; *named* returns the IRIs that a name may be, as it is written."""
    reading = _Reading(named)
    for found in _TOKEN.finditer(text):
        reading.take(found)
    return reading.found


class _Reading:
    """A text as far as it is read: what comes next, of which property, and the same outside of each open bracket."""

    def __init__(self, named: Callable[[str], Iterable[str]]) -> None:
        self._named = named
        self.found: Places = {}
        self._next, self._property = _SUBJECT, _NONE
        self._outside: list[tuple[int, frozenset[str]]] = []

    def take(self, found: re.Match[str]) -> None:
        """Read one token further."""
        kind, at = found.lastgroup, found.start()
        if kind == "mark":
            self._mark(found["mark"])
        elif kind == "held":
            self._keep(unescape(found["held"]), frozenset(self._named(found["tag"])), found.start("held"))
        elif kind == "iri":
            self._name(f"<{found['iri']}>", at)
        elif kind == "word":
            self._word(found["word"], at)
        elif kind == "key":
            self._key(_said(found))
        elif kind in ("long", "lone", "double", "single"):
            self._literal(_said(found), at)

    def _mark(self, mark: str) -> None:
        if mark == ".":
            self._next, self._property = _SUBJECT, _NONE
        elif mark == ";":
            self._next = _PREDICATE
        elif mark in _OPEN:
            self._outside.append((self._next, self._property))
            self._next = (_PREDICATE, _OBJECT, _SUBJECT)[_OPEN.index(mark)]
        elif mark in _CLOSED and self._outside:
            after, self._property = self._outside.pop()
            self._next = _PREDICATE if after == _SUBJECT and mark != "}" else after

    def _key(self, name: str) -> None:
        """Take the name of a member of JSON for a property; what ``@value`` holds is of the property outside."""
        self._next = _OBJECT
        if not name.startswith("@"):
            self._property = frozenset(self._named(name))
        elif self._outside:
            self._property = self._outside[-1][1]

    def _word(self, word: str, at: int) -> None:
        if word == "a" and self._next == _PREDICATE:
            self._next, self._property = _OBJECT, frozenset((RDF("type").value,))
        elif ":" in word:
            self._name(word, at)
        elif self._next != _SUBJECT:
            self._keep(word, self._property, at)

    def _name(self, written: str, at: int) -> None:
        iris = self._named(written)
        if self._next == _OBJECT:
            for iri in iris:
                self._keep(iri, self._property, at)
        elif self._next == _PREDICATE:
            self._next, self._property = _OBJECT, frozenset(iris)
        else:
            self._next = _PREDICATE

    def _literal(self, said: str, at: int) -> None:
        self._keep(said, self._property, at)
        for iri in self._named(said) if ":" in said else ():  # JSON writes names as strings
            if iri != said:
                self._keep(iri, self._property, at)

    def _keep(self, value: str, of: frozenset[str], at: int) -> None:
        self.found.setdefault(value, []).append((of, at))


def _said(found: re.Match[str]) -> str:
    """Return what stands between quotes, as it is meant."""
    written = next(one for one in found.group("long", "lone", "double", "single") if one is not None)
    return _ESCAPED.sub(_letter, written) if "\\" in written else written


def _letter(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else ""
    return _LETTERS.get(found[3], found[3])

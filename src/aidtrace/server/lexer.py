r"""Finds in a query what may not run: SERVICE, LOAD, and FROM of a graph that is not in the store.

pyoxigraph shows no parse tree, so the text is cut into the terminals of the SPARQL grammar: comments, strings,
IRIs, prefixed names and words are told apart, and only a word can be a keyword. The parser behind reads without
a lexer and decodes ``\u`` escapes late, so the text is looked at both as it stands and decoded, and a keyword
glued to a prefix counts. What cannot be resolved is refused.
Source: SPARQL 1.1 Query Language, sections 19.2 and 19.8.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<string>\"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*''' |
         "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<variable>[?$]\w+)
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d]|_)?[\w.\-]*:(?:[\w.:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
    | (?P<word>[^\W\d][\w]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_BARRED = ("SERVICE", "LOAD")


@dataclass(frozen=True)
class Refusal:
    """What is refused, where it stands (line and column count from 1), and what would be accepted."""

    what: str
    line: int
    column: int
    expected: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.what} is not allowed here; expected {self.expected}"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def refusal(query: str, known: Collection[str], base: str = "") -> Refusal | None:
    """Return the first thing in *query* that may not run, or None; *known* are the IRIs of the store's graphs."""
    decoded = _ESCAPE.sub(lambda found: _character(found), query)
    for text in (query, decoded) if decoded != query else (query,):
        found = next(_refused(text, known, base), None)
        if found:
            return found
    return None


def _refused(text: str, known: Collection[str], base: str) -> Iterator[Refusal]:
    tokens = list(_tokens(text))
    prefixes, base = _prologue(tokens, base)
    for number, token in enumerate(tokens):
        keyword = _keyword(token)
        if keyword in _BARRED:
            yield _refuse(text, token, keyword, "a query that stays within this store")
        elif keyword == "FROM":
            graph = _graph(tokens, number, prefixes, base)
            if graph not in known:
                what = f"FROM <{graph}>" if graph else "FROM"
                yield _refuse(text, token, what, "a graph of this store")


def _keyword(token: _Token) -> str:
    """Return the barred keyword that *token* is or ends in, also where a prefix is glued to it."""
    if token.kind == "name":
        head = token.text.partition(":")[0].upper()
        return head if head in (*_BARRED, "FROM") else ""
    if token.kind != "word":
        return ""
    return next((word for word in (*_BARRED, "FROM") if token.text.upper().endswith(word)), "")


def _graph(tokens: list[_Token], number: int, prefixes: dict[str, str], base: str) -> str | None:
    """Resolve the graph after FROM or FROM NAMED; None where that is not possible."""
    if tokens[number].kind == "name":
        return None
    after = tokens[number + 1 : number + 3]
    if after and after[0].kind == "word" and after[0].text.upper() == "NAMED":
        after = after[1:]
    if not after:
        return None
    if after[0].kind == "iri":
        return urljoin(base, _ESCAPE.sub(_character, after[0].text[1:-1]))
    if after[0].kind == "name":
        prefix, _, local = after[0].text.partition(":")
        return prefixes[prefix] + local if prefix in prefixes and "\\" not in local else None
    return None


def _prologue(tokens: list[_Token], base: str) -> tuple[dict[str, str], str]:
    prefixes: dict[str, str] = {}
    for number, token in enumerate(tokens):
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE" and tokens[number + 1 :][:1] and tokens[number + 1].kind == "iri":
            base = urljoin(base, tokens[number + 1].text[1:-1])
        elif word == "PREFIX" and [t.kind for t in tokens[number + 1 : number + 3]] == ["name", "iri"]:
            prefixes[tokens[number + 1].text.removesuffix(":")] = urljoin(base, tokens[number + 2].text[1:-1])
    return prefixes, base


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup and found.lastgroup != "comment":
            yield _Token(found.lastgroup, found[0], found.start())


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 else found[0]


def _refuse(text: str, token: _Token, what: str, expected: str) -> Refusal:
    before = text[: token.at]
    return Refusal(what, before.count("\n") + 1, token.at - (before.rfind("\n") + 1) + 1, expected)

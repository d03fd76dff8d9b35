r"""Cuts SPARQL into the terminals of its grammar, and finds what may not run.

pyoxigraph shows no parse tree, so comments, strings, IRIs, prefixed names and words are told apart here. Its parser
reads without a lexer: keywords may be glued to what stands around them (``SERVICESILENT<x>``, ``{} .SERVICEa:x {}``,
``ex:a.b.SERVICE:x {}``), and ``<`` may be an operator where an IRI would fit (``1<2)SERVICE:x#>``). It decodes
``\u`` escapes late, so the text is looked at both as it stands and decoded. What cannot be told apart is refused
where a watched keyword stands anywhere in the text. Every pattern reads each character a fixed number of times; no
group is possessive, for Python before 3.11.5 matches such a group wrongly where it has to step back within.
Source: SPARQL 1.1 Query Language, sections 19.2 and 19.8.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

_START = (
    r"A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHAR = _START + r"0-9\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*,;=/?\#@%]"
_TOKEN = re.compile(
    rf"""
      (?P<comment>\#[^\r\n]*)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*''' |
         "(?!"")(?:[^"\\\r\n]|\\.)*" | '(?!'')(?:[^'\\\r\n]|\\.)*')
    | (?P<iri><[^<>"{{}}|^`\x00-\x20]*+>)
    | (?P<variable>[?$][{_CHAR}]++)
    | (?P<tag>@[A-Za-z]++(?:-[A-Za-z0-9]++)*)
    | (?P<name>(?:[{_START}][{_CHAR}.\-]*+)?:(?:(?:[{_CHAR}:]|{_ESCAPED})(?:[{_CHAR}.:\-]|{_ESCAPED})*)?)
    | (?P<word>[{_START}][{_CHAR}.\-]*+)
    | (?P<number>[0-9]++(?:\.[0-9]++)?(?:[eE][+\-]?[0-9]++)?)
    | (?P<mark>[{{}};])
    | (?P<bracket>[()\[\]]++)
    | (?P<space>[\ \t\r\n]++)
    | (?P<other>[.,=!>&|+*/^~\-]++|[<?$@])
    | (?P<stray>.++)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_WATCHED = ("SERVICE", "LOAD", "FROM")
_VOLATILE = ("NOW", "RAND", "UUID", "BNODE")
_KEYWORD = re.compile("|".join(_WATCHED), re.IGNORECASE)
_INTERESTING = (*_WATCHED, *_VOLATILE)
_GLUED_SERVICE = re.compile(r"(?:^|[.\-0-9]|TRUE|FALSE)SERVICE")
_GLUED_FROM = re.compile(r"(?:ASK|CONSTRUCT)?FROM")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_NO_OPERATOR = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.\-]*://|[^')#]*>$)")
_OPERANDS = ("variable", "string", "number", "name", "iri", "word", "tag")
_FOR_PARSING = ("comment", "space", "number", "bracket", "other", "stray")


@dataclass(frozen=True)
class Refusal:
    """What is refused, where it stands (line and column count from 1), and what would be accepted."""

    what: str
    line: int
    column: int
    expected: str

    @property
    def lenient(self) -> bool:
        """Whether only a graph is refused; nothing of the query leaves the store."""
        return self.what.startswith("FROM")

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.what} is not allowed here; expected {self.expected}"


class Token(NamedTuple):
    """One terminal: its kind (a group of the lexer), its text, and where it begins."""

    kind: str
    text: str
    at: int

    def says(self, word: str) -> bool:
        """Whether this is the keyword *word*."""
        return self.kind == "word" and self.text.upper() == word


@dataclass(frozen=True)
class Scan:
    """What a query says outside its strings and comments.

    *text* is what may run, *refusal* why it may not; *default* and *named* are the graphs of FROM and FROM NAMED,
    and *bare* is the text without these;
    *service* says that it asks other endpoints, *volatile* that the same query may have another answer later.
    """

    text: str
    refusal: Refusal | None = None
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    service: bool = False
    volatile: bool = False
    bare: str = ""


def scan(query: str, known: Collection[str], base: str = "", hosts: Collection[str] = ()) -> Scan:
    """Look through *query*; *known* are the graphs of the store, *hosts* the ``host[:port]`` that SERVICE may ask.

    An allowed SERVICE loses its SILENT: a host that does not answer is an error, not a shorter answer.
    """
    found = _Look(query, known, base, hosts).scan()
    if "\\" in query and (found.refusal is None or found.refusal.lenient):
        decoded = _ESCAPE.sub(_character, query)
        if decoded != query:
            refused = _Look(decoded, known, base, ()).scan().refusal
            found = replace(found, text=query, refusal=refused or found.refusal)
    return found


def tokens(text: str) -> list[Token]:
    """Cut *text* into terminals; comments, numbers and punctuation but ``{};`` are left out."""
    return _cut(text, _FOR_PARSING)


def lexemes(text: str) -> list[Token]:
    """Cut *text* into all of its terminals; only comments and white space are left out."""
    return _cut(text, ("comment", "space"))


def doubtful(lexemes: Iterable[Token]) -> Token | None:
    """Return the first token that the parser may cut otherwise: a stray character, or ``<`` that may be an operator."""
    depth, before = 0, Token("", "", 0)
    for token in lexemes:
        depth += token.text.count("(") - token.text.count(")") if token.kind == "bracket" else 0
        operand = before.kind in _OPERANDS or before.text[-1:] in (")", "]", "}")
        operator = depth > 0 and operand and token.kind == "iri"
        if token.kind == "stray" or (operator and not _NO_OPERATOR.match(token.text)):
            return token
        before = token
    return None


def terminals(text: str) -> list[Token]:
    """Cut *text* into all its terminals but comments and space, brackets and operators one by one."""
    found: list[Token] = []
    for token in _cut(text, ("comment", "space")):
        if token.kind in ("bracket", "other"):
            found += [Token(token.kind, sign, token.at + place) for place, sign in enumerate(token.text)]
        elif token.kind in ("name", "word") and token.text.endswith("."):
            bare = token.text.rstrip(".")
            dots = range(len(bare), len(token.text))
            found += [Token(token.kind, bare, token.at), *(Token("other", ".", token.at + place) for place in dots)]
        else:
            found.append(token)
    return found


def _cut(text: str, without: Collection[str]) -> list[Token]:
    return [
        Token(found.lastgroup, found[0], found.start())
        for found in _TOKEN.finditer(text)
        if found.lastgroup and found.lastgroup not in without
    ]


class Names:
    """Resolves IRIs and prefixed names by the prologues among *terminals*."""

    def __init__(self, terminals: list[Token], base: str) -> None:
        self._base: str | None = base
        self._prefixes = dict[str, str | None]()
        self._sure = True
        before = None
        for number, token in enumerate(terminals):
            following = terminals[number + 1 : number + 3]
            if token.says("BASE") and following[:1] and following[0].kind == "iri":
                self._base = _join(self._base, following[0].text[1:-1])
            elif token.says("PREFIX") and [one.kind for one in following] == ["name", "iri"]:
                self._prefixes[following[0].text.removesuffix(":")] = _join(self._base, following[1].text[1:-1])
            elif _declares(token) and following[:1] and following[0].kind == "iri":
                self._sure = self._sure and before is not None and before.says("PREFIX")
            before = token

    def resolve(self, token: Token) -> str | None:
        """Return the IRI that *token* stands for; None where that cannot be said."""
        if token.kind == "iri":
            return _join(self._base, _ESCAPE.sub(_character, token.text[1:-1]))
        if token.kind == "name" and self._sure:
            prefix, _, local = token.text.partition(":")
            start = self._prefixes.get(prefix)
            return None if start is None or "\\" in local else start + local.rstrip(".")
        return None


def _declares(token: Token) -> bool:
    """Whether *token* may be the keyword PREFIX with the name that it declares, glued."""
    return token.kind == "name" and token.text.upper().startswith("PREFIX") and token.text.endswith(":")


def _join(base: str | None, reference: str) -> str | None:
    """Resolve *reference* as RFC 3986 has it: what has a scheme is absolute. None where that fails."""
    if _ABSOLUTE.match(reference):
        return reference
    try:
        return None if base is None else urljoin(base, reference)
    except ValueError:
        return None


def _may_say(text: str, words: Iterable[str]) -> bool:
    """Whether one of *words* may be in *text*, in capitals or not: certain of a no, and quick to say it."""
    if not text.isascii():
        return True
    capitals = text.upper()
    return any(word in capitals for word in words)


class _Look:
    """One look through one text."""

    def __init__(self, text: str, known: Collection[str], base: str, hosts: Collection[str]) -> None:
        self._text, self._known, self._hosts, self._base = text, known, hosts, base
        self._tokens: list[Token] = []
        self._silent: list[Token] = []
        self._clauses: list[Token] = []
        self._default: list[str] = []
        self._named: list[str] = []
        self._service = False

    def scan(self) -> Scan:
        if not _may_say(self._text, _INTERESTING):
            return Scan(self._text, bare=self._text)
        self._tokens = lexemes(self._text)
        volatile = any(token.kind == "word" and token.text.upper().endswith(_VOLATILE) for token in self._tokens)
        volatile = volatile or (_may_say(self._text, _VOLATILE) and doubtful(self._tokens) is not None)
        if not _KEYWORD.search(self._text):
            return Scan(self._text, volatile=volatile, bare=self._text)
        names = Names(self._tokens, self._base)
        refused = self._unsure() or self._judged(names)
        text = _blanked(self._text, self._silent)
        bare = _blanked(text, self._clauses)
        volatile = volatile or self._service
        return Scan(text, refused, tuple(self._default), tuple(self._named), self._service, volatile, bare)

    def _unsure(self) -> Refusal | None:
        """Refuse a text that the parser may cut otherwise."""
        token = doubtful(self._tokens)
        if token is None:
            return None
        found = _KEYWORD.search(self._text)
        what = found[0].upper() if found and found[0].upper() != "FROM" else "SERVICE"
        return self._refuse(token, what, f"a query in which {token.text[:1]} has one meaning")

    def _judged(self, names: Names) -> Refusal | None:
        """Judge every watched keyword: a refusal of SERVICE or LOAD comes before one of FROM."""
        refusals: list[Refusal] = []
        depth = 0
        for number, token in enumerate(self._tokens):
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
            word = self._watched(number, depth) if token.kind in ("word", "name") else ""
            refused = self._judge(number, word, names) if word else None
            if refused:
                refusals.append(refused)
        return next((one for one in refusals if not one.lenient), refusals[0] if refusals else None)

    def _watched(self, number: int, depth: int) -> str:
        """Return the watched keyword in this token: a word that holds one, or a name that it may be glued to."""
        token, upper = self._tokens[number], self._tokens[number].text.upper()
        if token.kind == "word":
            return next((word for word in _WATCHED if word in upper), "")
        following = self._tokens[number + 1].text if number + 1 < len(self._tokens) else ""
        if following == "{" and _GLUED_SERVICE.search(upper):
            return "SERVICE"
        if depth > 0 or (number and self._tokens[number - 1].says("PREFIX")):
            return ""
        return "LOAD" if upper.startswith("LOAD") else "FROM" if _GLUED_FROM.match(upper) else ""

    def _judge(self, number: int, word: str, names: Names) -> Refusal | None:
        if word == "FROM":
            return self._from(number, names)
        if word == "SERVICE" and self._hosts:
            return self._ask_service(number, names)
        return self._refuse(self._tokens[number], word, "a query that stays within this store")

    def _from(self, number: int, names: Names) -> Refusal | None:
        token = self._tokens[number]
        following = self._tokens[number + 1 : number + 3] if token.says("FROM") else []
        named = bool(following) and following[0].says("NAMED")
        graph = names.resolve(following[named]) if len(following) > named else None
        if graph is None or graph not in self._known:
            return self._refuse(token, f"FROM <{graph}>" if graph else "FROM", "a graph of this store")
        (self._named if named else self._default).append(graph)
        self._clauses += [token, *following[: 1 + named]]
        return None

    def _ask_service(self, number: int, names: Names) -> Refusal | None:
        token = self._tokens[number]
        following = self._tokens[number + 1 : number + 3] if token.says("SERVICE") else []
        silent = bool(following) and following[0].says("SILENT")
        meant = following[silent] if len(following) > silent else None
        glued = meant is not None and meant.kind == "name" and meant.text.upper().startswith("SILENT")
        endpoint = names.resolve(meant) if meant and not glued else None
        if endpoint is None or not _allowed(endpoint, self._hosts):
            return self._refuse(token, "SERVICE", f"an endpoint on {' or '.join(sorted(self._hosts))}")
        if silent:
            self._silent.append(following[0])
        self._service = True
        return None

    def _refuse(self, token: Token, what: str, expected: str) -> Refusal:
        before = self._text[: token.at]
        return Refusal(what, before.count("\n") + 1, token.at - (before.rfind("\n") + 1) + 1, expected)


def _blanked(text: str, terminals: Iterable[Token]) -> str:
    """Write spaces in place of *terminals*, which are in the order of the text."""
    pieces, end = list[str](), 0
    for token in terminals:
        pieces += [text[end : token.at], " " * len(token.text)]
        end = token.at + len(token.text)
    return "".join([*pieces, text[end:]])


def _allowed(endpoint: str, hosts: Collection[str]) -> bool:
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and parts.netloc.lower() in hosts


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 else found[0]

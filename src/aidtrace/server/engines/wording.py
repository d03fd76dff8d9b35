"""The wording in which a query or an update is sent: written anew from its terminals, and calling what may be called.

An engine may read a text otherwise than we do, and may call procedures of its own by an IRI: Virtuoso's ``bif:`` and
``sql:`` are its SQL. So what is sent has no comments and no prologue, IRIs and prefixed names are whole, strings are
written in one way, and each IRI is judged as it is sent. Whoever sends it parses it once more.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from aidtrace.lexer import Names, Refusal, Token, doubtful, lexemes
from aidtrace.server.engines.kinds import Kind

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_MEANT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_WRITTEN = {sign: f"\\{letter}" for letter, sign in _MEANT.items()} | {'"': '\\"', "\\": "\\\\"}
_SPECIAL = re.compile(r'["\\\t\b\n\r\f]')
_DOTS = re.compile(r"(?<!\\)\.+$")
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^<>\"{}|^`\\\x00-\x20]*")
_PROLOGUE = {"BASE": len(("BASE", "<…>")), "PREFIX": len(("PREFIX", "name:", "<…>"))}
_END = Token("", "", 0)


class RefusedError(Exception):
    """What an engine is not sent: the text says where it stands, and what would be accepted."""


def worded(text: str, base: str, kind: Kind) -> str:
    """Return *text*, which parses over *base*, as an engine of *kind* is sent it; RefusedError where it is not.

    >>> from aidtrace.server.engines.kinds import OTHER
    >>> worded("PREFIX e: <http://example.org/> ASK { e:a ?b '''c''' } # why", "", OTHER)
    'ASK { <http://example.org/a> ?b "c" }'
    """
    found = lexemes(text)
    doubt = doubtful(found) or _declared_anew(found)
    if doubt:
        raise _refused(text, doubt, doubt.text[:6], "a text in which it has one meaning")
    return "".join(_pieces(text, found, Names(found, base), kind)).strip()


def _declared_anew(found: list[Token]) -> Token | None:
    """Return the first declaration that gives a name, or what went before it, a second meaning: `Names` knows one."""
    said, begun = set[str](), False
    for number, token in enumerate(found):
        if token.says("PREFIX") or token.says("BASE"):
            name = found[number + 1].text if token.says("PREFIX") else ""
            if name in said or (begun and not name):
                return token
            said.add(name)
        begun = begun or (token.kind == "word" and token.text.upper() not in _PROLOGUE)
    return None


def _pieces(text: str, found: list[Token], names: Names, kind: Kind) -> Iterator[str]:
    """Yield the terminals of *found* but the prologue, with a space where there was a space or a comment."""
    end, skipped = 0, 0
    for token, following in pairwise([*found, _END]):
        skipped = _PROLOGUE.get(token.text.upper(), skipped) if token.kind == "word" else skipped
        if skipped:
            skipped, end = skipped - 1, -1  # a space follows
            if token.kind == "iri":
                _judged(text, token, names.resolve(token), kind)
        else:
            yield " " if token.at > end else ""
            yield _piece(text, token, following, names, kind)
            end = token.at + len(token.text)


def _piece(text: str, token: Token, following: Token, names: Names, kind: Kind) -> str:
    if token.kind == "string":
        return _string(token.text)
    if token.kind == "iri" or (token.kind == "name" and not token.text.startswith("_:")):
        found, dots = _resolved(token, names)
        iri = _judged(text, token, found, kind)
        if kind.calls and not dots and following.text[:1] == "(" and not _is_known(iri, kind):
            told = " or ".join(f"<{one}…>" for one in kind.calls)
            raise _refused(text, token, f"<{iri}> before a bracket", f"a function {told}, or a list by its rdf:first")
        return f"<{iri}>{dots}"
    return token.text


def _resolved(token: Token, names: Names) -> tuple[str | None, str]:
    """Return the IRI that *token* stands for, and the dots behind it, which end a triple."""
    if token.kind == "iri":
        return names.resolve(token), ""
    bare = _DOTS.sub("", token.text)
    prefix, _, local = bare.partition(":")
    start = names.resolve(Token("name", f"{prefix}:", token.at))
    whole = None if start is None else start + re.sub(r"\\(.)", r"\1", local)
    return whole, token.text[len(bare) :]


def _judged(text: str, token: Token, iri: str | None, kind: Kind) -> str:
    """Return *iri*; RefusedError where it is not whole, or is what this engine would run."""
    if iri is None or not _WHOLE.fullmatch(iri):
        raise _refused(text, token, token.text, "an IRI with its scheme, or a prefix that is declared")
    if iri.lower().startswith(kind.never):
        raise _refused(text, token, f"<{iri}>", "what the standard has: the engine would run a procedure of its own")
    return iri


def _is_known(iri: str, kind: Kind) -> bool:
    """Whether a function may be called: letters behind one of the beginnings."""
    return any(iri.startswith(one) and iri[len(one) :].isascii() and iri[len(one) :].isalpha() for one in kind.calls)


def _string(written: str) -> str:
    """Return a string in double quotes, with no other escapes than those that it has to have."""
    quotes = 3 if written[:3] in ('"""', "'''") else 1
    meant = _ESCAPE.sub(_character, written[quotes:-quotes])
    return f'"{_SPECIAL.sub(lambda sign: _WRITTEN[sign[0]], meant)}"'


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _MEANT.get(found[3], found[3])


def _refused(text: str, token: Token, what: str, expected: str) -> RefusedError:
    line, column = text.count("\n", 0, token.at) + 1, token.at - text.rfind("\n", 0, token.at)
    return RefusedError(str(Refusal(what, line, column, expected)))

r"""What is wrong with a query or an update, in words: where it stands, what it is, what would fit.

The engine's parser reports how far any of its attempts came, and an attempt at a keyword reads on for as many
characters as the keyword has; so it points behind what is wrong, and names what happened to be tried there. Here the
text is parsed once more with a wide gap behind each terminal. An attempt that fails then ends within the gap, and the
terminal in front of it is the one that does not fit. A character that SPARQL nowhere allows ends the text, so that it
never runs, whatever the gaps have made of it.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from aidtrace.errors import closest, first_complaint, one_of
from aidtrace.lexer import Token, lexemes
from aidtrace.namespaces import PREFIXES

Parse = Callable[[str], object]
"""Parses a text, and raises SyntaxError where it does not parse."""

_GAP = 16
"""More than the longest keyword has, and so more than an attempt reads beyond its start."""
_LONGEST = 1 << 14
"""A text of more characters is not parsed once more."""
_WIDEST = 40
_CLOSE = 0.8
_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_NEVER = "\n" + "\0" * _GAP

_AT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_TRIED = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,]+)(?:,|$)""")
_PROLOGUE = re.compile(r"(?:PREFIX name iri |BASE iri )*")
_QUERY = "a query", ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATE = "an update", ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_OTHERS = """
    AS ASC BASE BIND BY DATA DEFAULT DESC DISTINCT EXISTS FILTER FROM GRAPH GROUP HAVING IN INTO LIMIT MINUS NAMED NOT
    OFFSET OPTIONAL ORDER PREFIX REDUCED SEPARATOR SERVICE SILENT TO UNDEF UNION USING VALUES WHERE
    ABS AVG BNODE BOUND CEIL COALESCE CONCAT CONTAINS COUNT DATATYPE DAY FLOOR GROUP_CONCAT HOURS IF IRI ISBLANK ISIRI
    ISLITERAL ISNUMERIC LANG LANGMATCHES LCASE MAX MD5 MIN MINUTES MONTH NOW RAND REGEX REPLACE ROUND SAMETERM SAMPLE
    SECONDS STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS SUBSTR SUM TIMEZONE TRUE FALSE UCASE URI YEAR
"""
_KEYWORDS = (*_QUERY[1], *_UPDATE[1], *_OTHERS.split())
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_CALLED = {
    '"$"': "a variable",
    '"<"': "an IRI",
    '":"': "a name with its prefix",
    '"\\""': "a string",
    "['0'..='9']": "a number",
}
_MEANINGS = {
    "a variable that is unbound": "SELECT has a variable that is not grouped; expected it in GROUP BY or COUNT",
    "Duplicated variable name": "SELECT has a variable twice; expected each once",
    "overrides an existing variable": "SELECT gives a variable a second value; expected a new name after AS",
    "not authorized with GROUP BY": "SELECT * stands beside GROUP BY; expected the names of the variables",
    "same number of values": "VALUES has a row of another length; expected one value for each variable",
    "ariables are not allowed in INSERT DATA": "INSERT DATA has a variable; expected INSERT and WHERE, or no variable",
    "not allowed in DELETE DATA": "DELETE DATA has a variable or a blank node; expected DELETE and WHERE, or neither",
}
"""What the engine says of a text that has the right form, by a part of it, and what we say."""


@dataclass(frozen=True)
class _Fault:
    """The terminal that does not fit, None for the end; those in front of it; what the parser says that it tried."""

    token: Token | None
    at: int
    front: Sequence[Token]
    tried: str
    exact: bool

    @property
    def word(self) -> str:
        return _shown(self.token.text if self.token else "")

    @property
    def before(self) -> str:
        return _shown(self.front[-1].text if self.front else "")

    @property
    def closing(self) -> str:
        """The bracket that would close the last open one in front."""
        closing: list[str] = []
        for mark in "".join(token.text for token in self.front if token.kind in ("bracket", "mark", "call")):
            if mark in _CLOSING:
                closing.append(_CLOSING[mark])
            elif closing and mark == closing[-1]:
                closing.pop()
        return closing[-1] if closing else ""


def complaint(message: str, text: str, parse: Parse, *, update: bool = False, declared: Collection[str] = ()) -> str:
    """Say what is wrong with *text*, which the engine refused with *message*; *parse* is how it was parsed.

    It is an *update* or else a query, and need not declare the prefixes that are *declared*.
    """
    said = _AT.match(message)
    if not said:
        return first_complaint(message)
    kind, _ = _UPDATE if update else _QUERY
    units = _units(lexemes(text)) if len(text) <= _LONGEST else []
    if not units and len(text) <= _LONGEST:
        return f"is empty; expected {kind}"
    meant = next((words for part, words in _MEANINGS.items() if part in message), None)
    fault = _locate(units, parse, _offset(text, said)) if units and not meant else None
    if fault is None:
        return f"{said[1]}:{said[2]}: {meant or f'does not parse up to here; expected {kind}'}"
    before = text[: fault.at]
    return f"{before.count(chr(10)) + 1}:{fault.at - before.rfind(chr(10))}: {_worded(fault, declared, update=update)}"


def _locate(units: Sequence[Token], parse: Parse, reached: int) -> _Fault | None:
    """Find the one of *units* that does not fit; None where the gaps have led elsewhere."""
    spaced = "".join(unit.text + " " * _GAP for unit in units)
    places = list(accumulate((len(unit.text) + _GAP for unit in units), initial=0))
    said = _refused(parse, spaced + _NEVER)
    if not said:
        return None
    offset = _offset(spaced, said)
    number = bisect_right(places, offset) - 1
    if number == len(units) and units[-1].kind != "stray":
        return _Fault(None, units[-1].at + len(units[-1].text), units, said[3], exact=False)
    number = min(number, len(units) - 1)
    if not units[number].at <= reached <= units[number].at + len(units[number].text) + _GAP:
        return None
    if "IRI parsing failed" in said[3]:
        number = max((n for n, unit in enumerate(units[: number + 1]) if unit.text[0] == "<"), default=number)
    return _Fault(units[number], units[number].at, units[:number], said[3], exact=offset == places[number])


def _refused(parse: Parse, text: str) -> re.Match[str] | None:
    try:
        parse(text)
    except SyntaxError as error:
        return _AT.match(str(error))
    return None


def _units(found: Sequence[Token]) -> list[Token]:
    """Let each bracket stand alone, but leave together what the parser reads as one: ``CONCAT(`` and ``<=``."""
    units: list[Token] = []
    for token in found:
        for place, text in enumerate(token.text if token.kind == "bracket" else (token.text,)):
            last, at = units[-1] if units else Token("", "", -1), token.at + place
            touching = at == last.at + len(last.text)
            if touching and last.kind == "word" and text == "(":
                units[-1] = Token("call", f"{last.text}(", last.at)
            elif touching and last.text == "<" and text.startswith("="):
                units[-1] = Token("other", f"<{text}", last.at)
            else:
                units.append(Token(token.kind, text, at))
    return units


def _offset(text: str, said: re.Match[str]) -> int:
    """Return the place in *text* that the engine gives as line and column."""
    lines = text.split("\n")[: int(said[1]) - 1]
    return sum(len(line) + 1 for line in lines) + int(said[2]) - 1


def _worded(fault: _Fault, declared: Collection[str], *, update: bool) -> str:
    """Say what the fault is, and what would fit."""
    return (
        _unreadable(fault)
        or _beginning(fault, update=update)
        or _ending(fault)
        or _undeclared(fault, declared)
        or _unknown(fault)
        or _unclosed(fault)
        or _misplaced(fault)
    )


def _unreadable(fault: _Fault) -> str | None:
    if "IRI parsing failed" in fault.tried and fault.token:
        fitting = "a scheme before it, such as https:" if fault.token.kind == "iri" else "<…> without spaces"
        return f"{fault.word} is no IRI; expected {fitting}"
    if not fault.token or fault.token.kind != "stray":
        return None
    mark = fault.token.text[0]
    if mark in "\"'":
        return f"{mark} begins a string that does not end; expected {mark} once more"
    fitting = "quotation marks as in 'this'" if mark in _QUOTES else "SPARQL"
    return f"{mark if mark.isprintable() else ascii(mark)} has no place here; expected {fitting}"


def _beginning(fault: _Fault, *, update: bool) -> str | None:
    front = "".join(f"{one.text.upper() if one.kind == 'word' else one.kind} " for one in fault.front)
    if not _PROLOGUE.fullmatch(front):
        return None
    (kind, verbs), (other, others) = (_UPDATE, _QUERY) if update else (_QUERY, _UPDATE)
    if not fault.token:
        return f"ends behind its prefixes; expected {kind}"
    if fault.word.upper() in others:
        return f"{fault.word} begins {other}, which is not taken here; expected {kind}"
    return f"{fault.word} does not begin {kind}; expected {one_of(closest(fault.word, verbs, _CLOSE) or verbs)}"


def _ending(fault: _Fault) -> str | None:
    if fault.token:
        return None
    return f"ends too early; expected {fault.closing or f'more after {fault.before}'}"


def _undeclared(fault: _Fault, declared: Collection[str]) -> str | None:
    if not fault.token or fault.token.kind != "name":
        return None
    prefix = fault.token.text.partition(":")[0]
    own = {after.text for before, after in pairwise(fault.front) if before.says("PREFIX")}
    if prefix == "_" or prefix in declared or f"{prefix}:" in own:
        return None
    return f"prefix {prefix}: is not declared; expected PREFIX {prefix}: <{PREFIXES.get(prefix, '…')}>"


def _unknown(fault: _Fault) -> str | None:
    word = fault.word.rstrip("(")
    if not fault.token or fault.token.kind not in ("word", "call") or word.upper() in _KEYWORDS:
        return None
    if fault.front[-1].says("PREFIX"):
        return f"{word} is no prefix; expected {word}:"
    near = closest(word, _KEYWORDS, _CLOSE)
    return f"{word} is no keyword; expected {one_of(near) if near else f'?{word}, or a name with its prefix'}"


def _unclosed(fault: _Fault) -> str | None:
    if fault.word not in _CLOSING.values() or fault.word == fault.closing:
        return None
    return (
        f"{fault.word} {'comes too early' if fault.closing else 'closes nothing'}; expected {fault.closing or 'none'}"
    )


def _misplaced(fault: _Fault) -> str:
    fitting = _fitting(_TRIED.findall(fault.tried)) if fault.exact else []
    if fitting:
        return f"{fault.word} does not belong here; expected {one_of(fitting)}"
    return f"{fault.word} does not belong after {fault.before}; expected what may follow that"


def _fitting(tried: Sequence[str]) -> list[str]:
    """Call what the parser *tried* by names that a person knows, without the rarer forms of a term."""
    named = [words for form, words in _CALLED.items() if form in tried]
    marks = [
        form.strip('"') for form in tried if len(form) == len('"{"') and form.startswith('"') and form not in _CALLED
    ]
    return [*(mark for mark in marks if mark in "*({<" and len(named) < len(_CALLED)), *named]


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"

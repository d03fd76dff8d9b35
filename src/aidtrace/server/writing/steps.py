"""Cuts an update into its operations, and writes each so that what it removes and adds lands in graphs set apart.

Where the default graph is the union of all others, it has to follow every write. What lands apart says what to follow,
at the cost of what changes; without it, all graphs that a write may touch are read twice. The patterns are evaluated
once, by the engine, as they stand. An operation whose templates cannot be told from its text stays as it is.
Source: SPARQL 1.1 Update, sections 3.1.1 to 3.1.3 and the rules Modify, QuadPattern and QuadData of the grammar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import uuid4

from aidtrace.lexer import Names, Token, lexemes, tokens

_EVERYWHERE = ("ALL", "NAMED", "DEFAULT")
_PROLOGUE = {"PREFIX": 3, "BASE": 2, "VERSION": 2}


@dataclass(frozen=True)
class Step:
    """One operation: its text with the prologue that holds for it.

    Where it was *rewritten*, *removes* and *adds* map the graphs set apart to the graphs that they stand for, and
    *data* says that it looks at no store. Else *touched* are the graphs that it may change, None where any may be.
    """

    text: str
    rewritten: bool = False
    removes: dict[str, str] = field(default_factory=dict)
    adds: dict[str, str] = field(default_factory=dict)
    data: bool = False
    touched: list[str] | None = None


@dataclass(frozen=True)
class Operation:
    """One operation of an update as its terminals, with those of every prologue so far, and where its text lies."""

    prologue: list[Token]
    terminals: list[Token]
    declared: str
    text: str


class _UnclearError(Exception):
    """The templates of an operation cannot be told from its text."""


def steps(text: str, base: str) -> list[Step]:
    """Return the operations of *text*, which is well-formed, in their order; *base* resolves its IRIs."""
    return [_step(operation, base) for operation in operations(text, tokens(text))]


def operations(text: str, terminals: Sequence[Token]) -> Iterator[Operation]:
    """Cut an update at the semicolons between its operations."""
    prologue, declared, depth, start = list[Token](), "", 0, 0
    for number, token in enumerate([*terminals, Token("mark", ";", len(text))]):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if token.text != ";" or token.kind != "mark" or (depth and number < len(terminals)):
            continue
        found = list(terminals[start:number])
        begins = _end_of_prologue(found)
        if found[begins:]:
            prologue = [*prologue, *found[:begins]]
            declared += text[found[0].at : found[begins].at] + "\n" if begins else ""
            yield Operation(prologue, found[begins:], declared, text[found[begins].at : token.at])
        start = number + 1


def touched(terminals: Sequence[Token], base: str) -> list[str] | None:
    """Return the graphs that the operation with *terminals*, and its prologue, may change, and perhaps others.

    None where any graph may be.
    """
    for before, token in pairwise(terminals):
        if before.says("GRAPH") and token.kind == "variable":
            return None
    escaped = any("\\" in token.text for token in terminals if token.kind not in ("string", "iri"))
    if escaped or any(ends(token, word) for token in terminals for word in _EVERYWHERE):
        return None
    names = Names(list(terminals), base)
    said = [token for token in terminals if token.kind == "iri" or (token.kind == "name" and token.text[:2] != "_:")]
    found = {names.resolve(token) for token in said}
    return None if None in found else sorted(iri for iri in found if iri)


def ends(token: Token, word: str) -> bool:
    """Whether *token* is the keyword *word*, perhaps with another glued before it."""
    return token.kind == "word" and token.text.upper().endswith(word)


def block(terminals: Sequence[Token]) -> list[Token]:
    """Return what stands between the brace that *terminals* begin with and the one that closes it."""
    depth = 0
    for number, token in enumerate(terminals):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if depth == 0:
            return list(terminals[1:number])
    return list(terminals[1:])


def _end_of_prologue(terminals: Sequence[Token]) -> int:
    number = 0
    while number < len(terminals):
        word = next((word for word in _PROLOGUE if terminals[number].says(word)), None)
        if word is None:
            break
        number += _PROLOGUE[word]
    return min(number, len(terminals))


def _step(operation: Operation, base: str) -> Step:
    try:
        return _Rewriting(operation, base).step()
    except _UnclearError:
        changed = touched([*operation.prologue, *operation.terminals], base)
        return Step(operation.declared + operation.text, touched=changed)


class _Rewriting:
    """One operation while it is rewritten."""

    def __init__(self, operation: Operation, base: str) -> None:
        self._declared, self._terminals = operation.declared, operation.terminals
        self._text, self._from = operation.text, operation.terminals[0].at
        self._resolve = Names(operation.prologue, base).resolve
        self._apart: dict[str, dict[str, str]] = {"DELETE": {}, "INSERT": {}}
        self._at = 0
        if "\\u" in self._text or "\\U" in self._text:
            raise _UnclearError

    def step(self) -> Step:
        """Return the operation with its templates in graphs set apart; _UnclearError where they are not clear."""
        start = self._with()
        return self._data() or self._modify(start)

    def _with(self) -> tuple[str, str | None]:
        """Read WITH: its text, and the graph that it names."""
        if not self._says("WITH"):
            return "", None
        graph = self._graph(self._next(1))
        self._at = 2
        return self._between(0, self._place(2)), graph

    def _data(self) -> Step | None:
        """Write INSERT DATA or DELETE DATA, which need no store, as INSERT DATA."""
        verb, following = self._next(0), self._next(1)
        if not following.says("DATA"):
            return None
        self._at = 2
        template = self._template(verb.text.upper(), None)
        self._expect_end()
        return self._made(f"INSERT DATA {{ {template} }}", data=True)

    def _modify(self, start: tuple[str, str | None]) -> Step:
        clause, graph = start
        if self._says("DELETE") and self._next(1).says("WHERE"):
            self._at += 1
            where = self._rest()
            template = self._shorthand(graph)
        else:
            template = "".join(self._templates(graph))
            where = self._rest()
            if not template or not (self._says("WHERE") or self._says("USING")):
                raise _UnclearError
        return self._made(f"{clause} INSERT {{ {template} }} {where}")

    def _shorthand(self, graph: str | None) -> str:
        """Read the pattern of DELETE WHERE, which is its template too."""
        self._at += 1
        template = self._template("DELETE", graph)
        self._expect_end()
        return template

    def _templates(self, graph: str | None) -> Iterator[str]:
        for verb in ("DELETE", "INSERT"):
            if self._says(verb):
                self._at += 1
                yield self._template(verb, graph)

    def _template(self, verb: str, graph: str | None) -> str:
        """Read one block of quads, and write each graph in it as the one that is set apart for it."""
        if verb not in self._apart or self._next(0).text != "{":
            raise _UnclearError
        inner = block(self._terminals[self._at :])
        begin, end = self._at + 1, self._at + 1 + len(inner)
        self._at = end + 1
        return "".join(self._quads(verb, graph, begin, end))

    def _quads(self, verb: str, graph: str | None, begin: int, end: int) -> Iterator[str]:
        """Yield the triples of each graph between two terminals, those without a graph of their own in *graph*."""
        plain = self._after(begin - 1)
        while begin < end:
            token = self._terminals[begin]
            if token.text in ("{", "}") and token.kind == "mark":
                raise _UnclearError
            if token.says("GRAPH"):
                yield self._triples(verb, graph, self._between(plain, self._place(begin)))
                inner = block(self._terminals[begin + 2 :])
                if begin + 2 >= end or self._terminals[begin + 2].text != "{" or any(one.text == "{" for one in inner):
                    raise _UnclearError
                closing = begin + 3 + len(inner)
                content = self._between(self._after(begin + 2), self._place(closing))
                yield self._triples(verb, self._graph(self._terminals[begin + 1]), content)
                begin, plain = closing, self._after(closing)
            begin += 1
        yield self._triples(verb, graph, self._between(plain, self._place(end)))

    def _triples(self, verb: str, graph: str | None, text: str) -> str:
        found = lexemes(text)
        if found and found[0].text[:1] == "." and found[0].kind == "other":  # it ends the graph before
            text = text[: found[0].at] + " " + text[found[0].at + 1 :]
            found = lexemes(text)
        if not found:
            return ""
        if graph is None:
            raise _UnclearError
        apart = self._apart[verb]
        name = next((one for one, meant in apart.items() if meant == graph), f"urn:uuid:{uuid4()}")
        apart[name] = graph
        return f"GRAPH <{name}> {{ {text}\n}} "

    def _graph(self, token: Token) -> str:
        found = self._resolve(token) if token.kind in ("iri", "name") else None
        if found is None:
            raise _UnclearError
        return found

    def _made(self, operation: str, *, data: bool = False) -> Step:
        return Step(self._declared + operation, True, self._apart["DELETE"], self._apart["INSERT"], data)

    def _rest(self) -> str:
        return self._between(self._place(self._at), len(self._text))

    def _expect_end(self) -> None:
        if self._at < len(self._terminals):
            raise _UnclearError

    def _says(self, word: str) -> bool:
        return self._next(0).says(word)

    def _next(self, ahead: int) -> Token:
        number = self._at + ahead
        return self._terminals[number] if number < len(self._terminals) else Token("", "", 0)

    def _place(self, number: int) -> int:
        """Return where a terminal begins in the text of the operation, whose end is behind the last."""
        return self._terminals[number].at - self._from if number < len(self._terminals) else len(self._text)

    def _after(self, number: int) -> int:
        return self._place(number) + len(self._terminals[number].text)

    def _between(self, begin: int, end: int) -> str:
        return self._text[begin:end]

"""What an update says of graphs: which it may change, whether it writes to none by name, where USING belongs.

Source: SPARQL 1.1 Update, section 3; SPARQL 1.1 Protocol, section 2.2.3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aidtrace.lexer import Names, Refusal, Token, doubtful, lexemes, scan, tokens
from aidtrace.server.problems import Problem

_EVERYWHERE = ("ALL", "NAMED", "DEFAULT")
_VERBS = {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}


def leaving(text: str) -> Refusal | None:
    """Return why an update would reach beyond the store; None where it stays within."""
    refused = scan(text, ()).refusal
    return None if refused and refused.lenient else refused


@dataclass(frozen=True)
class Update:
    """An update as the writer takes it: its text, and the graphs that it may change, None where any may be.

    *used* are those that make the default graph of its patterns, where it names some. *ground* is a text that adds
    every quad that the update adds or removes, where it says them all (INSERT DATA and DELETE DATA alone).
    """

    text: str
    touched: list[str] | None = None
    used: list[str] = field(default_factory=list)
    ground: str = ""


def prepare(text: str, base: str, default: Sequence[str], named: Sequence[str], *, union: bool) -> Update:
    """Give *text* the dataset of its request, and look where it writes if the default graph is the *union*.

    Problem 400 or 409 where it may not run so. The cost is that of cutting the text into its terminals, once.
    """
    terminals = tokens(text)
    if union or default or named:
        _refuse_doubt(text)
    if union:
        refuse_default(terminals)
    changed = touched(terminals, base) if union else None
    ground = _ground(text, terminals) if union else ""
    text = with_using(text, terminals, default, named)
    return Update(text, changed, _used(terminals, default, base), ground)


def _ground(text: str, terminals: list[Token]) -> str:
    """Write DELETE DATA as INSERT DATA; nothing where something else stands in *text*, or a blank node may."""
    if "_:" in text or "[" in text or "(" in text:
        return ""
    removes = []
    for operation in _operations(terminals):
        if not (operation[1:] and operation[1].says("DATA") and operation[0].text.upper() in ("INSERT", "DELETE")):
            return ""
        removes += [operation[0]] if operation[0].says("DELETE") else []
    for token in reversed(removes):
        text = text[: token.at] + "INSERT" + text[token.at + len("DELETE") :]
    return text


def _refuse_doubt(text: str) -> None:
    """Refuse, with 400, a text that the engine may cut otherwise than it is looked at here."""
    token = doubtful(lexemes(text))
    if token is not None:
        line, column = text.count("\n", 0, token.at) + 1, token.at - text.rfind("\n", 0, token.at)
        raise Problem(
            400,
            "Malformed request",
            f"{line}:{column}: {token.text[:1]} may mean several things here; expected spaces around an operator",
        )


def _used(terminals: list[Token], default: Sequence[str], base: str) -> list[str]:
    """Return the graphs that make the default graph of a WHERE: those of USING, or of the request."""
    names = Names(terminals, base)
    named = [names.resolve(token) or "" for before, token in pairwise(terminals) if before.says("USING")]
    return [*default, *(iri for iri in named if iri)]


def with_using(text: str, terminals: list[Token], default: Sequence[str], named: Sequence[str]) -> str:
    """Give each operation of *text* that has a WHERE the dataset of the request; 400 where it names its own."""
    if not default and not named:
        return text
    if any(token.says("USING") or token.says("WITH") for token in terminals):
        raise Problem(400, "Malformed request", "USING or WITH stands in the update; expected using-graph-uri or them")
    if any(_is_shorthand(before, token) for before, token in pairwise([Token("", "", 0), *terminals])):
        raise Problem(
            400, "Malformed request", "DELETE WHERE takes no dataset of its own; expected DELETE { … } WHERE { … }"
        )
    clause = "".join(f"USING <{iri}> " for iri in default) + "".join(f"USING NAMED <{iri}> " for iri in named)
    for before, token in reversed(list(pairwise(terminals))):
        if token.says("WHERE") and before.text == "}":
            text = text[: token.at] + clause + text[token.at :]
    return text


def _is_shorthand(before: Token, token: Token) -> bool:
    """Whether DELETE WHERE stands here, perhaps glued."""
    return token.says("DELETEWHERE") or (before.says("DELETE") and token.says("WHERE"))


def touched(terminals: list[Token], base: str) -> list[str] | None:
    """Return the graphs that an update may change, and perhaps others; None where any graph may be."""
    for before, token in pairwise(terminals):
        if before.says("GRAPH") and token.kind == "variable":
            return None
    escaped = any("\\" in token.text for token in terminals if token.kind not in ("string", "iri"))
    if escaped or any(_ends(token, word) for token in terminals for word in _EVERYWHERE):
        return None
    names = Names(terminals, base)
    said = [token for token in terminals if token.kind == "iri" or (token.kind == "name" and token.text[:2] != "_:")]
    found = {names.resolve(token) for token in said}
    return None if None in found else sorted(iri for iri in found if iri)


def refuse_default(terminals: list[Token]) -> None:
    """Refuse, with 409, an update that writes to the default graph, which here is made of all others."""
    for operation in _operations(terminals):
        if _names_no_graph(operation):
            raise Problem(
                409,
                "No graph named",
                f"{operation[0].text.upper()} names no graph, and the default graph here is the union of all; "
                "expected GRAPH <iri> { … } or WITH <iri>",
            )


def _operations(terminals: list[Token]) -> Iterator[list[Token]]:
    """Cut an update at the semicolons between operations, prologues left out."""
    depth, operation = 0, list[Token]()
    for token in terminals:
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if token.text == ";" and depth == 0:
            yield from [found] if (found := _without_prologue(operation)) else []
            operation = []
        else:
            operation.append(token)
    yield from [found] if (found := _without_prologue(operation)) else []


def _without_prologue(operation: list[Token]) -> list[Token]:
    while operation and any(operation[0].says(word) for word in ("PREFIX", "BASE", "VERSION")):
        operation = operation[3 if operation[0].says("PREFIX") else 2 :]
    return operation


def _ends(token: Token, word: str) -> bool:
    """Whether *token* is the keyword *word*, perhaps with another glued before it."""
    return token.kind == "word" and token.text.upper().endswith(word)


def _names_no_graph(operation: list[Token]) -> bool:
    if operation[0].kind != "word" or operation[0].text.upper() not in _VERBS:
        raise Problem(400, "Malformed request", f"{operation[0].text!r} begins an operation; expected a space within")
    if not operation[0].says("INSERT") and not operation[0].says("DELETE") and not operation[0].says("WITH"):
        return any(_ends(token, "DEFAULT") for token in operation)
    if operation[0].says("WITH"):
        return False
    return any(_writes_default(block) for block in _templates(operation))


def _templates(operation: list[Token]) -> Iterator[list[Token]]:
    """Yield the blocks that are written: those behind INSERT and DELETE, DATA or WHERE allowed between."""
    for number, token in enumerate(operation):
        if not (token.says("INSERT") or token.says("DELETE")):
            continue
        start = number + 1
        while start < len(operation) and (operation[start].says("DATA") or operation[start].says("WHERE")):
            start += 1
        if start < len(operation) and operation[start].text == "{":
            yield _block(operation[start:])


def _block(terminals: list[Token]) -> list[Token]:
    depth = 0
    for number, token in enumerate(terminals):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return terminals[1:number]
    return terminals[1:]


def _writes_default(block: list[Token]) -> bool:
    depth, number = 0, 0
    while number < len(block):
        token = block[number]
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
        elif depth == 0 and token.says("GRAPH"):
            number += 1  # its name
        elif depth == 0 and token.kind != "mark":
            return True
        number += 1
    return False

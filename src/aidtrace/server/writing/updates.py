"""What an update says of graphs: whether it writes to none by name, and where USING belongs.

Source: SPARQL 1.1 Update, section 3; SPARQL 1.1 Protocol, section 2.2.3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aidtrace.lexer import Names, Refusal, Token, doubtful, lexemes, scan, tokens
from aidtrace.server.problems import Problem
from aidtrace.server.writing.steps import Step, block, ends, operations, steps

_VERBS = {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}


def leaving(text: str) -> Refusal | None:
    """Return why an update would reach beyond the store; None where it stays within."""
    refused = scan(text, ()).refusal
    return None if refused and refused.lenient else refused


@dataclass(frozen=True)
class Update:
    """An update as the writer takes it: its text, and its operations where the default graph follows them.

    *used* are the graphs that make the default graph of its patterns, where it names some.
    """

    text: str
    used: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def prepare(text: str, base: str, default: Sequence[str], named: Sequence[str], *, union: bool) -> Update:
    """Give *text* the dataset of its request, and look where it writes if the default graph is the *union*.

    Problem 400 or 409 where it may not run so.
    """
    terminals = tokens(text)
    if union or default or named:
        _refuse_doubt(text)
    if union:
        refuse_default(text, terminals)
    text = with_using(text, terminals, default, named)
    return Update(text, _used(terminals, default, base), steps(text, base) if union else [])


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


def refuse_default(text: str, terminals: list[Token]) -> None:
    """Refuse, with 409, an update that writes to the default graph, which here is made of all others."""
    for operation in (one.terminals for one in operations(text, terminals)):
        if _names_no_graph(operation):
            raise Problem(
                409,
                "No graph named",
                f"{operation[0].text.upper()} names no graph, and the default graph here is the union of all; "
                "expected GRAPH <iri> { … } or WITH <iri>",
            )


def _names_no_graph(operation: list[Token]) -> bool:
    if operation[0].kind != "word" or operation[0].text.upper() not in _VERBS:
        raise Problem(400, "Malformed request", f"{operation[0].text!r} begins an operation; expected a space within")
    if not operation[0].says("INSERT") and not operation[0].says("DELETE") and not operation[0].says("WITH"):
        return any(ends(token, "DEFAULT") for token in operation)
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
            yield block(operation[start:])


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

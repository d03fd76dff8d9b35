"""Gives each operation of an update the dataset that it would have over a store of ours.

An engine whose union is a graph with a name has another default graph, and shows the union among the graphs by name.
An update that is sent on as its client wrote it therefore has to name all that it sees.
Source: SPARQL 1.1 Update, sections 3.1.3 and 4.
"""

from collections.abc import Collection, Iterator
from itertools import pairwise

from aidtrace.lexer import Names, Token, tokens
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import Kind
from aidtrace.server.problems import Problem
from aidtrace.server.writing.steps import Operation, ends, operations

_BEFORE_A_GRAPH = ("GRAPH", "TO", "WITH", "INTO", "COPY", "MOVE", "ADD", "SILENT")

Edit = tuple[int, int, str]
"""What stands between two places of a text, and what comes there instead."""


def named(text: str, base: str) -> set[str]:
    """Return the graphs that an update names, but for those of USING."""
    found = set[str]()
    for operation in operations(text, tokens(text)):
        resolve = Names(operation.prologue, base).resolve
        for before, token in pairwise(operation.terminals):
            if token.kind in ("iri", "name") and any(ends(before, word) for word in _BEFORE_A_GRAPH):
                found.add(_expect_clear(resolve(token), token))
    return found


def with_datasets(text: str, base: str, engine: Engine, kind: Kind, graphs: Collection[str]) -> str:
    """Give the operations of *text* the union for a default graph, and by name *graphs* and those that *text* names.

    Problem 409 where it cannot be told what one would write to.
    """
    if not engine.union:
        return text
    seen = sorted({*graphs, *named(text, base)})
    edits = [
        edit
        for operation in operations(text, tokens(text))
        for edit in _edits(operation, text, base, seen, engine, kind)
    ]
    for begin, end, new in reversed(edits):
        text = text[:begin] + new + text[end:]
    return text


def _edits(operation: Operation, text: str, base: str, graphs: list[str], engine: Engine, kind: Kind) -> Iterator[Edit]:
    first, *others = operation.terminals
    begin = first.at
    end = begin + len(operation.text)
    if first.says("CLEAR") or first.says("DROP"):
        if any(ends(token, word) for token in others for word in ("ALL", "NAMED")):
            every = " ; ".join(f"CLEAR SILENT GRAPH <{graph}>" for graph in graphs or [engine.union])
            yield begin, end, every
        return
    if not any(first.says(word) for word in ("INSERT", "DELETE", "WITH")) or others[0].says("DATA"):
        return
    by_name = "".join(f"USING NAMED <{graph}> " for graph in graphs or kind.none)
    if others[0].says("WHERE"):
        template = text[others[1].at : end]
        yield others[0].at, others[0].at, f"{template} USING <{engine.union}> {by_name}"
        return
    head = _head(operation.terminals)
    _expect_named(head)
    used = [token for token in head if token.text.upper().startswith("USING") and token.kind == "word"]
    where = operation.terminals[len(head)].at
    if not used:
        resolve = Names(operation.prologue, base).resolve
        default = _expect_clear(resolve(others[0]), others[0]) if first.says("WITH") else engine.union
        yield where, where, f"USING <{default}> {by_name}"
    elif not any(ends(token, "NAMED") for token in head):
        yield where, where, "".join(f"USING NAMED <{graph}> " for graph in kind.none)


def _head(terminals: list[Token]) -> list[Token]:
    """Return what stands before the WHERE of an operation."""
    depth = 0
    for number, token in enumerate(terminals):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if depth == 0 and token.says("WHERE"):
            return terminals[:number]
    raise Problem(409, "Not done by the engine", "an operation shows no WHERE; expected spaces around it")


def _expect_named(head: list[Token]) -> None:
    """Raise Problem 409 where a template names its graph by a variable: that may be the union, or one not yet seen."""
    for before, token in pairwise(head):
        if ends(before, "GRAPH") and token.kind == "variable":
            told = f"GRAPH {token.text} stands in what is written, and the union is a graph here; expected GRAPH <iri>"
            raise Problem(409, "Not done by the engine", told)


def _expect_clear(graph: str | None, token: Token) -> str:
    if graph is None:
        told = f"{token.text} cannot be told for a graph; expected GRAPH <iri>, in full"
        raise Problem(409, "Not done by the engine", told)
    return graph

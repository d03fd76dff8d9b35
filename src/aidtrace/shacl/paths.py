"""SHACL property paths as a small algebra.

A path is written as SPARQL for a query, in words for a person, and as triples for a report.
Source: SHACL, section 2.3.1.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Triple

from aidtrace.namespaces import PREFIXES, SH
from aidtrace.shacl.terms import FIRST, NIL, REST, Node


@dataclass(frozen=True)
class Predicate:
    """One property."""

    iri: NamedNode


@dataclass(frozen=True)
class Inverse:
    """A path walked from its end to its start."""

    path: "Path"


@dataclass(frozen=True)
class Sequence:
    """One path after the other; ``Sequence(())`` stays where it is."""

    steps: tuple["Path", ...]


@dataclass(frozen=True)
class Alternative:
    """Any one of several paths."""

    choices: tuple["Path", ...]


@dataclass(frozen=True)
class ZeroOrMore:
    """A path any number of times."""

    path: "Path"


@dataclass(frozen=True)
class OneOrMore:
    """A path once or more often."""

    path: "Path"


@dataclass(frozen=True)
class ZeroOrOne:
    """A path or none."""

    path: "Path"


@dataclass(frozen=True)
class Anything:
    """Any one property: what a variable in the place of a property stands for. No shape can say it."""


Path = Predicate | Inverse | Sequence | Alternative | ZeroOrMore | OneOrMore | ZeroOrOne | Anything
HERE = Sequence(())

_REPEATED = {ZeroOrMore: "*", OneOrMore: "+", ZeroOrOne: "?"}
_NAMES = {ZeroOrMore: "zeroOrMorePath", OneOrMore: "oneOrMorePath", ZeroOrOne: "zeroOrOnePath", Inverse: "inversePath"}


def sparql(path: Path) -> str:
    """Write *path* as a SPARQL property path.

    >>> sparql(Sequence((Inverse(Predicate(NamedNode("urn:a"))), ZeroOrMore(Predicate(NamedNode("urn:b"))))))
    '((^(<urn:a>))/((<urn:b>)*))'
    """
    return _write(path, str, always=True)


def words(path: Path) -> str:
    """Write *path* for a person, ``at:a/^at:b``; a single property is its IRI."""
    return path.iri.value if isinstance(path, Predicate) else _write(path, _short, always=False)


def nullable(path: Path) -> bool:
    """Whether *path* also leads from a node to itself without a triple."""
    match path:
        case ZeroOrMore() | ZeroOrOne():
            return True
        case Inverse(inner) | OneOrMore(inner):
            return nullable(inner)
        case Sequence(steps):
            return all(map(nullable, steps))
        case Alternative(choices):
            return any(map(nullable, choices))
    return False


def recursive(path: Path) -> bool:
    """Whether *path* may run through any number of triples."""
    match path:
        case ZeroOrMore() | OneOrMore():
            return True
        case Inverse(inner) | ZeroOrOne(inner):
            return recursive(inner)
        case Sequence(parts) | Alternative(parts):
            return any(map(recursive, parts))
    return False


def inverse(path: Path) -> Path:
    """Return the path that leads back."""
    match path:
        case Inverse(inner):
            return inner
        case Sequence(steps):
            return Sequence(tuple(inverse(step) for step in reversed(steps)))
        case Alternative(choices):
            return Alternative(tuple(map(inverse, choices)))
        case ZeroOrMore(inner):
            return ZeroOrMore(inverse(inner))
        case OneOrMore(inner):
            return OneOrMore(inverse(inner))
        case ZeroOrOne(inner):
            return ZeroOrOne(inverse(inner))
    return Inverse(path)


def joined(*steps: Path) -> Path:
    """Return the path that takes *steps* one after the other."""
    flat: list[Path] = []
    for step in steps:
        flat += step.steps if isinstance(step, Sequence) else [step]
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def describe(path: Path, fresh: Callable[[], BlankNode]) -> tuple[Node, list[Triple]]:
    """Return the node that stands for *path* in a report, and the triples about it: SHACL section 3.6.2.2."""
    if isinstance(path, Predicate):
        return path.iri, []
    if isinstance(path, Sequence):
        return _list(path.steps, fresh)
    node, triples = fresh(), list[Triple]()
    if isinstance(path, Alternative):
        inner, triples = _list(path.choices, fresh)
        return node, [Triple(node, SH("alternativePath"), inner), *triples]
    assert not isinstance(path, Anything)
    inner, triples = describe(path.path, fresh)
    return node, [Triple(node, SH(_NAMES[type(path)]), inner), *triples]


def _list(items: tuple[Path, ...], fresh: Callable[[], BlankNode]) -> tuple[Node, list[Triple]]:
    head: Node = NIL
    triples: list[Triple] = []
    for item in reversed(items):
        member, about = describe(item, fresh)
        cell = fresh()
        triples = [Triple(cell, FIRST, member), Triple(cell, REST, head), *about, *triples]
        head = cell
    return head, triples


def _write(path: Path, atom: Callable[[NamedNode], str], *, always: bool) -> str:
    """Write *path*; with *always*, each part is bracketed, else only where a reader needs it."""
    match path:
        case Predicate(iri):
            return atom(iri)
        case Anything():
            return "!(<urn:x-aidtrace:nothing>)"
        case Sequence(steps):
            parts = [_write(step, atom, always=always) for step in steps]
            return _bracketed("/".join(_bracketed(part, always=always or "|" in part) for part in parts), always=always)
        case Alternative(choices):
            parts = [_write(choice, atom, always=always) for choice in choices]
            return _bracketed("|".join(_bracketed(part, always=always) for part in parts), always=always)
        case Inverse(inner):
            return "^" + _operand(inner, atom, always=always)
        case ZeroOrMore(inner) | OneOrMore(inner) | ZeroOrOne(inner):
            return _operand(inner, atom, always=always) + _REPEATED[type(path)]


def _operand(inner: Path, atom: Callable[[NamedNode], str], *, always: bool) -> str:
    text = _write(inner, atom, always=always)
    compound = not isinstance(inner, Predicate) and re.search(r"[/|]", text) is not None
    return _bracketed(text, always=always or compound)


def _bracketed(text: str, *, always: bool) -> str:
    return f"({text})" if always else text


def _short(iri: NamedNode) -> str:
    for prefix, start in PREFIXES.items():
        if iri.value.startswith(start):
            return f"{prefix}:{iri.value.removeprefix(start)}"
    return str(iri)


__all__ = [
    "HERE", "Alternative", "Anything", "Inverse", "OneOrMore", "Path", "Predicate", "Sequence", "ZeroOrMore",
    "ZeroOrOne", "describe", "inverse", "joined", "nullable", "recursive", "sparql", "words",
]  # fmt: skip

"""The words of a result: those of the shape, else of the constraint, else ours.

SHACL leaves the wording open where a shapes graph has none. Ours depends on the shape and the component alone, so that
a result reads the same whichever engine found it.
Source: SHACL, sections 2.1.5, 3.6.2.7 and 5.3.2.
"""

import re
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode

from aidtrace.shacl import model
from aidtrace.shacl.paths import Predicate
from aidtrace.shacl.scope import Found
from aidtrace.shacl.terms import Node, Term, name

_QUOTED = re.compile(r"\{[?$](\w+)\}")
_NONE: tuple[tuple[str, Term], ...] = ()


def worded(shape: model.Shape, constraint: model.Constraint, found: Found) -> tuple[Literal, ...]:
    """Return the messages of a result of *constraint*; ``{?name}`` in those of a query is what the query found."""
    quoted = _known(shape, constraint) | dict(found.quoted)
    if shape.messages:
        return _filled(shape.messages, quoted)
    if isinstance(constraint, model.Sparql | model.Custom):
        bound = quoted.get("message")
        own = (bound,) if isinstance(bound, Literal) else _filled(constraint.messages, quoted)
        if own:
            return own
    return (default(shape, constraint.component),)


def _known(shape: model.Shape, constraint: model.Constraint) -> dict[str, Term]:
    """Return what a message may quote of the shape itself: the parameters of a component, and the path."""
    known: dict[str, Term] = {"PATH": shape.path.iri} if isinstance(shape.path, Predicate) else {}
    return known | dict(constraint.values) if isinstance(constraint, model.Custom) else known


def default(shape: model.Shape, component: NamedNode) -> Literal:
    """Return our words for a result of *component* at *shape*."""
    same = [constraint for constraint in shape.constraints if constraint.component == component]
    return Literal(" ".join(dict.fromkeys(map(_words, same))), language="en")


def _filled(messages: Iterable[Literal], quoted: dict[str, Term]) -> tuple[Literal, ...]:
    def value(match: re.Match[str]) -> str:
        term = quoted.get(match[1])
        return match[0] if term is None else term.value

    return tuple(
        Literal(_QUOTED.sub(value, one.value), language=one.language)
        if one.language
        else Literal(_QUOTED.sub(value, one.value))
        for one in messages
    )


def _words(constraint: model.Constraint) -> str:  # one line for each component
    """Say what *constraint* expects."""
    match constraint:
        case model.HasClass(cls):
            return f"Each value should be an instance of {_shown(cls)}."
        case model.Datatype(datatype):
            return f"Each value should be a well-formed literal of {name(datatype)}."
        case model.NodeKind(kind):
            return f"Each value should be of the kind {kind}."
        case model.MinCount(count):
            return f"There should be {count} values at least."
        case model.MaxCount(count):
            return f"There should be {count} values at most."
        case model.MinExclusive() | model.MinInclusive() | model.MaxExclusive() | model.MaxInclusive():
            return f"Each value should be {constraint.operator} {constraint.bound.value}."
        case model.MinLength(length):
            return f"Each value should have {length} characters at least."
        case model.MaxLength(length):
            return f"Each value should have {length} characters at most."
        case model.Pattern(pattern):
            return f"Each value should match {pattern}."
        case model.LanguageIn(ranges):
            return f"Each value should be in a language out of {', '.join(ranges)}."
        case model.UniqueLang():
            return "No two values should be in one language."
        case model.Equals(other):
            return f"The values should be those of {name(other)}."
        case model.Disjoint(other):
            return f"No value should be one of {name(other)}."
        case model.LessThan(other) | model.LessThanOrEquals(other):
            return f"Each value should be {constraint.operator} each one of {name(other)}."
        case model.Not(shape):
            return f"No value should conform to {_shown(shape)}."
        case model.And(members):
            return f"Each value should conform to all of {_listed(members)}."
        case model.Or(members):
            return f"Each value should conform to one of {_listed(members)} at least."
        case model.Xone(members):
            return f"Each value should conform to just one of {_listed(members)}."
        case model.Conforms(shape):
            return f"Each value should conform to {_shown(shape)}."
        case model.QualifiedMinCount(shape, _, count):
            return f"There should be {count} values at least that conform to {_shown(shape)}."
        case model.QualifiedMaxCount(shape, _, count):
            return f"There should be {count} values at most that conform to {_shown(shape)}."
        case model.Closed():
            return "It should have no property but those that the shape allows."
        case model.HasValue(value):
            return f"{_shown(value)} should be among the values."
        case model.In(values):
            return f"Each value should be one of {', '.join(map(_shown, values))}."
        case model.Sparql():
            return "The query of the shape should find nothing."
    return f"It should meet the constraint {name(constraint.component)}."


def _listed(shapes: Iterable[Node]) -> str:
    return ", ".join(map(_shown, shapes))


def _shown(term: Term) -> str:
    return "a shape without a name" if isinstance(term, BlankNode) else name(term)

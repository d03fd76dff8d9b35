"""The parameters of SHACL Core read from a shape, one reader for each: section 4."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from aidtrace.errors import InputError
from aidtrace.namespaces import SH, XSD
from aidtrace.shacl import model
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.paths import Path
from aidtrace.shacl.prologue import read_prefixes
from aidtrace.shacl.terms import BOOLEAN, LANG_STRING, STRING, TRUE, Node, Term, name

_KINDS = {"IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"}
_WHOLE = {
    XSD(each)
    for each in (
        *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
}


def ill_formed(shape: Node, what: str, expected: str) -> InputError:
    """Build the error for *shape*."""
    return InputError(f"shape {name(shape)}: {what}; expected {expected}")


_COUNT = re.compile(r"\+?[0-9]{1,18}")


@dataclass(frozen=True)
class Parameters:
    """What a shapes graph says of one node; each method reads values of one kind, and refuses others."""

    graph: Graph
    node: Node
    path: Path | None

    def all(self, parameter: str) -> list[Term]:
        """Return the values of *parameter*."""
        return self.graph.objects(self.node, SH(parameter))

    def one(self, parameter: str) -> Term | None:
        """Return the value of *parameter*, of which there is one at most."""
        found = self.all(parameter)
        if len(found) > 1:
            raise self.ill_formed(f"{len(found)} sh:{parameter}", "one")
        return found[0] if found else None

    def iris(self, parameter: str) -> tuple[NamedNode, ...]:
        """Return the values of *parameter*, which are IRIs."""
        return tuple(self._checked(parameter, NamedNode, "an IRI"))

    def nodes(self, parameter: str) -> tuple[Node, ...]:
        """Return the values of *parameter*, which are no literals."""
        return tuple(self._checked(parameter, (NamedNode, BlankNode), "an IRI or a blank node"))

    def literals(self, parameter: str) -> tuple[Literal, ...]:
        """Return the values of *parameter*, which are literals."""
        return tuple(self._checked(parameter, Literal, "a literal"))

    def flag(self, parameter: str) -> bool:
        """Whether *parameter* is true; ``1`` is a boolean, and not the term that SHACL speaks of."""
        value = self.one(parameter)
        if value is not None and not (isinstance(value, Literal) and value.datatype == BOOLEAN):
            raise self.ill_formed(f"sh:{parameter} is {value}", "true or false")
        return value == TRUE

    def count(self, parameter: str) -> int | None:
        """Return the number that *parameter* is."""
        value = self.one(parameter)
        if value is None:
            return None
        if not isinstance(value, Literal) or value.datatype not in _WHOLE or not _COUNT.fullmatch(value.value):
            raise self.ill_formed(f"sh:{parameter} is {str(value)[:80]}", "one whole number of up to 18 digits")
        return int(value.value)

    def text(self, value: Term, parameter: str) -> str:
        """Return what *value* says, which is a string."""
        if not isinstance(value, Literal) or value.datatype not in (STRING, LANG_STRING):
            raise self.ill_formed(f"sh:{parameter} is {value}", "a string")
        return value.value

    def lists(self, parameter: str) -> list[list[Term]]:
        """Return each value of *parameter*, which is a list."""
        where = f"shape {name(self.node)}: sh:{parameter}"
        return [self.graph.items(head, where) for head in self.all(parameter)]

    def members(self, parameter: str) -> list[tuple[Node, ...]]:
        """Return each value of *parameter*, which is a list of shapes."""
        found = self.lists(parameter)
        for members in found:
            if not members or any(isinstance(member, Literal) for member in members):
                raise self.ill_formed(f"sh:{parameter} has {len(members)} members", "a list of shapes")
        return [tuple(member for member in members if not isinstance(member, Literal)) for members in found]

    def ill_formed(self, what: str, expected: str) -> InputError:
        """Build an error of this shape."""
        return ill_formed(self.node, what, expected)

    def property_only(self, parameter: str) -> None:
        """Refuse *parameter* on a node shape."""
        if self.path is None and self.all(parameter):
            raise self.ill_formed(f"sh:{parameter} on a node shape", "it on a property shape")

    def _checked(self, parameter: str, kind: type | tuple[type, ...], expected: str) -> Iterator[Any]:
        for value in self.all(parameter):
            if not isinstance(value, kind):
                raise self.ill_formed(f"sh:{parameter} is {value}", expected)
            yield value


Reader = Callable[[Parameters], Iterator[model.Constraint]]


def _each_class(given: Parameters) -> Iterator[model.Constraint]:
    return map(model.HasClass, given.nodes("class"))


def _datatype(given: Parameters) -> Iterator[model.Constraint]:
    given.one("datatype")
    return map(model.Datatype, given.iris("datatype"))


def _node_kind(given: Parameters) -> Iterator[model.Constraint]:
    given.one("nodeKind")
    for value in given.iris("nodeKind"):
        kind = value.value.removeprefix(SH.iri)
        if kind not in _KINDS:
            raise given.ill_formed(f"sh:nodeKind is {name(value)}", "sh:IRI, sh:Literal or the like")
        yield model.NodeKind(kind)


def _counted(parameter: str, make: Callable[[int], model.Constraint], *, of_values: bool = True) -> Reader:
    def read(given: Parameters) -> Iterator[model.Constraint]:
        if of_values:
            given.property_only(parameter)
        count = given.count(parameter)
        if count is not None:
            yield make(count)

    return read


def _bounded(parameter: str, make: Callable[[Literal], model.Constraint]) -> Reader:
    def read(given: Parameters) -> Iterator[model.Constraint]:
        given.one(parameter)
        return map(make, given.literals(parameter))

    return read


def _pattern(given: Parameters) -> Iterator[model.Constraint]:
    flags = given.one("flags")
    for value in given.all("pattern"):
        yield model.Pattern(given.text(value, "pattern"), given.text(flags, "flags") if flags else "")


def _language_in(given: Parameters) -> Iterator[model.Constraint]:
    given.one("languageIn")
    for members in given.lists("languageIn"):
        yield model.LanguageIn(tuple(given.text(member, "languageIn") for member in members))


def _unique_lang(given: Parameters) -> Iterator[model.Constraint]:
    given.property_only("uniqueLang")
    if given.flag("uniqueLang"):
        yield model.UniqueLang()


def _paired(parameter: str, make: Callable[[NamedNode], model.Constraint], *, ordered: bool = False) -> Reader:
    def read(given: Parameters) -> Iterator[model.Constraint]:
        if ordered:
            given.property_only(parameter)
        return map(make, given.iris(parameter))

    return read


def _shaped(parameter: str, make: Callable[[Node], model.Constraint]) -> Reader:
    return lambda given: map(make, given.nodes(parameter))


def _listed(parameter: str, make: Callable[[tuple[Node, ...]], model.Constraint]) -> Reader:
    return lambda given: map(make, given.members(parameter))


def _qualified(given: Parameters) -> Iterator[model.Constraint]:
    """Read sh:qualifiedValueShape, which a node shape ignores: section 4.7.3."""
    least, most = given.count("qualifiedMinCount"), given.count("qualifiedMaxCount")
    given.one("qualifiedValueShape")
    shapes = given.nodes("qualifiedValueShape") if given.path is not None else ()
    if shapes and least is None and most is None:
        raise given.ill_formed("sh:qualifiedValueShape without a count", "sh:qualifiedMinCount or sh:qualifiedMaxCount")
    for shape in shapes:
        siblings = _siblings(given, shape) if given.flag("qualifiedValueShapesDisjoint") else ()
        if least is not None:
            yield model.QualifiedMinCount(shape, siblings, least)
        if most is not None:
            yield model.QualifiedMaxCount(shape, siblings, most)


def _siblings(given: Parameters, shape: Node) -> tuple[Node, ...]:
    """Return the other qualified value shapes of the shapes that have this property shape."""
    graph, found = given.graph, dict[Node, None]()
    for parent in graph.subjects(SH("property"), given.node):
        for other in Parameters(graph, parent, None).nodes("property"):
            found |= dict.fromkeys(Parameters(graph, other, None).nodes("qualifiedValueShape"))
    return tuple(one for one in found if one != shape)


def _closed(given: Parameters) -> Iterator[model.Constraint]:
    given.one("ignoredProperties")
    if given.flag("closed"):
        ignored = [one for members in given.lists("ignoredProperties") for one in members]
        paths = [path for shape in given.nodes("property") for path in given.graph.objects(shape, SH("path"))]
        allowed = dict.fromkeys(one for one in (*ignored, *paths) if isinstance(one, NamedNode))
        yield model.Closed(tuple(allowed))


def _has_value(given: Parameters) -> Iterator[model.Constraint]:
    return map(model.HasValue, given.all("hasValue"))


def _in(given: Parameters) -> Iterator[model.Constraint]:
    given.one("in")
    for members in given.lists("in"):
        yield model.In(tuple(dict.fromkeys(members)))


def _sparql(given: Parameters) -> Iterator[model.Constraint]:
    for node in given.nodes("sparql"):
        about = Parameters(given.graph, node, None)
        selects = about.all("select")
        if len(selects) != 1:
            raise given.ill_formed(f"sh:sparql with {len(selects)} sh:select", "one")
        text = about.text(selects[0], "select")
        if not about.flag("deactivated"):
            messages = tuple(sorted(about.literals("message"), key=str))
            yield model.Sparql(node, text, read_prefixes(given.graph, node), messages)


READERS: dict[str, Reader] = {
    "class": _each_class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "minCount": _counted("minCount", model.MinCount),
    "maxCount": _counted("maxCount", model.MaxCount),
    "minExclusive": _bounded("minExclusive", model.MinExclusive),
    "minInclusive": _bounded("minInclusive", model.MinInclusive),
    "maxExclusive": _bounded("maxExclusive", model.MaxExclusive),
    "maxInclusive": _bounded("maxInclusive", model.MaxInclusive),
    "minLength": _counted("minLength", model.MinLength, of_values=False),
    "maxLength": _counted("maxLength", model.MaxLength, of_values=False),
    "pattern": _pattern,
    "languageIn": _language_in,
    "uniqueLang": _unique_lang,
    "equals": _paired("equals", model.Equals),
    "disjoint": _paired("disjoint", model.Disjoint),
    "lessThan": _paired("lessThan", model.LessThan, ordered=True),
    "lessThanOrEquals": _paired("lessThanOrEquals", model.LessThanOrEquals, ordered=True),
    "not": _shaped("not", model.Not),
    "and": _listed("and", model.And),
    "or": _listed("or", model.Or),
    "xone": _listed("xone", model.Xone),
    "node": _shaped("node", model.Conforms),
    "property": _shaped("property", model.Property),
    "qualifiedValueShape": _qualified,
    "closed": _closed,
    "hasValue": _has_value,
    "in": _in,
    "sparql": _sparql,
}
"""Each parameter by its local name, with what reads it from a shape."""

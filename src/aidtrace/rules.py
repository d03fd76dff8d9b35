"""SHACL-SPARQL constraints run once for all their focus nodes, instead of once for each.

pySHACL parses a constraint's SELECT anew for every focus node, which is where its time goes. Here the pattern of the
shape's targets is put in front of the SELECT's own, so that one run on pyoxigraph finds the same solutions.
A constraint is left to pySHACL where that could differ: a nested SELECT does not see ``$this`` bound, and a shape
that others refer to is evaluated on their value nodes too.
Source: SHACL, sections 2.1.3 (targets) and 5.3 (SPARQL-based constraints).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import Store

from aidtrace.complaints import complaint
from aidtrace.errors import InputError
from aidtrace.lexer import scan

if TYPE_CHECKING:
    from rdflib import Graph

_SH = "http://www.w3.org/ns/shacl#"
_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_TARGETS = {
    "targetClass": "{{ ?this {type}/{subclass}* {iri} }}",
    "targetSubjectsOf": "{{ ?this {iri} ?anything }}",
    "targetObjectsOf": "{{ ?anything {iri} ?this }}",
    "targetNode": "{{ VALUES ?this {{ {iri} }} }}",
}
_REFERRING = ("node", "property", "not", "and", "or", "xone", "qualifiedValueShape")
_DATATYPE = re.compile(r"\bDATATYPE\b", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\b", re.IGNORECASE)
_THIS = re.compile(r"[$?]this\b")
_WHERE = re.compile(r"\bWHERE\s*\{", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """One ``sh:sparql`` of one shape, as a SELECT over all focus nodes at once."""

    shape: str
    select: str
    message: str
    severity: str

    def solutions(self, store: Store) -> set["Solution"]:
        """Return each violation in the default graph of *store* once."""
        try:
            rows: Any = store.query(self.select)
        except SyntaxError as error:
            said = complaint(str(error), self.select, Store().query)
            raise InputError(f"shape {self.shape}: sh:select: {said}") from error
        return {Solution(row["this"], row["path"], row["value"] or row["this"], self._worded(row)) for row in rows}

    def _worded(self, row: Any) -> str:
        """Fill ``{?name}`` and ``{$name}`` of the message from the solution: SHACL section 5.3.2."""

        def value(found: re.Match[str]) -> str:
            term = row[found[1]]
            return found[0] if term is None else str(getattr(term, "value", term))

        return re.sub(r"\{[?$](\w+)\}", value, self.message)


@dataclass(frozen=True)
class Solution:
    """A focus node that breaks a rule, with the path and value that the SELECT binds."""

    focus: Any
    path: Any
    value: Any
    message: str


def refuse_service(shapes: "Graph") -> None:
    """Raise InputError if a query in *shapes* calls another endpoint: a check sends nobody's data anywhere."""
    for name in ("select", "ask", "construct"):
        for owner, query in shapes.subject_objects(_sh(name)):
            refusal = scan(str(query), ()).refusal
            if refusal and not refusal.lenient:
                shape = shapes.value(None, _sh("sparql"), owner) or owner
                raise InputError(f"shape {shape}: sh:{name} has SERVICE; expected a query over the data alone")


def take_rules(shapes: "Graph", *, lexical: bool = True) -> list[Rule]:
    """Take out of *shapes* every SPARQL constraint that can run on all its focus nodes at once, and return them.

    Unless *lexical*, those that look at datatypes stay: the store does not hold the literals as they were sent.
    """
    rules = []
    for shape, constraint in list(shapes.subject_objects(_sh("sparql"))):
        rule = _rule(shapes, shape, constraint)
        if rule and (lexical or not _DATATYPE.search(rule.select)):
            shapes.remove((shape, _sh("sparql"), constraint))
            rules.append(rule)
    return rules


def _rule(shapes: "Graph", shape: Any, constraint: Any) -> Rule | None:
    from rdflib import Literal, URIRef

    select = str(shapes.value(constraint, _sh("select")) or "")
    targets = list(_targets(shapes, shape))
    referred = any(True for name in _REFERRING for _ in shapes.subjects(_sh(name), shape))
    deactivated = (shape, _sh("deactivated"), Literal(True)) in shapes
    if (
        not _sees_one_focus(select)
        or not targets
        or referred
        or deactivated
        or not isinstance(shape, URIRef)
        or "$PATH" in select
    ):
        return None
    group = f"{{ {' UNION '.join(targets)} }}"
    body = _WHERE.sub(lambda found: f"{found[0]} {group} ", select.replace("$this", "?this"), count=1)
    message = shapes.value(constraint, _sh("message")) or shapes.value(shape, _sh("message")) or ""
    severity = str(shapes.value(shape, _sh("severity")) or _SH + "Violation")
    return Rule(str(shape), _prefixes(shapes, constraint) + body, str(message), severity)


def _sees_one_focus(select: str) -> bool:
    """Whether the SELECT means the same with ``$this`` joined in front: no nested SELECT uses it."""
    outer = _WHERE.search(select)
    nested = len(_SELECT.findall(select)) > 1
    return outer is not None and (not nested or not _THIS.search(select[outer.end() :]))


def _targets(shapes: "Graph", shape: Any) -> Iterator[str]:
    for name, pattern in _TARGETS.items():
        for term in shapes.objects(shape, _sh(name)):
            yield pattern.format(iri=term.n3(), type=_RDF_TYPE, subclass=_SUBCLASS)


def _prefixes(shapes: "Graph", constraint: Any) -> str:
    declared = []
    for source in shapes.objects(constraint, _sh("prefixes")):
        for declaration in shapes.objects(source, _sh("declare")):
            prefix, iri = shapes.value(declaration, _sh("prefix")), shapes.value(declaration, _sh("namespace"))
            declared.append(f"PREFIX {prefix}: <{iri}>\n")
    return "".join(sorted(declared))


def _sh(name: str) -> Any:
    from rdflib import URIRef

    return URIRef(_SH + name)

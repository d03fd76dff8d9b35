"""Validation results, and the report that SHACL defines: section 3.6."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from aidtrace.namespaces import SH
from aidtrace.shacl.paths import Path, Predicate, describe, words
from aidtrace.shacl.terms import BOOLEAN, TYPE, Node, Term


@dataclass(frozen=True)
class Result:
    """One result; its terms are those that were sent. ``constraint`` is the sh:sparql that found it, if one did."""

    focus: Term
    path: Path | None
    value: Term | None
    component: NamedNode
    shape: Node
    severity: NamedNode
    messages: tuple[Literal, ...]
    constraint: Node | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """What results are sorted by."""
        path = words(self.path) if self.path else ""
        return (str(self.focus), path, str(self.value), str(self.component), str(self.shape), str(self.constraint))


@dataclass(frozen=True)
class Fallen:
    """A shape that was left to pySHACL, and why."""

    shape: Node
    reason: str


def report_triples(results: Iterable[Result]) -> list[Triple]:
    """Build the report graph of *results*."""
    found = list(results)
    mark = _unused(found)
    report = BlankNode(mark)
    triples: list[Triple] = []
    for number, result in enumerate(found):
        node = BlankNode(f"{mark}{number}")
        triples.append(Triple(report, SH("result"), node))
        triples += _about(node, result)
    conforms = Literal("false" if triples else "true", datatype=BOOLEAN)
    head = [Triple(report, TYPE, SH("ValidationReport")), Triple(report, SH("conforms"), conforms)]
    return head + triples


def _unused(results: list[Result]) -> str:
    """Return a label that no blank node of *results* begins with."""
    terms = [term for one in results for term in (one.focus, one.value, one.shape, one.constraint)]
    labels = {term.value for term in terms if isinstance(term, BlankNode)}
    mark = "r"
    while any(label.startswith(mark) for label in labels):
        mark += "r"
    return mark


def _about(node: BlankNode, result: Result) -> list[Triple]:
    said: dict[str, Term | None] = {
        "focusNode": result.focus,
        "value": result.value,
        "resultSeverity": result.severity,
        "sourceConstraintComponent": result.component,
        "sourceConstraint": result.constraint,
        "sourceShape": result.shape,
    }
    triples = [Triple(node, TYPE, SH("ValidationResult"))]
    triples += [Triple(node, SH(each), value) for each, value in said.items() if value is not None]
    triples += [Triple(node, SH("resultMessage"), message) for message in result.messages]
    if result.path is not None:
        path, about = _path(node, result.path)
        triples += [Triple(node, SH("resultPath"), path), *about]
    return triples


def _path(node: BlankNode, path: Path) -> tuple[Node, list[Triple]]:
    if isinstance(path, Predicate):
        return path.iri, []
    numbers = count()
    return describe(path, lambda: BlankNode(f"{node.value}path{next(numbers)}"))

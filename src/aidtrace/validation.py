"""SHACL: the shapes against the graph, against files, or against both together.

pySHACL validates an rdflib graph that holds the literals as they were sent: no store rewrites them, no
``owl:imports`` is fetched, and rdflib does not normalise. The class tree of the ontology is added to the data.
Source: SHACL, W3C Recommendation of 20 July 2017.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from aidtrace.errors import InputError
from aidtrace.project import Project
from aidtrace.rules import Rule, Solution, take_rules
from aidtrace.store import PUBLISHED, read_quads, read_store

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SH = "http://www.w3.org/ns/shacl#"
_ORDER = {"Violation": 0, "Warning": 1, "Info": 2}
_OURS = "https://w3id.org/aidtrace/id/"


@dataclass(frozen=True, order=True)
class Finding:
    """One result of a validation; terms are IRIs or lexical forms, an absent one is empty."""

    focus: str
    path: str
    value: str
    severity: str
    component: str
    shape: str
    message: str

    def __str__(self) -> str:
        where = f"{_local(self.focus)} {_local(self.path)}".strip()
        value = f" (found {_local(self.value)})" if self.value and self.value != self.focus else ""
        return f"{self.severity.lower()}: {where}: {self.message}{value} [{_local(self.shape)}]"


@dataclass(frozen=True)
class Report:
    """What breaks the shapes, the gravest first; ``turtle`` is the report as SHACL defines it."""

    findings: tuple[Finding, ...]
    turtle: str

    @property
    def conforms(self) -> bool:
        """Whether nothing was found, of any severity: SHACL section 3.6.1.1."""
        return not self.findings

    def __str__(self) -> str:
        return "\n".join([*map(str, self.findings), self.summary])

    @property
    def summary(self) -> str:
        """Return the number of findings of each severity in words."""
        counts = Counter(finding.severity for finding in self.findings)
        found = ", ".join(f"{counts[name]} {name.lower()}" for name in _ORDER if counts[name])
        return f"does not conform: {found}" if found else "conforms"

    def write(self, form: str) -> str:
        """Write the report as ``text``, ``turtle``, ``json`` or ``csv``."""
        return {
            "text": lambda: f"{self}\n",
            "turtle": lambda: self.turtle,
            "json": self._json,
            "csv": self._csv,
        }[form]()

    def _json(self) -> str:
        content = {"conforms": self.conforms, "findings": [asdict(finding) for finding in self.findings]}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def _csv(self) -> str:
        out = io.StringIO()
        names = list(Finding.__dataclass_fields__)
        csv.writer(out, lineterminator="\n").writerows([names, *([asdict(f)[n] for n in names] for f in self.findings)])
        return out.getvalue()


def validate(
    project: Project, files: Sequence[Path] = (), shapes: Sequence[Path] = (), *, with_graph: bool = False
) -> Report:
    """Check *files*, or the project's graph where none is given, against *shapes*, or the project's.

    *with_graph* checks the files together with the graph. A file that is not RDF raises InputError.
    """
    data = [quad.triple for path in files for quad in read_quads(path)]
    if with_graph or not files:
        data += _published(project)
    else:
        data += [quad.triple for path in project.ontology_files for quad in read_quads(path)]
    return check(data, _graph(quad.triple for path in shapes or project.shape_files for quad in read_quads(path)))


def check(data: list[Triple], shapes: "Graph") -> Report:
    """Check *data* against *shapes*, which is changed: rules that run set-at-a-time are taken out of it.

    Where the store would rewrite a literal of *data*, the rules that look at datatypes are left to pySHACL, which
    sees what was sent.
    """
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object) for t in data)
    faithful = {quad.triple for quad in store} == set(data)
    rules = take_rules(shapes, lexical=faithful)
    report = _pyshacl(_graph(data), shapes)
    for rule in rules:
        for solution in rule.solutions(store):
            _report(report, rule, solution)
    findings = sorted(_findings(report), key=lambda f: (_ORDER.get(f.severity, 9), f))
    return Report(tuple(findings), report.serialize(format="turtle"))


def _published(project: Project) -> list[Triple]:
    """Return the graph as it was written, and what the build infers from it."""
    written = [
        quad.triple
        for name, paths in project.graphs().items()
        if name != "shapes"
        for path in paths
        for quad in read_quads(path)
    ]
    return written + [quad.triple for quad in read_store(project).quads_for_pattern(None, None, None, PUBLISHED[-1])]


def _graph(triples: Iterable[Triple]) -> "Graph":
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _term(term: object) -> "Node":
    import rdflib

    match term:
        case NamedNode():
            return rdflib.URIRef(term.value)
        case BlankNode():
            return rdflib.BNode(term.value)
        case Literal():
            if term.language:
                return rdflib.Literal(term.value, lang=term.language)
            plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
            return rdflib.Literal(term.value, datatype=None if plain else rdflib.URIRef(term.datatype.value))
    raise InputError(f"{term}: a triple term; expected RDF 1.1, which is what SHACL 1.0 checks")


def _pyshacl(data: "Graph", shapes: "Graph") -> "Graph":
    import pyshacl
    from pyparsing import ParseException
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError
    from rdflib import Graph

    try:
        _, graph, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except (ReportableRuntimeError, ShapeLoadError, ParseException) as error:
        raise InputError(f"shapes: {str(error).splitlines()[0]}; expected well-formed SHACL") from error
    if not isinstance(graph, Graph):
        raise InputError(f"shapes: {text.splitlines()[0]}; expected well-formed SHACL")
    return graph


def _report(report: "Graph", rule: Rule, solution: Solution) -> None:
    """Add one result to *report*, with the words of SHACL section 3.6."""
    from rdflib import RDF, BNode, Literal, URIRef

    result = BNode()
    said: dict[str, Node | None] = {
        "focusNode": _term(solution.focus),
        "resultPath": _term(solution.path) if solution.path else None,
        "value": _term(solution.value),
        "resultSeverity": URIRef(rule.severity),
        "sourceConstraintComponent": URIRef(_SH + "SPARQLConstraintComponent"),
        "sourceShape": URIRef(rule.shape),
        "resultMessage": Literal(solution.message),
    }
    report.add((result, RDF.type, URIRef(_SH + "ValidationResult")))
    for name, value in said.items():
        if value is not None:
            report.add((result, URIRef(_SH + name), value))
    for whole in list(report.subjects(RDF.type, URIRef(_SH + "ValidationReport"))):
        report.add((whole, URIRef(_SH + "result"), result))
        report.set((whole, URIRef(_SH + "conforms"), Literal(False)))


def _findings(report: Any) -> Iterator[Finding]:
    from rdflib import URIRef

    def said(result: Any, name: str) -> str:
        return str(report.value(result, URIRef(_SH + name)) or "")

    for result in report.objects(None, URIRef(_SH + "result")):  # not sh:detail, which explains one of these
        yield Finding(
            focus=said(result, "focusNode"),
            path=said(result, "resultPath"),
            value=said(result, "value"),
            severity=said(result, "resultSeverity").removeprefix(_SH),
            component=said(result, "sourceConstraintComponent").removeprefix(_SH),
            shape=said(result, "sourceShape"),
            message=said(result, "resultMessage"),
        )


def _local(iri: str) -> str:
    """Shorten our own IRIs for a person: things by their path, words with their prefix."""
    for long, short in (
        (_OURS, ""),
        ("https://w3id.org/aidtrace/ontology#", "at:"),
        ("https://w3id.org/aidtrace/shapes#", "ats:"),
    ):
        if iri.startswith(long):
            return short + iri.removeprefix(long)
    return iri

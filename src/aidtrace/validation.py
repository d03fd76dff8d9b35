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

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from aidtrace.errors import InputError
from aidtrace.project import Project
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
    data = _merge(path for path in (*files, *([] if with_graph or not files else project.ontology_files)))
    if with_graph or not files:
        _add(data, _published(project))
    return _run(data, _merge(shapes or project.shape_files))


def _published(project: Project) -> Iterator[Quad]:
    """Yield the graph as it was written, and what the build infers from it."""
    for name, paths in project.graphs().items():
        if name != "shapes":
            for path in paths:
                yield from read_quads(path)
    yield from read_store(project).quads_for_pattern(None, None, None, PUBLISHED[-1])


def _merge(paths: Iterable[Path]) -> "Graph":
    graph = _empty()
    for path in paths:
        _add(graph, read_quads(path))
    return graph


def _empty() -> "Graph":
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    return rdflib.Graph(bind_namespaces="none")


def _add(graph: "Graph", quads: Iterable[Quad]) -> None:
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))


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


def _run(data: "Graph", shapes: "Graph") -> Report:
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError

    try:
        _, graph, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except (ReportableRuntimeError, ShapeLoadError) as error:
        raise InputError(f"shapes: {str(error).splitlines()[0]}; expected well-formed SHACL") from error
    if not hasattr(graph, "subjects"):
        raise InputError(f"shapes: {text.splitlines()[0]}")
    findings = sorted(_findings(graph), key=lambda f: (_ORDER.get(f.severity, 9), f))
    return Report(tuple(findings), graph.serialize(format="turtle"))


def _findings(report: Any) -> Iterator[Finding]:
    from rdflib import RDF, URIRef

    def said(result: Any, name: str) -> str:
        return str(report.value(result, URIRef(_SH + name)) or "")

    for result in report.subjects(RDF.type, URIRef(_SH + "ValidationResult")):
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

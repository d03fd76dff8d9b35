"""SHACL: the shapes against the graph, against files, or against both together.

pySHACL validates an rdflib graph that holds the literals as they were sent: no store rewrites them, no
``owl:imports`` is fetched, and rdflib does not normalise. The class tree of the ontology and the bounds of the
dates are added to the data. Dates are also read as the build reads them, which no regular expression can do.
Source: SHACL, W3C Recommendation of 20 July 2017.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from aidtrace.dates import bounds
from aidtrace.documents import Document, read_all
from aidtrace.errors import InputError
from aidtrace.hints import emptiness, hints
from aidtrace.inference import SHOWN, infer
from aidtrace.namespaces import AT, ATS, EDTF, PREFIXES, RDF, SEM, SH
from aidtrace.project import Project
from aidtrace.reports.findings import Finding, Report, in_order
from aidtrace.reports.lines import Text, locate
from aidtrace.rules import Rule, Solution, refuse_service, take_rules
from aidtrace.shacl.paths import words
from aidtrace.shacl.results import Result

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SH = "http://www.w3.org/ns/shacl#"
_ONTOLOGY = "https://w3id.org/aidtrace/ontology"
_DATED = {*SHOWN, AT("beganOn"), AT("endedOn")}
_SHAPES = {
    SH("NodeShape"),
    SH("PropertyShape"),
    *map(SH, ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")),
}
_STEPS = {"inversePath": "^{}", "zeroOrMorePath": "{}*", "oneOrMorePath": "{}+", "zeroOrOnePath": "{}?"}


def validate(
    project: Project, files: Sequence[Path] = (), shapes: Sequence[Path] = (), *, with_graph: bool = False
) -> Report:
    """Check *files*, or the project's graph where none is given, against *shapes*, or the project's.

    *with_graph* checks the files together with the graph. Shapes that use none of our words see the files alone. A file
    that is not RDF raises InputError.
    """
    return validate_documents(project, read_all(files), read_all(shapes), with_graph=with_graph)


def validate_documents(
    project: Project, documents: Sequence[Document], shapes: Sequence[Document] = (), *, with_graph: bool = False
) -> Report:
    """Check *documents* as `validate` checks files; each finding says in which of them its thing is written."""
    whole = with_graph or not documents
    ours = [path for name, paths in project.graphs().items() if name != "shapes" for path in paths]
    rules = _triples(shapes or read_all(project.shape_files))
    if shapes and not any(map(_makes_a_shape, rules)):
        raise InputError(f"{', '.join(one.name for one in shapes)}: holds no shape; expected SHACL")
    read = {one.name: _triples([one]) for one in documents}
    beside = ours if whole else project.ontology_files if any(map(_says_a_word_of_ours, rules)) else []
    written = [*chain.from_iterable(read.values()), *_triples(read_all(beside))]
    inferred = _inferred(written, project.rule_files if whole else None) if beside else []
    report = check(written + inferred, _graph(rules))
    notes = list(emptiness((name, len(triples)) for name, triples in read.items()))
    if report.findings:
        known = () if whole else _described(_triples(read_all(ours)))
        notes += hints((finding.value for finding in report.findings), _described(written), known)
    findings = locate(report.findings, [Text(one.name, one.text) for one in documents])
    checked = sum(map(len, read.values())) if documents else len(written)
    return replace(report, findings=findings, triples=checked, notes=tuple(notes))


def findings_of(results: Iterable[Result]) -> Iterator[Finding]:
    """Write results of the engine as findings."""
    for one in results:
        yield Finding(
            focus=_text(one.focus),
            path=str(words(one.path)) if one.path else "",
            value=_text(one.value) if one.value is not None else "",
            severity=one.severity.value.removeprefix(_SH),
            component=one.component.value.removeprefix(_SH),
            shape=_text(one.shape),
            message=" ".join(message.value for message in one.messages),
        )


def _triples(documents: Iterable[Document]) -> list[Triple]:
    return [quad.triple for one in documents for quad in one.quads()]


def _described(triples: Iterable[Triple]) -> set[str]:
    return {triple.subject.value for triple in triples if isinstance(triple.subject, NamedNode)}


def _says_a_word_of_ours(triple: Triple) -> bool:
    """Whether a shape speaks of our vocabulary; only then does it need the ontology beside the data."""
    term = triple.object
    text = term.value if isinstance(term, (NamedNode, Literal)) else ""
    return AT.iri in text


def _makes_a_shape(triple: Triple) -> bool:
    """Whether *triple* says that its subject is a shape, or what it is for: SHACL section 2.1."""
    said = triple.object if triple.predicate == RDF("type") else triple.predicate
    return said in _SHAPES


def check(data: list[Triple], shapes: "Graph") -> Report:
    """Check *data* against *shapes*, which is changed: rules that run set-at-a-time are taken out of it.

    Where the store would rewrite a literal of *data*, the rules that look at datatypes are left to pySHACL, which
    sees what was sent.
    """
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object) for t in data)
    faithful = {quad.triple for quad in store} == set(data)
    refuse_service(shapes)
    dates = list(_dates(data, shapes))
    rules = take_rules(shapes, lexical=faithful)
    graph = _graph(data)
    report = _pyshacl(graph, shapes)
    for rule in rules:
        for solution in rule.solutions(store):
            _report(report, rule, solution)
    _locate(report, graph)
    found = {(finding.focus, finding.value, finding.shape) for finding in _findings(report)}
    for rule, solution in dates:
        if (_text(solution.focus), solution.value.value, rule.shape) not in found:
            _report(report, rule, solution)
    return Report(in_order(_findings(report)), report.serialize(format="turtle"))


def _inferred(written: list[Triple], rules: Sequence[Path] | None) -> list[Triple]:
    """Return what the build infers from *written*; without *rules*, only the bounds of the dates.

    Dates that cannot be read are left out, for they are findings of their own; bounds that are stated are kept.
    """
    store = Store()
    store.extend(
        Quad(t.subject, t.predicate, t.object)
        for t in written
        if not (isinstance(t.object, Literal) and t.predicate in _DATED and not _readable(t.object.value))
    )
    stated = {(t.subject, t.predicate) for t in written if t.predicate.value.startswith(SEM.iri)}
    known = set(written)
    return [
        triple
        for triple in infer(store, rules or ())
        if triple not in known
        and (triple.subject, triple.predicate) not in stated
        and (rules is not None or triple.predicate.value.startswith(SEM.iri))
    ]


def _dates(data: list[Triple], shapes: "Graph") -> Iterator[tuple[Rule, Solution]]:
    """Yield each EDTF date of *data* that the build could not read, as a finding of ours, if *shapes* has its rule."""
    from rdflib import URIRef

    def rule(name: str) -> Rule | None:
        shape = URIRef(ATS(name).value)
        message = shapes.value(shape, URIRef(_SH + "message"))
        severity = shapes.value(shape, URIRef(_SH + "severity"))
        return Rule(str(shape), "", str(message), str(severity or _SH + "Violation")) if message else None

    rules = {name: rule(name) for name in ("Date-inOrder", "Date-wellFormed")}
    for triple in dict.fromkeys(data):
        value = triple.object
        if isinstance(value, Literal) and value.datatype == EDTF("EDTF") and not _readable(value.value):
            broken = rules["Date-inOrder" if _only_out_of_order(value.value) else "Date-wellFormed"]
            if broken:
                yield broken, Solution(triple.subject, triple.predicate, value, broken.message)


def _readable(text: str) -> bool:
    try:
        bounds(text)
    except (InputError, ValueError):  # ValueError: a season that reaches beyond the year 9999
        return False
    return True


def _only_out_of_order(text: str) -> bool:
    """Whether each day in *text* is one, so that only their order can be wrong."""
    days = [day for part in re.split(r"[/,]", text.strip().strip("[]")) for day in part.split("..") if day]
    return len(days) > 1 and "//" not in text and not text.endswith("/") and all(map(_readable, days))


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

    logging.getLogger("pyshacl-validate").disabled = True  # it also prints what it raises
    try:
        _, graph, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except (ReportableRuntimeError, ShapeLoadError, ParseException, re.error, TypeError, ValueError) as error:
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


def _locate(report: Any, data: Any) -> None:
    """Let each result of a rule over the whole graph name the things that hold its value, instead of the ontology.

    A rule that binds ``?path`` has the thing itself as its value.
    """
    from rdflib import BNode, URIRef

    focus, path, value, result = (URIRef(_SH + name) for name in ("focusNode", "resultPath", "value", "result"))
    for found in list(report.subjects(focus, URIRef(_ONTOLOGY))):
        held = report.value(found, value)
        if held is None or held == URIRef(_ONTOLOGY):
            continue
        if report.value(found, path) is not None:
            report.set((found, focus, held))
            continue
        places = sorted({*data.subject_predicates(held), *((thing, held) for thing in data.subjects(held))})
        said, wholes = list(report.predicate_objects(found)), list(report.subjects(result, found))
        for number, (thing, predicate) in enumerate(places):
            one = BNode() if number else found
            for name, term in said:
                report.add((one, name, term))
            report.set((one, focus, thing))
            report.add((one, path, predicate))
            for whole in wholes:
                report.add((whole, result, one))


def _findings(report: Any) -> Iterator[Finding]:
    from rdflib import URIRef

    def said(result: Any, name: str) -> str:
        return str(report.value(result, URIRef(_SH + name)) or "")

    for result in report.objects(None, URIRef(_SH + "result")):  # not sh:detail, which explains one of these
        path = report.value(result, URIRef(_SH + "resultPath"))
        yield Finding(
            focus=said(result, "focusNode"),
            path=_path_words(report, path) if path is not None else "",
            value=said(result, "value"),
            severity=said(result, "resultSeverity").removeprefix(_SH),
            component=said(result, "sourceConstraintComponent").removeprefix(_SH),
            shape=said(result, "sourceShape"),
            message=said(result, "resultMessage"),
        )


def _path_words(graph: Any, path: Any) -> str:
    """Write a SHACL path as SPARQL does, ``at:a/^at:b``; a single property stays an IRI."""
    from rdflib import BNode

    return _step(graph, path) if isinstance(path, BNode) else str(path)


def _step(graph: Any, path: Any) -> str:
    from rdflib import RDF, BNode, URIRef
    from rdflib.collection import Collection

    if not isinstance(path, BNode):
        return next(
            (f"{short}:{path.removeprefix(long)}" for short, long in PREFIXES.items() if path.startswith(long)),
            f"<{path}>",
        )
    for name, form in _STEPS.items():
        inner = graph.value(path, URIRef(_SH + name))
        if inner is not None:
            words = _step(graph, inner)
            return form.format(f"({words})" if re.search(r"[/|]", words) and isinstance(inner, BNode) else words)
    several = graph.value(path, URIRef(_SH + "alternativePath"))
    if several is not None:
        return "|".join(_step(graph, one) for one in Collection(graph, several))
    if graph.value(path, RDF.first) is not None:
        steps = [_step(graph, one) for one in Collection(graph, path)]
        return "/".join(f"({step})" if "|" in step else step for step in steps)
    return "a path"


def _text(term: object) -> str:
    return str(getattr(term, "value", term))

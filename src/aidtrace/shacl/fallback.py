"""pySHACL, for the shapes that cannot be compiled.

It is given an rdflib graph in memory with the literals as they were sent, and a shapes graph in which only the shapes
left to it have targets. It has no bound on time or memory; whoever runs shapes of strangers puts it into a child.
"""

import logging
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from aidtrace.errors import InputError
from aidtrace.namespaces import OWL, RDFS, SH
from aidtrace.shacl import messages, model
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.reading_paths import read_path
from aidtrace.shacl.results import Result
from aidtrace.shacl.terms import STRING, TYPE, Node

if TYPE_CHECKING:
    from rdflib import Graph as RdflibGraph

_TARGETS = {SH(each) for each in ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")}


def run(data: Iterable[Triple], shapes: Iterable[Triple], known: model.Shapes, left: Collection[Node]) -> list[Result]:
    """Validate *data* against those shapes of the graph *shapes* that are *left*; *known* is the same graph, read."""
    report = _pyshacl(rdflib_graph(data), rdflib_graph(_only(shapes, left)))
    return list(_results(Graph(_triples(report)), known))


def rdflib_graph(triples: Iterable[Triple]) -> "RdflibGraph":
    """Return *triples* as rdflib holds them, no literal normalised."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    logging.getLogger("rdflib.term").disabled = True  # it prints what an ill-formed literal raises
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _only(shapes: Iterable[Triple], left: Collection[Node]) -> Iterator[Triple]:
    """Yield the shapes graph without the targets of the shapes that are not *left*."""
    graph = Graph(shapes)
    classes = graph.subclasses(RDFS("Class")) | graph.subclasses(OWL("Class"))
    for triple in graph.triples:
        target = triple.predicate in _TARGETS or (triple.predicate == TYPE and triple.object in classes)
        if triple.subject in left or not target:
            yield triple


def _pyshacl(data: "RdflibGraph", shapes: "RdflibGraph") -> "RdflibGraph":
    import pyshacl
    from pyparsing import ParseException
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError, ShapeRecursionWarning
    from rdflib import Graph

    logging.getLogger("pyshacl-validate").disabled = True  # it also prints what it raises
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ShapeRecursionWarning)  # else what it leaves off conforms
            _, graph, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except (ReportableRuntimeError, ShapeLoadError, ParseException, re.error, TypeError, ValueError) as error:
        raise InputError(f"shapes: {str(error).splitlines()[0]}; expected well-formed SHACL") from error
    except ShapeRecursionWarning as error:
        told = "a shape leads back to itself deeper than can be followed"
        raise InputError(f"shapes: {told}; expected shapes without recursion") from error
    except NotImplementedError as error:
        raise InputError(f"shapes: {str(error).splitlines()[0]}") from error
    if not isinstance(graph, Graph):
        raise InputError(f"shapes: {text.splitlines()[0]}; expected well-formed SHACL")
    return graph


def _results(report: Graph, known: model.Shapes) -> Iterator[Result]:
    """Yield the results of the report itself: a focus node without a name brings all that is said of it along."""
    for one in report.subjects(TYPE, SH("ValidationReport")):
        for node in report.objects(one, SH("result")):  # not sh:detail, which explains one of these
            shapes = report.objects(node, SH("sourceShape")) if not isinstance(node, Literal) else []
            if shapes and not isinstance(node, Literal) and all(shape in known.by_name for shape in shapes):
                yield _result(report, node, known)


def _result(report: Graph, node: Node, known: model.Shapes) -> Result:
    def said(what: str) -> Any:
        return next(iter(report.objects(node, SH(what))), None)

    shape, component, path = known[said("sourceShape")], said("sourceConstraintComponent"), said("resultPath")
    return Result(
        focus=said("focusNode"),
        path=read_path(report, path, shape.node) if path is not None else None,
        value=said("value"),
        component=component,
        shape=shape.node,
        severity=said("resultSeverity"),
        messages=_messages(report, node, shape, component),
        constraint=said("sourceConstraint"),
    )


def _messages(report: Graph, node: Node, shape: model.Shape, component: NamedNode) -> tuple[Literal, ...]:
    """Return the messages of a result as our own engine words them, where that can be told from the report."""
    if shape.messages and not any("{" in message.value for message in shape.messages):
        return shape.messages
    own = [one for one in shape.constraints if one.component == component]
    asked = [one for one in own if isinstance(one, model.Sparql | model.Custom)]
    if not asked or not any((*shape.messages, *(message for one in asked for message in one.messages))):
        return (messages.default(shape, component),)
    said = report.objects(node, SH("resultMessage"))
    return tuple(sorted((one for one in said if isinstance(one, Literal)), key=str))


def _term(term: object) -> Any:
    import rdflib

    match term:
        case NamedNode():
            return rdflib.URIRef(term.value)
        case BlankNode():
            return rdflib.BNode(term.value)
        case Literal():
            if term.language:
                return rdflib.Literal(term.value, lang=term.language)
            return rdflib.Literal(term.value, datatype=None if term.datatype == STRING else _term(term.datatype))
    raise InputError(f"{term}: a triple term; expected RDF 1.1, which is what SHACL 1.0 checks")


def _triples(graph: "RdflibGraph") -> Iterator[Triple]:
    for triple in graph:
        subject, predicate, value = (_back(term) for term in triple)
        yield Triple(subject, predicate, value)


def _back(term: Any) -> Any:
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return BlankNode(str(term))
    if term.language:
        return Literal(str(term), language=term.language)
    return Literal(str(term), datatype=NamedNode(str(term.datatype)) if term.datatype else STRING)


__all__ = ["rdflib_graph", "run"]

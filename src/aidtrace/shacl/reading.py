"""A shapes graph read into the model, or refused with the shape, the property and what was expected.

What SHACL leaves to other specifications (sh:js, sh:expression, sh:target) is refused rather than passed over, for a
constraint that is not run would look like one that holds.
Source: SHACL, sections 2 and 3.4, and the syntax rules of appendix A.
"""

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from aidtrace.errors import InputError
from aidtrace.namespaces import OWL, RDFS, SH
from aidtrace.shacl import model
from aidtrace.shacl.components import Component, read_components
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.parameters import READERS, Parameters, Reader, ill_formed
from aidtrace.shacl.paths import Path
from aidtrace.shacl.reading_paths import read_path
from aidtrace.shacl.terms import STRING, TYPE, Node, Term, name

_TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
_SHAPE_VALUED = ("property", "node", "not", "qualifiedValueShape")
_LIST_VALUED = ("and", "or", "xone")
_ELSEWHERE = ("js", "expression", "target")
_DEEPEST = 100


def read_shapes(triples: Iterable[Triple]) -> model.Shapes:
    """Read every shape that *triples* hold; an ill-formed one raises InputError."""
    graph = Graph(triples)
    for regime in graph.values(SH("entailment")):
        raise InputError(f"shapes: sh:entailment {name(regime)} is not supported; expected shapes that need none")
    components = list(read_components(graph))
    shapes = model.Shapes({node: _shape(graph, node, components) for node in _shape_nodes(graph, components)})
    for shape in shapes.by_name.values():
        _check_references(shapes, shape)
    for shape in shapes.roots:
        _check_depth(shapes, shape)
    return shapes


def _shape_nodes(graph: Graph, components: list[Component]) -> list[Node]:
    """Find what is a shape: by its class, by a target or a parameter that it has, or by how another refers to it."""
    found = [*graph.instances(SH("NodeShape")), *graph.instances(SH("PropertyShape"))]
    for parameter in (*_TARGETS, *READERS):
        found += graph.subjects(SH(parameter))
    for component in components:
        found += [node for node in graph.subjects(component.mandatory[0].path) if component.applies(graph, node)]
    for parameter in _SHAPE_VALUED:
        found += [_node(value, f"sh:{parameter}") for value in graph.values(SH(parameter))]
    for parameter in _LIST_VALUED:
        for head in graph.values(SH(parameter)):
            found += [_node(value, f"sh:{parameter}") for value in graph.items(head, f"sh:{parameter} {name(head)}")]
    return [node for node in dict.fromkeys(found) if not _is_parameter(graph, node)]


def _is_parameter(graph: Graph, node: Node) -> bool:
    """Whether *node* is a parameter of a component: it looks like a property shape, and is none of the data's."""
    return bool(graph.subjects(SH("parameter"), node))


def _node(value: Term, where: str) -> Node:
    if isinstance(value, Literal):
        raise InputError(f"shapes: {where} is {value}; expected a shape")
    return value


def _shape(graph: Graph, node: Node, components: list[Component]) -> model.Shape:
    for parameter in _ELSEWHERE:
        if graph.objects(node, SH(parameter)):
            raise ill_formed(node, f"sh:{parameter} belongs to no part of SHACL that runs here", "SHACL Core or SPARQL")
    path = _path(graph, node)
    given = Parameters(graph, node, path)
    constraints = [one for read in _readers(graph, node) for one in read(given)]
    constraints += [one for component in components for one in component.constraints(graph, node, path)]
    return model.Shape(
        node=node,
        path=path,
        targets=_targets(graph, node),
        constraints=tuple(constraints),
        severity=_severity(given),
        messages=_messages(given),
        deactivated=given.flag("deactivated"),
    )


def _readers(graph: Graph, node: Node) -> list[Reader]:
    """Return what reads the parameters that *node* has, in the order of the table."""
    has = {property_.value for property_ in graph.properties(node)}
    return [read for parameter, read in READERS.items() if SH.iri + parameter in has]


def _path(graph: Graph, node: Node) -> Path | None:
    """Read the path of a property shape: section 2.3."""
    values = graph.objects(node, SH("path"))
    typed = set(graph.objects(node, TYPE))
    must = SH("PropertyShape") in typed or bool(graph.subjects(SH("property"), node))
    if len(values) > 1 or (must and not values):
        raise ill_formed(node, f"a property shape with {len(values)} sh:path", "one, as well-formed SHACL has")
    if values and SH("NodeShape") in typed:
        raise ill_formed(node, "a node shape with sh:path", "none, as well-formed SHACL has")
    return read_path(graph, values[0], node) if values else None


def _targets(graph: Graph, node: Node) -> model.Targets:
    given = Parameters(graph, node, None)
    classes = given.nodes("targetClass")
    if _is_class(graph, node) and node not in classes:
        classes = (*classes, node)
    return model.Targets(
        nodes=tuple(_no_blank(node, value) for value in graph.objects(node, SH("targetNode"))),
        classes=classes,
        subjects_of=given.iris("targetSubjectsOf"),
        objects_of=given.iris("targetObjectsOf"),
    )


def _no_blank(node: Node, value: Term) -> Term:
    if isinstance(value, BlankNode):
        raise ill_formed(node, "sh:targetNode is a blank node", "an IRI or a literal")
    return value


def _is_class(graph: Graph, node: Node) -> bool:
    """Whether a shape is its own target class: section 2.1.3.3. OWL's classes are RDFS's, as in every OWL file."""
    kinds = graph.subclasses(RDFS("Class")) | graph.subclasses(OWL("Class"))
    return not kinds.isdisjoint(graph.objects(node, TYPE))


def _severity(given: Parameters) -> NamedNode:
    found = given.iris("severity")
    if len(found) > 1:
        raise ill_formed(given.node, f"{len(found)} sh:severity", "one")
    return found[0] if found else SH("Violation")


def _messages(given: Parameters) -> tuple[Literal, ...]:
    found: list[Literal] = []
    for value in given.all("message"):
        if not isinstance(value, Literal) or not (value.language or value.datatype == STRING):
            raise ill_formed(given.node, f"sh:message is {value}", "a string, or a text with a language")
        found.append(value)
    return tuple(sorted(found, key=str))


def _check_references(shapes: model.Shapes, shape: model.Shape) -> None:
    """Refuse a reference to a shape of the wrong kind: sections 4.7.1 and 4.7.2."""
    for constraint in shape.constraints:
        match constraint:
            case model.Conforms(other) if shapes[other].path is not None:
                raise ill_formed(shape.node, f"sh:node is the property shape {name(other)}", "a node shape")
            case model.Property(other) if shapes[other].path is None:
                raise ill_formed(shape.node, f"sh:property is the node shape {name(other)}", "a property shape")


def _check_depth(shapes: model.Shapes, shape: model.Shape) -> None:
    """Refuse shapes nested so deeply that nobody wrote them."""
    if (shapes.depth(shape.node) or 0) > _DEEPEST:
        raise ill_formed(shape.node, f"shapes nested more than {_DEEPEST} deep", "shallower ones")

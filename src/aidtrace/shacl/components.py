"""Constraint components that a shapes graph declares: section 6."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from aidtrace.errors import InputError
from aidtrace.namespaces import SH
from aidtrace.shacl import model
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.parameters import Parameters, ill_formed
from aidtrace.shacl.paths import Path
from aidtrace.shacl.prologue import read_prefixes
from aidtrace.shacl.terms import TRUE, Node, Term, name

_RESERVED = {"this", "shapesGraph", "currentShape", "path", "PATH", "value"}


@dataclass(frozen=True)
class Parameter:
    """One parameter: the property that gives its value, and the variable that stands for it (its local name)."""

    path: NamedNode
    variable: str


@dataclass(frozen=True)
class Component:
    """A declared component, with its validators: for node shapes, for property shapes, and for both."""

    node: NamedNode
    mandatory: tuple[Parameter, ...]
    optional: tuple[Parameter, ...]
    for_nodes: tuple[Node, ...]
    for_properties: tuple[Node, ...]
    for_both: tuple[Node, ...]

    def applies(self, graph: Graph, shape: Node) -> bool:
        """Whether *shape* gives every parameter that must be given: section 6.1."""
        return all(graph.objects(shape, parameter.path) for parameter in self.mandatory)

    def constraints(self, graph: Graph, shape: Node, path: Path | None) -> Iterator[model.Constraint]:
        """Yield the constraints of this component that *shape* declares: one for each value of a single parameter."""
        if not self.applies(graph, shape):
            return
        validator, must = self._validator(shape, path)
        about = Parameters(graph, validator, None)
        texts = about.all(must) if must else [*about.all("select"), *about.all("ask")]
        if len(texts) != 1:
            raise ill_formed(shape, f"a validator of {name(self.node)} with {len(texts)} queries", "one")
        for values in self._values(graph, shape):
            yield model.Custom(
                declared=self.node,
                query=about.text(texts[0], "select or sh:ask"),
                select=bool(about.all("select")),
                prefixes=read_prefixes(graph, validator),
                messages=tuple(sorted(about.literals("message"), key=str)),
                values=values,
                optional=tuple(parameter.variable for parameter in self.optional),
            )

    def _validator(self, shape: Node, path: Path | None) -> tuple[Node, str]:
        """Choose the validator, and the kind of query that it must have: section 6.2.3."""
        special = self.for_nodes if path is None else self.for_properties
        for validators, must in ((special, "select"), (self.for_both, "ask")):
            if validators:
                return validators[0], must
        raise ill_formed(shape, f"{name(self.node)} has no validator for such a shape", "one")

    def _values(self, graph: Graph, shape: Node) -> Iterator[tuple[tuple[str, Term], ...]]:
        given = {one.variable: graph.objects(shape, one.path) for one in (*self.mandatory, *self.optional)}
        if len(given) == 1:
            for variable, values in given.items():
                yield from (((variable, value),) for value in values)
            return
        for variable, values in given.items():
            if len(values) > 1:
                raise ill_formed(shape, f"{len(values)} values of {variable} of {name(self.node)}", "one")
        yield tuple((variable, values[0]) for variable, values in given.items() if values)


def read_components(graph: Graph) -> Iterator[Component]:
    """Read the components that *graph* declares; those of SHACL itself are known."""
    for node in graph.instances(SH("ConstraintComponent")):
        if isinstance(node, NamedNode) and not node.value.startswith(SH.iri):
            yield _component(graph, node)


def _component(graph: Graph, node: NamedNode) -> Component:
    parameters = [(_parameter(graph, node, one), one) for one in graph.objects(node, SH("parameter"))]
    optional = {one for one, about in parameters if TRUE in graph.objects(_node(about), SH("optional"))}
    mandatory = tuple(one for one, _ in parameters if one not in optional)
    if not mandatory:
        raise InputError(f"shapes: {name(node)} has no sh:parameter that must be given; expected one")
    validators = (tuple(map(_node, graph.objects(node, SH(each)))) for each in _VALIDATORS)
    return Component(node, mandatory, tuple(one for one, _ in parameters if one in optional), *validators)


_VALIDATORS = ("nodeValidator", "propertyValidator", "validator")


def _parameter(graph: Graph, component: NamedNode, node: Term) -> Parameter:
    paths = graph.objects(_node(node), SH("path"))
    if len(paths) != 1 or not isinstance(paths[0], NamedNode):
        raise InputError(f"shapes: a sh:parameter of {name(component)} has {len(paths)} sh:path; expected one IRI")
    variable = paths[0].value.replace("#", "/").rpartition("/")[2]
    if variable in _RESERVED or not variable.isidentifier():
        raise InputError(f"shapes: {name(component)} has a parameter called {variable}; expected another name")
    return Parameter(paths[0], variable)


def _node(value: Term) -> Node:
    if isinstance(value, Literal):
        raise InputError(f"shapes: a component has {value} where a node belongs; expected an IRI or a blank node")
    return value

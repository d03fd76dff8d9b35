"""One validation: units run on the focus nodes of their shapes, set at a time.

Source: SHACL, section 3.4.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, Triple

from aidtrace.namespaces import RDFS
from aidtrace.shacl import counting, logic, model, pairs, sparql, valuewise
from aidtrace.shacl.focus import BLANK, Focus, Listed, Stepped, Targeted, values
from aidtrace.shacl.scope import Found, Scope
from aidtrace.shacl.sent import Data, as_kept
from aidtrace.shacl.terms import TYPE, Node, Term
from aidtrace.shacl.unit_reads import is_of_values
from aidtrace.shacl.units import Unit, units_of

_SUBCLASS = RDFS("subClassOf")
_SHORT = 1000
_DEFAULT = DefaultGraph()


class Row(NamedTuple):
    """A violation and the focus node of the shape with targets that it was found from."""

    anchor: Term
    found: Found


Keyed = Mapping[Term | None, tuple[Row, ...]]
"""The rows of a unit by what a change reaches them from: their anchors, or their values."""


def keyed(unit: Unit, rows: Iterable[Row]) -> Keyed:
    """Return *rows* of *unit* by their keys."""
    found: dict[Term | None, list[Row]] = defaultdict(list)
    by_value: bool | None = None
    for row in rows:
        by_value = is_of_values(unit) if by_value is None else by_value
        found[row.found.value if by_value else row.anchor].append(row)
    return {key: tuple(many) for key, many in found.items()}


class Run:
    """Runs the units of *shapes* on *data*; the class tree and nested results are computed once."""

    def __init__(self, data: Data, shapes: model.Shapes) -> None:
        self.data, self.shapes = data, shapes
        self._tree: dict[Term, list[Node]] | None = None
        self._failing: dict[tuple[Node, Focus], set[Term]] = {}
        self._narrowed: dict[Focus, Focus] = {}
        self._types: dict[Node, set[Any]] = {}
        self._has_properties: dict[Node, set[NamedNode]] = {}
        self._existing: dict[tuple[str, frozenset[Term]], tuple[Term, ...]] = {}
        self._below: dict[Node, dict[Node, None]] = {}
        self._targets: dict[Node, Targeted] = {}

    @property
    def kept(self) -> bool:
        """Whether some literals stand in the store under a datatype of our own."""
        return self.data.kept

    def targets(self, shape: model.Shape) -> Targeted:
        """Return the focus nodes that the targets of *shape* select."""
        if shape.node not in self._targets:
            self._targets[shape.node] = self._selected(shape.targets)
        return self._targets[shape.node]

    def _selected(self, targets: model.Targets) -> Targeted:
        classes = dict.fromkeys(below for cls in targets.classes for below in self.below(cls))
        nodes = tuple(map(as_kept, targets.nodes))
        return Targeted(nodes, tuple(classes), targets.subjects_of, targets.objects_of)

    def rows(self, unit: Unit, focus: Focus) -> Iterator[Row]:
        """Yield the violations of *unit* at *focus*."""
        found = [
            Row(one.focus, one)
            for one in self._find(Scope(self, unit.shape, self._reach(unit, focus)), unit.constraint)
        ]
        scopes = [Scope(self, shape, self._reach(unit, focus, upto)) for upto, shape in enumerate(unit.chain[:-1])]
        for scope in reversed(scopes):
            if found and scope.shape.path is not None:
                found = list(_anchored(scope, found))
        return iter(found)

    def rows_of_values(self, unit: Unit, values: tuple[Term, ...]) -> Iterator[Row]:
        """Yield the violations of *unit*, a query of the whole graph, that have one of *values*."""
        if not values:
            return
        constraint = unit.constraint
        assert isinstance(constraint, model.Sparql | model.Custom)
        scope = Scope(self, unit.root, self.targets(unit.root))
        yield from (Row(found.focus, found) for found in sparql.find(scope, constraint, values))

    def chosen(self, shape: model.Shape, nodes: Iterable[Term]) -> Iterator[Term]:
        """Yield those of *nodes* that the targets of *shape* select."""
        focus = self.targets(shape)
        listed, classes = set(focus.nodes), set(focus.classes)
        for node in nodes:
            if node in listed or self._is_instance(node, classes) or self._has(node, focus):
                yield node

    def _is_instance(self, node: Term, classes: set[Node]) -> bool:
        if not classes or isinstance(node, Literal):
            return False
        if node not in self._types:
            self._types[node] = {quad.object for quad in self.data.store.quads_for_pattern(node, TYPE, None, _DEFAULT)}
        return not self._types[node].isdisjoint(classes)

    def _has(self, node: Term, focus: Targeted) -> bool:
        """Whether *node* is at the end of a triple that targets look for."""
        if any(self._any(None, one, node) for one in focus.objects_of):
            return True
        if not focus.subjects_of or isinstance(node, Literal):
            return False
        return not self._properties(node).isdisjoint(focus.subjects_of)

    def _any(self, subject: Node | None, predicate: NamedNode, value: Term | None) -> bool:
        return any(True for _ in self.data.store.quads_for_pattern(subject, predicate, value, _DEFAULT))

    def _properties(self, node: Node) -> set[NamedNode]:
        """Return the properties that *node* has."""
        if node not in self._has_properties:
            quads = self.data.store.quads_for_pattern(node, None, None, _DEFAULT)
            self._has_properties[node] = {quad.predicate for quad in quads}
        return self._has_properties[node]

    def failing(self, shape: Node, focus: Focus) -> set[Term]:
        """Return the nodes of *focus* that do not conform to *shape*: section 3.4.3."""
        key = (shape, focus)
        if key not in self._failing:
            found = (self.rows(unit, focus) for unit in units_of(self.shapes, shape))
            self._failing[key] = {row.anchor for rows in found for row in rows}
        return self._failing[key]

    def below(self, cls: Node) -> Collection[Node]:
        """Return *cls* and every class below it; a blank node of the shapes graph is no class of the data."""
        if cls not in self._below:
            self._below[cls] = {} if isinstance(cls, BlankNode) else self._all_below(cls)
        return self._below[cls]

    def _all_below(self, cls: Node) -> dict[Node, None]:
        tree = self._classes()
        found: dict[Node, None] = {cls: None}
        todo = [cls]
        while todo:
            for one in tree.get(todo.pop(), ()):
                if one not in found:
                    found[one] = None
                    todo.append(one)
        return found

    def narrowed(self, focus: Focus) -> Focus:
        """Return *focus* as a list of nodes if there are few."""
        if focus not in self._narrowed:
            query = f"SELECT ?this WHERE {{ {focus.distinct('this')} }} LIMIT {_SHORT + 1}"
            nodes = tuple(row["this"] for row in self.select(query))
            self._narrowed[focus] = Listed(nodes) if len(nodes) <= _SHORT else focus
        return self._narrowed[focus]

    def existing(self, prologue: str, body: str, chosen: tuple[Term, ...]) -> tuple[Term, ...]:
        """Return those of *chosen* that are a ``?value`` for which the filters *body* hold."""
        key = (prologue + body, frozenset(chosen))
        if key not in self._existing:
            query = f"{prologue}SELECT ?value WHERE {{ {values('value', chosen)} {body} }}"
            self._existing[key] = tuple(row["value"] for row in self.select(query))
        return self._existing[key]

    def select(self, query: str) -> Iterator[Any]:
        """Run *query* on the default graph."""
        functions: Any = {BLANK: _blank} if BLANK.value in query else None
        found = self.data.store.query(query, custom_functions=functions)
        assert isinstance(found, QuerySolutions)
        return iter(found)

    def _reach(self, unit: Unit, focus: Focus, upto: int = -1) -> Focus:
        """Return the focus nodes of the shape at *upto* in the chain of *unit*."""
        for shape in unit.chain[:upto]:
            focus = focus if shape.path is None else self.narrowed(Stepped(focus, shape.path))
        return focus

    def _find(self, scope: Scope, constraint: model.Constraint) -> Iterator[Found]:
        if isinstance(constraint, model.Sparql | model.Custom):
            return sparql.find(scope, constraint)
        if isinstance(constraint, valuewise.Valuewise):
            return valuewise.find(scope, constraint)
        if isinstance(constraint, counting.Counting):
            return counting.find(scope, constraint)
        if isinstance(constraint, pairs.Pairwise):
            return pairs.find(scope, constraint)
        assert isinstance(constraint, logic.Logical | logic.Qualified)
        return logic.find(scope, constraint)

    def _classes(self) -> dict[Term, list[Node]]:
        """Return the classes right below each class."""
        if self._tree is None:
            self._tree = defaultdict(list)
            for quad in self.data.store.quads_for_pattern(None, _SUBCLASS, None, _DEFAULT):
                if not isinstance(quad.object, Triple) and not isinstance(quad.subject, Triple):
                    self._tree[quad.object].append(quad.subject)
        return self._tree


def _anchored(scope: Scope, rows: Iterable[Row]) -> Iterator[Row]:
    """Turn rows of value nodes into rows of the focus nodes that have them, one for each way."""
    by_value: dict[Term, list[Row]] = defaultdict(list)
    for row in rows:
        by_value[row.anchor].append(row)
    for this, value in logic.holding(scope, set(by_value)):
        yield from (Row(this, row.found) for row in by_value[value])


def _blank(label: Any) -> BlankNode:
    assert isinstance(label, Literal)
    return BlankNode(label.value)

"""The rules of the shapes as a reader wants them: what each asks of which things, what it says, and examples.

A rule is a shape with a message. The failing example is a file that breaks this rule and no other; the passing one
is cut out of a world that breaks none: the things that the rule looks at, with what they say.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from aidtrace.errors import unknown_name
from aidtrace.files import read_text
from aidtrace.namespaces import AT, ATS, short
from aidtrace.project import Project
from aidtrace.store import read_quads

SH = "http://www.w3.org/ns/shacl#"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
_FIRST = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#first")
_REST = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#rest")
_PREFIX = re.compile(r"^@prefix ([\w-]+): <([^>]*)> \.$", re.MULTILINE)
_BLOCK = re.compile(r"^([\w-]+:[^\s;]+)\n(?:[^.\n].*\n|\n)*?\.$", re.MULTILINE)
_STEPS = {"inversePath": "^{}", "zeroOrMorePath": "{}*", "oneOrMorePath": "{}+", "zeroOrOnePath": "{}?"}
_LOOKED_AT = {
    "targetClass": "each {}",
    "targetSubjectsOf": "what has {}",
    "targetObjectsOf": "the values of {}",
    "targetNode": "{}",
}
_ANYTHING = AT("Factor")
"""A rule over the whole graph, or that something must not be there, is shown by a thing of few words."""

_REFERRING = ("property", "node", "not", "qualifiedValueShape")

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class RuleEntry:
    """One rule: what it looks at in words, the path, the severity, the message, its Turtle, and two examples."""

    name: str
    iri: str
    file: str
    targets: tuple[str, ...]
    path: str
    severity: str
    message: str
    turtle: str
    failing: str
    passing: str


class Rulebook:
    """The rules of *project*."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._shapes, self._files = Store(), dict[str, str]()
        for path in project.shape_files:
            quads = read_quads(path)
            self._shapes.extend(quads)
            self._files |= {q.subject.value: path.name for q in quads if isinstance(q.subject, NamedNode)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the rules, in order."""
        said = self._shapes.quads_for_pattern(None, NamedNode(SH + "message"), None, None)
        found = {q.subject.value for q in said if isinstance(q.subject, NamedNode)}
        return tuple(sorted(iri.removeprefix(ATS.iri) for iri in found if iri.startswith(ATS.iri)))

    def __iter__(self) -> Iterator[RuleEntry]:
        return map(self._entry, self.names)

    def entry(self, name: str) -> RuleEntry:
        """Return the rule called *name*; UnknownNameError lists close names."""
        if name not in self.names:
            raise unknown_name("rule", name, list(self.names))
        return self._entry(name)

    def _entry(self, name: str) -> RuleEntry:
        shape = ATS(name)
        targets = list(self._targets(shape))
        return RuleEntry(
            name=name,
            iri=shape.value,
            file=self._files.get(shape.value, ""),
            targets=tuple(_LOOKED_AT[kind].format(short(_value(term))) for kind, term in targets),
            path=self._path(self._one(shape, "path")),
            severity=_value(self._one(shape, "severity")).removeprefix(SH) or "Violation",
            message=_value(self._one(shape, "message")),
            turtle=self._shape_texts[shape.value],
            failing=read_text(self._project.examples / "fail" / f"{name}.ttl", "an example that breaks the rule"),
            passing=self._passing(targets),
        )

    def _objects(self, subject: Node, name: str) -> Iterator[Node | Literal | Triple]:
        return (q.object for q in self._shapes.quads_for_pattern(subject, NamedNode(SH + name), None, None))

    def _one(self, subject: Node, name: str) -> Node | Literal | Triple | None:
        return next(self._objects(subject, name), None)

    def _targets(self, shape: Node) -> Iterator[tuple[str, Node | Literal | Triple]]:
        """Yield the targets of *shape*, and of the shapes that it is part of."""
        for kind in _LOOKED_AT:
            yield from ((kind, term) for term in self._objects(shape, kind))
        for name in _REFERRING:
            for quad in self._shapes.quads_for_pattern(None, NamedNode(SH + name), shape, None):
                if isinstance(quad.subject, (NamedNode, BlankNode)):
                    yield from self._targets(quad.subject)

    def _path(self, path: object) -> str:
        """Write a path as SPARQL does: SHACL section 2.3.1."""
        if not isinstance(path, BlankNode):
            return short(_value(path))
        for name, form in _STEPS.items():
            inner = self._one(path, name)
            if inner is not None:
                return form.format(self._path(inner) if isinstance(inner, NamedNode) else f"({self._path(inner)})")
        several = self._one(path, "alternativePath")
        if isinstance(several, BlankNode):
            return "|".join(map(self._path, self._list(several)))
        return "/".join(map(self._path, self._list(path)))

    def _list(self, node: object) -> Iterator[object]:
        while isinstance(node, BlankNode):
            said = {q.predicate: q.object for q in self._shapes.quads_for_pattern(node, None, None, None)}
            yield said.get(_FIRST)
            node = said.get(_REST)

    def _passing(self, targets: Iterable[tuple[str, Node | Literal | Triple]]) -> str:
        """Return what the good world says of the thing with the shortest description that the rule looks at."""
        things = {thing for kind, term in targets for thing in self._looked_at(kind, term)}
        things = things or set(self._looked_at("targetClass", _ANYTHING))
        texts = [self._world_texts[thing.value] for thing in things if thing.value in self._world_texts]
        return min(texts, key=lambda text: (len(text), text), default="")

    def _looked_at(self, kind: str, term: Node | Literal | Triple) -> Iterator[Node]:
        world = self._world
        assert isinstance(term, NamedNode)
        if kind == "targetClass":
            pattern = [q for one in self._kinds(term) for q in world.quads_for_pattern(None, _TYPE, one, None)]
        elif kind == "targetNode":
            pattern = list(world.quads_for_pattern(term, None, None, None))
        else:
            pattern = list(world.quads_for_pattern(None, term, None, None))
        for quad in pattern:
            thing = quad.subject if kind != "targetObjectsOf" or isinstance(quad.object, Literal) else quad.object
            if isinstance(thing, (NamedNode, BlankNode)):
                yield thing

    def _kinds(self, term: NamedNode) -> set[NamedNode]:
        """Return the class *term* and all below it."""
        found, new = {term}, [term]
        while new:
            below = self._ontology.quads_for_pattern(None, _SUBCLASS, new.pop(), None)
            fresh = {q.subject for q in below if isinstance(q.subject, NamedNode)} - found
            found |= fresh
            new += fresh
        return found

    @cached_property
    def _shape_texts(self) -> dict[str, str]:
        return dict(pair for path in self._project.shape_files for pair in _blocks(path))

    @cached_property
    def _world_texts(self) -> dict[str, str]:
        return dict(pair for path in self._world_files for pair in _blocks(path))

    @property
    def _world_files(self) -> list[Path]:
        return sorted((self._project.examples / "pass").glob("*.ttl"))

    @cached_property
    def _ontology(self) -> Store:
        return _store(quad for path in self._project.ontology_files for quad in read_quads(path))

    @cached_property
    def _world(self) -> Store:
        return _store(quad for path in self._world_files for quad in read_quads(path))


def _store(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def _blocks(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each subject of a file that is written as ours are, with its statements as they stand there.

    A block begins with its subject alone on a line, and ends with a line that is a full stop.
    """
    text = read_text(path, "Turtle")
    prefixes = dict(_PREFIX.findall(text))
    for block in _BLOCK.finditer(text):
        prefix, _, local = block[1].partition(":")
        used = [
            f"@prefix {name}: <{iri}> ." for name, iri in prefixes.items() if re.search(rf"(?<![\w-]){name}:", block[0])
        ]
        yield prefixes[prefix] + local, "\n".join([*used, "", block[0].strip(), ""])


def _value(term: object) -> str:
    return "" if term is None else str(getattr(term, "value", term))

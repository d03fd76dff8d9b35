"""The rules of the shapes as a reader wants them: what each asks of which things, what it says, and examples.

A rule is a shape with a message. The failing example is a file that breaks this rule and no other; the passing one
is cut out of a world that breaks none: the things that the rule looks at, with what they say.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.errors import unknown_name
from aidtrace.files import read_text
from aidtrace.namespaces import AT, ATS, SH, short
from aidtrace.project import Project
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.paths import words
from aidtrace.shacl.reading_paths import read_path
from aidtrace.shacl.terms import TYPE, Node, Term
from aidtrace.store import read_quads

_PREFIX = re.compile(r"^@prefix ([\w-]+): <([^>]*)> \.$", re.MULTILINE)
_BLOCK = re.compile(r"^([\w-]+:[^\s;]+)\n(?:[^.\n].*\n|\n)*?\.$", re.MULTILINE)
_CLASS, _NODE, _OBJECTS = SH("targetClass"), SH("targetNode"), SH("targetObjectsOf")
_LOOKED_AT = {
    _CLASS: "each {}",
    SH("targetSubjectsOf"): "what has {}",
    _OBJECTS: "the values of {}",
    _NODE: "{}",
}
_ANYTHING = AT("Factor")
"""A rule over the whole graph, or that something must not be there, is shown by a thing of few words."""

_REFERRING = (SH("property"), SH("node"), SH("not"), SH("qualifiedValueShape"))

Target = tuple[NamedNode, Term]
"""A kind of target, and its value."""


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
        self._project, self._files = project, dict[Term, str]()
        triples = list[Triple]()
        for path in project.shape_files:
            read = [quad.triple for quad in read_quads(path)]
            triples += read
            self._files |= {triple.subject: path.name for triple in read if isinstance(triple.subject, NamedNode)}
        self._shapes = Graph(triples)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the rules, in order."""
        found = {one.value for one in self._shapes.subjects(SH("message")) if isinstance(one, NamedNode)}
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
        severity = next(iter(self._shapes.objects(shape, SH("severity"))), SH("Violation"))
        return RuleEntry(
            name=name,
            iri=shape.value,
            file=self._files.get(shape, ""),
            targets=tuple(_LOOKED_AT[kind].format(short(term.value)) for kind, term in targets),
            path=self._path(shape),
            severity=severity.value.removeprefix(SH.iri),
            message=next((one.value for one in self._shapes.objects(shape, SH("message"))), ""),
            turtle=self._shape_texts[shape.value],
            failing=read_text(self._project.examples / "fail" / f"{name}.ttl", "an example that breaks the rule"),
            passing=self._passing(targets),
        )

    def _targets(self, shape: Node) -> Iterator[Target]:
        """Yield the targets of *shape*, and of the shapes that it is part of."""
        for kind in _LOOKED_AT:
            yield from ((kind, term) for term in self._shapes.objects(shape, kind))
        for referring in _REFERRING:
            for whole in self._shapes.subjects(referring, shape):
                yield from self._targets(whole)

    def _path(self, shape: Node) -> str:
        """Write the path of *shape* as SPARQL does, nothing where it has none."""
        path = next((read_path(self._shapes, one, shape) for one in self._shapes.objects(shape, SH("path"))), None)
        return "" if path is None else short(words(path))

    def _passing(self, targets: Iterable[Target]) -> str:
        """Return what the good world says of the thing with the shortest description that the rule looks at."""
        things = {thing for kind, term in targets for thing in self._looked_at(kind, term)}
        things = things or set(self._looked_at(_CLASS, _ANYTHING))
        texts = [self._world_texts[thing.value] for thing in things if thing.value in self._world_texts]
        return min(texts, key=lambda text: (len(text), text), default="")

    def _looked_at(self, kind: NamedNode, term: Term) -> Iterator[Term]:
        """Yield what a target selects in the good world; for values that are literals, what has them."""
        assert isinstance(term, NamedNode)
        if kind == _CLASS:
            for below in self._ontology.subclasses(term):
                yield from self._world.subjects(TYPE, below)
        elif kind == _NODE:
            yield from [term] if self._world.properties(term) else []
        elif kind == _OBJECTS:
            for value in self._world.values(term):
                yield from self._world.subjects(term, value) if isinstance(value, Literal) else [value]
        else:
            yield from self._world.subjects(term)

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
    def _ontology(self) -> Graph:
        return _graph(self._project.ontology_files)

    @cached_property
    def _world(self) -> Graph:
        return _graph(self._world_files)


def _graph(files: Iterable[Path]) -> Graph:
    return Graph(quad.triple for path in files for quad in read_quads(path))


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


def by_file(rules: Iterable[RuleEntry]) -> list[tuple[str, list[RuleEntry]]]:
    """Return *rules* by the concern whose file they stand in."""
    ordered = sorted(rules, key=lambda rule: (rule.file, rule.name))
    return [(file.removesuffix(".ttl"), list(those)) for file, those in groupby(ordered, key=lambda rule: rule.file)]

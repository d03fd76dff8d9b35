"""Changes in plain language: a sentence for each, in the words that the ontology has for classes and properties.

What a sentence is like stands in ``queries/release/sentences.csv``: by property where one is told in its own way, and
for the parts of a date.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.files import read_rows
from aidtrace.namespaces import AT, EDTF, RDF, RDFS, short
from aidtrace.project import Project
from aidtrace.publishing.changes import Change, Changed, Difference, Subject, Term
from aidtrace.store import read_quads

_KEYS = {"new": "added", "gone": "removed"}
_FORMS = ("added", "removed", "changed")


@dataclass(frozen=True)
class Words:
    """What things, classes and properties are called, and what a sentence is like."""

    labels: Mapping[Any, str]
    classes: Mapping[Any, str]
    sentences: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, project: Project, difference: Difference) -> "Words":
        """Look words up after the change, else before it, else in the ontology of *project*."""
        ontology = (quad for path in project.ontology_files for quad in read_quads(path))
        quads = [*ontology, *difference.before.quads, *difference.after.quads]
        labels = dict(_labels(quads))
        rows = read_rows(project.root / "queries" / "release" / "sentences.csv", ("key", *_FORMS))
        return cls(labels, dict(_classes(quads, labels)), {row["key"]: row for row in rows})

    def name(self, thing: Subject) -> str:
        """Return what *thing* is, and what it is called.

        A thing without a label is called by its name.
        """
        called = f"“{self.labels[thing]}”" if thing in self.labels else _short(thing)
        return f"{self.classes[thing]} {called}" if thing in self.classes else called

    def label(self, verb: NamedNode) -> str:
        """Return what a property is called."""
        return self.labels.get(verb, short(verb.value))

    def value(self, term: Term) -> str:
        """Return *term* as a person reads it."""
        if isinstance(term, NamedNode):
            return f"“{self.labels[term]}”" if term in self.labels else short(term.value)
        return f"“{term.value}” ({term.language})" if term.language else term.value or "“”"

    def told(self, changed: Changed) -> list[str]:
        """Return what is told of a thing: that it is new or gone, or a sentence for each change."""
        name = self.name(changed.thing)
        if changed.what != "changed":
            return [self.sentences["thing"][_KEYS[changed.what]].format(thing=name)]
        inside = self.sentences["thing"]["changed"].format(thing=name)
        return [self.sentence(name, change) for change in changed.changes] or [inside]

    def sentence(self, name: str, change: Change) -> str:
        """Tell one change of the thing that is called *name*."""
        key, before, after = self._parts(change)
        form = "changed" if before and after else "added" if after else "removed"
        sentence, label = self.sentences[key][form], self.label(change.property)
        told = sentence.format(thing=name, label=label, before=before, after=after)
        return f"{told} (computed)" if change.computed else told

    def _parts(self, change: Change) -> tuple[str, str, str]:
        """Return which sentence it is, and what to put in it; of an interval only the end that changed."""
        key = short(change.property.value)
        if key == "at:onDate" and len(change.before) == len(change.after) == 1:
            (old_begin, old_end), (new_begin, new_end) = _interval(change.before[0]), _interval(change.after[0])
            ends, begins = (old_end.strip("."), new_end.strip(".")), (old_begin.strip("."), new_begin.strip("."))
            if old_begin == new_begin and old_begin and any(ends):
                return "end", *ends
            if old_end == new_end and old_end and any(begins):
                return "begin", *begins
        alike = set(map(self.value, change.before)) & set(map(self.value, change.after))
        before, after = (", ".join(self._apart(one, alike) for one in terms) for terms in (change.before, change.after))
        return key if key in self.sentences else "*", before, after

    def _apart(self, term: Term, alike: Collection[str]) -> str:
        """Return *term* as a person reads it; where others are read *alike*, with what tells it from them."""
        told = self.value(term)
        if told not in alike:
            return told
        return f"{told} ({short(term.datatype.value if isinstance(term, Literal) else term.value)})"


def _interval(term: Term) -> tuple[str, str]:
    """Return the two ends of an EDTF interval; nothing where *term* is none."""
    if isinstance(term, Literal) and term.datatype == EDTF("EDTF"):
        begin, slash, end = term.value.partition("/")
        return (begin, end) if slash else ("", "")
    return "", ""


def _labels(quads: Iterable[Quad]) -> Iterator[tuple[Any, str]]:
    """Yield the English labels, or those without a language; of several the last in order counts.

    A citation, which has none, is called what is printed.
    """
    named = {RDFS("label"), AT("asPrinted")}
    for quad in sorted(quads, key=lambda one: one.predicate == RDFS("label")):
        value = quad.object
        if quad.predicate in named and isinstance(value, Literal) and value.language in ("en", None):
            yield quad.subject, value.value


def _classes(quads: Iterable[Quad], labels: Mapping[Any, str]) -> Iterator[tuple[Any, str]]:
    """Yield what each thing is: the label of the narrowest of its classes."""
    above, types = defaultdict[Any, set[Any]](set), defaultdict[Any, set[Any]](set)
    for quad in quads:
        if quad.predicate == RDFS("subClassOf") and isinstance(quad.object, NamedNode):
            above[quad.subject].add(quad.object)
        elif quad.predicate == RDF("type") and quad.object in labels:
            types[quad.subject].add(quad.object)

    def wider(class_: Any) -> set[Any]:
        found, left = set[Any](), [class_]
        while left:
            fresh = above[left.pop()] - found
            found |= fresh
            left += fresh
        return found

    for thing, classes in types.items():
        narrow = classes - {one for class_ in classes for one in wider(class_) if one != class_}
        label = min(labels[one] for one in narrow or classes)
        yield thing, label[0].upper() + label[1:]


def _short(thing: Subject) -> str:
    return short(thing.value) if isinstance(thing, NamedNode) else "something without a name"

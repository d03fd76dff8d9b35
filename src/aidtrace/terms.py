"""The words of the ontology as a reader wants them: what each means, its neighbours, its rules, what others call it."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from aidtrace.errors import unknown_name
from aidtrace.files import read_text
from aidtrace.folding import alphabetical
from aidtrace.namespaces import AT, DCTERMS, ID, OWL, PREFIXES, RDF, RDFS, SKOS
from aidtrace.project import Project
from aidtrace.rulebook import Rulebook, RuleEntry
from aidtrace.store import read_quads

EXTERNAL = "external"
"""The concern of the words of others."""

ONTOLOGY = "https://w3id.org/aidtrace/ontology"
_KINDS = {
    OWL("Class"): "class",
    OWL("ObjectProperty"): "object",
    OWL("DatatypeProperty"): "datatype",
    OWL("AnnotationProperty"): "annotation",
    SKOS("ConceptScheme"): "scheme",
    SKOS("Concept"): "concept",
}
_PREFIX = re.compile(r"^@prefix ([\w-]+): <([^>]*)> \.$", re.MULTILINE)
_CURIE = re.compile(r"#\s*([\w-]+): (\S+)$")
_WORD = re.compile(r"[\w-]+:[A-Za-z][\w-]*\b")
_PROSE = re.compile(r"^ *sh:(?:message|description) .*$", re.MULTILINE)
_ABOVE = (RDFS("subClassOf"), RDFS("subPropertyOf"), SKOS("broader"))


@dataclass(frozen=True)
class Mapping:
    """What another vocabulary has for a word: how close it is, and why it is not the same."""

    relation: str
    name: str
    iri: str
    label: str
    comment: str
    vocabulary: str


@dataclass(frozen=True)
class Term:
    """A word: *name* is what its page is called, *shown* how it is written in Turtle; neighbours are names."""

    name: str
    shown: str
    iri: str
    kind: str
    concern: str
    label: str
    definition: str
    examples: Sequence[str]
    notes: Sequence[str]
    above: Sequence[str]
    domain: Sequence[str]
    range: Sequence[str]
    inverse: Sequence[str]
    disjoint: Sequence[str]
    schemes: Sequence[str]
    home: str

    @property
    def is_property(self) -> bool:
        """Whether it relates a thing to a value."""
        return self.kind in ("object", "datatype", "annotation")

    @property
    def is_ours(self) -> bool:
        """Whether our ontology defines it, or only uses it."""
        return self.concern != EXTERNAL

    @property
    def page(self) -> str:
        """The address of its page; concepts are things, which have theirs already."""
        return f"/page/concept/{self.name}" if self.kind in ("scheme", "concept") else f"/ontology/{self.name}"

    @property
    def anchor(self) -> str:
        """The name of its place on the page of the ontology: for our words the end of the IRI, behind the #."""
        return f"concept/{self.name}" if self.kind in ("scheme", "concept") else self.name


@dataclass(frozen=True)
class Piece:
    """A part of a text, and the page of the word that it is, where it is one."""

    text: str
    page: str = ""


class Vocabulary:
    """All words of the ontology of *project*, with those of others that it declares."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._said = dict[str, dict[NamedNode, list[NamedNode | Literal]]]()
        concerns = dict[str, str]()
        for path in project.ontology_files:
            for quad in read_quads(path):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                    subject = quad.subject.value
                    self._said.setdefault(subject, {}).setdefault(quad.predicate, []).append(quad.object)
                    concerns.setdefault(subject, path.stem)
        self._prefixes = {**PREFIXES, **_prefixes(project.ontology_files)}
        found = (self._term(iri, kind, concerns[iri]) for iri, kind in self._kinds())
        self._by_name = {(one.kind == "concept" or one.kind == "scheme", one.name): one for one in found}

    @cached_property
    def terms(self) -> list[Term]:
        """The classes and properties, in the order of their names."""
        return sorted((one for (concept, _), one in self._by_name.items() if not concept), key=_by_label)

    @cached_property
    def schemes(self) -> list[tuple[Term, list[Term]]]:
        """The concept schemes, each with its concepts: in the order that they state, else in that of their labels."""
        concepts = [one for one in self._by_name.values() if one.kind == "concept"]
        schemes = sorted((one for one in self._by_name.values() if one.kind == "scheme"), key=_by_label)
        return [(one, sorted((c for c in concepts if one.name in c.schemes), key=self._rank)) for one in schemes]

    @cached_property
    def about(self) -> dict[str, str]:
        """What the ontology says of itself: title, description, version, licence, comment."""
        said = self._said[ONTOLOGY]
        wanted = {
            "title": DCTERMS("title"),
            "description": DCTERMS("description"),
            "licence": DCTERMS("license"),
            "version": OWL("versionInfo"),
            "version_iri": OWL("versionIRI"),
            "comment": RDFS("comment"),
        }
        return {name: said[verb][0].value for name, verb in wanted.items() if verb in said}

    @property
    def version(self) -> str:
        """The end of the IRI of this version, which is a page too."""
        return self.about.get("version_iri", "").removeprefix(f"{ONTOLOGY}/")

    @cached_property
    def prefixes(self) -> list[tuple[str, str]]:
        """The prefixes that the files declare, in order."""
        return sorted(_prefixes(self._project.ontology_files).items())

    @cached_property
    def concerns(self) -> list[str]:
        """The files that define words of ours, in order."""
        return sorted({one.concern for one in self.terms if one.is_ours})

    @cached_property
    def others(self) -> list[tuple[str, str, list[Term]]]:
        """The vocabularies of others, each with what is said of it and the words of it that are used here."""
        found = dict[str, list[Term]]()
        for one in self.terms:
            if not one.is_ours:
                found.setdefault(one.home, []).append(one)
        told = {iri: next((o.value for o in self._said.get(iri, {}).get(RDFS("comment"), ())), iri) for iri in found}
        return sorted(((iri, told[iri], terms) for iri, terms in found.items()), key=lambda one: one[1].casefold())

    @cached_property
    def rules(self) -> dict[str, list[RuleEntry]]:
        """The rules of the shapes that look at each word: by their target, their path or their query."""
        found = dict[str, list[RuleEntry]]()
        for rule in rules(self._project):
            text = " ".join([*rule.targets, rule.path, _PROSE.sub("", rule.turtle)])
            for word in sorted(set(_WORD.findall(text))):
                found.setdefault(word, []).append(rule)
        return found

    @cached_property
    def mappings(self) -> dict[str, list[Mapping]]:
        """What other vocabularies have for each word of ours."""
        found = dict[str, list[Mapping]]()
        for path in sorted((self._project.root / "ontology" / "alignments").glob("*.sssom.tsv")):
            for word, mapping in _mapped(path):
                found.setdefault(word, []).append(mapping)
        return found

    def find(self, name: str) -> Term:
        """Return the class or property called *name*; UnknownNameError lists close names."""
        found = self._by_name.get((False, name))
        if found is None:
            raise unknown_name("word of the ontology", name, [one.name for one in self.terms])
        return found

    def get(self, name: str) -> Term | None:
        """Return the class or property called *name*, where there is one."""
        return self._by_name.get((False, name))

    def below(self, name: str) -> list[Term]:
        """Return the words that name *name* as the one above them, in the order of their labels."""
        return self._below.get(name, [])

    def lineage(self, term: Term) -> list[Term]:
        """Return all words above *term*, the nearest first."""
        found, waiting = list[Term](), list(term.above)
        while waiting:
            one = self.get(waiting.pop(0))
            if one and one not in found:
                found.append(one)
                waiting += one.above
        return found

    def apart(self, term: Term) -> list[str]:
        """Return the classes that have no thing in common with *term*, whichever of the two says so."""
        return sorted({*term.disjoint, *(one.name for one in self.terms if term.name in one.disjoint)})

    def properties_of(self, term: Term) -> list[tuple[Term, list[Term]]]:
        """Return *term* and the classes above it, each with the properties that have it for a domain."""
        return self._with(term, lambda one: one.domain)

    def values_of(self, term: Term) -> list[tuple[Term, list[Term]]]:
        """Return *term* and the classes above it, each with the properties that have it for a range."""
        return self._with(term, lambda one: one.range)

    def tops(self) -> list[Term]:
        """Return the classes that ours begin with: those of others that ours are kinds of, and have none above them."""
        classes = [one for one in self.terms if one.kind == "class"]
        reached = {above.name for one in classes if one.is_ours for above in self.lineage(one)}
        return [one for one in classes if one.name in reached and not any(self.get(name) for name in one.above)]

    def kinds_of(self, term: Term) -> list[Term]:
        """Return the classes right below *term* that are ours or have some of ours below them."""
        return [one for one in self.below(term.name) if one.is_ours or self.kinds_of(one)]

    def pieces(self, text: str) -> list[Piece]:
        """Cut *text* where words of the ontology stand in it, such as ``at:party`` and ``k:treaty``."""
        found, end = list[Piece](), 0
        for match in _WORD.finditer(text):
            prefix, _, local = match[0].partition(":")
            term = self._by_name.get((prefix == "k", local if prefix in ("k", "at") else match[0]))
            if term:
                found += [Piece(text[end : match.start()]), Piece(match[0], term.page)]
                end = match.end()
        return [piece for piece in [*found, Piece(text[end:])] if piece.text]

    def _with(self, term: Term, side: Callable[[Term], Sequence[str]]) -> list[tuple[Term, list[Term]]]:
        relations = [one for one in self.terms if one.is_property]
        classes = [term, *self.lineage(term)]
        found = [(one, [relation for relation in relations if one.name in side(relation)]) for one in classes]
        return [pair for pair in found if pair[1]]

    @cached_property
    def _below(self) -> dict[str, list[Term]]:
        found = dict[str, list[Term]]()
        for one in self.terms:
            for name in one.above:
                found.setdefault(name, []).append(one)
        return found

    def _kinds(self) -> Iterator[tuple[str, str]]:
        for iri, said in self._said.items():
            kinds = [_KINDS[one] for one in said.get(RDF("type"), ()) if isinstance(one, NamedNode) and one in _KINDS]
            if kinds:
                yield iri, kinds[0]

    def _term(self, iri: str, kind: str, concern: str) -> Term:
        def texts(verb: NamedNode) -> list[str]:
            return [one.value for one in self._said[iri].get(verb, ()) if isinstance(one, Literal)]

        def names(*verbs: NamedNode) -> list[str]:
            return [self.name(one.value) for verb in verbs for one in self._said[iri].get(verb, ())]

        return Term(
            name=self.name(iri),
            shown=self._short(iri),
            iri=iri,
            kind=kind,
            concern=concern,
            label=next(iter(texts(RDFS("label"))), self.name(iri)),
            definition=" ".join(texts(SKOS("definition"))),
            examples=texts(SKOS("example")),
            notes=texts(SKOS("scopeNote")),
            above=names(*_ABOVE),
            domain=names(RDFS("domain")),
            range=names(RDFS("range")),
            inverse=names(OWL("inverseOf")),
            disjoint=sorted(names(OWL("disjointWith"))),
            schemes=names(SKOS("inScheme")),
            home=next((one.value for one in self._said[iri].get(RDFS("isDefinedBy"), ())), ""),
        )

    def name(self, iri: str) -> str:
        """Return what the page of *iri* is called: for a word of ours its end, for another one with its prefix.

        What has neither is its IRI.
        """
        for start in (f"{ID.iri}concept/", AT.iri):
            if iri.startswith(start):
                return iri.removeprefix(start)
        return self._short(iri)

    def _short(self, iri: str) -> str:
        fits = [(long, prefix) for prefix, long in self._prefixes.items() if iri.startswith(long) and iri != long]
        long, prefix = max(fits, default=("", ""))
        return f"{prefix}:{iri.removeprefix(long)}" if long else iri

    def _rank(self, concept: Term) -> tuple[int, tuple[str, str]]:
        orders = self._said[concept.iri].get(AT("order"), ())
        return min((int(one.value) for one in orders), default=0), _by_label(concept)


@lru_cache(maxsize=1)
def vocabulary(project: Project) -> Vocabulary:
    """Read the words once."""
    return Vocabulary(project)


@lru_cache(maxsize=1)
def rules(project: Project) -> tuple[RuleEntry, ...]:
    """Read the rules once."""
    return tuple(Rulebook(project))


def _by_label(term: Term) -> tuple[str, str]:
    return alphabetical(term.label)


def _prefixes(paths: Iterable[Path]) -> dict[str, str]:
    return {name: iri for path in paths for name, iri in _PREFIX.findall(read_text(path, "Turtle"))}


def _mapped(path: Path) -> Iterator[tuple[str, Mapping]]:
    """Yield the words that an SSSOM table maps, each with what it is mapped to."""
    lines = read_text(path, "an SSSOM table").splitlines()
    head = [line for line in lines if line.startswith("#")]
    prefixes = {found[1]: found[2] for line in head if (found := _CURIE.match(line))}
    titles = [line.partition(": ")[2] for line in head if line.startswith("#mapping_set_title")]
    vocabulary = titles[0].removeprefix("aidtrace to ") if titles else path.name
    for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        prefix, _, local = row["object_id"].partition(":")
        yield (
            row["subject_id"],
            Mapping(
                relation=row["predicate_id"].removeprefix("skos:"),
                name=row["object_id"],
                iri=f"{prefixes[prefix]}{local}" if prefix in prefixes else "",
                label=row["object_label"],
                comment=row["comment"] or "",
                vocabulary=vocabulary,
            ),
        )

"""The catalog of a store, as others' editors look for it: what there is in VoID, the questions as examples, prefixes.

The counts are of what a query without GRAPH sees beside the catalog itself: each equals a COUNT query that leaves out
the triples of the graph ``catalog``; a plain COUNT(*) counts these too.
Sources: VoID (W3C, 2011), and the examples and partitions of https://github.com/sib-swiss/sparql-editor.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from urllib.parse import quote

from pyoxigraph import DefaultGraph, Literal, NamedNode, QueryBoolean, QuerySolutions, Store, Triple

from aidtrace.licences import licences
from aidtrace.metadata import CATALOG, DATASET, described, named_graph
from aidtrace.namespaces import (
    AT,
    DCAT,
    FOAF,
    ID,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SD,
    SH,
    SPDX,
    VOID,
    VOID_EXT,
    WELL_KNOWN,
    XSD,
)
from aidtrace.project import Project
from aidtrace.queries import Query, read_queries

SITE = "https://w3id.org/aidtrace"
"""Where the examples say that they can be asked, unless a server that holds them says where it is."""

_PREFIXED = WELL_KNOWN("sparql-examples#prefixes")

KNOWN = PREFIXES | {
    "dcat": DCAT.iri,
    "foaf": FOAF.iri,
    "geo": "http://www.opengis.net/ont/geosparql#",
    "schema": SCHEMA.iri,
    "sd": SD.iri,
    "spdx": SPDX.iri,
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "void": VOID.iri,
    "void-ext": VOID_EXT.iri,
}
"""The prefixes that an editor may offer: those of our own data, and those of the catalog."""

_A = RDF("type")
_KINDS = {OWL("Class"), OWL("ObjectProperty"), OWL("DatatypeProperty"), OWL("AnnotationProperty")}
_KINDS |= {RDFS("Class"), RDF("Property")}

Use = tuple[str, str]
"""A class and a property that its things have."""
Kind = tuple[str, str, str]
"""A class, a property that its things have, and a class or a datatype of the values."""
_Seen = tuple[int, NamedNode, int | NamedNode]
"""The number of the classes of a subject, a property, and the datatype of the value, or the number of its classes."""


@dataclass(frozen=True)
class Counts:
    """What a store holds: things by class, and triples by the class of their subject, property and kind of value."""

    triples: int
    subjects: int
    graphs: Mapping[str, int]
    licences: tuple[Use, ...]
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    uses: Mapping[Use, int]
    values: Mapping[Kind, int]
    datatypes: Mapping[Kind, int]
    labels: Mapping[str, str]

    def to_json(self) -> str:
        """Write the counts for `from_json`."""
        told = (getattr(self, field.name) for field in fields(self))
        return json.dumps([[*one.items()] if isinstance(one, Mapping) else one for one in told])

    @classmethod
    def from_json(cls, text: str | bytes) -> "Counts":
        """Read what `to_json` wrote."""
        triples, subjects, graphs, terms, classes, properties, *keyed, labels = json.loads(text)
        uses, values, datatypes = ({tuple(key): count for key, count in one} for one in keyed)
        by_name = (dict(graphs), tuple(map(tuple, terms)), dict(classes), dict(properties))
        return cls(triples, subjects, *by_name, uses, values, datatypes, dict(labels))


def count(store: Store) -> Counts:
    """Count what *store* holds, in one pass over its default graph: aggregates take twice as long."""
    apart = {quad.triple for quad in store.quads_for_pattern(None, None, None, CATALOG)}
    sets, of = _types(store, apart)
    subjects, seen = set[object](), Counter[_Seen]()
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        if apart and quad.triple in apart:
            continue
        subject, value = quad.subject, quad.object
        subjects.add(subject)
        seen[
            of.get(subject, 0), quad.predicate, value.datatype if isinstance(value, Literal) else of.get(value, 0)
        ] += 1
    classes, properties = Counter[str](), Counter[str]()
    for number, things in Counter(of.values()).items():
        classes.update(dict.fromkeys(sets[number], things))
    for (_, verb, _), triples in seen.items():
        properties[verb.value] += triples
    return Counts(
        properties.total(),
        len(subjects),
        _graphs(store),
        tuple(sorted(licences(store))),
        dict(sorted(classes.items())),
        dict(sorted(properties.items())),
        *_partitions(seen, sets),
        _labels(store, {*classes, *properties}),
    )


def catalog(project: Project, store: Store, revision: str) -> Iterator[Triple]:
    """Yield the catalog of *store*, which was built from *project*: what lies in the graph ``catalog``."""
    counts = count(store)
    yield from void(counts, revision)
    yield from described(project, counts.graphs, counts.licences)
    yield from examples(project)


def void(counts: Counts, revision: str, site: str = SITE) -> Iterator[Triple]:
    """Describe what was counted of *revision* as a ``void:Dataset`` that is served at *site*."""
    about = WELL_KNOWN("void")
    yield Triple(about, _A, VOID("DatasetDescription"))
    yield Triple(about, FOAF("primaryTopic"), DATASET)
    yield Triple(DATASET, _A, VOID("Dataset"))
    yield Triple(DATASET, DCAT("version"), Literal(revision))
    yield Triple(DATASET, VOID("sparqlEndpoint"), NamedNode(f"{site}/sparql"))
    yield Triple(DATASET, VOID("uriSpace"), Literal(ID.iri))
    yield Triple(DATASET, VOID("vocabulary"), NamedNode(AT.iri.rstrip("#")))
    yield Triple(DATASET, VOID("triples"), Literal(counts.triples))
    yield Triple(DATASET, VOID("distinctSubjects"), Literal(counts.subjects))
    yield Triple(DATASET, VOID("classes"), Literal(len(counts.classes)))
    yield Triple(DATASET, VOID("properties"), Literal(len(counts.properties)))
    yield from _graphs_of(counts)
    yield from _partitions_of(counts)


def examples(project: Project, site: str = SITE) -> Iterator[Triple]:
    """Write the named questions as examples of queries, and the prefixes, for a server at *site*."""
    for query in read_queries(project):
        yield from _example(query, site)
    for prefix, namespace in KNOWN.items():
        declared = WELL_KNOWN(f"sparql-examples#{prefix}")
        yield Triple(_PREFIXED, SH("declare"), declared)
        yield Triple(declared, SH("prefix"), Literal(prefix))
        yield Triple(declared, SH("namespace"), Literal(namespace, datatype=XSD("anyURI")))


def completions(counts: Counts, revision: str) -> dict[str, object]:
    """Return what an editor completes from: prefixes, classes with their properties, properties; IRIs by number."""
    used: dict[str, list[tuple[str, int]]] = {name: [] for name in counts.classes}
    for (class_, verb), number in counts.uses.items():
        used[class_].append((verb, number))
    place = {verb: number for number, verb in enumerate(counts.properties)}
    classes = [
        {
            "iri": name,
            "label": counts.labels.get(name, ""),
            "count": entities,
            "properties": [[place[verb], number] for verb, number in sorted(used[name], key=lambda one: -one[1])],
        }
        for name, entities in counts.classes.items()
    ]
    properties = [[verb, counts.labels.get(verb, ""), number] for verb, number in counts.properties.items()]
    return {"revision": revision, "prefixes": KNOWN, "classes": classes, "properties": properties}


def _types(store: Store, apart: set[Triple]) -> tuple[list[tuple[str, ...]], dict[object, int]]:
    """Return the sets of classes that things have, the empty one first, and which of them each thing has, by number."""
    found: dict[object, tuple[str, ...]] = {}
    for quad in store.quads_for_pattern(None, _A, None, DefaultGraph()):
        if isinstance(quad.object, NamedNode) and not (apart and quad.triple in apart):
            found[quad.subject] = (*found.get(quad.subject, ()), quad.object.value)
    numbers: dict[tuple[str, ...], int] = {(): 0}
    of = {thing: numbers.setdefault(classes, len(numbers)) for thing, classes in found.items()}
    return list(numbers), of


def _partitions(
    seen: Mapping[_Seen, int], sets: Sequence[tuple[str, ...]]
) -> tuple[dict[Use, int], dict[Kind, int], dict[Kind, int]]:
    """Count for each class apart what was seen of things with the same classes."""
    uses, values, datatypes = Counter[Use](), Counter[Kind](), Counter[Kind]()
    for (number, verb, kind), triples in seen.items():
        for class_ in sets[number]:
            uses[class_, verb.value] += triples
            if isinstance(kind, NamedNode):
                datatypes[class_, verb.value, kind.value] += triples
            else:
                for of in sets[kind]:
                    values[class_, verb.value, of] += triples
    return dict(sorted(uses.items())), dict(sorted(values.items())), dict(sorted(datatypes.items()))


def _labels(store: Store, wanted: set[str]) -> dict[str, str]:
    """Return the English labels of those of *wanted* that are a class or a property."""
    found: dict[str, str] = {}
    for kind in _KINDS:
        for quad in store.quads_for_pattern(None, _A, kind, None):
            term = quad.subject
            if isinstance(term, NamedNode) and term.value in wanted:
                named = store.quads_for_pattern(term, RDFS("label"), None, None)
                labels = [one.object for one in named if isinstance(one.object, Literal)]
                english = sorted(one.value for one in labels if one.language in ("en", None))
                found |= {term.value: english[0]} if english else {}
    return dict(sorted(found.items()))


def _graphs(store: Store) -> dict[str, int]:
    """Count the triples of each graph; the engine does it without looking up what the terms are."""
    found = store.query("SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ORDER BY ?graph")
    assert isinstance(found, QuerySolutions)
    counts = {row["graph"]: int(row["n"].value) for row in found if isinstance(row["n"], Literal)}
    return {graph.value: n for graph, n in counts.items() if isinstance(graph, NamedNode) and graph != CATALOG}


def _graphs_of(counts: Counts) -> Iterator[Triple]:
    for graph, triples in counts.graphs.items():
        this = named_graph(graph)
        yield Triple(DATASET, SD("namedGraph"), this)
        yield Triple(this, _A, SD("NamedGraph"))
        yield Triple(this, SD("name"), NamedNode(graph))
        yield Triple(this, VOID("triples"), Literal(triples))


def _partitions_of(counts: Counts) -> Iterator[Triple]:
    """Yield a partition for each property, each class, each property of a class, and each kind of its values."""
    for verb, triples in counts.properties.items():
        yield from _partition(DATASET, "property", f"property={_called(verb)}", verb, triples)
    for class_, entities in counts.classes.items():
        this = _named(class_)
        yield Triple(DATASET, VOID("classPartition"), this)
        yield Triple(this, VOID("class"), NamedNode(class_))
        yield Triple(this, VOID("entities"), Literal(entities))
    for (class_, verb), triples in counts.uses.items():
        yield from _partition(_named(class_), "property", _name(class_, verb), verb, triples)
    for (class_, verb, of), triples in counts.values.items():
        yield from _partition(_named(class_, verb), "class", _name(class_, verb, of), of, triples)
    for (class_, verb, datatype), triples in counts.datatypes.items():
        yield from _partition(_named(class_, verb), "datatype", _name(class_, verb, datatype), datatype, triples)


def _partition(whole: NamedNode, by: str, name: str, term: str, triples: int) -> Iterator[Triple]:
    words = VOID_EXT if by == "datatype" else VOID
    this = WELL_KNOWN(f"void#{name}")
    yield Triple(whole, words(f"{by}Partition"), this)
    yield Triple(this, words(by), NamedNode(term))
    yield Triple(this, VOID("triples"), Literal(triples))


def _named(*terms: str) -> NamedNode:
    return WELL_KNOWN(f"void#{_name(*terms)}")


def _name(*terms: str) -> str:
    """Return the name of the partition by a class, perhaps a property, and perhaps a kind of value.

    >>> _name("https://w3id.org/aidtrace/ontology#Agreement", "http://www.w3.org/2000/01/rdf-schema#label")
    'class=at:Agreement&property=rdfs:label'
    """
    return "&".join(f"{by}={_called(term)}" for by, term in zip(("class", "property", "value"), terms, strict=False))


def _called(iri: str) -> str:
    """Return *iri* with its prefix, where it has one, as a part of a fragment; no two are called the same."""
    for prefix, namespace in KNOWN.items():
        if iri.startswith(namespace):
            return f"{prefix}:{quote(iri.removeprefix(namespace), safe='')}"
    return quote(iri, safe="")


def _example(query: Query, site: str) -> Iterator[Triple]:
    this = WELL_KNOWN(f"sparql-examples/{query.name}")
    form = "ask" if isinstance(Store().query(query.sparql), QueryBoolean) else "select"
    yield Triple(this, _A, SH("SPARQLExecutable"))
    yield Triple(this, _A, SH(f"SPARQL{form.title()}Executable"))
    yield Triple(this, RDFS("comment"), Literal(query.question, language="en"))
    yield Triple(this, SH("prefixes"), _PREFIXED)
    yield Triple(this, SH(form), Literal(query.sparql))
    yield Triple(this, SCHEMA("target"), NamedNode(f"{site}/sparql"))
    for word in sorted({word for word in query.name.split("-") if len(word) > 3}):
        yield Triple(this, SCHEMA("keywords"), Literal(word))

"""What of a store is searched: names, identifiers, what is gathered of a thing that a passage tells of, and texts."""

import re
from calendar import month_name
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from aidtrace.namespaces import AT, DATA_SET, EDTF, GRAPH, ID, RDF, RDFS, SKOS, XSD

NAME, IDENTIFIER, GATHERED, TEXT = 0, 1, 2, 3
_NAMES = (RDFS("label"), SKOS("prefLabel"), SKOS("altLabel"))
_TEXTS = (XSD("string"), RDF("langString"))
_DATE = EDTF("EDTF")
_NUMBERS = (XSD("decimal"), XSD("integer"))
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Graphs = Iterable[NamedNode | BlankNode | DefaultGraph]


class Row(NamedTuple):
    """A text of a thing; *main* says that the thing is shown by it."""

    kind: int
    thing: str
    shown: str
    main: bool = False


def own_graphs(store: Store, *, union: bool) -> Graphs:
    """Return the graphs that are no data set's."""
    graphs = [*store.named_graphs(), *([] if union else [DefaultGraph()])]
    return [graph for graph in graphs if not str(graph).startswith(f"<{DATA_SET.iri}")]


def rows_of(store: Store, graphs: Graphs) -> set[Row]:
    """Return what things are called, how others number them, and, in *graphs*, what is gathered and other texts."""
    found = set[Row]()
    for verb in _NAMES:
        for quad in store.quads_for_pattern(None, verb, None, None):
            if isinstance(quad.object, Literal) and _ours(quad):
                main = verb == _NAMES[0] and quad.object.language == "en"
                found.add(Row(NAME, _name(quad.subject), quad.object.value, main))
    for quad in store.quads_for_pattern(None, AT("identifies"), None, None):
        found |= set(_identifiers(store, quad))
    for thing in {quad.subject for quad in store.quads_for_pattern(None, AT("attestedIn"), None, None) if _ours(quad)}:
        found.add(Row(GATHERED, _name(thing), _gathered(store, thing)))
    for graph in graphs:
        found |= set(_texts(store, graph))
    return found


def told_of(store: Store, graphs: Graphs) -> dict[str, tuple[str, str]]:
    """Return the kind and the dates of each thing of *graphs*: its class as it is stated, not what follows from it."""
    kinds, dates = dict[str, set[NamedNode]](), dict[str, set[str]]()
    labels = {
        quad.subject: quad.object.value
        for quad in store.quads_for_pattern(None, RDFS("label"), None, GRAPH("ontology"))
        if isinstance(quad.object, Literal) and quad.object.language == "en"
    }
    for graph in graphs:
        if graph != GRAPH("inferred"):
            for quad in store.quads_for_pattern(None, RDF("type"), None, graph):
                if _ours(quad) and isinstance(quad.object, NamedNode):
                    kinds.setdefault(_name(quad.subject), set()).add(quad.object)
        for quad in store.quads_for_pattern(None, AT("shownDate"), None, graph):
            if _ours(quad) and isinstance(quad.object, Literal):
                dates.setdefault(_name(quad.subject), set()).add(quad.object.value)
    return {
        thing: (
            ", ".join(sorted({labels[one] for one in kinds.get(thing, ()) if one in labels})),
            " | ".join(sorted(dates.get(thing, ()))),
        )
        for thing in kinds.keys() | dates.keys()
    }


def _gathered(store: Store, thing: NamedNode | BlankNode | Triple) -> str:
    """Return the names, dates and numbers of *thing*, and the names of its kinds and of the things that it names."""
    found = set[str]()
    for quad in store.quads_for_pattern(thing, None, None, None):
        if isinstance(quad.object, NamedNode):
            found |= _called(store, quad.object)
        elif isinstance(quad.object, Literal):
            found |= _read(quad.object) | ({quad.object.value} if quad.predicate in _NAMES else set())
    return " ".join(sorted(found))


def _called(store: Store, thing: NamedNode) -> set[str]:
    """Return the names of *thing* in all languages."""
    return {
        quad.object.value
        for verb in _NAMES
        for quad in store.quads_for_pattern(thing, verb, None, None)
        if isinstance(quad.object, Literal)
    }


def _read(value: Literal) -> set[str]:
    """Return a number as it is, and a date with the names of its months; other literals are texts."""
    if value.datatype == _DATE:
        return {value.value, *(month_name[int(found)] for found in _MONTH.findall(value.value))}
    return {value.value} if value.datatype in _NUMBERS else set()


def _identifiers(store: Store, quad: Quad) -> Iterator[Row]:
    """Yield the values of an identifier, each with its scheme, as rows of the thing that it identifies."""
    values = store.quads_for_pattern(quad.subject, AT("identifierValue"), None, None)
    schemes = [one.object for one in store.quads_for_pattern(quad.subject, AT("scheme"), None, None)]
    scheme = str(schemes[0]).rstrip(">").rpartition("/")[2] if schemes else ""
    for value in values:
        if isinstance(quad.object, NamedNode) and isinstance(value.object, Literal):
            yield Row(IDENTIFIER, quad.object.value.removeprefix(ID.iri), f"{scheme}:{value.object.value}")


def _texts(store: Store, graph: NamedNode | BlankNode | DefaultGraph) -> Iterator[Row]:
    for quad in store.quads_for_pattern(None, None, None, graph):
        text = quad.object
        if not isinstance(text, Literal) or text.datatype not in _TEXTS:
            continue
        if quad.predicate not in _NAMES and _ours(quad):
            yield Row(TEXT, _name(quad.subject), text.value)


def _ours(quad: Quad) -> bool:
    return isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(ID.iri)


def _name(subject: object) -> str:
    return subject.value.removeprefix(ID.iri) if isinstance(subject, NamedNode) else ""

"""Tables of things: one for each kind, a row for a thing, a column for a property, with what each column means."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, Store, Variable

from aidtrace.export.sheets import Cells, Column, Sheet, counted
from aidtrace.files import read_rows, read_text
from aidtrace.namespaces import AT, DCTERMS, EDTF, ID, PREFIXES, RDF, RDFS, XSD, short
from aidtrace.project import Project
from aidtrace.store import PUBLISHED

_KINDS = {
    XSD("integer").value: "integer",
    XSD("decimal").value: "decimal",
    XSD("boolean").value: "boolean",
    XSD("date").value: "date",
    EDTF("EDTF").value: "EDTF",
}
_IRI, _TEXT, _NUMBERS = "IRI", "text", ("integer", "decimal")
_FIRST = ("id", "label", "type")
_PLAIN = {
    RDFS("label").value: "What the thing is called.",
    RDF("type").value: "The classes that the thing is of.",
}
"""What the two properties mean that the ontology does not describe."""

_LABELS = "Label"
_MOST_WORDS = 60
"""A list of more words is named in the code book, not written out."""

Key = tuple[str, str]
"""A property, and the language of its text where that is not English."""

Said = Mapping[Key, list[Any]]
"""What is said of one thing."""


@dataclass(frozen=True)
class Words:
    """What the graph calls its things, and its properties: read once for all tables."""

    labels: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    properties: Mapping[str, Mapping[str, str]]
    units: Mapping[str, str]

    @classmethod
    def read(cls, project: Project, store: Store) -> "Words":
        """Read them from the graphs that are ours."""
        labels, lists = dict[str, str](), defaultdict[str, set[str]](set)
        for row in _asked(store, _query(project, "labels")):
            labels.setdefault(row["thing"].value, row["label"].value)
            if row["list"]:
                lists[row["list"].value].add(row["thing"].value)
        told: dict[str, dict[str, str]] = {}
        for row in _asked(store, _query(project, "columns")):
            found = {name: row[name].value for name in ("label", "definition", "example", "note", "range") if row[name]}
            told.setdefault(row["property"].value, found)
        units = {
            row["property"]: row["unit"] for row in read_rows(_folder(project) / "units.csv", ("property", "unit"))
        }
        return cls(labels, {name: tuple(sorted(members)) for name, members in lists.items()}, told, units)

    def with_codes(self, store: Store, graph: NamedNode) -> "Words":
        """Return these, and what the codes and the release of a data set in *graph* are called."""
        labels = dict(self.labels)
        for class_ in (AT("Code"), AT("DataSetRelease")):
            for found in store.quads_for_pattern(None, RDF("type"), class_, graph):
                for quad in store.quads_for_pattern(found.subject, RDFS("label"), None, graph):
                    labels[str(getattr(quad.subject, "value", ""))] = str(getattr(quad.object, "value", ""))
        return replace(self, labels=labels)

    @cached_property
    def list_of(self) -> dict[str, set[str]]:
        """The lists that each word is in."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, members in self.lists.items():
            for member in members:
                found[member].add(name)
        return found

    def closed(self, values: Iterable[str]) -> tuple[str, ...]:
        """Return the words of the lists that *values* are from; none where one of them is in no list."""
        named = [self.list_of.get(value, set()) for value in values]
        if not named or not all(named):
            return ()
        lists = set.intersection(*named) or set.union(*named)
        words = {self.labels.get(word, word) for name in lists for word in self.lists[name]}
        return tuple(sorted(words)) if len(words) <= _MOST_WORDS else ()


def sheets(project: Project, store: Store, words: Words) -> Iterator[Sheet]:
    """Yield the table of each kind of which there are things, in the order of ``queries/export/tables.csv``."""
    query = _query(project, "things")
    for row in read_rows(_folder(project) / "tables.csv", ("table", "class", "about")):
        prefix, _, name = row["class"].partition(":")
        found = _things(_asked(store, query, NamedNode(PREFIXES[prefix] + name)))
        if found:
            yield _sheet(row["table"], row["about"], sorted(found), found.__getitem__, words)


def data_set_sheet(store: Store, graph: NamedNode, words: Words) -> Sheet:
    """Build the table of what one data set codes, each row of it a coding."""
    keyed = store.quads_for_pattern(None, AT("rowKey"), None, graph)
    things = sorted({quad.subject.value for quad in keyed if isinstance(quad.subject, NamedNode)})
    name, known = graph.value.rpartition("/")[2], words.with_codes(store, graph)
    releases = [_shown(quad.object) for quad in store.quads_for_pattern(graph, DCTERMS("source"), None, graph)]
    about = f"A row of {' and '.join(known.labels.get(ID.iri + one, one) for one in releases) or name}, as coded there."
    return _sheet(name, about, things, lambda thing: _said(store, graph, thing), known)


def _folder(project: Project) -> Path:
    return project.root / "queries" / "export"


def _query(project: Project, name: str) -> str:
    return read_text(_folder(project) / f"{name}.rq", "a SPARQL query")


def _asked(store: Store, query: str, class_: NamedNode | None = None) -> QuerySolutions:
    graphs: list[NamedNode | BlankNode | DefaultGraph] = [*PUBLISHED]
    terms: dict[Variable, Any] = {Variable("class"): class_} if class_ else {}
    found = store.query(query, default_graph=graphs, substitutions=terms)
    assert isinstance(found, QuerySolutions)
    return found


def _things(rows: QuerySolutions) -> dict[str, dict[Key, list[Any]]]:
    found: dict[str, dict[Key, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if isinstance(row["thing"], NamedNode):
            found[row["thing"].value][_key(row["property"], row["value"])].append(row["value"])
    return found


def _key(property_: Any, value: Any) -> Key:
    language = value.language if isinstance(value, Literal) else None
    return property_.value, "" if language in (None, "en") else str(language)


def _said(store: Store, graph: NamedNode, thing: str) -> Said:
    """Return what *graph* says of *thing*."""
    found: dict[Key, list[Any]] = defaultdict(list)
    for quad in store.quads_for_pattern(NamedNode(thing), None, None, graph):
        found[_key(quad.predicate, quad.object)].append(quad.object)
    return found


@dataclass
class _Seen:
    """What the values of one column are: of which kinds, whether any has a label, and which, as far as they are few."""

    kinds: set[str] = field(default_factory=set)
    named: bool = False
    values: set[str] = field(default_factory=set)

    def add(self, values: Iterable[Any], words: Words) -> None:
        for one in values:
            self.kinds.add(_KINDS.get(one.datatype.value, _TEXT) if isinstance(one, Literal) else _IRI)
            self.named = self.named or (isinstance(one, NamedNode) and one.value in words.labels)
            if len(self.values) <= _MOST_WORDS:
                self.values.add(one.value)

    @property
    def kind(self) -> str:
        if len(self.kinds) == 1:
            return next(iter(self.kinds))
        return "decimal" if self.kinds == set(_NUMBERS) else _TEXT


def _sheet(name: str, about: str, things: Sequence[str], say: Callable[[str], Said], words: Words) -> Sheet:
    """Build a table whose columns are the properties that *things* have, those that name things with their labels.

    *say* tells what is said of a thing, as often as it is asked: no more than one row is held.
    """
    seen: dict[Key, _Seen] = defaultdict(_Seen)
    for thing in things:
        for key, several in say(thing).items():
            seen[key].add(several, words)
    columns = {key: _column(key, one, words, name) for key, one in seen.items()}
    order = sorted(columns, key=lambda key: (_place(columns[key].name), columns[key].name.lower()))
    labelled = {key for key in order if columns[key].kind == _IRI and seen[key].named}
    head = [Column("id", _IRI, "name", f"The name of the thing, behind {ID.iri}; elsewhere its whole IRI.")]
    for key in order:
        head.append(columns[key])
        if key in labelled:
            head.append(_labels(columns[key]))

    def rows() -> Iterator[Cells]:
        for thing in things:
            told = say(thing)
            cells: list[tuple[str, ...]] = [(short(thing),)]
            for key in order:
                several = sorted(told.get(key, ()), key=_shown)
                cells.append(tuple(map(_shown, several)))
                if key in labelled:
                    cells.append(tuple(words.labels.get(one.value, _shown(one)) for one in several))
            yield tuple(cells)

    return counted(name, about, head, rows)


def _column(key: Key, seen: _Seen, words: Words, table: str) -> Column:
    """Describe the column of a property as the ontology does, or as one of the data set whose *table* it is."""
    property_, language = key
    told = words.properties.get(property_, {})
    local = property_.replace("#", "/").rpartition("/")[2].removeprefix(f"{table}-")
    plain = _PLAIN.get(property_, f"The column {local} of the data set; see its code book.")
    return Column(
        name=f"{local}_{language}" if language else local,
        kind=seen.kind,
        label=told.get("label", words.labels.get(property_, "")),
        definition=told.get("definition", plain),
        example=told.get("example", ""),
        scope_note=told.get("note", ""),
        property=property_,
        range=short(told["range"]) if "range" in told else "",
        unit=words.units.get(short(property_), ""),
        words=() if property_ == RDF("type").value else words.closed(sorted(seen.values)),
    )


def _labels(column: Column) -> Column:
    definition = f"What {column.name} names, in words, in the same order."
    labels = replace(column, name=column.name + _LABELS, kind=_TEXT, definition=definition)
    return replace(labels, example="", scope_note="", unit="")


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _shown(term: Any) -> str:
    return short(term.value) if isinstance(term, NamedNode) else str(term.value)

"""What can be reconciled with: things by their names and identifiers, with their types and properties."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aidtrace.folding import fold, readings, sounds, without_form
from aidtrace.namespaces import AT, ID, RDF, RDFS, SKOS

Row = Mapping[str, Mapping[str, str]]
"""A row of a query's results in JSON: terms by column."""

TYPE, IDENTIFIER = RDF("type").value, AT("identifies").value
_NAMES = (RDFS("label").value, SKOS("prefLabel").value, SKOS("altLabel").value)


@dataclass(frozen=True)
class Type:
    """A class of things: its name behind the ontology's, its label, what it means, and the classes above it."""

    name: str
    label: str
    definition: str
    broader: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Property:
    """A property of things: its name behind the ontology's, its label, and what it means."""

    name: str
    label: str
    definition: str


@dataclass(frozen=True)
class Value:
    """A value: a thing of ours by its name, or a text with its datatype; and its label, where it has one."""

    text: str
    datatype: str
    label: str = ""

    @property
    def is_thing(self) -> bool:
        """Whether it names a thing of ours."""
        return self.datatype == "uri" and self.text.startswith(ID.iri)


@dataclass
class Thing:
    """A thing: its name behind ours, what it is called, its types, its identifiers (``cow:640``), its properties."""

    name: str
    names: list[str] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    values: dict[str, list[Value]] = field(default_factory=lambda: defaultdict(list))

    @property
    def label(self) -> str:
        """What it is called first."""
        return self.names[0] if self.names else self.name


class Known:
    """The things, and ways to them: by what they are called, by how that sounds, by its words, by identifier."""

    def __init__(self, things: Iterable[Row], words: Iterable[Row], names: Iterable[tuple[str, str]] = ()) -> None:
        """Read the rows of ``queries/reconcile/``, and *names* in other languages, each with whose identifier it is."""
        self.types: dict[str, Type] = {}
        self.properties: dict[str, Property] = {}
        self._read_words(words)
        self.things: dict[str, Thing] = {}
        for row in things:
            self._read(row)
        self.named: dict[str, set[str]] = defaultdict(set)
        self.bare: dict[str, set[str]] = defaultdict(set)
        self.sounding: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self.containing: dict[str, set[str]] = defaultdict(set)
        self.identified: dict[str, set[str]] = defaultdict(set)
        also: dict[str, list[str]] = defaultdict(list)
        for identifier, name in names:
            also[identifier].append(name)
        for thing in self.things.values():
            self._index(thing, [name for one in sorted(thing.identifiers) for name in also[one]])

    def _read_words(self, rows: Iterable[Row]) -> None:
        broader: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            name = row["word"]["value"].removeprefix(AT.iri)
            label, definition = row["label"]["value"], row.get("definition", {}).get("value", "")
            if row["what"]["value"] == "property":
                self.properties[name] = Property(name, label, definition)
                continue
            if "broader" in row and row["broader"]["value"].startswith(AT.iri):
                broader[name].add(row["broader"]["value"].removeprefix(AT.iri))
            self.types[name] = Type(name, label, definition, frozenset(broader[name]))

    def _read(self, row: Row) -> None:
        name = row["thing"]["value"].removeprefix(ID.iri)
        thing = self.things.setdefault(name, Thing(name))
        property_, term = row["property"]["value"], row["value"]
        text = term["value"]
        if property_ == IDENTIFIER:
            thing.identifiers.add(text)
        elif property_ == TYPE:
            thing.types |= {text.removeprefix(AT.iri)} & self.types.keys()
        elif property_ in _NAMES:
            english = term.get("xml:lang", "en") == "en" and property_ != _NAMES[2]
            thing.names.insert(0 if english else len(thing.names), text)
        if property_.startswith(AT.iri) and property_ != IDENTIFIER:
            kind = "uri" if term["type"] == "uri" else term.get("datatype", "")
            value = Value(text, kind, row.get("valueLabel", {}).get("value", ""))
            thing.values[property_.removeprefix(AT.iri)].append(value)

    def _index(self, thing: Thing, more: Iterable[str]) -> None:
        thing.names = list(dict.fromkeys([*thing.names, *more]))
        for name in thing.names:
            for folded in readings(name):
                self.named[folded].add(thing.name)
                self.bare[without_form(folded)].add(thing.name)
            bare = without_form(fold(name))
            self.sounding[sounds(bare)].add(thing.name)
            for word in bare.split():
                self.containing[word].add(thing.name)
        for identifier in thing.identifiers:
            self.identified[identifier.lower()].add(thing.name)
            self.identified[identifier.partition(":")[2].lower()].add(thing.name)

    def starting(self, what: str, folded: str) -> list[Any]:
        """Return the things, types or properties with a name that begins with *folded*, then those with such a word."""
        ranked = []
        for names, label, name, one in self._entries[what]:
            begins = any(told.startswith(folded) for told in names)
            if folded and (begins or any(f" {folded}" in told for told in names)):
                ranked.append((not begins, label, name, one))
        return [one for *_, one in sorted(ranked, key=lambda each: each[:3])]

    @cached_property
    def _entries(self) -> dict[str, list[tuple[list[str], str, str, Any]]]:
        """What can be completed: the folded names of each, and its label and name for the order."""
        words: dict[str, list[Any]] = {"type": [*self.types.values()], "property": [*self.properties.values()]}
        entities = [
            ([*map(fold, one.names), *map(fold, one.identifiers)], fold(one.label), one.name, one)
            for one in self.things.values()
        ]
        return {"entity": entities} | {
            what: [([fold(one.label), fold(one.name)], fold(one.label), one.name, one) for one in found]
            for what, found in words.items()
        }

    @cached_property
    def used(self) -> dict[str, list[str]]:
        """The properties that things of each type have, the most common first."""
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for thing in self.things.values():
            for type_ in thing.types:
                for property_ in thing.values.keys() & self.properties.keys():
                    counts[type_][property_] += 1
        return {type_: sorted(found, key=lambda one: (-found[one], one)) for type_, found in counts.items()}

    def specific(self, thing: Thing) -> list[Type]:
        """Return the types of *thing* that have none of its other types below them."""
        above = {name for type_ in thing.types for name in self.types[type_].broader}
        return [self.types[name] for name in sorted(thing.types - above)]

    def described(self, thing: Thing) -> str:
        """Return *thing* in a few words: what it is, when, and what else it is called."""
        told = [type_.label for type_ in self.specific(thing)]
        told += [value.text for value in thing.values.get("shownDate", ())][:1]
        others = [name for name in thing.names[1:] if name != thing.label]
        return ", ".join([*told, *([f"also {others[0]}"] if others else [])])

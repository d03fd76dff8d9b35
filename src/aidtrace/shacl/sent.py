"""Data as they were sent, in a store that would rewrite them.

The store holds some literals by their value: ``"007"^^xsd:integer`` comes back as ``"7"``, and every whole number as
an xsd:integer. Loading finds the literals that would change and keeps each under a datatype of our own, so that it
stays a term of its own: equal to itself only, with the text that was sent. It is named in a report as it was sent.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from aidtrace.errors import InputError
from aidtrace.namespaces import XSD
from aidtrace.shacl.literals import is_number, well_formed
from aidtrace.shacl.terms import STRING, Term

KEPT = "urn:x-aidtrace:sent:"
"""What the datatype of a literal begins with that the store would rewrite; the datatype as sent follows."""

_CHUNK = 50_000
_ANY, _NONE = re.compile(r"(?s:.*)"), re.compile(r"(?!)")
_CANONICAL = {
    XSD("integer").value: re.compile(r"0|-?[1-9][0-9]{0,17}"),
    XSD("decimal").value: re.compile(r"0|-?[1-9][0-9]{0,14}|-?(0|[1-9][0-9]{0,11})\.[0-9]{0,5}[1-9]"),
    XSD("boolean").value: re.compile(r"true|false"),
    XSD("date").value: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    XSD("anyURI").value: _ANY,
    STRING.value: _ANY,
}
"""Forms that the store keeps for sure; any other is put into a store to see what comes back."""
_SCRATCH = NamedNode("urn:x-aidtrace:scratch")


@dataclass(frozen=True)
class Data:
    """What is validated: the default graph of *store*.

    *kept* says that some literals stand under a datatype of our own, *odd* that the store values some literals
    otherwise than XML Schema does, so that what SPARQL computes from them cannot be relied on.
    """

    store: Store
    kept: bool = False
    odd: bool = False


def load(quads: Iterable[Quad]) -> Data:
    """Load *quads* into a store in memory, whatever graphs they are in, each literal as it was sent."""
    store, sorting = Store(), _Sorting()
    source = iter(quads)
    while chunk := list(islice(source, _CHUNK)):
        store.extend(sorting.kept(chunk))
    return Data(store, sorting.found, sorting.odd)


def look(store: Store) -> Data:
    """Take *store* as it is: its literals are what was sent, for it was not filled through `load`."""
    numbers = " ".join(f"<{XSD.iri}{kind}>" for kind in ("integer", "decimal", "double", "float"))
    odd: Any = store.query(
        f"SELECT ?value {{ ?subject ?predicate ?value FILTER(!isNumeric(?value)) FILTER(DATATYPE(?value) IN "
        f"({numbers.replace(' ', ', ')})) }}"
    )
    return Data(store, odd=any(is_number(row["value"]) for row in odd))


def as_sent(term: Term) -> Term:
    """Return *term* of a store filled by `load` as it was sent."""
    if isinstance(term, Literal):
        datatype = term.datatype.value
        if datatype.startswith(KEPT):
            return Literal(term.value, datatype=NamedNode(datatype.removeprefix(KEPT)))
    return term


def as_kept(term: Term) -> Term:
    """Return *term* as a store filled by `load` holds it."""
    return _keep(term) if isinstance(term, Literal) and _changed({term}) else term


def settled(triple: Triple, *, kept: bool) -> Triple:
    """Return *triple* as a store holds it: filled by `load` if *kept*, else by its own rules."""
    value = triple.object
    if not isinstance(value, Literal) or _sure_form(value.datatype.value).fullmatch(value.value):
        return triple
    if kept:
        return Triple(triple.subject, triple.predicate, as_kept(value))
    scratch = Store()
    scratch.add(Quad(triple.subject, triple.predicate, value))
    held = next(iter(scratch))
    return Triple(held.subject, held.predicate, held.object)


def is_odd(literal: Literal) -> bool:
    """Whether the store values *literal* otherwise than XML Schema does."""
    sure = _sure_form(literal.datatype.value).fullmatch(literal.value)
    return not sure and _is_odd(literal, _changed({literal}))


def sent_triples(data: Data) -> Iterator[Triple]:
    """Yield the triples of *data* as they were sent."""
    for quad in data.store.quads_for_pattern(None, None, None, DefaultGraph()):
        value = quad.object
        yield Triple(quad.subject, quad.predicate, as_sent(value) if not isinstance(value, Triple) else value)


def _keep(literal: Literal) -> Literal:
    return Literal(literal.value, datatype=NamedNode(KEPT + literal.datatype.value))


class _Sorting:
    """Sorts the literals that would change from the others."""

    def __init__(self) -> None:
        self.found = self.odd = False

    def kept(self, quads: list[Quad]) -> list[Quad]:
        """Return *quads* in the default graph, with the literals that would change kept."""
        suspects: set[Literal] = set()
        apart, form = False, _sure_form
        for quad in quads:
            value = quad.object
            if type(value) is Literal:
                if not form(value.datatype.value).fullmatch(value.value):
                    suspects.add(value)
            elif type(value) is Triple:
                raise InputError(f"data: {value} is a triple term; expected RDF 1.1, which is what SHACL 1.0 checks")
            apart = apart or quad.graph_name != _DEFAULT
        changed = _changed(suspects)
        self.found = self.found or bool(changed)
        self.odd = self.odd or any(_is_odd(value, changed) for value in suspects)
        return [_moved(quad, changed) for quad in quads] if apart or changed else quads


_DEFAULT = DefaultGraph()


@lru_cache(maxsize=1024)
def _sure_form(datatype: str) -> re.Pattern[str]:
    """Return what the literals of *datatype* look like that the store keeps for sure."""
    ours = datatype.startswith((XSD.iri, KEPT))
    return _CANONICAL.get(datatype, _NONE) if ours else _ANY


def _changed(literals: set[Literal]) -> set[Literal]:
    """Return those of *literals* that do not come back from a store as they went in."""
    suspects = {one for one in literals if not _sure_form(one.datatype.value).fullmatch(one.value)}
    if not suspects:
        return suspects
    scratch = Store()
    scratch.extend(Quad(_SCRATCH, _SCRATCH, one) for one in suspects)
    ours = {one for one in suspects if one.datatype.value.startswith(KEPT)}
    return suspects - {quad.object for quad in scratch} | ours


def _is_odd(literal: Literal, changed: set[Literal]) -> bool:
    """Whether the store values *literal* otherwise than XML Schema: a huge number, or a whole number out of range."""
    if literal in changed:
        return not well_formed(literal)
    found: Any = Store().query(f"SELECT (isNumeric({literal}) AS ?is) {{}}")
    return is_number(literal) and next(iter(found))["is"].value == "false"


def _moved(quad: Quad, changed: set[Literal]) -> Quad:
    value = quad.object
    return Quad(quad.subject, quad.predicate, _keep(value) if type(value) is Literal and value in changed else value)

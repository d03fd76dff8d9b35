"""What if: what a run of the tracing does without, or assumes, written as triples that the updates look at."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, Store, Triple

from aidtrace.dates import bounds
from aidtrace.errors import InputError, one_of
from aidtrace.namespaces import AT, EDTF, ID, RDF, RDFS, SEM, XSD, short

RUN = ID("trace-run/this")
"""The run as long as it has no name: `aidtrace.tracing.run` gives it one from its revision and options."""

_STAMPS = {
    "earliest_begin": SEM("hasEarliestBeginTimeStamp"),
    "latest_begin": SEM("hasLatestBeginTimeStamp"),
    "earliest_end": SEM("hasEarliestEndTimeStamp"),
    "latest_end": SEM("hasLatestEndTimeStamp"),
}


@dataclass(frozen=True)
class Options:
    """What counts in a run.

    *without* names works and facts (``source/roe1964``, ``Roe1964``, ``claim/x``), *only* a class of sources
    (``official``), *as_of* an EDTF date, *assume* things with EDTF dates (``event/x=2003-07-25``). *days* holds the
    four bounds of each of these dates, where they have been worked out.
    """

    without: tuple[str, ...] = ()
    only: str | None = None
    as_of: str | None = None
    assume: tuple[str, ...] = ()
    days: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.without or self.only or self.as_of or self.assume)

    def told(self) -> Iterator[str]:
        """Yield each option as the command line writes it."""
        yield from (f"--without {one}" for one in self.without)
        yield from (f"--only {self.only}" for _ in range(self.only is not None))
        yield from (f"--as-of {self.as_of}" for _ in range(self.as_of is not None))
        yield from (f"--assume {one}" for one in self.assume)

    def dated(self) -> "Options":
        """Work out the bounds of the dates; InputError where one is no EDTF, or of no use here."""
        days = dict(self.days)
        if self.as_of is not None and self.as_of not in days:
            days[self.as_of] = _bounds(self.as_of, "--as-of")
            if days[self.as_of][-1] is None:
                raise InputError(f"--as-of: {self.as_of} has no end; expected a day, month or year, such as 2003-12")
        for _, date in map(_assumed, self.assume):
            if date not in days:
                days[date] = _bounds(date, "--assume")
        return replace(self, days=days)

    def triples(self, store: Store) -> Iterator[Triple]:
        """Yield what the updates look at; InputError where an option names nothing, or a date is no EDTF."""
        for text in self.without:
            yield Triple(RUN, AT("without"), _thing(store, text, "--without"))
        if self.only is not None:
            yield Triple(RUN, AT("onlyClass"), _source_class(store, self.only))
        if self.as_of is not None:
            yield Triple(RUN, AT("asOf"), Literal(str(self.days[self.as_of][-1]), datatype=XSD("date")))
        for number, text in enumerate(self.assume):
            yield from self._assumption(store, text, ID(f"trace-run/assumption-{number}"))

    def _assumption(self, store: Store, text: str, node: NamedNode) -> Iterator[Triple]:
        name, date = _assumed(text)
        yield Triple(RUN, AT("assumes"), node)
        yield Triple(node, RDF("type"), AT("Assumption"))
        yield Triple(node, RDFS("label"), Literal(f"Assumed: {text}", language="en"))
        yield Triple(node, AT("about"), _thing(store, name, "--assume"))
        yield Triple(node, AT("value"), Literal(date, datatype=EDTF("EDTF")))
        for stamp, day in zip(_STAMPS.values(), self.days[date], strict=True):
            if day:
                yield Triple(node, stamp, Literal(day, datatype=XSD("date")))


def _assumed(text: str) -> tuple[str, str]:
    """Return the thing and the date of one assumption."""
    name, equals, date = text.partition("=")
    if not equals:
        raise InputError(f"--assume: {text!r} has no date; expected THING=DATE, such as event/x=2003-07-25")
    return name, date


def _bounds(text: str, option: str) -> tuple[str | None, ...]:
    try:
        found = bounds(text)
    except (InputError, ValueError) as error:  # ValueError: a season that reaches beyond the year 9999
        raise InputError(f"{option}: {error}") from error
    days = (getattr(found, side) for side in _STAMPS)
    return tuple(day.isoformat() if day else None for day in days)


def _thing(store: Store, text: str, option: str) -> NamedNode:
    """Find the thing that *text* means: an IRI, the path of a thing of ours, or the printed key of a work."""
    keyed = [quad.subject for quad in store.quads_for_pattern(None, AT("key"), Literal(text), DefaultGraph())]
    if keyed and isinstance(keyed[0], NamedNode):
        return keyed[0]
    with suppress(ValueError):  # it is no part of an IRI
        node = NamedNode(text if ":" in text else ID.iri + text)
        if any(True for _ in store.quads_for_pattern(node, RDF("type"), None, DefaultGraph())):
            return node
    known = sorted({short(one.value) for one in _things(store)})
    raise InputError(f"{option}: {text!r} names nothing in this case; expected {one_of(known, text)}")


def _things(store: Store) -> Iterator[NamedNode]:
    """Yield the facts and works that an option may name."""
    for quad in store.quads_for_pattern(None, RDF("type"), None, DefaultGraph()):
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(ID.iri):
            yield quad.subject


def _source_class(store: Store, word: str) -> NamedNode:
    found = store.query(
        """PREFIX k: <https://w3id.org/aidtrace/id/concept/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?class ?label { ?class skos:inScheme k:source-class ; skos:prefLabel ?label } ORDER BY ?label"""
    )
    assert isinstance(found, QuerySolutions)
    known = {row["label"].value: row["class"] for row in found}
    if word not in known:
        raise InputError(f"--only: {word!r} is no class of sources; expected {one_of(list(known), word)}")
    node: NamedNode = known[word]
    return node

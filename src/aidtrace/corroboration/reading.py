"""Facts and codings in words that can be compared: of which kind, between which states, when, and what they say.

The queries in ``queries/corroboration/`` bring both into these words; what is said here is all that is compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, QuerySolutions, Store

from aidtrace.dates import Bounds, bounds, hull
from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.namespaces import K, short
from aidtrace.project import Project
from aidtrace.store import PUBLISHED

Row = Mapping[str, str]
"""A row of one of the queries: texts by column, those that are bound."""

LOOKED_AT, GAVE, MAY_HAVE_GIVEN = "looked at", "gave", "may have given"
_UNKNOWN = Bounds(None, None, None, None)
_KINDS = "# kinds:"
DATA_SETS = "/graph/dataset/"


@dataclass(frozen=True)
class Fact:
    """A fact of one kind: between whom or about which war, when, and where it is told.

    *types* are types of support, or subjects of an agreement; *pairs* are of a giver and a taker, of two parties, or of
    a belligerent and nobody.
    """

    thing: str
    label: str
    kind: str
    types: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    wars: frozenset[str]
    dates: tuple[str, ...]
    goods: tuple[str, ...]
    amounts: tuple[str, ...]
    paragraphs: tuple[str, ...]

    @cached_property
    def when(self) -> Bounds:
        """When it was; rival dates count as their hull."""
        return hull([bounds(one) for one in self.dates]) if self.dates else _UNKNOWN

    @property
    def said(self) -> str:
        """What the article says of it, in short."""
        when = " | ".join(self.dates) or "no date"
        return "; ".join((when, *self.goods, *self.amounts))


@dataclass(frozen=True)
class Coding:
    """What a data set codes of one thing.

    *match* is how what it names lies to the *war*; *start* is when the episode began.
    """

    coding: str
    kind: str
    type: str
    one: str
    other: str
    war: str
    match: str
    begin: str
    start: str
    end: str
    stance: str
    goods: str
    says: str

    @cached_property
    def when(self) -> Bounds:
        """When it was, from its begin to its end."""
        if not self.begin:
            return _UNKNOWN
        first = bounds(self.start or self.begin)
        last = bounds(self.end or self.begin)
        return Bounds(first.earliest_begin, first.latest_begin, last.earliest_end, last.latest_end)


@dataclass(frozen=True)
class CodedSet:
    """An imported release: its graph, what it covers, and its terms."""

    graph: str
    name: str
    release: str
    label: str
    covers: str
    license: str
    subjects: frozenset[str]

    @cached_property
    def period(self) -> Bounds:
        """The time that it covers."""
        return bounds(self.covers)


@dataclass(frozen=True)
class CodingQuery:
    """The query that finds what one data set codes, and the kinds of facts that it can speak of."""

    name: str
    text: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """All that is compared: the facts, the data sets, and what each codes."""

    facts: tuple[Fact, ...]
    sets: tuple[CodedSet, ...]
    codings: Mapping[str, tuple[Coding, ...]]
    kinds: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(
        cls,
        facts: Iterable[Row],
        sets: Iterable[Row],
        codings: Mapping[str, Iterable[Row]],
        queries: Iterable[CodingQuery],
    ) -> "Material":
        """Bring the rows of the queries into order; *codings* are by the name of the data set."""
        return cls(
            tuple(_facts(facts)),
            tuple(_sets(sets)),
            {name: tuple(map(_coding, rows)) for name, rows in codings.items()},
            {query.name: query.kinds for query in queries},
        )


def read_material(project: Project, store: Store) -> Material:
    """Read all that is compared from *store*, out of the graphs that are ours and those of data sets.

    InputError where it holds no data set.
    """
    sets = _asked(store, sets_query(project))
    if not sets:
        raise InputError("no data set is imported there; expected `aidtrace import SOURCE FILE --store DIR` before")
    there = {row["graph"].partition(DATA_SETS)[2]: NamedNode(row["graph"]) for row in sets}
    queries = coding_queries(project)
    codings = {one.name: _asked(store, one.text, there[one.name]) for one in queries if one.name in there}
    return Material.read(_asked(store, facts_query(project)), sets, codings, queries)


def _asked(store: Store, query: str, *beside: NamedNode) -> list[Row]:
    """Ask *query* of the graphs that are ours, and of those *beside* them."""
    graphs: list[NamedNode | BlankNode | DefaultGraph] = [*PUBLISHED, *beside]
    found = store.query(query, default_graph=graphs)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{one: row[one].value for one in names if row[one] is not None} for row in found]


def facts_query(project: Project) -> str:
    """Return the query for the facts."""
    return read_text(_folder(project) / "facts.rq", "a query of the corroboration")


def sets_query(project: Project) -> str:
    """Return the query for the data sets that a store holds."""
    return read_text(_folder(project) / "data-sets.rq", "a query of the corroboration")


def coding_queries(project: Project) -> list[CodingQuery]:
    """Return the query of each data set that can be compared."""
    return [_coding_query(path) for path in sorted((_folder(project) / "codings").glob("*.rq"))]


def _folder(project: Project) -> Path:
    return project.root / "queries" / "corroboration"


def _coding_query(path: Path) -> CodingQuery:
    text = read_text(path, "a query of the corroboration")
    told = next(line.removeprefix(_KINDS) for line in text.splitlines() if line.startswith(_KINDS))
    return CodingQuery(path.stem, text, tuple(kind.strip() for kind in told.split(",")))


def _facts(rows: Iterable[Row]) -> Iterable[Fact]:
    told: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        told[row["fact"], row["kind"]].append(row)
    for (thing, kind), several in told.items():
        yield Fact(
            short(thing),
            several[0]["label"],
            kind,
            frozenset(_word(row["type"]) for row in several if "type" in row),
            frozenset((short(row["one"]), short(row.get("other", ""))) for row in several if "one" in row),
            frozenset(short(row["thing"]) for row in several if "thing" in row),
            _values(several, "date"),
            _values(several, "goods"),
            tuple(dict.fromkeys(f"{row['amount']} {row['currency']}" for row in several if "currency" in row)),
            _values(several, "paragraph"),
        )


def _values(rows: list[Row], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[column] for row in rows if column in row))


def _sets(rows: Iterable[Row]) -> Iterable[CodedSet]:
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        told[row["graph"]].append(row)
    for graph, several in told.items():
        row = several[0]
        subjects = frozenset(_word(one["subject"]) for one in several if "subject" in one)
        name = graph.partition(DATA_SETS)[2]
        yield CodedSet(graph, name, row["release"], row["label"], row["covers"], row.get("license", ""), subjects)


def _coding(row: Row) -> Coding:
    things = {name: short(row[name]) if name in row else "" for name in ("one", "other")}
    return Coding(
        coding=row["coding"],
        kind=row["kind"],
        type=_word(row.get("type", "")),
        war=short(row["thing"]) if "thing" in row else "",
        match=row.get("match", "").rpartition("#")[2],
        **{name: row.get(name, "") for name in ("begin", "start", "end", "stance", "goods", "says")},
        **things,
    )


def _word(concept: str) -> str:
    return concept.removeprefix(K.iri)

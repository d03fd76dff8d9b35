"""What a change of the data makes of a validation, found without validating again.

Each changed triple is walked back to the focus nodes whose rows it may matter to; only these are looked at again, and
the rows of those that are no focus nodes any more are dropped. Where that cannot be told, or reaches too far, a unit
is run in full, and the outcome says which.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.shacl.compiling import Compiled
from aidtrace.shacl.dependencies import Readers
from aidtrace.shacl.engine import Outcome, Told, fallen_on, left_over, result_of, untold, validate
from aidtrace.shacl.focus import Focus, Listed
from aidtrace.shacl.reads import SUBCLASS, Read
from aidtrace.shacl.results import Fallen, Result
from aidtrace.shacl.run import Keyed, Row, Run, keyed
from aidtrace.shacl.sent import Data, is_odd, settled
from aidtrace.shacl.terms import Node, Term
from aidtrace.shacl.units import Unit
from aidtrace.shacl.walking import TooFar, Walker

MOST = 10_000
"""How many nodes one walk may reach before the unit is run in full instead."""

_FAR = "the change reaches too many nodes"
_GRAPH = "its query looks at the whole graph"
_CLASSES = "the change decides what it is about"
_PYSHACL = "it is left to pySHACL"
_ALL = "what pySHACL must run is another than before, or a query asks for the shapes graph"


@dataclass(frozen=True)
class Revision:
    """The outcome after a change: what appeared, what is gone, and which shapes were run in full, with the reason."""

    outcome: Outcome
    appeared: tuple[Result, ...]
    gone: tuple[Result, ...]
    in_full: tuple[Fallen, ...]


def revalidate(
    compiled: Compiled,
    before: Outcome,
    after: Data,
    added: Iterable[Triple],
    removed: Iterable[Triple],
    told: Told = untold,
) -> Revision:
    """Return what is found in *after*, given what was found *before* it was changed by *added* and *removed*.

    *after* is what `load` made of the data, or a store that holds them as they are. *told* hears how far it is.
    """
    added, removed = list(added), list(removed)
    after = _as_before(before.data, after, added)
    fallen = fallen_on(compiled, after)
    if compiled.needs_shapes_graph or fallen != before.fallen:
        return _anew(compiled, before, after, told)
    change = _Change(compiled, after, {one.shape for one in fallen})
    change.look([settled(one, kept=after.kept) for one in (*added, *removed)])
    rows = dict(before.rows)
    new, old = Counter(left_over(compiled, after, fallen)), Counter(before.others)
    others = tuple(new.elements())
    units = list(change.units())
    for done, (unit, touched) in enumerate(units):
        told(done, len(units))
        stale, fresh = change.again(unit, touched, rows[unit])
        if not stale and not fresh:
            continue
        new.update(result_of(unit, row, kept=after.kept) for row in _each(fresh))
        old.update(result_of(unit, row, kept=before.data.kept) for row in _each(stale))
        rows[unit] = _replaced(rows[unit], stale, fresh)
    in_full = (*change.in_full(), *(Fallen(one.shape, _PYSHACL) for one in fallen))
    outcome = Outcome(after, rows, others, fallen)
    return Revision(outcome, tuple((new - old).elements()), tuple((old - new).elements()), in_full)


def _as_before(before: Data, after: Data, added: list[Triple]) -> Data:
    """Say of *after* what still holds of *before*, and what *added* brings."""
    odd = before.odd or after.odd or any(map(is_odd, _literals(added)))
    return Data(after.store, before.kept or after.kept, odd)


def _anew(compiled: Compiled, before: Outcome, after: Data, told: Told) -> Revision:
    outcome = validate(compiled, after, told)
    new, old = Counter(outcome.results), Counter(before.results)
    in_full = tuple(Fallen(shape.node, _ALL) for shape in compiled.shapes.roots)
    return Revision(outcome, tuple((new - old).elements()), tuple((old - new).elements()), in_full)


def _replaced(rows: Keyed, stale: Keyed, fresh: Keyed) -> Keyed:
    left = dict(rows)
    for key in stale:
        del left[key]
    left.update(fresh)
    return left


def _each(rows: Keyed) -> Iterator[Row]:
    return (row for many in rows.values() for row in many)


def _literals(triples: Iterable[Triple]) -> Iterator[Literal]:
    return (triple.object for triple in triples if isinstance(triple.object, Literal))


@dataclass
class _Touched:
    """The keys whose rows a change may matter to; with a reason, all of them."""

    keys: set[Term] = field(default_factory=set)
    reason: str | None = None


class _Change:
    """One change, and what it touches."""

    def __init__(self, compiled: Compiled, after: Data, left: set[Node]) -> None:
        self._left = left
        self._compiled, self._run = compiled, Run(after, compiled.shapes)
        self._walker = Walker(after.store, MOST)
        self._units: dict[Unit, _Touched] = defaultdict(_Touched)
        self._roots: dict[Node, _Touched] = defaultdict(_Touched)
        self._focus: dict[tuple[Node, frozenset[Term]], Focus] = {}
        self._same_classes = True

    def look(self, changed: list[Triple]) -> None:
        """Find what the changed triples touch."""
        by_predicate: dict[NamedNode | None, list[Triple]] = defaultdict(list)
        for triple in changed:
            by_predicate[triple.predicate].append(triple)
        by_predicate[None] = changed
        self._same_classes = SUBCLASS not in by_predicate
        readers = self._compiled.dependencies.readers
        for predicate, triples in by_predicate.items():
            for read, who in readers.get(predicate, {}).items():
                self._touch(read, who, triples)

    def units(self) -> Iterator[tuple[Unit, _Touched]]:
        """Yield each unit that is touched, itself or through what its root is about."""
        for node, touched in self._roots.items():
            for unit in self._compiled.units.get(node, ()):
                mine = self._units[unit]
                mine.keys |= touched.keys
                by_value = unit in self._compiled.dependencies.by_value
                mine.reason = mine.reason or touched.reason or (_CLASSES if by_value and touched.keys else None)
        for unit, touched in self._units.items():
            if (touched.keys or touched.reason) and unit.root.node not in self._left:
                yield unit, touched

    def again(self, unit: Unit, touched: _Touched, rows: Keyed) -> tuple[Keyed, Keyed]:
        """Return those of *rows* of *unit* that are out of date, and those that take their place."""
        if touched.reason:
            return rows, keyed(unit, self._run.rows(unit, self._run.targets(unit.root)))
        stale: Keyed = {key: rows[key] for key in touched.keys & rows.keys()}
        if unit in self._compiled.dependencies.by_value:
            return stale, keyed(unit, self._run.rows_of_values(unit, tuple(touched.keys)))
        focus = self._still_targets(unit, touched)
        return stale, keyed(unit, self._run.rows(unit, focus)) if focus.nodes else {}

    def in_full(self) -> Iterator[Fallen]:
        """Yield each shape that was run in full, with the reason."""
        reasons = {unit.root.node: touched.reason for unit, touched in self._units.items() if touched.reason}
        yield from (Fallen(node, reason) for node, reason in reasons.items() if reason and node not in self._left)

    def _touch(self, read: Read, who: Readers, triples: list[Triple]) -> None:
        if read.cls is not None and self._same_classes:
            below = self._run.below(read.cls)
            triples = [triple for triple in triples if triple.object in below]
        ends = {_end(read, triple) for triple in triples if _concerns(read, triple)}
        if not ends:
            return
        try:
            found = _Touched(reason=_GRAPH) if read.back is None else _Touched(self._walker.back(read.back, ends))
        except TooFar:
            found = _Touched(reason=_FAR)
        touched = [*(self._units[unit] for unit in who.units), *(self._roots[root] for root in who.roots)]
        for one in touched:
            one.keys |= found.keys
            one.reason = one.reason or found.reason

    def _still_targets(self, unit: Unit, touched: _Touched) -> Listed:
        """Return the touched nodes that the root of *unit* is about after the change."""
        key = (unit.root.node, frozenset(touched.keys))
        if key not in self._focus:
            self._focus[key] = Listed(tuple(self._run.chosen(unit.root, key[1])))
        focus = self._focus[key]
        assert isinstance(focus, Listed)
        return focus


def _end(read: Read, triple: Triple) -> Term:
    term = getattr(triple, read.end)
    assert not isinstance(term, Triple)
    return term  # type: ignore[no-any-return]


def _concerns(read: Read, triple: Triple) -> bool:
    """Whether the other end of *triple* is what the read asks for."""
    return read.other is None or read.other == (triple.object if read.end == "subject" else triple.subject)

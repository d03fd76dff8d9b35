"""Validation of data against compiled shapes: what the rest of the package is for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import DefaultGraph, Quad, Store

from aidtrace.shacl import fallback, model, soundness
from aidtrace.shacl.compiling import Compiled
from aidtrace.shacl.messages import worded
from aidtrace.shacl.paths import Path, Predicate
from aidtrace.shacl.prebinding import SHAPES_GRAPH
from aidtrace.shacl.results import Fallen, Result
from aidtrace.shacl.run import Keyed, Row, Run, keyed
from aidtrace.shacl.screening import screened
from aidtrace.shacl.sent import Data, as_sent, load, sent_triples
from aidtrace.shacl.units import Unit

_ODD = "the data have numbers that the store values otherwise than XML Schema, and its constraints compute with them"


@dataclass(frozen=True)
class Outcome:
    """What a validation found: rows by unit, the results of pySHACL, and which shapes were left to it."""

    data: Data
    rows: dict[Unit, Keyed]
    others: tuple[Result, ...]
    fallen: tuple[Fallen, ...]

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """Every result, sorted."""
        ours = (
            result_of(unit, row, kept=self.data.kept)
            for unit, keyed_rows in self.rows.items()
            for rows in keyed_rows.values()
            for row in rows
        )
        return tuple(sorted((*ours, *self.others), key=lambda result: result.order))

    @property
    def conforms(self) -> bool:
        """Whether nothing was found."""
        return not self.others and not any(self.rows.values())


Told = Callable[[int, int], None]
"""Is told how many constraints have been run, and of how many."""


def untold(done: int, of: int) -> None:
    """Tell nobody."""


def validate(compiled: Compiled, data: Data, told: Told = untold) -> Outcome:
    """Validate *data* in full; *told* hears how far it is."""
    data = replace(data, kept=data.kept or compiled.keeps)
    fallen = fallen_on(compiled, data)
    left = {one.shape for one in fallen}
    run = Run(with_shapes(compiled, data), compiled.shapes)
    units = [unit for node, many in compiled.units.items() if node not in left for unit in many]
    known = screened(run, units)
    rows: dict[Unit, Keyed] = {}
    for done, unit in enumerate(units):
        told(done, len(units))
        found = run.rows_of_values(unit, known[unit]) if unit in known else run.rows(unit, run.targets(unit.root))
        rows[unit] = keyed(unit, found)
    return Outcome(data, rows, left_over(compiled, data, fallen), fallen)


def with_shapes(compiled: Compiled, data: Data) -> Data:
    """Return *data* with the shapes graph beside them, if a query asks for it."""
    if not compiled.needs_shapes_graph:
        return data
    store = Store()
    store.extend(data.store.quads_for_pattern(None, None, None, DefaultGraph()))
    shapes = load(Quad(*triple) for triple in compiled.triples)
    store.extend(Quad(quad.subject, quad.predicate, quad.object, SHAPES_GRAPH) for quad in shapes.store)
    return replace(data, store=store)


def fallen_on(compiled: Compiled, data: Data) -> tuple[Fallen, ...]:
    """Return the shapes that pySHACL must run on *data*."""
    return (*compiled.fallen, *_fallen_on(compiled, data))


def _fallen_on(compiled: Compiled, data: Data) -> Iterator[Fallen]:
    """Yield the shapes that cannot run here for what is in *data*: literals that the store does not hold as sent."""
    for root in compiled.units if data.odd or data.kept else ():
        for shape, constraint in compiled.asked(root):
            reason = _ODD if data.odd else soundness.obstacle_in_kept(shape, constraint)
            if reason:
                yield Fallen(root, reason)
                break


def left_over(compiled: Compiled, data: Data, fallen: tuple[Fallen, ...]) -> tuple[Result, ...]:
    """Run pySHACL on the *fallen* shapes."""
    if not fallen:
        return ()
    nodes = {one.shape for one in fallen}
    return tuple(fallback.run(sent_triples(data), compiled.triples, compiled.shapes, nodes))


def result_of(unit: Unit, row: Row, *, kept: bool) -> Result:
    """Return the result that *row* of *unit* is, in the terms that were sent."""
    shape, constraint, found = unit.shape, unit.constraint, row.found
    if kept:
        quoted = tuple((name, as_sent(term)) for name, term in found.quoted)
        value = as_sent(found.value) if found.value is not None else None
        found = found._replace(focus=as_sent(found.focus), value=value, quoted=quoted)
    path: Path | None = Predicate(found.path) if found.path is not None else shape.path
    return Result(
        focus=found.focus,
        path=path,
        value=found.value,
        component=constraint.component,
        shape=shape.node,
        severity=shape.severity,
        messages=worded(shape, constraint, found),
        constraint=constraint.node if isinstance(constraint, model.Sparql) else None,
    )

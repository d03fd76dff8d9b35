"""Validation of data against compiled shapes: what the rest of the package is for."""

from dataclasses import dataclass
from functools import cached_property

from aidtrace.shacl import fallback, model
from aidtrace.shacl.compiling import Compiled
from aidtrace.shacl.messages import worded
from aidtrace.shacl.paths import Path, Predicate
from aidtrace.shacl.results import Fallen, Result
from aidtrace.shacl.run import Row, Run
from aidtrace.shacl.sent import Data, as_sent, sent_triples
from aidtrace.shacl.units import Unit

_ODD = "the data have numbers that the store cannot value as XML Schema does, and its constraints are in SPARQL"


@dataclass(frozen=True)
class Outcome:
    """What a validation found: rows by unit, the results of pySHACL, and which shapes were left to it."""

    data: Data
    rows: dict[Unit, tuple[Row, ...]]
    others: tuple[Result, ...]
    fallen: tuple[Fallen, ...]

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """Every result, sorted."""
        ours = (result_of(unit, row, kept=self.data.kept) for unit, rows in self.rows.items() for row in rows)
        return tuple(sorted((*ours, *self.others), key=lambda result: result.order))

    @property
    def conforms(self) -> bool:
        """Whether nothing was found."""
        return not self.others and not any(self.rows.values())


def validate(compiled: Compiled, data: Data) -> Outcome:
    """Validate *data* in full."""
    fallen = fallen_on(compiled, data)
    left = {one.shape for one in fallen}
    run = Run(data, compiled.shapes)
    rows = {
        unit: tuple(run.rows(unit, run.targets(unit.root)))
        for node, units in compiled.units.items()
        if node not in left
        for unit in units
    }
    return Outcome(data, rows, left_over(compiled, data, fallen), fallen)


def fallen_on(compiled: Compiled, data: Data) -> tuple[Fallen, ...]:
    """Return the shapes that pySHACL must run on *data*."""
    odd = [Fallen(node, _ODD) for node in compiled.units if compiled.asks(node)] if data.odd else []
    return (*compiled.fallen, *odd)


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


__all__ = ["Outcome", "fallen_on", "left_over", "result_of", "validate"]

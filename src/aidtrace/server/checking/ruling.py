"""What the gate would say to a write of what somebody sent: tried on a copy of what is served."""

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode, Quad

from aidtrace.documents import Document
from aidtrace.namespaces import GRAPH
from aidtrace.reports.findings import Ruling
from aidtrace.reports.lines import Text, locate
from aidtrace.server.checking.faithful import rewriting
from aidtrace.server.checking.gate import OFF, Gate
from aidtrace.union import change
from aidtrace.validation import Ground, TooManyError

_SENT = GRAPH("sent")
"""Stands for whatever graph a triple would be written to: the rules look at all graphs together."""


def rule(ground: Ground, gate: str, revision: str, documents: Sequence[Document], most: int | None = None) -> Ruling:
    """Write *documents* into the whole of *ground*, a copy of *revision*, and tell what a *gate* says of that.

    More than *most* new findings raise TooManyError.
    """
    held = ground.whole
    sent = {_in_a_graph(quad) for one in documents for quad in one.quads()}
    if gate != OFF and (refused := rewriting(quad.object for quad in sent if isinstance(quad.object, Literal))):
        return Ruling(gate, revision, refused)
    keeper = Gate(ground.shapes, gate)
    keeper.open(held)
    verdict = keeper.judge(held, change(held, set(), sent))
    if most is not None and verdict.change.now.total > most:
        raise TooManyError(verdict.change.now.total)
    new = locate(verdict.change.now.findings, [Text(one.name, one.text) for one in documents], beside=True)
    out = {one.id for one in verdict.keeping_out}
    return Ruling(
        gate,
        revision,
        new=new,
        keeping_out=tuple(one for one in new if one.id in out),
        fixed=len(verdict.change.fixed),
        still=verdict.change.still,
    )


def _in_a_graph(quad: Quad) -> Quad:
    named = isinstance(quad.graph_name, NamedNode)
    return quad if named else Quad(quad.subject, quad.predicate, quad.object, _SENT)

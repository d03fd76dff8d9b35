"""The causal statements of a case as a graph: paths from cause to outcome, cycles, and what the rivals would need.

Nodes are factors. An edge is one cause and one effect that a statement names, so that two statements of the same pair
are two edges. How firmly a statement is worded is the order of its weakest hedge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from aidtrace.errors import InputError, unknown_name
from aidtrace.namespaces import short
from aidtrace.tracing.report import Fact, Row, decided_by, grouped, rows, values

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

    from aidtrace.tracing.rules import Rules
    from aidtrace.tracing.run import Tracing

MOST = 1000
"""So many paths between two factors are told, and so many cycles; a report says where there are more."""


@dataclass(frozen=True)
class Statement:
    """A causal statement of one cause and one effect: its hedges, who claims it, the works cited, the paragraphs.

    *firmness* is the order of its weakest hedge, *together* the other causes that it names with this one, and
    *chronology* whether the dated facts of the cause come before those of the effect, with the two that decide it.
    """

    thing: str
    label: str
    polarity: str
    hedges: tuple[str, ...]
    firmness: int
    claimants: tuple[str, ...]
    works: tuple[str, ...]
    paragraphs: tuple[str, ...]
    chronology: str
    decided_by: tuple[Fact, ...]
    together: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of a path: a cause, an effect, and all that is stated of the two."""

    cause: str
    effect: str
    statements: tuple[Statement, ...]

    @property
    def firmness(self) -> int:
        """How firmly the firmest statement is worded."""
        return max(one.firmness for one in self.statements)

    @property
    def polarity(self) -> str:
        """Positive or negative, or mixed where statements differ."""
        found = {one.polarity for one in self.statements}
        return found.pop() if len(found) == 1 else "mixed"


@dataclass(frozen=True)
class Path:
    """A way from one factor to another."""

    steps: tuple[Step, ...]

    @property
    def weakest(self) -> tuple[Step, ...]:
        """The steps whose firmest statement is the least firm."""
        least = min(step.firmness for step in self.steps)
        return tuple(step for step in self.steps if step.firmness == least)

    @property
    def polarity(self) -> str:
        """Whether the cause raises or lowers what the path ends in; mixed where a step is."""
        found = [step.polarity for step in self.steps]
        if "mixed" in found:
            return "mixed"
        return "negative" if found.count("negative") % 2 else "positive"


@dataclass(frozen=True)
class Route:
    """All paths from a cause to an outcome, or the first of very many (*more*)."""

    cause: str
    outcome: str
    paths: tuple[Path, ...]
    more: bool


@dataclass(frozen=True)
class Rival:
    """A rival explanation: the factors that it invokes, and its routes to each outcome beside and through the cause."""

    thing: str
    label: str
    factors: tuple[str, ...]
    beside: tuple[Route, ...]
    through: tuple[Route, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Unsupported:
    """A statement that the dates of recorded facts do not support: which, in what way, and its paragraphs."""

    thing: str
    kind: str
    label: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class CausalReport:
    """What the graph says of one case; *more_cycles* says that only the first of very many are told."""

    revision: str
    statements: int
    factors: int
    routes: tuple[Route, ...]
    cycles: tuple[Path, ...]
    more_cycles: bool
    unsupported: tuple[Unsupported, ...]
    rivals: tuple[Rival, ...]


def causal_graph(rules: Rules, tracing: Tracing, case: str) -> MultiDiGraph[str]:
    """Build the graph: factors with their label, and statements as edges, each under *statement*.

    InputError where the case states no causes. *tracing* is a run of ``rules.for_causes()``.
    """
    from networkx import MultiDiGraph

    graph: MultiDiGraph[str] = MultiDiGraph()
    found = grouped(rows(tracing.store, dict(rules.causal_report)["links"]), "link", "cause", "effect").values()
    together = {link: values(many, "causeLabel") for link, many in grouped(map(_first, found), "link").items()}
    for many in found:
        row = many[0]
        cause, effect = short(row["cause"]), short(row["effect"])
        graph.add_node(cause, label=row["causeLabel"])
        graph.add_node(effect, label=row["effectLabel"])
        others = tuple(one for one in together[row["link"]] if one != row["causeLabel"])
        graph.add_edge(cause, effect, key=short(row["link"]), statement=_statement(many, others))
    if not graph:
        raise InputError(f"case {case}: states no causes; expected an at:CausalLink with at:cause and at:effect")
    return graph


def causal_report(
    rules: Rules, tracing: Tracing, graph: MultiDiGraph[str], cause: str | None = None, outcome: str | None = None
) -> CausalReport:
    """Read the report out of *graph*: from *cause* to *outcome*, else what the mechanism leads from and to.

    Both are factors, by short name or label; UnknownNameError where the graph has none of the name.
    """
    ends = grouped(rows(tracing.store, dict(rules.causal_report)["ends"]), "role")
    causes = _ends(graph, cause, ends.get("cause", []), "--from")
    outcomes = _ends(graph, outcome, ends.get("outcome", []), "--to")
    cycles = list(_cycles(graph))
    return CausalReport(
        revision=tracing.revision,
        statements=len({key for *_, key in graph.edges(keys=True)}),
        factors=len(graph),
        routes=tuple(_route(graph, one, other) for one in causes for other in outcomes),
        cycles=tuple(sorted(cycles[:MOST], key=_nodes_of)),
        more_cycles=len(cycles) > MOST,
        unsupported=tuple(_unsupported(rules, tracing)),
        rivals=tuple(_rivals(graph, rows(tracing.store, dict(rules.causal_report)["rivals"]), causes, outcomes)),
    )


def _first(many: list[Row]) -> Row:
    return many[0]


def _statement(many: list[Row], together: tuple[str, ...]) -> Statement:
    first = many[0]
    return Statement(
        thing=short(first["link"]),
        label=first["label"],
        polarity=first["polarity"],
        hedges=values(many, "hedge"),
        firmness=min((int(row["firmness"]) for row in many if "firmness" in row), default=0),
        claimants=values(many, "claimant"),
        works=values(many, "work"),
        paragraphs=values(many, "paragraph"),
        chronology=first["chronology"],
        decided_by=decided_by(many),
        together=together,
    )


def _ends(graph: MultiDiGraph[str], asked: str | None, told: list[Row], option: str) -> tuple[str, ...]:
    if asked is None:
        found = tuple(short(row["factor"]) for row in told if short(row["factor"]) in graph)
        if not found:
            raise InputError(f"the mechanism of this case does not say which factor it is; expected {option} FACTOR")
        return found
    names = {word.casefold(): node for node, label in _labels(graph) for word in (node, node.rpartition("/")[2], label)}
    if asked.casefold() not in names:
        raise unknown_name("factor", asked, [node for node, _ in _labels(graph)])
    return (names[asked.casefold()],)


def _labels(graph: MultiDiGraph[str]) -> Iterator[tuple[str, str]]:
    yield from ((node, str(label)) for node, label in graph.nodes(data="label"))


def _route(graph: MultiDiGraph[str], cause: str, outcome: str, without: Iterable[str] = ()) -> Route:
    """Return the simple paths, the short ones first; only what lies on a way from the one to the other is looked at."""
    from networkx import all_simple_paths, ancestors, descendants

    left = graph.subgraph(set(graph) - (set(without) - {cause, outcome}))
    label, end = graph.nodes[cause]["label"], graph.nodes[outcome]["label"]
    if cause not in left or outcome not in left or cause == outcome:
        return Route(label, end, (), more=False)
    between = (descendants(left, cause) | {cause}) & (ancestors(left, outcome) | {outcome})
    if outcome not in between:
        return Route(label, end, (), more=False)
    found = islice(all_simple_paths(_plain(left.subgraph(between)), cause, outcome), MOST + 1)
    nodes = sorted((tuple(one) for one in found), key=lambda one: (len(one), one))
    return Route(label, end, tuple(_path(graph, one) for one in nodes[:MOST]), more=len(nodes) > MOST)


def _plain(graph: MultiDiGraph[str]) -> DiGraph[str]:
    """Return *graph* with one edge for each pair: a path is told once, with all that is stated of its steps."""
    from networkx import DiGraph

    return DiGraph(graph)


def _path(graph: MultiDiGraph[str], nodes: Iterable[str]) -> Path:
    return Path(tuple(_step(graph, cause, effect) for cause, effect in pairwise(nodes)))


def _step(graph: MultiDiGraph[str], cause: str, effect: str) -> Step:
    told = sorted((data["statement"] for data in graph[cause][effect].values()), key=lambda one: one.thing)
    return Step(graph.nodes[cause]["label"], graph.nodes[effect]["label"], tuple(told))


def _cycles(graph: MultiDiGraph[str]) -> Iterator[Path]:
    """Yield cycles, one more than are told where there are so many; the same ones each time, for they go by number."""
    from networkx import DiGraph, simple_cycles

    names = sorted(graph)
    numbers_of = {name: number for number, name in enumerate(names)}
    numbered: DiGraph[int] = DiGraph()
    numbered.add_nodes_from(range(len(names)))
    numbered.add_edges_from(sorted((numbers_of[cause], numbers_of[effect]) for cause, effect in _plain(graph).edges()))
    for numbers in islice(simple_cycles(numbered), MOST + 1):
        nodes = _rotated([names[number] for number in numbers])
        yield _path(graph, (*nodes, nodes[0]))


def _nodes_of(path: Path) -> tuple[str, ...]:
    return tuple(step.cause for step in path.steps)


def _rotated(nodes: list[str]) -> tuple[str, ...]:
    start = nodes.index(min(nodes))
    return (*nodes[start:], *nodes[:start])


def _unsupported(rules: Rules, tracing: Tracing) -> Iterator[Unsupported]:
    found = rows(tracing.store, dict(rules.causal_report)["unsupported"])
    for many in grouped(found, "finding").values():
        first = many[0]
        yield Unsupported(short(first["link"]), first["kind"], first["label"], values(many, "paragraph"))


def _rivals(
    graph: MultiDiGraph[str], told: list[Row], causes: tuple[str, ...], outcomes: tuple[str, ...]
) -> Iterator[Rival]:
    for many in grouped(told, "rival").values():
        invoked = [name for name in map(short, values(many, "factor")) if name in graph]
        pairs = [(one, outcome) for one in invoked for outcome in outcomes]
        beside = [_route(graph, one, outcome, causes) for one, outcome in pairs]
        labels = {graph.nodes[cause]["label"] for cause in causes}
        through = [_through(_route(graph, one, outcome), labels) for one, outcome in pairs]
        yield Rival(
            short(many[0]["rival"]),
            many[0]["label"],
            tuple(graph.nodes[name]["label"] for name in invoked),
            tuple(one for one in beside if one.paths),
            tuple(one for one in through if one.paths),
            values(many, "paragraph"),
        )


def _through(route: Route, causes: set[str]) -> Route:
    """Return the paths of *route* that lead through one of *causes*."""
    paths = tuple(path for path in route.paths if causes & {step.effect for step in path.steps[:-1]})
    return Route(route.cause, route.outcome, paths, route.more)

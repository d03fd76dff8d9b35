"""The causal graph as text for a terminal, as JSON, as GraphML, and as DOT."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from aidtrace.namespaces import ID
from aidtrace.tracing.formats import decision

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from aidtrace.tracing.causes import CausalReport, Path, Rival, Route, Statement

_COLOURS = {"negative": "#a33"}


def to_text(report: CausalReport) -> str:
    """Write what a reader of the study wants to see: each path with what is stated of its steps, then the rest."""
    lines = [f"Revision {report.revision}: {report.statements} causal statements, {report.factors} factors"]
    for route in report.routes:
        lines += ["", f"FROM {route.cause} TO {route.outcome}", *_route(route)]
    lines += ["", "CYCLES", *([_names(path) for path in report.cycles] or ["    none"])]
    lines += [f"    and more: only the first {len(report.cycles)} are told"] * report.more_cycles
    lines += ["", "WHAT THE RIVALS NEED", *(line for rival in report.rivals for line in _rival(rival))]
    lines += ["", "STATEMENTS THAT NO DATED EVIDENCE SUPPORTS", *_unsupported(report)]
    return "\n".join(lines) + "\n"


def to_json(report: CausalReport) -> str:
    """Write the whole report, each path with its polarity and its weakest steps."""
    content = asdict(report)
    for route, told in [*zip(report.routes, content["routes"], strict=True), *_of_rivals(report, content)]:
        for path, said in zip(route.paths, told["paths"], strict=True):
            said["polarity"] = path.polarity
            said["weakest"] = [[step.cause, step.effect] for step in path.weakest]
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def to_graphml(graph: MultiDiGraph[str]) -> str:
    """Write every factor and statement as GraphML."""
    from networkx import MultiDiGraph, generate_graphml

    told: MultiDiGraph[str] = MultiDiGraph()
    for node, label in _nodes(graph):
        told.add_node(node, label=label, iri=ID.iri + node)
    for cause, effect, one in _edges(graph):
        key = f"{one.thing} {cause} {effect}"
        told.add_edge(cause, effect, key=key, iri=ID.iri + one.thing, **_attributes(one))
    return "\n".join(generate_graphml(told)) + "\n"


def to_dot(graph: MultiDiGraph[str]) -> str:
    """Write every factor and statement in the DOT language of Graphviz; a dashed edge is hedged."""
    from graphviz import Digraph

    told = Digraph("causes", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
    for node, label in _nodes(graph):
        told.node(node, label, URL=ID.iri + node)
    for cause, effect, one in _edges(graph):
        said = _attributes(one)
        style = "dashed" if said["hedge"] not in ("", "none") else "solid"
        tip = "; ".join(f"{name}: {value}" for name, value in said.items() if value)
        colour = _COLOURS.get(said["polarity"], "black")
        told.edge(cause, effect, style=style, color=colour, URL=ID.iri + one.thing, tooltip=tip)
    return str(told.source)


def _nodes(graph: MultiDiGraph[str]) -> list[tuple[str, str]]:
    return sorted((node, str(data["label"])) for node, data in graph.nodes(data=True))


def _edges(graph: MultiDiGraph[str]) -> list[tuple[str, str, Statement]]:
    found = [(cause, effect, data["statement"]) for cause, effect, data in graph.edges(data=True)]
    return sorted(found, key=lambda edge: (edge[0], edge[1], edge[2].thing))


def _of_rivals(report: CausalReport, content: dict[str, object]) -> Iterator[tuple[Route, dict[str, list[object]]]]:
    for rival, told in zip(report.rivals, content["rivals"], strict=True):  # type: ignore[call-overload]
        yield from zip((*rival.beside, *rival.through), (*told["beside"], *told["through"]), strict=True)


def _attributes(statement: Statement) -> dict[str, str]:
    return {
        "label": statement.label,
        "polarity": statement.polarity,
        "hedge": " | ".join(statement.hedges),
        "claimant": " | ".join(statement.claimants),
        "works": " | ".join(statement.works),
        "paragraphs": " | ".join(statement.paragraphs),
        "dates": statement.chronology,
    }


def _route(route: Route) -> Iterator[str]:
    if not route.paths:
        yield "    no path"
    for number, path in enumerate(route.paths, 1):
        yield f"    {number}. {_names(path).strip()}  ({path.polarity})"
        for step in path.steps:
            for statement in step.statements:
                yield f"        {_statement(statement)}"
                yield from (f"            {line}" for line in decision(statement.decided_by))
        weakest = "; ".join(f"{step.cause} > {step.effect}" for step in path.weakest)
        if len(path.steps) > 1:
            yield f"        weakest link: {weakest}"
    if route.more:
        yield f"    and more: only the first {len(route.paths)} are told"


def _names(path: Path) -> str:
    return "    " + " > ".join([path.steps[0].cause, *(step.effect for step in path.steps)])


def _statement(one: Statement) -> str:
    hedge = "stated without a hedge" if one.hedges in ((), ("none",)) else f"hedged: {', '.join(one.hedges)}"
    beside = f"; together with {', '.join(one.together)}" if one.together else ""
    works = ", ".join(one.works) or "no work cited"
    where = ", ".join(one.paragraphs)
    return f"{one.label}: {hedge}{beside}; {', '.join(one.claimants)}; {works}; dates: {one.chronology}  ({where})"


def _rival(rival: Rival) -> Iterator[str]:
    where = ", ".join(rival.paragraphs)
    if not rival.factors:
        yield f"    {rival.label}: no causal statement names what it invokes  ({where})"
        return
    yield f"    {rival.label}: {', '.join(rival.factors)}  ({where})"
    for how, routes in (("beside the cause", rival.beside), ("through the cause", rival.through)):
        for route in routes:
            for path in route.paths:
                yield f"        {how}: {_names(path).strip()}  ({_firmest(path)})"
    if not rival.beside and not rival.through:
        yield "        no path to the outcome"


def _firmest(path: Path) -> str:
    """Tell how the firmest statements of the weakest step are hedged, and where they stand."""
    step = path.weakest[0]
    told = [one for one in step.statements if one.firmness == step.firmness]
    hedges = ", ".join(dict.fromkeys(hedge for one in told for hedge in one.hedges)) or "none"
    where = ", ".join(dict.fromkeys(place for one in told for place in one.paragraphs))
    return f"hedge: {hedges}; {where}"


def _unsupported(report: CausalReport) -> Iterator[str]:
    kind = ""
    for one in report.unsupported:
        if one.kind != kind:
            kind = one.kind
            yield f"  {kind}"
        yield f"    {one.label}  ({', '.join(one.paragraphs)})"

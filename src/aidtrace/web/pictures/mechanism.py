"""The page of the mechanism: its steps with their evidence, their order by dates, and the causal statements."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, render_template, request

from aidtrace.folding import alphabetical
from aidtrace.namespaces import AT, ID
from aidtrace.project import Project
from aidtrace.queries import Table, find_query
from aidtrace.web.answered import Cells
from aidtrace.web.asked import Questions, Row
from aidtrace.web.entities import label
from aidtrace.web.pictures.layers import Layers, layered
from aidtrace.web.tables import csv_answer, json_answer, no_format
from aidtrace.web.telling import Telling

Tied = tuple[str, str]
"""The pages of a step and of a fact that stands for it."""

_FORMATS = ("csv", "html", "json")
_ENDS = ("cause", "effect")
_UNHEDGED = "none"
_AUTHORS = "actor/authors"


@dataclass(frozen=True)
class Evidence:
    """A fact that stands for a step: who tied it to the step (*by* are their pages), and where both are told."""

    page: str
    label: str
    dates: Sequence[str]
    drawn_by: Sequence[str]
    by: Sequence[str]
    told: Sequence[str]
    tied: Sequence[str]

    @property
    def by_authors(self) -> bool:
        """Whether the authors themselves draw the tie."""
        return _AUTHORS in self.by


@dataclass(frozen=True)
class Step:
    """A step with its number, which the side mechanism has not, and its evidence: the earliest first, undated last."""

    page: str
    label: str
    order: str
    evidence: Sequence[Evidence]


@dataclass(frozen=True)
class Link:
    """A causal statement: causes and effects are pages with labels."""

    page: str
    causes: Sequence[tuple[str, str]]
    effects: Sequence[tuple[str, str]]
    polarity: str
    hedges: Sequence[str]
    claimants: Sequence[str]
    paragraphs: Sequence[str]
    sources: Sequence[str]
    label: str = ""

    @property
    def hedged(self) -> bool:
        """Whether the statement is made with reserve, or of a part only."""
        return bool(self.hedges)


@dataclass(frozen=True)
class Tie:
    """A cause and an effect, and all statements that join them."""

    cause: str
    effect: str
    links: Sequence[Link]

    @property
    def polarity(self) -> str:
        """What all statements say, or "both"."""
        said = {link.polarity for link in self.links}
        return said.pop() if len(said) == 1 else "both"

    @property
    def hedged(self) -> bool:
        """Whether no statement joins the two without reserve."""
        return all(link.hedged for link in self.links)


def mechanism(project: Project, questions: Questions, say: Callable[[str], str]) -> Blueprint:
    """Build the page over what *questions* answer; *say* translates the words of dates."""
    blueprint, tell = Blueprint("mechanism", __name__), Telling(say).told

    @blueprint.get("/mechanism")
    def page() -> str | Response:
        form = request.args.get("format", "html")
        rows = questions.question(find_query(project, "mechanism"), [])
        if form == "csv":
            return csv_answer("mechanism", rows.columns, rows.rows)
        traced = questions.tracing([])
        steps = read_steps(traced["steps"], rows, questions.rows("ties"))
        factors = questions.rows("causes")
        links = read_links(questions.question(find_query(project, "causal-links"), []), factors)
        orders = traced["step_orders"]
        late = [one for one in traced["findings"] if one["about"] in {step.page for step in steps}]
        if form == "json":
            told = {"steps": map(asdict, steps), "orders": orders, "findings": late, "links": map(asdict, links)}
            return json_answer({name: list(values) for name, values in told.items()})
        if form != "html":
            no_format(form, _FORMATS)
        outcomes = _named(factors, "outcomeFactor")
        ties = leading(links, outcomes)
        evidence = [one for step in steps for one in step.evidence]
        layers = layered((tie.cause, tie.effect) for tie in ties)
        return render_template(
            "mechanism.html",
            steps=steps,
            evidence=evidence,
            facts=len({one.page for one in evidence}),
            orders=orders,
            late=late,
            links=links,
            ties=ties,
            outcomes=sorted({label for _, label in outcomes}, key=alphabetical),
            layers=layers,
            steps_drawn=draw_steps(steps, orders, tell),
            tell=tell,
            causes_drawn=draw_causes(ties, layers, {page for page, _ in outcomes}),
        )

    return blueprint


def read_steps(traced: Iterable[Mapping[str, Any]], rows: Table, ties: Iterable[Row]) -> list[Step]:
    """Join what the tracing says of the steps with the named question's *rows*; the side mechanism comes last.

    Several evidence lines may tie one fact to one step: what each of them says, and who drew each, is kept.
    """
    asked, by = defaultdict[Tied, list[Cells]](list), defaultdict[Tied, list[str]](list)
    for cells in rows.rows:
        row = dict(zip(rows.columns, cells, strict=True))
        asked[_page(row["step"]), _page(row["evidence"])].append(row)
    for tie in ties:
        by[_page(tie["step"]["value"]), _page(tie["fact"]["value"])].append(_page(tie["by"]["value"]))
    return sorted((_step(one, asked, by) for one in traced), key=lambda step: (not step.order, step.order))


def read_links(table: Table, factors: Iterable[Row]) -> list[Link]:
    """Read the rows of the question ``causal-links``, with the pages of the factors that each joins."""
    joined, labels = dict[tuple[str, str], list[tuple[str, str]]](), dict[str, str]()
    for row in factors:
        labels[row["thing"]["value"]] = label(row, "thing")
        end = (row["thing"]["value"], row["property"]["value"])
        joined.setdefault(end, []).append((_page(row["factor"]["value"]), row["factorLabel"]["value"]))
    links = []
    for cells in table.rows:
        told = dict(zip(table.columns, cells, strict=True))
        causes, effects = (sorted(joined.get((told["link"], AT.iri + end), []), key=_label) for end in _ENDS)
        link = Link(
            page=_page(told["link"]),
            causes=causes,
            effects=effects,
            polarity=told["polarity"],
            hedges=[one for one in _several(told["hedge"]) if one != _UNHEDGED],
            claimants=_several(told["claimant"]),
            paragraphs=_several(told["paragraph"]),
            sources=_several(told["sources"]),
            label=labels.get(told["link"], ""),
        )
        links.append(link)
    return links


def leading(links: Iterable[Link], outcomes: Iterable[tuple[str, str]]) -> list[Tie]:
    """Return the ties that lead to *outcomes*, in one step or in several."""
    joined = dict[tuple[str, str], list[Link]]()
    for link in links:
        for cause, _ in link.causes:
            for effect, _ in link.effects:
                joined.setdefault((cause, effect), []).append(link)
    reached, before = {page for page, _ in outcomes}, set[str]()
    while reached != before:
        before = reached
        reached = before | {cause for cause, effect in joined if effect in before}
    return [Tie(*pair, joined[pair]) for pair in sorted(joined) if pair[1] in reached]


def draw_steps(
    steps: Sequence[Step], orders: Iterable[Mapping[str, Any]], tell: Callable[[str], str]
) -> dict[str, Any]:
    """Return the steps as columns of nodes, each step above its evidence, and the arrows between the steps.

    *tell* puts dates in words.
    """
    nodes, edges = list[dict[str, Any]](), list[dict[str, Any]]()
    chronology = {(one["earlier_thing"], one["later_thing"]): one["chronology"] for one in orders}
    for column, step in enumerate(steps):
        text = f"{step.order} {step.label}".strip()
        nodes.append({"at": (column, 0), "text": text, "page": f"/page/{step.page}", "kind": _kind(step)})
        for row, one in enumerate(step.evidence, start=1):
            drawn = {"dates": list(map(tell, one.dates)), "authors": one.by_authors}
            nodes.append({"at": (column, row), "text": one.label, "page": f"/page/{one.page}", "kind": "fact", **drawn})
            edges.append({"from": (column, row), "to": (column, 0), "authors": one.by_authors})
    numbered = [step for step in steps if step.order]
    for column, (earlier, later) in enumerate(pairwise(numbered)):
        said = chronology.get((earlier.page, later.page), "")
        edges.append({"from": (column, 0), "to": (column + 1, 0), "said": said})
    return {"nodes": nodes, "edges": edges}


def draw_causes(ties: Iterable[Tie], layers: Layers, outcomes: Collection[str]) -> dict[str, Any]:
    """Return the factors that *ties* join as nodes, and a line for each tie with the statements that it stands for."""
    ties = list(ties)
    labels = {page: label for tie in ties for link in tie.links for page, label in (*link.causes, *link.effects)}
    nodes = [
        {"at": spot, "text": labels[page], "page": f"/page/{page}", "kind": "outcome" if page in outcomes else "factor"}
        for page, spot in layers.spots.items()
    ]
    edges = [
        {
            "route": layers.routes[tie.cause, tie.effect],
            "text": f"{labels[tie.cause]} → {labels[tie.effect]}",
            "polarity": tie.polarity,
            "hedged": tie.hedged,
            "statements": [_drawn(one, tie.cause) for one in tie.links],
            "page": f"/page/{tie.links[0].page if len(tie.links) == 1 else tie.cause}",
        }
        for tie in ties
    ]
    return {"nodes": nodes, "edges": edges}


def _drawn(link: Link, cause: str) -> dict[str, Any]:
    beside = [label for page, label in link.causes if page != cause]
    said = {"hedges": link.hedges, "who": link.claimants, "paragraphs": link.paragraphs, "polarity": link.polarity}
    return {**said, "with": beside}


def _kind(step: Step) -> str:
    return "step" if step.order else "side"


def _step(traced: Mapping[str, Any], asked: Mapping[Tied, Sequence[Cells]], by: Mapping[Tied, Sequence[str]]) -> Step:
    def of(item: Mapping[str, Any]) -> Tied:
        return traced["thing"], item["fact"]["thing"]

    found = [
        (_evidence(one, asked.get(of(one), ()), by.get(of(one), ())), asked.get(of(one), ()))
        for one in traced["evidence"]
    ]
    begun = {one.page: min((row["earliest"] for row in rows if row["earliest"]), default="") for one, rows in found}
    evidence = [one for one, _ in found]
    evidence.sort(key=lambda one: (not begun[one.page], begun[one.page], alphabetical(one.label)))
    return Step(traced["thing"], traced["label"], traced["order"], evidence)


def _evidence(item: Mapping[str, Any], asked: Iterable[Cells], by: Sequence[str]) -> Evidence:
    fact = item["fact"]
    tied = list(dict.fromkeys(one for row in asked for one in _several(row["paragraph"])))
    return Evidence(fact["thing"], fact["label"], fact["dates"], item["drawn_by"], by, fact["paragraphs"], tied)


def _named(factors: Iterable[Row], verb: str) -> list[tuple[str, str]]:
    rows = (row for row in factors if row["property"]["value"] == AT.iri + verb)
    return [(_page(row["factor"]["value"]), row["factorLabel"]["value"]) for row in rows]


def _label(end: tuple[str, str]) -> tuple[str, str]:
    return alphabetical(end[1])


def _several(cell: str) -> list[str]:
    return cell.split(" | ") if cell else []


def _page(iri: str) -> str:
    return iri.removeprefix(ID.iri)

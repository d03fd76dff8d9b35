"""The page on aid and arms sales: what of it is counted, its sums, and both as scripts draw them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import abort

from aidtrace.errors import one_of
from aidtrace.folding import alphabetical
from aidtrace.project import Project
from aidtrace.web.answered import answered, page, values
from aidtrace.web.asked import Questions
from aidtrace.web.pictures.flows import EXACT, SALE, SPLIT, Flow, Place, Words, flows, rounded, shown, told_as
from aidtrace.web.telling import Telling

KINDS = ("financial aid", "goods aid", "arms sale")
FLOW_COLUMNS = (
    *("flow", "label", "kind", "stage", "donor", "recipient", "endUser", "date", "earliest", "latest", "amount"),
    *("currency", "qualifier", "cash", "inKind", "goods", "purpose", "duration", "partOf", "agreement", "computed"),
    *("basis", "paragraph", "sources"),
)
"""The columns of the file: those of the question."""

PARTS = ("cash", "inKind", "notSaid", "splitDiffers")
"""The parts of what is given; the last is all of an amount of which rival cash or rival goods are told."""

_LEVELS = ("donor", "agreement", "recipient", "purpose")


@dataclass(frozen=True)
class Sum:
    """What flows of one kind, in one currency and with one qualifier, add up to."""

    kind: str
    currency: str
    qualifier: str
    flows: tuple[Flow, ...]

    @property
    def of(self) -> tuple[str, str]:
        """What it is a sum of: the kind and the currency."""
        return self.kind, self.currency

    @property
    def amount(self) -> str:
        """The sum as a number that is read easily."""
        return shown(sum((flow.amount or Decimal(0) for flow in self.flows), Decimal(0)))


@dataclass(frozen=True)
class Aid:
    """The flows of one kind, or of all kinds (no *kind*)."""

    all: Sequence[Flow]
    kind: str = ""

    @cached_property
    def flows(self) -> list[Flow]:
        """The flows, the earliest first, undated ones last."""
        found = [flow for flow in self.all if not self.kind or flow["kind"] == self.kind]
        return sorted(found, key=lambda flow: (not flow["date"], flow["earliest"], alphabetical(flow["label"])))

    def address(self, form: str) -> str:
        """Return the address of the same in a *form*."""
        return "/aid?" + urlencode([*([("kind", self.kind)] if self.kind else []), ("format", form)])

    @property
    def counted(self) -> list[Flow]:
        """The flows that a sum counts: a total stands for its items."""
        return [flow for flow in self.flows if not flow.whole]

    @property
    def untold(self) -> tuple[int, int, int]:
        """How many of the flows that are counted have no amount, amounts that differ, and no agreement."""
        unpriced, differing = (sum(flow in those for flow in self.counted) for those in (self.unpriced, self.differing))
        return unpriced, differing, sum(not flow["agreement"] for flow in self.counted)

    @property
    def items(self) -> list[Flow]:
        """The flows that a total stands for."""
        return [flow for flow in self.flows if flow.whole]

    @property
    def unpriced(self) -> list[Flow]:
        """The flows without an amount."""
        return [flow for flow in self.flows if flow.amount is None and not flow.differs]

    @property
    def differing(self) -> list[Flow]:
        """The flows whose amounts differ, so that no sum can count them."""
        return [flow for flow in self.flows if flow.differs]

    @property
    def divided(self) -> list[Flow]:
        """The flows of which rival cash or rival goods are told, so that no share of cash can count them."""
        return [flow for flow in self.flows if flow.split_differs]

    @property
    def undated(self) -> list[Flow]:
        """The flows without a date."""
        return [flow for flow in self.flows if not flow["date"]]

    @property
    def spread(self) -> list[Flow]:
        """The flows that were to be spread over years."""
        return [flow for flow in self.flows if flow.spread and flow.amount is not None]

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """The kinds with how many flows there are of each."""
        return [(kind, sum(flow["kind"] == kind for flow in self.all)) for kind in KINDS]

    @cached_property
    def sums(self) -> list[Sum]:
        """The sums; currencies, kinds and qualifiers are never added together."""
        groups = defaultdict[tuple[int, str, str], list[Flow]](list)
        for flow in self.counted:
            if flow.amount is not None:
                groups[KINDS.index(flow["kind"]), flow["currency"], flow["qualifier"]].append(flow)
        return [Sum(KINDS[key[0]], key[1], key[2], tuple(groups[key])) for key in sorted(groups)]

    @property
    def cash(self) -> list[tuple[Sum, str]]:
        """Of each sum, the part of which it is told how much was cash, and how much that was."""
        told = [
            Sum(
                one.kind,
                one.currency,
                one.qualifier,
                tuple(flow for flow in one.flows if flow.cash is not None),
            )
            for one in self.sums
            if one.kind != SALE
        ]
        return [
            (one, shown(sum((flow.cash for flow in one.flows if flow.cash), Decimal(0)))) for one in told if one.flows
        ]

    def drawn(self, kind: str, currency: str) -> list[Flow]:
        """Return the flows that the columns of one kind and currency are drawn from."""
        return [flow for one in self.sums if one.of == (kind, currency) for flow in one.flows]

    def years(self, words: Words) -> list[dict[str, Any]]:
        """Return a picture of columns by year for each kind and currency that has amounts."""
        return [_columns(*of, self.drawn(*of), words) for of in dict.fromkeys(one.of for one in self.sums)]

    def ways(self, words: Words) -> dict[str, Any]:
        """Return how flows go from donors by agreements to recipients and purposes; each counts one.

        Where a flow has several of them they are one stop, for the text does not say how they share it.
        """
        nodes = dict[tuple[int, str], list[Flow]]()
        links = dict[tuple[int, str, str], list[Flow]]()
        for flow in self.counted:
            names = [flow[level] for level in _LEVELS]
            for depth, name in enumerate(names):
                nodes.setdefault((depth, name), []).append(flow)
                if depth:
                    links.setdefault((depth, names[depth - 1], name), []).append(flow)
        return {
            "heads": [words[level] for level in _LEVELS],
            "nodes": [_node(depth, name, flows, words) for (depth, name), flows in nodes.items()],
            "links": [
                {"source": f"{depth - 1} {start}", "target": f"{depth} {end}", **_carried(flows, words)}
                for (depth, start, end), flows in links.items()
            ],
        }


def read_aid(project: Project, questions: Questions, telling: Telling, kind: str) -> Aid:
    """Ask for the flows and the labels of their agreements; 400 where there is no such kind."""
    if kind and kind not in KINDS:
        abort(400, f"kind is {kind!r}; expected {one_of(list(KINDS))}")
    labels = {row["agreement"]: row["label"] for row in answered(project, questions, "agreements")}
    return Aid(flows(answered(project, questions, "aid-flows"), labels, telling.told), kind)


def stacked(flows: Iterable[Flow]) -> dict[tuple[str, bool], dict[Place, Decimal]]:
    """Return how much of each part lies in each column; what is there in equal shares is apart (True).

    The page on aid and the picture of the home page are both drawn from it.
    """
    found = defaultdict[tuple[str, bool], dict[Place, Decimal]](dict)
    for flow in flows:
        for part, amount in flow.parts.items():
            column = found[part, flow.shared]
            for place in flow.places:
                column[place] = column.get(place, Decimal(0)) + amount / len(flow.places)
    return found


def _columns(kind: str, currency: str, flows: Sequence[Flow], words: Words) -> dict[str, Any]:
    """Return the columns of one picture: by year, then what lies in no single year, and what has no date."""
    years = [place for flow in flows for place in flow.places if isinstance(place, int)]
    apart = [name for name in ("severalYears", "undated") if any(name in flow.places for flow in flows)]
    places: list[Place] = [*(range(min(years), max(years) + 1) if years else ()), *apart]
    names = [words.get(str(place), str(place)) for place in places]
    marks = [_mark([flow for flow in flows if place in flow.places]) for place in places]
    columns = stacked(flows)
    return {
        "kind": kind,
        "currency": currency,
        "names": names,
        "tips": [[_tip(flow, words) for flow in flows if place in flow.places] for place in places],
        "marks": marks,
        "told": [(name, mark) for name, mark in zip(names, marks, strict=True) if mark],
        "series": [
            {
                "part": part,
                "name": words[part] + (words["shared"] if spread else ""),
                "spread": spread,
                "values": [float(columns[part, spread].get(place, 0)) for place in places],
            }
            for part in _parts(kind)
            for spread in (False, True)
            if any(columns.get((part, spread), {}).values())
        ],
    }


def _parts(kind: str) -> tuple[str, ...]:
    return ("price",) if kind == SALE else PARTS


def _mark(flows: Iterable[Flow]) -> str:
    """Return what stands above a column of *flows*: its height, told apart only by how amounts are told."""
    wholes = dict[str, Decimal]()
    for flow in flows:
        told = wholes.get(flow["qualifier"], Decimal(0))
        wholes[flow["qualifier"]] = told + sum(flow.parts.values(), Decimal(0)) / len(flow.places)
    ordered = sorted(wholes.items(), key=lambda pair: (pair[0] != EXACT, pair[0]))
    return " + ".join(f"{told_as(qualifier)} {rounded(whole)}".strip() for qualifier, whole in ordered)


def _tip(flow: Flow, words: Words) -> str:
    parts = [
        f"{words[part]} {shown(amount)}{words['computed'] if part in flow.computed else ''}"
        for part, amount in flow.parts.items()
        if amount and part not in ("price", "splitDiffers")
    ]
    if flow.split_differs:
        parts = [words["splitDiffers"], *(f"{words[one]} {flow.numbers(one)}" for one in SPLIT if flow[one])]
    spread = [words["spread"] % {"years": flow.spread}] if flow.spread > 1 else []
    share = [words["share"] % {"amount": flow.share}] if flow.shared and flow.amount is not None else []
    differs = [words["differs"]] if flow.differs else []
    money = flow.money if flow["amount"] else words["noAmount"]
    return "; ".join((f"{flow['label']}: {money}", *differs, *parts, *spread, *share, *flow.told))


def _node(depth: int, name: str, flows: Sequence[Flow], words: Words) -> dict[str, Any]:
    level = _LEVELS[depth]
    labels = {one: flows[0].instruments.get(one, one) for one in values(name)} if level == "agreement" else {}
    label = " | ".join(labels.get(one, one) for one in values(name)) or words[f"no {level}"]
    path = page(name) if len(labels) == 1 else ""
    return {"name": f"{depth} {name}", "said": label, "depth": depth, "page": path, **_carried(flows, words)}


def _carried(flows: Sequence[Flow], words: Words) -> dict[str, Any]:
    return {"value": len(flows), "tip": [_tip(flow, words) for flow in flows]}

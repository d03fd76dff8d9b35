"""A layout for a graph that reads from left to right: each node in a column behind the nodes that lead to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean

Edge = tuple[str, str]
Spot = tuple[int, float]
"""A column, and how far down in it."""

Stop = tuple[str, int]
"""A node, or an edge that passes, in a column."""

_PASSING = " → "
_SWEEPS = 24
_ROOM = 0.45
"""The room that an edge needs to pass, beside that of a node."""


@dataclass(frozen=True)
class Layers:
    """Where each node stands, and which spots the line of each edge passes from the one to the other."""

    spots: Mapping[str, Spot]
    routes: Mapping[Edge, Sequence[Spot]]


def layered(edges: Iterable[Edge]) -> Layers:
    """Lay out the graph of *edges*; one that closes a circle is drawn straight back.

    An edge that crosses a column keeps room free in it, so that no line runs through a node.

    >>> layered([("aid", "army"), ("army", "victory")]).spots
    {'aid': (0, 0.0), 'army': (1, 0.0), 'victory': (2, 0.0)}
    """
    drawn = sorted(set(edges))
    columns = _columns(_forward(drawn))
    stops = {edge: _stops(edge, columns) for edge in drawn}
    filled = [list[Stop]() for _ in range(1 + max(columns.values(), default=-1))]
    for stop in sorted({*columns.items()} | {one for route in stops.values() for one in route}):
        filled[stop[1]].append(stop)
    rows = _rows(filled, [pair for route in stops.values() for pair in pairwise(route)])
    top = min(rows.values(), default=0)
    spot = {stop: (stop[1], round(row - top, 2)) for stop, row in rows.items()}
    routes = {edge: [spot[stop] for stop in route] for edge, route in stops.items()}
    return Layers({name: spot[name, column] for name, column in sorted(columns.items())}, routes)


def _forward(edges: Sequence[Edge]) -> list[Edge]:
    """Return *edges* without those that close a circle."""
    kept, after = list[Edge](), dict[str, set[str]]()
    for start, end in edges:
        if start not in _reached(end, after):
            kept.append((start, end))
            after.setdefault(start, set()).add(end)
    return kept


def _reached(start: str, after: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = after.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _columns(edges: Sequence[Edge]) -> dict[str, int]:
    """Put each node behind all that lead to it, and one to which nothing leads right before what it leads to."""
    columns = {name: 0 for edge in edges for name in edge}
    for _ in range(len(columns)):
        for start, end in edges:
            columns[end] = max(columns[end], columns[start] + 1)
    for name in columns.keys() - {end for _, end in edges}:
        columns[name] = min(columns[end] for start, end in edges if start == name) - 1
    return columns


def _stops(edge: Edge, columns: Mapping[str, int]) -> list[Stop]:
    start, end = edge
    passed = range(columns[start] + 1, columns[end])
    return [(start, columns[start]), *((_PASSING.join(edge), column) for column in passed), (end, columns[end])]


def _rows(columns: Sequence[list[Stop]], links: Sequence[tuple[Stop, Stop]]) -> dict[Stop, float]:
    """Put each stop near the middle of those it is linked with, sweeping over the columns to and fro."""
    beside = dict[Stop, list[Stop]]()
    for one, other in links:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    rows = {stop: float(number) for column in columns for number, stop in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            wanted = {stop: fmean(rows[one] for one in beside.get(stop, [stop])) for stop in column}
            column.sort(key=lambda stop: (wanted[stop], stop))
            rows.update(_spread(column, [wanted[stop] for stop in column]))
    return rows


def _spread(stops: Sequence[Stop], wanted: Sequence[float]) -> dict[Stop, float]:
    """Keep *stops* apart, in order, and as near as can be to where each is *wanted* (pooling adjacent violators)."""
    room = [_ROOM if _PASSING in name else 1.0 for name, _ in stops]
    offsets = [0.0, *accumulate((one + other) / 2 for one, other in pairwise(room))]
    pools = list[list[float]]()
    for place, offset in zip(wanted, offsets, strict=False):
        pools.append([place - offset])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    shifts = [fmean(pool) for pool in pools for _ in pool]
    return {stop: shift + offset for stop, shift, offset in zip(stops, shifts, offsets, strict=False)}

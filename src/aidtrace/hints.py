"""What may help the reader of a report on files: names that are close, names of the graph, files that are empty."""

import re
from collections.abc import Collection, Iterable, Iterator

from aidtrace.errors import closest
from aidtrace.namespaces import AT, ID, short

_CLOSE = 0.8
_FEW = 3


def hints(values: Iterable[str], checked: Collection[str], graph: Collection[str]) -> Iterator[str]:
    """Yield hints on the *values* of findings: *checked* and *graph* are what is described in either."""
    unknown = sorted({value for value in values if value.startswith((AT.iri, ID.iri))} - set(checked))
    for name in unknown:
        near = "" if name in graph else _near(name, [*checked, *graph])
        if near:
            yield f"hint: did you mean {short(near)} where {short(name)} stands?"
    there = [short(name) for name in unknown if name in graph]
    if there:
        shown = ", ".join([*there[:_FEW], *["…"] * (len(there) > _FEW)])
        are = "is a name" if len(there) == 1 else f"are {len(there)} names"
        yield f"hint: {shown} {are} of our graph; try --with-graph, which checks the files together with it"


def emptiness(sizes: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Say which files hold no triple, so that a report on them is not taken for praise."""
    return (f"{name}: holds 0 triples, so nothing in it was checked" for name, size in sizes if not size)


def _near(name: str, known: Iterable[str]) -> str:
    """Return the closest of *known* that begins as *name* does, up to its last word; empty where none is close."""
    start = re.match(".*[#/]", name)
    assert start
    words = [one.removeprefix(start[0]) for one in known if one.startswith(start[0])]
    found = closest(name.removeprefix(start[0]), words, _CLOSE)
    return start[0] + found[0] if found else ""

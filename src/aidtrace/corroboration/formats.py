"""A corroboration as text for a terminal, as CSV, as JSON, and as triples with both sources."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from aidtrace.corroboration.cells import ONLY_CODED, OUTCOMES, Cell, Corroboration
from aidtrace.corroboration.comparing import AGREES, DIFFERS, NOT_COMPARABLE, NOT_COVERED, SILENT
from aidtrace.corroboration.reading import CodedSet
from aidtrace.namespaces import AT, DCTERMS, ID, PREFIXES, RDF, RDFS, K, short

COLUMNS = ("fact", "label", "kind", "dataSet", "release", "outcome", "said", "how", "codings", "paragraph", "license")
_STANDING = {
    AGREES: "data-agree",
    DIFFERS: "data-differ",
    NOT_COMPARABLE: "data-not-comparable",
    SILENT: "data-silent",
    NOT_COVERED: "data-not-covering",
    ONLY_CODED: "data-only",
}
_SHOWN = (AGREES, DIFFERS, NOT_COMPARABLE, SILENT)
_MOST = 4


def to_text(found: Corroboration) -> str:
    """Write for each data set its cells but those that it does not cover, then what it alone tells."""
    return "\n\n".join("\n".join(_of_set(found, one)) for one in found.sets) + "\n"


def to_json(found: Corroboration) -> str:
    """Write every cell, and what is coded only, as lists of objects."""
    content = {
        "dataSets": [{"name": one.name, "release": one.label, "license": one.license} for one in found.sets],
        "cells": [_object(cell) for cell in found.cells],
        "onlyCoded": [_object(one) for one in found.only_coded],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def to_csv(found: Corroboration) -> str:
    """Write a row for each cell, then one for each thing that is coded only."""
    out = io.StringIO()
    rows = ([" | ".join(v) if isinstance(v, list) else v for v in _object(one).values()] for one in _all(found))
    csv.writer(out, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return out.getvalue()


def to_turtle(found: Corroboration) -> str:
    """Write the triples, in a fixed order."""
    prefixes = {**PREFIXES, "id": ID.iri}
    return (serialize(sorted(set(triples(found)), key=str), format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def triples(found: Corroboration) -> Iterator[Triple]:
    """Yield a node for each cell and for each thing that is coded only, with the release and the passages."""
    for one in _all(found):
        told = _object(one)
        node = ID(f"corroboration/{_name(one)}")
        yield Triple(node, RDF("type"), AT("Corroboration"))
        yield Triple(node, RDFS("label"), Literal(f"{told['release']} on {told['label']}", language="en"))
        yield Triple(node, AT("standing"), K(_STANDING[told["outcome"]]))
        yield Triple(node, AT("note"), Literal(told["how"], language="en"))
        yield Triple(node, DCTERMS("source"), NamedNode(one.data_set.release))
        yield from (Triple(node, DCTERMS("source"), passage(place)) for place in one.paragraphs)
        if one.fact:
            yield Triple(node, AT("about"), ID(one.fact.thing))
        yield from (Triple(node, AT("comparedCoding"), NamedNode(coding)) for coding in one.codings)


def passage(paragraph: str) -> NamedNode:
    """Return the passage that is *paragraph*, such as ``training/2``."""
    return ID(f"passage/{paragraph.lower().replace('/', '-')}")


def _all(found: Corroboration) -> tuple[Cell, ...]:
    return (*found.cells, *found.only_coded)


def _name(one: Cell) -> str:
    if one.fact:
        return f"{one.data_set.name}-{one.kind}-{one.fact.thing.replace('/', '-')}"
    party = one.one.rpartition("/")[2]
    return "-".join(filter(None, ("only", one.codings[0].rpartition("/")[2], one.kind, party)))


def _object(one: Cell) -> dict[str, Any]:
    """Return the cells of a row by `COLUMNS`."""
    thing = ID.iri + one.fact.thing if one.fact else ""
    about = (thing, one.label, one.kind, one.data_set.name, one.data_set.label, one.outcome, one.said, one.how)
    return dict(zip(COLUMNS, (*about, list(one.codings), list(one.paragraphs), one.data_set.license), strict=True))


def _of_set(found: Corroboration, data_set: CodedSet) -> Iterator[str]:
    cells = [one for one in found.cells if one.data_set == data_set]
    counts = ", ".join(f"{sum(one.outcome == word for one in cells)} {word}" for word in OUTCOMES)
    yield f"{data_set.label} ({data_set.name}): {counts}"
    for outcome in _SHOWN:
        for cell in cells:
            if cell.outcome == outcome:
                yield from _cell(cell)
    only = [one for one in found.only_coded if one.data_set == data_set]
    if only:
        yield "  told by these data alone:"
        yield from (f"    {_between(one)}{one.how}  {_codings(one.codings)}" for one in only)


def _cell(cell: Cell) -> Iterator[str]:
    yield f"  {cell.outcome:15}{cell.label} ({cell.kind}): {cell.said}  [{', '.join(cell.paragraphs)}]"
    yield f"  {'':15}{cell.how}  {_codings(cell.codings)}".rstrip()


def _codings(codings: tuple[str, ...]) -> str:
    told = [one.rpartition("/coding/")[2] for one in codings[:_MOST]]
    more = f" and {len(codings) - _MOST} more" if len(codings) > _MOST else ""
    return f"[{', '.join(told)}{more}]" if told else ""


def _between(one: Cell) -> str:
    ends = [short(end).rpartition("/")[2] for end in (one.one, one.other) if end]
    return f"{' to '.join(ends)}: " if len(ends) > 1 and one.kind != "agreement" else ""

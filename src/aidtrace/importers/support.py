"""Support that a row codes: for each type, who gave it, who may have given it, or that it is coded as absent.

A row names all supporters once and counts for each type how many gave it. Only where the count is that of the names is
it told who did (UCDP External Support Codebook 18.1).
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.importers.dataset import Column, Support
from aidtrace.importers.rows import Row, boolean, slug
from aidtrace.namespaces import AT, DCTERMS, ID, RDF, XSD, K


def supports(row: Row) -> Iterator[Triple]:
    """Yield what *row* says of each type of support, where it names supporters; InputError where its counts clash."""
    if not row.data_set.supports:
        return
    column = row.data_set.columns[row.data_set.about["supporters"]]
    named = row.cells[column.name].strip()
    names = row.pieces(column, named) if named else []
    for support in row.data_set.supports:
        counts = _counts(row, support, len(names), column)
        if names:
            yield from _support(row, support, counts, [ID(f"identifier/{column.of}-{slug(one)}") for one in names])


def _counts(row: Row, support: Support, most: int, column: Column) -> dict[str, int]:
    """Return how many supporters of which sort gave *support*, by the property that says so."""
    found = {}
    for name, flag, property_ in support.columns:
        text, told = row.cells[name].strip(), row.cells[flag].strip()
        if not text.isdecimal() or int(text) > most:
            raise row.wrong(name, text, f"a number up to {most}, as many as {column.name} names")
        if told != str(int(int(text) > 0)):
            raise row.wrong(flag, told, f"{int(int(text) > 0)}, since {name} is {text}")
        found[property_] = int(text)
    whole, states, others = found.values()
    if whole != states + others:
        raise row.wrong(support.columns[0][0], str(whole), f"{states + others}, the sum of its parts")
    return found


def _support(row: Row, support: Support, counts: dict[str, int], names: list[NamedNode]) -> Iterator[Triple]:
    key = f"{row.key}-{support.type}"
    node = ID(f"coding/{row.data_set.name}-{key}")
    count = next(iter(counts.values()))
    yield Triple(node, RDF("type"), AT("SupportCoding"))
    yield Triple(node, AT("rowKey"), Literal(key))
    yield Triple(node, AT("partOfCoding"), row.node)
    yield Triple(node, AT("supportType"), K(support.type))
    yield Triple(node, AT("present"), boolean(count > 0))
    yield Triple(node, DCTERMS("source"), row.source)
    if not count:
        return
    for name, number in counts.items():
        yield Triple(node, AT(name), Literal(str(number), datatype=XSD("integer")))
    tie = AT("codedSupporter" if count == len(names) else "mayBeCodedSupporter")
    yield from (Triple(node, tie, one) for one in names)

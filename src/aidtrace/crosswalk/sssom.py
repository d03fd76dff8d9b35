"""The crosswalk as a table that goes out and comes in: SSSOM, the Simple Standard for Sharing Ontological Mappings.

Our thing is the subject of a row, an identifier its object; the graph has it the other way round, so that broad and
narrow are turned. What SSSOM has no column for, the value and the years, stands in ``other``.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.crosswalk.matches import EXACT, Match
from aidtrace.dates import bounds
from aidtrace.errors import InputError, one_of
from aidtrace.licences import OURS
from aidtrace.namespaces import AT, EDTF, ID, RDF, RDFS, SKOS, K

_HEADER = f"""#mapping_set_id: https://w3id.org/aidtrace/graph/crosswalk
#mapping_set_title: aidtrace, identifiers of other data sets
#license: {OURS}
#curie_map:
#  aidtrace: https://w3id.org/aidtrace/id/
#  semapv: https://w3id.org/semapv/vocab/
#  skos: http://www.w3.org/2004/02/skos/core#
"""
_COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
    "object_source_version", "comment", "other",
)  # fmt: skip
_NEEDED = ("subject_id", "predicate_id", "object_id", "other")
_MATCHES = (EXACT, "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_TURNED = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}
_OURS, _IDENTIFIER, _SKOS = "aidtrace:", "aidtrace:identifier/", "skos:"
_DATES = ("validFrom", "validTo")


def to_sssom(matches: Iterable[Match]) -> str:
    """Write *matches* as an SSSOM table, a row for each."""
    out = io.StringIO()
    out.write(_HEADER)
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(map(_cells, matches))
    return out.getvalue()


def _cells(one: Match) -> tuple[str, ...]:
    told = {"value": one.value, "validFrom": one.valid_from, "validTo": one.valid_to}
    return (
        f"{_OURS}{one.thing}",
        one.label,
        f"{_SKOS}{_TURNED.get(one.match, one.match)}",
        f"{_OURS}{one.identifier}",
        one.name,
        "semapv:ManualMappingCuration",
        one.release,
        one.evidence,
        "|".join(f"{name}={value}" for name, value in told.items() if value),
    )


def from_sssom(text: str, name: str, schemes: Collection[str]) -> Iterator[Triple]:
    """Yield the identifiers that an SSSOM table maps to our things; *schemes* are those that are known.

    InputError with *name* and line where a row has other prefixes, a scheme that is not known, no value, or a match
    that is no SKOS mapping property: ``owl:sameAs``, for one, is never taken.
    """
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    reader = csv.DictReader(lines[begin:], delimiter="\t")
    missing = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{name}:{begin + 1}: no column {', '.join(missing)}; expected an SSSOM table")
    for row in reader:
        said = {column: (value or "").strip() for column, value in row.items() if isinstance(column, str)}
        yield from _identifier(said, f"{name}:{begin + reader.line_num}", schemes)


def _identifier(row: Mapping[str, str], where: str, schemes: Collection[str]) -> Iterator[Triple]:
    node, scheme = _object(row["object_id"], where, schemes)
    other = dict(piece.partition("=")[::2] for piece in row["other"].split("|"))
    if not other.get("value"):
        raise InputError(f"{where}: other {row['other']!r}; expected value=…, the identifier as its scheme writes it")
    yield Triple(node, RDF("type"), AT("Identifier"))
    yield Triple(node, RDFS("label"), Literal(row.get("object_label") or row["object_id"], language="en"))
    yield Triple(node, AT("scheme"), K(scheme))
    yield Triple(node, AT("identifierValue"), Literal(other["value"]))
    yield Triple(node, _predicate(row["predicate_id"], where), _subject(row["subject_id"], where))
    for name in _DATES:
        if name in other:
            yield Triple(node, AT(name), _date(other[name], where))
    if row.get("object_source_version"):
        yield Triple(node, AT("release"), Literal(row["object_source_version"]))
    if row.get("comment"):
        yield Triple(node, AT("verifiedIn"), Literal(row["comment"], language="en"))


def _predicate(text: str, where: str) -> NamedNode:
    match = text.removeprefix(_SKOS)
    if match not in _MATCHES or match == text:
        raise InputError(f"{where}: predicate_id {text!r}; expected {one_of([_SKOS + one for one in _MATCHES], text)}")
    return AT("identifies") if match == EXACT else SKOS(_TURNED.get(match, match))


def _subject(text: str, where: str) -> NamedNode:
    try:
        if text.startswith(_OURS):
            return ID(text.removeprefix(_OURS))
    except ValueError:  # it is no part of an IRI
        pass
    raise InputError(f"{where}: subject_id {text!r}; expected {_OURS}KIND/NAME")


def _object(text: str, where: str, schemes: Collection[str]) -> tuple[NamedNode, str]:
    rest = text.removeprefix(_IDENTIFIER)
    fitting = [one for one in schemes if rest.startswith(f"{one}-")]
    if rest == text or not fitting:
        raise InputError(f"{where}: object_id {text!r}; expected {_IDENTIFIER}SCHEME-VALUE, of a scheme that is known")
    try:
        return ID(f"identifier/{rest}"), max(fitting, key=len)
    except ValueError as error:
        raise InputError(
            f"{where}: object_id {text!r} is no part of an IRI; expected {_IDENTIFIER}SCHEME-VALUE"
        ) from error


def _date(text: str, where: str) -> Literal:
    try:
        bounds(text)
    except (InputError, ValueError) as error:
        raise InputError(f"{where}: other: {error}") from error
    return Literal(text, datatype=EDTF("EDTF"))

"""Findings that follow from another about the same value, and findings in groups of the roots that are left.

A value that is no number is not greater than nothing either: whoever mends the first mends the second. Only what
follows by the rules of SHACL is put under another; two mistakes in one value stay two.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aidtrace.namespaces import ATS, XSD, short
from aidtrace.reports.findings import Finding, rank

_RANGES = {"MinInclusive", "MinExclusive", "MaxInclusive", "MaxExclusive", "LessThan", "LessThanOrEquals"}
_COMPONENT = "ConstraintComponent"
_NUMERIC = {
    XSD.iri + name
    for name in (
        *("integer", "decimal", "float", "double", "int", "long", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
    )
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN")
_TYPED = re.compile(r'"\^\^<([^<>]*)>(?: |$)')
_UNDESCRIBED = ATS("Graph-dangling").value


@dataclass(frozen=True)
class Root:
    """A finding, and those about the same value that are gone with it."""

    finding: Finding
    following: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The roots that share severity, shape and component."""

    severity: str
    shape: str
    component: str
    roots: tuple[Root, ...]

    @property
    def first(self) -> Finding:
        """The finding that speaks for them."""
        return self.roots[0].finding

    @property
    def pathed(self) -> bool:
        """Whether any has a path."""
        return any(one.finding.path for one in self.roots)

    @property
    def valued(self) -> bool:
        """Whether any has a value that is not the thing itself."""
        return any((one.finding.value not in ("", one.finding.focus)) or one.following for one in self.roots)


class Grouped:
    """The findings of a report with what follows from each, in groups; made once, when first asked for."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings, self._groups = findings, dict[str, tuple[Rows, ...]]()

    def of(self, severity: str = "") -> tuple[Rows, ...]:
        """Return the groups of a severity, or of all where none is named."""
        if severity not in self._groups:
            wanted = (one for one in self._roots if not severity or one.finding.severity.lower() == severity)
            self._groups[severity] = in_groups(wanted)
        return self._groups[severity]

    @cached_property
    def _roots(self) -> list[Root]:
        return roots(self._findings)


def roots(findings: Iterable[Finding]) -> list[Root]:
    """Return *findings* in their order, each that follows from another under it."""
    every = list(findings)
    causes = defaultdict[tuple[str, ...], dict[int, int]](dict)
    for number, one in enumerate(every):
        if brings := _brings(one):
            causes[brings].setdefault(rank(one.severity), number)
    under = defaultdict[int, list[int]](list)
    follows = set[int]()
    for number, one in enumerate(every):
        reasons = _follows_from(one)
        grade = rank(one.severity) if reasons else 0
        found = [first for reason in reasons for grave, first in causes.get(reason, {}).items() if grave <= grade]
        if found:
            follows.add(number)
            under[min(found)].append(number)
    return [Root(one, tuple(_below(number, under, every))) for number, one in enumerate(every) if number not in follows]


def in_groups(found: Iterable[Root]) -> tuple[Rows, ...]:
    """Return roots by severity, shape and component; the gravest group first, then the largest."""
    held: dict[tuple[str, str, str], list[Root]] = {}
    for one in found:
        finding = one.finding
        held.setdefault((finding.severity, finding.shape, finding.component), []).append(one)
    groups = [Rows(*key, tuple(those)) for key, those in held.items()]
    return tuple(sorted(groups, key=lambda one: (rank(one.severity), -len(one.roots), one.shape, one.component)))


def _below(number: int, under: Mapping[int, list[int]], every: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what follows from a finding, by its number, and what follows from that."""
    for one in under.get(number, ()):
        yield every[one]
        yield from _below(one, under, every)


def _brings(one: Finding) -> tuple[str, ...]:
    """Return the reason for others that *one* is, or nothing: the same letters of another type are no reason."""
    kind = one.component.removesuffix(_COMPONENT)
    if not one.value:
        return ()
    if one.shape == _UNDESCRIBED:  # what nothing describes has no class
        return (one.focus, one.value, _UNDESCRIBED, short(one.path))
    return (one.focus, one.value, kind, one.key, one.path) if kind in ("NodeKind", "Datatype") else ()


def _follows_from(one: Finding) -> list[tuple[str, ...]]:
    """Return the reasons for which *one* has to be there, where a finding that is as grave is one of them."""
    kind = one.component.removesuffix(_COMPONENT)
    if not one.value or one.shape == _UNDESCRIBED:
        return []
    kinds = {"Datatype": ["NodeKind"], "Class": ["NodeKind"]}.get(kind, [])
    if kind in _RANGES and not _comparable(one):
        kinds = ["NodeKind", "Datatype"]
    found: list[tuple[str, ...]] = [(one.focus, one.value, each, one.key, one.path) for each in kinds]
    if kind == "Class":
        found += [(one.focus, one.value, _UNDESCRIBED, path) for path in short(one.path).split("|")]
    return found


def _comparable(one: Finding) -> bool:
    """Whether the value is a number, which is compared whatever its datatype should be."""
    typed = _TYPED.search(one.key)
    return bool(typed and typed[1] in _NUMERIC and _NUMBER.fullmatch(one.value))

"""Findings that follow from another about the same value, and findings in groups of the roots that are left.

A value that is no number is not greater than nothing either: whoever mends the first mends the second. Only what
follows by the rules of SHACL is put under another; two mistakes in one value stay two.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def roots(findings: Iterable[Finding]) -> list[Root]:
    """Return *findings* in their order, each that follows from another under it."""
    every = list(findings)
    about = defaultdict[tuple[str, str], list[Finding]](list)
    for one in every:
        if one.value:
            about[one.focus, one.value].append(one)
    under = defaultdict[int, list[Finding]](list)
    follows = set[int]()
    for together in about.values():
        for one in together if len(together) > 1 else ():
            cause = next((other for other in together if other is not one and _implies(other, one)), None)
            if cause is not None:
                follows.add(id(one))
                under[id(cause)].append(one)
    return [Root(one, tuple(_below(one, under))) for one in every if id(one) not in follows]


def in_groups(found: Iterable[Root]) -> tuple[Rows, ...]:
    """Return roots by severity, shape and component; the gravest group first, then the largest."""
    held: dict[tuple[str, str, str], list[Root]] = {}
    for one in found:
        finding = one.finding
        held.setdefault((finding.severity, finding.shape, finding.component), []).append(one)
    groups = [Rows(*key, tuple(those)) for key, those in held.items()]
    return tuple(sorted(groups, key=lambda one: (rank(one.severity), -len(one.roots), one.shape, one.component)))


def _below(one: Finding, under: dict[int, list[Finding]]) -> Sequence[Finding]:
    """Return what follows from *one*, and what follows from that."""
    return [each for next_ in under.get(id(one), ()) for each in (next_, *_below(next_, under))]


def _implies(cause: Finding, one: Finding) -> bool:
    """Whether *one* has to be there because *cause* is, and is no graver."""
    if rank(cause.severity) > rank(one.severity):
        return False
    if cause.shape == _UNDESCRIBED:  # what nothing describes has no class
        return one.component == f"Class{_COMPONENT}" and short(cause.path) in short(one.path).split("|")
    if (cause.key, cause.path) != (one.key, one.path):  # the same letters in another language, or of another type
        return False
    kind, other = (each.component.removesuffix(_COMPONENT) for each in (cause, one))
    if kind == "NodeKind":
        return other in {"Datatype", "Class"} or (other in _RANGES and not _comparable(one))
    return kind == "Datatype" and other in _RANGES and not _comparable(one)


def _comparable(one: Finding) -> bool:
    """Whether the value is a number, which is compared whatever its datatype should be."""
    typed = _TYPED.search(one.key)
    return bool(typed and typed[1] in _NUMERIC and _NUMBER.fullmatch(one.value))

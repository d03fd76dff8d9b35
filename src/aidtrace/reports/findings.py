"""What a validation found: one finding for each result of SHACL section 3.6, and the report that holds them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from aidtrace.errors import InputError
from aidtrace.merging import Meeting
from aidtrace.namespaces import short

SEVERITIES = ("Violation", "Warning", "Info")
"""The severities of SHACL, gravest first; any other IRI counts as the least."""

_EXAMPLES = 3


@dataclass(frozen=True, order=True)
class Finding:
    """One result of a validation; terms are IRIs or lexical forms, an absent one is empty.

    *hint* says what to write instead, where the shape tells. *file* and *line* are where the focus node is written,
    about; line 0 is not known. *key* says what the texts leave open: terms that are no IRIs, a nameless node by what is
    said of it, and the query of a shape that has several.
    """

    focus: str
    path: str
    value: str
    severity: str
    component: str
    shape: str
    message: str
    hint: str = ""
    file: str = ""
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        value = f" (found {short(self.value)})" if self.value and self.value != self.focus else ""
        return f"{self.severity.lower()}: {self.subject}: {self.message}{value} [{short(self.shape)}]"

    @property
    def subject(self) -> str:
        """The thing and the path, short."""
        return f"{short(self.focus)} {short(self.path)}".strip()

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that stay the same for as long as the same thing breaks the same rule.

        The message, the severity and the place in the file are left out: they change without the finding changing.
        """
        said = (self.key or self.focus, self.path, self.value, self.component, self.shape)
        return sha256("\0".join(said).encode()).hexdigest()[:12]

    @property
    def rank(self) -> int:
        """How grave it is: 0 is the gravest."""
        return rank(self.severity)

    @property
    def place(self) -> str:
        """Where it is written, ``file:line``, as far as that is known."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


@dataclass(frozen=True)
class Group:
    """Findings that share severity, shape, path and component."""

    severity: str
    shape: str
    path: str
    component: str
    findings: tuple[Finding, ...]

    @property
    def examples(self) -> tuple[Finding, ...]:
        """The first few."""
        return self.findings[:_EXAMPLES]


@dataclass(frozen=True)
class Ruling:
    """What the gate of a server would say to a write of what was checked.

    *gate* is the least severity that keeps a write out, or ``off``; *revision* is what the write would come on top of.
    *refused* says why it would not come as far as the gate; else *new* are the findings that it would bring, and
    those of *keeping_out*, the gravest of them, would keep it out. *fixed* and *still* count findings of before.
    *new_left_out* and *out_left_out* are how many of the new, and of these, are not shown. Where the server is not
    *writable*, nothing is let in, whatever its gate says.
    """

    gate: str
    revision: str
    refused: str = ""
    new: tuple[Finding, ...] = ()
    keeping_out: tuple[Finding, ...] = ()
    fixed: int = 0
    still: int = 0
    new_left_out: int = 0
    out_left_out: int = 0
    writable: bool = True

    @property
    def passes(self) -> bool:
        """Whether the gate would let the write in."""
        return not self.refused and not self.total_out

    @property
    def total_new(self) -> int:
        """How many findings it would bring, also those that are not shown."""
        return len(self.new) + self.new_left_out

    @property
    def total_out(self) -> int:
        """How many findings would keep it out, also those that are not shown."""
        return len(self.keeping_out) + self.out_left_out

    def kept(self, keep: Callable[[tuple[Finding, ...]], tuple[Finding, ...]]) -> "Ruling":
        """Show of the findings what *keep* keeps of them."""
        new, out = keep(self.new), keep(self.keeping_out)
        return replace(
            self,
            new=new,
            keeping_out=out,
            new_left_out=self.total_new - len(new),
            out_left_out=self.total_out - len(out),
        )

    def __str__(self) -> str:
        more = [f"  {self.out_left_out} not shown"] if self.out_left_out else []
        return "\n".join([self.summary, *(f"  {one}" for one in self.keeping_out), *more])

    @property
    def summary(self) -> str:
        """The ruling in words."""
        said = self._of_the_gate
        return said if self.writable else f"this server takes no writes; what its gate would say: {said}"

    @property
    def _of_the_gate(self) -> str:
        if self.refused:
            return f"gate ({self.gate}): kept out: {self.refused}"
        said = f"kept out by {several(self.total_out)}" if self.total_out else "let in"
        new = several(self.total_new, "new finding")
        return f"gate ({self.gate}): {said}; {new}, {self.fixed} fixed, {self.still} stay"


@dataclass(frozen=True)
class Report:
    """What breaks the shapes, the gravest first; ``turtle`` is the report as SHACL defines it.

    *triples* is the number that was checked, *fallback* names the shapes that the fast engine left to pySHACL; *notes*
    are for a person, *meeting* says how the data would meet our graph, where that was asked, and *ruling* what the gate
    of the server would say. *left_out* is how many findings there are that are not shown, being less grave than asked
    for, or on another page.
    """

    findings: tuple[Finding, ...]
    turtle: str = ""
    triples: int | None = None
    fallback: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    meeting: Meeting | None = None
    ruling: Ruling | None = None
    left_out: int = 0

    def __str__(self) -> str:
        return "\n".join([*map(str, self.findings), self.summary, *self.notes])

    @property
    def conforms(self) -> bool:
        """Whether nothing was found, of any severity: SHACL section 3.6.1.1."""
        return not self.total

    @property
    def total(self) -> int:
        """How many findings there are, also those that are not shown."""
        return len(self.findings) + self.left_out

    @cached_property
    def counts(self) -> Counter[str]:
        """How many findings there are of each severity."""
        return Counter(finding.severity for finding in self.findings)

    @property
    def summary(self) -> str:
        """The number of findings of each severity in words."""
        names = sorted(self.counts, key=lambda name: (rank(name), name))
        found = [_counted(self.counts[name], name.lower()) for name in names]
        found += [f"{self.left_out} not shown"] if self.left_out else []
        return f"does not conform: {', '.join(found)}" if found else "conforms"

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The findings by severity, shape, path and component; the gravest first, then the largest."""
        held: dict[tuple[str, str, str, str], list[Finding]] = {}
        for one in self.findings:
            held.setdefault((one.severity, one.shape, one.path, one.component), []).append(one)
        groups = [Group(*key, tuple(found)) for key, found in held.items()]
        return tuple(sorted(groups, key=lambda g: (rank(g.severity), -len(g.findings), g.shape, g.path, g.component)))

    def at_least(self, severity: str) -> "Report":
        """Keep what is as grave as *severity* (violation, warning or info) or graver; info keeps all."""
        least = rank(severity.capitalize())
        if least == len(SEVERITIES):
            expected = ", ".join(name.lower() for name in SEVERITIES)
            raise InputError(f"severity is {severity!r}; expected one of {expected}")
        return self._kept(lambda findings: tuple(one for one in findings if one.rank <= least or severity == "info"))

    def page(self, begin: int, size: int | None) -> "Report":
        """Keep *size* findings from number *begin*, counted from 0; also of those that the ruling lists."""
        end = None if size is None else begin + size
        return self._kept(lambda findings: findings[begin:end])

    def _kept(self, keep: Callable[[tuple[Finding, ...]], tuple[Finding, ...]]) -> "Report":
        kept = keep(self.findings)
        ruling = self.ruling.kept(keep) if self.ruling else None
        return replace(self, findings=kept, left_out=self.total - len(kept), ruling=ruling)


def rank(severity: str) -> int:
    """Return the place of *severity* among those of SHACL, 0 for the gravest."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 and word != 'info' else ''}"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort *findings*, the gravest first, then by the thing and the rest."""
    return tuple(sorted(findings, key=lambda one: (one.rank, one)))


def several(count: int, what: str = "finding") -> str:
    """Return how many there are, in words."""
    return f"{count} {what}{'' if count == 1 else 's'}"

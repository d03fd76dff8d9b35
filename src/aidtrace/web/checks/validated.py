"""A report of a validation as its page shows it: groups, a page of findings, and the text with the lines marked."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from aidtrace.folding import alphabetical
from aidtrace.merging import Meeting
from aidtrace.namespaces import ATS, ID, PREFIXES, short
from aidtrace.reports.consequences import Grouped, Rows
from aidtrace.reports.excerpts import Excerpt, with_gaps
from aidtrace.reports.findings import SEVERITIES, Finding, Report
from aidtrace.web.asked import Checked

PAGE = 100
"""So many findings are on a page."""

_GROUPS = 200
"""So many groups are listed ahead of the findings."""

_LONG_LINES, _LONG = 2000, 200_000
"""Of a text of more lines or characters only the lines around findings are shown."""

_ROWS = 100
"""So many rows of each kind tell how two graphs would meet."""

_KINDS = (
    *("actor", "agreement", "alternative", "attestation", "causal-link", "citation", "claim", "coding", "computed"),
    *("data-set-release", "discrepancy", "equipment", "event", "evidence-line", "exercise", "factor", "flow", "goods"),
    *("hypothesis", "identifier", "legal-act", "mechanism", "passage", "phase", "place", "source", "step", "tenure"),
    *("test", "trace", "training"),
)
"""The kinds of things whose names our data shorten by a prefix of that name."""

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@[\w-]+|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_PREFIXED = re.compile(r"(?<![\w/#:<-])([a-z][a-z-]*):(?=[\w…])")
_DECLARED = re.compile(r"(?:@prefix|PREFIX)\s+([\w-]*):", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A line of the text as it is shown: how many are left out before it, and the findings on it."""

    number: int
    text: str
    skipped: int
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Shown:
    """A text as it is shown, with the anchor of its lines."""

    name: str
    anchor: str
    total: int
    whole: bool
    lines: Sequence[Line]


@dataclass(frozen=True)
class View:
    """A page of a report: the groups, the findings number (page - 1) * PAGE and so on, and the text beside them."""

    found: Checked
    report: Report
    only: str
    page: int
    rules: frozenset[str] = field(repr=False)

    @property
    def address(self) -> str:
        """Where the report is."""
        return f"/validate/{self.found.name}"

    def link(self, only: str, page: int = 1) -> str:
        """Return the address of a page of the findings of a severity."""
        given = {**({"only": only} if only else {}), **({"page": page} if page > 1 else {})}
        return f"{self.address}{'?' if given else ''}{urlencode(given)}#findings"

    @property
    def severities(self) -> list[tuple[str, int]]:
        """The severities and how many findings each has; those of SHACL always."""
        counts = self.report.counts
        return [(name, counts[name]) for name in (*SEVERITIES, *sorted(set(counts) - set(SEVERITIES)))]

    @cached_property
    def groups(self) -> tuple[Rows, ...]:
        """The groups of the chosen severity."""
        return (self.found.grouped or Grouped(self.report.findings)).of(self.only)

    @cached_property
    def total(self) -> int:
        """How many findings the groups have that follow from no other."""
        return sum(len(one.roots) for one in self.groups)

    @property
    def following(self) -> int:
        """How many findings follow from others."""
        return sum(len(root.following) for group in self.groups for root in group.roots)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))

    @cached_property
    def shown(self) -> list[tuple[Rows, Rows]]:
        """The groups of this page, each whole and with the roots that are on the page."""
        begin, found, before = (self.page - 1) * PAGE, [], 0
        for group in self.groups:
            here = group.roots[max(begin - before, 0) : max(begin + PAGE - before, 0)]
            before += len(group.roots)
            if here:
                found.append((group, Rows(group.severity, group.shape, group.component, here)))
        return found

    @cached_property
    def overview(self) -> list[tuple[Rows, str, int]]:
        """The groups with the address of the page on which each begins, and a number that is its anchor."""
        found, before = [], 0
        for number, group in enumerate(self.groups[:_GROUPS]):
            page = before // PAGE + 1
            found.append((group, self.link(self.only, page).partition("#")[0], number))
            before += len(group.roots)
        return found

    @cached_property
    def numbers(self) -> Mapping[tuple[str, str, str], int]:
        """The number of each group."""
        return {(one.severity, one.shape, one.component): number for number, one in enumerate(self.groups)}

    def number(self, group: Rows) -> int:
        """Return the number of *group*."""
        return self.numbers[group.severity, group.shape, group.component]

    def undeclared(self, fix: str) -> list[tuple[str, str]]:
        """Return the prefixes that *fix* uses and the text does not declare, each with its IRI."""
        declared = {name for one in self.found.data for name in _DECLARED.findall(one.text)}
        return [(name, iri) for name, iri in prefixes_in(fix) if name not in declared]

    def rule(self, shape: str) -> str:
        """Return the name of the rule of ours that *shape* is, or nothing."""
        name = shape.removeprefix(ATS.iri).partition("~")[0]
        return name if shape.startswith(ATS.iri) and name in self.rules else ""

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """The anchor of each finding on the page, by its identity: one that is there twice has two."""
        found, seen = {}, Counter[str]()
        for _, group in self.shown:
            for root in group.roots:
                seen[root.finding.id] += 1
                times = seen[root.finding.id]
                found[id(root.finding)] = f"f-{root.finding.id}" + (f"-{times}" if times > 1 else "")
        return found

    def anchor(self, finding: Finding) -> str:
        """Return the anchor of *finding*."""
        return self.ids[id(finding)]

    def line(self, finding: Finding) -> str:
        """Return the anchor of the line of *finding*, or nothing where that is not shown."""
        number = next((number for number, one in enumerate(self.found.data) if one.name == finding.file), None)
        if number is None or not finding.line or finding.line not in self._numbers[number]:
            return ""
        return f"{_anchor(number)}{finding.line}"

    @cached_property
    def texts(self) -> list[Shown]:
        """The texts with their lines, those around findings only where they are long."""
        return [self._text(number, one) for number, one in enumerate(self.found.data)]

    def _text(self, number: int, one: Excerpt) -> Shown:
        found = self._found_in.get(one.name, {})
        lines = self._lines[number]
        rows = [Line(line, text, skipped, found.get(line, ())) for line, text, skipped in with_gaps(lines, one.total)]
        return Shown(one.name, _anchor(number), one.total, len(lines) == one.total, rows)

    @cached_property
    def _lines(self) -> list[list[tuple[int, str]]]:
        return [
            one.around(self._found_in.get(one.name, {})) if self._long(one) else one.lines() for one in self.found.data
        ]

    @cached_property
    def _numbers(self) -> list[set[int]]:
        return [{number for number, _ in lines} for lines in self._lines]

    @staticmethod
    def _long(one: Excerpt) -> bool:
        return not one.whole or one.total > _LONG_LINES or len(one.text) > _LONG

    @cached_property
    def _found_in(self) -> dict[str, dict[int, list[Finding]]]:
        """The findings of this page by file and line."""
        found: dict[str, dict[int, list[Finding]]] = {}
        for _, group in self.shown:
            for root in group.roots:
                one = root.finding
                if one.line:
                    found.setdefault(one.file, {}).setdefault(one.line, []).append(one)
        return found

    @property
    def editable(self) -> bool:
        """Whether the text can be put into the box again."""
        return len(self.found.data) == 1 and self.found.data[0].whole

    @cached_property
    def meeting(self) -> "Met | None":
        """How the data would meet the graph, where that was asked."""
        return Met(self.report.meeting) if self.report.meeting else None


class Met:
    """How two graphs would meet, in the order in which a reader asks."""

    most = _ROWS

    def __init__(self, meeting: Meeting) -> None:
        self.new, self.there, self.notes = meeting.new, meeting.there, meeting.notes
        self.clashes = [one for one in meeting.collisions if one.what != "added"]
        self.likenesses = {name: getattr(meeting, name) for name in ("actors", "agreements", "flows", "events")}
        self._new = meeting.collisions

    @cached_property
    def added(self) -> list[tuple[str, str, int]]:
        """Each thing of ours that gets statements, those that clash among them: IRI, label, and how many."""
        counts = Counter((one.iri, one.label) for one in self._new)
        return [(iri, label, counts[iri, label]) for iri, label in sorted(counts, key=lambda one: alphabetical(one[1]))]

    @staticmethod
    def page(iri: str) -> str:
        """Return the page of a thing of ours, or nothing where *iri* is none."""
        return f"/page/{iri.removeprefix(ID.iri)}" if iri.startswith(ID.iri) else ""

    @staticmethod
    def value(written: str, others: Sequence[str]) -> str:
        """Return a value as a reader sees it, with its datatype where one of *others* has the same letters."""
        found = _LITERAL.fullmatch(written)
        if not found:
            return short(written)
        text = _ESCAPED.sub(lambda one: _CONTROLS.get(one[1], one[1]), found[1])
        same = any(one != written and one.startswith(f'"{found[1]}"') for one in others)
        return f"{text} ({short(found[2]) if found[2] else 'xsd:string'})" if same else text


def prefixes_in(text: str) -> list[tuple[str, str]]:
    """Return the prefixes of our data that *text* uses, each with the IRI that it stands for."""
    used = dict.fromkeys(_PREFIXED.findall(text))
    known = {kind: f"{ID.iri}{kind}/" for kind in _KINDS} | PREFIXES
    return [(name, known[name]) for name in used if name in known]


def _anchor(number: int) -> str:
    return f"text-{number + 1}-line-" if number else "line-"

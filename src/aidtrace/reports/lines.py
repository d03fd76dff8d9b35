"""Where in a file a thing is written, about: the line of its name as a subject, then of the property or value.

Parsers do not tell where a triple came from. A name is looked for in the spellings that the syntax has for it, first
where a statement begins, then anywhere; the answer is a help to a reader and decides nothing.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property

from aidtrace.namespaces import short
from aidtrace.reports.findings import Finding
from aidtrace.reports.values import Places, places

_DECLARED = re.compile(
    r"(?:@prefix|PREFIX|xmlns:|\")\s*([\w.-]*)(?::\s*<|=\"|\"\s*:\s*\")([^>\"]+)[>\"]", re.IGNORECASE
)
_BASE = re.compile(r"(?:@base|BASE)\s*<([^>]*)>|xml:base=\"([^\"]*)\"|\"@base\"\s*:\s*\"([^\"]*)\"", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.;]\s)\s*\Z", re.MULTILINE)
_BEFORE = 200
_TERM = re.compile(r"<([^<>\"{}|^`\\\s]*)>|(?<![\w/#%.:-])([\w.-]*):([\w%:/-]*(?:\.+[\w%:/-]+)*)|\"([^\"\s]+)\"")
"""An IRI in brackets, a prefixed name, or what stands in quotes, which in JSON-LD and RDF/XML may be either."""

_IRI = re.compile(r"[A-Za-z][\w+.-]*:\S+\Z")
_ALONE = r"(?<![\w:/#%.-])"
_ENDS = r"(?![\w:/#%-])"
_STEP = re.compile(r"[/|^*+?()]+")
_FAR = 200
"""A property or value is looked for so many lines below its subject."""

_FAR_OFF = 20_000
"""Nor further than so many letters: a text may be one line."""


class Text:
    """The text of one file, and where things stand in it."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self._text = name, text
        self._said: dict[str, bool] = {}

    def line(self, finding: Finding, *, as_subject: bool) -> int:
        """Return the line of *finding*, counted from 1; 0 where its thing does not stand here so."""
        at = (self._subjects if as_subject else self._mentions).get(finding.focus, -1)
        if at < 0:
            return 0
        below = self._line_at(at)
        for told in (finding.value, finding.path):
            found = self._near(told, at) if told and told != finding.focus else -1
            if found >= 0:
                return self._line_at(found)
        return below

    def line_of_value(self, finding: Finding) -> int:
        """Return where the value of *finding* stands, whose thing does not; 0 where that is not certain.

        Of a thing without a name it is where the property has that value, if it has it once. Of another, whose
        statement is not here, it is where its value is described or stands alone; a text says nothing then.
        """
        if finding.focus.startswith("_:"):
            held = self._values.get(finding.value, ()) if finding.value else ()
            found = [at for properties, at in held if not finding.path or _leads(finding.path, properties)]
        else:
            at = self._subjects.get(finding.value, -1)
            if at < 0 or self._text[at] == '"':  # in JSON it may be no subject
                at = self._mentions[finding.value] if self._mentioned[finding.value] == 1 else -1
            found = [at] if at >= 0 else []
        return self._line_at(found[0]) if len(found) == 1 else 0

    def says(self, term: str) -> bool:
        """Whether *term* may be written here, in whatever spelling: an IRI by its last word, a text by its letters."""
        if term not in self._said:
            word = (re.split("[/#:]", term)[-1] or term) if _IRI.match(term) else term
            spelled = (word, _escaped(word))
            unsure = term.startswith("_:") or self._coded
            known = unsure or term in self._mentions or term in self._values
            self._said[term] = known or any(one in self._text for one in spelled)
        return self._said[term]

    @cached_property
    def _coded(self) -> bool:
        """Whether letters stand here by their numbers, so that none can be said to be missing."""
        return any(code in self._text for code in ("\\u", "\\U", "&#"))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self._text))]

    @cached_property
    def _prefixes(self) -> list[tuple[str, str]]:
        return [(found[1], found[2]) for found in _DECLARED.finditer(self._text)]

    @cached_property
    def _bases(self) -> list[str]:
        return [next(filter(None, found.groups()), "") for found in _BASE.finditer(self._text)]

    def _line_at(self, position: int) -> int:
        return bisect_right(self._starts, position)

    @cached_property
    def _mentions(self) -> dict[str, int]:
        """Where each IRI first stands."""
        return {iri: at for iri, at, _ in reversed(self._terms)}

    @cached_property
    def _subjects(self) -> dict[str, int]:
        """Where each IRI first begins a statement."""
        return {iri: at for iri, at, begins in reversed(self._terms) if begins}

    @cached_property
    def _mentioned(self) -> Counter[str]:
        """How often each IRI stands."""
        return Counter(iri for iri, _, _ in self._terms)

    @cached_property
    def _values(self) -> Places:
        """Where each value stands, and of which property; read once."""
        return places(self._text, self._iris)

    @cached_property
    def _terms(self) -> list[tuple[str, int, bool]]:
        """Every IRI with the place where it stands, and whether a statement may begin there; read once."""
        prefixes = self._iri_of
        found = []
        for match in _TERM.finditer(self._text):
            at, written = match.start(), match[1] or match[4]
            begins = bool(_BEGINS.search(self._text, max(at - _BEFORE, 0), at)) or match[4] is not None
            if written is None or (match[4] is not None and written.partition(":")[0] in prefixes):
                prefix, _, local = (written or f"{match[2]}:{match[3]}").partition(":")
                spelled = [prefixes[prefix] + local] if prefix in prefixes else []
            else:
                spelled = [written] if ":" in written else [base + written for base in self._bases]
            found += [(iri, at, begins) for iri in spelled]
        return found

    def _iris(self, written: str) -> list[str]:
        """Return what a name may be that is *written* in brackets, with a prefix or, in JSON, between quotes."""
        prefix, _, local = written.partition(":")
        if prefix in self._iri_of:
            return [self._iri_of[prefix] + local]
        bare = written.removeprefix("<").removesuffix(">")
        return [bare] if ":" in bare else [base + bare for base in self._bases]

    @cached_property
    def _iri_of(self) -> dict[str, str]:
        """The IRI that each prefix stands for."""
        return dict(self._prefixes)

    def _near(self, told: str, at: int) -> int:
        """Return where *told*, a property or a value, first stands behind *at*, but not far; -1 where it does not."""
        last = self._line_at(at) + _FAR
        end = min(self._starts[last] if last < len(self._starts) else len(self._text), at + _FAR_OFF)
        found = self._pattern(told).search(self._text, at + 1, end)
        return found.start() if found else -1

    def _pattern(self, told: str) -> re.Pattern[str]:
        return re.compile(f"{_ALONE}(?:{self._spelled(told)})" + _ENDS)

    def _spelled(self, term: str) -> str:
        """Return a pattern for every way in which *term* may be written."""
        ways = [*map(re.escape, dict.fromkeys((term, _escaped(term))))]
        for prefix, iri in self._prefixes:
            local = term.removeprefix(iri)
            if local != term and local:
                ways.append(f"{_ALONE}{re.escape(prefix)}:{re.escape(local)}")
        for base in self._bases:
            if base and term.startswith(base) and term != base:
                ways.append(f'(?<=[<"]){re.escape(term.removeprefix(base))}')
        return "|".join(ways)


def locate(findings: Iterable[Finding], texts: Iterable[Text], *, beside: bool = False) -> tuple[Finding, ...]:
    """Give each finding the file and the line of its thing: where a statement is about it, else where it is named.

    Where its thing is not named, it is the line of its value. What was checked *beside* a graph may be about that
    alone: a thing that no text names, or a value that none has; then it gets neither file nor line.
    """
    held = list(texts)
    return tuple(_located(one, held, beside=beside) for one in findings)


def _located(finding: Finding, texts: list[Text], *, beside: bool) -> Finding:
    if beside and finding.value and not any(text.says(finding.value) for text in texts):
        return finding
    for as_subject in (True, False):
        for text in texts:
            line = text.line(finding, as_subject=as_subject)
            if line:
                return replace(finding, file=text.name, line=line)
    for text in texts:
        if line := text.line_of_value(finding):
            return replace(finding, file=text.name, line=line)
    if beside and not any(text.says(finding.focus) for text in texts):
        return finding
    return replace(finding, file=texts[0].name) if len(texts) == 1 else finding


def _leads(path: str, properties: Collection[str]) -> bool:
    """Whether *path*, one property or several steps, may end at one of *properties*."""
    steps = _STEP.split(path)
    return any(one == path or short(one) in steps for one in properties)


def _escaped(text: str) -> str:
    """Return *text* as Turtle and JSON write it between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

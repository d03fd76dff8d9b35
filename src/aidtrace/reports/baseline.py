"""A report beside an earlier one: what is new, what is fixed, what is still there."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.reports.findings import Finding, Report, several

_EXPECTED = "a report that `aidtrace validate --format json` wrote"
_TEXTS = [one.name for one in fields(Finding) if one.type in (str, "str")]


@dataclass(frozen=True)
class Comparison:
    """What changed between two reports; *now* is the newer one with the findings that are new."""

    now: Report
    fixed: tuple[Finding, ...]
    still: int

    @property
    def summary(self) -> str:
        """The change in words."""
        return f"{several(len(self.now.findings), 'new finding')}, {len(self.fixed)} fixed, {self.still} still there"


def compare(report: Report, earlier: Iterable[Finding]) -> Comparison:
    """Compare *report* with the findings of an *earlier* one, by their ids; one that is there twice counts twice."""
    before, left = list(earlier), Counter[str]()
    left.update(one.id for one in before)
    new = []
    for one in report.findings:
        if left[one.id]:
            left[one.id] -= 1
        else:
            new.append(one)
    fixed = []
    for one in before:
        if left[one.id]:
            left[one.id] -= 1
            fixed.append(one)
    return Comparison(replace(report, findings=tuple(new)), tuple(fixed), len(report.findings) - len(new))


def read_report(path: Path) -> tuple[Finding, ...]:
    """Read the findings of a report in JSON; InputError where it is none."""
    text = read_text(path, _EXPECTED)
    try:
        return tuple(_finding(one) for one in json.loads(text)["findings"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: {type(error).__name__}: {error}; expected {_EXPECTED}") from error


def _finding(said: dict[str, object]) -> Finding:
    line = said.get("line", 0)
    texts = {name: said[name] if name not in ("hint", "file", "key") else said.get(name, "") for name in _TEXTS}
    if not isinstance(line, int) or not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("a finding holds what is no text")
    return Finding(**{name: str(text) for name, text in texts.items()}, line=line)

"""A report in the forms that people and programs read."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from aidtrace.errors import InputError
from aidtrace.namespaces import short
from aidtrace.reports.baseline import Comparison
from aidtrace.reports.findings import SEVERITIES, Finding, Group, Report, Ruling

_SARIF_LEVELS = {"Violation": "error", "Warning": "warning", "Info": "note"}
_COLUMNS = (
    "id", "severity", "focus", "path", "value", "message", "hint", "shape", "component", "file", "line",
)  # fmt: skip


def write(report: Report, form: str) -> str:
    """Write *report* as ``text``, ``turtle``, ``jsonld``, ``json``, ``csv``, ``html``, ``sarif`` or ``junit``."""
    if form not in FORMS:
        raise InputError(f"format is {form!r}; expected one of {', '.join(FORMS)}")
    return FORMS[form](report)


def comparison_text(change: Comparison) -> str:
    """Write what is new as a report, then what is fixed, one line each."""
    new = _grouped(change.now.groups) if change.now.findings else []
    fixed = [f"fixed: {one.subject}  {one.message}  [{short(one.shape)}]" for one in change.fixed]
    return "\n".join([*new, *fixed, change.summary]) + "\n"


def text(report: Report) -> str:
    """Write what was found in groups, for a terminal."""
    return (
        "\n".join([*_grouped(report.groups), report.summary, *report.notes, *_fallback(report), *_met(report)]) + "\n"
    )


def _fallback(report: Report) -> Iterator[str]:
    if report.fallback:
        shapes = ", ".join(map(short, report.fallback))
        yield f"checked by pySHACL, which is slower: {shapes}"


def _met(report: Report) -> list[str]:
    return [part for one in (report.meeting, report.ruling) if one for part in ("", str(one))]


def _grouped(groups: tuple[Group, ...]) -> list[str]:
    lines = []
    for group in groups:
        number = f"  ({len(group.findings)})" if len(group.findings) > 1 else ""
        lines.append(f"{group.severity.lower()}: {short(group.shape)}{number}")
        lines += [f"  {said}" for said in dict.fromkeys(one.message for one in group.findings)]
        lines += [f"  write: {hint}" for hint in dict.fromkeys(one.hint for one in group.findings if one.hint)]
        lines += [f"    {_line(one)}" for one in group.findings]
        lines.append("")
    return lines


def _line(one: Finding) -> str:
    value = f" = {short(one.value)}" if one.value and one.value != one.focus else ""
    place = f"  {one.place}" if one.place else ""
    return f"{one.id}  {one.subject}{value}{place}"


def _turtle(report: Report) -> str:
    return report.turtle


def _jsonld(report: Report) -> str:
    from pyoxigraph import RdfFormat, parse, serialize

    triples = (quad.triple for quad in parse(report.turtle.encode(), format=RdfFormat.TURTLE))
    return (serialize(triples, format=RdfFormat.JSON_LD) or b"").decode()


def as_content(report: Report) -> dict[str, Any]:
    """Return the report as plain values: whether it conforms, counts, groups with examples, and every finding."""
    return {
        "conforms": report.conforms,
        "total": report.total,
        "counts": {name.lower(): report.counts[name] for name in (*SEVERITIES, *sorted(report.counts))},
        "triples": report.triples,
        "fallback": list(report.fallback),
        "notes": list(report.notes),
        **({"meeting": report.meeting.content()} if report.meeting else {}),
        **({"ruling": _ruling(report.ruling)} if report.ruling else {}),
        "groups": [_group(group) for group in report.groups],
        "findings": _found(report.findings),
    }


def _found(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [{"id": one.id, **asdict(one)} for one in findings]


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "writable": ruling.writable,
        "gate": ruling.gate,
        "revision": ruling.revision,
        "passes": ruling.passes,
        "refused": ruling.refused,
        "counts": {"new": ruling.total_new, "keepingOut": ruling.total_out},
        "new": _found(ruling.new),
        "keepingOut": [one.id for one in ruling.keeping_out],
        "fixed": ruling.fixed,
        "still": ruling.still,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "severity": group.severity,
        "shape": group.shape,
        "path": group.path,
        "component": group.component,
        "count": len(group.findings),
        "message": group.findings[0].message,
        "examples": [one.id for one in group.examples],
    }


def _json(report: Report) -> str:
    return json.dumps(as_content(report), ensure_ascii=False, indent=2) + "\n"


def _csv(report: Report) -> str:
    out = io.StringIO()
    rows = [[getattr(one, name) for name in _COLUMNS] for one in report.findings]
    csv.writer(out, lineterminator="\n").writerows([_COLUMNS, *rows])
    return out.getvalue()


def _sarif(report: Report) -> str:
    """Write SARIF 2.1.0, the form that code hosts show beside the lines of a file."""
    shapes = sorted({one.shape for one in report.findings})
    run = {
        "tool": {"driver": {"name": "aidtrace", "rules": [{"id": shape, "name": short(shape)} for shape in shapes]}},
        "results": [_sarif_result(one, shapes) for one in report.findings],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _sarif_result(one: Finding, shapes: list[str]) -> dict[str, Any]:
    place: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": one.focus}]}
    if one.file:
        region = {"region": {"startLine": one.line}} if one.line else {}
        place["physicalLocation"] = {"artifactLocation": {"uri": quote(one.file)}, **region}
    return {
        "ruleId": one.shape,
        "ruleIndex": shapes.index(one.shape),
        "level": _SARIF_LEVELS.get(one.severity, "none"),
        "message": {"text": f"{one.subject}: {one.message}"},
        "locations": [place],
        "partialFingerprints": {"aidtraceFinding/v1": one.id},
    }


def _junit(report: Report) -> str:
    """Write JUnit's XML, one test case for each finding, or one that passes; what is no violation is no failure."""
    failures = report.counts["Violation"]
    suite = ElementTree.Element("testsuite", name="aidtrace validate", failures=str(failures), errors="0")
    for one in report.findings:
        where = {"classname": short(one.shape), "name": f"{one.subject} {one.id}"}
        case = ElementTree.SubElement(suite, "testcase", where | ({"file": one.file} if one.file else {}))
        if one.severity == "Violation":
            ElementTree.SubElement(case, "failure", message=_xml(one.message)).text = _xml(_line(one))
        else:
            ElementTree.SubElement(case, "system-out").text = _xml(f"{one.severity.lower()}: {one.message}")
    if report.conforms:
        ElementTree.SubElement(suite, "testcase", classname="aidtrace validate", name="conforms")
    suite.set("tests", str(len(suite)))
    for element in suite.iter():
        element.attrib = {name: _xml(value) for name, value in element.attrib.items()}
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _xml(told: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(one for one in told if one in "\t\n\r" or " " <= one <= "\ufffd" or one > "\uffff")


def _html(report: Report) -> str:
    """Write a page that needs nothing else."""
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("aidtrace.reports", "."), autoescape=True, trim_blocks=True)
    pages.filters["short"] = short
    return pages.get_template("report.html").render(report=report)


FORMS: dict[str, Callable[[Report], str]] = {
    "text": text,
    "turtle": _turtle,
    "jsonld": _jsonld,
    "json": _json,
    "csv": _csv,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
}

"""The validator: the same findings as pySHACL alone, and reports that a person and a program can read."""

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import ROOT, Run

from aidtrace.errors import InputError
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.validation import _findings, _graph, _pyshacl, check, validate

FAILING = sorted((ROOT / "tests" / "shapes" / "fail").glob("*.ttl"))


def shapes() -> object:
    return _graph(quad.triple for path in Project(ROOT).shape_files for quad in read_quads(path))


@pytest.mark.parametrize("path", FAILING[::12], ids=lambda path: path.stem)
def test_rules_run_at_once_find_what_pyshacl_finds_one_by_one(path: Path) -> None:
    data = [quad.triple for quad in read_quads(path)]
    ours = check(data, shapes()).findings  # type: ignore[arg-type]
    reference = _findings(_pyshacl(_graph(data), shapes()))  # type: ignore[arg-type]

    def comparable(findings: object) -> list[tuple[str, str, str, str]]:
        return sorted((f.focus, f.value, f.component, f.shape) for f in findings)  # type: ignore[attr-defined]

    assert ours
    assert comparable(ours) == comparable(reference)


def test_our_graph_conforms(project: Project) -> None:
    report = validate(project)
    assert report.findings == ()
    assert report.conforms


def test_a_literal_is_checked_as_it_was_sent(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    label, integer = "<http://www.w3.org/2000/01/rdf-schema#label>", "<http://www.w3.org/2001/XMLSchema#integer>"
    file.write_text(f'<urn:a> {label} "007"^^{integer} .')
    assert any("007" in finding.value for finding in validate(project, [file]).findings)


def test_files_are_checked_alone_or_together_with_the_graph(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text(
        "@prefix at: <https://w3id.org/aidtrace/ontology#> .\n"
        "@base <https://w3id.org/aidtrace/id/> .\n"
        "<claim/mine> at:about <agreement/shusha-declaration> ."
    )
    alone = {finding.shape for finding in validate(project, [file]).findings}
    together = {finding.shape for finding in validate(project, [file], with_graph=True).findings}
    dangling = "https://w3id.org/aidtrace/shapes#Graph-dangling"
    assert dangling in alone
    assert dangling not in together


def test_shapes_of_ones_own_replace_ours(project: Project, tmp_path: Path) -> None:
    own = tmp_path / "shapes.ttl"
    own.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "<urn:S> a sh:NodeShape ; sh:targetNode <urn:a> ;\n"
        "    sh:property [ sh:path <urn:p> ; sh:minCount 1 ; sh:message 'p!' ] ."
    )
    data = tmp_path / "data.ttl"
    data.write_text("<urn:a> <urn:q> 1 .")
    found = validate(project, [data], [own]).findings
    assert [(finding.focus, finding.message) for finding in found] == [("urn:a", "p!")]


def test_shapes_that_are_ill_formed_are_an_input_error(project: Project, tmp_path: Path) -> None:
    own = tmp_path / "shapes.ttl"
    own.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "<urn:S> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:property [ sh:minCount 1 ] ."
    )
    data = tmp_path / "data.ttl"
    data.write_text("<urn:a> <urn:q> 1 .")
    with pytest.raises(InputError, match="well-formed SHACL"):
        validate(project, [data], [own])


def test_every_format_tells_of_the_same_findings(aidtrace: Run) -> None:
    bad = FAILING[0]
    text = aidtrace("validate", bad)
    rows = list(csv.DictReader(io.StringIO(aidtrace("validate", bad, "--format", "csv").stdout)))
    content = json.loads(aidtrace("validate", bad, "--format", "json").stdout)
    turtle = aidtrace("validate", bad, "--format", "turtle").stdout
    assert text.returncode == 1
    assert rows == content["findings"]
    assert len(rows) == len(text.stdout.splitlines()) - 1 == turtle.count("sh:sourceShape")
    assert not content["conforms"]

"""The validator: what is checked beside what, and reports that a person and a program can read."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, Run
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from aidtrace import validation
from aidtrace.errors import InputError
from aidtrace.project import Project
from aidtrace.validation import validate

FAILING = sorted((ROOT / "tests" / "shapes" / "fail").glob("*.ttl"))


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


@pytest.mark.parametrize(
    "text", ["", "<urn:a> <urn:b> 1 .", "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:S> sh:order 1 ."]
)
def test_a_file_without_a_shape_is_no_shapes(text: str, project: Project, tmp_path: Path) -> None:
    own = tmp_path / "none.ttl"
    own.write_text(text)
    with pytest.raises(InputError, match=r"none\.ttl: holds no shape; expected SHACL$"):
        validate(project, [own], [own])


@pytest.mark.parametrize("shape", ["a sh:NodeShape", "sh:targetClass <urn:C>", "a sh:PropertyShape ; sh:path <urn:p>"])
def test_a_shape_is_one_by_its_class_or_by_its_target(shape: str, project: Project, tmp_path: Path) -> None:
    own, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    own.write_text(f"{PREFIXES} <urn:S> {shape} .")
    data.write_text("<urn:a> <urn:q> 1 .")
    assert validate(project, [data], [own]).conforms


def test_an_empty_file_is_said_to_be_empty(aidtrace: Run, tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.ttl", tmp_path / "other.ttl"
    empty.write_text("# nothing yet\n")
    other.write_text("<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> 'a'@en .")
    done = aidtrace("validate", empty, other)
    assert f"{empty}: holds 0 triples, so nothing in it was checked" in done.stdout.splitlines()
    assert str(other) not in done.stdout


def test_names_of_the_graph_end_the_report_with_a_hint(aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text(f"{PREFIXES} <claim/mine> at:about <agreement/shusha-declaration>, <agreement/nothing> .")
    hint = (
        "hint: agreement/shusha-declaration is a name of our graph; "
        "try --with-graph, which checks the files together with it"
    )
    assert aidtrace("validate", file).stdout.splitlines()[-1] == hint
    assert "hint:" not in aidtrace("validate", file, "--with-graph").stdout
    assert "hint:" not in aidtrace("validate", file, "--format", "csv").stdout


def test_an_unknown_name_is_met_with_a_close_one(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text(f"{PREFIXES} <flow/x> a at:Flow ; at:donorr <actor/turkeye> ; at:recipient <actor/x> .")
    notes = validate(project, [file]).notes
    assert "hint: did you mean at:donor where at:donorr stands?" in notes
    assert "hint: did you mean actor/turkiye where actor/turkeye stands?" in notes
    assert not any("actor/x" in note for note in notes)


PREFIXES = (
    "@prefix at: <https://w3id.org/aidtrace/ontology#> . @prefix edtf: <http://id.loc.gov/datatypes/edtf/> .\n"
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @base <https://w3id.org/aidtrace/id/> .\n"
)


def found(project: Project, folder: Path, block: str, *, with_graph: bool = False) -> set[tuple[str, str, str]]:
    """Validate *block* and return the thing, the property and the rule of each finding, shortened."""
    file = folder / "mine.ttl"
    file.write_text(PREFIXES + block)
    findings = validate(project, [file], with_graph=with_graph).findings
    return {(f.focus.rpartition("/id/")[2], f.path.rpartition("#")[2], f.shape.rpartition("#")[2]) for f in findings}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1995/1990", "Date-inOrder"),
        ("[1995..1990]", "Date-inOrder"),
        ("199X/198X", "Date-inOrder"),
        ("1993-02-30", "Date-wellFormed"),
        ("1993-02-29", "Date-wellFormed"),
        ("9999-24", "Date-wellFormed"),
    ],
)
def test_a_date_that_the_build_cannot_read_is_a_finding_of_its_thing(
    text: str, rule: str, project: Project, tmp_path: Path
) -> None:
    block = f'<event/x> a at:Event ; at:onDate "{text}"^^edtf:EDTF .'
    dates = {one for one in found(project, tmp_path, block) if one[2].startswith("Date-")}
    assert dates == {("event/x", "onDate", rule)}


def test_the_bounds_of_a_file_are_computed_before_the_shapes_see_it(project: Project, tmp_path: Path) -> None:
    block = '<tenure/x> a at:Tenure ; at:beganOn "1996"^^edtf:EDTF ; at:endedOn "1990"^^edtf:EDTF .'
    assert "Bounds-hull" in {rule for _, _, rule in found(project, tmp_path, block)}


def test_a_block_without_a_class_is_named(project: Project, tmp_path: Path) -> None:
    block = "<flow/x> at:donor <actor/turkiye> ."
    things = found(project, tmp_path, block, with_graph=True)
    assert ("flow/x", "type", "Fact-type") in things


@pytest.mark.parametrize("classes", ["at:Event, at:Claim", "at:Agreement, at:Event", "at:Person, at:State"])
def test_classes_that_clash_are_found(classes: str, project: Project, tmp_path: Path) -> None:
    assert "Class-disjoint" in {rule for _, _, rule in found(project, tmp_path, f"<event/x> a {classes} .")}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("[ sh:inversePath at:party ]", "^at:party"),
        ("( at:party at:seller )", "at:party/at:seller"),
        ("[ sh:alternativePath ( at:party at:seller ) ]", "at:party|at:seller"),
        ("( [ sh:inversePath at:party ] <urn:q> )", "^at:party/<urn:q>"),
    ],
)
def test_a_path_is_written_in_words(path: str, words: str, project: Project, tmp_path: Path) -> None:
    own, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    own.write_text(
        f"{PREFIXES} <urn:S> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:property [ sh:path {path} ; sh:minCount 1 ] ."
    )
    data.write_text("<urn:a> <urn:q> 1 .")
    assert [finding.path for finding in validate(project, [data], [own]).findings] == [words]


@pytest.mark.parametrize(
    "constraint",
    [
        'sh:sparql [ sh:select "SELECT $this WHERE { broken" ]',
        'sh:sparql [ sh:select "SELECT $this WHERE { SERVICE <urn:s> { $this ?p ?o } }" ]',
        'sh:sparql [ sh:select "SELECT $this WHERE { {SERVICESILENT<urn:s>{ $this ?p ?o } } }" ]',
        'sh:sparql [ sh:select "ASK { ?s ?p ?o }" ]',
        'sh:property [ sh:path <urn:q> ; sh:pattern "(" ]',
        'sh:property [ sh:path <urn:q> ; sh:minCount "x" ]',
    ],
)
def test_a_shape_that_cannot_run_is_an_input_error_of_one_line(
    constraint: str, project: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    own.write_text(f"{PREFIXES} <urn:S> a sh:NodeShape ; sh:targetNode <urn:a> ; {constraint} .")
    data.write_text('<urn:a> <urn:q> "1" .')
    with pytest.raises(InputError) as raised:
        validate(project, [data], [own])
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""


def test_every_format_tells_of_the_same_findings(aidtrace: Run) -> None:
    bad = FAILING[0]
    text = aidtrace("validate", bad)
    rows = list(csv.DictReader(io.StringIO(aidtrace("validate", bad, "--format", "csv").stdout)))
    content = json.loads(aidtrace("validate", bad, "--format", "json").stdout)
    turtle = aidtrace("validate", bad, "--format", "turtle").stdout
    assert text.returncode == 1
    assert rows == [{name: str(one[name]) for name in rows[0]} for one in content["findings"]]
    assert all(row["id"] in text.stdout for row in rows)
    assert len(rows) == turtle.count("sh:sourceShape") > 0
    assert not content["conforms"]


def test_a_large_document_has_the_report_that_it_would_have_as_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = validate(Project(ROOT), FAILING)
    assert 0 < (whole.triples or 0) < validation.MANY
    monkeypatch.setattr(validation, "MANY", 0)
    apart = validate(Project(ROOT), FAILING)
    assert len(whole.findings) > 100
    assert replace(apart, turtle="") == replace(whole, turtle="")
    assert canonical(apart.turtle) == canonical(whole.turtle)


def canonical(turtle: str) -> Dataset:
    found = Dataset(parse(turtle, RdfFormat.TURTLE))
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return found

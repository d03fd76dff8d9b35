"""Reports: ids that stay, groups, comparison with an earlier report, places in files, and every format."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from aidtrace.errors import InputError
from aidtrace.namespaces import short
from aidtrace.project import Project
from aidtrace.reports.baseline import compare, read_report
from aidtrace.reports.findings import Finding, Report, in_order
from aidtrace.reports.formats import FORMS, as_content, comparison_text, write
from aidtrace.reports.lines import Text, locate
from aidtrace.reports.values import places
from aidtrace.validation import validate

AT = "https://w3id.org/aidtrace/ontology#"
ATS = "https://w3id.org/aidtrace/shapes#"
ID = "https://w3id.org/aidtrace/id/"


def finding(name: str, value: str = "", severity: str = "Violation", shape: str = "Aid-donor") -> Finding:
    return Finding(ID + name, AT + "donor", value, severity, "ClassConstraintComponent", ATS + shape, "Write a donor.")


TWO = Report(in_order([finding("flow/b", severity="Warning"), finding("flow/a", "x")]), triples=7)
NASTY = finding('flow/<script>alert("1")</script>\u0001', "‮ \U0001f600 & ]]> ")


def test_the_gravest_comes_first() -> None:
    assert [one.severity for one in TWO.findings] == ["Violation", "Warning"]
    assert TWO.summary == "does not conform: 1 violation, 1 warning"
    assert Report(()).summary == "conforms"


def test_an_id_depends_on_thing_and_rule_and_on_nothing_that_changes_by_itself() -> None:
    one = finding("flow/a", "x")
    assert one.id == replace(one, message="other words", severity="Info", file="a.ttl", line=3, hint="do").id
    for other in ({"focus": "y"}, {"path": "y"}, {"value": "y"}, {"component": "y"}, {"shape": "y"}):
        assert one.id != replace(one, **other).id  # type: ignore[arg-type]
    assert replace(one, focus="_:b1", key="k").id == replace(one, focus="_:b2", key="k").id


def test_groups_share_severity_shape_path_and_component_and_show_three() -> None:
    report = Report((*(finding(f"flow/{n}") for n in range(5)), finding("flow/x", shape="Aid-recipient")))
    assert [(group.shape, len(group.findings), len(group.examples)) for group in report.groups] == [
        (ATS + "Aid-donor", 5, 3),
        (ATS + "Aid-recipient", 1, 1),
    ]


def test_a_threshold_keeps_what_is_as_grave_or_graver() -> None:
    assert [len(TWO.at_least(one).findings) for one in ("violation", "warning", "info")] == [1, 2, 2]
    with pytest.raises(InputError, match="expected one of violation, warning, info"):
        TWO.at_least("grave")


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_new_fixed_and_still_there_add_up(before: list[int], now: list[int]) -> None:
    old, new = ([finding(f"flow/{n}") for n in numbers] for numbers in (before, now))
    change = compare(Report(tuple(new)), old)
    assert len(change.now.findings) + change.still == len(new)
    assert len(change.fixed) + change.still == len(old)
    assert not {one.id for one in change.fixed} & {one.id for one in change.now.findings}


def test_a_report_in_json_is_read_back_as_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(write(TWO, "json"), "utf-8")
    assert read_report(path) == TWO.findings
    change = compare(Report((finding("flow/a", "x"), finding("flow/c"))), read_report(path))
    assert change.summary == "1 new finding, 1 fixed, 1 still there"
    assert comparison_text(change).splitlines()[-2].startswith("fixed: flow/b at:donor")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": [1]}', '{"findings": [{"focus": 1}]}', "null"])
def test_what_is_no_report_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"report.json: .*expected a report that") as raised:
        read_report(path)
    assert "\n" not in str(raised.value)


TURTLE = f"""@prefix at: <{AT}> .
@prefix flow: <{ID}flow/> .
# flow:a is told below
<{ID}flow/other>
    at:donor flow:a .

flow:a
    a at:Flow ;
    at:amount 1992 ;
    at:donor "x" .

flow:ab at:donor "y" .
"""


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("flow/a", "x", 10),
        ("flow/a", "", 10),
        ("flow/a", "not there", 10),
        ("flow/ab", "y", 12),
        ("flow/other", "", 5),
        ("flow/none", "", 0),
    ],
)
def test_a_finding_is_placed_at_its_thing_and_then_at_its_value(name: str, value: str, line: int) -> None:
    assert locate([finding(name, value)], [Text("a.ttl", TURTLE)])[0].line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'<{ID}flow/a> <{AT}kind> "z" .\n<{ID}flow/a> <{AT}donor> "x" .\n', 2),
        (f'[\n{{"@id": "{ID}flow/ab"}},\n{{"@id": "{ID}flow/a",\n "{AT}donor": "x"}}]', 4),
        (f"@base <{ID}> .\n<flow/ab> a 1 .\n<flow/a> <{AT}donor> 1 .", 3),
        (f'<rdf:RDF xmlns:at="{AT}">\n<at:Flow rdf:about="{ID}flow/a">\n<at:donor>x</at:donor>', 3),
    ],
)
def test_other_syntaxes_are_placed_too(text: str, line: int) -> None:
    assert locate([finding("flow/a", "x")], [Text("a", text)])[0].line == line


def test_of_several_files_the_one_that_has_the_thing_is_named() -> None:
    texts = [Text("a.ttl", ""), Text("b.ttl", TURTLE)]
    there, nowhere = locate([finding("flow/a", "x"), finding("flow/none")], texts)
    assert (there.place, nowhere.place) == ("b.ttl:10", "")
    assert locate([finding("flow/none")], texts[:1])[0].place == "a.ttl"


BESIDE = f"""@prefix at: <{AT}> .
<urn:a>
    at:donor <urn:b> ;
    at:label "say \\"no\\"" .
[] at:amount 17 ;
    at:label "low" .
"""


@pytest.mark.parametrize(
    ("focus", "value", "place"),
    [
        ("urn:a", 'say "no"', "sent.ttl:4"),
        ("urn:ours", "urn:b", "sent.ttl:3"),  # our thing, and a value that was sent
        ("_:0a1b2c3d", "17", "sent.ttl:5"),  # a thing without a name
        ("_:0a1b2c3d", "low", "sent.ttl:6"),
        ("_:0a1b2c3d", "_:4e5f6a7b", "sent.ttl"),
        ("urn:a", "urn:ours", ""),  # a thing that was sent, and a value that only we have
        ("urn:a", "99", ""),
        ("urn:ours", "17", ""),  # a text is no thing: that of ours is another
        ("urn:ours", "", ""),
    ],
)
def test_a_finding_beside_a_graph_is_placed_where_its_thing_or_value_was_sent(
    focus: str, value: str, place: str
) -> None:
    one = replace(finding("flow/a", value), focus=focus, path="")
    assert locate([one], [Text("sent.ttl", BESIDE)], beside=True)[0].place == place


def test_what_is_written_by_numbers_of_letters_may_be_what_is_meant() -> None:
    one = replace(finding("flow/a", "ə"), focus="urn:a")
    assert locate([one], [Text("a.ttl", '<urn:a> <urn:b> "\\u0259" .')], beside=True)[0].place == "a.ttl:1"


@given(st.text(), st.text())
def test_placing_takes_any_text(text: str, value: str) -> None:
    assert locate([finding("flow/a", value)], [Text("a", text)])[0].line >= 0


def test_text_groups_and_names_each_finding() -> None:
    lines = write(TWO, "text").splitlines()
    assert lines[:3] == [
        "violation: ats:Aid-donor",
        "  Write a donor.",
        f"    {TWO.findings[0].id}  flow/a at:donor = x",
    ]
    assert lines[-1] == "does not conform: 1 violation, 1 warning"
    assert write(Report((), notes=("hint: more",)), "text") == "conforms\nhint: more\n"


def test_json_counts_and_points_from_groups_to_findings() -> None:
    content = json.loads(write(TWO, "json"))
    assert (content["conforms"], content["triples"]) == (False, 7)
    assert content["counts"] == {"violation": 1, "warning": 1, "info": 0}
    assert [group["examples"] for group in content["groups"]] == [[one["id"]] for one in content["findings"]]


def test_csv_has_a_row_for_each_finding() -> None:
    rows = list(csv.DictReader(io.StringIO(write(Report((NASTY,)), "csv"))))
    assert [(row["id"], row["focus"], row["value"]) for row in rows] == [(NASTY.id, NASTY.focus, NASTY.value)]


def test_sarif_points_at_lines_and_carries_the_id() -> None:
    located = locate([finding("flow/a", "x")], [Text("a.ttl", TURTLE)])
    log = json.loads(write(Report(located), "sarif"))
    run = log["runs"][0]
    result = run["results"][0]
    assert (log["version"], run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]) == ("2.1.0", ATS + "Aid-donor")
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("a.ttl", 10)
    assert result["partialFingerprints"] == {"aidtraceFinding/v1": located[0].id}


def test_junit_fails_for_violations_only_and_takes_any_character() -> None:
    suite = ElementTree.fromstring(write(Report((NASTY, finding("flow/b", severity="Warning"))), "junit"))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(case.findall("failure")) for case in suite] == [1, 0]
    passed = ElementTree.fromstring(write(Report(()), "junit"))
    assert (passed.get("tests"), passed.get("failures"), len(passed.findall("testcase"))) == ("1", "0", 1)


def test_html_holds_no_tag_of_the_data() -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen.append(tag)

    page = Tags()
    page.feed(write(Report((NASTY,)), "html"))
    assert "script" not in page.seen
    assert page.seen.count("tr") == 2


def test_json_ld_says_what_turtle_says() -> None:
    turtle = f"<urn:a> a <urn:b> ; <{AT}donor> 'x' ."
    said = {quad.triple for quad in parse(write(Report((), turtle), "jsonld").encode(), format=RdfFormat.JSON_LD)}
    assert said == {quad.triple for quad in parse(turtle.encode(), format=RdfFormat.TURTLE)}


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=", ".join(FORMS)):
        write(TWO, "pdf")


def test_iris_are_shortened_for_people() -> None:
    assert (short(ID + "flow/a"), short(AT + "donor"), short("urn:x")) == ("flow/a", "at:donor", "urn:x")


# what stays the same, and what is not hidden


def checked(project: Project, folder: Path, data: str, shapes: str) -> Report:
    for name, text in (("data.ttl", data), ("shapes.ttl", shapes)):
        (folder / name).write_text(PREFIXED + text, encoding="utf-8")
    return validate(project, [folder / "data.ttl"], [folder / "shapes.ttl"])


PREFIXED = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <urn:x:> .\n"
ANONYMOUS = "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:name 'p' ] ."


def test_ids_stay_where_shapes_and_things_have_no_name(project: Project, tmp_path: Path) -> None:
    data = "[] a ex:T ; ex:q 1 . [] a ex:T ; ex:q 2 . ex:a a ex:T ."
    first, second = (checked(project, tmp_path, data, ANONYMOUS) for _ in range(2))
    assert [one.id for one in first.findings] == [one.id for one in second.findings]
    assert len({one.id for one in first.findings}) == 3
    assert all(one.shape.startswith("urn:x:S~") for one in first.findings)


def test_ids_tell_terms_of_one_text_apart(project: Project, tmp_path: Path) -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:in ( ex:none ) ] ."
    found = checked(project, tmp_path, 'ex:a ex:p "1", 1, "1"@en .', shapes).findings
    assert len({one.id for one in found}) == 3


def test_a_severity_of_ones_own_is_shown_and_counted(project: Project, tmp_path: Path) -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:severity ex:Grave ; sh:class ex:T ."
    report = checked(project, tmp_path, "ex:a ex:p 1 .", shapes).at_least("info")
    assert (len(report.findings), report.conforms, report.summary) == (1, False, "does not conform: 1 urn:x:grave")


def test_what_is_left_out_still_counts(project: Project, tmp_path: Path) -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:severity sh:Warning ; sh:class ex:T ."
    report = checked(project, tmp_path, "ex:a ex:p 1 .", shapes).at_least("violation")
    assert (report.findings, report.conforms, report.total) == ((), False, 1)
    assert "1 not shown" in report.summary
    assert as_content(report)["conforms"] is False


def test_shapes_of_ones_own_see_what_was_sent(project: Project, tmp_path: Path) -> None:
    at = "<https://w3id.org/aidtrace/ontology#{}>".format
    shapes = f"""ex:S a sh:NodeShape ; sh:targetClass {at("Agreement")} ; sh:closed true ;
        sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
        sh:property [ sh:path {at("signedOn")} ] .
    ex:L a sh:NodeShape ; sh:targetSubjectsOf <http://www.w3.org/2000/01/rdf-schema#label> ; sh:class ex:None ."""
    data = f'ex:a a {at("Agreement")} ; {at("signedOn")} "1992"^^<http://id.loc.gov/datatypes/edtf/EDTF> .'
    assert checked(project, tmp_path, data, shapes).conforms
    labelled = checked(project, tmp_path, data + ' ex:b <http://www.w3.org/2000/01/rdf-schema#label> "b" .', shapes)
    assert [one.focus for one in labelled.findings] == ["urn:x:b"]


def test_each_name_of_a_text_is_read_once_however_many_findings_there_are() -> None:
    text = Text("a.ttl", "".join(f"<urn:a{number}> <urn:p> {number} .\n" for number in range(2000)))
    found = [replace(finding("flow/a"), focus=f"urn:a{number}", path="") for number in range(2000)]
    assert [one.line for one in locate(found, [text])] == list(range(1, 2001))
    assert len(text._terms) == 4000  # two on each line


def test_a_file_that_is_about_a_thing_comes_before_one_that_names_it() -> None:
    texts = [Text("a.ttl", "<urn:x> <urn:p> <urn:y> .\n"), Text("b.ttl", "\n\n<urn:y> <urn:p> 1 .\n")]
    assert locate([replace(finding("flow/a"), focus="urn:y", path="", value="")], texts)[0].place == "b.ttl:3"


def test_a_baseline_that_nests_without_end_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"deep\.json: RecursionError"):
        read_report(path)


def test_the_baseline_is_filtered_as_the_report_is(project: Project, tmp_path: Path, aidtrace: Run) -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:severity sh:Warning ; sh:class ex:T ."
    checked(project, tmp_path, "ex:a ex:p 1 .", shapes)
    command = ("validate", tmp_path / "data.ttl", "--shapes", tmp_path / "shapes.ttl")
    (tmp_path / "before.json").write_text(aidtrace(*command, "--format", "json").stdout)
    now = aidtrace(*command, "--severity", "violation", "--baseline", tmp_path / "before.json")
    assert (now.returncode, "0 new findings, 0 fixed" in now.stdout) == (0, True)


def test_things_without_names_are_placed_by_one_reading_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = list[str]()
    pattern = Text._pattern

    def counted(text: Text, told: str) -> re.Pattern[str]:
        looked.append(told)
        assert len(looked) < 100, "it looks through the text again for each finding"
        return pattern(text, told)

    monkeypatch.setattr(Text, "_pattern", counted)
    text = Text("a.ttl", "".join(f"[] <{AT}donor> {number} .\n" for number in range(20_000)))
    found = [replace(finding("", str(number)), focus=f"_:{number}") for number in range(20_000)]
    for beside in (False, True):
        assert [one.line for one in locate(found, [text], beside=beside)] == list(range(1, 20_001))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<urn:good> <urn:pages> 17 .\n\n[] <urn:amount> 17 .\n", 3),  # of another property
        ("# amount 17\n[] <urn:amount> 17 . # 17\n", 2),
        ("[] <urn:amount> 1 ; # 17\n <urn:pages> 17 .\n", 0),
        ('[] <urn:amount> 1 . <urn:b> <urn:c> "<urn:amount> 17" .\n', 0),
        ("<urn:good> <urn:amount> 17 .\n[] <urn:amount> 17 .\n", 0),  # it may be either
        ("[] <urn:amount> 5,\n 17 ;\n <urn:pages> 17 .\n", 2),
        ("[] <urn:amount> 017 .\n[] <urn:amount> 17.0 .\n", 0),
        ('PREFIX u: <urn:>\n_:b u:pages 17 ;\n u:amount "17"^^u:n .\n', 3),
        ('@base <urn:> .\n@prefix : <urn:> .\n[ a :T ;\n :part [ :pages 17 ] ; :amount """1\\u0037""" ] .\n', 4),
        ("<urn:g> { [] <urn:pages> 17 .\n [] <urn:amount> 17 }\n", 2),
        ('{"@context": {"u": "urn:"},\n "@graph": [{"u:pages": 17},\n {"u:amount": {"@value": 17}}]}\n', 3),
        ('{"@context": {"u": "urn:"},\n "u:amount": [5, 17], "u:pages": 17}\n', 2),
        ('<rdf:RDF xmlns:u="urn:"><u:T><u:pages>17</u:pages>\n<u:amount rdf:datatype="a">17</u:amount></u:T>', 2),
    ],
)
def test_a_thing_without_a_name_is_placed_where_its_property_has_the_value_or_nowhere(text: str, line: int) -> None:
    one = replace(finding("", "17"), focus="_:0a1b2c3d", path="urn:amount")
    assert locate([one], [Text("a", text)])[0].line == line


def test_a_value_of_a_thing_that_was_not_sent_is_placed_where_it_is_described_or_stands_alone() -> None:
    one = replace(finding("", "urn:b"), focus="urn:ours")
    texts = {
        "<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:q> 1 .\n": 2,
        "\n<urn:a> <urn:p> <urn:b> .\n": 2,
        "<urn:a> <urn:p> <urn:b> .\n<urn:c> <urn:q> <urn:b> .\n": 0,
    }
    assert {text: locate([one], [Text("a", text)], beside=True)[0].line for text in texts} == texts


def test_a_path_of_several_steps_is_placed_at_a_value_of_one_of_its_properties() -> None:
    one = replace(finding("", "x"), focus="_:0a1b2c3d", path="at:donor/at:kind|^at:label")
    text = f'[] <{AT}unit> "x" ;\n <{AT}kind> "x" .\n'
    assert locate([one], [Text("a", text)])[0].line == 2


@given(st.text("<>\"'\\:#[](){}.;,@^= \n17aurn", max_size=200))
def test_the_values_of_any_text_are_read_to_its_end(text: str) -> None:
    for held in places(text, lambda written: [written]).values():
        assert all(0 <= at < len(text) for _, at in held)

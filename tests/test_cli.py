"""The command line as a person meets it: what it prints, and how it fails."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Run

from aidtrace.cli.arguments import parser
from aidtrace.cli.doors import MODULES, door
from aidtrace.project import Project


def test_help_names_every_command(aidtrace: Run) -> None:
    done = aidtrace("--help")
    assert done.returncode == 0
    for command in ("build", "query", "questions", "validate", "coverage", "reason", "export", "serve"):
        assert f"    {command}" in done.stdout


def test_help_imports_no_library() -> None:
    code = "import sys; from aidtrace.cli.arguments import parser; parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pyoxigraph", "rdflib", "flask", "pyshacl", "owlready2", "edtf"} & set(loaded)


def test_the_version_is_that_of_the_package(aidtrace: Run) -> None:
    import aidtrace as package

    assert aidtrace("--version").stdout == f"aidtrace {package.__version__}\n"


def test_a_question_is_answered_as_csv_and_as_json_with_the_same_cells(aidtrace: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(aidtrace("query", "table-2", "--format", "csv").stdout)))
    assert rows == json.loads(aidtrace("query", "table-2", "--format", "json").stdout)
    assert [row["row"] for row in rows] == ["1", "2", "3", "4"]


def test_sparql_on_the_command_line_needs_no_prefixes(aidtrace: Run) -> None:
    done = aidtrace("query", "-e", "ASK { ?x a at:Agreement }", "--format", "csv")
    assert done.stdout == "answer\ntrue\n"


def test_a_parameter_sets_a_variable(aidtrace: Run) -> None:
    text = "SELECT ?key ?label { ?x at:key ?key ; dcterms:title ?label }"
    done = aidtrace("query", "-e", text, "--param", "key=Musayev2011", "--format", "csv")
    assert len(done.stdout.splitlines()) == 2


def test_the_list_of_questions_tells_their_parameters(aidtrace: Run) -> None:
    listed = aidtrace("query").stdout
    assert (
        "\n    Which agreements precede a doctrine change?\n    parameters: change (iri of a doctrine change), "
        "agreement (iri of an agreement), certainty (certain|possible|undatable)\n"
    ) in listed


@pytest.mark.parametrize("value", ["event/western-curriculum-adoption", "https://w3id.org/aidtrace/id/actor/mkek"])
def test_a_file_that_declares_its_parameters_is_held_to_them(aidtrace: Run, tmp_path: Path, value: str) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("# param: who iri at:Company The company\nSELECT ?who ?p { ?who ?p ?o }")
    done = aidtrace("query", file, "--param", f"who={value}")
    assert done.returncode == (0 if "mkek" in value else 2)
    assert "no parameter 'p'" in aidtrace("query", file, "--param", "p=1").stderr


def test_a_query_in_a_file_is_run(aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("SELECT (1 AS ?one) {}")
    assert aidtrace("query", file, "--format", "csv").stdout == "one\n1\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "agreement"], "no question is called 'agreement'"),
        (["query", "-e", "SELECT * {"], "-e: 1:"),
        (["query", "./missing.rq"], "missing.rq: no such file"),
        (["query", "-e", "SELECT ?a { ?a ?b ?c }", "--param", "c=1"], "-e: ?c is not selected; expected ?a"),
        (["query", "-e", "SELECT ?a { ?a ?b ?c }", "--param", "c=1", "--param", "d=1"], "?c and ?d are not selected"),
        (["query", "-e", "ASK { ?a ?b ?c }", "--param", "d=1"], "-e: ?d cannot be bound here"),
        (["query", "-e", "SELECT ?a {}", "--param", "a=1", "--param", "a=2"], "-e: a is given 2 times; expected once"),
        (["query", "--param", "a=b"], "--param a: nothing is asked; expected NAME, FILE or -e TEXT"),
        (["query", "table-1", "--param", "result=Supported"], "table-1: no parameter 'result'; expected none"),
        (["query", "offices", "--param", "state=Turkey"], "no parameter 'state'; expected person (iri of a person)"),
        (
            ["query", "offices", "--param", "person=actor/turgut"],
            "person is 'actor/turgut'; expected one of 15, such as",
        ),
        (["query", "-e", "ASK {}", "--param", "x"], "--param 'x': expected NAME=VALUE"),
        (["query", "-e", "ASK {}", "--param", "a b=c"], "--param 'a b=c': expected NAME=VALUE"),
        (["query", "-e", "ASK {}", "--param", "=c"], "--param '=c': expected NAME=VALUE"),
        (["query", "-e", ""], "-e: is empty; expected a query"),
        (["query", "-e", "CLEAR ALL"], "-e: 1:1: CLEAR begins an update, which is not taken here; expected a query"),
        (["query", "-e", "SELECT"], "-e: 1:7: ends too early; expected"),
        (["query", "-e", "DESCRIBE <urn:a>", "--format", "csv"], "expected text"),
        (["query", "-e", "CONSTRUCT {} {}", "--format", "json"], "expected text"),
        (["query", "-e", "SELECT * { SERVICE <http://127.0.0.1:1/> {} }"], "-e: 1:12: SERVICE is not allowed here"),
        (["query", "-e", "SELECT * FROM <urn:x> {}"], "-e: 1:10: FROM <urn:x> is not allowed here"),
        (["query", "./queries"], "queries: is a folder; expected a SPARQL query"),
        (["coverage", "data"], "data: is a folder; expected the article"),
        (["coverage", "missing.txt"], "missing.txt: no such file"),
        (["validate", "data"], "data: is a folder; expected an RDF file"),
        (["reason", "--out", "/nonexistent/x.nq"], "/nonexistent is no folder"),
        (["export", "--out", "/nonexistent/x"], "/nonexistent is no folder"),
        (["export", "--out", "data"], "data: is a folder"),
        (["validate", "missing.ttl"], "missing.ttl: "),
        (["export", "--graph", "articles"], "no graph is called 'articles'"),
        (["export", "--format", "turtle"], "--format turtle holds one graph"),
    ],
)
def test_bad_input_is_one_line_that_says_where_and_what(aidtrace: Run, arguments: list[str], said: str) -> None:
    done = aidtrace(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("aidtrace: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_malformed_file_is_named_with_its_line(aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.ttl"
    file.write_text("<urn:a> <urn:p> 1 .\n<urn:b> <urn:p> .\n")
    done = aidtrace("validate", file)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{file}:2:" in done.stderr


def test_a_graph_comes_out_as_it_went_in(aidtrace: Run, tmp_path: Path) -> None:
    from pyoxigraph import RdfFormat, parse

    text = aidtrace("export", "--graph", "crosswalk", "--format", "ntriples").stdout
    again = aidtrace("export", "--graph", "crosswalk").stdout
    assert set(parse(text, RdfFormat.N_TRIPLES)) == set(parse(again, RdfFormat.TURTLE))
    assert text == aidtrace("export", "--graph", "crosswalk", "--format", "ntriples").stdout


def test_every_command_has_a_door() -> None:
    [commands] = [action.choices for action in parser()._actions if action.dest == "command"]
    assert sorted(commands or ()) == sorted(name for names in MODULES.values() for name in names)
    for name in commands or ():
        assert callable(door(str(name)))


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_deadline_that_is_no_time_is_refused(aidtrace: Run, seconds: str) -> None:
    done = aidtrace("serve", "--port", "0", "--deadline", seconds)
    assert done.returncode == 2
    assert "expected seconds, such as 2.5" in done.stderr


@pytest.mark.parametrize(("graphs", "more"), [(["article"], False), (["article", "sources"], True)])
def test_from_chooses_what_a_query_reads(aidtrace: Run, graphs: list[str], more: bool) -> None:
    def count(*names: str) -> int:
        clauses = " ".join(f"FROM <https://w3id.org/aidtrace/graph/{name}>" for name in names)
        text = f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}"
        return int(aidtrace("query", "-e", text, "--format", "csv").stdout.split()[1])

    assert 0 < count(*graphs) < count()
    assert (count(*graphs) > count("article")) == more


@pytest.mark.parametrize("form", ["DESCRIBE", "CONSTRUCT WHERE"])
def test_triples_are_printed_as_turtle(aidtrace: Run, form: str) -> None:
    from pyoxigraph import RdfFormat, parse

    actor = "<https://w3id.org/aidtrace/id/actor/mkek>"
    text = f"{form} {actor}" if form == "DESCRIBE" else f"{form} {{ {actor} ?p ?o }}"
    assert len(list(parse(aidtrace("query", "-e", text).stdout, RdfFormat.TURTLE))) > 2


def test_a_text_and_a_name_together_are_a_mistake(aidtrace: Run) -> None:
    done = aidtrace("query", "-e", "ASK {}", "agreements")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not allowed with argument" in done.stderr


@pytest.mark.parametrize("name", ["mine", "mine.sparql", "mine.txt"])
def test_a_file_of_any_suffix_is_a_query(aidtrace: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT (1 AS ?one) {}")
    assert aidtrace("query", name, "--format", "csv", cwd=tmp_path).stdout == "one\n1\n"


@pytest.mark.parametrize(("redirection", "said"), [(">/dev/full", "no space left"), (">&-", "is closed")])
def test_an_answer_that_cannot_be_written_is_an_error(cache: Path, redirection: str, said: str) -> None:
    command = f"{sys.executable} -m aidtrace query agreements {redirection}"
    environment = {**os.environ, "AIDTRACE_CACHE": str(cache)}
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "command", "said"),
    [
        ("queries/rules/zz.rq", b"CONSTRUCT \xff", "build", "zz.rq: byte 10 is not UTF-8"),
        ("queries/rules/zz.rq", b"CONSTRUCT {", "build", "zz.rq: 1:12: ends too early; expected }"),
        ("data/article/zz.ttl", None, "build", "zz.ttl: is a folder"),
        ("queries/table-1.csv", b"row\n\xff", "questions", "table-1.csv: byte 4 is not UTF-8"),
        ("data/article/passages.csv", b"id,words\n", "coverage README.md", "passages.csv:1: the columns are id,words"),
    ],
)
def test_a_damaged_project_is_one_line(
    aidtrace: Run, tmp_path: Path, name: str, content: bytes | None, command: str, said: str
) -> None:
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "README.md").write_text("text")
    if content is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(content)
    done = aidtrace(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr


def test_reasons_under_other_columns_are_an_error(tmp_path: Path) -> None:
    from aidtrace.coverage import read_reasons
    from aidtrace.errors import InputError

    (tmp_path / "reasons.csv").write_text("passage,figure\na,b\n")
    with pytest.raises(InputError, match="expected passage,figure,direction,reason"):
        read_reasons(tmp_path / "reasons.csv")


def test_a_damaged_store_is_built_anew_and_old_halves_are_swept(project: Project, tmp_path: Path) -> None:
    from aidtrace.building import built, open_project

    folder = built(project, tmp_path)
    old, young = tmp_path / "half-old", tmp_path / "half-young"
    for half in (old, young):
        half.mkdir()
    os.utime(old, (0, 0))
    for mend in (built, open_project):
        (folder / "CURRENT").write_text("damaged")
        mend(project, tmp_path)
        assert len(open_project(project, tmp_path)) > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, young.name])


def test_a_baseline_shows_what_is_new_and_what_is_fixed(aidtrace: Run, tmp_path: Path) -> None:
    bad, worse = (ROOT / "tests" / "shapes" / "fail" / f"{name}.ttl" for name in ("Actor-label", "Aid-donor"))
    before = tmp_path / "before.json"
    before.write_text(aidtrace("validate", bad, "--format", "json").stdout, "utf-8")
    same = aidtrace("validate", bad, "--baseline", before)
    assert (same.returncode, same.stdout) == (0, "0 new findings, 0 fixed, 1 still there\n")
    changed = aidtrace("validate", worse, "--baseline", before)
    assert changed.returncode == 1
    assert "violation: ats:Aid-donor" in changed.stdout
    assert changed.stdout.splitlines()[-1] == "1 new finding, 1 fixed, 0 still there"


def test_the_rules_are_listed_and_each_is_shown_with_its_examples(aidtrace: Run) -> None:
    rules = aidtrace("shapes").stdout
    assert "Agreement-parties  each at:Agreement" in rules
    assert rules.splitlines()[-1] == f"{len(list((ROOT / 'shapes').parent.glob('tests/shapes/fail/*.ttl')))} rules"
    one = aidtrace("shapes", "Agreement-parties").stdout
    assert [line for line in one.splitlines() if line.startswith("# ")] == ["# rule", "# breaks it", "# passes"]
    wrong = aidtrace("shapes", "Agreement-partys")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "Agreement-parties" in wrong.stderr


def test_a_dry_run_of_a_merge_tells_how_a_file_would_meet_the_graph(aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "theirs.ttl"
    file.write_text(
        "@prefix at: <https://w3id.org/aidtrace/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<urn:theirs:tr> a at:State ; rdfs:label "TURKEY"@en .\n'
        '<https://w3id.org/aidtrace/id/actor/turkiye> rdfs:label "Something else"@en .\n',
        "utf-8",
    )
    told = aidtrace("validate", file, "--merge")
    assert told.returncode == 1
    assert "urn:theirs:tr 'TURKEY' = actor/turkiye" in told.stdout
    assert "actor/turkiye rdfs:label" in told.stdout
    assert told.stdout.splitlines()[-1] == "Suggestions only: nothing is decided, and nothing was written."
    content = json.loads(aidtrace("validate", file, "--merge", "--format", "json").stdout)
    assert {row["theirs"] for row in content["meeting"]["actors"]} >= {"urn:theirs:tr"}
    assert aidtrace("validate", "--merge").returncode == 2

"""The command line as a person meets it: what it prints, and how it fails."""

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import Run

from aidtrace.cli.arguments import parser


def test_help_names_every_command(aidtrace: Run) -> None:
    done = aidtrace("--help")
    assert done.returncode == 0
    for command in ("build", "query", "questions", "validate", "coverage", "reason", "export", "serve"):
        assert f"    {command}" in done.stdout


def test_help_imports_no_library() -> None:
    import subprocess
    import sys

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
        (["query", "-e", "SELECT ?a { ?a ?b ?c }", "--param", "c=1"], "expected parameters among the selected"),
        (["query", "-e", "ASK {}", "--param", "x"], "--param 'x': expected NAME=VALUE"),
        (["validate", "missing.ttl"], "missing.ttl: "),
        (["coverage", "missing.txt"], "missing.txt: "),
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
    from aidtrace.cli import commands

    actions = [action for action in parser()._actions if action.dest == "command"]
    for name in actions[0].choices or ():
        assert callable(getattr(commands, str(name)))


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_deadline_that_is_no_time_is_refused(aidtrace: Run, seconds: str) -> None:
    done = aidtrace("serve", "--port", "0", "--deadline", seconds)
    assert done.returncode == 2
    assert "expected seconds, such as 2.5" in done.stderr

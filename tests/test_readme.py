"""The Python, SPARQL and links of the README and the docs work; test_docs.py runs their commands."""

import csv
import io
import re
from pathlib import Path

import pytest
from conftest import ROOT, Run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    return [(p.name, text) for p in PAGES for kind, text in BLOCK.findall(p.read_text("utf-8")) if kind == language]


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_of_the_docs_runs(
    page: str, code: str, cache: Path, aidtrace: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder in which the page's own exports lie."""
    text = next(one.read_text("utf-8") for one in PAGES if one.name == page)
    for command in re.findall(r"^\$ aidtrace (export .* [a-z.]+|publish [a-z]+)$", text, re.MULTILINE):
        assert aidtrace(*command.split(), cwd=tmp_path).returncode == 0
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    exec(compile(code, page, "exec"), {})


@pytest.mark.parametrize(("page", "query"), blocks("sparql"))
def test_sparql_of_the_docs_has_rows(page: str, query: str, aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "shown.rq"
    file.write_text(query)
    done = aidtrace("query", file, "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 1


def test_every_link_of_the_docs_leads_somewhere() -> None:
    for page in PAGES:
        # The reference is made with the site, in which test_documentation follows these links.
        for target in re.findall(r"\]\((?!https?:|reference/)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_has_a_question_and_its_answer_on_the_first_screen() -> None:
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    assert "agreements precede a doctrine change" in first
    assert "make serve" in first


def test_the_answer_on_the_first_screen_is_the_one_that_is_given(aidtrace: Run) -> None:
    shown = re.findall(r"^\| (\S+) \| (.+) \|$", (ROOT / "README.md").read_text("utf-8").split("## ")[0], re.MULTILINE)
    asked = aidtrace("query", "agreements-before-doctrine-change", "--format", "csv").stdout
    rows = [row for row in csv.DictReader(io.StringIO(asked)) if row["certainty"] == "certain"]
    before = [(row["date"], row["label"]) for row in rows if row["change"].endswith("western-curriculum-adoption")]
    assert [row for row in shown if row != ("date", "agreement")] == before

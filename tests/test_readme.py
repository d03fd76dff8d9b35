"""What the README and the docs show can be run, and gives what they show."""

import re
from pathlib import Path

import pytest
from conftest import ROOT, Run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    return [(p.name, text) for p in PAGES for kind, text in BLOCK.findall(p.read_text("utf-8")) if kind == language]


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_of_the_docs_runs(page: str, code: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))
    monkeypatch.chdir(ROOT)
    exec(compile(code, page, "exec"), {})


@pytest.mark.parametrize(("page", "query"), blocks("sparql"))
def test_sparql_of_the_docs_has_rows(page: str, query: str, aidtrace: Run, tmp_path: Path) -> None:
    file = tmp_path / "shown.rq"
    file.write_text(query)
    done = aidtrace("query", file, "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 1


@pytest.mark.parametrize(("page", "text"), blocks("console"))
def test_commands_of_the_docs_print_what_is_shown(page: str, text: str, aidtrace: Run) -> None:
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        if command.startswith("aidtrace ") and not command.startswith("aidtrace serve"):
            done = aidtrace(*command.split()[1:])
            assert done.returncode in (0, 1), done.stderr
            printed = done.stdout + done.stderr
            for line in shown.splitlines():
                assert line.strip() in ("…", "") or line.rstrip() in printed, f"{page}: {line}"


def test_every_link_of_the_docs_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_has_a_question_and_its_answer_on_the_first_screen() -> None:
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    assert "agreements precede a doctrine change" in first
    assert "make serve" in first

"""Build the documentation: the guides of `docs/`, and a reference made of what they are about.

`python docs/site/build.py DIR` writes it to DIR. Links between files of the project become links between pages; those
to files that are no page lead to a copy of the file.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import reference
from sphinx.cmd.build import main as sphinx

SITE = Path(__file__).parent
ROOT = SITE.parents[1]
STATIC = ROOT / "src" / "aidtrace" / "web" / "static"
STYLE = ("style.css", "icon.svg")
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "deploy/w3id/README.md")
"""Pages that lie beside the folder of the guides."""

_LINK = re.compile(r"\]\(([^):#\s]+)")
"""Where a link to a file begins, with the path of the file; one to elsewhere has a colon."""


def pages() -> Iterator[tuple[str, str]]:
    """Give each page, as its path in the site and its Markdown."""
    for path in [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in BESIDE)]:
        yield _place(path), _LINK.sub(partial(_link, path), path.read_text("utf-8"))
    for name, text in reference.pages():
        yield f"reference/{name}", text


def _place(path: Path) -> str:
    """Return where the file *path* of the project lies in the site: the guides at its top, the rest as it is."""
    return path.relative_to(ROOT).as_posix().removeprefix("docs/")


def _link(page: Path, found: re.Match[str]) -> str:
    """Lead from *page* to where the linked file lies in the site."""
    target = Path(os.path.normpath(page.parent / found[1]))
    if target.is_relative_to(ROOT / "docs" / "reference") or target.exists():
        return f"]({os.path.relpath(_place(target), Path(_place(page)).parent)}"
    return found[0]


def lay_out(folder: Path) -> None:
    """Write into *folder* all that Sphinx reads."""
    shutil.copytree(SITE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for name in STYLE:
        shutil.copy(STATIC / name, folder / "theme" / "aidtrace" / "static")
    for name, text in pages():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def build(target: Path) -> int:
    """Write the site to *target* in the place of what is there, and return 0; a warning is an error and leaves it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as temporary:
        source, made = Path(temporary) / "source", Path(temporary) / "site"
        lay_out(source)
        code: int = sphinx(["-q", "-W", "--keep-going", "-E", "-d", f"{temporary}/trees", str(source), str(made)])
        if code == 0:
            (made / ".buildinfo").unlink()
            if target.exists():
                target.rename(Path(temporary) / "before")
            made.rename(target)
    return code


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))

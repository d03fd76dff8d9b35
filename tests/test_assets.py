"""The scripts that are committed are those that ``web/`` makes, with the licences of what is in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from browsers import node_modules
from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BUILT = ROOT / "src" / "aidtrace" / "web" / "static" / "built"


def content(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_each_file_has_the_hash_that_is_written_down() -> None:
    lines = (line.split("  ") for line in (BUILT / "SHA256SUMS").read_text("utf-8").splitlines())
    listed = {name: digest for digest, name in lines}
    assert content(BUILT) == {**listed, "SHA256SUMS": content(BUILT)["SHA256SUMS"]}


def test_a_new_build_makes_the_same_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    web = node_modules(tmp_path_factory.getbasetemp())
    out = tmp_path_factory.mktemp("again")
    node = shutil.which("node")
    assert node
    subprocess.run([node, "build.mjs", str(out)], cwd=web, check=True)
    assert content(out) == content(BUILT)


def test_every_package_in_a_script_has_its_licence_beside_it() -> None:
    """Two large libraries and what colours SPARQL, by the names that their own files say."""
    told = (BUILT / "LICENSES.txt").read_text("utf-8")
    named = set(re.findall(r"^(\S+) \d\S* \((\S+)\)$", told, re.MULTILINE))
    assert {("echarts", "Apache-2.0"), ("@codemirror/view", "MIT"), ("codemirror-lang-sparql", "MIT")} <= named

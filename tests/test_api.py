"""What a notebook uses: one path or several, errors that can be caught by name, and a light import."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import aidtrace
from aidtrace import errors


def test_one_path_may_stand_alone(tmp_path: Path) -> None:
    data, shapes = tmp_path / "data.ttl", tmp_path / "shapes.ttl"
    data.write_text("<urn:a> <urn:p> 1 .")
    shapes.write_text("<urn:S> <http://www.w3.org/ns/shacl#targetNode> <urn:a> .")
    assert aidtrace.validate(str(data), shapes).conforms
    assert aidtrace.validate([data, str(data)], (str(shapes),)).conforms


def test_what_cannot_be_read_is_named_whole() -> None:
    with pytest.raises(aidtrace.InputError, match=r"^README\.md: \.md is no RDF syntax; expected"):
        aidtrace.validate("README.md")
    with pytest.raises(aidtrace.UnknownNameError, match="no question is called 'agreement'"):
        aidtrace.ask("agreement")


@pytest.mark.parametrize("name", ["AidtraceError", "InputError", "MachineError", "UnknownNameError"])
def test_an_error_can_be_caught_by_its_name(name: str) -> None:
    assert getattr(aidtrace, name) is getattr(errors, name)
    assert name in dir(aidtrace)


def test_the_import_is_light() -> None:
    code = "import sys, aidtrace; aidtrace.InputError; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pyoxigraph", "rdflib", "pandas", "pyshacl", "aidtrace.api"} & set(done.stdout.split())

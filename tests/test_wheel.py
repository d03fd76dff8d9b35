"""The wheel carries everything: in an environment of its own, every command works from any folder."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

Installed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel, unpack it in an empty environment that sees our dependencies but not this checkout."""
    place = tmp_path_factory.mktemp("wheel")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    venv.create(place / "env", with_pip=False)
    packages = next((place / "env" / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        wheel.extractall(packages)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(ours)
    (place / "elsewhere").mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(place / "env" / "bin" / "python"), "-m", "aidtrace", *arguments]
        environment = {**os.environ, "AIDTRACE_CACHE": str(place / "cache")}
        return subprocess.run(command, cwd=place / "elsewhere", env=environment, capture_output=True, text=True)

    run.place = place  # type: ignore[attr-defined]
    return run


def test_the_wheel_is_what_runs(installed: Installed) -> None:
    place: Path = installed.place  # type: ignore[attr-defined]
    code = "import aidtrace; from aidtrace.project import Project; print(aidtrace.__file__, Project.find().root)"
    python = str(place / "env" / "bin" / "python")
    done = subprocess.run([python, "-c", code], cwd=place / "elsewhere", capture_output=True, text=True, check=True)
    package, root = done.stdout.split()
    assert package.startswith(str(place))
    assert root.startswith(str(place))


@pytest.mark.parametrize(
    "command",
    [["build"], ["query", "table-2"], ["questions"], ["validate"], ["export", "--graph", "article"], ["reason"]],
    ids=lambda command: command[0],
)
def test_a_command_works_from_an_empty_folder(installed: Installed, command: list[str]) -> None:
    done = installed(*command)
    assert done.returncode == 0, done.stderr or done.stdout[-500:]
    assert done.stdout


def test_the_wheel_carries_both_licences(installed: Installed) -> None:
    place: Path = installed.place  # type: ignore[attr-defined]
    assert {path.name for path in place.rglob("licenses/*")} == {"LICENSE", "LICENSE-DATA"}

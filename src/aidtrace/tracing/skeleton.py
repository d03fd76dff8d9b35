"""The skeleton of another case: files of Turtle that keep the shapes and can be traced at once."""

import re
import shutil
from pathlib import Path
from tempfile import mkdtemp

from aidtrace.errors import InputError, MachineError
from aidtrace.files import read_text
from aidtrace.project import Project

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_case(project: Project, name: str) -> Path:
    """Write the skeleton of the case *name* to its own folder of ``data/``, whole or not at all; return the folder.

    InputError for a name that is no slug or is taken, MachineError where nothing can be written.
    """
    folder = project.root / "data" / name
    if not _SLUG.fullmatch(name):
        raise InputError(f"case {name!r}: is no name for a case; expected lower-case words with hyphens")
    if folder.exists():
        raise InputError(f"{folder}: is there already; expected another name")
    try:
        half = Path(mkdtemp(prefix="half-", dir=folder.parent))
        try:
            for template in sorted((project.tracing / "skeleton").glob("*.ttl")):
                text = read_text(template, "a template").replace("NAME", name)
                (half / template.name).write_text(text, encoding="utf-8")
            half.chmod(0o755)
            half.rename(folder)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        raise MachineError(
            f"{folder}: {(error.strerror or str(error)).lower()}; expected a place to write to"
        ) from error
    return folder

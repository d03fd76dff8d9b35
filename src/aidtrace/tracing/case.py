"""A case: the facts of one study, with what follows from them, in one store in memory.

The article is one case; every other folder of ``data/`` whose files name hypotheses is one too. A case is looked at
alone, so that two of them in one project never mix.
"""

import hashlib
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, QuerySolutions, Store

from aidtrace.building import open_project
from aidtrace.errors import InputError, unknown_name
from aidtrace.files import read_bytes
from aidtrace.inference import infer
from aidtrace.project import Project
from aidtrace.store import published, read_quads, revision

ARTICLE = "article"
_TESTED = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
SELECT ?test WHERE { ?test a at:Test ; at:tests/a at:Hypothesis } LIMIT 1"""


def load(project: Project, cache: Path, name: str = ARTICLE) -> tuple[Store, str]:
    """Return the triples of the case *name* in the default graph of a store in memory, and their revision."""
    if name == ARTICLE:
        return published(open_project(project, cache)), revision(project)
    files = [*project.ontology_files, *case_files(project, name)]
    return from_files(project, files), case_revision(project, name)


def case_revision(project: Project, name: str) -> str:
    """Return the revision of the case *name*: that of the article's graphs, or a digest of its files."""
    if name == ARTICLE:
        return revision(project)
    return _revision([*project.ontology_files, *case_files(project, name)])


def case_files(project: Project, name: str) -> list[Path]:
    """Return the files that the case *name* is written in; UnknownNameError where there is none of the name."""
    if name == ARTICLE:
        return [*project.article_files, *project.source_files]
    if name not in project.cases:
        raise unknown_name("case", name, [ARTICLE, *project.cases])
    return project.cases[name]


def from_files(project: Project, files: list[Path]) -> Store:
    """Read *files* into a store in memory, with what the build infers from them."""
    store = Store()
    for path in files:
        store.extend(_plain(quad) for quad in read_quads(path))
    store.extend([Quad(*triple) for triple in infer(store, project.rule_files)])
    return store


def check(store: Store, name: str) -> None:
    """Raise InputError where the case has nothing to trace."""
    found = store.query(_TESTED)
    assert isinstance(found, QuerySolutions)
    if not any(True for _ in found):
        raise InputError(f"case {name}: no hypothesis has a test; expected an at:Test that at:tests an at:Hypothesis")


def _plain(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _revision(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + read_bytes(path, "a file of the case") + b"\0")
    return digest.hexdigest()[:16]

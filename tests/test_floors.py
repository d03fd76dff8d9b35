"""The floors of the house: a module imports from its own floor or one below, and never in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
FLOORS = [
    {"confine", "errors", "files", "namespaces", "project", "cache"},
    {
        "blanknodes",
        "cited",
        "complaints",
        "dates",
        "digests",
        "documents",
        "folding",
        "inference",
        "lexer",
        "licences",
        "passages",
        "revisions",
        "store",
        "union",
    },
    {
        "building",
        "catalog",
        "columns",
        "coverage",
        "corroboration",
        "crosswalk",
        "edtf_rules",
        "export",
        "fair",
        "hints",
        "importers",
        "mapping",
        "merging",
        "metadata",
        "nanopubs",
        "parameters",
        "persistent",
        "publishing",
        "queries",
        "reasoning",
        "reconciling",
        "reports",
        "rulebook",
        "schema_org",
        "searching",
        "shacl",
        "signing",
        "terms",
        "tracing",
        "validation",
    },
    {"server", "web", "api", "mcp"},
    {"cli", "__main__"},
]
DOOR = "__init__"  # the package itself, which imports its api when it is asked for


def floor(module: str) -> int:
    part = module.removeprefix("aidtrace.").split(".")[0]
    return next(number for number, names in enumerate(FLOORS) if part in names)


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted((SOURCE / "aidtrace").rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        if name != "aidtrace":
            found[name] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("aidtrace"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("aidtrace.")}
    return found & MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_no_floor_above_its_own(module: str) -> None:
    assert [name for name in imports(MODULES[module]) if floor(name) > floor(module)] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: imports(path) - {name} for name, path in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_no_folders_of_the_pages_import_each_other_in_a_circle() -> None:
    folders = {path.parent.name for path in (SOURCE / "aidtrace" / "web").glob("*/__init__.py")}
    graph: dict[str, set[str]] = {name: set() for name in folders}
    for name, path in MODULES.items():
        if path.parent.name in folders and name.startswith("aidtrace.web."):
            others = {part.split(".")[2] for part in imports(path) if part.startswith("aidtrace.web.")}
            graph[path.parent.name] |= (others & folders) - {path.parent.name}
    assert any(graph.values())
    assert len(list(TopologicalSorter(graph).static_order())) == len(folders)


def test_every_floor_is_in_use() -> None:
    used = {name.removeprefix("aidtrace.").split(".")[0] for name in MODULES}
    assert set().union(*FLOORS) == used

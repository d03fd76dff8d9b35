"""From files to a store, and from a store to a folder that is moved into place whole."""

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Store

from aidtrace import store as store_module
from aidtrace.building import built
from aidtrace.errors import InputError
from aidtrace.files import read_bytes
from aidtrace.namespaces import GRAPH
from aidtrace.project import Project
from aidtrace.store import PUBLISHED, open_built, read_quads, read_store, revision


def small_project(root: Path, fact: str = "<urn:a> <urn:p> 1 .") -> Project:
    for folder in ("ontology", "data/article", "data/crosswalk", "shapes", "queries/rules"):
        (root / folder).mkdir(parents=True)
    (root / "ontology" / "aidtrace.ttl").write_text("<urn:c> a <urn:Class> .")
    (root / "data" / "article" / "facts.ttl").write_text(fact)
    (root / "shapes" / "s.ttl").write_text("<urn:shape> a <urn:Shape> .")
    return Project(root)


def test_our_own_graphs_are_disjoint(memory: Store) -> None:
    seen: set[object] = set()
    for graph in PUBLISHED:
        triples = {quad.triple for quad in memory.quads_for_pattern(None, None, None, graph)}
        assert triples, f"{graph} is empty"
        assert not triples & seen
        seen |= triples


def test_the_default_graph_is_every_published_triple_once_and_no_shape(memory: Store) -> None:
    default = [quad.triple for quad in memory.quads_for_pattern(None, None, None, DefaultGraph())]
    published = [q.triple for graph in PUBLISHED for q in memory.quads_for_pattern(None, None, None, graph)]
    assert len(default) == len(set(default))
    assert set(default) == set(published)
    assert any(memory.quads_for_pattern(None, None, None, GRAPH("shapes")))


def test_a_store_on_disk_holds_what_the_files_hold(memory: Store, store: Store) -> None:
    def count(of: Store) -> int:
        return sum(1 for graph in PUBLISHED for _ in of.quads_for_pattern(None, None, None, graph))

    assert count(store) == count(memory)


def test_a_changed_fact_is_another_revision(tmp_path: Path) -> None:
    one = small_project(tmp_path / "one")
    two = small_project(tmp_path / "two", "<urn:a> <urn:p> 2 .")
    assert revision(one) != revision(two)
    assert revision(one) == revision(one)


@pytest.mark.parametrize("name", ["catalog", "namespaces", "queries", "parameters", "licences", "building", "dates"])
def test_changed_code_that_decides_what_is_built_is_another_revision(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = small_project(tmp_path / "one")
    before = revision(project)

    def changed(path: Path, what: str) -> bytes:
        return read_bytes(path, what) + (b"# changed" if path.name == f"{name}.py" else b"")

    monkeypatch.setattr(store_module, "read_bytes", changed)
    assert revision(project) != before


def test_a_malformed_file_names_its_line_and_leaves_nothing_half_built(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p", "<urn:a> <urn:p> 1 .\n<urn:a> <urn:p> .")
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match=r"facts\.ttl:2:\d+: "):
        built(project, cache)
    assert not cache.exists() or list(cache.iterdir()) == []


def test_a_store_that_is_there_is_not_built_again(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    first = built(project, tmp_path / "cache")
    made = first.stat().st_mtime_ns
    assert built(project, tmp_path / "cache").stat().st_mtime_ns == made


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a built store"):
        open_built(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["missing.ttl", "table.xlsx"])
def test_a_file_that_cannot_be_read_says_what_was_expected(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="expected"):
        read_quads(tmp_path / name)


def test_an_ill_formed_date_names_the_thing_and_the_property(tmp_path: Path) -> None:
    fact = '<urn:a> <https://w3id.org/aidtrace/ontology#onDate> "1994-13"^^<http://id.loc.gov/datatypes/edtf/EDTF> .'
    with pytest.raises(InputError, match="urn:a: onDate: EDTF date '1994-13'"):
        read_store(small_project(tmp_path / "p", fact))

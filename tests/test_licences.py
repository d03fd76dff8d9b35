"""What may be passed on, wherever data can leave: closed unless it is said, or known, to be open."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from aidtrace.licences import OURS, Licences, closed, why_closed
from aidtrace.namespaces import AT, DCTERMS, GRAPH, ID, RDFS, XSD
from aidtrace.persistent import held, replace_graph, without_private

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from aidtrace.project import Project

BY, SIPRI = NamedNode(OURS), NamedNode("https://www.sipri.org/databases/terms")
NOT_OPEN = [
    SIPRI,
    NamedNode("https://creativecommons.org/licenses/by-nc/4.0/"),
    NamedNode("https://creativecommons.org/licenses/by-nc-nd/4.0/"),
    NamedNode("https://opendatacommons.org/licenses/by-nothing/"),
    NamedNode("https://example.org/?like=https://creativecommons.org/licenses/by/4.0/"),
    Literal(OURS),
]


def boolean(text: str) -> Literal:
    return Literal(text, datatype=XSD("boolean"))


@pytest.mark.parametrize(
    "value",
    [
        *(boolean(text) for text in ("false", "0", "False", "", "yes")),
        *(Literal("false"), Literal("true"), Literal("1"), Literal(1), Literal("true", language="en")),
        XSD("true"),
    ],
    ids=str,
)
def test_whatever_is_not_true_closes(value: Literal | NamedNode) -> None:
    assert why_closed([value], [BY])
    assert why_closed([boolean("true"), value], [BY]), "one that is true beside it does not open"


@pytest.mark.parametrize("value", ["true", "1"])
def test_what_says_that_it_may_be_passed_on_may(value: str) -> None:
    assert why_closed([boolean(value)], [SIPRI]) == ""


@pytest.mark.parametrize("licence", NOT_OPEN, ids=str)
def test_what_does_not_say_so_needs_a_licence_that_is_known_to_be_open(licence: Literal | NamedNode) -> None:
    assert why_closed([], [licence])
    assert why_closed([], [BY, licence])
    assert why_closed([], [BY]) == why_closed([], []) == ""


def test_a_store_and_its_quads_are_judged_alike() -> None:
    said: list[tuple[str, Any]] = [("zero", boolean("0")), ("text", Literal("false")), ("one", boolean("1"))]
    quads = [Quad(GRAPH(name), AT("mayBeRedistributed"), value, GRAPH(name)) for name, value in said]
    quads += [Quad(GRAPH("terms"), DCTERMS("license"), SIPRI, GRAPH("terms"))]
    quads += [Quad(GRAPH("other"), AT("mayBeRedistributed"), boolean("false"), GRAPH("telling"))]
    quads += [Quad(ID("source/a"), DCTERMS("license"), SIPRI, GRAPH("telling"))]
    store = Store()
    store.extend(quads)
    assert [*closed(quads)] == [GRAPH("terms"), GRAPH("text"), GRAPH("zero")]
    assert closed(store) == closed(quads) == Licences.of(store).left_out


def test_a_data_set_that_we_know_leaves_as_its_makers_let_it() -> None:
    """The terms of the makers: UCDP is CC BY 4.0; COW, ATOP, DCAD and SIPRI do not let others pass their data on."""
    for path in sorted((ROOT / "data").glob("*/dataset.toml")):
        about = tomllib.loads(path.read_text("utf-8"))
        for said in ([boolean(str(about["redistribute"]).lower())], []):
            shut = bool(why_closed(said, [NamedNode(about["license"])]))
            assert shut == (not path.parent.name.startswith("ucdp-")), path


def test_what_lies_in_a_default_graph_is_as_closed(
    project: Project, cache: Path, tmp_path: Path, aidtrace: Run
) -> None:
    secret, root = GRAPH("dataset/secret"), tmp_path / "store"
    word = Quad(ID("event/x"), RDFS("label"), Literal("unspeakable-word"))
    with held(root, project, cache, "own") as revisions:
        closing = Quad(secret, AT("mayBeRedistributed"), Literal("false"))
        replace_graph(revisions, DefaultGraph(), [word, closing])  # type: ignore[arg-type]
        copy = tmp_path / revisions.current
        without_private(revisions, copy)
    assert not any(Store.read_only(str(copy)).quads_for_pattern(None, None, None, DefaultGraph()))
    done = aidtrace("export", "--store", root, "--format", "nquads")
    assert "unspeakable-word" not in done.stdout
    assert done.stderr == "aidtrace: left out: the default graph, which says that it may not be passed on\n"
    assert "unspeakable-word" in aidtrace("export", "--store", root, "--format", "nquads", "--include-private").stdout


def test_no_table_is_made_of_a_graph_of_ours_that_is_closed(
    project: Project, cache: Path, tmp_path: Path, aidtrace: Run
) -> None:
    article, root = GRAPH("article"), tmp_path / "store"
    with held(root, project, cache) as revisions:
        replace_graph(revisions, article, [Quad(article, AT("mayBeRedistributed"), Literal("false"), article)])
    for options in (("--format", "csv", tmp_path / "tables"), ("--table", "actor-year")):
        refused = aidtrace("export", "--store", root, *options)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "graph/article: says that it may not be passed on; expected --include-private" in refused.stderr
    assert not (tmp_path / "tables").exists()

"""Exports for people without RDF: tables with a code book, tables of years, and what may not be passed on."""

from __future__ import annotations

import csv
import random
import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from conftest import ROOT
from pyarrow import parquet
from pyoxigraph import Literal, NamedNode, Store
from servers import running

from aidtrace.errors import InputError
from aidtrace.export import Told, write_folder
from aidtrace.licences import Licences
from aidtrace.namespaces import DCTERMS, GRAPH, ID, short
from aidtrace.store import PUBLISHED

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from aidtrace.project import Project

SAMPLES = ROOT / "tests" / "importers"
SEPARATOR = " | "


@pytest.fixture(scope="module")
def tables(aidtrace: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("exported") / "tables"
    done = aidtrace("export", "--format", "csv", place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "with codebook.csv, codebook.md and README.txt" in done.stdout
    return place


def frame(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def names(tables: Path) -> list[str]:
    return sorted(path.stem for path in tables.glob("*.csv") if path.stem != "codebook")


def test_the_first_agreement_on_aid_has_the_cells_that_the_article_gives(tables: Path) -> None:
    flows = frame(tables / "aid-flows.csv").set_index("id")
    first = flows.loc["flow/1999-military-financial-aid"]
    assert (first["amount"], first["cash"], first["currencyLabel"]) == ("3450000", "165000", "USD")
    assert (first["donorLabel"], first["recipientLabel"]) == ("Türkiye", "Azerbaijan")
    assert (first["onDate"], first["hasLatestEndTimeStamp"]) == ("1999-07", "1999-07-31")
    assert first["source"] == "passage/military-financial-aid-2"


def test_every_cell_is_what_the_graph_says_and_nothing_is_lost(tables: Path, store: Store) -> None:
    book = frame(tables / "codebook.csv")
    properties = {(row["table"], row["column"]): row["property"] for row in book.to_dict("records")}
    rows = [(name, row) for name in names(tables) for row in frame(tables / f"{name}.csv").to_dict("records")]
    for name, row in random.Random(11).sample(rows, 200):
        thing = NamedNode(ID.iri + row["id"] if ":" not in row["id"] else full(row["id"]))
        said: dict[str, list[str]] = {}
        for graph in PUBLISHED:
            for quad in store.quads_for_pattern(thing, None, None, graph):
                said.setdefault(quad.predicate.value, []).append(shown(quad.object))
        told: dict[str, list[str]] = {}
        for column, cell in row.items():
            property_ = properties[name, str(column)]
            if property_ and cell and str(column).removesuffix("Label") not in row.keys() - {column}:
                told.setdefault(property_, []).extend(cell.split(SEPARATOR))
        assert {key: sorted(values) for key, values in told.items()} == {
            key: sorted(SEPARATOR.join(set(values)).split(SEPARATOR)) for key, values in said.items()
        }


def full(name: str) -> str:
    return name.replace("k:", ID.iri + "concept/", 1)


def shown(term: Any) -> str:
    return short(term.value) if isinstance(term, NamedNode) else str(term.value)


def test_the_code_book_tells_of_each_column_and_how_often_it_is_filled(tables: Path) -> None:
    book = frame(tables / "codebook.csv")
    told = {(row["table"], row["column"]): (int(row["filled"]), int(row["rows"])) for row in book.to_dict("records")}
    found = {}
    for name in names(tables):
        table = frame(tables / f"{name}.csv")
        found.update({(name, column): (int((table[column] != "").sum()), len(table)) for column in table.columns})
    assert told == found
    assert set(book["definition"]) & {""} == set()
    page = (tables / "codebook.md").read_text("utf-8")
    assert all(f"- `{column}` (" in page for column in book["column"])
    words = book[(book["table"] == "aid-flows") & (book["column"] == "stage")]["words"].iloc[0]
    assert {"committed", "delivered"} <= set(words.split(SEPARATOR))


def test_each_kind_of_thing_is_in_a_table(tables: Path, store: Store) -> None:
    known = {row["table"]: row["class"] for row in frame(ROOT / "queries/export/tables.csv").to_dict("records")}
    assert set(names(tables)) <= set(known)
    query = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
    SELECT (COUNT(DISTINCT ?thing) AS ?n) { GRAPH ?graph { ?thing a at:%s } }"""
    for name, class_ in (("agreements", "Instrument"), ("claims", "Claim"), ("citations", "Citation")):
        [row] = store.query(query % class_)  # type: ignore[misc]
        assert len(frame(tables / f"{name}.csv")) == int(row["n"].value)
    everything = {value for name in names(tables) for value in frame(tables / f"{name}.csv")["id"]}
    typed = {
        short(quad.subject.value)
        for quad in store.quads_for_pattern(None, None, None, GRAPH("article"))
        if isinstance(quad.subject, NamedNode)
    }
    assert typed - everything == set()


def test_parquet_has_the_same_cells_with_types_of_their_own(aidtrace: Run, tables: Path, tmp_path: Path) -> None:
    assert aidtrace("export", "--format", "parquet", tmp_path / "tables").returncode == 0
    for name in names(tables):
        table = parquet.read_table(tmp_path / "tables" / f"{name}.parquet")
        rows = frame(tables / f"{name}.csv").to_dict("records")
        assert [{key: text(cell) for key, cell in row.items()} for row in table.to_pylist()] == rows
    flows = parquet.read_table(tmp_path / "tables" / "aid-flows.parquet").to_pylist()
    amounts = {row["id"]: row["amount"] for row in flows}
    assert amounts["flow/1999-military-financial-aid"] == Decimal(3450000)


def text(cell: Any) -> str:
    if isinstance(cell, list):
        return SEPARATOR.join(map(text, cell))
    if cell is None or isinstance(cell, bool):
        return {None: "", True: "true", False: "false"}[cell]
    return format(cell.normalize(), "f") if isinstance(cell, Decimal) else str(cell)


def test_dyad_years_join_with_a_table_that_has_the_same_numbers(aidtrace: Run, tmp_path: Path) -> None:
    out = tmp_path / "dyads.csv"
    done = aidtrace("export", "--table", "dyad-year", "--out", out)
    assert done.returncode == 0
    assert "aid: without a year, and so in no row: flow/1999-attack-boats" in done.stderr
    theirs = pd.DataFrame(
        {"ccode1": [640, 640, 640, 640, 373], "ccode2": [373] * 4 + [640], "year": [1992, 1999, 2004, 2010, 1999]}
    )
    joined = theirs.merge(pd.read_csv(out), on=["ccode1", "ccode2", "year"], how="left", validate="1:1")
    assert list(joined["agreements"]) == [3, 2, 1, 0, 2]
    assert list(joined["aidAmount"].fillna(0)) == [0, 3450000, 2222000, 0, 0]
    assert list(joined["aidCash"].fillna(0)) == [0, 165000, 0, 0, 0]
    assert list(joined["armsSalesAmount"].fillna(0)) == [0, 0, 0, 300000000, 0]
    assert joined["documentsInSets"].iloc[0] == 15
    assert list(joined["state1"])[:1] == ["Türkiye"]


def test_actor_years_can_have_the_numbers_of_another_scheme(aidtrace: Run, tmp_path: Path) -> None:
    out = tmp_path / "actors.csv"
    assert aidtrace("export", "--table", "actor-year", "--scheme", "gleditsch-ward", "--out", out).returncode == 0
    table = pd.read_csv(out)
    given = table[(table["gwno"] == 640) & (table["year"] == 2000)].iloc[0]
    assert (given["aidGiven"], given["aidGivenAmount"], given["aidGivenCash"]) == (1, 3100000, 240000)
    assert not table.duplicated(["gwno", "year"]).any()


@pytest.fixture(scope="module")
def merged(aidtrace: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a data set that may be passed on and one that may not."""
    place: Path = tmp_path_factory.mktemp("merged") / "store"
    for name in ("ucdp-acd", "cow-nmc"):
        assert aidtrace("import", name, SAMPLES / name / "sample.csv", "--store", place).returncode == 0
    return place


def test_what_may_not_be_passed_on_is_left_out_and_named(aidtrace: Run, merged: Path, tmp_path: Path) -> None:
    private, public = GRAPH("dataset/cow-nmc").value, GRAPH("dataset/ucdp-acd").value
    note = f"aidtrace: left out: {private}, which says that it may not be passed on\n"
    dump = aidtrace("export", "--store", merged, "--format", "nquads")
    assert dump.stderr == note
    assert public in dump.stdout
    assert private not in dump.stdout
    assert "cow-nmc" not in dump.stdout
    folder = aidtrace("export", "--store", merged, "--format", "csv", tmp_path / "tables")
    assert folder.stderr == note
    acd = frame(tmp_path / "tables" / "ucdp-acd.csv").set_index("rowKey")
    assert list(acd["start-date"]) == ["1962-03-05", "1962-03-05", "1963-01-01"]
    assert acd.loc["9100-1963", "codedConflict"] == "identifier/ucdp-conflict-9100"
    assert acd.loc["9100-1963", "intensity-levelLabel"].startswith("1000 battle-related deaths or more in the year")
    assert not (tmp_path / "tables" / "cow-nmc.csv").exists()
    readme = (tmp_path / "tables" / "README.txt").read_text("utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/" in readme
    assert "correlatesofwar" not in readme
    refused = aidtrace("export", "--store", merged, "--graph", "dataset/cow-nmc")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "says that it may not be passed on; expected --include-private" in refused.stderr


def test_its_owner_can_have_it_all_the_same(aidtrace: Run, merged: Path, tmp_path: Path) -> None:
    whole = aidtrace("export", "--store", merged, "--format", "csv", "--include-private", tmp_path / "tables")
    assert (whole.returncode, whole.stderr) == (0, "")
    with (SAMPLES / "cow-nmc" / "sample.csv").open(encoding="utf-8") as file:
        assert len(frame(tmp_path / "tables" / "cow-nmc.csv")) == len(list(csv.DictReader(file)))
    assert "https://correlatesofwar.org" in (tmp_path / "tables" / "README.txt").read_text("utf-8")


def test_exports_that_do_not_go_together_are_refused_and_leave_nothing(aidtrace: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for options, told in (
        (("--format", "csv"), "--format csv: writes a folder of tables; expected DIR"),
        (("--format", "csv", tmp_path / "full"), "is there already; expected a new folder, or an empty one"),
        (("--format", "csv", tmp_path / "none" / "x"), "there is no such folder to put it in"),
        ((tmp_path / "x",), "a folder is for tables; expected --format csv or parquet"),
        (("--scheme", "cow"), "--scheme cow: is for a table of years"),
        (("--table", "dyads"), "no table is called 'dyads'; expected actor-year or dyad-year"),
        (("--table", "dyad-year", "--scheme", "iso"), "no scheme of states is called 'iso'"),
        (("--table", "dyad-year", "--format", "turtle"), "--table dyad-year: is written as CSV"),
    ):
        failed = aidtrace("export", *options)
        assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1), failed.stderr
        assert told in failed.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_without_pyarrow_nothing_is_half_written(
    project: Project, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"needs pyarrow; expected pip install 'aidtrace\[parquet\]'"):
        write_folder(project, store, tmp_path / "tables", "parquet", Told("1", "2", Licences.of(store)))
    assert list(tmp_path.iterdir()) == []


def test_a_graph_of_ones_own_counts_with_its_licence_where_it_names_one() -> None:
    graph, terms = NamedNode("urn:mine"), NamedNode("http://www.opendatacommons.org/licenses/pddl/1.0/")
    own = Store()
    own.add_graph(graph)
    assert Licences.of(own).terms == ("https://creativecommons.org/licenses/by/4.0/",)
    from pyoxigraph import Quad

    own.add(Quad(graph, DCTERMS("license"), terms, graph))
    own.add(Quad(graph, DCTERMS("title"), Literal("mine"), graph))
    assert terms.value in Licences.of(own).terms


def test_a_server_names_the_licences_of_what_an_answer_is_from(cache: Path, merged: Path) -> None:
    with running(cache, "--store", str(merged)) as server:
        ours, cow = "https://creativecommons.org/licenses/by/4.0/", "https://correlatesofwar.org/data-sets/"
        graph = GRAPH("dataset/cow-nmc").value
        for path, expected in (
            ("/sparql?query=ASK%7B%7D", {ours, cow}),
            (f"/sparql?query=ASK%7B%7D&default-graph-uri={GRAPH('article').value}", {ours}),
            (f"/sparql?query=ASK%7B%7D&default-graph-uri={graph}", {cow}),
            (f"/data?graph={graph}", {cow}),
            ("/queries/agreements", {ours}),
        ):
            links = server.get(path).headers["link"]
            assert set(re.findall('<([^<>]*)>; rel="license"', links)) == expected, path


def test_a_server_keeps_private_graphs_to_itself(cache: Path, merged: Path, aidtrace: Run) -> None:
    with running(cache, "--store", str(merged), "--keep-private") as server:
        private, public = GRAPH("dataset/cow-nmc").value, GRAPH("dataset/ucdp-acd").value
        assert server.get(f"/data?graph={private}").status == 404
        assert server.get(f"/data?graph={public}").status == 200
        rows = server.get(
            "/sparql?format=csv&query=SELECT%20DISTINCT%20%3Fg%20%7BGRAPH%20%3Fg%20%7B%7D%7D"
        ).body.decode()
        assert public in rows
        assert private not in rows
        count = "/sparql?format=csv&query=PREFIX%20at%3A%3Chttps%3A%2F%2Fw3id.org%2Faidtrace%2Fontology%23%3E%20"
        count += "SELECT%20(COUNT(*)%20AS%20%3Fn)%20%7B%3Fs%20a%20at%3A{}%7D"
        assert server.get(count.format("StateCoding")).body.decode().split() == ["n", "0"]
        assert server.get(count.format("ConflictCoding")).body.decode().split() == ["n", "3"]
        assert "correlatesofwar" not in server.get("/sparql", "text/turtle").body.decode()
    failed = aidtrace("serve", "--keep-private")
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert "--keep-private: only a store can have private graphs" in failed.stderr


def test_the_code_book_says_in_what_a_number_is_measured(tables: Path) -> None:
    units = {(row["table"], row["column"]): row["unit"] for row in frame(tables / "codebook.csv").to_dict("records")}
    assert units["agreements", "zoneKm"] == "kilometres"
    assert units["aid-flows", "amount"] == units["aid-flows", "cash"] == "money in the currency that the row names"
    assert units["aid-flows", "donor"] == ""
    assert "Unit: kilometres." in (tables / "codebook.md").read_text("utf-8")
    written = frame(ROOT / "queries" / "export" / "units.csv").to_dict("records")
    named = {short(row["property"]) for row in frame(tables / "codebook.csv").to_dict("records")}
    assert {row["property"] for row in written} <= named

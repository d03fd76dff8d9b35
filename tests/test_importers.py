"""Importers: a row is understood to its end or stops the import, and what was in the file is in the graph."""

from __future__ import annotations

import csv
import gzip
import random
import shutil
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from conftest import ROOT
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from servers import running

from aidtrace.errors import InputError, UnknownNameError
from aidtrace.importers import DataSet, begin, expect_columns, find, names, quads
from aidtrace.importers.rows import slug
from aidtrace.namespaces import AT, EDTF, GRAPH, ID, RDF
from aidtrace.persistent import held, replace_graph
from aidtrace.revisions import Revisions
from aidtrace.store import open_built
from aidtrace.validation import Ground, check

if TYPE_CHECKING:
    from conftest import Run

    from aidtrace.project import Project

SAMPLES = ROOT / "tests" / "importers"
SHARED = ROOT.parent / "shared" / "datasets"
REAL = {
    "cow-nmc": "cow/NMC-60-abridged.csv.gz",
    "cow-states": "cow/states2016.csv",
    "ucdp-acd": "ucdp/ucdp-prio-acd-251.csv.gz",
    "ucdp-actor": "ucdp/ucdp-actor-221.csv.gz",
    "ucdp-battle-deaths": "ucdp/BattleDeaths_v24_1_conf.csv.gz",
    "ucdp-battle-deaths by dyad": "ucdp/BattleDeaths_v23_1.csv.gz",
    "ucdp-dyadic": "ucdp/ucdp-dyadic-251.csv.gz",
}
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the data sets are not beside this checkout (../shared/datasets)")


def data_set_of(project: Project, name: str) -> DataSet:
    return find(project, name.split(" ")[0])


def read(project: Project, name: str, path: Path, **where: list[str]) -> list[Quad]:
    return list(quads(begin(data_set_of(project, name), path), where))


def sample(name: str) -> Path:
    return SAMPLES / name / "sample.csv"


def cells(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_every_data_set_has_a_sample(project: Project) -> None:
    assert names(project) == sorted(path.name for path in SAMPLES.iterdir())
    assert {name.split(" ")[0] for name in REAL} == set(names(project))


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_sample_keeps_the_shapes_and_is_of_no_known_release(project: Project, name: str) -> None:
    running_import = begin(data_set_of(project, name), sample(name))
    made = list(quads(running_import, {}))
    assert running_import.read == len(cells(sample(name)))
    assert len(list(running_import.notes())) == 1
    assert len(made) == len(set(made))
    ground = Ground(project)
    assert check([*made, *ground.ontology], ground.shapes).findings == ()


def test_a_row_of_conflicts_says_what_it_says_and_no_more(project: Project) -> None:
    made = read(project, "ucdp-acd", sample("ucdp-acd"))
    said: dict[str, set[str]] = defaultdict(set)
    for quad in made:
        if quad.subject == ID("coding/ucdp-acd-9100-1963"):
            said[quad.predicate.value.rpartition("#")[2].rpartition("/")[2]].add(str(quad.object))
    assert said["codedConflict"] == {str(ID("identifier/ucdp-conflict-9100"))}
    assert said["codedSecondSideA"] == {str(ID(f"identifier/gleditsch-ward-{code}")) for code in (991, 992)}
    assert said["ucdp-acd-intensity-level"] == {str(ID("code/ucdp-acd-intensity-level-2"))}
    assert said["onDate"] == {f'"1963"^^{EDTF("EDTF")}'}
    assert said["ucdp-acd-start-date"] == {f'"1962-03-05"^^{EDTF("EDTF")}'}
    assert said["ucdp-acd-start-date2"] == {'"1962-07-01"'}  # degree 3: what is printed, and no date
    assert "ucdp-acd-gwno-b" not in said


def test_names_are_given_to_identifiers_only_where_a_row_has_one_of_each(project: Project) -> None:
    made = read(project, "ucdp-acd", sample("ucdp-acd"))
    named = {(quad.subject, quad.object) for quad in made if quad.predicate == AT("nameInDataSet")}
    assert (ID("identifier/ucdp-actor-9002"), Literal("Hill League")) in named
    assert ID("identifier/ucdp-actor-9003") not in {one for one, _ in named}


def test_a_missing_code_is_kept_as_one_and_a_date_is_as_precise_as_its_parts(project: Project) -> None:
    capabilities = read(project, "cow-nmc", sample("cow-nmc"))
    second = ID("coding/cow-nmc-990-1963")
    assert {q.object for q in capabilities if q.subject == second and q.predicate == AT("codedAs")} == {
        Literal("milex=-9"),
        Literal("upop=-9"),
    }
    states = read(project, "cow-states", sample("cow-states"))
    begun = {q.object for q in states if q.predicate == AT("beganOn")}
    assert begun == {Literal(day, datatype=EDTF("EDTF")) for day in ("1901-05-01", "1946-01-02")}


def changed(name: str, place: Path, column: str, value: str, line: int = 1) -> Path:
    """Write the sample of *name* to *place* with another *value* in one cell; line 0 is the header."""
    with sample(name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[line][rows[0].index(column)] = value
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return place


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("intensity_level", "3", r"bad\.csv:2: column intensity_level: '3'; expected 1 or 2"),
        ("year", "MCMLXII", r"bad\.csv:2: column year: 'MCMLXII'; expected a year"),
        ("year", "62", r"bad\.csv:2: column year: '62'; expected a year"),
        ("start_date", "1962-02-30", r"bad\.csv:2: column start_date: '1962-02-30'; expected a day"),
        ("ep_end", "yes", r"bad\.csv:2: column ep_end: 'yes'; expected 0 or 1"),
        ("side_a_id", "9001,,9002", r"bad\.csv:2: column side_a_id: '9001,,9002'; expected a list without a gap"),
        ("version", "19.1", r"bad\.csv:2: column version: release '19\.1'; expected 25\.1"),
        ("year", "1963", r"bad\.csv:3: the row 9100-1963 stands twice; expected each conflict_id and year once"),
    ],
)
def test_a_cell_that_is_not_understood_stops_the_import(
    project: Project, tmp_path: Path, column: str, value: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        read(project, "ucdp-acd", changed("ucdp-acd", tmp_path / "bad.csv", column, value))


def test_columns_that_are_new_missing_or_twice_stop_the_import(project: Project, tmp_path: Path) -> None:
    for value, told in (
        ("intensity", "columns that are not known: intensity; expected those of ucdp-acd"),
        ("year", "columns that stand twice: year"),
    ):
        path = changed("ucdp-acd", tmp_path / "bad.csv", "intensity_level", value, line=0)
        with pytest.raises(InputError, match=told):
            read(project, "ucdp-acd", path)
    with pytest.raises(InputError, match="columns that are not known: dyad_id"):
        read(project, "ucdp-acd", sample("ucdp-dyadic"))
    table = cells(sample("ucdp-dyadic")).drop(columns="dyad_id")
    table.to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(InputError, match="columns that are missing: dyad_id; expected those of ucdp-dyadic"):
        read(project, "ucdp-dyadic", tmp_path / "bad.csv")


def broken(path: Path, tmp_path: Path) -> dict[str, Path]:
    """Write damaged copies of the sample: a gzip that is cut, one that is none, other encodings, a short row."""
    whole = path.read_bytes()
    packed = gzip.compress(whole)
    content = {
        "cut.csv.gz": packed[: len(packed) // 2],
        "none.csv.gz": whole,
        "latin.csv": whole.replace(b"Highlands", b"H\xf6hen", 1),
        "wide.csv": whole.decode().encode("utf-16"),
        "short.csv": whole.rstrip() + b"\n9,9\n",
        "empty.csv": b"",
        "quote.csv": whole.replace(b"Norland,Gov", b'"Norland,Gov', 1),
    }
    for name, text in content.items():
        (tmp_path / name).write_bytes(text)
    return {name: tmp_path / name for name in content}


def test_a_damaged_file_stops_the_import_with_its_place(project: Project, tmp_path: Path) -> None:
    told = {
        "cut.csv.gz": "cut short or damaged",
        "none.csv.gz": "cut short or damaged",
        "latin.csv": "byte 0xf6 is no UTF-8",
        "wide.csv": "is no UTF-8",
        "short.csv": r"short\.csv:5: has 2 cells; expected 28",
        "empty.csv": "columns that are missing",
        "quote.csv": "quote.csv:",
    }
    for name, path in broken(sample("ucdp-acd"), tmp_path).items():
        with pytest.raises(InputError, match=told[name]):
            read(project, "ucdp-acd", path)
    with pytest.raises(InputError, match="no such file"):
        read(project, "ucdp-acd", tmp_path / "missing.csv")


def test_lines_may_end_in_any_way_and_the_file_may_be_packed(project: Project, tmp_path: Path) -> None:
    whole = sample("ucdp-acd").read_bytes()
    expected = set(read(project, "ucdp-acd", sample("ucdp-acd")))
    for name, content in (
        ("mac.csv", whole.replace(b"\n", b"\r")),
        ("dos.csv", whole.replace(b"\n", b"\r\n")),
        ("marked.csv", b"\xef\xbb\xbf" + whole),
        ("packed.csv.gz", gzip.compress(whole)),
    ):
        (tmp_path / name).write_bytes(content)
        assert set(read(project, "ucdp-acd", tmp_path / name)) == expected, name


def test_xlsx_says_what_csv_says(project: Project, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    with sample("ucdp-acd").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            sheet.append([int(cell) if cell.isdecimal() else cell or None for cell in row])
    book.save(tmp_path / "sample.xlsx")
    assert set(read(project, "ucdp-acd", tmp_path / "sample.xlsx")) == set(
        read(project, "ucdp-acd", sample("ucdp-acd"))
    )
    (tmp_path / "none.xlsx").write_text("no")
    with pytest.raises(InputError, match="expected an XLSX file"):
        read(project, "ucdp-acd", tmp_path / "none.xlsx")


def test_only_the_rows_that_are_asked_for_are_kept(project: Project) -> None:
    made = read(project, "ucdp-acd", sample("ucdp-acd"), conflict_id=["9100"], year=["1963"])
    kept = {quad.subject for quad in made if quad.object == AT("ConflictCoding") and quad.predicate == RDF("type")}
    assert kept == {ID("coding/ucdp-acd-9100-1963")}
    with pytest.raises(InputError, match=r"'yaer' is no column of ucdp-acd; expected .*year"):
        expect_columns(find(project, "ucdp-acd"), {"yaer": ["1963"]})
    with pytest.raises(UnknownNameError, match="ucdp-acd"):
        find(project, "ucdp-acb")


@real
@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_file_is_a_known_release_and_has_every_row(project: Project, name: str) -> None:
    path = SHARED / REAL[name]
    running_import = begin(data_set_of(project, name), path)
    made = list(quads(running_import, {}))
    assert running_import.known
    assert list(running_import.notes()) == []
    codings = {q.subject for q in made if q.predicate == AT("rowKey")}
    assert len(codings) == running_import.read == len(cells(path))


def keyed(data_set: DataSet, row: Any) -> NamedNode:
    return ID(f"coding/{data_set.name}-{'-'.join(slug(row[column]) for column in data_set.key)}")


@real
@pytest.mark.parametrize("name", sorted(REAL))
def test_every_identifier_of_every_row_is_in_the_graph_and_no_other(project: Project, name: str) -> None:
    data_set, path = data_set_of(project, name), SHARED / REAL[name]
    made = read(project, name, path)
    values: dict[Any, str] = {
        q.subject: q.object.value  # type: ignore[union-attr]
        for q in made
        if q.predicate == AT("identifierValue")
    }
    found = Counter((q.subject, values[q.object]) for q in made if q.object in values and q.predicate != RDF("type"))
    expected: Counter[tuple[NamedNode, str]] = Counter()
    columns = [one for one in data_set.columns.values() if one.kind == "identifier"]
    for _, row in cells(path).iterrows():
        told = set()
        for column in columns:
            text = row[column.name].strip()
            pieces = text.split(column.separator) if column.separator else [text]
            told |= {(column.property or column.name, piece.strip(), column.of) for piece in pieces if piece.strip()}
        expected.update((keyed(data_set, row), value) for _, value, _ in told)
    assert found == expected


@real
@pytest.mark.parametrize("name", sorted(REAL))
def test_a_sample_of_rows_has_the_cells_that_pandas_reads(project: Project, name: str) -> None:
    data_set, path = data_set_of(project, name), SHARED / REAL[name]
    said: dict[tuple[object, str], list[str]] = defaultdict(list)
    for quad in read(project, name, path):
        said[quad.subject, quad.predicate.value].append(getattr(quad.object, "value", ""))
    table = cells(path)
    for number in random.Random(7).sample(range(len(table)), 60):
        row = table.iloc[number]
        for column in data_set.columns.values():
            text = row[column.name].strip()
            if column.kind not in ("text", "integer", "decimal", "date", "flag") or column.property:
                continue
            found = said[keyed(data_set, row), ID(f"column/{data_set.name}-{slug(column.name)}").value]
            if text in column.missing:
                assert found == []
            elif column.kind in ("integer", "decimal"):
                assert [Decimal(one) for one in found] == [Decimal(text)]
            else:
                assert found == [{"0": "false", "1": "true"}[text] if column.kind == "flag" else text]


@real
def test_turkiye_fights_beside_azerbaijan_in_2020_only_as_the_data_set_has_it(project: Project) -> None:
    store = Store()
    store.extend(read(project, "ucdp-acd", SHARED / REAL["ucdp-acd"], conflict_id=["388"]))
    query = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
    PREFIX identifier: <https://w3id.org/aidtrace/id/identifier/>
    SELECT ?year { GRAPH ?graph {
        ?row at:codedSideA identifier:ucdp-actor-64 ; at:codedSecondSideA identifier:gleditsch-ward-640 ;
            at:onDate ?year
    } }"""
    assert [row["year"].value for row in store.query(query)] == ["2020"]  # type: ignore[union-attr]


def test_an_import_into_a_store_is_a_revision_and_moves_no_row_of_the_article(
    project: Project, cache: Path, tmp_path: Path, aidtrace: Run
) -> None:
    place = tmp_path / "store"

    def asked() -> dict[str, bytes]:
        with running(cache, "--store", str(place)) as server:
            rows = {name: server.get(f"/queries/{name}?format=csv").body for name in ("agreements", "actors", "events")}
            rows["count"] = server.get("/graph/dataset/ucdp-acd", "application/n-triples").body
        return rows

    before = asked()
    done = aidtrace("import", "ucdp-acd", str(sample("ucdp-acd")), "--store", str(place))
    assert done.returncode == 0
    assert "3 rows, 3 in the graph https://w3id.org/aidtrace/graph/dataset/ucdp-acd of" in done.stdout
    assert "is no file of a release that is known (25.1)" in done.stderr
    after = asked()
    assert {name: after[name] for name in before if name != "count"} == {n: before[n] for n in before if n != "count"}
    assert after["count"].count(b"ontology#rowKey") == 3
    again = aidtrace("import", "ucdp-acd", str(sample("ucdp-acd")), "--where", "year=1962", "--store", str(place))
    assert again.returncode == 0
    assert asked()["count"].count(b"ontology#rowKey") == 1  # it takes the place of what was there


def test_an_import_that_stops_leaves_the_store_as_it_was(project: Project, cache: Path, tmp_path: Path) -> None:
    place = tmp_path / "store"
    bad = changed("ucdp-acd", tmp_path / "bad.csv", "intensity_level", "3", line=3)
    with held(place, project, cache) as store:
        before = store.current
        running_import = begin(find(project, "ucdp-acd"), bad)
        with pytest.raises(InputError, match="column intensity_level"):
            replace_graph(store, running_import.graph, quads(running_import, {}))
        assert store.current == before
        assert [path.name for path in (place / "revisions").iterdir()] == [before]
    assert not open_built(Revisions(place).path(before)).contains_named_graph(GRAPH("dataset/ucdp-acd"))


@pytest.mark.parametrize("suffix", ["nq", "nt", "ttl", "trig"])
def test_a_file_holds_what_the_import_makes(aidtrace: Run, project: Project, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"acd.{suffix}"
    assert aidtrace("import", "ucdp-acd", str(sample("ucdp-acd")), "--out", str(out)).returncode == 0
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    expected = {quad.triple for quad in read(project, "ucdp-acd", sample("ucdp-acd"))}
    assert {quad.triple for quad in parse(path=out, format=form)} == expected
    before = out.read_bytes()
    bad = changed("ucdp-acd", tmp_path / "bad.csv", "year", "x", line=3)
    failed = aidtrace("import", "ucdp-acd", str(bad), "--out", str(out))
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1)
    assert out.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {out.name, "bad.csv"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("ucdp-acb", "x.csv"), "no data set is called 'ucdp-acb'; expected"),
        (("ucdp-acd", "x.csv"), "no such file"),
        (("ucdp-acd", "SAMPLE", "--where", "year"), "expected COLUMN=VALUE"),
        (("ucdp-acd", "SAMPLE", "--where", "yr=1"), "is no column of ucdp-acd"),
        (("ucdp-acd", "SAMPLE", "--out", "x.csv"), "expected one of .nq, .nt, .ttl, .trig"),
        (("ucdp-acd", "SAMPLE", "--out", "/nowhere/x.nq"), "is no folder"),
    ],
)
def test_a_wrong_option_is_one_line(aidtrace: Run, given: tuple[str, ...], told: str) -> None:
    done = aidtrace("import", *(str(sample("ucdp-acd")) if one == "SAMPLE" else one for one in given))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert told in done.stderr


def test_a_description_that_is_wrong_names_its_file(project: Project, tmp_path: Path) -> None:
    from aidtrace.importers import read as described

    folder = tmp_path / "ucdp-acd"
    shutil.copytree(project.root / "data" / "ucdp-acd", folder)
    path = folder / "dataset.toml"
    whole = path.read_text()
    path.write_text(whole.replace("[columns.location]\ntext = true", "[columns.location]\ntext = true\ncode = true"))
    with pytest.raises(InputError, match=r"dataset\.toml: column location has 2 kinds"):
        described(folder)
    path.write_text(whole + "[")
    with pytest.raises(InputError, match=r"dataset\.toml: .*expected TOML"):
        described(folder)

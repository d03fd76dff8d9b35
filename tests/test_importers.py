"""Importers: a row is understood to its end or stops the import, and what was in the file is in the graph."""

from __future__ import annotations

import csv
import gzip
import random
import re
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from conftest import ROOT
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from servers import running

from aidtrace.cli import main
from aidtrace.errors import InputError, UnknownNameError
from aidtrace.importers import Column, DataSet, Import, begin, expect_columns, find, names, quads
from aidtrace.importers.rows import code_slug, key_of, slug
from aidtrace.namespaces import AT, EDTF, GRAPH, ID, RDF, XSD
from aidtrace.persistent import held, replace_graph
from aidtrace.revisions import Revisions
from aidtrace.store import open_built
from aidtrace.validation import Ground, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

    from aidtrace.project import Project

SAMPLES = ROOT / "tests" / "importers"
SHARED = ROOT.parent / "shared" / "datasets"
REAL = {
    "atop-alliance": "atop/atop5_1a.csv.gz",
    "atop-member": "atop/atop5_1m.csv.gz",
    "cow-interstate": "cow/Inter-StateWarData_v4.0.csv",
    "cow-intrastate": "cow/INTRA-STATE_WARS_v5.1.csv.gz",
    "cow-mid": "cow/MIDA_5.0.csv.gz",
    "cow-mid incident-participants": "cow/MIDIP_5.0.csv.gz",
    "cow-mid incidents": "cow/MIDI_5.0.csv.gz",
    "cow-mid participants": "cow/MIDB_5.0.csv.gz",
    "cow-nmc": "cow/NMC-60-abridged.csv.gz",
    "cow-states": "cow/states2016.csv",
    "dcad": "dcad/DCAD-v1.0-main.csv.gz",
    "sipri-deliveries": "sipri/sipri_deliveries_extract_2026-02-12.csv.gz",
    "sipri-milex": "sipri/sipri_milex_extract_1948-2023.csv",
    "sipri-register": "sipri/sipri_register_extract_2026-05-18.csv.gz",
    "ucdp-acd": "ucdp/ucdp-prio-acd-251.csv.gz",
    "ucdp-actor": "ucdp/ucdp-actor-221.csv.gz",
    "ucdp-battle-deaths": "ucdp/BattleDeaths_v24_1_conf.csv.gz",
    "ucdp-battle-deaths by dyad": "ucdp/BattleDeaths_v23_1.csv.gz",
    "ucdp-dyadic": "ucdp/ucdp-dyadic-251.csv.gz",
    "ucdp-esd": "ucdp/ucdp-esd-ay-181.xlsx",
    "ucdp-peace": "ucdp/ucdp-peace-agreements-221.xlsx",
    "ucdp-termination": "ucdp/ucdp-term-acd-3-2021.xlsx",
    "ucdp-termination dyads": "ucdp/ucdp-term-dyad-3-2021.xlsx",
}
NAMES = sorted(f"{path.parent.name} {path.stem}".removesuffix(" sample") for path in SAMPLES.glob("*/*.csv"))
"""The data sets, and with a space between the tables below them."""

ABSENT = "the data sets are not beside this checkout (../shared/datasets)"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)


def data_set_of(project: Project, name: str) -> DataSet:
    return find(project, name.split(" ")[0])


def read(project: Project, name: str, path: Path, **where: list[str]) -> list[Quad]:
    return list(quads(begin(data_set_of(project, name), path), where))


def sample(name: str) -> Path:
    source, _, table = name.partition(" ")
    return SAMPLES / source / f"{table or 'sample'}.csv"


def cells(path: Path, encoding: str = "utf-8-sig") -> pd.DataFrame:
    if path.suffix == ".xlsx":
        table = pd.read_excel(path, dtype=str, keep_default_na=False)
        return table.rename(columns=str.strip).replace(r" 00:00:00$", "", regex=True)  # how pandas shows a day
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)


def test_every_table_of_every_data_set_has_a_sample(project: Project) -> None:
    known = [(name, one.name) for name in names(project) for one in (find(project, name), *find(project, name).tables)]
    assert sorted(NAMES) == sorted(f"{name} {table.removeprefix(name)[1:]}".strip() for name, table in known)
    assert set(NAMES) - set(REAL) == {"ucdp-ged", "ucdp-ged subset"}  # one is not here, one has a test of its own


@pytest.mark.parametrize("name", NAMES)
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


@dataclass(frozen=True)
class Whole:
    """A real file, as it is imported and as pandas reads it."""

    running: Import
    quads: list[Quad]
    table: pd.DataFrame

    @property
    def data_set(self) -> DataSet:
        return self.running.data_set

    @property
    def parts(self) -> set[object]:
        """The codings that are a part of that of a row."""
        return {quad.subject for quad in self.quads if quad.predicate == AT("partOfCoding")}


@pytest.fixture(scope="module", params=sorted(REAL))
def whole(request: pytest.FixtureRequest, project: Project) -> Whole:
    """Each real file in turn, read once for all that is asked of it."""
    if not SHARED.is_dir():
        pytest.skip(ABSENT)
    path = SHARED / REAL[request.param]
    running_import = begin(data_set_of(project, request.param), path)
    return Whole(running_import, list(quads(running_import, {})), cells(path, running_import.data_set.encoding))


def test_a_real_file_is_a_known_release_and_has_every_row(whole: Whole) -> None:
    assert whole.running.known
    assert list(whole.running.notes()) == []
    codings = {quad.subject for quad in whole.quads if quad.predicate == AT("rowKey")}
    assert len(codings - whole.parts) == whole.running.read == len(whole.table)


def keyed(data_set: DataSet, row: Any) -> NamedNode:
    return ID(f"coding/{data_set.name}-{key_of([row[column] for column in data_set.key])}")


def test_every_identifier_of_every_row_is_in_the_graph_and_no_other(whole: Whole) -> None:
    values: dict[Any, str] = {
        q.subject: q.object.value  # type: ignore[union-attr]
        for q in whole.quads
        if q.predicate == AT("identifierValue")
    }
    parts = whole.parts
    found = Counter(
        (q.subject, values[q.object])
        for q in whole.quads
        if q.object in values and q.predicate != RDF("type") and q.subject not in parts
    )
    expected: Counter[tuple[NamedNode, str]] = Counter()
    columns = [one for one in whole.data_set.columns.values() if one.kind == "identifier"]
    for row in whole.table.to_dict("records"):
        told = set()
        for column in columns:
            text = row.get(column.name, "").strip()
            pieces = text.split(column.separator) if column.separator else [text]
            pieces = [piece.strip() for piece in pieces if piece.strip() not in column.missing]
            told |= {(column.property or column.name, piece, column.of) for piece in pieces}
        expected.update((keyed(whole.data_set, row), value) for _, value, _ in told)
    assert found == expected


def test_a_sample_of_rows_has_the_cells_that_pandas_reads(whole: Whole) -> None:
    said: dict[tuple[object, str], list[Any]] = defaultdict(list)
    for quad in whole.quads:
        said[quad.subject, quad.predicate.value].append(value(quad.object))
    data_set, table = whole.data_set, whole.table
    for number in random.Random(7).sample(range(len(table)), 60):
        row = table.iloc[number]
        for column in data_set.columns.values():
            if column.kind not in SAID or column.property or column.name not in table.columns:
                continue
            found = said[keyed(data_set, row), ID(f"column/{data_set.name}-{slug(column.name)}").value]
            assert sorted(found, key=str) == sorted(printed(data_set, column, row[column.name].strip()), key=str)


def value(term: Any) -> Any:
    """Return the value of *term*, numbers in one form."""
    number = isinstance(term, Literal) and term.datatype in (XSD("integer"), XSD("decimal"))
    return str(Decimal(term.value).normalize()) if number else getattr(term, "value", "")


def printed(data_set: DataSet, column: Column, text: str) -> list[Any]:
    """Return the values that *text* in *column* stands for."""
    if text in column.missing:
        return []
    pieces = {one.strip() for one in text.split(column.separator)} if column.separator else {text}
    return [_printed(data_set, column, piece) for piece in pieces]


def _printed(data_set: DataSet, column: Column, text: str) -> Any:
    if (column.of, text) in data_set.codes:
        return ID(f"code/{data_set.name}-{slug(column.of)}-{code_slug(text)}").value
    if column.kind == "flag":
        return dict(zip(column.pair, ("false", "true"), strict=True))[text]
    return str(Decimal(text).normalize()) if column.kind in ("integer", "decimal") else text


SAID = ("text", "integer", "decimal", "date", "flag", "code", "year")
"""The kinds of columns whose property has the value that is printed."""


def test_an_order_says_what_it_says_and_takes_no_value_from_a_remark(project: Project) -> None:
    made = read(project, "sipri-register", sample("sipri-register"))
    order = next(q.subject for q in made if q.object == Literal("Part of $40 m deal"))
    said = {(q.predicate.value.rpartition("/")[2], str(value(q.object))) for q in made if q.subject == order}
    assert {(name.partition("-register-")[2], text) for name, text in said if "-register-" in name} == {
        ("comments", "Part of $40 m deal"),
        ("number-delivered", "3"),
        ("number-delivered-uncertain", "true"),
        ("number-ordered", "3"),
        ("number-ordered-uncertain", "false"),
        ("status", str(ID("code/sipri-register-status-second-hand").value)),
        ("tiv-delivered", "10.2"),
        ("tiv-per-unit", "3.4"),
        ("tiv-total-order", "10.2"),
        ("weapon-description", "patrol boat"),
        ("weapon-designation", "Heron-2"),
        ("year-of-order-uncertain", "true"),
        ("years-of-delivery", "1962"),
        ("years-of-delivery", "1963"),
    }


def test_a_number_is_as_printed_and_a_name_with_accents_has_the_identifier_of_the_same_name_without(
    project: Project,
) -> None:
    made = read(project, "sipri-milex", sample("sipri-milex"))
    numbers = {q.object.value for q in made if q.predicate.value.endswith("/sipri-milex-value")}  # type: ignore[union-attr]
    assert numbers == {"33706899999.999996", "0.031", "0.01"}
    assert ID("identifier/sipri-country-name-suderland") in {q.object for q in made}


def test_an_alliance_says_what_its_members_promise_and_which_codes_are_missing(project: Project) -> None:
    made = read(project, "atop-alliance", sample("atop-alliance"))
    said = {
        (q.predicate.value.rpartition("/")[2].rpartition("#")[2], str(value(q.object)))
        for q in made
        if q.subject == ID("coding/atop-alliance-9002")
    }
    assert {text.rpartition("-")[2] for name, text in said if name == "codedParty"} == {"990", "991", "992"}
    assert {text for name, text in said if name in ("beganOn", "endedOn")} == {"1950-02", "1958-06-01"}
    assert ("atop-alliance-term", ID("code/atop-alliance-term-3").value) in said
    assert {text for name, text in said if name == "codedAs"} == {"milaid=", "statthr2=0"}
    assert ("atop-alliance-length", "6E+1") in said
    first = {q.predicate for q in made if q.subject == ID("coding/atop-alliance-9001")}
    assert AT("endedOn") not in first  # still in effect when the data end


@real
def test_two_alliances_of_two_are_coded_and_two_defence_agreements(project: Project) -> None:
    for name, expected in (("atop-alliance", ["4550", "6035"]), ("dcad", ["DCADv1.0-1535", "DCADv1.0-1536"])):
        store = Store()
        store.extend(read(project, name, SHARED / REAL[name]))
        query = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
        PREFIX identifier: <https://w3id.org/aidtrace/id/identifier/>
        SELECT ?number { GRAPH ?graph {
            ?row at:codedParty identifier:cow-373, identifier:cow-640 ; at:codedAgreement/at:identifierValue ?number
            FILTER NOT EXISTS {
                ?row at:codedParty ?third
                FILTER (?third NOT IN (identifier:cow-373, identifier:cow-640))
            }
        } } ORDER BY ?number"""
        assert [row["number"].value for row in store.query(query)] == expected  # type: ignore[union-attr]


@real
def test_the_first_delivery_from_turkiye_to_azerbaijan_is_of_2000_in_both_lists(project: Project) -> None:
    for name, column in (("sipri-deliveries", "onDate"), ("sipri-register", "years-of-delivery")):
        store = Store()
        store.extend(read(project, name, SHARED / REAL[name]))
        when = AT("onDate") if column == "onDate" else ID(f"column/{name}-{column}")
        query = f"""PREFIX at: <https://w3id.org/aidtrace/ontology#>
        PREFIX identifier: <https://w3id.org/aidtrace/id/identifier/>
        SELECT (MIN(STR(?year)) AS ?first) {{ GRAPH ?graph {{
            ?row at:codedSupplier identifier:sipri-country-name-turkiye ;
                at:codedRecipient identifier:sipri-country-name-azerbaijan ; {when} ?year
        }} }}"""
        assert [row["first"].value for row in store.query(query)] == ["2000"]  # type: ignore[union-attr]


def test_a_type_of_support_is_tied_to_a_supporter_only_where_the_count_leaves_no_choice(project: Project) -> None:
    made = read(project, "ucdp-esd", sample("ucdp-esd"))
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for quad in made:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal | NamedNode):
            name = quad.subject.value.removeprefix(ID("coding/ucdp-esd-").value)
            said[name][quad.predicate.value.rpartition("#")[2]].add(quad.object.value.rpartition("/")[2])
    sudria, ostia = "ucdp-actor-9011", "ucdp-actor-9012"
    assert said["9001-9200-1962-weapons"]["codedSupporter"] == {sudria, ostia}
    training = said["9001-9200-1962-training"]
    assert (training["codedSupporter"], training["mayBeCodedSupporter"]) == (set(), {sudria, ostia})
    assert training["supporterCount"] == {"1"}
    assert said["9001-9200-1962-funding"]["present"] == {"false"}
    assert said["9001-9200-1963-training"]["codedSupporter"] == {sudria}
    assert said["9002-9200-1962-territory"]["nonStateSupporterCount"] == {"1"}
    assert said["9001-9200-1961"]["present"] == {"false"}
    assert "9001-9200-1961-weapons" not in said  # the row names no supporter: nothing is told of the types


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("ext_w_count", "3", "column ext_w_count: '3'; expected a number up to 2, as many as ext_id names"),
        ("ext_w", "0", "column ext_w: '0'; expected 1, since ext_w_count is 2"),
        ("ext_w_count_s", "1", "column ext_w_count: '2'; expected 1, the sum of its parts"),
        ("ext_t_count_ns", "x", "column ext_t_count_ns: 'x'; expected a number"),
    ],
)
def test_counts_of_support_that_clash_stop_the_import(
    project: Project, tmp_path: Path, column: str, value: str, told: str
) -> None:
    with pytest.raises(InputError, match=rf"bad\.csv:3: {told}"):
        read(project, "ucdp-esd", changed("ucdp-esd", tmp_path / "bad.csv", column, value, line=2))


@real
def test_support_of_each_type_is_what_pandas_reads(project: Project) -> None:
    table = cells(SHARED / REAL["ucdp-esd"])
    types = dict(zip("xpywmtfilou", SUPPORT, strict=True))
    expected = {
        (f"{row['actor_id']}-{row['dyad_id']}-{row['year']}-{types[letter]}", int(row[f"ext_{letter}_count"]))
        for _, row in table[table["ext_sup"] == "1"].iterrows()
        for letter in types
    }
    store = Store()
    store.extend(read(project, "ucdp-esd", SHARED / REAL["ucdp-esd"]))
    query = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
    SELECT ?key (COALESCE(?counted, 0) AS ?count) { GRAPH ?graph {
        ?row at:partOfCoding ?whole ; at:rowKey ?key ; at:present ?present .
        OPTIONAL { ?row at:supporterCount ?counted }
    } }"""
    assert {(row["key"].value, int(row["count"].value)) for row in store.query(query)} == expected  # type: ignore[union-attr]
    for tie, years in (("codedSupporter", {*range(1992, 1995), *range(2010, 2018)}), ("mayBeCodedSupporter", set())):
        assert turkish_support(store, tie) == years
    assert turkish_support(store, "mayBeCodedSupporter", "training") == {1992, 1993}
    assert turkish_support(store, "codedSupporter", "training") == set(range(2010, 2018))
    assert turkish_support(store, "codedSupporter", "weapons") == {*range(1992, 1995), *range(2010, 2018)}


SUPPORT = (
    *("troops", "foreign-troops", "infrastructure", "weapons", "materiel", "training"),
    *("funding", "intelligence", "territory", "other-support", "unknown-support"),
)


def turkish_support(store: Store, tie: str, type_: str = "") -> set[int]:
    """Return the years in which Türkiye is coded as a supporter of Azerbaijan, as a whole or of one type."""
    path = "at:partOfCoding" if type_ else "at:partOfCoding?"
    of_type = f"?row at:supportType <https://w3id.org/aidtrace/id/concept/{type_}> ." if type_ else ""
    query = f"""PREFIX at: <https://w3id.org/aidtrace/ontology#>
    PREFIX identifier: <https://w3id.org/aidtrace/id/identifier/>
    SELECT DISTINCT ?year {{ GRAPH ?graph {{
        ?row at:{tie} identifier:ucdp-actor-115 . {of_type}
        {"" if type_ else "FILTER NOT EXISTS { ?row at:supportType ?type }"}
        ?row {path} ?whole . ?whole at:codedActor identifier:ucdp-actor-64 ; at:onDate ?year .
    }} }}"""
    return {int(row["year"].value) for row in store.query(query)}  # type: ignore[union-attr]


def told(quads_: list[Quad], coding: str) -> set[tuple[str, str]]:
    """Return what *coding* says: the last words of properties and values."""
    return {
        (q.predicate.value.rpartition("/")[2].rpartition("#")[2], str(value(q.object)).rpartition("/")[2])
        for q in quads_
        if q.subject == ID(f"coding/{coding}")
    }


def test_a_war_has_its_spells_and_what_is_not_known_is_kept_apart_from_what_does_not_apply(project: Project) -> None:
    within = told(read(project, "cow-intrastate", sample("cow-intrastate")), "cow-intrastate-9501")
    days = {name: text for name, text in within if "began" in name or "ended" in name}
    assert days == {
        "cow-intrastate-began1": "1929-06",
        "cow-intrastate-ended1": "1930-10",
        "cow-intrastate-began2": "1931-02-03",
        "cow-intrastate-ended2": "1931-02-27",
    }
    kept = {text for name, text in within if name == "codedAs"}
    assert {"StartDy1=-9", "EndDy1=?", "DeathsSideB=-9", "TransFrom=-8", "StartYr3=-8"} <= kept
    assert ("cow-intrastate-transto", "cow-war-12") in within
    between = told(read(project, "cow-interstate", sample("cow-interstate")), "cow-interstate-12-990-1")
    assert {text for name, text in between if name == "cow-interstate-transfrom"} == {"cow-war-9501", "cow-war-9502"}


def test_a_day_without_its_month_is_no_date_and_is_kept(project: Project) -> None:
    made = read(project, "cow-mid incident-participants", sample("cow-mid incident-participants"))
    second = told(made, "cow-mid-incident-participants-9903002-990")
    assert {text for name, text in second if name in ("beganOn", "endedOn")} == {"2014", "2014-12"}
    assert {"stmon=-9", "stday=12", "endday=-9"} <= {text for name, text in second if name == "codedAs"}


def test_a_war_that_goes_on_has_no_end_and_says_so(project: Project) -> None:
    made = read(project, "cow-intrastate", sample("cow-intrastate"))
    coding = next(q.subject for q in made if q.object == ID("identifier/cow-war-9502-5"))
    said = [q for q in made if q.subject == coding]
    assert not [q for q in said if q.predicate == ID("column/cow-intrastate-ended1")]
    began = ID("column/cow-intrastate-began1")
    assert [q.object for q in said if q.predicate == began] == [Literal("2013-09-01", datatype=EDTF("EDTF"))]
    kept = {q.object for q in said if q.predicate == AT("codedAs")}
    assert {Literal(f"{part}=-7") for part in ("EndYr1", "EndMo1", "EndDy1")} <= kept


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("StartYr1", "213", "column StartYr1: '213'; expected a year, such as 1992"),
        ("StartMo1", "0", "column StartMo1: '0'; expected a month from 1 to 12"),
        ("StartMo1", "21", "column StartMo1: '21'; expected a month from 1 to 12"),  # EDTF would read spring
        ("StartDy1", "32", "column StartDy1: '32'; expected a day from 1 to 31"),
        ("EndDy1", "unknown", "column EndDy1: 'unknown'; expected a day from 1 to 31"),
        ("StartDy2", "30", "column StartDy2: '1931-02-30'; expected a day of the calendar"),
    ],
)
def test_a_part_of_a_date_that_cannot_be_one_stops_the_import(
    project: Project, tmp_path: Path, column: str, value: str, told: str
) -> None:
    with pytest.raises(InputError, match=rf"bad\.csv:2: {re.escape(told)}"):
        read(project, "cow-intrastate", changed("cow-intrastate", tmp_path / "bad.csv", column, value))


@pytest.mark.parametrize(
    ("name", "column", "value", "wrong"),
    [
        ("cow-interstate", "TransFrom", "9501; 9502", "9501; 9502"),
        ("cow-interstate", "TransTo", "9503, ?", "?"),
        ("cow-interstate", "ccode", "Norland", "Norland"),
        ("cow-intrastate", "WarNum", "9501b", "9501b"),
        ("cow-mid participants", "stabb", "990", "990"),
        ("cow-mid incidents", "incidnum", "-7", "-7"),
    ],
)
def test_an_identifier_of_another_form_stops_the_import(
    project: Project, tmp_path: Path, name: str, column: str, value: str, wrong: str
) -> None:
    told = rf"bad\.csv:2: column {column}: {re.escape(repr(wrong))}; expected an identifier of the form"
    with pytest.raises(InputError, match=told):
        read(project, name, changed(name, tmp_path / "bad.csv", column, value))


def test_each_table_of_disputes_has_a_graph_of_its_own(project: Project) -> None:
    graphs = {name: {str(q.graph_name) for q in read(project, name, sample(name))} for name in NAMES if "mid" in name}
    assert graphs == {name: {str(GRAPH(f"dataset/{name.replace(' ', '-')}"))} for name in graphs}
    assert len(graphs) == 4


@real
def test_two_states_are_in_the_disputes_that_pandas_finds_and_a_war_passes_into_another(
    project: Project,
) -> None:
    store = Store()
    store.extend(read(project, "cow-mid participants", SHARED / REAL["cow-mid participants"]))
    table = cells(SHARED / REAL["cow-mid participants"])
    both = [set(table.loc[table["ccode"] == code, "dispnum"]) for code in ("371", "373")]
    query = """PREFIX at: <https://w3id.org/aidtrace/ontology#>
    PREFIX identifier: <https://w3id.org/aidtrace/id/identifier/>
    SELECT DISTINCT ?number { GRAPH ?graph {
        ?one at:codedParty identifier:cow-371 ; at:codedDispute ?dispute .
        ?other at:codedParty identifier:cow-373 ; at:codedDispute ?dispute .
        ?dispute at:identifierValue ?number
    } }"""
    found = {row["number"].value for row in store.query(query)}  # type: ignore[union-attr]
    assert found == both[0] & both[1]
    assert {"3564", "4175", "4232"} <= found
    within = told(read(project, "cow-intrastate", SHARED / REAL["cow-intrastate"]), "cow-intrastate-872")
    assert {("cow-intrastate-began1", "1991-12-26"), ("cow-intrastate-ended1", "1993-02-05")} <= within
    assert ("cow-intrastate-transto", "cow-war-216") in within
    between = told(read(project, "cow-interstate", SHARED / REAL["cow-interstate"]), "cow-interstate-216-373-2")
    assert {("cow-interstate-began1", "1993-02-06"), ("cow-interstate-ended1", "1994-05-12")} <= between


def test_an_episode_says_how_it_ended_and_only_an_exact_day_is_a_date(project: Project) -> None:
    made = read(project, "ucdp-termination", sample("ucdp-termination"))
    ended = told(made, "ucdp-termination-9100-1963")
    assert {("ucdp-termination-outcome", "ucdp-termination-outcome-2"), ("onDate", "1963")} <= ended
    days = {q.object for q in made if q.predicate == ID("column/ucdp-termination-ependdate")}
    assert days == {Literal("1963-08-14", datatype=EDTF("EDTF")), Literal("1971-12-31")}
    dyads = read(project, "ucdp-termination dyads", sample("ucdp-termination dyads"))
    damaged = told(dyads, "ucdp-termination-dyads-9200-1971")
    assert {text for name, text in damaged if name == "codedAs"} == {
        "dyadep_id=1.4e+06",
        "ependdate=.",
        "cfiredate=.",
        "peagdate=0",
    }


def test_a_peace_agreement_has_its_parties_and_its_provisions(project: Project) -> None:
    accord = told(read(project, "ucdp-peace", sample("ucdp-peace")), "ucdp-peace-9301")
    assert {text for name, text in accord if name == "codedParty"} == {"ucdp-actor-9001", "ucdp-actor-9002"}
    assert {("onDate", "1976-05-02"), ("ucdp-peace-duration", "1978-01-09")} <= accord
    assert {name for name, text in accord if text == "true"} == {
        *("ucdp-peace-ended", "ucdp-peace-cease", "ucdp-peace-ref", "ucdp-peace-return", "ucdp-peace-txt"),
    }


def test_an_event_has_a_day_only_where_its_day_is_known(project: Project) -> None:
    made = read(project, "ucdp-ged", sample("ucdp-ged"))
    days = {q.object for q in made if q.predicate == ID("column/ucdp-ged-date-start")}
    assert days == {Literal("1990-02-01", datatype=EDTF("EDTF")), Literal("1990-03-01")}
    cut = {text for name, text in told(read(project, "ucdp-ged", sample("ucdp-ged subset")), "ucdp-ged-subset-99001")}
    assert "1990" in cut
    assert not {text for text in cut if text.startswith("1990-")}


@real
def test_every_event_is_read_in_little_memory(memory_of: Callable[..., int], tmp_path: Path) -> None:
    file, out = SHARED / "ucdp" / "ged_subset_juanr_1989-2020.csv.gz", tmp_path / "events.nq"
    assert memory_of("import", "ucdp-ged", file, "--out", out) < 150 * 1024  # of 176 579 rows
    table = cells(file)
    killed, years = Counter[str](), dict[str, str]()
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            subject, predicate, text = line.split(" ", 2)
            if predicate.endswith("#onDate>"):
                years[subject] = text.split('"')[1]
            elif predicate.endswith("/ucdp-ged-subset-best-death>"):
                killed[years[subject]] += int(text.split('"')[1])
    assert len(years) == len(table)
    assert killed == Counter(table["best_death"].astype(int).groupby(table["year"]).sum().to_dict())


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


@pytest.fixture
def built(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands that run in this process take the article's store from the cache of the tests."""
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))


@pytest.mark.parametrize(
    ("lines", "where", "told"),
    [
        (0, (), "it has no rows; expected one at least, for they take the place of what is there"),
        (1, ("--where", "styear=3000"), "none of 1 rows has what --where asks for; expected one at least"),
    ],
)
def test_an_import_of_nothing_leaves_the_store_as_it_was(
    built: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: int, where: tuple[str, ...], told: str
) -> None:
    header = "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version"
    rows = ["NOR,990,Norland,1901,5,1,2016,12,31,2016"]
    whole, short = tmp_path / "whole.csv", tmp_path / "short.csv"
    whole.write_text("\n".join([header, *rows]) + "\n")
    short.write_text("\n".join([header, *rows[:lines]]) + "\n")
    store = tmp_path / "s"
    assert main(["import", "cow-states", str(whole), "--store", str(store)]) == 0
    before = (store / "current").readlink()
    assert main(["import", "cow-states", str(short), "--store", str(store), *where]) == 2
    assert told in capsys.readouterr().err
    assert (store / "current").readlink() == before


def test_a_store_is_made_in_an_empty_folder_only(
    built: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, folder = tmp_path / "states.csv", tmp_path / "letters"
    table.write_text(
        "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\n"
        "NOR,990,Norland,1901,5,1,2016,12,31,2016\n"
    )
    folder.mkdir()
    (folder / "dear.txt").write_text("Dear all")
    assert main(["import", "cow-states", str(table), "--store", str(folder)]) == 2
    expected = f"aidtrace: {folder}: holds dear.txt and is no store; expected a new or an empty folder, or a store\n"
    assert capsys.readouterr().err.endswith(expected)
    assert [path.name for path in folder.iterdir()] == ["dear.txt"]

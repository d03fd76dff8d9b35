"""An import that Spark shares out gives what one process gives: the same triples, and the same complaint."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad
from test_importers import NAMES, REAL, SHARED, data_set_of, sample

from aidtrace.cli import main
from aidtrace.cli.spark import connected
from aidtrace.errors import AidtraceError, InputError
from aidtrace.importers import begin, quads
from aidtrace.importers.cluster import write_parts
from aidtrace.importers.parts import MANIFEST, Part, Parts, describe, read, written
from aidtrace.importers.ranges import cut, rows_of
from aidtrace.importers.tables import opened
from aidtrace.namespaces import DATA_SET
from aidtrace.revisions import Revisions
from aidtrace.store import open_built

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark import SparkContext

    from aidtrace.project import Project

ROW = 1  # byte: every row is a range of its own
java = pytest.mark.skipif(
    not (os.environ.get("JAVA_HOME") or shutil.which("java")), reason="Spark wants Java (Debian: default-jre-headless)"
)


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkContext]:
    with connected("local[2]") as one:
        yield one


def in_parts(
    spark: SparkContext, project: Project, name: str, file: Path, place: Path, size: int, **where: list[str]
) -> Parts:
    with written(place) as folder:
        write_parts(spark, begin(data_set_of(project, name), file), where, folder, size)
    return read(place)


def alone(project: Project, name: str, file: Path, **where: list[str]) -> Counter[Quad]:
    return Counter(quads(begin(data_set_of(project, name), file), where))


@java
@pytest.mark.parametrize("name", NAMES)
def test_a_table_in_parts_gives_the_same_triples_as_often(
    spark: SparkContext, project: Project, tmp_path: Path, name: str
) -> None:
    parts = in_parts(spark, project, name, sample(name), tmp_path / "parts", ROW)
    assert Counter(parts.quads()) == alone(project, name, sample(name))
    with opened(sample(name)) as rows:
        count = len(list(rows)) - 1
    assert len(list((tmp_path / "parts").glob("rows-*.nq.gz"))) == parts.told["read"] == count


@java
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data sets are not beside this checkout (../shared/datasets)")
@pytest.mark.parametrize("name", ["cow-intrastate", "dcad", "sipri-register", "ucdp-acd"])
def test_a_real_file_in_parts_gives_the_same_triples_as_often(
    spark: SparkContext, project: Project, tmp_path: Path, name: str
) -> None:
    file = SHARED / REAL[name]
    parts = in_parts(spark, project, name, file, tmp_path / "parts", 50_000)
    assert Counter(parts.quads()) == alone(project, name, file)
    assert parts.told["known"]
    assert len(parts.told["parts"]) > 3
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == sorted(
        [MANIFEST, *(one["name"] for one in parts.told["parts"])]
    )


@java
def test_only_the_rows_that_are_asked_for_are_kept_in_parts(
    spark: SparkContext, project: Project, tmp_path: Path
) -> None:
    file, where = sample("ucdp-acd"), {"year": ["1963"]}
    parts = in_parts(spark, project, "ucdp-acd", file, tmp_path / "parts", ROW, **where)
    assert Counter(parts.quads()) == alone(project, "ucdp-acd", file, **where)
    assert 0 < parts.told["kept"] < parts.told["read"]


def lines_of(name: str) -> list[str]:
    return sample(name).read_text("utf-8-sig").splitlines(keepends=True)


def states(**changed: str) -> str:
    """Return a row of the list of states."""
    cells = {"stateabb": "NOR", "ccode": "990", "statenme": "Norland", "styear": "1901", "stmonth": "5", "stday": "1"}
    cells |= {"endyear": "2016", "endmonth": "12", "endday": "31", "version": "2016"} | changed
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells.values())
    return out.getvalue()


HEADER = "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\n"
GOOD = [states(ccode=str(number)) for number in range(900, 906)]
BAD = {
    "two wrong cells, the later in an earlier range of its own": [*GOOD, states(styear="x"), states(endyear="y")],
    "a row twice, far apart": [*GOOD, states(ccode="900"), states(styear="x")],
    "a wrong cell before a row that stands twice": [*GOOD[:3], states(styear="x"), *GOOD[3:], GOOD[0]],
    "a row that stands twice and is wrong": [*GOOD, states(ccode="900", stmonth="13")],
    "three times the same row": [GOOD[0], *GOOD, *GOOD],
    "a row of another length": [*GOOD, "NOR,990\n", states(styear="x")],
    "a wrong cell before the file stops to be a table": [*GOOD, states(styear="x"), '"open'],
    "a quotation that nobody ends": [*GOOD, 'NOR,"990,x\n', *GOOD],
    "lines within quotes": [
        states(statenme="Nor\nland\n"),
        "\n",
        *GOOD,
        states(ccode="907", statenme="\n", endday="0"),
    ],
    "another release in a later row": [*GOOD, states(version="2011")],
    "no row": [],
}


@java
@pytest.mark.parametrize("rows", BAD.values(), ids=BAD)
@pytest.mark.parametrize("size", [ROW, 100, 1 << 20])
def test_the_complaint_is_that_of_one_process_and_nothing_is_left(
    spark: SparkContext, project: Project, tmp_path: Path, rows: list[str], size: int
) -> None:
    file = tmp_path / "states.csv"
    file.write_text(HEADER + "".join(rows), "utf-8", newline="")
    with pytest.raises(InputError) as single:
        alone(project, "cow-states", file)
    with pytest.raises(InputError) as shared:
        in_parts(spark, project, "cow-states", file, tmp_path / "parts", size)
    assert str(shared.value) == str(single.value)
    assert [path.name for path in tmp_path.iterdir()] == ["states.csv"]


@java
def test_bytes_that_are_no_text_are_complained_of_alike(spark: SparkContext, project: Project, tmp_path: Path) -> None:
    rows = [states(ccode=str(number)) for number in range(1000)]
    file = tmp_path / "states.csv.gz"
    file.write_bytes(gzip.compress((HEADER + "".join(rows)).encode() + b"NOR,990,\xff\n"))
    with pytest.raises(InputError, match="is no UTF-8") as single:
        alone(project, "cow-states", file)
    with pytest.raises(InputError) as shared:
        in_parts(spark, project, "cow-states", file, tmp_path / "parts", 1000)
    assert str(shared.value) == str(single.value)


CELL = st.text(st.sampled_from('a,"\n\r é'), max_size=4)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8-sig", "utf-8", "latin-1"]),
    st.integers(1, 30),
    st.integers(0, 2),
)
def test_ranges_hold_the_rows_of_the_table_with_their_lines(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], end: str, encoding: str, size: int, blank: int
) -> None:
    out = io.StringIO(newline="")
    for cells in table:
        csv.writer(out, lineterminator=end).writerow(cells)
        out.write(end * blank)
    file = tmp_path_factory.getbasetemp() / "ranges.csv"
    file.write_bytes(out.getvalue().encode(encoding))
    read_as = "latin-1" if encoding == "latin-1" else "utf-8-sig"
    with opened(file, read_as) as rows:
        [_, *expected] = list(rows) or [(0, [])]
    found = cut(file, file, read_as, size)
    assert [row for one in found.ranges for row in rows_of(file, file, one, read_as)] == expected
    assert found.problem is None
    assert len(found.ranges) <= len(expected)


@java
def test_parts_go_to_a_store_as_the_table_does(
    aidtrace: Run, spark: SparkContext, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, parts = sample("ucdp-dyadic"), tmp_path / "parts"
    made = aidtrace("import", "ucdp-dyadic", file, "--spark", "local[2]", "--out", parts)
    assert made.returncode == 0, made.stderr
    assert "written to" in made.stdout
    assert "is no file of a release that is known" in made.stderr
    monkeypatch.setattr("aidtrace.cli.spark.connected", lambda _: nullcontext(spark))
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))
    assert main(["import", "ucdp-dyadic", str(file), "--spark", "local[2]", "--store", str(tmp_path / "b")]) == 0
    loaded = aidtrace("import", parts, "--store", tmp_path / "a")
    assert loaded.returncode == 0, loaded.stderr
    assert aidtrace("import", "ucdp-dyadic", file, "--store", tmp_path / "c").returncode == 0
    graph = DATA_SET("ucdp-dyadic")
    found = []
    for name in "abc":
        revisions = Revisions(tmp_path / name)
        store = open_built(revisions.path(revisions.current))
        found.append(
            {tuple(quad) for one in (graph, DefaultGraph()) for quad in store.quads_for_pattern(None, None, None, one)}
        )
    assert found[0] == found[1] == found[2]
    assert any(quad[3] == graph for quad in found[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "parts"]


@java
def test_a_part_that_was_changed_is_named_and_nothing_is_loaded(
    spark: SparkContext, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_parts(spark, project, "cow-states", sample("cow-states"), tmp_path / "parts", ROW)
    damaged = tmp_path / "parts" / "rows-00001.nq.gz"
    damaged.write_bytes(gzip.compress(b"<a:a> <a:a> <a:a> <a:a> .\n"))
    assert main(["import", str(tmp_path / "parts"), "--store", str(tmp_path / "store")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert str(damaged) in told
    assert Revisions(tmp_path / "store").current.startswith("1-")


PART = {"name": "a.nq.gz", "triples": 0, "bytes": 20, "sha256": "0" * 64}


BROKEN: list[dict[str, object]] = [
    {"graph": "no iri"},
    {"graph": ["urn:g"]},
    {"graph": "https://w3id.org/aidtrace/graph/article"},
    {"triples": "0"},
    {"triples": 1},
    {"parts": "abc"},
    {"parts": [{}]},
    {"parts": ["abc"]},
    {"parts": [{**PART, "name": "../a.nq.gz"}]},
    {"parts": [{**PART, "name": 1}]},
    {"parts": [{**PART, "triples": None}]},
    {"parts": [{**PART, "sha256": 1}]},
]
WHOLE: dict[str, object] = {"graph": "urn:g", "triples": 0, "parts": [PART]}


def test_a_manifest_may_be_read_before_its_parts(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps(WHOLE))
    assert read(tmp_path).told == WHOLE


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"graph": "urn:g", "parts": []}', *(json.dumps(WHOLE | one) for one in BROKEN)]
)
def test_a_folder_without_a_whole_manifest_is_no_import(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match=MANIFEST):
        read(tmp_path)


def by_hand(folder: Path, packed: bytes, triples: int) -> Parts:
    """Write a folder of one part that says of itself what is asked, and its own checksum."""
    (folder / "a.nq.gz").write_bytes(packed)
    describe(folder, [Part("a.nq.gz", triples, len(packed), sha256(packed).hexdigest())], graph="urn:g")
    return read(folder)


QUAD = b"<urn:a> <urn:b> <urn:c> <urn:g> .\n"
OTHER = b"<urn:a> <urn:b> <urn:d> <https://w3id.org/aidtrace/graph/article> .\n"
ARTICLE = "https://w3id.org/aidtrace/graph/article"
WRONG = {
    "another graph": (gzip.compress(QUAD + OTHER), f"has a triple of the graph <{ARTICLE}>; expected <urn:g>"),
    "no graph": (
        gzip.compress(QUAD + b"<urn:a> <urn:b> <urn:d> .\n"),
        "has a triple of the graph DEFAULT; expected <urn:g>",
    ),
    "too few": (gzip.compress(QUAD), "has 1 triples; expected 2"),
    "too many": (gzip.compress(QUAD * 3), "has 3 triples; expected 2"),
    "cut": (gzip.compress(QUAD * 2)[:-12], "expected a part"),
    "not packed": (QUAD * 2, "expected a part"),
    "badly packed": (gzip.compress(QUAD * 2)[:10] + b"\xff" * 20, "expected a part"),
    "no quads": (gzip.compress(QUAD + b"no quad\n"), "expected a part"),
    "no text": (gzip.compress(b"\xff\xfe\n"), "expected a part"),
}


@pytest.mark.parametrize(("packed", "told"), WRONG.values(), ids=WRONG)
def test_a_part_that_is_not_what_its_manifest_says_is_told_of_and_publishes_nothing(
    packed: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = by_hand(tmp_path, packed, 2)
    with pytest.raises(InputError) as complaint:
        list(parts.quads())
    assert told in str(complaint.value)
    assert str(complaint.value).startswith(f"{tmp_path / 'a.nq.gz'}: ")
    assert str(complaint.value) in refused(capsys, tmp_path, "--store", tmp_path / "store")
    assert Revisions(tmp_path / "store").current.startswith("1-")


@java
def test_the_same_import_writes_the_same_bytes(spark: SparkContext, project: Project, tmp_path: Path) -> None:
    for name in ("a", "b"):
        in_parts(spark, project, "ucdp-acd", sample("ucdp-acd"), tmp_path / name, ROW)
    files = [sorted((path.name, path.read_bytes()) for path in (tmp_path / name).iterdir()) for name in ("a", "b")]
    assert files[0] == files[1]
    told = json.loads(dict(files[0])[MANIFEST])
    assert told["triples"] == sum(one["triples"] for one in told["parts"]) == len(list(read(tmp_path / "a").quads()))


def refused(capsys: pytest.CaptureFixture[str], *given: str | Path) -> str:
    assert main(["import", *map(str, given)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_what_spark_needs_and_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("cow-states", sample("cow-states"), "--spark", "local[2]", "--out", tmp_path / "parts")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "apt-get install default-jre-headless" in refused(capsys, *command)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert "pip install 'aidtrace[spark]'" in refused(capsys, *command)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_go_with_spark_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = ("cow-states", sample("cow-states"), "--spark", "local[2]")
    assert "expected --out DIR" in refused(capsys, *table)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert "expected a new folder" in refused(capsys, *table, "--out", tmp_path / "full")
    assert "expected room to write" in refused(capsys, *table, "--out", tmp_path / "no" / "parts")
    assert "no --mapping" in refused(capsys, "--mapping", "x.rq", "x.csv", "--spark", "local[2]")


@java
@pytest.mark.parametrize(("asked", "given"), [("", 512), ("spark.driver.memory 700m\n", 700)])
def test_java_gets_little_memory_on_one_machine_unless_sparks_own_settings_say_more(
    tmp_path: Path, asked: str, given: int
) -> None:
    (tmp_path / "spark-defaults.conf").write_text(asked)
    code = (
        "from aidtrace.cli.spark import connected\n"
        "with connected('local[1]') as spark:\n"
        "    print(spark._jvm.java.lang.Runtime.getRuntime().maxMemory() >> 20)"
    )
    environment = {**os.environ, "SPARK_CONF_DIR": str(tmp_path)}
    environment.pop("SPARK_DRIVER_MEMORY", None)  # the default of another test of this process
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert int(ran.stdout) == pytest.approx(given, rel=0.05), ran.stderr


@java
def test_a_master_that_is_none_is_said_in_the_last_line(aidtrace: Run, tmp_path: Path) -> None:
    command = ("cow-states", sample("cow-states"), "--spark", "nowhere", "--out", tmp_path / "parts")
    done = aidtrace("import", *command)
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert told.startswith("aidtrace: --spark nowhere: ")
    assert told.endswith("expected a master, such as local[2]")
    assert list(tmp_path.iterdir()) == []


@java
def test_a_folder_that_no_task_can_write_is_one_line(spark: SparkContext, project: Project, tmp_path: Path) -> None:
    running = begin(data_set_of(project, "cow-states"), sample("cow-states"))
    with pytest.raises(AidtraceError, match="No such file") as told:
        write_parts(spark, running, {}, tmp_path / "nowhere", ROW)
    assert "\n" not in str(told.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the data sets are not beside this checkout (../shared/datasets)")
def test_a_packed_sheet_is_refused_before_spark_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "ucdp-esd", SHARED / REAL["ucdp-esd"], "--spark", "nowhere", "--out", tmp_path / "parts")
    assert "an XLSX file cannot be cut" in told

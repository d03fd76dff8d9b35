"""Columns beside a store that is served: they answer what they are for, follow the revisions, and fail alone."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import TOKEN, Server, running, start

duckdb = pytest.importorskip("duckdb", reason="the optional library DuckDB is not installed")

BY_PREDICATE = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p"
LIST_OF_STATES = """stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version
NOR,990,Norland,1901,5,1,2016,12,31,2016
"""


def aidtrace(*arguments: str | Path, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aidtrace", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)


@pytest.fixture
def merged(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a store of the article and an invented state, with its columns."""
    monkeypatch.setenv("AIDTRACE_CACHE", str(cache))
    (tmp_path / "states.csv").write_text(LIST_OF_STATES)
    store = tmp_path / "merged"
    assert aidtrace("import", "cow-states", tmp_path / "states.csv", "--store", store).returncode == 0
    made = aidtrace("columns", store)
    assert made.stdout.startswith(f"columns of {store}, revision 2-")
    assert (made.stdout.endswith(" MB\n"), made.stderr, made.returncode) == (True, "", 0)
    return store


@pytest.fixture
def server(cache: Path, merged: Path) -> Iterator[Server]:
    with running(cache, "--store", str(merged), "--no-gate", token=TOKEN) as one:
        yield one


def file_of(store: Path) -> Path:
    return store / "columns" / f"{(store / 'current').readlink().name}.duckdb"


def emptied(store: Path) -> None:
    """Take every triple out of the columns, so that they give another answer than the store."""
    with duckdb.connect(str(file_of(store))) as database:
        for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            if name == "triples" or name.startswith(("p_", "star_")):
                database.execute(f"DELETE FROM {name}")


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "the columns did not follow"
        time.sleep(0.1)


def test_a_question_over_much_is_answered_by_the_columns(cache: Path, merged: Path) -> None:
    emptied(merged)
    with running(cache, "--store", str(merged)) as server:
        assert server.rows(BY_PREDICATE) == []
        assert server.rows("SELECT ?s { ?s ?p ?o } LIMIT 1") != []


def test_every_form_of_an_answer_says_the_same(server: Server) -> None:
    rows = server.rows(BY_PREDICATE)
    assert len(rows) > 100
    lines = server.ask(BY_PREDICATE, "text/csv").body.decode().split("\r\n")
    assert lines == ["p,n", *(f"{row['p']},{row['n']}" for row in rows), ""]
    assert server.ask(BY_PREDICATE, "application/sparql-results+xml").body.count(b"<result>") == len(rows)


def test_a_malformed_question_is_one_with_columns_too(server: Server) -> None:
    answer = server.ask("SELECT ?x (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    assert (answer.status, answer.content["title"]) == (400, "Malformed query")


def test_a_graph_that_is_named_in_the_request_is_read_in_the_store(cache: Path, merged: Path) -> None:
    emptied(merged)
    graph = "https://w3id.org/aidtrace/graph/article"
    with running(cache, "--store", str(merged)) as server:
        assert server.rows(BY_PREDICATE, **{"default-graph-uri": graph}) != []


def test_the_columns_follow_an_update(server: Server, merged: Path) -> None:
    before = file_of(merged)
    count = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o FILTER(?p = <urn:new>) } GROUP BY ?p"
    assert server.rows(count) == []
    assert server.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:new> 1 } }").status == 204
    assert server.rows(count) == [{"p": "urn:new", "n": "1"}]  # the store knows at once
    wait_until(lambda: file_of(merged).exists())
    assert file_of(merged) != before
    assert server.rows(count) == [{"p": "urn:new", "n": "1"}]
    wait_until(lambda: not before.exists())


def test_columns_that_are_lost_come_again_when_the_server_starts(cache: Path, merged: Path) -> None:
    file_of(merged).unlink()
    with running(cache, "--store", str(merged)) as server:
        assert len(server.rows(BY_PREDICATE)) > 100
        wait_until(lambda: file_of(merged).exists())


def test_columns_that_cannot_be_read_are_left_alone(cache: Path, merged: Path) -> None:
    file_of(merged).write_bytes(b"no columns at all")
    with running(cache, "--store", str(merged)) as server:
        assert len(server.rows(BY_PREDICATE)) > 100


def test_an_import_builds_the_columns_again(merged: Path, tmp_path: Path) -> None:
    before = file_of(merged)
    assert aidtrace("import", "cow-states", tmp_path / "states.csv", "--store", merged).returncode == 0
    assert file_of(merged) != before
    assert file_of(merged).exists()


def test_no_store_no_columns(tmp_path: Path) -> None:
    done = aidtrace("columns", tmp_path / "nothing")
    expected = "no store (no such file or directory); expected a folder that `aidtrace serve --store` made"
    assert (done.returncode, done.stderr) == (2, f"aidtrace: {tmp_path / 'nothing'}: {expected}\n")


def test_without_duckdb_the_command_says_what_to_install(
    merged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from aidtrace.cli import main

    file_of(merged).unlink()
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert main(["columns", str(merged)]) == 2
    expected = "aidtrace: the columns need DuckDB; expected it installed: pip install 'aidtrace[columns]'\n"
    assert capsys.readouterr().err == expected


def test_a_full_disk_leaves_no_half_made_columns(merged: Path) -> None:
    file_of(merged).unlink()
    done = aidtrace("columns", merged, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
    assert done.returncode == 2
    assert done.stderr.startswith("aidtrace: ")
    assert "expected room" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (merged / "columns").iterdir()] == ["lock"]


def test_an_import_whose_columns_fail_has_succeeded_and_says_so(merged: Path, tmp_path: Path) -> None:
    (merged / "columns" / "lock").unlink()
    (merged / "columns" / "lock").mkdir()
    done = aidtrace("import", "cow-states", tmp_path / "states.csv", "--store", merged)
    assert done.returncode == 0
    assert "1 rows, 1 in the graph" in done.stdout
    told = "is a directory; expected a folder that can be written; the import is done, and the store answers without"
    assert told in done.stderr


def test_columns_that_are_there_are_not_made_again(merged: Path) -> None:
    before = file_of(merged).stat().st_mtime_ns
    assert aidtrace("columns", merged).returncode == 0
    assert file_of(merged).stat().st_mtime_ns == before


def test_the_builder_ends_with_its_server(cache: Path, merged: Path) -> None:
    file_of(merged).unlink()
    server = start(cache, "--store", str(merged))
    end = time.monotonic() + 30
    builders = list[int]()
    while not builders:
        assert time.monotonic() < end, "nothing was built"
        builders = [pid for pid in server.family() if b"processes.builder" in command_of(pid)]
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not any(b"processes.builder" in command_of(pid) for pid in builders))


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

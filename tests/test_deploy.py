"""The unit and the container file start a server that answers."""

import csv
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Run
from servers import Server, free_port, start

from aidtrace.project import Project
from aidtrace.queries import find_query
from aidtrace.server.processes.pool import Limits

UNIT = ROOT / "deploy" / "aidtrace.service"
CONTAINER = ROOT / "deploy" / "Containerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
VIRTUOSO = ROOT / "deploy" / "virtuoso"
CLUSTER = ROOT / "deploy" / "kubernetes.yaml"
PROGRAM = "/opt/aidtrace/bin/aidtrace"
# Tests listen on loopback only, each on a port of its own.
CHOSEN_BY_THE_TEST = ("--host", "--port")


def settings() -> dict[str, list[str]]:
    """Return the settings of the unit, each with its values."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^([A-Za-z]+)=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def of_container(instruction: str) -> list[str]:
    """Return the words of CMD or of the health check, which are JSON."""
    line = next(line for line in CONTAINER.read_text("utf-8").splitlines() if line.startswith(instruction))
    words: list[str] = json.loads(line[line.index("[") :])
    return words


def options(words: list[str]) -> list[str]:
    """Return the options of ``aidtrace serve`` among *words*, but for those that the test chooses."""
    kept = words[words.index("serve") + 1 :]
    for name in CHOSEN_BY_THE_TEST:
        if name in kept:
            del kept[kept.index(name) : kept.index(name) + 2]
    return kept


def served(cache: Path, words: list[str]) -> Server:
    server = start(cache, *options(words))
    assert server.get("/health").content["status"] == "ready"
    return server


def test_the_command_of_the_unit_starts_a_server_that_takes_writes(tmp_path: Path, cache: Path, folder: Path) -> None:
    (tmp_path / "tokens").write_text("a-token write\n")
    command = settings()["ExecStart"][0]
    for variable in ("${STATE_DIRECTORY}", "${CREDENTIALS_DIRECTORY}"):
        assert variable in command
        command = command.replace(variable, str(tmp_path))
    words = shlex.split(command)
    assert words[0] == PROGRAM
    server = served(cache, words)
    try:
        assert server.get("/health").content["writable"]
        assert (tmp_path / "store" / "current").is_symlink()
    finally:
        assert server.stop() == 0
    assert json.loads(server.log.read_text("utf-8").splitlines()[-1])["path"] == "/health"


def test_the_container_runs_a_server_that_its_own_check_finds_healthy(
    tmp_path: Path, cache: Path, folder: Path
) -> None:
    words = [word.replace("/var/lib/aidtrace", str(tmp_path / "store")) for word in of_container("CMD")]
    server = served(cache, words)
    check = [word.replace(":8000", f":{server.port}") for word in of_container("HEALTHCHECK")]
    assert check[0] == "python"
    try:
        assert subprocess.run([sys.executable, *check[1:]], timeout=20).returncode == 0
        assert not server.get("/health").content["writable"]
    finally:
        assert server.stop() == 0
    assert subprocess.run([sys.executable, *check[1:]], capture_output=True, timeout=20).returncode != 0


def test_the_container_names_no_registry_and_no_root() -> None:
    text = CONTAINER.read_text("utf-8")
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert re.search(r"^USER [1-9]", text, re.MULTILINE)


def test_the_cluster_runs_servers_that_its_probes_find_ready(cache: Path, folder: Path) -> None:
    whole = {one["kind"]: one for one in yaml.safe_load_all(CLUSTER.read_text("utf-8"))}
    pod = whole["Deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert pod["metadata"]["labels"] == whole["Service"]["spec"]["selector"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert str(ports[whole["Service"]["spec"]["ports"][0]["targetPort"]]) == value(container["args"], "--port")
    server = served(cache, container["args"])
    try:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert server.get(container[probe]["httpGet"]["path"]).status == 200
    finally:
        assert server.stop() == 0


def test_the_cluster_lets_a_server_write_where_the_image_says_and_end_in_peace() -> None:
    whole = {one["kind"]: one for one in yaml.safe_load_all(CLUSTER.read_text("utf-8"))}
    pod = whole["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    text = CONTAINER.read_text("utf-8")
    cached = re.search(r"AIDTRACE_CACHE=(\S+)", text)
    user = re.search(r"^USER (\d+)", text, re.MULTILINE)
    assert cached
    assert user
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert {one["mountPath"] for one in container["volumeMounts"]} == {cached[1], "/tmp"}
    assert pod["securityContext"]["runAsUser"] == int(user[1])
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]  # a claim belongs to root else
    wait = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod["terminationGracePeriodSeconds"] > wait + Limits().deadline + 2


def test_compose_starts_a_server_in_front_of_virtuoso_that_has_loaded_our_graphs(
    tmp_path: Path, cache: Path, aidtrace: Run
) -> None:
    """The commands of its three services, one after the other, with ports and files of the test."""
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    (tmp_path / "load").mkdir()
    for who, name in (("user", "dba"), ("read-user", "reader")):
        stated = re.search(rf'^{who} = "(.*)"\n.*password = "(.*)"$', compose_engine(), re.MULTILINE)
        assert stated
        assert stated[1] == name
        (tmp_path / name).write_text(stated[2])
    words = [word.replace("/load/", f"{tmp_path}/load/") for word in services["graphs"]["command"]]
    assert aidtrace(*words[1:]).returncode == 0
    port, sql = free_port(), free_port()
    configuration = (VIRTUOSO / "virtuoso.ini").read_text("utf-8").replace(":1111", f":{sql}")
    (tmp_path / "virtuoso.ini").write_text(configuration.replace("= 8890", f"= 127.0.0.1:{port}"))
    (tmp_path / "engine.toml").write_text(compose_engine().replace("http://virtuoso:8890", f"http://127.0.0.1:{port}"))
    with virtuoso_started(tmp_path, port):
        command = services["aidtrace"]["command"]
        server = served(cache, [word.replace("/run/secrets/engine", str(tmp_path / "engine.toml")) for word in command])
        try:
            expected = find_query(Project(ROOT), "agreements").expected
            rows = csv.reader(server.get("/queries/agreements", "text/csv").body.decode().splitlines())
            assert expected
            assert [tuple(row) for row in rows] == [expected.columns, *expected.rows]
        finally:
            assert server.stop() == 0


@pytest.mark.parametrize(
    ("quads", "wrong", "secret", "told"),
    [
        ("<urn:a> <urn:b> <urn:c> <https://w3id.org/aidtrace/graph/a> .", "dba", "", "is empty"),
        ("<urn:a> <urn:b> <urn:c> <https://w3id.org/aidtrace/graph/a> .", "dba", "it's", "holds a quote"),
        ("<urn:a> <urn:b> <urn:c> <https://w3id.org/aidtrace/graph/a> .", "reader", "a\\b", "reader is empty or holds"),
        (
            "<urn:a> <urn:b> <urn:c> <https://w3id.org/aidtrace/graph/a> .\n<urn:b> is broken {{ .\n",
            "dba",
            "a-password",
            "not every file",
        ),
    ],
)
def test_a_first_start_of_virtuoso_that_fails_is_not_taken_for_one_that_went_well(
    quads: str, wrong: str, secret: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "all.nq").write_text(quads)
    for name in ("dba", "reader"):
        (tmp_path / name).write_text(secret if name == wrong else "a-password")
    configuration = (VIRTUOSO / "virtuoso.ini").read_text("utf-8").replace(":1111", f":{free_port()}")
    (tmp_path / "virtuoso.ini").write_text(configuration.replace("= 8890", f"= 127.0.0.1:{free_port()}"))
    if not shutil.which("virtuoso-t"):
        pytest.skip("virtuoso-t is not installed (Debian `virtuoso-opensource`)")
    start_it = [str(VIRTUOSO / "start.sh"), "virtuoso.ini", str(VIRTUOSO / "load.sql"), "dba", "reader"]
    ran = subprocess.run(start_it, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert told in ran.stderr
    assert not (tmp_path / "loaded").exists()


def test_virtuoso_loads_the_graphs_anew_once_they_have_changed_and_not_before(tmp_path: Path) -> None:
    """What was written to it meanwhile says whether it was loaded anew; it is kept aside."""
    (tmp_path / "load").mkdir()
    (tmp_path / "dba").write_text("a-password")
    (tmp_path / "reader").write_text("another-password")
    port, sql = free_port(), free_port()
    configuration = (VIRTUOSO / "virtuoso.ini").read_text("utf-8").replace(":1111", f":{sql}")
    (tmp_path / "virtuoso.ini").write_text(configuration.replace("= 8890", f"= 127.0.0.1:{port}"))
    graph = "https://w3id.org/aidtrace/graph/a"

    def started(release: str, write: str) -> set[str]:
        """Load *release*, return what is there, and then write something more."""
        (tmp_path / "load" / "all.nq").write_text(f"<urn:{release}> <urn:p> <urn:o> <{graph}> .\n")
        with virtuoso_started(tmp_path, port):
            found = told(sql, f"SPARQL SELECT ?s FROM <{graph}> {{ ?s ?p ?o }};")
            told(sql, f"SPARQL INSERT DATA {{ GRAPH <{graph}> {{ <urn:{write}> <urn:p> <urn:o> }} }};")
        return set(re.findall(r"^urn:\S+", found, re.MULTILINE))

    assert started("first", "written") == {"urn:first"}
    assert started("first", "again") == {"urn:first", "urn:written"}
    assert started("second", "later") == {"urn:second"}
    assert "load/ has changed: it is loaded anew" in (tmp_path / "log").read_text("utf-8")
    assert started("second", "last") == {"urn:second", "urn:later"}
    assert {one.name for one in tmp_path.glob("before-*/*")} == {"virtuoso.db", "virtuoso.trx"}


def test_compose_starts_what_stands_on_what_a_new_release_has_changed_once_more() -> None:
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    stands_on = {name: one["depends_on"] for name, one in services.items() if "depends_on" in one}
    assert {name: list(others) for name, others in stands_on.items()} == {
        "virtuoso": ["graphs"],
        "aidtrace": ["virtuoso"],
    }
    assert all(one["restart"] for others in stands_on.values() for one in others.values())


def told(port: int, sql: str) -> str:
    """Return what Virtuoso prints when dba runs *sql*."""
    command = ["isql-vt", f"127.0.0.1:{port}", "dba", "a-password", "VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF"]
    return subprocess.run(command, input=sql, capture_output=True, text=True, timeout=60).stdout


def test_compose_keeps_what_readers_cite_on_a_volume_that_lasts() -> None:
    whole = yaml.safe_load(COMPOSE.read_text("utf-8"))
    cached = re.search(r"AIDTRACE_CACHE=(\S+)", CONTAINER.read_text("utf-8"))
    mounted = dict(one.split(":")[1::-1] for one in whole["services"]["aidtrace"]["volumes"])
    assert cached
    assert mounted[cached[1]] in whole["volumes"]


def test_compose_keeps_copies_of_the_engine_on_disk_and_not_in_memory() -> None:
    whole = yaml.safe_load(COMPOSE.read_text("utf-8"))
    server = whole["services"]["aidtrace"]
    mounted = dict(one.split(":")[1::-1] for one in server["volumes"])
    assert server["read_only"]
    assert "tmpfs" not in server
    assert mounted["/tmp"] in whole["volumes"]


def compose_engine() -> str:
    """Return the file of the engine that the guide has the reader write for Compose."""
    blocks: list[str] = re.findall(
        r"```toml\n(.*?)^```", (ROOT / "docs/engines.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return next(block for block in blocks if "http://virtuoso:" in block)


@contextmanager
def virtuoso_started(folder: Path, port: int) -> Iterator[None]:
    if not shutil.which("virtuoso-t"):
        pytest.skip("virtuoso-t is not installed (Debian `virtuoso-opensource`)")
    start_it = [str(VIRTUOSO / "start.sh"), "virtuoso.ini", str(VIRTUOSO / "load.sql"), "dba", "reader"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(start_it, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(1200):
            assert process.poll() is None, (folder / "log").read_text("utf-8", "replace")[-2000:]
            if (folder / "loaded").exists():  # what the health check looks for, and then for a connection
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            time.sleep(0.1)
        else:
            raise AssertionError("Virtuoso did not start")
        yield
    finally:
        process.terminate()
        process.wait(60)


def value(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace(PROGRAM, "/bin/true"))
    environment = {**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_copies_all_that_the_wheel_is_built_of(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER.read_text("utf-8"), re.MULTILINE)
    for source in (name for line in copied for name in line.split()):
        place = tmp_path / source
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
    steps = (["docs/site/build.py", "build/docs"], ["-m", "hatchling", "build", "-t", "wheel"])
    for step in steps:
        assert " ".join(step) in CONTAINER.read_text("utf-8")
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
        done = subprocess.run([sys.executable, *step], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))) as wheel:
        assert "aidtrace/_project/documentation/index.html" in wheel.namelist()

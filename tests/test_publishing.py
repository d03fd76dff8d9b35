"""Releases: the same bytes each time, read by other programs, and checked file by file."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import pytest
import yaml
from conftest import ROOT
from pyarrow import parquet
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from aidtrace import blanknodes
from aidtrace.errors import InputError, MachineError
from aidtrace.metadata import CATALOG, DATASET
from aidtrace.namespaces import AT, DCTERMS, GRAPH, ID, PROV, RDFS, SD, VOID
from aidtrace.persistent import held, replace_graph
from aidtrace.project import Project
from aidtrace.publishing import release as making
from aidtrace.publishing.canonical import canonical, digest, steady
from aidtrace.publishing.citing import About
from aidtrace.publishing.content import content
from aidtrace.publishing.manifest import Manifest
from aidtrace.publishing.verifying import verify
from aidtrace.queries import read_queries, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

CC_BY = NamedNode("https://creativecommons.org/licenses/by/4.0/")
FALSE = Literal("false", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#boolean"))
TRUE = Literal("true", datatype=FALSE.datatype)


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    shutil.copytree(release, tmp_path / "copy")
    return tmp_path / "copy"


def files(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the bytes of each file."""
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {str(one.relative_to(root)): (stat.S_IMODE(one.stat().st_mode), one.read_bytes()) for one in paths}


# made


def test_two_runs_give_the_same_bytes(release: Path, tmp_path: Path) -> None:
    """The other run builds its store anew, elsewhere, and differs in all that may creep into a file."""
    other = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "AIDTRACE_CACHE": str(tmp_path / "cache")}
    command = f"umask 077; exec {sys.executable} -m aidtrace publish {tmp_path / 'again'}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=os.environ | other, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "again") == files(release)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "again", *(tmp_path / "again").glob("*/"))} == {
        0o755
    }


def test_two_stores_with_the_same_imports_give_the_same_bytes(
    project: Project, cache: Path, tmp_path: Path, aidtrace: Run
) -> None:
    graph, made = GRAPH("dataset/free"), {}
    told = [Quad(graph, DCTERMS("license"), CC_BY, graph), Quad(ID("coding/x"), RDFS("label"), Literal("x"), graph)]
    revisions = set()
    for name in ("one", "other"):
        with held(tmp_path / name, project, cache) as store:
            replace_graph(store, graph, told)
        assert aidtrace("publish", tmp_path / f"of-{name}", "--store", tmp_path / name).returncode == 0
        manifest = json.loads((tmp_path / f"of-{name}" / "MANIFEST.json").read_text("utf-8"))
        revisions.add(manifest.pop("revision"))
        made[name] = files(tmp_path / f"of-{name}") | {"MANIFEST.json": manifest, "SHA256SUMS": None}
    assert made["one"] == made["other"]
    assert len(revisions) == 2


def test_the_day_is_that_of_the_citation_or_of_the_environment(release: Path, tmp_path: Path) -> None:
    [day] = re.findall(r"^date-released: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert Manifest.read(release).date == day
    environment = os.environ | {"SOURCE_DATE_EPOCH": "86400", "AIDTRACE_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "aidtrace", "publish", str(tmp_path / "dated")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert Manifest.read(tmp_path / "dated").date == "1970-01-02"
    assert verify(tmp_path / "dated") == []
    refused = subprocess.run(
        [*command[:-1], str(tmp_path / "no")],
        cwd=ROOT,
        env=environment | {"SOURCE_DATE_EPOCH": "soon"},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 2
    assert refused.stderr == "aidtrace: SOURCE_DATE_EPOCH: 'soon' is no time; expected seconds since 1970\n"


def test_a_folder_that_holds_something_is_refused_and_kept(aidtrace: Run, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    done = aidtrace("publish", tmp_path / "kept")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "is there already; expected a new folder, or an empty one" in done.stderr
    assert files(tmp_path) == {"kept/mine.txt": (0o644, b"mine")}


def test_a_release_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "write_database", full)
    about = About.read(project, "1", "one", None)
    with pytest.raises(MachineError, match="no space left on device; expected room to write"):
        making.publish(project, content(project, store, "one", None, own_default=False), about, tmp_path / "release")
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_counts_the_triples_of_each_graph(release: Path, store: Store) -> None:
    """When the store was built, a triple of the tracing, is the only one that a release has not; both count theirs."""
    manifest = Manifest.read(release)
    counted = {one.graph: one.triples for one in manifest.graphs}
    assert {name: triples for name, triples in counted.items() if name != CATALOG.value} == {
        graph.value: sum(1 for _ in store.quads_for_pattern(None, None, None, graph)) - (graph == GRAPH("trace"))
        for graph in store.named_graphs()
        if isinstance(graph, NamedNode) and graph != CATALOG
    }
    assert sum(counted.values()) == manifest.quads
    assert {file.path for file in manifest.files} == files(release).keys() - {"MANIFEST.json", "SHA256SUMS"}


def packed(place: Path) -> list[Quad]:
    return list(parse(gzip.decompress((place / "aidtrace.nq.gz").read_bytes()), format=RdfFormat.N_QUADS))


def expect_own_counts(place: Path) -> None:
    """Count what a release in the folder *place* holds, and expect its VoID to say so."""
    quads = packed(place)
    told = Store()
    told.extend(Quad(*quad.triple) for quad in quads if quad.graph_name == CATALOG)

    def said(pattern: str) -> list[tuple[str, str]]:
        found = told.query(f"SELECT ?of ?n {{ {pattern} }}", prefixes={"void": VOID.iri, "sd": SD.iri})
        return sorted((one["of"].value, one["n"].value) for one in found)  # type: ignore[union-attr]

    def counts(counted: Counter[Any]) -> list[tuple[str, str]]:
        return sorted((one.value, str(count)) for one, count in counted.items())

    apart = {quad.triple for quad in quads if quad.graph_name == CATALOG}
    union = {quad.triple for quad in quads if quad.graph_name != GRAPH("shapes")} - apart
    graphs = Counter(quad.graph_name for quad in quads if quad.graph_name != CATALOG)
    assert said("[] sd:name ?of ; void:triples ?n") == counts(graphs)
    assert said(f"{DATASET} void:propertyPartition [ void:property ?of ; void:triples ?n ]") == counts(
        Counter(one.predicate for one in union)
    )
    assert said(f"BIND ({DATASET} AS ?of) ?of void:triples ?n") == [(DATASET.value, str(len(union)))]


def test_the_catalog_counts_what_the_release_holds(release: Path) -> None:
    expect_own_counts(release)


def test_the_canonical_hash_is_that_of_the_standard_algorithm_and_of_the_unpacked_file(
    release: Path, store: Store
) -> None:
    own = [quad for quad in packed(release) if quad.graph_name == CATALOG]
    graphs = (graph for graph in store.named_graphs() if graph != CATALOG)
    quads = [quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph)]
    whole = Dataset([*own, *(quad for quad in quads if quad.predicate != PROV("endedAtTime"))])
    whole.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    lines = (serialize(whole, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)
    expected = sha256(b"".join(sorted(lines))).hexdigest()
    assert Manifest.read(release).canonical == expected
    assert sha256(gzip.decompress((release / "aidtrace.nq.gz").read_bytes())).hexdigest() == expected


def test_the_checksums_are_as_sha256sum_reads_them(release: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=release, capture_output=True, text=True)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(files(release)) - 1


# read by others


def test_the_quads_in_another_store_answer_every_question_the_same(
    release: Path, store: Store, project: Project
) -> None:
    fresh = Store()
    fresh.bulk_load(gzip.decompress((release / "aidtrace.nq.gz").read_bytes()), format=RdfFormat.N_QUADS)
    for query in read_queries(project):
        rows = run(fresh, query.sparql, where=query.name).rows
        assert rows == run(store, query.sparql, where=query.name).rows, query.name


def test_the_database_opens_in_datasette_with_licence_source_and_columns(release: Path) -> None:
    from datasette.app import Datasette  # type: ignore[import-untyped]

    metadata = json.loads((release / "metadata.json").read_text("utf-8"))
    served = Datasette([str(release / "aidtrace.db")], metadata=metadata)

    async def get(path: str) -> Any:
        answer = await served.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer

    async def look() -> tuple[Any, ...]:
        await served.invoke_startup()
        row = await get("/aidtrace/aid_flows.json?id=flow/1999-military-financial-aid&_shape=array")
        page = await get("/aidtrace/aid_flows")
        sql = (
            "select links.other from links join agreements on agreements.id = links.thing "
            "where agreements.id = 'agreement/shusha-declaration' and links.inColumn = 'party' order by 1"
        )
        parties = await get(f"/aidtrace.json?_shape=arrays&sql={sql}")
        return row.json(), page.text, parties.json()["rows"]

    [first], page, parties = asyncio.run(look())
    assert (first["amount"], first["cash"], first["currencyLabel"]) == (3450000, 165000, "USD")
    assert (first["donor"], first["donorLabel"]) == ("actor/turkiye", "Türkiye")
    assert "CC BY 4.0" in page
    assert "doi.org/10.47478/lectio.1780215" in page
    assert "How much money a flow is worth." in page
    assert parties == [["actor/azerbaijan"], ["actor/turkiye"]]


def test_the_database_keeps_its_keys_and_says_what_the_codebook_says(release: Path) -> None:
    with sqlite3.connect(f"file:{release / 'aidtrace.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        keys = {row[3]: row[2] for row in database.execute("PRAGMA foreign_key_list(aid_flows)")}
        assert keys["donor"] == "things"
        book = database.execute("SELECT inTable, name, meaning FROM columns").fetchall()
    with (release / "codebook.csv").open(encoding="utf-8") as file:
        written = {(row["table"].replace("-", "_"), row["column"], row["definition"]) for row in csv.DictReader(file)}
    assert set(book) == written
    assert len(book) == len(written)


def test_parquet_and_database_have_the_same_rows(release: Path) -> None:
    with sqlite3.connect(f"file:{release / 'aidtrace.db'}?mode=ro", uri=True) as database:
        for path in sorted((release / "tables").glob("*.parquet")):
            ids = [row[0] for row in database.execute(f'SELECT id FROM "{path.stem.replace("-", "_")}" ORDER BY rowid')]
            assert parquet.read_table(path).column("id").to_pylist() == ids
    flows = pd.read_parquet(release / "tables" / "aid-flows.parquet").set_index("id")
    assert flows.loc["flow/1999-military-financial-aid", "amount"] == 3450000


@pytest.fixture
def crate_issues(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], set[str]]:
    """Return what the validator says; it wants the context of RO-Crate from the network, and gets the terms we use."""
    from rocrate_validator import services  # type: ignore[import-untyped]
    from rocrate_validator.utils import http  # type: ignore[import-untyped]

    class Context:
        status_code = 200
        ok = True
        headers: ClassVar = {"Content-Type": "application/ld+json"}
        text = (ROOT / "tests" / "ro-crate-context.json").read_text("utf-8")

        def json(self) -> Any:
            return json.loads(self.text)

    monkeypatch.setattr(http.HttpRequester, "get", lambda self, url, **_: Context(), raising=False)
    settings = {"profile_identifier": "ro-crate-1.1", "requirement_severity": "RECOMMENDED"}

    def issues(place: Path) -> set[str]:
        found = services.validate(settings | {"rocrate_uri": str(place)}).get_issues()
        # the article does not say where its authors work
        return {issue.message for issue in found if "affiliation" not in issue.message}

    return issues


def test_the_crate_is_valid(release: Path, crate_issues: Callable[[Path], set[str]], tmp_path: Path) -> None:
    assert crate_issues(release) == set()
    broken = tmp_path / "broken"
    shutil.copytree(release, broken)
    crate = json.loads((broken / "ro-crate-metadata.json").read_text("utf-8"))
    del next(one for one in crate["@graph"] if one["@id"] == "./")["license"]
    (broken / "ro-crate-metadata.json").write_text(json.dumps(crate), "utf-8")
    assert any("license" in message for message in crate_issues(broken))


def test_the_crate_lists_each_file_with_its_checksum(release: Path) -> None:
    graph = json.loads((release / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    listed = {one["@id"]: one for one in graph if one["@type"] == "File"}
    assert listed.keys() == files(release).keys() - {"ro-crate-metadata.json"}
    for path, one in listed.items():
        if path not in ("MANIFEST.json", "SHA256SUMS"):
            assert one["sha256"] == sha256((release / path).read_bytes()).hexdigest()
            assert int(one["contentSize"]) == (release / path).stat().st_size


ZENODO = {
    *("title", "upload_type", "description", "creators", "publication_date", "access_right", "license", "version"),
    *("language", "keywords", "notes", "related_identifiers", "contributors", "communities", "grants", "references"),
}
"""The fields that Zenodo knows of a data set (https://developers.zenodo.org/#representation)."""


def test_zenodo_gets_fields_that_it_knows(release: Path) -> None:
    told = json.loads((release / ".zenodo.json").read_text("utf-8"))
    assert told.keys() <= ZENODO
    assert (told["upload_type"], told["access_right"], told["license"]) == ("dataset", "open", "CC-BY-4.0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["publication_date"])
    assert all(one.keys() <= {"name", "affiliation", "orcid", "gnd"} and one["name"] for one in told["creators"])
    [article] = told["related_identifiers"]
    assert (article["identifier"], article["relation"]) == ("10.47478/lectio.1780215", "isDerivedFrom")


def test_the_citation_has_the_version_and_the_day(release: Path) -> None:
    from importlib.metadata import version

    text = (release / "CITATION.cff").read_text("utf-8")
    assert f'\nversion: "{version("aidtrace")}"\n' in text
    assert text.count("date-released:") == 1
    assert "creativecommons.org/licenses/by/4.0" in (release / "LICENSE").read_text("utf-8")


# its licence

CC0, NO_CHANGES = (
    NamedNode(f"https://creativecommons.org/{name}/") for name in ("publicdomain/zero/1.0", "licenses/by-nc-nd/4.0")
)


def licensed(project: Project, place: Path, *licences: NamedNode) -> Path:
    """Publish a release with a graph under each of *licences*, which says that it may be passed on."""
    store = Store()
    for number, licence in enumerate(licences):
        graph = GRAPH(f"dataset/n{number}")
        store.add(Quad(graph, DCTERMS("license"), licence, graph))
        store.add(Quad(graph, AT("mayBeRedistributed"), TRUE, graph))
    found = content(project, store, "one", (), own_default=False)
    making.publish(project, found, About.read(project, "1.0", "one", None), place)
    assert verify(place) == []
    return place


def told_of_licences(place: Path) -> tuple[Any, ...]:
    """Return what each file that bears a licence of the whole says: for people, the crate, Datasette, Zenodo."""
    cff = yaml.safe_load((place / "CITATION.cff").read_text("utf-8"))
    crate = json.loads((place / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    tables, zenodo = (json.loads((place / name).read_text("utf-8")) for name in ("metadata.json", ".zenodo.json"))
    [whole] = (one for one in crate if one["@id"] == "./")
    return (
        (cff.get("license"), cff.get("license-url")),
        whole["license"]["@id"],
        (tables["license"], tables.get("license_url")),
        (zenodo["license"], zenodo["access_right"]),
    )


def test_a_licence_that_all_graphs_have_is_that_of_the_whole(project: Project, release: Path, tmp_path: Path) -> None:
    assert told_of_licences(release) == (
        ("CC-BY-4.0", None),
        CC_BY.value,
        ("CC BY 4.0", CC_BY.value),
        ("CC-BY-4.0", "open"),
    )
    free = licensed(project, tmp_path / "free", CC0, CC0)
    assert told_of_licences(free) == (
        (None, CC0.value),
        CC0.value,
        (CC0.value, CC0.value),
        ("other-open", "open"),
    )


@pytest.mark.parametrize(("other", "zenodo"), [(CC0, "other-open"), (NO_CHANGES, "other-closed")])
def test_of_several_licences_none_is_that_of_the_whole(
    other: NamedNode, zenodo: str, project: Project, tmp_path: Path, crate_issues: Callable[[Path], set[str]]
) -> None:
    place = licensed(project, tmp_path / "mixed", CC_BY, other)
    own = ("Each graph has its own: see LICENSE", None)
    assert told_of_licences(place) == ((None, None), "LICENSE", own, (zenodo, "open"))
    crate = {one["@id"]: one for one in json.loads((place / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]}
    for number, licence in enumerate((CC_BY, other)):
        line = f"{GRAPH(f'dataset/n{number}').value}: {licence.value}"
        assert line in (place / "LICENSE").read_text("utf-8")
        assert line in json.loads((place / ".zenodo.json").read_text("utf-8"))["notes"]
        for form in ("ttl", "jsonld"):
            assert crate[f"graphs/dataset/n{number}.{form}"]["license"] == {"@id": licence.value}
    assert crate_issues(place) == set()


@pytest.mark.parametrize("stated", ["license: [A, B]\n", "license:\n  - A\n  - B\n", "license:\n- A\n- B\n", ""])
def test_a_release_says_its_own_licence_whatever_the_citation_said(stated: str) -> None:
    cff = f"title: X\nversion: old\n{stated}authors:\n  - name: Y\n"
    about = About("X", "Y", None, cff, "1.0", "one", "2026-01-02")  # type: ignore[arg-type]
    told = yaml.safe_load(about.citation(CC_BY.value))
    assert told.pop("date-released").isoformat() == "2026-01-02"
    assert told == {"title": "X", "version": "1.0", "license": "CC-BY-4.0", "authors": [{"name": "Y"}]}
    assert "license" not in yaml.safe_load(about.citation(""))


# what may not be passed on


def test_what_may_not_be_passed_on_never_enters(project: Project, cache: Path, tmp_path: Path, aidtrace: Run) -> None:
    names = ("secret", "zero", "text", "terms", "silent", "free", "allowed")
    secret, zero, text, terms, silent, free, allowed = (GRAPH(f"dataset/{name}") for name in names)
    word = Literal("unspeakable-word")
    about: dict[NamedNode, list[tuple[NamedNode, NamedNode | Literal]]] = {
        secret: [(DCTERMS("license"), CC_BY), (AT("mayBeRedistributed"), FALSE)],
        zero: [(DCTERMS("license"), CC_BY), (AT("mayBeRedistributed"), Literal("0", datatype=FALSE.datatype))],
        text: [(DCTERMS("license"), CC_BY), (AT("mayBeRedistributed"), Literal("false"))],
        terms: [(DCTERMS("license"), NamedNode("https://creativecommons.org/licenses/by-nc-nd/4.0/"))],
        silent: [],
        free: [(DCTERMS("license"), CC_BY)],
        allowed: [(DCTERMS("license"), NamedNode("https://example.org/terms")), (AT("mayBeRedistributed"), TRUE)],
    }
    with held(tmp_path / "store", project, cache) as revisions:
        for graph, told in about.items():
            thing = ID(f"coding/{graph.value.rpartition('/')[2]}")
            quads = [Quad(graph, verb, value, graph) for verb, value in told]
            kept = word if graph not in (free, allowed) else Literal("free-word")
            quads += [Quad(thing, RDFS("label"), kept, graph), Quad(thing, AT("rowKey"), Literal("1"), graph)]
            replace_graph(revisions, graph, quads)
    done = aidtrace("publish", tmp_path / "release", "--store", tmp_path / "store")
    assert done.returncode == 0
    assert f"left out: {secret.value}, which says that it may not be passed on" in done.stderr
    manifest = Manifest.read(tmp_path / "release")
    assert dict(manifest.left_out) == {
        **dict.fromkeys((secret.value, zero.value, text.value), "says that it may not be passed on"),
        terms.value: "names terms that are not known to be open, and does not say that it may be passed on",
        silent.value: "says no licence",
    }
    stated = {one.graph: one.licences for one in manifest.graphs}
    assert (stated[free.value], stated[allowed.value]) == ((CC_BY.value,), ("https://example.org/terms",))
    assert verify(tmp_path / "release") == []
    expect_own_counts(tmp_path / "release")
    written = [one for _, one in files(tmp_path / "release").values()]
    held_bytes = [gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one for one in written]
    assert not any(b"unspeakable-word" in one for one in held_bytes)
    assert any(b"free-word" in one for one in held_bytes)


def test_a_private_graph_that_is_called_as_one_of_ours_is_left_out_too(project: Project) -> None:
    store, article = Store(), GRAPH("article")
    store.add(Quad(ID("event/x"), RDFS("label"), Literal("x"), article))
    store.add(Quad(article, AT("mayBeRedistributed"), FALSE, article))
    store.add(Quad(ID("event/x"), RDFS("label"), Literal("x")))
    found = content(project, store, "one", None, own_default=True)
    assert found.quads == ()
    assert found.left_out == {
        article.value: "says that it may not be passed on",
        "the default graph": "says no licence",
    }


# names of blank nodes


def linked(*names: str) -> list[Quad]:
    first, second = map(BlankNode, names)
    return [
        Quad(ID("x/a"), RDFS("seeAlso"), first, GRAPH("article")),
        Quad(first, RDFS("seeAlso"), second, GRAPH("article")),
        Quad(second, RDFS("label"), Literal("end"), GRAPH("article")),
    ]


def test_the_hash_does_not_hang_on_the_names_of_blank_nodes() -> None:
    assert digest(canonical(linked("one", "two"))) == digest(canonical(reversed(linked("b", "a"))))
    assert digest(canonical(linked("one", "two"))) != digest(canonical(linked("one", "one")))


def test_a_blank_node_keeps_its_steady_name_when_another_comes() -> None:
    before = steady(linked("one", "two"))
    other = Quad(ID("x/b"), RDFS("seeAlso"), BlankNode("0"), GRAPH("article"))
    assert set(before) < set(steady([other, *linked("b", "a")]))
    twins = steady(Quad(ID("x/b"), RDFS("seeAlso"), BlankNode(name)) for name in "abc")
    assert len(set(twins)) == 3


# checked


def change_a_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def link(path: Path) -> None:
    away = path.parent.parent / "away"
    path.rename(away)
    path.symlink_to(away)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


WRONG: list[tuple[str, Callable[[Path], object], str]] = [
    ("aidtrace.nq.gz", change_a_byte, "aidtrace.nq.gz: has the SHA-256"),
    ("aidtrace.nq.gz", truncate, "aidtrace.nq.gz: has"),
    ("aidtrace.db", change_a_byte, "aidtrace.db: has the SHA-256"),
    ("graphs/article.ttl", truncate, "graphs/article.ttl: has"),
    ("README.md", lambda path: path.unlink(), "README.md: is missing"),
    ("LICENSE", link, "LICENSE: is a link or a pipe"),
    ("LICENSE", pipe, "LICENSE: is a link or a pipe"),
    ("added.txt", lambda path: path.write_text("new"), "added.txt: is not in MANIFEST.json"),
    (".hidden", lambda path: path.write_text("new"), ".hidden: is not in MANIFEST.json"),
    ("SHA256SUMS", change_a_byte, "SHA256SUMS: lacks the line"),
    ("SHA256SUMS", lambda path: path.unlink(), "SHA256SUMS: is missing"),
    ("SHA256SUMS", link, "SHA256SUMS: is a link or a pipe"),
    ("SHA256SUMS", pipe, "SHA256SUMS: is a link or a pipe"),
    ("aidtrace.nq.gz", pipe, "aidtrace.nq.gz: is a link or a pipe"),
    ("a\nb\udcff", lambda path: path.write_text("new"), r"a\nb\udcff: is not in MANIFEST.json"),
    ("MANIFEST.json", link, "MANIFEST.json: is a link or a pipe"),
    ("MANIFEST.json", pipe, "MANIFEST.json: is a link or a pipe"),
    ("MANIFEST.json", lambda path: path.write_text("{"), "MANIFEST.json: is no JSON"),
    ("MANIFEST.json", lambda path: path.write_text("[" * 99999), "MANIFEST.json: is no JSON"),
    ("MANIFEST.json", lambda path: path.write_bytes(b"\xff"), "MANIFEST.json: is no JSON"),
    ("MANIFEST.json", lambda path: path.write_text("{}"), "MANIFEST.json: lacks or garbles 'dataset'"),
    ("MANIFEST.json", lambda path: path.unlink(), "MANIFEST.json: is missing"),
]


@pytest.mark.parametrize(("name", "spoil", "expected"), WRONG, ids=[f"{one[0]}-{one[2]}" for one in WRONG])
def test_a_fault_is_one_line_that_names_the_file(
    copy: Path, name: str, spoil: Callable[[Path], object], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from aidtrace.cli import main

    spoil(copy / name)
    assert main(["verify", str(copy)]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(expected)


def test_a_release_that_is_whole_is_said_to_be(release: Path, aidtrace: Run) -> None:
    done = aidtrace("verify", release)
    assert (done.returncode, done.stderr) == (0, "")
    assert "is whole: " in done.stdout
    assert aidtrace("verify", release / "nowhere").returncode == 2


def forge(root: Path, name: str, body: bytes) -> None:
    """Change a file, and whatever says what its checksum is."""
    (root / name).write_bytes(body)
    told = json.loads((root / "MANIFEST.json").read_text("utf-8"))
    for one in told["files"]:
        if one["path"] == name:
            one["size"], one["sha256"] = len(body), sha256(body).hexdigest()
    seal(root, told)


def seal(root: Path, told: Any) -> None:
    (root / "MANIFEST.json").write_text(json.dumps(told), "utf-8")
    sums = [f"{one['sha256']}  {one['path']}" for one in told["files"]]
    sums.append(f"{sha256((root / 'MANIFEST.json').read_bytes()).hexdigest()}  MANIFEST.json")
    (root / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8")


def test_a_forged_file_is_found_by_its_content(copy: Path) -> None:
    """Each has checksums that fit; what it says does not."""
    turtle = (copy / "graphs" / "article.ttl").read_bytes()
    forge(copy, "graphs/article.ttl", turtle.replace(b"3450000", b"3450001"))
    forge(copy, "graphs/sources.jsonld", b"[]")
    forge(copy, "graphs/shapes.ttl", b"this is no Turtle")
    assert [line.partition(";")[0].partition(" (")[0] for line in verify(copy)] == [
        "graphs/article.ttl: is not the graph https://w3id.org/aidtrace/graph/article of aidtrace.nq.gz",
        "graphs/shapes.ttl: does not parse",
        "graphs/sources.jsonld: is not the graph https://w3id.org/aidtrace/graph/sources of aidtrace.nq.gz",
    ]


def test_forged_quads_are_found_by_the_canonical_hash(copy: Path) -> None:
    quads = gzip.decompress((copy / "aidtrace.nq.gz").read_bytes())
    forge(copy, "aidtrace.nq.gz", gzip.compress(quads.replace(b'"3450000"', b'"3450001"')))
    faults = verify(copy)
    assert faults[0].startswith("aidtrace.nq.gz: has the canonical hash ")
    forge(copy, "aidtrace.nq.gz", gzip.compress(quads)[:-9])
    assert [line.partition(" (")[0] for line in verify(copy)] == ["aidtrace.nq.gz: does not unpack"]
    forge(copy, "aidtrace.nq.gz", gzip.compress(b"no quads"))
    [line] = verify(copy)
    assert line.startswith("aidtrace.nq.gz: line 1: ")


def test_a_manifest_that_leads_out_of_the_folder_is_refused(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    told["files"][0]["path"] = "../secret"
    seal(copy, told)
    assert verify(copy) == ["MANIFEST.json: lacks or garbles the path '../secret'; expected the manifest of a release"]


@pytest.mark.parametrize(
    ("told", "spoil"),
    [
        ("the count inf", lambda told: told["dataset"].update(quads=float("inf"))),
        ("the count -1", lambda told: told["graphs"][0].update(triples=-1)),
        ("the count True", lambda told: told["files"][0].update(size=True)),
        (r"the path 'a\nb'", lambda told: told["files"][0].update(path="a\nb")),
        ("the path 'LICENSE', which it lists twice", lambda told: told["files"][0].update(path="LICENSE")),
    ],
)
def test_a_manifest_that_garbles_something_is_refused_in_a_line(
    copy: Path, told: str, spoil: Callable[[Any], None]
) -> None:
    manifest = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    spoil(manifest)
    seal(copy, manifest)
    (copy / "MANIFEST.json").write_text((copy / "MANIFEST.json").read_text("utf-8").replace("Infinity", "1e999"))
    assert verify(copy) == [f"MANIFEST.json: lacks or garbles {told}; expected the manifest of a release"]


def test_quads_are_unpacked_no_further_than_the_manifest_says(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    whole = gzip.decompress((copy / "aidtrace.nq.gz").read_bytes())
    count = told["dataset"]["quads"]
    forge(copy, "aidtrace.nq.gz", gzip.compress(whole + b"<urn:a> <urn:b> <urn:c> <urn:d> .\n" + b"no quad\n"))
    assert verify(copy) == [f"aidtrace.nq.gz: holds more than {count} quads, which MANIFEST.json says"]
    bomb = gzip.compress(whole + b"\n" * (1 << 29))
    forge(copy, "aidtrace.nq.gz", bomb)
    room = (1 << 20) + 100 * len(bomb)
    assert verify(copy) == [f"aidtrace.nq.gz: holds more than {room} bytes; expected less of such a file"]


def test_the_bound_of_what_is_read_is_not_the_manifests(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    told["dataset"]["quads"] = 10**9
    seal(copy, told)
    assert verify(copy) == ["MANIFEST.json: counts 1000000000 quads; expected no more than 2000000"]


def test_more_blank_nodes_than_can_be_named_are_said(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    many = "".join(f"_:b{number} <urn:b> <urn:c> <urn:d> .\n" for number in range(32769))
    forge(copy, "aidtrace.nq.gz", gzip.compress(many.encode()))
    assert told["dataset"]["quads"] > 32769
    [fault] = verify(copy)
    assert fault.startswith("aidtrace.nq.gz: more than 32768 quads have blank nodes")


def clique(size: int) -> str:
    """Blank nodes each of which points to all others: nothing tells them apart but trying every order."""
    pairs = ((one, other) for one in range(size) for other in range(size) if one != other)
    return "".join(f"_:n{one} <urn:p> _:n{other} <urn:d> .\n" for one, other in pairs)


def test_blank_nodes_that_cannot_be_named_in_time_are_said_beside_the_other_faults(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blanknodes, "SECONDS", 1)
    forge(copy, "aidtrace.nq.gz", gzip.compress(clique(12).encode()))
    (copy / "LICENSE").unlink()
    said = "its blank nodes cannot be named by RDFC-1.0 in 1 s and 1024 MiB; expected fewer that look alike"
    assert verify(copy) == ["LICENSE: is missing", f"aidtrace.nq.gz: {said}"]
    with pytest.raises(InputError, match="cannot be named"):
        steady(parse(clique(12).encode(), format=RdfFormat.N_QUADS))


def test_who_compares_blank_nodes_that_cannot_be_named_can_be_stopped(tmp_path: Path) -> None:
    """Nothing is left behind: the process that names them goes with the one that waits."""
    (tmp_path / "clique.nq").write_text(clique(12))
    command = [sys.executable, "-m", "aidtrace", "diff", *(str(tmp_path / "clique.nq"),) * 2]
    process = subprocess.Popen(command, cwd=ROOT)
    own = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        deadline = time.monotonic() + 60
        while not (children := own.read_text().split()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert children
        process.terminate()
        assert process.wait(timeout=10) == -15
    finally:
        process.kill()
        process.wait()
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_header_of_the_packed_quads_is_the_same_with_each_python(release: Path) -> None:
    """RFC 1952: no name, no time, the best compression, and no system that it was made on."""
    assert (release / "aidtrace.nq.gz").read_bytes()[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])


def test_a_manifest_that_does_not_list_the_data_is_no_good(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    told["files"] = [one for one in told["files"] if one["path"] != "graphs/article.ttl"]
    seal(copy, told)
    assert verify(copy) == [
        "MANIFEST.json: does not list graphs/article.ttl",
        "graphs/article.ttl: is not in MANIFEST.json",
        "ro-crate-metadata.json: lists graphs/article.ttl, unlike MANIFEST.json",
    ]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda told: told.update(name="evil"), "the name 'evil', for which it has 'aidtrace'"),
        (lambda told: told["dataset"].update(file="LICENSE"), "the file 'LICENSE', for which it has 'aidtrace.nq.gz'"),
        (
            lambda told: told["dataset"].update(canonicalization="MD5"),
            "the canonicalization 'MD5', for which it has 'RDFC-1.0'",
        ),
        (lambda told: told.update(date="yesterday"), "Invalid isoformat string: 'yesterday'"),
    ],
)
def test_a_manifest_of_something_else_is_refused(copy: Path, spoil: Callable[[Any], None], told: str) -> None:
    manifest = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    spoil(manifest)
    seal(copy, manifest)
    assert verify(copy) == [f"MANIFEST.json: lacks or garbles {told}; expected the manifest of a release"]


def test_a_release_without_what_lies_beside_the_data_is_not_whole(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    gone = {path for path in files(copy) if "/" not in path} - {"MANIFEST.json", "SHA256SUMS", "aidtrace.nq.gz"}
    for path in gone:
        (copy / path).unlink()
    told["files"] = [one for one in told["files"] if one["path"] not in gone]
    seal(copy, told)
    assert verify(copy) == [f"MANIFEST.json: does not list {path}" for path in sorted(gone)]


def test_a_table_that_is_gone_is_missed_by_the_crate(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    (copy / "tables" / "events.parquet").unlink()
    told["files"] = [one for one in told["files"] if one["path"] != "tables/events.parquet"]
    seal(copy, told)
    assert verify(copy) == ["ro-crate-metadata.json: lists tables/events.parquet, unlike MANIFEST.json"]


def test_another_licence_version_or_day_than_the_rest_says_is_found(copy: Path) -> None:
    told = json.loads((copy / "MANIFEST.json").read_text("utf-8"))
    version, day = told["version"], told["date"]
    told |= {"version": "9.9.9", "date": "1999-01-01"}
    told["graphs"][0]["licences"] = ["https://creativecommons.org/publicdomain/zero/1.0/"]
    seal(copy, told)
    assert verify(copy) == [
        "CITATION.cff: lacks the line 'version: \"9.9.9\"', which MANIFEST.json tells",
        "CITATION.cff: lacks the line 'date-released: 1999-01-01', which MANIFEST.json tells",
        f"ro-crate-metadata.json: says the version '{version}'; expected '9.9.9', as MANIFEST.json does",
        f"ro-crate-metadata.json: says the datePublished '{day}'; expected '1999-01-01', as MANIFEST.json does",
        "MANIFEST.json: gives https://w3id.org/aidtrace/graph/article the licences "
        f"['https://creativecommons.org/publicdomain/zero/1.0/']; expected ['{CC_BY.value}']",
    ]


# what the page about releases shows


def shown(language: str) -> str:
    text = (ROOT / "docs" / "publishing.md").read_text("utf-8")
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(block)


def test_the_sql_of_the_docs_finds_the_parties(release: Path) -> None:
    with sqlite3.connect(f"file:{release / 'aidtrace.db'}?mode=ro", uri=True) as database:
        rows = database.execute(shown("sql")).fetchall()
    assert [party for label, party in rows if label.startswith("Shusha")] == ["Azerbaijan", "Türkiye"]


def test_the_python_of_the_docs_prints_the_amounts(release: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", shown("python")], cwd=release.parent, capture_output=True, text=True, check=True
    )
    assert re.search(r"flow/1999-military-financial-aid\s+1999-07\s+3450000", done.stdout)

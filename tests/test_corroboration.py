"""Corroboration: what real data sets say of the article's facts is what was worked out by hand."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from pyoxigraph import Literal, Quad, Store, Triple
from servers import running

from aidtrace.corroboration import Corroboration, corroborate, formats, read_material
from aidtrace.importers import begin, find, quads
from aidtrace.namespaces import AT, DCTERMS, RDF
from aidtrace.store import read_store
from aidtrace.validation import Ground, check

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from aidtrace.project import Project

SHARED = ROOT.parent / "shared" / "datasets"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the data sets are not beside this checkout (../shared/datasets)")
FILES = {
    "atop-alliance": "atop/atop5_1a.csv.gz",
    "cow-interstate": "cow/Inter-StateWarData_v4.0.csv",
    "cow-intrastate": "cow/INTRA-STATE_WARS_v5.1.csv.gz",
    "dcad": "dcad/DCAD-v1.0-main.csv.gz",
    "sipri-deliveries": "sipri/sipri_deliveries_extract_2026-02-12.csv.gz",
    "sipri-register": "sipri/sipri_register_extract_2026-05-18.csv.gz",
    "ucdp-acd": "ucdp/ucdp-prio-acd-251.csv.gz",
    "ucdp-dyadic": "ucdp/ucdp-dyadic-251.csv.gz",
    "ucdp-esd": "ucdp/ucdp-esd-ay-181.xlsx",
    "ucdp-termination": "ucdp/ucdp-term-acd-3-2021.xlsx",
    "ucdp-termination-dyads": "ucdp/ucdp-term-dyad-3-2021.xlsx",
}
WHERE = {"ucdp-esd": {"conflict_id": ["388", "389", "390"]}}
"""What is kept of a large table; all of what concerns the article's states is."""


def imported(project: Project, store: Store, name: str) -> None:
    store.extend(quads(begin(find(project, name.removesuffix("-dyads")), SHARED / FILES[name]), WHERE.get(name, {})))


@pytest.fixture(scope="module")
def found(project: Project) -> Corroboration:
    """The article beside the real data sets."""
    store = read_store(project)
    for name in FILES:
        imported(project, store, name)
    return corroborate(read_material(project, store))


def by_hand() -> list[tuple[str, str, str, str]]:
    with (ROOT / "tests" / "corroborated.csv").open(encoding="utf-8", newline="") as file:
        return [(row["fact"], row["kind"], row["data set"], row["outcome"]) for row in csv.DictReader(file)]


@real
@pytest.mark.parametrize(("fact", "kind", "data_set", "outcome"), by_hand())
def test_a_cell_is_what_was_worked_out_by_hand(
    found: Corroboration, fact: str, kind: str, data_set: str, outcome: str
) -> None:
    [cell] = [
        one
        for one in found.cells
        if one.fact and (one.fact.thing, one.kind, one.data_set.name) == (fact, kind, data_set)
    ]
    assert cell.outcome == outcome, cell.how


@real
def test_every_fact_has_one_cell_for_each_data_set_and_kind(found: Corroboration) -> None:
    pairs = Counter((one.fact.thing, one.kind, one.data_set.name) for one in found.cells if one.fact)
    assert set(pairs.values()) == {1}
    assert len({data_set for _, _, data_set in pairs}) == len(FILES)
    assert len(pairs) == len(FILES) * len({(fact, kind) for fact, kind, _ in pairs})


@real
def test_what_the_data_alone_tell_is_told_of_the_states_and_wars_of_the_article_only(found: Corroboration) -> None:
    told = {(one.data_set.name, one.how) for one in found.only_coded}
    assert ("atop-alliance", "ATOP 4550 of 1994-02-09: defence") in told
    assert ("dcad", "DCADv1.0-1536 of 2010-11: RESEARCH, confidence low") in told
    assert ("ucdp-esd", "weapons: 1992 to 1994, 2010 to 2017") in told
    assert ("ucdp-esd", "perhaps training: 1992 to 1993") in told
    assert ("ucdp-acd", "UCDP conflict 388: 1991 to 1994, 1997 to 1998, 2005, 2008, 2012, 2014 to 2017") in told
    drone = "12 Bayraktar TB-2 (armed drone), ordered 2020, delivered 2020; volume index 28.8"
    assert ("sipri-register", drone) in told
    sellers = {(one.one, one.other) for one in found.only_coded if one.kind == "transfer"}
    assert sellers == {("actor/turkiye", "actor/azerbaijan")}


@real
def test_the_triples_keep_the_shapes_and_name_both_sides(found: Corroboration, project: Project) -> None:
    made = list(formats.triples(found))
    names = {triple.subject for triple in made}
    assert len(names) == len(found.cells) + len(found.only_coded)
    ground = Ground(project)
    codings = {triple.object for triple in made if triple.predicate == AT("comparedCoding")}
    known = [Triple(one, RDF("type"), AT("Coding")) for one in codings]  # type: ignore[arg-type]
    quads_ = [Quad(*triple) for triple in (*made, *known)]
    found_ = [one for one in check([*quads_, *ground.ontology], ground.shapes).findings if "Corroboration" in str(one)]
    assert found_ == []
    with_passage = {t.subject for t in made if t.predicate == DCTERMS("source") and "/id/passage/" in str(t.object)}
    of_facts = {triple.subject for triple in made if triple.predicate == AT("about")}
    assert of_facts == with_passage
    with_release = {t.subject for t in made if t.predicate == DCTERMS("source") and "data-set-release" in str(t.object)}
    assert with_release == names


@real
def test_the_passages_that_are_named_are_there(found: Corroboration, project: Project) -> None:
    store = read_store(project)
    for cell in found.cells:
        for paragraph in cell.paragraphs:
            assert any(store.quads_for_pattern(formats.passage(paragraph), AT("paragraph"), Literal(paragraph)))


def test_the_command_says_what_is_missing(aidtrace: Run, tmp_path: Path) -> None:
    nothing = aidtrace("corroborate", "--store", str(tmp_path))
    assert (nothing.returncode, nothing.stdout, nothing.stderr.count("\n")) == (2, "", 1)
    assert "no store" in nothing.stderr
    sample = ROOT / "tests" / "importers"
    place = str(tmp_path / "store")
    assert aidtrace("import", "cow-nmc", str(sample / "cow-nmc" / "sample.csv"), "--store", place).returncode == 0
    done = aidtrace("corroborate", "--store", place, "--format", "csv")
    assert done.returncode == 0
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert {row["outcome"] for row in rows} == {"not covered"}
    for given, told in (
        (("--data-set", "ucdp-acd"), "no imported data set is called 'ucdp-acd'"),
        (("flow/none",), "no fact that data sets could speak of is called 'flow/none'"),
    ):
        failed = aidtrace("corroborate", "--store", place, *given)
        assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1)
        assert told in failed.stderr


def test_the_server_says_the_same_as_the_command(aidtrace: Run, cache: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "store")
    file = str(ROOT / "tests" / "importers" / "cow-nmc" / "sample.csv")
    assert aidtrace("import", "cow-nmc", file, "--store", place).returncode == 0
    shown = {form: aidtrace("corroborate", "--store", place, "--format", form).stdout for form in ("csv", "json")}
    with running(cache, "--store", place) as server:
        for form, told in shown.items():
            answer = server.get(f"/corroboration?format={form}")
            assert (answer.status, answer.body.decode().splitlines()) == (200, told.splitlines())
        assert b"at:standing k:data-not-covering" in server.get("/corroboration", "text/turtle").body
        page = server.get("/corroboration", "text/html").body.decode()
        assert "COW National Material Capabilities" in page
        assert server.get("/corroboration?fact=flow/none").status == 404
        assert server.get("/corroboration?colour=red").status == 400
        one = server.get("/corroboration?fact=flow/2010-arms-sales&data-set=cow-nmc&format=csv").body.decode()
        assert one.count("flow/2010-arms-sales") == 1


def test_a_server_without_imported_data_says_so(cache: Path) -> None:
    with running(cache) as server:
        answer = server.get("/corroboration?format=json")
        assert (answer.status, json.loads(answer.body)) == (200, {"dataSets": [], "cells": [], "onlyCoded": []})
        assert "No data set is imported here" in server.get("/corroboration", "text/html").body.decode()

"""The crosswalk: from one name of a thing to all others, with the traps that data sets set."""

import csv
import io
from pathlib import Path

import pytest
from conftest import ROOT, Run
from pyoxigraph import RdfFormat, Store, parse
from servers import Server

from aidtrace.crosswalk import Crosswalk, crosswalk, from_sssom, queries, to_sssom
from aidtrace.errors import InputError, UnknownNameError
from aidtrace.namespaces import AT, GRAPH, OWL
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.tracing.report import rows

SHARED = ROOT.parent / "shared" / "datasets" / "crosswalk.csv"


@pytest.fixture(scope="module")
def whole(project: Project, memory: Store) -> Crosswalk:
    asked = queries(project)
    return crosswalk(rows(memory, asked["matches"]), rows(memory, asked["ties"]))


def named(whole: Crosswalk, start: str, on: str | None = None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in whole.of(start, on):
        found.setdefault(one.scheme, set()).add(one.value)
    return found


def test_a_state_has_its_codes_and_its_government_has_the_actor_number(whole: Crosswalk) -> None:
    found = named(whole, "cow:640")
    assert found["gleditsch-ward"] == found["cow"] == {"640"}
    assert found["iso-3166-1-alpha-3"] == {"TUR"}
    assert found["ucdp-actor"] == {"115"}
    [actor] = [one for one in whole.of("cow:640") if one.scheme == "ucdp-actor"]
    assert (actor.thing, actor.via) == ("actor/government-of-turkiye", "its government")
    assert named(whole, "ucdp-actor:115") == found
    assert named(whole, "actor/turkiye") == named(whole, "COW:640") == found


def test_the_soviet_union_is_not_russia_though_one_number_stands_for_both(whole: Crosswalk) -> None:
    found = {one.thing: one.match for one in whole.of("cow:365") if one.scheme == "cow" and one.value == "365"}
    assert found == {"actor/russia": "exactMatch", "actor/ussr": "narrowMatch"}


def test_germany_has_two_numbers(whole: Crosswalk) -> None:
    found = named(whole, "actor/germany")
    assert (found["cow"], found["gleditsch-ward"]) == ({"255"}, {"260"})


def test_artsakh_is_only_related_and_has_no_iso_code(whole: Crosswalk) -> None:
    found = whole.of("ucdp-actor:338")
    assert {one.match for one in found} == {"relatedMatch"}
    assert not [one for one in found if one.scheme.startswith("iso")]


def test_a_number_that_came_later_does_not_hold_before(whole: Crosswalk) -> None:
    assert "373" in named(whole, "actor/azerbaijan", "2020-09-27")["cow"]
    assert "cow" not in named(whole, "actor/azerbaijan", "1985")
    assert "373" in named(whole, "actor/azerbaijan", "1991")["cow"]  # it may hold on some day of the year
    with pytest.raises(InputError):
        whole.of("cow:640", "yesterday")


def test_what_is_not_known_is_told_with_what_is(whole: Crosswalk) -> None:
    with pytest.raises(UnknownNameError, match=r"no scheme is called 'cov'; expected .*cow"):
        whole.of("cov:640")
    with pytest.raises(InputError, match=r"cow has no '64' here; expected .*640"):
        whole.of("cow:64")
    with pytest.raises(UnknownNameError, match="actor/turkiye"):
        whole.of("actor/turkey")


def test_no_link_of_the_graph_is_owl_same_as(memory: Store) -> None:
    assert not any(memory.quads_for_pattern(None, OWL("sameAs"), None, None))


@pytest.mark.skipif(not SHARED.is_file(), reason="crosswalk.csv is not beside this checkout (../shared/datasets)")
def test_each_verified_code_of_our_states_is_there(whole: Crosswalk) -> None:
    schemes = {
        "COW ccode": "cow",
        "Gleditsch-Ward code": "gleditsch-ward",
        "ISO 3166-1 alpha-2": "iso-3166-1-alpha-2",
        "ISO 3166-1 alpha-3": "iso-3166-1-alpha-3",
    }
    ours = {(one.label, one.scheme): one.value for one in whole.matches if one.match == "exactMatch"}
    states = {label for label, _ in ours} - {"Soviet Union"}  # whose numbers are those of a wider thing
    with SHARED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["scheme"] in schemes and row["entity"] in states]
    verified = [row for row in rows if row["id"].strip() and row["verified_where"].startswith("verified")]
    assert len(verified) > 20
    for row in verified:
        assert ours[row["entity"], schemes[row["scheme"]]] == row["id"].strip(), row


def test_a_table_that_goes_out_comes_in_as_the_same(whole: Crosswalk, project: Project) -> None:
    triples = set(from_sssom(to_sssom(whole.matches), "c.tsv", whole.schemes))
    kept = {"identifierValue", "identifies", "release", "scheme", "validFrom", "validTo", "verifiedIn", "label"}
    identifiers = {quad.subject for path in project.crosswalk_files for quad in read_quads(path)
                   if quad.object == AT("Identifier")}  # fmt: skip
    written = {
        quad.triple
        for path in project.crosswalk_files
        for quad in read_quads(path)
        if quad.subject in identifiers
        and (quad.predicate.value.rpartition("#")[2] in kept or quad.predicate.value.endswith("Match"))
    }
    assert {one for one in triples if one.object != AT("Identifier")} == written


def row(**other: str) -> str:
    cells = {
        "subject_id": "aidtrace:actor/x", "predicate_id": "skos:exactMatch", "object_id": "aidtrace:identifier/cow-9",
        "other": "value=9", **other,
    }  # fmt: skip
    return "#a: b\n" + "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("predicate_id", "owl:sameAs", r"t\.tsv:3: predicate_id 'owl:sameAs'; expected skos:exactMatch"),
        ("subject_id", "wikidata:Q1", r"t\.tsv:3: subject_id 'wikidata:Q1'; expected aidtrace:KIND/NAME"),
        ("object_id", "aidtrace:identifier/own-9", "of a scheme that is known"),
        ("object_id", "aidtrace:actor/x", "of a scheme that is known"),
        ("other", "", "expected value="),
        ("other", "value=9|validFrom=then", r"t\.tsv:3: other: "),
    ],
)
def test_a_row_that_is_none_of_ours_stops_the_table(column: str, value: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        list(from_sssom(row(**{column: value}), "t.tsv", ["cow"]))


def test_a_text_that_is_no_table_says_which_columns_it_lacks() -> None:
    with pytest.raises(InputError, match=r"t\.tsv:1: no column subject_id, predicate_id, object_id, other"):
        list(from_sssom("a,b\n1,2\n", "t.tsv", ["cow"]))


def test_the_command_shows_writes_and_reads(aidtrace: Run, tmp_path: Path) -> None:
    shown = aidtrace("crosswalk", "ucdp-actor:115", "--on", "2020-09-27")
    assert shown.returncode == 0
    assert "its state" in shown.stdout
    table = list(csv.DictReader(io.StringIO(aidtrace("crosswalk", "cow:640", "--format", "csv").stdout)))
    assert {"value": "640", "thing": "actor/turkiye", "match": "exactMatch"}.items() <= next(
        one for one in table if one["scheme"] == "cow"
    ).items()
    (tmp_path / "c.tsv").write_text(aidtrace("crosswalk", "--format", "sssom").stdout, encoding="utf-8")
    read = aidtrace("crosswalk", "--read", str(tmp_path / "c.tsv"))
    assert len({quad.subject for quad in parse(read.stdout, format=RdfFormat.TURTLE)}) > 100
    for wrong in (("--read", "c.tsv", "--on", "2020"), ("cov:1",), ("cow:640", "--on", "x")):
        done = aidtrace("crosswalk", *wrong)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_endpoint_answers_as_the_command_does(server: Server, aidtrace: Run) -> None:
    path = "/crosswalk?from=ucdp-actor:115&on=2020-09-27"
    found = server.get(path, "application/json")
    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    shown = aidtrace("crosswalk", "ucdp-actor:115", "--on", "2020-09-27", "--format", "csv").stdout
    assert found.content == list(csv.DictReader(io.StringIO(shown)))
    assert server.get(path, If_None_Match=found.headers["etag"]).status == 304
    assert server.get("/crosswalk", "text/csv").body.count(b"\r\n") > 100
    assert server.get("/crosswalk?format=tsv").body.startswith(b"#mapping_set_id")
    for address, status in (
        ("?from=cov:1", 404),
        ("?from=cow:9", 400),
        ("?on=x", 400),
        ("?form=1", 400),
        ("?format=xml", 406),
    ):
        assert server.get(f"/crosswalk{address}").status == status, address
    assert GRAPH("crosswalk").value.encode() in server.get("/crosswalk?format=tsv").body

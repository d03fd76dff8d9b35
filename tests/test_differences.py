"""What changed between two releases: in words, as an RDF patch, as a feed; the expected words are worked by hand."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from aidtrace.cli import main
from aidtrace.metadata import CATALOG
from aidtrace.namespaces import AT, EDTF, GRAPH, ID, RDF, RDFS, XSD
from aidtrace.persistent import held, replace_graph
from aidtrace.publishing import differing, reading
from aidtrace.publishing.canonical import canonical, digest, steady
from aidtrace.publishing.sides import read_sides

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Run

    from aidtrace.project import Project

BEFORE = """
@prefix at: <https://w3id.org/aidtrace/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> . @prefix i: <https://w3id.org/aidtrace/id/> .
@prefix g: <https://w3id.org/aidtrace/graph/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
g:article {
    <https://w3id.org/aidtrace/id/agreement/tea> a at:Agreement ; rdfs:label "Tea Treaty"@en ;
        at:onDate "2010/.."^^edtf:EDTF .
    <https://w3id.org/aidtrace/id/flow/tea> a at:FinancialAid ; rdfs:label "Money for tea"@en ; at:amount 100.0 .
    <https://w3id.org/aidtrace/id/event/spill> a at:Event ; rdfs:label "The spill"@en .
}
g:sources {
    <https://w3id.org/aidtrace/id/citation/one> a at:Citation ; at:asPrinted "Brewer (1999)" .
    <https://w3id.org/aidtrace/id/source/brewer> a at:Source ; rdfs:label "Brewer, On leaves"@en .
}
g:inferred { <https://w3id.org/aidtrace/id/agreement/tea> at:dateKind "signed" . }
g:catalog { <https://w3id.org/aidtrace/counted> at:amount 1.0 . }
"""
AFTER = (
    BEFORE.replace("2010/..", "2010/2020-12-31")
    .replace("100.0", "120.5")
    .replace('<https://w3id.org/aidtrace/id/event/spill> a at:Event ; rdfs:label "The spill"@en .', "")
    .replace('"Brewer (1999)"', '"Brewer (1999)" ; at:resolvesTo <https://w3id.org/aidtrace/id/source/brewer>')
    .replace('"signed"', '"adopted"')
    .replace("at:amount 1.0", "at:amount 2.0")
    .replace(
        "g:sources {",
        'g:sources { <https://w3id.org/aidtrace/id/actor/pot> a at:Organisation ; rdfs:label "The Pot"@en .',
    )
)
WORDS = """\
From before.trig to after.trig: 1 new, 1 gone, 3 changed; triples: 7 came, 6 went.
Agreement “Tea Treaty” got an end date: 2020-12-31 [agreement/tea]
Agreement “Tea Treaty”: date kind changed from signed to adopted (computed) [agreement/tea]
Citation “Brewer (1999)” was resolved to “Brewer, On leaves” [citation/one]
Gone: Event “The spill” [event/spill]
Financial aid “Money for tea”: amount changed from 100.0 to 120.5 [flow/tea]
New: Organisation “The Pot” [actor/pot]
"""


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "before.trig").write_text(BEFORE, "utf-8")
    (tmp_path / "after.trig").write_text(AFTER, "utf-8")
    return tmp_path / "before.trig", tmp_path / "after.trig"


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def tell(*arguments: Any) -> str:
        assert main(["diff", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return tell


def test_changes_are_told_in_the_words_of_the_ontology(sides: tuple[Path, Path], told: Callable[..., str]) -> None:
    assert told(*sides) == WORDS


def test_nothing_is_told_where_nothing_changed(sides: tuple[Path, Path], told: Callable[..., str]) -> None:
    before, _ = sides
    shuffled = before.with_suffix(".nq")
    quads = list(parse(before.read_bytes(), format=RdfFormat.TRIG))
    shuffled.write_bytes(b"".join(f"{quad} .\n".encode() for quad in reversed(quads)))
    packed = before.with_suffix(".nq.gz")
    packed.write_bytes(gzip.compress(shuffled.read_bytes()))
    assert told(before, packed).splitlines() == [
        "From before.trig to before.nq.gz: 0 new, 0 gone, 0 changed; triples: 0 came, 0 went."
    ]
    assert told(before, shuffled, "--format", "patch").count("\nD ") == 0


def test_a_program_reads_the_same(sides: tuple[Path, Path], told: Callable[..., str]) -> None:
    things = {one["thing"]: one for one in json.loads(told(*sides, "--format", "json"))["things"]}
    assert {one["what"] for one in things.values()} == {"new", "gone", "changed"}
    [amount] = things[ID("flow/tea").value]["changes"]
    decimal = XSD("decimal").value
    assert amount["before"] == [{"type": "literal", "value": "100.0", "datatype": decimal}]
    assert amount["after"] == [{"type": "literal", "value": "120.5", "datatype": decimal}]
    assert amount["label"] == "amount"
    [resolved] = things[ID("citation/one").value]["changes"]
    assert resolved["after"] == [{"type": "iri", "value": ID("source/brewer").value, "label": "Brewer, On leaves"}]
    date, kind = things[ID("agreement/tea").value]["changes"]
    assert (date["computed"], kind["computed"]) == (False, True)


def test_more_than_can_be_held_is_not_compared(
    tmp_path: Path, sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.nq.gz"
    bomb.write_bytes(gzip.compress(b"\n" * (1 << 24)))
    room = (1 << 20) + 100 * bomb.stat().st_size
    assert main(["diff", str(sides[0]), str(bomb)]) == 2
    expected = f"aidtrace: {bomb}: holds more than {room} bytes; expected less of such a file\n"
    assert capsys.readouterr().err == expected
    monkeypatch.setattr(reading, "MOST", 3)
    assert main(["diff", *map(str, sides)]) == 2
    assert capsys.readouterr().err == f"aidtrace: {sides[0]}: holds more than 3 quads; expected fewer, to be compared\n"


# the patch

PATCH = re.compile(r"H id <urn:uuid:[0-9a-f-]{36}> \.\nTX \.\n((?:[DA] .* \.\n)*)TC \.\n")


def patched(text: str, quads: list[Quad]) -> set[Quad]:
    """Apply a patch as RDF Patch says: row by row, D takes a quad away that is there, A adds one that is not."""
    found = set(quads)
    rows = PATCH.fullmatch(text)
    assert rows, text[:200]
    for row in rows[1].split("\n")[:-1]:
        [quad] = parse(row[2:], format=RdfFormat.N_QUADS)
        assert (quad in found) == (row[0] == "D")
        (found.remove if row[0] == "D" else found.add)(quad)
    return found


def test_a_patch_makes_the_one_of_the_other(sides: tuple[Path, Path], told: Callable[..., str]) -> None:
    before, after = (list(parse(path.read_bytes(), format=RdfFormat.TRIG)) for path in sides)
    assert patched(told(*sides, "--format", "patch"), before) == set(after)
    back = told(*reversed(sides), "--format", "patch")
    assert patched(back, after) == set(before)


def test_a_patch_keeps_each_literal_in_its_row(tmp_path: Path, told: Callable[..., str]) -> None:
    ends = "\u2028 \u2029 \u0085 \u000b \u000c \u001c \u001e \r \n"
    before, after = ([Quad(ID("x/a"), RDFS("label"), Literal(f"{n} {ends} {n}"))] for n in ("one", "two"))
    paths = tmp_path / "a.nq", tmp_path / "b.nq"
    for path, quads in zip(paths, (before, after), strict=True):
        serialize(quads, path, format=RdfFormat.N_QUADS)
    assert patched(told(*paths, "--format", "patch"), before) == set(after)


def test_a_patch_leaves_blank_nodes_alone_that_did_not_change(tmp_path: Path, told: Callable[..., str]) -> None:
    shape = "<urn:s{0}> <urn:property> [ <urn:path> <urn:p{0}> ; <urn:count> {1} ] ."
    first, second = tmp_path / "a.ttl", tmp_path / "b.ttl"
    first.write_text("\n".join(shape.format(number, 1) for number in range(20)))
    second.write_text("\n".join(shape.format(number, 2 if number == 7 else 1) for number in reversed(range(20))))
    patch = told(first, second, "--format", "patch")
    assert (patch.count("\nD "), patch.count("\nA ")) == (3, 3)
    before, after = (steady(parse(path.read_bytes(), format=RdfFormat.TURTLE)) for path in (first, second))
    assert digest(canonical(patched(patch, before))) == digest(canonical(after))
    _, line = told(first, second).splitlines()
    assert line == "urn:s7: urn:count changed from 1 to 2 [urn:s7]"


# the feed

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_the_feed_keeps_the_rules_of_atom(
    sides: tuple[Path, Path], told: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 4287: a feed and each entry have one id, title and updated; who has no author takes the feed's."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    hashed: list[int] = []
    monkeypatch.setattr(differing, "digest", lambda quads: [hashed.append(1), digest(quads)][1])  # type: ignore[func-returns-value]
    text = told(*sides, "--format", "atom")
    assert len(hashed) == 2, "each side is hashed once, however many entries there are"
    assert text.startswith("<?xml version='1.0' encoding='utf-8'?>")
    feed = ElementTree.fromstring(text)
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed"
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            [found] = one.findall(ATOM + name)
            assert found.text
        assert DAY.fullmatch(one.findtext(f"{ATOM}updated") or "")
    assert feed.findtext(f"{ATOM}updated") == "2023-11-14T00:00:00Z"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "aidtrace"
    assert all(link.get("href") for link in feed.iter(f"{ATOM}link"))
    assert all(entry.find(f"{ATOM}link[@rel='alternate']") is not None for entry in entries)
    assert len({one.findtext(f"{ATOM}id") for one in (feed, *entries)}) == len(entries) + 1 == 6
    said = [(entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}content")) for entry in entries]
    assert ("Citation “Brewer (1999)”", "Citation “Brewer (1999)” was resolved to “Brewer, On leaves”") in said
    assert told(*sides, "--format", "atom") == text


def test_the_feed_survives_what_xml_cannot_say(tmp_path: Path, told: Callable[..., str]) -> None:
    (tmp_path / "a.nt").write_text("")
    (tmp_path / "b.nt").write_text(f'{ID("event/x")} {RDFS("label")} "bell\\u0007 <b>&amp;"@en .\n')
    feed = ElementTree.fromstring(told(tmp_path / "a.nt", tmp_path / "b.nt", "--format", "atom"))
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "“bell\ufffd <b>&amp;”"


# dates

DATES = [
    ("2010/..", "2010/2012", "Event “X” got an end date: 2012"),
    ("2010/2012", "2010/..", "Event “X” no longer has its end date, 2012"),
    ("2010/2012", "2010/2013", "Event “X”: the end changed from 2012 to 2013"),
    ("../2012", "2010/2012", "Event “X” got a beginning: 2010"),
    ("2010/2012", "2011/2013", "Event “X”: on date changed from 2010/2012 to 2011/2013"),
    ("2010", "2010/2013", "Event “X”: on date changed from 2010 to 2010/2013"),
    ("", "2010", "Event “X”: now on date 2010"),
    ("2010", "", "Event “X”: no longer on date 2010"),
    ("2010/..", "2010/", "Event “X”: on date changed from 2010/.. to 2010/"),
    ("/2012", "../2012", "Event “X”: on date changed from /2012 to ../2012"),
]


@pytest.mark.parametrize(("before", "after", "expected"), DATES)
def test_of_an_interval_the_end_is_told_that_changed(
    before: str, after: str, expected: str, tmp_path: Path, told: Callable[..., str]
) -> None:
    for name, date in (("a.nq", before), ("b.nq", after)):
        quads = [Quad(ID("event/x"), RDF("type"), AT("Event")), Quad(ID("event/x"), RDFS("label"), Literal("X"))]
        quads += [Quad(ID("event/x"), AT("onDate"), Literal(date, datatype=EDTF("EDTF")))] * bool(date)
        (tmp_path / name).write_text("".join(f"{quad} .\n" for quad in quads))
    assert told(tmp_path / "a.nq", tmp_path / "b.nq").splitlines()[1:] == [f"{expected} [event/x]"]


def change(tmp_path: Path, before: str, after: str) -> tuple[Path, Path]:
    """Write two files of Turtle that say this of an event."""
    head = (
        "@prefix at: <https://w3id.org/aidtrace/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    )
    head += "@prefix edtf: <http://id.loc.gov/datatypes/edtf/> . @prefix x: <urn:x:> .\n"
    for name, said in (("a.ttl", before), ("b.ttl", after)):
        (tmp_path / name).write_text(f"{head}{ID('event/x')} {said} .\n")
    return tmp_path / "a.ttl", tmp_path / "b.ttl"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("at:amount 1", "at:amount 1.0", "amount changed from 1 to 1.0"),
        ("at:amount 1", 'at:amount "1"', "amount changed from 1 (xsd:integer) to 1 (xsd:string)"),
        ('rdfs:comment "a", "b"', 'rdfs:comment "", "b"', "rdfs:comment changed from a to “”"),
        ('rdfs:comment "a"', 'rdfs:comment "a", ""', "now rdfs:comment “”"),
        (
            'at:coversPeriod "2010/.."^^edtf:EDTF',
            'at:coversPeriod "2010/2015"^^edtf:EDTF',
            "covers period changed from 2010/.. to 2010/2015",
        ),
        ("at:about x:a", "at:about x:b", "about changed from “T” (urn:x:a) to “T” (urn:x:b)"),
    ],
)
def test_a_sentence_tells_one_value_from_the_other(
    before: str, after: str, expected: str, tmp_path: Path, told: Callable[..., str]
) -> None:
    twins = '. x:a rdfs:label "T" . x:b rdfs:label "T"'
    [line] = told(*change(tmp_path, before + twins, after + twins)).splitlines()[1:]
    assert line == f"event/x: {expected} [event/x]"


INSIDE = [
    ("x:p [ x:q 1 ; x:r 1 ], [ x:q 2 ; x:r 2 ]", "x:p [ x:q 1 ; x:r 2 ], [ x:q 2 ; x:r 1 ]"),
    ("x:p ( 1 2 3 )", "x:p ( 2 1 3 )"),
    ("x:p [ x:q 1 ; x:r 2 ]", "x:p [ x:q 1 ], [ x:r 2 ]"),
    ("x:p [ x:q [ x:r 1 ] ; x:s [ x:r 2 ] ]", "x:p [ x:q [ x:r 2 ] ; x:s [ x:r 1 ] ]"),
]


@pytest.mark.parametrize(("before", "after"), INSIDE)
def test_values_that_only_change_places_change_a_thing_inside(
    before: str, after: str, tmp_path: Path, told: Callable[..., str]
) -> None:
    sides = change(tmp_path, before, after)
    head, *lines = told(*sides).splitlines()
    assert ": 0 new, 0 gone, 1 changed; " in head
    assert lines == ["event/x changed inside: the same values, in another order or place [event/x]"]
    [one] = json.loads(told(*sides, "--format", "json"))["things"]
    assert (one["thing"], one["what"], one["changes"]) == (ID("event/x").value, "changed", [])


@pytest.mark.parametrize("value", [2, 3, 9, 11])
def test_a_thing_does_not_change_with_what_hangs_beside_it(
    value: int, tmp_path: Path, told: Callable[..., str]
) -> None:
    """A node hangs on both, and all that hangs together gets other names; of y nothing else is said than before."""
    shared = "x:p [ x:q {} ; x:shared _:both ] . x:y x:p [ x:shared _:both ] . _:both x:q 3"
    head, line = told(*change(tmp_path, shared.format(1), shared.format(value))).splitlines()
    assert ": 0 new, 0 gone, 1 changed; " in head
    assert line == f"event/x: urn:x:q changed from 1 to {value} [event/x]"


# stores and releases


def test_two_revisions_of_a_store_are_compared_without_what_is_private(
    project: Project, cache: Path, tmp_path: Path, aidtrace: Run
) -> None:
    root, graph, secret = tmp_path / "store", GRAPH("notes"), GRAPH("dataset/secret")
    with held(root, project, cache) as revisions:
        first = revisions.current
        replace_graph(
            revisions, graph, [Quad(ID("event/note"), RDFS("label"), Literal("A note", language="en"), graph)]
        )
        no = Literal("false", datatype=XSD("boolean"))
        hidden = [Quad(secret, AT("mayBeRedistributed"), no, secret)]
        hidden += [Quad(ID("event/hidden"), RDFS("label"), Literal("Hidden"), secret)]
        replace_graph(revisions, secret, hidden)
    done = aidtrace("diff", root / "revisions" / first, root)
    assert done.stdout.splitlines()[1:] == ["New: “A note” [event/note]"]
    assert done.stderr == f"aidtrace: left out: {secret.value}, which says that it may not be passed on\n"
    assert (
        "New: “Hidden” [event/hidden]" in aidtrace("diff", "--include-private", root / "revisions" / first, root).stdout
    )


@pytest.mark.parametrize("value", ['"0"^^xsd:boolean', '"false"', '"no"@en', "xsd:false", '"maybe"^^xsd:boolean'])
def test_a_graph_that_one_side_closes_is_in_no_change(
    value: str, tmp_path: Path, told: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    head = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    held = f'{GRAPH("secret")} {{ {ID("event/kept")} {RDFS("label")} "Kept" . %s }}'
    (tmp_path / "open.trig").write_text(held % "")
    (tmp_path / "closed.trig").write_text(head + held % f"{GRAPH('secret')} {AT('mayBeRedistributed')} {value} .")
    for sides in (("open.trig", "closed.trig"), ("closed.trig", "open.trig")):
        main(["diff", *(str(tmp_path / side) for side in sides)])
        seen = capsys.readouterr()
        assert seen.out.endswith(": 0 new, 0 gone, 0 changed; triples: 0 came, 0 went.\n")
        assert seen.err == f"aidtrace: left out: {GRAPH('secret').value}, which says that it may not be passed on\n"
    assert "; triples: 1 came, 0 went." in told("--include-private", tmp_path / "open.trig", tmp_path / "closed.trig")


def test_a_release_is_what_the_store_holds_that_it_was_made_from(
    aidtrace: Run, folder: Path, tmp_path: Path, told: Callable[..., str]
) -> None:
    assert aidtrace("publish", tmp_path / "release").returncode == 0
    head, *rest = told(tmp_path / "release", folder).splitlines()
    assert rest == []
    assert ": 0 new, 0 gone, 0 changed; " in head
    patch = told(tmp_path / "release", folder, "--format", "patch").splitlines()
    came = [line for line in patch if line.startswith("A ") and f"<{CATALOG.value}> ." not in line]
    gone = [line for line in patch if line.startswith("D ") and f"<{CATALOG.value}> ." not in line]
    assert (len(came), gone) == (1, [])  # when the store was built, which each catalog counts or not
    assert "endedAtTime" in came[0]
    body = bytearray((tmp_path / "release" / "aidtrace.nq.gz").read_bytes())
    (tmp_path / "release" / "aidtrace.nq.gz").write_bytes(body[:-20])
    refused = aidtrace("diff", tmp_path / "release", folder)
    assert refused.returncode == 2
    assert re.fullmatch(r"aidtrace: \S+/release/aidtrace\.nq\.gz: does not unpack .*\n", refused.stderr)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none", None, "none: is nothing that can be compared; expected a release, a store, or a file .nq"),
        ("x.md", b"", "x.md: x.md has no suffix of RDF"),
        ("x.nq.gz", b"no gzip", "x.nq.gz: does not unpack"),
        ("x.gz", b"", "x.gz: x has no suffix of RDF"),
        ("x.nq", b"<a", "x.nq: line 1: "),
    ],
)
def test_what_cannot_be_compared_is_named(
    name: str, content: bytes | None, complaint: str, tmp_path: Path, aidtrace: Run
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.nq").write_text("")
    done = aidtrace("diff", tmp_path / "good.nq", tmp_path / name)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert complaint in done.stderr


def test_a_side_in_the_default_graph_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    [side] = read_sides(tmp_path / "a.ttl")
    assert side.quads == (Quad(NamedNode("urn:a"), NamedNode("urn:b"), NamedNode("urn:c")),)

"""Nanopublications: nothing of a fact is lost, each is well-formed, and a signature is the key's."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15
from nanopub.sign_utils import verify_trusty
from nanopub.trustyuri.rdf import RdfHasher, RdfUtils
from nanopub.utils import MalformedNanopubError, extract_np_metadata
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize
from rdflib import ConjunctiveGraph

from aidtrace import files, signing
from aidtrace.errors import InputError
from aidtrace.namespaces import ID
from aidtrace.nanopubs import NP, Publication, Quads, of_facts, of_results, publication, write
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.tracing import traced

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

THEN = Publication("2026-01-31T12:00:00Z", "r")
PARTS = ("hasAssertion", "hasProvenance", "hasPublicationInfo")


@pytest.fixture(scope="module")
def facts(project: Project) -> list[Quads]:
    return list(of_facts(project, THEN))


@pytest.fixture(scope="module")
def results(project: Project, cache: Path) -> list[Quads]:
    return list(of_results(project, THEN, traced(project, cache)))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("key") / "id_rsa.pem"
    place.write_bytes(RSA.generate(2048).export_key("PEM", pkcs=8))
    return place


def graph(publication: Quads, part: str) -> set[Triple]:
    [name] = {quad.object for quad in publication if quad.predicate == NP(part)}
    return {quad.triple for quad in publication if quad.graph_name == name}


def test_every_triple_of_the_article_is_in_just_one_assertion(facts: list[Quads], project: Project) -> None:
    told = [triple for one in facts for triple in graph(one, "hasAssertion")]
    written = {quad.triple for path in project.article_files for quad in read_quads(path)}
    assert set(told) == written
    assert len(told) == len(written)


def ill_formed(publication: Quads) -> list[str]:
    """Say what the guidelines find wrong in *publication*."""
    names = {quad.subject for quad in publication if quad.object == NP("Nanopublication")}
    if len(names) != 1:
        return [f"{len(names)} nanopublications"]
    [this] = names
    parts = [quad.object for quad in publication if quad.subject == this and quad.predicate in map(NP, PARTS)]
    [head] = {quad.graph_name for quad in publication if quad.object == NP("Nanopublication")}
    wrong = [] if len(set(parts)) == len(PARTS) else ["it has not just one graph of each kind"]
    wrong += ["a triple lies elsewhere"] * ({quad.graph_name for quad in publication} != {head, *parts})
    wrong += ["a blank node"] * any(isinstance(term, BlankNode) for q in publication for term in (q.subject, q.object))
    assertion = next(quad.object for quad in publication if quad.predicate == NP("hasAssertion"))
    about = {quad.subject for quad in publication if quad.graph_name == parts[1]}
    wrong += ["the provenance is not about the assertion"] * (
        assertion not in {t.subject for t in graph(publication, PARTS[1])}
    )
    wrong += ["the publication info is not about it"] * (this not in {t.subject for t in graph(publication, PARTS[2])})
    return wrong if about else [*wrong, "no provenance"]


def test_every_fact_and_result_is_well_formed_by_the_guidelines(facts: list[Quads], results: list[Quads]) -> None:
    assert len(facts) > 1000
    assert len(results) > 100
    assert {reason for one in (*facts, *results) for reason in ill_formed(one)} == set()
    names = [quad.subject for one in (*facts, *results) for quad in one if quad.object == NP("Nanopublication")]
    assert len(names) == len(set(names))


def test_the_library_finds_every_one_well_formed(facts: list[Quads], results: list[Quads]) -> None:
    every = [*facts, *results]
    assert len(list(signing.check(every))) == len(every)


def test_one_that_is_none_is_told_by_name(facts: list[Quads]) -> None:
    for part in PARTS:
        empty = tuple(quad for quad in facts[0] if quad.triple not in graph(facts[0], part))
        with pytest.raises(InputError, match="/np/actor/"):
            list(signing.check([empty]))


def test_a_fact_is_derived_from_its_paragraph_its_citation_and_the_work(facts: list[Quads]) -> None:
    [one] = [one for one in facts if ID("agreement/1999-deepening-strategic-cooperation") in {q.subject for q in one}
             and "/np/agreement/" in str(one[0].graph_name)]  # fmt: skip
    told = {str(triple.object) for triple in graph(one, "hasProvenance")}
    assert '"military-training/5"' in told
    assert any("Karabulut, 2022" in text for text in told)
    assert "<https://w3id.org/aidtrace/id/source/karabulut2022>" in told
    assert "<https://doi.org/10.47478/lectio.1780215>" in told


def test_a_result_names_its_rule_its_run_and_what_it_rests_on(results: list[Quads]) -> None:
    named = {str(quad.subject): one for one in results for quad in one if quad.object == NP("Nanopublication")}
    [one] = [one for name, one in named.items() if "trace-finding/post-dates" in name][:1]
    predicates = {triple.predicate.value.rpartition("#")[2] for triple in graph(one, "hasProvenance")}
    assert {"byRule", "wasGeneratedBy", "wasDerivedFrom", "used", "endedAtTime"} <= predicates
    assert not {"byRule", "wasGeneratedBy", "wasDerivedFrom"} & {
        triple.predicate.value.rpartition("#")[2] for triple in graph(one, "hasAssertion")
    }


def test_what_is_written_reads_back_and_is_the_same_again(facts: list[Quads], project: Project) -> None:
    text = write(facts[:50])
    assert set(parse(text, format=RdfFormat.TRIG)) == {quad for one in facts[:50] for quad in one}
    names = [str(one[0].subject).rpartition("/np/")[2].rstrip("/>") for one in facts[:50]]
    assert write(of_facts(project, THEN, names=names)) == text


def test_another_case_is_published_from_its_own_files(project: Project, tmp_path: Path) -> None:
    for name in ("ontology", "queries"):
        (tmp_path / name).symlink_to(project.root / name)
    case = tmp_path / "data" / "second"
    case.mkdir(parents=True)
    written = (project.root / "tests" / "cases" / "coal-and-steel" / "case.ttl").read_text("utf-8")
    (case / "case.ttl").write_text(written)
    made = list(of_facts(Project(tmp_path), THEN, "second"))
    assert {reason for one in made for reason in ill_formed(one)} == set()
    told = {triple for one in made for triple in graph(one, "hasAssertion")}
    apart = {"passage", "citation", "source"}
    assert told == {
        quad.triple for quad in read_quads(case / "case.ttl") if str(quad.subject).split("/")[-2] not in apart
    }


def read(one: Quads) -> Any:
    found = ConjunctiveGraph()
    found.bind("npx", "http://purl.org/nanopub/x/")  # the library asks for it by its prefix
    found.parse(data=serialize(one, format=RdfFormat.N_QUADS), format="nquads")
    return found


def holds(one: Quads) -> bool:
    """Whether the signature is that of the key that *one* names, over what it says, and the name is its hash."""
    found = read(one)
    about = extract_np_metadata(found)
    try:
        verify_trusty(found, str(about.np_uri), about.namespace)
        library: Any = (RdfUtils, RdfHasher)
        unsigned = [quad for quad in library[0].get_quads(found) if str(quad[2]).rpartition("/")[2] != "hasSignature"]
        normed = library[1].normalize_quads(unsigned, baseuri=str(about.namespace), hashstr=" ")
        public = RSA.import_key(b64decode(str(about.public_key)))
        pkcs1_15.new(public).verify(SHA256.new(normed.encode()), b64decode(str(about.signature)))
    except (ValueError, MalformedNanopubError):
        return False
    return True


def test_a_signed_one_holds_and_one_that_was_changed_does_not(facts: list[Quads], key: Path) -> None:
    signed = list(signing.sign(facts[:3], key))
    assert [ill_formed(one) for one in signed] == [[], [], []]
    for one, before in zip(signed, facts, strict=False):
        assert graph(one, "hasAssertion") == graph(before, "hasAssertion")
        assert holds(one)
    asserted = graph(signed[0], "hasAssertion")
    changed = tuple(_elsewhere(quad) if quad.triple in asserted else quad for quad in signed[0])
    assert changed != signed[0]
    assert not holds(changed)
    other = RSA.generate(2048).public_key().export_key(format="DER")
    stolen = tuple(_with_key(quad, b64encode(other).decode()) for quad in signed[0])
    assert stolen != signed[0]
    assert not holds(stolen)


def _elsewhere(quad: Quad) -> Quad:
    if isinstance(quad.object, NamedNode) and quad.object.value.startswith(ID.iri):
        return Quad(quad.subject, quad.predicate, ID("actor/nobody"), quad.graph_name)
    return quad


def _with_key(quad: Quad, key: str) -> Quad:
    if quad.predicate.value.endswith("hasPublicKey"):
        return Quad(quad.subject, quad.predicate, Literal(key), quad.graph_name)
    return quad


def test_a_key_alone_in_base64_is_a_key_and_other_files_are_none(facts: list[Quads], key: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.write_text("".join(key.read_text().splitlines()[1:-1]))
    assert len(list(signing.sign(facts[:1], bare))) == 1
    public = tmp_path / "public"
    public.write_bytes(RSA.import_key(key.read_bytes()).public_key().export_key())
    locked = tmp_path / "locked"
    locked.write_bytes(
        RSA.import_key(key.read_bytes()).export_key("PEM", pkcs=8, passphrase="x", protection="scryptAndAES128-CBC")
    )
    for place, content in ((tmp_path / "no", "hello"), (tmp_path / "empty", "")):
        place.write_text(content)
    for name, told in (("no", "is no RSA key"), ("empty", "is no RSA key"), ("public", "is a public key"),
                       ("locked", "is no RSA key"), ("missing", "no such file")):  # fmt: skip
        with pytest.raises(InputError, match=told):
            list(signing.sign(facts[:1], tmp_path / name))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("event/1993-cou",), "event/1993-coup"),
        (("--created", "yesterday"), "--created"),
        (("--creator", "me"), "--creator"),
        (("--license", "free"), "--license"),
        (("--case", "nothing"), "no case is called"),
        (("--results", "event/1993-coup"), "nothing that becomes a nanopublication"),
    ],
)
def test_what_cannot_be_is_one_line(aidtrace: Run, given: tuple[str, ...], told: str) -> None:
    done = aidtrace("nanopubs", *given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert told in done.stderr


def test_the_command_writes_a_file_whole_and_says_how_many(aidtrace: Run, key: Path, tmp_path: Path) -> None:
    place = tmp_path / "facts.trig"
    done = aidtrace("nanopubs", "event/1993-coup", "actor/mkek", "--key", str(key), "--out", str(place))
    assert (done.returncode, done.stdout) == (0, f"2 signed nanopublications written to {place}\n")
    assert len({quad.graph_name for quad in parse(path=place, format=RdfFormat.TRIG)}) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["facts.trig"]
    before = place.read_bytes()
    failed = aidtrace("nanopubs", "--key", str(tmp_path / "none"), "--out", str(place))
    assert (failed.returncode, place.read_bytes()) == (2, before)


def test_without_the_library_unsigned_ones_are_written_still(
    facts: list[Quads], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanopub", None)
    assert b"Nanopublication" in write(facts[:1])
    with pytest.raises(Exception, match=r"pip install 'aidtrace\[nanopub\]'"):
        list(signing.check(facts[:1]))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a"
    files.write_bytes(place, b"one")
    monkeypatch.setattr("pathlib.Path.replace", _full)
    with pytest.raises(Exception, match="no space left"):
        files.write_bytes(place, b"two")
    assert (place.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (b"one", ["a"])


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_time_without_a_zone_is_utc() -> None:
    assert publication("r", "2026-01-31", None, None).created == "2026-01-31T00:00:00Z"
    assert publication("r", "2026-01-31T12:00:00+02:00", None, None).created == "2026-01-31T12:00:00+02:00"

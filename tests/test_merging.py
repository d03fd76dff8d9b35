"""The dry-run merge: invented documents against the project's own graph, with the rows that a reader would expect."""

import json
import random
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from aidtrace.merging import Likeness, Meeting, look
from aidtrace.namespaces import AT, EDTF, ID, OWL, PREFIXES, RDF, RDFS, SKOS, XSD
from aidtrace.project import Project
from aidtrace.store import read_quads

THEIRS = "https://example.org/theirs/"
PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()) + (
    f"@prefix : <{THEIRS}> .\n@prefix actor: <{ID.iri}actor/> .\n@prefix agreement: <{ID.iri}agreement/> .\n"
    f"@prefix flow: <{ID.iri}flow/> .\n@prefix place: <{ID.iri}place/> .\n"
)
TURKIYE_AND_AZERBAIJAN = (
    ':tr a at:State ; rdfs:label "Türkiye Cumhuriyeti"@tr ; skos:altLabel "Turkey"@en .\n'
    ':az a at:State ; rdfs:label "Azərbaycan"@az .\n'
    ':ge a at:State ; rdfs:label "Georgia"@en .\n'
    ':ua a at:State ; rdfs:label "Ukraine"@en .\n'
)


def triples(body: str) -> list[Triple]:
    return [quad.triple for quad in parse(PROLOGUE + body, format=RdfFormat.TURTLE)]


def local(iri: str) -> str:
    return iri.removeprefix(THEIRS).removeprefix(ID.iri)


def pairs(rows: Iterable[Likeness]) -> set[tuple[str, str, str]]:
    """Return whose things match which of ours, and by what."""
    return {(local(row.theirs), local(row.ours), row.match) for row in rows}


def of_ours(rows: Iterable[Likeness]) -> set[str]:
    return {local(row.ours) for row in rows}


def rows_of(meeting: Meeting) -> list[object]:
    return [*meeting.collisions, *meeting.actors, *meeting.agreements, *meeting.flows, *meeting.events]


Look = Callable[[str], Meeting]


@pytest.fixture(scope="session")
def met(memory: Store) -> Look:
    """Look at a document written in Turtle, without its prefixes."""
    return lambda body: look(memory, triples(body))


@pytest.fixture(scope="session")
def own(memory: Store) -> list[Triple]:
    return [quad.triple for quad in memory.quads_for_pattern(None, None, None, DefaultGraph())]


def moved(term: Any, before: str, after: str) -> Any:
    """Give *term* an IRI that begins with *after* where it began with *before*."""
    return NamedNode(term.value.replace(before, after)) if isinstance(term, NamedNode) else term


def with_ontology(project: Project, body: str) -> Store:
    """Return a graph of ours that holds the ontology and *body*."""
    store = Store()
    store.extend(quad for path in project.ontology_files for quad in read_quads(path))
    store.extend(Quad(one.subject, one.predicate, one.object) for one in triples(body))
    return store


# Actors by name


@pytest.mark.parametrize(
    ("kind", "name", "ours"),
    [
        ("State", '"Türkiye Cumhuriyeti"@tr', "turkiye"),
        ("State", '"TÜRKİYE CUMHURİYETİ"@tr', "turkiye"),
        ("State", '"Turkey"@en', "turkiye"),
        ("State", '"Turkiye"', "turkiye"),
        ("State", '"Azərbaycan"@az', "azerbaijan"),
        ("State", '"Azərbaycan Respublikası"@az', "azerbaijan"),
        ("State", '"Азербайджан"@ru', "azerbaijan"),
        ("State", '"Армения"@ru', "armenia"),
        ("State", '"The Soviet Union"@en', "ussr"),
        ("State", '"u.s.a."@en', "usa"),
        ("Government", '"Government of the Republic of Azerbaijan"@en', "government-of-azerbaijan"),
        ("ArmedForce", '"TAF"@en', "turkish-armed-forces"),
        ("Company", '"aselsan"@tr', "aselsan"),
        ("Person", '"Turgut Ozal"@en', "turgut-ozal"),
        ("Person", '"Süleyman Demirel"@tr', "suleyman-demirel"),
        ("Person", '"Նիկոլ Փաշինյան"@hy', "nikol-pashinyan"),
        ("Person", '"Ильхам Алиев"@ru', "ilham-aliyev"),
        ("Person", '"Heydər Əliyev"@az', "heydar-aliyev"),
        ("Person", '"Surət Hüseynov"@az', "suret-huseynov"),
        ("Person", '"Elçibəy"@az', "ebulfez-elchibey"),
        ("Actor", '"Türkiye"@tr', "turkiye"),
    ],
)
def test_an_actor_is_matched_by_a_name_however_it_is_spelled(met: Look, kind: str, name: str, ours: str) -> None:
    assert pairs(met(f":x a at:{kind} ; rdfs:label {name} .").actors) == {("x", f"actor/{ours}", "label")}


@pytest.mark.parametrize("property_", ["rdfs:label", "skos:prefLabel", "skos:altLabel"])
def test_every_property_of_names_is_read(met: Look, property_: str) -> None:
    assert of_ours(met(f':x a at:State ; {property_} "Türkiye" .').actors) == {"actor/turkiye"}


@pytest.mark.parametrize(
    ("kind", "name", "ours"),
    [
        ("State", "Republic of Armenia", "armenia"),
        ("State", "Թուրքիա", "turkiye"),
        ("State", "Azarbaijan", "azerbaijan"),
        ("Organisation", "Ministry of Defence of Azerbaijan", "ministry-of-defense-of-azerbaijan"),
        ("Person", "Yavər Camalov", "yaver-jamalov"),
        ("Person", "Сурет Гусейнов", "suret-huseynov"),
        ("Person", "Ayaz Mütəllibov", "ayaz-muttalibov"),
    ],
)
def test_a_name_spelled_otherwise_is_near_and_never_counts_as_the_name(
    met: Look, kind: str, name: str, ours: str
) -> None:
    (row,) = met(f':x a at:{kind} ; rdfs:label "{name}" .').actors
    assert (local(row.ours), row.match) == (f"actor/{ours}", "near")
    assert 0 < row.score < 0.9


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("State", "Turkmenistan"),
        ("State", "Türkmenistan Cumhuriyeti"),
        ("State", "Nakhchivan"),
        ("State", "Nakhchivan Autonomous Republic"),
        ("State", "Naxçıvan Muxtar Respublikası"),
        ("State", "Romania"),
        ("State", "Slovenia"),
        ("State", "Iran"),
        ("State", "Republic"),
        ("State", "The"),
        ("State", "Հայաստան"),  # a name that ours does not hold; only an identifier can tell
        ("DeFactoEntity", "Republic of Artsakh"),
        ("Person", "Ilham"),
        ("Organisation", "Ministry of Defense of Georgia"),
        ("Organisation", "Embassy of Türkiye in Azerbaijan"),
        ("Organisation", "United"),
    ],
)
def test_a_name_of_something_else_matches_nothing(met: Look, kind: str, name: str) -> None:
    assert met(f':x a at:{kind} ; rdfs:label "{name}" .').actors == ()


@pytest.mark.parametrize(
    ("kind", "name", "ours"),
    [
        ("Government", "Azerbaijan", "azerbaijan"),
        ("ArmedForce", "Azerbaijan", "azerbaijan"),
        ("DeFactoEntity", "Azerbaijan", "azerbaijan"),
        ("Person", "Türkiye", "turkiye"),
        ("State", "Government of Azerbaijan", "government-of-azerbaijan"),
        ("State", "Baku", "government-of-azerbaijan"),
        ("State", "Turkish Armed Forces", "turkish-armed-forces"),
        ("Company", "NATO", "nato"),
    ],
)
def test_one_name_of_two_kinds_is_a_warning_and_no_match(met: Look, kind: str, name: str, ours: str) -> None:
    (row,) = met(f':x a at:{kind} ; rdfs:label "{name}" .').actors
    assert (local(row.ours), row.match, row.score) == (f"actor/{ours}", "kind differs", 0.0)


def test_the_warning_names_both_kinds(met: Look) -> None:
    (row,) = met(':x a at:Government ; rdfs:label "Azerbaijan" .').actors
    assert "theirs is government, ours is state" in row.reasons


def test_a_near_name_of_another_kind_is_not_even_a_warning(met: Look) -> None:
    assert met(':x a at:Government ; rdfs:label "Azarbaijan" .').actors == ()


def test_a_class_of_theirs_below_one_of_ours_has_its_kind(met: Look) -> None:
    below = ":Republic rdfs:subClassOf at:State . "
    assert pairs(met(below + ':x a :Republic ; rdfs:label "Türkiye" .').actors) == {("x", "actor/turkiye", "label")}
    assert pairs(met(below + ':x a :Republic ; rdfs:label "Baku" .').actors) == {
        ("x", "actor/government-of-azerbaijan", "kind differs")
    }


@pytest.mark.parametrize(
    "body",
    [
        'at:Training rdfs:subClassOf at:Visit . :x a at:Training ; at:trainee actor:turgut-ozal ; at:onDate "1993" .',
        'at:Place rdfs:subClassOf at:State . :x a at:Place ; rdfs:label "Azerbaijan" .',
        "at:note rdfs:subPropertyOf at:party . :deal at:note :x . :x rdfs:label 'Azerbaijan' .",
    ],
)
def test_what_theirs_says_of_our_classes_and_properties_changes_nothing(met: Look, body: str) -> None:
    meeting = met(body)
    assert (meeting.actors, meeting.events) == ((), ())


def test_what_stands_where_an_actor_does_is_one_though_nothing_says_its_kind(met: Look) -> None:
    rows = met(':deal a at:Agreement ; at:party :x . :x rdfs:label "Baku" .').actors
    assert pairs(rows) == {("x", "actor/government-of-azerbaijan", "label")}


def test_a_role_that_takes_one_kind_only_says_the_kind(met: Look) -> None:
    rows = met(':deal at:party :x . :body at:ofState :x . :x rdfs:label "Baku" .').actors
    assert pairs(rows) == {("x", "actor/government-of-azerbaijan", "kind differs")}


def test_a_place_in_the_role_of_an_actor_is_a_warning_and_no_match(met: Look) -> None:
    rows = met(':deal at:party :x . :x a at:Place ; rdfs:label "Azerbaijan" .').actors
    assert pairs(rows) == {("x", "actor/azerbaijan", "kind differs")}


def test_names_without_a_letter_are_not_one_name(project: Project) -> None:
    ours = with_ontology(project, 'actor:a a at:State ; rdfs:label "🙂" .')
    assert look(ours, triples(':x a at:State ; rdfs:label "…", "🙂" .')).actors == ()


@pytest.mark.parametrize("type_", ["", "a at:Place ;", "a at:Agreement ;", "a <https://schema.org/Book> ;"])
def test_what_is_no_actor_matches_none(met: Look, type_: str) -> None:
    assert met(f':x {type_} rdfs:label "Azerbaijan" .').actors == ()


def test_a_name_that_fits_several_of_ours_lists_them_all(project: Project) -> None:
    ours = with_ontology(
        project,
        'actor:a a at:Person ; rdfs:label "Əli Həsənov" . actor:b a at:Person ; rdfs:label "Ali Hasanov" . '
        'actor:c a at:Person ; rdfs:label "Eli Hesenov" . actor:d a at:Company ; rdfs:label "Ali Hasanov" . '
        'actor:e a at:Person ; rdfs:label "Ola Hasanov" .',
    )
    rows = look(ours, triples(':x a at:Person ; rdfs:label "Əli Həsənov" .')).actors
    assert pairs(rows) == {
        ("x", "actor/a", "label"),
        ("x", "actor/b", "label"),
        ("x", "actor/c", "label"),
        ("x", "actor/d", "kind differs"),
    }
    assert all("one of 3 of ours that fit" in row.reasons for row in rows if row.match == "label")
    without = look(ours, triples(':x a at:Person ; rdfs:label "Ali Hasanov" .')).actors
    assert {local(row.ours) for row in without if row.match == "label"} == {"actor/a", "actor/b"}


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("Nigeria", "Niger"),
        ("Australia", "Austria"),
        ("Zambia", "Gambia"),
        ("Ireland", "Iceland"),
        ("Slovakia", "Slovenia"),
        ("Prussia", "Persia"),
        ("Iraq", "Iran"),
        ("Romania", "Armenia"),
    ],
)
def test_states_whose_names_are_not_far_apart_are_not_near(project: Project, own: str, name: str) -> None:
    ours = with_ontology(project, f'actor:a a at:State ; rdfs:label "{own}" .')
    assert look(ours, triples(f':x a at:State ; rdfs:label "{name}" .')).actors == ()
    assert of_ours(look(ours, triples(f':x a at:State ; rdfs:label "{own.upper()}" .')).actors) == {"actor/a"}


def test_a_near_name_is_dropped_beside_an_exact_one(met: Look) -> None:
    rows = met(':x a at:Person ; rdfs:label "Heydar Aliyev" ; skos:altLabel "Ilhom Aliyev" .').actors
    assert pairs(rows) == {("x", "actor/heydar-aliyev", "label")}


def test_a_near_name_stays_beside_an_exact_one_of_another_kind(met: Look) -> None:
    rows = met(':x a at:Government ; rdfs:label "Azerbaijan" ; skos:altLabel "Govarnment of Azerbaijan" .').actors
    assert pairs(rows) == {
        ("x", "actor/azerbaijan", "kind differs"),
        ("x", "actor/government-of-azerbaijan", "near"),
    }


# Actors by IRI and by identifier


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ('[] a at:Identifier ; at:scheme k:cow ; at:identifierValue "640" ; at:identifies :x .', "COW 640 is ours too"),
        (
            ':n at:scheme k:iso-3166-1-alpha-2 ; at:identifierValue "TR" ; at:identifies :x .',
            "ISO 3166-1 alpha-2 TR is ours too",
        ),
        (':x skos:notation "TUR"^^k:iso-3166-1-alpha-3 .', "ISO 3166-1 alpha-3 TUR is ours too"),
        (":x owl:sameAs <http://www.wikidata.org/entity/Q43> .", "Wikidata Q43 is ours too"),
        ("<https://www.wikidata.org/wiki/Q43> skos:exactMatch :x .", "Wikidata Q43 is ours too"),
        (
            ":x skos:exactMatch <http://publications.europa.eu/resource/authority/country/TUR> .",
            "ISO 3166-1 alpha-3 TUR is ours too",
        ),
        (":x owl:sameAs actor:turkiye .", "theirs calls it the same as ours"),
    ],
)
def test_a_state_is_matched_by_what_identifies_it(met: Look, statement: str, reason: str) -> None:
    (row,) = met(f'{statement} :x a at:State ; rdfs:label "Հայաստան"@hy .').actors
    assert (local(row.theirs), local(row.ours), row.match) == ("x", "actor/turkiye", "identifier")
    assert reason in row.reasons


@pytest.mark.parametrize(
    "statement",
    [
        '[] at:scheme k:cow ; at:identifierValue "641" ; at:identifies :x .',
        '[] at:scheme k:cow-mid ; at:identifierValue "640" ; at:identifies :x .',
        '[] at:scheme k:iso-3166-1-alpha-2 ; at:identifierValue "tr" ; at:identifies :x .',
        '[] at:scheme k:cow, k:cow-mid ; at:identifierValue "640" ; at:identifies :x .',
        '[] at:scheme k:cow ; at:identifierValue "640", "373" ; at:identifies :x .',
        '[] at:scheme "cow" ; at:identifierValue "640" ; at:identifies :x .',
        "[] at:scheme k:cow ; at:identifierValue <urn:640> ; at:identifies :x .",
        '[] at:scheme k:cow ; at:identifierValue "640" ; at:identifies "x" .',
        ':x skos:notation "640" .',
        ':x skos:exactMatch "Q43" .',
        ":x skos:closeMatch <http://www.wikidata.org/entity/Q43> .",
        ":x owl:sameAs <http://www.wikidata.org/entity/Q430> .",
        ":x owl:sameAs <http://www.wikidata.org/entity/Q43/more> .",
        ":x owl:sameAs :y . :y owl:sameAs :x .",
        ":x owl:sameAs place:turkiye .",
    ],
)
def test_what_identifies_something_else_or_nothing_matches_nothing(met: Look, statement: str) -> None:
    assert met(f"{statement} :x a at:State .").actors == ()


def test_an_iri_that_is_itself_an_identifier_needs_no_statement(met: Look) -> None:
    rows = met(":deal at:party <http://www.wikidata.org/entity/Q227> .").actors
    assert pairs(rows) == {("http://www.wikidata.org/entity/Q227", "actor/azerbaijan", "identifier")}


def test_an_identifier_of_a_government_does_not_make_a_state_of_it(met: Look) -> None:
    code = '[] at:scheme k:ucdp-actor ; at:identifierValue "115" ; at:identifies :x . '
    government = {("x", "actor/government-of-turkiye", "identifier")}
    warning = {("x", "actor/government-of-turkiye", "kind differs")}
    assert pairs(met(code + ":x a at:Government .").actors) == government
    assert pairs(met(code + ":x a at:State .").actors) == warning


def test_an_identifier_and_a_name_may_speak_for_different_things(met: Look) -> None:
    code = '[] at:scheme k:cow ; at:identifierValue "640" ; at:identifies :x . '
    assert pairs(met(code + ':x a at:State ; rdfs:label "Armenia" .').actors) == {
        ("x", "actor/turkiye", "identifier"),
        ("x", "actor/armenia", "label"),
    }


def test_one_iri_is_one_thing_whatever_its_name(met: Look) -> None:
    rows = met('actor:turkiye a at:State ; rdfs:label "Armenia"@en .').actors
    assert pairs(rows) == {("actor/turkiye", "actor/turkiye", "same IRI")}


def test_one_iri_taken_for_another_kind_is_a_warning(met: Look) -> None:
    rows = met("actor:turkiye a at:Government .").actors
    assert pairs(rows) == {("actor/turkiye", "actor/turkiye", "kind differs")}


# Collisions


def test_another_value_where_ours_has_one_and_another_class_collide(met: Look) -> None:
    found = met(
        'actor:turkiye a at:Government ; rdfs:label "Turkei"@en . agreement:1992-military-training-cooperation '
        'at:signedOn "1992-08-12"^^edtf:EDTF ; at:kind k:treaty . flow:2001-military-aid at:amount 3500000.5 .'
    ).collisions
    assert {(local(row.iri), row.what, row.property.rpartition("#")[2], row.theirs) for row in found} == {
        ("actor/turkiye", "type", "type", AT("Government").value),
        ("actor/turkiye", "value", "label", '"Turkei"@en'),
        ("agreement/1992-military-training-cooperation", "value", "signedOn", f'"1992-08-12"^^{EDTF("EDTF")}'),
        ("agreement/1992-military-training-cooperation", "value", "kind", f"{PREFIXES['k']}treaty"),
        ("flow/2001-military-aid", "value", "amount", f'"3500000.5"^^{XSD("decimal")}'),
    }


def test_a_collision_shows_what_ours_says(met: Look) -> None:
    (row,) = met('actor:turkiye rdfs:label "Turkei"@en .').collisions
    assert row.ours == ('"Türkiye"@en',)
    assert row.label == "Türkiye"


def test_what_is_said_of_ours_for_the_first_time_is_added(met: Look) -> None:
    found = met(
        'actor:turkiye rdfs:label "Türkei"@de ; skos:altLabel "Anatolia"@en ; at:ofState :union . '
        "agreement:1992-military-training-cooperation at:party :x ."
    ).collisions
    assert {(row.what, row.property.rpartition("#")[2], local(row.theirs)) for row in found} == {
        ("added", "label", '"Türkei"@de'),
        ("added", "altLabel", '"Anatolia"@en'),
        ("added", "ofState", "union"),
        ("added", "party", "x"),
    }
    assert {row.property.rpartition("#")[2]: row.reason for row in found} == {
        "label": "ours has values in other languages",
        "altLabel": "ours has other values",
        "ofState": "ours says nothing here",
        "party": "ours has other values",
    }


@pytest.mark.parametrize(
    "statement",
    [
        'actor:russia skos:altLabel "Russia proper"@en',
        "agreement:shusha-declaration dcterms:source :mine",
        "agreement:csce-accession-treaty at:subject :mine",
    ],
)
def test_where_several_values_are_common_one_more_is_an_addition(met: Look, memory: Store, statement: str) -> None:
    (row,) = met(f"{statement} .").collisions
    assert len(list(memory.quads_for_pattern(NamedNode(row.iri), NamedNode(row.property), None, DefaultGraph()))) == 1
    assert row.what == "added"


@pytest.mark.parametrize(
    ("class_", "what"),
    [("at:Government", "type"), ("at:Agreement", "type"), ("<urn:Unknown>", "type"), ('"State"', "type")],
)
def test_a_class_that_does_not_go_with_ours_is_another_type(met: Look, class_: str, what: str) -> None:
    assert [row.what for row in met(f"actor:turkiye a {class_} .").collisions] == [what]


def test_another_type_says_whether_anything_can_be_of_both(met: Look) -> None:
    found = met("actor:turkiye a at:Government, <urn:Unknown> .").collisions
    assert {row.theirs: row.reason for row in found} == {
        AT("Government").value: "nothing is both this and at:State",
        "urn:Unknown": "neither above nor below at:State",
    }


@pytest.mark.parametrize("class_", ["prov:Agent", ":Republic"])
def test_a_class_above_or_below_ours_is_an_addition(met: Look, class_: str) -> None:
    found = met(f":Republic rdfs:subClassOf at:State . actor:turkiye a {class_} .").collisions
    assert [row.what for row in found] == ["added"]


@pytest.mark.parametrize(
    "body",
    [
        'actor:turkiye a at:State ; rdfs:label "Türkiye"@en ; skos:altLabel "Turkey"@en .',
        'agreement:1992-military-training-cooperation at:signedOn "1992-08-11"^^edtf:EDTF .',
        'agreement:1992-military-training-cooperation sem:hasLatestEndTimeStamp "1992-08-11"^^xsd:date .',
        'flow:2001-military-aid at:amount "3000000"^^xsd:decimal ; at:currency k:usd .',
        ":mine at:party actor:turkiye .",
    ],
)
def test_what_ours_says_too_or_what_only_mentions_ours_is_no_collision(met: Look, body: str) -> None:
    assert met(body).collisions == ()


# Agreements


def deal(parties: str, date: str, more: str = "") -> str:
    return (
        TURKIYE_AND_AZERBAIJAN + f':deal a at:Agreement ; rdfs:label "A deal"@en ; at:party {parties} {date} {more} .'
    )


@pytest.mark.parametrize(
    ("parties", "date", "ours"),
    [
        (":tr, :az", '; at:signedOn "1992-08-11"^^edtf:EDTF', {"1992-military-training-cooperation"}),
        ("actor:turkiye, actor:azerbaijan", '; at:signedOn "1992-08-11"', {"1992-military-training-cooperation"}),
        (":tr, :az", '; at:onDate "[1992-07..1992-09]"^^edtf:EDTF', {"1992-military-training-cooperation"}),
        (
            ":tr, :az",
            '; sem:hasEarliestBeginTimeStamp "1997-05-01"^^xsd:date ; sem:hasLatestEndTimeStamp "1997-05-31"^^xsd:date',
            {"1997-border-incidents"},
        ),
        (
            ":tr, :az",
            '; at:signedOn "1999"^^edtf:EDTF',
            {"1999-deepening-strategic-cooperation", "1999-military-financial-aid"},
        ),
        (":tr, :az", '; at:signedOn "1999-03"^^edtf:EDTF', {"1999-deepening-strategic-cooperation"}),
        (
            ":tr, :az",
            '; at:signedOn "1992"^^edtf:EDTF',
            {
                "1992-cooperation-and-solidarity",
                "1992-friendship-cooperation-good-neighborliness",
                "1992-military-training-cooperation",
            },
        ),
        (
            "actor:hmkk, actor:roketsan",
            '; at:signedOn "2003-09-15"^^edtf:EDTF',
            {"2003-protocol-of-intent-roketsan-hmkk"},
        ),
        (
            "actor:government-of-turkiye, actor:government-of-azerbaijan",
            '; at:signedOn "1992-08-11"^^edtf:EDTF',
            {"1992-military-training-cooperation"},
        ),
        (":tr", '; at:signedOn "1994-02-09"^^edtf:EDTF', {"1994-border-working-groups"}),
        (
            ":tr, :az",
            f'; at:signedOn "[{",".join(f"1992-08-{day}" for day in range(10, 30))}]"',
            {"1992-military-training-cooperation"},
        ),
    ],
)
def test_an_agreement_is_matched_by_its_parties_and_dates(met: Look, parties: str, date: str, ours: set[str]) -> None:
    assert of_ours(met(deal(parties, date)).agreements) == {f"agreement/{name}" for name in ours}


@pytest.mark.parametrize(
    ("parties", "date"),
    [
        (":ge, :ua", '; at:signedOn "1992-08-11"^^edtf:EDTF'),
        (":tr, :ge", '; at:signedOn "1992-08-11"^^edtf:EDTF'),
        (":az, :ua", '; at:signedOn "1992-08-11"^^edtf:EDTF'),
        (":tr, :az", '; at:signedOn "1992-08-12"^^edtf:EDTF'),
        (":tr, :az", '; at:signedOn "1991"^^edtf:EDTF'),
        (":tr, :az", ""),
        (":tr, :az", '; at:signedOn "late 1992"'),
        ('"Türkiye", "Azerbaijan"', '; at:signedOn "1992-08-11"^^edtf:EDTF'),
    ],
)
def test_an_agreement_of_others_or_of_another_day_matches_nothing(met: Look, parties: str, date: str) -> None:
    assert met(deal(parties, date)).agreements == ()


def test_governments_called_like_states_do_not_make_an_agreement_of_the_states(met: Look) -> None:
    governments = (
        ':gt a at:Government ; rdfs:label "Türkiye" . :ga a at:Government ; rdfs:label "Azerbaijan" . '
        ':deal a at:Agreement ; at:party :gt, :ga ; at:signedOn "1994-02-09"^^edtf:EDTF .'
    )
    assert met(governments).agreements == ()
    assert of_ours(met(governments.replace("Government", "State")).agreements) == {
        "agreement/1994-border-working-groups"
    }


def test_a_legal_act_is_no_agreement(met: Look) -> None:
    act = ':act a at:LegalAct ; at:issuer actor:azerbaijan ; at:adoptedOn "2003-10-23"^^edtf:EDTF .'
    assert of_ours(met(act).agreements) == {"legal-act/2003-decision-1364"}
    assert of_ours(met(act.replace("LegalAct", "Agreement")).agreements) == set()


def test_an_agreement_tells_why_it_matches_and_what_differs(met: Look) -> None:
    date = '; at:signedOn "1992-08-11"^^edtf:EDTF'
    (row,) = met(deal(":tr, :az", date, "; at:kind k:treaty ; at:status k:concluded")).agreements
    assert row.reasons == ("overlapping party: Azerbaijan, Türkiye", "the same date")
    assert row.differences == (
        "party only in ours: Government of Azerbaijan, Government of Türkiye",
        "kind: theirs treaty, ours agreement",
    )


def test_the_better_match_comes_first(met: Look) -> None:
    rows = met(deal(":tr, :az", '; at:signedOn "1999-07"^^edtf:EDTF')).agreements
    assert [local(row.ours) for row in rows] == [
        "agreement/1999-military-financial-aid",
        "agreement/1999-deepening-strategic-cooperation",
    ]


def test_without_a_date_an_agreement_is_matched_by_its_name(met: Look) -> None:
    body = deal(":tr, :az", "").replace("A deal", "SHUSHA declaration")
    assert of_ours(met(body).agreements) == {"agreement/shusha-declaration"}
    assert met(body.replace(":tr, :az", ":ge, :ua")).agreements == ()


# Flows


def flow(roles: str, more: str, kind: str = "FinancialAid") -> str:
    return TURKIYE_AND_AZERBAIJAN + f":flow a at:{kind} ; {roles} ; {more} ."


USD = "at:amount {} ; at:currency k:usd"
GIFT = "at:donor :tr ; at:recipient :az"


@pytest.mark.parametrize(
    ("roles", "more", "kind", "ours"),
    [
        (GIFT, USD.format("3000000.00"), "FinancialAid", {"2001-military-aid", "2003-military-financial-aid"}),
        (GIFT, USD.format("3000000") + ' ; at:onDate "2001-05-02"', "FinancialAid", {"2001-military-aid"}),
        (GIFT, USD.format("9") + ' ; at:onDate "1999-07"^^edtf:EDTF', "FinancialAid", {"1999-military-financial-aid"}),
        ("at:donor :tr", USD.format("3450000.0"), "FinancialAid", {"1999-military-financial-aid"}),
        ("at:seller actor:aselsan ; at:buyer :az", USD.format("3000000"), "ArmsSale", {"squad-radios"}),
        ("at:seller actor:mkek ; at:buyer :az", 'at:onDate "2010"', "ArmsSale", {"2010-ammunition"}),
    ],
)
def test_a_flow_is_matched_by_who_gives_and_takes_and_by_its_date_or_sum(
    met: Look, roles: str, more: str, kind: str, ours: set[str]
) -> None:
    assert of_ours(met(flow(roles, more, kind)).flows) == {f"flow/{name}" for name in ours}


@pytest.mark.parametrize(
    ("roles", "more", "kind"),
    [
        ("at:donor :az ; at:recipient :tr", USD.format("3000000"), "FinancialAid"),
        ("at:donor :ua ; at:recipient :az", USD.format("3000000"), "FinancialAid"),
        ("at:donor :tr ; at:recipient :ge", 'at:onDate "2001"^^edtf:EDTF', "FinancialAid"),
        ("at:donor :tr", 'at:onDate "2001"^^edtf:EDTF', "FinancialAid"),
        (GIFT, USD.format("3000001"), "FinancialAid"),
        (GIFT, "at:amount 3000000 ; at:currency k:eur", "FinancialAid"),
        (GIFT, "at:amount 3000000", "FinancialAid"),
        (GIFT, 'at:amount "NaN", "1e9999999999", "three" ; at:currency k:usd', "FinancialAid"),
        (GIFT, USD.format("3000000") + ' ; at:onDate "1995"^^edtf:EDTF', "FinancialAid"),
        (GIFT, USD.format("3000000") + ' ; at:onDate "2001"^^edtf:EDTF', "GoodsAid"),
    ],
)
def test_a_flow_between_others_or_of_another_sum_matches_nothing(met: Look, roles: str, more: str, kind: str) -> None:
    assert met(flow(roles, more, kind)).flows == ()


def test_a_flow_tells_how_its_sum_differs(met: Look) -> None:
    (row,) = met(flow(GIFT, USD.format("2500000") + ' ; at:onDate "1999-07"^^edtf:EDTF')).flows
    assert "the same date" in row.reasons
    assert "amount: theirs 2500000, ours 3450000" in row.differences


# Events


@pytest.mark.parametrize(
    ("body", "ours"),
    [
        (
            'a at:Visit ; at:kind k:visit ; at:visitor actor:turgut-ozal ; at:host :az ; at:onDate "1993-04-14"',
            {"event/1993-ozal-visit"},
        ),
        ('a at:Visit ; at:visitor actor:turgut-ozal ; at:onDate "1993"', {"event/1993-ozal-visit"}),
        (
            'a at:Visit ; at:visitor actor:turgut-ozal ; at:onDate "1980/2010"',
            {"event/1991-ozal-visit", "event/1993-ozal-visit"},
        ),
        (
            'a at:Statement ; at:kind k:statement ; at:speaker actor:turgut-ozal ; at:onDate "1993-04"',
            {"event/1993-ozal-speech", "event/1993-ozal-talks"},
        ),
        (
            'a at:Event ; at:kind k:coup ; at:ousted actor:ebulfez-elchibey ; at:onDate "1993-06-04"',
            {"event/1993-coup"},
        ),
        (
            'a at:Exercise ; at:kind k:exercise ; at:exerciser :tr, :az ; at:onDate "2022-11"',
            {"exercise/anatolian-eagle", "exercise/turaz", "exercise/winter-2021"},
        ),
    ],
)
def test_an_event_is_matched_by_its_kind_date_and_participants(met: Look, body: str, ours: set[str]) -> None:
    assert of_ours(met(f"{TURKIYE_AND_AZERBAIJAN} :event {body} .").events) == ours


@pytest.mark.parametrize(
    "body",
    [
        'a at:Visit ; at:kind k:visit ; at:visitor actor:turgut-ozal ; at:host :ua ; at:onDate "1993-04-14"',
        'a at:Visit ; at:kind k:visit ; at:visitor actor:turgut-ozal ; at:host :az ; at:onDate "1993-05"',
        'a at:Visit ; at:kind k:visit ; at:visitor :tr ; at:host :ge ; at:onDate "1993-04-14"',
        'a at:Training ; at:trainee actor:turgut-ozal ; at:onDate "1993-04"',
        'a at:Event ; at:participant actor:ebulfez-elchibey ; at:onDate "1993-06"',
        'a at:Event ; at:kind k:assault ; at:participant actor:ebulfez-elchibey ; at:onDate "1993-06"',
        'a at:Visit ; at:kind k:visit ; at:expectedParticipant actor:turgut-ozal ; at:onDate "1993-04"',
    ],
)
def test_an_event_of_another_kind_day_or_company_matches_nothing(met: Look, body: str) -> None:
    assert met(f"{TURKIYE_AND_AZERBAIJAN} :event {body} .").events == ()


# What makes no sense


LONG = "Azerbaijan" * 1000


@pytest.mark.parametrize(
    "body",
    [
        '[] a at:State ; rdfs:label "Türkiye" .',
        ':deal a at:Agreement ; at:party [ a at:State ; rdfs:label "Türkiye" ] ; at:signedOn "1992-08-11" .',
        ':x a "at:State" ; rdfs:label "Türkiye" .',
        ":x a at:State ; rdfs:label <urn:Turkiye>, [] .",
        f':x a at:State ; rdfs:label "{LONG}", "Türkiye{" " * 300}" .',
        ':x a at:State ; rdfs:label "", " ", "…", "🙂", "\\u0000", "\\u202E" .',
        ":x a at:State ; rdfs:subClassOf :x ; owl:sameAs :x ; at:partOf :x ; at:party :x .",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A . :x a :A ; rdfs:label 'Türkiye' .",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p . :x :p :x .",
        ':deal a at:Agreement ; at:party :deal ; at:signedOn "1992-08-11" .',
        ':x a at:FinancialAid ; at:donor "Türkiye" ; at:recipient 5 ; at:amount <urn:x> ; at:currency "USD" .',
        ':x a at:Visit ; at:visitor <<( :a :b :c )>> ; at:onDate "1993-04" .',
    ],
)
def test_what_makes_no_sense_matches_nothing(met: Look, body: str) -> None:
    meeting = met(body)
    assert rows_of(meeting) == []
    assert json.loads(json.dumps(meeting.content()))["actors"] == []


@pytest.mark.parametrize(
    "date",
    [
        "late 1992", "1992-13", "1992-08-32", "9999-24", "Y17E9", "/", "..", "[]", "1992/1991", "-1992", "(" * 50,
        "1992-08-11" + " " * 100 + "1992", "١٩٩٢", "\\u0000", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("property_", ["at:signedOn", "sem:hasEarliestBeginTimeStamp"])
def test_a_date_that_is_none_dates_nothing(met: Look, date: str, property_: str) -> None:
    assert met(deal(":tr, :az", f'; {property_} "{date}"')).agreements == ()


def test_time_stamps_that_contradict_each_other_date_nothing(met: Look) -> None:
    stamps = '; sem:hasEarliestBeginTimeStamp "{}" ; sem:hasLatestBeginTimeStamp "{}"'
    assert met(deal(":tr, :az", stamps.format("1992-08-01", "1991-01-01"))).agreements == ()
    assert met(deal(":tr, :az", stamps.format("1992-08-01", "1993-01-01"))).agreements != ()


def test_what_was_not_compared_is_said(met: Look) -> None:
    dates = " ".join(f':d{i} a at:Agreement ; at:signedOn "19{i}-XX" .' for i in range(10, 75))
    notes = met(f'[] a at:State . [] a at:FinancialAid . :x a at:State ; rdfs:label "{LONG}" . {dates}').notes
    assert [note.split(" of their ")[0] for note in notes] == ["2", "1", "15"]


def test_nothing_at_all_meets_as_nothing(met: Look, memory: Store) -> None:
    assert rows_of(met("")) == []
    assert rows_of(look(Store(), triples(TURKIYE_AND_AZERBAIJAN))) == []
    assert rows_of(look(Store(), [])) == []


# What holds for every look

DOCUMENT = (
    deal(":tr, :az", '; at:signedOn "1992"^^edtf:EDTF')
    + f" :flow a at:FinancialAid ; {GIFT} ; {USD.format('3000000')} . "
    + ':visit a at:Visit ; at:visitor actor:turgut-ozal ; at:host :az ; at:onDate "1993-04" . '
    + ':gov a at:Government ; rdfs:label "Azerbaijan", "Azarbaijan" . :p a at:Person ; rdfs:label "Yavər Camalov" . '
    + 'actor:turkiye a at:Government ; rdfs:label "Turkei"@en ; skos:altLabel "Anatolia" .'
)


def test_our_graph_meets_itself_in_every_actor_and_without_a_collision(memory: Store, own: list[Triple]) -> None:
    meeting = look(memory, own)
    question = f"SELECT DISTINCT ?actor WHERE {{ ?actor a/<{RDFS('subClassOf').value}>* <{AT('Actor').value}> }}"
    actors = {solution["actor"].value for solution in memory.query(question)}  # type: ignore[union-attr]
    assert {(row.theirs, row.ours, row.match) for row in meeting.actors} == {(a, a, "same IRI") for a in actors}
    assert len(actors) > 100
    assert meeting.collisions == ()
    assert meeting.notes == ()
    happenings = [*meeting.agreements, *meeting.flows, *meeting.events]
    assert len(happenings) > 100
    assert [row for row in happenings if (row.match, row.theirs) != ("same IRI", row.ours)] == []


def test_things_of_ours_under_other_iris_match_their_originals(memory: Store, own: list[Triple]) -> None:
    """A copy of our actors, agreements, flows and events under IRIs of their own finds what it was copied from."""

    kinds = ("actor/", "agreement/", "flow/", "event/", "training/", "exercise/")
    copied = {one.subject for one in own if str(one.subject).startswith(tuple(f"<{ID.iri}{kind}" for kind in kinds))}
    copy = [
        Triple(
            moved(t.subject, ID.iri, THEIRS),
            t.predicate,
            moved(t.object, ID.iri, THEIRS) if t.object in copied else t.object,
        )
        for t in own
        if t.subject in copied
    ]
    meeting = look(memory, copy)
    found = {(row.theirs.removeprefix(THEIRS), row.ours.removeprefix(ID.iri)) for row in meeting.actors}
    names = {t.subject.value.removeprefix(ID.iri) for t in own if t.subject in copied and t.predicate == RDFS("label")}  # type: ignore[union-attr]
    actors = {name for name in names if name.startswith("actor/")} - {"actor/curator"}
    assert {(name, name) for name in actors} <= found
    flows = {(row.theirs.removeprefix(THEIRS), row.ours.removeprefix(ID.iri)) for row in meeting.flows}
    assert {(name, name) for name in names if name.startswith("flow/")} <= flows
    assert meeting.collisions == ()


def test_a_look_changes_neither_graph(memory: Store) -> None:
    before, document = set(memory), triples(DOCUMENT)
    kept = list(document)
    look(memory, document)
    assert set(memory) == before
    assert document == kept


def test_the_built_store_meets_as_the_one_in_memory(memory: Store, store: Store) -> None:
    assert look(store, triples(DOCUMENT)) == look(memory, triples(DOCUMENT))


@settings(max_examples=10, deadline=None)
@given(st.randoms())
def test_the_rows_have_one_order_whatever_the_order_of_the_document(memory: Store, luck: random.Random) -> None:
    document = triples(DOCUMENT)
    shuffled = luck.sample(document, len(document))
    assert look(memory, shuffled) == look(memory, document)


def test_the_rows_go_by_their_things_and_the_best_comes_first(met: Look) -> None:
    body = ':m at:party :a . :z a at:State ; rdfs:label "Baku", "Armenia" . :a rdfs:label "Türkiye" . '
    meeting = met(body + DOCUMENT)
    assert [row.theirs for row in meeting.actors[:1]] == [f"{THEIRS}a"]
    for rows in (meeting.actors, meeting.agreements, meeting.flows, meeting.events):
        assert list(rows) == sorted(rows, key=lambda row: (row.theirs, -row.score))


NOISE = st.sampled_from([NamedNode(f"https://example.org/noise/{name}") for name in "abcdef"])
NOISE_PROPERTIES = st.sampled_from(
    [RDF("type"), RDFS("label"), RDFS("subClassOf"), RDFS("subPropertyOf"), OWL("sameAs"), SKOS("exactMatch")]
    + [AT(name) for name in ("party", "signedOn", "donor", "amount", "identifies", "scheme", "partOf", "participant")]
)
NOISE_VALUES = st.one_of(
    NOISE,
    st.sampled_from([AT("State"), AT("Agreement"), ID("actor/turkiye"), NamedNode(f"{THEIRS}tr"), BlankNode("b")]),
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    st.sampled_from([Literal("Türkiye"), Literal("1992-08-11", datatype=EDTF("EDTF")), Literal("1992-99")]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(Triple, NOISE, NOISE_PROPERTIES, NOISE_VALUES), max_size=12))
def test_noise_beside_a_document_adds_no_row_about_the_document(memory: Store, noise: list[Triple]) -> None:
    alone, beside = look(memory, triples(DOCUMENT)), look(memory, triples(DOCUMENT) + noise)
    noisy = "https://example.org/noise/"
    assert beside.collisions == alone.collisions
    for rows, others in (
        (alone.actors, beside.actors),
        (alone.agreements, beside.agreements),
        (alone.flows, beside.flows),
        (alone.events, beside.events),
    ):
        assert [row for row in others if not row.theirs.startswith(noisy)] == list(rows)


# What is shown


def test_the_content_is_what_json_can_hold_and_says_all_that_the_rows_say(met: Look) -> None:
    meeting = met(DOCUMENT)
    content = json.loads(json.dumps(meeting.content()))
    assert content == meeting.content()
    kinds = ["collisions", "actors", "agreements", "flows", "events", "notes"]
    assert list(content) == [*kinds, "new", "there"]
    assert list(content["collisions"][0]) == ["iri", "label", "what", "property", "ours", "theirs", "reason"]
    names = ["theirs", "their_label", "ours", "our_label", "match", "score", "reasons", "differences"]
    assert list(content["actors"][0]) == names
    assert [len(content[kind]) for kind in kinds] == [3, 6, 3, 2, 1, 0]


def test_triples_that_are_there_already_are_counted_apart_from_new_ones(met: Look) -> None:
    meeting = met("actor:turkiye a at:State ; at:note 'x'@en . :y at:note 'x'@en . [] a at:State .")
    assert (meeting.there, meeting.new) == (1, 3)


def test_the_text_has_a_line_for_each_row_and_says_that_nothing_is_decided(met: Look) -> None:
    meeting = met(DOCUMENT)
    lines = str(meeting).splitlines()
    assert len(lines) == len(rows_of(meeting)) + 6 + 1
    assert "Suggestions only" in lines[-1]


def test_the_text_is_safe_for_a_terminal(met: Look) -> None:
    escape = "\\u001B[2J\\u0007\\n\\u202E"
    text = str(met(f':x a at:State ; rdfs:label "Türkiye", "{escape}Turkey" . actor:turkiye at:note "{escape}"@en .'))
    assert text.count("\n") == text.count("\n  ") + 6
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_long_label_is_cut_where_it_is_shown(met: Look) -> None:
    meeting = met(
        f':x a at:State ; rdfs:label "{LONG}"@en ; skos:altLabel "Türkiye" . actor:turkiye at:note "{LONG}" .'
    )
    assert of_ours(meeting.actors) == {"actor/turkiye"}
    assert len(str(meeting)) < 2000
    assert len(json.dumps(meeting.content())) < 3000


# How long it takes


def crowd(size: int) -> list[Triple]:
    """Agreements and actors, *size* triples: all between the same two states in the same years."""
    body = triples(TURKIYE_AND_AZERBAIJAN)
    tr, az = NamedNode(f"{THEIRS}tr"), NamedNode(f"{THEIRS}az")
    for i in range(size // 8):
        deal_, person = NamedNode(f"{THEIRS}deal/{i}"), NamedNode(f"{THEIRS}person/{i}")
        date = Literal(f"{1990 + i % 30}-{1 + i % 12:02}-{1 + i % 28:02}", datatype=EDTF("EDTF"))
        body += [
            Triple(deal_, RDF("type"), AT("Agreement")),
            Triple(deal_, RDFS("label"), Literal(f"Agreement {i} of Şuşa")),
            Triple(deal_, AT("signedOn"), date),
            Triple(deal_, AT("party"), tr),
            Triple(deal_, AT("party"), az),
            Triple(deal_, AT("party"), person),
            Triple(person, RDF("type"), AT("Person")),
            Triple(person, RDFS("label"), Literal(f"Əli Həsənov {i}")),
        ]
    return body


def chain(size: int) -> list[Triple]:
    """Classes in a row, and a thing of each."""
    names = [NamedNode(f"{THEIRS}C{i}") for i in range(size // 2)]
    steps = [Triple(one, RDFS("subClassOf"), other) for one, other in pairwise(names)]
    return [*steps, *(Triple(NamedNode(f"{one.value}/x"), RDF("type"), one) for one in names)]


def one_of_many_names(size: int) -> list[Triple]:
    x = NamedNode(f"{THEIRS}x")
    return [Triple(x, RDF("type"), AT("State")), *(Triple(x, RDFS("label"), Literal(f"Ə{i} Ş")) for i in range(size))]


def odd_dates(size: int) -> list[Triple]:
    return [
        one
        for i in range(size // 2)
        for deal_ in [NamedNode(f"{THEIRS}deal/{i}")]
        for date in [f"{i:04}-{('2X', '02-30', '13', '24-01', '02-2')[i % 5]}"]
        for one in (Triple(deal_, RDF("type"), AT("Agreement")), Triple(deal_, AT("signedOn"), Literal(date)))
    ]


def knot(size: int) -> list[Triple]:
    """Things that are all called the same as ours and as each other."""
    hub = ID("actor/turkiye")
    return [Triple(NamedNode(f"{THEIRS}{i}"), OWL("sameAs"), hub) for i in range(size)]


@pytest.mark.parametrize("shape", [crowd, chain, one_of_many_names, odd_dates, knot], ids=lambda shape: shape.__name__)
def test_ten_thousand_triples_are_looked_at_in_about_a_second(
    memory: Store, shape: Callable[[int], list[Triple]]
) -> None:
    document = shape(10_000)
    look(memory, [])
    start = time.process_time()
    look(memory, document)
    assert time.process_time() - start < 2


def test_many_agreements_of_one_pair_are_compared_year_by_year(project: Project) -> None:
    document = crowd(10_000)
    ours = with_ontology(project, "")
    ours.extend(
        Quad(moved(one.subject, THEIRS, ID.iri), one.predicate, moved(one.object, THEIRS, ID.iri)) for one in document
    )
    start = time.process_time()
    rows = look(ours, document).agreements
    assert time.process_time() - start < 6
    assert {(row.theirs, row.theirs.replace(THEIRS, ID.iri)) for row in rows} <= {
        (row.theirs, row.ours) for row in rows
    }

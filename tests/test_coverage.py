"""Comparing the facts with the text: what is printed and not recorded, what is recorded and not printed."""

import dataclasses
import json
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, Quad, RdfFormat, Store, parse

from aidtrace.coverage import Coverage, Gap, Side, compare, cover, read_reasons
from aidtrace.errors import InputError
from aidtrace.namespaces import AT, EDTF, XSD
from aidtrace.passages import Passage, read_register, split
from aidtrace.project import Project

PREFIXES = """
@prefix at: <https://w3id.org/aidtrace/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix id: <https://w3id.org/aidtrace/id/flow/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix source: <https://w3id.org/aidtrace/id/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
id:tolls-1 a at:Passage ; at:paragraph "tolls/1" .
id:tolls-2 a at:Passage ; at:paragraph "tolls/2" .
"""


def compared(text: str, facts: str, reasons: dict[Gap, str] | None = None, second: str = "") -> Coverage:
    """Compare one or two invented paragraphs with facts in Turtle."""
    triples = parse(PREFIXES + facts, format=RdfFormat.TURTLE)
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return compare([Passage("tolls/1", text), Passage("tolls/2", second)], store, reasons or {})


def gaps(text: str, facts: str = "", second: str = "") -> list[tuple[str, str]]:
    """Figure and direction of each gap."""
    return [(gap.figure, gap.direction) for gap in compared(text, facts, second=second).unexplained]


def fact(*statements: str) -> str:
    """A block of the first paragraph."""
    return f"id:toll {' ; '.join(statements)} ; dcterms:source id:tolls-1 ."


def on(edtf: str) -> str:
    return f'at:onDate "{edtf}"^^edtf:EDTF'


@pytest.mark.parametrize(
    ("printed", "recorded"),
    [
        ("on August 11, 1962,", "1962-08-11"),
        ("on 11 August 1962", "1962-08-11"),
        ("Date: 11.08.1962.", "1962-08-11"),
        ("(1962, August 11)", "1962-08-11"),
        ("between November 1-5, 1962", "1962-11-01/1962-11-05"),
        ("one day of November 1-5, 1962", "[1962-11-01..1962-11-05]"),
        ("in June 1967", "1967-06"),
        ("in June of 1967", "1967-06"),
        ("in the spring of 1961", "1961-21"),
        ('the "Winter-1961" march', "1961-24"),
        ("in 1962", "1962"),
        ("from 1961 to 1964", "1961/1964"),
        ("(1961-1964)", "1961/1964"),
        ("since 1964", "1964/.."),
        ("by 1963", "[..1963]"),
        ("after 1963", "[1964..]"),
        ("in the 1960s", "196X"),
        ("in the first two months of 1960", "1960-01/1960-02"),
    ],
)
def test_a_date_matches_in_every_form_that_is_printed(printed: str, recorded: str) -> None:
    assert gaps(f"The toll rose {printed} by law", fact(on(recorded))) == []


@pytest.mark.parametrize(
    ("printed", "statement"),
    [
        (r"US\$ 3,450,000 in salt", 'at:amount "3450000"^^xsd:decimal'),
        ("240,000 dollars", 'at:cash "240000"^^xsd:decimal'),
        ("fifty percent", 'at:share "50"^^xsd:decimal'),
        ("12% of it", 'at:share "12"^^xsd:decimal'),
        ("1559 sailors", "at:trained 1559"),
        ("twelve ships", "at:count 12"),
        ("two more ships", "at:count 2"),
        ("a five-year pact", 'at:duration "P5Y"^^xsd:duration'),
        ("lasted 44 days", 'at:duration "P44D"^^xsd:duration'),
        ("the last three decades", 'at:duration "P30Y"^^xsd:duration'),
        ("over a decade", 'at:duration "P10Y"^^xsd:duration'),
        ("thirty years", 'at:duration "P30Y"^^xsd:duration'),
        ("the fourth pact", "at:ordinal 4"),
        ("a ten-kilometer zone", "at:zoneKm 10"),
        ("No: 558", 'at:officialNumber "558"'),
        ("the Pact of 1962", 'rdfs:label "Pact of 1962"@en'),
    ],
)
def test_a_number_matches_as_digits_and_as_words(printed: str, statement: str) -> None:
    assert gaps(f"It was {printed} in all", fact(statement)) == []


@pytest.mark.parametrize(
    "printed",
    ["June 1967", "1967", "3,450,000", "twelve ships", "44 days", "three decades", "the 1960s", "12%", "three parties"],
)
def test_a_printed_figure_that_nobody_records_is_shown(printed: str) -> None:
    [(figure, direction)] = gaps(f"The toll was {printed} at sea")
    assert figure in printed
    assert direction == "text"


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        (on("1971"), "1971"),
        (on("1962-08-11"), "1962-08-11"),
        (on("1962/1971"), "1971"),
        ('at:amount "77"^^xsd:decimal', "77"),
        ("at:count 77", "77"),
        ('at:duration "P77Y"^^xsd:duration', "P77Y"),
        ("at:ordinal 4", "4."),
    ],
)
def test_a_recorded_figure_that_the_text_lacks_is_shown(statement: str, shown: str) -> None:
    assert gaps("The toll rose in 1962 by law", fact(on("1962"), statement)) == [(shown, "data")]


@pytest.mark.parametrize(
    "words", ["the two countries", "one nation, two states", "both parties", "between two nations"]
)
def test_two_that_only_means_the_pair_is_no_count(words: str) -> None:
    assert gaps(f"It was agreed by {words} at sea") == []


def test_a_day_is_too_exact_where_the_text_has_only_its_month() -> None:
    assert (
        gaps("It rose in August 1962", fact(on("1962-08-11")))
        == [("August 1962", "text"), ("1962-08-11", "data")][::-1]
    )


def test_a_fact_of_another_paragraph_records_nothing_here() -> None:
    facts = f"id:toll {on('1962')} ; dcterms:source id:tolls-2 ."
    assert gaps("It rose in 1962", facts, second="It rose in 1962") == [("1962", "text")]


ATTESTED = f"""
id:toll {on("1962")} ; {on("1963")} ; dcterms:source id:tolls-1 ; dcterms:source id:tolls-2 .
id:a1 a at:Attestation ; at:about id:toll ; at:property at:onDate ; at:value "1962"^^edtf:EDTF ;
    dcterms:source id:tolls-1 .
id:a2 a at:Attestation ; at:about id:toll ; at:property at:onDate ; at:value "1963"^^edtf:EDTF ;
    dcterms:source id:tolls-2 .
"""


def test_a_value_counts_where_it_is_attested() -> None:
    assert gaps("It rose in 1962", ATTESTED, second="It rose in 1963") == []


def test_a_value_attested_to_the_wrong_paragraph_is_shown_on_both_sides() -> None:
    assert len(gaps("It rose in 1963", ATTESTED, second="It rose in 1962")) == 4


@pytest.mark.parametrize("name", ["asPrinted", "countAsWorded", "course"])
def test_words_that_are_quoted_must_be_printed(name: str) -> None:
    assert gaps("Several ships came", fact(f'at:{name} "several ships"@en')) == []
    assert gaps("Some ships came", fact(f'at:{name} "several ships"@en')) == [("several ships", "data")]


def test_our_own_label_and_note_record_no_figure() -> None:
    own = fact('rdfs:label "Toll of 1962"@en', 'at:note "It was 1962."@en')
    assert gaps("It rose in 1962", own) == [("1962", "text")]


CITED = 'id:{0} a at:Citation ; at:asPrinted "{1}" ; dcterms:source id:tolls-1 .'


def test_a_citation_hides_the_figures_in_it() -> None:
    assert (
        gaps(
            "It rose (Roe, 1963, p. 9; Pike, 1964a).",
            CITED.format("c1", "Roe, 1963, p. 9") + CITED.format("c2", "Pike, 1964a"),
        )
        == []
    )


def test_a_citation_without_a_node_is_shown() -> None:
    assert ("Pike, 1964", "text") in gaps("It rose (Roe, 1963; Pike, 1964).", CITED.format("c1", "Roe, 1963"))


def test_a_citation_in_the_run_of_a_sentence_without_a_node_is_shown() -> None:
    assert ("Roe (1963)", "text") in gaps("As Roe (1963) says, it rose.")


def test_a_citation_printed_twice_needs_two_nodes() -> None:
    text = "It rose (Roe, 1963). It fell (Roe, 1963)."
    assert gaps(text, CITED.format("c1", "Roe, 1963")) == [("Roe, 1963", "text")]
    assert gaps(text, CITED.format("c1", "Roe, 1963") + CITED.format("c2", "Roe, 1963")) == []


@pytest.mark.parametrize("printed", ["Roe, 1963b", "Roe, 1963, p. 9", "Munroe, 1963"])
def test_a_part_of_a_citation_is_another_citation(printed: str) -> None:
    shown = gaps(f"It rose ({printed}).", CITED.format("c1", "Roe, 1963"))
    assert {("Roe, 1963", "data"), (printed, "text")} <= set(shown)


def test_a_citation_that_the_paragraph_does_not_print_is_shown() -> None:
    assert gaps("It rose.", CITED.format("c1", "Roe, 1963")) == [("Roe, 1963", "data")]


def test_the_figures_of_a_citation_record_nothing_else() -> None:
    assert gaps("In 1963 it rose (Roe, 1963).", CITED.format("c1", "Roe, 1963")) == [("1963", "text")]


def test_an_entry_is_recorded_part_by_part() -> None:
    entry = (
        'dcterms:title "Tolls of 1950"; at:year 1962; at:volume "1"; at:issue "2"; at:pages "3-4";'
        ' at:doi "https://doi.org/10.1/x5"'
    )
    text = "Pike, A., 1962. Tolls of 1950. Salt, 1(2), 3\u20134. https://doi.org/10.1/x5"
    assert gaps(text, f"source:pike1962 {entry} ; dcterms:source id:tolls-1 .") == []


def test_a_key_of_ours_does_not_stand_for_the_year_of_an_entry() -> None:
    facts = 'source:pike1962 at:key "Pike1962" ; rdfs:label "Pike (1962)"@en ; dcterms:source id:tolls-1 .'
    assert ("1962", "text") in gaps("Pike, A. (1962). Tolls. Salt.", facts)


REASON = Gap("tolls/1", "1962", "text")
REASON_OF_1964 = Gap("tolls/1", "1964", "text")


def test_a_reason_explains_its_gap_and_no_other() -> None:
    report = compared("It rose in 1962 and 1963", "", {REASON: "the year of a poem"})
    assert report.printed == Side(met=0, explained=1, unexplained=1)
    assert report.unexplained == (Gap("tolls/1", "1963", "text"),)
    assert not report.complete


def test_a_reason_that_explains_nothing_any_more_is_shown() -> None:
    report = compared("It rose in 1962", fact(on("1962")), {REASON: "the year of a poem"})
    assert report.stale == ("tolls/1, 1962, text",)
    assert not report.complete
    assert "reason explains nothing: tolls/1, 1962, text" in report.write("text")


def test_the_report_says_how_much_was_compared() -> None:
    facts = fact(on("1962"), "at:share 12", on("1971")) + CITED.format("c1", "Roe, 1963")
    report = compared(
        "It rose in 1962, yes 1962, by 12%, or 13, in 1964 (Roe, 1963)", facts, {REASON_OF_1964: "a poem"}
    )
    assert report.write("text").splitlines()[-4:] == [
        "2 passages",
        "5 figures printed, a repeated one each time: 3 recorded by a fact, 1 with a reason, 1 unexplained",
        "3 figures recorded, each once a passage: 2 printed there, 0 with a reason, 1 unexplained",
        "1 citations and quotations: 1 printed as recorded, 0 with a reason, 0 unexplained",
    ]


def test_the_numbers_of_the_real_report_add_up(project: Project, article: Path) -> None:
    report = cover(project, article)
    passages = split(article.read_text("utf-8"), read_register(project.passage_register))
    assert report.passages == len(passages)
    assert report.printed.whole == report.printed.met + report.printed.explained
    assert report.printed.explained >= sum(gap.direction == "text" for gap in read_reasons(project.coverage_reasons))


def test_the_report_as_json_holds_every_gap() -> None:
    report = json.loads(compared("It rose in 1962", fact(on("1971"))).write("json"))
    assert [(gap["figure"], gap["direction"]) for gap in report["unexplained"]] == [("1971", "data"), ("1962", "text")]


def test_a_gap_reads_as_a_sentence() -> None:
    assert str(REASON) == "tolls/1: 1962 is printed and no fact records it"
    assert str(dataclasses.replace(REASON, direction="data")) == "tolls/1: 1962 is recorded and not printed"


def test_a_project_without_reasons_has_none(tmp_path: Path) -> None:
    assert read_reasons(tmp_path / "coverage-reasons.csv") == {}


def test_the_reasons_are_few_and_each_is_filled_in(project: Project) -> None:
    reasons = read_reasons(project.coverage_reasons)
    assert len(reasons) <= 30
    assert all(gap.direction in ("text", "data") and len(reason) > 10 for gap, reason in reasons.items())


def test_a_file_that_is_not_there_is_an_error_that_names_it(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: .*expected the article"):
        cover(project, tmp_path / "nowhere.txt")


def test_another_text_is_an_error_that_names_the_file(project: Project, tmp_path: Path) -> None:
    for text in ("Nothing of the kind.", "| a | b |\n|---|---|\n| c | d |", "| a |\n|---|\n| c |"):
        (tmp_path / "other.txt").write_text(text)
        with pytest.raises(InputError, match=r"other\.txt: [^\n]+; expected "):
            cover(project, tmp_path / "other.txt")


def test_the_facts_cover_the_article_and_the_article_the_facts(project: Project, article: Path) -> None:
    report = cover(project, article)
    assert report.complete, report.write("text")
    assert report.printed.whole > 400


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("amount", Literal("3450000", datatype=XSD("decimal")), Literal("3460000", datatype=XSD("decimal"))),
        ("signedOn", Literal("1992-08-11", datatype=EDTF("EDTF")), Literal("1992-08-12", datatype=EDTF("EDTF"))),
        ("trained", Literal("1559", datatype=XSD("integer")), Literal("1595", datatype=XSD("integer"))),
        ("asPrinted", Literal("Veliyev, 2020b"), Literal("Veliyev, 2020")),
    ],
)
def test_one_wrong_figure_in_the_real_facts_is_noticed(
    project: Project, memory: Store, article: Path, name: str, old: Literal, new: Literal
) -> None:
    """Every fact that says *old* says *new* in a copy; attestations follow."""
    copy = Store()
    for quad in memory.quads_for_pattern(None, None, None, DefaultGraph()):
        changed = quad.object == old and quad.predicate in (AT(name), AT("value"))
        copy.add(Quad(quad.subject, quad.predicate, new if changed else quad.object, DefaultGraph()))
    passages = split(article.read_text("utf-8"), read_register(project.passage_register))
    shown = compare(passages, copy, read_reasons(project.coverage_reasons)).unexplained
    assert {gap.direction for gap in shown} == {"text", "data"}

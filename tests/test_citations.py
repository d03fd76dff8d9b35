"""The citations of the text and the bibliography that they point to."""

import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from aidtrace.namespaces import AT, ID
from aidtrace.passages import read_register, split

ARTICLE = Path(__file__).parents[1] / "data" / "article"

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
PASSAGE = "http://purl.org/dc/terms/source"
TITLE = "http://purl.org/dc/terms/title"
RANGE = re.compile(r"^(\d+)(?:-(\d+))?$")

Things = dict[str, dict[str, list[str]]]


@cache
def things(*files: str) -> Things:
    """Subject, then property, then values, of some files of the article."""
    found: Things = defaultdict(lambda: defaultdict(list))
    for name in files:
        for quad in parse(path=str(ARTICLE / name), format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                found[quad.subject.value][quad.predicate.value].append(quad.object.value)
    return found


def of_class(name: str, file: str) -> Things:
    """The things of one class in one file."""
    return {thing: facts for thing, facts in things(file).items() if AT(name).value in facts[TYPE]}


CITATIONS = of_class("Citation", "citations.ttl")
SOURCES = of_class("Source", "bibliography.ttl")
PASSAGES = of_class("Passage", "passages.ttl")


def values(facts: dict[str, list[str]], name: str) -> list[str]:
    """What a thing says with one property of ours."""
    return facts.get(AT(name).value, [])


def concepts(facts: dict[str, list[str]], name: str) -> set[str]:
    """The last parts of the concepts that a thing has for one property."""
    return {value.rsplit("/", 1)[1] for value in values(facts, name)}


def entries(facts: dict[str, list[str]]) -> list[str]:
    """The entries that a citation means or may mean."""
    return values(facts, "resolvesTo") + values(facts, "mayResolveTo")


def outside(pages: str, of_entry: str) -> bool:
    """Whether the pages cited lie outside those of an entry that has a first and a last page."""
    cited, whole = RANGE.match(pages), RANGE.match(of_entry)
    assert cited, pages
    if whole is None or whole[2] is None:
        return False
    first, last = int(cited[1]), int(cited[2] or cited[1])
    return first < int(whole[1]) or last > int(whole[2])


def paragraph(facts: dict[str, list[str]]) -> str:
    """The id of the one passage that a citation or an entry stands in."""
    (passage,) = facts[PASSAGE]
    return values(PASSAGES[passage], "paragraph")[0]


@pytest.fixture(scope="module")
def text(article: Path) -> dict[str, str]:
    register = read_register(ARTICLE / "passages.csv")
    return {passage.id: passage.text for passage in split(article.read_text(encoding="utf-8"), register)}


def test_there_are_citations_and_entries() -> None:
    assert CITATIONS
    assert SOURCES


def test_every_citation_has_one_resolution() -> None:
    assert not [cited for cited, facts in CITATIONS.items() if len(values(facts, "resolution")) != 1]


def test_a_citation_resolves_to_one_entry_or_may_to_several_or_to_none() -> None:
    for cited, facts in CITATIONS.items():
        (resolution,) = concepts(facts, "resolution")
        one, several = len(values(facts, "resolvesTo")), len(values(facts, "mayResolveTo"))
        if resolution == "ambiguous":
            assert (one, several >= 2) == (0, True), cited
        elif resolution == "none":
            assert (one, several) == (0, 0), cited
        else:
            assert (one, several) == (1, 0), cited


def test_what_a_citation_points_to_is_an_entry() -> None:
    assert {entry for facts in CITATIONS.values() for entry in entries(facts)} <= set(SOURCES)


def test_pages_outside_every_entry_are_marked_and_no_others() -> None:
    for cited, facts in CITATIONS.items():
        ranges = [pages for entry in entries(facts) for pages in values(SOURCES[entry], "pages")]
        misfit = len(ranges) == len(entries(facts)) and any(
            all(outside(pages, whole) for whole in ranges) for pages in values(facts, "pages")
        )
        assert misfit == ("page-misfit" in concepts(facts, "fit")), cited


def test_a_misfit_and_an_inexact_resolution_say_why() -> None:
    for cited, facts in CITATIONS.items():
        if concepts(facts, "fit") or concepts(facts, "resolution") != {"exact"}:
            assert values(facts, "note"), cited


def test_keys_are_unique() -> None:
    keys = Counter(key for facts in SOURCES.values() for key in values(facts, "key"))
    assert sum(keys.values()) == len(SOURCES)
    assert keys.most_common(1)[0][1] == 1


def test_the_name_of_an_entry_is_its_key_in_lower_case() -> None:
    for entry, facts in SOURCES.items():
        (key,) = values(facts, "key")
        assert entry == ID(f"source/{key.lower()}").value
        assert paragraph(facts) == f"bibliography/{key}"


def test_citations_of_a_paragraph_are_numbered_without_gaps() -> None:
    numbers = defaultdict(set)
    for cited, facts in CITATIONS.items():
        slug, number = cited.rsplit("/", 1)[1].rsplit("-", 1)
        assert slug == paragraph(facts).replace("/", "-").lower()
        numbers[slug].add(int(number))
    for slug, found in numbers.items():
        assert found == set(range(1, len(found) + 1)), slug


def test_a_citation_has_the_year_and_letter_of_its_entry_unless_it_is_marked() -> None:
    for cited, facts in CITATIONS.items():
        years = re.findall(r"(?:19|20)\d\d[a-z]?", values(facts, "asPrinted")[0])
        for entry in values(facts, "resolvesTo"):
            printed = "".join(values(SOURCES[entry], "year") + values(SOURCES[entry], "yearSuffix"))
            assert (years == [printed]) == (concepts(facts, "resolution") != {"wrong-year"}), cited


def test_citations_stand_in_their_paragraphs_as_printed_and_in_order(text: dict[str, str]) -> None:
    place: dict[str, int] = defaultdict(int)
    for _, facts in sorted(CITATIONS.items(), key=lambda item: int(item[0].rsplit("-", 1)[1])):
        where = paragraph(facts)
        (printed,) = values(facts, "asPrinted")
        found = text[where].find(printed, place[where])
        assert found >= 0, f"{where}: {printed!r} does not stand here, or stands before the citation before it"
        place[where] = found + len(printed)


def test_every_parenthesis_with_a_year_and_a_name_is_a_citation(text: dict[str, str]) -> None:
    printed = Counter(paragraph(facts) for facts in CITATIONS.values())
    for where, words in text.items():
        if where.split("/")[0] in {"bibliography", "front", "notes-on-contributors", "table-1", "table-2"}:
            continue
        parts = [part for inside in re.findall(r"\(([^()]*)\)", words) for part in inside.split(";")]
        years = [part for part in parts if re.search(r"(?:^|, ?| )(?:19|20)\d\d[a-z]?(?:, ?pp?\. ?[\d-]+)?$", part)]
        assert len(years) == printed[where], where


def test_addresses_and_titles_stand_in_their_entries_as_printed(text: dict[str, str]) -> None:
    names = ["authorsAsPrinted", "editorsAsPrinted", "containerTitle", "publisher", "doi", "url"]
    for facts in SOURCES.values():
        entry = " ".join(text[paragraph(facts)].replace("*", "").split())
        for value in [v for name in names for v in values(facts, name)] + facts[TITLE]:
            assert value in entry, f"{paragraph(facts)}: {value!r}"

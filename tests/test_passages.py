"""Splitting the article's text into its passages, and holding the split to the register."""

import hashlib
import re
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, Store

from aidtrace.errors import InputError
from aidtrace.namespaces import AT
from aidtrace.passages import Passage, Register, fold, marks, read_register, slug, split
from aidtrace.project import Project

TEXT = """The harbour and its tolls

Received: 01.02.1970

Early years

The tolls rose in 1962, when the

CONTACT Ada Pike, Norland. All rights reserved.

harbour of Norland was closed¹ to every ship.

¹ The harbour is the old one.

Ships then came from Sudria.
They paid in salt.

Table 1. What the ships paid.

| Ship | Test | Paid |
|---|---|---|
| Gull | Hoop | salt, |
| (a brig) | - | later tea |
| Tern | Straw | tea |

Bibliography

- Pike, A. (1962). Tolls of the harbour. *Salt and Sea*, 1(2), 3-4.
  - https://example.org/tolls
- Roe, B. (1963, May 2). Norland and the

sea. Harbour Press.
"""

PASSAGES = {
    "front/1": "The harbour and its tolls",
    "front/2": "Received: 01.02.1970",
    "front/3": "CONTACT Ada Pike, Norland. All rights reserved.",
    "early-years/1": "The tolls rose in 1962, when the harbour of Norland was closed¹ to every ship.",
    "early-years/2": "Ships then came from Sudria. They paid in salt.",
    "table-1/1": "Gull (a brig) | Hoop - | salt, later tea",
    "table-1/2": "Tern | Straw | tea",
    "bibliography/Pike1962": "Pike, A. (1962). Tolls of the harbour. *Salt and Sea*, 1(2), 3-4. https://example.org/tolls",
    "bibliography/Roe1963": "Roe, B. (1963, May 2). Norland and the sea. Harbour Press.",
    "fn/1": "¹ The harbour is the old one.",
}


def registered(passages: dict[str, str], *, marked: bool = True) -> Register:
    return Register(
        {name: (Passage(name, text).first_words, sha256(text)) for name, text in passages.items()},
        {name: marks(text) for name, text in passages.items()} if marked else {},
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", PASSAGES)
def test_each_kind_of_passage_is_cut_where_the_register_says(name: str) -> None:
    found = {passage.id: passage.text for passage in split(TEXT, registered(PASSAGES))}
    assert found[name] == PASSAGES[name]


def test_the_passages_come_in_the_order_of_the_register() -> None:
    assert [passage.id for passage in split(TEXT, registered(PASSAGES))] == list(PASSAGES)


def test_line_breaks_and_blanks_do_not_change_a_passage() -> None:
    wide = TEXT.replace("They paid in salt.", "They  paid\nin\tsalt.  ")
    assert split(wide, registered(PASSAGES)) == split(TEXT, registered(PASSAGES))


def test_a_changed_word_is_reported_with_the_passage_and_its_first_words() -> None:
    with pytest.raises(InputError, match=r"^early-years/2: begins 'Boats then came'.*expected.*'Ships then came'"):
        split(TEXT.replace("Ships then", "Boats then"), registered(PASSAGES))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "paid in salt",
            "paid in tea",
            "differs first at word 9, 'tea.' in '… They paid in tea.'; expected another word",
        ),
        (
            "to every ship",
            "to ship",
            "differs first at word 14, 'ship.' in '… was closed¹ to ship.'; expected another word",
        ),
        (
            "in salt.",
            "in salt. And tea.",
            "goes on with '… paid in salt. And tea.' behind its 9 words; expected its end",
        ),
        (" in salt.", ".", "differs first at word 7, 'paid.'"),
        ("\nThey paid in salt.", "", "ends with '… then came from Sudria.' after 5 words; expected 9 words"),
    ],
)
def test_a_passage_that_begins_as_it_should_says_where_it_differs(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        split(TEXT.replace(old, new), registered(PASSAGES))


def test_without_marks_a_passage_that_differs_shows_no_two_equal_words() -> None:
    with pytest.raises(InputError, match="begins 'Ships then came' as registered, and differs behind that; expected"):
        split(TEXT.replace("in salt", "in tea"), registered(PASSAGES, marked=False))


def test_the_first_passage_that_differs_is_the_one_that_is_named() -> None:
    broken = TEXT.replace("1962, when", "1961, when").replace("Tern", "Auk")
    with pytest.raises(InputError, match=r"^early-years/1: "):
        split(broken, registered(PASSAGES))


def test_a_passage_that_the_text_lacks_is_reported() -> None:
    with pytest.raises(InputError, match=r"^early-years/3: not in the text; expected .*'And so on'"):
        split(TEXT, registered({**PASSAGES, "early-years/3": "And so on it went."}))


def test_a_passage_that_the_register_lacks_is_reported() -> None:
    fewer = {name: text for name, text in PASSAGES.items() if name != "early-years/2"}
    with pytest.raises(InputError, match=r"^early-years/2: begins 'Ships then came'; expected no such passage"):
        split(TEXT, registered(fewer))


def test_another_text_altogether_is_refused() -> None:
    with pytest.raises(InputError, match=r"^front/1: "):
        split("Nothing of the kind.", registered(PASSAGES))


def test_the_register_is_read_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "passages.csv"
    path.write_text("id,first_words,sha256\nb/1,One two three,00\na/1,Four,11\n", encoding="utf-8")
    assert list(read_register(path).passages.items()) == [("b/1", ("One two three", "00")), ("a/1", ("Four", "11"))]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Military equipment sales, and joint production", "military-equipment-sales-and-joint-production"),
        ("ORCID", "orcid"),
        ("Ökonomie & Çay", "okonomie-cay"),
    ],
)
def test_a_heading_becomes_words_with_hyphens(heading: str, expected: str) -> None:
    assert slug(heading) == expected


def test_folding_makes_every_white_space_one_blank() -> None:
    assert fold("  a\n\n b\tc ") == "a b c"


def test_the_register_holds_hashes_and_never_more_than_three_words(project: Project) -> None:
    register = read_register(project.passage_register)
    assert len(register.passages) == 196
    for first_words, digest in register.passages.values():
        assert len(first_words.split()) <= 3
        assert len(digest) == 64


def test_the_marks_are_those_of_the_article_and_say_no_word(project: Project, article: Path) -> None:
    register = read_register(project.passage_register, project.passage_marks)
    passages = split(article.read_text("utf-8"), register)
    assert register.marks == {passage.id: marks(passage.text) for passage in passages}
    assert all(re.fullmatch("(?:[0-9a-f]{2})+", one) for one in register.marks.values())


def test_every_registered_passage_is_a_passage_of_the_graph_and_the_other_way(project: Project, memory: Store) -> None:
    quads = memory.quads_for_pattern(None, AT("paragraph"), None, DefaultGraph())
    printed = {quad.object.value for quad in quads if isinstance(quad.object, Literal)}
    assert printed == set(read_register(project.passage_register).passages)


def test_the_real_article_gives_the_registered_passages(project: Project, article: Path) -> None:
    register = read_register(project.passage_register)
    passages = split(article.read_text("utf-8"), register)
    assert [passage.id for passage in passages] == list(register.passages)


def test_a_paragraph_that_front_matter_cuts_is_one(project: Project, article: Path) -> None:
    passages = split(article.read_text("utf-8"), read_register(project.passage_register))
    introduction = next(passage for passage in passages if passage.id == "introduction/1")
    assert introduction.text.endswith("between 1994 and 2024.")
    assert "CORRESPONDING" not in introduction.text


def test_one_word_taken_from_the_real_article_is_noticed(project: Project, article: Path) -> None:
    text = article.read_text("utf-8")
    with pytest.raises(InputError, match=r"^military-financial-aid/2: "):
        split(text.replace("In July 1999,", "In July 1998,"), read_register(project.passage_register))

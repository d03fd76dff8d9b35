"""Errors in words: a choice is listed whole where it is short, and begins with what is close where it is long."""

import pytest

from aidtrace.errors import one_of, unknown_name

MANY = [f"harbour-{number}" for number in range(11)]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([], "nothing, for there is none"),
        (["salt"], "salt"),
        (["salt", "tea"], "salt or tea"),
        (["salt", "tea", "rum"], "salt, tea or rum"),
    ],
)
def test_a_short_choice_is_listed_whole(known: list[str], words: str) -> None:
    assert one_of(known, "anything") == words


def test_a_long_choice_begins_with_what_is_close() -> None:
    assert one_of(MANY, "HARBOUR-7") == "one of 11, such as harbour-7, harbour-9, harbour-8"


def test_a_long_choice_in_which_nothing_is_close_begins_at_its_beginning() -> None:
    assert one_of(MANY, "x") == "one of 11, such as harbour-0, harbour-1, harbour-2"


def test_an_unknown_name_is_met_with_the_choice() -> None:
    assert str(unknown_name("graph", "NOPE", ["b", "a"])) == "no graph is called 'NOPE'; expected a or b"
    assert str(unknown_name("port", "harbour-x", MANY)).startswith(
        "no port is called 'harbour-x'; expected one of 11, such as harbour-"
    )

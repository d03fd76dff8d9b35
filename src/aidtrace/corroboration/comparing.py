"""One fact beside what one data set codes of that kind: what it comes to, how, and with which codings.

A day is compared as exactly as both sides give it. What has no date on our side cannot agree or differ.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aidtrace.corroboration.reading import GAVE, LOOKED_AT, MAY_HAVE_GIVEN, Coding, Fact
from aidtrace.corroboration.spans import begins, ends, episodes, meet, overlaps, spans, whole, years_apart
from aidtrace.folding import fold

AGREES, DIFFERS, NOT_COMPARABLE, SILENT, NOT_COVERED = "agrees", "differs", "not comparable", "silent", "not covered"

NEAR = 2
"""How many years apart a transfer of like goods still speaks of the same one, with another date."""

_PLAIN = frozenset(map(fold, ("and", "assorted", "beside", "equipment", "for", "military", "other", "the")))
"""Words that say nothing of what the goods are."""

_WORD = re.compile(r"[a-z]{3,}|[0-9]{3,}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MOST = 3


@dataclass(frozen=True)
class Answer:
    """An outcome, why it is so, and the codings that it rests on."""

    outcome: str
    how: str
    codings: tuple[Coding, ...] = ()


def compare(fact: Fact, codings: Sequence[Coding]) -> Answer:
    """Compare *fact* with the *codings* of its kind."""
    return _RULES[fact.kind](fact, [one for one in codings if _about_the_same(fact, one)])


def _about_the_same(fact: Fact, coding: Coding) -> bool:
    if fact.kind == "war":
        return coding.war in fact.wars
    if fact.kind == "participation":
        return coding.war in fact.wars
    if fact.kind == "agreement":
        return any({coding.one, coding.other} == set(pair) for pair in fact.pairs)
    if coding.stance == LOOKED_AT:
        return any(coding.other == taker for _, taker in fact.pairs)
    return (coding.one, coding.other) in fact.pairs


def _war(fact: Fact, codings: list[Coding]) -> Answer:
    if not codings:
        return Answer(SILENT, "it codes no such war")
    named = codings[0].says
    if not fact.when.known:
        return Answer(NOT_COMPARABLE, f"the article gives no date; {named}: {spans(codings)}", tuple(codings))
    found = [one for run in episodes(codings) if overlaps(fact.when, whole(run)) for one in run]
    if not found:
        return Answer(SILENT, f"{named}: {spans(codings)}, and not then")
    begun = begins(found)
    told = f"{named}: {spans(found)}, begun {begun}"
    if not meet(fact.when, whole(found), "begin"):
        return Answer(DIFFERS, f"another begin; {told}", tuple(found))
    if any(one.match == "narrowMatch" for one in found):
        return Answer(AGREES, f"on the begin; the war is a part of {told}", tuple(found))
    if not meet(fact.when, whole(found), "end"):
        return Answer(DIFFERS, f"another end; {told}, ended {ends(found)}", tuple(found))
    return Answer(AGREES, told, tuple(found))


def _participation(fact: Fact, codings: list[Coding]) -> Answer:
    found = [one for one in codings if overlaps(fact.when, one.when)]
    same = [one for one in found if any(one.one == giver for giver, _ in fact.pairs)]
    if same:
        return Answer(AGREES, f"{same[0].says}: {spans(same)}", tuple(same))
    return Answer(DIFFERS if found else SILENT, "it codes no such party in that war", tuple(found))


def _transfer(fact: Fact, codings: list[Coding]) -> Answer:
    alike = [one for one in codings if _share_words(fact, one)]
    if not fact.when.known:
        return _undated(alike)
    then = [one for one in codings if overlaps(fact.when, one.when)]
    if then and not _words(fact):
        return Answer(AGREES, f"goods are not told apart; {_several(then)}", tuple(then))
    both = [one for one in then if one in alike]
    if both:
        return Answer(AGREES, _several(both), tuple(both))
    near = [one for one in alike if years_apart(fact.when, one.when) <= NEAR]
    if near:
        return Answer(DIFFERS, f"another date; {_several(near)}", tuple(near))
    if then:
        return Answer(NOT_COMPARABLE, f"other goods at that time; {_several(then)}", tuple(then))
    return Answer(SILENT, "nothing of the kind is coded then")


def _support(fact: Fact, codings: list[Coding]) -> Answer:
    given = [one for one in codings if one.stance != LOOKED_AT and one.type in fact.types]
    if not fact.when.known:
        return _undated([one for one in given if one.stance == GAVE] or given)
    looked = [one for one in codings if one.stance == LOOKED_AT and overlaps(fact.when, one.when)]
    then = [one for one in given if overlaps(fact.when, one.when)]
    for stance, outcome in ((GAVE, AGREES), (MAY_HAVE_GIVEN, NOT_COMPARABLE)):
        found = [one for one in then if one.stance == stance]
        if found:
            how = "" if stance == GAVE else "more supporters are named than are counted; "
            return Answer(outcome, f"{how}{_by_type(found)}", tuple(found))
    if looked:
        return Answer(DIFFERS, f"it codes no such support in {spans(looked)}", tuple(looked))
    return Answer(NOT_COVERED, "it looked at no year of these")


def _agreement(fact: Fact, codings: list[Coding]) -> Answer:
    if not fact.when.known:
        return _undated(codings)
    then = [one for one in codings if overlaps(fact.when, one.when)]
    if then:
        return Answer(AGREES, _several(then), tuple(then))
    near = [one for one in codings if years_apart(fact.when, one.when) == 0]
    if near:
        return Answer(DIFFERS, f"another date; {_several(near)}", tuple(near))
    return Answer(SILENT, "no agreement of the two is coded then")


_RULES: dict[str, Callable[[Fact, list[Coding]], Answer]] = {
    "war": _war,
    "participation": _participation,
    "transfer": _transfer,
    "support": _support,
    "agreement": _agreement,
}


def _undated(found: Sequence[Coding]) -> Answer:
    if not found:
        return Answer(SILENT, "nothing of the kind is coded")
    told = _by_type(found) if found[0].stance else _several(found)
    return Answer(NOT_COMPARABLE, f"the article gives no date; {told}", tuple(found))


def _several(codings: Sequence[Coding]) -> str:
    told = list(dict.fromkeys(one.says for one in codings))
    more = f" | and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return " | ".join(told[:_MOST]) + more


def _by_type(codings: Sequence[Coding]) -> str:
    types = dict.fromkeys(one.says for one in codings)
    return " | ".join(f"{type_}: {spans([one for one in codings if one.says == type_])}" for type_ in types)


def _share_words(fact: Fact, coding: Coding) -> bool:
    return bool(_words(fact) & _tokens(coding.goods))


def _words(fact: Fact) -> set[str]:
    return {word for text in fact.goods for word in _tokens(text)}


def _tokens(text: str) -> set[str]:
    """Return the words of *text* that tell what the goods are, in the singular; years are none."""
    found = {word.removesuffix("s") for word in _WORD.findall(fold(text))}
    return {word for word in found if word not in _PLAIN and not _YEAR.fullmatch(word)}

"""Which things a name may stand for, how well, and whether one of them is meant without doubt.

A name counts as folded: in any of the alphabets, with or without accents, with or without the form of the state. An
identifier, ``cow:640`` or ``TUR``, counts like the name. Scores are from 0 to 100 and are only for the order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aidtrace.folding import alike, fold, ratio, readings, sounds, without_form
from aidtrace.namespaces import ID
from aidtrace.reconciling.known import Known, Thing, Value

LONGEST = 300
"""A longer text is no name."""

_WHOLE, _BY_IDENTIFIER, _BARE, _SOUND, _WORDS = 100.0, 99.0, 95.0, 85.0, 70.0
_CERTAIN = 95.0
_NAME_PART = 0.7
"""So much of the score is the name's where properties are given too."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for: a name, types (of which ``any``, ``all`` or preferably ``should`` one holds), properties."""

    name: str = ""
    types: tuple[str, ...] = ()
    strict: str = "any"
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limit: int = 10


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant: its score, the parts of that, and whether it is meant without doubt."""

    thing: Thing
    score: float
    by_name: float
    by_properties: float | None
    match: bool = False


def candidates(known: Known, wanted: Wanted) -> list[Candidate]:
    """Return the things that *wanted* may stand for, the best first; one is a match where no other is as good."""
    scores = _by_name(known, wanted.name) if wanted.name else dict.fromkeys(known.things, 0.0)
    found = [_candidate(known.things[name], score, wanted) for name, score in scores.items()]
    found = [one for one in found if one.score > 0 and _has_types(one.thing, wanted)]
    found.sort(key=lambda one: (-one.score, not _preferred(one.thing, wanted), one.thing.name))
    others = found[1].score if len(found) > 1 else 0.0
    if found and found[0].score >= _CERTAIN and found[0].score > others:
        found[0] = replace(found[0], match=True)
    return found[: wanted.limit]


def _by_name(known: Known, text: str) -> dict[str, float]:
    """Return a score for each thing that *text* may name."""
    scores: dict[str, float] = {}

    def add(names: Iterable[str], score: float) -> None:
        for name in names:
            scores[name] = max(score, scores.get(name, 0.0))

    text = text.strip()[:LONGEST]
    add(known.identified.get(text.lower(), ()), _BY_IDENTIFIER)
    whole, bare = fold(text), without_form(fold(text))
    for folded in readings(text):
        add(known.named.get(folded, ()), _WHOLE)
        add(known.bare.get(without_form(folded), ()), _BARE)
    for name in known.sounding.get(sounds(bare), ()) if bare else ():
        near = [one for one in map(fold, known.things[name].names) if alike(bare, without_form(one))]
        add([name], max((_SOUND * ratio(whole, one) for one in near), default=0.0))
    words = bare.split()
    sharing = [known.containing.get(word, set()) for word in words]
    for name in set.intersection(*sharing) if sharing else ():
        most = max(_share(words, without_form(fold(one)).split()) for one in known.things[name].names)
        add([name], _WORDS * most)
    return scores


def _share(words: Sequence[str], name: Sequence[str]) -> float:
    """Return which part of *name* the *words* are, 0 where one of them is not in it."""
    return len(set(words)) / len(set(name)) if set(words) <= set(name) else 0.0


def _candidate(thing: Thing, score: float, wanted: Wanted) -> Candidate:
    if not wanted.properties:
        return Candidate(thing, score, score, None)
    agreeing = [_holds(thing.values.get(name, ()), values) for name, values in wanted.properties]
    share = 100 * sum(agreeing) / len(agreeing)
    whole = _NAME_PART * score + (1 - _NAME_PART) * share if wanted.name else share
    return Candidate(thing, round(whole, 2), score, share)


def _holds(ours: Iterable[Value], theirs: Sequence[str]) -> bool:
    """Whether one of *theirs*, a name, a label or a text, is one of *ours*."""
    told = (text for value in ours for text in (value.text.removeprefix(ID.iri), value.text, value.label) if text)
    known = set(map(fold, told))
    return any(fold(text) in known for text in theirs)


def _has_types(thing: Thing, wanted: Wanted) -> bool:
    if not wanted.types or wanted.strict == "should":
        return True
    held = thing.types & set(wanted.types)
    return bool(held) if wanted.strict == "any" else len(held) == len(set(wanted.types))


def _preferred(thing: Thing, wanted: Wanted) -> bool:
    return bool(thing.types & set(wanted.types))

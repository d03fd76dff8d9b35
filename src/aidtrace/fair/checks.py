"""What a check is, and what it comes to: it passes, it fails and says what is missing, or nothing here can tell."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aidtrace.fair.site import Site

PASSES, FAILS, UNANSWERED = "pass", "fail", "cannot be answered locally"


@dataclass(frozen=True)
class Verdict:
    """What a check comes to, and why: what was found, what is missing, or who would have to be asked."""

    outcome: str
    why: str


@dataclass(frozen=True)
class Check:
    """A check as its makers call it, with the principle that it is of."""

    name: str
    principle: str
    told: str
    run: Callable[[Site], Verdict]


@dataclass(frozen=True)
class Result:
    """A check with its verdict."""

    check: Check
    verdict: Verdict

    @property
    def fails(self) -> bool:
        """Whether something is missing that could be there."""
        return self.verdict.outcome == FAILS


def assess(site: Site, checks: Iterable[Check]) -> list[Result]:
    """Run *checks* on *site*."""
    return [Result(check, check.run(site)) for check in checks]


def passes(why: str) -> Verdict:
    """Say what was found."""
    return Verdict(PASSES, why)


def fails(missing: str) -> Verdict:
    """Say what is missing."""
    return Verdict(FAILS, missing)


def unanswered(reason: str) -> Verdict:
    """Say why nothing here can tell."""
    return Verdict(UNANSWERED, reason)


def expect(holds: object, found: str, missing: str) -> Verdict:
    """Pass with what was *found* where it *holds*, else fail with what is *missing*."""
    return passes(found) if holds else fails(missing)


def expect_all(wanted: Sequence[str], found: Iterable[str]) -> Verdict:
    """Pass where everything *wanted* is *found*, else fail with what is not."""
    there = set(found)
    missing = [one for one in wanted if one not in there]
    return expect(not missing, f"found: {', '.join(wanted)}", f"missing: {', '.join(missing)}")

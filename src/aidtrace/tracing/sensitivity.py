"""What hangs on what: the smallest set of works whose loss would change the computed verdict of a test.

A fact is lost when every work that its citations can mean is lost, so a smallest set is made of all the works of one
fact, or of a few. Loss never makes a verdict of one that cannot be told, so only the others are tried.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from pyoxigraph import Quad, QueryTriples, Store

from aidtrace.namespaces import short
from aidtrace.tracing.options import Options
from aidtrace.tracing.report import TestResult, report, rows
from aidtrace.tracing.rules import Rules
from aidtrace.tracing.run import trace

MOST = 3
"""A set is made of the works of so many facts at most."""

_OPEN = "cannot be told"
_FINDINGS = "70"
"""The rules from here on look at verdicts and make none."""


@dataclass(frozen=True)
class Sensitivity:
    """A test with its computed verdict, the works whose loss would change it, and what it would become.

    Without works, no loss of the works of up to three facts changes it.
    """

    test: TestResult
    works: tuple[str, ...] = ()
    becomes: str = ""


def sensitivity(rules: Rules, store: Store, revision: str) -> list[Sensitivity]:
    """Return the smallest set of works for each test, the first by name of several alike; *store* stays as it is."""
    run = trace(rules, _copy(store), revision)
    queries = dict(rules.sensitivity)
    verdicts = _Verdicts(rules, _core(store, queries["core"]), revision, queries["verdicts"])
    works = _works(run.store, queries["works"])
    return [_smallest(test, works[test.thing], verdicts) for test in report(rules, run).tests]


class _Verdicts:
    """The verdicts without a set of works, each set run once."""

    def __init__(self, rules: Rules, store: Store, revision: str, query: str) -> None:
        constructs = tuple(rule for rule in rules.constructs if rule[0] < _FINDINGS)
        self._rules, self._store, self._revision = replace(rules, constructs=constructs), store, revision
        self._query = query
        self._known: dict[frozenset[str], dict[str, str]] = {}

    def without(self, works: frozenset[str]) -> dict[str, str]:
        if works not in self._known:
            options = Options(without=tuple(sorted(works)))
            run = trace(self._rules, _copy(self._store), self._revision, options)
            self._known[works] = {short(row["test"]): row["computed"] for row in rows(run.store, self._query)}
        return self._known[works]


def _smallest(test: TestResult, facts: dict[str, frozenset[str]], verdicts: _Verdicts) -> Sensitivity:
    if test.computed == _OPEN:
        return Sensitivity(test)
    for works in sorted(set(_sets(facts)), key=lambda one: (len(one), sorted(one))):
        becomes = verdicts.without(works)[test.thing]
        if becomes != test.computed:
            return Sensitivity(test, tuple(sorted(works)), becomes)
    return Sensitivity(test)


def _sets(facts: dict[str, frozenset[str]]) -> Iterator[frozenset[str]]:
    for number in range(1, MOST + 1):
        yield from (frozenset().union(*chosen) for chosen in combinations(facts.values(), number))


def _works(store: Store, query: str) -> dict[str, dict[str, frozenset[str]]]:
    """Return for each test the works of each of its facts that cites any."""
    works: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows(store, query):
        test, fact, work = (short(row[name]) for name in ("test", "fact", "work"))
        works[test][fact].add(work)
    kept = {test: {fact: frozenset(ones) for fact, ones in facts.items()} for test, facts in works.items()}
    return defaultdict(dict, kept)


def _core(store: Store, query: str) -> Store:
    """Return what the verdicts can depend on, which is soon copied."""
    found = store.query(query)
    assert isinstance(found, QueryTriples)
    core = Store()
    core.extend(Quad(*triple) for triple in found)
    return core


def _copy(store: Store) -> Store:
    copy = Store()
    copy.extend(Quad(one.subject, one.predicate, one.object) for one in store)
    return copy

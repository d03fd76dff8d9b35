"""What the tracing tells in tables: what hangs on which works, and what falls in which phase."""

from pyoxigraph import Store

from aidtrace.namespaces import short
from aidtrace.queries import Table
from aidtrace.tracing.report import rows
from aidtrace.tracing.rules import Rules
from aidtrace.tracing.sensitivity import sensitivity

_RATES = ("phase", "label", "kind", "certain", "possible", "years", "rate")
_ELSEWHERE = ("thing", "label", "date", "byDate", "narratedIn", "paragraph")


def sensitivity_table(rules: Rules, store: Store, revision: str) -> Table:
    """Return each test with its computed verdict, the works whose loss would change it, and what it would become."""
    columns = ("test", "label", "computed", "works", "becomes")
    found = sensitivity(rules, store, revision)
    lines = [(one.test.thing, one.test.label, one.test.computed, " | ".join(one.works), one.becomes) for one in found]
    return Table(columns, tuple(lines))


def phase_rates(rules: Rules, store: Store) -> Table:
    """Return how many facts of each kind fall in each phase, certainly and possibly, and how many a year."""
    return _table(store, dict(rules.phases)["rates"], _RATES)


def told_elsewhere(rules: Rules, store: Store) -> Table:
    """Return the facts that certainly fall in one phase and are told only in sections on others."""
    return _table(store, dict(rules.phases)["told-elsewhere"], _ELSEWHERE)


def _table(store: Store, query: str, columns: tuple[str, ...]) -> Table:
    found = rows(store, query)
    return Table(columns, tuple((short(row[columns[0]]), *(row.get(one, "") for one in columns[1:])) for row in found))

"""A run of the process tracing as a page shows it: the words that it uses, scheme by scheme, and what hinders it."""

import re
from collections.abc import Mapping
from typing import Any

_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_FIELDS = {"only": "Only sources"}
"""What fields are called that are not called as their options are."""


def in_words(told: str) -> str:
    """Return what is wrong with the options of a run in the words of its form, whose fields are no options.

    >>> in_words("--as-of: EDTF date '20x': not well-formed")
    "As of: EDTF date '20x': not well-formed"
    """
    return _OPTION.sub(lambda found: _FIELDS.get(found[1], found[1].replace("-", " ").capitalize()), told)


def words_used(run: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the words that the page of a *run* shows, by the scheme that says what they mean.

    >>> test = {"authors": ["Supported"], "computed": "passes", "agreement": "agrees", "chronology": "certain"}
    >>> found = words_used({"tests": [test | {"traces": [], "orders": []}], "step_orders": [], "findings": []})
    >>> found["computed-verdict"], found["attribution"]
    ({'passes'}, set())
    """
    tests = run["tests"]
    traces = [trace for test in tests for trace in test["traces"]]
    orders = [*(order for test in tests for order in test["orders"]), *run["step_orders"]]
    return {
        "verdict": {word for test in tests for word in test["authors"]},
        "computed-verdict": {test["computed"] for test in tests},
        "agreement-of-computation": {test["agreement"] for test in tests},
        "chronology": {one["chronology"] for one in (*tests, *traces, *orders)},
        "attribution": {trace["attribution"] for trace in traces} | {t["attribution"] for t in tests if t["traces"]},
        "source-class": {word for trace in traces for word in trace["classes"]},
        "finding-kind": {finding["kind"] for finding in run["findings"]},
    }

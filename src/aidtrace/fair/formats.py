"""What the checks come to, as lines for people and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence

from aidtrace.fair.checks import FAILS, PASSES, UNANSWERED, Result

_SHORT = {PASSES: "pass", FAILS: "FAIL", UNANSWERED: "-"}


def to_text(results: Sequence[Result]) -> str:
    """Write a line for each check, with what is missing below where it fails or cannot be answered; then the counts."""
    lines = []
    for one in results:
        check, verdict = one.check, one.verdict
        lines.append(f"{_SHORT[verdict.outcome]:5}{check.name:13}{check.principle:5}{check.told}")
        if verdict.outcome != PASSES:
            lines.append(f"{'':23}{verdict.why}")
    counts = Counter(one.verdict.outcome for one in results)
    told = f"{counts[PASSES]} pass, {counts[FAILS]} fail, {counts[UNANSWERED]} cannot be answered locally"
    return "\n".join([*lines, told]) + "\n"


def to_json(results: Sequence[Result]) -> str:
    """Write a list of objects."""
    told = [
        {
            "id": one.check.name,
            "principle": one.check.principle,
            "check": one.check.told,
            "verdict": one.verdict.outcome,
            "why": one.verdict.why,
        }
        for one in results
    ]
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"

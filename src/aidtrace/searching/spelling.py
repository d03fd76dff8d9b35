"""How a text is folded before it is kept or looked for: its readings, and long numbers without separators."""

import re

from aidtrace.folding import readings

_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[,.\u00a0\u202f' ]\d{3})+(?![\w])")


def folds(text: str) -> frozenset[str]:
    """Return the readings of *text*, and those with its long numbers written without separators."""
    whole = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    return readings(text) | readings(whole) if whole != text else readings(text)


def spelled(text: str) -> frozenset[str]:
    """Return the readings of *text*, and, where it has the Azerbaijani q, those in which that is a k and ğ is kh."""
    small = text.lower()
    if "q" not in small:
        return folds(text)
    hard = small.replace("q", "k")
    return folds(text) | folds(hard) | folds(hard.replace("ğ", "kh"))

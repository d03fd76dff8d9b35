"""What is kept of a text that was checked: the whole of a short one, else the lines around what was found in it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

WHOLE = 1 << 20
"""A text of so many characters is kept whole."""

AROUND = 2
"""So many lines before and behind each that is asked for."""

_LONGEST = 2000
"""A line is shown up to so many characters."""


@dataclass(frozen=True)
class Excerpt:
    """A text as it was sent, or if not *whole* some of its lines with their *numbers*; *total* counts all lines."""

    name: str
    media: str
    text: str
    total: int
    numbers: tuple[int, ...] = ()
    whole: bool = True

    @property
    def size(self) -> int:
        """How many characters are kept."""
        return len(self.text) + 8 * len(self.numbers)

    def lines(self) -> list[tuple[int, str]]:
        """Return the lines that are kept, each with its number, long ones cut."""
        lines = [line.removesuffix("\r") for line in self.text.split("\n")]
        numbers = range(1, len(lines) + 1) if self.whole else self.numbers
        lines = lines if numbers else []
        return [(number, shortened(line)) for number, line in zip(numbers, lines, strict=True)]

    def around(self, wanted: Iterable[int]) -> list[tuple[int, str]]:
        """Return the lines at and around those *wanted*."""
        near = near_lines(wanted)
        return [(number, line) for number, line in self.lines() if number in near]


def excerpt(name: str, media: str, text: str, wanted: Iterable[int], most: int = WHOLE) -> Excerpt:
    """Keep *text*, or of one longer than *most* the lines around those *wanted*, first ones first, in that space."""
    lines = text.split("\n")
    if len(text) <= most:
        return Excerpt(name, media, text, len(lines))
    kept, left = list[tuple[int, str]](), most
    for number in sorted(near_lines(wanted)):
        if number <= len(lines):
            line = shortened(lines[number - 1].removesuffix("\r"))
            left -= len(line) + 9
            if left < 0:
                break
            kept.append((number, line))
    numbers = tuple(number for number, _ in kept)
    return Excerpt(name, media, "\n".join(line for _, line in kept), len(lines), numbers, whole=False)


def near_lines(wanted: Iterable[int]) -> set[int]:
    """Return the numbers at and around those *wanted*."""
    return {near for one in wanted for near in range(max(one - AROUND, 1), one + AROUND + 1)}


def with_gaps(lines: Collection[tuple[int, str]], total: int) -> Iterator[tuple[int, str, int]]:
    """Yield each line with its number and how many are left out before it; at the end how many behind the last."""
    before = 0
    for number, line in lines:
        yield number, line, number - before - 1
        before = number
    if before < total:
        yield 0, "", total - before


def shortened(line: str) -> str:
    """Cut a long *line*."""
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"

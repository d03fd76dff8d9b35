"""What a look finds: rows of plain values, each with its reason, as JSON or as text."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from unicodedata import category

from pyoxigraph import NamedNode

from aidtrace.merging.facts import Term
from aidtrace.namespaces import short

_LONGEST = 120
_SHOWN_VALUES = 5
_KINDS = ("collisions", "actors", "agreements", "flows", "events", "notes")
"""The kinds of rows, in their order."""


@dataclass(frozen=True)
class Collision:
    """A statement about an IRI that both graphs describe, and that ours does not hold.

    *what* is ``type`` (a class that ours does not have), ``value`` (another value of a property that has one value
    in ours) or ``added``. *ours* and *theirs* are IRIs, or literals as N-Triples writes them.
    """

    iri: str
    label: str
    what: str
    property: str
    ours: tuple[str, ...]
    theirs: str
    reason: str

    def __str__(self) -> str:
        ours = f"; ours {listed(map(short, self.ours))}" if self.ours else ""
        return f"{self.what:<5} {short(self.iri)} {short(self.property)} {short(self.theirs)}{ours}: {self.reason}"


@dataclass(frozen=True)
class Likeness:
    """A thing of theirs that may be one of ours.

    *match* says by what: ``same IRI``, ``identifier``, ``label``, ``near`` (a label spelled otherwise), ``alike``
    (parties, dates and sums); ``kind differs`` warns that a name or an identifier is shared by things that are not
    the same. *score* lies between 0 and 1 and only orders the rows.
    """

    theirs: str
    their_label: str
    ours: str
    our_label: str
    match: str
    score: float
    reasons: tuple[str, ...]
    differences: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = f"{short(self.theirs)} {self.their_label!r} = {short(self.ours)} {self.our_label!r}"
        differs = f"; differs: {'; '.join(self.differences)}" if self.differences else ""
        return f"{self.score:.2f} {self.match}: {names}: {'; '.join(self.reasons)}{differs}"


@dataclass(frozen=True)
class Meeting:
    """How two graphs meet. The order of the rows depends on the two graphs alone; *notes* say what was left out.

    Of their triples *there* are in ours already and *new* are not; those of nodes without a name always are.
    """

    collisions: tuple[Collision, ...]
    actors: tuple[Likeness, ...]
    agreements: tuple[Likeness, ...]
    flows: tuple[Likeness, ...]
    events: tuple[Likeness, ...]
    notes: tuple[str, ...] = ()
    new: int = 0
    there: int = 0

    def content(self) -> dict[str, Any]:
        """Return the rows as what JSON can hold: a list of objects under the name of each kind of row."""
        return {
            name: [row if isinstance(row, str) else _plain(asdict(row)) for row in getattr(self, name)]
            for name in _KINDS
        } | {"new": self.new, "there": self.there}

    @classmethod
    def read(cls, content: dict[str, Any]) -> "Meeting":
        """Read what `content` returned."""
        rows = {name: tuple(_row(name, one) for one in content[name]) for name in _KINDS if name != "notes"}
        return cls(**rows, notes=tuple(content["notes"]), new=content["new"], there=content["there"])

    def __str__(self) -> str:
        return "\n".join(clean(line, 2000) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name in _KINDS:
            rows = getattr(self, name)
            yield f"{name}: {len(rows) or 'none'}"
            yield from (f"  {row}" for row in rows)
        yield "Suggestions only: nothing is decided, and nothing was written."


def _row(name: str, row: dict[str, Any]) -> Any:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Collision(**values) if name == "collisions" else Likeness(**values)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def written(term: Term) -> str:
    """Write *term* as a row holds it: an IRI bare, all else as in N-Triples, cut where it is long."""
    return term.value if isinstance(term, NamedNode) else clean(str(term))


def listed(values: Iterable[str]) -> str:
    """Join *values* with commas; where there are many, name some and count the others."""
    every = list(values)
    more = f" and {len(every) - _SHOWN_VALUES} more" if len(every) > _SHOWN_VALUES else ""
    return ", ".join(every[:_SHOWN_VALUES]) + more


def clean(text: str, longest: int = _LONGEST) -> str:
    """Make *text* fit for a terminal: no control characters, and not longer than *longest*."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(" " if category(letter)[0] == "C" else letter for letter in cut)

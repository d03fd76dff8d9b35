"""The facts against the article's text, figure by figure and both ways.

Every date, year, sum, share, count and citation printed in a passage must be recorded by a statement that is
attested to that very passage, and every recorded date, number and duration must be printed there. What is left
needs a line with a reason in ``data/article/coverage-reasons.csv``. A citation must be printed as often as it has
nodes. Numbers that order (first, second) are no counts, though an at:ordinal must be printed, nor is "two" where
it only means the pair itself (the two countries, one nation and two states).
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from aidtrace.errors import InputError
from aidtrace.files import read_rows, read_text
from aidtrace.namespaces import AT, DCTERMS, EDTF, ID, RDF, RDFS, SKOS, XSD
from aidtrace.passages import Passage, read_register, split
from aidtrace.project import Project

_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_SMALL = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: number for number, word in enumerate(_SMALL, 2)} | {
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MONTH = "|".join(_MONTHS)
_WORD = "|".join(_WORDS)
_PAIR = r"(?:countries|nations|states|sides|parties|militaries)\b"
_FIGURE = re.compile(
    rf"""
      (?P<address>https?:?/{{0,2}}[^\s<>]+|http//\S+|\b10\.\d{{4,}}/\S+)
    | (?P<day>(?P<d1>\d{{1,2}})\ (?P<m1>{_MONTH})\ (?P<y1>\d{{4}}))
    | (?P<daydot>(?P<d2>\d{{2}})\.(?P<m2>\d{{2}})\.(?P<y2>\d{{4}}))
    | (?P<american>(?P<m3>{_MONTH})\ (?P<d3>\d{{1,2}})(?:-(?P<e3>\d{{1,2}}))?,\ (?P<y3>\d{{4}}))
    | (?P<entry>(?P<y10>\d{{4}}),\ (?P<m10>{_MONTH})\ (?P<d10>\d{{1,2}}))
    | (?P<opening>first\ (?P<w11>two|three|six)\ months\ of\ (?P<y11>\d{{4}}))
    | (?P<month>(?P<m4>{_MONTH})(?:\ of)?\ (?P<y4>\d{{4}}))
    | (?P<season>(?P<s5>spring|summer|autumn|fall|winter)[-\ ](?:of\ )?(?P<y5>\d{{4}}))
    | (?P<decade>\b(?P<y6>(?:19|20)\d)0s\b)
    | (?P<percent>(?P<p7>\d+|{_WORD})\ ?(?:%|percent|per\ cent))
    | (?P<span>(?P<n8>\d+|{_WORD}|an?)[-\ ]decades?\b)
    | (?P<number>(?!\d\))\d[\d,]*(?:\.\d+)?)
    | (?P<word>\b(?!two\ {_PAIR})(?P<w9>{_WORD})\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DATE_ATOM = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?|(\d{3})X")
_LATER = re.compile(r"\[(\d{4})\.\.\]")
_NO_FIGURE = re.compile(r"\bTables? \d+|\bH_?\{?\d[ab]?\}?")
_DASHES = str.maketrans("\u2013\u2014", "--")  # a range of pages is printed with either
_DURATION = re.compile(r"P(\d+)([YMD])")
_CHECKED = {AT(name) for name in ("amount", "cash", "share", "count", "trained", "zoneKm", "calibreMm", "year")}
_QUOTED = {AT(name) for name in ("asPrinted", "countAsWorded", "course")}


@dataclass(frozen=True)
class Figure:
    """A date, number or address as printed, with its value: ``1997-10-31``, ``3450000``, ``P30Y``."""

    kind: str
    printed: str
    value: str


@dataclass(frozen=True)
class Gap:
    """A figure that stands on one side only: ``text`` where no fact records it, ``data`` where no text prints it."""

    passage: str
    figure: str
    direction: str

    def __str__(self) -> str:
        side = "is printed and no fact records it" if self.direction == "text" else "is recorded and not printed"
        return f"{self.passage}: {self.figure} {side}"


@dataclass(frozen=True)
class Side:
    """All that stands on one side: how much of it the other side has, how much has a reason, how much neither."""

    met: int
    explained: int
    unexplained: int

    @property
    def whole(self) -> int:
        """How much there is, each time that it stands there."""
        return self.met + self.explained + self.unexplained

    def told(self, what: str, met: str) -> str:
        """Write a line whose numbers add up."""
        return f"{self.whole} {what}: {self.met} {met}, {self.explained} with a reason, {self.unexplained} unexplained"


@dataclass(frozen=True)
class Coverage:
    """What was compared, and what is not explained; *stale* are reasons that explain nothing.

    A figure that is printed twice in a passage counts twice in *printed*, and in *recorded* once for each passage.
    """

    passages: int
    printed: Side
    recorded: Side
    quoted: Side
    unexplained: tuple[Gap, ...]
    stale: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is unexplained and no reason has become idle."""
        return not self.unexplained and not self.stale

    def write(self, form: str) -> str:
        """Write the comparison as ``text`` or ``json``."""
        if form == "json":
            return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        lines = [*map(str, self.unexplained), *(f"reason explains nothing: {line}" for line in self.stale)]
        printed = self.printed.told("figures printed, a repeated one each time", "recorded by a fact")
        recorded = self.recorded.told("figures recorded, each once a passage", "printed there")
        quoted = self.quoted.told("citations and quotations", "printed as recorded")
        return "\n".join([*lines, f"{self.passages} passages", printed, recorded, quoted]) + "\n"


def cover(project: Project, article: Path) -> Coverage:
    """Compare the article's text in the file *article* with the facts of *project*."""
    from aidtrace.store import read_store

    text = read_text(article, "the article as text")
    register = read_register(project.passage_register, project.passage_marks)
    try:
        passages = split(text, register)
    except InputError as error:
        raise InputError(f"{article}: {error}") from error
    return compare(passages, read_store(project), read_reasons(project.coverage_reasons))


def read_reasons(path: Path) -> dict[Gap, str]:
    """Read ``coverage-reasons.csv``: columns passage, figure, direction, reason."""
    if not path.exists():
        return {}
    rows = read_rows(path, ("passage", "figure", "direction", "reason"))
    return {Gap(row["passage"], row["figure"], row["direction"]): row["reason"] for row in rows}


def compare(passages: Iterable[Passage], store: Store, reasons: dict[Gap, str]) -> Coverage:
    """Compare *passages* with the facts of the default graph of *store*."""
    records = _records(store)
    checked = [_check(passage, records[passage.id]) for passage in passages]
    gaps = {gap for found in checked for gap in (*found.printed.gaps, *found.recorded.gaps, *found.quoted.gaps)}
    unexplained = gaps - reasons.keys()
    return Coverage(
        passages=len(checked),
        printed=_side([found.printed for found in checked], reasons),
        recorded=_side([found.recorded for found in checked], reasons),
        quoted=_side([found.quoted for found in checked], reasons),
        unexplained=tuple(sorted(unexplained, key=lambda gap: (gap.passage, gap.direction, gap.figure))),
        stale=tuple(f"{gap.passage}, {gap.figure}, {gap.direction}" for gap in reasons if gap not in gaps),
    )


@dataclass(frozen=True)
class _Counted:
    """So much stands on one side of a passage, and these of them on no other."""

    whole: int
    gaps: list[Gap]


@dataclass(frozen=True)
class _Checked:
    """One passage compared with its record: its figures, the record's, and what is quoted on either side."""

    printed: _Counted
    recorded: _Counted
    quoted: _Counted


def _side(counted: list[_Counted], reasons: Container[Gap]) -> Side:
    gaps = [gap for one in counted for gap in one.gaps]
    explained = sum(gap in reasons for gap in gaps)
    return Side(sum(one.whole for one in counted) - len(gaps), explained, len(gaps) - explained)


class _Record:
    """What is recorded for one passage: values and quotes that it must print, and strings that hide figures in it."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.strings: set[str] = set()
        self.quotes: set[str] = set()
        self.citations: Counter[str] = Counter()

    def holds(self, figure: Figure, strings: set[str]) -> bool:
        """Whether a value records *figure*, or one of *strings*, which are the recorded ones that stand in the text."""
        if figure.kind == "address":
            return any(figure.value.rstrip(".,)") in string or string in figure.value for string in strings)
        if any(_matches(figure.value, value) for value in self.values):
            return True
        return any(re.search(rf"(?<!\d){re.escape(figure.value)}(?!\d)", string) for string in strings)


def _check(passage: Passage, record: _Record) -> _Checked:
    text = passage.text.translate(_DASHES)
    strings = {string for string in record.strings if string.translate(_DASHES) in text}
    figures = list(_figures(_mask(text, strings | record.citations.keys())))
    values = {figure.value for figure in _figures(passage.text)} | _ordinals(passage.text)
    unprinted, rest = _consume(passage.text, record.citations)
    unquoted = [*unprinted, *(quote for quote in record.quotes if quote.casefold() not in text.casefold())]
    uncited = _uncited(passage.id, rest)

    def gaps(figures: Iterable[str], direction: str) -> list[Gap]:
        return [Gap(passage.id, figure, direction) for figure in figures]

    return _Checked(
        _Counted(len(figures), gaps((one.printed for one in figures if not record.holds(one, strings)), "text")),
        _Counted(len(record.values), gaps((one for one in record.values if not _is_printed(one, values)), "data")),
        _Counted(
            record.citations.total() + len(record.quotes) + len(uncited),
            [*gaps(uncited, "text"), *gaps(unquoted, "data")],
        ),
    )


def _records(store: Store) -> dict[str, _Record]:
    """Gather, for each passage, the values of its blocks and attestations.

    A value that has an attestation of its own counts where that attestation stands, not for the whole block.
    """
    records: dict[str, _Record] = defaultdict(_Record)
    ids = {q.subject: _string(q.object) for q in store.quads_for_pattern(None, AT("paragraph"), None, DefaultGraph())}
    attested = _attested(store)
    for passage, name in ids.items():
        record = records[name]
        for quad in store.quads_for_pattern(None, DCTERMS("source"), passage, DefaultGraph()):
            if (quad.subject, RDF("type"), AT("Attestation")) in attested.types:
                _take(record, attested.value[quad.subject])
            else:
                _take_block(record, store, quad.subject, attested)
    return records


class _Attested:
    def __init__(self) -> None:
        self.types: set[tuple[object, object, object]] = set()
        self.value: dict[object, tuple[NamedNode, object]] = {}
        self.of: set[tuple[object, object, object]] = set()


def _attested(store: Store) -> _Attested:
    found = _Attested()
    for quad in store.quads_for_pattern(None, RDF("type"), AT("Attestation"), DefaultGraph()):
        subject = quad.subject
        about, predicate, value = (
            next((q.object for q in store.quads_for_pattern(subject, AT(name), None, DefaultGraph())), None)
            for name in ("about", "property", "value")
        )
        if isinstance(predicate, NamedNode):
            found.types.add((subject, RDF("type"), AT("Attestation")))
            found.value[subject] = (predicate, value)
            found.of.add((about, predicate, value))
    return found


def _take_block(record: _Record, store: Store, subject: object, attested: _Attested) -> None:
    if not isinstance(subject, NamedNode):
        return
    if any(store.quads_for_pattern(subject, RDF("type"), AT("Citation"), DefaultGraph())):
        printed = store.quads_for_pattern(subject, AT("asPrinted"), None, DefaultGraph())
        record.citations.update(_string(quad.object) for quad in printed)
        return
    for quad in store.quads_for_pattern(subject, None, None, DefaultGraph()):
        is_own_label = quad.predicate == RDFS("label") and subject.value.startswith(ID("source/").value)
        if (quad.subject, quad.predicate, quad.object) not in attested.of and not is_own_label:
            _take(record, (quad.predicate, quad.object))


def _take(record: _Record, statement: tuple[NamedNode, object]) -> None:
    predicate, value = statement
    if not isinstance(value, Literal) or predicate in (AT("shownDate"), AT("order"), AT("row"), AT("inTable")):
        return
    if predicate in _QUOTED:
        record.quotes.add(value.value.translate(_DASHES))
    if value.datatype == EDTF("EDTF"):
        later = _LATER.fullmatch(value.value)
        record.values |= {later[0]} if later else {_atom(found) for found in _DATE_ATOM.finditer(value.value)}
    elif predicate == AT("ordinal"):
        record.values.add(f"{value.value}.")
    elif value.datatype == XSD("duration") or predicate in _CHECKED:
        record.values.add(value.value)
    elif _is_printed_string(predicate, value):
        record.strings.add(value.value)


def _is_printed_string(predicate: NamedNode, value: Literal) -> bool:
    """Whether a string is copied from the text: a name, title, address or number, and not a note of ours."""
    copied = {RDFS("label"), SKOS("altLabel"), DCTERMS("title"), DCTERMS("alternative")}
    if predicate in (AT("doi"), AT("url"), AT("orcid")):
        return True
    return bool(re.search(r"\d", value.value)) and (predicate in copied or value.datatype == XSD("string"))


def _string(term: object) -> str:
    return term.value if isinstance(term, Literal) else ""


def _atom(found: re.Match[str]) -> str:
    if found[4]:
        return f"{found[4]}X"
    month = found[2] if found[2] and (int(found[2]) <= 12 or int(found[2]) in _SEASONS.values()) else None
    return "-".join(part for part in (found[1], month, found[3]) if part)


def _mask(text: str, strings: Iterable[str]) -> str:
    """Blank out what is recorded as it is printed, longest first, so that its figures are not found again."""
    text = _NO_FIGURE.sub(lambda found: " " * len(found[0]), text)
    for string in sorted(strings, key=len, reverse=True):
        if not re.fullmatch(r"[\d\s.,-]+", string) and not string.startswith(("http", "10.")):
            text = text.replace(string.translate(_DASHES), " " * len(string))
    return text


def _figures(text: str) -> Iterator[Figure]:
    for found in _FIGURE.finditer(text):
        kind = str(found.lastgroup if found.lastgroup in _VALUES else _kind(found))
        for value in _VALUES[kind](found):
            yield Figure(kind, found[0].strip(" ,"), value)


def _ordinals(text: str) -> set[str]:
    """Return what at:ordinal may say of *text*: ``2.`` where it prints "second"."""
    words = set(re.findall(r"\w+", text.lower()))
    return {f"{number}." for number, word in enumerate(_ORDINALS, 1) if word in words}


def _kind(found: re.Match[str]) -> str:
    return next(kind for kind in _VALUES if found.group(kind) is not None)


def _month(name: str) -> int:
    return [month.lower() for month in _MONTHS].index(name.lower()) + 1


def _amount(text: str) -> str:
    return str(_WORDS.get(text.lower(), text.replace(",", "").rstrip(".")))


def _american(found: re.Match[str]) -> list[str]:
    days = [found["d3"], found["e3"]] if found["e3"] else [found["d3"]]
    return [f"{found['y3']}-{_month(found['m3']):02}-{int(day):02}" for day in days]


_VALUES: dict[str, Callable[[re.Match[str]], list[str]]] = {
    "address": lambda f: [f["address"]],
    "day": lambda f: [f"{f['y1']}-{_month(f['m1']):02}-{int(f['d1']):02}"],
    "daydot": lambda f: [f"{f['y2']}-{f['m2']}-{f['d2']}"],
    "american": _american,
    "entry": lambda f: [f"{f['y10']}-{_month(f['m10']):02}-{int(f['d10']):02}"],
    "opening": lambda f: [f"{f['y11']}-{month:02}" for month in range(1, _WORDS[f["w11"].lower()] + 1)],
    "month": lambda f: [f"{f['y4']}-{_month(f['m4']):02}"],
    "season": lambda f: [f"{f['y5']}-{_SEASONS[f['s5'].lower()]}"],
    "decade": lambda f: [f"{f['y6']}X"],
    "percent": lambda f: [_amount(f["p7"])],
    "span": lambda f: [f"P{10 * int(_WORDS.get(f['n8'].lower(), 1 if f['n8'].lower() in ('a', 'an') else f['n8']))}Y"],
    "number": lambda f: [_amount(f["number"])],
    "word": lambda f: [_amount(f["w9"])],
}


def _matches(printed: str, recorded: str) -> bool:
    """Whether a printed value is the recorded one: the same, coarser by a year, or a duration's number."""
    later = _LATER.fullmatch(recorded)
    if later:  # "later than 1970" is [1971..]
        return printed in (later[1], str(int(later[1]) - 1))
    if printed == recorded:
        return True
    duration = _DURATION.fullmatch(recorded)
    if duration:
        return printed == duration[1]
    return len(printed) == 4 and recorded.startswith(f"{printed}-")


def _is_printed(recorded: str, printed: set[str]) -> bool:
    return any(
        value.startswith(f"{recorded}-") or (_matches(value, recorded) and not _is_finer(recorded, value))
        for value in printed
    )


def _is_finer(recorded: str, printed: str) -> bool:
    """Whether the fact says more than the text: a day where only its year is printed."""
    return not recorded.startswith(("P", "[")) and recorded != printed


def _consume(text: str, citations: Counter[str]) -> tuple[list[str], str]:
    """Take each citation out of *text* once for each of its nodes; return those not found, and what is left."""
    unprinted = []
    for printed in sorted(citations.elements(), key=len, reverse=True):
        whole = rf"(?<!\w){re.escape(printed)}(?!\w|, ?pp?\.)"
        text, times = re.subn(whole, " " * len(printed), text, count=1)
        unprinted += [] if times else [printed]
    return unprinted, text


def _uncited(name: str, text: str) -> list[str]:
    """Return what looks like a citation in the *text* of the passage *name* once all its nodes are taken out."""
    section = name.split("/")[0]
    if section in ("bibliography", "front", "notes-on-contributors") or section.startswith("table"):
        return []
    in_brackets = r"[(;]\s*([^();]*?[A-ZÇŞÖÜİĞ][^();]*?, (?:19|20)\d\d[a-z]?(?:, ?pp?\. ?[\d-]+)?)\s*(?=[;)])"
    in_sentence = r"(\w[\w.]*\s\((?:19|20)\d\d[a-z]?(?:, ?pp?\. ?[\d-]+)?\))"
    return [*re.findall(in_brackets, text), *re.findall(in_sentence, text)]

"""A page about a thing: its rows as what a reader sees, in the order of the shapes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property

from pyoxigraph import NamedNode

from aidtrace.folding import alphabetical
from aidtrace.namespaces import AT, DATA_SET, DCTERMS, EDTF, GRAPH, ID, RDF, RDFS, SH, SKOS
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.web.asked import About, Row

MOST = 500
"""So many statements a page shows; a query finds the others."""

_NAMES = (RDFS("label").value, SKOS("prefLabel").value, SKOS("altLabel").value)
_TYPE = RDF("type").value
_COMPUTED = "computed"
_COMPARED = {
    AT("War").value: ("war", "participation"),
    AT("ArmsSale").value: ("transfer",),
    AT("GoodsAid").value: ("transfer", "support"),
    AT("FinancialAid").value: ("support",),
    AT("Training").value: ("support",),
    AT("Agreement").value: ("agreement",),
}
_DATE = EDTF("EDTF").value
_AMOUNTS = {AT(name).value for name in ("amount", "cash", "inKind")}
_CURRENCY = AT("currency").value
_TOLD = (DCTERMS("source").value, AT("citation").value)
"""Where it is told, which stands beside each statement."""


@dataclass(frozen=True)
class Shown:
    """A term as it is shown: its text, its language, and the page that it leads to, or an address elsewhere.

    *date* is its text where that is EDTF, which pages tell in words.
    """

    text: str
    language: str = ""
    page: str = ""
    elsewhere: str = ""
    date: str = ""


@dataclass(frozen=True)
class Place:
    """Where a statement is told: a paragraph, and a citation as it is printed there, if there is one."""

    paragraph: Shown
    citation: Shown | None
    resolution: str = ""


@dataclass(frozen=True)
class Value:
    """A value of a property, the paragraphs in which it is told, and the graph that says it, where it is another."""

    term: Shown
    places: list[Place]
    graph: str = ""


@dataclass
class Statement:
    """A property of the thing: its label, its IRI and its values."""

    label: str
    property: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class Identifier:
    """What someone else calls the thing: the identifier, named by its scheme, its value, and how far it means that."""

    scheme: Shown
    value: str
    meaning: str


@dataclass(frozen=True)
class Naming:
    """How many other things name this one by a property."""

    label: str
    property: str
    count: int


class Entity:
    """What is known of the thing called *name*, of which *about* has the rows; *order* sorts its properties."""

    def __init__(self, name: str, about: About, order: "Order") -> None:
        self.name, self.iri = name, f"{ID.iri}{name}"
        self._about, self._order = about, order

    @property
    def kind(self) -> str:
        """The kind that its name begins with."""
        return self.name.partition("/")[0]

    @cached_property
    def labels(self) -> list[Shown]:
        """Its names in all languages, English first: its title, then the others in the order of the alphabet."""
        found = [row for kind in _NAMES for row in self._about.names if row["property"]["value"] == kind]
        names = sorted((shown(row, "value") for row in found), key=_foreign)
        return [*names[:1], *sorted(names[1:], key=lambda one: (_foreign(one), alphabetical(one.text)))]

    @property
    def title(self) -> str:
        """Its first name, or else the one that it has here."""
        return self.labels[0].text if self.labels else self.name

    @cached_property
    def types(self) -> list[Shown]:
        """Its classes, in the order of their labels."""
        return sorted((shown(row, "value") for row in self._types), key=lambda one: alphabetical(one.text))

    @property
    def _types(self) -> list[Row]:
        return [row for row in self._about.names if row["property"]["value"] == _TYPE]

    @property
    def imported(self) -> bool:
        """Whether a data set says something of it, so that terms other than ours may hold."""
        return any("graph" in row and row["graph"]["value"].startswith(DATA_SET.iri) for row in self._about.statements)

    @property
    def comparable(self) -> bool:
        """Whether data sets may speak of such a thing too."""
        return bool(self.spoken_of)

    @property
    def spoken_of(self) -> frozenset[str]:
        """As what data sets may speak of it, in the words of ``queries/corroboration/``."""
        return frozenset().union(*(_COMPARED.get(row["value"]["value"], ()) for row in self._types))

    @cached_property
    def statements(self) -> list[Statement]:
        """What is said of it, but what is shown apart: as the shapes of its classes order it, what is computed last."""
        types = {row["value"]["value"] for row in self._types}
        found = dict[str, Statement]()
        shown_apart = {*_NAMES, _TYPE, *(_TOLD if self.places else ())}
        rows = [row for row in self._about.statements[:MOST] if row["property"]["value"] not in shown_apart]
        rank = {row["property"]["value"]: self._order.rank(row["property"]["value"], types) for row in rows}
        rows.sort(key=lambda row: alphabetical(label(row, "value")))
        rows.sort(key=lambda row: (_graph(row) == _COMPUTED, rank[row["property"]["value"]]))
        for row in rows:
            verb = row["property"]["value"]
            statement = found.setdefault(verb, Statement(label(row, "property"), verb))
            graph = _graph(row)
            places = self._places(row) or ([] if graph else self.places)
            statement.values.append(Value(self._written(row), places, graph))
        return list(found.values())

    @property
    def told(self) -> list[Statement]:
        """What is stated of it."""
        return _parted(self.statements, computed=False)

    @property
    def computed(self) -> list[Statement]:
        """What follows from what is stated."""
        return _parted(self.statements, computed=True)

    @cached_property
    def identifiers(self) -> list[Identifier]:
        """What others call it."""
        found = [
            Identifier(shown(row, "identifier"), row["value"]["value"], _meaning(row))
            for row in self._about.identifiers
        ]
        return sorted(found, key=lambda one: (alphabetical(one.scheme.text), one.value))

    @cached_property
    def _currency(self) -> str:
        """The code of the currency in which its amounts are, if they are in one."""
        found = {row["value"]["value"] for row in self._about.statements if row["property"]["value"] == _CURRENCY}
        return found.pop().rpartition("/")[2].upper() if len(found) == 1 else ""

    def _written(self, row: Row) -> Shown:
        """Return the value of *row* as it is read: an amount in groups of three digits, with its currency."""
        if row["property"]["value"] not in _AMOUNTS:
            return shown(row, "value")
        return Shown(f"{grouped(row['value']['value'])} {self._currency}".rstrip())

    @property
    def more(self) -> bool:
        """Whether there are more statements than are shown."""
        return len(self._about.statements) > MOST

    @cached_property
    def places(self) -> list[Place]:
        """Where the whole of it is told, but for the statements that are told apart."""
        return _distinct(_place(row) for row in self._about.sources if "property" not in row)

    @cached_property
    def named(self) -> list[Naming]:
        """By which properties other things name it."""
        return [
            Naming(label(row, "property"), row["property"]["value"], int(row["count"]["value"]))
            for row in self._about.named
        ]

    def _places(self, row: Row) -> list[Place]:
        """Return where one statement is told, if it is told apart from the others."""
        same = (
            one
            for one in self._about.sources
            if "property" in one and all(one[part]["value"] == row[part]["value"] for part in ("property", "value"))
        )
        return _distinct(_place(one) for one in same)


class Order:
    """The order of properties in the shapes: those of a class as its shape lists them, then all others."""

    def __init__(self, project: Project) -> None:
        self._paths = list[tuple[str, str]]()
        self._of_class = dict[str, set[str]]()
        for path in project.shape_files:
            for quad in read_quads(path):
                subject, verb, value = str(quad.subject), quad.predicate, quad.object
                if verb == SH("path") and isinstance(value, NamedNode):
                    self._paths.append((subject, value.value))
                elif verb == SH("property"):
                    self._of_class.setdefault(subject, set()).add(str(value))
                elif verb == SH("targetClass") and isinstance(value, NamedNode):
                    self._of_class.setdefault(value.value, set()).add(subject)

    def rank(self, property_: str, types: Iterable[str]) -> tuple[int, str]:
        """Return where *property_* stands for a thing of *types*; what no shape speaks of comes last, by its name."""
        shapes = {
            part for type_ in types for shape in self._of_class.get(type_, ()) for part in self._of_class.get(shape, ())
        }
        own = (number for number, (shape, path) in enumerate(self._paths) if path == property_ and shape in shapes)
        any_ = (number + len(self._paths) for number, (_, path) in enumerate(self._paths) if path == property_)
        return min([*own, *any_], default=2 * len(self._paths)), property_


def grouped(amount: str) -> str:
    """Return *amount* in groups of three digits, or as it is where it is no number.

    >>> grouped("3450000")
    '3,450,000'
    """
    try:
        return f"{Decimal(amount):,f}"
    except InvalidOperation:
        return amount


def shown(row: Row, column: str) -> Shown:
    """Return the term in *column* of *row* as it is shown, by its label where it has one."""
    term, text = row[column], label(row, column)
    if term["type"] != "uri":
        return Shown(text, term.get("xml:lang", ""), date=text if term.get("datatype") == _DATE else "")
    page = term["value"].removeprefix(ID.iri) if term["value"].startswith(ID.iri) else ""
    elsewhere = term["value"] if not page and term["value"].startswith(("http://", "https://")) else ""
    return Shown(text, "en" if f"{column}Label" in row else "", page, elsewhere)


def label(row: Mapping[str, Mapping[str, str]], column: str) -> str:
    """Return the English label of the term in *column*, the end of its IRI, or the text of a literal."""
    if f"{column}Label" in row:
        return row[f"{column}Label"]["value"]
    value = row[column]["value"]
    return local(value) if row[column]["type"] == "uri" else value


def local(iri: str) -> str:
    """Return the part of *iri* that tells it from its neighbours; of one of ours, its name."""
    if iri.startswith(ID.iri):
        return iri.removeprefix(ID.iri)
    return iri.rpartition("#")[2] or iri


def _foreign(name: Shown) -> bool:
    return name.language != "en"


def _meaning(row: Row) -> str:
    """Return how far an identifier means the thing, in words; nothing where it means just that."""
    return "" if row["relation"]["value"] == AT("identifies").value else label(row, "relation")


def _graph(row: Row) -> str:
    """Return the name of the graph that says *row*, "computed" for what is inferred, and nothing for the article."""
    name = row["graph"]["value"].removeprefix(GRAPH.iri) if "graph" in row else ""
    return {"article": "", "inferred": _COMPUTED}.get(name, name)


def _place(row: Row) -> Place:
    paragraph = Shown(row["paragraph"]["value"], page=row["passage"]["value"].removeprefix(ID.iri))
    if "citation" not in row:
        return Place(paragraph, None)
    citation = Shown(row["printed"]["value"], page=row["citation"]["value"].removeprefix(ID.iri))
    return Place(paragraph, citation, local(row["resolution"]["value"]).removeprefix("concept/"))


def _parted(statements: Iterable[Statement], *, computed: bool) -> list[Statement]:
    """Return *statements* with the values that are computed, or with the others, as far as they have any."""
    parts = (
        Statement(one.label, one.property, [value for value in one.values if (value.graph == _COMPUTED) == computed])
        for one in statements
    )
    return [one for one in parts if one.values]


def _distinct(places: Iterable[Place]) -> list[Place]:
    return list(dict.fromkeys(places))

"""Data for the benchmark of validation: copies of the example world, with violations planted in nine of ten.

Each copy has names of its own, but states, equipment and releases are shared by fifty, so that there are hubs. What
was planted is known beforehand: the focus node and the rule of every result.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

ROOT = Path(__file__).parents[1]
ID = "https://w3id.org/aidtrace/id/"
AT = "https://w3id.org/aidtrace/ontology#"
ATS = "https://w3id.org/aidtrace/shapes#"
ONTOLOGY = "https://w3id.org/aidtrace/ontology"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"
SOURCE = "http://purl.org/dc/terms/source"
_SHARED = {"actor/norland", "actor/sudria", "actor/ostia", "equipment/boat", "data-set-release/invented-states"}
_UNIQUE = {LABEL, AT + "key", AT + "paragraph"}
_EDTF = NamedNode("http://id.loc.gov/datatypes/edtf/EDTF")
_DECIMAL = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")

Planted = Counter[tuple[str, str]]


def shapes() -> list[Triple]:
    """Read the project's shapes."""
    return [triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in _read(path)]


def data(size: int) -> tuple[list[Triple], Planted]:
    """Return about *size* triples, the ontology among them, and what was planted."""
    world = _read(ROOT / "tests" / "shapes" / "pass" / "world.ttl")
    triples = dict.fromkeys(triple for path in sorted((ROOT / "ontology").glob("*.ttl")) for triple in _read(path))
    planted: Planted = Counter()
    number = 0
    while len(triples) < size:
        bundle = _Bundle(world, number)
        planted += bundle.plant()
        triples |= dict.fromkeys(bundle.triples)
        number += 1
    return list(triples), Counter(dict(planted))


def _read(path: Path) -> list[Triple]:
    quads = parse(path=str(path), format=RdfFormat.TURTLE, rename_blank_nodes=True)
    return [Triple(quad.subject, quad.predicate, quad.object) for quad in quads]


class _Bundle:
    """One copy of the world."""

    def __init__(self, world: list[Triple], number: int) -> None:
        self._number = number
        self._things = {triple.subject for triple in world}
        self.triples = list(map(self._renamed, world))

    def thing(self, slug: str) -> NamedNode:
        """Return the thing *slug* of this copy."""
        return NamedNode(f"{ID}{slug}-{self._number // 50 if slug in _SHARED else self._number}")

    def plant(self) -> Planted:
        """Break the rule that is this copy's turn; return the focus node and the rule of each result to come."""
        planters = list(_PLANTERS)
        turn = self._number % (len(planters) + 1)
        found = planters[turn](self) if turn < len(planters) else iter(())
        return Counter((focus, ATS + rule) for focus, rule in found)

    def put(self, slug: str, name: str, value: NamedNode | Literal, *, instead: bool = False) -> None:
        """Add a value of at:*name* to a thing, perhaps instead of what it has."""
        subject, predicate = self.thing(slug), NamedNode(name if ":" in name else AT + name)
        if instead:
            self.drop(slug, name)
        self.triples.append(Triple(subject, predicate, value))

    def drop(self, slug: str, name: str) -> None:
        """Take the values of at:*name* from a thing."""
        subject, predicate = self.thing(slug), NamedNode(name if ":" in name else AT + name)
        self.triples = [one for one in self.triples if (one.subject, one.predicate) != (subject, predicate)]

    @property
    def number(self) -> int:
        """Which copy this is."""
        return self._number

    def _renamed(self, triple: Triple) -> Triple:
        value = triple.object
        if isinstance(value, Literal) and triple.predicate.value in _UNIQUE and triple.subject in self._things:
            slug = triple.subject.value.removeprefix(ID)  # type: ignore[union-attr]
            text = f"{value.value}{self._number // 50 if slug in _SHARED else self._number}"
            value = Literal(text, language=value.language) if value.language else Literal(text)
        return Triple(self._name(triple.subject), triple.predicate, self._name(value))  # type: ignore[arg-type]

    def _name(self, term: object) -> object:
        named = isinstance(term, NamedNode) and term.value.startswith(ID) and term in self._things
        return self.thing(term.value.removeprefix(ID)) if named else term  # type: ignore[attr-defined]


def _no_source(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.drop("factor/training", SOURCE)
    yield bundle.thing("factor/training").value, "Fact-source"


def _negative(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("flow/aid-1970", "amount", Literal("-4", datatype=_DECIMAL), instead=True)
    yield bundle.thing("flow/aid-1970").value, "Amount-positive"


def _two_states(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("legal-act/war-act", "status", NamedNode(ID + "concept/planned"))
    yield bundle.thing("legal-act/war-act").value, "Instrument-statusOne"


def _no_language(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("place/port-sudria", ALIAS, Literal("Port"))
    yield bundle.thing("place/port-sudria").value, "Label-alias"


def _backwards(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put(
        "phase/early", "onDate", Literal(f"1960/{date.fromordinal(1 + bundle.number)}", datatype=_EDTF), instead=True
    )
    yield ONTOLOGY, "Date-inOrder"


def _dangling(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("claim/engineers", "about", bundle.thing("event/none"), instead=True)
    yield ONTOLOGY, "Graph-dangling"


def _no_actor(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("training/signal-course", "trainee", bundle.thing("place/port-sudria"), instead=True)
    yield bundle.thing("training/signal-course").value, "Participant-actor"


def _not_said(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("attestation/pact-signed", "value", Literal("1961-04-08", datatype=_EDTF), instead=True)
    yield bundle.thing("attestation/pact-signed").value, "Attestation-triple"


def _circle(bundle: _Bundle) -> Iterator[tuple[str, str]]:
    bundle.put("step/skill", "precedes", bundle.thing("step/inputs"))
    yield bundle.thing("step/inputs").value, "Step-cycle"
    yield bundle.thing("step/skill").value, "Step-cycle"
    yield bundle.thing("step/skill").value, "Step-sequence"


_PLANTERS: tuple[Callable[[_Bundle], Iterator[tuple[str, str]]], ...] = (
    _no_source, _negative, _two_states, _no_language, _backwards, _dangling, _no_actor, _not_said, _circle,
)  # fmt: skip

"""The look itself: both graphs read once, their things compared kind by kind."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, NamedNode, Store, Triple

from aidtrace.merging.actors import ACTOR, LONGEST_NAME, match_actors
from aidtrace.merging.collisions import find_collisions
from aidtrace.merging.facts import NAMES, Facts
from aidtrace.merging.happenings import Same, families, match_happenings
from aidtrace.merging.meeting import Likeness, Meeting
from aidtrace.merging.ontology import Ontology
from aidtrace.merging.times import Times
from aidtrace.namespaces import RDF


def look(ours: Store, theirs: Sequence[Triple]) -> Meeting:
    """Tell how *theirs* would meet *ours*, without changing either.

    Triples that make no sense match nothing. What has no IRI of its own is not compared; the notes count such things.
    """
    own, others, times = Facts(ours), Facts.of_triples(theirs), Times()
    ontology = Ontology(own, others)
    actors = match_actors(own, others, ontology)
    same = _same(actors, own, ontology)
    new, there = _counted(ours, others)
    rows = {family.name: match_happenings(family, own, others, same, ontology, times) for family in families(ontology)}
    return Meeting(
        collisions=find_collisions(own, others, ontology),
        actors=actors,
        agreements=rows["agreements"],
        flows=rows["flows"],
        events=rows["events"],
        notes=tuple(_notes(others, ontology, times)),
        new=new,
        there=there,
    )


def _counted(ours: Store, theirs: Facts) -> tuple[int, int]:
    """Return how many triples of theirs are new to ours, and how many are there."""
    known = [
        next(ours.quads_for_pattern(one.subject, one.predicate, one.object, None), None) is not None
        for one in theirs.triples()
    ]
    return known.count(False), known.count(True)


def _same(actors: Iterable[Likeness], ours: Facts, ontology: Ontology) -> Same:
    """Return the actors of ours that each of theirs may be; ours are themselves, described by theirs or not."""
    found: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for row in actors:
        if row.match != "kind differs":
            found[NamedNode(row.theirs)].add(NamedNode(row.ours))
    for thing in ontology.instances(ours, ACTOR):
        found[thing] = {thing}
    return {thing: frozenset(ones) for thing, ones in found.items()}


def _notes(theirs: Facts, ontology: Ontology, times: Times) -> Iterator[str]:
    """Say what was not compared, and why."""
    roots = [ACTOR, *(family.root for family in families(ontology))]
    nameless = {
        thing
        for thing, kind in theirs.statements(RDF("type"))
        if isinstance(thing, BlankNode) and isinstance(kind, NamedNode)
        if any(ontology.falls_under(frozenset({kind}), root) for root in roots)
    }
    if nameless:
        yield f"{len(nameless)} of their actors, agreements, flows and events have no IRI and were not compared"
    long = {str(label) for _, label in theirs.statements(*NAMES) if len(str(label)) > LONGEST_NAME + 20}
    if long:
        yield f"{len(long)} of their labels are longer than {LONGEST_NAME} letters and were not compared"
    if times.unread:
        yield f"{len(times.unread)} of their dates were not read: too long, or too many that are hard to read"

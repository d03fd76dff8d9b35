"""Facts and computed results as nanopublications: each an assertion, its provenance, and how it was published.

Source: Nanopublication Guidelines (nanopub.net/guidelines), "Well-formed nanopublications": a head, an assertion, a
provenance and a publication info graph, each of them non-empty, and no triple elsewhere.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    Variable,
    serialize,
)

from aidtrace.errors import InputError, one_of
from aidtrace.files import read_text
from aidtrace.licences import OURS
from aidtrace.namespaces import AT, DCTERMS, ID, PREFIXES, PROV, RDF, RDFS, XSD, Namespace, short
from aidtrace.project import Project
from aidtrace.store import read_quads
from aidtrace.tracing import Tracing
from aidtrace.tracing.case import ARTICLE, case_files

NP = Namespace("http://www.nanopub.org/nschema#")
NPX = Namespace("http://purl.org/nanopub/x/")
PUBLISHED = Namespace("https://w3id.org/aidtrace/np/")
CC_BY = NamedNode(OURS)
PROJECT = NamedNode("https://w3id.org/aidtrace")

_MADE = {PROV("wasGeneratedBy"), PROV("wasDerivedFrom"), AT("byRule")}
"""What a result says of how it was made, which goes to the provenance."""
_THING = Variable("thing")

Quads = tuple[Quad, ...]
"""One nanopublication: the quads of its four graphs."""


@dataclass(frozen=True)
class Publication:
    """How nanopublications are published: when (xsd:dateTime), by whom, under which licence, of which revision."""

    created: str
    revision: str
    creator: NamedNode = PROJECT
    licence: NamedNode = CC_BY


def publication(revision: str, created: str | None, creator: str | None, licence: str | None) -> Publication:
    """Build a Publication of what a user gives as text; InputError for what is no time, or no IRI.

    *created* is a date or a time in ISO 8601; without one, it is now. A time without a zone is UTC.
    """
    try:
        when = datetime.fromisoformat(created) if created else datetime.now(UTC)
    except ValueError as error:
        raise InputError(f"--created: {created!r} is no time; expected one such as 2026-01-31T12:00:00Z") from error
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    told = when.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Publication(told, revision, _iri(creator, "--creator", PROJECT), _iri(licence, "--license", CC_BY))


def _iri(text: str | None, option: str, default: NamedNode) -> NamedNode:
    try:
        return default if text is None else NamedNode(text)
    except ValueError as error:
        raise InputError(f"{option}: {text!r} is no absolute IRI; expected one such as {default.value}") from error


def of_facts(
    project: Project, publication: Publication, case: str = ARTICLE, names: Collection[str] = ()
) -> Iterator[Quads]:
    """Yield a nanopublication for each fact of *case*, or for those called *names*; InputError where one is none.

    The assertion is all that the files of the case say of the fact: no triple of a fact is left out.
    """
    store = Store()
    for path in case_files(project, case):
        store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in read_quads(path))
    things = _chosen(_things(store, _rule(project, "facts")), names)
    yield from _each(store, things, _rule(project, "derived"), publication, without=())


def of_results(
    project: Project, publication: Publication, run: Tracing, names: Collection[str] = ()
) -> Iterator[Quads]:
    """Yield a nanopublication for each result of *run*, or for those called *names*; InputError where one is none.

    How a result was made is its provenance, and no part of the assertion.
    """
    store = Store()
    store.extend(Quad(*triple) for triple in run.triples)
    things = _chosen(_things(store, _rule(project, "results")), names)
    yield from _each(store, things, _rule(project, "generated"), publication, without=_MADE)


def write(publications: Iterable[Quads]) -> bytes:
    """Write *publications* as TriG, one after the other."""
    prefixes = {**PREFIXES, "id": ID.iri, "np": NP.iri, "npx": NPX.iri}
    quads = [quad for one in publications for quad in one]
    return serialize(quads, format=RdfFormat.TRIG, prefixes=prefixes) or b""


def _rule(project: Project, name: str) -> str:
    return read_text(project.root / "queries" / "nanopubs" / f"{name}.rq", "a rule of the nanopublications")


def _things(store: Store, query: str) -> list[NamedNode]:
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    return [row["thing"] for row in found]


def _chosen(things: list[NamedNode], names: Collection[str]) -> list[NamedNode]:
    known = {short(one.value): one for one in things} | {one.value: one for one in things}
    for name in names:
        if name not in known:
            near = one_of(sorted(short(one.value) for one in things), name)
            raise InputError(f"{name!r}: is nothing that becomes a nanopublication here; expected {near}")
    return [known[name] for name in names] if names else things


def _each(
    store: Store, things: Iterable[NamedNode], rule: str, publication: Publication, without: Collection[NamedNode]
) -> Iterator[Quads]:
    for thing in things:
        quads = store.quads_for_pattern(thing, None, None, DefaultGraph())
        assertion = [quad.triple for quad in quads if quad.predicate not in without]
        derived = store.query(rule, substitutions={_THING: thing})
        assert isinstance(derived, QueryTriples)
        yield tuple(_publication(thing, assertion, list(derived), publication))


def _publication(
    thing: NamedNode, assertion: list[Triple], derived: list[Triple], publication: Publication
) -> Iterator[Quad]:
    """Yield the quads of one nanopublication, graph by graph, in a fixed order."""
    here = Namespace(f"{PUBLISHED.iri}{thing.value.removeprefix(ID.iri)}/")
    this, head, told, provenance, published = map(here, ("", "Head", "assertion", "provenance", "pubinfo"))
    labels = [one.object for one in assertion if one.predicate == RDFS("label")]
    graphs = {
        head: [
            Triple(this, RDF("type"), NP("Nanopublication")),
            Triple(this, NP("hasAssertion"), told),
            Triple(this, NP("hasProvenance"), provenance),
            Triple(this, NP("hasPublicationInfo"), published),
        ],
        told: assertion,
        provenance: [
            Triple(told, PROV("wasAttributedTo"), PROJECT),
            *(Triple(told if one.subject == thing else one.subject, one.predicate, one.object) for one in derived),
        ],
        published: [
            Triple(this, DCTERMS("created"), Literal(publication.created, datatype=XSD("dateTime"))),
            Triple(this, DCTERMS("creator"), publication.creator),
            Triple(this, DCTERMS("license"), publication.licence),
            Triple(this, PROV("wasDerivedFrom"), NamedNode(f"urn:aidtrace:revision:{publication.revision}")),
            Triple(this, NPX("wasCreatedAt"), PROJECT),
            Triple(this, DCTERMS("description"), Literal(f"Written by aidtrace {version('aidtrace')}", language="en")),
            *(Triple(this, RDFS("label"), label) for label in labels),
        ],
    }
    for graph, triples in graphs.items():
        for triple in sorted(set(triples), key=str):
            yield Quad(triple.subject, triple.predicate, triple.object, graph)

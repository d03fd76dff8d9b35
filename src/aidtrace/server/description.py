"""The service description, by the names of the catalog: what the endpoint says of itself (SPARQL 1.1)."""

from collections.abc import Iterator

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from aidtrace.catalog import KNOWN
from aidtrace.metadata import DATASET, SERVICE, described, named_graph
from aidtrace.namespaces import RDF, SD, WELL_KNOWN, Namespace
from aidtrace.server.media import GRAPHS
from aidtrace.server.service import Service, Snapshot

FORMATS = Namespace("http://www.w3.org/ns/formats/")
_DEFAULT = WELL_KNOWN("void#default")
_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")


def describe(service: Service, snapshot: Snapshot, endpoint: str, media: str) -> bytes:
    """Describe *service*, reached at *endpoint*, as RDF of the type *media*."""
    site = endpoint.removesuffix("/sparql")
    triples = [*described(service.project, snapshot.graphs, snapshot.licences, site), *_abilities(service)]
    triples += [
        Triple(DATASET, SD("defaultGraph"), _DEFAULT),
        Triple(_DEFAULT, RDF("type"), SD("Graph")),
    ]
    for graph in sorted(snapshot.graphs):
        node = named_graph(graph)
        triples += [
            Triple(DATASET, SD("namedGraph"), node),
            Triple(node, RDF("type"), SD("NamedGraph")),
            Triple(node, SD("name"), NamedNode(graph)),
        ]
    form: RdfFormat = GRAPHS[media]
    return serialize(triples, format=form, prefixes={**KNOWN, "formats": FORMATS.iri}) or b""


def _abilities(service: Service) -> Iterator[Triple]:
    yield Triple(SERVICE, SD("supportedLanguage"), SD("SPARQL11Query"))
    yield from (Triple(SERVICE, SD("resultFormat"), FORMATS(name)) for name in (*_RESULTS, *_GRAPHS))
    if service.options.tokens.digests:
        yield Triple(SERVICE, SD("supportedLanguage"), SD("SPARQL11Update"))
        yield from (Triple(SERVICE, SD("inputFormat"), FORMATS(name)) for name in _GRAPHS)
    if service.options.hosts:
        yield Triple(SERVICE, SD("feature"), SD("BasicFederatedQuery"))

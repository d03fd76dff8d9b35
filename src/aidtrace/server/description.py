"""The service description: what the endpoint says of itself (SPARQL 1.1 Service Description)."""

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize

from aidtrace.namespaces import RDF, Namespace
from aidtrace.server.media import GRAPHS
from aidtrace.server.service import Service, Snapshot

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = "http://www.w3.org/ns/formats/"
_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")


def describe(service: Service, snapshot: Snapshot, endpoint: str, media: str) -> bytes:
    """Describe *service*, reached at *endpoint*, as RDF of the type *media*."""
    this, dataset, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    triples = [
        Triple(this, RDF("type"), SD("Service")),
        Triple(this, SD("endpoint"), NamedNode(endpoint)),
        Triple(this, SD("supportedLanguage"), SD("SPARQL11Query")),
        Triple(this, SD("defaultDataset"), dataset),
        Triple(dataset, RDF("type"), SD("Dataset")),
        Triple(dataset, SD("defaultGraph"), default),
        Triple(default, RDF("type"), SD("Graph")),
    ]
    if service.options.tokens.digests:
        triples.append(Triple(this, SD("supportedLanguage"), SD("SPARQL11Update")))
        triples += [Triple(this, SD("inputFormat"), NamedNode(FORMATS + name)) for name in _GRAPHS]
    if service.options.union:
        triples.append(Triple(this, SD("feature"), SD("UnionDefaultGraph")))
    if service.options.hosts:
        triples.append(Triple(this, SD("feature"), SD("BasicFederatedQuery")))
    triples += [Triple(this, SD("resultFormat"), NamedNode(FORMATS + name)) for name in (*_RESULTS, *_GRAPHS)]
    for number, graph in enumerate(sorted(snapshot.graphs)):
        node, content = BlankNode(f"graph{number}"), BlankNode(f"content{number}")
        triples += [
            Triple(dataset, SD("namedGraph"), node),
            Triple(node, RDF("type"), SD("NamedGraph")),
            Triple(node, SD("name"), NamedNode(graph)),
            Triple(node, SD("graph"), content),
            Triple(content, RDF("type"), SD("Graph")),
        ]
    prefixes = {"sd": SD.iri, "formats": FORMATS}
    form: RdfFormat = GRAPHS[media]
    return serialize(triples, format=form, prefixes=prefixes) or b""

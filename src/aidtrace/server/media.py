"""The media types that are written and read, by their formats in pyoxigraph."""

from pyoxigraph import QueryResultsFormat, RdfFormat

RESULTS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
DATASETS = {"application/trig": RdfFormat.TRIG, "application/n-quads": RdfFormat.N_QUADS}

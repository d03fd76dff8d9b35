"""Our prefixes, as makers of terms: ``AT("party")`` is the property at:party."""

from dataclasses import dataclass

from pyoxigraph import NamedNode


@dataclass(frozen=True)
class Namespace:
    """The start of some IRIs; calling it with the rest makes a term."""

    iri: str

    def __call__(self, name: str) -> NamedNode:
        """Make the term *name* of this namespace."""
        return NamedNode(self.iri + name)


AT = Namespace("https://w3id.org/aidtrace/ontology#")
ATS = Namespace("https://w3id.org/aidtrace/shapes#")
ID = Namespace("https://w3id.org/aidtrace/id/")
K = Namespace("https://w3id.org/aidtrace/id/concept/")
GRAPH = Namespace("https://w3id.org/aidtrace/graph/")
DATA_SET = Namespace("https://w3id.org/aidtrace/graph/dataset/")
WELL_KNOWN = Namespace("https://w3id.org/aidtrace/.well-known/")

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
EDTF = Namespace("http://id.loc.gov/datatypes/edtf/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA = Namespace("https://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SEM = Namespace("http://semanticweb.cs.vu.nl/2009/11/sem/")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VOID = Namespace("http://rdfs.org/ns/void#")
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")

PREFIXES = {
    "at": AT.iri,
    "ats": ATS.iri,
    "dcterms": DCTERMS.iri,
    "edtf": EDTF.iri,
    "k": K.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "sem": SEM.iri,
    "sh": SH.iri,
    "skos": SKOS.iri,
    "xsd": XSD.iri,
}
"""What a query may use without declaring it in ``aidtrace query -e`` and in our own writers."""


def short(iri: str) -> str:
    """Shorten an IRI for a person: our things by their path, words with their prefix."""
    if iri.startswith(ID.iri) and not iri.startswith(K.iri):
        return iri.removeprefix(ID.iri)
    for prefix, long in PREFIXES.items():
        if iri.startswith(long) and iri != long:
            return f"{prefix}:{iri.removeprefix(long)}"
    return iri

"""The tests of FOOPS! (https://w3id.org/foops), which look at the ontology: by its name, and at what it says of itself.

What they look for is told in https://github.com/oeg-upm/fair_ontologies (src/main/resources/testCatalogue.properties);
the principles are those of the classes there. Registries and other hosts are not asked.
"""

from collections.abc import Callable

from pyoxigraph import NamedNode, Quad

from aidtrace.fair.checks import Check, Verdict, expect, expect_all, fails, unanswered
from aidtrace.fair.site import HTML, RDF_TYPES, Site, named
from aidtrace.namespaces import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, Namespace

_DC = Namespace("http://purl.org/dc/elements/1.1/")
_VANN = Namespace("http://purl.org/vocab/vann/")
_BIBO = Namespace("http://purl.org/ontology/bibo/")
_PAV = Namespace("http://purl.org/pav/")
_DOAP = Namespace("http://usefulinc.com/ns/doap#")
_MOD = Namespace("https://w3id.org/mod#")

_METADATA = {
    "title": (_DC("title"), DCTERMS("title"), SCHEMA("name")),
    "description": (DCTERMS("abstract"), DCTERMS("description"), _DC("description"), RDFS("comment"), SKOS("note")),
    "license": (DCTERMS("license"), SCHEMA("license"), _DOAP("license")),
    "version IRI": (OWL("versionIRI"),),
    "creator": (_DC("creator"), DCTERMS("creator"), SCHEMA("creator"), _PAV("createdBy"), PROV("wasAttributedTo")),
    "namespace URI": (_VANN("preferredNamespaceUri"),),
    "namespace prefix": (_VANN("preferredNamespacePrefix"),),
    "version info": (OWL("versionInfo"), SCHEMA("schemaVersion")),
    "creation date": (DCTERMS("created"), SCHEMA("dateCreated"), PROV("generatedAtTime"), _PAV("createdOn")),
    "citation": (DCTERMS("bibliographicCitation"), SCHEMA("citation")),
    "publisher": (_DC("publisher"), DCTERMS("publisher"), SCHEMA("publisher")),
    "logo": (FOAF("logo"), SCHEMA("logo")),
    "status": (_BIBO("status"), _MOD("status")),
    "source": (_DC("source"), DCTERMS("source"), PROV("hadOriginalSource")),
    "issued date": (DCTERMS("issued"), DCTERMS("submitted"), SCHEMA("datePublished")),
}
"""What is looked for, and the properties that may say it."""

_VOCABULARIES = (_DC, DCTERMS, SCHEMA, _VANN, PROV, _BIBO, _PAV, FOAF, _DOAP, _MOD, OWL, RDFS)
_PERSISTENT = (
    "w3id.org",
    "doi.org",
    "purl.",
    "linked.data.gov.au",
    "dbpedia.org",
    "www.w3.org",
    "perma.cc",
    "data.europa.eu",
)
_LABELS = (RDFS("label"), SKOS("prefLabel"))
_DEFINITIONS = (RDFS("comment"), SKOS("definition"))
_TERMS = (OWL("Class"), OWL("ObjectProperty"), OWL("DatatypeProperty"))
_REGISTRY = "prefix.cc and Linked Open Vocabularies would have to be asked; the ontology is registered in neither yet"


def persistent(name: str) -> bool:
    """Whether *name* is of a scheme whose keepers promise that names last."""
    return any(scheme in name for scheme in _PERSISTENT)


def _uri1(site: Site) -> Verdict:
    found = site.given(site.ontology_id, RDF_TYPES)
    return expect(
        found, f"{site.ontology_id} gives {', '.join(found)}", f"{site.ontology_id or 'the ontology'} gives no RDF"
    )


def _ver1(site: Site) -> Verdict:
    found = _values(site, "version IRI")
    told = f"owl:versionIRI {', '.join(found)}"
    return expect(
        found and site.ontology_id not in found, told, "missing: an owl:versionIRI other than the ontology's own"
    )


def _ver2(site: Site) -> Verdict:
    found = _values(site, "version IRI")
    gone = [one for one in found if not site.resolve(one).is_there]
    return expect(
        found and not gone, "the version IRI is answered", f"not answered: {', '.join(gone) or 'a version IRI'}"
    )


def _cn1(site: Site) -> Verdict:
    wanted = (HTML, *RDF_TYPES)
    return expect_all(wanted, site.given(site.ontology_name, wanted))


def _doc1(site: Site) -> Verdict:
    page = site.resolve(site.ontology_name, HTML)
    return expect(page.is_there and page.media == HTML, "its name leads a browser to a page", "missing: a page in HTML")


def _om3(site: Site) -> Verdict:
    """Tell the DOI apart: only an archive can give one."""
    verdict = _metadata("publisher", "logo", "status", "source", "issued date")(site)
    identifiers = site.said(site.ontology, site.ontology_id, _BIBO("doi").value, DCTERMS("identifier").value)
    if verdict.outcome == "pass" and not any("10." in one for one in identifiers):
        return unanswered("a DOI is given by an archive, when a release is deposited there; all else is found")
    return verdict


def _om4_2(site: Site) -> Verdict:
    found = _values(site, "license")
    if not any(one.startswith("http") for one in found):
        return fails("missing: a licence that is an IRI")
    return unanswered(f"the host of {', '.join(found)} would have to be asked")


def _voc1(site: Site) -> Verdict:
    used = {quad.predicate.value for quad in _about(site)}
    found = [one.iri for one in _VOCABULARIES if any(name.startswith(one.iri) for name in used)]
    return expect(found, f"uses {', '.join(found)}", "missing: metadata in words of others")


def _voc2(site: Site) -> Verdict:
    imports = site.said(site.ontology, site.ontology_id, OWL("imports").value)
    others = {_namespace(one) for one in _declared(site) if not one.startswith(site.ontology_name)}
    found = sorted({*imports, *others} - {OWL.iri, RDF.iri, RDFS.iri})
    return expect(found, f"reuses {', '.join(found)}", "missing: classes or properties of others")


def _documented(properties: tuple[NamedNode, ...]) -> Callable[[Site], Verdict]:
    def run(site: Site) -> Verdict:
        terms = sorted(one for one in _declared(site) if one.startswith(f"{site.ontology_name}#"))
        bare = [one for one in terms if not site.said(site.ontology, one, *(name.value for name in properties))]
        told = f"all {len(terms)} terms have one"
        return expect(terms and not bare, told, f"missing for {', '.join(bare[:5]) or 'every term'}")

    return run


def _metadata(*wanted: str) -> Callable[[Site], Verdict]:
    return lambda site: expect_all(wanted, [one for one in wanted if _values(site, one)])


def _values(site: Site, wanted: str) -> list[str]:
    return site.said(site.ontology, site.ontology_id, *(one.value for one in _METADATA[wanted]))


def _about(site: Site) -> list[Quad]:
    return [*site.ontology.quads_for_pattern(NamedNode(site.ontology_id), None, None, None)] if site.ontology_id else []


def _declared(site: Site) -> list[str]:
    """Return the classes and properties that the ontology declares, its own and those of others."""
    return [name for kind in _TERMS for name in named(site.ontology, RDF("type"), kind)]


def _namespace(iri: str) -> str:
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


FOOPS = (
    Check("PURL1", "F1", "The ontology has a persistent URL", lambda site: expect(
        persistent(site.ontology_id), site.ontology_id, f"{site.ontology_id or 'nothing'} is of no persistent scheme")),
    Check("URI1", "F1", "The ontology's URI resolves", _uri1),
    Check("URI2", "F1", "The ontology's URI is its identifier", lambda site: expect(
        site.ontology_id == site.ontology_name, site.ontology_id, f"it calls itself {site.ontology_id or 'nothing'}")),
    Check("VER1", "F1", "A version IRI is declared", _ver1),
    Check("VER2", "F1", "The version IRI resolves", _ver2),
    Check("OM1", "F2", "Minimum metadata", _metadata(
        "title", "description", "license", "version IRI", "creator", "namespace URI")),
    Check("FIND1", "F3", "A prefix is declared", _metadata("namespace prefix")),
    Check("FIND2", "F4", "The prefix is in a registry", lambda _: unanswered(_REGISTRY)),
    Check("FIND3", "F4", "The ontology is in a registry", lambda _: unanswered(_REGISTRY)),
    Check("CN1", "A1", "Content negotiation for HTML and RDF", _cn1),
    Check("HTTP1", "A1.1", "An open protocol", lambda site: expect(
        site.resolve(site.ontology_name).has_content, "HTTP", "missing: an ontology that is given by HTTP")),
    Check("FIND_3_BIS", "A2", "Metadata stay when the ontology goes", lambda _: unanswered(_REGISTRY)),
    Check("RDF1", "I1", "The ontology is available in RDF", lambda site: expect(
        len(site.ontology), f"{len(site.ontology)} triples", "missing: RDF that can be parsed")),
    Check("VOC1", "I2", "Metadata reuse vocabularies", _voc1),
    Check("VOC2", "I2", "The ontology reuses vocabularies", _voc2),
    Check("DOC1", "R1", "Documentation in HTML", _doc1),
    Check("OM2", "R1", "Recommended metadata", _metadata(
        "namespace prefix", "version info", "creation date", "citation")),
    Check("OM3", "R1", "Detailed metadata", _om3),
    Check("VOC3", "R1", "All terms have labels", _documented(_LABELS)),
    Check("VOC4", "R1", "All terms have definitions", _documented(_DEFINITIONS)),
    Check("OM4.1", "R1.1", "A licence is declared", _metadata("license")),
    Check("OM4.2", "R1.1", "The licence resolves", _om4_2),
    Check("OM5.1", "R1.2", "Basic provenance", _metadata("creator", "creation date")),
    Check("OM5.2", "R1.2", "Detailed provenance", _metadata("issued date", "publisher")),
)  # fmt: skip

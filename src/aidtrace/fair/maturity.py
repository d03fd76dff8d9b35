"""Indicators of the FAIR data maturity model of the Research Data Alliance (doi:10.15497/rda00050), asked of a server.

Data are the things and statements; metadata are what the server says of them as a whole: ``/.well-known/void``. What
lies with people or with other hosts is not answered.
"""

import json
from collections.abc import Callable
from functools import partial

from pyoxigraph import NamedNode, Store

from aidtrace.fair.checks import Check, Verdict, expect, expect_all, fails, passes, unanswered
from aidtrace.fair.foops import persistent
from aidtrace.fair.site import HTML, RDF_TYPES, SITE, TURTLE, Site, named
from aidtrace.namespaces import AT, DCAT, DCTERMS, PROV, RDF, SCHEMA, SD, SH, SKOS, VOID

_ACCESS = (VOID("sparqlEndpoint"), VOID("dataDump"), DCAT("distribution"), DCAT("accessURL"))
_RICH = {
    "title": (DCTERMS("title"),),
    "description": (DCTERMS("description"),),
    "creator": (DCTERMS("creator"), DCTERMS("publisher")),
    "licence": (DCTERMS("license"),),
    "version": (DCAT("version"),),
    "size": (VOID("triples"),),
}
_STANDARD = (DCTERMS.iri, VOID.iri, DCAT.iri, PROV.iri, SKOS.iri, SCHEMA.iri, SD.iri)
_LICENCES = ("creativecommons.org", "opendatacommons.org", "spdx.org", "apache.org", "opensource.org")
_A_PROMISE = "an archive or a registry would have to promise it"
_OTHERS = f'FILTER (isIRI(?o) && !STRSTARTS(STR(?o), "{SITE}"))'


def _ask(site: Site, pattern: str) -> bool:
    return bool(site.rows(f"SELECT ?s {{ {pattern} }} LIMIT 1"))


def _distributions(site: Site) -> list[str]:
    """Return the forms in which the data set, or a graph of it, can be had."""
    nodes = _of_dataset(site, SD("namedGraph"))
    graphs = [graph for node in nodes for graph in site.said(site.description, node, SD("graph").value)]
    properties = [DCAT("distribution").value]
    return [found for one in (site.dataset, *graphs) for found in site.said(site.description, one, *properties)]


def _of_dataset(site: Site, *properties: NamedNode) -> list[str]:
    return site.said(site.description, site.dataset, *(one.value for one in properties))


def _name_lasts(name: str) -> Verdict:
    if not name:
        return fails("missing: a name")
    if not persistent(name):
        return fails(f"{name} is of no persistent scheme")
    return passes(f"{name}; w3id.org leads there once the rules of deploy/w3id are registered")


def _name_is_global(name: str) -> Verdict:
    return expect(name.startswith(("http://", "https://", "urn:")), name, "missing: a name that is an IRI")


def _rich(site: Site) -> Verdict:
    return expect_all(tuple(_RICH), [name for name, words in _RICH.items() if _of_dataset(site, *words)])


def _harvested(site: Site) -> Verdict:
    page = site.resolve(site.thing, HTML) if site.thing else site.get("/", HTML)
    found = ["VoID"] if site.dataset else []
    found += ["schema.org in pages"] if "application/ld+json" in page.text else []
    return expect_all(("VoID", "schema.org in pages"), found)


def _page(path: str, site: Site) -> Verdict:
    page = site.get(path, HTML)
    return expect(page.is_there and page.media == HTML, f"{path} is a page", f"missing: a page at {path}")


def _thing_page(site: Site) -> Verdict:
    page = site.resolve(site.thing, HTML)
    return expect(site.thing and page.is_there and page.media == HTML, site.thing, "missing: pages about things")


def _record(site: Site) -> Verdict:
    graph = site.resolve(site.dataset).graph() if site.dataset else Store()
    found = len(graph) and site.said(graph, site.dataset, RDF("type").value)
    return expect(found, f"{site.dataset} leads to its description", "missing: a name of the data set that is answered")


def _object(site: Site) -> Verdict:
    graph = site.resolve(site.thing).graph() if site.thing else Store()
    return expect(
        len(graph), f"{site.thing} leads to {len(graph)} triples", "missing: names of things that are answered"
    )


def _by_program(site: Site) -> Verdict:
    found = site.given(site.thing, RDF_TYPES)
    found += ["SPARQL"] if site.rows("SELECT ?s { ?s ?p ?o } LIMIT 1") else []
    return expect_all((*RDF_TYPES, "SPARQL"), found)


def _metadata_protocol(site: Site) -> Verdict:
    found = site.get("/.well-known/void", TURTLE).has_content
    return expect(found, "HTTP", "missing: a description that is given by HTTP")


def _data_protocol(site: Site) -> Verdict:
    found = site.thing and site.resolve(site.thing).has_content
    return expect(found, "HTTP", "missing: things that are given by HTTP")


def _guarded(site: Site) -> Verdict:
    refused = site.get("/sparql", "*/*", b"INSERT DATA {}", "application/sparql-update").status
    told = "HTTP with bearer tokens" if refused == 401 else "HTTP; this server takes no writes at all"
    if not site.rows("SELECT ?s { ?s ?p ?o } LIMIT 1"):
        return fails("missing: a SPARQL endpoint, of which a write could be refused")
    return expect(refused in (401, 403), told, f"a write without a token is answered {refused}, not refused")


def _understood(site: Site) -> Verdict:
    query = "SELECT DISTINCT ?s { ?thing a ?s . " + f'FILTER (STRSTARTS(STR(?s), "{AT.iri}")) }}'
    used = [row["s"] for row in site.rows(query)]
    unknown = [one for one in used if not site.said(site.ontology, one, RDF("type").value)]
    told = f"each of {len(used)} classes that things have is defined in OWL"
    return expect(used and not unknown, told, f"not defined: {', '.join(unknown[:5]) or 'the classes of things'}")


def _standard_words(site: Site) -> Verdict:
    used = {quad.predicate.value for quad in site.description}
    found = [one for one in _STANDARD if any(name.startswith(one) for name in used)]
    return expect(len(found) > 1, f"uses {', '.join(found)}", "missing: words of established vocabularies")


def _words_of_data(site: Site) -> Verdict:
    found = [one for one in _STANDARD if _ask(site, f'?s ?p ?o . FILTER (STRSTARTS(STR(?p), "{one}"))')]
    return expect(found, f"uses {', '.join(found)}", "missing: words of established vocabularies")


def _links_of_metadata(site: Site) -> Verdict:
    found = _of_dataset(site, VOID("vocabulary"), SD("namedGraph"), DCTERMS("conformsTo"))
    return expect(found, f"names {len(found)} vocabularies and graphs", "missing: links to vocabularies or graphs")


def _origin(site: Site) -> Verdict:
    found = _of_dataset(site, DCTERMS("source"), PROV("wasDerivedFrom"))
    return expect(
        found, f"made from {', '.join(found)}", "missing: dcterms:source or prov:wasDerivedFrom of the data set"
    )


def _links_of_data(site: Site) -> Verdict:
    found = _ask(site, f"?s ?p ?o . {_OTHERS} FILTER (?p NOT IN (<{RDF.iri}type>))")
    return expect(found, "statements name things of others", "missing: statements that name things of others")


def _qualified(site: Site) -> Verdict:
    matches = _ask(site, f"?s ?p ?o . {_OTHERS} FILTER (STRSTARTS(STR(?p), '{SKOS.iri}'))")
    identified = _ask(site, f"?i <{AT.iri}identifies> ?s ; <{AT.iri}scheme> ?scheme")
    found = [*(["SKOS mappings"] if matches else []), *(["identifiers by scheme"] if identified else [])]
    return expect(found, ", ".join(found), "missing: links that say how they are meant")


def _licence(site: Site) -> Verdict:
    if _of_dataset(site, DCTERMS("license")):
        return passes("the data set has a licence")
    graphs = _of_dataset(site, SD("namedGraph"))
    bare = [one for one in graphs if not site.said(site.description, one, DCTERMS("license").value)]
    names = sorted(name for one in bare for name in site.said(site.description, one, SD("name").value))
    missing = f"missing: a licence of the data set, or of {', '.join(names) or 'its graphs'}"
    return expect(graphs and not bare, "each graph has a licence", missing)


def _licences(site: Site) -> list[str]:
    """Return the licences of the data set, its graphs and files; what else is described has licences of its own."""
    ours = [site.dataset, *_of_dataset(site, SD("namedGraph")), *_distributions(site)]
    return sorted({licence for one in ours for licence in site.said(site.description, one, DCTERMS("license").value)})


def _standard_licence(site: Site) -> Verdict:
    odd = [one for one in _licences(site) if not any(known in one for known in _LICENCES)]
    told = ", ".join(_licences(site))
    return expect(told and not odd, told, f"not a standard licence: {', '.join(odd) or 'none is named'}")


def _readable_licence(site: Site) -> Verdict:
    odd = [one for one in _licences(site) if not one.startswith("http")]
    told = "licences are IRIs"
    return expect(_licences(site) and not odd, told, f"no IRI: {', '.join(odd) or 'no licence is named'}")


def _sources(site: Site) -> Verdict:
    cited = _ask(site, f"?s <{DCTERMS.iri}source> ?p . ?p <{AT.iri}paragraph> ?n")
    return expect(cited, "facts name the paragraph that tells them", "missing: paragraphs of facts")


def _prov(site: Site) -> Verdict:
    used = [one.iri for one in (PROV, DCTERMS) if _ask(site, f'?s ?p ?o . FILTER (STRSTARTS(STR(?p), "{one.iri}"))')]
    return expect(used, f"uses {', '.join(used)}", "missing: PROV-O or Dublin Core")


def _described(site: Site) -> Verdict:
    """Look for what DCAT-AP demands of a data set."""
    wanted = {"a dcat:Dataset": DCAT("Dataset").value in _of_dataset(site, RDF("type"))}
    wanted |= {name: bool(_of_dataset(site, *_RICH[name])) for name in ("title", "description")}
    return expect_all(tuple(wanted), [name for name, there in wanted.items() if there])


def _distributed(site: Site) -> Verdict:
    """Look for what DCAT-AP demands of a distribution, of the whole or a graph: without it no machine gets at it."""
    distributions = _distributions(site)
    bare = [one for one in distributions if not site.said(site.description, one, DCAT("accessURL").value)]
    told = f"each of {len(distributions)} distributions has a dcat:accessURL"
    missing = f"missing: a dcat:accessURL of {', '.join(bare[:5]) or 'a dcat:distribution'}"
    return expect(distributions and not bare, told, missing)


def _conforms(site: Site) -> Verdict:
    answer = site.get("/validations?with-graph=true&severity=violation&format=json", "*/*", b"", TURTLE)
    if answer.status != 201:
        return unanswered(f"the server did not validate its graph ({answer.status})")
    report = json.loads(answer.body)
    return expect(report["conforms"], "the graph keeps its SHACL shapes", f"{report['total']} violations of its shapes")


def _shapes(site: Site) -> Verdict:
    graph = site.resolve(f"{SITE}/shapes").graph()
    found = named(graph, RDF("type"), SH("NodeShape")) + named(graph, RDF("type"), SH("PropertyShape"))
    return expect(found, f"{len(found)} SHACL shapes at /shapes", "missing: SHACL shapes at /shapes")


def _rdf(of: Callable[[Site], str], site: Site) -> Verdict:
    graph = site.resolve(of(site)).graph() if of(site) else Store()
    return expect(len(graph), "RDF", "missing: RDF that can be parsed")


def _data_set(site: Site) -> str:
    return site.dataset


def _thing(site: Site) -> str:
    return site.thing


MATURITY = (
    Check("RDA-F1-01M", "F1", "Metadata have a persistent identifier", lambda site: _name_lasts(site.dataset)),
    Check("RDA-F1-01D", "F1", "Data have a persistent identifier", lambda site: _name_lasts(site.thing)),
    Check("RDA-F1-02M", "F1", "Metadata have a globally unique identifier", lambda site: _name_is_global(site.dataset)),
    Check("RDA-F1-02D", "F1", "Data have a globally unique identifier", lambda site: _name_is_global(site.thing)),
    Check("RDA-F2-01M", "F2", "Rich metadata allow discovery", _rich),
    Check("RDA-F3-01M", "F3", "Metadata include the identifier of the data", lambda site: expect(
        _of_dataset(site, VOID("uriSpace"), SD("namedGraph"), DCAT("distribution")),
        "names the graphs and the space of names", "missing: void:uriSpace or the graphs")),
    Check("RDA-F4-01M", "F4", "Metadata can be harvested and indexed", _harvested),
    Check("RDA-A1-01M", "A1", "Metadata tell how to get the data", lambda site: expect(
        found := _of_dataset(site, *_ACCESS), ", ".join(found[:2]), "missing: an endpoint or a dump")),
    Check("RDA-A1-02M", "A1", "Metadata can be accessed by hand", partial(_page, "/data")),
    Check("RDA-A1-02D", "A1", "Data can be accessed by hand", _thing_page),
    Check("RDA-A1-03M", "A1", "The identifier of metadata resolves to a record", _record),
    Check("RDA-A1-03D", "A1", "The identifier of data resolves to an object", _object),
    Check("RDA-A1-04M", "A1", "Metadata are accessed by a standard protocol", _metadata_protocol),
    Check("RDA-A1-04D", "A1", "Data are accessed by a standard protocol", _data_protocol),
    Check("RDA-A1-05D", "A1", "Data can be accessed by a program", _by_program),
    Check("RDA-A1.1-01M", "A1.1", "Metadata are accessed by a free protocol", _metadata_protocol),
    Check("RDA-A1.1-01D", "A1.1", "Data are accessed by a free protocol", _data_protocol),
    Check("RDA-A1.2-01D", "A1.2", "The protocol supports authentication", _guarded),
    Check("RDA-A2-01M", "A2", "Metadata stay when the data go", lambda _: unanswered(_A_PROMISE)),
    Check("RDA-I1-01M", "I1", "Metadata in a standard format", partial(_rdf, _data_set)),
    Check("RDA-I1-01D", "I1", "Data in a standard format", partial(_rdf, _thing)),
    Check("RDA-I1-02M", "I1", "Metadata a machine understands", _standard_words),
    Check("RDA-I1-02D", "I1", "Data a machine understands", _understood),
    Check("RDA-I2-01M", "I2", "Metadata use FAIR vocabularies", _standard_words),
    Check("RDA-I2-01D", "I2", "Data use FAIR vocabularies", _words_of_data),
    Check("RDA-I3-01M", "I3", "Metadata refer to other metadata", _links_of_metadata),
    Check("RDA-I3-01D", "I3", "Data refer to other data", _links_of_data),
    Check("RDA-I3-02M", "I3", "Metadata refer to other data", _origin),
    Check("RDA-I3-02D", "I3", "Data refer to other data, and say how", _qualified),
    Check("RDA-I3-03M", "I3", "Metadata refer to other metadata, and say how", _links_of_metadata),
    Check("RDA-I3-04M", "I3", "Metadata refer to other data, and say how", _origin),
    Check("RDA-R1-01M", "R1", "Many attributes allow reuse", _rich),
    Check("RDA-R1.1-01M", "R1.1", "Metadata tell the licence", _licence),
    Check("RDA-R1.1-02M", "R1.1", "The licence is a standard one", _standard_licence),
    Check("RDA-R1.1-03M", "R1.1", "A machine understands the licence", _readable_licence),
    Check("RDA-R1.2-01M", "R1.2", "Provenance as the field has it", _sources),
    Check("RDA-R1.2-02M", "R1.2", "Provenance in a common language", _prov),
    Check("RDA-R1.3-01M", "R1.3", "Metadata keep to a community standard", _described),
    Check("RDA-R1.3-01D", "R1.3", "Data keep to a community standard", _conforms),
    Check("RDA-R1.3-02M", "R1.3", "Metadata in a standard that machines understand", _distributed),
    Check("RDA-R1.3-02D", "R1.3", "Data in a standard that machines understand", _shapes),
)  # fmt: skip

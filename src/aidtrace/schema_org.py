"""The description of the data set in the words of schema.org, as search engines for data read it.

Made from the triples of `aidtrace.metadata`. Source: https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pyoxigraph import NamedNode, Triple

from aidtrace.metadata import DATASET, SERVICE, About
from aidtrace.namespaces import DCAT, DCTERMS, FOAF, PROV, RDFS, SPDX

Node = dict[str, Any]


def dataset(triples: Iterable[Triple], revision: str, address: str) -> Node:
    """Return the data set of *triples* as JSON-LD; *address* is its page on this server."""
    told = list(triples)
    about = About(told)
    files = [one.object for one in told if one.predicate == DCAT("distribution") and isinstance(one.object, NamedNode)]
    licences = [one.value for one in about.of(DATASET, DCTERMS("license"))]
    if about.of(DATASET, DCTERMS("rights")):  # there are several, which the page tells
        licences = [f"{address}#licences"]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": about.text(DATASET, DCTERMS("identifier")),
        "name": about.title,
        "description": about.description,
        "url": address,
        "identifier": about.text(DATASET, DCTERMS("identifier")),
        "version": revision,
        "license": licences[0] if len(licences) == 1 else licences,
        "isAccessibleForFree": True,
        "inLanguage": "en",
        "keywords": [one.value for one in about.of(DATASET, DCAT("keyword"))],
        "creator": [_agent(about, one) for one in _named(about, DATASET, DCTERMS("creator"))],
        "publisher": [_agent(about, one) for one in _named(about, DATASET, DCTERMS("publisher"))],
        "isBasedOn": [_article(about, one) for one in _named(about, DATASET, PROV("wasDerivedFrom"))],
        "temporalCoverage": "/".join(_period(about)),
        "spatialCoverage": [
            {"@type": "Place", "name": about.text(one, RDFS("label"))}
            for one in _named(about, DATASET, DCTERMS("spatial"))
        ],
        "distribution": [*_files(about, files), _endpoint(about)],
    }


def _named(about: About, thing: NamedNode, property_: NamedNode) -> Sequence[NamedNode]:
    return [one for one in about.of(thing, property_) if isinstance(one, NamedNode)]


def _agent(about: About, agent: NamedNode) -> Node:
    name, url = (about.text(agent, FOAF(property_)) for property_ in ("name", "homepage"))
    return {"@type": "Organization", "name": name, "url": url}


def _article(about: About, article: NamedNode) -> Node:
    people = _named(about, article, DCTERMS("creator"))
    return {
        "@type": "ScholarlyArticle",
        "@id": article.value,
        "name": about.text(article, DCTERMS("title")),
        "author": [{"@type": "Person", "@id": one.value, "name": about.text(one, FOAF("name"))} for one in people],
        "license": about.text(article, DCTERMS("license")),
    }


def _period(about: About) -> list[str]:
    periods = _named(about, DATASET, DCTERMS("temporal"))
    return [about.text(one, DCAT(name)) for one in periods for name in ("startDate", "endDate")]


def _files(about: About, files: Iterable[NamedNode]) -> list[Node]:
    return [
        {
            "@type": "DataDownload",
            "name": about.text(one, DCTERMS("title")),
            "contentUrl": about.text(one, DCAT("downloadURL")),
            "encodingFormat": about.text(one, DCAT("mediaType")).rpartition("/media-types/")[2],
            "contentSize": f"{about.text(one, DCAT('byteSize'))} B",
            "sha256": next(about.text(sum_, SPDX("checksumValue")) for sum_ in _named(about, one, SPDX("checksum"))),
        }
        for one in files
    ]


def _endpoint(about: About) -> Node:
    return {
        "@type": "DataDownload",
        "name": about.text(SERVICE, DCTERMS("title")),
        "contentUrl": about.text(SERVICE, DCAT("endpointURL")),
        "encodingFormat": "application/sparql-results+json",
    }

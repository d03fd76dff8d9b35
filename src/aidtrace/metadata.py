"""What describes the data set as a whole: the words of ``data/catalog.ttl``, and DCAT around the graphs that there are.

Everything that tells of us is made from these triples: the catalog, the service description, the pages, OpenAPI.
Sources: DCAT 3 (W3C, 2024), DCAT-AP 3.0 (SEMIC), SPDX 2.3 for checksums.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.licences import OURS
from aidtrace.namespaces import DCAT, DCTERMS, FOAF, GRAPH, PROV, RDF, RDFS, SCHEMA, SD, SPDX, VOID, WELL_KNOWN, XSD
from aidtrace.project import Project
from aidtrace.store import read_quads

CATALOG = GRAPH("catalog")
DATASET, SERVICE = WELL_KNOWN("void#dataset"), WELL_KNOWN("void#sparql")
_LISTED, _RIGHTS = WELL_KNOWN("void#catalog"), WELL_KNOWN("void#rights")
_FILE = "application/n-triples"
_MEDIA = "http://www.iana.org/assignments/media-types/"
_FORMAT = NamedNode("http://publications.europa.eu/resource/authority/file-type/RDF_N_TRIPLES")
_A = RDF("type")


@dataclass(frozen=True)
class File:
    """A graph as a file: what it is called, its size in bytes, and its checksum."""

    graph: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Article:
    """The article that the facts are taken from; *people* are its authors, family name first, each with an ORCID."""

    title: str
    authors: tuple[str, ...]
    families: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    journal: str
    doi: str
    address: str

    @property
    def reference(self) -> str:
        """As an entry of a bibliography."""
        return f"{', '.join(self.authors)}. {self.title}. {self.journal}. {self.address}"


class About:
    """The words for people: of the data set, of its article, of its graphs."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._said: dict[NamedNode, dict[str, list[NamedNode | Literal]]] = {}
        for one in triples:
            assert isinstance(one.subject, NamedNode)
            assert isinstance(one.object, NamedNode | Literal)
            self._said.setdefault(one.subject, {}).setdefault(one.predicate.value, []).append(one.object)

    @classmethod
    def read(cls, project: Project) -> "About":
        """Read what *project* says of itself."""
        return cls(words(project))

    def of(self, thing: NamedNode, property_: NamedNode) -> list[NamedNode | Literal]:
        """Return the values of a property, in their order in the file."""
        return self._said.get(thing, {}).get(property_.value, [])

    def text(self, thing: NamedNode, property_: NamedNode) -> str:
        """Return the first value of a property as text, or nothing."""
        return next((one.value for one in self.of(thing, property_)), "")

    @property
    def title(self) -> str:
        """What the data set is called."""
        return self.text(DATASET, DCTERMS("title"))

    @property
    def description(self) -> str:
        """What is in it."""
        return self.text(DATASET, DCTERMS("description"))

    @cached_property
    def article(self) -> Article:
        """The article that it is taken from."""
        source = self.of(DATASET, PROV("wasDerivedFrom"))
        this = source[0] if source and isinstance(source[0], NamedNode) else DATASET
        authors = [one for one in self.of(this, DCTERMS("creator")) if isinstance(one, NamedNode)]
        title, doi = self.text(this, DCTERMS("title")), self.text(this, DCTERMS("identifier"))
        names, families = (tuple(self.text(one, FOAF(name)) for one in authors) for name in ("name", "familyName"))
        given = (self.text(one, FOAF("givenName")) for one in authors)
        people = tuple(
            (f"{family}, {name}", one.value) for family, name, one in zip(families, given, authors, strict=True)
        )
        return Article(title, names, families, people, self.text(this, SCHEMA("isPartOf")), doi, this.value)

    def graph(self, iri: str) -> str:
        """Return what a graph holds, or nothing where it is none of ours."""
        return self.text(NamedNode(iri), DCTERMS("description"))

    def licence(self, iri: str) -> str:
        """Return what a licence is called, or nothing."""
        return self.text(NamedNode(iri), RDFS("label"))


def words(project: Project) -> list[Triple]:
    """Return what ``data/catalog.ttl`` says."""
    return [quad.triple for path in project.catalog_files for quad in read_quads(path)]


def described(
    project: Project,
    graphs: Collection[str],
    licences: Collection[tuple[str, str]],
    site: str = "https://w3id.org/aidtrace",
    files: Collection[File] = (),
) -> Iterator[Triple]:
    """Describe the data set with *graphs*, under *licences*, as a catalog that is served at *site* with *files*."""
    there = {*graphs, *(one.graph for one in files)}
    said = words(project)
    yield from (one for one in said if _graph_of(one) in (None, *there))
    yield from _terms({licence for _, licence in licences})
    named = {one.subject for one in said if one.predicate == DCTERMS("title")}
    for graph in sorted(there):
        yield from _graph(NamedNode(graph), [licence for of, licence in licences if of == graph])
        if NamedNode(graph) not in named:
            yield from _unknown(NamedNode(graph))
    for file in files:
        yield from _file(file, site, [licence for of, licence in licences if of == file.graph])
    yield from _endpoint(site)


def named_graph(graph: str) -> NamedNode:
    """Return the node that stands for *graph* in the data set of the endpoint."""
    return WELL_KNOWN(f"void#graph={quote(graph, safe='')}")


def _graph_of(said: Triple) -> str | None:
    """Return the graph that *said* is about, if it is about one."""
    subject = said.subject.value if isinstance(said.subject, NamedNode) else ""
    return subject if subject.startswith(GRAPH.iri) else None


def _terms(licences: Collection[str]) -> Iterator[Triple]:
    """Yield the licence of the catalog, which is ours, and of the data set; of several, that each graph has its own."""
    yield Triple(_LISTED, DCTERMS("license"), NamedNode(OURS))
    yield from (Triple(NamedNode(one), _A, DCTERMS("LicenseDocument")) for one in sorted({OURS, *licences}))
    if len(licences) == 1:
        yield from (Triple(DATASET, DCTERMS("license"), NamedNode(one)) for one in licences)
    elif licences:
        yield Triple(DATASET, DCTERMS("rights"), _RIGHTS)
        yield Triple(_RIGHTS, _A, DCTERMS("RightsStatement"))
        yield Triple(
            _RIGHTS, RDFS("label"), Literal("Each graph, and each file, has a licence of its own.", language="en")
        )


def _graph(graph: NamedNode, licences: list[str]) -> Iterator[Triple]:
    node = named_graph(graph.value)
    yield Triple(_LISTED, DCAT("dataset"), graph)
    yield from (Triple(graph, _A, kind) for kind in (DCAT("Dataset"), SD("Graph")))
    yield Triple(graph, DCTERMS("isPartOf"), DATASET)
    yield Triple(graph, DCTERMS("publisher"), WELL_KNOWN("void#aidtrace"))
    yield Triple(node, SD("graph"), graph)
    for licence in licences:
        yield from (Triple(one, DCTERMS("license"), NamedNode(licence)) for one in (graph, node))


def _unknown(graph: NamedNode) -> Iterator[Triple]:
    """Name a graph that ``data/catalog.ttl`` does not know: an imported data set, or one that somebody wrote."""
    name = graph.value.removeprefix(GRAPH.iri)
    told = f"The graph {name}, beside those of the article."
    yield Triple(graph, DCTERMS("title"), Literal(name, language="en"))
    yield Triple(graph, DCTERMS("description"), Literal(told, language="en"))


def _file(file: File, site: str, licences: list[str]) -> Iterator[Triple]:
    """Describe *file* as a distribution of its graph; it is none of the whole, of which it holds a part."""
    this, address = WELL_KNOWN(f"void#file={file.name}"), NamedNode(f"{site}/dumps/{file.name}")
    checksum = WELL_KNOWN(f"void#sha256={file.name}")
    yield Triple(NamedNode(file.graph), DCAT("distribution"), this)
    yield Triple(DATASET, VOID("dataDump"), address)
    yield Triple(this, _A, DCAT("Distribution"))
    yield Triple(this, DCTERMS("title"), Literal(file.name))
    yield Triple(this, DCAT("accessURL"), address)
    yield Triple(this, DCAT("downloadURL"), address)
    yield Triple(this, DCAT("mediaType"), NamedNode(_MEDIA + _FILE))
    yield Triple(this, DCTERMS("format"), _FORMAT)
    yield Triple(_FORMAT, _A, DCTERMS("MediaTypeOrExtent"))
    yield Triple(NamedNode(_MEDIA + _FILE), _A, DCTERMS("MediaType"))
    yield Triple(this, DCAT("byteSize"), Literal(str(file.size), datatype=XSD("nonNegativeInteger")))
    yield Triple(this, SPDX("checksum"), checksum)
    yield Triple(checksum, _A, SPDX("Checksum"))
    yield Triple(checksum, SPDX("algorithm"), SPDX("checksumAlgorithm_sha256"))
    yield Triple(SPDX("checksumAlgorithm_sha256"), _A, SPDX("ChecksumAlgorithm"))
    yield Triple(checksum, SPDX("checksumValue"), Literal(file.sha256, datatype=XSD("hexBinary")))
    yield from (Triple(this, DCTERMS("license"), NamedNode(licence)) for licence in licences)


def _endpoint(site: str) -> Iterator[Triple]:
    yield Triple(SERVICE, _A, SD("Service"))
    yield Triple(SERVICE, SD("endpoint"), NamedNode(f"{site}/sparql"))
    yield Triple(SERVICE, SD("defaultDataset"), DATASET)
    yield Triple(SERVICE, DCAT("endpointURL"), NamedNode(f"{site}/sparql"))
    yield Triple(SERVICE, DCAT("endpointDescription"), NamedNode(f"{site}/openapi.json"))
    yield Triple(DATASET, _A, SD("Dataset"))

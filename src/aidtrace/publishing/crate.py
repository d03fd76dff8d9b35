"""The RO-Crate of a release: each file with its size, checksum and media type, as JSON-LD.

Source: RO-Crate 1.1, https://www.researchobject.org/ro-crate/specification/1.1/.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aidtrace.licences import OURS
from aidtrace.publishing.citing import HOME, About
from aidtrace.publishing.manifest import CRATE, File, media_type

_VERSION = "https://w3id.org/ro/crate/1.1"
_CONTEXT = [f"{_VERSION}/context", {"sha256": "http://schema.org/sha256"}]
_ORCID = "https://orcid.org/"


def crate(
    about: About,
    description: str,
    licence: str,
    terms: Mapping[str, Sequence[str]],
    files: Iterable[File],
    later: Sequence[str],
) -> str:
    """Write the metadata of the crate; of the files that come *later* no size is known.

    *licence* is that of the whole, or the file that tells of several; *terms* are those of each file of a graph.
    """
    parts = [_file(file, terms.get(file.path, ())) for file in files]
    parts += [{**_part(path), "description": "Written last."} for path in later]
    doi = f"https://doi.org/{about.work.doi}"
    data_set = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": HOME,
        "name": about.title,
        "description": description,
        "datePublished": about.released,
        "version": about.version,
        "license": {"@id": licence},
        "author": {"@id": f"{HOME}#author"},
        "publisher": {"@id": f"{HOME}#author"},
        "isBasedOn": {"@id": doi},
        "hasPart": _refer([part["@id"] for part in parts]),
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": _VERSION},
        "license": {"@id": OURS},
    }
    people = [{"@id": orcid, "@type": "Person", "name": name} for name, orcid in about.work.people]
    article = {
        "@id": doi,
        "@type": "ScholarlyArticle",
        "name": about.work.title,
        "identifier": doi,
        "author": _refer([orcid for _, orcid in about.work.people]),
    }
    author = {"@id": f"{HOME}#author", "@type": "Organization", "name": about.author, "url": HOME}
    stated = sorted({OURS, *(one for of in terms.values() for one in of)})
    graph = [descriptor, data_set, author, article, *people, *map(_licence, stated), *parts]
    return json.dumps({"@context": _CONTEXT, "@graph": graph}, ensure_ascii=False, indent=2) + "\n"


def _refer(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": name} for name in names]


def _part(path: str) -> dict[str, Any]:
    return {"@id": path, "@type": "File", "name": path, "encodingFormat": media_type(path)}


def _file(file: File, terms: Sequence[str]) -> dict[str, Any]:
    told = {**_part(file.path), "contentSize": str(file.size), "sha256": file.sha256}
    licences = _refer(terms)
    return told | ({"license": licences if len(licences) > 1 else licences[0]} if licences else {})


def _licence(iri: str) -> dict[str, str]:
    return {"@id": iri, "@type": "CreativeWork", "name": iri, "description": "The terms of some of the graphs."}

"""Checks and signs nanopublications with the library ``nanopub``, which need not be installed otherwise.

Nothing here reaches the network. A signed nanopublication gets a trusty URI, which holds a hash of its content.
Source: Trusty URIs (trustyuri.net), module RA; Nanopublication Guidelines, "Signed nanopublications".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from aidtrace.errors import InputError, MachineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aidtrace.nanopubs import Quads

_NO_ORCID = "https://orcid.org/0000-0000-0000-0000"
"""The library wants an ORCID in a profile; none is written unless one is given."""


def check(publications: Iterable[Quads]) -> Iterator[Quads]:
    """Yield *publications*, each after the library has found it well-formed; InputError where it does not."""
    library = _library()
    for one in publications:
        try:
            if not _read(library, one).is_valid:
                raise InputError(f"{_name(one)}: is no well-formed nanopublication")
        except library.utils.MalformedNanopubError as error:
            raise InputError(f"{_name(one)}: {error}") from error
        yield one


def sign(publications: Iterable[Quads], key: Path) -> Iterator[Quads]:
    """Yield *publications*, each signed with the RSA key in the file *key* (PEM, or base64 alone) and renamed by it."""
    library = _library()
    profile = library.Profile(_NO_ORCID, "", private_key=_private_key(key))
    for one in publications:
        found = _read(library, one, profile)
        found.sign()
        yield tuple(sorted(_quads(found.rdf), key=_order(str(found.metadata.np_uri))))


def _library() -> Any:
    try:
        import nanopub
        import nanopub.utils
        import rdflib
    except ImportError as error:
        raise MachineError("the library nanopub is not installed; expected: pip install 'aidtrace[nanopub]'") from error
    rdflib.NORMALIZE_LITERALS = False  # what is signed is what was written
    return nanopub


def _read(library: Any, publication: Quads, profile: Any = None) -> Any:
    from rdflib import ConjunctiveGraph

    graph = ConjunctiveGraph()
    graph.parse(data=serialize(publication, format=RdfFormat.N_QUADS), format="nquads")
    return library.Nanopub(rdf=graph, conf=library.NanopubConf(profile=profile))


def _quads(graph: Any) -> Iterable[Quad]:
    return parse(graph.serialize(format="nquads"), format=RdfFormat.N_QUADS)


def _order(this: str) -> Any:
    """Put the head first, then the graphs by name, each in a fixed order."""
    head = f"<{this}#Head>"
    return lambda quad: (str(quad.graph_name) != head, str(quad.graph_name), str(quad))


def _name(publication: Quads) -> str:
    return next((quad.subject.value for quad in publication if isinstance(quad.subject, NamedNode)), "nothing")


def _private_key(path: Path) -> str:
    """Read a key as the library wants it: PKCS #8, base64 without lines."""
    from Crypto.PublicKey import RSA
    from nanopub.profile import format_key

    try:
        text = path.read_text("ascii").strip()
        pem = text if text.startswith("-----") else f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----"
        key = RSA.import_key(pem)
    except OSError as error:
        raise InputError(
            f"{path}: {(error.strerror or str(error)).lower()}; expected a file with an RSA key"
        ) from error
    except (ValueError, IndexError, TypeError) as error:
        raise InputError(f"{path}: is no RSA key that can be read without a passphrase; expected PEM") from error
    if not key.has_private():
        raise InputError(f"{path}: is a public key; expected the private one")
    return str(format_key(key.export_key("PEM", pkcs=8).decode("ascii")))

"""Whether a release is what its manifest says: each file, the canonical hash, and each graph in each of its forms.

A fault is one line that begins with the file that is wrong. A file whose checksum is wrong is not looked into.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from aidtrace.errors import InputError, first_complaint
from aidtrace.licences import OURS
from aidtrace.namespaces import DCTERMS
from aidtrace.publishing import reading
from aidtrace.publishing.canonical import canonical, digest, nquads
from aidtrace.publishing.manifest import (
    BESIDE,
    CITATION,
    CRATE,
    MANIFEST,
    QUADS,
    SUMS,
    File,
    Graph,
    Manifest,
    found,
    unsound,
)


def verify(root: Path) -> list[str]:
    """Return the faults of the release *root*; none where all is as its manifest says."""
    if not root.is_dir():
        raise InputError(f"{root}: is no folder; expected what `aidtrace publish` wrote, unpacked")
    try:
        manifest = Manifest.read(root)
    except InputError as error:
        return [_in_a_line(str(error))]
    wrong = dict(_files(root, manifest))
    inside = (*_beside(root, manifest, wrong), *_content(root, manifest, wrong))
    return [*map(_in_a_line, [*_missing(manifest), *wrong.values(), *inside])]


def read_quads(root: Path, manifest: Manifest) -> list[Quad]:
    """Read the quads of a release, as many as its *manifest* says; InputError says what is wrong with the file."""
    if manifest.quads > reading.MOST:
        raise InputError(f"{MANIFEST}: counts {manifest.quads} quads; expected no more than {reading.MOST}")
    quads = reading.read_quads(root / QUADS, QUADS, RdfFormat.N_QUADS, manifest.quads)
    if len(quads) > manifest.quads:
        raise InputError(f"{QUADS}: holds more than {manifest.quads} quads, which {MANIFEST} says")
    return quads


def _in_a_line(fault: str) -> str:
    """Write what cannot be printed, such as a line break in a name, as Python does."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in fault)


def _missing(manifest: Manifest) -> Iterator[str]:
    """Yield what the manifest ought to list and does not."""
    listed = {file.path for file in manifest.files}
    graphs = (name for graph in manifest.graphs for name in (graph.turtle, graph.jsonld))
    for path in sorted({QUADS, CRATE, *BESIDE, *graphs} - listed):
        yield f"{MANIFEST}: does not list {path}"


def _files(root: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield each file that is missing, changed or unknown, with what is wrong."""
    there, listed = set(found(root)), {file.path: file for file in manifest.files}
    for path, file in listed.items():
        if fault := _fault(root, file, there):
            yield path, f"{path}: {fault}"
    for path in sorted(there - listed.keys() - {MANIFEST, SUMS}):
        yield path, f"{path}: is not in {MANIFEST}"
    if SUMS not in there:
        yield SUMS, f"{SUMS}: is missing"
    elif fault := unsound(root / SUMS) or _sums_fault(root, manifest):
        yield SUMS, f"{SUMS}: {fault}"


def _fault(root: Path, file: File, there: set[str]) -> str:
    if file.path not in there:
        return "is missing"
    if wrong := unsound(root / file.path):
        return wrong
    seen = File.of(root, file.path)
    if seen.size != file.size:
        return f"has {seen.size} bytes; expected {file.size}"
    return "" if seen.sha256 == file.sha256 else f"has the SHA-256 {seen.sha256}; expected {file.sha256}"


def _sums_fault(root: Path, manifest: Manifest) -> str:
    own = File.of(root, MANIFEST)
    expected = [*manifest.sums, f"{own.sha256}  {own.path}"]
    lines = (root / SUMS).read_bytes().decode("utf-8", "replace").splitlines()
    if lines == expected:
        return ""
    other = next((line for line in expected if line not in lines), None)
    return f"lacks the line {other!r}" if other else f"has {len(lines)} lines; expected {len(expected)}, in their order"


def _beside(root: Path, manifest: Manifest, wrong: Mapping[str, str]) -> Iterator[str]:
    """Yield where the citation and the crate tell of another release than the manifest."""
    there = {file.path for file in manifest.files} - wrong.keys()
    if CITATION in there:
        lines = (root / CITATION).read_text("utf-8", "replace").splitlines()
        for line in (f'version: "{manifest.version}"', f"date-released: {manifest.date}"):
            if line not in lines:
                yield f"{CITATION}: lacks the line {line!r}, which {MANIFEST} tells"
    if CRATE in there:
        try:
            parts = {one["@id"]: one for one in json.loads((root / CRATE).read_bytes())["@graph"]}
            told = {key: parts["./"][key] for key in ("version", "datePublished")}
            files = {str(path) for path, one in parts.items() if one["@type"] == "File"}
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            yield f"{CRATE}: lacks or garbles {error}; expected the crate of a release"
            return
        for key, said in (("version", manifest.version), ("datePublished", manifest.date)):
            if told[key] != said:
                yield f"{CRATE}: says the {key} {told[key]!r}; expected {said!r}, as {MANIFEST} does"
        listed = {file.path for file in manifest.files} - {CRATE} | {MANIFEST, SUMS}
        for path in sorted(files ^ listed):
            yield f"{CRATE}: {'lists' if path in files else 'does not list'} {path}, unlike {MANIFEST}"


def _content(root: Path, manifest: Manifest, wrong: Mapping[str, str]) -> Iterator[str]:
    """Yield where the data are not what the manifest says, though each file is."""
    if QUADS in wrong:
        return
    try:
        quads = read_quads(root, manifest)
    except InputError as error:
        yield str(error)
        return
    try:
        whole = canonical(quads)
    except InputError as error:
        yield f"{QUADS}: {error}"
        return
    if len(whole) != manifest.quads:
        yield f"{QUADS}: holds {len(whole)} quads; expected {manifest.quads}"
    if (seen := digest(whole)) != manifest.canonical:
        yield f"{QUADS}: has the canonical hash {seen}; expected {manifest.canonical}"
    graphs: dict[str, list[Quad]] = defaultdict(list)
    for quad in whole:
        graphs[quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""].append(quad)
    for graph in sorted(graphs.keys() - {one.graph for one in manifest.graphs}):
        yield f"{QUADS}: holds {graph or 'the default graph'}, which is not in {MANIFEST}"
    try:
        for one in manifest.graphs:
            yield from _graph(root, one, graphs[one.graph], wrong)
    except InputError as error:  # one that takes too long is enough
        yield str(error)


def _graph(root: Path, graph: Graph, quads: Sequence[Quad], wrong: Mapping[str, str]) -> Iterator[str]:
    if len(quads) != graph.triples:
        yield f"{QUADS}: holds {len(quads)} triples of {graph.graph}; expected {graph.triples}"
    name = NamedNode(graph.graph)
    stated = (one.object for one in quads if (one.subject, one.predicate) == (name, DCTERMS("license")))
    said = {licence.value for licence in stated if isinstance(licence, NamedNode)} or {OURS}
    if set(graph.licences) not in (said, said | {OURS}):  # one of ours may name other terms beside ours
        yield f"{MANIFEST}: gives {name.value} the licences {sorted(graph.licences)}; expected {sorted(said)}"
    expected = _alone(quads)
    for path, form in ((graph.turtle, RdfFormat.TURTLE), (graph.jsonld, RdfFormat.JSON_LD)):
        if path in wrong or not (root / path).is_file():
            continue
        try:
            found = islice(parse((root / path).read_bytes(), format=form), len(quads) + 1)
            same = _alone(found) == expected
        except (SyntaxError, ValueError) as error:
            yield f"{path}: does not parse ({first_complaint(str(error))})"
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        else:
            if not same:
                yield f"{path}: is not the graph {graph.graph} of {QUADS}"


def _alone(quads: Iterable[Quad]) -> bytes:
    """Write the triples of one graph in canonical form, whatever the graph is called."""
    return nquads(canonical(Quad(quad.subject, quad.predicate, quad.object) for quad in quads))

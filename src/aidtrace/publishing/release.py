"""A release: a folder with the data in each form that people and machines take, its checksums and its description.

The same data give the same bytes: no clock, no random name and no order of a set gets into a file. What a store calls
its revision is such a name: it stands in the manifest alone.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from aidtrace.errors import MachineError
from aidtrace.export.codebook import codebook_csv, codebook_markdown
from aidtrace.export.parquet import write_parquet
from aidtrace.export.sheets import Sheet
from aidtrace.export.things import Words, data_set_sheet, sheets
from aidtrace.files import folder_written_whole, read_text
from aidtrace.licences import OURS
from aidtrace.namespaces import GRAPH, PREFIXES
from aidtrace.project import Project
from aidtrace.publishing.canonical import digest, nquads
from aidtrace.publishing.citing import HOME, About
from aidtrace.publishing.content import Content
from aidtrace.publishing.crate import crate
from aidtrace.publishing.database import ABOUT, OF_OWN, THINGS, table_name, write_database
from aidtrace.publishing.manifest import CITATION, CRATE, MANIFEST, QUADS, SUMS, File, Graph, Manifest, found

DATABASE, METADATA = "aidtrace.db", "metadata.json"
_PLAIN = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")


def publish(project: Project, content: Content, about: About, place: Path) -> Manifest:
    """Write *content* as the release *about* to the new folder *place*, whole or not at all; return its manifest.

    InputError where *place* holds something already.
    """
    with folder_written_whole(place) as half:
        graphs = tuple(_write_graphs(content, half))
        tables = _write_tables(project, content, half)
        _write_texts(project, content, about, tables, half)
        _write_crate(content, about, graphs, half)
        files = tuple(File.of(half, path) for path in found(half))
        told = (about.version, about.revision, about.released, len(content.quads), digest(content.quads))
        manifest = Manifest(*told, graphs, tuple(content.left_out.items()), files)
        _write(half / MANIFEST, manifest.text)
        own = File.of(half, MANIFEST)
        _write(half / SUMS, "".join(f"{line}\n" for line in [*manifest.sums, f"{own.sha256}  {own.path}"]))
        for path in half.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    return manifest


def _write_graphs(content: Content, place: Path) -> Iterator[Graph]:
    # gzip.compress writes another header with each Python
    with (place / QUADS).open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write(nquads(content.quads))
    for graph, quads in content.graphs.items():
        name = f"graphs/{_file_name(graph)}"
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        _write(place / f"{name}.ttl", _serialized(quads, RdfFormat.TURTLE))
        _write(place / f"{name}.jsonld", _serialized(quads, RdfFormat.JSON_LD))
        yield Graph(graph.value, len(quads), content.licences[graph], f"{name}.ttl", f"{name}.jsonld")


def _file_name(graph: NamedNode) -> str:
    """Return the path of a graph's files: ours by their name, others by a hash, since an IRI is no name of a file."""
    name = graph.value.removeprefix(GRAPH.iri)
    return name if _PLAIN.fullmatch(name) else f"other/{sha256(graph.value.encode()).hexdigest()[:16]}"


def _serialized(quads: Sequence[Quad], form: RdfFormat) -> str:
    return (serialize([quad.triple for quad in quads], format=form, prefixes=PREFIXES) or b"").decode()


def _write_tables(project: Project, content: Content, place: Path) -> list[Sheet]:
    words = Words.read(project, content.store)
    coded = (data_set_sheet(content.store, graph, words) for graph in content.terms.data_sets)
    made = list(_distinct([*sheets(project, content.store, words), *coded]))
    (place / "tables").mkdir()
    for sheet in made:
        write_parquet(sheet, place / "tables" / f"{sheet.name}.parquet")
    write_database(made, place / DATABASE)
    _write(place / "codebook.csv", codebook_csv(made))
    _write(place / "codebook.md", codebook_markdown(made))
    return made


def _distinct(made: Iterable[Sheet]) -> Iterator[Sheet]:
    """Yield the tables with names of their own: a data set may be called as a kind of thing is."""
    taken = set(ABOUT)
    for sheet in made:
        name = sheet.name
        while table_name(sheet) in taken:
            sheet = replace(sheet, name=f"{sheet.name}-of-{name}")
        taken.add(table_name(sheet))
        yield sheet


def _write_texts(project: Project, content: Content, about: About, tables: Sequence[Sheet], place: Path) -> None:
    description = _description(about, content)
    stated = {licence for terms in content.licences.values() for licence in terms}
    _write(place / CITATION, about.citation(content.licence))
    _write(place / "LICENSE", _licence(content))
    _write(place / ".zenodo.json", about.zenodo(description, _keywords(), _terms(content), stated))
    _write(place / METADATA, _metadata(about, description, content.licence, tables))
    text = read_text(project.root / "queries" / "release" / "readme.md", "the text beside a release")
    readme = text.format(
        title=about.title,
        version=about.version,
        date=about.released,
        canonical=digest(content.quads),
        graphs="\n".join(f"- <{graph.value}>: {len(quads)} triples" for graph, quads in content.graphs.items()),
        left_out="\n".join(f"- {graph}: {why}" for graph, why in content.left_out.items()) or "Nothing.",
        tables="\n".join(f"- {table_name(one)}: {one.about} {one.count} rows." for one in tables),
    )
    _write(place / "README.md", readme)


def _write_crate(content: Content, about: About, graphs: Iterable[Graph], place: Path) -> None:
    terms = {path: graph.licences for graph in graphs for path in (graph.turtle, graph.jsonld)}
    files = [File.of(place, path) for path in found(place)]
    text = crate(about, _description(about, content), content.licence or "LICENSE", terms, files, (MANIFEST, SUMS))
    _write(place / CRATE, text)


def _description(about: About, content: Content) -> str:
    graphs, triples = len(content.graphs), len(content.quads)
    return f"{about.title}. Version {about.version}: {triples} triples in {graphs} graphs."


def _keywords() -> list[str]:
    return str(distribution("aidtrace").metadata["Keywords"]).split(",")


def _terms(content: Content) -> str:
    lines = (f"{graph.value}: {', '.join(licences)}" for graph, licences in content.licences.items())
    return "The licences of the graphs:\n" + "\n".join(lines)


def _licence(content: Content) -> str:
    ours = distribution("aidtrace").read_text("licenses/LICENSE-DATA")
    if ours is None:
        raise MachineError("LICENSE-DATA: is not installed with aidtrace; expected an installation that is whole")
    return f"{ours.rstrip()}\n\n{_terms(content)}\n"


def _metadata(about: About, description: str, licence: str, tables: Sequence[Sheet]) -> str:
    """Describe the tables for Datasette: licence, source, what each table and each column is."""
    told: dict[str, dict[str, object]] = {
        name: {"description": text, "columns": dict(OF_OWN[name])} for name, text in ABOUT.items()
    }
    told[THINGS]["label_column"] = "label"
    for sheet in tables:
        columns = {column.name: column.definition for column in sheet.columns}
        table: dict[str, object] = {"title": sheet.name, "description": sheet.about, "columns": columns}
        told[table_name(sheet)] = table | ({"label_column": "label"} if "label" in columns else {})
    whole = {
        "title": about.title,
        "description": description,
        "license": "CC BY 4.0" if licence == OURS else licence or "Each graph has its own: see LICENSE",
        **({"license_url": licence} if licence else {}),
        "source": about.work.title,
        "source_url": f"https://doi.org/{about.work.doi}",
        "about": "aidtrace",
        "about_url": HOME,
        "databases": {Path(DATABASE).stem: {"tables": told}},
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")

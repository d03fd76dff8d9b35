"""A folder of tables with its code book and what has to be known to use it; written whole, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Store

from aidtrace.export.codebook import codebook_csv, codebook_markdown
from aidtrace.export.parquet import write_parquet
from aidtrace.export.sheets import SEPARATOR, Sheet, write_csv
from aidtrace.export.things import Words, data_set_sheet, sheets
from aidtrace.files import folder_written_whole, read_text
from aidtrace.licences import OURS, Licences
from aidtrace.metadata import About
from aidtrace.project import Project


@dataclass(frozen=True)
class Told:
    """What a reader of the folder has to know: the release, its revision, and the terms of what is in it."""

    version: str
    revision: str
    licences: Licences


def write_folder(project: Project, store: Store, place: Path, form: str, told: Told) -> list[Sheet]:
    """Write each kind of thing to a table in the new folder *place*, as *form*, ``csv`` or ``parquet``.

    Return the tables. What *told* keeps back is not among them. InputError where *place* holds something already.
    """
    with folder_written_whole(place) as half:
        words = Words.read(project, store)
        coded = (data_set_sheet(store, graph, words) for graph in told.licences.data_sets)
        found = [*sheets(project, store, words), *coded]
        for sheet in found:
            _write(sheet, half / f"{sheet.name}.{form}", form)
        (half / "codebook.csv").write_text(codebook_csv(found), "utf-8", newline="\n")
        (half / "codebook.md").write_text(codebook_markdown(found), "utf-8", newline="\n")
        (half / "README.txt").write_text(_readme(project, found, form, told), "utf-8", newline="\n")
    return found


def _write(sheet: Sheet, path: Path, form: str) -> None:
    if form == "parquet":
        write_parquet(sheet, path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(sheet, file)


def _readme(project: Project, found: Iterable[Sheet], form: str, told: Told) -> str:
    about = About.read(project)
    text = read_text(project.root / "queries" / "export" / "readme.txt", "the text beside exported tables")
    return text.format(
        version=told.version,
        revision=told.revision,
        several="is a list" if form == "parquet" else f"has {SEPARATOR!r} between them",
        tables="\n".join(f"{sheet.name}: {sheet.about} {sheet.count} rows." for sheet in found),
        licences="\n".join(told.licences.terms),
        article=f"{about.article.reference} ({about.licence(OURS)})",
    )

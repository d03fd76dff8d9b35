"""The door of `aidtrace export`: RDF, folders of tables, and tables of years; what may not be passed on stays here."""

import sys
from argparse import Namespace
from pathlib import Path

from pyoxigraph import Store

from aidtrace import __version__
from aidtrace.cache import cache_folder
from aidtrace.errors import InputError
from aidtrace.export import Told, csv_text, export_graph, write_folder, year_table
from aidtrace.files import write_bytes
from aidtrace.licences import Licences
from aidtrace.persistent import OWN, opened
from aidtrace.project import Project
from aidtrace.revisions import Revisions
from aidtrace.store import PUBLISHED, revision

_TABLES = ("csv", "parquet")


def export(args: Namespace) -> int:
    """Write the graph as RDF, as a folder of tables, or as a table of years; say on standard error what is left out."""
    if args.table:
        return _years(args)
    if args.scheme:
        raise InputError(f"--scheme {args.scheme}: is for a table of years; expected --table with it")
    if args.format in _TABLES:
        return _folder(args)
    if args.folder:
        raise InputError(
            f"{args.folder}: a folder is for tables; expected --format csv or parquet with it, or --out FILE"
        )
    return _graph(args)


def _graph(args: Namespace) -> int:
    store = opened(args.store, Project.find(), cache_folder())
    own = args.store is not None and Revisions(args.store).about["default_graph"] == OWN
    licences = _licences(store, args, own_default=own)
    form = args.format or ("turtle" if args.graph else "trig")
    _send(export_graph(store, args.graph, form, default=own, without=licences.left_out), args.out)
    return 0


def _folder(args: Namespace) -> int:
    if args.folder is None or args.graph or args.out:
        raise InputError(f"--format {args.format}: writes a folder of tables; expected DIR with it, and no other place")
    project = Project.find()
    store = opened(args.store, project, cache_folder())
    name = Revisions(args.store).current if args.store else revision(project)
    licences = _licences(store, args)
    _expect_ours(licences)
    found = write_folder(project, store, args.folder, args.format, Told(__version__, name, licences))
    print(f"{args.folder}: {len(found)} tables, with codebook.csv, codebook.md and README.txt")
    return 0


def _years(args: Namespace) -> int:
    if args.format not in (None, "csv") or args.folder or args.graph:
        raise InputError(f"--table {args.table}: is written as CSV, to --out FILE or the screen; expected nothing else")
    project = Project.find()
    store = opened(args.store, project, cache_folder())
    _expect_ours(_licences(store, args))
    table = year_table(project, store, args.table, args.scheme or "cow")
    _send(csv_text(table.sheet).encode(), args.out)
    for note in table.notes:
        print(f"aidtrace: {note}", file=sys.stderr)
    return 0


def _licences(store: Store, args: Namespace, *, own_default: bool = False) -> Licences:
    """Look up what may be passed on; say what is left out of a whole export."""
    found = Licences.of(store, private=args.include_private, own_default=own_default)
    if not args.graph:
        for graph, why in found.left_out.items():
            print(f"aidtrace: left out: {getattr(graph, 'value', 'the default graph')}, which {why}", file=sys.stderr)
    return found


def _expect_ours(licences: Licences) -> None:
    """Raise InputError where a graph that all tables are made of may not be passed on."""
    for graph in PUBLISHED:
        if graph in licences.left_out:
            raise InputError(f"{graph.value}: {licences.left_out[graph]}; expected --include-private with it")


def _send(content: bytes, out: Path | None) -> None:
    if out:
        write_bytes(out, content)
    else:
        sys.stdout.buffer.write(content)

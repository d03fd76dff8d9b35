"""The door of `aidtrace crosswalk`: from one name of a thing to all others, and mappings as a table, out and in."""

import sys
from argparse import Namespace

from pyoxigraph import RdfFormat, serialize

from aidtrace.building import open_project
from aidtrace.cache import cache_folder
from aidtrace.cli.output import table_text
from aidtrace.crosswalk import COLUMNS, Crosswalk, Match, from_sssom, queries, to_sssom
from aidtrace.crosswalk import crosswalk as read_crosswalk
from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.namespaces import ID, PREFIXES
from aidtrace.project import Project
from aidtrace.queries import Table
from aidtrace.tracing.report import rows

_SHOWN = ("scheme", "value", "match", "label", "via", "from", "to")


def crosswalk(args: Namespace) -> int:
    """Show what other data sets call a thing, or turn an SSSOM table into identifiers."""
    project = Project.find()
    store, asked = open_project(project, cache_folder()), queries(project)
    whole = read_crosswalk(rows(store, asked["matches"]), rows(store, asked["ties"]))
    if args.read:
        if args.start or args.on or args.format != "text":
            raise InputError("--read turns a table into Turtle; expected it alone")
        sys.stdout.buffer.write(_identifiers(args, whole))
        return 0
    found = whole.of(args.start, args.on) if args.start else whole.on(args.on)
    sys.stdout.write(to_sssom(found) if args.format == "sssom" else table_text(_table(found, args.format), args.format))
    return 0


def _identifiers(args: Namespace, whole: Crosswalk) -> bytes:
    """Return as Turtle, in order, what an SSSOM table says."""
    triples = from_sssom(read_text(args.read, "an SSSOM table"), str(args.read), whole.schemes)
    prefixes = {**PREFIXES, "id": ID.iri}
    return serialize(sorted(set(triples), key=str), format=RdfFormat.TURTLE, prefixes=prefixes) or b""


def _table(found: list[Match], form: str) -> Table:
    """Return all columns for a program, and for a person those that fit on a screen."""
    if form != "text":
        return Table(COLUMNS, tuple(one.cells for one in found))
    told = [(m.scheme, m.value, m.match, m.label or m.thing, m.via, m.valid_from, m.valid_to) for m in found]
    return Table(_SHOWN, tuple(told))

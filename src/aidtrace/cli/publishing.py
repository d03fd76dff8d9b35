"""The doors of `aidtrace publish`, `verify` and `diff`: releases, whether they are whole, and what changed."""

import os
import sys
from argparse import Namespace

from aidtrace import __version__
from aidtrace.building import open_project
from aidtrace.cache import cache_folder
from aidtrace.persistent import OWN
from aidtrace.project import Project
from aidtrace.publishing.citing import About
from aidtrace.publishing.content import Content, content
from aidtrace.publishing.manifest import Manifest
from aidtrace.publishing.release import publish as write
from aidtrace.revisions import Revisions
from aidtrace.store import open_built, revision


def publish(args: Namespace) -> int:
    """Write a release; say what is left out of it, and why."""
    project = Project.find()
    found, name = _content(args, project)
    about = About.read(project, __version__, name, os.environ.get("SOURCE_DATE_EPOCH"))
    manifest = write(project, found, about, args.folder)
    for graph, why in manifest.left_out:
        print(f"aidtrace: left out: {graph}, which {why}", file=sys.stderr)
    files = len(manifest.files)
    print(
        f"{args.folder}: version {about.version}, {manifest.quads} triples in {len(manifest.graphs)} graphs, "
        f"{files} files; canonical hash {manifest.canonical}"
    )
    return 0


def _content(args: Namespace, project: Project) -> tuple[Content, str]:
    """Return what may be published, and of which revision it is."""
    if args.store is None:
        name = revision(project)
        return content(project, open_project(project, cache_folder()), __version__, None, own_default=False), name
    store = Revisions(args.store)
    name, about = store.current, store.about
    ours = about.get("graphs", "").split()
    found = content(project, open_built(store.path(name)), __version__, ours, own_default=about["default_graph"] == OWN)
    return found, name


def verify(args: Namespace) -> int:
    """Print the faults of a release, a line each; 1 if there are any."""
    from aidtrace.publishing.verifying import verify

    faults = verify(args.folder)
    for fault in faults:
        print(fault)
    if not faults:
        manifest = Manifest.read(args.folder)
        print(
            f"{args.folder}: is whole: {len(manifest.files)} files, {manifest.quads} triples, version "
            f"{manifest.version}, canonical hash {manifest.canonical}"
        )
    return 1 if faults else 0


def diff(args: Namespace) -> int:
    """Print what changed; say on standard error what is left out of it."""
    from aidtrace.publishing.changes import Difference
    from aidtrace.publishing.differing import as_atom, as_json, as_patch, as_text
    from aidtrace.publishing.sides import read_sides
    from aidtrace.publishing.wording import Words

    before, after = read_sides(args.before, args.after, private=args.include_private)
    for graph, why in after.left_out.items():
        print(f"aidtrace: left out: {graph}, which {why}", file=sys.stderr)
    difference, project = Difference(before, after), Project.find()
    if args.format == "patch":
        sys.stdout.write(as_patch(difference))
    elif args.format == "text":
        sys.stdout.write(as_text(difference, Words.of(project, difference)))
    elif args.format == "json":
        sys.stdout.write(as_json(difference, Words.of(project, difference)))
    else:
        about = About.read(project, __version__, revision(project), os.environ.get("SOURCE_DATE_EPOCH"))
        day = after.day or about.released
        sys.stdout.write(as_atom(difference, Words.of(project, difference), about.author, day))
    return 0

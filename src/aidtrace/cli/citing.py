"""The door of `aidtrace cite`: a named question is kept with a digest of its answer, where a server finds it too."""

import sys
from argparse import Namespace
from datetime import UTC, datetime

from pyoxigraph import NamedNode, Variable

from aidtrace import __version__
from aidtrace.building import open_project
from aidtrace.cache import cache_folder
from aidtrace.cited import Asked, Cited, Shelf
from aidtrace.cli.arguments import pairs
from aidtrace.digests import digested
from aidtrace.metadata import About
from aidtrace.project import Project
from aidtrace.queries import declared, find_query
from aidtrace.store import PUBLISHED, revision
from aidtrace.web.citing import Citation

_LARGEST = 1 << 30


def cite(args: Namespace) -> int:
    """Keep a question with a digest of its answer, and print how it is cited."""
    project, given = Project.find(), pairs(args.param)
    query, store = find_query(project, args.name), open_project(project, cache_folder())
    terms = declared(store, query, given)
    result = store.query(
        query.sparql,
        default_graph=[*PUBLISHED],
        named_graphs=[],
        substitutions={Variable(name): term for name, term in terms.items()},
    )
    found, today = digested(result, _LARGEST), datetime.now(UTC).date()
    bound = {
        name: {"type": "uri" if isinstance(term, NamedNode) else "literal", "value": term.value}
        for name, term in terms.items()
    }
    asked = Asked(query.sparql, query.name, given, bound)
    answer = found.kind, len(found.rows), found.digest, tuple(found.marks)
    one = Cited(asked, revision(project), __version__, *answer, today)
    Shelf(cache_folder() / "cited").keep(one)
    citation = Citation.of_query(
        one.name, query.question, f"{__version__}, revision {one.revision}", About.read(project)
    )
    sys.stdout.write(getattr(citation, args.format).rstrip("\r\n") + "\n")
    return 0

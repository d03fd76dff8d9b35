"""Commands that ask: questions by name, files of SPARQL, and whether the answers are as expected."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aidtrace.cache import cache_folder
from aidtrace.cli.arguments import pairs
from aidtrace.project import Project

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from aidtrace.queries import Table


def query(args: Namespace) -> int:
    """Answer a named question, a file or a text; without any, list the questions."""
    from aidtrace.cli.output import answer_text
    from aidtrace.namespaces import PREFIXES
    from aidtrace.persistent import opened
    from aidtrace.queries import answer, free

    project, given = Project.find(), pairs(args.param)
    if args.sparql is not None:
        terms, where = free(given, "-e"), "-e"
        found = answer(opened(args.store, project, cache_folder()), args.sparql, terms, where, PREFIXES)
    elif args.name is not None:
        found, where = _answer(project, args, given), args.name
    else:
        return _list(project, given)
    sys.stdout.write(answer_text(found, args.format, where))
    return 0


def _answer(project: Project, args: Namespace, given: Sequence[tuple[str, str]]) -> "Table | tuple[Triple, ...]":
    """Answer a question of the project or a file; only the latter may leave its parameters undeclared."""
    from aidtrace.persistent import opened
    from aidtrace.queries import Query, answer, declared, find_query, free

    name, is_file = args.name, _is_file(project, args.name)
    asked = Query(name, Path(name)) if is_file else find_query(project, name)
    sparql, checked = asked.sparql, asked.parameters or not is_file
    store = opened(args.store, project, cache_folder())
    return answer(store, sparql, declared(store, asked, given) if checked else free(given, name), name)


def _list(project: Project, given: Sequence[tuple[str, str]]) -> int:
    from aidtrace.cli.output import listing
    from aidtrace.errors import InputError
    from aidtrace.queries import read_queries

    if given:
        raise InputError(f"--param {given[0][0]}: nothing is asked; expected NAME, FILE or -e TEXT with it")
    sys.stdout.write(listing(read_queries(project)))
    return 0


def _is_file(project: Project, name: str) -> bool:
    """Whether *name* means a file: a question's own name never does, so that it means the same in every folder."""
    if name in {path.stem for path in project.query_files}:
        return False
    return name.endswith(".rq") or os.sep in name or Path(name).is_file()


def questions(args: Namespace) -> int:
    """Run every question that has rows beside it; 1 if any answer differs."""
    from aidtrace.building import open_project
    from aidtrace.queries import differences, find_query, read_queries, run

    project = Project.find()
    chosen = [find_query(project, name) for name in args.names] or read_queries(project)
    store = open_project(project, cache_folder())
    listings, right, wrong = 0, 0, 0
    for one in chosen:
        found = run(store, one.sparql, where=one.name)
        complaints = differences(found, one.expected) if one.expected else []
        listings += one.expected is None
        right += one.expected is not None and not complaints
        wrong += bool(complaints)
        state = "differs" if complaints else "ok" if one.expected else f"{len(found.rows)} rows"
        print(f"{state:10}{one.name}  {one.question}")
        for complaint in complaints:
            print(f"          {complaint}")
    print(f"{right} answered as expected, {wrong} not; {listings} listings without rows beside them were run")
    return 1 if wrong else 0

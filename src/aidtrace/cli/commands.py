"""The doors: each command takes its arguments, makes one call, and prints what comes back."""

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


def build(args: Namespace) -> int:
    """Build the store, and say where it lies."""
    from aidtrace.building import built

    print(built(Project.find(), cache_folder()))
    return 0


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


def cite(args: Namespace) -> int:
    """Keep a question with a digest of its answer, and print how it is cited."""
    from aidtrace.cli.citing import run

    return run(args)


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


def validate(args: Namespace) -> int:
    """Check the graph or files against the shapes; 1 if anything is found."""
    from aidtrace.errors import InputError
    from aidtrace.reports.baseline import compare, read_report
    from aidtrace.reports.findings import Report
    from aidtrace.reports.formats import comparison_text, write
    from aidtrace.validation import validate as check

    before = read_report(args.baseline) if args.baseline else None
    if args.merge and not args.files:
        raise InputError("--merge: nothing is to be merged; expected FILE with it")
    with_graph = {"with_graph": args.with_graph, "merge": args.merge}
    found = check(Project.find(), args.files, args.shapes or (), **with_graph, cache=cache_folder())
    report = found.at_least(args.severity)
    if before is not None:
        change = compare(report, Report(before).at_least(args.severity).findings)
        report = change.now
    in_text = args.format == "text" and before is not None
    sys.stdout.write(comparison_text(change) if in_text else write(report, args.format))
    return 1 if report.findings else 0


def shapes(args: Namespace) -> int:
    """List the rules of the shapes, or show one with its examples."""
    from aidtrace.cli.output import rule_text, rules_text
    from aidtrace.rulebook import Rulebook

    book = Rulebook(Project.find())
    sys.stdout.write(rule_text(book.entry(args.name)) if args.name else rules_text(book))
    return 0


def coverage(args: Namespace) -> int:
    """Compare the facts with the article's text; 1 if anything on either side is unexplained."""
    from aidtrace.coverage import cover

    report = cover(Project.find(), args.article)
    sys.stdout.write(report.write(args.format))
    return 0 if report.complete else 1


def trace(args: Namespace) -> int:
    """Run the rules of the tracing, and print what they come to beside what the authors conclude."""
    from aidtrace.tracing import Options, Rules, formats, only, report, traced

    options = Options(tuple(args.without), args.only, args.as_of, tuple(args.assume))
    project = Project.find()
    if args.sensitivity or args.phases:
        return _tabular_trace(project, args, options=bool(options))
    _expect_no("--format csv" if args.format == "csv" else None, "trace", "makes no table by itself")
    run = traced(project, cache_folder(), args.case, options)
    if args.format == "turtle":
        _expect_no(args.name, "--format turtle", "writes the whole run")
        sys.stdout.write(formats.to_turtle(run.triples))
        return 0
    found = report(Rules.read(project), run)
    found = only(found, args.name) if args.name else found
    sys.stdout.write(formats.to_json(found) if args.format == "json" else formats.to_text(found))
    return 0


def causes(args: Namespace) -> int:
    """Print the paths of the causal graph and what is found on them, or the graph itself."""
    from aidtrace.tracing import Rules, causal_formats, loaded, trace
    from aidtrace.tracing.causes import causal_graph, causal_report

    project = Project.find()
    rules = Rules.read(project).for_causes()
    run = trace(rules, *loaded(project, cache_folder(), args.case))
    graph = causal_graph(rules, run, args.case)
    if args.format in ("graphml", "dot"):
        _expect_no(args.cause or args.outcome, f"--format {args.format}", "writes the whole graph")
        write = causal_formats.to_graphml if args.format == "graphml" else causal_formats.to_dot
        sys.stdout.write(write(graph))
        return 0
    found = causal_report(rules, run, graph, args.cause, args.outcome)
    sys.stdout.write(causal_formats.to_json(found) if args.format == "json" else causal_formats.to_text(found))
    return 0


def nanopubs(args: Namespace) -> int:
    """Write facts, or results of the tracing, as nanopublications in TriG."""
    from aidtrace.files import expect_place, write_bytes
    from aidtrace.nanopubs import of_facts, of_results, publication, write
    from aidtrace.signing import check, sign
    from aidtrace.tracing import traced
    from aidtrace.tracing.case import case_revision

    project = Project.find()
    if args.out:
        expect_place(args.out)
    about = publication(case_revision(project, args.case), args.created, args.creator, args.license)
    if args.results:
        found = of_results(project, about, traced(project, cache_folder(), args.case), args.names)
    else:
        found = of_facts(project, about, args.case, args.names)
    found = check(found) if args.check or args.key else found
    made = list(sign(found, args.key) if args.key else found)
    if not args.out:
        sys.stdout.buffer.write(write(made))
        return 0
    write_bytes(args.out, write(made))
    how = "signed " if args.key else ""
    print(f"{len(made)} {how}nanopublication{'' if len(made) == 1 else 's'} written to {args.out}")
    return 0


def corroborate(args: Namespace) -> int:
    """Compare the facts with the data sets in a store, and print the table."""
    from aidtrace.corroboration import chosen, formats, read_material
    from aidtrace.corroboration import corroborate as compare
    from aidtrace.persistent import opened

    project = Project.find()
    material = read_material(project, opened(args.store, project, cache_folder()))
    found = chosen(compare(material), args.name, args.data_set)
    write = {"text": formats.to_text, "csv": formats.to_csv, "json": formats.to_json, "turtle": formats.to_turtle}
    sys.stdout.write(write[args.format](found))
    return 0


def new_case(args: Namespace) -> int:
    """Write the skeleton of another case, and say what to do with it."""
    from aidtrace.tracing.skeleton import new_case as write

    folder = write(Project.find(), args.name)
    print(f"{folder}")
    print(f"Put your study in place of the words there, then: aidtrace validate {folder}/*.ttl")
    print(f"and: aidtrace trace --case {args.name}")
    return 0


def _tabular_trace(project: Project, args: Namespace, *, options: bool) -> int:
    """Print what hangs on which works, or what falls in which phase."""
    from aidtrace.cli.output import table_text
    from aidtrace.tracing import Rules, loaded
    from aidtrace.tracing.tables import phase_rates, sensitivity_table, told_elsewhere

    asked = "--sensitivity" if args.sensitivity else "--phases"
    _expect_no(args.name, asked, "looks at the whole case")
    _expect_no("--format turtle" if args.format == "turtle" else None, asked, "makes a table")
    _expect_no("option for what counts" if options else None, asked, "looks at all that is recorded")
    store, revision = loaded(project, cache_folder(), args.case)
    rules = Rules.read(project)
    if args.sensitivity:
        tables = [sensitivity_table(rules, store, revision)]
    else:
        tables = [phase_rates(rules, store), *([told_elsewhere(rules, store)] if args.format == "text" else [])]
    sys.stdout.write("\n".join(table_text(table, args.format) for table in tables))
    return 0


def _expect_no(given: str | None, where: str, why: str) -> None:
    """Raise InputError where *given*, which *where* has no use for, is given."""
    from aidtrace.errors import InputError

    if given:
        raise InputError(f"{where}: {why}; expected no {given} with it")


def reason(args: Namespace) -> int:
    """Reason over the ontology, then over ontology and data; 1 if either is inconsistent or a class is empty."""
    from aidtrace.files import expect_place, write_bytes
    from aidtrace.namespaces import GRAPH
    from aidtrace.reasoning import as_quads, reason

    if args.out:
        expect_place(args.out)
    project = Project.find()
    runs = {"ontology": reason(project, with_data=False), "ontology and data": reason(project, args.files)}
    for name, found in runs.items():
        print(f"{name}: {'consistent' if found.consistent else 'inconsistent'}", end="")
        print(f", {len(found.unsatisfiable)} unsatisfiable classes, {len(found.inferred)} inferred triples")
        for line in (*found.clashes, *found.unsatisfiable):
            print(f"    {line}")
    if args.out:
        from pyoxigraph import RdfFormat, serialize

        inferred = as_quads(runs["ontology and data"].inferred, GRAPH("inferred"))
        write_bytes(args.out, serialize(inferred, format=RdfFormat.N_QUADS) or b"")
    return 0 if all(found.clean for found in runs.values()) else 1


def crosswalk(args: Namespace) -> int:
    """Show what other data sets call a thing, or turn an SSSOM table into identifiers."""
    from aidtrace.cli.crossing import run

    return run(args)


def import_(args: Namespace) -> int:
    """Read a table of a data set into a graph of its own."""
    from aidtrace.cli.importing import run

    return run(args)


def export(args: Namespace) -> int:
    """Write the graph as RDF, as a folder of tables, or as a table of years."""
    from aidtrace.cli.exporting import run

    return run(args)


def publish(args: Namespace) -> int:
    """Write a release: a folder that can be cited, checked and compared."""
    from aidtrace.cli.publishing import publish

    return publish(args)


def verify(args: Namespace) -> int:
    """Check a release; 1 if a file of it is not what the manifest says."""
    from aidtrace.cli.publishing import verify

    return verify(args)


def diff(args: Namespace) -> int:
    """Tell what changed between two releases, files or stores."""
    from aidtrace.cli.publishing import diff

    return diff(args)


def serve(args: Namespace) -> int:
    """Serve the graph until interrupted."""
    from aidtrace.server.engines.engine import Engine
    from aidtrace.server.processes.pool import Limits
    from aidtrace.server.running import Settings, serve

    remote = args.store_file is not None or (args.store or "").startswith(("http://", "https://"))
    settings = Settings(
        args.host,
        args.port,
        None if remote or args.store is None else Path(args.store),
        Engine.read(args.store, args.store_file) if remote else None,
        args.empty,
        args.default_graph,
        args.token_file,
        tuple(host.lower() for host in args.allow_service),
        args.log_format,
        Limits(deadline=args.deadline, checking=args.validation_deadline),
        args.keep_private,
        args.read_only,
        args.gate,
    )
    return serve(Project.find(), cache_folder(), settings)


def columns(args: Namespace) -> int:
    """Build the columns of a store's current revision, and say how large they are."""
    from aidtrace.columns import build_newest

    path = build_newest(args.store)
    print(f"columns of {args.store}, revision {path.stem}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


def mcp(args: Namespace) -> int:
    """Let a language model ask, over standard input and output, or over HTTP."""
    from aidtrace.errors import MachineError

    try:
        from aidtrace.mcp.running import Asked, run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("httpx2", "mcp", "mcp_types"):
            raise
        raise MachineError("mcp: needs the library mcp; expected pip install 'aidtrace[mcp]' before") from error
    asked = Asked(args.store, args.endpoint, args.http, args.host, args.port, tuple(args.allow_host), args.deadline)
    return run(Project.find(), cache_folder(), asked)


def fair(args: Namespace) -> int:
    """Check how findable, accessible, interoperable and reusable is what a server publishes; 1 if a check fails."""
    from aidtrace.cli.judging import run

    return run(args)

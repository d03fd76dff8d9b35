"""Commands of the process tracing: its tests, its causes, what comes of them, and another case."""

import sys
from argparse import Namespace

from aidtrace.cache import cache_folder
from aidtrace.project import Project


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

"""Commands that check: against shapes, against the text of the article, and by reasoning."""

import sys
from argparse import Namespace

from aidtrace.cache import cache_folder
from aidtrace.project import Project


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

"""What each command takes; nothing but argparse is imported for it, so that --help is quick."""

from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

TABLE_FORMATS = ("text", "csv", "json")
REPORT_FORMATS = ("text", "turtle", "jsonld", "json", "csv", "html", "sarif", "junit")
SEVERITIES = ("violation", "warning", "info")
TRACE_FORMATS = ("text", "json", "turtle", "csv")
GRAPH_FORMATS = ("trig", "nquads", "turtle", "ntriples", "jsonld", "rdfxml")


class _Version(Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> None:
        from aidtrace import __version__

        print(f"aidtrace {__version__}")
        parser.exit()


def parser() -> ArgumentParser:
    """Build the parser of all commands."""
    whole = ArgumentParser(prog="aidtrace", description="Ask, check and serve a knowledge graph of military aid.")
    whole.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands.add_parser("build", help="build the store that the other commands read")

    query = commands.add_parser("query", help="answer a named question, a file of SPARQL, or SPARQL as it stands")
    asked = query.add_mutually_exclusive_group()
    asked.add_argument(
        "name", nargs="?", metavar="NAME|FILE", help="a question (`aidtrace query` lists them) or a file"
    )
    asked.add_argument("-e", dest="sparql", metavar="TEXT", help="SPARQL; our prefixes need not be declared")
    query.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="K=V",
        help="a value for a parameter of the question (`aidtrace query` lists them), or for what your SPARQL selects",
    )
    query.add_argument("--store", type=Path, metavar="DIR", help="ask a store of `aidtrace serve`, imported graphs too")
    query.add_argument("--format", choices=TABLE_FORMATS, default="text")

    cite = commands.add_parser("cite", help="keep a question with a digest of its answer, and say how to cite it")
    cite.add_argument("name", metavar="NAME", help="a question (`aidtrace query` lists them)")
    cite.add_argument("--param", action="append", default=[], metavar="K=V", help="a value for one of its parameters")
    cite.add_argument("--format", choices=("text", "bibtex", "ris", "csl"), default="text")

    questions = commands.add_parser("questions", help="run every question and compare with the rows beside it")
    questions.add_argument("names", nargs="*", metavar="NAME", help="only these")

    validate = commands.add_parser("validate", help="check the graph, or files, against the shapes")
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help="RDF to check instead of the graph")
    validate.add_argument("--shapes", nargs="+", type=Path, metavar="FILE", help="shapes instead of ours")
    validate.add_argument("--with-graph", action="store_true", help="check the files together with the graph")
    validate.add_argument("--merge", action="store_true", help="and say how the files would meet the graph")
    validate.add_argument("--severity", choices=SEVERITIES, default="info", help="what is less grave is left out")
    validate.add_argument("--baseline", type=Path, metavar="REPORT", help="an earlier report in JSON: show what is new")
    validate.add_argument("--format", choices=REPORT_FORMATS, default="text")

    shapes = commands.add_parser("shapes", help="list the rules of the shapes, or show one with its examples")
    shapes.add_argument("name", nargs="?", metavar="RULE")

    coverage = commands.add_parser("coverage", help="compare the facts with the article's text, figure by figure")
    coverage.add_argument("article", type=Path, metavar="ARTICLE", help="the article as plain text")
    coverage.add_argument("--format", choices=("text", "json"), default="text")

    reason = commands.add_parser(
        "reason", help="check with an OWL reasoner that the ontology and the data are consistent"
    )
    reason.add_argument("files", nargs="*", type=Path, metavar="FILE", help="more RDF to reason over")
    reason.add_argument("--out", type=Path, metavar="FILE", help="write what is inferred as N-Quads")

    trace = commands.add_parser("trace", help="compute what the dates and sources say of each process-tracing test")
    trace.add_argument("name", nargs="?", metavar="HYPOTHESIS", help="only this hypothesis, rival, test or step")
    trace.add_argument("--case", default="article", metavar="NAME", help="a folder of data/ that holds another case")
    trace.add_argument(
        "--without", action="append", default=[], metavar="SOURCE|CLAIM", help="do without this work or fact"
    )
    trace.add_argument("--only", metavar="CLASS", help="count only what a work of this class is cited for")
    trace.add_argument("--as-of", metavar="DATE", help="count only what had begun by this date")
    trace.add_argument("--assume", action="append", default=[], metavar="THING=DATE", help="give a thing another date")
    asked = trace.add_mutually_exclusive_group()
    asked.add_argument("--sensitivity", action="store_true", help="instead: which lost works would change a verdict")
    asked.add_argument("--phases", action="store_true", help="instead: how many facts fall in each phase")
    trace.add_argument("--format", choices=TRACE_FORMATS, default="text")

    causes = commands.add_parser("causes", help="show the causal statements of a case as a graph, and its paths")
    causes.add_argument("--case", default="article", metavar="NAME", help="a folder of data/ that holds another case")
    causes.add_argument("--from", dest="cause", metavar="FACTOR", help="where paths begin, by name or label")
    causes.add_argument("--to", dest="outcome", metavar="FACTOR", help="where paths end")
    causes.add_argument("--format", choices=("text", "json", "graphml", "dot"), default="text")

    nanopubs = commands.add_parser("nanopubs", help="write facts, or computed results, as nanopublications")
    nanopubs.add_argument("names", nargs="*", metavar="THING", help="only these, such as event/1993-coup")
    nanopubs.add_argument("--results", action="store_true", help="what the process tracing computes, not the facts")
    nanopubs.add_argument("--case", default="article", metavar="NAME", help="a folder of data/ that holds another case")
    nanopubs.add_argument("--created", metavar="TIME", help="when they are published (default: now)")
    nanopubs.add_argument("--creator", metavar="IRI", help="who publishes them, such as an ORCID (default: aidtrace)")
    nanopubs.add_argument("--license", metavar="IRI", help="default: CC BY 4.0")
    nanopubs.add_argument("--check", action="store_true", help="let the library nanopub check each")
    nanopubs.add_argument("--key", type=Path, metavar="FILE", help="sign each with this RSA key")
    nanopubs.add_argument("--out", type=Path, metavar="FILE", help="a file instead of the screen")

    new_case = commands.add_parser("new-case", help="write the skeleton of another case to trace")
    new_case.add_argument("name", metavar="NAME", help="lower-case words with hyphens, for a folder of data/")

    crosswalk = commands.add_parser("crosswalk", help="show what other data sets call a thing, from one of its names")
    crosswalk.add_argument("start", nargs="?", metavar="NAME", help="SCHEME:VALUE, such as cow:640, or a thing of ours")
    crosswalk.add_argument("--on", metavar="DATE", help="only what may hold on this date, such as 2020-09-27")
    crosswalk.add_argument("--read", type=Path, metavar="FILE", help="instead: an SSSOM table, written as Turtle")
    crosswalk.add_argument("--format", choices=("text", "csv", "json", "sssom"), default="text")

    importing = commands.add_parser("import", help="read a table into a graph of its own: of a data set, or yours")
    importing.add_argument("source", nargs="?", metavar="SOURCE", help="the data set, such as ucdp-acd")
    importing.add_argument(
        "file", type=Path, metavar="FILE", help="its table: CSV, CSV in gzip, or XLSX; alone: a folder of --spark"
    )
    importing.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN=VALUE[,VALUE]",
        help="keep the rows with this value only",
    )
    place = importing.add_mutually_exclusive_group()
    place.add_argument("--out", type=Path, metavar="FILE", help="a file .nq, .nt, .ttl or .trig (default: the screen)")
    place.add_argument("--store", type=Path, metavar="DIR", help="a store of `aidtrace serve` that no one serves")
    importing.add_argument(
        "--spark", metavar="MASTER", help="share the work out, on local[2] or a cluster; --out is then a new folder"
    )
    yours = importing.add_argument_group("a table of your own")
    yours.add_argument("--mapping", type=Path, metavar="QUERY", help="a SPARQL CONSTRUCT over its columns")
    yours.add_argument("--graph", metavar="IRI", help="the graph that it goes to")
    yours.add_argument("--license", metavar="IRI", help="the licence of that graph")
    yours.add_argument("--separator", metavar="CHARACTER", help="what parts its cells (default: a comma; also tab)")

    columns = commands.add_parser("columns", help="copy a store into columns, from which the server sums much faster")
    columns.add_argument("store", type=Path, metavar="DIR", help="a store of `aidtrace serve`, which may be running")

    corroborate = commands.add_parser("corroborate", help="compare the facts with what imported data sets say of them")
    corroborate.add_argument("name", nargs="?", metavar="FACT", help="only this fact, such as flow/2010-arms-sales")
    corroborate.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store they are imported in")
    corroborate.add_argument("--data-set", metavar="NAME", help="only this one, such as ucdp-acd")
    corroborate.add_argument("--format", choices=("text", "csv", "json", "turtle"), default="text")

    export = commands.add_parser("export", help="write the graph as RDF, or as tables for people without RDF")
    export.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="a new folder, for csv and parquet")
    export.add_argument("--store", type=Path, metavar="DIR", help="a store of `aidtrace serve`, which may be running")
    export.add_argument("--graph", metavar="NAME", help="only this graph, such as article")
    export.add_argument("--out", type=Path, metavar="FILE", help="a file instead of the screen")
    export.add_argument(
        "--format", choices=(*GRAPH_FORMATS, "csv", "parquet"), help="default: trig, turtle for one graph"
    )
    export.add_argument("--table", metavar="NAME", help="instead: dyad-year or actor-year, as CSV")
    export.add_argument("--scheme", metavar="NAME", help="whose numbers the states have: cow (default), gleditsch-ward")
    export.add_argument("--include-private", action="store_true", help="also graphs that may not be passed on")

    publish = commands.add_parser("publish", help="write a release: every form of the data, checksums, how to cite")
    publish.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    publish.add_argument("--store", type=Path, metavar="DIR", help="a store of `aidtrace serve`, which may be running")

    verify = commands.add_parser("verify", help="check that each file of a release is what its manifest says")
    verify.add_argument("folder", type=Path, metavar="DIR", help="what `aidtrace publish` wrote")

    diff = commands.add_parser("diff", help="tell what changed between two releases, RDF files or stores")
    diff.add_argument("before", type=Path, metavar="A", help="a release, .nq, .nq.gz, .trig, or a store")
    diff.add_argument("after", type=Path, metavar="B", help="the same, later")
    diff.add_argument("--format", choices=("text", "json", "patch", "atom"), default="text")
    diff.add_argument("--include-private", action="store_true", help="also graphs that may not be passed on")

    serve = commands.add_parser("serve", help="serve the graph over HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--store", metavar="DIR|URL", help="a store that keeps what is written, made if missing, or a SPARQL engine"
    )
    serve.add_argument(
        "--store-file", type=Path, metavar="FILE", help="the addresses and credentials of an engine, in TOML"
    )
    how = serve.add_mutually_exclusive_group()
    how.add_argument(
        "--keep-private", action="store_true", help="serve --store as it is now, read-only, without private graphs"
    )
    how.add_argument(
        "--read-only", action="store_true", help="serve --store beside others, and each revision that one publishes"
    )
    serve.add_argument("--empty", action="store_true", help="begin without the article (for this run, or in --store)")
    serve.add_argument(
        "--default-graph",
        choices=("union", "own"),
        help="what a query without GRAPH sees: all graphs, each triple once, or SPARQL's default graph "
        "(default: own with --empty, else union)",
    )
    serve.add_argument("--token-file", type=Path, metavar="FILE", help="tokens that may write; without it, none may")
    serve.add_argument(
        "--allow-service", action="append", default=[], metavar="HOST[:PORT]", help="let SERVICE ask this host"
    )
    gate = serve.add_mutually_exclusive_group()
    gate.add_argument(
        "--gate", choices=("violation", "warning", "off"), help="what keeps a write out that breaks a rule"
    )
    gate.add_argument("--no-gate", dest="gate", action="store_const", const="off", help="let every write in")
    serve.add_argument("--log-format", choices=("text", "json"), default="text", help="how a request is logged")
    serve.add_argument("--deadline", type=_seconds, default=10.0, metavar="SECONDS", help="a query's time (default 10)")
    serve.add_argument(
        "--validation-deadline", type=_seconds, default=60.0, metavar="SECONDS", help="a validation's time (default 60)"
    )

    fair = commands.add_parser("fair", help="check how FAIR it is what a server publishes")
    fair.add_argument("--endpoint", metavar="URL", help="a server that runs (default: one is started for this)")
    fair.add_argument("--format", choices=("text", "json"), default="text")

    mcp = commands.add_parser("mcp", help="let a language model ask, by the Model Context Protocol")
    place = mcp.add_mutually_exclusive_group()
    place.add_argument("--store", type=Path, metavar="DIR", help="read a store of `aidtrace serve`, as it is now")
    place.add_argument("--endpoint", metavar="URL", help="ask a server that runs, such as http://127.0.0.1:8000")
    mcp.add_argument("--http", action="store_true", help="listen for clients (default: one, on stdin and stdout)")
    mcp.add_argument("--host", default="127.0.0.1", help="with --http")
    mcp.add_argument("--port", type=int, default=8001, help="with --http")
    mcp.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="with --http: a name of this host",
    )
    mcp.add_argument("--deadline", type=_seconds, default=10.0, metavar="SECONDS", help="a query's time (default 10)")
    return whole


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ArgumentTypeError(f"{text} is no time; expected seconds, such as 2.5")
    return seconds


def pairs(given: list[str]) -> list[tuple[str, str]]:
    """Read ``k=v`` arguments into names and values."""
    from aidtrace.errors import InputError

    found = []
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise InputError(f"--param {item!r}: expected NAME=VALUE")
        found.append((name, value))
    return found


__all__ = ["GRAPH_FORMATS", "REPORT_FORMATS", "TABLE_FORMATS", "Namespace", "pairs", "parser"]

"""One run of one engine in a process of its own: ``shacl_peers.py ENGINE DATA SHAPES REPORT``.

It prints how many seconds loading and validation took together, and writes the report as N-Triples. It runs in the
peers' environment too, so it imports nothing of ours unless it is asked to.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Engine = Callable[[Path, Path], Callable[[], str]]


def aidtrace(data: Path, shapes: Path) -> Callable[[], str]:
    """Load and validate with our engine."""
    from pyoxigraph import RdfFormat, parse, serialize

    from aidtrace.shacl.compiling import compile_shapes
    from aidtrace.shacl.engine import validate
    from aidtrace.shacl.results import report_triples
    from aidtrace.shacl.sent import load

    compiled = compile_shapes(quad.triple for quad in parse(path=shapes, format=RdfFormat.N_TRIPLES))
    found = validate(compiled, load(parse(path=data, format=RdfFormat.N_TRIPLES)))
    report = report_triples(found.results)
    return lambda: (serialize(report, format=RdfFormat.N_TRIPLES) or b"").decode()


def pyshacl(data: Path, shapes: Path) -> Callable[[], str]:
    """Load with rdflib and validate with pySHACL."""
    import rdflib
    from pyshacl import validate

    rdflib.NORMALIZE_LITERALS = False
    graphs = [rdflib.Graph().parse(path, format="nt") for path in (data, shapes)]
    _, report, _ = validate(graphs[0], shacl_graph=graphs[1])
    return lambda: str(report.serialize(format="nt"))


def pyshifty(data: Path, shapes: Path) -> Callable[[], str]:
    """Validate with pyshifty, which makes an rdflib report."""
    from shifty import validate

    _, report, _ = validate(data, shapes, infer=False, graph_mode="data")
    return lambda: str(report.serialize(format="nt"))


def pyrudof(data: Path, shapes: Path) -> Callable[[], str]:
    """Validate with pyrudof."""
    import pyrudof as p

    rudof: Any = p.Rudof(p.RudofConfig())
    rudof.read_data(str(data), p.RDFFormat.NTriples)
    rudof.read_shacl(str(shapes), p.ShaclFormat.NTriples)
    rudof.validate_shacl(mode=p.ShaclValidationMode.Native)
    return lambda: str(rudof.serialize_shacl_validation_results(format=p.ResultShaclValidationFormat.NTriples))


ENGINES: dict[str, Engine] = {"aidtrace": aidtrace, "pySHACL": pyshacl, "pyshifty": pyshifty, "pyrudof": pyrudof}


def main(engine: str, data: Path, shapes: Path, report: Path) -> None:
    """Run *engine*, print the seconds, write the report."""
    ENGINES[engine]  # the imports of an engine are part of its run, as they are for whoever calls it
    begun = time.perf_counter()
    written = ENGINES[engine](data, shapes)
    print(time.perf_counter() - begun)
    report.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))

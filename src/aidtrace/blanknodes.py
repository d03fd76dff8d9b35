"""Blank nodes, named by RDFC-1.0: in this process, or in one of its own that may take only so long.

Whoever writes a few dozen quads can make that algorithm take for ever, and it heeds no signal meanwhile.
Source: RDF Dataset Canonicalization (W3C, 2024), https://www.w3.org/TR/rdf-canon/.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, parse, serialize

from aidtrace import confine
from aidtrace.errors import InputError

ALGORITHM = "RDFC-1.0"
MOST = 1 << 15
"""Quads with blank nodes at most that are named."""

SECONDS, MEMORY = 20, 1 << 30
"""What a process may have to name them: seconds of a processor, and bytes."""


def blank_nodes(quad: Quad | Triple) -> Iterator[BlankNode]:
    """Yield the blank nodes of *quad*, those within a quoted triple too."""
    graph = quad.graph_name if isinstance(quad, Quad) else None
    for term in (quad.subject, quad.object, graph):
        if isinstance(term, BlankNode):
            yield term
        elif isinstance(term, Triple):
            yield from blank_nodes(term)


def named_alike(quads: Iterable[Quad]) -> list[Quad]:
    """Name the blank nodes of *quads*, for who has a deadline anyway; InputError where too many have some."""
    whole = Dataset(quads)
    if len(whole) > MOST:
        raise InputError(f"more than {MOST} quads have blank nodes; expected fewer, to be named by {ALGORITHM}")
    whole.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return list(whole)


def named_in_time(pieces: Sequence[Iterable[Quad]]) -> list[list[Quad]]:
    """Name the blank nodes of each of *pieces*, all in one process; InputError where that takes too long."""
    held = [Dataset(piece) for piece in pieces]
    if sum(map(len, held)) > MOST:
        raise InputError(f"more than {MOST} quads have blank nodes; expected fewer, to be named by {ALGORITHM}")
    told = json.dumps([(serialize(piece, format=RdfFormat.N_QUADS) or b"").decode() for piece in held])
    command = [sys.executable, "-m", "aidtrace.blanknodes", str(SECONDS)]
    done = subprocess.run(command, input=told.encode(), capture_output=True, check=False)
    if done.returncode:
        raise InputError(
            f"its blank nodes cannot be named by {ALGORITHM} in {SECONDS} s and {MEMORY >> 20} MiB; "
            "expected fewer that look alike"
        )
    return [list(parse(piece, format=RdfFormat.N_QUADS)) for piece in json.loads(done.stdout)]


def main(seconds: str) -> int:
    """Name what standard input holds, for `named_in_time`; the kernel ends this process when its time is over."""
    confine.die_with_parent()
    confine.limit_memory(MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    told = [named_alike(parse(piece, format=RdfFormat.N_QUADS)) for piece in json.load(sys.stdin)]
    json.dump([(serialize(piece, format=RdfFormat.N_QUADS) or b"").decode() for piece in told], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

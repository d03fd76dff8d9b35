"""A look at what an engine holds: its graphs, how many triples each has, their licences; and whether it can be trusted.

An engine has no revisions. What a look finds stands for one: a change that leaves every count as it was is not seen.
"""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, QueryResultsFormat, QuerySolutions, parse_query_results

from aidtrace.errors import InputError, MachineError, first_complaint
from aidtrace.licences import OURS
from aidtrace.namespaces import DCTERMS
from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import ENGINE, KEPT, Engine
from aidtrace.server.engines.kinds import OTHER, recognised
from aidtrace.server.engines.remote import JSON, Dataset, EngineError, Remote, masked
from aidtrace.store import PUBLISHED
from aidtrace.union import APART

SECONDS = 60.0
"""So long an engine may take for one question of a look, whatever a query may take: much takes long to count."""

LONGEST = 6 * SECONDS
"""So long a whole look may take, of six questions at most."""

MANY = 20_001
"""So many rows are asked for once, to see whether an engine cuts a long answer."""

MOST = 2_000_000
"""An engine with more triples is not copied."""

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_COUNTS_WITH_DEFAULT = "SELECT ?g (COUNT(*) AS ?n) { { GRAPH ?g { ?s ?p ?o } } UNION { ?s ?p ?o } } GROUP BY ?g"
_GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
_LICENCES = f"SELECT DISTINCT ?g ?l {{ GRAPH ?g {{ ?g {DCTERMS('license')} ?l }} FILTER (isIRI(?l)) }}"
_SEEN = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_TOLD_APART = "SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o }} {filter} }} }}"


@dataclass(frozen=True)
class Holdings:
    """What an engine holds: the triples of each graph, None where they are too many to count, and the licences.

    *fault* says why a query without GRAPH would be answered wrongly, *unchecked* why that could not be found out.
    *united* is how many triples the union has that we keep.
    """

    graphs: dict[str, int | None]
    licences: list[tuple[str, str]]
    fault: str = ""
    unchecked: str = ""
    united: int | None = None

    @classmethod
    def from_json(cls, text: bytes) -> "Holdings":
        """Read what `to_json` wrote."""
        said = json.loads(text)
        return cls(**{**said, "licences": [(graph, licence) for graph, licence in said["licences"]]})

    def to_json(self) -> bytes:
        """Write them for another process."""
        return json.dumps(asdict(self)).encode()

    @cached_property
    def size(self) -> int | None:
        """How many triples all graphs have together, where that is known."""
        known = [count for count in self.graphs.values() if count is not None]
        return sum(known) if len(known) == len(self.graphs) else None

    @property
    def digest(self) -> str:
        """What tells these holdings from others."""
        held = [sorted(self.graphs.items()), sorted(self.licences), self.united]
        return sha256(json.dumps(held).encode()).hexdigest()[:8]


def expect_small(found: Holdings) -> None:
    """Raise EngineError 501 where an engine holds too much to be copied."""
    if found.size is None or found.size > MOST:
        told = f"{found.size or 'uncounted'} triples; expected at most {MOST} for what needs all of them here"
        raise EngineError(501, "Too much to copy", f"the engine holds {told}")


def graphs_file(folder: Path) -> Path:
    """Return the file that lists the graphs of the revision that *folder* stands for."""
    return folder.parent.parent / "graphs" / f"{folder.name}.json"


def fault_file(folder: Path) -> Path:
    """Return the file that says what is wrong with the union of that revision, where something is."""
    return graphs_file(folder).with_suffix(".fault")


def looked(remote: Remote, known: str, fault: str) -> Holdings:
    """Ask what there is, and where that has another digest than *known*, whether the union is right.

    Where that cannot be found out, the *fault* of the last time stands, or that there was none.
    """
    found = look(remote, SECONDS)
    if found.digest == known:
        return found
    try:
        _expect_union(remote, found)
    except InputError as error:
        return replace(found, fault=str(error))
    except EngineError as error:
        return replace(found, fault=fault, unchecked=_unchecked(error))
    return found


def look(remote: Remote, seconds: float) -> Holdings:
    """Ask what there is; EngineError where the engine does not say."""
    try:
        found = rows(remote, _COUNTS_WITH_DEFAULT if remote.engine.default_graph == KEPT else _COUNTS, seconds)
        counts: dict[str, int | None] = {_iri(row["g"]) if row["g"] else "": int(row["n"].value) for row in found}
        united = counts.pop(remote.engine.union, 0) if remote.engine.keeps else None
    except EngineError as error:
        if not _is_late(error):
            raise
        united = None
        counts = dict.fromkeys(_iri(row["g"]) for row in rows(remote, _GRAPHS, seconds))
    ours = {graph: count for graph, count in counts.items() if _is_data(remote, graph)}
    said = {(row["g"].value, row["l"].value) for row in rows(remote, _LICENCES, seconds) if row["g"].value in ours}
    said |= {(graph.value, OURS) for graph in PUBLISHED if graph.value in ours}
    return Holdings(ours, sorted(said), united=united)


def _iri(graph: Any) -> str:
    if isinstance(graph, BlankNode):
        told = f"the graph {graph} has a blank node for a name; expected an IRI, by which a query can ask for it"
        raise EngineError(502, "Graph without a name", told)
    return str(graph.value)


def graphs(remote: Remote, seconds: float) -> list[str]:
    """Return the graphs that there are."""
    return [row["g"].value for row in rows(remote, _GRAPHS, seconds) if _is_data(remote, row["g"].value)]


def _is_data(remote: Remote, graph: str) -> bool:
    return bool(graph) and graph != remote.engine.union and not graph.startswith(remote.kind.apart)


def rows(remote: Remote, query: str, seconds: float, dataset: Dataset | None = None) -> list[Any]:
    """Return all rows of a query of ours; EngineError where they do not parse."""
    try:
        reply = remote.query(query, JSON, dataset or Dataset(), seconds)
        found = parse_query_results(reply.content(), QueryResultsFormat.JSON)
        return list(found) if isinstance(found, QuerySolutions) else []
    except SyntaxError as error:
        told = first_complaint(masked(error.msg or str(error)))
        raise EngineError(502, "Engine's answer broken", f"an answer does not parse ({told})") from error


def met(engine: Engine, seconds: float) -> tuple[Engine, Holdings, list[str]]:
    """Meet an engine at the start: what it is, what it holds, and a line for each thing that it cannot do.

    MachineError where it does not answer, at first within *seconds*; InputError where it would answer wrongly.
    """
    remote = Remote(engine, direct(*engine.host))
    try:
        known = recognised(remote.server(seconds))
        remote = Remote(engine.called(known.name if known != OTHER else ""), direct(*engine.host))
        found = look(remote, SECONDS)
        if remote.kind.copied:
            expect_small(found)
        told = _lacks(remote)
        try:
            told += _expect_union(remote, found)
        except EngineError as error:
            found = replace(found, unchecked=_unchecked(error))
            told.append(f"{remote.kind.name}: {found.unchecked}")
        _expect_long(remote, found)
    except InputError as error:
        raise InputError(f"{engine.query}: {error}") from error
    except EngineError as error:
        expected = "" if "; expected " in error.detail else "; expected a SPARQL endpoint that answers"
        raise MachineError(f"{engine.query}: {error.detail}{expected}") from error
    finally:
        remote.close()
    return remote.engine, found, told


def _lacks(remote: Remote) -> list[str]:
    """Say what cannot be done with this engine."""
    engine, known = remote.engine, remote.kind
    told = ["revisions: an engine keeps none, so that ?revision= takes the current one alone"]
    if not engine.exclusive:
        told.append("caching: others may write to the engine, so that no answer is kept (but with exclusive = true)")
    if not engine.writable:
        told.append("writing: the file of --store-file names no update and graph-store, so that nothing is written")
    if engine.in_the_clear:
        told.append("credentials: they go over http as they are; expected https, or a network that is yours alone")
    if not known.timeout:
        told.append("stopping: the engine takes no time limit from us, and may work on after we have hung up")
    if not known.merges:
        told.append("FROM: graphs that share triples are refused together, for the engine counts such a triple twice")
    if known.copied:
        told.append("questions: our own are answered on a copy of the graphs, for it would answer some wrongly")
    told += known.wrong
    return [f"{known.name}: {one}" for one in told]


def _expect_union(remote: Remote, found: Holdings) -> list[str]:
    """Raise InputError where a query without GRAPH would not see each triple once; say whether it sees the shapes.

    EngineError where the engine does not tell.
    """
    if found.size is None:
        raise EngineError(504, "Not counted", "the engine did not count its triples in time")
    if not found.size and not found.united:
        return []
    seen = _number(remote, _SEEN, Dataset([remote.engine.union]) if remote.engine.union else Dataset())
    named = Dataset([], list(found.graphs))
    facts = _number(remote, _TOLD_APART.format(filter=f"FILTER (?g != {APART})"), named) if found.size else 0
    if seen == facts:
        return []
    everything = _number(remote, _TOLD_APART.format(filter=""), named) if found.size else 0
    if seen == everything and remote.engine.default_graph == ENGINE:
        return [f"{remote.kind.name}: default graph: it holds the shapes too"]
    raise InputError(
        f"a query without GRAPH sees {seen} triples of {facts}; expected each once: "
        "see default-graph in docs/engines.md"
    )


def _unchecked(error: EngineError) -> str:
    why = f"counting took longer than {SECONDS:g} s" if _is_late(error) else error.detail
    return f"its union is not checked: {why}"


def _is_late(error: EngineError) -> bool:
    """Whether an engine had too little time; Virtuoso then tells what it has by then."""
    return error.status == 504 or error.title == "Result incomplete"


def _expect_long(remote: Remote, found: Holdings) -> None:
    """Raise InputError where the engine cuts a long answer without a word."""
    wanted = MANY if found.size is None else min(found.size, MANY)
    asked = f"SELECT ?s {{ GRAPH ?g {{ ?s ?p ?o }} }} LIMIT {wanted}"
    got = len(rows(remote, asked, SECONDS)) if wanted else 0
    if got < wanted and found.size is None:  # it may hold no more
        wanted = _number(remote, f"SELECT (COUNT(*) AS ?n) {{ {{ {asked} }} }}", Dataset())
    if got < wanted:
        told = f"gives {got} of {wanted} rows; expected no limit of rows (Virtuoso: ResultSetMaxRows)"
        raise InputError(told)


def _number(remote: Remote, query: str, dataset: Dataset) -> int:
    return int(rows(remote, query, SECONDS, dataset)[0]["n"].value)

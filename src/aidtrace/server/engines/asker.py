"""A worker that asks an engine: a process that sends one query at a time over a connection of its own.

It parses what it sends and what comes back, so that a client meets the same complaints and the same formats as over a
store of ours, and so that a broken answer is never passed on as a whole one.
"""

import json
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyoxigraph import (
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
    serialize,
)

from aidtrace import confine
from aidtrace.digests import Term, digested
from aidtrace.errors import first_complaint
from aidtrace.lexer import tokens
from aidtrace.namespaces import RDFS
from aidtrace.server.engines.binding import with_values
from aidtrace.server.engines.dialing import child
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.looking import fault_file, graphs, graphs_file, looked
from aidtrace.server.engines.remote import JSON, N_TRIPLES, Dataset, EngineError, Remote, masked
from aidtrace.server.engines.standard import standard
from aidtrace.server.engines.wording import RefusedError, worded
from aidtrace.server.pages.shown import Labels, compare, first_english, show
from aidtrace.server.processes import worker
from aidtrace.server.processes.beside import Beside
from aidtrace.server.processes.frames import ready, send_whole
from aidtrace.server.processes.worker import Reader, read_term
from aidtrace.store import PUBLISHED

_AT_ONCE = 200
_DISJOINT = "ASK { GRAPH ?a { ?s ?p ?o } GRAPH ?b { ?s ?p ?o } FILTER (STR(?a) < STR(?b)) }"


def prepare(project: str) -> None:
    """Read the rules of the tracing."""
    worker.prepare(project, columns=False)


class Asker(Reader):
    """Answers queries by asking an engine; a request with ``look`` asks what it holds."""

    def __init__(self, channel: socket.socket, remote: Remote) -> None:  # a Reader's stores are not there
        self._channel, self._remote, self._network = channel, remote, False
        self._apart: dict[tuple[str, tuple[str, ...]], bool] = {}
        self._stores, self._beside = {}, Beside(0)
        self._nothing = Store()
        self._seconds = 0.0

    def _answer(self, request: dict[str, Any]) -> None:
        self._seconds = request.get("seconds", 0.0)
        try:
            if "look" in request:
                send_whole(self._channel, JSON, looked(self._remote, request["look"], request["fault"]).to_json())
            else:
                super()._answer(request)
        except EngineError as error:
            self._fail(error.status, error.title, error.detail)

    def _open(self, folder: str) -> None:
        """There is nothing to open."""

    def _query(self, request: dict[str, Any]) -> None:
        if self._is_copied(request):
            super()._query(request)
            return
        tabular = self._is_tabular(request)
        form = request["results"] if tabular else request["graph"]
        if form is None and not (request.get("shown") or request.get("digested")):
            self._fail(406, "Not acceptable", worker.other_kind(tabular=tabular))
            return
        result = self._ask(request, tabular=tabular)
        with _readable():
            labels = _Labels(lambda text: self._table(text, self._union(request["store"], text)))
            if request.get("shown"):
                send_whole(self._channel, JSON, show(result, labels, **request["shown"]))
            elif request.get("digested"):
                digest = digested(result, request["limit"])
                send_whole(self._channel, JSON, compare(digest, labels, **request["digested"]))
            elif isinstance(result, QuerySolutions) and request.get("page"):
                self._page(result, form, request["page"])
            elif tabular:
                self._write(result, form, request["limit"])
            else:
                self._write_triples(result, form, request["limit"])

    def _graph(self, request: dict[str, Any]) -> None:
        """Send one graph, or what the engine has for a default graph."""
        if self._is_copied(request):
            super()._graph(request)
            return
        iri = request["graph_iri"]
        dataset = Dataset([iri]) if iri else self._dataset(request)
        with _readable():
            self._write_triples(self._everything(dataset), request["graph"], request["limit"])

    def _published(self, folder: str) -> Store:
        if self._is_copied({"store": folder}):
            return super()._published(folder)
        copy = Store()
        with _readable():
            for graph in PUBLISHED:
                copy.extend(Quad(*one) for one in self._everything(Dataset([graph.value])))
        return copy

    def _is_copied(self, request: dict[str, Any]) -> bool:
        """Whether *request* is answered on the copy of a revision, which has to be there then."""
        if not self._remote.kind.copied or request.get("free"):
            return False
        if not any(Path(request["store"]).iterdir()):
            raise EngineError(
                503, "Not copied yet", "the graphs of the engine are being copied; expected a moment later"
            )
        return True

    def _is_tabular(self, request: dict[str, Any]) -> bool:
        """Parse a query over nothing; whether its answer is a table. SyntaxError as over a store."""
        try:
            with worker.silent():
                found = self._nothing.query(request["query"], base_iri=request.get("base") or None)
        except (OSError, RuntimeError):  # it would have asked the network: only the truth of an ASK is worked out here
            return True
        return not isinstance(found, QueryTriples)

    def _ask(self, request: dict[str, Any], *, tabular: bool) -> Any:
        """Ask the engine what *request* asks, and return the solutions, the truth or the triples."""
        bound = {name: read_term(term) for name, term in (request.get("bound") or {}).items()}
        text = with_values(request["query"], bound)
        text = self._worded(text, request.get("base") or "")
        if not tabular and "DESCRIBE" in text.upper():
            text = self._remote.kind.describe + text
        dataset = self._dataset(request)
        if tabular:
            return self._table(text, dataset)
        return self._triples(text, dataset)

    def _worded(self, text: str, base: str) -> str:
        """Return *text* as the engine is sent it, which is parsed once more; EngineError 403 where it may not be."""
        try:
            said = worded(text, base, self._remote.kind)
        except RefusedError as error:
            raise EngineError(403, "Refused", str(error)) from error
        self._is_tabular({"query": said})
        return said

    def _dataset(self, request: dict[str, Any]) -> Dataset:
        """Return the graphs that are asked; EngineError where the engine would see a triple of them twice."""
        default, named, folder = request.get("default"), request.get("named"), request["store"]
        if default is None:
            _expect_right(folder)
            return self._union(folder, request.get("query", ""))
        once = len(default) < 2 or self._remote.kind.merges or request.get("disjoint")
        if not once and not self._are_apart(folder, tuple(sorted(default))):
            told = "these graphs share triples, which this engine counts twice; expected one graph, or GRAPH"
            raise EngineError(501, "Not done by the engine", told)
        return Dataset(self._ours(default) if default else [], self._ours(named or []))

    def _ours(self, graphs: list[str]) -> list[str]:
        """Return *graphs* but the engine's own; one that nobody has where none is left."""
        known = self._remote.kind
        return [graph for graph in graphs if not graph.startswith(known.apart)] or list(known.none)

    def _union(self, folder: str, query: str) -> Dataset:
        """Return what *query* is asked of: the union, and the graphs where it names any, for they take long to list."""
        union = self._remote.engine.union
        if not union:
            return Dataset()
        return Dataset([union], (_says_graph(query) and self._graphs(folder)) or self._remote.kind.none)

    def _are_apart(self, folder: str, graphs: tuple[str, ...]) -> bool:
        key = folder, graphs
        if key not in self._apart or not self._remote.engine.exclusive:
            while len(self._apart) >= worker.APART:
                del self._apart[next(iter(self._apart))]
            self._apart[key] = not self._table(_DISJOINT, Dataset([], graphs))
        return self._apart[key]

    def _graphs(self, folder: str) -> list[str]:
        """Return the graphs of the revision in *folder*, or those of now where others may have made some."""
        if not self._remote.engine.exclusive:
            return graphs(self._remote, self._seconds)
        found: list[str] = json.loads(graphs_file(Path(folder)).read_text("utf-8"))
        return found

    def _table(self, text: str, dataset: Dataset) -> Any:
        reply = self._remote.query(text, JSON, dataset, self._seconds)
        with _readable():
            return parse_query_results(standard(reply.content(), self._remote.kind), QueryResultsFormat.JSON)

    def _everything(self, dataset: Dataset) -> Iterator[Triple]:
        return self._triples("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", dataset)

    def _triples(self, text: str, dataset: Dataset) -> Iterator[Triple]:
        reply = self._remote.query(text, N_TRIPLES, dataset, self._seconds)
        return (quad.triple for quad in parse(reply.content(), RdfFormat.N_TRIPLES))

    def _write_triples(self, triples: Iterator[Triple], form: str, limit: int) -> None:
        writer: Any = worker.Writer(self._channel, form, limit)
        serialize(triples, writer, worker.FORMATS[form])
        writer.close()


def _expect_right(folder: str) -> None:
    """Raise EngineError where the union is wrong: one GRAPH in a query does not say that all of it lies there."""
    file = fault_file(Path(folder))
    if file.exists():
        raise EngineError(503, "Union not right", file.read_text("utf-8"))


def _says_graph(query: str) -> bool:
    return any(token.says("GRAPH") for token in tokens(query))


class _Labels(Labels):
    """What things are called on an engine, asked for many at once."""

    def __init__(self, ask: Any) -> None:
        self._ask = ask
        self._known: dict[NamedNode, str] = {}

    def learn(self, terms: Collection[Term]) -> None:
        unknown = sorted(str(one) for one in terms if isinstance(one, NamedNode) and one not in self._known)
        for begin in range(0, len(unknown), _AT_ONCE):
            some = unknown[begin : begin + _AT_ONCE]
            found = dict[NamedNode, list[Any]]()
            verb = RDFS("label")
            for thing, label in self._ask(f"SELECT ?s ?l {{ VALUES ?s {{ {' '.join(some)} }} ?s {verb} ?l }}"):
                found.setdefault(thing, []).append(label)
            self._known |= {NamedNode(one[1:-1]): first_english(found.get(NamedNode(one[1:-1]), ())) for one in some}

    def of(self, term: NamedNode) -> str:
        return self._known.get(term, "")


@contextmanager
def _readable() -> Iterator[None]:
    """Turn an answer that does not parse into what the client is told."""
    try:
        yield
    except SyntaxError as error:
        told = f"the engine's answer does not parse: {first_complaint(masked(error.msg or str(error)))}"
        raise EngineError(502, "Engine's answer broken", told) from error


def serve(channel: socket.socket, order: dict[str, Any]) -> None:
    """Confine this process as *order* says, but for the child that dials, then answer queries."""
    engine = Engine.from_order(order["engine"]).reading
    remote = Remote(engine, child(*engine.host))
    confine.limit_memory(order["memory"])
    isolated = confine.leave_network()
    confine.leave_files(Path(order["root"]))
    ready(channel, isolated=isolated)
    Asker(channel, remote).serve()

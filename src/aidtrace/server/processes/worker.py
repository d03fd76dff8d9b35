"""A worker: a process of its own that runs one query at a time over a revision, and may be killed.

Query and serialisation stay in one thread, since pyoxigraph aborts the process otherwise.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
    Variable,
    parse_query_results,
)

from aidtrace.complaints import complaint
from aidtrace.digests import TooLargeError, digested
from aidtrace.errors import InputError, UnknownNameError, first_complaint, one_of
from aidtrace.project import Project
from aidtrace.server.media import GRAPHS, RESULTS
from aidtrace.server.negotiation import SHORT
from aidtrace.server.pages.shown import Labels, compare, show
from aidtrace.server.processes import beside
from aidtrace.server.processes.frames import (
    DATA,
    END,
    ERROR,
    HEAD,
    problem,
    ready,
    receive_request,
    send,
    send_whole,
)
from aidtrace.server.rows import NoSuchRowError, select_rows
from aidtrace.store import published
from aidtrace.tracing import Options, Rules, formats, only, report, trace
from aidtrace.union import disjoint, merged

_CHUNK = 1 << 16
_JSON = "application/sparql-results+json"
FORMATS: dict[str, Any] = {**RESULTS, **GRAPHS}
_RULES = list[Rules]()
"""The rules of the tracing, read before anything is forked."""

_SEEN_WHOLE = ("page", "shown", "digested")
"""What a request may ask about an answer, for which it is looked through."""

APART = 256
"""So many sets of graphs are remembered to share no triple, or some."""

_OPEN = 2
"""So many revisions a worker keeps open: the current one, and one that someone has pinned."""


def prepare(project: str, *, columns: bool) -> None:
    """Read the rules of the tracing, and load what reads *columns*, which a confined worker could not."""
    _RULES.append(Rules.read(Project(Path(project))))
    if columns:
        beside.prepare()


class _TooLargeError(Exception):
    """The result is larger than a client may have."""


class Writer:
    """A file that sends what is written to it in frames; a short answer goes out as one frame."""

    def __init__(self, channel: socket.socket, media_type: str, limit: int) -> None:
        self._channel, self._media_type, self._buffer = channel, media_type, bytearray()
        self._left, self._begun = limit, False

    def write(self, data: bytes) -> int:
        """Take *data*, and send what has gathered where that is much; _TooLargeError beyond the limit."""
        self._buffer += data
        if len(self._buffer) >= _CHUNK:
            self._flush()
        return len(data)

    def flush(self) -> None:
        """Do nothing: the serializer flushes at odd times."""

    def close(self) -> None:
        """Send the rest, and say that it is the end."""
        if self._begun:
            self._flush()
            send(self._channel, END)
        else:
            send_whole(self._channel, self._media_type, bytes(self._buffer))

    def _flush(self) -> None:
        self._left -= len(self._buffer)
        if self._left < 0:
            raise _TooLargeError
        if not self._begun:
            send(self._channel, HEAD, self._media_type.encode())
            self._begun = True
        send(self._channel, DATA, bytes(self._buffer))
        self._buffer.clear()


class Reader:
    """Answers queries over read-only stores, of which the last few stay open."""

    def __init__(self, channel: socket.socket, folder: str, memory: int, *, network: bool = False) -> None:
        self._channel, self._stores = channel, {folder: Store.read_only(folder)}
        self._network = network
        self._beside = beside.Beside(memory // 4)
        self._beside.open(folder)
        self._apart: dict[tuple[str, tuple[str, ...]], bool] = {}

    def serve(self) -> None:
        """Answer requests until the server goes."""
        while request := receive_request(self._channel):
            self._answer(request)

    def _answer(self, request: dict[str, Any]) -> None:
        try:
            if "check" in request:
                _parse(request["check"], request["base"], update=request["update"])
                send_whole(self._channel, "", b"")
            elif "trace" in request:
                self._trace(request)
            elif "graph_iri" in request:
                self._graph(request)
            elif request.get("query") is None:
                self._open(request["store"])
                send_whole(self._channel, "", b"")
            else:
                self._query(request)
        except SyntaxError as error:
            self._fail(400, "Malformed query", _malformed(error, request))
        except _TooLargeError:
            self._fail(503, "Result too large", f"expected a result of at most {request['limit']} bytes")
        except NoSuchRowError as error:
            self._fail(400, "Malformed request", str(error))
        except TooLargeError as error:
            self._fail(503, "Result too large", str(error))
        except (InputError, UnknownNameError) as error:
            self._fail(400, "Malformed request", str(error))
        except (OSError, ValueError, RuntimeError) as error:
            self._fail(*_reason(error, network=self._network))

    def _query(self, request: dict[str, Any]) -> None:
        store = self._store(request["store"])
        default = tuple(request.get("default") or ())
        if len(default) > 1 and not request.get("disjoint") and not self._disjoint(request["store"], default):
            store = merged(store, default, request["named"])
            request = {**request, "default": None, "named": None}
        found = self._from_columns(request)
        if found and request["results"] == _JSON and not any(map(request.get, _SEEN_WHOLE)):
            self._send(found, request["limit"])
            return
        result = _table(found) if found else store.query(request["query"], **_options(request))
        tabular = isinstance(result, (QuerySolutions, QueryBoolean))
        if request.get("shown"):
            send_whole(self._channel, _JSON, show(result, Labels(store), **request["shown"]))
            return
        if request.get("digested"):
            digest = digested(result, request["limit"])
            send_whole(self._channel, _JSON, compare(digest, Labels(store), **request["digested"]))
            return
        form = request["results"] if tabular else request["graph"]
        if form is None:
            self._fail(406, "Not acceptable", other_kind(tabular=tabular))
            return
        if isinstance(result, QuerySolutions) and request.get("page"):
            self._page(result, form, request["page"])
        else:
            self._write(result, form, request["limit"])

    def _send(self, table: bytes, limit: int) -> None:
        writer = Writer(self._channel, _JSON, limit)
        writer.write(table)
        writer.close()

    def _from_columns(self, request: dict[str, Any]) -> bytes | None:
        """Return the answer of the columns, or None for the store to give one; SyntaxError as it would."""
        if request.get("default") is not None or request.get("named") is not None or request.get("bound"):
            return None
        found = self._beside.answer(request["store"], request["query"])
        if found is not None:
            _parse(request["query"], request.get("base") or None, update=False)
        return found

    def _page(self, result: QuerySolutions, form: str, page: dict[str, Any]) -> None:
        """Send some rows of *result*, with the key of the last one behind the media type where more follow."""
        rows, following = select_rows(result, **page)
        body = _table(rows).serialize(None, FORMATS[form])
        send_whole(self._channel, f"{form}\n{following}" if following else form, body or b"")

    def _graph(self, request: dict[str, Any]) -> None:
        """Send one graph: a CONSTRUCT of everything, so that it streams like a query."""
        store, iri = self._store(request["store"]), request["graph_iri"]
        graph = NamedNode(iri) if iri else DefaultGraph()
        result = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", default_graph=graph)
        self._write(result, request["graph"], request["limit"])

    def _trace(self, request: dict[str, Any]) -> None:
        """Send what the rules of the tracing come to, with what is left out or assumed."""
        given = request["trace"]
        options = Options(**{**given, "without": tuple(given["without"]), "assume": tuple(given["assume"])})
        run = trace(_RULES[0], self._published(request["store"]), Path(request["store"]).name, options)
        if request["graph"]:
            send_whole(self._channel, request["graph"], formats.to_turtle(run.triples).encode())
        else:
            found = report(_RULES[0], run)
            chosen = only(found, request["of"]) if request["of"] else found
            send_whole(self._channel, request["results"], formats.to_json(chosen).encode())

    def _write(self, result: QuerySolutions | QueryBoolean | QueryTriples | Any, form: str, limit: int) -> None:
        writer: Any = Writer(self._channel, form, limit)
        result.serialize(writer, FORMATS[form])
        writer.close()

    def _open(self, folder: str) -> None:
        """Open a revision ahead of the first query."""
        self._store(folder)
        self._beside.open(folder)

    def _published(self, folder: str) -> Store:
        """Return what the published graphs say, in a store of their own."""
        return published(self._store(folder))

    def _disjoint(self, folder: str, graphs: tuple[str, ...]) -> bool:
        """Whether no triple would be seen twice; the engine does not merge the graphs of a dataset itself."""
        store = self._store(folder)
        key = folder, tuple(sorted({iri for iri in graphs if store.contains_named_graph(NamedNode(iri))}))
        if key not in self._apart:
            while len(self._apart) >= APART:
                del self._apart[next(iter(self._apart))]
            self._apart[key] = disjoint(store, key[1])
        return self._apart[key]

    def _store(self, folder: str) -> Store:
        if folder not in self._stores:
            while len(self._stores) >= _OPEN:
                oldest = next(iter(self._stores))
                del self._stores[oldest]
                self._apart = {key: apart for key, apart in self._apart.items() if key[0] != oldest}
            self._stores[folder] = Store.read_only(folder)
        return self._stores[folder]

    def _fail(self, status: int, title: str, detail: str) -> None:
        send(self._channel, ERROR, problem(status, title, detail))


def _parse(text: str, base: str | None, *, update: bool) -> None:
    """Parse *text* over nothing: SyntaxError where it is malformed; where it asks the network, this wall says no."""
    try:
        with silent():
            if update:
                Store().update(text, base_iri=base)
            else:
                Store().query(text, base_iri=base)
    except SyntaxError:
        raise
    except BaseException:  # noqa: S110  (it parsed; that the engine panics without a network is no concern here)
        pass


@contextmanager
def silent() -> Iterator[None]:
    """Keep the engine's own words off standard error."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _table(content: bytes) -> Any:
    return parse_query_results(content, QueryResultsFormat.JSON)


def other_kind(*, tabular: bool) -> str:
    """Say that no media type that is accepted holds the answer, and which would."""
    what, offered = ("a table", RESULTS) if tabular else ("a graph", GRAPHS)
    choice = one_of([f"{media} (format={short})" for short, media in SHORT.items() if media in offered])
    return f"the answer is {what}, and nothing that is accepted holds one; expected {choice}"


def _malformed(error: SyntaxError, request: dict[str, Any]) -> str:
    update = request.get("update", False)
    parse, base = Store().update if update else Store().query, request.get("base") or None
    text = request["check"] if "check" in request else request["query"]
    return complaint(str(error), text, lambda text: parse(text, base_iri=base), update=update)


def _reason(error: Exception, *, network: bool) -> tuple[int, str, str]:
    text = first_complaint(str(error))
    if network and isinstance(error, OSError):  # over a store that is open, only another endpoint fails so
        return 502, "Service failed", f"the other endpoint did not answer: {text}"
    return 500, "Query failed", text


def _options(request: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if request.get("base"):
        options["base_iri"] = request["base"]
    if request.get("default") is not None:
        options["default_graph"] = [NamedNode(iri) for iri in request["default"]]
    if request.get("named") is not None:
        options["named_graphs"] = [NamedNode(iri) for iri in request["named"]]
    if request.get("union"):
        options["use_default_graph_as_union"] = True
    if request.get("bound"):
        options["substitutions"] = {Variable(name): read_term(text) for name, text in request["bound"].items()}
    return options


def read_term(term: dict[str, str]) -> NamedNode | Literal | BlankNode | Triple:
    """Build the term that *term* describes as in SPARQL's JSON results: type, value, datatype, xml:lang."""
    if term["type"] == "uri":
        return NamedNode(term["value"])
    if "xml:lang" in term:
        return Literal(term["value"], language=term["xml:lang"])
    datatype = term.get("datatype")
    return Literal(term["value"], datatype=NamedNode(datatype)) if datatype else Literal(term["value"])


def serve(channel: socket.socket, order: dict[str, Any]) -> None:
    """Confine this process as *order* says, then answer queries."""
    from aidtrace import confine

    confine.limit_memory(order["memory"])
    reader = Reader(channel, order["store"], order["memory"], network=order["network"])
    isolated = False
    if not order["network"]:
        isolated = confine.leave_network()
        confine.leave_files(Path(order["root"]))
    ready(channel, isolated=isolated)
    reader.serve()

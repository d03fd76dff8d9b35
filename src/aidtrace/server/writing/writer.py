"""The writer: the one process that makes new revisions, each a copy of a candidate that nobody else reads.

It keeps the candidate open for writing: at first a hard-linked copy of the current revision. A request is applied to
it once; when all went well it is flushed, a hard-linked copy of it is published, and it goes on as the next candidate.
When anything failed it is thrown away, and another is made of the current revision.
"""

import json
import shutil
import socket
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from aidtrace.complaints import complaint
from aidtrace.errors import first_complaint
from aidtrace.licences import licences
from aidtrace.revisions import Revisions
from aidtrace.server.checking.faithful import literals_of, rewriting
from aidtrace.server.checking.gate import Gate, Verdict
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.processes.frames import END, ERROR, problem, ready, receive_request, send
from aidtrace.server.writing.stepping import run
from aidtrace.union import Delta, disjoint, united

_DISK = ("No space left", "Disk quota", "File too large", "Input/output error", "Read-only file system")
_SMALL = 1 << 20
"""Bodies up to so many bytes are parsed and added; larger ones go through the bulk loader."""


class Rejected(Exception):  # noqa: N818  (a decision, not a failure)
    """The request cannot be carried out: an HTTP status, a title and a detail; *more* tells of it."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.more = status, title, detail, more


class Writer:
    """Writes to the store in *root*; *union* keeps the default graph the union of the others; *gate* judges."""

    def __init__(
        self, channel: socket.socket, root: Path, *, union: bool, isolated: bool, gate: Gate | None = None
    ) -> None:
        self._channel, self._revisions, self._union, self._gate = channel, Revisions(root), union, gate
        self._isolated = isolated
        self._candidate: Path | None = None
        self._store: Store | None = None

    def serve(self) -> None:
        """Carry out requests until the server goes."""
        self._prepare()
        if self._gate and self._store is not None:
            self._gate.open(self._store)
        ready(self._channel, isolated=self._isolated)
        while request := receive_request(self._channel):
            self._answer(request)
            self._prepare()

    def _answer(self, request: dict[str, Any]) -> None:
        try:
            said = self._write(request)
        except Rejected as no:
            self._fail(no.status, no.title, no.detail, **no.more)
        except SyntaxError as error:
            self._fail(400, "Malformed request", _malformed(error, request))
        except (OSError, ValueError, RuntimeError) as error:
            self._fail(*_failure(error))
        else:
            send(self._channel, END, said.encode())

    def _fail(self, status: int, title: str, detail: str, **more: Any) -> None:
        send(self._channel, ERROR, problem(status, title, detail, **more))
        self._discard()

    def _write(self, request: dict[str, Any]) -> str:
        assert self._store is not None
        if self._gate:
            _expect_faithful(request)
        _expect_apart(self._store, request.get("used", ()))
        created, delta = self._carry_out(request)
        verdict = self._gate.judge(self._store, delta) if self._gate else None
        if request.get("dry"):
            said = _told(verdict, delta)
            self._discard()
            return json.dumps(said)
        if verdict and not verdict.passes:
            number = len(verdict.change.now.findings)
            detail = f"it would bring {number} new finding{'' if number == 1 else 's'}; nothing was written"
            raise Rejected(422, "Breaks the shapes", detail, **verdict.content)
        return self._publish(request, created, verdict)

    def _publish(self, request: dict[str, Any], created: bool, verdict: Verdict | None) -> str:
        """Let what was written be the next revision, and say what it is."""
        assert self._store is not None
        graphs = [graph.value for graph in self._store.named_graphs() if isinstance(graph, NamedNode)]
        self._store.flush()
        copy = self._revisions.candidate()
        self._store.backup(str(copy))
        name = self._revisions.publish(copy)
        self._revisions.prune(set(request.get("in_use", ())))
        if self._gate and verdict:
            self._gate.accept(verdict)
        told = sorted(licences(self._store))
        return json.dumps({"revision": name, "graphs": graphs, "licences": told, "created": created})

    def _carry_out(self, request: dict[str, Any]) -> tuple[bool, Delta]:
        """Carry *request* out, and keep the default graph right after it; say whether a graph was created by it."""
        assert self._store is not None
        if not self._union:
            return _apply(self._store, {**request, "union": False}), Delta()
        if request["op"] == "update":
            return False, run(self._store, request)
        with united(self._store, request.get("touched")) as delta:
            created = _apply(self._store, {**request, "union": True})
        return created, delta

    def _prepare(self) -> None:
        if self._store is None:
            self._candidate = self._revisions.candidate()
            Store.read_only(str(self._revisions.path(self._revisions.current))).backup(str(self._candidate))
            self._store = Store(str(self._candidate))

    def _discard(self) -> None:
        self._store = None
        if self._candidate:
            shutil.rmtree(self._candidate, ignore_errors=True)
            self._candidate = None


def _malformed(error: SyntaxError, request: dict[str, Any]) -> str:
    if request["op"] == "update":
        parse = partial(Store().update, base_iri=request["base"])
        return complaint(str(error), request["text"], parse, update=True)
    where = f"{error.lineno}:{error.offset}: " if error.lineno else ""
    return where + first_complaint(error.msg or str(error))


def _failure(error: Exception) -> tuple[int, str, str]:
    """Say what went wrong: 507 for a disk that is full or fails, 404 or 409 for a graph that is not there, or is."""
    text = str(error)
    if any(word in text for word in _DISK):
        return 507, "Insufficient storage", "the disk took no more; nothing was written"
    status = 404 if "does not exist" in text else 409 if "already exists" in text else 400
    return status, "Write failed", first_complaint(text)


def _apply(store: Store, request: dict[str, Any]) -> bool:
    """Carry *request* out on *store*; say whether a graph was created by it."""
    if request["op"] == "update":
        store.update(request["text"], base_iri=request["base"])
        return False
    graph = NamedNode(request["graph"]) if request["graph"] else DefaultGraph()
    known = isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
    if request["op"] == "DELETE":
        if not known:
            raise Rejected(404, "No such graph", f"<{request['graph']}> is not in the store")
        store.clear_graph(graph) if isinstance(graph, DefaultGraph) else store.remove_graph(graph)
        return False
    if request["op"] == "PUT":
        store.clear_graph(graph)
    for part in request["parts"]:
        _load(store, part, graph, request["base"], union=request["union"])
    if not isinstance(graph, DefaultGraph) and request["op"] != "LOAD":
        store.add_graph(graph)
    return not known


def _expect_apart(store: Store, graphs: Sequence[str]) -> None:
    """Raise Rejected where *graphs*, which make one default graph, share a triple: the engine would see it twice."""
    if len(set(graphs)) > 1 and not disjoint(store, set(graphs)):
        raise Rejected(
            400, "Malformed request", "two graphs of USING hold the same triple; expected graphs that share none"
        )


def _expect_faithful(request: dict[str, Any]) -> None:
    """Raise Rejected where the store would rewrite a literal of *request*: what is checked has to be what was sent."""
    literals = literals_of(request["text"], request["base"]) if request["op"] == "update" else _literals(request)
    if refused := rewriting(literals):
        raise Rejected(422, "Would be rewritten", refused)


def _literals(request: dict[str, Any]) -> Iterator[Literal]:
    for part in request["parts"]:
        form = {**GRAPHS, **DATASETS}[part["media"]]
        for quad in parse(path=part["path"], format=form, base_iri=request["base"]):
            if isinstance(quad.object, Literal):
                yield quad.object


def _told(verdict: Verdict | None, delta: Delta) -> dict[str, Any]:
    """Say what a write would do; a number is None where it is not known."""
    counts = {
        "added": None if delta.added is None else len(delta.added),
        "removed": None if delta.removed is None else len(delta.removed),
    }
    return counts | (verdict.content if verdict else {"passes": True})


def _load(store: Store, part: dict[str, str], graph: NamedNode | DefaultGraph, base: str, *, union: bool) -> None:
    path, media = Path(part["path"]), part["media"]
    form: RdfFormat = {**GRAPHS, **DATASETS}[media]
    into = None if media in DATASETS else graph
    if into is None and union:
        store.bulk_extend(_in_graphs(parse(path=str(path), format=form, base_iri=base, rename_blank_nodes=True)))
        return
    if path.stat().st_size > _SMALL:
        store.bulk_load(path=str(path), format=form, base_iri=base, to_graph=into)
        return
    quads = parse(path=str(path), format=form, base_iri=base, rename_blank_nodes=True)
    if into is None:
        store.extend(quads)
    else:
        store.extend(Quad(quad.subject, quad.predicate, quad.object, into) for quad in quads)


def _in_graphs(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield *quads*, each of which has to name its graph: the default graph is made of all others."""
    for quad in quads:
        if isinstance(quad.graph_name, DefaultGraph):
            raise Rejected(409, "No graph named", "a triple names no graph; expected quads, each with its graph")
        yield quad


def serve(channel: socket.socket, order: dict[str, Any]) -> None:
    """Confine this process as *order* says, then write."""
    from aidtrace import confine

    root = Path(order["root"])
    confine.limit_memory(order["memory"])
    gate = Gate.of(order)
    isolated = confine.leave_network()
    confine.leave_files(root, *(confine.code() if gate else ()), writable=root)
    Writer(channel, root, union=order["union"], isolated=isolated, gate=gate).serve()

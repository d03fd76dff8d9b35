"""The writer before an engine: it tries a write on a copy of what the engine holds, and forwards what passes the gate.

Where an update was tried, the engine is sent the data that the trial added and removed: it may read the text otherwise.
The engine keeps no revisions and no lock of ours: what another writer does between the trial and the write is not seen.
"""

import json
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Store, parse, serialize

from aidtrace import confine
from aidtrace.lexer import tokens
from aidtrace.server.checking.gate import Gate, Verdict
from aidtrace.server.engines.datasets import named, with_datasets
from aidtrace.server.engines.dialing import child
from aidtrace.server.engines.differences import Difference
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import Kind
from aidtrace.server.engines.looking import Holdings, look
from aidtrace.server.engines.mirror import mirrored
from aidtrace.server.engines.remote import SENT, EngineError, Remote
from aidtrace.server.engines.wording import RefusedError, worded
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.problems import Problem
from aidtrace.server.writing.steps import operations
from aidtrace.server.writing.writer import Rejected, Writer
from aidtrace.union import APART

SECONDS = 300.0
"""So long the engine may take for one step of a write."""


class Forwarder(Writer):
    """Writes to an engine; *gate* judges first, on a copy under *root*."""

    def __init__(
        self, channel: socket.socket, root: Path, remote: Remote, *, isolated: bool, gate: Gate | None
    ) -> None:
        super().__init__(channel, root, union=True, isolated=isolated, gate=gate)
        self._remote, self._place = remote, root / "copies"
        self._before = Holdings({}, [])

    def _prepare(self) -> None:
        """There is nothing to prepare: each write begins with what the engine then holds."""

    def _write(self, request: dict[str, Any]) -> str:
        try:
            if request["op"] == "update":
                _expect_readable(request["text"], request["base"])
                _worded(request["text"], request["base"], self._remote.kind)
            before = self._before = look(self._remote, SECONDS)
            self._expect_ours(request)
            if self._gate or request.get("dry"):
                self._copy(before)
                return super()._write(request)
            _expect_there(request, before)
            created = bool(request["graph"]) and request["graph"] not in before.graphs if "graph" in request else False
            return self._publish(request, created, None)
        except (EngineError, Problem) as error:
            raise Rejected(error.status, error.title, error.detail) from error
        finally:
            self._discard()

    def _expect_ours(self, request: dict[str, Any]) -> None:
        """Raise Rejected where *request* names a graph that is made by us or by the engine."""
        graphs = named(request["text"], request["base"]) if request["op"] == "update" else [request["graph"] or ""]
        self._refuse(graphs)

    def _refuse(self, graphs: Iterable[str]) -> None:
        engine, apart = self._remote.engine, self._remote.kind.apart
        for graph in graphs:
            if graph and (graph == engine.union or graph.startswith(apart)):
                whose = (
                    "the union of all others, which this server makes" if graph == engine.union else "the engine's own"
                )
                raise Rejected(409, "Not for writing", f"<{graph}> is {whose}; expected another graph")

    def _copy(self, before: Holdings) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir()
        self._candidate = self._place / token_hex(4)  # the gate may hold the one before a little longer
        self._store = mirrored(self._remote, before, self._candidate, SECONDS)
        self._store.backup(str(self._place / "before"))
        if self._gate:
            self._gate.open(self._store)

    def _publish(self, request: dict[str, Any], created: bool, verdict: Verdict | None) -> str:  # noqa: ARG002
        """Forward *request* to the engine, bring its union up to date, and say what it then holds.

        Rejected, with `SENT`, where that fails: by then the engine may hold something else.
        """
        tried, written = self._difference(), list[str]()
        try:
            if request["op"] == "update":
                self._update(
                    [_joined(tried.update, self._upkeep())] if tried and tried.told else self._sent_on(request)
                )
            else:
                self._send(request, written)
            after = look(self._remote, SECONDS)
        except EngineError as error:
            if not written:
                raise Rejected(error.status, error.title, error.detail, **{SENT: True}) from error
            told = f"written: {', '.join(f'<{graph}>' for graph in written)}; then it failed: {error.detail}"
            raise Rejected(502, "Half written", f"{told}; the next write mends the union", **{SENT: True}) from error
        if tried:
            self._expect_as_tried(tried, after)
        return json.dumps({"holdings": after.to_json().decode(), "created": created})

    def _difference(self) -> Difference | None:
        """Return what the trial did, None where there was none; Rejected where it wrote to what is not ours."""
        if self._store is None:
            return None
        before = Store.read_only(str(self._place / "before"))
        tried = Difference.between(before, self._store, self._remote.kind)
        self._refuse(tried.counts)
        return tried

    def _expect_as_tried(self, tried: Difference, after: Holdings) -> None:
        """Raise Rejected where the engine holds more or fewer triples than the trial came to."""
        before, engine = self._before, self._remote.engine
        graphs = {*before.graphs, *after.graphs} if engine.exclusive else {*tried.counts}
        counts = [
            (f"<{one}>", before.graphs.get(one, 0), tried.counts[one], after.graphs.get(one, 0))
            for one in graphs - {""}
        ]
        if before.united == tried.united:
            counts.append(("the union", before.united, tried.counts[""], after.united))
        for name, was, more, has in sorted(counts):
            if was is not None and has is not None and has != was + more:
                told = f"{name} has {has} triples in the engine; expected {was + more}, as where it was tried"
                raise Rejected(502, "Written otherwise", told, **{SENT: True})

    def _send(self, request: dict[str, Any], written: list[str]) -> None:
        """Send what a request of the Graph Store Protocol brings, graph by graph, and note what is *written*."""
        if request["op"] == "DELETE":
            self._remote.store("DELETE", request["graph"], b"", SECONDS)
            written.append(request["graph"])
        else:
            bodies = _bodies(request)
            self._refuse(graph for graph, _ in bodies)
            for number, (graph, body) in enumerate(bodies):
                first = request["op"] == "PUT" and number == 0
                self._remote.store("PUT" if first else "POST", graph, body, SECONDS)
                written.append(graph)
        if self._remote.engine.keeps:
            self._remote.update(self._upkeep(), SECONDS)

    def _upkeep(self) -> str:
        engine = self._remote.engine
        return _upkeep(engine.union, self._remote.kind) if engine.keeps else ""

    def _sent_on(self, request: dict[str, Any]) -> list[str]:
        """Return the requests that carry an update out as its client wrote it, its patterns over what they see here."""
        engine, kind = self._remote.engine, self._remote.kind
        text = with_datasets(_worded(request["text"], request["base"], kind), "", engine, kind, self._before.graphs)
        _expect_readable(text, "")
        if not kind.singly:
            return [_joined(text, self._upkeep())]
        return [one.declared + one.text for part in (text, self._upkeep()) for one in operations(part, tokens(part))]

    def _update(self, texts: list[str]) -> None:
        for number, text in enumerate(one for one in texts if one):
            try:
                self._remote.update(text, SECONDS)
            except EngineError as error:
                if not number:
                    raise
                told = f"{number} of {len(texts)} operations are done; then it failed: {error.detail}"
                raise EngineError(502, "Half written", f"{told}; the next write mends the union") from error


def _upkeep(union: str, kind: Kind) -> str:
    """Return the update that makes the union graph, the default graph where it has no name, that of the others."""
    there = f"GRAPH <{union}> {{ ?s ?p ?o }}" if union else "?s ?p ?o"
    without = [f"?g != {APART}", *([f"?g != <{union}>"] if union else [])]
    without += [f'!STRSTARTS(STR(?g), "{start}")' for start in kind.apart]
    others = f"GRAPH ?g {{ ?s ?p ?o }} FILTER ({' && '.join(without)})"
    return (
        f"DELETE {{ {there} }} WHERE {{ {there} FILTER NOT EXISTS {{ {others} }} }} ;\n"
        f"INSERT {{ {there} }} WHERE {{ {others} FILTER NOT EXISTS {{ {there} }} }}"
    )


def _worded(update: str, base: str, kind: Kind) -> str:
    """Return *update* as the engine is sent it; Rejected where it may not be."""
    try:
        return worded(update, base, kind)
    except RefusedError as error:
        raise Rejected(403, "Refused", str(error)) from error


def _joined(update: str, upkeep: str) -> str:
    """Put *upkeep* behind *update*, which may end with a semicolon or a comment."""
    if not update or not upkeep:
        return update or upkeep
    ends = tokens(update)[-1:]
    between = "\n" if ends and ends[0].text == ";" else "\n;\n"
    return f"{update}{between}{upkeep}"


def _bodies(request: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return what is sent to each graph, as N-Triples; an empty body for a graph that is put empty."""
    found = dict[str, list[Any]]()
    for number, part in enumerate(request["parts"]):
        form: RdfFormat = {**GRAPHS, **DATASETS}[part["media"]]
        for quad in parse(path=part["path"], format=form, base_iri=request["base"], rename_blank_nodes=True):
            graph = request["graph"] or (quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else "")
            if not graph:
                raise Rejected(409, "No graph named", "a triple names no graph; expected quads, each with its graph")
            found.setdefault(graph, []).append(quad.triple)
        if number == 0 and request["graph"]:
            found.setdefault(request["graph"], [])
    return [(graph, serialize(triples, format=RdfFormat.N_TRIPLES) or b"") for graph, triples in found.items()]


def _expect_there(request: dict[str, Any], before: Holdings) -> None:
    if request["op"] == "DELETE" and request["graph"] not in before.graphs:
        raise Rejected(404, "No such graph", f"<{request['graph']}> is not in the store")


def _expect_readable(text: str, base: str) -> None:
    """Parse an update over nothing: SyntaxError where it is malformed."""
    try:
        Store().update(text, base_iri=base or None)
    except (OSError, ValueError, RuntimeError):
        return  # that may be otherwise over what the engine holds


def serve(channel: socket.socket, order: dict[str, Any]) -> None:
    """Confine this process as *order* says, but for the child that dials, then write."""
    root, engine = Path(order["root"]), Engine.from_order(order["engine"])
    remote = Remote(engine, child(*engine.host))
    confine.limit_memory(order["memory"])
    gate = Gate.of(order)
    isolated = confine.leave_network()
    confine.leave_files(root, *(confine.code() if gate else ()), writable=root)
    Forwarder(channel, root, remote, isolated=isolated, gate=gate).serve()

"""The writer before an engine: it tries a write on a copy of what the engine holds, and forwards what passes the gate.

The engine keeps no revisions and no lock of ours: what another writer does between the trial and the write is not seen.
"""

import json
import shutil
import socket
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Store, parse, serialize

from aidtrace import confine
from aidtrace.lexer import tokens
from aidtrace.server.checking.gate import Gate, Verdict
from aidtrace.server.engines.dialing import child
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import Kind
from aidtrace.server.engines.looking import Holdings, look
from aidtrace.server.engines.mirror import mirrored
from aidtrace.server.engines.remote import SENT, EngineError, Remote
from aidtrace.server.engines.wording import RefusedError, worded
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.problems import Problem
from aidtrace.server.writing.updates import with_using
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

    def _prepare(self) -> None:
        """There is nothing to prepare: each write begins with what the engine then holds."""

    def _write(self, request: dict[str, Any]) -> str:
        try:
            if request["op"] == "update":
                _expect_readable(request["text"], request["base"])
                _worded(request["text"], request["base"], self._remote.kind)
            before = look(self._remote, SECONDS)
            if self._gate or request.get("dry"):
                self._copy(before)
                return super()._write(request)
            _expect_there(request, before)
            created = bool(request["graph"]) and request["graph"] not in before.graphs if "graph" in request else False
            return self._publish(request, created, None)
        except EngineError as error:
            raise Rejected(error.status, error.title, error.detail) from error
        finally:
            self._discard()

    def _copy(self, before: Holdings) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir()
        self._candidate = self._place / token_hex(4)  # the gate may hold the one before a little longer
        self._store = mirrored(self._remote, before, self._candidate, SECONDS)
        if self._gate:
            self._gate.open(self._store)

    def _publish(self, request: dict[str, Any], created: bool, verdict: Verdict | None) -> str:  # noqa: ARG002
        """Forward *request* to the engine, bring its union up to date, and say what it then holds.

        Rejected, with `SENT`, where that fails: by then the engine may hold something else.
        """
        written = list[str]()
        try:
            if request["op"] == "update":
                text = _worded(_based(request, self._remote.engine), "", self._remote.kind)
                _expect_readable(text, "")
                self._remote.update(_joined(text, self._upkeep()), SECONDS)
            else:
                self._send(request, written)
            after = look(self._remote, SECONDS)
        except EngineError as error:
            if not written:
                raise Rejected(error.status, error.title, error.detail, **{SENT: True}) from error
            told = f"written: {', '.join(f'<{graph}>' for graph in written)}; then it failed: {error.detail}"
            raise Rejected(502, "Half written", f"{told}; the next write mends the union", **{SENT: True}) from error
        return json.dumps({"holdings": after.to_json().decode(), "created": created})

    def _send(self, request: dict[str, Any], written: list[str]) -> None:
        """Send what a request of the Graph Store Protocol brings, graph by graph, and note what is *written*."""
        if request["op"] == "DELETE":
            self._remote.store("DELETE", request["graph"], b"", SECONDS)
            written.append(request["graph"])
        else:
            for number, (graph, body) in enumerate(_bodies(request)):
                first = request["op"] == "PUT" and number == 0
                self._remote.store("PUT" if first else "POST", graph, body, SECONDS)
                written.append(graph)
        if self._remote.engine.keeps:
            self._remote.update(self._upkeep(), SECONDS)

    def _upkeep(self) -> str:
        engine = self._remote.engine
        return _upkeep(engine.union, self._remote.kind) if engine.keeps else ""


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
    ends = tokens(update)[-1:]
    between = "\n" if ends and ends[0].text == ";" else "\n;\n"
    return f"{update}{between}{upkeep}" if upkeep else update


def _based(request: dict[str, Any], engine: Engine) -> str:
    """Return the text of an update with its base, and with the union graph for the default graph of its patterns."""
    text: str = request["text"]
    if engine.union:
        try:
            text = with_using(text, tokens(text), [engine.union], [])
        except Problem:  # it names a dataset of its own
            text = request["text"]
    return f"BASE <{request['base']}>\n{text}" if request.get("base") else text


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

"""The checker: a process that validates one request of a stranger and ends; what breaks in it breaks nothing else.

It is forked from a process that has loaded everything, leaves the network behind and all files but code and the store
that is served, which it only reads, and may take so much memory and processor time. A crash or a limit is "not
validated", never "conforms".
"""

import gc
import json
import resource
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from aidtrace.documents import Document
from aidtrace.errors import InputError
from aidtrace.project import Project
from aidtrace.reports.findings import Report
from aidtrace.reports.formats import as_content
from aidtrace.server.checking.ruling import rule
from aidtrace.server.media import DATASETS, GRAPHS
from aidtrace.server.processes.frames import DATA, END, ERROR, PROGRESS, problem, ready, receive, receive_request, send
from aidtrace.shacl.engine import Told
from aidtrace.store import revision
from aidtrace.union import copied
from aidtrace.validation import Ground, TooManyError

MOST = 100_000
"""A report holds no more findings than this; a larger one is refused, never cut."""

_NOW_AND_THEN = 0.1
"""Seconds between two messages on how far a check is."""

_SAMPLE = b"""@prefix at: <https://w3id.org/aidtrace/ontology#> .
<https://w3id.org/aidtrace/id/event/a> a at:Visit ; at:visitor <urn:a> ;
    at:onDate "1992"^^<http://id.loc.gov/datatypes/edtf/EDTF> .
<https://w3id.org/aidtrace/id/agreement/a> a at:Agreement ; at:party "a" .
"""
_FORMS = {**GRAPHS, **DATASETS}
_PREPARED: list[Ground] = []
_SERVED: dict[str, Ground] = {}


def prepare(project: str, root: str) -> None:
    """Load, before anything is forked, what every check needs, and *root* if that is the article as it was built."""
    import pyshacl  # what the fast engine leaves over

    assert pyshacl
    _PREPARED.append(Ground(Project(Path(project))))
    _warm()
    assert _PREPARED[0].known
    folder = Path(root)
    if folder.name == revision(_PREPARED[0].project):
        _SERVED[str(folder)] = _beside(folder, union=False)
        assert _SERVED[str(folder)].known


def _warm() -> None:
    """Check a small document, so that what a check touches is loaded, and after a fork is the process's own."""
    _PREPARED[0].check([Document("sample", _SAMPLE, GRAPHS["text/turtle"])])


def serve(channel: socket.socket, order: dict[str, Any]) -> None:
    """Confine this process as *order* says, then validate what comes."""
    from aidtrace import confine

    confine.limit_memory(order["memory"])
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"] + 1, order["seconds"] + 1))
    isolated = confine.leave_network()
    confine.leave_files(_PREPARED[0].project.root, Path(order["root"]), *confine.code())
    _warm()
    gc.freeze()  # what is loaded stays, and no collection need look through it
    ready(channel, isolated=isolated)
    request = receive_request(channel)
    if request:
        _answer(channel, request)


class _Telling:
    """Tells the server now and then how many constraints have been checked."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel, self._last = channel, time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        if time.monotonic() - self._last > _NOW_AND_THEN:
            self._last = time.monotonic()
            send(self._channel, PROGRESS, json.dumps({"checked": done, "of": of}).encode())


def _answer(channel: socket.socket, request: dict[str, Any]) -> None:
    try:
        data, shapes = ([_document(channel, one) for one in request[name]] for name in ("data", "shapes"))
    except EOFError:
        return
    try:
        report = _report(request, data, shapes, _Telling(channel))
    except InputError as error:
        of_data = any(str(error).startswith(f"{name}:") for name in (*(one.name for one in data), "data"))
        status, title = (400, "Data not understood") if of_data else (422, "Shapes not understood")
        send(channel, ERROR, problem(status, title, _as_sent(str(error), request)))
    except TooManyError as many:
        told = f"{many} findings; expected at most {MOST}, so of less data, or by fewer shapes"
        send(channel, ERROR, problem(503, "Report too large", told))
    except RecursionError:
        send(channel, ERROR, problem(422, "Shapes not understood", "shapes nest too deeply; expected fewer levels"))
    else:
        send(channel, DATA, json.dumps({**as_content(report), "turtle": report.turtle}, ensure_ascii=False).encode())
        send(channel, END)


def _report(request: dict[str, Any], data: list[Document], shapes: list[Document], told: Told) -> Report:
    """Check *data*, beside what is served where that is asked; of a merge tell what the gate would say too."""
    beside, served = request["beside"], request["served"]
    ground = _PREPARED[0]
    if served:
        ground = _SERVED.get(served["folder"]) or _beside(Path(served["folder"]), union=served["union"])
    report = ground.check(data, shapes, **beside, most=MOST, told=told)
    if not served or not beside["merge"]:
        return report
    ruling = rule(ground, served["gate"], Path(served["folder"]).name, data, MOST)
    return replace(report, ruling=replace(ruling, writable=served["writable"]))


def _beside(folder: Path, *, union: bool) -> Ground:
    """Return a copy of the revision in *folder* to check beside, by the shapes that are compiled already."""
    ready = _PREPARED[0]
    return Ground(ready.project, held=lambda: copied(Store.read_only(str(folder)), union=union), like=ready)


def _document(channel: socket.socket, about: dict[str, str]) -> Document:
    frame = receive(channel)
    if frame is None:
        raise EOFError
    return Document(about["name"], frame[1], _FORMS[about["media"]], about["base"])


def _as_sent(complaint: str, request: dict[str, Any]) -> str:
    """Begin with line and column where there is one document alone, as every problem document does."""
    sent = [*request["data"], *request["shapes"]]
    return complaint.removeprefix(f"{sent[0]['name']}:").strip() if len(sent) == 1 else complaint

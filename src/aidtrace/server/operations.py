"""What operators ask: is it ready, what is it doing, and stop that query."""

import time

from aidtrace.server.http import Receive, Scope, Send, expect_method, head_of, respond, respond_json
from aidtrace.server.problems import Problem
from aidtrace.server.service import Service
from aidtrace.server.telemetry import Telemetry

_READ = "GET, HEAD"


async def health(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Say that the server is ready, what it serves, and whether its workers are kept off the network."""
    expect_method(scope["method"], _READ)
    if not await service.pool.alive():
        raise Problem(503, "Not ready", "no worker is there yet", {"Retry-After": "1"})
    if service.warming:
        raise Problem(503, "Not ready", "what is searched is being built", {"Retry-After": "1"})
    said = {
        "status": "ready",
        "revision": service.current.name,
        "isolated": service.pool.isolated,
        "writable": service.writable,
        "defaultGraph": "union" if service.options.union else "own",
    }
    await respond_json(send, said)


async def metrics(telemetry: Telemetry, scope: Scope, send: Send) -> None:
    """Show all metrics in Prometheus' text format."""
    expect_method(scope["method"], _READ)
    await respond(send, 200, "text/plain; version=0.0.4", telemetry.metrics())


async def requests(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """List the running queries, each by a hash; cancel one with a token of the scope admin."""
    path, method = scope["path"], scope["method"]
    if path == "/requests":
        expect_method(method, _READ)
        await respond_json(send, _running(service))
        return
    expect_method(method, "DELETE")
    service.options.tokens.demand(head_of(scope).authorization, "admin")
    running = service.pool.running.get(path.removeprefix("/requests/"))
    if running is None:
        raise Problem(404, "No such request", "no running query has this id; expected one that /requests lists")
    running.lease.stop(Problem(503, "Query cancelled", "the query was stopped by an operator"))
    await respond(send, 204, "", b"")


def _running(service: Service) -> list[dict[str, object]]:
    now = time.monotonic()
    return [
        {
            "id": one.id,
            "query": one.hash,
            "seconds": round(now - one.begun, 3),
            "demoted": one.demoted,
            "revision": one.store.rpartition("/")[2],
        }
        for one in service.pool.running.values()
    ]

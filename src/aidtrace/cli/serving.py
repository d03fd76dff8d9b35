"""Commands that serve, and that prepare what is served."""

from argparse import Namespace
from pathlib import Path

from aidtrace.cache import cache_folder
from aidtrace.project import Project


def build(args: Namespace) -> int:
    """Build the store, and say where it lies."""
    from aidtrace.building import built

    print(built(Project.find(), cache_folder()))
    return 0


def columns(args: Namespace) -> int:
    """Build the columns of a store's current revision, and say how large they are."""
    from aidtrace.columns import build_newest

    path = build_newest(args.store)
    print(f"columns of {args.store}, revision {path.stem}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


def serve(args: Namespace) -> int:
    """Serve the graph until interrupted."""
    from aidtrace.server.engines.engine import Engine
    from aidtrace.server.processes.pool import Limits
    from aidtrace.server.running import Settings, serve

    remote = args.store_file is not None or (args.store or "").startswith(("http://", "https://"))
    settings = Settings(
        args.host,
        args.port,
        None if remote or args.store is None else Path(args.store),
        Engine.read(args.store, args.store_file) if remote else None,
        args.empty,
        args.default_graph,
        args.token_file,
        tuple(host.lower() for host in args.allow_service),
        args.log_format,
        Limits(deadline=args.deadline, checking=args.validation_deadline),
        args.keep_private,
        args.read_only,
        args.gate,
    )
    return serve(Project.find(), cache_folder(), settings)


def mcp(args: Namespace) -> int:
    """Let a language model ask, over standard input and output, or over HTTP."""
    from aidtrace.errors import MachineError

    try:
        from aidtrace.mcp.running import Asked, run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("httpx2", "mcp", "mcp_types"):
            raise
        raise MachineError("mcp: needs the library mcp; expected pip install 'aidtrace[mcp]' before") from error
    asked = Asked(args.store, args.endpoint, args.http, args.host, args.port, tuple(args.allow_host), args.deadline)
    return run(Project.find(), cache_folder(), asked)

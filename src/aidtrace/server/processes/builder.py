"""A process that builds what is made of a store, behind all else unless a server waits for it (``now``).

It is called with ``search FOLDER union|own``, and perhaps ``now``, or with ``columns ROOT``;
``mirror FOLDER`` copies the graphs of an engine, which standard input describes, to a store in FOLDER.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from aidtrace import columns, confine, searching
from aidtrace.errors import AidtraceError, MachineError


def main(kind: str, place: str, *more: str) -> int:
    """Build, and return 0; on failure write one line to standard error and return 2."""
    confine.die_with_parent()
    if "now" not in more:
        os.nice(19)
    try:
        if kind == "search":
            searching.build(Path(place), union="union" in more)
        elif kind == "mirror":
            mirror(Path(place), sys.stdin.buffer.read())
        else:
            columns.build_newest(Path(place))
    except (AidtraceError, OSError) as error:
        sys.stderr.write(f"aidtrace: {error}\n")
        return 2
    return 0


def mirror(folder: Path, told: bytes) -> None:
    """Copy the graphs of the engine that *told* describes to *folder*, which is empty, whole or not at all."""
    from aidtrace.server.engines.dialing import direct
    from aidtrace.server.engines.engine import Engine
    from aidtrace.server.engines.looking import look
    from aidtrace.server.engines.mirror import mirrored
    from aidtrace.server.engines.remote import EngineError, Remote

    said = json.loads(told)
    engine = Engine.from_order(said["engine"])
    remote = Remote(engine, direct(*engine.host))
    half = Path(tempfile.mkdtemp(prefix="half-", dir=folder.parent))
    try:
        mirrored(remote, look(remote, said["seconds"]), half, said["seconds"])
        half.rename(folder)
    except EngineError as error:
        raise MachineError(f"the engine is not copied: {error.detail}") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

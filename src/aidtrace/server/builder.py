"""A process that builds what is made of a store, behind all else unless a server waits for it (``now``).

It is called with ``search FOLDER union|own``, and perhaps ``now``, or with ``columns ROOT``.
"""

import os
import sys
from pathlib import Path

from aidtrace import columns, searching
from aidtrace.errors import AidtraceError
from aidtrace.server import confine


def main(kind: str, place: str, *more: str) -> int:
    """Build, and return 0; on failure write one line to standard error and return 2."""
    confine.die_with_parent()
    if "now" not in more:
        os.nice(19)
    try:
        if kind == "search":
            searching.build(Path(place), union="union" in more)
        else:
            columns.build_newest(Path(place))
    except (AidtraceError, OSError) as error:
        sys.stderr.write(f"aidtrace: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

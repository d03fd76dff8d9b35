"""A process that counts what the store FOLDER holds, for its catalog, behind all else, and writes it as JSON.

It may have as many bytes of MEMORY, and reaches neither a network nor another file.
"""

import os
import sys
from pathlib import Path

from aidtrace import confine
from aidtrace.catalog import count
from aidtrace.errors import AidtraceError
from aidtrace.store import open_built


def main(folder: str, memory: str) -> int:
    """Count, and return 0; on failure write one line to standard error and return 2."""
    confine.die_with_parent()
    confine.limit_memory(int(memory))
    os.nice(19)
    try:
        store = open_built(Path(folder))
        confine.leave_network()
        confine.leave_files(Path(folder))
        sys.stdout.write(count(store).to_json())
    except (AidtraceError, OSError) as error:
        sys.stderr.write(f"aidtrace: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

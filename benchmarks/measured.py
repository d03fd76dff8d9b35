"""Run a command and say what it took: ``measured.py FILE COMMAND…`` writes seconds and MB of resident memory to FILE.

It is a small process of its own because the largest resident memory that Linux tells of a child includes that of the
process that started it.
"""

import os
import subprocess
import sys
import time
from pathlib import Path


def main(file: Path, command: list[str]) -> int:
    """Run *command*, write its figures to *file*, and return how it ended."""
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    file.write_text(f"{time.perf_counter() - begun} {used.ru_maxrss / 1024}", encoding="utf-8")
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

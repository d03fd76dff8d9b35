"""The door of `aidtrace fair`: a server, one's own for this while or another, and what the checks say of it."""

import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from aidtrace.errors import MachineError
from aidtrace.fair import CHECKS, Site, assess, to_json, to_text


def fair(args: Namespace) -> int:
    """Run the checks, and print what they say; 1 if any fails."""
    if args.endpoint:
        results = assess(Site(args.endpoint), CHECKS)
    else:
        with _served() as address:
            results = assess(Site(address), CHECKS)
    sys.stdout.write(to_json(results) if args.format == "json" else to_text(results))
    return 1 if any(one.fails for one in results) else 0


@contextmanager
def _served() -> Iterator[str]:
    """Run a server on a free port of loopback, and give its address."""
    command = [sys.executable, "-m", "aidtrace", "serve", "--port", "0"]
    with TemporaryFile() as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().partition(" ")[0]
            if not address:
                log.seek(0)
                raise MachineError(f"no server starts: {log.read().decode().strip()}; expected `aidtrace serve` to")
            yield address
        finally:
            process.terminate()

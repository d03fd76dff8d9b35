"""The command line: arguments in, one call, text out; exit 0 is good, 1 findings, 2 a usage or input error."""

import os
import sys

from aidtrace.cli.arguments import parser
from aidtrace.cli.doors import door
from aidtrace.errors import AidtraceError


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    if sys.stdout is None and args.command != "serve":  # closed by the shell's >&-
        print("aidtrace: standard output is closed; expected somewhere to write the answer", file=sys.stderr)
        return 2
    try:
        code = door(args.command)(args)
        sys.stdout.flush()
    except AidtraceError as error:
        print(f"aidtrace: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        _hush()
        return 0
    except OSError as error:  # a full disk, say
        reason = (error.strerror or str(error)).lower()
        print(f"aidtrace: {error.filename or 'output'}: {reason}; expected room to write", file=sys.stderr)
        _hush()
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _hush() -> None:
    """Send what is still to be printed nowhere, so that the interpreter does not fail on it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

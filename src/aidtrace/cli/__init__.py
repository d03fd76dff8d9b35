"""The command line: arguments in, one call, text out; exit 0 is good, 1 findings, 2 a usage or input error."""

import os
import sys

from aidtrace.cli.arguments import parser
from aidtrace.errors import AidtraceError


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    from aidtrace.cli import commands

    try:
        code: int = getattr(commands, args.command.replace("-", "_"))(args)
        sys.stdout.flush()
    except AidtraceError as error:
        print(f"aidtrace: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return code

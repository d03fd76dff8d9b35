"""Which module a command is in: only that one is imported, since some bring libraries that take long to load."""

from argparse import Namespace
from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword

MODULES = {
    "asking": ("query", "questions"),
    "checking": ("coverage", "reason", "shapes", "validate"),
    "citing": ("cite",),
    "crossing": ("crosswalk",),
    "exporting": ("export",),
    "importing": ("import",),
    "judging": ("fair",),
    "publishing": ("diff", "publish", "verify"),
    "serving": ("build", "columns", "mcp", "serve"),
    "tracing": ("causes", "corroborate", "nanopubs", "new-case", "trace"),
}


def door(command: str) -> Callable[[Namespace], int]:
    """Return the function that carries out *command*: it takes the arguments and returns the exit code."""
    module = next(module for module, commands in MODULES.items() if command in commands)
    name = command.replace("-", "_")
    found: Callable[[Namespace], int] = getattr(
        import_module(f"aidtrace.cli.{module}"), f"{name}_" if iskeyword(name) else name
    )
    return found

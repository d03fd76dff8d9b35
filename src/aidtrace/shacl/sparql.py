"""x."""

from collections.abc import Iterator
from aidtrace.shacl import model
from aidtrace.shacl.scope import Found, Scope


def find(scope: Scope, constraint: model.Sparql | model.Custom) -> Iterator[Found]:
    """x."""
    raise NotImplementedError


def obstacle(shape: model.Shape, constraint: model.Sparql | model.Custom) -> str | None:
    """x."""
    return "todo"

"""A knowledge graph of military aid, agreements and alliance formation.

``open()`` gives the built graph as an rdflib Dataset, ``ask()`` the answer to a named question,
``validate()`` a report of what breaks the shapes. What a person can mend is raised as an AidtraceError: an
InputError, an UnknownNameError or a MachineError.
"""

from typing import Any

_API = ("ask", "open", "validate")
_ERRORS = ("AidtraceError", "InputError", "MachineError", "UnknownNameError")

__all__ = [*_API, *_ERRORS]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: rdflib alone takes longer than a whole query."""
    if name in _API:
        from aidtrace import api

        return getattr(api, name)
    if name in _ERRORS:
        from aidtrace import errors

        return getattr(errors, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("aidtrace")
    raise AttributeError(f"module 'aidtrace' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

"""A knowledge graph of military aid, agreements and alliance formation.

``open()`` gives the built graph as an rdflib Dataset, ``ask()`` the answer to a named question,
``validate()`` a report of what breaks the shapes.
"""

from typing import Any

__all__ = ["ask", "open", "validate"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: rdflib alone takes longer than a whole query."""
    if name in __all__:
        from aidtrace import api

        return getattr(api, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("aidtrace")
    raise AttributeError(f"module 'aidtrace' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

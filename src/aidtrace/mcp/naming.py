"""Which thing a model means: by its IRI, by a name with a prefix, by its kind and slug, or by what it is called."""

from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from pyoxigraph import Literal, NamedNode

from aidtrace.folding import fold
from aidtrace.mcp.library import Library
from aidtrace.namespaces import ID, PREFIXES

_SHOWN = 8


async def meant(library: Library, text: str) -> NamedNode:
    """Return the thing that *text* means; ToolError names those that it may mean."""
    text = text.strip().removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return _iri(PREFIXES[prefix] + local)
    if "://" in text or text.startswith("urn:"):
        return _iri(text)
    kind, slash, slug = text.partition("/")
    if slash and kind and slug and " " not in text:
        return _iri(ID.iri + text)
    return await _searched(library, text)


async def near(library: Library, text: str) -> str:
    """Name things whose names are like the last part of *text*, for an error."""
    slug = text.rpartition("/")[2].rpartition("#")[2].replace("-", " ")
    found = await search(library, slug)
    names = ", ".join(one["name"] for one in found[:_SHOWN])
    return f"expected one such as {names}" if names else "expected an IRI, KIND/SLUG, or what a thing is called"


async def search(library: Library, text: str) -> list[dict[str, Any]]:
    """Return what the server finds by *text*, the best first."""
    found: list[dict[str, Any]] = (await library.get("/search", [("q", text)])).content["results"]
    return found


async def _searched(library: Library, text: str) -> NamedNode:
    """Return the only thing that is called *text*, or has this slug, or is found by these words."""
    found = await search(library, text)
    chosen = [one["iri"] for one in found if fold(one["label"]) == fold(text)]
    chosen = chosen or [row["thing"] for row in await library.rows("slugs", slug=str(Literal(text)))]
    chosen = chosen or [one["iri"] for one in found]
    if len(chosen) == 1:
        return _iri(chosen[0])
    if not chosen:
        raise ToolError(f"nothing is called {text!r}; expected an IRI, KIND/SLUG, or other words, as search takes them")
    labels = {one["iri"]: f" ({one['label']})" for one in found}
    names = ", ".join(f"{one.removeprefix(ID.iri)}{labels.get(one, '')}" for one in chosen[:_SHOWN])
    raise ToolError(f"{text!r} may be {len(chosen)} things; expected one of them, such as {names}")


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise ToolError(f"{text!r} is no IRI; expected one such as {ID.iri}KIND/SLUG") from error

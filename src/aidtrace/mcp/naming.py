"""Which thing a model means: by its IRI, by a name with a prefix, by its kind and slug, or by what it is called."""

from collections.abc import Sequence
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from pyoxigraph import Literal, NamedNode

from aidtrace.folding import fold
from aidtrace.mcp.answers import short
from aidtrace.mcp.library import Library, Reply
from aidtrace.namespaces import ID, PREFIXES

_SHOWN = 8


async def meant(library: Library, text: str) -> tuple[NamedNode, Library]:
    """Return the thing that *text* means, and the library of the revision in which it was looked up.

    ToolError names those that it may mean.
    """
    text = text.strip().removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return _iri(PREFIXES[prefix] + local), library
    if "://" in text or text.startswith("urn:"):
        return _iri(text), library
    kind, slash, slug = text.partition("/")
    if slash and kind and slug and " " not in text:
        return _iri(ID.iri + text), library
    reply = await search(library, text)
    same = library.at(reply)
    return await _chosen(same, text, _found(reply)), same


async def near(library: Library, text: str) -> str:
    """Name things whose names are like the last part of *text*, for an error."""
    slug = text.rpartition("/")[2].rpartition("#")[2].replace("-", " ")
    found = _found(await search(library, slug))
    names = ", ".join(one["name"] for one in found[:_SHOWN])
    return f"expected one such as {names}" if names else "expected an IRI, KIND/SLUG, or what a thing is called"


async def search(library: Library, text: str) -> Reply:
    """Search on the server for *text*; the best come first."""
    return await library.get("/search", [("q", text)])


def _found(reply: Reply) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reply.content["results"]
    return found


async def _chosen(library: Library, text: str, found: Sequence[dict[str, Any]]) -> NamedNode:
    """Return the only thing that is called *text*, or has this slug, or of what is *found* has all these words."""
    chosen = [one["iri"] for one in found if fold(one["label"]) == fold(text)]
    chosen = chosen or [row["thing"] for row in await library.rows("slugs", slug=str(Literal(text)))]
    chosen = chosen or [one["iri"] for one in found if not one.get("lacks")]
    if len(chosen) == 1:
        return _iri(chosen[0])
    if not chosen:
        like = ", ".join(f"{one['name']} ({short(one['label'])})" for one in found[:_SHOWN])
        expected = f"expected one such as {like}" if like else "expected an IRI, KIND/SLUG, or other words"
        raise ToolError(f"nothing is called {text!r}; {expected}, as search finds them")
    labels = {one["iri"]: f" ({short(one['label'])})" for one in found}
    names = ", ".join(f"{one.removeprefix(ID.iri)}{labels.get(one, '')}" for one in chosen[:_SHOWN])
    raise ToolError(f"{text!r} may be {len(chosen)} things; expected one of them, such as {names}")


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise ToolError(f"{text!r} is no IRI; expected one such as {ID.iri}KIND/SLUG") from error

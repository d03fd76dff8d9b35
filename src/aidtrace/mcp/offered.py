"""What is offered to a model: the tools, all of which only read, and the ontology and the shapes as resources."""

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from aidtrace.mcp.checking import Checks
from aidtrace.mcp.library import TURTLE, Library
from aidtrace.mcp.lookups import Lookups

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def add_tools(server: MCPServer, library: Library) -> None:
    """Offer what asks *library*."""
    look, check = Lookups(library), Checks(library)
    for tool in (
        look.list_questions,
        look.ask_question,
        look.run_sparql,
        look.search,
        look.describe,
        check.validate,
        check.trace,
        check.corroborate,
    ):
        server.add_tool(tool, annotations=_READS)

    @server.resource("aidtrace://ontology", mime_type=TURTLE)
    async def ontology() -> str:
        """The ontology: what each class and property means, in Turtle."""
        return (await library.get("/ontology", accept=TURTLE)).body.decode()

    @server.resource("aidtrace://shapes", mime_type=TURTLE)
    async def shapes() -> str:
        """The shapes: what must hold of the data, in Turtle."""
        return (await library.get("/shapes", accept=TURTLE)).body.decode()

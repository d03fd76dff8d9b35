"""Tools by which language models ask: a thin client of the server, over the Model Context Protocol."""

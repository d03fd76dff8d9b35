"""How Sphinx builds the documentation; `build.py` lays out what it reads."""

from importlib.metadata import version as installed
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

project = "aidtrace"
author = "the authors of aidtrace"
version = release = installed("aidtrace")
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "aidtrace"
html_theme_path = ["theme"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
html_permalinks = False
# What a page shows is what a reader types.
smartquotes = False
# Pygments has no word for alternatives of a path in SPARQL, nor for CSV; it colours the rest.
suppress_warnings = ["misc.highlighting_failure"]


class Translator(HTML5Translator):
    """Writes a table into a frame that is scrolled where the page is narrower, each under a name of its own."""

    tables = 0

    def visit_table(self, node: nodes.Element) -> None:
        """Open the frame."""
        self.tables += 1
        self.body.append(f'<div class="wide" role="region" tabindex="0" aria-label="Table {self.tables}">')
        super().visit_table(node)

    def depart_table(self, node: nodes.Element) -> None:
        """Close it."""
        super().depart_table(node)
        self.body.append("</div>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx write with it."""
    app.set_translator("html", Translator)
    return {"parallel_read_safe": True}

"""The words of the interface: English in the templates, each ready for a translation, and the menus made of them."""

from collections.abc import Callable
from gettext import NullTranslations

from flask import Flask

Link = tuple[str, str]
"""An address and what it is called."""

_MENU = ("/browse", "/timeline", "/aid", "/mechanism", "/tests", "/map", "/sources", "/queries", "/sparql", "/validate")


def say(app: Flask, words: NullTranslations, *, documented: bool = False) -> None:
    """Let the templates of *app* speak with *words*: ``_("…")`` and ``{% trans %}``, and the menus.

    The documentation is in the menu only where it was built.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    site = _site(words.gettext, documented)
    called = {path: said for _, links in site for path, said in links}
    app.jinja_env.globals["language"] = words.info().get("language", "en").replace("_", "-")
    app.jinja_env.globals.update(site=lambda: site, menu=lambda: [(path, called[path]) for path in _MENU])


def _site(_: Callable[[str], str], documented: bool) -> list[tuple[str, list[Link]]]:
    """Return all pages that a reader can go to from anywhere, in groups."""
    return [
        (
            _("Read"),
            [
                ("/timeline", _("Timeline")),
                ("/aid", _("Aid")),
                ("/mechanism", _("Mechanism")),
                ("/tests", _("Tests")),
                ("/map", _("Map")),
                ("/sources", _("Sources")),
                ("/discrepancies", _("Discrepancies")),
            ],
        ),
        (
            _("Ask"),
            [
                ("/browse", _("Browse")),
                ("/search", _("Search")),
                ("/queries", _("Questions")),
                ("/sparql", _("SPARQL")),
                ("/trace", _("Process tracing")),
                ("/corroboration", _("Other data sets")),
            ],
        ),
        (
            _("Check"),
            [
                ("/validate", _("Validate")),
                ("/shapes", _("Shapes")),
                ("/ontology", _("Ontology")),
            ],
        ),
        (
            _("Take"),
            [
                ("/data", _("Data")),
                *([("/docs/", _("Documentation"))] if documented else []),
                ("/about", _("About")),
                ("/about/method", _("Method")),
                ("/about/accessibility", _("Accessibility")),
            ],
        ),
    ]

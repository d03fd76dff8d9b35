"""A page as of a revision: what it asks is asked of that one, and its links to other things stay in it."""

import re
from urllib.parse import quote

_LINK = re.compile(r'href="(/page/[^"?#]*)(\?[^"#]*)?(#[^"]*)?"')


def kept_in(revision: str, page: str) -> str:
    """Let the links of *page* to things lead to *revision*.

    >>> kept_in("7-ab", '<a href="/page/step/one#said">one</a> <a href="/page/step/two?by=x">two</a>')
    '<a href="/page/step/one?revision=7-ab#said">one</a> <a href="/page/step/two?by=x&amp;revision=7-ab">two</a>'
    """
    pin = f"revision={quote(revision, safe='')}"

    def pinned(found: re.Match[str]) -> str:
        path, query, fragment = found[1], found[2], found[3] or ""
        return f'href="{path}{f"{query}&amp;" if query else "?"}{pin}{fragment}"'

    return _LINK.sub(pinned, page)

"""How a page is cited: as text, BibTeX, RIS and CSL JSON."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Response, abort

from aidtrace.errors import one_of
from aidtrace.metadata import About

_ALL = "https://w3id.org/aidtrace/"
_AUTHOR = "aidtrace"

FORMS = {
    "text": ("text/plain", "txt"),
    "bibtex": ("application/x-bibtex", "bib"),
    "ris": ("application/x-research-info-systems", "ris"),
    "csl": ("application/vnd.citationstyles.csl+json", "json"),
}
"""The forms of a citation, by the names that `Citation` has for them: media types, and the suffixes of their files."""


@dataclass(frozen=True)
class Citation:
    """A page to cite: its *title*, its *iri*, the *version* of the data, and the day it was seen.

    *whole* is what the data set is called that it is a part of; *of* says what the version is one of: a revision of the
    data, a release, or a version of the ontology.
    """

    title: str
    iri: str
    version: str
    seen: date
    whole: str
    of: str = "revision"

    @classmethod
    def of_query(cls, name: str, question: str, version: str, about: About) -> "Citation":
        """Cite a query that is kept as *name*, today; *question* says what it asks, where it is a named one."""
        title = f"{question or 'A SPARQL query'} (query {name})"
        return cls(title, f"{_ALL}q/{name}", version, datetime.now(UTC).date(), about.title, "release")

    @property
    def text(self) -> str:
        """As a sentence."""
        return f"{_AUTHOR}. “{self.title}”. {self.whole}, {self.of} {self.version}. {self.iri} (seen {self.seen})."

    @property
    def bibtex(self) -> str:
        """As BibTeX."""
        key = re.sub("[^A-Za-z0-9:.-]+", "-", self.iri.removeprefix(_ALL).removeprefix("id/") or _AUTHOR)
        fields = {
            "author": f"{{{_AUTHOR}}}",
            "title": _escaped(self.title),
            "howpublished": self.whole,
            "version": self.version,
            "url": self.iri,
            "urldate": str(self.seen),
        }
        return f"@misc{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"

    @property
    def ris(self) -> str:
        """As RIS."""
        lines = ["TY  - DATA", f"AU  - {_AUTHOR}", f"TI  - {self.title}", f"T2  - {self.whole}"]
        lines += [f"ET  - {self.version}", f"UR  - {self.iri}", f"Y2  - {self.seen:%Y/%m/%d}", "ER  - "]
        return "".join(f"{' '.join(line.splitlines())}\r\n" for line in lines)

    @property
    def csl(self) -> str:
        """As CSL JSON."""
        seen = [self.seen.year, self.seen.month, self.seen.day]
        item = {
            "id": self.iri,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": _AUTHOR}],
            "container-title": self.whole,
            "version": self.version,
            "URL": self.iri,
            "accessed": {"date-parts": [seen]},
        }
        return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def cited(citation: Citation, form: str) -> Response:
    """Answer with *citation* in a *form*; 400 where there is no such form."""
    if form not in FORMS:
        abort(400, f"cite is {form!r}; expected {one_of(list(FORMS))}")
    media, suffix = FORMS[form]
    response = Response(getattr(citation, form), content_type=f"{media}; charset=utf-8")
    name = citation.iri.removeprefix(_ALL).removeprefix("id/").replace("/", "-")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{suffix}")
    return response


def _escaped(text: str) -> str:
    """Write *text* for BibTeX, in which some characters mean something."""
    for character in "\\{}":
        text = text.replace(character, "")
    for character in "&%$#_":
        text = text.replace(character, f"\\{character}")
    return text.replace("~", "\\textasciitilde{}").replace("^", "\\textasciicircum{}")

"""How a page is cited: as text, BibTeX, RIS and CSL JSON."""

import json
import re
from dataclasses import dataclass
from datetime import date

_ALL = "https://w3id.org/aidtrace/"
_AUTHOR, _HOLDER = "aidtrace", "aidtrace: a knowledge graph of military aid, agreements and alliance formation"

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

    *of* says what the version is one of: a revision of the data, or a version of the ontology.
    """

    title: str
    iri: str
    version: str
    seen: date
    of: str = "revision"

    @property
    def text(self) -> str:
        """As a sentence."""
        return f"{_AUTHOR}. “{self.title}”. {_HOLDER}, {self.of} {self.version}. {self.iri} (seen {self.seen})."

    @property
    def bibtex(self) -> str:
        """As BibTeX."""
        key = re.sub("[^A-Za-z0-9:.-]+", "-", self.iri.removeprefix(_ALL).removeprefix("id/") or _AUTHOR)
        fields = {
            "author": f"{{{_AUTHOR}}}",
            "title": _escaped(self.title),
            "howpublished": _HOLDER,
            "version": self.version,
            "url": self.iri,
            "urldate": str(self.seen),
        }
        return f"@misc{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"

    @property
    def ris(self) -> str:
        """As RIS."""
        lines = ["TY  - DATA", f"AU  - {_AUTHOR}", f"TI  - {self.title}", f"T2  - {_HOLDER}", f"ET  - {self.version}"]
        lines += [f"UR  - {self.iri}", f"Y2  - {self.seen:%Y/%m/%d}", "ER  - "]
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
            "container-title": _HOLDER,
            "version": self.version,
            "URL": self.iri,
            "accessed": {"date-parts": [seen]},
        }
        return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def _escaped(text: str) -> str:
    """Write *text* for BibTeX, in which some characters mean something."""
    for character in "\\{}":
        text = text.replace(character, "")
    for character in "&%$#_":
        text = text.replace(character, f"\\{character}")
    return text.replace("~", "\\textasciitilde{}").replace("^", "\\textasciicircum{}")

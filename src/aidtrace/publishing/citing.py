"""Who made a release and how it is cited: its CITATION.cff, and what Zenodo asks."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from aidtrace import metadata
from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.licences import OURS, is_open
from aidtrace.metadata import Article
from aidtrace.namespaces import FOAF, WELL_KNOWN
from aidtrace.project import Project

_OURS = "CC-BY-4.0"
_REPLACED = re.compile(r"^(version|date-released|license|license-url):.*\n(?:(?: |- ).*\n)*", re.MULTILINE)
"""What a release says anew: a line, and those below it that belong to it."""

HOME = "https://w3id.org/aidtrace/"


@dataclass(frozen=True)
class About:
    """What release this is: what tells of the data set, and its CITATION.cff."""

    title: str
    author: str
    work: Article
    cff: str
    version: str
    revision: str
    released: str

    @classmethod
    def read(cls, project: Project, version: str, revision: str, epoch: str | None) -> "About":
        """Read it; the release is of the day *epoch*, in seconds, or else of the day that CITATION.cff says."""
        path = project.root / "CITATION.cff"
        text = read_text(path, "the citation of the data")
        day = _day(epoch) if epoch else _said(text, "date-released")
        if not day:
            raise InputError(f"{path}: has no date-released; expected one, or SOURCE_DATE_EPOCH in the environment")
        told = metadata.About.read(project)
        author = told.text(WELL_KNOWN("void#aidtrace"), FOAF("name"))
        return cls(told.title, author, told.article, text, version, revision, day)

    def citation(self, licence: str) -> str:
        """Return CITATION.cff of this release, with its version and day, and the *licence* of the whole, if it has one.

        Several would mean that one may choose among them.
        """
        terms = f"license: {_OURS}\n" if licence == OURS else f'license-url: "{licence}"\n' if licence else ""
        rest = _REPLACED.sub("", f"{self.cff.rstrip()}\n")
        return f'{rest}version: "{self.version}"\ndate-released: {self.released}\n{terms}'

    def zenodo(self, description: str, keywords: list[str], notes: str, terms: Collection[str]) -> str:
        """Write what Zenodo asks of a data set under *terms*: several it has no name for but whether they are open."""
        other = "other-open" if all(map(is_open, terms)) else "other-closed"
        told = {
            "title": self.title,
            "upload_type": "dataset",
            "description": description,
            "creators": [{"name": self.author}],
            "publication_date": self.released,
            "access_right": "open",
            "license": _OURS if set(terms) == {OURS} else other,
            "version": self.version,
            "language": "eng",
            "keywords": keywords,
            "notes": notes,
            "related_identifiers": [
                {
                    "identifier": self.work.doi,
                    "scheme": "doi",
                    "relation": "isDerivedFrom",
                    "resource_type": "publication-article",
                },
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _said(text: str, key: str) -> str:
    """Return what the first line ``key: value`` of *text* says, without quotes; nothing where there is none."""
    found = re.search(rf'^ *{key}: *"?(.*?)"? *$', text, re.MULTILINE)
    return found[1] if found else ""


def _day(epoch: str) -> str:
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"SOURCE_DATE_EPOCH: {epoch!r} is no time; expected seconds since 1970") from error

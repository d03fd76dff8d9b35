"""Dates in words: what an EDTF text says, as a person would say it."""

import re
from collections.abc import Callable

_SIMPLE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([~?%]?)")
_DECADE = re.compile(r"([0-9]{3})X([~?%]?)")


class Telling:
    """Tells dates in the words that *say* translates."""

    def __init__(self, say: Callable[[str], str]) -> None:
        _ = self._say = say
        months = (
            *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
            *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
        )
        seasons = (_("spring"), _("summer"), _("autumn"), _("winter"))
        parts = (
            *(_("the first quarter of"), _("the second quarter of")),
            *(_("the third quarter of"), _("the last quarter of")),
            *(_("the first third of"), _("the second third of"), _("the last third of")),
            *(_("the first half of"), _("the second half of")),
        )
        self._within = dict(enumerate(months, 1)) | dict(enumerate(seasons, 21)) | dict(enumerate(seasons, 25))
        self._within |= dict(enumerate(parts, 33))
        self._sure = {"": "%s", "~": _("about %s"), "?": _("perhaps %s"), "%": _("perhaps about %s")}

    def told(self, edtf: str) -> str:
        """Return the words for *edtf*, or itself where it is too rare to have any."""
        text = edtf.strip()
        if text.startswith("[") and text.endswith("]"):
            return self._one_of(text[1:-1])
        if "/" in text:
            return self._lasting(*text.split("/", 1))
        return self._simple(text)

    def _one_of(self, text: str) -> str:
        _ = self._say
        start, dots, end = text.partition("..")
        if "," in text or not dots:
            return _(" or ").join(self._simple(one.strip()) for one in text.split(","))
        if start and end:
            return _("between %(start)s and %(end)s") % {"start": self._simple(start), "end": self._simple(end)}
        return _("%s or later") % self._simple(start) if start else _("%s or earlier") % self._simple(end)

    def _lasting(self, start: str, end: str) -> str:
        _ = self._say
        if end == "..":
            return _("from %s on") % self.told(start)
        if start == "..":
            return _("until %s") % self.told(end)
        return _("from %(start)s to %(end)s") % {"start": self.told(start), "end": self.told(end)}

    def _simple(self, text: str) -> str:
        _ = self._say
        decade, found = _DECADE.fullmatch(text), _SIMPLE.fullmatch(text)
        if decade:
            return self._sure[decade[2]] % (_("%s0s") % decade[1])
        month = int(found[2]) if found and found[2] else 0
        if not found or (month and month not in self._within):
            return text
        within = [str(int(found[3]))] if found[3] else []
        return self._sure[found[4]] % " ".join([*within, *([self._within[month]] if month else []), found[1]])

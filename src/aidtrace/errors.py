"""What can go wrong, as one small tree.

AidtraceError            anything that a person can mend; its text says where, what, and what was expected
├── InputError           a file or text that cannot be read or parsed
├── UnknownNameError     a name (of a query, a graph, a shape) that nothing here has
└── MachineError         the machine lacks something: a port, a folder, Java
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches  # at once, since a confined worker can open no module later

_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
_SHORT = 10
"""A choice of so many is listed whole."""


class AidtraceError(Exception):
    """Something a person can mend: the text is one line that says where, what, and what was expected."""


class InputError(AidtraceError):
    """A file or a text cannot be read, or does not parse."""


class UnknownNameError(AidtraceError):
    """A name was given that nothing here has; the text lists the nearest ones."""


class MachineError(AidtraceError):
    """The machine lacks something that the command needs: a free port, a writable folder, Java."""


def first_complaint(message: str) -> str:
    """Cut a library's message to its first line, without the place, which the error gives before it.

    >>> first_complaint("Parser error at line 1 column 17: . is not a valid RDF object")
    '. is not a valid RDF object'
    """
    line = message.splitlines()[0] if message else "does not parse"
    return _PLACE.sub("", line).partition(", expected one of")[0][:200]


def one_of(known: Sequence[str], near: str = "") -> str:
    """Write the choice of *known*: all of a short one, else those that are close to *near*.

    >>> one_of(["certain", "possible", "undatable"])
    'certain, possible or undatable'
    """
    if len(known) > _SHORT:
        return f"one of {len(known)}, such as {', '.join(closest(near, known) or known[:3])}"
    *all_but_last, last = known or ["nothing, for there is none"]
    return f"{', '.join(all_but_last)} or {last}" if all_but_last else last


def closest(name: str, known: Iterable[str], cutoff: float = 0.4) -> list[str]:
    """Return up to three of *known* that are close to *name*, in whatever case, the closest first."""
    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in get_close_matches(name.casefold(), folded, n=3, cutoff=cutoff)]


def unknown_name(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Build the error for *name*, which is none of *known*."""
    return UnknownNameError(f"no {what} is called {name!r}; expected {one_of(sorted(known), name)}")

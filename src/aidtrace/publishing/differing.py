"""The difference of two data sets as text, as JSON, as an RDF patch and as an Atom feed.

Sources: RDF Patch (Apache Jena, https://jena.apache.org/documentation/rdf-patch/) and Atom (RFC 4287).
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from pyoxigraph import Literal, NamedNode

from aidtrace.namespaces import short
from aidtrace.publishing.canonical import digest, nquads
from aidtrace.publishing.changes import Changed, Difference, Term
from aidtrace.publishing.citing import HOME
from aidtrace.publishing.wording import Words

_ATOM = "http://www.w3.org/2005/Atom"
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write."""


def as_text(difference: Difference, words: Words) -> str:
    """Tell each change in a line, with the name of the thing behind it, and how much changed before all."""
    found = _in_order(difference, words)
    kinds = Counter(one.what for one in found)
    lines = [
        f"From {difference.before.name} to {difference.after.name}: {kinds['new']} new, {kinds['gone']} gone, "
        f"{kinds['changed']} changed; triples: {len(difference.added)} came, {len(difference.removed)} went."
    ]
    for one in found:
        behind = f" [{short(one.thing.value)}]" if isinstance(one.thing, NamedNode) else ""
        lines += [f"{sentence}{behind}" for sentence in words.told(one)]
    return "\n".join(lines) + "\n"


def as_json(difference: Difference, words: Words) -> str:
    """Write each thing with its changes, the values as terms and in words."""
    told = {
        "from": difference.before.name,
        "to": difference.after.name,
        "added": len(difference.added),
        "removed": len(difference.removed),
        "things": [_thing(one, words) for one in _in_order(difference, words)],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_patch(difference: Difference) -> str:
    """Write the quads that went and those that came as one transaction."""
    lines = [f"H id <{_address(_sides(difference))}> .", "TX ."]
    for letter, quads in (("D", difference.removed), ("A", difference.added)):
        rows = nquads(quads).decode().split("\n")[:-1]  # a literal may hold what else splitlines takes for an end
        lines += [f"{letter} {row}" for row in rows]
    return "\n".join([*lines, "TC ."]) + "\n"


def as_atom(difference: Difference, words: Words, author: str, day: str) -> str:
    """Write an entry for each thing; all are of the *day* of the release, since nothing else says when."""
    ElementTree.register_namespace("", _ATOM)
    feed, updated = ElementTree.Element(f"{{{_ATOM}}}feed"), f"{day}T00:00:00Z"
    sides = _sides(difference)
    _add(feed, "id", _address(sides))
    _add(feed, "title", f"aidtrace: from {difference.before.name} to {difference.after.name}")
    _add(feed, "updated", updated)
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="related", href=HOME)
    for one in _in_order(difference, words):
        entry = _add(feed, "entry")
        _add(entry, "id", _address(sides, str(one.thing)))
        _add(entry, "title", words.name(one.thing))
        _add(entry, "updated", updated)
        _add(entry, "category", term=one.what)
        if isinstance(one.thing, NamedNode):
            _add(entry, "link", rel="alternate", href=one.thing.value)
        _add(entry, "content", "\n".join(words.told(one)), type="text")
    ElementTree.indent(feed)
    text: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return f"{text.decode()}\n"


def _in_order(difference: Difference, words: Words) -> list[Changed]:
    """Return the things by what they are, then by what they are called."""
    return sorted(difference.things, key=lambda one: (words.name(one.thing), str(one.thing)))


def _sides(difference: Difference) -> list[str]:
    return [digest(side.quads) for side in (difference.before, difference.after)]


def _address(sides: Sequence[str], thing: str = "") -> str:
    """Return an address that is the same for the same change, by the digests of the *sides*, of the same thing."""
    return uuid5(NAMESPACE_URL, " ".join([HOME, *sides, thing])).urn


def _thing(changed: Changed, words: Words) -> dict[str, Any]:
    name = words.name(changed.thing)
    return {
        "thing": changed.thing.value,
        "name": name,
        "what": changed.what,
        "changes": [
            {
                "property": one.property.value,
                "label": words.label(one.property),
                "before": [_term(term, words) for term in one.before],
                "after": [_term(term, words) for term in one.after],
                "computed": one.computed,
                "sentence": words.sentence(name, one),
            }
            for one in changed.changes
        ],
    }


def _term(term: Term, words: Words) -> dict[str, str]:
    if isinstance(term, Literal):
        told = {"type": "literal", "value": term.value, "datatype": term.datatype.value}
        return told | ({"language": term.language} if term.language else {})
    return {"type": "iri", "value": term.value} | ({"label": words.labels[term]} if term in words.labels else {})


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = _UNFIT.sub("\ufffd", text) or None
    return made

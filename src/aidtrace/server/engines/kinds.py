"""The engines that are known by name, and what each does in its own way; any other is taken to do as the standard says.

Each entry was found out on the engine itself (``tests/test_remote.py``).
"""

from dataclasses import dataclass

_PROCEDURES = ("bif:", "sql:", "java:")
"""What Virtuoso and Jena run; refused before all engines, since a proxy may hide what stands behind it."""


@dataclass(frozen=True)
class Kind:
    """One engine: what its ``Server`` header says, and how it differs.

    *merges* says that a triple in two graphs of FROM is seen once. *timeout* is the parameter that ends a query there,
    in units of 1/*per_second* s. *describe* begins a DESCRIBE, so that it tells what a thing says and no more. *apart*
    begin the names of graphs that are the engine's own. *truth* is the column in which an ASK answers, 1 or 0.
    *rewritten* are bytes of its JSON that the standard has otherwise. *copied* says that our own questions are answered
    on a copy of the graphs, since it would answer some of them wrongly, and *wrong* says why. *none* is a graph that
    nobody has, where a query that names none for GRAPH would see all of them. *calls* begin the IRIs of the functions
    that may be called; nothing where any may be. *never* begin IRIs, in small letters, that no text may hold, for the
    engine would run what they name, with all rights of whom we ask as. *labels* says that a blank node has the same
    label in each answer, and no other node has it. *unsaid* are types of literals that it takes in no update. *singly*
    says that it takes operations rightly one in a request: the graphs that one names with WITH or USING are those of
    the next too.
    """

    name: str
    says: str = ""
    merges: bool = False
    timeout: str = ""
    per_second: int = 1
    describe: str = ""
    apart: tuple[str, ...] = ()
    truth: str = ""
    rewritten: tuple[bytes, bytes] = (b"", b"")
    copied: bool = False
    wrong: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    never: tuple[str, ...] = _PROCEDURES
    labels: bool = False
    unsaid: tuple[str, ...] = ()
    singly: bool = False


OTHER = Kind("an engine that is not known by name")
KINDS = (
    Kind("Oxigraph", "oxigraph", labels=True),
    Kind(
        "Apache Jena Fuseki",
        "fuseki",
        merges=True,
        timeout="timeout",
        labels=True,
        apart=("urn:x-arq:",),
        never=(*_PROCEDURES, "http://www.w3.org/2005/xpath-functions#apply"),  # it calls what has just been made up
    ),
    Kind(
        "Virtuoso",
        "virtuoso",
        timeout="timeout",
        per_second=1000,
        describe='DEFINE sql:describe-mode "CBD" ',
        apart=(
            "http://www.openlinksw.com/",
            "http://www.w3.org/ns/ldp#",
            "http://www.w3.org/2002/07/owl#",
            "http://localhost:",
            "http://localuriqaserver/",
        ),
        truth="__ASK_RETVAL",
        copied=True,
        wrong=(
            "durations: it keeps numbers of months or seconds, and a query of one's own sees these",
            "booleans and integers: it gives 1 and 0 for true and false, and another number for one past 64 bits",
            "geometries: it keeps numbers of single precision, under a type of its own",
            "STR of a text that stands in the query: it gives ? for each sign past ASCII",
            "FILTER NOT EXISTS, BIND and the order within GROUP_CONCAT: it may answer a query of one's own otherwise "
            "than the standard has it",
        ),
        none=("urn:aidtrace:none",),
        calls=("http://www.w3.org/2001/XMLSchema#",),
        labels=True,
        unsaid=("http://www.w3.org/2001/XMLSchema#duration",),
        singly=True,
        rewritten=(b'"type": "bnode", "value": "nodeID://', b'"type": "bnode", "value": "'),
    ),
)


def kind(name: str) -> Kind:
    """Return the engine called *name*."""
    return next((one for one in KINDS if one.name == name), OTHER)


def recognised(header: str) -> Kind:
    """Return the engine whose ``Server`` header is *header*."""
    return next((one for one in KINDS if one.says in header.lower()), OTHER)

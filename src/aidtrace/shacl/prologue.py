"""The prefixes that a shapes graph declares for a query: section 5.2.1."""

from pyoxigraph import Literal

from aidtrace.errors import InputError
from aidtrace.namespaces import OWL, RDF, RDFS, SH
from aidtrace.shacl.graph import Graph
from aidtrace.shacl.terms import Node, Term, name

_ALWAYS = {"owl": OWL.iri, "rdf": RDF.iri, "rdfs": RDFS.iri}
"""What pySHACL declares for every query, so that shapes written for it run here."""


def read_prefixes(graph: Graph, node: Node) -> tuple[tuple[str, str], ...]:
    """Return the prefixes for the query of the constraint *node*, sorted."""
    found = dict(_ALWAYS)
    for source in _sources(graph, node):
        for declaration in graph.objects(source, SH("declare")):
            prefix, start = (_only(graph, declaration, each) for each in ("prefix", "namespace"))
            if found.get(prefix, start) != start and prefix not in _ALWAYS:
                raise InputError(f"shapes: the prefix {prefix}: is declared twice; expected one namespace for it")
            found[prefix] = start
    return tuple(sorted(found.items()))


def write_prefixes(prefixes: tuple[tuple[str, str], ...]) -> str:
    """Write *prefixes* as the prologue of a query, on one line."""
    return "".join(f"PREFIX {prefix}: <{start}> " for prefix, start in prefixes)


def _sources(graph: Graph, node: Node) -> list[Node]:
    """Follow ``sh:prefixes/owl:imports*``."""
    found = [one for one in graph.objects(node, SH("prefixes")) if not isinstance(one, Literal)]
    for source in found:
        imported = graph.objects(source, OWL("imports"))
        found += [one for one in imported if not isinstance(one, Literal) and one not in found]
    return found


def _only(graph: Graph, declaration: Term, what: str) -> str:
    values = [] if isinstance(declaration, Literal) else graph.objects(declaration, SH(what))
    if len(values) != 1 or not isinstance(values[0], Literal):
        raise InputError(f"shapes: sh:declare {name(declaration)} has {len(values)} sh:{what}; expected one text")
    return values[0].value

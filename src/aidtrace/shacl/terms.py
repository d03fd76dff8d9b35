"""RDF terms as this package passes them around, and the words of SHACL."""

from pyoxigraph import BlankNode, Literal, NamedNode

from aidtrace.namespaces import RDF, SH, XSD

Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal

TYPE = RDF("type")
FIRST, REST, NIL = RDF("first"), RDF("rest"), RDF("nil")
LANG_STRING = RDF("langString")
STRING, BOOLEAN = XSD("string"), XSD("boolean")
TRUE = Literal("true", datatype=BOOLEAN)


def name(term: Term) -> str:
    """Write *term* for a message: our own and SHACL's words short, everything else as N-Triples do."""
    if isinstance(term, NamedNode) and term.value.startswith(SH.iri):
        return "sh:" + term.value.removeprefix(SH.iri)
    return term.value if isinstance(term, NamedNode) else str(term)

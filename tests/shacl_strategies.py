"""Random graphs and random shapes over one small vocabulary, for tests that compare two ways to one report.

They leave out where pySHACL is known to leave the specification: three-part language tags, ``sh:minLength 0`` on a
blank node, the order of terms of unlike types, and lexical forms that it reads more leniently than XML Schema.
"""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
PREFIXES = (
    "@prefix ex: <http://example.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "ex: a <http://www.w3.org/2002/07/owl#Ontology> ; "
    'sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .\n'
)

Term = NamedNode | BlankNode | Literal


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


NODES = [ex(name) for name in "abcd"]
BLANKS = [BlankNode("x"), BlankNode("y")]
CLASSES = [ex(name) for name in ("C", "D", "E")]
PROPERTIES = [ex(name) for name in ("p", "q")]
NUMBERS = [
    *(Literal(text, datatype=NamedNode(XSD + "integer")) for text in ("1", "2", "007", "7", "+3")),
    *(Literal(text, datatype=NamedNode(XSD + "decimal")) for text in ("1.5", "1.50", "2.0")),
    Literal("5", datatype=NamedNode(XSD + "int")),
    Literal("5", datatype=NamedNode(XSD + "nonNegativeInteger")),
]
TEXTS = [Literal("a"), Literal("abc"), Literal("abc", language="en"), Literal("b", language="en")]
OTHERS = [
    Literal("ab", language="de"), Literal("ab", language="en-gb"),
    Literal("nine", datatype=NamedNode(XSD + "integer")),
    Literal("2020-02-30", datatype=NamedNode(XSD + "date")), Literal("2020-02-03", datatype=NamedNode(XSD + "date")),
]  # fmt: skip
LITERALS = [*NUMBERS, *TEXTS, *OTHERS]


def triples(*, blanks: bool = True) -> SearchStrategy[Triple]:
    subjects = st.sampled_from([*NODES, *(BLANKS if blanks else [])])
    objects = st.sampled_from([*NODES, *(BLANKS if blanks else []), *LITERALS])
    return st.one_of(
        st.builds(Triple, subjects, st.sampled_from(PROPERTIES), objects),
        st.builds(Triple, subjects, st.sampled_from(PROPERTIES), st.sampled_from(NODES)),
        st.builds(Triple, subjects, st.just(ex("n")), st.sampled_from(NUMBERS)),
        st.builds(Triple, subjects, st.just(ex("m")), st.sampled_from(NUMBERS)),
        st.builds(Triple, subjects, st.just(ex("l")), st.sampled_from(TEXTS)),
        st.builds(Triple, subjects, st.just(TYPE), st.sampled_from(CLASSES)),
        st.builds(Triple, st.sampled_from(CLASSES), st.just(SUBCLASS), st.sampled_from(CLASSES)),
    )


def graphs() -> SearchStrategy[list[Triple]]:
    return st.lists(triples(), min_size=1, max_size=30, unique=True)


def names(*chosen: str) -> SearchStrategy[str]:
    return st.sampled_from(chosen)


def paths() -> SearchStrategy[str]:
    """Return a path in Turtle."""
    simple = names("ex:p", "ex:q", "ex:l", "ex:n", "ex:p", "rdf:type")
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            inner.map("[ sh:inversePath {} ]".format),
            st.tuples(inner, inner).map(lambda two: "( {} {} )".format(*two)),
            st.tuples(inner, inner).map(lambda two: "[ sh:alternativePath ( {} {} ) ]".format(*two)),
            inner.map("[ sh:zeroOrMorePath {} ]".format),
            inner.map("[ sh:oneOrMorePath {} ]".format),
            inner.map("[ sh:zeroOrOnePath {} ]".format),
        ),
        max_leaves=3,
    )


def terms() -> SearchStrategy[str]:
    return st.sampled_from([*NODES, *LITERALS]).map(str)


def value_constraints() -> SearchStrategy[str]:
    """Return a constraint on value nodes that stands at either kind of shape."""
    integer = st.integers(min_value=1, max_value=3)
    return st.one_of(
        names("ex:C", "ex:D", "ex:E").map("sh:class {}".format),
        names("xsd:integer", "xsd:string", "rdf:langString", "xsd:date", "xsd:int", "xsd:decimal").map(
            "sh:datatype {}".format
        ),
        names("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral").map(
            "sh:nodeKind sh:{}".format
        ),
        st.tuples(names("minLength", "maxLength"), integer).map(lambda two: "sh:{} {}".format(*two)),
        names("^a", "[0-9]", "^.$", "example").map('sh:pattern "{}"'.format),
        names("^A", "B").map('sh:pattern "{}" ; sh:flags "i"'.format),
        names('( "en" )', '( "de" "en" )', '( "en-gb" )').map("sh:languageIn {}".format),
        st.lists(terms(), min_size=1, max_size=4).map(lambda some: f"sh:in ( {' '.join(some)} )"),
        terms().map("sh:hasValue {}".format),
        names("ex:p", "ex:q").map("sh:equals {}".format),
        names("ex:p", "ex:q").map("sh:disjoint {}".format),
    )


def property_constraints() -> SearchStrategy[str]:
    """Return a constraint that stands at property shapes only."""
    count = st.integers(min_value=0, max_value=3)
    return st.one_of(
        st.tuples(names("minCount", "maxCount"), count).map(lambda two: "sh:{} {}".format(*two)),
        st.just("sh:uniqueLang true"),
    )


def ranges() -> SearchStrategy[str]:
    """Return a constraint on numbers."""
    kinds = names("minInclusive", "minExclusive", "maxInclusive", "maxExclusive")
    return st.tuples(kinds, st.integers(min_value=1, max_value=3)).map(lambda two: "sh:{} {}".format(*two))


@composite
def shapes(draw: DrawFn, depth: int = 2, *, path: bool | None = None) -> str:
    """Return the inside of a shape in Turtle."""
    with_path = draw(st.booleans()) if path is None else path
    said = [f"sh:path {draw(st.one_of(st.just('ex:n'), paths(), paths()))}"] if with_path else []
    kinds = [value_constraints(), *([property_constraints()] * 2 if with_path else [])]
    if said == ["sh:path ex:n"]:
        kinds = [ranges(), *kinds]
    said += draw(st.lists(st.one_of(*kinds), min_size=1, max_size=2))
    if depth and draw(st.booleans()):
        said += draw(st.lists(_referring(depth, with_path=with_path), min_size=1, max_size=2))
    if draw(st.integers(0, 19)) == 13:
        said.append("sh:deactivated true")
    return " ; ".join(_once(said))


@composite
def _referring(draw: DrawFn, depth: int, *, with_path: bool) -> str:
    kinds = ["not", "and", "or", "xone", "node", "property", "property", *(["qualified"] if with_path else [])]
    kind = draw(st.sampled_from(kinds))
    if kind in ("and", "or", "xone"):
        members = draw(st.lists(shapes(depth - 1), min_size=1, max_size=3))
        return f"sh:{kind} ( {' '.join(f'[ {member} ]' for member in members)} )"
    if kind == "qualified":
        count = draw(st.sampled_from(["sh:qualifiedMinCount 1", "sh:qualifiedMinCount 2", "sh:qualifiedMaxCount 1"]))
        return f"sh:qualifiedValueShape [ {draw(shapes(depth - 1))} ] ; {count}"
    inner = draw(shapes(depth - 1, path={"node": False, "property": True}.get(kind)))
    return f"sh:{kind} [ {inner} ]"


def _once(said: list[str]) -> list[str]:
    """Keep one value of each parameter that may have one only."""
    return list({one.split(" ", 1)[0]: one for one in said}.values())


SELECTS = [
    "SELECT $this ?value WHERE { $this ex:p ?value . FILTER (isLiteral(?value)) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this ex:p ?any } }",
    "SELECT $this ?value WHERE { $this ex:p ?value . FILTER NOT EXISTS { ?value a ex:C } }",
    "SELECT $this ?path ?value WHERE { $this ?path ?value . ?value ex:p $this . }",
    "SELECT $this ?value WHERE { $this ex:n ?value ; ex:m ?other . FILTER (?value > ?other) }",
    "SELECT $this ?value WHERE { $this ex:n ?value . FILTER (DATATYPE(?value) != xsd:integer) }",
    "SELECT $this ?value WHERE { $this ex:n ?value . FILTER (STRLEN(STR(?value)) > 1) }",
    "SELECT $this WHERE { $this ex:n ?one, ?two . FILTER (?one = ?two && !sameTerm(?one, ?two)) }",
    "SELECT $this (?one AS ?value) WHERE { { $this ex:q ?one } UNION { BIND ($this AS ?one) } }",
    "SELECT $this WHERE { $this ex:p+ $this . }",
    "SELECT $this ?value WHERE { $this a/rdfs:subClassOf* ?value . FILTER (?value = ex:D) }",
    "SELECT $this WHERE { $this ex:p ?v . } GROUP BY $this HAVING (COUNT(?v) > 1)",
    "SELECT DISTINCT $this ?value WHERE { OPTIONAL { $this ex:q ?value . FILTER (?value != $this) } }",
    "SELECT $this ?value WHERE { { ?value ex:p ?any . FILTER NOT EXISTS { $this ex:q ?any } } }",
    "SELECT $this ?value WHERE { $this ex:p ?value . OPTIONAL { ?one ex:q ?value . FILTER EXISTS { $this ex:p ?one } } "
    "FILTER (!BOUND(?one)) }",
    "SELECT $this ?value WHERE { $this ex:p ?value . ?value ex:p* $this . }",
    "SELECT $this ?value WHERE { { SELECT DISTINCT ?value WHERE { ?one ex:q ?value . } } FILTER (isIRI(?value)) }",
]
TARGETS = [
    "sh:targetClass ex:C", "sh:targetClass ex:D", "sh:targetNode ex:a, ex:zz", "sh:targetNode 7",
    "sh:targetSubjectsOf ex:p", "sh:targetObjectsOf ex:p", "sh:targetObjectsOf ex:n",
]  # fmt: skip


SAID = ["sh:severity sh:Warning", 'sh:message "No."@en', 'sh:message "Nein."@de, "Non."@fr']
PIECES = [
    "ex:Languages a sh:PropertyShape ; sh:targetSubjectsOf ex:l ; sh:path ex:l ; sh:uniqueLang true .",
    "ex:Hands a sh:NodeShape ; sh:targetSubjectsOf ex:p ; "
    "sh:property [ sh:path ex:p ; sh:qualifiedValueShape [ sh:class ex:C ] ; sh:qualifiedMinCount 1 ; "
    "sh:qualifiedMaxCount 1 ; sh:qualifiedValueShapesDisjoint true ] ; "
    "sh:property [ sh:path ex:p ; sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMaxCount 0 ; "
    "sh:qualifiedValueShapesDisjoint true ] .",
    "ex:Nested a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:property "
    "[ sh:path ex:q ; sh:minCount 1 ; sh:property [ sh:path ex:n ; sh:maxCount 1 ] ] ] .",
    "ex:D a rdfs:Class, sh:NodeShape ; sh:property [ sh:path ex:q ; sh:maxCount 0 ] .",
    "ex:Shared a sh:PropertyShape ; sh:path ex:p ; sh:nodeKind sh:IRI ; sh:severity sh:Info . "
    "ex:One a sh:NodeShape ; sh:targetObjectsOf ex:q ; sh:property ex:Shared ; sh:node ex:Two . "
    "ex:Two a sh:NodeShape ; sh:targetClass ex:E ; sh:property ex:Shared .",
    "ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ] ; "
    'sh:nodeValidator [ sh:prefixes ex: ; sh:select "SELECT $this WHERE { $this ex:n ?n . '
    'FILTER (?n < $least) }" ] . ex:Least a sh:NodeShape ; sh:targetSubjectsOf ex:n ; ex:least 2 .',
    "ex:Asked a sh:ConstraintComponent ; sh:parameter [ sh:path ex:kind ] ; "
    'sh:validator [ sh:prefixes ex: ; sh:ask "ASK { $value a $kind }" ] . '
    "ex:Kind a sh:NodeShape ; sh:targetObjectsOf ex:p ; ex:kind ex:C .",
]
"""Shapes by hand, for what random ones seldom say."""


@composite
def shapes_graphs(draw: DrawFn, *, asked: bool = True) -> str:
    """Return a shapes graph in Turtle: shapes with targets, some with a query, one that is closed."""
    blocks = []
    for number in range(draw(st.integers(1, 2))):
        said = [draw(shapes())]
        said += draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=2, unique=True))
        said += draw(st.lists(st.sampled_from(SAID), max_size=2, unique=True))
        node = "sh:path" not in said[0].split(" ", 1)[0]
        if node and draw(st.integers(0, 3)) == 2:
            said.append("sh:closed true ; sh:ignoredProperties ( rdf:type ex:n )")
        if asked and node and draw(st.integers(0, 2)) == 0:
            said.append(f'sh:sparql [ sh:prefixes ex: ; sh:select "{_declared(draw(st.sampled_from(SELECTS)))}" ]')
        if draw(st.integers(0, 5)) == 3:
            order = draw(names("lessThan", "lessThanOrEquals"))
            blocks.append(f"ex:Less{number} sh:targetSubjectsOf ex:n ; sh:path ex:n ; sh:{order} ex:m .")
        blocks.append(f"ex:Shape{number} a {'sh:NodeShape' if node else 'sh:PropertyShape'} ; {' ; '.join(said)} .")
    pieces = PIECES if asked else PIECES[:-2]
    blocks += draw(st.lists(st.sampled_from(pieces), max_size=2, unique=True))
    return PREFIXES + "\n".join(blocks)


def _declared(select: str) -> str:
    return select.replace("xsd:integer", f"<{XSD}integer>")


def read(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(turtle, RdfFormat.TURTLE)]


def patterns() -> SearchStrategy[str]:
    slot = names("$this", "?value", "?x", "ex:a")
    path = names("ex:p", "ex:q", "^ex:p", "ex:p/ex:q", "ex:p+", "?r")
    return st.tuples(slot, path, names("$this", "?value", "?x", "ex:b", "1")).map("{0[0]} {0[1]} {0[2]} .".format)


def conditions() -> SearchStrategy[str]:
    sides = names("$this", "?value", "?x"), names("=", "!="), names("$this", "?value", "ex:a", "1")
    return st.one_of(
        st.tuples(*sides).map(" ".join),
        names("isIRI($this)", "BOUND(?x)", "!BOUND(?value)", "isLiteral(?value)", "STR($this) < STR(?x)"),
    )


def bodies() -> SearchStrategy[str]:
    """Return the inside of a group of SPARQL, with groups of all kinds in it."""
    plain = st.one_of(patterns(), patterns(), conditions().map("FILTER ({})".format))
    return st.recursive(
        st.lists(plain, min_size=1, max_size=2).map(" ".join),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("{0[0]} {{ {0[1]} }}".format),
            st.tuples(inner, inner).map("{{ {0[0]} }} UNION {{ {0[1]} }}".format),
            st.tuples(inner, inner).map("{0[0]} OPTIONAL {{ {0[1]} }}".format),
            st.tuples(inner, inner).map("{0[0]} FILTER NOT EXISTS {{ {0[1]} }}".format),
            st.tuples(inner, inner).map("{0[0]} FILTER EXISTS {{ {0[1]} }}".format),
            inner.filter(lambda body: "BIND" not in body).map("{} BIND ($this AS ?copy) FILTER (?copy != ex:b)".format),
        ),
        max_leaves=4,
    ).filter(lambda body: body.count("BIND") < 2)

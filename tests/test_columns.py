"""The columns answer as the store does, or leave the query to it."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import SHARED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BaseDirection,
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
)

pytest.importorskip("duckdb", reason="the optional library DuckDB is not installed")

from aidtrace.columns import Columns, build
from aidtrace.errors import InputError

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = f"PREFIX : <{EX}> PREFIX xsd: <{XSD}> "


def opened(place: Path, quads: Iterable[Quad], *, large: int = 1) -> tuple[Store, Columns]:
    """Make a store of *quads* and its columns; by default every class and every predicate counts as large."""
    folder = place / "revisions" / "1-a"
    folder.parent.mkdir(parents=True)
    store = Store(str(folder))
    store.extend(quads)
    store.flush()
    del store
    columns = Columns(build(folder, union=False, large=large))
    return Store.read_only(str(folder)), columns


def table(content: bytes) -> tuple[list[str], Counter[str]]:
    """Return the variables of an answer and its rows, in no order."""
    found = json.loads(content)
    return found["head"]["vars"], Counter(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])


def of_store(store: Store, query: str, base: str | None = None) -> bytes:
    result = store.query(query, base_iri=base)
    assert isinstance(result, QuerySolutions)
    return result.serialize(format=QueryResultsFormat.JSON) or b""


def integer(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))


def iri(name: str) -> NamedNode:
    return NamedNode(EX + name)


def date(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(f"{XSD}date"))


Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]
A = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
EVENTS: list[tuple[str, str, int, int, str]] = [
    # event, country, year, deaths, name
    ("e1", "azerbaijan", 1992, 5, "Khojaly"),
    ("e2", "azerbaijan", 1992, 7, "Shusha"),
    ("e3", "armenia", 1992, 1, "İgdir"),
    ("e4", "azerbaijan", 2020, 100, 'a "quoted"\n name \\ é'),
    ("e5", "georgia", 2008, 0, "Gori"),
]


def small() -> list[Quad]:
    """Events of countries, of which one lies within another; agreements with dates."""
    triples: list[Statement] = []
    for event, country, year, deaths, name in EVENTS:
        triples += [
            (iri(event), A, iri("Event")),
            (iri(event), iri("country"), iri(country)),
            (iri(event), iri("year"), integer(year)),
            (iri(event), iri("deaths"), integer(deaths)),
            (iri(event), iri("name"), Literal(name)),
        ]
    triples += [
        (iri("azerbaijan"), iri("within"), iri("caucasus")),
        (iri("armenia"), iri("within"), iri("caucasus")),
        (iri("caucasus"), iri("within"), iri("eurasia")),
        (iri("azerbaijan"), iri("label"), Literal("Azerbaijan", language="en")),
        (iri("treaty"), iri("signed"), date("1992-01-24")),
        (iri("protocol"), iri("signed"), date("1994-02-09")),
        (iri("rate"), iri("value"), Literal("1.5", datatype=NamedNode(f"{XSD}decimal"))),
        (iri("rate"), iri("value"), Literal("2.25", datatype=NamedNode(f"{XSD}decimal"))),
    ]
    return [Quad(*triple, DefaultGraph()) for triple in triples] + [Quad(*triples[0], iri("graph"))]


WORKED = {
    "SELECT ?c (COUNT(?e) AS ?n) (SUM(?d) AS ?s) { ?e a :Event ; :country ?c ; :deaths ?d } GROUP BY ?c ORDER BY ?c": [
        "armenia 1 1",
        "azerbaijan 3 112",
        "georgia 1 0",
    ],
    "SELECT ?y (AVG(?d) AS ?a) (MAX(?d) AS ?m) { ?e :year ?y ; :deaths ?d } GROUP BY ?y HAVING(COUNT(*) > 1)": [
        "1992 4.333333333333333333 7"
    ],
    "SELECT ?n { ?e :name ?n FILTER(CONTAINS(LCASE(?n), 'i̇gd')) }": ["İgdir"],
    "SELECT ?n { ?e :name ?n ; :deaths ?d FILTER(?d >= 5 && ?d < 100 || ?n = 'Gori') } ORDER BY DESC(?n)": [
        "Shusha",
        "Khojaly",
        "Gori",
    ],
    "SELECT (COUNT(*) AS ?n) { ?e :country/:within+ :eurasia }": ["4"],
    "SELECT ?c (COUNT(*) AS ?n) { ?e :country/:within* ?c } GROUP BY ?c ORDER BY DESC(?n) ?c": [
        "caucasus 4",
        "eurasia 4",
        "azerbaijan 3",
        "armenia 1",
        "georgia 1",
    ],
    "SELECT ?c { ?e :country ?c FILTER NOT EXISTS { ?x :country ?c ; :deaths ?d FILTER(?d > 2) } }": [
        "armenia",
        "georgia",
    ],
    "SELECT ?c { ?e :country ?c MINUS { ?c :within ?w } }": ["georgia"],
    "SELECT ?e ?w { ?e :year 2008 ; :country ?c OPTIONAL { ?c :within ?w } }": ["e5 "],
    "SELECT ?a (COUNT(?e) AS ?n) { ?a :signed ?d . ?e :year ?y FILTER(YEAR(?d) <= ?y) } GROUP BY ?a": [
        "protocol 2",
        "treaty 5",
    ],
    "SELECT ?d { ?a :signed ?d FILTER(?d > '1993-01-01'^^xsd:date) }": ["1994-02-09"],
    "SELECT ?decade (COUNT(*) AS ?n) { ?e :year ?y BIND(SUBSTR(STR(?y), 1, 3) AS ?decade) } GROUP BY ?decade": [
        "199 3",
        "200 1",
        "202 1",
    ],
    "SELECT (SUM(?v) AS ?s) (AVG(?v) AS ?a) { :rate :value ?v }": ["3.75 1.875"],
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g": ["graph 1"],
    "SELECT (COUNT(DISTINCT ?c) AS ?n) { { ?x :country ?c } UNION { ?c :within ?y } }": ["4"],
    "SELECT (SUM(?n) AS ?all) { { SELECT ?c (COUNT(*) AS ?n) { ?e :country ?c } GROUP BY ?c } }": ["5"],
    "SELECT (COUNT(?e) AS ?n) { VALUES ?c { :armenia :georgia } ?e :country ?c }": ["2"],
    "SELECT (SUM(?d) AS ?s) (MIN(?d) AS ?m) (COUNT(*) AS ?n) { ?e :deaths ?d FILTER(?d > 1000) }": ["0  0"],
}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Columns]:
    return opened(tmp_path_factory.mktemp("events"), small())


@pytest.mark.parametrize("query", WORKED)
def test_a_query_has_the_answer_that_was_worked_out_by_hand(events: tuple[Store, Columns], query: str) -> None:
    answer = events[1].answer(PREFIXES + query, worth=0)
    assert answer is not None, "left to the store"
    found = json.loads(answer)
    rows = [
        " ".join(row.get(name, {"value": ""})["value"].removeprefix(EX) for name in found["head"]["vars"])
        for row in found["results"]["bindings"]
    ]
    assert rows == WORKED[query] if "ORDER BY" in query else sorted(rows) == sorted(WORKED[query])


def test_text_comes_back_as_it_was(events: tuple[Store, Columns]) -> None:
    answer = events[1].answer(f"{PREFIXES} SELECT DISTINCT ?n {{ ?e :name ?n }}", worth=0)
    assert answer is not None
    assert {row["n"]["value"] for row in json.loads(answer)["results"]["bindings"]} == {event[4] for event in EVENTS}


LEFT = [
    "SELECT ?s { ?s ?p ?o } LIMIT 1",  # any row would do
    "SELECT ?s { ?s ?p ?o } OFFSET 1",
    "SELECT (SUM(?o) AS ?s) { ?x ?p ?o }",  # of every kind
    "SELECT ?o { ?x ?p ?o } ORDER BY ?o",
    "SELECT (GROUP_CONCAT(?n) AS ?all) { ?e :name ?n }",
    "SELECT ?n { ?e :name ?n FILTER(REGEX(?n, '^K')) }",
    "SELECT ?e { ?e :year ?y OPTIONAL { ?e :x ?z } ?z :within ?w }",
    "ASK { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "SELECT (SUM(?big) AS ?s) { ?e :deaths ?d BIND(?d * 9000000000000000000 AS ?big) }",  # too large a number
]


@pytest.mark.parametrize("query", LEFT)
def test_what_is_not_certain_is_left_to_the_store(events: tuple[Store, Columns], query: str) -> None:
    assert events[1].answer(PREFIXES + query, worth=0) is None


def test_a_query_over_little_is_left_to_the_store(events: tuple[Store, Columns]) -> None:
    query = f"{PREFIXES} SELECT (COUNT(*) AS ?n) {{ ?e :country ?c }}"
    assert events[1].answer(query) is None
    assert events[1].answer(query, worth=5) is not None
    assert events[1].answer(query, worth=6) is None


LINKED = ":x :q 2 . :y :q :x . :z :q :x , :y . :x :link :y . :y :link :z . :z :link :x"
CORNERS = [
    (":a :p '1'", "SELECT ?x { ?x :p ?y FILTER('zzz' = 'yyy') }"),
    (":a :p '1'", "SELECT ?x { ?x :p ?y FILTER(:zzz NOT IN ('yyy')) }"),
    (
        ":x :p 1 . :y :p 3 ; :q :x . :z :q :y , :x",
        "SELECT * { ?x :p ?y OPTIONAL { ?z :q ?x FILTER EXISTS { ?z :q ?y } } }",
    ),
    (LINKED, "SELECT ?x { ?x :q ?y FILTER EXISTS { ?x :link ?z MINUS { ?z :link ?y } } }"),
    (LINKED, "SELECT ?x { ?x :q ?y FILTER EXISTS { SELECT ?x { ?x :link ?z } ORDER BY ?x LIMIT 1 } }"),
    (LINKED, "SELECT ?x { ?x :q ?y FILTER EXISTS { ?x :link ?z BIND(?z AS ?y) } }"),
    (":y :t '1.5'^^xsd:integer , 7", "SELECT (SUM(?y) AS ?n) { ?x :t ?y }"),
    (":y :t '0x10'^^xsd:integer , 7", "SELECT ?y { ?x :t ?y FILTER(?y > 1) }"),
    (":s :p 'abc\u0600' , 'abc\u06dd'@en", "SELECT DISTINCT ?o { ?s :p ?o }"),
    (":x :p 10000000000 , 10000000001 , 10000000003", "SELECT (AVG(?y) AS ?n) { ?x :p ?y }"),
    (":x :p 12345678901.123456789012345678 , 1.1", "SELECT (AVG(?y) AS ?n) { ?x :p ?y }"),
    (":x :p 9000000000000000000 , 9000000000000000001", "SELECT (AVG(?y) AS ?n) { ?x :p ?y }"),
    (":x :p 9223372036854775807 , 1 , -5", "SELECT (SUM(?y) AS ?n) { ?x :p ?y }"),
    (":x :p 0 ; :r 'a'@en , 'A'@de", "SELECT (LANG(?s) AS ?l) { ?x :p ?y BIND(?y + 4 AS ?s) }"),
    (":x :r 'a'@en , 'A'@de", "SELECT (COUNT(DISTINCT LCASE(?y)) AS ?n) { ?x :r ?y }"),
    (":x :n 1 , 1.0", "SELECT (COUNT(DISTINCT COALESCE(?y)) AS ?n) { ?x :n ?y }"),
    (
        ":a :d 1.5 . :b :d 1.5 . :c :e 3.0",
        "SELECT DISTINCT ?s { { SELECT (SUM(?y) AS ?s) { ?x :d ?y } } UNION { SELECT (SUM(?y) AS ?s) { ?x :e ?y } } }",
    ),
    (
        ":x a :C , :D ; :q 1 . :y a :C ; :q 2 . :z :q 1",
        "SELECT ?a (COUNT(*) AS ?n) { { SELECT ?c (AVG(?v) AS ?a) { ?x a ?c . ?z :q ?v } GROUP BY ?c } } GROUP BY ?a",
    ),
    (":x :s 'abc'", "SELECT (SUBSTR(?y, '2') AS ?n) { ?x :s ?y }"),
    ("GRAPH _:g { :x :p 1 } GRAPH :g { :x :p 1 }", "SELECT (STR(?g) AS ?n) { GRAPH ?g { ?x :p ?y } }"),
    ("<http://example.org/İ> :r 'v'", "SELECT (LCASE(STR(?x)) AS ?l) { ?x :r ?y }"),
    (":s :p '\ua7cb'", "SELECT (LCASE(?o) AS ?l) { ?s :p ?o }"),
    (":x a <http://example.org/C#f>", "SELECT ?x { ?x a <> }"),
    (":x a <http://example.org/C>", "SELECT ?x { ?x a <http://example.org/a/../C> }"),
    (":a :p :b ; :q :b", "SELECT ?x { ?x :p|:q|:p ?y }"),
    (":t a 5", "SELECT * { :s :p* ?b }"),
]
"""Data and queries in which the columns once had another answer than the store, or were near it."""


@pytest.mark.parametrize(("data", "query"), CORNERS)
def test_a_corner_is_as_in_the_store_or_left_to_it(tmp_path: Path, data: str, query: str) -> None:
    made = Store()
    content = PREFIXES.replace("PREFIX xsd", "\nPREFIX xsd") + data + ("" if data.endswith("}") else " .")
    made.load(content.encode(), RdfFormat.TRIG)
    store, columns = opened(tmp_path, made)
    answer = columns.answer(PREFIXES + query, worth=0)
    if answer is not None:
        assert table(answer) == table(of_store(store, PREFIXES + query, "http://example.org/C#f"))
    assert columns.refused == 0


KEPT = ["SELECT DISTINCT ?o { ?s :p ?o }", "SELECT (AVG(?y) AS ?n) { ?x :p ?y }", "SELECT ?x { ?x :p|:q|:p ?y }"]
KEPT += ["SELECT (LCASE(STR(?x)) AS ?l) { ?x :r ?y }", "SELECT ?y { ?x :p ?y FILTER(?y > 1) }"]
"""What was mended in the columns, and not by leaving it to the store."""


@pytest.mark.parametrize("query", KEPT)
def test_what_was_mended_is_still_answered(tmp_path: Path, query: str) -> None:
    quads = [(iri("x"), iri("p"), integer(1)), (iri("x"), iri("q"), integer(2)), (iri("İ"), iri("r"), Literal("v"))]
    _, columns = opened(tmp_path, [Quad(*quad, DefaultGraph()) for quad in quads])
    assert columns.answer(PREFIXES + query, worth=0) is not None


DEEP = {
    "groups": "{ " * 400 + "?e :year ?y" + " }" * 400,
    "filters": "?e :year ?y " + " ".join(f"FILTER(?y != {number})" for number in range(400)),
    "parts of a union": " UNION ".join(f"{{ ?e :year {number} }}" for number in range(400)),
    "steps": "?e " + "/".join([":within"] * 400) + " ?y",
    "constants": "?e :year ?y VALUES ?y { " + " ".join(map(str, range(20_000))) + " }",
    "brackets": "?e :year ?y FILTER(" + "!(" * 200 + "?y > 0" + ")" * 200 + ")",
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_deep_or_long_ends_soon(events: tuple[Store, Columns], kind: str) -> None:
    query = f"{PREFIXES} SELECT DISTINCT ?e {{ {DEEP[kind]} }}"
    answer = events[1].answer(query, worth=0)
    assert events[1].refused == 0
    assert answer is None or table(answer) == table(of_store(events[0], query))


def test_a_constant_is_never_sql(events: tuple[Store, Columns]) -> None:
    for constant in ("'x''y'", "'1; DROP TABLE terms'", "'0) OR (1=1'^^xsd:decimal", "'1) --'^^xsd:integer"):
        query = f"{PREFIXES} SELECT ?e {{ ?e :deaths ?d FILTER(STR(?d) = {constant} || ?d = {constant}) }}"
        answer = events[1].answer(query, worth=0)
        assert answer is None or table(answer) == table(of_store(events[0], query))


def test_terms_of_rdf_1_2_have_no_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1-a: holds triple terms or base directions; expected RDF 1\.1"):
        opened(
            tmp_path,
            [Quad(iri("a"), iri("b"), Literal("x", language="ar", direction=BaseDirection.RTL), DefaultGraph())],
        )
    assert [path.name for path in (tmp_path / "columns").iterdir()] == ["lock"]


SUBJECTS = [iri("s"), iri("t"), BlankNode("b")]
VERBS = [A, iri("p"), iri("q"), iri("r")]
OBJECTS = [
    iri("s"),
    iri("t"),
    BlankNode("b"),
    integer(1),
    integer(-2),
    integer(30),
    Literal("1.5", datatype=NamedNode(f"{XSD}decimal")),
    Literal("1"),
    Literal("Şuşa"),
    Literal("Şuşa", language="az"),
    date("1992-01-24"),
    date("2020-11-10"),
    date("2020-13-40"),
    Literal("1992-01", datatype=NamedNode(f"{XSD}gYearMonth")),
    Literal("199X", datatype=NamedNode("http://id.loc.gov/datatypes/edtf/EDTF")),
]
PATTERNS = ["?a :p ?b", "?b :q ?c", "?a a ?t", "?a a :s", "?a :p 1", "?a ?v ?c", "?a :p/:q ?c", "?a :p|:r ?b"]
PATTERNS += [
    "?a ^:p ?b",
    "?a :p+ ?b",
    "?a :p/:q* ?c",
    ":s :p* ?b",
    "?a (:p|:q)+ :t",
    "?a :q*/:p ?b",
    "[] :p ?b ; :q ?c",
]
CONDITIONS = ["?b > 1", "?b = ?c", "?b != :s", "?b IN (1, 30)", "STR(?b) > '1'", "YEAR(?b) > 2000", "!BOUND(?c)"]
CONDITIONS += [
    "CONTAINS(STR(?c), 'u')",
    "LCASE(?b) = 'şuşa'",
    "?b + 1 > 2",
    "LANG(?b) = 'az'",
    "?c < '2000-01-01'^^xsd:date",
]
HEADS = ["SELECT *", "SELECT DISTINCT ?a ?b", "SELECT (COUNT(*) AS ?n)", "SELECT (SUM(?b) AS ?n) (AVG(?b) AS ?m)"]
HEADS += ["SELECT ?a (COUNT(DISTINCT ?b) AS ?n)", "SELECT ?a (MIN(?b) AS ?n) (MAX(?c) AS ?m)"]
HEADS += ["SELECT ?a (SUM(?b) AS ?n) (AVG(?c) AS ?m)", "SELECT ?a (IF(?b > 1, ?b, ?c) AS ?n)", "SELECT (?b + ?c AS ?n)"]


@st.composite
def questions(draw: st.DrawFn) -> str:
    """Write a query of parts that may or may not fit together."""
    some = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3).map(" . ".join)
    body = draw(some)
    around = st.sampled_from(
        ["OPTIONAL {{ {} }}", "MINUS {{ {} }}", "{{ {} }} UNION {{ ?a :q ?c }}", "GRAPH ?g {{ {} }}"]
    )
    for kind in draw(st.lists(around, max_size=2)):
        body += " " + kind.format(draw(some))
    for condition in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)):
        body += f" FILTER({condition})"
    if draw(st.booleans()):
        body += f" FILTER {draw(st.sampled_from(['', 'NOT ']))}EXISTS {{ {draw(some)} }}"
    head = draw(st.sampled_from(HEADS))
    return (
        f"{PREFIXES} {head} {{ {body} }}{' GROUP BY ?a' if head.startswith('SELECT ?a (') and 'IF' not in head else ''}"
    )


QUADS = st.builds(
    Quad,
    st.sampled_from(SUBJECTS),
    st.sampled_from(VERBS),
    st.sampled_from(OBJECTS),
    st.sampled_from([DefaultGraph(), DefaultGraph(), iri("g"), iri("h")]),
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(QUADS, min_size=1, max_size=25), st.lists(questions(), min_size=20, max_size=20))
def test_any_answer_is_the_one_of_the_store(
    tmp_path_factory: pytest.TempPathFactory, quads: list[Quad], queries: list[str]
) -> None:
    store, columns = opened(tmp_path_factory.mktemp("any"), quads)
    for query in queries:
        answer = columns.answer(query, worth=0)
        if answer is not None:
            assert table(answer) == table(of_store(store, query)), query
    assert columns.refused == 0


def test_most_questions_of_the_property_have_an_answer(tmp_path: Path) -> None:
    """Fail where the property above would hold only because everything is left to the store."""
    quads = [Quad(iri("s"), iri(verb), integer(number), DefaultGraph()) for verb in "pqr" for number in range(5)]
    _, columns = opened(tmp_path, [*quads, Quad(iri("s"), A, iri("s"), DefaultGraph())])
    queries = [f"{PREFIXES} {head} {{ ?a :p ?b . ?a :q ?c FILTER({one}) }}" for head in HEADS[:4] for one in CONDITIONS]
    answered = sum(columns.answer(query, worth=0) is not None for query in queries)
    assert answered >= len(queries) // 2


SUITE = SHARED / "conformance" / "rdf-tests" / "sparql"
TESTS = """PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
SELECT ?test ?query ?data ?named {
    ?test a mf:QueryEvaluationTest ; mf:action ?action . ?action qt:query ?query
    OPTIONAL { ?action qt:data ?data } OPTIONAL { ?action qt:graphData ?named }
}"""
FORMATS = {".ttl": RdfFormat.TURTLE, ".rdf": RdfFormat.RDF_XML, ".nt": RdfFormat.N_TRIPLES, ".trig": RdfFormat.TRIG}


def w3c() -> dict[frozenset[tuple[str, bool]], dict[str, str]]:
    """Return the queries of the suites by the files that they are asked over, and whether each is a named graph."""
    tests: dict[str, tuple[str, set[tuple[str, bool]]]] = {}
    for manifest in sorted(SUITE.glob("sparql1[01]/**/manifest.ttl")):
        store = Store()
        store.load(path=str(manifest), format=RdfFormat.TURTLE, base_iri=manifest.as_uri())
        found = store.query(TESTS)
        assert isinstance(found, QuerySolutions)
        for row in found:
            query, data, named = (row[name] and row[name].value for name in ("query", "data", "named"))
            _, files = tests.setdefault(row["test"].value, (query, set()))
            files |= {(data, False)} if data else set()
            files |= {(named, True)} if named else set()
    by_files: dict[frozenset[tuple[str, bool]], dict[str, str]] = {}
    for test, (query, files) in tests.items():
        by_files.setdefault(frozenset(files), {})[test] = query
    return by_files


def loaded(files: frozenset[tuple[str, bool]]) -> list[Quad]:
    store = Store()
    for file, named in sorted(files):
        path = Path(file.removeprefix("file://"))
        store.load(
            path=str(path), format=FORMATS[path.suffix], base_iri=file, to_graph=NamedNode(file) if named else None
        )
    return list(store)


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suites are not beside this checkout (../shared/conformance)")
def test_w3c_queries_have_the_answer_of_the_store(tmp_path: Path) -> None:
    answered, differing = 0, []
    for number, (files, tests) in enumerate(w3c().items()):
        try:
            store, columns = opened(tmp_path / str(number), loaded(files))
        except (InputError, SyntaxError):
            continue
        for test, query in tests.items():
            text = Path(query.removeprefix("file://")).read_text("utf-8")
            answer = columns.answer(text, worth=0)
            if answer is None:
                continue
            answered += 1
            if table(answer) != table(of_store(store, text, query)):
                differing.append(test)
        assert columns.refused == 0
    assert differing == []
    assert answered >= 100

"""What an engine is sent: that it reads the text as we do, and that nobody can call its own procedures by it."""

import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import engines
import pytest
from conftest import Run
from pyoxigraph import Literal, NamedNode
from servers import JSON, TOKEN, Server, running

from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import KINDS, OTHER, Kind, kind
from aidtrace.server.engines.remote import Dataset, EngineError, Remote
from aidtrace.server.engines.wording import RefusedError, worded

ARTICLE = "https://w3id.org/aidtrace/graph/article"
BASE = "http://localhost/sparql"
VIRTUOSO = kind("Virtuoso")
XSD = "http://www.w3.org/2001/XMLSchema#"

CALLING = [
    'ASK { FILTER(<bif:exec>("x")) }',
    'ASK { FILTER <bif:exec>("x") }',
    'ASK { FILTER(<BIF:exec>("x")) }',
    'ASK { FILTER(<sql:DB.DBA.SPARQL_EVAL>("x", "", 1)) }',
    'ASK { FILTER(<java:org.example.Function>("x")) }',
    'ASK { FILTER(<bif:exec> # a comment (\n ("x")) }',
    'ASK { FILTER(<\\u0062if:exec>("x")) }',
    'ASK { FILTER(<b\\U00000069f\\u003aexec>("x")) }',
    'PREFIX b: <bif:> ASK { FILTER(b:exec("x")) }',
    'PREFIX : <bif:ex> ASK { FILTER(:ec("x")) }',
    'PREFIX b: <\\u0062if:> ASK { FILTER(b:exec("x")) }',
    'BASE <bif:> ASK { FILTER(<exec>("x")) }',
    'BASE <bif:/x/> ASK { FILTER(<exec>("x")) }',
    f'PREFIX x: <{XSD}> PREFIX x: <bif:> ASK {{ FILTER(x:exec("x")) }}',
    "SELECT ?s { ?s ?p ?o } ORDER BY <bif:rnd>(9)",
    "SELECT ?s { ?s ?p ?o } GROUP BY <bif:rnd>(9) ?s",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING (<bif:rnd>(9) > 1)",
    "SELECT (SUM(<sql:f>(?o)) AS ?n) { ?s ?p ?o }",
    "SELECT ?s { ?s <bif:contains> 'x' }",
    "SELECT ?s { ?s (<urn:p>|^<bif:contains>)+ 'x' }",
    "SELECT ?s { VALUES ?f { <bif:contains> } ?s ?f 'x' }",
    "CONSTRUCT { <sql:a> <urn:b> 1 } WHERE {}",
    "DESCRIBE <bif:a>",
]
CALLING_NAMED = [
    "ASK { FILTER(<http://example.org/f>(1)) }",
    "ASK { FILTER(<exec>(1)) }",
    "ASK { FILTER(<bif%3Aexec>(1)) }",
    'PREFIX b: <b> ASK { FILTER(b:if:exec("x")) }',
    'PREFIX bif: <urn:x:> ASK { FILTER(bif:exec("x")) }',
    f"PREFIX x: <{XSD}> ASK {{ FILTER(x:a\\'\\(b\\)(1)) }}",
    f"ASK {{ FILTER(<{XSD}../bif:exec>(1)) }}",
    "ASK { FILTER(COALESCE(<http://example.org/f> (1), 2)) }",
]


@pytest.mark.parametrize("query", CALLING)
@pytest.mark.parametrize("one", [OTHER, *KINDS], ids=lambda one: one.name)
def test_no_engine_is_sent_the_name_of_a_procedure(query: str, one: Kind) -> None:
    with pytest.raises(RefusedError):
        worded(query, BASE, one)


@pytest.mark.parametrize("query", CALLING_NAMED)
def test_virtuoso_is_sent_no_call_but_of_a_function_that_is_known(query: str) -> None:
    with pytest.raises(RefusedError):
        worded(query, BASE, VIRTUOSO)


def test_fuseki_is_sent_no_call_of_what_has_just_been_made_up() -> None:
    query = 'ASK { FILTER(<http://www.w3.org/2005/xpath-functions#apply>(IRI(CONCAT("ja", "va:x")))) }'
    with pytest.raises(RefusedError):
        worded(query, BASE, kind("Apache Jena Fuseki"))


def test_a_refusal_says_where() -> None:
    with pytest.raises(RefusedError, match=r"^2:11: <bif:exec> is not allowed here; expected "):
        worded("ASK {\n  FILTER( <bif:exec>('x')) }", BASE, VIRTUOSO)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (f"PREFIX x: <{XSD}> ASK {{ FILTER(x:boolean('true')) }}", f'ASK {{ FILTER(<{XSD}boolean>("true")) }}'),
        ("BASE <http://a/> PREFIX b: <c/> ASK{b:d <e>b:f.}", "ASK{<http://a/c/d> <http://a/e><http://a/c/f>.}"),
        (
            "PREFIX a: <urn:> ASK { a:b a:c a:d. a:e\\. a:x\\(y\\) a:. }",
            "ASK { <urn:b> <urn:c> <urn:d>. <urn:e.> <urn:x(y)> <urn:>. }",
        ),
        ("ASK { <x\\u0041> ?y '\\u0022' } # <bif:exec>(", 'ASK { <http://localhost/xA> ?y "\\"" }'),
        ("""ASK { ?x ?y 'it\\'s "so"', '''a''b\n''' }""", 'ASK { ?x ?y "it\'s \\"so\\"", "a\'\'b\\n" }'),
        ("ASK { _:a ?y 'x'@en-GB, 1.5e3, true . }", 'ASK { _:a ?y "x"@en-GB, 1.5e3, true . }'),
        ("ASK { ?x (<urn:p>/(<urn:q>|^<urn:r>)) ?y FILTER(?y < 3 && ?y>1) }", None),
    ],
)
def test_what_is_sent_has_neither_comments_nor_a_prologue(query: str, sent: str | None) -> None:
    assert worded(query, BASE, VIRTUOSO) == (sent or query)


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX a: <urn:a:> ASK { a:x ?y 1 } # PREFIX a: <urn:b:>",
        "PREFIX a: <urn:a:> INSERT DATA { GRAPH a:g { a:x a:y '''z''' } } ; PREFIX b: <urn:b:> CLEAR GRAPH b:g ;",
    ],
)
def test_a_prefix_may_be_declared_between_two_operations(text: str) -> None:
    assert "PREFIX" not in worded(text, BASE, VIRTUOSO)


@pytest.mark.parametrize("again", ["PREFIX a: <urn:b:>", "BASE <urn:b:>"])
def test_what_would_give_a_name_two_meanings_is_refused(again: str) -> None:
    with pytest.raises(RefusedError):
        worded(f"PREFIX a: <urn:a:> CLEAR GRAPH a:g ; {again} CLEAR GRAPH a:g", BASE, OTHER)


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    folder = tmp_path_factory.mktemp("virtuoso")
    dump = folder / "all.nq"
    dump.write_text(f"<urn:a> <urn:p> <urn:b> <{ARTICLE}> .\n")
    with engines.virtuoso(folder, dump) as one:
        yield one


@pytest.fixture(scope="module")
def server(virtuoso: engines.Engine, cache: Path) -> Iterator[Server]:
    file = virtuoso.file(cache, exclusive=True)
    with running(cache, "--store-file", str(file), "--deadline", "60", "--no-gate", token=TOKEN) as one:
        yield one


@pytest.fixture
def inner() -> Iterator[tuple[str, list[str]]]:
    """A page that only the engine's host reaches, and the requests for it."""
    asked = list[str]()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    page = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{page.server_port}/", asked
    page.shutdown()
    page.server_close()


ALL = "SELECT ?s { GRAPH ?g { ?s ?p ?o } }"
CLEAR = f"SPARQL CLEAR GRAPH <{ARTICLE}>"


@pytest.mark.parametrize(
    "call",
    [
        '<bif:exec>("SQL")',
        'b:ec("SQL")',
        '<\\u0062if:exec> # (\n("SQL")',
        '<sql:SPARQL_EVAL>("SQL", "", 1)',
        '<bif:http_get>("PAGE")',
        '<bif:user_set_password>("dba", "x")',
    ],
)
def test_a_query_changes_nothing_on_virtuoso_and_reaches_nothing(
    call: str, server: Server, inner: tuple[str, list[str]]
) -> None:
    page, asked = inner
    prefix = "PREFIX b: <bif:ex> " if call.startswith("b:") else ""
    call = call.replace("SQL", CLEAR).replace("PAGE", page)
    for query in (f"{prefix}SELECT ({call} AS ?x) {{}}", f"{prefix}ASK {{ ?s ?p ?o FILTER({call} > 0) }}"):
        answer = server.ask(query)
        assert answer.status == 403, answer.body
        assert "is not allowed here" in answer.content["detail"]
        wrote = server.update(
            f"{prefix}INSERT {{ GRAPH <urn:g> {{ ?s <urn:p> ?x }} }} WHERE {{ ?s ?p ?o BIND ({call} AS ?x) }}"
        )
        assert wrote.status == 403, wrote.body
    assert server.rows(f"{ALL} # {call!r}") == [{"s": "urn:a"}]
    assert not asked


def test_functions_of_the_standard_are_called_on_virtuoso(server: Server) -> None:
    query = f"PREFIX x: <{XSD}> SELECT (x:integer('7') + 1 AS ?n) (STRLEN(STR(?s)) AS ?m) {{ ?s ?p ?o }}"
    assert server.rows(query) == [{"n": "8", "m": "5"}]


def test_virtuoso_reads_each_text_as_it_was_meant(server: Server) -> None:
    signs = "'\"\\`;{}()#-/*|<>?$@u0027n %\n\t\r"
    chosen = random.Random(4)
    texts = ["".join(chosen.choice(signs) for _ in range(12)) for _ in range(60)]
    columns = " ".join(f"({Literal(text)} AS ?x{number})" for number, text in enumerate(texts))
    assert list(server.rows(f"SELECT {columns} {{}}")[0].values()) == texts
    things = [NamedNode(f"urn:a{sign}'),bif:x(") for sign in "!$&()*+,;=:@/?'"]
    columns = " ".join(f"({thing} AS ?x{number})" for number, thing in enumerate(things))
    assert list(server.rows(f"SELECT {columns} {{}}")[0].values()) == [thing.value for thing in things]


def test_an_update_that_calls_nothing_is_carried_out_on_virtuoso(server: Server) -> None:
    text = (
        "PREFIX e: <http://e/> INSERT DATA { GRAPH e:g { e:it\\'s e:p 'it\\'s; `x`' } } ; # all\n CLEAR GRAPH e:none ;"
    )
    assert server.update(text.replace("CLEAR", "CLEAR SILENT")).status == 204
    assert server.rows("SELECT ?s ?o { GRAPH <http://e/g> { ?s ?p ?o } }") == [{"s": "http://e/it's", "o": "it's; `x`"}]
    assert server.update("CLEAR GRAPH <http://e/g>").status == 204


@pytest.mark.parametrize("kind", ["default-graph-uri", "named-graph-uri"])
def test_nothing_of_the_engines_own_is_shown_to_who_names_its_graphs(kind: str, server: Server) -> None:
    own = "http://www.openlinksw.com/schemas/virtrdf#"
    query = "SELECT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 3"
    assert server.rows(query, **{kind: own}) == []
    assert server.rows(query, **{kind: ARTICLE}) == [{"s": "urn:a"}]
    assert server.get(f"/data?graph={own.replace('#', '%23')}").status == 404


def test_queries_are_asked_by_one_who_may_not_write(virtuoso: engines.Engine, cache: Path, aidtrace: Run) -> None:
    reader = {"read_user": "reader", "read_password": "reading"}
    engine = Engine.read(None, virtuoso.file(cache, **reader))
    remote = Remote(engine.called("Virtuoso"), direct(*engine.host))
    with pytest.raises(EngineError, match="No permission"):
        remote.query(f'SELECT (<bif:exec>("{CLEAR}") AS ?x) {{}}', JSON, Dataset(), 10)
    remote.close()
    with running(cache, "--store-file", str(virtuoso.file(cache, **reader)), "--no-gate", token=TOKEN) as server:
        assert server.rows(ALL) == [{"s": "urn:a"}]
        assert server.update("INSERT DATA { GRAPH <urn:g> { <urn:c> <urn:p> <urn:d> } }").status == 204
        assert server.rows(f"{ALL} ORDER BY ?s") == [{"s": "urn:a"}, {"s": "urn:c"}]
        assert server.update("CLEAR GRAPH <urn:g>").status == 204
    wrong = virtuoso.file(cache, **{**reader, "read_password": "wrong"})
    ran = aidtrace("serve", "--port", "0", "--store-file", wrong)
    assert "does not let this server in" in ran.stderr


def test_nothing_of_the_engines_own_is_shown_when_all_graphs_are_gone(server: Server) -> None:
    assert server.update(f"DELETE WHERE {{ GRAPH <{ARTICLE}> {{ ?s ?p ?o }} }}").status == 204
    assert server.rows(ALL) == []
    assert server.rows("SELECT ?s { ?s ?p ?o }") == []

"""Writes to real engines: each does there what its trial on a copy does, or says that it did not."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import engines
import pytest
from pyoxigraph import BlankNode, NamedNode, Store
from servers import TOKEN, Server, running

from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.looking import rows
from aidtrace.server.engines.remote import Dataset, Remote

Case = tuple[str, str, tuple[str, ...]]
STARTED = {"oxigraph": engines.oxigraph, "fuseki": engines.fuseki, "virtuoso": engines.virtuoso}
TRIED, SENT_ON = (), ("--no-gate",)
SERVED = [
    ("oxigraph", "kept", TRIED),
    ("oxigraph", engines.UNION, SENT_ON),
    ("fuseki", "kept", TRIED),
    ("fuseki", engines.UNION, SENT_ON),
    ("virtuoso", engines.UNION, TRIED),
    ("virtuoso", engines.UNION, SENT_ON),
]
"""Engines, each with where its union lies, and whether an update is tried first or sent on as it is written."""

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
ALTERNATIVE = "<http://www.w3.org/2004/02/skos/core#altLabel>"
HELD = {
    "urn:g": [f"<urn:a> {LABEL} 'a'@en", f"<urn:b> {LABEL} 'b'@en"],
    "urn:h": [f"<urn:a> {LABEL} 'a'@en", f"<urn:a> {ALTERNATIVE} 'alpha'@en"],
}
OTHER = f"?s {LABEL} ?o"
SEEN = f"GRAPH <urn:g> {{ {OTHER} }}"
SEE = "<http://www.w3.org/2000/01/rdf-schema#seeAlso>"
WRITES = {
    "data": f"INSERT DATA {{ GRAPH <urn:n> {{ <urn:n> {LABEL} 'n\\n\\\\u0041'@en }} }}",
    "data removed": f"DELETE DATA {{ GRAPH <urn:g> {{ <urn:a> {LABEL} 'a'@en }} }}",
    "a graph": f"DELETE {{ {SEEN} }} INSERT {{ GRAPH <urn:g> {{ ?s {ALTERNATIVE} ?o }} }} WHERE {{ {SEEN} }}",
    "the union": f"INSERT {{ GRAPH <urn:n> {{ ?s {SEE} ?s }} }} WHERE {{ ?s {ALTERNATIVE} ?o }}",
    "the union and a graph": f"INSERT {{ GRAPH <urn:n> {{ ?s {SEE} ?s }} }} WHERE {{ ?s {ALTERNATIVE} ?x {SEEN} }}",
    "how many graphs": f"INSERT {{ GRAPH <urn:n> {{ <urn:n> {LABEL} ?n }} }} WHERE {{ "
    f"SELECT (STRLANG(STR(COUNT(*)), 'en') AS ?n) {{ GRAPH ?g {{ <urn:a> {LABEL} 'a'@en }} }} }}",
    "with": f"WITH <urn:g> DELETE {{ {OTHER} }} INSERT {{ ?s {ALTERNATIVE} ?o }} WHERE {{ {OTHER} }}",
    "with and a graph": f"WITH <urn:g> DELETE {{ {OTHER} }} WHERE {{ {OTHER} GRAPH <urn:h> {{ {OTHER} }} }}",
    "using": f"INSERT {{ GRAPH <urn:n> {{ {OTHER} }} }} USING <urn:g> WHERE {{ {OTHER} }}",
    "using alone": f"INSERT {{ GRAPH <urn:n> {{ {OTHER} }} }} USING <urn:g> WHERE {{ GRAPH ?g {{ {OTHER} }} }}",
    "using named": f"INSERT {{ GRAPH <urn:n> {{ {OTHER} }} }} USING NAMED <urn:h> WHERE {{ GRAPH ?g {{ {OTHER} }} }}",
    "delete where": f"DELETE WHERE {{ {SEEN} }}",
    "delete where in all": "DELETE WHERE { GRAPH ?g { <urn:a> ?p ?o } }",
    "clear": "CLEAR GRAPH <urn:g>",
    "clear all": "CLEAR ALL",
    "drop named": "DROP SILENT NAMED",
    "copy": "COPY <urn:g> TO <urn:h>",
    "move": "MOVE GRAPH <urn:g> TO GRAPH <urn:n>",
    "add": "ADD <urn:g> TO <urn:h>",
    "several": f"PREFIX u: <urn:> INSERT DATA {{ GRAPH u:n {{ u:n {LABEL} 'n'@en }} }} ; "
    f"DELETE {{ GRAPH u:n {{ {OTHER} }} }} INSERT {{ GRAPH u:m {{ {OTHER} }} }} WHERE {{ GRAPH u:n {{ {OTHER} }} }} ; "
    f"DELETE WHERE {{ GRAPH u:g {{ u:b ?p ?o }} }} ; WITH u:h DELETE {{ {OTHER} }} WHERE {{ {OTHER} }} ;",
    "blank nodes": f"INSERT {{ GRAPH <urn:n> {{ _:n {LABEL} ?o . ?s {SEE} _:n }} }} WHERE {{ {SEEN} }}",
}
OWN = {
    "fuseki": ["urn:x-arq:DefaultGraph", "urn:x-arq:UnionGraph"],
    "virtuoso": ["http://www.openlinksw.com/schemas/virtrdf#"],
}
"""Graphs that are an engine's own."""

BY_VARIABLE = f"DELETE {{ GRAPH ?g {{ {OTHER} }} }} INSERT {{ GRAPH ?g {{ ?s {ALTERNATIVE} ?o }} }} "
BY_VARIABLE += f"WHERE {{ GRAPH ?g {{ {OTHER} }} }}"


@pytest.fixture(scope="module", params=SERVED, ids=lambda one: "-".join([*one[:2], *one[2]]))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def engine(case: Case, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[engines.Engine]:
    name, union, _ = case
    with STARTED[name](tmp_path_factory.mktemp(name), None) as one:
        one.settings["default-graph"] = union
        fill(one, cache)
        yield one


@pytest.fixture(scope="module")
def server(case: Case, engine: engines.Engine, cache: Path) -> Iterator[Server]:
    file = engine.file(cache, exclusive=True)
    with running(cache, "--store-file", str(file), *case[2], token=TOKEN) as one:
        yield one


def fill(engine: engines.Engine, folder: Path) -> None:
    """Let *engine* hold `HELD`, and its union."""
    union = str(engine.settings["default-graph"])
    steps = [f"CLEAR SILENT GRAPH <{graph}>" for graph in ("urn:g", "urn:h", "urn:n", "urn:m")]
    steps.append("CLEAR DEFAULT" if union == "kept" else f"CLEAR SILENT GRAPH <{union}>")
    for graph, triples in HELD.items():
        data = " . ".join(triples)
        steps.append(f"INSERT DATA {{ GRAPH <{graph}> {{ {data} }} }}")
        steps.append(
            f"INSERT DATA {{ {data} }}" if union == "kept" else f"INSERT DATA {{ GRAPH <{union}> {{ {data} }} }}"
        )
    change(engine, folder, " ; ".join(steps))


def change(engine: engines.Engine, folder: Path, update: str) -> None:
    """Have the engine itself carry *update* out, as another writer would."""
    said = Engine.read(None, engine.file(folder))
    with closing(Remote(said, direct(*said.host))) as remote:
        remote.update(update, engines.SECONDS)


def expected(update: str) -> tuple[set[str], set[str]]:
    """Return what a store of ours holds after *update*, graph by graph, and the union of these."""
    store = Store()
    for graph, triples in HELD.items():
        store.update(f"INSERT DATA {{ {' . '.join(triples)} GRAPH <{graph}> {{ {' . '.join(triples)} }} }}")
    store.update(update)
    quads = [quad for quad in store if isinstance(quad.graph_name, NamedNode)]
    return {told(*quad) for quad in quads}, {told(*quad.triple) for quad in quads}


def held(engine: engines.Engine, folder: Path) -> tuple[set[str], set[str]]:
    """Return what the engine itself holds in graphs of ours, graph by graph, and in the union."""
    said = Engine.read(None, engine.file(folder)).called(engine.name.title())
    with closing(Remote(said, direct(*said.host))) as remote:
        found = rows(remote, "SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } FILTER (STRSTARTS(STR(?g), 'urn:')) }", 60)
        union = rows(remote, "SELECT ?s ?p ?o { ?s ?p ?o }", 60, Dataset([said.union]) if said.union else None)
    quads = [row for row in found if row["g"].value != said.union]
    return {told(*row) for row in quads}, {told(*row) for row in union}


def told(*terms: object) -> str:
    """Return *terms* as text, their blank nodes told apart by nothing."""
    nameless = ("_:" if isinstance(one, BlankNode) or "nodeID" in str(one) else str(one) for one in terms)
    return " ".join(nameless)


@pytest.mark.parametrize("name", WRITES)
def test_an_update_does_on_an_engine_what_it_does_on_a_store_of_ours(
    name: str, engine: engines.Engine, server: Server, cache: Path
) -> None:
    fill(engine, cache)
    wrote = server.update(WRITES[name])
    assert wrote.status == 204, wrote.body
    assert held(engine, cache) == expected(WRITES[name])


def test_a_graph_that_a_variable_names_is_written_or_refused_and_never_another(
    case: Case, engine: engines.Engine, server: Server, cache: Path
) -> None:
    fill(engine, cache)
    wrote = server.update(BY_VARIABLE)
    assert wrote.status == (409 if case[2] else 204), wrote.body
    assert held(engine, cache) == expected("INSERT DATA {}" if case[2] else BY_VARIABLE)


@pytest.mark.parametrize(
    "update",
    [
        f"INSERT DATA {{ GRAPH <urn:own> {{ <urn:lost> {LABEL} 'lost'@en }} }}",
        "PREFIX own: <urn:own> DROP SILENT GRAPH own:",
        "COPY <urn:g> TO <urn:own>",
        f"WITH <urn:own> DELETE {{ {OTHER} }} WHERE {{ {OTHER} }}",
        f"INSERT {{ GRAPH ?g {{ {OTHER} }} }} WHERE {{ {OTHER} BIND (<urn:own> AS ?g) }}",
    ],
)
def test_the_union_and_the_engines_own_graphs_are_not_written_to(
    update: str, case: Case, engine: engines.Engine, server: Server, cache: Path
) -> None:
    fill(engine, cache)
    for graph in [*OWN.get(case[0], []), *([case[1]] if case[1] != "kept" else [])]:
        refused = server.update(update.replace("urn:own", graph))
        assert refused.status == 409, refused.body
        data = f"<urn:lost> {LABEL} 'lost'@en .".encode()
        assert server.get(f"/data?graph={quote(graph, '')}", "*/*", "PUT", data, "text/turtle").status == 409
        quads = f'<urn:lost> {LABEL} "lost"@en <{graph}> .'.encode()
        assert server.get("/data", "*/*", "POST", quads, "application/n-quads").status == 409
    assert held(engine, cache) == expected("INSERT DATA {}")


def test_an_engine_that_does_otherwise_than_the_trial_is_told_of(cache: Path, tmp_path: Path) -> None:
    with engines.fuseki(tmp_path, None) as one:
        one.update(
            "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 01 . <urn:b> a 1 } <urn:a> <urn:p> 01 . <urn:b> a 1 }"
        )
        with running(cache, "--store-file", str(one.file(cache, exclusive=True)), token=TOKEN) as server:
            wrote = server.update("DELETE WHERE { GRAPH <urn:g> { <urn:a> ?p ?o } }")
            assert (wrote.status, wrote.content["title"]) == (502, "Written otherwise"), wrote.body
            assert "<urn:g> has 2 triples in the engine; expected 1," in wrote.content["detail"]


def test_a_union_that_another_empties_is_asked_no_more(cache: Path, tmp_path: Path) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    mixed = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH <urn:none> { ?s ?p ?o } } }"
    with engines.oxigraph(tmp_path, None) as one:
        fill(one, cache)
        with running(cache, "--store-file", str(one.file(cache))) as server:
            assert server.rows(count) == [{"n": "3"}]
            one.update("CLEAR DEFAULT")
            for _ in range(150):
                if server.ask(count).status == 503:
                    break
                time.sleep(0.2)
            assert server.ask(count).content["title"] == "Union not right"
            assert server.ask(mixed).status == 503
            assert server.get("/data?graph=urn:g", "application/n-triples").body.count(b"\n") == 2

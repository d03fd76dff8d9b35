"""Updates step by step: as the engine does them one by one, and the default graph follows each."""

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from aidtrace import union
from aidtrace.server.writing.stepping import run
from aidtrace.server.writing.updates import prepare
from aidtrace.union import APART, Delta

BASE = "http://e/"
GRAPHS = ["<urn:g1>", "<urn:g2>", "g:3", "<4>", f"<{APART.value}>"]
PROLOGUES = [
    "",
    "PREFIX g: <http://other/> ",
    "BASE <http://b/> # { ; }\n",
    "PREFIX g: <http://x/> PREFIX g: <urn:g:> ",
]

graph = st.sampled_from(GRAPHS)
triple = st.builds("<urn:{}> <urn:p> {}".format, st.sampled_from("ab"), st.integers(0, 2))
where = st.one_of(
    st.just("{ ?s ?p ?o }"),
    st.builds("{{ GRAPH {} {{ ?s ?p ?o }} }}".format, graph),
    st.just("{ ?s ?p ?o FILTER (ISIRI(?s) && ?o < 2) }"),
    st.just('{ VALUES ?p { <urn:p> } ?s ?p ?o . FILTER (STR(?o) != "} ; DELETE {") }'),
)
template = st.one_of(
    st.builds("GRAPH {} {{ ?s ?p ?o }}".format, graph),
    st.builds("GRAPH {} {{ ?s ?p ?o ; <urn:q> 1, 2 . }} . # }}\n GRAPH {} {{ ?s <urn:r> ?o }}".format, graph, graph),
    st.builds("GRAPH {} {{ ?s ?p 1 . {} }} .".format, graph, triple),
    st.just(""),
)
operation = st.one_of(
    st.builds("INSERT DATA {{ GRAPH {} {{ {} }} }}".format, graph, triple),
    st.builds("DELETE DATA {{ GRAPH {} {{ {} }} . GRAPH {} {{ {} . }} }}".format, graph, triple, graph, triple),
    st.builds("DELETE {{ {} }} INSERT {{ {} }} WHERE {}".format, template, template, where),
    st.builds("delete {{ {} }} where {}".format, template, where),
    st.builds("INSERT {{ {} }} USING {} USING NAMED {} WHERE {}".format, template, graph, graph, where),
    st.builds("WITH {} DELETE {{ ?s ?p ?o }} INSERT {{ ?s <urn:q> ?o . {} }} WHERE {}".format, graph, template, where),
    st.builds("WITH {} INSERT {{ {} ?s ?p 7 }} WHERE {}".format, graph, template, where),
    st.builds("DELETE WHERE {{ GRAPH {} {{ ?s ?p ?o }} }}".format, graph),
    st.builds("CLEAR SILENT GRAPH {}".format, graph),
    st.builds("COPY SILENT {} TO {}".format, graph, graph),
    st.just("INSERT { GRAPH ?g { ?s ?p 9 } } WHERE { GRAPH ?g { ?s ?p 1 } }"),
    st.just("INSERT DATA { }"),
)
operations = st.lists(operation, max_size=4)
prologue = st.sampled_from(PROLOGUES)


def at_once(store: Store, text: str) -> Delta:
    return run(store, {"base": BASE, **asdict(prepare(text, BASE, (), (), union=True))})


def united_by_hand(store: Store) -> set[Quad]:
    named = (quad for quad in store if quad.graph_name not in (DefaultGraph(), APART))
    return {Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in named}


def one_by_one(store: Store, prologue: str, operations: list[str]) -> None:
    for text in operations:
        store.update(prologue + text, base_iri=BASE)
        store.clear_graph(DefaultGraph())
        store.extend(united_by_hand(store))


@settings(max_examples=400, deadline=None)
@given(prologue, operations, operations)
def test_an_update_does_what_its_operations_do_one_by_one(more: str, before: list[str], then: list[str]) -> None:
    store, expected, prologue = Store(), Store(), "PREFIX g: <http://e/g/> " + more
    one_by_one(store, prologue, before)
    one_by_one(expected, prologue, before)
    old = {quad for quad in store if quad.graph_name == DefaultGraph()}
    delta = at_once(store, prologue + " ; ".join(then) if then else "")
    one_by_one(expected, prologue, then)
    assert set(store) == set(expected)
    assert set(store.named_graphs()) >= {quad.graph_name for quad in expected} - {DefaultGraph()}
    assert not [name for name in store.named_graphs() if "urn:uuid:" in str(name)]
    new = {quad for quad in store if quad.graph_name == DefaultGraph()}
    if delta.added is not None and delta.removed is not None:
        assert (delta.added, delta.removed) == (new - old, old - new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT DATA { GRAPH <urn:g> { _:a <urn:b> [] . <urn:c> <urn:d> ( 1 2 ) } }", True),
        ("DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }", True),
        ("DELETE WHERE { GRAPH <urn:g> { ?s ?p ?o } }", True),
        ("WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } USING <urn:h> WHERE { ?s ?p ?o }", True),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", False),
        ("INSERT { GRAPH <urn:g> { ?s ?p ?o {| <urn:q> 1 |} } } WHERE { ?s ?p ?o }", False),
        ("INSERT DATA { GRAPH <\\u0075rn:g> { <urn:a> <urn:b> 1 } }", False),
        ("CLEAR GRAPH <urn:g>", False),
    ],
)  # fmt: skip
def test_what_is_told_from_the_text_costs_what_it_changes(text: str, told: bool) -> None:
    assert [step.rewritten for step in prepare(text, "", (), (), union=True).steps] == [told]


def test_a_change_of_a_few_triples_reads_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    at_once(store, "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1, 2 } GRAPH <urn:h> { <urn:a> <urn:b> 1 } }")
    monkeypatch.setattr(union, "_triples", None)
    delta = at_once(store, "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 3 } WHERE { ?s ?p ?o }")
    assert [len(found) for found in (delta.added or (), delta.removed or ())] == [1, 1]
    assert {quad for quad in store if quad.graph_name == DefaultGraph()} == united_by_hand(store)


def test_a_blank_node_is_one_in_all_graphs_and_a_value_is_made_once() -> None:
    store = Store()
    text = "GRAPH <urn:g> { _:new <urn:id> ?id } GRAPH <urn:h> { _:new <urn:same> ?id } <urn:x> <urn:y> _:new"
    at_once(store, f"WITH <urn:i> INSERT {{ {text} }} WHERE {{ BIND (UUID() AS ?id) }}")
    first, second, third = (next(store.quads_for_pattern(None, None, None, NamedNode(f"urn:{name}"))) for name in "ghi")
    assert isinstance(first.subject, BlankNode)
    assert first.subject == second.subject == third.object
    assert first.object == second.object


@pytest.mark.parametrize(
    "text",
    [
        "DELETE DATA { GRAPH <urn:g> { _:a <urn:b> 1 } }",
        "DELETE { GRAPH <urn:g> { [] <urn:b> 1 } } WHERE { }",
        "INSERT DATA { GRAPH <urn:g> { ?a <urn:b> 1 } }",
        "WITH <urn:g> INSERT DATA { <urn:a> <urn:b> 1 }",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } } ; WITH <urn:g> DELETE WHERE { ?s ?p ?o }",
        "INSERT { GRAPH <urn:g> { GRAPH <urn:h> { <urn:a> <urn:b> 1 } } } WHERE { }",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } GRAPH <urn:h> }",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } } }",
        "INSERT DATA { . GRAPH <urn:g> { <urn:a> <urn:b> 1 } }",
    ],
)  # fmt: skip
def test_what_the_grammar_forbids_stays_forbidden_and_changes_nothing(text: str) -> None:
    store = Store()
    with pytest.raises(SyntaxError):
        at_once(store, text)
    assert len(store) == 0

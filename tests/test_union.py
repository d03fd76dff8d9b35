"""The union default graph: always each triple of the named graphs once, whatever was written."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from aidtrace.lexer import tokens
from aidtrace.server.problems import Problem
from aidtrace.server.writing.steps import touched
from aidtrace.server.writing.updates import refuse_default, with_using
from aidtrace.union import APART, disjoint, merged, replace, united

BASE = "http://e/"
GRAPHS = ["<urn:g1>", "<urn:g2>", "g:3", "<4>", f"<{APART.value}>"]
PROLOGUE = "PREFIX g: <http://e/g/> "

graph = st.sampled_from(GRAPHS)
triple = st.builds("<urn:{}> <urn:p> {}".format, st.sampled_from("ab"), st.integers(0, 2))
operation = st.one_of(
    st.builds("INSERT DATA {{ GRAPH {} {{ {} }} }}".format, graph, triple),
    st.builds("DELETE DATA {{ GRAPH {} {{ {} }} }}".format, graph, triple),
    st.builds(
        "WITH {} DELETE {{ ?s ?p ?o }} INSERT {{ ?o ?p ?s }} WHERE {{ ?s ?p ?o FILTER ISIRI(?o) }}".format, graph
    ),
    st.builds("INSERT {{ GRAPH {} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {} {{ ?s ?p ?o }} }}".format, graph, graph),
    st.just("DELETE { GRAPH ?g { ?s ?p 1 } } WHERE { GRAPH ?g { ?s ?p 1 } }"),
    st.builds("CLEAR SILENT GRAPH {}".format, graph),
    st.builds("DROP SILENT GRAPH {}".format, graph),
    st.builds("COPY SILENT {} TO {}".format, graph, graph),
    st.builds("MOVE SILENT {} TO {}".format, graph, graph),
    st.builds("ADD SILENT {} TO {}".format, graph, graph),
    st.just("DROP ALL"),
    st.just("CLEAR NAMED"),
)


def union(store: Store) -> set[Quad]:
    quads = (q for q in store if q.graph_name not in (DefaultGraph(), APART))
    return {Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads}


def default(store: Store) -> set[Quad]:
    return set(store.quads_for_pattern(None, None, None, DefaultGraph()))


@settings(max_examples=300, deadline=None)
@given(st.lists(operation, max_size=4), st.lists(operation, max_size=3))
def test_the_default_graph_is_the_union_after_every_write(first: list[str], then: list[str]) -> None:
    store = Store()
    for operations in (first, then):
        text = PROLOGUE + " ; ".join(operations)
        before = default(store)
        with united(store, touched(tokens(text), BASE)) as delta:
            store.update(text, base_iri=BASE)
        assert default(store) == union(store)
        if delta.added is not None and delta.removed is not None:
            assert (delta.added, delta.removed) == (default(store) - before, before - default(store))


NAMES = st.sampled_from([NamedNode("urn:g1"), NamedNode("urn:g2"), APART])
TERMS = st.builds(lambda number: NamedNode(f"urn:{number}"), st.integers(0, 2))
CONTENT = st.lists(st.tuples(NAMES, TERMS, TERMS, TERMS), max_size=12)


@settings(max_examples=300, deadline=None)
@given(CONTENT, NAMES, st.lists(st.tuples(TERMS, TERMS, TERMS), max_size=6))
def test_a_graph_that_is_replaced_leaves_the_union_right(
    content: list[tuple[NamedNode, NamedNode, NamedNode, NamedNode]],
    name: NamedNode,
    triples: list[tuple[NamedNode, NamedNode, NamedNode]],
) -> None:
    store, before = Store(), Store()
    quads = [Quad(s, p, o, g) for g, s, p, o in content]
    for one in (store, before):
        one.extend(quads)
        one.extend(union(one))
    new = {Quad(s, p, o, name) for s, p, o in triples}
    replace(store, name, before, iter(new))
    assert {quad for quad in store if quad.graph_name != DefaultGraph()} == new | {
        quad for quad in quads if quad.graph_name != name
    }
    assert default(store) == union(store)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(graph, triple), max_size=12))
def test_graphs_that_share_nothing_are_told_from_those_that_do(content: list[tuple[str, str]]) -> None:
    store = Store()
    for name, one in content:
        store.update(f"{PROLOGUE} INSERT DATA {{ GRAPH {name} {{ {one} }} }}", base_iri=BASE)
    names = [g.value for g in store.named_graphs() if isinstance(g, NamedNode)]
    each = [set(default(merged(store, [name], []))) for name in names]
    assert disjoint(store, names) == (sum(map(len, each)) == len(set().union(*each)))
    assert default(merged(store, names, [])) == set().union(*each)


def refused(text: str) -> bool:
    try:
        refuse_default(text, tokens(text))
    except Problem as problem:
        return problem.status == 409
    return False


def test_a_write_that_names_no_graph_is_told_from_one_that_does() -> None:
    for text in (
        "INSERT DATA { <urn:a> <urn:b> 1 }",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } <urn:a> <urn:b> 1 }",
        "PREFIX a: <urn:a> DELETE { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "DELETE WHERE { ?s ?p ?o }",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } } ; CLEAR DEFAULT",
        "COPY DEFAULT TO <urn:g>",
        "LOAD <urn:x>",
    ):
        assert refused(text) or text.startswith("LOAD"), text
    for text in (
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }",
        "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DELETE WHERE { GRAPH <urn:g> { ?s ?p ?o } }",
        "DROP ALL",
        "CLEAR GRAPH <urn:g>",
        'INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> "} DEFAULT" } }',
    ):
        assert not refused(text), text


def test_the_dataset_of_a_request_goes_to_each_where() -> None:
    text = "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    said = with_using(text, tokens(text), ["urn:a"], ["urn:b"])
    assert said.count("USING <urn:a> USING NAMED <urn:b> WHERE") == 2

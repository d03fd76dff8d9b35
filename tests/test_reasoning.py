"""What a reasoner finds, and what it says where things clash."""

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from aidtrace.namespaces import EDTF, OWL, RDF, RDFS
from aidtrace.project import Project
from aidtrace.reasoning import reason, reason_over

A = RDF("type")


def thing(name: str) -> NamedNode:
    return NamedNode(f"https://tea.example/{name}")


SMALL = [
    *(Triple(thing(name), A, OWL("Class")) for name in ("Ally", "Rival", "SwornRival")),
    Triple(thing("SwornRival"), RDFS("subClassOf"), thing("Rival")),
    Triple(thing("Ally"), OWL("disjointWith"), thing("Rival")),
    Triple(thing("onDate"), A, OWL("AnnotationProperty")),
    Triple(thing("norland"), A, OWL("NamedIndividual")),
    Triple(thing("norland"), A, thing("SwornRival")),
    Triple(thing("norland"), thing("onDate"), Literal("1961-03", datatype=EDTF("EDTF"))),
]


def test_a_consistent_graph_with_dates_is_clean() -> None:
    assert reason_over(SMALL).clean


def test_an_inconsistent_graph_comes_back_with_the_axioms_that_clash() -> None:
    found = reason_over([*SMALL, Triple(thing("norland"), A, thing("Ally"))])
    assert not found.consistent
    assert set(found.clashes) == {
        "norland type Ally",
        "Ally disjointWith Rival",
        "SwornRival subClassOf Rival",
        "norland type SwornRival",
    }


def test_a_class_that_can_have_no_members_is_named() -> None:
    empty = [t for t in SMALL if t.subject != thing("norland")]
    found = reason_over([*empty, Triple(thing("SwornRival"), RDFS("subClassOf"), thing("Ally"))])
    assert found.unsatisfiable == ("https://tea.example/SwornRival",)


@pytest.mark.parametrize("with_data", [False, True], ids=["ontology", "ontology and data"])
def test_ours_is_consistent_and_every_class_can_have_members(project: Project, with_data: bool) -> None:
    found = reason(project, with_data=with_data)
    assert found.clashes == ()
    assert found.clean

"""The rulebook: every rule with what it looks at, and with examples of both kinds."""

import pytest
from pyoxigraph import RdfFormat, parse

from aidtrace.errors import UnknownNameError
from aidtrace.project import Project
from aidtrace.rulebook import Rulebook, RuleEntry


@pytest.fixture(scope="module")
def entries(project: Project) -> dict[str, RuleEntry]:
    return {entry.name: entry for entry in Rulebook(project)}


def test_each_rule_with_a_failing_example_is_listed(entries: dict[str, RuleEntry], project: Project) -> None:
    assert set(entries) == {path.stem for path in (project.examples / "fail").glob("*.ttl")}


def test_each_rule_says_where_it_looks_and_what_is_wrong(entries: dict[str, RuleEntry]) -> None:
    for entry in entries.values():
        assert entry.targets, entry.name
        assert entry.message, entry.name
        assert entry.severity in ("Violation", "Warning", "Info"), entry.name
        assert entry.file.endswith(".ttl"), entry.name


def test_each_rule_has_a_thing_that_passes_it(entries: dict[str, RuleEntry]) -> None:
    without = [entry.name for entry in entries.values() if not list(parse(entry.passing, format=RdfFormat.TURTLE))]
    assert without == []


def test_the_turtle_of_a_rule_is_its_shape(entries: dict[str, RuleEntry]) -> None:
    entry = entries["Approval-instrument"]
    said = {
        (t.subject.value, t.predicate.value.rpartition("#")[2], getattr(t.object, "value", ""))
        for t in (quad.triple for quad in parse(entry.turtle, format=RdfFormat.TURTLE))
    }
    at = "https://w3id.org/aidtrace/ontology#"
    assert (entry.iri, "path", at + "approves") in said
    assert (entry.iri, "class", at + "Instrument") in said
    assert (entry.path, entry.targets, entry.severity) == ("at:approves", ("what has at:approves",), "Violation")


def test_a_path_is_written_as_sparql_does(entries: dict[str, RuleEntry]) -> None:
    assert entries["Cited-citation"].path == "at:citation|at:nearbyCitation"
    assert entries["Key-unique"].path == "^at:key"


def test_an_unknown_rule_is_told_with_close_ones(project: Project) -> None:
    with pytest.raises(UnknownNameError, match="Agreement-parties"):
        Rulebook(project).entry("Agreement-partys")

"""Revalidation after a change: the outcome of a full run, without one."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, Triple
from shacl_strategies import graphs, read, shapes_graphs, triples

from aidtrace.shacl.compiling import compile_shapes
from aidtrace.shacl.engine import validate
from aidtrace.shacl.incremental import revalidate
from aidtrace.shacl.sent import load


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), shapes_graphs(), st.lists(triples(), max_size=5), st.lists(st.integers(0, 40), max_size=5))
def test_what_a_change_leads_to_is_what_a_full_run_finds(
    data: list[Triple], turtle: str, added: list[Triple], picked: list[int]
) -> None:
    compiled = compile_shapes(read(turtle))
    removed = [data[place] for place in picked if place < len(data)]
    rest = [triple for triple in data if triple not in removed]
    before = validate(compiled, load(Quad(*triple) for triple in data))
    after = load(Quad(*triple) for triple in (*rest, *added))
    found = revalidate(compiled, before, after, added, removed)
    full = validate(compiled, after)
    assert Counter(found.outcome.results) == Counter(full.results)
    assert Counter(found.appeared) == Counter(full.results) - Counter(before.results)
    assert Counter(found.gone) == Counter(before.results) - Counter(full.results)

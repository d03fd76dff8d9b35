"""The copy of an engine's graphs, where a blank node is in two of them."""

from pathlib import Path
from typing import Any

import engines
import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from aidtrace.server.engines.dialing import direct
from aidtrace.server.engines.engine import Engine
from aidtrace.server.engines.kinds import recognised
from aidtrace.server.engines.looking import look
from aidtrace.server.engines.mirror import mirrored
from aidtrace.server.engines.remote import Remote


@pytest.mark.parametrize("start", [engines.oxigraph, engines.fuseki, engines.virtuoso])
def test_a_blank_node_in_two_graphs_is_one_in_the_copy_of_an_engine_known_by_name(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    graphs = ("urn:g1", "urn:g2")
    path.write_text("".join(f'_:x <urn:p> "n" <{one}> .\n_:y{one[-1]} <urn:p> "m" <{one}> .\n' for one in graphs))
    with start(tmp_path, path) as one:
        told = Engine.read(None, one.file(tmp_path)).called(recognised(one.name).name)
        remote = Remote(told, direct(*told.host))
        copy = mirrored(remote, look(remote, 60), tmp_path / "copy", 60)
        remote.close()
    held = [quad.subject for quad in copy.quads_for_pattern(None, NamedNode("urn:p"), None, DefaultGraph())]
    assert all(isinstance(subject, BlankNode) for subject in held)
    assert len(held) == len(set(held)) == 3

"""One run of the tracing: what if first, then each rule in the order of its name, each seeing what came before it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, Store, Triple

from aidtrace.errors import InputError
from aidtrace.namespaces import AT, ID, PROV, RDF, RDFS, XSD
from aidtrace.tracing.options import RUN, Options
from aidtrace.tracing.rules import Rules


@dataclass(frozen=True)
class Tracing:
    """What a run made: the store it looked at with its own triples in it, these alone, and what the run was."""

    store: Store
    triples: tuple[Triple, ...]
    revision: str
    options: Options

    @property
    def results(self) -> tuple[Triple, ...]:
        """What is said of the run and of its results, without what the rules note of facts on their way."""
        made = {one.subject for one in self.triples if one.predicate in (AT("byRule"), PROV("endedAtTime"))}
        return tuple(one for one in self.triples if one.subject in made)


def trace(rules: Rules, store: Store, revision: str, options: Options | None = None) -> Tracing:
    """Run *rules* over *store*, which the run changes; InputError where an option names nothing."""
    options = (options or Options()).dated()
    asked = list(options.triples(store))
    store.extend(Quad(*triple) for triple in (Triple(RUN, RDF("type"), AT("TraceRun")), *asked))
    if options:
        for _, update in rules.what_if:
            store.update(update)
    made = [triple for name, rule in rules.constructs for triple in _apply(store, name, rule)]
    name = _name(revision, options)
    told = [_renamed(triple, name) for triple in (*_about(revision, options), *asked, *made)]
    return Tracing(store, tuple(dict.fromkeys(told)), revision, options)


def _apply(store: Store, name: str, rule: str) -> list[Triple]:
    found = store.query(rule)
    if not isinstance(found, QueryTriples):
        raise InputError(f"{name}: a rule is expected to be a CONSTRUCT query")
    made = list(found)
    store.extend(Quad(*triple) for triple in made)
    return made


def _about(revision: str, options: Options) -> list[Triple]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    used = NamedNode(f"urn:aidtrace:revision:{revision}")
    return [
        Triple(RUN, RDF("type"), AT("TraceRun")),
        Triple(RUN, RDFS("label"), Literal(f"Tracing of revision {revision}", language="en")),
        Triple(RUN, PROV("used"), used),
        Triple(RUN, PROV("endedAtTime"), Literal(now, datatype=XSD("dateTime"))),
        *(Triple(RUN, AT("option"), Literal(one)) for one in options.told()),
    ]


def _name(revision: str, options: Options) -> NamedNode:
    told = hashlib.sha256("\n".join(options.told()).encode()).hexdigest()[:8] if options else "plain"
    return ID(f"trace-run/{revision}-{told}")


def _renamed(triple: Triple, name: NamedNode) -> Triple:
    ends = [name if end == RUN else end for end in (triple.subject, triple.object)]
    return Triple(ends[0], triple.predicate, ends[1])  # type: ignore[arg-type]

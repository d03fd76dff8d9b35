"""Triple patterns and property paths as SQL (SPARQL 1.1, sections 18.4 and 9)."""

from dataclasses import dataclass, field
from itertools import count

from pyoxigraph import Literal, NamedNode

from aidtrace.columns.catalogue import Catalogue, Predicate, Star
from aidtrace.columns.kinds import INTEGER, IRI, LITERAL
from aidtrace.columns.relations import Column, Relation, listed, where
from aidtrace.columns.tree import Alternative, Inverse, Node, Path, Repeated, Sequence, Triple, Unsupported, Var
from aidtrace.namespaces import RDF

_JOINED = 40
"""The patterns that are joined at once, at most: DuckDB plans more of them for seconds."""

_CLOSED = 50_000
"""A path is repeated from every node at once only where it has at most so many steps."""

_TYPE = RDF("type")


@dataclass
class Names:
    """Gives each variable a name in SQL, where capitals are not told apart."""

    _known: dict[str, str] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def of(self, variable: str) -> str:
        """Return the name of *variable*."""
        return self._known.setdefault(variable, f"v{len(self._known)}")

    def fresh(self) -> str:
        """Return a name that nothing has."""
        return f"t{next(self._numbers)}"


@dataclass(frozen=True)
class Steps:
    """The pairs that a path joins: SQL that selects ``s`` and ``o``, the kinds of both, and so many at most."""

    sql: str
    subject_kinds: int
    object_kinds: int
    size: int


class Basic:
    """One basic graph pattern, matched in the default graph or in the graphs *graph*."""

    def __init__(self, catalogue: Catalogue, names: Names, graph: Node | None) -> None:
        self._catalogue, self._names, self._graph = catalogue, names, graph
        self._from = list[str]()
        self._conditions = list[str]()
        self._bound = dict[str, tuple[str, int]]()
        self._sizes = list[tuple[set[str], int]]()
        self._wholes = dict[str, str]()

    def relation(self, triples: list[Triple]) -> Relation:
        """Return the solutions of *triples*."""
        simple = [part for triple in triples for part in self._parted(triple)]
        if len(simple) > _JOINED:
            raise Unsupported("more patterns than are planned in no time")
        for star, covered in self._in_stars(simple):
            self._match_star(star, covered)
            simple = [triple for triple in simple if triple not in covered]
        for triple in simple:
            self._match(triple)
        chosen, columns = list[str](), dict[str, Column]()
        for var, (sql, kinds) in self._bound.items():
            if var.startswith("./"):
                continue
            name, whole = self._names.of(var), self._wholes.get(sql, "")
            columns[var] = Column(name, kinds, whole=f"{name}w" if whole else "")
            chosen += [f"{sql} AS {name}", *([f"{whole} AS {name}w"] if whole else [])]
        source = f" FROM {', '.join(self._from)}" if self._from else ""
        return Relation(f"SELECT {listed(chosen)}{source}{where(self._conditions)}", columns)

    @property
    def work(self) -> int:
        """Roughly how many triples an engine reads that begins where the patterns are most selective."""
        groups = list[tuple[set[str], int]]()
        for variables, size in self._sizes:
            joined = [group for group in groups if group[0] & variables]
            groups = [group for group in groups if not group[0] & variables]
            groups.append(
                (set.union(variables, *(group[0] for group in joined)), min([size, *(one[1] for one in joined)]))
            )
        work = 1
        for _, size in groups:
            work *= max(size, 1)
        return work

    # Paths.

    def _parted(self, triple: Triple) -> list[Triple]:
        """Cut the sequences of a path into patterns with a variable between them."""
        subject, path, object_ = triple
        if isinstance(path, Inverse):
            return self._parted(Triple(object_, path.path, subject))
        if isinstance(path, Sequence) and not _zero(path.first) and not _zero(path.second):
            between = Var(f"./{self._names.fresh()}")
            return [
                *self._parted(Triple(subject, path.first, between)),
                *self._parted(Triple(between, path.second, object_)),
            ]
        return [triple]

    def _steps(self, path: Path) -> Steps:
        """Return all pairs that *path* joins."""
        if isinstance(path, NamedNode):
            return self._one_step(path)
        if isinstance(path, Inverse):
            inner = self._steps(path.path)
            sql = f"SELECT o AS s, s AS o FROM ({inner.sql})"
            return Steps(sql, inner.object_kinds, inner.subject_kinds, inner.size)
        if isinstance(path, Alternative):
            one, other = self._steps(path.one), self._steps(path.other)
            kinds = one.subject_kinds | other.subject_kinds, one.object_kinds | other.object_kinds
            return Steps(f"({one.sql}) UNION ({other.sql})", *kinds, one.size + other.size)  # each pair once, as there
        if isinstance(path, Repeated):
            if path.zero:
                raise Unsupported("a path of no step between two variables")
            return self._closed(self._steps(path.path))
        return self._sequence(path)

    def _one_step(self, path: NamedNode) -> Steps:
        if isinstance(self._graph, Var):
            raise Unsupported("a path in any graph")
        predicate = self._catalogue.predicate(path)
        table, conditions = self._table("t", predicate.id)
        sql = f"SELECT t.s AS s, t.o AS o FROM {table}{where(conditions)}"
        return Steps(sql, predicate.subject_kinds, predicate.object_kinds, predicate.triples)

    def _closed(self, inner: Steps) -> Steps:
        if inner.size > _CLOSED:
            raise Unsupported("a long path between two variables")
        name = self._names.fresh()
        sql = (
            f"WITH RECURSIVE {name}(s, o) AS (SELECT s, o FROM ({inner.sql}) UNION "
            f"SELECT c.s, p.o FROM {name} AS c JOIN ({inner.sql}) AS p ON p.s = c.o) SELECT s, o FROM {name}"
        )
        return Steps(sql, inner.subject_kinds, inner.object_kinds, inner.size)

    def _sequence(self, path: Sequence) -> Steps:
        """Join two paths; one that may be no step begins and ends where the other does."""
        first, second = path.first, path.second
        if isinstance(second, Repeated) and second.zero:
            before = self._steps(first)
            after = self._or_none(second, f"SELECT o AS n FROM ({before.sql})", before.object_kinds)
        elif isinstance(first, Repeated) and first.zero:
            after = self._steps(second)
            before = self._or_none(first, f"SELECT s AS n FROM ({after.sql})", after.subject_kinds)
        else:
            before, after = self._steps(first), self._steps(second)
        sql = f"SELECT x.s AS s, y.o AS o FROM ({before.sql}) AS x JOIN ({after.sql}) AS y ON x.o = y.s"
        return Steps(sql, before.subject_kinds, after.object_kinds, max(before.size, after.size))

    def _or_none(self, path: Repeated, nodes: str, kinds: int) -> Steps:
        steps = self._closed(self._steps(path.path))
        sql = f"SELECT n AS s, n AS o FROM ({nodes}) UNION SELECT s, o FROM ({steps.sql})"
        return Steps(sql, steps.subject_kinds | kinds, steps.object_kinds | kinds, steps.size)

    def _from_constant(self, start: NamedNode | Literal, path: Repeated, end: Node) -> None:
        """Follow a repeated path from a constant."""
        inner, begin, name = self._steps(path.path), self._catalogue.id(start), self._names.fresh()
        if begin is None:
            raise Unsupported("a path from a term that the store does not hold")
        zero = f"SELECT {begin} AS o WHERE EXISTS ({self._of_node(begin)}) UNION " if path.zero else ""
        alias = self._names.fresh()
        self._from.append(
            f"(WITH RECURSIVE {name}(o) AS (SELECT o FROM ({inner.sql}) WHERE s = {begin} UNION "
            f"SELECT p.o FROM {name} AS c JOIN ({inner.sql}) AS p ON p.s = c.o) {zero}SELECT o FROM {name}) AS {alias}"
        )
        self._bind(end, f"{alias}.o", inner.object_kinds | (_kinds(start) if path.zero else 0))
        self._sizes.append((_variables(end), inner.size))

    def _of_node(self, node: int) -> str:
        """Select the triples that *node* is in: the store lets it end a path of no step only where there are some."""
        table, conditions = self._table("t", None)
        return f"SELECT 1 FROM {table}{where([*conditions, f'(t.s = {node} OR t.o = {node})'])}"

    # Patterns.

    def _match(self, triple: Triple) -> None:
        subject, path, object_ = triple
        if isinstance(path, Repeated) and not isinstance(subject, Var):
            self._from_constant(subject, path, object_)
        elif isinstance(path, Repeated) and not isinstance(object_, Var):
            self._from_constant(object_, Repeated(Inverse(path.path), path.zero), subject)
        elif isinstance(path, Var | NamedNode):
            self._match_triple(subject, path, object_)
        else:
            steps, alias = self._steps(path), self._names.fresh()
            self._from.append(f"({steps.sql}) AS {alias}")
            self._bind(subject, f"{alias}.s", steps.subject_kinds)
            self._bind(object_, f"{alias}.o", steps.object_kinds)
            self._sizes.append((_variables(subject, object_), steps.size))

    def _match_triple(self, subject: Node, verb: Var | NamedNode, object_: Node) -> None:
        alias = self._names.fresh()
        predicate = self._catalogue.every if isinstance(verb, Var) else self._catalogue.predicate(verb)
        table, conditions = self._table(alias, None if isinstance(verb, Var) else predicate.id)
        self._from.append(table)
        self._conditions += conditions
        if isinstance(verb, Var):
            self._bind(verb, f"{alias}.p", IRI)
        if isinstance(self._graph, Var):
            self._bind(self._graph, f"{alias}.g", self._catalogue.graph_kinds)
        self._bind(subject, f"{alias}.s", predicate.subject_kinds)
        self._bind(object_, f"{alias}.o", predicate.object_kinds)
        self._sizes.append((_variables(subject, object_), self._size(predicate, subject, object_)))

    def _table(self, alias: str, predicate: int | None) -> tuple[str, list[str]]:
        """Return the table that holds the triples of *predicate* (None: of all), and conditions on it."""
        conditions = [] if predicate is None else [f"{alias}.p = {predicate}"]
        if self._graph is None:
            if predicate in self._catalogue.partitions:
                return f"p_{predicate} AS {alias}", []
            return f"triples AS {alias}", conditions
        if not isinstance(self._graph, Var):
            graph = self._catalogue.id(self._graph)
            conditions.append("false" if graph is None else f"{alias}.g = {graph}")
        return f"quads AS {alias}", conditions

    def _size(self, predicate: Predicate, subject: Node, object_: Node) -> int:
        """Return how many triples a pattern matches: for a constant subject about, and at most for a variable verb."""
        if not isinstance(subject, Var):
            return predicate.triples // max(predicate.subjects, 1)
        if isinstance(object_, Var):
            return predicate.triples
        return self._catalogue.matching(predicate, object_)

    def _bind(self, node: Node, sql: str, kinds: int) -> None:
        if not isinstance(node, Var):
            number = self._catalogue.id(node)
            self._conditions.append("false" if number is None else f"{sql} = {number}")
        elif node.name in self._bound:
            before, known = self._bound[node.name]
            self._conditions.append(f"{before} = {sql}")
            self._bound[node.name] = before, known & kinds
        else:
            self._bound[node.name] = sql, kinds

    # Stars.

    def _in_stars(self, triples: list[Triple]) -> list[tuple[Star, list[Triple]]]:
        """Choose for each subject the star that answers most of its patterns."""
        if self._graph is not None:
            return []
        found = list[tuple[Star, list[Triple]]]()
        for subject in {triple.subject for triple in triples if isinstance(triple.subject, Var)}:
            of_subject = [one for one in triples if one.subject == subject and isinstance(one.predicate, NamedNode)]
            choices = [(star, self._covered(star, of_subject)) for star in self._catalogue.stars]
            best = max(choices, key=lambda choice: len(choice[1]), default=None)
            if best and len(best[1]) > 1:
                found.append(best)
        return found

    def _covered(self, star: Star, triples: list[Triple]) -> list[Triple]:
        """Return those of *triples* that *star* answers; none where it lacks subjects that match them."""
        numbers = {
            one: self._catalogue.predicate(one.predicate).id for one in triples if isinstance(one.predicate, NamedNode)
        }
        of_class = [one for one in triples if self._says_class(one, star)]
        if not of_class and not any(number in star.every for number in numbers.values()):
            return []
        return list(dict.fromkeys([*of_class, *(one for one in triples if numbers[one] in star.columns)]))

    def _says_class(self, triple: Triple, star: Star) -> bool:
        if triple.predicate != _TYPE or isinstance(triple.object, Var):
            return False
        return self._catalogue.id(triple.object) == star.class_

    def _match_star(self, star: Star, triples: list[Triple]) -> None:
        alias = self._names.fresh()
        self._from.append(f"{star.table} AS {alias}")
        for triple in triples:
            assert isinstance(triple.predicate, NamedNode)
            predicate = self._catalogue.predicate(triple.predicate)
            self._bind_once(triple.subject, f"{alias}.s", predicate.subject_kinds)
            self._sizes.append(
                (_variables(triple.subject, triple.object), self._size(predicate, triple.subject, triple.object))
            )
            if self._says_class(triple, star):
                continue
            column = f"{alias}.p{predicate.id}"
            if predicate.id not in star.whole and isinstance(triple.object, Var):
                self._conditions.append(f"{column} IS NOT NULL")
            if predicate.object_kinds == INTEGER:
                self._wholes[column] = f"{alias}.w{predicate.id}"
            self._bind(triple.object, column, predicate.object_kinds)

    def _bind_once(self, node: Node, sql: str, kinds: int) -> None:
        """Bind *node* to *sql*, which it may be bound to already."""
        if isinstance(node, Var) and node.name in self._bound and self._bound[node.name][0] == sql:
            self._bound[node.name] = sql, self._bound[node.name][1] & kinds
        else:
            self._bind(node, sql, kinds)


def _zero(path: Path) -> bool:
    return isinstance(path, Repeated) and path.zero


def _kinds(constant: NamedNode | Literal) -> int:
    return IRI if isinstance(constant, NamedNode) else LITERAL


def _variables(*nodes: Node) -> set[str]:
    return {node.name for node in nodes if isinstance(node, Var)}

"""Plans a query: from its tree to one SELECT in SQL (SPARQL 1.1, section 18.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aidtrace.columns.catalogue import Catalogue
from aidtrace.columns.expressions import Scope, Value
from aidtrace.columns.kinds import ORDERED
from aidtrace.columns.patterns import Basic, Names
from aidtrace.columns.relations import TERM, UNIT, Column, Relation, join, left_join, listed, minus, union, where
from aidtrace.columns.tree import (
    Aggregate,
    Bind,
    Exists,
    Expression,
    Filter,
    Graph,
    Group,
    Minus,
    Node,
    Operation,
    Optional,
    Select,
    Triple,
    Union,
    Unsupported,
    Values,
    Var,
    parts,
)

_LONGEST = 20_000
"""SQL of more characters takes DuckDB longer to plan than it may save."""


@dataclass(frozen=True)
class Plan:
    """How the columns answer a query: SQL, and the columns that it selects, by the variables of the answer.

    *work* is roughly how many triples the store would look at; it is 0 where there is nothing to work out, for the
    store hands out plain matches as it finds them.
    """

    sql: str
    columns: dict[str, Column]
    work: int


def plan(select: Select, catalogue: Catalogue) -> Plan:
    """Return the plan of *select*; Unsupported where the columns cannot answer it for certain."""
    planner = _Planner(catalogue)
    relation = planner.select(select, None)
    if len(relation.sql) > _LONGEST:
        raise Unsupported("more patterns than are planned in no time")
    return Plan(relation.sql, relation.columns, planner.work if planner.analytic else 0)


class _Planner:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue, self._names = catalogue, Names()
        self.work, self.analytic = 0, False

    # The query and its modifiers.

    def select(self, select: Select, graph: Node | None) -> Relation:
        """Return the solutions of a SELECT."""
        if (select.limit is not None or select.offset) and not select.order:
            raise Unsupported("LIMIT or OFFSET without an order")
        relation = self.group(select.group, graph)
        self.analytic = self.analytic or select.distinct or bool(select.order) or select.aggregates()
        projection, having, order = select.projection, select.having, select.order
        if select.aggregates():
            relation, projection, having, order = self._aggregated(select, relation)
        for condition in having:
            relation = self._filtered(relation, condition, None)
        if projection is None:
            projection = [(Var(name), None) for name in sorted(relation.columns) if not name.startswith(".")]
        for var, expression in projection:
            if expression is not None:
                relation = self._extended(relation, var, expression)
        return self._projected(relation, select, [var for var, _ in projection], order)

    def _projected(
        self, relation: Relation, select: Select, variables: list[Var], order: list[tuple[Expression, bool]]
    ) -> Relation:
        scope = Scope(self._catalogue, "r", relation.columns)
        chosen, columns = [], dict[str, Column]()
        for var in variables:
            column = relation.columns.get(var.name) or Column(self._names.of(var.name), certain=False)
            columns[var.name] = replace(column, whole="")
            chosen.append(f"r.{column.name}" if var.name in relation.columns else f"NULL::INTEGER AS {column.name}")
        if select.distinct:
            _expect_comparable(columns.values())
        if select.distinct and not all(isinstance(key, Var) and key.name in columns for key, _ in order):
            raise Unsupported("DISTINCT rows in the order of something else")
        sorted_by = [
            f"{scope.ordered(key)} {'DESC NULLS LAST' if descending else 'ASC NULLS FIRST'}"
            for key, descending in order
        ]
        sql = (
            f"SELECT {'DISTINCT ' if select.distinct else ''}{listed(chosen)} FROM {relation.aliased('r')}{scope.joins}"
        )
        sql += f" ORDER BY {', '.join(sorted_by)}" if sorted_by else ""
        sql += f" LIMIT {select.limit}" if select.limit is not None else ""
        sql += f" OFFSET {select.offset}" if select.offset else ""
        return Relation(sql, columns)

    def _aggregated(
        self, select: Select, relation: Relation
    ) -> tuple[
        Relation,
        list[tuple[Var, Expression | None]],
        list[Expression],
        list[tuple[Expression, bool]],
    ]:
        """Return the groups, and the clauses behind them with a variable in the place of each aggregate."""
        if select.projection is None:
            raise Unsupported("SELECT * of groups")
        aggregates = dict[Aggregate, Var]()

        def without(expression: Expression) -> Expression:
            if isinstance(expression, Aggregate):
                return aggregates.setdefault(expression, Var(f".a{len(aggregates)}"))
            if isinstance(expression, Operation):
                return Operation(expression.name, tuple(without(one) for one in expression.operands))
            return expression

        projection = [(var, None if one is None else without(one)) for var, one in select.projection]
        having = [without(one) for one in select.having]
        order = [(without(one), descending) for one, descending in select.order]
        groups = self._grouped(select, relation, aggregates)
        return groups, projection, having, order

    def _grouped(self, select: Select, relation: Relation, aggregates: dict[Aggregate, Var]) -> Relation:
        scope = Scope(self._catalogue, "r", relation.columns)
        chosen, keys, columns = list[str](), list[str](), dict[str, Column]()
        for expression, alias in select.keys:
            var = alias or (expression if isinstance(expression, Var) else Var(f".k{len(keys)}"))
            sql, column = self._computed(scope, var, expression)
            chosen.append(f"{sql} AS {column.name}")
            keys.append(sql)
            columns[var.name] = column
        _expect_comparable(columns.values())
        for aggregate, var in aggregates.items():
            sql, column = self._aggregate(scope, aggregate, var, grouped=bool(select.keys))
            chosen.append(f"{sql} AS {column.name}")
            columns[var.name] = column
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        return Relation(f"SELECT {listed(chosen)} FROM {relation.aliased('r')}{scope.joins}{group}", columns)

    def _computed(self, scope: Scope, var: Var, expression: Expression) -> tuple[str, Column]:
        """Return an expression in SQL, and the column that it makes."""
        if isinstance(expression, Var):
            sql, column = scope.column(expression)
            return sql, replace(column, name=self._names.of(var.name), whole="")
        value = scope.value(expression)
        if value.type not in ("integer", "decimal", "string", "boolean"):
            raise Unsupported(f"a computed {value.type}")
        return value.sql, Column(self._names.of(var.name), type=value.type, certain=False)

    def _aggregate(self, scope: Scope, aggregate: Aggregate, var: Var, *, grouped: bool) -> tuple[str, Column]:
        name, operand, distinct = aggregate
        word, made = "DISTINCT " if distinct else "", self._names.of(var.name)
        if operand is None:
            if distinct:
                raise Unsupported("COUNT(DISTINCT *)")
            return "count(*)", Column(made, type="integer")
        if name == "COUNT":
            sql, column = self._computed(scope, var, operand)
            if distinct:
                _expect_comparable([column])
            return f"count({word}{sql})", Column(made, type="integer")
        self._expect_certain(scope, operand)
        if name in ("MIN", "MAX"):
            return self._extreme(scope, name, operand, made, grouped=grouped)
        value = scope.value(operand)
        if value.type not in ("integer", "decimal"):
            raise Unsupported(f"{name} of {value.type}, or of several kinds")
        if distinct and name == "AVG":
            raise Unsupported("AVG(DISTINCT …)")
        total = _total(word, value)
        if name == "SUM" and value.type == "integer":
            return total, Column(made, type="integer")
        if name == "SUM" and grouped:
            return total, Column(made, type="decimal")
        both = f"{{'total': {total}::DECIMAL(38, 18), 'count': count(*)}}"
        return both, Column(made, type="sum" if name == "SUM" else "average")

    def _extreme(self, scope: Scope, name: str, operand: Expression, made: str, *, grouped: bool) -> tuple[str, Column]:
        if isinstance(operand, Var) and scope.column(operand)[1].type == TERM:
            sql, column = scope.column(operand)
            if column.kinds not in ORDERED:
                raise Unsupported(f"{name} of several kinds")
            return f"{name}({sql})", Column(made, column.kinds, certain=grouped)
        value = scope.value(operand)
        if value.type not in ("integer", "decimal", "string"):
            raise Unsupported(f"{name} of {value.type}")
        return f"{name}({value.sql})", Column(made, type=value.type, certain=grouped)

    def _expect_certain(self, scope: Scope, operand: Expression) -> None:
        """Raise Unsupported where *operand* may be unbound or an error: the aggregate would be one too."""
        for part in parts(operand):
            if isinstance(part, Var) and not scope.column(part)[1].certain:
                raise Unsupported(f"an aggregate over ?{part.name}, which may be unbound")
            if isinstance(part, Operation) and part.name in ("IF", "COALESCE"):
                raise Unsupported(f"an aggregate over {part.name}")

    # Patterns.

    def group(self, group: Group, graph: Node | None) -> Relation:
        """Return the solutions of a group: its elements in their order, then its filters."""
        relation, triples, filters = UNIT, list[Triple](), list[Expression]()
        for element in group.elements:
            if isinstance(element, Triple):
                triples.append(element)
                continue
            if isinstance(element, Filter):
                filters.append(element.condition)
                continue
            relation, triples = self._with_triples(relation, triples, graph), []
            relation = self._with_element(relation, element, graph)
        relation = self._with_triples(relation, triples, graph)
        for condition in filters:
            relation = self._filtered(relation, condition, graph)
        return relation

    def _with_triples(self, relation: Relation, triples: list[Triple], graph: Node | None) -> Relation:
        if not triples:
            return relation
        basic = Basic(self._catalogue, self._names, graph)
        found = basic.relation(triples)
        self.work += basic.work
        return join(relation, found)

    def _with_element(self, relation: Relation, element: object, graph: Node | None) -> Relation:
        match element:
            case Optional():
                return self._optional(relation, element.group, graph)
            case Minus():
                return minus(relation, self.group(element.group, graph))
            case Union():
                return join(relation, union([self.group(one, graph) for one in element.groups]))
            case Bind():
                if element.variable.name in relation.columns:
                    raise Unsupported("BIND of a variable that is bound")
                return self._extended(relation, element.variable, element.expression)
            case Values():
                return join(relation, self._values(element))
            case Graph():
                return join(relation, self._in_graph(element))
            case Group():
                return join(relation, self.group(element, graph))
            case Select():
                if graph is not None:
                    raise Unsupported("a query within GRAPH")
                return join(relation, self.select(element, graph))
            case _:
                raise Unsupported(type(element).__name__)

    def _in_graph(self, element: Graph) -> Relation:
        if any(not isinstance(one, Triple | Filter) for one in element.group.elements):
            raise Unsupported("more than triples within GRAPH")
        if not any(isinstance(one, Triple) for one in element.group.elements):
            raise Unsupported("GRAPH without triples")
        return self.group(element.group, element.name)

    def _optional(self, relation: Relation, group: Group, graph: Node | None) -> Relation:
        """Join a group where it matches; its filters see the variables of both sides."""
        if any(isinstance(one, Filter) and _has_exists(one.condition) for one in group.elements):
            raise Unsupported("EXISTS in an OPTIONAL")
        conditions = [element.condition for element in group.elements if isinstance(element, Filter)]
        bare = Group([element for element in group.elements if not isinstance(element, Filter)])
        right, both = self.group(bare, graph), list[str]()
        for condition in conditions:
            try:
                right = self._filtered(right, condition, graph)
            except Unsupported:
                both.append(self._over_both(relation, right, condition))
        return left_join(relation, right, both)

    def _over_both(self, left: Relation, right: Relation, condition: Expression) -> str:
        """Return a condition on which two relations are joined, which looks at numbers of terms alone."""
        scope = Scope(self._catalogue, "b", right.columns, Scope(self._catalogue, "a", left.columns))
        written = scope.condition(condition)
        if scope.joins or (scope.outer and scope.outer.joins):
            raise Unsupported("an OPTIONAL that looks at values of both sides")
        return written

    def _filtered(self, relation: Relation, condition: Expression, graph: Node | None) -> Relation:
        self.analytic = True
        if isinstance(condition, Operation) and condition.name == "&&":
            for operand in condition.operands:
                relation = self._filtered(relation, operand, graph)
            return relation
        scope = Scope(self._catalogue, "r", relation.columns)
        written = self._exists(scope, condition, graph) if isinstance(condition, Exists) else scope.condition(condition)
        return Relation(f"SELECT r.* FROM {relation.aliased('r')}{scope.joins} WHERE {written}", relation.columns)

    def _exists(self, outer: Scope, condition: Exists, graph: Node | None) -> str:
        """Return whether a pattern matches: its outermost filters see the variables of the group it stands in."""
        if graph is not None:
            raise Unsupported("EXISTS within GRAPH")
        if any(not isinstance(one, Triple | Filter) for one in condition.group.elements):
            raise Unsupported("EXISTS of more than triples")  # the solutions outside are put into the pattern first
        filters = [one.condition for one in condition.group.elements if isinstance(one, Filter)]
        bare = Group([one for one in condition.group.elements if not isinstance(one, Filter)])
        inner = self.group(bare, None)
        scope = Scope(self._catalogue, "n", inner.columns, outer)
        shared = [var for var in inner.columns if var in outer.columns]
        for column in (side[var] for var in shared for side in (inner.columns, outer.columns)):
            if not column.certain or column.type != TERM:
                raise Unsupported("EXISTS over a variable that may be unbound")
        conditions = [f"n.{inner.columns[var].name} = {outer.alias}.{outer.columns[var].name}" for var in shared]
        conditions += [scope.condition(one) for one in filters]
        found = f"EXISTS (SELECT 1 FROM {inner.aliased('n')}{scope.joins}{where(conditions)})"
        return f"NOT {found}" if condition.negated else found

    def _extended(self, relation: Relation, var: Var, expression: Expression) -> Relation:
        scope = Scope(self._catalogue, "r", relation.columns)
        sql, column = self._computed(scope, var, expression)
        return Relation(
            f"SELECT r.*, {sql} AS {column.name} FROM {relation.aliased('r')}{scope.joins}",
            relation.columns | {var.name: column},
        )

    def _values(self, values: Values) -> Relation:
        if not values.variables:
            raise Unsupported("VALUES of no variable")
        rows = [[self._catalogue.id(term) if term is not None else None for term in row] for row in values.rows]
        if any(number is None for row in rows for number in row):
            raise Unsupported("VALUES with UNDEF, or with a term that the store does not hold")
        columns = {
            var.name: Column(self._names.of(var.name), self._kinds(values, place))
            for place, var in enumerate(values.variables)
        }
        if not rows:
            nothing = ", ".join(f"NULL::INTEGER AS {column.name}" for column in columns.values())
            return Relation(f"SELECT {nothing} WHERE false", columns)
        written = ", ".join("(" + ", ".join(map(str, row)) + ")" for row in rows)
        names = ", ".join(column.name for column in columns.values())
        return Relation(f"SELECT * FROM (VALUES {written}) AS v({names})", columns)

    def _kinds(self, values: Values, place: int) -> int:
        numbers = {self._catalogue.id(row[place]) for row in values.rows if row[place] is not None}  # type: ignore[arg-type]
        found = self._catalogue.rows(
            "SELECT coalesce(bit_or(kind), 0) FROM terms WHERE id IN (SELECT unnest(?))", [list(numbers)]
        )
        kinds: int = found[0][0]
        return kinds


def _total(word: str, value: Value) -> str:
    """Return a sum; an error where the numbers are so large that the store may be beyond its range on the way."""
    type_ = "BIGINT" if value.type == "integer" else "DECIMAL(38, 18)"
    in_range = f"least(sum({word}abs({value.sql}))::{type_}, 0)"
    return f"coalesce(sum({word}{value.sql}) + {in_range}, 0)::{type_}"


def _expect_comparable(columns: Iterable[Column]) -> None:
    """Raise Unsupported for sums and averages that are kept in two parts: equal ones may differ in these."""
    if any(column.type in ("sum", "average") for column in columns):
        raise Unsupported("comparing averages")


def _has_exists(condition: Expression) -> bool:
    return any(isinstance(part, Exists) for part in parts(condition))

"""Expressions as SQL (SPARQL 1.1, section 17).

An error is NULL: both have the same logic of three values. What an expression comes to has to be known from the kinds
of its operands, for SQL does not look at each value; where it is not, the expression is Unsupported.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from aidtrace.columns.catalogue import Catalogue
from aidtrace.columns.kinds import (
    BLANK,
    DATE,
    DECIMAL,
    INTEGER,
    IRI,
    LITERAL,
    NUMBER,
    ORDERED,
    STRING,
    TAGGED,
    known_letters,
)
from aidtrace.columns.relations import TERM, Column
from aidtrace.columns.tree import Expression, Operation, Unsupported, Var
from aidtrace.namespaces import XSD

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMPARED = ("=", "!=", "<", "<=", ">", ">=")
_NUMERIC = ("integer", "decimal", "number")
_OF_NUMBERS = {INTEGER: ("whole", "integer"), DECIMAL: ("number", "decimal")}
_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Value(NamedTuple):
    """An expression in SQL and what it comes to: integer, decimal, number, string, boolean, date, iri, tagged."""

    sql: str
    type: str


@dataclass
class Scope:
    """The variables of a relation with the name *alias*, and the terms that are looked up for them.

    The variables of *outer* are seen too: it is the relation that a pattern of EXISTS belongs to.
    """

    catalogue: Catalogue
    alias: str
    columns: dict[str, Column]
    outer: "Scope | None" = None
    _joined: dict[str, str] = field(default_factory=dict)

    @property
    def joins(self) -> str:
        """The items of FROM that bring the terms."""
        return "".join(self._join(self.columns[var], name) for var, name in self._joined.items())

    def _join(self, column: Column, name: str) -> str:
        """Join the terms of *column*; where they are of one kind, only these are read, for terms lie by their kinds."""
        kind = f" AND {name}.kind = {column.kinds}" if column.kinds.bit_count() == 1 else ""
        outer = "" if column.certain else "LEFT "
        return f" {outer}JOIN terms AS {name} ON {name}.id = {self.alias}.{column.name}{kind}"

    def column(self, var: Var) -> tuple[str, Column]:
        """Return the column of *var*, in SQL; Unsupported where nothing binds it."""
        if var.name in self.columns:
            return f"{self.alias}.{self.columns[var.name].name}", self.columns[var.name]
        if self.outer is not None:
            return self.outer.column(var)
        raise Unsupported(f"?{var.name}, which nothing binds here")

    def of_term(self, var: Var, attribute: str) -> str:
        """Return what ``terms`` says of the term that *var* is bound to; Unsupported where it is bound to a value."""
        if self.column(var)[1].type != TERM:
            raise Unsupported(f"the term of ?{var.name}, which is computed")
        if var.name not in self.columns and self.outer is not None:
            return self.outer.of_term(var, attribute)
        name = self._joined.setdefault(var.name, f"{self.alias}{self.columns[var.name].name}")
        return f"{name}.{attribute}"

    def value(self, expression: Expression) -> Value:
        """Return *expression* in SQL."""
        if isinstance(expression, Var):
            return self._variable(expression)
        if isinstance(expression, Literal):
            return _literal(expression)
        if isinstance(expression, NamedNode):
            return Value(quoted(expression.value), "iri")
        if isinstance(expression, Operation):
            return self._operation(expression)
        raise Unsupported(type(expression).__name__)

    def condition(self, expression: Expression) -> str:
        """Return a condition in SQL; Unsupported where its effective boolean value is not that of a boolean."""
        value = self.value(expression)
        if value.type != "boolean":
            raise Unsupported("a condition that is no comparison")
        return value.sql

    def ordered(self, expression: Expression) -> str:
        """Return what *expression* is sorted by."""
        if isinstance(expression, Var) and self.column(expression)[1].type == TERM:
            sql, column = self.column(expression)
            if column.kinds not in (0, *ORDERED):
                raise Unsupported(f"the order of ?{expression.name}, which is of several kinds")
            return sql
        value = self.value(expression)
        if value.type not in ("integer", "decimal", "string", "boolean"):
            raise Unsupported(f"the order of {value.type}")
        return value.sql

    def _variable(self, var: Var) -> Value:
        sql, column = self.column(var)
        if column.type != TERM:
            return Value(sql, column.type)
        if column.kinds and not column.kinds & ~NUMBER:
            if column.whole:
                return Value(f"{sql.partition('.')[0]}.{column.whole}", "integer")
            attribute, type_ = _OF_NUMBERS.get(column.kinds, ("number", "number"))
            return Value(self.of_term(var, attribute), type_)
        by_kind = {STRING: "string", DATE: "date", IRI: "iri", TAGGED: "tagged"}
        if column.kinds not in by_kind:
            raise Unsupported(f"the value of ?{var.name}, which is of several kinds")
        return Value(self.of_term(var, "lexical"), by_kind[column.kinds])

    def _operation(self, operation: Operation) -> Value:
        name, operands = operation
        if name in ("&&", "||"):
            joined = {"&&": "AND", "||": "OR"}[name]
            return Value("(" + f" {joined} ".join(self.condition(one) for one in operands) + ")", "boolean")
        if name == "!":
            return Value(f"(NOT {self.condition(operands[0])})", "boolean")
        if name in _COMPARED:
            return Value(self._comparison(name, *operands), "boolean")
        if name == "IN":
            first, *others = operands
            return Value(
                "(" + (" OR ".join(self._comparison("=", first, one) for one in others) or "false") + ")", "boolean"
            )
        if name in ("+", "-", "*"):
            return self._arithmetic(name, *operands)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](self, operands)
        raise Unsupported(name)

    def _comparison(self, sign: str, left: Expression, right: Expression) -> str:
        if sign in ("=", "!=") and (same := self._same_terms(left, right)):
            return f"({same[0]} {'=' if sign == '=' else '<>'} {same[1]})"
        if compared := self._compared_numbers(sign, left, right):
            return compared
        one, other = self.value(left), self.value(right)
        comparable = one.type == other.type and one.type in (*_NUMERIC, "string", "date", "boolean")
        if not comparable and not (one.type in _NUMERIC and other.type in _NUMERIC):
            raise Unsupported(f"{one.type} {sign} {other.type}")
        return f"({one.sql} {'<>' if sign == '!=' else sign} {other.sql})"

    def _compared_numbers(self, sign: str, left: Expression, right: Expression) -> str:
        """Compare the numbers of terms, which lie in the order of their values; empty where that is not enough."""
        if not isinstance(left, Var) and isinstance(right, Var):
            return self._compared_numbers(_TURNED[sign], right, left)
        if not isinstance(left, Var) or sign in ("=", "!="):
            return ""
        sql, column = self.column(left)
        if column.type != TERM or column.kinds not in (INTEGER, DECIMAL, STRING, DATE):
            return ""
        if isinstance(right, Var):
            other, known = self.column(right)
            return f"({sql} {sign} {other})" if known.type == TERM and known.kinds == column.kinds else ""
        if not isinstance(right, Literal):
            return ""
        value = _literal(right)
        if value.type not in {INTEGER: _NUMERIC, DECIMAL: _NUMERIC, STRING: ("string",), DATE: ("date",)}[column.kinds]:
            return ""
        first = self.catalogue.first(column.kinds, value.sql, above=sign in (">", "<="))
        return f"({sql} {'>=' if sign[0] == '>' else '<'} {first})"

    def _same_terms(self, left: Expression, right: Expression) -> tuple[str, str] | None:
        """Return the numbers of two terms, where these are equal if and only if the terms are."""
        if not isinstance(left, Var) and not isinstance(right, Var):
            return None
        sides = [self._number(side) for side in (left, right)]
        one, other = sides
        if one is None or other is None:
            return None
        certain = (IRI, BLANK, IRI | BLANK, STRING, TAGGED, DATE, INTEGER, DECIMAL)
        if one[1] in certain[:3] or other[1] in certain[:3] or (one[1] == other[1] and one[1] in certain):
            return one[0], other[0]
        return None

    def _number(self, side: Expression) -> tuple[str, int] | None:
        """Return the number of a term, in SQL, and its kinds; -1 for a constant that the store does not hold."""
        if isinstance(side, Var):
            sql, column = self.column(side)
            return (sql, column.kinds) if column.type == TERM else None
        if isinstance(side, NamedNode):
            number = self.catalogue.id(side)
            return str(-1 if number is None else number), IRI
        if isinstance(side, Literal) and side.datatype.value == f"{XSD.iri}string":
            number = self.catalogue.id(side)
            return str(-1 if number is None else number), STRING
        return None

    def _arithmetic(self, sign: str, left: Expression, right: Expression) -> Value:
        one, other = self.value(left), self.value(right)
        if (one.type, other.type) != ("integer", "integer"):
            raise Unsupported(f"{one.type} {sign} {other.type}")
        return Value(f"({one.sql} {sign} {other.sql})", "integer")

    def text(self, expression: Expression) -> str:
        """Return a string, or one with a language, as it is looked through."""
        value = self.value(expression)
        if value.type not in ("string", "tagged"):
            raise Unsupported(f"the text of {value.type}")
        return value.sql

    def string(self, expression: Expression) -> str:
        """Return a string without a language."""
        value = self.value(expression)
        if value.type != "string":
            raise Unsupported(f"a string of {value.type}")
        return value.sql

    def str_(self, expression: Expression) -> str:
        """Return what STR makes of a term."""
        if isinstance(expression, Var) and self.column(expression)[1].type == TERM:
            if self.column(expression)[1].kinds & ~(IRI | LITERAL):
                raise Unsupported("STR of a blank node")
            return self.of_term(expression, "lexical")
        value = self.value(expression)
        if value.type not in ("integer", "string", "tagged", "iri"):
            raise Unsupported(f"STR of {value.type}")
        return f"CAST({value.sql} AS VARCHAR)"


_Operands = Sequence[Expression]


def _bound(scope: Scope, operands: _Operands) -> Value:
    (var,) = operands
    if not isinstance(var, Var):
        raise Unsupported("BOUND")
    return Value(f"({scope.column(var)[0]} IS NOT NULL)", "boolean")


def _lower(scope: Scope, operands: _Operands) -> Value:
    (operand,) = operands
    value = scope.value(operand)
    if value.type not in ("string", "tagged"):
        raise Unsupported(f"LCASE of {value.type}")
    if not scope.catalogue.known_letters or (isinstance(operand, Literal) and not known_letters(operand.value)):
        raise Unsupported("LCASE of letters that a later Unicode has")
    if value.sql.endswith(".lexical"):
        exception = value.sql.removesuffix("lexical") + "lowered"
        return Value(f"coalesce({exception}, lower({value.sql}))", value.type)
    if isinstance(operand, Literal):
        return Value(quoted(operand.value.lower()), value.type)
    raise Unsupported("LCASE of a text that was computed")


def _substring(scope: Scope, operands: _Operands) -> Value:
    text, *places = operands
    numbers = [int(one.value) for one in places if isinstance(one, Literal) and _literal(one).type == "integer"]
    if len(numbers) < len(places) or min(numbers) < 1:
        raise Unsupported("SUBSTR from a place that is computed, or before the text")
    value = scope.value(text)
    if value.type not in ("string", "tagged"):
        raise Unsupported(f"SUBSTR of {value.type}")
    return Value(f"substr({', '.join([value.sql, *map(str, numbers)])})", value.type)


def _found(function: str) -> Callable[[Scope, _Operands], Value]:
    return lambda scope, operands: Value(
        f"{function}({scope.text(operands[0])}, {scope.string(operands[1])})", "boolean"
    )


def _part_of_date(length: str) -> Callable[[Scope, _Operands], Value]:
    def part(scope: Scope, operands: _Operands) -> Value:
        value = scope.value(operands[0])
        if value.type != "date":
            raise Unsupported(f"a part of a {value.type}")
        return Value(f"CAST(substr({value.sql}, {length}) AS BIGINT)", "integer")

    return part


def _if(scope: Scope, operands: _Operands) -> Value:
    condition, *choices = operands
    one, other = (scope.value(choice) for choice in choices)
    if one.type != other.type or one.type == "date":
        raise Unsupported(f"IF with {one.type} or {other.type}")
    test = scope.condition(condition)
    return Value(f"(CASE WHEN {test} THEN {one.sql} WHEN NOT {test} THEN {other.sql} END)", one.type)


def _coalesce(scope: Scope, operands: _Operands) -> Value:
    values = [scope.value(one) for one in operands]
    if len({value.type for value in values}) != 1 or values[0].type == "date":
        raise Unsupported("COALESCE of several kinds")
    return Value(f"coalesce({', '.join(value.sql for value in values)})", values[0].type)


def _language(scope: Scope, operands: _Operands) -> Value:
    (var,) = operands
    if not isinstance(var, Var) or scope.column(var)[1].kinds & ~LITERAL:
        raise Unsupported("LANG of what may be no literal")
    return Value(scope.of_term(var, "language"), "string")


_FUNCTIONS: dict[str, Callable[[Scope, _Operands], Value]] = {
    "BOUND": _bound,
    "COALESCE": _coalesce,
    "CONTAINS": _found("contains"),
    "DAY": _part_of_date("9, 2"),
    "IF": _if,
    "LANG": _language,
    "LCASE": _lower,
    "MONTH": _part_of_date("6, 2"),
    "STR": lambda scope, operands: Value(scope.str_(operands[0]), "string"),
    "STRENDS": _found("ends_with"),
    "STRLEN": lambda scope, operands: Value(f"length({scope.text(operands[0])})", "integer"),
    "STRSTARTS": _found("starts_with"),
    "SUBSTR": _substring,
    "YEAR": _part_of_date("1, 4"),
}


def _literal(literal: Literal) -> Value:
    datatype = literal.datatype.value
    if datatype == f"{XSD.iri}integer" and _INTEGER.fullmatch(literal.value):
        return Value(f"{literal.value}::BIGINT", "integer")
    if datatype == f"{XSD.iri}decimal" and _DECIMAL.fullmatch(literal.value):
        return Value(f"{literal.value}::DECIMAL(38, 18)", "decimal")
    if datatype == f"{XSD.iri}string":
        return Value(quoted(literal.value), "string")
    if datatype == f"{XSD.iri}boolean" and literal.value in ("true", "false"):
        return Value(literal.value, "boolean")
    if datatype == f"{XSD.iri}date" and _is_date(literal.value):
        return Value(quoted(literal.value), "date")
    raise Unsupported(f"a constant of {datatype}")


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def quoted(text: str) -> str:
    """Write *text* as a string of SQL."""
    if "\0" in text:
        raise Unsupported("a null character")
    return "'" + text.replace("'", "''") + "'"

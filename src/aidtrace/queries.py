"""Named questions: a question, the SPARQL that answers it, and the exact rows beside it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
    Variable,
)

from aidtrace.errors import InputError, one_of, unknown_name
from aidtrace.files import read_cells, read_text
from aidtrace.parameters import Given, Parameter, once, pair, values_of
from aidtrace.project import Project
from aidtrace.store import PUBLISHED

Row = tuple[str, ...]
Terms = Mapping[str, NamedNode | Literal]
"""Values for variables of a query, by their names."""

_HEADER = re.compile(r"^# (\w+): ?(.*)$")
_IRI = re.compile(r"(https?|urn):\S+")
_LEADING_COMMENTS = re.compile(r"\A(?:\s*#[^\r\n\\]*[\r\n])*")
_WATCHED = re.compile(r"(?<![?$])FROM|SERVICE|LOAD|\\u", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Rows of plain text under the names of their columns; an unbound cell is empty."""

    columns: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Query:
    """One file of ``queries/``, whose header holds the question, the answer in words, and where it stands."""

    name: str
    path: Path

    @cached_property
    def sparql(self) -> str:
        """The whole file, header included."""
        return read_text(self.path, "a SPARQL query")

    @cached_property
    def _header(self) -> list[tuple[str, str]]:
        lines = self.sparql.splitlines()
        return [(found[1], found[2].strip()) for line in lines if (found := _HEADER.match(line))]

    def _said(self, key: str) -> str:
        return " ".join(value for name, value in self._header if name == key)

    @property
    def question(self) -> str:
        """The question in words."""
        return self._said("question")

    @property
    def answer(self) -> str:
        """The answer in words, as the article gives it."""
        return self._said("answer")

    @property
    def source(self) -> str:
        """Where in the article the answer stands."""
        return self._said("source")

    @property
    def topic(self) -> str:
        """What it is about, in words that several questions share; nothing where the file does not say."""
        return self._said("topic")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The columns that can be bound before the question is asked."""
        return tuple(Parameter.read(value, self.path.name) for name, value in self._header if name == "param")

    @property
    def columns(self) -> Row:
        """The columns of the answer in their order."""
        result = Store().query(self.sparql)
        return tuple(one.value for one in result.variables) if isinstance(result, QuerySolutions) else ("answer",)

    @property
    def expected(self) -> Table | None:
        """The rows written beside the question, or None where there is no such file."""
        path = self.path.with_suffix(".csv")
        return read_table(path) if path.is_file() else None


def read_queries(project: Project) -> list[Query]:
    """Return the questions of *project* in the order of their names."""
    return [Query(path.stem, path) for path in project.query_files]


def find_query(project: Project, name: str) -> Query:
    """Return the question called *name*; UnknownNameError lists close names."""
    queries = {query.name: query for query in read_queries(project)}
    if name not in queries:
        raise unknown_name("question", name, queries)
    return queries[name]


def read_table(path: Path) -> Table:
    """Read a CSV file with a header into a table."""
    header, *rows = read_cells(path) or [()]
    return Table(header, tuple(rows))


def ask(store: Store, query: Query, given: Given = ()) -> Table:
    """Answer the named question *query*, with the values *given* for its parameters."""
    return run(store, query.sparql, declared(store, query, given), query.name)


def declared(store: Store, query: Query, given: Given) -> Terms:
    """Return the terms for the parameters of *query*; an error where one is not declared, or cannot have this value."""
    pairs = pair(query.parameters, given, query.name)
    return {one.name: one.term(text, values_of(one, store), query.name) for one, text in pairs.items()}


def free(given: Given, where: str) -> Terms:
    """Return a term for each value *given*, for a query that declares no parameters: an IRI, else plain text."""
    terms: dict[str, NamedNode | Literal] = {}
    for name, text in once(given, where):
        try:
            terms[name] = NamedNode(text) if _IRI.fullmatch(text) else Literal(text)
        except ValueError as error:
            raise InputError(f"{where}: {name} is {text!r}: {_line(error)}; expected an IRI or plain text") from error
    return terms


def run(store: Store, sparql: str, terms: Terms | None = None, where: str = "query") -> Table:
    """Run a SELECT or ASK over the published graphs of *store*; *where* names the query in an error."""
    found = answer(store, sparql, terms, where)
    if not isinstance(found, Table):
        raise InputError(f"{where}: answers with triples; expected SELECT or ASK")
    return found


def answer(
    store: Store,
    sparql: str,
    terms: Terms | None = None,
    where: str = "query",
    prefixes: Mapping[str, str] | None = None,
) -> Table | tuple[Triple, ...]:
    """Run any query over *store*; CONSTRUCT and DESCRIBE answer with triples, each once, in a fixed order.

    Without FROM it reads the published graphs. *terms* stand for variables that it selects; *prefixes* need not be
    declared in it.
    """
    read = _dataset(store, sparql, where)
    try:
        result = read.store.query(
            read.sparql,
            prefixes=dict(prefixes or {}),
            default_graph=read.default,
            named_graphs=read.named,
            substitutions={Variable(name): term for name, term in (terms or {}).items()},
        )
    except SyntaxError as error:
        raise InputError(f"{where}: {_malformed(error, read.sparql, prefixes or {})}") from error
    except RuntimeError as error:
        raise InputError(f"{where}: {_not_selected(terms or {}, read.sparql, prefixes or {})}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{where}: {_line(error)}; expected a query that can be answered") from error
    try:
        return _taken(result)
    except (OSError, RuntimeError, ValueError) as error:  # a query is evaluated while its answer is read
        raise InputError(f"{where}: {_line(error)}; expected a query that can be answered") from error


def differences(found: Table, expected: Table) -> list[str]:
    """Say what is wrong with *found*: columns that differ, rows that are missing, rows that should not be there."""
    if found.columns != expected.columns:
        return [f"columns are {','.join(found.columns)}, expected {','.join(expected.columns)}"]
    missing = _without(expected.rows, found.rows)
    extra = _without(found.rows, expected.rows)
    if not missing and not extra and found.rows != expected.rows:
        return ["the rows are the expected ones in another order"]
    return [f"missing: {' ; '.join(row)}" for row in missing] + [f"not expected: {' ; '.join(row)}" for row in extra]


def _without(rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    return list((Counter(rows) - Counter(others)).elements())


@dataclass(frozen=True)
class _Dataset:
    """What a query is run over: a store, and its graphs that count as the default graph and as named ones."""

    store: Store
    sparql: str
    default: list[NamedNode | BlankNode | DefaultGraph] | None
    named: list[NamedNode | BlankNode] | None


def _dataset(store: Store, sparql: str, where: str) -> _Dataset:
    """Read FROM out of *sparql*; InputError where it names no graph of *store*, or would leave the store."""
    if not _WATCHED.search(_LEADING_COMMENTS.sub("", sparql, count=1)):
        return _Dataset(store, sparql, list(PUBLISHED), None)
    from aidtrace.lexer import scan  # its patterns take a while to compile, and few queries need them
    from aidtrace.union import merged

    found = scan(sparql, {graph.value for graph in store.named_graphs()})
    if found.refusal:
        raise InputError(f"{where}: {found.refusal}")
    if len(found.default) > 1:  # the engine itself would see a triple of two graphs twice
        return _Dataset(merged(store, found.default, found.named), found.bare, None, None)
    if found.default or found.named:
        default, named = ([NamedNode(iri) for iri in graphs] for graphs in (found.default, found.named))
        return _Dataset(store, found.bare, [*default], [*named])
    return _Dataset(store, sparql, list(PUBLISHED), None)


def _malformed(error: SyntaxError, sparql: str, prefixes: Mapping[str, str]) -> str:
    from aidtrace.complaints import complaint  # it brings the lexer, and few queries are malformed

    return complaint(
        str(error), sparql, lambda text: Store().query(text, prefixes=dict(prefixes)), declared=prefixes.keys()
    )


def _not_selected(terms: Terms, sparql: str, prefixes: Mapping[str, str]) -> str:
    """Say which of *terms* the query has no use for: the engine binds only what is selected."""
    result = Store().query(sparql, prefixes=dict(prefixes))
    if not isinstance(result, QuerySolutions):
        return f"?{' and ?'.join(terms)} cannot be bound here; expected a variable of the query's own"
    selected = [f"?{variable.value}" for variable in result.variables]
    unknown = [name for name in (f"?{term}" for term in terms) if name not in selected]
    return f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not selected; expected {one_of(selected)}"


def _taken(result: object) -> Table | tuple[Triple, ...]:
    if isinstance(result, QuerySolutions):
        columns = tuple(variable.value for variable in result.variables)
        return Table(columns, tuple(tuple(_text(value) for value in solution) for solution in result))
    if isinstance(result, QueryTriples):
        return tuple(sorted(set(result), key=str))
    return Table(("answer",), ((str(bool(result)).lower(),),))


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def _text(term: object) -> str:
    if term is None:
        return ""
    if isinstance(term, Triple):
        return str(term)
    value = getattr(term, "value", None)
    return str(term) if value is None else str(value)

"""The parameters of a question: what each of them may be, and the term that a given value stands for.

A value is bound as a term; it never becomes text of the query.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store, Variable

from aidtrace.errors import InputError, UnknownNameError, one_of
from aidtrace.namespaces import ID, PREFIXES
from aidtrace.store import PUBLISHED

Given = Iterable[tuple[str, str]]
"""Names of parameters with their values, as someone wrote them."""

INSTANCES = "SELECT DISTINCT ?class ?value WHERE { ?value a ?class } ORDER BY ?value"
"""Finds what a parameter may be, where ``?class`` is bound to the class of its values."""

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Parameter:
    """A column of a question that can be bound before it is asked.

    Its values are the instances of the class *of*, an IRI, or else one of the *words*. The header line is
    ``# param: change iri at:DoctrineChange The change …`` or ``# param: certainty word certain|possible The …``.
    """

    name: str
    of: str
    words: tuple[str, ...]
    told: str

    @classmethod
    def read(cls, line: str, where: str) -> "Parameter":
        """Read one header line; InputError where it does not have this form."""
        name, kind, values, told = (line.split(None, 3) + [""] * 4)[:4]
        if kind == "word" and told:
            return cls(name, "", tuple(values.split("|")), told)
        prefix, _, local = values.partition(":")
        if kind != "iri" or prefix not in PREFIXES or not told:
            raise InputError(f"{where}: '# param: {line}'; expected NAME iri PREFIX:CLASS TEXT or NAME word A|B TEXT")
        return cls(name, PREFIXES[prefix] + local, (), told)

    def __str__(self) -> str:
        """Say its name and what it may be.

        >>> print(Parameter.read("change iri at:DoctrineChange The change", "x.rq"))
        change (iri of a doctrine change)
        """
        if self.words:
            return f"{self.name} ({'|'.join(self.words)})"
        kind = _WORDS.sub(" ", re.split("[#/]", self.of)[-1]).lower()
        return f"{self.name} (iri of {'an' if kind[0] in 'aeiou' else 'a'} {kind})"

    def term(self, text: str, values: Collection[str], where: str) -> NamedNode | Literal:
        """Return what *text* stands for: one of *values*, or a thing by its short name such as ``actor/mkek``."""
        value = text if not self.of or ":" in text else ID.iri + text
        if value not in values:
            short = [one.removeprefix(ID.iri) for one in values]
            raise InputError(f"{where}: {self.name} is {text!r}; expected {one_of(short, text.removeprefix(ID.iri))}")
        return NamedNode(value) if self.of else Literal(value)


def pair(parameters: Sequence[Parameter], given: Given, where: str, also: Sequence[str] = ()) -> dict[Parameter, str]:
    """Find the parameter of each value *given*; an error where there is none or it is given twice.

    *also* names what else may be given at this place, and is not in *given*.
    """
    known = {parameter.name: parameter for parameter in parameters}
    found: dict[Parameter, str] = {}
    for name, text in once(given, where):
        if name not in known:
            choice = one_of([*map(str, parameters), *also]) if parameters or also else "none, for it takes none"
            raise UnknownNameError(f"{where}: no parameter {name!r}; expected {choice}")
        found[known[name]] = text
    return found


def once(given: Given, where: str) -> list[tuple[str, str]]:
    """Return *given*; InputError where a name is given twice."""
    pairs = list(given)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: {name} is given {names.count(name)} times; expected once")
    return pairs


def values_of(parameter: Parameter, store: Store) -> Collection[str]:
    """Return what *parameter* may be in the published graphs of *store*."""
    if not parameter.of:
        return parameter.words
    found = store.query(
        INSTANCES,
        default_graph=list(PUBLISHED),
        substitutions={Variable("class"): NamedNode(parameter.of)},
    )
    assert isinstance(found, QuerySolutions)
    return tuple(row["value"].value for row in found if isinstance(row["value"], NamedNode))

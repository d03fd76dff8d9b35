"""The pages of the reference, in Markdown, made of what they tell of: ontology, shapes, questions, commands, paths."""

import re
from argparse import ArgumentParser, HelpFormatter, _SubParsersAction
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aidtrace.cli.arguments import parser
from aidtrace.project import Project
from aidtrace.queries import Query, read_queries
from aidtrace.rulebook import Rulebook, RuleEntry
from aidtrace.server.openapi.describing import routes
from aidtrace.terms import Term, Vocabulary

PROJECT = Project(Path(__file__).parents[2])
_WIDE = 100
"""Columns of the help of a command."""


def pages() -> Iterator[tuple[str, str]]:
    """Give each page, as the name of its file and its Markdown."""
    yield "ontology.md", "\n".join(ontology(Vocabulary(PROJECT)))
    yield "shapes.md", "\n".join(shapes(Rulebook(PROJECT)))
    yield "questions.md", "\n".join(questions(read_queries(PROJECT)))
    yield "commands.md", "\n".join(commands(parser()))
    yield "http.md", "\n".join(http(routes()))


def ontology(words: Vocabulary) -> Iterator[str]:
    """Write each word of ours, by the file that defines it."""
    yield "# The ontology\n"
    yield f"{words.about['description']}\n"
    yield f"Version {words.version}. A running server shows each word on a page of its own, under `/ontology`.\n"
    for concern in words.concerns:
        yield f"## {concern.replace('-', ' ').capitalize()}\n"
        yield from table(("word", "what it means", "of", "value"), map(_word, _of(words.terms, concern)))
    yield "## Concepts\n"
    for scheme, concepts in words.schemes:
        yield f"### {scheme.label}\n\n{scheme.definition}\n"
        rows = ((f"`{one.shown}`", one.label, one.definition) for one in concepts)
        yield from table(("concept", "label", "what it means"), rows)


def _of(terms: Sequence[Term], concern: str) -> list[Term]:
    return [one for one in terms if one.concern == concern]


def _word(one: Term) -> tuple[str, ...]:
    names = [", ".join(f"`{name}`" for name in several) for several in (one.domain or one.above, one.range)]
    return (f"`{one.shown}`", one.definition or one.label, *names)


def shapes(book: Iterable[RuleEntry]) -> Iterator[str]:
    """Write each rule, by the file that it stands in."""
    yield "# The rules of the shapes\n"
    yield "`aidtrace shapes NAME` shows a rule with an example that breaks it and one that passes.\n"
    rules = list(book)
    for file in sorted({one.file for one in rules}):
        yield f"## {file}\n"
        rows = (_rule(one) for one in rules if one.file == file)
        yield from table(("rule", "severity", "looks at", "along", "says"), rows)


def _rule(one: RuleEntry) -> tuple[str, ...]:
    path = f"`{one.path}`" if one.path else ""
    return (f"`{one.name}`", one.severity.lower(), " and ".join(one.targets), path, one.message)


def questions(asked: Iterable[Query]) -> Iterator[str]:
    """Write each named question with its columns, its parameters and its text."""
    yield "# The named questions\n"
    for one in asked:
        yield f"## {one.name}\n\n**{one.question}** {one.answer}\n"
        if one.source:
            yield f"It stands in {one.source}.\n"
        yield from table(
            ("parameter", "values", "what it is"),
            ((f"`{p.name}`", ", ".join(p.words) or f"`{p.of}`", p.told) for p in one.parameters),
        )
        text = "\n".join(line for line in one.sparql.splitlines() if not line.startswith("#")).strip()
        yield f"Columns: {', '.join(f'`{column}`' for column in one.columns)}.\n\n```sparql\n{text}\n```\n"


def commands(whole: ArgumentParser) -> Iterator[str]:
    """Write the help of each command."""
    yield f"# The commands\n\n{whole.description}\n"
    subparsers = next(one for one in whole._actions if isinstance(one, _SubParsersAction))
    for told in subparsers._choices_actions:
        one = subparsers.choices[told.dest]
        one.formatter_class = lambda prog: HelpFormatter(prog, width=_WIDE)
        yield f"## aidtrace {told.dest}\n\n{told.help}\n\n```text\n{one.format_help().rstrip()}\n```\n"


def http(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Write each path of the server that programs ask, with its methods, parameters and answers."""
    yield "# The HTTP API\n"
    yield "As a server describes it under `/openapi.json`, with the named questions and the values that they take.\n"
    for path in sorted(paths):
        yield f"## {path}\n"
        for method, one in paths[path].items():
            yield f"**{method.upper()}** {one['summary']}.\n"
            yield from table(("parameter", "what it is"), map(_parameter, one.get("parameters", ())))
            forms = [kind for answer in one["responses"].values() for kind in answer.get("content", ())]
            if forms:
                yield f"Answers: {', '.join(f'`{kind}`' for kind in dict.fromkeys(forms))}.\n"


def _parameter(one: Mapping[str, Any]) -> tuple[str, str]:
    values = ", ".join(f"`{value}`" for value in one.get("schema", {}).get("enum", ()))
    return f"`{one['name']}`", " ".join(filter(None, (one.get("description", ""), values)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a table, or nothing where there are no rows."""
    held = [" | ".join(map(_cell, row)) for row in rows]
    if held:
        yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
        yield from (f"| {row} |" for row in held)
        yield ""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").replace("<", "&lt;")

"""SPARQL read far enough to put focus nodes in front of it, and to tell what its answer depends on.

pyoxigraph shows no parse tree. This reader follows the groups, patterns and expressions of SELECT and ASK, with their
places in the text; whatever it does not follow raises Unclear, and the query is left to pySHACL.
Source: SPARQL 1.1 Query Language, section 19.8.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from aidtrace.lexer import Token, terminals
from aidtrace.namespaces import RDF, XSD
from aidtrace.shacl import paths
from aidtrace.shacl.terms import Term


class Unclear(Exception):  # noqa: N818  # it is no error of anybody's
    """A query says something that this reader does not follow."""


@dataclass(frozen=True)
class Variable:
    """A variable, by its name without the sign."""

    name: str


Slot = Variable | Term


@dataclass(frozen=True)
class Match:
    """A triple pattern; the path is a variable where the property is one."""

    subject: Slot
    path: paths.Path | Variable
    object: Slot


@dataclass(frozen=True)
class Use:
    """A variable in an expression: where it stands, the function around it, and whether BIND or SELECT uses it."""

    name: str
    start: int
    end: int
    function: str
    binds: bool
    call: tuple[int, int]


@dataclass
class Group:
    """A group: what it is for, where its inside begins and ends, and what stands directly in it.

    ``filters`` are the places of those without EXISTS.
    """

    kind: str
    start: int = 0
    end: int = 0
    matches: list[Match] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    filters: list[tuple[int, int]] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)
    select: "Select | None" = None
    graph: Slot | None = None

    def walk(self) -> Iterator["Group"]:
        """Yield this group and all groups inside it."""
        yield self
        for group in (*self.groups, *([self.select.where] if self.select else [])):
            yield from group.walk()

    def looks_at(self, name: str) -> bool:
        """Whether the variable *name* stands in a pattern or an expression of this group, or of one inside it."""
        return any(name in (use.name for use in group.uses) or name in _named(group) for group in self.walk())


@dataclass
class Select:
    """A SELECT, or an ASK, which projects nothing."""

    where: Group
    distinct: bool = False
    every: bool = False
    projected: list[str] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    grouped: list[str] = field(default_factory=list)
    aggregates: bool = False
    cut: bool = False
    ask: bool = False

    @property
    def counts(self) -> bool:
        """Whether it makes one solution of several."""
        return self.aggregates or bool(self.grouped)

    def mentions(self, name: str) -> bool:
        """Whether the variable *name* stands anywhere in it."""
        return name in (*self.projected, *self.computed, *self.grouped) or self.looks_at(name)

    def looks_at(self, name: str) -> bool:
        """Whether the variable *name* stands in a pattern or an expression of it."""
        return self.where.looks_at(name)

    def is_of(self, name: str) -> bool:
        """Whether it selects the variable *name*, and for the rest only a ``$this`` that it does not look at."""
        return set(self.projected) - {"this"} == {name} and not self.computed and not self.looks_at("this")


@dataclass
class Query:
    """A query as it was read."""

    select: Select
    calls: list[str] = field(default_factory=list)
    expressions: list[tuple[str, str]] = field(default_factory=list)


def parse(text: str, prefixes: dict[str, str]) -> Query:
    """Read the SELECT or ASK *text*, whose *prefixes* stand in front of it."""
    return _Reader(text, prefixes).query()


def _named(group: Group) -> Iterator[str]:
    for match in group.matches:
        yield from (slot.name for slot in (match.subject, match.path, match.object) if isinstance(slot, Variable))


_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_FUNCTIONS = _AGGREGATES | {
    *("ABS", "BNODE", "BOUND", "CEIL", "COALESCE", "CONCAT", "CONTAINS", "DATATYPE", "DAY", "ENCODE_FOR_URI"),
    *("FLOOR", "HOURS", "IF", "IRI", "ISBLANK", "ISIRI", "ISLITERAL", "ISNUMERIC", "ISURI", "LANG", "LANGMATCHES"),
    *("LCASE", "MD5", "MINUTES", "MONTH", "REGEX", "REPLACE", "ROUND", "SAMETERM", "SECONDS", "SHA1", "SHA256"),
    *("SHA384", "SHA512", "STR", "STRAFTER", "STRBEFORE", "STRDT", "STRENDS", "STRLANG", "STRLEN", "STRSTARTS"),
    *("SUBSTR", "TIMEZONE", "TZ", "UCASE", "URI", "YEAR"),
}
_IN_EXPRESSIONS = {"IN", "NOT", "AS", "TRUE", "FALSE", "DISTINCT", "SEPARATOR"}
_PATTERNS = {"REGEX": (1, 2), "REPLACE": (1, 3)}


@dataclass
class _Call:
    """A bracket that is open: the function before it, where that begins, and its arguments so far."""

    function: str
    start: int
    arguments: list[list[Token]] = field(default_factory=lambda: [[]])


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, prefixes: dict[str, str]) -> None:
        self._tokens = terminals(text)
        self._prefixes = dict(prefixes)
        self._at = 0
        self._blanks = 0
        self._query = Query(Select(Group("where")))

    def query(self) -> Query:
        """Read the whole text."""
        while self._word("PREFIX"):
            self._prefixes[self._take("name").text.removesuffix(":")] = self._take("iri").text[1:-1]
        if self._word("ASK"):
            self._query.select.ask = True
            self._skip("WHERE")
            self._group(self._query.select.where)
        else:
            self._expect("SELECT")
            self._select(self._query.select)
        if self._at < len(self._tokens):
            raise Unclear(f"{self._tokens[self._at].text} after the end")
        return self._query

    # SELECT and its modifiers

    def _select(self, select: Select) -> None:
        select.distinct = self._skip("DISTINCT") or self._skip("REDUCED")
        self._projection(select)
        self._skip("WHERE")
        self._group(select.where)
        self._modifiers(select)

    def _projection(self, select: Select) -> None:
        while not (self._is("{") or self._is_word("WHERE")):
            if self._sign("*"):
                select.every = True
            elif self._kind() == "variable":
                select.projected.append(self._variable())
            elif self._is("("):
                before = len(self._query.calls)
                select.computed.append(self._expression(select.where, binds=True) or "")
                select.aggregates = select.aggregates or bool(_AGGREGATES & set(self._query.calls[before:]))
            else:
                raise Unclear(f"{self._text()} in SELECT")

    def _modifiers(self, select: Select) -> None:
        while True:
            if self._word("GROUP"):
                self._expect("BY")
                while self._kind() == "variable":
                    select.grouped.append(self._variable())
            elif self._word("HAVING"):
                before = len(self._query.calls)
                self._expression(select.where, binds=True)
                select.aggregates = select.aggregates or bool(_AGGREGATES & set(self._query.calls[before:]))
            elif self._word("ORDER"):
                self._expect("BY")
                self._ordering()
            elif self._word("LIMIT") or self._word("OFFSET"):
                select.cut = True
                self._take("number")
            else:
                return

    def _ordering(self) -> None:
        while self._skip("ASC") or self._skip("DESC") or self._kind() == "variable" or self._is("("):
            if self._kind() == "variable":
                self._at += 1
            elif self._is("("):
                self._expression(Group("order"), binds=False)

    # groups

    def _group(self, group: Group) -> None:
        group.start = self._open()
        if self._word("SELECT"):
            group.select = Select(Group("where"))
            self._select(group.select)
        else:
            while not self._is("}"):
                self._piece(group)
        group.end = self._tokens[self._at].at
        self._at += 1

    def _piece(self, group: Group) -> None:
        token = self._token()
        upper = token.text.upper() if token.kind == "word" else ""
        if self._sign("."):
            return
        if self._is("{"):
            self._alternatives(group)
        elif upper == "OPTIONAL":
            self._at += 1
            self._inner(group, "optional")
        elif upper == "GRAPH":
            self._at += 1
            graph = self._slot(group)
            self._inner(group, "graph").graph = graph
        elif upper == "FILTER":
            self._at += 1
            self._filter(group)
        elif upper == "BIND":
            self._at += 1
            group.bound.append(self._expression(group, binds=True) or "")
        else:
            self._triples(group)

    def _inner(self, group: Group, kind: str) -> Group:
        inner = Group(kind)
        group.groups.append(inner)
        self._group(inner)
        return inner

    def _alternatives(self, group: Group) -> None:
        first = self._inner(group, "group")
        while self._word("UNION"):
            first.kind = "union"
            self._inner(group, "union")

    def _filter(self, group: Group) -> None:
        self._skip("NOT")
        if self._word("EXISTS"):
            self._inner(group, "exists")
        else:
            start, inner = self._token().at, len(group.groups)
            self._expression(group, binds=False)
            if len(group.groups) == inner:
                group.filters.append((start, self._tokens[self._at - 1].at + 1))

    # expressions

    def _expression(self, group: Group, *, binds: bool) -> str | None:
        """Read one bracketed expression, or one call; return the variable after AS, if there is one."""
        calls: list[_Call] = []
        before: Token | None = None
        bound: str | None = None
        while True:
            token = self._token()
            self._at += 1
            if token.text == "(" and token.kind == "bracket":
                calls.append(self._called(before, token, calls))
            elif not calls and before is None and self._is("("):
                pass
            elif not calls:
                raise Unclear(f"{token.text} where a bracket belongs")
            elif token.text == ")" and token.kind == "bracket":
                self._closed(group, calls.pop(), token, binds=binds)
                if not calls:
                    return bound
            elif token.text == "," and token.kind == "other":
                calls[-1].arguments.append([])
            elif token.says("AS"):
                bound = self._variable()
            else:
                self._operand(group, token, calls[-1])
            before = token

    def _called(self, before: Token | None, bracket: Token, calls: list[_Call]) -> _Call:
        """Return the call that *bracket* opens: that of the function before it, else of the one around it."""
        around = calls[-1].function if calls else ""
        if before is None or before.kind not in ("word", "name", "iri") or before.text.upper() in _IN_EXPRESSIONS:
            return _Call(around, bracket.at)
        name = before.text.upper() if before.kind == "word" else self._iri(before).value
        if before.kind == "word" and name not in _FUNCTIONS:
            raise Unclear(f"the function {before.text}")
        self._query.calls.append(name)
        return _Call(name, before.at)

    def _operand(self, group: Group, token: Token, call: _Call) -> None:
        """Take in one terminal of an expression."""
        if token.says("EXISTS"):
            self._inner(group, "exists")
        elif token.kind == "stray" or token.text in ("{", "}"):
            raise Unclear(token.text)
        elif token.kind == "iri" and call.arguments[-1] and _ends_operand(call.arguments[-1][-1]):
            raise Unclear(f"< that may be an operator: {token.text}")
        elif token.kind == "word" and token.text.upper() not in _IN_EXPRESSIONS and not self._is("("):
            raise Unclear(token.text)
        else:
            call.arguments[-1].append(token)

    def _closed(self, group: Group, call: _Call, token: Token, *, binds: bool) -> None:
        """Take in a bracket that closes: the variables right inside it are used by its function."""
        end = token.at + 1
        for argument in call.arguments:
            for one in argument:
                if one.kind == "variable":
                    bare = len(argument) == 1 and not call.function
                    function = "BARE" if bare else call.function
                    place = (one.at, one.at + len(one.text))
                    group.uses.append(Use(one.text[1:], *place, function, binds, (call.start, end)))
                elif one.kind == "number" and call.function == "SAMETERM":
                    raise Unclear("sameTerm with a number")
        if call.function in _PATTERNS:
            self._pattern(call)

    def _pattern(self, call: _Call) -> None:
        """Note a regular expression with its flags; one that is computed cannot be checked beforehand."""
        pattern, flags = (_written(call.arguments, place) for place in _PATTERNS[call.function])
        if pattern is None or flags is None:
            raise Unclear("a regular expression that is computed")
        self._query.expressions.append((pattern, flags))

    # triples

    def _triples(self, group: Group) -> None:
        bracketed = self._is("[")
        subject = self._slot(group)
        if not bracketed or not (self._is(".") or self._is("}")):
            self._properties(group, subject)

    def _properties(self, group: Group, subject: Slot) -> None:
        while True:
            path: paths.Path | Variable = (
                Variable(self._variable()) if self._kind() == "variable" else self._alternative()
            )
            group.matches.append(Match(subject, path, self._slot(group)))
            while self._sign(","):
                group.matches.append(Match(subject, path, self._slot(group)))
            if not self._sign(";"):
                return
            while self._sign(";"):
                pass
            if self._is(".") or self._is("}") or self._is("]"):
                return

    def _slot(self, group: Group) -> Slot:
        """Read a subject or an object."""
        token = self._token()
        self._at += 1
        if token.kind == "variable":
            return Variable(token.text[1:])
        if token.text == "[":
            return self._blank(group)
        if token.kind == "name" and token.text.startswith("_:"):
            return Variable(token.text)
        if token.kind in ("iri", "name"):
            return self._iri(token)
        if token.kind == "string":
            return self._literal(token)
        if token.kind == "word" and token.text in ("true", "false"):
            return Literal(token.text, datatype=XSD("boolean"))
        sign = token.text if token.text in ("+", "-") else ""
        return number(sign + (self._take("number").text if sign else self._number_text(token)))

    def _number_text(self, token: Token) -> str:
        if token.kind != "number":
            raise Unclear(f"{token.text} in a triple")
        return token.text

    def _blank(self, group: Group) -> Slot:
        self._blanks += 1
        node = Variable(f"_:{self._blanks}")
        if not self._sign("]"):
            self._properties(group, node)
            if not self._sign("]"):
                raise Unclear("a blank node that does not end")
        return node

    def _literal(self, token: Token) -> Literal:
        text = unquoted(token.text)
        if self._kind() == "tag":
            self._at += 1
            return Literal(text, language=self._tokens[self._at - 1].text[1:].lower())
        if self._sign("^"):
            if not self._sign("^"):
                raise Unclear("^ after a string")
            datatype = self._token()
            self._at += 1
            return Literal(text, datatype=self._iri(datatype))
        return Literal(text)

    def _iri(self, token: Token) -> NamedNode:
        if "\\" in token.text:
            raise Unclear(f"the escapes of {token.text}")
        if token.kind == "iri":
            iri = token.text[1:-1]
        else:
            prefix, colon, local = token.text.partition(":")
            if not colon or prefix not in self._prefixes or "." in local:
                raise Unclear(f"the name {token.text}")
            iri = self._prefixes[prefix] + local
        try:
            return NamedNode(iri)
        except ValueError as error:
            raise Unclear(iri) from error

    # paths

    def _alternative(self) -> paths.Path:
        choices = [self._sequence()]
        while self._sign("|"):
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else paths.Alternative(tuple(choices))

    def _sequence(self) -> paths.Path:
        steps = [self._step()]
        while self._sign("/"):
            steps.append(self._step())
        return steps[0] if len(steps) == 1 else paths.Sequence(tuple(steps))

    def _step(self) -> paths.Path:
        if self._sign("^"):
            return paths.Inverse(self._step())
        path = self._primary()
        for sign, make in (("*", paths.ZeroOrMore), ("+", paths.OneOrMore), ("?", paths.ZeroOrOne)):
            if self._sign(sign):
                return make(path)
        return path

    def _primary(self) -> paths.Path:
        if self._sign("("):
            inner = self._alternative()
            if not self._sign(")"):
                raise Unclear("a path that does not end")
            return inner
        token = self._token()
        self._at += 1
        if token.kind == "word" and token.text == "a":
            return paths.Predicate(RDF("type"))
        if token.kind in ("iri", "name"):
            return paths.Predicate(self._iri(token))
        raise Unclear(f"{token.text} in a path")

    # terminals

    def _token(self) -> Token:
        if self._at >= len(self._tokens):
            raise Unclear("the end comes early")
        return self._tokens[self._at]

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _text(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _is(self, sign: str) -> bool:
        return self._text() == sign and self._kind() in ("bracket", "mark", "other")

    def _is_word(self, word: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].says(word)

    def _sign(self, sign: str) -> bool:
        found = self._is(sign)
        self._at += found
        return found

    def _word(self, word: str) -> bool:
        found = self._is_word(word)
        self._at += found
        return found

    _skip = _word

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise Unclear(f"{self._text()} where {word} belongs")

    def _take(self, kind: str) -> Token:
        token = self._token()
        if token.kind != kind:
            raise Unclear(f"{token.text} where a {kind} belongs")
        self._at += 1
        return token

    def _variable(self) -> str:
        return self._take("variable").text[1:]

    def _open(self) -> int:
        if not self._sign("{"):
            raise Unclear(f"{self._text()} where a group belongs")
        return self._tokens[self._at - 1].at + 1


def _ends_operand(token: Token) -> bool:
    return token.kind in ("variable", "string", "number", "name", "iri", "tag") or token.text == ")"


def _written(arguments: list[list[Token]], place: int) -> str | None:
    """Return the string that stands as the argument at *place*, nothing where there is none; None if it is computed."""
    if place >= len(arguments):
        return ""
    argument = arguments[place]
    return unquoted(argument[0].text) if len(argument) == 1 and argument[0].kind == "string" else None


_CODES = {"u": 4, "U": 8}
"""The escapes that give a character by its number, each with how many digits that has."""

_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def unquoted(text: str) -> str:
    """Return what a string of SPARQL says, its escapes decoded; Unclear where one is none."""
    marks = 3 if text[:3] in ('"""', "'''") else 1
    pieces = text[marks:-marks].split("\\")
    found = [pieces[0]]
    pairs = iter(pieces[1:])
    for piece in pairs:
        if piece == "":
            found += ["\\", next(pairs, "")]
        elif piece[0] in _CODES and len(piece) > _CODES[piece[0]]:
            length = _CODES[piece[0]]
            try:
                found += [chr(int(piece[1 : length + 1], 16)), piece[length + 1 :]]
            except ValueError as error:
                raise Unclear(f"the escape \\{piece[: length + 1]}") from error
        elif piece[0] in _ESCAPES:
            found += [_ESCAPES[piece[0]], piece[1:]]
        else:
            raise Unclear(f"the escape \\{piece[:1]}")
    return "".join(found)


def number(text: str) -> Literal:
    """Return what a number of SPARQL is: section 4.1.2."""
    kind = "double" if "e" in text.lower() else "decimal" if "." in text else "integer"
    return Literal(text, datatype=XSD(kind))

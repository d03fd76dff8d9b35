"""The engine that ``aidtrace serve --store URL`` stands in front of: its addresses, its credentials, what it promises.

A file (``--store-file``) holds them, so that no token stands in a list of processes; nothing prints one either.
"""

import tomllib
from dataclasses import asdict, dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from aidtrace.errors import InputError, one_of
from aidtrace.files import read_text

ENGINE, KEPT = "engine", "kept"
"""Who makes the default graph of the others: the engine itself, or we, who keep it in the engine's default graph."""

_TEXTS = ("query", "update", "graph-store", "user", "password", "read-user", "read-password", "token", "default-graph")
_FLAGS = ("exclusive",)
_ADDRESSES = ("query", "update", "graph_store")


@dataclass(frozen=True)
class Engine:
    """Where an engine answers, as whom we ask, and what holds of it.

    *read_user* asks queries, where that is not the *user* who writes. *default_graph* is `ENGINE`, `KEPT`, or the IRI
    of a graph that holds the union and is kept by us. *exclusive* says that nobody else writes to it.
    """

    query: str
    update: str = ""
    graph_store: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    read_user: str = field(default="", repr=False)
    read_password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    default_graph: str = ENGINE
    exclusive: bool = False
    name: str = ""  # what it is, as far as it is known (`aidtrace.server.engines.kinds`)

    @classmethod
    def read(cls, address: str | None, path: Path | None) -> "Engine":
        """Read the file at *path*; *address* is that of queries, where the file has none or another one."""
        said = _read(path) if path else {}
        found = {name.replace("-", "_"): value for name, value in said.items()}
        if address:
            found["query"] = address
        where = str(path or "--store")
        if "query" not in found:
            raise InputError(f'{where}: names no address to query; expected query = "https://host/sparql"')
        engine = cls(**found)
        engine._expect_sound(where)
        return engine

    @classmethod
    def from_order(cls, order: dict[str, Any]) -> "Engine":
        """Read what `as_order` wrote."""
        return cls(**order)

    def as_order(self) -> dict[str, Any]:
        """Write it for a process of ours, which gets it over a socket."""
        return asdict(self)

    @property
    def reading(self) -> "Engine":
        """The same engine as whoever asks queries knows it, without the user who writes."""
        if not self.read_user:
            return self
        return replace(self, user=self.read_user, password=self.read_password, read_user="", read_password="")

    @property
    def union(self) -> str:
        """The IRI of the graph that holds the union; nothing where the engine's default graph does."""
        return "" if self.default_graph in (ENGINE, KEPT) else self.default_graph

    @property
    def keeps(self) -> bool:
        """Whether we keep the union right after a write."""
        return self.default_graph != ENGINE

    @property
    def writable(self) -> bool:
        """Whether it can be written to."""
        return bool(self.update and self.graph_store)

    @property
    def host(self) -> tuple[str, int]:
        """The one host and port that is asked."""
        parts = urlsplit(self.query)
        return parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)

    @property
    def in_the_clear(self) -> bool:
        """Whether a password or token goes to another machine as it is, for whoever listens."""
        return bool(self.token or self.password) and urlsplit(self.query).scheme == "http" and not _here(self.host[0])

    def called(self, name: str) -> "Engine":
        """Return the same engine, now that it is known what it is."""
        return replace(self, name=name)

    @property
    def _told(self) -> tuple[str, ...]:
        return self.user, self.password, self.read_user, self.read_password, self.token

    def _expect_sound(self, where: str) -> None:
        for name in _ADDRESSES:
            _expect_address(getattr(self, name), f"{where}: {name.replace('_', '-')}", needed=name == "query")
        parts = [urlsplit(getattr(self, name)) for name in _ADDRESSES if getattr(self, name)]
        hosts = {f"{one.scheme}://{one.netloc}" for one in parts}
        if len(hosts) > 1:
            told = f"the addresses are on {one_of(sorted(hosts))}; expected them on one host, all of them http or https"
            raise InputError(f"{where}: {told}")
        if self.token and (self.user or self.password):
            raise InputError(f"{where}: has a token and a user; expected one of them")
        if bool(self.user) != bool(self.password):
            raise InputError(f"{where}: has one of user and password; expected both")
        if bool(self.read_user) != bool(self.read_password) or (self.read_user and not self.user):
            raise InputError(f"{where}: has some of read-user, read-password and user; expected all, or user alone")
        if not all("!" <= sign <= "~" for sign in self.token):
            raise InputError(f"{where}: token holds a sign that no header may have; expected printable ASCII")
        if any(sign in one for one in self._told for sign in "\r\n\0"):
            raise InputError(f"{where}: a user, password or token holds a line break; expected one line")
        if self.union:
            try:
                NamedNode(self.union)
            except ValueError as error:
                raise InputError(
                    f"{where}: default-graph is {self.union!r}; expected {ENGINE}, {KEPT} or the IRI of a graph"
                ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(read_text(path, "a file in TOML that says where the engine is"))
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")  # not the text, which may be a token
        example = 'query = "https://host/sparql"'
        raise InputError(f"{path}: is no TOML ({place}); expected lines such as {example}") from None
    for name, value in said.items():
        if name not in (*_TEXTS, *_FLAGS):
            raise InputError(f"{path}: no setting is called {name!r}; expected {one_of([*_TEXTS, *_FLAGS])}")
        if not isinstance(value, bool if name in _FLAGS else str):
            raise InputError(f"{path}: {name}: expected {'true or false' if name in _FLAGS else 'a text'}")
    return said


def _here(host: str) -> bool:
    """Whether *host* is this machine by its name: what a name is resolved to may change."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _expect_address(text: str, where: str, *, needed: bool) -> None:
    if not text and not needed:
        return
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True) and text.isascii()
    except ValueError:
        sound = False
    if not sound or any(sign.isspace() for sign in text):
        raise InputError(f"{where}: is no address; expected one such as https://host/sparql")
    if "@" in parts.netloc:
        raise InputError(f"{where}: holds credentials; expected them in the file that --store-file names")
    if parts.fragment:
        raise InputError(f"{where}: has a fragment; expected an address without #")

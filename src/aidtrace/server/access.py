"""Tokens: who may write, and who may see and stop what others run."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aidtrace.errors import InputError
from aidtrace.files import read_text
from aidtrace.server.problems import Problem

SCOPES = ("write", "admin")


@dataclass(frozen=True)
class Tokens:
    """Digests of the tokens, each with its scopes; a token itself is not kept."""

    digests: tuple[tuple[bytes, frozenset[str]], ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Tokens":
        """Read *path*: a token a line, then its scopes (``write``, ``admin``; none is write). ``#`` begins a note."""
        found = []
        for number, line in enumerate(read_text(path, "a file with a token a line").splitlines(), 1):
            token, *scopes = line.partition("#")[0].split() or [""]
            if not set(scopes) <= set(SCOPES):
                raise InputError(f"{path}:{number}: {' '.join(scopes)}; expected the scopes write, admin or both")
            if token:
                found.append((_digest(token), frozenset(scopes or ["write"])))
        if not found:
            raise InputError(f"{path}: holds no token; expected one a line")
        return cls(tuple(found))

    def grant(self, scope: str) -> bool:
        """Whether any token has *scope*."""
        return any(scope in scopes for _, scopes in self.digests)

    def demand(self, authorization: str, scope: str) -> None:
        """Let a request with this Authorization header pass, or raise 401 without a token, 403 with a wrong one."""
        kind, _, token = authorization.partition(" ")
        if not self.digests:
            raise Problem(403, "No tokens", "this server knows no token; it was started without --token-file")
        if kind.lower() != "bearer" or not token.strip():
            headers = {"WWW-Authenticate": f'Bearer realm="aidtrace", scope="{scope}"'}
            raise Problem(401, "Token needed", f"expected Authorization: Bearer with the scope {scope}", headers)
        given = _digest(token.strip())
        granted = [scopes for digest, scopes in self.digests if hmac.compare_digest(digest, given)]
        if not any(scope in scopes for scopes in granted):
            raise Problem(403, "Not allowed", f"this token does not have the scope {scope}")


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()

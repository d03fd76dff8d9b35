"""Answers an engine that asks who we are: by HTTP's basic or digest authentication, once it has asked."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from aidtrace.server.engines.engine import Engine


class Login:
    """The user and password of *engine*. Nothing is sent before it asks: Virtuoso refuses who says too much."""

    def __init__(self, engine: Engine) -> None:
        self.basic = b64encode(f"{engine.user}:{engine.password}".encode()).decode()
        parts = urlsplit(engine.query)
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, f"{parts.scheme}://{parts.netloc}/", engine.user, engine.password)
        self._digest: Any = AbstractDigestAuthHandler(passwords)
        self._challenge: dict[str, str] | None = None

    def learn(self, header: str) -> bool:
        """Take a challenge (WWW-Authenticate); whether it is a new one that can be answered."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() not in ("basic", "digest"):
            return False
        known, said = self._challenge, parse_keqv_list(parse_http_list(rest))
        self._challenge = said if scheme.lower() == "digest" else {}
        return self._challenge != known

    def answer(self, method: str, address: str) -> str:
        """Return the value of Authorization for a request, or nothing before there was a challenge."""
        if self._challenge is None:
            return ""
        if not self._challenge:
            return f"Basic {self.basic}"
        said = self._digest.get_authorization(Request(address, method=method), self._challenge)  # noqa: S310
        return f"Digest {said}" if said else ""

"""Answers an engine that asks who we are: by HTTP's basic or digest authentication, once it has asked."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.error import URLError
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
        self._passwords = HTTPPasswordMgrWithDefaultRealm()
        self._passwords.add_password(None, f"{parts.scheme}://{parts.netloc}/", engine.user, engine.password)
        self._digest: Any = AbstractDigestAuthHandler(self._passwords)
        self._asked = Request(engine.query, method="POST")  # noqa: S310
        self._challenge: dict[str, str] | None = None

    def learn(self, header: str) -> bool:
        """Take the challenges of WWW-Authenticate; whether there is a new one. ValueError where none can be answered.

        Digest goes before basic, which is an empty challenge here.
        """
        known, said = self._challenge, list(_challenges(header))
        digests = [challenge for scheme, challenge in said if scheme == "digest" and self._answers(challenge)]
        basics = [dict[str, str]() for scheme, _ in said if scheme == "basic"]
        if not digests and not basics:
            raise ValueError(
                "the engine asks who we are in a way that is not known here; "
                "expected a challenge of HTTP's basic or digest authentication"
            )
        self._challenge = (digests or basics)[0]
        return self._challenge != known

    def answer(self, method: str, address: str) -> str:
        """Return the value of Authorization for a request, or nothing before there was a challenge."""
        if self._challenge is None:
            return ""
        if not self._challenge:
            return f"Basic {self.basic}"
        said = self._digest.get_authorization(Request(address, method=method), self._challenge)  # noqa: S310
        return f"Digest {said}" if said else ""

    def _answers(self, challenge: dict[str, str]) -> bool:
        """Whether a digest can be made, tried where nothing is counted."""
        trial: Any = AbstractDigestAuthHandler(self._passwords)
        try:
            return bool(trial.get_authorization(self._asked, challenge))
        except (ValueError, URLError):  # an algorithm, a name or a demand that it does not know
            return False


def _challenges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each challenge that can be read: its scheme, in lower case, and what it says."""
    found: list[tuple[str, list[str]]] = []
    for part in parse_http_list(" ".join(header.splitlines())):
        scheme, _, rest = part.partition(" ")
        if "=" not in scheme:
            found.append((scheme.lower(), [rest] if rest else []))
        elif found:
            found[-1][1].append(part)
    for scheme, parameters in found:
        with suppress(ValueError, IndexError):
            yield scheme, parse_keqv_list(parameters)

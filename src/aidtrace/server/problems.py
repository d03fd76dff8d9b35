"""What a client is told when a request cannot be answered."""

from typing import Any


class Problem(Exception):  # noqa: N818  (the name that RFC 9457 gives it)
    """An HTTP status, a title and a detail; *headers* go with them, and *more* members of the document."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.headers, self.more = headers or {}, more or {}


def busy(detail: str) -> Problem:
    """Build the problem of a server that has too much to do."""
    return Problem(503, "Too many queries", detail, {"Retry-After": "5"})

"""What a client is told when a request cannot be answered."""


class Problem(Exception):  # noqa: N818  (the name that RFC 9457 gives it)
    """An HTTP status, a title and a detail; *headers* go with them, such as Allow."""

    def __init__(self, status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers or {}


def busy(detail: str) -> Problem:
    """Build the problem of a server that has too much to do."""
    return Problem(503, "Too many queries", detail, {"Retry-After": "5"})

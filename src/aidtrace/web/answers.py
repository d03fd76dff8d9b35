"""How every page is answered: hardened, compressed, and with a problem where there is no answer."""

import gzip
import json
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as AnyResponse

from aidtrace.web.asked import NoAnswerError, Questions

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HARDENED = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FILES = ("assets.asset", "documentation.page")
"""What sends files, which are tagged and compressed already."""

_SMALL = 1400
"""What fits in one packet is not compressed."""

_COMPRESSED = ("text/", "application/json", "application/ld+json")


def answer_alike(app: Flask, questions: Questions) -> None:
    """Let all pages of *app* answer in the same way."""

    @app.errorhandler(HTTPException)
    def fail(error: HTTPException) -> AnyResponse:
        """Answer a program with a problem document (RFC 9457), a browser with a page."""
        response = error.get_response()
        if request.accept_mimetypes.provided and "text/html" in request.accept_mimetypes.values():
            said = error.description if error.code != default_exceptions[404].code or request.url_rule else ""
            response.data = render_template(
                "problem.html", error=error, said=said, revision=lambda: asked_revision(questions)
            )
            return response
        told = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
        response.data, response.content_type = json.dumps(told), "application/problem+json"
        return response

    @app.errorhandler(NoAnswerError)
    def unanswered(error: NoAnswerError) -> AnyResponse:
        problem = default_exceptions.get(error.status, HTTPException)(str(error))
        problem.code = error.status
        response = fail(problem)
        response.headers.update(error.headers)
        return response

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.update(_HARDENED)
        if response.status_code < HTTPStatus.BAD_REQUEST:  # that of a failure is named by the server
            response.headers.setdefault("Aidtrace-Revision", questions.revision)
        if request.endpoint not in _FILES:
            _tag(response)
            response.vary.update(("Accept", "Accept-Encoding"))
            _compress(response)
        return response


def asked_revision(questions: Questions) -> str:
    """Return the revision that a page without an answer is about."""
    return questions.asked(request.args.getlist("revision"))


def _tag(response: Response) -> None:
    """Give a page a tag, by which the front keeps it for its revision and a browser asks again; not one told apart."""
    if response.status_code == HTTPStatus.OK and "Cache-Control" not in response.headers and not response.is_streamed:
        response.add_etag(weak=True)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        response.headers.pop("Date", None)  # the server dates every answer


def _compress(response: Response) -> None:
    """Send a longer text as gzip to a client that takes it; a page holds nothing secret that its size could tell."""
    wanted = request.accept_encodings["gzip"] > 0 and str(response.content_type).startswith(_COMPRESSED)
    if wanted and not response.is_streamed and not response.content_encoding and len(response.data) > _SMALL:
        response.data, response.content_encoding = gzip.compress(response.data, 6, mtime=0), "gzip"

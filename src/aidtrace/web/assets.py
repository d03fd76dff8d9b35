"""What pages load beside themselves: style, scripts and outlines, each by an address that changes with its content."""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort, request

_FOLDER = Path(__file__).parent / "static"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain", "": "text/plain"}


@dataclass(frozen=True)
class Asset:
    """A file of ``static/``: its content, plain and compressed, and its media type."""

    content: bytes
    media: str

    @cached_property
    def digest(self) -> str:
        """A hash of the content."""
        return sha256(self.content).hexdigest()[:16]

    @cached_property
    def compressed(self) -> bytes:
        """The content as gzip writes it; the same at each start."""
        return gzip.compress(self.content, mtime=0)


class Files:
    """The files below *folder*, read once, by their paths."""

    def __init__(self, folder: Path) -> None:
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        self._held = {path.relative_to(folder).as_posix(): _read(path) for path in files}

    def address(self, name: str) -> str:
        """Return the address of the file *name* below another, which a browser may keep for good."""
        return f"{name}?v={self._held[name].digest}"

    def answer(self, name: str) -> Response:
        """Send the file *name*, or 404."""
        if name not in self._held:
            abort(404, f"no file is called {name!r}")
        return _sent(self._held[name])


class Assets:
    """The files of ``static/``."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._files = Files(folder)

    def address(self, name: str) -> str:
        """Return the address of the file *name*, which a browser may keep for good."""
        return f"/static/{self._files.address(name)}"

    def blueprint(self) -> Blueprint:
        """Build the route that serves them."""
        blueprint = Blueprint("assets", __name__)
        blueprint.add_url_rule("/static/<path:name>", "asset", self._files.answer)
        return blueprint


def _read(path: Path) -> Asset:
    media = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(path.read_bytes(), media)


def _sent(asset: Asset) -> Response:
    packed = request.accept_encodings["gzip"] > 0
    response = Response(asset.compressed if packed else asset.content, content_type=f"{asset.media}; charset=utf-8")
    if packed:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = _FOREVER if request.args.get("v") == asset.digest else "no-cache"
    response.set_etag(asset.digest + ("-gzip" if packed else ""))
    response.make_conditional(request)
    return response

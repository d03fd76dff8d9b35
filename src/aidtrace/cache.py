"""Where built stores lie; the one place that reads the environment."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return ``AIDTRACE_CACHE``, else ``aidtrace`` in the user's cache folder (XDG_CACHE_HOME)."""
    own = os.environ.get("AIDTRACE_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "aidtrace"
